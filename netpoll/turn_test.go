package netpoll_test

// One turn of a loop: its tasks, its budgets, and what is left of a connection
// that was closed in it.

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/testkit"
	"github.com/covetgo/covet/netpoll"
)

func TestPostWhileClosing(t *testing.T) {
	for range 50 {
		k := testkit.New(1)
		g := openWith(t, netpoll.Config{Loops: 2, Backend: k.Backend()}, hooks{})
		var ran, accepted atomic.Int64
		var posters sync.WaitGroup
		for _, l := range g.Loops() {
			for range 2 {
				posters.Go(func() {
					done := make(chan struct{}, 1) // one at a time, so that most posts have to wake the loop
					for l.Post(&netpoll.Task{Run: func() { ran.Add(1); done <- struct{}{} }}) == nil {
						accepted.Add(1)
						<-done
					}
				})
			}
		}
		time.Sleep(100 * time.Microsecond)
		g.Close()
		posters.Wait()
		if ran.Load() != accepted.Load() {
			t.Fatalf("%d tasks were accepted and %d ran", accepted.Load(), ran.Load())
		}
	}
}

func TestPostsShareAWakeUp(t *testing.T) {
	k, g := fake(t, netpoll.Config{Loops: 1}, hooks{})
	l := g.Loops()[0]
	hold, held := make(chan struct{}), make(chan struct{})
	l.Post(&netpoll.Task{Run: func() { close(held); <-hold }})
	<-held
	before := k.Counts().Wakes
	ran := 0
	for range 1000 {
		l.Post(&netpoll.Task{Run: func() { ran++ }})
	}
	wakes := k.Counts().Wakes - before
	close(hold)
	k.Rest()
	if wakes != 1 || ran != 1000 {
		t.Errorf("1000 posts to a busy loop woke it %d times and ran %d tasks", wakes, ran)
	}
}

// A task may post itself again: it runs once per turn, and others have theirs.
func TestTaskThatPostsItself(t *testing.T) {
	k, g := fake(t, netpoll.Config{Loops: 1}, hooks{})
	l := g.Loops()[0]
	runs := 0
	var task netpoll.Task
	task.Run = func() {
		if runs++; runs < 10 {
			l.Post(&task)
		}
	}
	before := k.Counts().Waits
	l.Post(&task)
	k.Rest()
	if turns := k.Counts().Waits - before; runs != 10 || turns < 10 {
		t.Errorf("%d runs in %d turns", runs, turns)
	}
}

// Two connections are ready in the same turn, and the first closes the second,
// whose index a new connection takes at once: the rest of the turn is lost on
// both of them.
func TestDeferredClose(t *testing.T) {
	testkit.Seeds(t, 20, func(t *testing.T, k *testkit.Kernel) {
		k.SetNoise(testkit.Noise{StaleEvents: 50, SpuriousEvents: 20})
		heard := map[netpoll.Sock]string{}
		g, err := netpoll.Open(netpoll.Config{Loops: 1, Backend: k.Backend(), NewHandler: func(l *netpoll.Loop) netpoll.Handler {
			return &checked{t: t, alive: map[netpoll.Sock]bool{}, inner: &hooks{
				loop: l,
				data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
					heard[s] += string(p)
					if string(p) != "close the others" {
						return
					}
					l.Each(func(other netpoll.Sock) {
						if other != s {
							l.Close(other)
							k.Dial().WriteString("new")
						}
					})
				},
			}}
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		if err := g.Listen(k.Listener()); err != nil {
			t.Fatal(err)
		}
		clients := []*testkit.Client{k.Dial(), k.Dial(), k.Dial()}
		k.Rest()
		on(t, g.Loops()[0], func() { // while this runs, all three become ready
			clients[0].WriteString("close the others")
			clients[1].WriteString("old")
			clients[2].WriteString("old")
		})
		k.Rest()
		on(t, g.Loops()[0], func() {
			if len(heard) != 3 {
				t.Errorf("heard %v", heard)
			}
			for s, words := range heard {
				if want := map[bool]string{true: "new", false: "close the others"}[s.Generation() > 1]; words != want {
					t.Errorf("%d/%d said %q, want %q", s.Index(), s.Generation(), words, want)
				}
			}
		})
	})
}

// An echo is cut off after each of its bytes, in either direction: the handler
// hears an error, once, and nothing is left.
func TestResetAfterEveryByte(t *testing.T) {
	const words = "a few words to be cut off"
	for after := 1; after < len(words); after++ {
		for _, f := range []testkit.Faults{{ResetAfterRecvBytes: after}, {ResetAfterSendBytes: after}} {
			var ended []error
			k := testkit.New(uint64(after))
			f.RecvSplit, f.SendSplit, f.RecvBytesMax = true, true, 7
			k.SetFaults(f)
			g := openWith(t, netpoll.Config{Loops: 1, Backend: k.Backend()}, hooks{
				data:   func(l *netpoll.Loop, s netpoll.Sock, p []byte) { l.Send(s, p) },
				closed: func(_ *netpoll.Loop, _ netpoll.Sock, err error) { ended = append(ended, err) },
			})
			if err := g.Listen(k.Listener()); err != nil {
				t.Fatal(err)
			}
			c := k.Dial()
			c.WriteString(words)
			k.Rest()
			g.Close()
			if f.ResetAfterSendBytes > 0 && c.Sent() < after {
				continue // short sends, and this echo does not repeat them
			}
			if len(ended) != 1 || ended[0] == nil || k.Open() != 0 {
				t.Errorf("%+v: Closed with %v, %d sockets left", f, ended, k.Open())
			}
		}
	}
}

// A turn is bounded: connections that wait to be accepted, or have something to
// say, in greater number than that are served in several turns, and all of them.
func TestBudgets(t *testing.T) {
	const conns, acceptsPerTurn, eventsPerTurn = 600, 64, 256
	said := 0
	k := testkit.New(1)
	g := openWith(t, netpoll.Config{Loops: 1, Backend: k.Backend()}, hooks{
		data: func(*netpoll.Loop, netpoll.Sock, []byte) { said++ },
	})
	defer g.Close()
	var clients []*testkit.Client
	for range conns {
		clients = append(clients, k.Dial())
	}
	before := k.Counts()
	if err := g.Listen(k.Listener()); err != nil {
		t.Fatal(err)
	}
	k.Rest()
	if turns := k.Counts().Waits - before.Waits; turns < conns/acceptsPerTurn {
		t.Errorf("%d connections were accepted in %d turns", conns, turns)
	}
	before = k.Counts()
	on(t, g.Loops()[0], func() {
		for _, c := range clients {
			c.WriteString("x")
		}
	})
	k.Rest()
	turns := k.Counts().Waits - before.Waits
	if on(t, g.Loops()[0], func() {}); said != conns || turns < conns/eventsPerTurn {
		t.Errorf("%d of %d connections were served, in %d turns", said, conns, turns)
	}
}
