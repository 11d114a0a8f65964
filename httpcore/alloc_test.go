package httpcore_test

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/covetgo/covet/httpcore"
)

// TestNoAllocations counts every allocation of the process, client included,
// while requests go over a real socket. It tolerates a handful in total, which
// the runtime makes for itself, where one per request would be thousands.
func TestNoAllocations(t *testing.T) {
	if httpcore.Poisoning {
		t.Skip("no Ctx is used twice")
	}
	if leaving() {
		t.Skip("handlers that leave their loop start goroutines")
	}
	// On a busy machine a handler can overrun, and its route then starts goroutines.
	app := newApp(httpcore.Config{Overrun: patience})
	content := []byte(`{"message":"Hello, World!"}`)
	app.Get("/json", func(c *httpcore.Ctx) error { return c.Bytes("application/json", content) })
	answer := &book{ID: 7, Title: "Reading <source>", Tags: []string{"a", "b"}}
	app.Get("/book", func(c *httpcore.Ctx) error { return c.JSON(answer) })
	addr := serve(t, app)
	kb := repeat("x", 1024)
	for _, c := range []struct{ name, request string }{
		{"plaintext", get},
		{"json", "GET /json HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"JSON of a struct", "GET /book HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"param", "GET /user/12345 HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"echo", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1024\r\n\r\n" + kb},
		{"chunked", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + kb + "\r\n0\r\n\r\n"},
		{"not found", "GET /none HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"not allowed", "PUT /json HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"pipelined", repeat(get, 16)},
		{"deeply pipelined", repeat(get, 300)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "deeply pipelined" && backend().Name == "std" {
				t.Skip("the portable backend queues what it sends, and keeps queues of up to 4 KiB")
			}
			if c.name == "JSON of a struct" && raceEnabled {
				t.Skip("the race detector empties pools, on purpose")
			}
			conn := dial(t, addr).Conn
			request := []byte(c.request)
			conn.Write(request)
			response := make([]byte, 256<<10)
			n := 0
			for requests := max(1, strings.Count(c.request, get)); bytes.Count(response[:n], []byte("HTTP/1.1 ")) < requests; {
				m, err := conn.Read(response[n:])
				if err != nil {
					t.Fatal(err)
				}
				n += m
			}
			response = response[:n] // responses to equal requests are equally long
			const rounds = 2000
			turn := func() {
				conn.Write(request)
				if _, err := io.ReadFull(conn, response); err != nil {
					t.Fatal(err)
				}
			}
			for range 100 {
				turn()
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range rounds {
				turn()
			}
			runtime.ReadMemStats(&after)
			if got := after.Mallocs - before.Mallocs; got > rounds/20 {
				t.Errorf("%d allocations in %d rounds", got, rounds)
			}
		})
	}
}
