package testkit

// The kernel's side: what a loop calls. All under the one lock of the kernel;
// a test has time.

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"github.com/covetgo/covet/netpoll"
)

const (
	pollerStream = 1 << 32 // the random streams of pollers start here, those of connections at 1
	pastMax      = 64      // closed sockets remembered for stale events
)

type poller struct {
	k         *Kernel
	rng       *rand.Rand
	listening []netpoll.Sock
	turn      uint32 // index to look at first, so that everyone's turn comes
	asleep    bool
	woken     bool
	wakesLate int // wake-ups still on their way
	idled     bool
	shut      bool
	tick      time.Duration
	nextTick  time.Time
}

func (k *Kernel) open() (netpoll.Poller, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := &poller{k: k, rng: k.rng(pollerStream + uint64(len(k.pollers)))}
	k.pollers = append(k.pollers, p)
	return p, nil
}

func (p *poller) lock(call string) func() {
	p.k.mu.Lock()
	if p.shut {
		p.k.mu.Unlock()
		panic("testkit: " + call + " after Shut")
	}
	return p.k.mu.Unlock
}

// conn finds an open socket of this poller.
func (p *poller) conn(s netpoll.Sock, call string) *conn {
	if c := p.k.at(s); c != nil && c.poller == p {
		return c
	}
	panic(fmt.Sprintf("testkit: %s on socket %d/%d, which is not open on this loop", call, s.Index(), s.Generation()))
}

func (k *Kernel) at(s netpoll.Sock) *conn {
	if int(s.Index()) >= len(k.conns) {
		return nil
	}
	if c := k.conns[s.Index()]; c != nil && c.sock == s {
		return c
	}
	return nil
}

func (p *poller) Wait(ev []netpoll.Event) (int, error) {
	defer p.lock("Wait")()
	p.k.counts.Waits++
	for {
		n := p.collect(ev)
		ticked := p.ticked()
		if n > 0 || p.woken || ticked || p.idled {
			p.woken = false
			return n, nil
		}
		p.asleep = true
		p.k.cond.Broadcast()
		p.k.cond.Wait()
		p.asleep = false
	}
}

// ticked reports whether a tick is due, and takes it.
func (p *poller) ticked() bool {
	if !p.tickDue() {
		return false
	}
	p.nextTick = p.k.now.Add(p.tick)
	return true
}

func (p *poller) tickDue() bool { return p.tick > 0 && !p.k.now.Before(p.nextTick) }

// busy reports whether Wait would return.
func (p *poller) busy() bool {
	if p.woken || p.wakesLate > 0 || p.idled || p.tickDue() || p.acceptable() {
		return true
	}
	return slices.ContainsFunc(p.k.conns, func(c *conn) bool { return c != nil && c.poller == p && c.flags() != 0 })
}

func (p *poller) acceptable() bool { return len(p.k.backlog) > 0 && len(p.listening) > 0 }

// collect fills ev with what is ready, and with noise.
func (p *poller) collect(ev []netpoll.Event) (n int) {
	if p.acceptable() {
		for _, name := range p.listening[:min(len(p.listening), len(ev))] {
			ev[n] = netpoll.Event{Sock: name, Flags: netpoll.Readable}
			n++
		}
	}
	for i := range p.k.conns {
		at := (int(p.turn) + i) % len(p.k.conns)
		if n == len(ev) {
			p.turn = uint32(at)
			break
		}
		c := p.k.conns[at]
		if c == nil || c.poller != p {
			continue
		}
		if f := c.flags(); f != 0 {
			ev[n] = netpoll.Event{Sock: c.sock, Flags: f}
			n++
		}
	}
	if n == 0 {
		p.idled = false
		return 0
	}
	if p.idled = !p.idled && chance(p.rng, p.k.noise.EmptyWaits); p.idled {
		return 0
	}
	return p.disturb(ev, n)
}

// disturb adds events that mean nothing, in front of the true ones.
func (p *poller) disturb(ev []netpoll.Event, n int) int {
	add := func(s netpoll.Sock) {
		if n < len(ev) {
			copy(ev[1:n+1], ev[:n])
			ev[0] = netpoll.Event{Sock: s, Flags: netpoll.Readable}
			n++
		}
	}
	if chance(p.rng, p.k.noise.SpuriousEvents) {
		at := p.rng.IntN(max(1, len(p.k.conns)))
		if at < len(p.k.conns) && p.k.conns[at] != nil && p.k.conns[at].poller == p && p.k.conns[at].flags() == 0 {
			add(p.k.conns[at].sock)
		}
	}
	if len(p.k.past) > 0 && chance(p.rng, p.k.noise.StaleEvents) {
		add(p.k.past[p.rng.IntN(len(p.k.past))])
	}
	return n
}

func (p *poller) Wake() {
	defer p.lock("Wake")()
	p.k.counts.Wakes++
	if !chance(p.rng, p.k.noise.LateWakes) {
		p.woken = true
		p.k.cond.Broadcast()
		return
	}
	p.wakesLate++
	time.AfterFunc(time.Duration(p.rng.IntN(int(time.Millisecond))), func() {
		p.k.mu.Lock()
		defer p.k.mu.Unlock()
		p.wakesLate--
		p.woken = true
		p.k.cond.Broadcast()
	})
}

func (p *poller) Tick(millis int) {
	defer p.lock("Tick")()
	p.tick = time.Duration(millis) * time.Millisecond
	p.nextTick = p.k.now.Add(p.tick)
}

func (p *poller) Listen(name netpoll.Sock, ln netpoll.Listener) error {
	defer p.lock("Listen")()
	if ln.(*listener).closed {
		return net.ErrClosed
	}
	p.listening = append(p.listening, name)
	p.k.cond.Broadcast()
	return nil
}

func (p *poller) Unlisten(name netpoll.Sock, ln netpoll.Listener) {
	defer p.lock("Unlisten")()
	at := slices.Index(p.listening, name)
	if at < 0 {
		panic("testkit: Unlisten of a listener that is not watched")
	}
	p.listening = slices.Delete(p.listening, at, at+1)
}

func (p *poller) Accept(netpoll.Listener) (uint32, error) {
	defer p.lock("Accept")()
	p.k.counts.Accepts++
	if len(p.k.backlog) == 0 {
		return 0, netpoll.ErrAgain
	}
	if err := p.k.due(failAccept); err != nil {
		return 0, err
	}
	c := p.k.backlog[0]
	p.k.backlog = p.k.backlog[1:]
	at := slices.Index(p.k.conns, nil) // the lowest that is free, like a descriptor
	if at < 0 {
		at = len(p.k.conns)
		p.k.conns = append(p.k.conns, nil)
	}
	p.k.conns[at] = c
	return uint32(at), nil
}

func (p *poller) Refuse(index uint32, lastWords []byte) {
	defer p.lock("Refuse")()
	c := p.k.conns[index]
	if c == nil || c.poller != nil {
		panic("testkit: Refuse of a socket that was not just accepted")
	}
	p.k.counts.Refusals++
	c.send(lastWords)
	p.k.drop(index, c)
}

func (p *poller) Add(s netpoll.Sock) error {
	defer p.lock("Add")()
	c := p.k.conns[s.Index()]
	if c == nil || c.poller != nil {
		panic("testkit: Add of a socket that was not just accepted")
	}
	if err := p.k.due(failAdd); err != nil {
		return err
	}
	c.poller, c.sock, c.want = p, s, netpoll.Readable
	p.k.cond.Broadcast()
	return nil
}

func (p *poller) Watch(s netpoll.Sock, want netpoll.Flag) error {
	defer p.lock("Watch")()
	c := p.conn(s, "Watch")
	if err := p.k.due(failWatch); err != nil {
		return err
	}
	c.want = want
	p.k.cond.Broadcast()
	return nil
}

func (p *poller) Recv(s netpoll.Sock, scratch []byte) ([]byte, error) {
	defer p.lock("Recv")()
	c := p.conn(s, "Recv")
	p.k.counts.Recvs++
	if c.again = !c.again && !c.reset && chance(p.rng, p.k.noise.RecvAgain); c.again {
		return nil, netpoll.ErrAgain
	}
	n, err := c.recv(scratch)
	p.k.cond.Broadcast()
	return scratch[:n], err
}

func (p *poller) Send(s netpoll.Sock, b []byte) (int, error) {
	defer p.lock("Send")()
	c := p.conn(s, "Send")
	p.k.counts.Sends++
	n, err := c.send(b)
	p.k.cond.Broadcast()
	return n, err
}

func (p *poller) CloseWrite(s netpoll.Sock) error {
	defer p.lock("CloseWrite")()
	p.conn(s, "CloseWrite").outEnd = true
	p.k.cond.Broadcast()
	return nil
}

func (p *poller) Close(s netpoll.Sock) {
	defer p.lock("Close")()
	c := p.conn(s, "Close")
	if p.k.past = append(p.k.past, s); len(p.k.past) > pastMax {
		p.k.past = p.k.past[1:]
	}
	p.k.drop(s.Index(), c)
}

// drop ends the server's side of a connection.
func (k *Kernel) drop(index uint32, c *conn) {
	c.closed, c.dropped = true, len(c.in) > 0
	k.conns[index] = nil
	k.cond.Broadcast()
}

func (p *poller) LocalAddr(s netpoll.Sock) net.Addr {
	defer p.lock("LocalAddr")()
	p.conn(s, "LocalAddr")
	return addr("fake:80")
}

func (p *poller) RemoteAddr(s netpoll.Sock) net.Addr {
	defer p.lock("RemoteAddr")()
	c := p.k.conns[s.Index()]
	if s.Generation() != 0 || c == nil || c.poller != nil { // else it was just accepted
		c = p.conn(s, "RemoteAddr")
	}
	return addr(fmt.Sprintf("client:%d", c.number))
}

func (p *poller) Shut() {
	defer p.lock("Shut")()
	p.shut = true
	for _, c := range p.k.conns {
		if c != nil && c.poller == p {
			panic("testkit: Shut with an open connection")
		}
	}
	p.k.cond.Broadcast()
}
