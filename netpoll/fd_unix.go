//go:build linux || darwin || freebsd

package netpoll

// Sockets as descriptors: what the backends of all Unix systems share.

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// refuseReadBytes is how much of what a refused client has said is taken from
// the socket: a whole request, in most cases.
const refuseReadBytes = 4 << 10

// errorOf keeps the one error that is no failure apart from the others.
func errorOf(errno syscall.Errno) error {
	if errno == syscall.EAGAIN {
		return ErrAgain
	}
	return errno
}

func localAddr(fd int) net.Addr { return addrOf(unix.Getsockname(fd)) }

func remoteAddr(fd int) net.Addr { return addrOf(unix.Getpeername(fd)) }

func closeWrite(fd int) error { return unix.Shutdown(fd, unix.SHUT_WR) }

func addrOf(sa unix.Sockaddr, err error) net.Addr {
	if err != nil {
		return nil
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port}
	case *unix.SockaddrInet6:
		return &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port, Zone: zoneOf(sa.ZoneId)}
	case *unix.SockaddrUnix:
		return &net.UnixAddr{Name: sa.Name, Net: "unix"}
	}
	return nil
}

func zoneOf(id uint32) string {
	if id == 0 {
		return ""
	}
	if ifi, err := net.InterfaceByIndex(int(id)); err == nil {
		return ifi.Name
	}
	return fmt.Sprint(id)
}

// fdListener is a listening descriptor of our own.
type fdListener struct {
	fd     int
	addr   net.Addr
	origin net.Listener // nil if it is closed already
}

func (ln *fdListener) Addr() net.Addr { return ln.addr }

func (ln *fdListener) Close() error {
	err := unix.Close(ln.fd)
	if ln.origin != nil {
		err = errors.Join(err, ln.origin.Close())
	}
	return err
}

// listenOn is Backend.Listen of the backend of that name.
func listenOn(backend string) func(net.Listener) (Listener, error) {
	return func(ln net.Listener) (Listener, error) {
		sc, ok := ln.(syscall.Conn)
		if !ok {
			return nil, fmt.Errorf("netpoll: %s needs a listener with a descriptor (*net.TCPListener, *net.UnixListener), not %T; use the backend \"std\" for others", backend, ln)
		}
		return listenFD(ln, sc)
	}
}

// listenFD takes the descriptor out of a TCP or Unix listener of package net.
// Of TCP it closes the rest: left in the runtime's poller, it would wake that
// for every connection too.
func listenFD(ln net.Listener, sc syscall.Conn) (Listener, error) {
	own := &fdListener{fd: -1, addr: ln.Addr()}
	rc, err := sc.SyscallConn()
	if err != nil {
		return nil, err
	}
	dupErr := rc.Control(func(fd uintptr) { own.fd, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) })
	if err = errors.Join(dupErr, err); err != nil {
		return nil, fmt.Errorf("netpoll: duplicating the listener: %w", err)
	}
	if _, ok := ln.(*net.UnixListener); ok {
		own.origin = ln // only it knows whether its file goes with it
		return own, nil
	}
	// On Linux connections inherit all of it, which saves the calls for each;
	// kqueue_bsd.go does not count on it.
	prepare(own.fd)
	dontLinger(own.fd)
	if err := ln.Close(); err != nil {
		unix.Close(own.fd)
		return nil, err
	}
	return own, nil
}

// A client that has vanished (its machine has stopped, a NAT has forgotten it) says
// nothing any more, and a handler that waits for its end would wait for ever. So it is
// asked, from a minute of silence on, and given up when it has missed four answers.
const (
	keepIdleSeconds     = 60
	keepIntervalSeconds = 15
	keepProbes          = 4
)

// prepare sets what every TCP connection needs. An error does no harm: the peer is gone
// then, and the first recv says so.
func prepare(fd int) {
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, tcpKeepIdle, keepIdleSeconds)
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, keepIntervalSeconds)
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPCNT, keepProbes)
}

// dontLinger takes a time to linger from a listener, and so from the connections
// that it accepts: each would hold up its loop when it is closed. A time of zero,
// which makes every close a reset, is left as it is.
func dontLinger(fd int) {
	if l, err := unix.GetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER); err == nil && l.Onoff != 0 && l.Linger > 0 {
		unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{})
	}
}
