package netpoll_test

// Conformance: bytes and readiness.

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/covetgo/covet/netpoll"
)

var alphabet = bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz0123456789"), 1<<15)

func testEchoSizes(r *rig) {
	r.open(netpoll.Config{Loops: 1}, newEcho)
	sizes := []int{1, 2, 100, 4095, 4096, 4097, 65535, 65536, 65537, 1 << 20}
	if r.chaos {
		sizes = sizes[:6] // it sends a few bytes at a time
	}
	p := r.dial()
	for _, n := range sizes {
		r.talk(p, alphabet[:n])
	}
}

func testEchoMany(r *rig) {
	r.open(netpoll.Config{Loops: 2}, newEcho)
	var talks sync.WaitGroup
	for i := range 30 {
		p := r.dial()
		talks.Go(func() {
			for n := range 10 {
				r.talk(p, alphabet[i:][:1+n*100])
			}
			p.Close()
		})
	}
	talks.Wait()
}

func testUnwatched(r *rig) {
	opened, data := make(chan netpoll.Sock, 1), make(chan int, 1000)
	g := r.openHooks(netpoll.Config{Loops: 1}, hooks{
		open: func(l *netpoll.Loop, s netpoll.Sock) { l.Watch(s, 0); opened <- s },
		data: func(_ *netpoll.Loop, _ netpoll.Sock, p []byte) { data <- len(p) },
	})
	l, p := g.Loops()[0], r.dial()
	const total = 3000
	go p.Write(alphabet[:total])
	s := get(r, opened, "Open")
	for range 20 {
		on(r.T, l, func() {})
	}
	if len(data) != 0 {
		r.Error("Data was called although nothing was watched")
	}
	before := r.turns.Load()
	time.Sleep(20 * time.Millisecond)
	if n := r.turns.Load() - before; n > 100 {
		r.Errorf("the loop made %d turns over a connection that is not watched", n)
	}
	for got := 0; got < total; { // watched, it brings some; unwatched again, the rest stays
		on(r.T, l, func() { l.Watch(s, netpoll.Readable) })
		got += get(r, data, "Data after Watch")
		on(r.T, l, func() { l.Watch(s, 0) })
		for len(data) > 0 {
			got += <-data
		}
	}
}

func testWritableLevel(r *rig) {
	times := make(chan struct{}, 3)
	r.openHooks(netpoll.Config{Loops: 1}, hooks{
		data: func(l *netpoll.Loop, s netpoll.Sock, _ []byte) { l.Watch(s, netpoll.Writable) },
		write: func(l *netpoll.Loop, s netpoll.Sock) {
			select {
			case times <- struct{}{}:
			default:
				l.Watch(s, netpoll.Readable)
				l.Send(s, []byte("done"))
			}
		},
	})
	p := r.dial()
	p.Write([]byte("x"))
	if _, err := io.ReadFull(p, make([]byte, 4)); err != nil {
		r.Error(err)
	}
}

// A server sends more than anyone holds for it, to a client that does not read
// until the server has been stopped.
func testBackpressure(r *rig) {
	size := 8 << 20
	if r.chaos {
		size = 300 << 10 // more than the fake kernel's window
	}
	want := bytes.Repeat(alphabet[:1<<10], size>>10)
	full := make(chan struct{})
	var once sync.Once
	rest := want
	push := func(l *netpoll.Loop, s netpoll.Sock) {
		for len(rest) > 0 {
			n, err := l.Send(s, rest)
			if err != nil {
				r.Errorf("Send: %v", err)
				return
			}
			if rest = rest[n:]; n == 0 {
				once.Do(func() { close(full) })
				l.Watch(s, netpoll.Writable)
				return
			}
		}
		l.Watch(s, netpoll.Readable)
		l.Close(s)
	}
	r.openHooks(netpoll.Config{Loops: 1}, hooks{
		data:  func(l *netpoll.Loop, s netpoll.Sock, _ []byte) { push(l, s) },
		write: push,
	})
	p := r.dial()
	p.Write([]byte("x"))
	get(r, full, "a short send")
	got, err := io.ReadAll(p)
	if err != nil || !bytes.Equal(got, want) {
		r.Errorf("got %d bytes, %v; want %d, the same", len(got), err, len(want))
	}
}

// While one connection is flooded, another one says a word. How often the busy
// one is served before the quiet one is counted. With std that includes what
// the scheduler lets a reader and the loop do before it runs another goroutine:
// up to 10 ms, in portions of stdReadBytes.
func testFairness(r *rig) {
	turnsMax := 100
	if strings.HasPrefix(r.name, "std") {
		turnsMax = 10_000
	}
	var quiet atomic.Value // peer
	var busy netpoll.Sock
	turns, since := 0, -1
	result := make(chan int, 1)
	r.openHooks(netpoll.Config{Loops: 1}, hooks{
		data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
			if busy == 0 {
				busy = s
			}
			if s != busy {
				result <- since
				l.Close(s)
				l.Close(busy)
				return
			}
			if turns++; turns == 20 {
				since = 0
				quiet.Load().(peer).Write([]byte("q"))
			}
			if since >= 0 {
				since++
			}
		},
	})
	b, q := r.dial(), r.dial()
	quiet.Store(q)
	go func() {
		for {
			if _, err := b.Write(alphabet[:64<<10]); err != nil {
				return
			}
		}
	}()
	if n := get(r, result, "a word from the quiet connection"); n > turnsMax && !r.chaos {
		r.Errorf("the busy connection was served %d times before the quiet one", n)
	}
}

func testAddresses(r *rig) {
	got := make(chan [2]string, 1)
	r.openHooks(netpoll.Config{Loops: 1}, hooks{
		open: func(l *netpoll.Loop, s netpoll.Sock) {
			got <- [2]string{l.LocalAddr(s).String(), l.RemoteAddr(s).String()}
		},
	})
	p := r.dial()
	go p.Write([]byte("x"))
	have := get(r, got, "Open")
	c, ok := p.(netPeer)
	if !ok {
		return
	}
	if want := [2]string{c.RemoteAddr().String(), c.LocalAddr().String()}; have != want {
		r.Errorf("the addresses are %q, the client says %q", have, want)
	}
}
