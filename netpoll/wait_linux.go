package netpoll

// How a loop sleeps.

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// waitBlocks chooses, for measurements, between the two ways to sleep.
var waitBlocks = os.Getenv("COVET_WAIT") == "block"

// parker waits for events of an epoll descriptor.
type parker struct {
	p    *epoll
	file *os.File
	conn syscall.RawConn
	poll func(uintptr) bool
	n    int
	err  error
	room int
}

func (k *parker) init(p *epoll) error {
	k.p = p
	if waitBlocks {
		return nil
	}
	fd, err := unix.FcntlInt(uintptr(p.ep), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return err
	}
	k.file = os.NewFile(uintptr(fd), "epoll")
	k.conn, err = k.file.SyscallConn()
	k.poll = k.tryOnce
	return err
}

func (k *parker) wait(room int) (int, error) {
	if waitBlocks {
		return k.block(room)
	}
	k.room = room
	if err := k.conn.Read(k.poll); err != nil {
		return 0, err
	}
	return k.n, k.err
}

func (k *parker) tryOnce(uintptr) bool {
	n, errno := epollPoll(k.p.ep, k.p.raw[:k.room])
	if errno == syscall.EINTR {
		n, errno = 0, 0
	}
	k.n, k.err = n, nil
	if errno != 0 {
		k.n, k.err = 0, errno
	}
	return n > 0 || errno != 0
}

func (k *parker) block(room int) (int, error) {
	n, errno := epollPoll(k.p.ep, k.p.raw[:room])
	if errno == 0 && n > 0 {
		return n, nil
	}
	n, err := unix.EpollWait(k.p.ep, k.p.raw[:room], -1)
	if err == unix.EINTR {
		return 0, nil
	}
	return n, err
}

func (k *parker) close() {
	if k.file != nil {
		k.file.Close()
	}
}
