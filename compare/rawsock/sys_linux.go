package rawsock

// The calls themselves. Each keeps its slice alive until it returns, and the
// kernel keeps no pointer afterwards.

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Recv is recv(2) on a non-blocking socket.
func Recv(fd int, p []byte) (int, syscall.Errno) {
	for {
		// SAFETY: p is live and its length is passed; the kernel keeps no pointer.
		n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd),
			uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), 0, 0, 0)
		if errno != syscall.EINTR {
			return int(n), errno
		}
	}
}

// Send is send(2) on a non-blocking socket; a peer that has gone is EPIPE and
// not a signal.
func Send(fd int, p []byte) (int, syscall.Errno) {
	for {
		// SAFETY: p is live and its length is passed; the kernel keeps no pointer.
		n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd),
			uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), unix.MSG_NOSIGNAL, 0, 0)
		if errno != syscall.EINTR {
			return int(n), errno
		}
	}
}

// Accept is accept4(2) on a non-blocking listener.
func Accept(fd int) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), 0, 0,
		unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	return int(n), errno
}

// Poll takes what events there are and does not wait.
func Poll(epfd int, events []unix.EpollEvent) (int, syscall.Errno) {
	// SAFETY: events is live and its length is passed; the kernel keeps no pointer.
	n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd),
		uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), 0, 0, 0)
	return int(n), errno
}

// Wait waits for events up to a timeout with the resolution of the kernel's
// timers; a negative one means for ever. Before Linux 5.11 it is rounded up to
// milliseconds.
func Wait(epfd int, events []unix.EpollEvent, timeout time.Duration) (int, error) {
	if timeout < 0 {
		return unix.EpollWait(epfd, events, -1)
	}
	ts := unix.NsecToTimespec(timeout.Nanoseconds())
	// SAFETY: events and ts are live during the call; the kernel keeps no pointer.
	n, _, errno := syscall.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(epfd),
		uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)),
		uintptr(unsafe.Pointer(&ts)), 0, 0)
	if errno == syscall.ENOSYS {
		return unix.EpollWait(epfd, events, int((timeout+time.Millisecond-1)/time.Millisecond))
	}
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
