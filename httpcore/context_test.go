package httpcore_test

// A Ctx as a context: who ends it, and who does not.

import (
	"context"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
)

func reset(c *client) {
	c.Conn.(*net.TCPConn).SetLinger(0)
	c.Conn.Close()
}

func TestClientGone(t *testing.T) {
	app := newApp(httpcore.Config{})
	entered, told := make(chan struct{}), make(chan error)
	app.Get("/wait", func(c *httpcore.Ctx) error {
		entered <- struct{}{}
		<-c.Done()
		if c.Err() != context.Canceled {
			t.Errorf("Err: %v", c.Err())
		}
		told <- c.Cause()
		return nil
	})
	addr := serve(t, app)
	for range 3 {
		for _, behind := range []string{"", get, repeat("x", 100)} { // unread input must not hide it
			c := dial(t, addr).send(request("/wait") + behind)
			<-entered
			reset(c)
			if err := <-told; err != httpcore.ErrClientGone {
				t.Errorf("cause %v, want ErrClientGone", err)
			}
		}
	}
	eventually(t, "all connections are closed", func() bool { return app.Stats().Conns == 0 })
	if n := app.Borrowed(); n != 0 {
		t.Errorf("%d buffers were not given back", n)
	}
}

// Half-close is not gone.
func TestHalfCloseIsAnswered(t *testing.T) {
	app := newApp(httpcore.Config{})
	release := make(chan struct{})
	entered := make(chan struct{})
	app.Get("/wait", func(c *httpcore.Ctx) error {
		close(entered)
		select {
		case <-c.Done():
			return c.String("cancelled")
		case <-release:
			return c.String("answered")
		}
	})
	c := dial(t, serve(t, app)).send(request("/wait"))
	<-entered
	c.Conn.(*net.TCPConn).CloseWrite()
	time.Sleep(20 * time.Millisecond) // for it to be noticed, and wrongly taken
	close(release)
	c.answer().want(t, 200, "answered")
	c.wantEnd()
}

// A context derived from a Ctx ends with it, and needs no goroutine to do so.
func TestDerivedContext(t *testing.T) {
	app := newApp(httpcore.Config{})
	type key struct{}
	app.Use(func(next httpcore.Handler) httpcore.Handler {
		return func(c *httpcore.Ctx) error {
			c.Set(key{}, "old")
			c.Set(key{}, string(c.Path()))
			return next(c)
		}
	})
	derived := make(chan context.Context, 1)
	app.Get("/derive", func(c *httpcore.Ctx) error {
		c.LeaveLoop() // which starts one
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithTimeout(c, time.Hour)
		stopped, stop := context.WithCancel(c)
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("a derived context started %d goroutines", n-before)
		}
		stop()
		if ctx.Err() != nil || stopped.Err() == nil {
			t.Errorf("while the handler runs: %v, %v", ctx.Err(), stopped.Err())
		}
		_ = cancel // it is the Ctx's end that is to cancel it
		if v := ctx.Value(key{}); v != "/derive" {
			t.Errorf("Value: %v", v)
		}
		if v := c.Value("none"); v != nil {
			t.Errorf("Value of a key that was not set: %v", v)
		}
		derived <- ctx
		return c.NoContent()
	})
	c := dial(t, serve(t, app))
	for range 3 {
		c.ask("/derive").want(t, 204, "")
		ctx := <-derived
		select {
		case <-ctx.Done():
		case <-time.After(patience):
			t.Fatal("a derived context outlives its request")
		}
	}
}

// Done and AfterFunc after the end: they are told at once.
func TestContextThatHasEnded(t *testing.T) {
	app := newApp(httpcore.Config{})
	entered, gone := make(chan struct{}), make(chan struct{})
	called := make(chan struct{}, 2)
	app.Get("/wait", func(c *httpcore.Ctx) error {
		c.AfterFunc(func() { called <- struct{}{} })
		stop := c.AfterFunc(func() { t.Error("a function was called that had been stopped") })
		if !stop() || stop() {
			t.Error("stop is to work once")
		}
		close(entered)
		for c.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		<-c.Done()
		c.AfterFunc(func() { called <- struct{}{} })
		close(gone)
		return nil
	})
	c := dial(t, serve(t, app)).send(request("/wait"))
	<-entered
	reset(c)
	<-gone
	<-called
	<-called
}
