package netpoll_test

// What a turn costs: allocations, and benchmarks to look at.

import (
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/covetgo/covet/netpoll"
)

// echoOnce makes one loop that echoes, and a client's round trip to it.
func echoOnce(tb testing.TB, b *netpoll.Backend, size int) (roundTrip func(), end func()) {
	g, err := netpoll.Open(netpoll.Config{Loops: 1, Backend: b, NewHandler: newEcho})
	if err != nil {
		tb.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	addr := ln.Addr().String()
	if err := g.Listen(ln); err != nil {
		tb.Fatal(err)
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	buf := make([]byte, size)
	roundTrip = func() {
		if _, err := c.Write(buf); err != nil {
			tb.Error(err)
		}
		if _, err := io.ReadFull(c, buf); err != nil {
			tb.Error(err)
		}
	}
	return roundTrip, func() { c.Close(); g.Close() }
}

func eachBackend(tb testing.TB) []*netpoll.Backend {
	backends := []*netpoll.Backend{netpoll.Std()}
	if netpoll.Default().Name != "std" {
		backends = append(backends, netpoll.Default())
	}
	if b, err := netpoll.ByName("io_uring"); err == nil && b.Name == "io_uring" {
		backends = append(backends, b)
	}
	return backends
}

func TestEchoAllocatesNothing(t *testing.T) {
	for _, b := range eachBackend(t) {
		for _, size := range []int{1, 512, 4096} {
			roundTrip, end := echoOnce(t, b, size)
			for range 50 {
				roundTrip()
			}
			if n := testing.AllocsPerRun(200, roundTrip); n != 0 {
				t.Errorf("%s: an echo of %d bytes allocates %v times", b.Name, size, n)
			}
			end()
		}
	}
}

func TestPostAllocatesNothing(t *testing.T) {
	for _, b := range eachBackend(t) {
		g, err := netpoll.Open(netpoll.Config{Loops: 1, Backend: b, NewHandler: newEcho})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		task := &netpoll.Task{Run: func() { done <- struct{}{} }}
		post := func() { g.Loops()[0].Post(task); <-done }
		post()
		if n := testing.AllocsPerRun(200, post); n != 0 {
			t.Errorf("%s: a post allocates %v times", b.Name, n)
		}
		g.Close()
	}
}

// BenchmarkEcho is one connection's round trip through one loop.
func BenchmarkEcho(b *testing.B) {
	for _, backend := range eachBackend(b) {
		b.Run(backend.Name, func(b *testing.B) {
			roundTrip, end := echoOnce(b, backend, 128)
			defer end()
			b.ReportAllocs()
			for b.Loop() {
				roundTrip()
			}
		})
	}
}

// BenchmarkPost is a task from other goroutines to a loop, run included.
func BenchmarkPost(b *testing.B) {
	for _, backend := range eachBackend(b) {
		b.Run(backend.Name, func(b *testing.B) {
			g, err := netpoll.Open(netpoll.Config{Loops: 1, Backend: backend, NewHandler: newEcho})
			if err != nil {
				b.Fatal(err)
			}
			var ran, posted atomic.Int64
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					posted.Add(1)
					g.Loops()[0].Post(&netpoll.Task{Run: func() { ran.Add(1) }})
				}
			})
			g.Close()
			if ran.Load() != posted.Load() {
				b.Errorf("%d tasks were posted, %d ran", posted.Load(), ran.Load())
			}
		})
	}
}
