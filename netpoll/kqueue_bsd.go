//go:build darwin || freebsd

package netpoll

// The kernel's side of the kqueue backend on macOS and FreeBSD. Compiled and vetted for
// both, and never run there so far.
//
// A loop waits in kevent as an ordinary system call. A kqueue cannot be left to Go's
// poller as an epoll is (wait_linux.go): Go takes it for a FIFO, which on macOS it does
// not poll. So keep GOMAXPROCS above the number of loops if handlers do I/O of their own.

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// Kqueue is the backend for macOS and FreeBSD.
func Kqueue() *Backend {
	return &Backend{Name: "kqueue", Open: openBSD, Listen: listenOn("kqueue")}
}

func openBSD() (Poller, error) {
	kq, err := unix.Kqueue()
	if err != nil {
		return nil, fmt.Errorf("kqueue: %w", err)
	}
	unix.CloseOnExec(kq)
	return openKqueue(&bsdKernel{kq: kq})
}

type bsdKernel struct {
	kq  int
	raw [eventsPerTurn]unix.Kevent_t
}

var kqFilters = [...]int{kqRead: unix.EVFILT_READ, kqWrite: unix.EVFILT_WRITE, kqUser: unix.EVFILT_USER, kqTimer: unix.EVFILT_TIMER}

func kqFilterOf(filter int16) kqFilter {
	switch filter {
	case unix.EVFILT_READ:
		return kqRead
	case unix.EVFILT_WRITE:
		return kqWrite
	case unix.EVFILT_TIMER:
		return kqTimer
	}
	return kqUser
}

func (k *bsdKernel) control(changes, events []kevent) (int, error) {
	var out [3]unix.Kevent_t // as many as kqueue.changes
	for i := range changes {
		c := &changes[i]
		unix.SetKevent(&out[i], c.fd, kqFilters[c.filter], int(c.flags))
		out[i].Fflags, out[i].Data = c.fflags, c.data
	}
	if len(events) == 0 {
		_, err := unix.Kevent(k.kq, out[:len(changes)], nil, nil)
		return 0, err
	}
	n, err := unix.Kevent(k.kq, out[:len(changes)], k.raw[:len(events)], nil)
	for i := range max(n, 0) {
		r := &k.raw[i]
		events[i] = kevent{fd: int(r.Ident), filter: kqFilterOf(r.Filter), flags: r.Flags, fflags: r.Fflags, data: r.Data}
	}
	return max(n, 0), err
}

func (k *bsdKernel) recv(fd int, p []byte) (int, syscall.Errno) {
	for {
		n, err := unix.Read(fd, p)
		if err != unix.EINTR {
			return max(n, 0), errnoOf(err)
		}
	}
}

func (k *bsdKernel) send(fd int, p []byte) (int, syscall.Errno) {
	for {
		n, err := unix.Write(fd, p) // SO_NOSIGPIPE is set
		if err != unix.EINTR {
			return max(n, 0), errnoOf(err)
		}
	}
}

// accept: what a connection inherits from its listener differs between these systems,
// so each is told.
func (k *bsdKernel) accept(fd int) (int, syscall.Errno) {
	conn, err := acceptBSD(fd)
	if err != nil {
		return 0, errnoOf(err)
	}
	unix.SetsockoptInt(conn, unix.SOL_SOCKET, unix.SO_NOSIGPIPE, 1)
	prepare(conn)
	return conn, 0
}

// close is not repeated after EINTR: the descriptor is gone, and may be another's.
func (k *bsdKernel) close(fd int) { unix.Close(fd) }

func (k *bsdKernel) shut() { unix.Close(k.kq) }

// errnoOf: package unix returns nothing else from these calls.
func errnoOf(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	if errno, ok := err.(syscall.Errno); ok {
		return errno
	}
	return syscall.EIO
}
