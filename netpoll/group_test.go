package netpoll_test

// The rules of loop.go and group.go in situations that a real kernel brings
// about only by chance, over the scripted one.

import (
	"errors"
	"io"
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
	if tried, said := k.Counts().Accepts-before, g.Stats().AcceptPauses; said != uint64(tried) {
		t.Errorf("accept failed %d times, Stats says %d", tried, said)
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
	k, g := fake(t, netpoll.Config{Loops: 2, Refusal: []byte("no room")}, hooks{open: func(*netpoll.Loop, netpoll.Sock) { opened.Add(1) }})
	k.FailAdd(syscall.ENOSPC, 1)
	c := k.Dial()
	if got, err := c.ReadAll(); string(got) != "no room" || err != nil {
		t.Errorf("its client read %q, %v", got, err)
	}
	k.Rest()
	if g.Conns() != 0 || g.Loops()[0].Conns() != 0 || g.Loops()[1].Conns() != 0 || opened.Load() != 0 {
		t.Errorf("%d connections are counted, Open was called %d times", g.Conns(), opened.Load())
	}
}

func TestStats(t *testing.T) {
	k, g := fake(t, netpoll.Config{Loops: 2, ConnsMax: 5}, hooks{})
	for range 7 {
		k.Dial()
		k.Rest()
	}
	s := g.Stats()
	if s.Accepted != 5 || s.Refused != 2 || s.AcceptPauses != 0 || s.Conns != 5 {
		t.Errorf("after 7 dials at a limit of 5: %+v", s)
	}
	if c := s.LoopConns; len(c) != 2 || c[0]+c[1] != 5 || max(c[0], c[1]) != 3 {
		t.Errorf("5 connections on two loops: %v", c)
	}
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
