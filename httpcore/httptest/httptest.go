// Package httptest serves an App to tests, over a loopback socket or in memory,
// in the idiom of net/http/httptest:
//
//	s := httptest.NewServer(app)
//	defer s.Close()
//	r := s.Get("/hello/world")
//	if r.StatusCode != 200 || r.Text != "Hello, world!" { … }
//
// Requests go through the whole server, as a client's bytes do: parser, limits
// and all. What cannot work panics, since a test can do nothing about it.
package httptest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/netpoll"
)

// closeSecondsMax is how long Close waits for handlers that still run.
const closeSecondsMax = 10

// Server is an App that serves. Its methods may be called from any goroutine.
type Server struct {
	// URL is the base of the server's URLs, without a slash at the end.
	URL string

	app    *httpcore.App
	dial   func(context.Context) (net.Conn, error)
	client *http.Client
	served chan error
	close  sync.Once
}

// NewServer serves app on a free port of the loopback interface.
func NewServer(app *httpcore.App) *Server {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(fmt.Sprintf("httptest: no port to listen on: %v", err))
	}
	addr := ln.Addr().String()
	return start(app, ln, "http://"+addr, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	})
}

// NewMemoryServer serves app without a socket: connections are pipes in memory
// ([netpoll.Memory]), which know no half-close and have no buffer. The app must not have
// served before, and runs on the portable backend.
func NewMemoryServer(app *httpcore.App) *Server {
	app.SetBackend(netpoll.Std())
	ln := netpoll.NewMemory()
	return start(app, ln, "http://memory.test", func(ctx context.Context) (net.Conn, error) { return ln.Dial(ctx, nil) })
}

func start(app *httpcore.App, ln net.Listener, url string, dial func(context.Context) (net.Conn, error)) *Server {
	if err := app.Check(); err != nil {
		panic(fmt.Sprintf("httptest: the app cannot serve: %v", err))
	}
	s := &Server{URL: url, app: app, dial: dial, served: make(chan error, 1)}
	s.client = &http.Client{
		Transport: &http.Transport{
			DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
			DisableCompression: true, // what the app sends is what the test sees
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	go func() { s.served <- app.Serve(ln) }()
	return s
}

// Client is an HTTP client that reaches the server, whatever the host of its
// URLs. It does not follow redirects.
func (s *Server) Client() *http.Client { return s.client }

// Dial opens a connection to the server, for tests that care for the bytes.
func (s *Server) Dial() net.Conn {
	conn, err := s.dial(context.Background())
	if err != nil {
		panic(fmt.Sprintf("httptest: %v", err))
	}
	return conn
}

// Response is a response that has been read to its end.
type Response struct {
	*http.Response
	// Text is the content.
	Text string
}

// Do sends a request and reads the whole response. Field lines are given as
// "Name: value". The path begins with a slash.
func (s *Server) Do(method, path, body string, fields ...string) Response {
	req, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		panic(fmt.Sprintf("httptest: %s %s: %v", method, path, err))
	}
	for _, line := range fields {
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			panic(fmt.Sprintf("httptest: the field %q is not of the form \"Name: value\"", line))
		}
		req.Header.Add(name, value)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		panic(fmt.Sprintf("httptest: %s %s: %v", method, path, err))
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		panic(fmt.Sprintf("httptest: the content of %s %s broke off behind %q: %v", method, path, text, err))
	}
	return Response{resp, string(text)}
}

// Get is Do with GET and no body.
func (s *Server) Get(path string, fields ...string) Response { return s.Do("GET", path, "", fields...) }

// Close shuts the app down and waits for the requests that are being answered. It
// panics if that takes too long: a test that leaves one behind has a fault.
func (s *Server) Close() {
	s.close.Do(func() {
		s.client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), closeSecondsMax*time.Second)
		defer cancel()
		if err := s.app.Shutdown(ctx); err != nil {
			panic(fmt.Sprintf("httptest: %v", err))
		}
		if err := <-s.served; !errors.Is(err, httpcore.ErrServerClosed) {
			panic(fmt.Sprintf("httptest: Serve returned %v", err))
		}
	})
}
