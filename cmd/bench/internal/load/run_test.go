package load

// Whole runs against a server in the test's own process: what is counted, and
// that what goes wrong is seen.

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	warmTime    = 20 * time.Millisecond
	measureTime = 100 * time.Millisecond
)

func serve(t *testing.T, h http.HandlerFunc) (addr string) {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func hello(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") }

func stream(connections int) Stream {
	return Stream{Request: Request{Target: "/", Host: "test"}, Connections: connections, Want: []byte("hello")}
}

func run(t *testing.T, config Config) []Result {
	t.Helper()
	r, err := Start(config)
	if err != nil {
		t.Fatal(err)
	}
	return r.For(warmTime, measureTime)
}

func TestClosedStream(t *testing.T) {
	var served atomic.Uint64
	addr := serve(t, func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		hello(w, r)
	})
	for _, threads := range []int{1, 2} {
		for _, pipeline := range []int{1, 16} {
			served.Store(0)
			s := stream(5)
			s.Pipeline = pipeline
			result := run(t, Config{Addr: addr, Streams: []Stream{s}, Threads: threads})[0]
			if err := result.Failure(); err != nil {
				t.Fatal(err)
			}
			if result.Responses > served.Load() || result.Connects != 5 {
				t.Errorf("%d responses, %d served, %d connections", result.Responses, served.Load(), result.Connects)
			}
			if result.Latency.Count() == 0 || result.Latency.Micros(50) <= 0 {
				t.Error("no latencies")
			}
		}
	}
}

func TestOpenStreamSendsAtItsRate(t *testing.T) {
	addr := serve(t, hello)
	for _, spin := range []bool{false, true} {
		s := stream(8)
		s.Rate = 2000
		result := run(t, Config{Addr: addr, Streams: []Stream{s}, Spin: spin})[0]
		if err := result.Failure(); err != nil {
			t.Fatal(err)
		}
		// The schedule decides how many are due, not the speed of this machine.
		want := uint64(result.Seconds * s.Rate)
		if result.Due < want-2 || result.Due > want+2 {
			t.Errorf("%d requests were due in %g s, want %d", result.Due, result.Seconds, want)
		}
		if result.Unanswered > 0 || uint64(result.Latency.Count()) != result.Due {
			t.Errorf("%d unanswered, %d latencies, %d due", result.Unanswered, result.Latency.Count(), result.Due)
		}
	}
}

// TestStallIsCharged: a server that stops for a while makes every request late
// that came due meanwhile, although only one was in its hands.
func TestStallIsCharged(t *testing.T) {
	const stall = 60 * time.Millisecond
	var stalled atomic.Bool
	var count atomic.Int64
	addr := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if count.Add(1) > 60 && stalled.CompareAndSwap(false, true) {
			time.Sleep(stall)
		}
		hello(w, r)
	})
	s := stream(1)
	s.Rate = 1000
	result := run(t, Config{Addr: addr, Streams: []Stream{s}})[0]
	if err := result.Failure(); err != nil {
		t.Fatal(err)
	}
	if !stalled.Load() {
		t.Skip("the machine was too slow to reach the stall")
	}
	// clock: sleep guarantees at least its duration, so these are lower bounds
	if late := result.Latency.Micros(80); late < 20_000 {
		t.Errorf("one in five requests should have waited for 20 ms or more, the 80th percentile is %g µs", late)
	}
}

func TestShortConnections(t *testing.T) {
	var opened atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(hello))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	one := stream(4)
	one.PerConnection = 10
	result := run(t, Config{Addr: s.Listener.Addr().String(), Streams: []Stream{one}, Sources: loopbackSources})[0]
	if err := result.Failure(); err != nil {
		t.Fatal(err)
	}
	if result.Connects <= 4 || int64(result.Connects) < opened.Load()-1 {
		t.Errorf("%d connections were counted, the server saw %d", result.Connects, opened.Load())
	}
}

func TestTwoStreams(t *testing.T) {
	addr := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.URL.Path)
	})
	closed := Stream{Request: Request{Target: "/a"}, Connections: 2, Want: []byte("/a")}
	open := Stream{Request: Request{Target: "/b"}, Connections: 3, Want: []byte("/b"), Rate: 500}
	for _, result := range run(t, Config{Addr: addr, Streams: []Stream{closed, open}}) {
		if err := result.Failure(); err != nil {
			t.Error(err)
		}
	}
}

func TestErrorsAreCounted(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		kind    ErrorKind
	}{
		"status": {http.NotFound, ErrorStatus},
		"body":   {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hullo") }, ErrorBody},
		"closed": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ErrorClosed},
		"malformed": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			fmt.Fprint(conn, "220 mail ready\r\n")
			conn.Close()
		}, ErrorMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			result := run(t, Config{Addr: serve(t, c.handler), Streams: []Stream{stream(2)}})[0]
			if result.Failure() == nil || result.Errors.Count[c.kind] == 0 {
				t.Errorf("errors %+v", result.Errors)
			}
		})
	}
}

// TestIdleEndIsNoError: a server may close a connection on which nothing is
// outstanding, and the next request goes to a new one. Each request here is due long
// after the server has lost its patience.
func TestIdleEndIsNoError(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(hello))
	server.Config.IdleTimeout = time.Millisecond
	server.Start()
	defer server.Close()
	s := stream(2)
	s.Rate = 50
	config := Config{Addr: server.Listener.Addr().String(), Streams: []Stream{s}}
	check := func(name string, result Result) {
		if err := result.Failure(); err != nil || result.Unanswered > 0 {
			t.Errorf("%s: %v, %d of %d unanswered", name, err, result.Unanswered, result.Due)
		}
		if result.Connects <= 2 {
			t.Errorf("%s: %d connections, so none was closed", name, result.Connects)
		}
	}
	check("worker", run(t, config)[0])
	check("portable", portable(t, config)[0])
}

// TestLostRequestIsAnError: what was outstanding is lost.
func TestLostRequestIsAnError(t *testing.T) {
	var count atomic.Int64
	addr := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if count.Add(1) > 3 {
			panic(http.ErrAbortHandler)
		}
		hello(w, r)
	})
	s := stream(1)
	s.Rate = 200
	result := run(t, Config{Addr: addr, Streams: []Stream{s}})[0]
	if result.Errors.Count[ErrorClosed] == 0 {
		t.Errorf("errors %+v", result.Errors)
	}
}

// TestLocalhost: whichever of its addresses the server listens on.
func TestLocalhost(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		listener, err := net.Listen("tcp", host+":0")
		if err != nil {
			t.Logf("%s: %v", host, err)
			continue
		}
		server := &http.Server{Handler: http.HandlerFunc(hello)}
		go server.Serve(listener)
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		result := run(t, Config{Addr: "localhost:" + port, Streams: []Stream{stream(2)}})[0]
		if err := result.Failure(); err != nil {
			t.Errorf("a server on %s, asked for as localhost: %v", host, err)
		}
		server.Close()
	}
}

// portable runs the worker that other systems have.
func portable(t *testing.T, config Config) []Result {
	t.Helper()
	if err := config.check(); err != nil {
		t.Fatal(err)
	}
	w := &window{overrun: make(chan struct{})}
	r := &Run{config: config, window: w}
	r.workers = []worker{newPortableWorker(&r.config, 0, now(), w)}
	r.workers[0].start()
	return r.For(warmTime, measureTime)
}

func TestPortableWorker(t *testing.T) {
	addr := serve(t, hello)
	open := stream(3)
	open.Rate = 500
	churn := stream(2)
	churn.PerConnection = 5
	deep := stream(2)
	deep.Pipeline = 8
	for i, result := range portable(t, Config{Addr: addr, Streams: []Stream{open, churn, deep}, Threads: 1}) {
		if err := result.Failure(); err != nil {
			t.Errorf("stream %d: %v", i, err)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close()
	_, err = Start(Config{Addr: addr, Streams: []Stream{stream(1)}})
	if err == nil || !strings.Contains(err.Error(), "start a server there first") {
		t.Errorf("got %v", err)
	}
}

func TestHold(t *testing.T) {
	addr := serve(t, hello)
	held, err := Hold(addr, 20, loopbackSources, Request{Target: "/", Host: "test"}, []byte("hello"))
	if err != nil || held.Len() != 20 {
		t.Errorf("%d connections, %v", held.Len(), err)
	}
	held.Close()
}

// TestHoldInTheMiddleOfARequest: the handler runs, and nothing is answered, until
// the rest has come.
func TestHoldInTheMiddleOfARequest(t *testing.T) {
	const n = 10
	var begun, complete atomic.Int64
	addr := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" {
			begun.Add(1)
			io.Copy(w, r.Body)
			complete.Add(1)
			return
		}
		hello(w, r)
	})
	held, err := Hold(addr, n, loopbackSources, Request{Target: "/", Host: "test"}, []byte("hello"))
	defer held.Close()
	if err != nil {
		t.Fatal(err)
	}
	text := Request{Target: "/", Host: "test", Body: []byte("a whole body")}.Bytes()
	if err := held.Begin(text[:len(text)-5]); err != nil {
		t.Fatal(err)
	}
	for begun.Load() < n {
		runtime.Gosched()
	}
	if complete.Load() != 0 {
		t.Error("half a request was complete")
	}
	if err := held.Finish(text[len(text)-5:], []byte("a whole body")); err != nil || complete.Load() != n {
		t.Errorf("%d complete, %v", complete.Load(), err)
	}
	if err := held.Begin(text[:len(text)-5]); err != nil {
		t.Fatal(err)
	}
	if err := held.Finish(text[len(text)-5:], []byte("another body")); err == nil {
		t.Error("a wrong body is no error")
	}
}

func TestConfigIsChecked(t *testing.T) {
	open := stream(1)
	open.Rate, open.Pipeline = 5, 2
	for _, streams := range [][]Stream{nil, {{}}, {{Connections: connectionsMax + 1}}, {{Connections: 1, Pipeline: pipelineMax + 1}}, {open}} {
		if _, err := Start(Config{Addr: "127.0.0.1:1", Streams: streams}); err == nil || !strings.HasPrefix(err.Error(), "load: ") {
			t.Errorf("%+v: %v", streams, err)
		}
	}
}

func TestParseURL(t *testing.T) {
	addr, r, err := ParseURL("http://localhost/a?b=c")
	if err != nil || addr != "localhost:80" || r.Target != "/a?b=c" || r.Host != "localhost" {
		t.Errorf("%s %+v %v", addr, r, err)
	}
	if got := string(r.Bytes()); got != "GET /a?b=c HTTP/1.1\r\nHost: localhost\r\n\r\n" {
		t.Errorf("%q", got)
	}
	for _, bad := range []string{"localhost:80", "https://localhost/", "http://", ":"} {
		if _, _, err := ParseURL(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
