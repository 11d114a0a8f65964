package netpoll_test

import (
	"bytes"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covetgo/covet/netpoll"
)

// echo sends back what it gets; what does not fit is kept until it does.
type echo struct {
	loop    *netpoll.Loop
	pending map[netpoll.Sock][]byte
	closed  *atomic.Int64
}

func (e *echo) Open(netpoll.Sock) {}

func (e *echo) Data(s netpoll.Sock, p []byte) {
	n, err := e.loop.Send(s, p)
	if err == nil && n < len(p) {
		e.pending[s] = append([]byte(nil), p[n:]...)
		e.loop.Watch(s, netpoll.Writable)
	}
}

func (e *echo) Writable(s netpoll.Sock) {
	n, err := e.loop.Send(s, e.pending[s])
	if err != nil {
		return
	}
	if e.pending[s] = e.pending[s][n:]; len(e.pending[s]) == 0 {
		delete(e.pending, s)
		e.loop.Watch(s, netpoll.Readable)
	}
}

func (e *echo) EOF(s netpoll.Sock)             { e.loop.Close(s) }
func (e *echo) Expired(s netpoll.Sock)         { e.loop.Close(s) }
func (e *echo) Closed(s netpoll.Sock, _ error) { delete(e.pending, s); e.closed.Add(1) }

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func TestEcho(t *testing.T) {
	var closed atomic.Int64
	g, err := netpoll.Open(netpoll.Config{Loops: 2, NewHandler: func(l *netpoll.Loop) netpoll.Handler {
		return &echo{loop: l, pending: map[netpoll.Sock][]byte{}, closed: &closed}
	}})
	if err != nil {
		t.Fatal(err)
	}
	ln := listen(t)
	if err := g.Listen(ln); err != nil {
		t.Fatal(err)
	}
	const conns = 20
	sent := bytes.Repeat([]byte("0123456789"), 200_000)
	done := make(chan error, conns)
	for range conns {
		go func() {
			c, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				done <- err
				return
			}
			defer c.Close()
			go c.Write(sent)
			got := make([]byte, len(sent))
			_, err = io.ReadFull(c, got)
			if err == nil && !bytes.Equal(got, sent) {
				t.Error("bytes came back changed")
			}
			done <- err
		}()
	}
	for range conns {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	for g.Conns() > 0 {
		time.Sleep(time.Millisecond)
	}
	g.Close()
	if closed.Load() != conns {
		t.Errorf("Closed was called %d times for %d connections", closed.Load(), conns)
	}
	if err := g.Loops()[0].Post(&netpoll.Task{Run: func() {}}); err != netpoll.ErrClosed {
		t.Errorf("Post to an ended loop: %v, want ErrClosed", err)
	}
}
