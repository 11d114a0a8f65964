package nethttp_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/covetgo/covet/httpcore"
	covettest "github.com/covetgo/covet/httpcore/httptest"
	"github.com/covetgo/covet/web/nethttp"
)

// patience bounds a wait that should not happen: tests do not depend on it.
const patience = 20 * time.Second

// covet serves h under both routes that matter: with the body on its way, and complete.
func covet(t testing.TB, h http.Handler, opts ...httpcore.RouteOption) *covettest.Server {
	app := httpcore.New(httpcore.Config{Loops: 1, Logger: slog.New(slog.DiscardHandler)})
	app.Handle("/", nethttp.Handler(h), opts...)
	app.Handle("/users/{id}/{rest...}", nethttp.Handler(h), opts...)
	s := covettest.NewServer(app)
	t.Cleanup(s.Close)
	return s
}

// exchange sends raw bytes and reads one response to them.
func exchange(t testing.TB, url, method, raw string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// seen is what a client sees of a response.
func seen(resp *http.Response) string {
	body, err := io.ReadAll(resp.Body)
	resp.Header.Del("Date")
	resp.Header.Del("Connection") // it is in Close
	if resp.Request.Method == "HEAD" {
		resp.TransferEncoding = nil // may be left out, and net/http does (RFC 9112 §6.1)
		resp.Header.Del("Trailer")
		resp.Trailer = nil
	}
	var b strings.Builder
	fmt.Fprintln(&b, resp.StatusCode, resp.ContentLength, resp.TransferEncoding, "close", resp.Close, "error", err)
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		fmt.Fprintf(&b, "%s: %q\n", name, resp.Header[name])
	}
	for _, name := range slices.Sorted(maps.Keys(resp.Trailer)) {
		fmt.Fprintf(&b, "behind it, %s: %q\n", name, resp.Trailer[name])
	}
	fmt.Fprintf(&b, "%d bytes: %.3000q\n", len(body), body)
	return b.String()
}

// same compares what clients of both servers see.
func same(t *testing.T, method, raw string, h http.Handler) {
	t.Helper()
	peer := httptest.NewUnstartedServer(mux(h))
	peer.Config.ErrorLog = log.New(io.Discard, "", 0)
	peer.Start()
	defer peer.Close()
	want := seen(exchange(t, peer.URL, method, raw))
	for name, opts := range map[string][]httpcore.RouteOption{"streamed": {httpcore.StreamBody()}, "whole": nil} {
		if got := seen(exchange(t, covet(t, h, opts...).URL, method, raw)); got != want {
			t.Errorf("%s body: covet's client saw\n%s\nnet/http's\n%s", name, got, want)
		}
	}
}

func mux(h http.Handler) http.Handler {
	m := http.NewServeMux()
	m.Handle("/", h)
	m.Handle("/users/{id}/{rest...}", h)
	return m
}

// What handlers see of requests.
func TestRequestIsTheSame(t *testing.T) {
	dump := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		again, errAgain := r.Body.Read(make([]byte, 1))
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		fmt.Fprintf(w, "%s %s %s %d.%d %q\n", r.Method, r.RequestURI, r.Proto, r.ProtoMajor, r.ProtoMinor, r.Host)
		fmt.Fprintf(w, "%#v\n", r.URL)
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			fmt.Fprintf(w, "%s: %q\n", name, r.Header[name])
		}
		fmt.Fprintf(w, "%d %q %t %q %v\n", r.ContentLength, r.TransferEncoding, r.Close, body, err)
		fmt.Fprintf(w, "%d %v, none %t, %v %q\n", again, errAgain, r.Body == http.NoBody, r.Trailer, host)
		fmt.Fprintf(w, "%q %q %q\n", r.PathValue("id"), r.PathValue("rest"), r.Pattern)
		fmt.Fprintln(w, r.Context().Value(http.LocalAddrContextKey) != nil, r.Context().Err(), r.TLS)
		r.ParseForm()
		fmt.Fprintln(w, r.Form)
	})
	for name, raw := range map[string]string{
		"get":      "GET /a%20b/c?x=1&x=2&y HTTP/1.1\r\nHost: example.com\r\nAccept: a\r\naccept: b\r\nCookie: c=d\r\n\r\n",
		"values":   "GET /users/a%2Fb/c/d HTTP/1.1\r\nHost: example.com:80\r\n\r\n",
		"1.0":      "GET / HTTP/1.0\r\n\r\n",
		"1.0 keep": "GET / HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n",
		"close":    "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\nX: y\r\n\r\n",
		"absolute": "GET http://other.org:81/p?q HTTP/1.1\r\nHost: other.org:81\r\n\r\n",
		"pragma":   "GET / HTTP/1.1\r\nHost: a\r\nPragma: no-cache\r\n\r\n",
		"post":     "POST /?q=0 HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=b&c=d",
		"empty":    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
		"chunked": "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, x-more\r\n\r\n" +
			"5\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 9\r\n\r\n",
		"chunked, none": "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"expect":        "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
		"head":          "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n",
		"options":       "OPTIONS /x HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			method, _, _ := strings.Cut(raw, " ")
			if name == "expect" {
				t.Skip("net/http sends 100 although the body is there: TestContinue")
			}
			same(t, method, raw, dump)
		})
	}
}

// What clients see of responses.
func TestResponseIsTheSame(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 10_000)
	report := func(w http.ResponseWriter, name string, n int, err error) {
		w.Header().Set(http.TrailerPrefix+name, fmt.Sprint(n, " ", errors.Is(err, http.ErrBodyNotAllowed), errors.Is(err, http.ErrContentLength)))
	}
	files := fstest.MapFS{"a.txt": {Data: []byte(big)}, "page.html": {Data: []byte("<p>hello")}}
	for name, h := range map[string]http.HandlerFunc{
		"nothing":   func(http.ResponseWriter, *http.Request) {},
		"text":      func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") },
		"html":      func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") },
		"status":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); w.Write([]byte("gone")) },
		"twice":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); w.WriteHeader(200) },
		"odd":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(299) },
		"error":     func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 503) },
		"redirect":  func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/there", 302) },
		"not found": http.NotFound,
		"typed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, "{}")
		},
		"no type": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			io.WriteString(w, "hello")
		},
		"encoded": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, "hello")
		},
		"small pieces": func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				io.WriteString(w, "<!doctype html>")
			}
		},
		"lines": func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h.Add("Set-Cookie", "a=b")
			h.Add("Set-Cookie", "c=d")
			h.Set("X-Split", "a\r\nInjected: yes")
			h["bad name"] = []string{"x"}
			h.Set("X-Latin", "caf\xe9 \u20ac")
			h.Set("Connection", "close")
		},
		"late header": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(200)
			w.Header().Set("X-Late", "yes")
		},
		"declared": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			io.WriteString(w, "hello")
		},
		"flushed": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "hello")
			w.(http.Flusher).Flush()
			io.WriteString(w, " again")
		},
		"flushed head": func(w http.ResponseWriter, _ *http.Request) {
			http.NewResponseController(w).Flush()
			io.WriteString(w, "hello")
		},
		"big": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, big) },
		"big declared": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(big)))
			io.WriteString(w, big)
		},
		"too long": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			w.Header().Set("X-None", "x")
			io.WriteString(w, "abc")
			for _, s := range []string{"four", "d"} {
				if n, err := io.WriteString(w, s); n != 0 || err != http.ErrContentLength {
					panic(fmt.Sprint(n, err))
				}
			}
		},
		"204": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(204)
			if n, err := io.WriteString(w, "x"); n != 0 || err != http.ErrBodyNotAllowed {
				panic(fmt.Sprint(n, err))
			}
			w.(http.Flusher).Flush()
		},
		"304": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("ETag", `"a"`); w.WriteHeader(304) },
		"trailers": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum, X-None")
			io.WriteString(w, "hello")
			w.Header().Set("X-Sum", "1")
		},
		"trailers unannounced": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "hello")
			w.(http.Flusher).Flush()
			report(w, "X-Late", 1, nil)
		},
		"files": func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = "/a.txt"
			http.FileServerFS(files).ServeHTTP(w, r)
		},
		"page": func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = "/page.html"
			http.FileServerFS(files).ServeHTTP(w, r)
		},
		"range": func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Range", "bytes=5-9")
			http.ServeContent(w, r, "a.txt", time.Unix(1e9, 0), bytes.NewReader([]byte(big)))
		},
		"timeout handler": http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "in time")
		}), time.Hour, "late").ServeHTTP,
	} {
		t.Run(name, func(t *testing.T) {
			same(t, "GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", h)
			same(t, "GET", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", h)
			same(t, "HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", h)
			same(t, "POST", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", h)
		})
	}
}

// A handler that aborts, in both stages.
func TestAbort(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"unsent": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"begun": func(w http.ResponseWriter, _ *http.Request) {
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		s := covet(t, h, httpcore.StreamBody())
		resp, err := s.Client().Get(s.URL)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: the client saw a whole response", name)
		}
	}
}

// A reverse proxy reads beside writing: the backend answers each line as it comes.
func TestProxy(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		c.EnableFullDuplex()
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() {
			fmt.Fprintln(w, strings.ToUpper(lines.Text()))
			c.Flush()
		}
	}))
	defer backend.Close()
	target, _ := url.Parse(backend.URL)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	s := covet(t, proxy, httpcore.StreamBody())

	in, out := io.Pipe()
	req, _ := http.NewRequest("POST", s.URL, in)
	go io.WriteString(out, "first\n")
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	r := bufio.NewReader(resp.Body)
	for _, line := range []string{"first", "second", "third"} {
		if line != "first" {
			io.WriteString(out, line+"\n")
		}
		if got, err := r.ReadString('\n'); got != strings.ToUpper(line)+"\n" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	out.Close()
	if rest, err := io.ReadAll(r); len(rest) > 0 || err != nil {
		t.Errorf("behind the last line: %q, %v", rest, err)
	}
}

// What a handler leaves behind gets errors, and touches no other request.
func TestTooLate(t *testing.T) {
	type kept struct {
		w http.ResponseWriter
		r *http.Request
	}
	left := make(chan kept, 1)
	s := covet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" {
			left <- kept{w, r}
		}
		io.WriteString(w, "ok")
	}), httpcore.StreamBody())
	s.Do("POST", "/", "body")
	k := <-left
	for range 10 {
		if r := s.Get("/"); r.Text != "ok" {
			t.Errorf("another request was answered %q", r.Text)
		}
		if n, err := io.WriteString(k.w, "late"); n != 0 || err == nil {
			t.Errorf("a late Write: %d, %v", n, err)
		}
		k.w.WriteHeader(500)
		if err := http.NewResponseController(k.w).Flush(); err == nil {
			t.Error("a late Flush has no error")
		}
		if n, err := k.r.Body.Read(make([]byte, 9)); n != 0 || err != http.ErrBodyReadAfterClose {
			t.Errorf("a late Read: %d, %v", n, err)
		}
		ctx, cancel := context.WithCancel(k.r.Context())
		<-ctx.Done()
		cancel()
		if err := k.r.Context().Err(); err != context.Canceled {
			t.Errorf("the context: %v", err)
		}
	}
}

// The context of a request ends when the client goes.
func TestClientGone(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan error, 1)
	s := covet(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		close(begun)
		<-ctx.Done()
		ended <- ctx.Err()
	}), httpcore.StreamBody())
	conn := s.Dial().(*net.TCPConn)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	<-begun
	conn.SetLinger(0)
	conn.Close()
	if err := <-ended; err != context.Canceled {
		t.Errorf("the context ended with %v", err)
	}
}

// Middleware of httpcore leaves values, and http.Handlers find them.
func TestValues(t *testing.T) {
	type key struct{}
	app := httpcore.New(httpcore.Config{})
	app.Use(func(next httpcore.Handler) httpcore.Handler {
		return func(c *httpcore.Ctx) error { c.Set(key{}, "me"); return next(c) }
	})
	app.Get("/", nethttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), "other", 1)
		fmt.Fprint(w, ctx.Value(key{}), ctx.Value("none"))
	})))
	s := covettest.NewServer(app)
	defer s.Close()
	if got := s.Get("/").Text; got != "me<nil>" {
		t.Errorf("values: %q", got)
	}
}

// The client is told to go on when the handler reads, and not before.
func TestContinue(t *testing.T) {
	s := covet(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refuse" {
			w.WriteHeader(403)
			return
		}
		io.Copy(w, r.Body)
	}), httpcore.StreamBody())
	head := " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
	if resp := exchange(t, s.URL, "POST", "POST /refuse"+head); resp.StatusCode != 403 {
		t.Errorf("refused: %s", resp.Status)
	}
	if resp := exchange(t, s.URL, "POST", "POST /"+head); resp.StatusCode != 100 {
		t.Errorf("before the body: %s", resp.Status)
	}
}

// The codes that WriteHeader refuses are net/http's.
func TestStatusCodes(t *testing.T) {
	for _, code := range []int{-1, 0, 99, 1000} {
		panics := func(w http.ResponseWriter) (yes bool) {
			defer func() { yes = recover() != nil }()
			w.WriteHeader(code)
			return
		}
		got := make(chan bool, 1)
		s := covet(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { got <- panics(w) }))
		s.Get("/")
		if want := panics(httptest.NewRecorder()); <-got != want {
			t.Errorf("WriteHeader(%d): a panic here or there, not both", code)
		}
	}
}
