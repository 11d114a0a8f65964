package netpoll_test

// What a loop that is never idle leaves to the rest of the program.

import (
	"io"
	"net"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/covetgo/covet/netpoll"
)

// BenchmarkOutboundBesideBusyLoop measures a round trip between two goroutines
// over package net, in a program whose one loop always has something to do: a
// task that posts itself again.
func BenchmarkOutboundBesideBusyLoop(b *testing.B) {
	for _, c := range []struct {
		name  string
		procs int
	}{{"procs=loops", 1}, {"procs=loops+1", 2}} {
		b.Run(c.name, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(c.procs))
			keepBusy(b)
			conn := echoing(b)
			var took []time.Duration
			one := make([]byte, 1)
			for b.Loop() {
				start := time.Now()
				conn.Write(one)
				if _, err := io.ReadFull(conn, one); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// keepBusy runs a loop that has a task in every turn, until the end of b.
func keepBusy(b *testing.B) {
	g, err := netpoll.Open(netpoll.Config{Loops: 1, NewHandler: newEcho})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(g.Close)
	loop := g.Loops()[0]
	again := new(netpoll.Task)
	again.Run = func() { loop.Post(again) }
	loop.Post(again)
}

// echoing returns a connection whose other end is a goroutine that echoes.
func echoing(b *testing.B) net.Conn {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	near, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	far, err := ln.Accept()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { near.Close(); far.Close() })
	go io.Copy(far, far)
	return near
}
