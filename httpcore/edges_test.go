package httpcore_test

// Where phases meet: half-close behind a handler that is away, pipelines that
// never end, refusals of HEAD, handlers that never return. Each case was once a
// bug, or would have been.

import (
	"context"
	"errors"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/internal/testkit"
)

// TestEndlessPipelineIsNotBuffered: behind requests that are off the loop a
// connection keeps one piece of input, however much its client sends.
func TestEndlessPipelineIsNotBuffered(t *testing.T) {
	k := testkit.New(1)
	app := onKernel(t, k, httpcore.Config{})
	step := make(chan struct{})
	gate.Store(&step)
	defer gate.Store(nil)
	c := k.Dial()
	c.WriteString(repeat("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n", 50_000)) // 1.5 MB
	for range 30 {
		step <- struct{}{}
	}
	k.Rest()
	if n := app.LargestInput(); n > 160<<10 {
		t.Errorf("a connection keeps a buffer of %d bytes; one piece of input is 64 KiB", n)
	}
	close(step)
}

// TestHalfCloseBehindHandler: requests, then the start of one, then FIN, while
// a handler is away and the client reads slowly. It ends, without a 408 and
// without a loop that turns for nothing.
func TestHalfCloseBehindHandler(t *testing.T) {
	for _, last := range []string{"", "GE", "\r\n", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", "GET /away/2 HTTP/1.1\r\nHost: a\r\n\r\n"} {
		k := testkit.New(1)
		onKernel(t, k, httpcore.Config{})
		k.SetFaults(testkit.Faults{SendBytesMax: 50})
		c := k.Dial()
		c.Stall()
		c.WriteString("GET /away/1 HTTP/1.1\r\nHost: a\r\n\r\n" + repeat(get, 300) + last)
		c.CloseWrite()
		k.Rest()
		c.Resume()
		all, err := c.ReadAll()
		got := without100(string(all))
		want := 301 + strings.Count(last, "/away")
		if n := strings.Count(got, "HTTP/1.1 200 "); err != nil || n != want || strings.Count(got, "HTTP/1.1 ") != want {
			t.Errorf("behind %q: %d answers, %v; want %d and the end:\n%.300s", last, n, err, want, got)
		}
		k.Rest() // panics if the loop cannot come to rest
	}
}

// TestTurnsAreShared: a connection with a long pipeline lets another in between.
func TestTurnsAreShared(t *testing.T) {
	k := testkit.New(1)
	var mu sync.Mutex
	var order []string
	held, release := make(chan struct{}), make(chan struct{})
	app := httpcore.New(httpcore.Config{Loops: 1, Backend: k.Backend(), Logger: quiet()})
	app.Get("/hold", func(c *httpcore.Ctx) error { close(held); <-release; return nil })
	app.Get("/{who}", func(c *httpcore.Ctx) error {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, string(c.Param("who")))
		return nil
	})
	served := make(chan error, 1)
	go func() { served <- app.Serve(k.Listener()) }()
	k.Dial().WriteString("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
	<-held
	k.Dial().WriteString(repeat("GET /many HTTP/1.1\r\nHost: a\r\n\r\n", 1000))
	k.Dial().WriteString("GET /one HTTP/1.1\r\nHost: a\r\n\r\n")
	close(release)
	eventually(t, "all are served", func() bool { // on a busy machine, any of them may lose its loop
		mu.Lock()
		defer mu.Unlock()
		return len(order) == 1001
	})
	rest(t, k, app)
	mu.Lock()
	if i := slices.Index(order, "one"); i < 0 || i > 200 || len(order) != 1001 {
		t.Errorf("of %d requests the other connection's came as number %d", len(order), i)
	}
	mu.Unlock()
	app.Shutdown(context.Background())
	<-served
}

// TestBlankLinesAreIdle: a line end behind a body does not start a request.
func TestBlankLinesAreIdle(t *testing.T) {
	k := testkit.New(1)
	app := onKernel(t, k, httpcore.Config{Limits: httpcore.Limits{HeadTimeout: 5 * time.Second, IdleTimeout: 20 * time.Second}})
	idle, started := k.Dial(), k.Dial()
	idle.WriteString(get + "\r\n")
	started.WriteString(get + "\r\n")
	rest(t, k, app)
	before := len(idle.Buffered())
	k.Advance(15 * time.Second)
	started.WriteString("GET /") // from here on it has five seconds
	k.Advance(4 * time.Second)
	if idle.Closed() || started.Closed() || len(started.Buffered()) > before {
		t.Fatal("ended early")
	}
	k.Advance(2 * time.Second)
	if got := string(idle.Buffered()[before:]); got != "" || !idle.Closed() {
		t.Errorf("idle: closed %v, last words %q", idle.Closed(), got)
	}
	if got := string(started.Buffered()[before:]); !strings.HasPrefix(got, "HTTP/1.1 408 ") {
		t.Errorf("started: %q", got)
	}
}

// TestShutdownDespiteStuckHandler: an inline handler that never returns cannot
// keep Shutdown longer than its context allows.
func TestShutdownDespiteStuckHandler(t *testing.T) {
	app := newApp(httpcore.Config{})
	entered, release := make(chan struct{}), make(chan struct{})
	app.Get("/stuck", func(c *httpcore.Ctx) error { close(entered); <-release; return nil })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Serve(ln) }()
	dial(t, ln.Addr().String()).send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := app.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v, want the context's error", err)
	}
	if err := <-served; err != httpcore.ErrServerClosed {
		t.Errorf("Serve: %v", err)
	}
	close(release)
}

// TestErrorHandlerStatus: the answer to an error is an error, whatever the
// error handler forgets.
func TestErrorHandlerStatus(t *testing.T) {
	app := newApp(httpcore.Config{ErrorHandler: func(c *httpcore.Ctx, err error) {
		switch {
		case string(c.Query("do")) == "panic":
			c.Header("X-Half", "made")
			panic("in the error handler")
		case string(c.Query("do")) == "bad":
			c.Status(7)
		}
		c.String("own: " + err.Error())
	}})
	app.Get("/fail", func(c *httpcore.Ctx) error { return errors.New("why") })
	app.Get("/odd", func(c *httpcore.Ctx) error { return httpcore.NewError(0, "odd") })
	addr := serve(t, app)
	ask := func(path string) answer {
		return dial(t, addr).send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").answer()
	}
	ask("/none").want(t, 404, "own: Not Found")
	ask("/fail").want(t, 500, "own: why")
	ask("/odd").want(t, 500, "own: odd")
	ask("/fail?do=bad").want(t, 500, "Internal Server Error")
	a := ask("/fail?do=panic")
	if a.want(t, 500, "Internal Server Error"); a.Header.Get("X-Half") != "" {
		t.Error("a field of the panicked error handler was sent")
	}
}

// TestGroupsDoNotShareMiddleware: two groups from one slice, with room to append.
func TestGroupsDoNotShareMiddleware(t *testing.T) {
	app := newApp(httpcore.Config{})
	tag := func(name string) httpcore.Middleware {
		return func(next httpcore.Handler) httpcore.Handler {
			return func(c *httpcore.Ctx) error { c.AddHeader("X-Via", name); return next(c) }
		}
	}
	common := make([]httpcore.Middleware, 0, 4)
	a, b := app.Group("/a", common...), app.Group("/b", common...)
	a.Use(tag("auth"))
	b.Use(tag("log"))
	a.Get("/x", func(c *httpcore.Ctx) error { return nil })
	if got := dial(t, serve(t, app)).send("GET /a/x HTTP/1.1\r\nHost: a\r\n\r\n").answer().Header.Get("X-Via"); got != "auth" {
		t.Errorf("/a/x ran %q, want its own middleware", got)
	}
}

func TestUnknownMethodsAndTargets(t *testing.T) {
	app := newApp(httpcore.Config{})
	app.Handle("/any/{x...}", func(c *httpcore.Ctx) error { return c.Bytes("text/plain", c.Method()) })
	app.Get("/q", func(c *httpcore.Ctx) error {
		v := c.Query("k")
		if v == nil {
			return c.String("nil")
		}
		return c.String("[" + string(v) + "]")
	})
	app.Get("/up", func(c *httpcore.Ctx) error { c.Header("Upgrade", "x/1"); return c.Status(426).String("") })
	addr := serve(t, app)
	c := dial(t, addr)
	c.send("PROPFIND /any/a HTTP/1.1\r\nHost: a\r\n\r\n").answer().want(t, 200, "PROPFIND")
	c.send("PROPFIND /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").answer().want(t, 501, "the method is not known to this server")
	c.send("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n").answer().want(t, 204, "")
	for query, want := range map[string]string{"?k": "[]", "?k=": "[]", "?%6b=1": "[1]", "?kk=1": "nil", "": "nil", "?a&k&k=2": "[]"} {
		c.send("GET /q"+query+" HTTP/1.1\r\nHost: a\r\n\r\n").answer().want(t, 200, want)
	}
	if a := c.send("GET /up HTTP/1.1\r\nHost: a\r\n\r\n").answer(); a.StatusCode != 426 || a.Header.Get("Connection") != "upgrade" {
		t.Errorf("426: %d, Connection %q (RFC 9110 §7.8)", a.StatusCode, a.Header.Get("Connection"))
	}
}

// TestRefusedHeadHasNoContent: RFC 9110 §9.3.2, also for what the server itself
// refuses; and what stands behind is never served.
func TestRefusedHeadHasNoContent(t *testing.T) {
	addr := serve(t, newApp(httpcore.Config{Limits: httpcore.Limits{BodyBytesMax: 10}}))
	for _, in := range []string{
		"HEAD /plaintext HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n",
		"HEAD /plaintext HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
		"HEAD /plaintext HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
	} {
		c := dial(t, addr).send(in + canary)
		if a := c.answerTo("HEAD"); a.StatusCode < 400 {
			t.Errorf("%q: %d", in, a.StatusCode)
		}
		c.wantEnd()
	}
}

func TestRegisteringTooLatePanics(t *testing.T) {
	app := newApp(httpcore.Config{})
	if err := app.Check(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a route that can never be served was taken silently")
		}
	}()
	app.Get("/late", func(*httpcore.Ctx) error { return nil })
}

// TestBlockingHandlerEndsItsGoroutine: runtime.Goexit cannot be stopped, but its
// client is answered and nothing is left hanging.
func TestBlockingHandlerEndsItsGoroutine(t *testing.T) {
	app := newApp(httpcore.Config{})
	app.Get("/exit", func(*httpcore.Ctx) error { runtime.Goexit(); return nil }, httpcore.Blocking())
	c := dial(t, serve(t, app)).send("GET /exit HTTP/1.1\r\nHost: a\r\n\r\n")
	if a := c.answer(); a.StatusCode != 500 || !a.Close {
		t.Errorf("%d, Connection: close %v", a.StatusCode, a.Close)
	}
	c.wantEnd()
}
