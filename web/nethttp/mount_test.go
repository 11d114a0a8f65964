package nethttp_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
	covettest "github.com/covetgo/covet/httpcore/httptest"
	"github.com/covetgo/covet/web/nethttp"
)

// manners is an App that shows what it is asked, and answers in every way that it has.
func manners() *httpcore.App {
	app := httpcore.New(httpcore.Config{Loops: 1, Logger: slog.New(slog.DiscardHandler), Limits: httpcore.Limits{BodyBytesMax: 4 << 10}})
	show := func(c *httpcore.Ctx) error {
		if _, err := fmt.Fprintf(c, "%s %s ?%s %s %q\n", c.Method(), c.Path(), c.RawQuery(), c.Host(), c.Body()); err != nil {
			return err
		}
		for _, name := range []string{"Accept", "Cookie", "X-Forwarded-For", "Forwarded", "User-Agent", "Accept-Encoding", "Keep-Alive"} {
			fmt.Fprintf(c, "%s: %q\n", name, c.Field(name))
		}
		c.TrailerFields(func(name, value []byte) { fmt.Fprintf(c, "behind it: %s=%s\n", name, value) })
		return nil
	}
	app.Get("/show/{rest...}", show)
	app.Post("/show", show)
	app.Get("/text", func(c *httpcore.Ctx) error { return c.String("text") })
	app.Get("/fields", func(c *httpcore.Ctx) error {
		c.AddHeader("Set-Cookie", "a=b")
		c.AddHeader("Set-Cookie", "c=d")
		return c.Status(418).String("short and stout")
	})
	app.Get("/big", func(c *httpcore.Ctx) error { return c.String(strings.Repeat("0123456789abcdef", 10_000)) })
	app.Get("/pieces", func(c *httpcore.Ctx) error {
		for range 3 {
			io.WriteString(c, "piece ")
			c.Flush()
		}
		return nil
	})
	app.Post("/echo", func(c *httpcore.Ctx) error { _, err := io.Copy(c, c); return err }, httpcore.StreamBody())
	app.Get("/none", func(c *httpcore.Ctx) error { return c.NoContent() })
	app.Get("/fails", func(c *httpcore.Ctx) error { return fmt.Errorf("no") })
	app.Get("/panics", func(c *httpcore.Ctx) error { panic("no") })
	return app
}

// mounted serves app behind a server of net/http that speaks HTTP/1.1, or HTTP/2.
func mounted(t testing.TB, app *httpcore.App, http2 bool) *httptest.Server {
	t.Helper()
	h, err := nethttp.Mount(app)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	if s.EnableHTTP2 = http2; http2 {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(func() {
		s.Close()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := app.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

// An App behind net/http gives the answers that it gives on its own socket.
func TestMountedAppIsTheSame(t *testing.T) {
	alone := covettest.NewServer(manners())
	defer alone.Close()
	behind := mounted(t, manners(), false)
	for name, raw := range map[string]string{
		"path":              "GET /show/a%20b//c?x=1&x=2;y&%zz HTTP/1.1\r\nHost: example.com:81\r\nAccept: a\r\nCookie: c=d\r\n\r\n",
		"forwarded":         "GET /show/ HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\nUser-Agent: x\r\nAccept-Encoding: gzip\r\n\r\n",
		"no query":          "GET /show/? HTTP/1.1\r\nHost: a\r\n\r\n",
		"text":              "GET /text HTTP/1.1\r\nHost: a\r\n\r\n",
		"head":              "HEAD /text HTTP/1.1\r\nHost: a\r\n\r\n",
		"1.0":               "GET /text HTTP/1.0\r\nHost: a\r\n\r\n",
		"fields":            "GET /fields HTTP/1.1\r\nHost: a\r\n\r\n",
		"big":               "GET /big HTTP/1.1\r\nHost: a\r\n\r\n",
		"pieces":            "GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n",
		"body":              "POST /show HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
		"chunked":           "POST /show HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n",
		"echo":              "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
		"none":              "GET /none HTTP/1.1\r\nHost: a\r\n\r\n",
		"fails":             "GET /fails HTTP/1.1\r\nHost: a\r\n\r\n",
		"panics":            "GET /panics HTTP/1.1\r\nHost: a\r\n\r\n",
		"not found":         "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
		"not allowed":       "DELETE /text HTTP/1.1\r\nHost: a\r\n\r\n",
		"options":           "OPTIONS /text HTTP/1.1\r\nHost: a\r\n\r\n",
		"too long":          "POST /show HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n" + strings.Repeat("x", 5000),
		"too long, expects": "POST /show HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n",
		"upgrade":           "GET /show/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			method, _, _ := strings.Cut(raw, " ")
			see := func(url string) string {
				resp := exchange(t, url, method, raw)
				resp.Close = false // when connections end is each server's own affair
				return seen(resp)
			}
			want := see(alone.URL)
			if got := see(behind.URL); got != want {
				t.Errorf("behind net/http, the client saw\n%s\non its own socket\n%s", got, want)
			}
		})
	}
}

// A client that waits for "100 Continue" gets that and then the answer; none has a type that the App did not give.
func TestMountedAppContinues(t *testing.T) {
	s := mounted(t, manners(), false)
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(conn, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != 100 {
		t.Fatal(resp, err)
	}
	io.WriteString(conn, "hello")
	resp, err = http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if _, typed := resp.Header["Content-Type"]; typed || resp.StatusCode != 200 || string(body) != "hello" || err != nil {
		t.Errorf("%v %q %v", resp, body, err)
	}
}

// What a client sends while it is being answered comes in whole.
func TestMountedAppAnswersWhileReading(t *testing.T) {
	app := manners()
	begun := make(chan struct{})
	got := make(chan []byte, 1)
	app.Post("/up", func(c *httpcore.Ctx) error {
		io.WriteString(c, "begun ")
		c.Flush()
		body, err := io.ReadAll(c)
		if err != nil {
			t.Error(err)
		}
		got <- body
		_, err = io.WriteString(c, "ended")
		return err
	}, httpcore.StreamBody())
	s := mounted(t, app, false)
	content := make([]byte, 1_000_000)
	for i := range content {
		content[i] = byte(i / 1000)
	}
	for _, size := range []int{100_000, len(content)} {
		for _, length := range []int64{int64(size), -1} {
			begun = make(chan struct{})
			r, w := io.Pipe()
			req, _ := http.NewRequest("POST", s.URL+"/up", r)
			req.ContentLength = length
			go func() {
				<-begun // the answer's head is there
				w.Write(content[:size])
				w.Close()
			}()
			resp, err := s.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			close(begun)
			text, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || string(text) != "begun ended" {
				t.Errorf("%d bytes, length %d: %q %v", size, length, text, err)
			}
			if body := <-got; !bytes.Equal(body, content[:size]) {
				t.Errorf("%d bytes, length %d: the handler has read %d, or others", size, length, len(body))
			}
		}
	}
}

// What is flushed arrives before the handler goes on, also if the length of the whole is known.
func TestMountedAppFlushes(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		app := manners()
		seen := make(chan struct{})
		app.Get("/halves", func(c *httpcore.Ctx) error {
			c.SetContentLength(10)
			io.WriteString(c, "first")
			c.Flush()
			select {
			case <-seen:
			case <-time.After(patience):
				t.Error("the first half does not arrive")
			}
			_, err := io.WriteString(c, "after")
			return err
		}, httpcore.Blocking())
		s := mounted(t, app, http2)
		resp, err := s.Client().Get(s.URL + "/halves")
		if err != nil {
			t.Fatal(err)
		}
		half := make([]byte, 5)
		if _, err := io.ReadFull(resp.Body, half); err != nil || string(half) != "first" {
			t.Errorf("%q %v", half, err)
		}
		close(seen)
		rest, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(rest) != "after" {
			t.Errorf("%q %v", rest, err)
		}
	}
}

// An answer that comes before the body is heard, however the two race.
func TestMountedAppRefusesEarly(t *testing.T) {
	app := manners()
	app.Post("/refuse", func(c *httpcore.Ctx) error { return c.Status(401).String("no") }, httpcore.StreamBody())
	h, err := nethttp.Mount(app)
	if err != nil {
		t.Fatal(err)
	}
	defer app.Shutdown(t.Context())
	for path, code := range map[string]int{"/refuse": 401, "/show": 413} {
		for _, size := range []int{8 << 10, 1 << 20} {
			for range 100 {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest("POST", path, bytes.NewReader(make([]byte, size))))
				if w.Code != code {
					t.Fatalf("%s with %d bytes: %d, want %d", path, size, w.Code, code)
				}
			}
		}
	}
}

// TLS and HTTP/2 are net/http's, and what the handler learns of its client is true.
func TestMountedAppSpeaksHTTP2(t *testing.T) {
	app := manners()
	app.Get("/who", func(c *httpcore.Ctx) error { return c.String(c.RemoteAddr().String()) })
	s := mounted(t, app, true)
	resp, err := s.Client().Get(s.URL + "/who")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	addr, err := io.ReadAll(resp.Body)
	if err != nil || resp.Proto != "HTTP/2.0" || resp.StatusCode != 200 || !strings.HasPrefix(string(addr), "127.0.0.1:") {
		t.Errorf("%s %d %q %v", resp.Proto, resp.StatusCode, addr, err)
	}
}

// Who goes away is noticed, and who is cut off notices; a handler that aborts runs once.
func TestMountedAppAborts(t *testing.T) {
	app := manners()
	begun, gone, runs := make(chan struct{}), make(chan struct{}), make(chan struct{}, 10)
	app.Get("/waits", func(c *httpcore.Ctx) error {
		close(begun)
		<-c.Done()
		close(gone)
		return c.Err()
	})
	app.Get("/aborts", func(c *httpcore.Ctx) error { runs <- struct{}{}; return httpcore.ErrAbort })
	app.Get("/breaks", func(c *httpcore.Ctx) error {
		io.WriteString(c, "half")
		c.Flush()
		return httpcore.ErrAbort
	})
	s := mounted(t, app, false)

	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/waits", nil)
	go func() { <-begun; cancel() }()
	if _, err := s.Client().Do(req); err == nil {
		t.Error("a cancelled request was answered")
	}
	select {
	case <-gone:
	case <-time.After(patience):
		t.Error("the handler did not hear that its client is gone")
	}

	post, _ := http.NewRequest("GET", s.URL+"/aborts", io.MultiReader(strings.NewReader("x"))) // with a body, the client does not try twice
	if resp, err := s.Client().Do(post); err == nil {
		t.Errorf("an aborted request was answered: %d", resp.StatusCode)
	}
	if len(runs) != 1 {
		t.Errorf("the handler ran %d times", len(runs))
	}
	resp, err := s.Client().Get(s.URL + "/breaks")
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("half a response looked whole")
	}
}

// What comes after the App's end is told so; what cannot be served says so at once.
func TestMountedAppEnds(t *testing.T) {
	app := manners()
	s := mounted(t, app, false)
	if resp, err := s.Client().Get(s.URL + "/text"); err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	if err := app.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if resp, err := s.Client().Get(s.URL + "/text"); err != nil || resp.StatusCode != 503 {
		t.Error("after Shutdown:", resp, err)
	}
	faulty := httpcore.New(httpcore.Config{})
	faulty.Get("/{", nil)
	if h, err := nethttp.Mount(faulty); h != nil || err == nil {
		t.Error("an App with faults was mounted")
	}
}

func BenchmarkMount(b *testing.B) {
	for name, h := range map[string]func() http.Handler{
		"app": func() http.Handler {
			h, err := nethttp.Mount(manners())
			if err != nil {
				b.Fatal(err)
			}
			return h
		},
		"nethttp": func() http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "text") })
		},
	} {
		b.Run(name, func(b *testing.B) {
			s := httptest.NewServer(h())
			defer s.Close()
			b.ReportAllocs()
			for b.Loop() {
				resp, err := s.Client().Get(s.URL + "/text")
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
}
