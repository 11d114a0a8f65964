//go:build unix

package pg

// A plain socket, used without net.Conn's detours: write what it takes at once, read and wait in the runtime's
// poller, look whether it has something to say. The system calls are in raw_linux.go and raw_unix.go.

import (
	"io"
	"os"
	"syscall"
)

// canTry reports that this works here.
const canTry = true

// socket has its closures made once, so that nothing allocates. There is one reader and one writer at a time.
type socket struct {
	raw     syscall.RawConn
	in, out transfer
}

// transfer is one direction.
type transfer struct {
	call  func(fd uintptr) bool // reads or writes, and reports whether that was enough
	try   func(fd uintptr) bool // the same, but it is always enough
	buf   []byte
	n     int
	errno syscall.Errno
}

// newSocket wraps a connection's descriptor, which is non-blocking, as all of package net's are.
func newSocket(raw syscall.RawConn) *socket {
	s := &socket{raw: raw}
	s.in.try = func(fd uintptr) bool {
		s.in.n, s.in.errno = rawRead(fd, s.in.buf)
		return true
	}
	s.in.call = func(fd uintptr) bool {
		s.in.n, s.in.errno = rawRead(fd, s.in.buf)
		return s.in.errno != syscall.EAGAIN // then the poller waits, and calls again
	}
	s.out.try = func(fd uintptr) bool {
		s.out.n, s.out.errno = rawWrite(fd, s.out.buf)
		return true
	}
	return s
}

// tryWrite writes what the socket takes now, perhaps nothing.
func (s *socket) tryWrite(buf []byte) (int, error) {
	s.out.buf = buf
	err := s.raw.Write(s.out.try)
	s.out.buf = nil
	switch {
	case err != nil:
		return 0, err
	case s.out.errno == syscall.EAGAIN:
		return 0, nil
	case s.out.errno != 0:
		return 0, os.NewSyscallError("write", s.out.errno)
	}
	return s.out.n, nil
}

// read waits until there is something, and reads it.
func (s *socket) read(buf []byte) (int, error) { return s.receive(buf, s.in.call) }

// tryRead reads what is there now, perhaps nothing.
func (s *socket) tryRead(buf []byte) (int, error) {
	n, err := s.receive(buf, s.in.try)
	if err == errNothing {
		err = nil
	}
	return n, err
}

// errNothing: there is nothing to read yet.
var errNothing error = syscall.EAGAIN

// receive reads by one of the two calls.
func (s *socket) receive(buf []byte, call func(uintptr) bool) (int, error) {
	s.in.buf = buf
	err := s.raw.Read(call)
	s.in.buf = nil
	switch {
	case err != nil:
		return 0, err
	case s.in.errno == syscall.EAGAIN:
		return 0, errNothing
	case s.in.errno != 0:
		return 0, os.NewSyscallError("read", s.in.errno)
	case s.in.n == 0:
		return 0, io.EOF
	}
	return s.in.n, nil
}

// quiet reports whether the socket is open and has nothing to read.
func (s *socket) quiet() bool {
	quiet := false
	err := s.raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = err == syscall.EAGAIN || err == syscall.EINTR
		return true
	})
	return err == nil && quiet
}

// announcedWrite is write(2) as package syscall does it.
func announcedWrite(fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, err := syscall.Write(int(fd), p)
		if errno := errnoOf(err); errno != syscall.EINTR {
			return n, errno
		}
	}
}

// errnoOf is the number of an error of package syscall, 0 for none.
func errnoOf(err error) syscall.Errno {
	errno, _ := err.(syscall.Errno) // it returns no others
	return errno
}
