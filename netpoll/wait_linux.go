package netpoll

// How a loop sleeps: as a goroutine. The epoll descriptor is itself watched by
// the runtime's poller (an epoll inside an epoll), so a loop without events
// parks like any goroutine that reads, and holds neither a thread nor a P.
//
// A loop that is never without events would never park, and that starves the
// rest of the program: with all Ps busy, the runtime looks after its own
// sockets and timers only when it preempts someone, every 10 ms or worse. So a
// loop parks at least twice per millisecond, and rings its own bell to be woken
// at once. docs/adr/0002-waiting.md has the measurements.

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// busyMax is how long a loop may go on without parking.
const busyMax = 500 * time.Microsecond

// parker waits for the events of an epoll descriptor.
type parker struct {
	p       *epoll
	file    *os.File // a duplicate of the descriptor, in the runtime's hands
	conn    syscall.RawConn
	attempt func(uintptr) bool
	room    int           // events that may be taken
	n       int           // events that were taken
	errno   syscall.Errno // or why not
	parked  time.Time     // when last
	force   bool          // park once before looking
}

func (k *parker) init(p *epoll) error {
	k.p, k.attempt, k.parked = p, k.poll, time.Now()
	fd, err := unix.FcntlInt(uintptr(p.ep), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("duplicating the epoll descriptor: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // or the runtime would not watch it
		return errors.Join(err, unix.Close(fd))
	}
	k.file = os.NewFile(uintptr(fd), "epoll")
	k.conn, err = k.file.SyscallConn()
	return err
}

// wait parks until there are events, and takes up to room of them.
func (k *parker) wait(room int) (int, error) {
	k.room = room
	if err := k.conn.Read(k.attempt); err != nil {
		return 0, err
	}
	if k.errno != 0 {
		return 0, k.errno
	}
	k.force = time.Since(k.parked) > busyMax
	return k.n, nil
}

// poll takes events without waiting. It reports false to be parked and called
// again when there are some.
func (k *parker) poll(uintptr) bool {
	if k.force {
		k.force, k.parked = false, time.Now()
		k.p.Wake() // after the runtime has begun to watch, so it cannot be missed
		return false
	}
	k.n, k.errno = epollPoll(k.p.ep, k.p.raw[:k.room])
	if k.n == 0 && k.errno == 0 {
		k.parked = time.Now()
		return false
	}
	return true
}

func (k *parker) close() {
	if k.file != nil {
		k.file.Close()
	}
}
