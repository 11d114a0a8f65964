package netpoll_test

// The rules of loop.go and group.go in situations that a real kernel brings
// about only by chance, over the scripted one.

import (
	"errors"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/testkit"
	"github.com/covetgo/covet/netpoll"
)

func TestTheZeroSockIsIgnored(t *testing.T) {
	_, g := fake(t, netpoll.Config{Loops: 1}, hooks{})
	l := g.Loops()[0]
	on(t, l, func() {
		const s = netpoll.Sock(0)
		if l.Alive(s) {
			t.Error("it is alive")
		}
		l.Close(s)
		l.Watch(s, netpoll.Writable)
		l.SetDeadline(s, time.Second)
		l.CloseWrite(s)
		if _, err := l.Send(s, []byte("x")); err != netpoll.ErrClosed {
			t.Errorf("Send: %v, want ErrClosed", err)
		}
		if a := l.RemoteAddr(s); a != nil {
			t.Errorf("RemoteAddr: %v, want none", a)
		}
	})
}

func TestAddressOfStaleName(t *testing.T) {
	var first netpoll.Sock
	var inClosed string
	h := hooks{}
	h.data = func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
		if first == 0 {
			first = s
			l.Close(s)
			return
		}
		if first.Index() != s.Index() {
			t.Errorf("index %d was not used again, got %d", first.Index(), s.Index())
		}
		if a := l.RemoteAddr(first); a != nil {
			t.Errorf("a closed connection has the address of its successor: %v", a)
		}
	}
	h.closed = func(l *netpoll.Loop, s netpoll.Sock, _ error) {
		if s == first {
			inClosed = l.RemoteAddr(s).String()
		}
	}
	k, _ := fake(t, netpoll.Config{Loops: 1}, h)
	for range 2 {
		k.Dial().WriteString("x")
		k.Rest()
	}
	if inClosed != "client:1" {
		t.Errorf("the address in Closed was %q", inClosed)
	}
}

func TestFullTableOfFilesIsNotASpin(t *testing.T) {
	k, g := fake(t, netpoll.Config{Loops: 2}, hooks{data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) { l.Send(s, p) }})
	busy := k.Dial()
	k.Rest()
	k.FailAccept(syscall.EMFILE, 1000)
	before := k.Counts().Accepts
	late := k.Dial()
	for range 20 { // turns of an open connection must not try again each time
		busy.WriteString("x")
		if _, err := busy.ReadN(1); err != nil {
			t.Fatal(err)
		}
	}
	k.Rest()
	const ticks = 8
	k.Advance(ticks * netpoll.TickMillis * time.Millisecond)
	if n := k.Counts().Accepts - before; n == 0 || n > 2*(ticks+2) {
		t.Errorf("accept was tried %d times on two loops within %d ticks", n, ticks)
	}
	k.Mend()
	k.Advance(2 * netpoll.TickMillis * time.Millisecond)
	late.WriteString("y")
	if got, err := late.ReadN(1); err != nil || g.Conns() != 2 {
		t.Errorf("after the shortage: %q, %v, %d connections", got, err, g.Conns())
	}
}

func TestAbortedConnectionsAreSkipped(t *testing.T) {
	k, g := fake(t, netpoll.Config{Loops: 1}, hooks{})
	k.FailAccept(syscall.ECONNABORTED, 5)
	k.Dial()
	k.Rest()
	if g.Conns() != 1 {
		t.Errorf("%d connections, want 1", g.Conns())
	}
}

func TestConnectionThatCannotBeWatched(t *testing.T) {
	var opened atomic.Int32
	k, g := fake(t, netpoll.Config{Loops: 2}, hooks{open: func(*netpoll.Loop, netpoll.Sock) { opened.Add(1) }})
	k.FailAdd(syscall.ENOSPC, 1)
	c := k.Dial()
	if _, err := c.ReadAll(); err != nil {
		t.Errorf("its client read: %v", err)
	}
	k.Rest()
	if g.Conns() != 0 || g.Loops()[0].Conns() != 0 || g.Loops()[1].Conns() != 0 || opened.Load() != 0 {
		t.Errorf("%d connections are counted, Open was called %d times", g.Conns(), opened.Load())
	}
}

func TestDeadlineFarAway(t *testing.T) {
	var expired atomic.Int32
	const wraps = netpoll.TickMillis * time.Millisecond << 32 // a tick number of 32 bits starts again here
	k, _ := fake(t, netpoll.Config{Loops: 1, FirstByte: wraps}, hooks{
		data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
			l.SetDeadline(s, map[byte]time.Duration{'a': wraps, 'b': math.MaxInt64}[p[0]])
		},
		expired: func(*netpoll.Loop, netpoll.Sock) { expired.Add(1) },
	})
	k.Advance(time.Second)
	k.Dial()
	k.Dial().WriteString("a")
	k.Dial().WriteString("b")
	k.Rest()
	k.Advance(10 * time.Second)
	if n := expired.Load(); n != 0 {
		t.Errorf("%d deadlines expired decades early", n)
	}
}

func TestDeadlinesAreNeverEarly(t *testing.T) {
	testkit.Seeds(t, 5, func(t *testing.T, k *testkit.Kernel) {
		var set, due time.Duration
		heard := false
		g := openWith(t, netpoll.Config{Loops: 1, Backend: k.Backend()}, hooks{
			data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
				heard = false
				set, due = l.Now(), l.Now()+time.Duration(p[0])*37*time.Millisecond
				l.SetDeadline(s, due-set)
			},
			expired: func(l *netpoll.Loop, s netpoll.Sock) {
				heard = true
				if l.Now() < due {
					t.Errorf("set at %v for %v, expired at %v", set, due, l.Now())
				}
			},
		})
		defer g.Close()
		if err := g.Listen(k.Listener()); err != nil {
			t.Fatal(err)
		}
		c := k.Dial()
		for i := byte(1); i < 60; i += 7 {
			k.Advance(time.Duration(i) * 11 * time.Millisecond)
			c.Write([]byte{i})
			k.Rest()
			k.Advance(time.Duration(i)*37*time.Millisecond + 2*netpoll.TickMillis*time.Millisecond)
			if !heard {
				t.Fatalf("a deadline of %d ms has not expired two ticks later", int(i)*37)
			}
		}
	})
}

func TestBothEndsClosedIsNoError(t *testing.T) {
	result := make(chan error, 1)
	k, _ := fake(t, netpoll.Config{Loops: 1}, hooks{
		eof:    func(l *netpoll.Loop, s netpoll.Sock) { l.Send(s, []byte("bye")); l.CloseWrite(s) },
		closed: func(_ *netpoll.Loop, _ netpoll.Sock, err error) { result <- err },
	})
	c := k.Dial()
	c.CloseWrite()
	if got, err := c.ReadAll(); string(got) != "bye" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if err := <-result; err != nil {
		t.Errorf("Closed: %v, want no error", err)
	}
}

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

// A loop that is slow to end still accepts. What it accepts must not go to a
// loop that has ended.
func TestCloseWhileALoopIsHeldUp(t *testing.T) {
	k, g := fake(t, netpoll.Config{Loops: 2}, hooks{})
	for range 2 {
		k.Dial()
		k.Rest()
	}
	hold, held := make(chan struct{}), make(chan struct{})
	slow, quick := g.Loops()[0], g.Loops()[1]
	on(t, quick, func() { quick.Each(quick.Close) }) // quick is the one with fewer connections
	slow.Post(&netpoll.Task{Run: func() { close(held); <-hold }})
	<-held
	closed := make(chan struct{})
	go func() { g.Close(); close(closed) }()
	time.Sleep(5 * time.Millisecond) // let quick end, if it would
	k.Dial()
	close(hold)
	<-closed
	if k.Open() != 0 || g.Conns() != 0 {
		t.Errorf("%d sockets are left open, %d are counted", k.Open(), g.Conns())
	}
}

func TestListenAfterClose(t *testing.T) {
	k := testkit.New(1)
	g := openWith(t, netpoll.Config{Loops: 2, Backend: k.Backend()}, hooks{})
	g.Close()
	ln := k.Listener()
	if err := g.Listen(ln); !errors.Is(err, netpoll.ErrClosed) {
		t.Errorf("Listen: %v, want ErrClosed", err)
	}
	if ln.Close() == nil {
		t.Error("the listener was taken over and left open")
	}
	g.Close()
	g.StopListening()
}

func TestListenAgainstStopListening(t *testing.T) {
	for range 200 {
		k := testkit.New(1)
		g := openWith(t, netpoll.Config{Loops: 2, Backend: k.Backend()}, hooks{})
		var both sync.WaitGroup
		both.Go(func() { g.Listen(k.Listener()) })
		both.Go(func() { g.StopListening() })
		both.Wait()
		g.Close()
		if k.Listener().Close() == nil {
			t.Fatal("the listener is still open after Close")
		}
	}
}

func TestStopListeningKeepsConnections(t *testing.T) {
	k, g := fake(t, netpoll.Config{Loops: 2}, hooks{data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) { l.Send(s, p) }})
	c := k.Dial()
	k.Rest()
	g.StopListening()
	k.Rest()
	c.WriteString("x")
	if _, err := c.ReadN(1); err != nil {
		t.Error(err)
	}
	if _, err := k.Dial().ReadAll(); err == nil || err == io.EOF {
		t.Error("a new connection was not refused")
	}
}

// Loops that accept at the same time must not give to the same loop because
// both saw it as the one with the fewest.
func TestDistributionOfABacklog(t *testing.T) {
	const conns, loops = 401, 8
	for range 10 {
		k := testkit.New(1)
		g := openWith(t, netpoll.Config{Loops: loops, Backend: k.Backend()}, hooks{})
		for range conns {
			k.Dial()
		}
		if err := g.Listen(k.Listener()); err != nil {
			t.Fatal(err)
		}
		k.Rest()
		least, most := conns, 0
		for _, l := range g.Loops() {
			least, most = min(least, l.Conns()), max(most, l.Conns())
		}
		if g.Close(); most-least > 1 {
			t.Fatalf("%d connections on %d loops: the fewest are %d, the most %d", conns, loops, least, most)
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

func TestClock(t *testing.T) {
	k, g := fake(t, netpoll.Config{Loops: 1}, hooks{})
	for _, d := range []time.Duration{0, time.Millisecond, time.Hour} {
		k.Advance(d)
		on(t, g.Loops()[0], func() {
			if got := g.Loops()[0].Clock(); !got.Equal(k.Now()) {
				t.Errorf("the loop's clock shows %v, the kernel's %v", got, k.Now())
			}
		})
	}
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
