package netpoll_test

// Conformance: the many ways in which a connection ends.

import (
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covetgo/covet/netpoll"
)

func testCloseInEveryState(r *rig) {
	var deadlines atomic.Int32
	twice := func(l *netpoll.Loop, s netpoll.Sock) {
		l.Close(s)
		l.Close(s)
		if l.Alive(s) {
			r.Error("alive after Close")
		}
		if _, err := l.Send(s, []byte("x")); err != netpoll.ErrClosed {
			r.Errorf("Send after Close: %v, want ErrClosed", err)
		}
		l.Watch(s, netpoll.Writable)
		l.SetDeadline(s, time.Hour)
		l.CloseWrite(s)
	}
	dataTo := func(f func(*netpoll.Loop, netpoll.Sock)) func(*netpoll.Loop, netpoll.Sock, []byte) {
		return func(l *netpoll.Loop, s netpoll.Sock, _ []byte) { f(l, s) }
	}
	byTask := func(l *netpoll.Loop, s netpoll.Sock) { l.Post(&netpoll.Task{Run: func() { twice(l, s) }}) }
	say := func(p peer) { p.Write([]byte("x")) }
	for _, state := range []struct {
		name   string
		h      hooks
		act    func(peer)
		needed bool // half-close
	}{
		{"in Open", hooks{open: twice}, say, false},
		{"in Data", hooks{data: dataTo(twice)}, say, false},
		{"in EOF", hooks{eof: twice}, func(p peer) { p.CloseWrite() }, true},
		{"in Writable", hooks{
			data:  dataTo(func(l *netpoll.Loop, s netpoll.Sock) { l.Watch(s, netpoll.Readable|netpoll.Writable) }),
			write: twice}, say, false},
		{"in Expired", hooks{
			data: dataTo(func(l *netpoll.Loop, s netpoll.Sock) {
				l.SetDeadline(s, time.Nanosecond)
				deadlines.Add(1)
			}),
			expired: twice}, say, false},
		{"from a task", hooks{data: dataTo(byTask)}, say, false},
	} {
		if state.needed && r.noHalf {
			continue
		}
		r.T.Run(state.name, func(t *testing.T) {
			r := &rig{T: t, kind: r.kind}
			if state.name == "in Expired" {
				r.slow()
			}
			ended := make(chan error, 2)
			state.h.closed = func(l *netpoll.Loop, s netpoll.Sock, err error) {
				l.Close(s)
				ended <- err
			}
			r.openHooks(netpoll.Config{Loops: 1}, state.h)
			p := r.dial()
			go state.act(p)
			if state.name == "in Expired" && r.kernel != nil {
				r.eventually("a deadline is set", func() bool { return deadlines.Load() > 0 })
				r.elapse(2 * netpoll.TickMillis * time.Millisecond)
			}
			if err := get(r, ended, "Closed"); err != nil {
				r.Errorf("Closed: %v", err)
			}
			if _, err := p.Read(make([]byte, 1)); err == nil {
				r.Error("the client still reads")
			}
		})
	}
}

func testStaleName(r *rig) {
	socks := make(chan netpoll.Sock, 10)
	g := r.open(netpoll.Config{Loops: 1}, func(l *netpoll.Loop) netpoll.Handler {
		return &namer{Handler: newEcho(l), socks: socks}
	})
	l := g.Loops()[0]
	first := r.dial()
	r.talk(first, []byte("x"))
	stale := get(r, socks, "Open")
	first.Close()
	r.eventually("the first connection ends", func() bool { return g.Conns() == 0 })
	second := r.dial()
	r.talk(second, []byte("x"))
	if s := get(r, socks, "Open"); s == stale || s.Index() > stale.Index()+8 {
		r.Errorf("the second connection is %d/%d, the first was %d/%d", s.Index(), s.Generation(), stale.Index(), stale.Generation())
	}
	on(r.T, l, func() {
		l.Watch(stale, 0)
		l.SetDeadline(stale, time.Nanosecond)
		l.CloseWrite(stale)
		l.Close(stale)
		if _, err := l.Send(stale, []byte("x")); err != netpoll.ErrClosed {
			r.Errorf("Send: %v, want ErrClosed", err)
		}
	})
	r.talk(second, []byte("still here"))
}

// namer tells the names of new connections.
type namer struct {
	netpoll.Handler
	socks chan netpoll.Sock
}

func (n *namer) Open(s netpoll.Sock) { n.socks <- s; n.Handler.Open(s) }

func testClientEndsFirst(r *rig) {
	if r.noHalf {
		r.Skip("no half-close here")
	}
	var got []byte
	ends := make(chan netpoll.Sock, 10)
	ended := make(chan error, 1)
	g := r.openHooks(netpoll.Config{Loops: 1}, hooks{
		data:   func(_ *netpoll.Loop, _ netpoll.Sock, p []byte) { got = append(got, p...) },
		eof:    func(_ *netpoll.Loop, s netpoll.Sock) { ends <- s },
		closed: func(_ *netpoll.Loop, _ netpoll.Sock, err error) { ended <- err },
	})
	l, p := g.Loops()[0], r.dial()
	p.Write([]byte("request"))
	p.CloseWrite()
	s := get(r, ends, "EOF")
	for range 20 {
		on(r.T, l, func() {})
	}
	if len(ends) != 0 {
		r.Error("EOF was reported more than once")
	}
	on(r.T, l, func() {
		if string(got) != "request" {
			r.Errorf("received %q", got)
		}
		l.Send(s, []byte("reply"))
		l.CloseWrite(s)
	})
	if reply, err := io.ReadAll(p); string(reply) != "reply" || err != nil {
		r.Errorf("the client read %q, %v", reply, err)
	}
	// Both sides are done: nothing is left but to close.
	if err := get(r, ended, "Closed"); err != nil {
		r.Errorf("Closed: %v, want no error", err)
	}
}

func testServerEndsFirst(r *rig) {
	if r.noHalf {
		r.Skip("no half-close here")
	}
	var got []byte
	ended := make(chan error, 1)
	r.openHooks(netpoll.Config{Loops: 1}, hooks{
		data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
			if got == nil {
				l.Send(s, []byte("bye"))
				l.CloseWrite(s)
			}
			got = append(got, p...)
		},
		closed: func(_ *netpoll.Loop, _ netpoll.Sock, err error) { ended <- err },
	})
	p := r.dial()
	p.Write([]byte("a"))
	if words, err := io.ReadAll(p); string(words) != "bye" || err != nil {
		r.Errorf("the client read %q, %v", words, err)
	}
	p.Write([]byte("bc"))
	p.CloseWrite()
	if err := get(r, ended, "Closed"); err != nil || string(got) != "abc" {
		r.Errorf("received %q, Closed: %v", got, err)
	}
}

func testSendThenClose(r *rig) {
	const size = 40 << 10 // fits everywhere
	r.openHooks(netpoll.Config{Loops: 1}, hooks{
		data: func(l *netpoll.Loop, s netpoll.Sock, _ []byte) {
			for rest := alphabet[:size]; len(rest) > 0; {
				n, err := l.Send(s, rest)
				if n == 0 || err != nil {
					r.Errorf("Send: %d, %v", n, err)
					break
				}
				rest = rest[n:]
			}
			l.Close(s)
		},
	})
	p := r.dial()
	p.Write([]byte("x"))
	if got, err := io.ReadAll(p); len(got) != size || err != nil {
		r.Errorf("the client read %d bytes, %v; want %d", len(got), err, size)
	}
}

func testReset(r *rig) {
	if r.noReset {
		r.Skip("no reset here")
	}
	got, ended := make(chan struct{}, 1), make(chan error, 1)
	r.openHooks(netpoll.Config{Loops: 1}, hooks{
		data:   func(*netpoll.Loop, netpoll.Sock, []byte) { got <- struct{}{} },
		closed: func(_ *netpoll.Loop, _ netpoll.Sock, err error) { ended <- err },
	})
	p := r.dial()
	p.Write([]byte("x"))
	get(r, got, "Data")
	p.Reset()
	if err := get(r, ended, "Closed"); err == nil {
		r.Error("Closed without an error")
	}
}

// Every connection closes the one before it, while new ones take the indexes
// that become free: none may get what was meant for its predecessor.
func testCloseNeighbour(r *rig) {
	const conns = 60
	g := r.open(netpoll.Config{Loops: 2}, func(l *netpoll.Loop) netpoll.Handler {
		var last netpoll.Sock
		h := &hooks{loop: l}
		h.data = func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
			if last != s {
				l.Close(last)
			}
			last = s
			l.Send(s, p)
		}
		return h
	})
	var talks sync.WaitGroup
	var answered atomic.Int32
	for i := range conns {
		talks.Go(func() {
			p := r.dial()
			defer p.Close()
			word := []byte{byte(i), byte(i)}
			p.Write(word)
			reply, _ := io.ReadAll(io.LimitReader(p, 2))
			if len(reply) > 0 {
				answered.Add(1)
			}
			for _, b := range reply {
				if b != byte(i) {
					r.Errorf("connection %d got the reply of %d", i, b)
				}
			}
		})
	}
	talks.Wait()
	r.eventually("all connections end", func() bool { return g.Conns() == 0 })
	if answered.Load() == 0 {
		r.Error("no connection got a reply")
	}
}

// Connections in as many states as there are, and peers that don't care.
func testGroupClose(r *rig) {
	var opened, ended, ready atomic.Int32
	g := r.openHooks(netpoll.Config{Loops: 2, FirstByte: time.Hour}, hooks{
		open: func(*netpoll.Loop, netpoll.Sock) { opened.Add(1) },
		data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
			defer ready.Add(1)
			switch p[0] {
			case 'w': // full, waiting for room
				for n := 1; n > 0; {
					n, _ = l.Send(s, alphabet)
				}
				l.Watch(s, netpoll.Writable)
			case 'u': // unwatched, with bytes unread
				l.Watch(s, 0)
			case 'd':
				l.SetDeadline(s, time.Hour)
			case 'f':
				l.CloseWrite(s)
			}
		},
		eof:    func(*netpoll.Loop, netpoll.Sock) {},
		closed: func(*netpoll.Loop, netpoll.Sock, error) { ended.Add(1) },
	})
	words := []string{"w", "u", "d", "w"}
	if !r.noHalf {
		words = append(words, "f")
	}
	for _, word := range words {
		p := r.dial()
		p.Write([]byte(word))
		if word == "u" {
			go p.Write([]byte("unread"))
		}
	}
	r.dial() // silent
	r.eventually("all have spoken", func() bool { return int(ready.Load()) >= len(words) })
	g.Close() // the peers are still there and read nothing
	if opened.Load() != ended.Load() {
		r.Errorf("Open was called %d times, Closed %d times", opened.Load(), ended.Load())
	}
	g.Close()
}

func testGroupCloseEmpty(r *rig) {
	g := r.open(netpoll.Config{Loops: 2}, newEcho)
	if err := g.Loops()[0].Post(&netpoll.Task{Run: func() {}}); err != nil {
		r.Error(err)
	}
	g.Close()
	if err := g.Loops()[0].Post(&netpoll.Task{Run: func() {}}); err != netpoll.ErrClosed {
		r.Errorf("Post to an ended loop: %v, want ErrClosed", err)
	}
}

func testChurn(r *rig) {
	const workers, conns = 4, 2000
	each := conns / workers
	if r.kernel != nil || strings.Contains(r.name, "/") {
		each /= 20
	}
	g := r.open(netpoll.Config{Loops: 2}, newEcho)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := range each {
				p := r.dial()
				if i%4 != 0 { // some say nothing at all
					r.talk(p, alphabet[:3])
				}
				p.Close()
			}
		})
	}
	all.Wait()
	r.eventually("all connections end", func() bool { return g.Conns() == 0 })
}
