//go:build darwin || freebsd || linux

package netpoll

// The kqueue backend, for macOS and FreeBSD: its logic, over the few calls of a kernel
// that it needs. kqueue_bsd.go makes them; on Linux, where this file is compiled for its
// tests only, a fake does (kqueue_fake_linux_test.go). It has not run on the systems
// that it is for.
//
// A kqueue watches filters, not descriptors. A connection has one or two:
//
//	EVFILT_READ   always. Watched for Readable: by level, as the loop needs it.
//	              Otherwise: EV_CLEAR with a low-water mark that no data reaches, so that
//	              only the end of the stream is reported, once.
//	EVFILT_WRITE  while it is watched for Writable, by level.
//
// EV_EOF on EVFILT_READ is the peer's FIN, or a failure if fflags hold an errno.
// Hangup is the failure, or that FIN once ours has been sent. The loop may lose an
// event together with its runner, so a connection that hangs up is watched by level
// from then on, and reported until it is closed.
//
// Filters go with their descriptor when that is closed, so no event can mean an
// earlier connection of the same number: an event is named while its loop owns the
// connection, and nobody else closes it.

import (
	"math"
	"net"
	"slices"
	"sync/atomic"
	"syscall"
)

// kevent is struct kevent without what is not used, the same on all systems.
type kevent struct {
	fd     int
	filter kqFilter
	flags  uint16
	fflags uint32
	data   int64
}

type kqFilter uint8

const (
	kqRead  kqFilter = iota // EVFILT_READ
	kqWrite                 // EVFILT_WRITE
	kqUser                  // EVFILT_USER
	kqTimer                 // EVFILT_TIMER, in milliseconds
)

const (
	kqAdd    = 0x1    // EV_ADD
	kqDelete = 0x2    // EV_DELETE
	kqClear  = 0x20   // EV_CLEAR
	kqEOF    = 0x8000 // EV_EOF

	kqLowWater = 0x1       // NOTE_LOWAT
	kqTrigger  = 0x1000000 // NOTE_TRIGGER
)

// kqKernel is what the backend asks of a kernel. Sockets do not block.
type kqKernel interface {
	// control changes filters, then waits for events if there is room for any. After
	// an error none or some of the changes were made. Without room for events any
	// goroutine may call it.
	control(changes, events []kevent) (int, error)
	recv(fd int, p []byte) (int, syscall.Errno)
	// send raises no SIGPIPE.
	send(fd int, p []byte) (int, syscall.Errno)
	accept(fd int) (int, syscall.Errno)
	close(fd int)
	// shut closes the kqueue.
	shut()
}

// kqConn is a connection as its poller knows it, in one word: the generation, and
// below it flags. Whoever adds it writes it first, then only its loop does.
type kqConn struct{ word atomic.Uint64 }

const (
	kqWantRead  = uint64(Readable)
	kqWantWrite = uint64(Writable)
	kqWant      = kqWantRead | kqWantWrite
	kqSawEOF    = 1 << 8  // the peer has sent FIN
	kqSentFIN   = 1 << 9  // so have we
	kqDead      = 1 << 10 // it hangs up
)

type kqueue struct {
	k         kqKernel
	conns     Slab[kqConn] // by descriptor; the word is 0 if there is none
	listening []kqListening
	changes   [3]kevent // the loop's
	waking    [1]kevent // never changed: any goroutine reads it
	raw       [eventsPerTurn]kevent
}

type kqListening struct {
	fd   int
	name Sock
}

// openKqueue makes the poller of one loop.
func openKqueue(k kqKernel) (Poller, error) {
	p := &kqueue{k: k, waking: [1]kevent{{filter: kqUser, fflags: kqTrigger}}}
	if err := p.change(kevent{filter: kqUser, flags: kqAdd | kqClear}); err != nil {
		k.shut()
		return nil, err
	}
	return p, nil
}

// change makes up to three changes; only for the loop.
func (p *kqueue) change(changes ...kevent) error {
	_, err := p.k.control(p.changes[:copy(p.changes[:], changes)], nil)
	return err
}

func (p *kqueue) Wait(ev []Event) (int, error) {
	n, err := p.k.control(nil, p.raw[:min(len(ev), len(p.raw))])
	if err == syscall.EINTR {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	count := 0
	for i := range p.raw[:n] {
		if e := p.event(&p.raw[i]); e.Flags != 0 {
			ev[count] = e
			count++
		}
	}
	return count, nil
}

// event translates one; without flags there is nothing to say.
func (p *kqueue) event(r *kevent) Event {
	if r.filter == kqUser || r.filter == kqTimer {
		return Event{} // being woken is all they are for
	}
	c := p.conns.Grow(uint32(r.fd))
	w := c.word.Load()
	if w == 0 {
		return p.listenerEvent(r.fd)
	}
	f := Flag(w) & Readable
	if r.filter == kqWrite {
		f = Flag(w) & Writable
	} else if r.flags&kqEOF != 0 {
		f |= p.ended(r, c, w)
	}
	return Event{MakeSock(uint32(r.fd), uint32(w>>32)), f}
}

func (p *kqueue) listenerEvent(fd int) Event {
	for _, li := range p.listening {
		if li.fd == fd {
			return Event{li.name, Readable}
		}
	}
	return Event{}
}

// ended notes what EV_EOF means, and that the connection hangs up if it does.
func (p *kqueue) ended(r *kevent, c *kqConn, w uint64) Flag {
	w |= kqSawEOF
	if r.fflags == 0 && w&kqSentFIN == 0 {
		c.word.Store(w)
		return 0
	}
	p.hangUp(r.fd, c, w)
	return Hangup
}

// hangUp has the end reported until the connection is closed.
func (p *kqueue) hangUp(fd int, c *kqConn, w uint64) {
	c.word.Store(w | kqDead)
	if w&(kqDead|kqWantRead) == 0 { // or it is watched by level already
		p.change(kevent{fd: fd, filter: kqRead, flags: kqDelete}, readFilter(fd, w|kqDead))
	}
}

// readFilter is the one that a connection in that state has.
func readFilter(fd int, w uint64) kevent {
	if w&(kqWantRead|kqDead) != 0 {
		return kevent{fd: fd, filter: kqRead, flags: kqAdd}
	}
	return kevent{fd: fd, filter: kqRead, flags: kqAdd | kqClear, fflags: kqLowWater, data: math.MaxInt32}
}

// Wake is EVFILT_USER, which needs no descriptor.
func (p *kqueue) Wake() { p.k.control(p.waking[:], nil) }

func (p *kqueue) Tick(millis int) {
	if millis == 0 {
		p.change(kevent{filter: kqTimer, flags: kqDelete})
		return
	}
	p.change(kevent{filter: kqTimer, flags: kqAdd, data: int64(millis)})
}

func (p *kqueue) Listen(name Sock, ln Listener) error {
	fd := ln.(*fdListener).fd
	p.listening = append(p.listening, kqListening{fd, name})
	err := p.change(kevent{fd: fd, filter: kqRead, flags: kqAdd})
	if err != nil {
		p.unlisten(fd)
	}
	return err
}

func (p *kqueue) Unlisten(_ Sock, ln Listener) {
	fd := ln.(*fdListener).fd
	p.unlisten(fd)
	p.change(kevent{fd: fd, filter: kqRead, flags: kqDelete})
}

func (p *kqueue) unlisten(fd int) {
	p.listening = slices.DeleteFunc(p.listening, func(li kqListening) bool { return li.fd == fd })
}

func (p *kqueue) Accept(ln Listener) (uint32, error) {
	fd, errno := p.k.accept(ln.(*fdListener).fd)
	if errno != 0 {
		return 0, errorOf(errno)
	}
	return uint32(fd), nil
}

func (p *kqueue) Refuse(index uint32, lastWords []byte) {
	fd := int(index)
	if len(lastWords) > 0 {
		p.k.send(fd, lastWords)
		// To close with bytes unread is a reset, and a reset may overtake the words.
		p.k.recv(fd, make([]byte, refuseReadBytes))
	}
	p.k.close(fd)
}

// Add may be called by any loop, so it does not use p.changes.
func (p *kqueue) Add(s Sock) error {
	fd := int(s.Index())
	c := p.conns.Grow(s.Index())
	c.word.Store(uint64(s.Generation())<<32 | kqWantRead)
	_, err := p.k.control([]kevent{readFilter(fd, kqWantRead)}, nil)
	if err != nil {
		c.word.Store(0)
	}
	return err
}

func (p *kqueue) Watch(s Sock, want Flag) error {
	fd := int(s.Index())
	c := p.conns.At(s.Index())
	before := c.word.Load()
	now := before&^kqWant | uint64(want)&kqWant
	c.word.Store(now)
	changes := p.changes[:0]
	if (now^before)&kqWantRead != 0 && now&kqDead == 0 {
		changes = append(changes, kevent{fd: fd, filter: kqRead, flags: kqDelete}, readFilter(fd, now))
	}
	if now&^before&kqWantWrite != 0 {
		changes = append(changes, kevent{fd: fd, filter: kqWrite, flags: kqAdd})
	}
	if before&^now&kqWantWrite != 0 {
		changes = append(changes, kevent{fd: fd, filter: kqWrite, flags: kqDelete})
	}
	if len(changes) == 0 {
		return nil
	}
	_, err := p.k.control(changes, nil)
	return err
}

func (p *kqueue) Recv(s Sock, scratch []byte) ([]byte, error) {
	n, errno := p.k.recv(int(s.Index()), scratch)
	if errno != 0 {
		return nil, errorOf(errno)
	}
	return scratch[:n], nil
}

func (p *kqueue) Send(s Sock, b []byte) (int, error) {
	n, errno := p.k.send(int(s.Index()), b)
	if errno == 0 {
		return n, nil
	}
	if errno == syscall.EAGAIN {
		return 0, nil
	}
	return 0, errno
}

// CloseWrite: if the peer's FIN was seen before, nothing more will be reported by
// itself.
func (p *kqueue) CloseWrite(s Sock) error {
	fd := int(s.Index())
	if err := closeWrite(fd); err != nil {
		return err
	}
	c := p.conns.At(s.Index())
	w := c.word.Load() | kqSentFIN
	c.word.Store(w)
	if w&kqSawEOF != 0 {
		p.hangUp(fd, c, w)
	}
	return nil
}

// Close: first the word, then the descriptor, which another loop may get at once.
func (p *kqueue) Close(s Sock) {
	p.conns.At(s.Index()).word.Store(0)
	p.k.close(int(s.Index()))
}

func (p *kqueue) LocalAddr(s Sock) net.Addr  { return localAddr(int(s.Index())) }
func (p *kqueue) RemoteAddr(s Sock) net.Addr { return remoteAddr(int(s.Index())) }
func (p *kqueue) Shut()                      { p.k.shut() }
