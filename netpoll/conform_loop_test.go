package netpoll_test

// Conformance: loops, time and limits.

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/covetgo/covet/netpoll"
)

func (r *rig) evenly(g *netpoll.Group, conns int) {
	r.Helper()
	least, most := conns, 0
	for _, l := range g.Loops() {
		least, most = min(least, l.Conns()), max(most, l.Conns())
	}
	if most-least > 1 {
		r.Errorf("%d connections on %d loops: the fewest are %d, the most %d", conns, len(g.Loops()), least, most)
	}
}

func testDistribution(r *rig) {
	g := r.open(netpoll.Config{Loops: 3}, newEcho)
	for n := 1; n <= 11; n++ {
		r.dial()
		r.eventually("a connection is accepted", func() bool { return g.Conns() == n })
		r.evenly(g, n)
	}
}

func testDistributionAtOnce(r *rig) {
	const conns = 50
	g := r.open(netpoll.Config{Loops: 4}, newEcho)
	var dials sync.WaitGroup
	for range conns {
		dials.Go(func() { r.dial() })
	}
	dials.Wait()
	r.eventually("all connections are accepted", func() bool { return g.Conns() == conns })
	r.evenly(g, conns)
}

// A loop accepts for another. If that one knew the connection before it is added
// to the poller, it could close it, and the number be used again, in between.
// What the poller reports before the loop knows must be reported again.
func testAddedThenOwned(r *rig) {
	var owner *netpoll.Loop
	var crossing atomic.Bool // the next connection is accepted by one loop for the other
	release := make(chan struct{})
	r.adding = func(p *watched, s netpoll.Sock) error {
		if !crossing.CompareAndSwap(true, false) {
			return p.Poller.Add(s)
		}
		close(release)
		known := 0
		on(r.T, owner, func() { owner.Each(func(netpoll.Sock) { known++ }) })
		if known > 0 {
			r.Error("the loop knows the connection already")
			return p.Poller.Add(s)
		}
		before := p.turns.Load()
		err := p.Poller.Add(s)
		for start := time.Now(); p.turns.Load() < before+3 && time.Since(start) < patience; {
			time.Sleep(100 * time.Microsecond) // the event is there, and dropped, several times
		}
		return err
	}
	g := r.open(netpoll.Config{Loops: 2}, newEcho)
	r.talk(r.dial(), []byte("first")) // once it is answered, it has its loop: it is counted before that
	owner = g.Loops()[0]
	if owner.Conns() > 0 {
		owner = g.Loops()[1]
	}
	held := make(chan struct{})
	owner.Post(&netpoll.Task{Run: func() { close(held); <-release }})
	<-held
	crossing.Store(true)
	r.talk(r.dial(), []byte("who has me?"))
	r.evenly(g, 2)
}

func testDeadlines(r *rig) {
	r.slow()
	const after = 30 * time.Millisecond
	var set time.Duration
	expired := make(chan time.Duration, 10)
	g := r.openHooks(netpoll.Config{Loops: 1}, hooks{
		data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
			switch set = l.Now(); p[0] {
			case 'a':
				l.SetDeadline(s, time.Hour)
				l.SetDeadline(s, after)
			case 'b':
				l.SetDeadline(s, after)
				l.SetDeadline(s, 0)
			}
			l.Send(s, p)
		},
		expired: func(l *netpoll.Loop, s netpoll.Sock) { expired <- l.Now() - set },
	})
	p := r.dial()
	r.talk(p, []byte("b"))
	other := r.dial() // its deadline passes after that of p would have
	r.talk(other, []byte("a"))
	r.elapse(2 * netpoll.TickMillis * time.Millisecond)
	if d := get(r, expired, "Expired"); d < after {
		r.Errorf("a deadline of %v expired after %v", after, d)
	}
	r.elapse(netpoll.TickMillis * time.Millisecond)
	on(r.T, g.Loops()[0], func() {})
	if len(expired) != 0 {
		r.Error("a deadline expired that was removed, or one expired twice")
	}
}

func testFirstByte(r *rig) {
	r.slow()
	const conns = 4 // also on a loop that slept while another accepted for it
	expired := make(chan struct{}, conns)
	r.openHooks(netpoll.Config{Loops: 2, FirstByte: time.Millisecond}, hooks{
		expired: func(l *netpoll.Loop, s netpoll.Sock) { l.Close(s); expired <- struct{}{} },
	})
	var peers []peer
	for range conns {
		peers = append(peers, r.dial())
	}
	if r.kernel != nil {
		r.elapse(2 * netpoll.TickMillis * time.Millisecond)
	}
	for range conns {
		get(r, expired, "Expired")
	}
	for _, p := range peers {
		if _, err := p.Read(make([]byte, 1)); err == nil {
			r.Error("the client still reads")
		}
	}
}

func testPost(r *rig) {
	const producers, each = 4, 500
	g := r.open(netpoll.Config{Loops: 2}, newEcho)
	for _, l := range g.Loops() {
		var posts, runs sync.WaitGroup
		var next [producers]int
		runs.Add(producers * each)
		for p := range producers {
			posts.Go(func() {
				for i := range each {
					err := l.Post(&netpoll.Task{Run: func() {
						defer runs.Done()
						if next[p] != i {
							r.Errorf("task %d of a producer ran in place of task %d", i, next[p])
						}
						next[p]++
					}})
					if err != nil {
						r.Error(err)
						runs.Done()
					}
				}
			})
		}
		posts.Wait()
		runs.Wait() // one task more than posted would panic
	}
	g.Close()
	for _, l := range g.Loops() {
		if err := l.Post(&netpoll.Task{Run: func() { r.Error("a task ran after Close") }}); err != netpoll.ErrClosed {
			r.Errorf("Post after Close: %v, want ErrClosed", err)
		}
	}
}

func testStopListening(r *rig) {
	g := r.open(netpoll.Config{Loops: 2}, newEcho)
	a, b := r.dial(), r.dial()
	r.talk(a, []byte("x"))
	r.talk(b, []byte("x"))
	g.StopListening()
	for _, l := range g.Loops() {
		on(r.T, l, func() {})
	}
	r.talk(a, []byte("still"))
	r.talk(b, []byte("here"))
	if r.kernel == nil {
		r.eventually("new connections are refused", func() bool {
			c, err := r.connect()
			if err == nil {
				c.Close()
			}
			return err != nil
		})
	}
}

func testConnsMax(r *rig) {
	const limit, words = 3, "no room"
	g := r.open(netpoll.Config{Loops: 2, ConnsMax: limit, Refusal: []byte(words)}, newEcho)
	var in []peer
	for range limit {
		p := r.dial()
		r.talk(p, []byte("x"))
		in = append(in, p)
	}
	over := r.dial()
	got, err := io.ReadAll(over)
	if (string(got) != words || err != nil) && !r.chaos { // a short send may cut the words
		r.Errorf("the connection above the limit read %q, %v; want %q", got, err, words)
	}
	in[0].Close()
	r.eventually("there is room again", func() bool { return g.Conns() < limit })
	r.talk(r.dial(), []byte("y"))
	r.talk(in[1], []byte("z"))
}

func testConnsPerIPMax(r *rig) {
	const limit, words = 2, "no room"
	g := r.open(netpoll.Config{Loops: 2, ConnsPerIPMax: limit, Refusal: []byte(words)}, newEcho)
	first := r.dial()
	r.talk(first, []byte("x"))
	r.talk(r.dial(), []byte("x"))
	over := r.dial()
	if !r.hasIP() {
		r.talk(over, []byte("not counted"))
		return
	}
	if got, err := io.ReadAll(over); string(got) != words || err != nil {
		r.Errorf("the connection above the limit read %q, %v; want %q", got, err, words)
	}
	for range 10 { // the place is free again, and only one
		first.Close()
		r.eventually("there is room again", func() bool { return g.Conns() < limit })
		first = r.dial()
		r.talk(first, []byte("y"))
		over := r.dial()
		if got, _ := io.ReadAll(over); string(got) != words {
			r.Errorf("a second one came in for one that left: it read %q", got)
		}
	}
}

// hasIP reports whether connections of this rig have IP addresses.
func (r *rig) hasIP() bool {
	switch r.name {
	case "epoll", "epoll/ipv6", "io_uring", "kqueue/fake", "std", "std/tls":
		return true
	}
	return false
}
