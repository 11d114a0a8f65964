package pgtest

// This file is a proxy that breaks connections on purpose: it stands between a client and a server, over TCP.

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Faults are what the proxy does to connections made from now on. The zero value passes everything.
type Faults struct {
	// SliceBytes passes at most so many bytes at a time; 1 makes every read short. 0 passes what comes.
	SliceBytes int
	// ResetAfter resets the connection once so many bytes have come from the server; 0 never.
	ResetAfter int
	// CutAfter closes it in order instead, so that what was sent arrives.
	CutAfter int
	// FlipAt inverts a bit of the byte at this position from the server, from 1; 0 none.
	FlipAt int
	// HoleAfter stops passing bytes, both ways, once so many have come from the server; 0 never.
	HoleAfter int
}

// Proxy is a listener in front of a server.
type Proxy struct {
	listener net.Listener
	target   string
	faults   atomic.Pointer[Faults]
	accepted atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	done  chan struct{}
}

// NewProxy listens in front of a server, until the test ends.
func NewProxy(tb testing.TB, s *Server) *Proxy {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{listener: l, target: fmt.Sprintf("127.0.0.1:%d", s.Port), conns: map[net.Conn]struct{}{}, done: make(chan struct{})}
	p.faults.Store(&Faults{})
	go p.accept()
	tb.Cleanup(func() {
		close(p.done)
		l.Close()
		p.ResetAll()
	})
	return p
}

// URL is the connection string for the proxy.
func (p *Proxy) URL() string {
	return fmt.Sprintf("postgres://%s@%s/postgres?sslmode=disable", superuser, p.listener.Addr())
}

// Set says what happens to connections made from now on.
func (p *Proxy) Set(f Faults) { p.faults.Store(&f) }

// Accepted counts the connections that clients have made.
func (p *Proxy) Accepted() int64 { return p.accepted.Load() }

// ResetAll resets all connections that are open.
func (p *Proxy) ResetAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		reset(c)
	}
}

// reset closes a connection so that its peer gets ECONNRESET.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // it may be closed already
	}
	_ = c.Close()
}

// accept takes connections until the listener is closed.
func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.accepted.Add(1)
		server, err := net.Dial("tcp", p.target)
		if err != nil { // the server is down: so are we
			reset(client)
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = struct{}{}, struct{}{}
		p.mu.Unlock()
		f := *p.faults.Load()
		hole := make(chan struct{})
		go p.pass(client, server, f, hole, false)
		go p.pass(server, client, f, hole, true)
	}
}

// errFault ends a connection on purpose.
var errFault = errors.New("fault")

// pass copies one direction, with its faults.
func (p *Proxy) pass(from, to net.Conn, f Faults, hole chan struct{}, fromServer bool) {
	defer func() {
		_ = from.Close()
		_ = to.Close()
		p.mu.Lock()
		delete(p.conns, from)
		p.mu.Unlock()
	}()
	buf := make([]byte, 32<<10)
	passed := 0
	for {
		n, err := from.Read(buf)
		for rest := buf[:n]; len(rest) > 0; {
			piece := rest
			if f.SliceBytes > 0 {
				piece = rest[:min(f.SliceBytes, len(rest))]
			}
			rest = rest[len(piece):]
			if fromServer {
				var fault error
				if piece, fault = f.apply(piece, passed, to, hole); fault != nil {
					return
				}
				passed += len(piece)
			}
			select {
			case <-hole:
				p.swallow(from)
				return
			default:
			}
			if _, err := to.Write(piece); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// apply does what the faults want with bytes from the server, of which some have passed before.
func (f Faults) apply(piece []byte, passed int, client net.Conn, hole chan struct{}) ([]byte, error) {
	if at := f.FlipAt - 1 - passed; f.FlipAt > 0 && at >= 0 && at < len(piece) {
		piece[at] ^= 1 << (at % 8)
	}
	for _, limit := range []int{f.ResetAfter, f.CutAfter, f.HoleAfter} {
		if limit == 0 || passed+len(piece) < limit {
			continue
		}
		_, _ = client.Write(piece[:limit-passed]) // the client may be gone
		switch limit {
		case f.ResetAfter:
			reset(client)
		case f.HoleAfter:
			close(hole)
			return piece, nil
		}
		return nil, errFault
	}
	return piece, nil
}

// swallow reads and forgets, until the connection or the proxy ends.
func (p *Proxy) swallow(c net.Conn) {
	buf := make([]byte, 4096)
	for {
		if err := c.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			return
		}
		_, err := c.Read(buf)
		var timeout net.Error
		if err != nil && !(errors.As(err, &timeout) && timeout.Timeout()) {
			return
		}
		select {
		case <-p.done:
			return
		default:
		}
	}
}
