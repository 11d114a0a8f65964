package httpcore_test

// Content in pieces, in both directions.

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/internal/testkit"
)

const mb = 1 << 20

// pattern is n bytes in which any shift or loss shows.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i) ^ byte(i>>8)*7 ^ byte(i>>16)*31
	}
	return b
}

// streaming is an app with routes that stream.
func streaming(cfg httpcore.Config) *httpcore.App {
	app := newApp(cfg)
	content := pattern(3 * mb)
	app.Get("/chunked", func(c *httpcore.Ctx) error {
		for rest := content; len(rest) > 0; {
			n := min(len(rest), 1+len(rest)/3)
			if _, err := c.Write(rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return c.Trailer("X-Sum", fmt.Sprintf("%x", sha256.Sum256(content)))
	})
	app.Get("/sized", func(c *httpcore.Ctx) error {
		if err := c.SetContentLength(int64(len(content))); err != nil {
			return err
		}
		_, err := io.Copy(c, bytes.NewReader(content))
		return err
	})
	app.Get("/small", func(c *httpcore.Ctx) error {
		c.String("Hello")
		c.WriteString(", ")
		fmt.Fprint(c, "World!")
		return nil
	})
	app.Post("/copy", func(c *httpcore.Ctx) error { _, err := io.Copy(c, c); return err }, httpcore.StreamBody())
	app.Post("/count", func(c *httpcore.Ctx) error {
		n, err := io.Copy(io.Discard, c)
		if err != nil {
			return err
		}
		return c.String(fmt.Sprint(n))
	}, httpcore.StreamBody())
	app.Post("/ignore", func(c *httpcore.Ctx) error { return c.String("ignored") }, httpcore.StreamBody())
	return app
}

func TestStreamedResponses(t *testing.T) {
	content := string(pattern(3 * mb))
	addr := serve(t, streaming(httpcore.Config{}))
	c := dial(t, addr).send(get + request("/chunked") + get + request("/sized") + request("/small") + get)
	c.answer().want(t, 200, "Hello, World!")
	a := c.answer()
	if a.body != content || len(a.TransferEncoding) != 1 || a.Trailer.Get("X-Sum") != fmt.Sprintf("%x", sha256.Sum256([]byte(content))) {
		t.Errorf("chunked: %d bytes, %v, trailer %v", len(a.body), a.TransferEncoding, a.Trailer)
	}
	c.answer().want(t, 200, "Hello, World!")
	if a := c.answer(); a.body != content || a.ContentLength != 3*mb {
		t.Errorf("sized: %d bytes, length %d", len(a.body), a.ContentLength)
	}
	if a := c.answer(); a.body != "Hello, World!" || a.ContentLength != 13 {
		t.Errorf("small: %q, length %d: what fits is to leave whole", a.body, a.ContentLength)
	}
	c.answer().want(t, 200, "Hello, World!")

	// HTTP/1.0 knows no chunks: the end of the connection is that of the content.
	c = dial(t, addr).send("GET /chunked HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
	if a := c.answer(); a.body != content || a.TransferEncoding != nil || !a.Close {
		t.Errorf("HTTP/1.0: %d bytes, %v, close %v", len(a.body), a.TransferEncoding, a.Close)
	}
	c = dial(t, addr).send("GET /sized HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get)
	if a := c.answer(); a.body != content {
		t.Errorf("HTTP/1.0, sized: %d bytes", len(a.body))
	}
	c.answer().want(t, 200, "Hello, World!")

	c = dial(t, addr).send("HEAD /chunked HTTP/1.1\r\nHost: a\r\n\r\nHEAD /sized HTTP/1.1\r\nHost: a\r\n\r\n" + get)
	c.answerTo("HEAD").want(t, 200, "")
	if a := c.answerTo("HEAD"); a.ContentLength != 3*mb {
		t.Errorf("HEAD of a sized response: length %d", a.ContentLength)
	}
	c.answer().want(t, 200, "Hello, World!")
}

// What is flushed arrives while the handler still runs.
func TestFlush(t *testing.T) {
	app := newApp(httpcore.Config{})
	seen := make(chan struct{})
	app.Get("/events", func(c *httpcore.Ctx) error {
		c.Header("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(c, "data: %d\n\n", i)
			if err := c.Flush(); err != nil {
				return err
			}
			<-seen
		}
		if c.Header("X-Late", "1") != httpcore.ErrStarted || c.SetContentLength(1) != httpcore.ErrStarted || c.String("x") != httpcore.ErrStarted {
			t.Error("the head could be changed after it was sent")
		}
		return nil
	})
	c := dial(t, serve(t, app)).send(request("/events") + get)
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatal(err, resp.Header)
	}
	for i := range 3 {
		event := make([]byte, len("data: 0\n\n"))
		if _, err := io.ReadFull(resp.Body, event); err != nil || string(event) != fmt.Sprintf("data: %d\n\n", i) {
			t.Fatalf("%q, %v", event, err)
		}
		seen <- struct{}{}
	}
	if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
		t.Fatalf("%q, %v", rest, err)
	}
	c.answer().want(t, 200, "Hello, World!")
}

// A client that does not read holds up its handler and nobody else, and little
// memory.
func TestStreamToSlowReader(t *testing.T) {
	app := newApp(httpcore.Config{})
	piece := make([]byte, 64<<10)
	wrote := make(chan error)
	app.Get("/endless", func(c *httpcore.Ctx) error {
		for {
			if _, err := c.Write(piece); err != nil {
				wrote <- err
				return err
			}
		}
	})
	addr := serve(t, app)
	before := heap()
	const readers = 20
	var slow []*client
	for range readers {
		slow = append(slow, dial(t, addr).send(request("/endless")))
	}
	for range 200 {
		dial(t, addr).send(get).answer().want(t, 200, "Hello, World!")
	}
	if grown := int64(heap()) - int64(before); grown > readers*512<<10 {
		t.Errorf("%d readers that do not read cost %d bytes", readers, grown)
	}
	for _, c := range slow {
		reset(c)
		if err := <-wrote; !errors.Is(err, httpcore.ErrClientGone) {
			t.Errorf("Write to a client that is gone: %v", err)
		}
	}
	eventually(t, "no handler is left", func() bool { return app.Stats().OffLoop == 0 })
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A response that has started and cannot be completed must not look complete.
func TestBrokenStreams(t *testing.T) {
	for name, end := range map[string]func(c *httpcore.Ctx) error{
		"error":     func(*httpcore.Ctx) error { return errors.New("no more") },
		"panic":     func(*httpcore.Ctx) error { panic("no more") },
		"Goexit":    func(*httpcore.Ctx) error { runtime.Goexit(); return nil },
		"too short": func(*httpcore.Ctx) error { return nil },
		"status":    func(c *httpcore.Ctx) error { c.Status(404); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			app := newApp(httpcore.Config{})
			app.Get("/sized", func(c *httpcore.Ctx) error {
				c.SetContentLength(100)
				c.WriteString("part")
				if err := c.Flush(); err != nil {
					return err
				}
				return end(c)
			})
			app.Get("/chunked", func(c *httpcore.Ctx) error {
				c.WriteString("part")
				if err := c.Flush(); err != nil {
					return err
				}
				return end(c)
			})
			addr := serve(t, app)
			for _, path := range []string{"/sized", "/chunked"} {
				if name == "too short" && path == "/chunked" {
					continue
				}
				c := dial(t, addr).send(request(path) + get)
				resp, err := http.ReadResponse(c.r, nil)
				if err != nil {
					t.Fatal(err)
				}
				if body, err := io.ReadAll(resp.Body); err == nil || string(body) != "part" {
					t.Errorf("%s: %q, %v; want an error behind the part", path, body, err)
				}
			}
		})
	}
}

// Declared lengths that are not kept, before anything was sent.
func TestContentLengthDeclared(t *testing.T) {
	app := newApp(httpcore.Config{})
	app.Get("/short", func(c *httpcore.Ctx) error { c.SetContentLength(5); c.WriteString("four"); return nil })
	app.Get("/long", func(c *httpcore.Ctx) error {
		c.SetContentLength(3)
		if n, err := c.WriteString("four"); n != 0 || err != httpcore.ErrContentLength {
			t.Errorf("%d, %v", n, err)
		}
		c.WriteString("six")
		return nil
	})
	app.Get("/none", func(c *httpcore.Ctx) error {
		c.NoContent()
		if _, err := c.WriteString("x"); err != httpcore.ErrNoContent {
			t.Errorf("Write with 204: %v", err)
		}
		return nil
	})
	app.Get("/trailer", func(c *httpcore.Ctx) error {
		if err := c.Trailer("Content-Length", "1"); !errors.Is(err, httpcore.ErrField) {
			t.Errorf("a Content-Length trailer: %v", err)
		}
		if err := c.Trailer("X", "a\r\nb"); !errors.Is(err, httpcore.ErrField) {
			t.Errorf("a trailer with CRLF: %v", err)
		}
		if err := c.Trailer("Set-Cookie", "a=b"); !errors.Is(err, httpcore.ErrField) {
			t.Errorf("a Set-Cookie trailer: %v", err)
		}
		return c.NoContent()
	})
	c := dial(t, serve(t, app))
	c.ask("/short").want(t, 500, "Internal Server Error")
	c.ask("/long").want(t, 200, "six")
	c.ask("/none").want(t, 204, "")
	c.ask("/trailer").want(t, 204, "")
}

func post(path, fields, body string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body
}

func sized(path, body string) string {
	return post(path, fmt.Sprintf("Content-Length: %d\r\n", len(body)), body)
}

func chunked(path, body string, size int) string {
	var b strings.Builder
	for rest := body; len(rest) > 0; {
		n := min(size, len(rest))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, rest[:n])
		rest = rest[n:]
	}
	return post(path, "Transfer-Encoding: chunked\r\n", b.String()+"0\r\n\r\n")
}

func TestStreamedRequests(t *testing.T) {
	addr := serve(t, streaming(httpcore.Config{}))
	content := string(pattern(6 * mb)) // more than BodyBytesMax
	for name, c := range map[string]struct{ in, body string }{
		"empty":           {sized("/copy", ""), ""},
		"short":           {sized("/copy", "hello"), "hello"},
		"sized":           {sized("/copy", content), content},
		"chunked":         {chunked("/copy", content, 10_000), content},
		"small chunks":    {chunked("/copy", content[:100_000], 7), content[:100_000]},
		"chunked, short":  {chunked("/copy", "hello", 2), "hello"},
		"counted":         {sized("/count", content), fmt.Sprint(6 * mb)},
		"counted, chunks": {chunked("/count", content, 1<<20), fmt.Sprint(6 * mb)},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, addr)
			go io.WriteString(conn, get+c.in+get) // a copy comes back while it is sent
			conn.answer().want(t, 200, "Hello, World!")
			if a := conn.answer(); a.body != c.body {
				t.Fatalf("%d bytes came back of %d, status %d", len(a.body), len(c.body), a.StatusCode)
			}
			conn.answer().want(t, 200, "Hello, World!")
		})
	}
}

// The same conversation, with every kind of split.
func TestStreamChaos(t *testing.T) {
	content := string(pattern(50_000))
	in := get + chunked("/copy", content, 999) + sized("/count", content) + sized("/ignore", content) + chunked("/count", "abc", 1) +
		"GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	testkit.Seeds(t, 10, func(t *testing.T, k *testkit.Kernel) {
		app := streaming(httpcore.Config{Loops: 2, Backend: k.Backend()})
		served := make(chan error, 1)
		go func() { served <- app.Serve(k.Listener()) }()
		defer func() { shutdown(t, app); <-served }()
		k.Chaos()
		for range 2 {
			conn := k.Dial()
			defer func() {
				raw, err := conn.ReadAll()
				if err != nil {
					t.Error(err)
				}
				r := &client{t: t, r: newReader(raw)}
				r.answer().want(t, 200, "Hello, World!")
				if a := r.answer(); a.body != content {
					t.Errorf("%d bytes came back", len(a.body))
				}
				r.answer().want(t, 200, "50000")
				r.answer().want(t, 200, "ignored")
				r.answer().want(t, 200, "3")
				r.answer().want(t, 200, "Hello, World!")
			}()
			conn.WriteString(in)
		}
	})
}

// A handler that does not read holds up its client, and little memory.
func TestUploadBackpressure(t *testing.T) {
	app := newApp(httpcore.Config{})
	release := make(chan struct{})
	app.Post("/later", func(c *httpcore.Ctx) error {
		<-release
		n, err := io.Copy(io.Discard, c)
		if err != nil {
			return err
		}
		return c.String(fmt.Sprint(n))
	}, httpcore.StreamBody())
	addr := serve(t, app)
	content := make([]byte, 64*mb)
	before := heap()
	conn := dial(t, addr).send(post("/later", fmt.Sprintf("Content-Length: %d\r\n", len(content)), ""))
	sent := make(chan struct{})
	go func() { conn.Write(content); close(sent) }()
	for range 200 {
		dial(t, addr).send(get).answer().want(t, 200, "Hello, World!")
	}
	select {
	case <-sent:
		t.Error("a body that nobody reads was sent to its end")
	default:
	}
	if grown := int64(heap()) - int64(before); grown > 4*mb {
		t.Errorf("a body that nobody reads costs %d bytes", grown)
	}
	close(release)
	conn.answer().want(t, 200, fmt.Sprint(len(content)))
}

// Bodies that their handlers do not read.
func TestIgnoredBody(t *testing.T) {
	addr := serve(t, streaming(httpcore.Config{}))
	c := dial(t, addr)
	go io.WriteString(c, sized("/ignore", string(pattern(100_000)))+get)
	c.answer().want(t, 200, "ignored")
	c.answer().want(t, 200, "Hello, World!") // little enough to be discarded

	c = dial(t, addr)
	go io.WriteString(c, sized("/ignore", string(pattern(20*mb)))+get)
	if a := c.answer(); a.body != "ignored" || !a.Close {
		t.Errorf("%q, close %v", a.body, a.Close)
	}
	io.Copy(io.Discard, c.r) // no second response: its end, or a reset

	// A client that waits to be asked is answered without being asked.
	c = dial(t, addr).send(post("/ignore", "Content-Length: 5\r\nExpect: 100-continue\r\n", ""))
	if a := c.answer(); a.StatusCode != 200 || !a.Close {
		t.Errorf("status %d, close %v", a.StatusCode, a.Close)
	}
	c = dial(t, addr).send(post("/copy", "Content-Length: 5\r\nExpect: 100-continue\r\n", ""))
	if resp, err := http.ReadResponse(c.r, nil); err != nil || resp.StatusCode != 100 {
		t.Fatal(resp, err)
	}
	c.send("hello" + get)
	c.answer().want(t, 200, "hello")
	c.answer().want(t, 200, "Hello, World!")
}

// Bodies that do not come as they were announced.
func TestBrokenUploads(t *testing.T) {
	app := newApp(httpcore.Config{Limits: httpcore.Limits{StreamBytesMax: 100_000, BodyTimeout: 100 * time.Millisecond}})
	got := make(chan error, 1)
	app.Post("/read", func(c *httpcore.Ctx) error {
		_, err := io.Copy(io.Discard, c)
		got <- err
		return err
	}, httpcore.StreamBody())
	app.Post("/answer", func(c *httpcore.Ctx) error {
		io.WriteString(c, "begun")
		c.Flush()
		_, err := io.Copy(io.Discard, c)
		got <- err
		return err
	}, httpcore.StreamBody())
	addr := serve(t, app)
	for _, c := range []struct {
		name, in string
		end      func(*client)
		want     error
		code     int
	}{
		{"half-close", post("/read", "Content-Length: 10\r\n", "half"), func(c *client) { c.Conn.(*net.TCPConn).CloseWrite() }, io.ErrUnexpectedEOF, 500},
		{"reset", post("/read", "Content-Length: 10\r\n", "half"), reset, httpcore.ErrClientGone, 0},
		{"stall", post("/read", "Content-Length: 10\r\n", "half"), func(*client) {}, httpcore.ErrBodyTimeout, 408},
		{"silence after an early answer", post("/answer", "Expect: 100-continue\r\nContent-Length: 10\r\n", ""), func(*client) {}, httpcore.ErrBodyTimeout, 0},
		{"too many chunks", chunked("/read", string(pattern(100_001)), 1000), func(*client) {}, httpcore.ErrBodyTooLarge, 413},
		{"bad chunk", post("/read", "Transfer-Encoding: chunked\r\n", "3\r\nabcd\r\n"), func(*client) {}, nil, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, addr).send(c.in)
			if c.name == "reset" {
				time.Sleep(10 * time.Millisecond) // a reset destroys what was not read yet
			}
			c.end(conn)
			err := <-got
			if c.want != nil && !errors.Is(err, c.want) || err == nil {
				t.Errorf("Read: %v, want %v", err, c.want)
			}
			if c.code > 0 {
				a := conn.answer()
				if a.StatusCode != c.code || !a.Close {
					t.Errorf("status %d, close %v; want %d", a.StatusCode, a.Close, c.code)
				}
				conn.wantEnd()
			}
		})
	}
	short := newApp(httpcore.Config{Limits: httpcore.Limits{StreamBytesMax: 4}})
	short.Post("/read", func(c *httpcore.Ctx) error { _, err := io.Copy(c, c); return err }, httpcore.StreamBody())
	whole := dial(t, serve(t, short)) // however it comes
	whole.send(sized("/read", "four") + sized("/read", "fives") + sized("/read", "four"))
	whole.answer().want(t, 200, "four")
	if a := whole.answer(); a.StatusCode != 413 {
		t.Errorf("a body that is too large and came at once: %d", a.StatusCode)
	}
	whole.answer().want(t, 200, "four")
	c := dial(t, addr).send(post("/read", "Content-Length: 100001\r\n", "x"))
	if a := c.answer(); a.StatusCode != 413 {
		t.Errorf("a declared body that is too large: %d", a.StatusCode)
	}
}

// Read on a route that has its body whole.
func TestReadWhole(t *testing.T) {
	app := newApp(httpcore.Config{})
	app.Post("/read", func(c *httpcore.Ctx) error {
		b, err := io.ReadAll(c)
		if err != nil || string(b) != string(c.Body()) {
			t.Errorf("%q, %v", b, err)
		}
		return c.Bytes("text/plain", b)
	})
	c := dial(t, serve(t, app))
	for _, body := range []string{"hello", "", "again"} {
		c.send(sized("/read", body)).answer().want(t, 200, body)
	}
}

// Trailers of requests, whole and read while they come, at every split.
func TestRequestTrailers(t *testing.T) {
	for name, option := range map[string]httpcore.RouteOption{"whole": httpcore.Blocking(), "streamed": httpcore.StreamBody()} {
		t.Run(name, func(t *testing.T) {
			in := post("/sum", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX-Sum: \tabc \r\nEmpty:\r\nx-sum: second\r\n\r\n") +
				post("/sum", "Transfer-Encoding: chunked\r\n", "2\r\nno\r\n0\r\n\r\n")
			k := testkit.New(1)
			app := newApp(httpcore.Config{Backend: k.Backend()})
			app.Post("/sum", func(c *httpcore.Ctx) error {
				early := c.TrailerField("x-sum")
				body, err := io.ReadAll(c)
				if err != nil {
					return err
				}
				if name == "whole" && string(early) != string(c.TrailerField("x-sum")) {
					t.Error("a trailer of a whole body is not there at once")
				}
				return c.String(fmt.Sprintf("%s %q %v %v", body, c.TrailerField("X-SUM"), c.TrailerField("empty") != nil, c.TrailerField("none") != nil))
			}, option)
			served := make(chan error, 1)
			go func() { served <- app.Serve(k.Listener()) }()
			for cut := range len(in) {
				conn := k.Dial()
				conn.WriteString(in[:cut])
				k.Rest()
				conn.WriteString(in[cut:])
				conn.CloseWrite()
				raw, err := conn.ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				r := &client{t: t, r: newReader(raw)}
				r.answer().want(t, 200, `hello "abc" true false`)
				r.answer().want(t, 200, `no "" false false`)
			}
			shutdown(t, app)
			<-served
		})
	}
}

// Bad trailers are refused wherever they are cut.
func TestBadTrailers(t *testing.T) {
	for _, trailer := range []string{" x", "X: a\n", "X\x00: a\r\n", ": a\r\n", "X: \x00\r\n"} {
		in := post("/echo", "Transfer-Encoding: chunked\r\n", "0\r\nGood: b\r\n"+trailer+"\r\n") + get
		k := testkit.New(1)
		app := streaming(httpcore.Config{Backend: k.Backend()})
		served := make(chan error, 1)
		go func() { served <- app.Serve(k.Listener()) }()
		for _, path := range []string{"/echo", "/count"} {
			in := strings.Replace(in, "/echo", path, 1)
			for cut := range len(in) {
				conn := k.Dial()
				conn.WriteString(in[:cut])
				k.Rest()
				conn.WriteString(in[cut:])
				conn.CloseWrite()
				raw, _ := conn.ReadAll() // what was not read behind the error may make it a reset
				if !strings.HasPrefix(string(raw), "HTTP/1.1 400 ") || strings.Count(string(raw), "HTTP/1.1") != 1 {
					t.Fatalf("%q cut at %d: %q", in, cut, raw)
				}
			}
		}
		shutdown(t, app)
		<-served
	}
}

// Nothing of a request's trailers, or of an earlier response's, is in a response.
func TestTrailersDoNotLeak(t *testing.T) {
	app := newApp(httpcore.Config{})
	n := 0
	app.Get("/sum", func(c *httpcore.Ctx) error {
		n++
		c.Trailer(fmt.Sprint("X-", n), "v")
		c.WriteString("x")
		return c.Flush()
	}, httpcore.Blocking())
	c := dial(t, serve(t, app))
	for i := 1; i <= 3; i++ {
		c.send(post("/echo", "Transfer-Encoding: chunked\r\n", "0\r\nX-Secret: a\r\n\r\n")).answer().want(t, 200, "")
		a := c.ask("/sum")
		if len(a.Trailer) != 1 || a.Trailer.Get(fmt.Sprint("X-", i)) != "v" {
			t.Errorf("response %d has trailers %v", i, a.Trailer)
		}
	}
}

// An error handler that streams, and breaks off: one head.
func TestErrorHandlerStreams(t *testing.T) {
	for name, end := range map[string]func(c *httpcore.Ctx){
		"panic":  func(*httpcore.Ctx) { panic("as planned") },
		"Goexit": func(*httpcore.Ctx) { runtime.Goexit() },
		"status": func(c *httpcore.Ctx) { c.Status(500) },
		"none":   func(*httpcore.Ctx) {},
	} {
		t.Run(name, func(t *testing.T) {
			app := newApp(httpcore.Config{ErrorHandler: func(c *httpcore.Ctx, err error) {
				c.WriteString("sorry")
				c.Flush()
				end(c)
			}})
			c := dial(t, serve(t, app)).send(request("/none") + get)
			resp, err := http.ReadResponse(c.r, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if string(body) != "sorry" || (err == nil) != (name == "none") {
				t.Errorf("%q, %v", body, err)
			}
			rest, _ := io.ReadAll(io.LimitReader(c.r, 9))
			if (name == "none") != (len(rest) > 0) {
				t.Errorf("behind it came %q", rest)
			}
		})
	}
}

// Content that was there before its length was declared.
func TestLengthDeclaredLate(t *testing.T) {
	app := newApp(httpcore.Config{})
	app.Get("/", func(c *httpcore.Ctx) error {
		c.String("ten bytes!")
		c.SetContentLength(3)
		return c.Flush()
	})
	dial(t, serve(t, app)).ask("/").want(t, 500, "Internal Server Error")
}

// Shutdown during a response that has started ends its connection with it.
func TestShutdownDuringStream(t *testing.T) {
	app := newApp(httpcore.Config{Limits: httpcore.Limits{IdleTimeout: time.Hour}})
	flushed, release := make(chan struct{}), make(chan struct{})
	app.Get("/stream", func(c *httpcore.Ctx) error {
		c.WriteString("first ")
		if err := c.Flush(); err != nil {
			return err
		}
		close(flushed)
		<-release
		c.WriteString("second")
		return nil
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Serve(ln) }()
	c := dial(t, ln.Addr().String()).send(request("/stream"))
	<-flushed
	done := make(chan struct{})
	go func() { shutdown(t, app); close(done) }()
	eventually(t, "no new connection is accepted", func() bool {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	close(release)
	c.answer().want(t, 200, "first second")
	c.wantEnd()
	<-done
	<-served
}
