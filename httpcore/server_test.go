package httpcore_test

// The tests' side of the wire: a real server on a loopback port, and a client
// that sends exactly the bytes it is told to.

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/netpoll"
)

// patience bounds a wait that should not happen: tests do not depend on it.
const patience = 20 * time.Second

// serve starts an app on a free port and ends it with the test.
func serve(t testing.TB, app *httpcore.App) (addr string) {
	t.Helper()
	if leaving() {
		app.StopLearning() // or they would soon be sent, and leave no more
	}
	if err := app.Check(); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Serve(ln) }()
	t.Cleanup(func() {
		shutdown(t, app)
		if err := <-served; err != httpcore.ErrServerClosed {
			t.Errorf("Serve returned %v, want ErrServerClosed", err)
		}
	})
	return ln.Addr().String()
}

func shutdown(t testing.TB, app *httpcore.App) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := app.Shutdown(ctx); err != nil {
		t.Error("Shutdown:", err)
	}
}

func newReader(raw []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(raw)) }

// backend is the one that tests over real sockets use: COVET_BACKEND names it,
// else it is the system's best.
func backend() *netpoll.Backend {
	b, err := netpoll.ByName(cmp.Or(os.Getenv("COVET_BACKEND"), "auto"))
	if err != nil {
		panic(err)
	}
	return b
}

// leaving reports whether every handler is to run off its loop: with
// COVET_OFFLOOP=all each request takes the way of one that was stolen.
// (Read while tests run, and not before: only then is it part of what the test
// cache compares.)
func leaving() bool { return os.Getenv("COVET_OFFLOOP") == "all" }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// newApp is an app with the routes that most tests need.
func newApp(cfg httpcore.Config) *httpcore.App {
	if cfg.Loops == 0 {
		cfg.Loops = 1
	}
	if cfg.Logger == nil {
		cfg.Logger = quiet()
	}
	if cfg.Backend == nil {
		cfg.Backend = backend()
	}
	app := httpcore.New(cfg)
	if leaving() {
		app.Use(func(next httpcore.Handler) httpcore.Handler {
			return func(c *httpcore.Ctx) error { c.LeaveLoop(); return next(c) }
		})
	}
	app.Get("/plaintext", func(c *httpcore.Ctx) error { return c.String("Hello, World!") })
	app.Get("/user/{id}", func(c *httpcore.Ctx) error { return c.Bytes("text/plain", c.Param("id")) })
	app.Post("/echo", func(c *httpcore.Ctx) error { return c.Bytes("application/octet-stream", c.Body()) })
	return app
}

type client struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, addr string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return &client{t, conn, bufio.NewReader(conn)}
}

func (c *client) send(s string) *client {
	c.t.Helper()
	if _, err := io.WriteString(c.Conn, s); err != nil {
		c.t.Fatal("send:", err)
	}
	return c
}

type answer struct {
	*http.Response
	body string
}

// answer reads one response to a request with the given method.
func (c *client) answerTo(method string) answer {
	c.t.Helper()
	resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatal("reading a response: ", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal("reading content: ", err)
	}
	return answer{resp, string(body)}
}

func (c *client) answer() answer { c.t.Helper(); return c.answerTo("GET") }

// wantEnd checks that the server has sent FIN and nothing before it.
func (c *client) wantEnd() {
	c.t.Helper()
	rest, err := io.ReadAll(c.r)
	if err != nil || len(rest) > 0 {
		c.t.Fatalf("after the last response: %q, %v; want the end", rest, err)
	}
}

func (a answer) want(t testing.TB, code int, body string) {
	t.Helper()
	if a.StatusCode != code || a.body != body {
		t.Fatalf("got %d %q, want %d %q", a.StatusCode, a.body, code, body)
	}
}

const get = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"

func repeat(s string, n int) string { return strings.Repeat(s, n) }
