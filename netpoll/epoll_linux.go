package netpoll

// The epoll backend. Level-triggered; a connection is registered once, when it
// is accepted, and touched again only in the rare case that it cannot be
// written or must not be read. Listeners are watched by every loop. EPOLLEXCLUSIVE
// would wake one of those that wait in epoll_wait, but ours park one level above
// (wait_linux.go), and there a new connection wakes every loop that is parked:
// docs/adr/0003-accepting.md.
//
// The names of events are kept in the 64 bits that epoll carries for us:
// Fd is the index, Pad the generation. Three descriptors are the poller's own:
//
//	ep    the epoll instance
//	wake  an eventfd, edge-triggered: each write is one event, never read
//	tick  a timerfd, armed while there are deadlines to watch

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	ownIndexWake = ^uint32(0) - iota // generation 0, like listeners
	ownIndexTick
	ownIndexLate // of io_uring: uring_late_linux.go
)

type epoll struct {
	ep, wake, tick int
	raw            [eventsPerTurn]unix.EpollEvent
	park           parker
	late           bool // ownIndexLate was among the events of this turn
}

// Epoll is the default backend of Linux.
func Epoll() *Backend {
	return &Backend{Name: "epoll", Open: openEpoll, Listen: listenOn("epoll")}
}

func openEpoll() (Poller, error) {
	p := new(epoll)
	if err := p.open(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *epoll) open() error {
	p.ep, p.wake, p.tick = -1, -1, -1
	var err error
	if p.ep, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("epoll_create1: %w", err)
	}
	if p.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		p.Shut()
		return fmt.Errorf("eventfd: %w", err)
	}
	if p.tick, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		p.Shut()
		return fmt.Errorf("timerfd_create: %w", err)
	}
	err = errors.Join(
		p.ctl(unix.EPOLL_CTL_ADD, p.wake, unix.EPOLLIN|unix.EPOLLET, MakeSock(ownIndexWake, 0)),
		p.ctl(unix.EPOLL_CTL_ADD, p.tick, unix.EPOLLIN, MakeSock(ownIndexTick, 0)),
		p.park.init(p),
	)
	if err != nil {
		p.Shut()
		return err
	}
	return nil
}

func (p *epoll) ctl(op, fd int, events uint32, name Sock) error {
	return epollCtl(p.ep, op, fd, events, name)
}

// epollCtl changes what an epoll watches a descriptor for, and under which name it
// reports that.
func epollCtl(ep, op, fd int, events uint32, name Sock) error {
	ev := unix.EpollEvent{Events: events, Fd: int32(name.Index()), Pad: int32(name.Generation())}
	if errno := epollControl(ep, op, fd, &ev); errno != 0 {
		return fmt.Errorf("epoll_ctl: %w", errno)
	}
	return nil
}

func (p *epoll) Wait(ev []Event) (int, error) {
	n, err := p.park.wait(min(len(ev), len(p.raw)))
	if err != nil {
		return 0, err
	}
	count := 0
	for i := range p.raw[:n] {
		r := &p.raw[i]
		s := MakeSock(uint32(r.Fd), uint32(r.Pad))
		if s >= MakeSock(ownIndexLate, 0) && s.Generation() == 0 {
			p.own(s)
			continue
		}
		ev[count] = Event{s, flagsOf(r.Events)}
		count++
	}
	return count, nil
}

// own handles the poller's own descriptors: being woken is all that most are for.
func (p *epoll) own(s Sock) {
	switch s.Index() {
	case ownIndexTick:
		readTimer(p.tick)
	case ownIndexLate:
		p.late = true
	}
}

func flagsOf(events uint32) (f Flag) {
	if events&(unix.EPOLLIN|unix.EPOLLRDHUP) != 0 {
		f = Readable
	}
	if events&unix.EPOLLOUT != 0 {
		f |= Writable
	}
	if events&(unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		f |= Hangup
	}
	return f
}

func (p *epoll) Wake() {
	ring(p.wake)
}

func (p *epoll) Tick(millis int) {
	setTimer(p.tick, time.Duration(millis)*time.Millisecond)
}

func (p *epoll) Listen(name Sock, ln Listener) error {
	return p.ctl(unix.EPOLL_CTL_ADD, ln.(*fdListener).fd, unix.EPOLLIN|unix.EPOLLEXCLUSIVE, name)
}

func (p *epoll) Unlisten(name Sock, ln Listener) {
	p.ctl(unix.EPOLL_CTL_DEL, ln.(*fdListener).fd, 0, name)
}

func (p *epoll) Accept(ln Listener) (uint32, error) {
	fd, errno := accept(ln.(*fdListener).fd)
	if errno != 0 {
		return 0, errorOf(errno)
	}
	return uint32(fd), nil
}

func (p *epoll) Refuse(index uint32, lastWords []byte) {
	fd := int(index)
	if len(lastWords) > 0 {
		send(fd, lastWords)
		// To close with bytes unread is a reset, and a reset may overtake the words.
		var unread [refuseReadBytes]byte
		recv(fd, unread[:])
	}
	closeSocket(fd)
}

func (p *epoll) Add(s Sock) error {
	return p.ctl(unix.EPOLL_CTL_ADD, int(s.Index()), unix.EPOLLIN|unix.EPOLLRDHUP, s)
}

func (p *epoll) Watch(s Sock, want Flag) error {
	var events uint32
	if want&Readable != 0 {
		events = unix.EPOLLIN | unix.EPOLLRDHUP
	}
	if want&Writable != 0 {
		events |= unix.EPOLLOUT
	}
	return p.ctl(unix.EPOLL_CTL_MOD, int(s.Index()), events, s)
}

func (p *epoll) Recv(s Sock, scratch []byte) ([]byte, error) {
	n, errno := recv(int(s.Index()), scratch)
	if errno != 0 {
		return nil, errorOf(errno)
	}
	return scratch[:n], nil
}

func (p *epoll) Send(s Sock, b []byte) (int, error) {
	n, errno := send(int(s.Index()), b)
	if errno == 0 {
		return n, nil
	}
	if errno == syscall.EAGAIN {
		return 0, nil
	}
	return 0, errno
}

func (p *epoll) CloseWrite(s Sock) error {
	return closeWrite(int(s.Index()))
}

func (p *epoll) Close(s Sock) { closeSocket(int(s.Index())) }

func (p *epoll) LocalAddr(s Sock) net.Addr { return localAddr(int(s.Index())) }

func (p *epoll) RemoteAddr(s Sock) net.Addr { return remoteAddr(int(s.Index())) }

func (p *epoll) Shut() {
	p.park.close()
	for _, fd := range []int{p.ep, p.wake, p.tick} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}
