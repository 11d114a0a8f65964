package httpcore_test

// Handlers that wait, compute, panic or never return: the others on the same
// loop are served meanwhile.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
)

// eventually waits for a condition that other goroutines bring about.
func eventually(t testing.TB, what string, met func() bool) {
	t.Helper()
	for start := time.Now(); !met(); time.Sleep(time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func request(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" }

// ask sends a request and returns the answer.
func (c *client) ask(path string) answer { c.t.Helper(); return c.send(request(path)).answer() }

// One loop, and a handler on it that waits for something which only another
// request of the same loop can bring: it would wait for ever.
func TestHandlersOfOneLoopMeet(t *testing.T) {
	for _, procs := range []int{1, 2} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		app := newApp(httpcore.Config{})
		meet := make(chan string)
		app.Get("/take", func(c *httpcore.Ctx) error { return c.String(<-meet) })
		app.Get("/give/{what}", func(c *httpcore.Ctx) error { meet <- string(c.Param("what")); return c.String("given") })
		addr := serve(t, app)
		taker, giver := dial(t, addr), dial(t, addr)
		for range 20 {
			taker.send(request("/take"))
			giver.ask("/give/it").want(t, 200, "given")
			taker.answer().want(t, 200, "it")
		}
	}
}

// What a handler does that holds its loop up.
var slowWork = map[string]func(release <-chan struct{}){
	"a channel": func(release <-chan struct{}) { <-release },
	"sleep":     func(<-chan struct{}) { time.Sleep(5 * time.Millisecond) },
	"the processor": func(<-chan struct{}) {
		for end := time.Now().Add(5 * time.Millisecond); time.Now().Before(end); {
		}
	},
	"net.Conn": func(<-chan struct{}) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		go func() {
			if conn, err := ln.Accept(); err == nil {
				time.Sleep(5 * time.Millisecond)
				conn.Write([]byte("x"))
				conn.Close()
			}
			ln.Close()
		}()
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			panic(err)
		}
		io.ReadAll(conn)
		conn.Close()
	},
}

// A slow handler is answered, in the order of its connection; others are
// served; its route is remembered, said once in the log, and seen in Stats.
func TestOverrun(t *testing.T) {
	for name, work := range slowWork {
		for _, procs := range []int{1, 2} {
			for _, loops := range []int{1, 3} {
				t.Run(name, func(t *testing.T) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
					testOverrun(t, loops, work)
				})
			}
		}
	}
}

func testOverrun(t *testing.T, loops int, work func(<-chan struct{})) {
	log := new(record)
	app := newApp(httpcore.Config{Loops: loops, Logger: slog.New(slog.NewTextHandler(log, nil))})
	release := make(chan struct{})
	app.Get("/slow/{n}", func(c *httpcore.Ctx) error {
		work(release)
		return c.Bytes("text/plain", c.Param("n"))
	})
	addr := serve(t, app)
	const conns = 4
	slow := make([]*client, conns)
	for i := range slow { // pipelined: before, behind and between
		slow[i] = dial(t, addr).send(get + request("/slow/1") + get + request("/slow/2") + request("/slow/3") + request("/user/4"))
	}
	quick := dial(t, addr)
	for range 50 {
		quick.send(get).answer().want(t, 200, "Hello, World!")
	}
	close(release)
	for _, c := range slow {
		for _, body := range []string{"Hello, World!", "1", "Hello, World!", "2", "3", "4"} {
			c.answer().want(t, 200, body)
		}
	}
	if leaving() {
		return // nothing was learned
	}
	eventually(t, "the route is remembered", func() bool { // the watch may have been late so far
		slow[0].ask("/slow/5").want(t, 200, "5")
		return slices.Contains(app.Stats().Elsewhere, "GET /slow/{n}")
	})
	if n := app.Stats().Overruns; n < 2 {
		t.Errorf("%d overruns were counted", n)
	}
	eventually(t, "no handler is off its loop", func() bool { return app.Stats().OffLoop == 0 })
	if n := strings.Count(log.String(), `pattern="GET /slow/{n}"`); n != 1 {
		t.Errorf("the log names the route %d times, want once:\n%s", n, log)
	}
}

// record is a log.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) { r.mu.Lock(); defer r.mu.Unlock(); return r.b.Write(p) }
func (r *record) String() string              { r.mu.Lock(); defer r.mu.Unlock(); return r.b.String() }

// A route that overran is tried on the loop again once it has proved quick.
func TestRouteRecovers(t *testing.T) {
	if leaving() {
		t.Skip("nothing is learned of routes whose handlers leave")
	}
	app := newApp(httpcore.Config{Overrun: 20 * time.Millisecond})
	var slow atomic.Int32
	app.Get("/cache", func(c *httpcore.Ctx) error {
		if slow.Add(-1) >= 0 {
			time.Sleep(75 * time.Millisecond)
		}
		return c.NoContent()
	})
	c := dial(t, serve(t, app))
	elsewhere := func() bool { return len(app.Stats().Elsewhere) == 1 }
	for round := range 2 {
		slow.Store(2)
		c.ask("/cache").want(t, 204, "")
		c.ask("/cache").want(t, 204, "")
		if !elsewhere() {
			t.Fatalf("round %d: the route is not remembered", round)
		}
		runs := 0
		for ; elsewhere() && runs < 1000; runs++ {
			c.ask("/cache").want(t, 204, "")
		}
		if least := httpcore.TrialRuns << round; runs < least || runs == 1000 {
			t.Errorf("round %d: on the loop again after %d runs, want %d at least", round, runs, least)
		}
	}
}

func TestHints(t *testing.T) {
	app := newApp(httpcore.Config{})
	sleep := func(c *httpcore.Ctx) error { time.Sleep(3 * time.Millisecond); return c.NoContent() }
	app.Get("/blocking", sleep, httpcore.Blocking())
	app.Get("/inline", sleep, httpcore.Inline())
	c := dial(t, serve(t, app))
	for range 10 {
		c.ask("/blocking").want(t, 204, "")
	}
	if s := app.Stats(); s.Overruns != 0 {
		t.Errorf("a Blocking route overran: %+v", s)
	}
	for range 10 {
		c.ask("/inline").want(t, 204, "")
	}
	if s := app.Stats(); !leaving() && s.Overruns < 2 || len(s.Elsewhere) != 0 { // nearly all, if the machine is idle
		t.Errorf("an Inline route is to overrun again and again, and never be remembered: %+v", s)
	}
}

// A handler knows that it is going to wait.
func TestLeaveLoop(t *testing.T) {
	app := newApp(httpcore.Config{Overrun: -1})
	release := make(chan struct{})
	app.Get("/leave/{n}", func(c *httpcore.Ctx) error {
		c.LeaveLoop()
		c.LeaveLoop()
		<-release
		if c.RemoteAddr() == nil || c.LocalAddr() == nil {
			return errors.New("no address")
		}
		return c.Bytes("text/plain", c.Param("n"))
	})
	app.Get("/address", func(c *httpcore.Ctx) error {
		if c.RemoteAddr() == nil {
			return errors.New("no address")
		}
		return c.NoContent()
	})
	addr := serve(t, app)
	c := dial(t, addr).send(request("/leave/1") + request("/leave/2"))
	dial(t, addr).ask("/user/3").want(t, 200, "3")
	dial(t, addr).ask("/address").want(t, 204, "")
	close(release)
	c.answer().want(t, 200, "1")
	c.answer().want(t, 200, "2")
	if s := app.Stats(); s.Overruns != 0 || len(s.Elsewhere) != 0 {
		t.Errorf("to leave is not to overrun: %+v", s)
	}
}

// Panics and Goexit, on the loop and after it was lost; in the error handler too.
func TestBrokenHandlers(t *testing.T) {
	for name, end := range map[string]func(){"panic": func() { panic("broken") }, "Goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			app := newApp(httpcore.Config{ErrorHandler: func(c *httpcore.Ctx, err error) {
				if string(c.Path()) == "/missing" {
					end()
				}
				httpcore.DefaultErrorHandler(c, err)
			}})
			app.Get("/quick", func(*httpcore.Ctx) error { end(); return nil })
			app.Get("/slow", func(*httpcore.Ctx) error { time.Sleep(5 * time.Millisecond); end(); return nil })
			app.Get("/blocking", func(*httpcore.Ctx) error { end(); return nil }, httpcore.Blocking())
			addr := serve(t, app)
			for _, path := range []string{"/quick", "/slow", "/slow", "/blocking", "/missing", "/quick"} {
				c := dial(t, addr).send(get + request(path) + get)
				c.answer().want(t, 200, "Hello, World!")
				c.answer().want(t, 500, "Internal Server Error")
				c.wantEnd()
			}
		})
	}
}

// Shutdown does not wait for ever for a handler that never returns, and tells it.
func TestNeverReturns(t *testing.T) {
	app := newApp(httpcore.Config{})
	told := make(chan error, 1)
	entered := make(chan struct{})
	app.Get("/stuck", func(c *httpcore.Ctx) error {
		close(entered)
		<-c.Done()
		told <- c.Cause()
		select {}
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Serve(ln) }()
	dial(t, ln.Addr().String()).send(request("/stuck"))
	<-entered
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := app.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-told; err != httpcore.ErrServerClosed {
		t.Errorf("the handler was told %v, want ErrServerClosed", err)
	}
	if err := <-served; err != httpcore.ErrServerClosed {
		t.Errorf("Serve: %v", err)
	}
}

// A handler calls Shutdown, which waits for it: others are served meanwhile, and
// it goes on when its time is over.
func TestShutdownFromHandler(t *testing.T) {
	app := newApp(httpcore.Config{})
	returned := make(chan error, 1)
	app.Get("/shutdown", func(c *httpcore.Ctx) error {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		returned <- app.Shutdown(ctx)
		return nil
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Serve(ln) }()
	dial(t, ln.Addr().String()).send(request("/shutdown"))
	if err := <-returned; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-served; err != httpcore.ErrServerClosed {
		t.Errorf("Serve: %v", err)
	}
}

// More handlers than Limits.OffLoopMax: the next request is answered 503, once,
// and its connection goes on.
func TestOffLoopMax(t *testing.T) {
	app := newApp(httpcore.Config{Limits: httpcore.Limits{OffLoopMax: 2}, ErrorHandler: func(c *httpcore.Ctx, err error) {
		if c.RemoteAddr() == nil { // which needs the loop
			t.Error("no address")
		}
		httpcore.DefaultErrorHandler(c, err)
	}})
	release := make(chan struct{})
	app.Get("/wait", func(c *httpcore.Ctx) error { <-release; return c.NoContent() }, httpcore.Blocking())
	addr := serve(t, app)
	first, second, third := dial(t, addr), dial(t, addr), dial(t, addr)
	first.send(request("/wait"))
	second.send(request("/wait"))
	eventually(t, "two handlers wait", func() bool { return app.Stats().OffLoop == 2 })
	a := third.ask("/wait")
	a.want(t, 503, "Service Unavailable")
	if a.Header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	close(release)
	first.answer().want(t, 204, "")
	second.answer().want(t, 204, "")
	eventually(t, "no handler waits", func() bool { return app.Stats().OffLoop == 0 })
	third.ask("/wait").want(t, 204, "")
}
