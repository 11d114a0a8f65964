package netpoll_test

// What the conformance suite stands on: rigs, which are a backend with a
// listener and a way to connect, and the checks that every test gets for free:
//
//   - the order of a Handler's calls (checked);
//   - no goroutine, descriptor or socket is left after Group.Close.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/testkit"
	"github.com/covetgo/covet/netpoll"
)

// patience is how long anything may take before a test gives up.
const patience = 15 * time.Second

// peer is the other end of a connection.
type peer interface {
	io.ReadWriteCloser
	CloseWrite() error
	Reset()
}

// kind describes a rig.
type kind struct {
	name    string
	backend func() *netpoll.Backend // nil: a scripted kernel
	listen  func(t *testing.T) (net.Listener, func() (net.Conn, error))
	chaos   bool
	noHalf  bool // connections have no half-close
	noReset bool // nor resets
}

var kinds = append(systemKinds,
	kind{name: "std", backend: netpoll.Std, listen: tcp("127.0.0.1:0")},
	kind{name: "std/unix", backend: netpoll.Std, listen: unixSocket, noReset: true},
	kind{name: "std/tls", backend: netpoll.Std, listen: tlsListener, noReset: true},
	kind{name: "std/pipe", backend: netpoll.Std, listen: memory, noHalf: true, noReset: true},
	kind{name: "fake"},
	kind{name: "fake/chaos", chaos: true},
)

// rig is one backend with one listener, for one test.
type rig struct {
	*testing.T
	kind
	kernel  *testkit.Kernel // of a fake
	connect func() (net.Conn, error)
	turns   atomic.Int64                       // of all loops
	adding  func(*watched, netpoll.Sock) error // in place of Poller.Add, if set before open
}

// watched is the poller of a rig's loop; it counts its turns.
type watched struct {
	netpoll.Poller
	rig   *rig
	turns atomic.Int64
}

func (p *watched) Wait(ev []netpoll.Event) (int, error) {
	p.turns.Add(1)
	p.rig.turns.Add(1)
	return p.Poller.Wait(ev)
}

func (p *watched) Add(s netpoll.Sock) error {
	if p.rig.adding != nil {
		return p.rig.adding(p, s)
	}
	return p.Poller.Add(s)
}

// onAll runs a test on every rig.
func onAll(t *testing.T, test func(*rig)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { test(&rig{T: t, kind: k}) })
	}
}

// open starts a group on the rig, with the handler of each loop made by
// newHandler, and ends and inspects it after the test.
func (r *rig) open(cfg netpoll.Config, newHandler func(*netpoll.Loop) netpoll.Handler) *netpoll.Group {
	r.Helper()
	before := resources()
	var ln net.Listener
	if r.backend == nil {
		r.kernel = testkit.New(1)
		if r.chaos {
			r.kernel.Chaos()
		}
		cfg.Backend, ln = r.kernel.Backend(), r.kernel.Listener()
	} else {
		cfg.Backend = r.backend()
		ln, r.connect = r.listen(r.T)
	}
	open := cfg.Backend.Open
	cfg.Backend.Open = func() (netpoll.Poller, error) {
		p, err := open()
		return &watched{Poller: p, rig: r}, err
	}
	cfg.NewHandler = func(l *netpoll.Loop) netpoll.Handler {
		return &checked{t: r.T, inner: newHandler(l), alive: map[netpoll.Sock]bool{}}
	}
	g, err := netpoll.Open(cfg)
	if err != nil {
		r.Fatal(err)
	}
	if err := g.Listen(ln); err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() {
		g.Close()
		if g.Conns() != 0 {
			r.Errorf("%d connections are counted after Close", g.Conns())
		}
		if r.kernel != nil && r.kernel.Open() != 0 {
			r.Errorf("%d sockets were left open", r.kernel.Open())
		}
		before.compare(r.T)
	})
	return g
}

func (r *rig) openHooks(cfg netpoll.Config, h hooks) *netpoll.Group {
	return r.open(cfg, func(l *netpoll.Loop) netpoll.Handler {
		own := h
		own.loop = l
		return &own
	})
}

func (r *rig) dial() peer {
	r.Helper()
	if r.kernel != nil {
		return fakePeer{r.kernel.Dial()}
	}
	c, err := r.connect()
	if err != nil {
		r.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(patience))
	r.Cleanup(func() { c.Close() })
	return netPeer{c}
}

// slow marks a test that has to wait for the clock, which a fake has not: it
// runs on one rig of each other backend, once.
func (r *rig) slow() {
	if r.kernel == nil && r.backend != nil && (strings.Contains(r.name, "/") || runtime.GOMAXPROCS(0) == 1) {
		r.Skip("waits for the clock")
	}
}

// elapse lets time pass: on a fake at once.
func (r *rig) elapse(d time.Duration) {
	if r.kernel != nil {
		r.kernel.Rest()
		r.kernel.Advance(d)
	} else {
		time.Sleep(d)
	}
}

// talk writes and expects the same bytes back.
func (r *rig) talk(p peer, bytes []byte) {
	r.Helper()
	if err := talk(p, bytes); err != nil {
		r.Error(err)
	}
}

func talk(p peer, sent []byte) error {
	go p.Write(sent)
	got := make([]byte, len(sent))
	if n, err := io.ReadFull(p, got); err != nil {
		return fmt.Errorf("%d bytes came back of %d: %w", n, len(sent), err)
	}
	if string(got) != string(sent) {
		return fmt.Errorf("%d bytes came back changed", len(sent))
	}
	return nil
}

// eventually waits for a condition that other goroutines bring about.
func (r *rig) eventually(what string, met func() bool) {
	r.Helper()
	for start := time.Now(); !met(); time.Sleep(time.Millisecond) {
		if time.Since(start) > patience {
			r.Fatalf("waited in vain: %s", what)
		}
	}
}

// get waits for a value.
func get[T any](r *rig, c <-chan T, what string) (v T) {
	r.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		r.Fatalf("waited in vain: %s", what)
	}
	return v
}

type fakePeer struct{ *testkit.Client }

func (p fakePeer) CloseWrite() error { p.Client.CloseWrite(); return nil }

type netPeer struct{ net.Conn }

func (p netPeer) CloseWrite() error {
	if c, ok := p.Conn.(*tls.Conn); ok {
		c.Handshake() // else it has no keys to say so with
	}
	return p.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

func (p netPeer) Reset() {
	p.Conn.(*net.TCPConn).SetLinger(0)
	p.Conn.Close()
}

func tcp(addr string) func(*testing.T) (net.Listener, func() (net.Conn, error)) {
	return func(t *testing.T) (net.Listener, func() (net.Conn, error)) {
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			t.Skipf("cannot listen on %s: %v", addr, err)
		}
		to := ln.Addr().String()
		return ln, func() (net.Conn, error) { return net.Dial("tcp", to) }
	}
}

func unixSocket(t *testing.T) (net.Listener, func() (net.Conn, error)) {
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket's file was not removed: %v", err)
		}
	})
	return ln, func() (net.Conn, error) { return net.Dial("unix", path) }
}

func tlsListener(t *testing.T) (net.Listener, func() (net.Conn, error)) {
	ln, dial := tcp("127.0.0.1:0")(t)
	cert := certificate()
	return tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}}), func() (net.Conn, error) {
		c, err := dial()
		if err != nil {
			return nil, err
		}
		return tls.Client(c, &tls.Config{InsecureSkipVerify: true}), nil
	}
}

func memory(*testing.T) (net.Listener, func() (net.Conn, error)) {
	ln := netpoll.NewMemory()
	return ln, func() (net.Conn, error) { return ln.Dial(context.Background(), nil) }
}

// checked passes calls on and checks the promises of Handler.
type checked struct {
	t     *testing.T
	inner netpoll.Handler
	inUse atomic.Bool
	alive map[netpoll.Sock]bool
}

// enter begins a call, which must be the only one on its loop.
func (c *checked) enter(s netpoll.Sock, call string) func() {
	if c.alive[s] == (call == "Open") {
		c.t.Errorf("%s was called for %d/%d, which is open: %v", call, s.Index(), s.Generation(), c.alive[s])
	}
	if call == "Open" {
		return func() {} // Loop.Each may call it in the middle of another call
	}
	if !c.inUse.CompareAndSwap(false, true) {
		c.t.Errorf("%s was called while another call runs", call)
	}
	return func() { c.inUse.Store(false) }
}

func (c *checked) Open(s netpoll.Sock) {
	defer c.enter(s, "Open")()
	c.alive[s] = true
	c.inner.Open(s)
}

func (c *checked) Data(s netpoll.Sock, p []byte) {
	defer c.enter(s, "Data")()
	if len(p) == 0 || len(p) > netpoll.ScratchBytes {
		c.t.Errorf("Data with %d bytes", len(p))
	}
	c.inner.Data(s, p)
}

func (c *checked) EOF(s netpoll.Sock)      { defer c.enter(s, "EOF")(); c.inner.EOF(s) }
func (c *checked) Writable(s netpoll.Sock) { defer c.enter(s, "Writable")(); c.inner.Writable(s) }
func (c *checked) Expired(s netpoll.Sock)  { defer c.enter(s, "Expired")(); c.inner.Expired(s) }

func (c *checked) Taken(p []byte) { c.inUse.Store(false); c.inner.Taken(p) }

func (c *checked) Closed(s netpoll.Sock, err error) {
	defer c.enter(s, "Closed")()
	delete(c.alive, s)
	c.inner.Closed(s, err)
}

// echo sends back what it gets; what does not fit is kept until it does.
type echo struct {
	loop    *netpoll.Loop
	pending map[netpoll.Sock][]byte
}

func newEcho(l *netpoll.Loop) netpoll.Handler {
	return &echo{loop: l, pending: map[netpoll.Sock][]byte{}}
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
func (e *echo) Closed(s netpoll.Sock, _ error) { delete(e.pending, s) }
func (e *echo) Taken([]byte)                   {}

// held is what a process holds.
type held struct{ goroutines, files int }

func resources() held {
	h := held{goroutines: runtime.NumGoroutine(), files: -1}
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
		h.files = len(fds)
	}
	return h
}

// compare waits until no more is held than before.
func (h held) compare(t *testing.T) {
	t.Helper()
	var now held
	for start := time.Now(); time.Since(start) < patience; time.Sleep(2 * time.Millisecond) {
		if now = resources(); now.goroutines <= h.goroutines && now.files <= h.files {
			return
		}
	}
	stacks := make([]byte, 64<<10)
	t.Errorf("before the test %+v, after it %+v\n%s", h, now, stacks[:runtime.Stack(stacks, true)])
}
