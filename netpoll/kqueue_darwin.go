package netpoll

// Accepting on macOS, which names one option as no other system does.

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// tcpKeepIdle is TCP_KEEPIDLE by its name here.
const tcpKeepIdle = unix.TCP_KEEPALIVE

// acceptBSD: macOS has no accept4, and between accept and the flag another goroutine
// must not start a process that would inherit the connection.
func acceptBSD(fd int) (int, error) {
	syscall.ForkLock.RLock()
	conn, _, err := unix.Accept(fd)
	if err == nil {
		unix.CloseOnExec(conn)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, err
	}
	if err := unix.SetNonblock(conn, true); err != nil {
		unix.Close(conn)
		return -1, err
	}
	return conn, nil
}
