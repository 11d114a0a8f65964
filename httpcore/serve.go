package httpcore

// Starting and ending: listeners come in, loops start with the first of them,
// and Shutdown lets what runs finish before it ends them.

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/covetgo/covet/netpoll"
)

// ListenAndServe listens on a TCP address, such as ":8080" or
// "127.0.0.1:0", and serves until Shutdown. It always returns an error:
// ErrServerClosed after Shutdown.
func (a *App) ListenAndServe(addr string) error {
	if err := a.Check(); err != nil {
		return err
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return a.Serve(ln)
}

// Serve serves what ln accepts until Shutdown. It takes ln over and closes it;
// it may be called several times, with one listener each. It always returns an
// error: ErrServerClosed after Shutdown.
//
// The default backend takes listeners of TCP and Unix sockets. The portable one takes any, so TLS is served by it:
//
//	app := httpcore.New(httpcore.Config{Backend: netpoll.Std()})
//	ln, err := tls.Listen("tcp", ":8443", &tls.Config{Certificates: certs, NextProtos: []string{"http/1.1"}})
//	…
//	log.Fatal(app.Serve(ln))
//
// It has a goroutine per connection, as net/http does.
func (a *App) Serve(ln net.Listener) error {
	group, err := a.start()
	if err != nil {
		ln.Close()
		return err
	}
	if err := group.Listen(ln); err != nil {
		ln.Close()
		if a.draining.Load() {
			return ErrServerClosed
		}
		return err
	}
	if a.draining.Load() {
		group.StopListening() // Shutdown may have run before Listen did
	}
	<-a.ended
	return ErrServerClosed
}

// start makes the loops, once.
func (a *App) start() (*netpoll.Group, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.draining.Load() {
		return nil, ErrServerClosed
	}
	if a.loops != nil {
		return a.loops, nil
	}
	conns := new(netpoll.Slab[conn])
	group, err := netpoll.Open(netpoll.Config{
		Loops:   a.cfg.Loops,
		Backend: a.cfg.Backend,
		NewHandler: func(l *netpoll.Loop) netpoll.Handler {
			e := newEngine(a, l, conns)
			a.engines = append(a.engines, e)
			return e
		},
		ConnsMax:      a.limits.ConnsMax,
		ConnsPerIPMax: a.limits.ConnsPerIPMax,
		Refusal:       shedResponse,
		FirstByte:     a.limits.HeadTimeout,
		Overrun:       a.overrun,
	})
	a.loops = group
	if err == nil && group.BackendNote() != "" {
		a.logger.Warn(group.BackendNote(), "backend", group.Backend())
	}
	return group, err
}

// Backend names the netpoll backend in use; empty before Serve.
func (a *App) Backend() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.loops == nil {
		return ""
	}
	return a.loops.Backend()
}

// SetBackend replaces Config.Backend, for tests that serve an App from elsewhere
// than it is meant to be. After Serve it is too late, and panics.
func (a *App) SetBackend(b *netpoll.Backend) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.loops != nil {
		panic("httpcore: SetBackend after Serve")
	}
	a.cfg.Backend = b
}

// Shutdown ends the server in order: it stops accepting, closes connections
// that are idle, lets the requests that are running finish with "Connection:
// close", and returns nil when no connection is left. If ctx ends before that,
// the remaining connections are cut off and the error is ctx's. Do not call it
// from a handler: it waits for that. Start a goroutine.
func (a *App) Shutdown(ctx context.Context) error {
	a.mu.Lock()
	first := a.draining.CompareAndSwap(false, true)
	group := a.loops
	a.mu.Unlock()
	if !first {
		return a.waitEnded(ctx)
	}
	defer close(a.ended)
	if group == nil {
		return nil
	}
	group.StopListening()
	for _, e := range a.engines {
		e.loop.Post(&netpoll.Task{Run: e.drain})
	}
	err := waitForNone(ctx, group)
	a.cutOff.Store(true)
	closed := make(chan struct{})
	go func() { group.Close(); close(closed) }()
	if err == nil {
		<-closed
		return nil
	}
	select {
	case <-closed:
	case <-time.After(stuckLoopGrace): // a handler holds its loop, and may for ever
	}
	return err
}

// stuckLoopGrace is how long Shutdown waits, when its time is over, for loops
// to cut off their connections.
const stuckLoopGrace = time.Second

func (a *App) waitEnded(ctx context.Context) error {
	select {
	case <-a.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waitForNone looks again and again, ever more rarely: a Shutdown is rare, and
// a counter that every close would have to signal is not.
func waitForNone(ctx context.Context, group *netpoll.Group) error {
	const first, longest = time.Millisecond, 100 * time.Millisecond
	for wait := first; group.Conns() > 0; wait = min(2*wait, longest) {
		select {
		case <-ctx.Done():
			return errors.Join(errShutdownCut, ctx.Err())
		case <-time.After(wait):
		}
	}
	return nil
}

var errShutdownCut = errors.New("httpcore: shutdown did not finish in time; open connections were cut off")
