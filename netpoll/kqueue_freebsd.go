package netpoll

// Accepting on FreeBSD, which has accept4.

import "golang.org/x/sys/unix"

const tcpKeepIdle = unix.TCP_KEEPIDLE

func acceptBSD(fd int) (int, error) {
	conn, _, err := unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	return conn, err
}
