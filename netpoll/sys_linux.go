package netpoll

// System calls that cannot block, made without telling the scheduler.
//
// unix.Read and friends announce to the runtime that the thread may block
// (entersyscall and exitsyscall). A non-blocking socket never does, so the
// raw form is right for it, and only for it: a raw call that waits would hold
// its P and stop the world's way. Regular files block even with O_NONBLOCK
// and must never come here.
//
// To announce what does not happen is dear where loops sleep. The first such call
// after all were idle wakes the runtime's monitor, which then looks around every
// 20 µs for a millisecond, on a thread of its own. One read of a timerfd per
// millisecond did that: 19.0 µs of CPU per request at 70 % load against 16.3 µs,
// and a median latency of 72 µs against 40 µs (docs/adr/0006).

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// recv is recv(2) on a non-blocking socket.
func recv(fd int, p []byte) (int, syscall.Errno) {
	for {
		// SAFETY: p is live and its length is passed; the kernel keeps no pointer.
		n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd),
			uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), 0, 0, 0)
		if errno != syscall.EINTR {
			return int(n), errno
		}
	}
}

// send is send(2) with MSG_NOSIGNAL on a non-blocking socket: a peer that has
// gone is EPIPE and not a signal.
func send(fd int, p []byte) (int, syscall.Errno) {
	for {
		// SAFETY: p is live and its length is passed; the kernel keeps no pointer.
		n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd),
			uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), unix.MSG_NOSIGNAL, 0, 0)
		if errno != syscall.EINTR {
			return int(n), errno
		}
	}
}

// accept is accept4(2) on a non-blocking listener; the peer's address is not
// asked for, getpeername can do that when somebody wants to know.
func accept(fd int) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), 0, 0,
		unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	return int(n), errno
}

// epollControl is epoll_ctl(2). It may wait for the lock of an epoll set, which
// nobody holds for longer than a call like this one takes.
//
// It and closeSocket are raw for a reason of their own: with a short connection
// every few microseconds, the runtime's monitor finds the loop within a system call
// again and again, takes its P away and wakes another thread to use it, for
// nothing. Raw, ten requests per connection cost 4 % less (docs/adr/0004).
func epollControl(epfd, op, fd int, ev *unix.EpollEvent) syscall.Errno {
	// SAFETY: ev is live until the call returns; the kernel keeps no pointer.
	_, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(epfd), uintptr(op), uintptr(fd),
		uintptr(unsafe.Pointer(ev)), 0, 0)
	return errno
}

// closeSocket is close(2) of a socket that does not linger, and only of such: close
// waits for one that does, non-blocking or not. Its descriptor is gone whatever is
// returned.
func closeSocket(fd int) {
	syscall.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
}

// ring adds one to an eventfd; it would block, and fails instead, only after
// 2⁶⁴−2 of them.
func ring(fd int) {
	// SAFETY: the 8 bytes live until the call returns; the kernel keeps no pointer.
	syscall.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&one)), unsafe.Sizeof(one))
}

// setTimer has a timerfd expire every so often; 0 stops it.
func setTimer(fd int, every time.Duration) {
	t := unix.NsecToTimespec(int64(every))
	spec := unix.ItimerSpec{Interval: t, Value: t}
	// SAFETY: spec lives until the call returns; the kernel keeps no pointer.
	syscall.RawSyscall6(unix.SYS_TIMERFD_SETTIME, uintptr(fd), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
}

// readTimer takes what a non-blocking timerfd has to say, without which it says
// nothing more. It reports whether it has expired since it was last asked.
func readTimer(fd int) bool {
	var times uint64
	// SAFETY: times lives until the call returns; the kernel keeps no pointer.
	_, _, errno := syscall.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&times)), unsafe.Sizeof(times))
	return errno != syscall.EAGAIN
}

// one is what an eventfd takes: a number in the machine's byte order.
var one uint64 = 1

// epollPoll is epoll_pwait(2) with a timeout of zero.
func epollPoll(epfd int, ev []unix.EpollEvent) (int, syscall.Errno) {
	for {
		// SAFETY: ev is live and its length is passed; the kernel keeps no pointer.
		n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd),
			uintptr(unsafe.Pointer(unsafe.SliceData(ev))), uintptr(len(ev)), 0, 0, 0)
		if errno != syscall.EINTR {
			return int(n), errno
		}
	}
}

// ThreadTime is the processor time that the calling thread has used, if the
// system tells. A goroutine knows its own by runtime.LockOSThread.
func ThreadTime() (used time.Duration, ok bool) {
	var ts unix.Timespec
	// SAFETY: ts lives until the call returns; the kernel keeps no pointer.
	_, _, errno := syscall.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_THREAD_CPUTIME_ID, uintptr(unsafe.Pointer(&ts)), 0)
	return time.Duration(ts.Nano()), errno == 0
}

// ThreadSleeps is how often the calling thread has given its processor up because
// it had to wait (getrusage, ru_nvcsw), if the system tells; not how often that was
// taken from it.
func ThreadSleeps() (n int64, ok bool) {
	var use unix.Rusage
	// SAFETY: use lives until the call returns; the kernel keeps no pointer.
	_, _, errno := syscall.RawSyscall(unix.SYS_GETRUSAGE, unix.RUSAGE_THREAD, uintptr(unsafe.Pointer(&use)), 0)
	return int64(use.Nvcsw), errno == 0
}

// abort ends a connection whose bytes were lost, by a reset: behind a FIN its peer
// would take for complete what is not. Its loop will hear of it as a Hangup. (To
// connect to no address is to disconnect, connect(2); Unix sockets know no reset.)
func abort(fd int) {
	nowhere := unix.RawSockaddr{Family: unix.AF_UNSPEC}
	// SAFETY: nowhere lives until the call returns; the kernel keeps no pointer.
	_, _, errno := syscall.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&nowhere)), unsafe.Sizeof(nowhere))
	if errno != 0 {
		unix.Shutdown(fd, unix.SHUT_RDWR)
	}
}
