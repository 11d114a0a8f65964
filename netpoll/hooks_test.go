package netpoll_test

// Handlers made of functions, and groups on a scripted kernel.

import (
	"testing"

	"github.com/covetgo/covet/internal/testkit"
	"github.com/covetgo/covet/netpoll"
)

// hooks is a Handler made of the functions a test cares for.
type hooks struct {
	loop    *netpoll.Loop
	open    func(*netpoll.Loop, netpoll.Sock)
	data    func(*netpoll.Loop, netpoll.Sock, []byte)
	eof     func(*netpoll.Loop, netpoll.Sock)
	write   func(*netpoll.Loop, netpoll.Sock)
	expired func(*netpoll.Loop, netpoll.Sock)
	closed  func(*netpoll.Loop, netpoll.Sock, error)
	taken   func(*netpoll.Loop, []byte)
}

func (h *hooks) Open(s netpoll.Sock) {
	if h.open != nil {
		h.open(h.loop, s)
	}
}

func (h *hooks) Data(s netpoll.Sock, p []byte) {
	if h.data != nil {
		h.data(h.loop, s, p)
	}
}

func (h *hooks) EOF(s netpoll.Sock) {
	if h.eof != nil {
		h.eof(h.loop, s)
		return
	}
	h.loop.Close(s)
}

func (h *hooks) Writable(s netpoll.Sock) {
	if h.write != nil {
		h.write(h.loop, s)
	}
}

func (h *hooks) Expired(s netpoll.Sock) {
	if h.expired != nil {
		h.expired(h.loop, s)
	}
}

func (h *hooks) Closed(s netpoll.Sock, err error) {
	if h.closed != nil {
		h.closed(h.loop, s, err)
	}
}

func (h *hooks) Taken(scratch []byte) {
	if h.taken != nil {
		h.taken(h.loop, scratch)
	}
}

// fake opens a group on a scripted kernel and closes it at the end of the test.
func fake(t *testing.T, cfg netpoll.Config, h hooks) (*testkit.Kernel, *netpoll.Group) {
	t.Helper()
	k := testkit.New(1)
	cfg.Backend = k.Backend()
	g := openWith(t, cfg, h)
	if err := g.Listen(k.Listener()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.Close()
		if n := k.Open(); n != 0 {
			t.Errorf("%d sockets were left open", n)
		}
	})
	return k, g
}

func openWith(t *testing.T, cfg netpoll.Config, h hooks) *netpoll.Group {
	t.Helper()
	cfg.NewHandler = func(l *netpoll.Loop) netpoll.Handler {
		own := h
		own.loop = l
		return &own
	}
	g, err := netpoll.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// on runs f on a loop and waits for it.
func on(t *testing.T, l *netpoll.Loop, f func()) {
	t.Helper()
	done := make(chan struct{})
	if err := l.Post(&netpoll.Task{Run: func() { f(); close(done) }}); err != nil {
		t.Fatal(err)
	}
	<-done
}
