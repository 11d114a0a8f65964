package httpcore_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
)

func TestPlaintext(t *testing.T) {
	c := dial(t, serve(t, newApp(httpcore.Config{})))
	for range 3 {
		a := c.send(get).answer()
		a.want(t, 200, "Hello, World!")
		if got := a.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("Content-Type is %q", got)
		}
		date, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", a.Header.Get("Date"))
		if err != nil || time.Since(date).Abs() > time.Minute {
			t.Errorf("Date is %q: %v", a.Header.Get("Date"), err)
		}
	}
}

func TestPipelining(t *testing.T) {
	c := dial(t, serve(t, newApp(httpcore.Config{})))
	const n = 1000
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "GET /user/%d HTTP/1.1\r\nHost: a\r\n\r\n", i)
	}
	go c.send(all.String())
	for i := range n {
		c.answer().want(t, 200, fmt.Sprint(i))
	}
}

// TestSplit sends a pipelined conversation in two parts, cut at every byte, and
// byte by byte: the answers must not depend on it.
func TestSplit(t *testing.T) {
	addr := serve(t, newApp(httpcore.Config{}))
	in := get +
		"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" +
		"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwor\r\n2;x=y\r\nld\r\n0\r\nT: v\r\n\r\n" +
		"\r\nGET /user/7 HTTP/1.1\r\nHost: a\r\n\r\n"
	check := func(c *client) {
		c.answer().want(t, 200, "Hello, World!")
		c.answer().want(t, 200, "hello")
		c.answer().want(t, 200, "world")
		c.answer().want(t, 200, "7")
	}
	c := dial(t, addr)
	for cut := range len(in) {
		c.send(in[:cut]).send(in[cut:])
		check(c)
	}
	for i := range len(in) {
		c.send(in[i : i+1])
	}
	check(c)
}

func TestMethods(t *testing.T) {
	c := dial(t, serve(t, newApp(httpcore.Config{})))
	a := c.send("HEAD /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").answerTo("HEAD")
	if a.want(t, 200, ""); a.ContentLength != 13 {
		t.Errorf("HEAD: Content-Length %d, want that of GET", a.ContentLength)
	}
	a = c.send("DELETE /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").answer()
	if a.StatusCode != 405 || a.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("DELETE: %d, Allow %q", a.StatusCode, a.Header.Get("Allow"))
	}
	a = c.send("OPTIONS /echo HTTP/1.1\r\nHost: a\r\n\r\n").answer()
	if a.StatusCode != 204 || a.Header.Get("Allow") != "OPTIONS, POST" && a.Header.Get("Allow") != "POST, OPTIONS" {
		t.Errorf("OPTIONS: %d, Allow %q", a.StatusCode, a.Header.Get("Allow"))
	}
	if a.Header.Get("Content-Length") != "" {
		t.Error("a 204 has a Content-Length")
	}
	c.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").answer().want(t, 204, "")
	if a = c.send("FOO /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").answer(); a.StatusCode != 501 {
		t.Errorf("FOO: %d", a.StatusCode)
	}
	if a = c.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\n").answer(); a.StatusCode != 404 {
		t.Errorf("/none: %d", a.StatusCode)
	}
	if a = c.send("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n" + get).answer(); a.StatusCode != 501 {
		t.Errorf("CONNECT: %d", a.StatusCode)
	}
	c.wantEnd()
}

func TestHTTP10(t *testing.T) {
	addr := serve(t, newApp(httpcore.Config{}))
	c := dial(t, addr).send("GET /plaintext HTTP/1.0\r\n\r\n")
	c.answer().want(t, 200, "Hello, World!")
	c.wantEnd()

	c = dial(t, addr).send("GET /plaintext HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get)
	a := c.answer()
	if a.want(t, 200, "Hello, World!"); a.Header.Get("Connection") != "keep-alive" {
		t.Errorf("Connection is %q, want keep-alive", a.Header.Get("Connection"))
	}
	c.answer().want(t, 200, "Hello, World!")
}

func TestConnectionClose(t *testing.T) {
	c := dial(t, serve(t, newApp(httpcore.Config{})))
	c.send("GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get)
	if a := c.answer(); !a.Close {
		t.Error("no Connection: close")
	}
	c.wantEnd()
}

func TestHalfClose(t *testing.T) {
	c := dial(t, serve(t, newApp(httpcore.Config{})))
	c.send(get)
	c.Conn.(*net.TCPConn).CloseWrite()
	c.answer().want(t, 200, "Hello, World!")
	c.wantEnd()
}

func TestExpectContinue(t *testing.T) {
	addr := serve(t, newApp(httpcore.Config{Limits: httpcore.Limits{BodyBytesMax: 10}}))
	head := "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"

	c := dial(t, addr).send(head)
	if a := c.answer(); a.StatusCode != 100 {
		t.Fatalf("got %d before the body, want 100", a.StatusCode)
	}
	c.send("hello").answer().want(t, 200, "hello")

	c.send(head+"again").answer().want(t, 200, "again") // the body is there: 100 may be left out

	c = dial(t, addr).send(strings.Replace(head, "Length: 5", "Length: 11", 1))
	if a := c.answer(); a.StatusCode != 413 {
		t.Fatalf("got %d for a body over the limit, want 413 without 100", a.StatusCode)
	}
	c.wantEnd()

	c = dial(t, addr).send(strings.Replace(head, "100-continue", "magic", 1))
	if a := c.answer(); a.StatusCode != 417 {
		t.Fatalf("got %d for an unknown expectation, want 417", a.StatusCode)
	}
}

func TestBodyLimit(t *testing.T) {
	const limit = 100_000
	addr := serve(t, newApp(httpcore.Config{Limits: httpcore.Limits{BodyBytesMax: limit}}))
	chunked := func(n int) string {
		return "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
			repeat("a\r\n0123456789\r\n", n/10) + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", n%10+10, repeat("x", n%10+10))
	}
	sized := func(n int) string {
		return fmt.Sprintf("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", n, repeat("x", n))
	}
	for _, c := range []struct {
		name, in string
		code     int
	}{
		{"length", sized(limit), 200},
		{"length+1", sized(limit + 1), 413},
		{"chunked", chunked(limit - 10), 200},
		{"chunked+1", chunked(limit - 10 + 1), 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, addr)
			go conn.Conn.Write([]byte(c.in + get)) // may fail: a refused body is not read to its end
			a := conn.answer()
			if a.StatusCode != c.code {
				t.Fatalf("got %d, want %d", a.StatusCode, c.code)
			}
			if c.code != 200 {
				conn.wantEnd()
				return
			}
			if len(a.body) != limit {
				t.Errorf("echo of %d bytes, want %d", len(a.body), limit)
			}
			conn.answer().want(t, 200, "Hello, World!")
		})
	}
}

func TestHeadLimit(t *testing.T) {
	addr := serve(t, newApp(httpcore.Config{Limits: httpcore.Limits{HeadBytesMax: 1000, TargetBytesMax: 100, FieldCountMax: 5}}))
	head := func(pad int) string {
		h := "GET /plaintext HTTP/1.1\r\nHost: a\r\nX: "
		return h + repeat("x", pad-len(h)-4) + "\r\n\r\n"
	}
	for _, c := range []struct {
		name, in string
		code     int
	}{
		{"head", head(1000), 200},
		{"head+1", head(1001), 431},
		{"target", "GET /plaintext?" + repeat("q", 100-11) + " HTTP/1.1\r\nHost: a\r\n\r\n", 200},
		{"target+1", "GET /plaintext?" + repeat("q", 101-11) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
		{"fields", "GET /plaintext HTTP/1.1\r\nHost: a\r\n" + repeat("X: y\r\n", 4) + "\r\n", 200},
		{"fields+1", "GET /plaintext HTTP/1.1\r\nHost: a\r\n" + repeat("X: y\r\n", 5) + "\r\n", 431},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, addr).send(c.in)
			if a := conn.answer(); a.StatusCode != c.code {
				t.Fatalf("got %d %q, want %d", a.StatusCode, a.body, c.code)
			}
			if c.code != 200 {
				conn.wantEnd()
			}
		})
	}
}

func TestHandlerErrors(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	app := newApp(httpcore.Config{Logger: slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, nil))})
	app.Get("/teapot", func(c *httpcore.Ctx) error { return httpcore.NewError(418, "short and stout") })
	app.Get("/secret", func(c *httpcore.Ctx) error { return errors.New("the password is 1234") })
	app.Get("/wrapped", func(c *httpcore.Ctx) error { return fmt.Errorf("no: %w", httpcore.ErrNotFound) })
	app.Get("/panic", func(c *httpcore.Ctx) error { c.Header("X-Half", "done"); panic("boom") })
	app.Get("/status", func(c *httpcore.Ctx) error { return c.Status(99).String("x") })
	addr := serve(t, app)
	path := func(p string) string { return "GET " + p + " HTTP/1.1\r\nHost: a\r\n\r\n" }

	c := dial(t, addr)
	c.send(path("/teapot")).answer().want(t, 418, "short and stout")
	c.send(path("/secret")).answer().want(t, 500, "Internal Server Error")
	c.send(path("/wrapped")).answer().want(t, 404, "Not Found")
	c.send(path("/status")).answer().want(t, 500, "Internal Server Error")
	a := c.send(path("/panic") + get).answer()
	if a.want(t, 500, "Internal Server Error"); !a.Close || a.Header.Get("X-Half") != "" {
		t.Errorf("after a panic: close %v, half-made field %q", a.Close, a.Header.Get("X-Half"))
	}
	c.wantEnd()
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"1234", "boom", "pattern=\"GET /panic\""} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func TestMiddlewareAndGroups(t *testing.T) {
	app := newApp(httpcore.Config{})
	tag := func(name string) httpcore.Middleware {
		return func(next httpcore.Handler) httpcore.Handler {
			return func(c *httpcore.Ctx) error {
				c.AddHeader("X-Via", name)
				return next(c)
			}
		}
	}
	api := app.Group("/api", tag("group"))
	v1 := api.Group("/v1", tag("inner"))
	v1.Get("/{name}", func(c *httpcore.Ctx) error { return c.String(c.Pattern()) })
	app.Use(tag("outer"))
	a := dial(t, serve(t, app)).send("GET /api/v1/x HTTP/1.1\r\nHost: a\r\n\r\n").answer()
	a.want(t, 200, "GET /api/v1/{name}")
	if got := fmt.Sprint(a.Header["X-Via"]); got != "[outer group inner]" {
		t.Errorf("middleware ran as %s", got)
	}
}

func TestRouteFaultsAreReportedTogether(t *testing.T) {
	app := httpcore.New(httpcore.Config{Limits: httpcore.Limits{HeadBytesMax: 1}})
	app.Get("/a/{", func(*httpcore.Ctx) error { return nil })
	app.Get("/b", nil)
	app.Get("/c/{x}", func(*httpcore.Ctx) error { return nil })
	app.Get("/c/{y}", func(*httpcore.Ctx) error { return nil })
	err := app.Check()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"HeadBytesMax is 1", "serve_test.go", "/a/{", "the handler is nil", "/c/{y}"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
	if got := app.ListenAndServe("127.0.0.1:0"); got == nil || got.Error() != err.Error() {
		t.Errorf("ListenAndServe: %v", got)
	}
}

func TestReplies(t *testing.T) {
	app := newApp(httpcore.Config{ServerName: "covet"})
	app.Get("/json", func(c *httpcore.Ctx) error { return c.JSON(map[string]any{"a": []int{1, 2}}) })
	app.Get("/moved", func(c *httpcore.Ctx) error { return c.Redirect(303, "/plaintext?x=1") })
	app.Get("/none", func(c *httpcore.Ctx) error { return c.NoContent() })
	app.Get("/304", func(c *httpcore.Ctx) error { return c.Status(304).String("never sent") })
	app.Get("/205", func(c *httpcore.Ctx) error { return c.Status(205).String("never sent") })
	app.Get("/empty", func(c *httpcore.Ctx) error { return nil })
	app.Get("/599", func(c *httpcore.Ctx) error { return c.Status(599).String("odd") })
	app.Get("/close", func(c *httpcore.Ctx) error { c.Close(); return c.String("bye") })
	app.Get("/sub/", func(c *httpcore.Ctx) error { return c.String("subtree") })
	addr := serve(t, app)
	c := dial(t, addr)
	path := func(p string) string { return "GET " + p + " HTTP/1.1\r\nHost: a\r\n\r\n" }

	a := c.send(path("/json")).answer()
	if a.StatusCode != 200 || !json.Valid([]byte(a.body)) || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Server") != "covet" {
		t.Errorf("JSON: %v %q", a.Header, a.body)
	}
	if a = c.send(path("/moved")).answer(); a.StatusCode != 303 || a.Header.Get("Location") != "/plaintext?x=1" {
		t.Errorf("Redirect: %d %q", a.StatusCode, a.Header.Get("Location"))
	}
	c.send(path("/none")).answer().want(t, 204, "")
	c.send(path("/304")).answer().want(t, 304, "")
	c.send(path("/205")).answer().want(t, 205, "")
	c.send(path("/empty")).answer().want(t, 200, "")
	if a = c.send(path("/599")).answer(); a.Status != "599 " && a.Status != "599" {
		t.Errorf("status line %q", a.Status)
	}
	if a = c.send(path("/sub?q=1")).answer(); a.StatusCode != 308 || a.Header.Get("Location") != "/sub/?q=1" {
		t.Errorf("slash: %d %q", a.StatusCode, a.Header.Get("Location"))
	}
	if a = c.send(path("/sub/../plaintext")).answer(); a.StatusCode != 308 || a.Header.Get("Location") != "/plaintext" {
		t.Errorf("unclean path: %d %q", a.StatusCode, a.Header.Get("Location"))
	}
	c.send(path("/close")+get).answer().want(t, 200, "bye")
	c.wantEnd()
}

// TestFieldsCannotBeInjected: RFC 9112 §2.2, checklist F8.
func TestFieldsCannotBeInjected(t *testing.T) {
	app := newApp(httpcore.Config{})
	app.Get("/", func(c *httpcore.Ctx) error {
		for _, bad := range []string{"a\r\nX-Evil: 1", "a\nb", "a\x00b", "a\rb", "a\x7f", "\x1b"} {
			for name, err := range map[string]error{
				"value":    c.Header("X-Good", bad),
				"add":      c.AddHeader("X-Good", bad),
				"name":     c.Header(bad, "v"),
				"type":     c.Header("Content-Type", bad),
				"media":    c.Bytes(bad, nil),
				"location": c.Redirect(302, bad),
			} {
				if !errors.Is(err, httpcore.ErrField) {
					t.Errorf("%s %q: %v, want ErrField", name, bad, err)
				}
			}
		}
		for _, own := range []string{"content-length", "Transfer-Encoding", "CONNECTION", "date", "", "a b", "a:"} {
			if err := c.Header(own, "1"); !errors.Is(err, httpcore.ErrField) {
				t.Errorf("Header(%q): %v, want ErrField", own, err)
			}
		}
		c.Header("x-set", "1")
		c.Header("X-Other", "o")
		c.Header("X-Set", "2")
		c.AddHeader("X-Set", "3")
		return c.String("ok")
	})
	a := dial(t, serve(t, app)).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").answer()
	a.want(t, 200, "ok")
	if got := fmt.Sprint(a.Header["X-Set"], a.Header["X-Good"], a.Header["X-Evil"], a.Header["X-Other"]); got != "[2 3] [] [] [o]" {
		t.Errorf("fields are %s", got)
	}
}

func TestRequestView(t *testing.T) {
	app := newApp(httpcore.Config{})
	app.Get("/v/{name}/{rest...}", func(c *httpcore.Ctx) error {
		return c.String(fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s|%s|%v|%s", c.Method(), c.Path(), c.RawQuery(), c.Host(),
			c.Param("name"), c.Param("rest"), c.Query("q"), c.Query("p"), c.Query("none") == nil, c.Field("x-thing")))
	})
	addr := serve(t, app)
	dial(t, addr).send("GET /v/a%2Fb%20c/d/e?p=1+2%2B3&q=%zz&q=2 HTTP/1.1\r\nHost: h:80\r\nX-Thing: \t v w \r\n\r\n").answer().
		want(t, 200, "GET|/v/a%2Fb%20c/d/e|p=1+2%2B3&q=%zz&q=2|h:80|a/b c|d/e|%zz|1 2+3|true|v w")
	dial(t, addr).send("GET http://other/v/x/ HTTP/1.1\r\nHost: h\r\n\r\n").answer().
		want(t, 200, "GET|/v/x/||other|x||||true|")
}

func TestBlockingRoute(t *testing.T) {
	app := newApp(httpcore.Config{})
	release := make(chan struct{})
	app.Get("/wait/{n}", func(c *httpcore.Ctx) error {
		<-release
		return c.String(string(c.Param("n")) + " from " + c.RemoteAddr().Network())
	}, httpcore.Blocking())
	addr := serve(t, app)
	slow := dial(t, addr).send("GET /wait/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /wait/2 HTTP/1.1\r\nHost: a\r\n\r\n" + get)
	fast := dial(t, addr)
	for range 10 { // the one loop is free
		fast.send(get).answer().want(t, 200, "Hello, World!")
	}
	slow.send(get) // comes while the handler is away
	fast.send(get).answer().want(t, 200, "Hello, World!")
	close(release)
	slow.answer().want(t, 200, "1 from tcp")
	slow.answer().want(t, 200, "2 from tcp")
	slow.answer().want(t, 200, "Hello, World!")
	slow.answer().want(t, 200, "Hello, World!")
}

func TestBlockingClientGone(t *testing.T) {
	app := newApp(httpcore.Config{})
	entered, release, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
	app.Get("/wait", func(c *httpcore.Ctx) error {
		close(entered)
		<-release
		defer close(left)
		return c.String("nobody hears this")
	}, httpcore.Blocking())
	addr := serve(t, app)
	gone := dial(t, addr).send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
	<-entered
	gone.Conn.(*net.TCPConn).SetLinger(0) // a reset
	gone.Conn.Close()
	other := dial(t, addr) // may well get the same descriptor
	other.send(get).answer().want(t, 200, "Hello, World!")
	close(release)
	<-left
	other.send(get).answer().want(t, 200, "Hello, World!")
}

// TestSlowReader: a client that does not read stalls itself and nobody else,
// and gets every response once it does.
func TestSlowReader(t *testing.T) {
	app := newApp(httpcore.Config{})
	big := repeat("0123456789abcdef", 1<<16) // 1 MiB
	app.Get("/big", func(c *httpcore.Ctx) error { return c.String(big) })
	addr := serve(t, app)
	slow := dial(t, addr)
	const n = 20
	slow.send(repeat("GET /big HTTP/1.1\r\nHost: a\r\n\r\n", n) + get)
	fast := dial(t, addr)
	for range 10 {
		fast.send(get).answer().want(t, 200, "Hello, World!")
	}
	for range n {
		if a := slow.answer(); a.body != big {
			t.Fatalf("got %d bytes, want %d", len(a.body), len(big))
		}
	}
	slow.answer().want(t, 200, "Hello, World!")
}

func TestTimeouts(t *testing.T) {
	short := 300 * time.Millisecond
	addr := serve(t, newApp(httpcore.Config{Limits: httpcore.Limits{
		HeadTimeout: short, BodyTimeout: short, IdleTimeout: short, WriteTimeout: short, LingerTimeout: short}}))
	t.Run("silent", func(t *testing.T) { dial(t, addr).wantEnd() })
	t.Run("head", func(t *testing.T) {
		c := dial(t, addr).send("GET / HT")
		if a := c.answer(); a.StatusCode != 408 {
			t.Errorf("got %d", a.StatusCode)
		}
		c.wantEnd()
	})
	t.Run("body", func(t *testing.T) {
		c := dial(t, addr).send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
		if a := c.answer(); a.StatusCode != 408 {
			t.Errorf("got %d", a.StatusCode)
		}
		c.wantEnd()
	})
	t.Run("chunks", func(t *testing.T) {
		c := dial(t, addr).send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")
		if a := c.answer(); a.StatusCode != 408 {
			t.Errorf("got %d", a.StatusCode)
		}
		c.wantEnd()
	})
	t.Run("idle", func(t *testing.T) {
		c := dial(t, addr)
		c.send(get).answer().want(t, 200, "Hello, World!")
		c.wantEnd()
	})
}

func TestConnsMax(t *testing.T) {
	addr := serve(t, newApp(httpcore.Config{Limits: httpcore.Limits{ConnsMax: 2}}))
	a, b := dial(t, addr), dial(t, addr)
	a.send(get).answer().want(t, 200, "Hello, World!")
	b.send(get).answer().want(t, 200, "Hello, World!")
	over := dial(t, addr)
	if got := over.answer(); got.StatusCode != 503 || got.Header.Get("Retry-After") == "" {
		t.Errorf("one connection too many: %d", got.StatusCode)
	}
	over.wantEnd()
	a.Conn.Close()
	for { // the server needs a moment to see it
		c := dial(t, addr)
		if c.send(get).answer().StatusCode == 200 {
			break
		}
	}
}

func TestShutdown(t *testing.T) {
	app := newApp(httpcore.Config{Loops: 2})
	entered, release := make(chan struct{}), make(chan struct{})
	app.Get("/wait", func(c *httpcore.Ctx) error { close(entered); <-release; return c.String("done") }, httpcore.Blocking())
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Serve(ln) }()
	addr := ln.Addr().String()

	idle, busy := dial(t, addr), dial(t, addr)
	idle.send(get).answer().want(t, 200, "Hello, World!")
	busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
	<-entered
	ended := make(chan error, 1)
	go func() { ended <- app.Shutdown(context.Background()) }()
	idle.wantEnd() // at once: its request is answered
	select {
	case err := <-ended:
		t.Fatal("Shutdown did not wait for a running request:", err)
	default:
	}
	close(release)
	busy.answer().want(t, 200, "done")
	busy.wantEnd() // announced, unless its loop hears of the Shutdown only now
	busy.Conn.Close()
	if err := <-ended; err != nil {
		t.Error("Shutdown:", err)
	}
	if err := <-served; err != httpcore.ErrServerClosed {
		t.Error("Serve:", err)
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("the port is still open")
	}
	if err := app.Shutdown(context.Background()); err != nil {
		t.Error("second Shutdown:", err)
	}
	if err := app.ListenAndServe("127.0.0.1:0"); err != httpcore.ErrServerClosed {
		t.Error("Serve after Shutdown:", err)
	}
}

func TestShutdownCutsOff(t *testing.T) {
	app := newApp(httpcore.Config{})
	entered, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	app.Get("/wait", func(c *httpcore.Ctx) error { close(entered); <-release; return nil }, httpcore.Blocking())
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go app.Serve(ln)
	c := dial(t, ln.Addr().String()).send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := app.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v, want the context's error", err)
	}
	c.wantEnd()
}

// TestRequestsPerConn: the last request that a connection may have says so.
func TestRequestsPerConn(t *testing.T) {
	addr := serve(t, newApp(httpcore.Config{Limits: httpcore.Limits{RequestsPerConnMax: 3}}))
	for _, way := range []string{"pipelined", "one by one"} {
		c := dial(t, addr)
		if way == "pipelined" {
			c.send(repeat(get, 5))
		}
		for i := 1; i <= 3; i++ {
			if way == "one by one" {
				c.send(get)
			}
			a := c.answer()
			a.want(t, 200, "Hello, World!")
			if a.Close != (i == 3) {
				t.Errorf("%s: response %d says close: %v", way, i, a.Close)
			}
		}
		c.wantEnd()
	}
}

// TestReplacedBackendIsLogged: whoever asked for a backend that is missing here reads once
// which one serves instead, and why.
func TestReplacedBackendIsLogged(t *testing.T) {
	var mu sync.Mutex
	var log bytes.Buffer
	replaced := *backend()
	replaced.Note = "the asked one is forbidden"
	app := newApp(httpcore.Config{Backend: &replaced, Logger: slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, nil))})
	dial(t, serve(t, app)).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").answer() // it serves by now
	mu.Lock()
	defer mu.Unlock()
	if n := strings.Count(log.String(), replaced.Note); n != 1 || !strings.Contains(log.String(), "backend="+replaced.Name) {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
	if s := app.Stats(); s.Backend != replaced.Name {
		t.Errorf("Stats say %q", s.Backend)
	}
}
