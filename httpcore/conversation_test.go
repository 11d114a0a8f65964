package httpcore_test

// The connection engine against a slow, obvious model. An input is a program
// for a client: requests of which the answer is known, cut and delayed at will,
// a stalled reader, a half-close, a reset. The model is a list of the answers
// that are due, in order; what has arrived must be a beginning of it, and all of
// it if nothing was broken.

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/internal/testkit"
)

// due is an answer that the model expects.
type due struct {
	method string
	code   int
	body   string
}

// asked is a request and its answer.
type asked struct {
	in string
	due
	last bool // nothing behind it is answered
}

var (
	large = string(pattern(70_000)) // more than streamBytes, uploadBytes and a scratch
	asks  = []asked{
		{in: get, due: due{"GET", 200, "Hello, World!"}},
		{in: "HEAD /user/1 HTTP/1.1\r\nHost: a\r\n\r\n", due: due{"HEAD", 200, ""}},
		{in: "\r\n" + request("/user/22"), due: due{"GET", 200, "22"}},
		{in: request("/none"), due: due{"GET", 404, "Not Found"}},
		{in: "PUT /user/1 HTTP/1.1\r\nHost: a\r\n\r\n", due: due{"PUT", 405, "Method Not Allowed"}},
		{in: sized("/echo", "hello"), due: due{"POST", 200, "hello"}},
		{in: chunked("/echo", "hello, chunks", 3), due: due{"POST", 200, "hello, chunks"}},
		{in: request("/leave"), due: due{"GET", 200, "left"}},
		{in: request("/away"), due: due{"GET", 200, "away"}},
		{in: request("/panic"), due: due{"GET", 500, "Internal Server Error"}, last: true},
		{in: request("/large"), due: due{"GET", 200, large}},
		{in: sized("/count", large), due: due{"POST", 200, fmt.Sprint(len(large))}},
		{in: chunked("/count", large[:5000], 37), due: due{"POST", 200, "5000"}},
		{in: sized("/ignore", large), due: due{"POST", 200, "ignored"}},
		{in: "GET /user/0 HTTP/1.0\r\n\r\n", due: due{"GET", 200, "0"}, last: true},
		{in: "GET /user/9 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", due: due{"GET", 200, "9"}, last: true},
		{in: "GET / HTTP/1.1\r\n\r\n", due: due{"GET", 400, ""}, last: true},
		{in: "nonsense\r\n\r\n", due: due{"GET", 400, ""}, last: true},
		{in: post("/echo", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "hello"), due: due{"GET", 400, ""}, last: true},
	}
)

// The other instructions of a program, behind the numbers of asks.
const (
	doRest   = 32 + iota // let the server come to rest, so that what follows comes later
	doSplit              // send half of what is queued
	doTick               // let a tick pass
	doStall              // stop reading
	doResume             // read again
	doHalf               // half-close: nothing more is sent
	doReset              // reset: nothing more arrives
	instructions
)

// conversant is an app with the routes of asks.
func conversant(k *testkit.Kernel) *httpcore.App {
	app := newApp(httpcore.Config{Loops: 1, Backend: k.Backend()})
	app.Get("/leave", func(c *httpcore.Ctx) error { c.LeaveLoop(); return c.String("left") })
	app.Get("/away", func(c *httpcore.Ctx) error { return c.String("away") }, httpcore.Blocking())
	app.Get("/panic", func(c *httpcore.Ctx) error { panic("as planned") })
	app.Get("/large", func(c *httpcore.Ctx) error { _, err := c.WriteString(large); return err })
	app.Post("/count", func(c *httpcore.Ctx) error {
		n, buf := 0, make([]byte, 3000)
		for {
			m, err := c.Read(buf)
			if n += m; err != nil {
				break
			}
		}
		return c.String(fmt.Sprint(n))
	}, httpcore.StreamBody())
	app.Post("/ignore", func(c *httpcore.Ctx) error { return c.String("ignored") }, httpcore.StreamBody())
	return app
}

// enact runs a program and returns what the model expects, whether all of
// it must arrive, and what did.
func enact(k *testkit.Kernel, program []byte) (want []due, whole bool, got string) {
	client := k.Dial()
	whole = true
	queued, ended := "", false
	for _, op := range program {
		op %= instructions
		if int(op) < len(asks) {
			queued += asks[op].in
			if !ended {
				want = append(want, asks[op].due)
				ended = asks[op].last
			}
			continue
		}
		switch op {
		case doRest:
			client.WriteString(queued)
			queued = ""
			k.Rest()
		case doSplit:
			client.WriteString(queued[:len(queued)/2])
			queued = queued[len(queued)/2:]
			k.Rest()
		case doTick:
			k.Advance(250 * time.Millisecond)
		case doStall:
			client.Stall()
		case doResume:
			client.Resume()
		case doReset:
			client.Reset()
			return want, false, string(client.Buffered())
		case doHalf:
			client.WriteString(queued)
			client.CloseWrite()
			client.Resume()
			raw, err := client.ReadAll()
			return want, whole && err == nil, string(raw)
		}
	}
	client.WriteString(queued)
	client.CloseWrite()
	client.Resume()
	raw, err := client.ReadAll()
	return want, whole && err == nil, string(raw)
}

func FuzzConversation(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 0, 15, 0})
	f.Add([]byte{10, doStall, 0, 7, 10, doRest, doTick, doResume, 11, doSplit, 8, 0, doHalf})
	f.Add([]byte{13, doSplit, 8, doSplit, 6, doSplit, 12, doSplit, 0, 16})
	f.Add([]byte{0, 8, doRest, 11, doSplit, doReset})
	f.Add([]byte{7, 7, 8, 8, 9, 0})
	f.Add([]byte{0, 14, 0})
	f.Add([]byte{5, 17, 0})
	f.Add([]byte{6, 18, 0})
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 40 {
			return
		}
		k := testkit.New(uint64(len(program)))
		app := conversant(k)
		served := make(chan error, 1)
		go func() { served <- app.Serve(k.Listener()) }()
		want, whole, got := enact(k, program)
		checkAnswers(t, want, whole, got)
		shutdown(t, app)
		<-served
		if n := app.Borrowed(); n != 0 {
			t.Errorf("%d buffers were not given back", n)
		}
	})
}

// checkAnswers compares answers with those that are due.
func checkAnswers(t *testing.T, want []due, whole bool, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "HTTP/1.1 100 Continue\r\n\r\n", "")
	r := newReader([]byte(got))
	for i, w := range want {
		if _, err := r.Peek(1); err != nil {
			if whole {
				t.Errorf("%d answers came, want %d; the next is %d", i, len(want), w.code)
			}
			return
		}
		resp, err := http.ReadResponse(r, &http.Request{Method: w.method})
		if err != nil {
			if whole {
				t.Fatalf("answer %d: %v", i, err)
			}
			return
		}
		raw, err := io.ReadAll(resp.Body)
		body := string(raw)
		if err != nil && !whole {
			return
		}
		if resp.StatusCode != w.code || w.body != "" && body != w.body || err != nil {
			t.Fatalf("answer %d: %d with %d bytes, %v; want %d with %d bytes", i, resp.StatusCode, len(body), err, w.code, len(w.body))
		}
	}
	if rest, _ := r.Peek(1); len(rest) > 0 {
		t.Errorf("something came behind the last answer")
	}
}
