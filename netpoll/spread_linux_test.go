package netpoll_test

// Two ways to spread connections over loops, for docs/adr/0003.

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/covetgo/covet/netpoll"
	"golang.org/x/sys/unix"
)

const spreadLoops, spreadConns = 2, 8

// BenchmarkSpread opens a few connections at a time and reports, in percent of
// them, how many the loop with the most of them has: 50 is even, 100 is all on one.
func BenchmarkSpread(b *testing.B) {
	for _, way := range []struct {
		name   string
		listen func(*testing.B) (addr string, counts func() []int64)
	}{{"fewest", fewest}, {"reuseport", reuseport}} {
		b.Run(way.name, func(b *testing.B) {
			addr, counts := way.listen(b)
			spread(b, addr, counts)
		})
	}
}

// spread dials and asks how many connections each loop got.
func spread(b *testing.B, addr string, counts func() []int64) {
	busiest, rounds, allOnOne := int64(0), int64(0), 0.0
	before := counts()
	for b.Loop() {
		var open []net.Conn
		for range spreadConns {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				b.Fatal(err)
			}
			c.Write([]byte{1})
			c.Read(make([]byte, 1)) // echoed: it has its loop
			open = append(open, c)
		}
		now, most := counts(), int64(0)
		for i := range now {
			most = max(most, now[i]-before[i])
		}
		before = now
		for _, c := range open {
			c.Close()
		}
		busiest, rounds = busiest+most, rounds+1
		if most == spreadConns {
			allOnOne++
		}
	}
	b.ReportMetric(100*float64(busiest)/float64(rounds*spreadConns), "%-on-the-busiest")
	b.ReportMetric(100*allOnOne/float64(rounds), "%-all-on-one")
}

// fewest is netpoll's own way.
func fewest(b *testing.B) (string, func() []int64) {
	var opened [spreadLoops]atomic.Int64
	loop := 0
	g, err := netpoll.Open(netpoll.Config{Loops: spreadLoops, NewHandler: func(l *netpoll.Loop) netpoll.Handler {
		loop++
		return counting{newEcho(l), &opened[loop-1]}
	}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(g.Close)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := ln.Addr().String()
	if err := g.Listen(ln); err != nil {
		b.Fatal(err)
	}
	return addr, func() (n []int64) {
		for i := range opened {
			n = append(n, opened[i].Load())
		}
		return n
	}
}

// counting is an echo that counts its connections.
type counting struct {
	netpoll.Handler
	opened *atomic.Int64
}

func (c counting) Open(s netpoll.Sock) { c.opened.Add(1); c.Handler.Open(s) }

// reuseport is one listener per loop on the same port: the kernel hashes.
func reuseport(b *testing.B) (string, func() []int64) {
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) })
		return err
	}}
	var counts [spreadLoops]atomic.Int64
	var accepting sync.WaitGroup
	b.Cleanup(accepting.Wait) // after the listeners are closed
	addr := "127.0.0.1:0"
	for i := range spreadLoops {
		ln, err := config.Listen(context.Background(), "tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		addr = ln.Addr().String()
		b.Cleanup(func() { ln.Close() })
		accepting.Go(func() {
			for {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				counts[i].Add(1)
				accepting.Go(func() {
					c.Read(make([]byte, 1))
					c.Write([]byte{1})
					c.Read(make([]byte, 1)) // until the client closes
					c.Close()
				})
			}
		})
	}
	return addr, func() (n []int64) {
		for i := range counts {
			n = append(n, counts[i].Load())
		}
		return n
	}
}
