package netpoll

// Sends that came late: the io_uring backend has said that bytes are sent, and then
// the socket did not take all of them, because its peer does not read. They are kept
// here, at most batchSendBytesMax per connection, and sent when it does. Meanwhile
// the connection takes nothing more, so the loop sees it as full.
//
//	             ┌────────┐
//	sockets ───▶ │  epoll │ ◀─ ownIndexLate ── epoll of those with late bytes, for EPOLLOUT
//	             └────────┘
//
// They are watched in an epoll of their own within the first one, so that what the
// loop watches them for is left alone. A connection that is closed with late bytes
// keeps its descriptor until they are sent, on a goroutine: to close takes nothing back.

import (
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// lateLingerSeconds is how long a closed connection may take for its last bytes,
	// lateShutMillis how long all of them may when the loop ends.
	lateLingerSeconds = 30
	lateShutMillis    = 500
	lateEventsPerTurn = 64
)

// lateSends belongs to the loop's runner, but for lingering.
type lateSends struct {
	outer *epoll
	ep    int // -1 until there is the first
	conns map[Sock]*lateSend

	running   sync.WaitGroup
	mu        sync.Mutex
	lingering map[*os.File]struct{}
}

type lateSend struct {
	rest []byte
	fin  bool // FIN is to follow
}

func (l *lateSends) open(outer *epoll) {
	l.outer, l.ep = outer, -1
	l.conns, l.lingering = map[Sock]*lateSend{}, map[*os.File]struct{}{}
}

func (l *lateSends) has(s Sock) bool { return len(l.conns) > 0 && l.conns[s] != nil }

// add takes what a send has left over. A send that failed ends the connection:
// nobody waits for its error any more.
func (l *lateSends) add(s Sock, bytes []byte, result int32) {
	if result < 0 && syscall.Errno(-result) != syscall.EAGAIN {
		abort(int(s.Index()))
		return
	}
	rest := append([]byte(nil), bytes[max(0, result):]...)
	if err := l.watch(s); err != nil {
		abort(int(s.Index()))
		return
	}
	l.conns[s] = &lateSend{rest: rest}
}

func (l *lateSends) watch(s Sock) error {
	if l.ep < 0 {
		var err error
		if l.ep, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
			return err
		}
		if err := l.outer.ctl(unix.EPOLL_CTL_ADD, l.ep, unix.EPOLLIN, MakeSock(ownIndexLate, 0)); err != nil {
			unix.Close(l.ep)
			l.ep = -1
			return err
		}
	}
	return epollCtl(l.ep, unix.EPOLL_CTL_ADD, int(s.Index()), unix.EPOLLOUT, s)
}

// serve sends what can be sent now.
func (l *lateSends) serve() {
	var ready [lateEventsPerTurn]unix.EpollEvent
	n, _ := epollPoll(l.ep, ready[:])
	for i := range ready[:max(0, n)] {
		s := MakeSock(uint32(ready[i].Fd), uint32(ready[i].Pad))
		if c := l.conns[s]; c != nil {
			l.send(s, c)
		}
	}
}

func (l *lateSends) send(s Sock, c *lateSend) {
	fd := int(s.Index())
	n, errno := send(fd, c.rest)
	if errno == syscall.EAGAIN {
		return
	}
	if errno != 0 {
		l.forget(s)
		abort(fd)
		return
	}
	if c.rest = c.rest[n:]; len(c.rest) > 0 {
		return
	}
	l.forget(s)
	if c.fin {
		closeWrite(fd)
	}
}

func (l *lateSends) forget(s Sock) {
	delete(l.conns, s)
	epollCtl(l.ep, unix.EPOLL_CTL_DEL, int(s.Index()), 0, s)
}

// closeWrite reports whether FIN has to wait for late bytes.
func (l *lateSends) closeWrite(s Sock) bool {
	if !l.has(s) {
		return false
	}
	l.conns[s].fin = true
	return true
}

// close reports whether the connection has late bytes, and sees to its end then.
func (l *lateSends) close(s Sock) bool {
	if !l.has(s) {
		return false
	}
	rest := l.conns[s].rest
	l.forget(s)
	l.outer.ctl(unix.EPOLL_CTL_DEL, int(s.Index()), 0, s)
	file := os.NewFile(uintptr(s.Index()), "late bytes") // non-blocking: the runtime will wait for it
	file.SetWriteDeadline(time.Now().Add(lateLingerSeconds * time.Second))
	l.mu.Lock()
	l.lingering[file] = struct{}{}
	l.mu.Unlock()
	l.running.Go(func() {
		if _, err := file.Write(rest); err != nil {
			abort(int(s.Index())) // or the peer would take for complete what is not
		}
		l.mu.Lock()
		delete(l.lingering, file)
		l.mu.Unlock()
		file.Close()
	})
	return true
}

// shut waits for the last bytes of all connections, but not for long.
func (l *lateSends) shut() {
	l.mu.Lock()
	for file := range l.lingering {
		file.SetWriteDeadline(time.Now().Add(lateShutMillis * time.Millisecond))
	}
	l.mu.Unlock()
	l.running.Wait()
	if l.ep >= 0 {
		unix.Close(l.ep)
	}
}
