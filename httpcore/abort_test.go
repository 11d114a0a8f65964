package httpcore_test

import (
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/covetgo/covet/httpcore"
)

// A handler that aborts cuts its connection off without a word of its own. What was asked before it is answered, what
// comes behind it is not, and the error handler does not hear of it.
func TestAbort(t *testing.T) {
	app := newApp(httpcore.Config{ErrorHandler: func(c *httpcore.Ctx, err error) {
		t.Errorf("the error handler was called with %v", err)
	}})
	abort := func(c *httpcore.Ctx) error { c.String("never sent"); return httpcore.ErrAbort }
	app.Get("/inline", abort, httpcore.Inline())
	app.Get("/blocking", abort, httpcore.Blocking())
	app.Get("/leaves", func(c *httpcore.Ctx) error { c.LeaveLoop(); return abort(c) })
	app.Post("/body", abort, httpcore.StreamBody())
	addr := serve(t, app)

	for _, path := range []string{"/inline", "/blocking", "/leaves"} {
		c := dial(t, addr).send(get + request(path) + get)
		c.answer().want(t, 200, "Hello, World!")
		c.wantEnd()
	}
	dial(t, addr).send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf").wantEnd()
}

// In the middle of a response, what was flushed stays sent and looks broken.
func TestAbortStream(t *testing.T) {
	app := newApp(httpcore.Config{})
	app.Get("/", func(c *httpcore.Ctx) error {
		c.WriteString("part")
		if err := c.Flush(); err != nil {
			return err
		}
		c.WriteString("never sent")
		return httpcore.ErrAbort
	})
	resp, err := http.ReadResponse(dial(t, serve(t, app)).send(request("/")).r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(resp.Body); err == nil || string(body) != "part" {
		t.Errorf("%q, %v; want an error behind the part", body, err)
	}
}

// One goroutine of a handler may read while another writes: each piece is echoed before the next one is sent, and the
// client has said that it wants to be told to go on.
func TestReadBesideWrite(t *testing.T) {
	app := newApp(httpcore.Config{})
	app.Post("/", func(c *httpcore.Ctx) error {
		pieces := make(chan []byte)
		var reader sync.WaitGroup
		reader.Go(func() {
			defer close(pieces)
			for {
				p := make([]byte, 16)
				n, err := c.Read(p)
				if n > 0 {
					pieces <- p[:n]
				}
				if err != nil {
					return
				}
			}
		})
		defer reader.Wait()
		c.WriteString("begin ")
		if err := c.Flush(); err != nil {
			return err
		}
		for p := range pieces {
			c.Write(p)
			if err := c.Flush(); err != nil {
				return err
			}
		}
		return nil
	}, httpcore.StreamBody())
	c := dial(t, serve(t, app)).send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
	resp := skipContinue(t, c)
	buf := make([]byte, 64)
	for _, piece := range []string{"begin ", "one", "two", "three"} {
		if piece != "begin " {
			c.send(string(rune('0'+len(piece))) + "\r\n" + piece + "\r\n")
		}
		if n, err := io.ReadFull(resp.Body, buf[:len(piece)]); err != nil || string(buf[:n]) != piece {
			t.Fatalf("read %q, %v; want %q", buf[:n], err, piece)
		}
	}
	c.send("0\r\n\r\n")
	if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
		t.Errorf("behind the last piece: %q, %v", rest, err)
	}
}

// skipContinue reads the response to a request that expects 100 (Continue), which may come before it or not at all.
func skipContinue(t *testing.T, c *client) *http.Response {
	for {
		resp, err := http.ReadResponse(c.r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 100 {
			return resp
		}
	}
}
