package httpcore_test

// The parser's casebook over real sockets: what the server answers to each
// case, how often, and what it does with a request that stands behind one that
// it refuses.

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/internal/casebook"
	"github.com/covetgo/covet/parser"
)

// canary is a request that must never be served behind a refused one.
const canary = "GET /canary HTTP/1.1\r\nHost: canary\r\n\r\n"

// TestCasebookOverSockets sends the cases of parser/testdata that need no limits
// of their own. A refusal must be answered with its code, exactly once,
// and end in FIN; the canary behind it must not run.
func TestCasebookOverSockets(t *testing.T) {
	var canaries atomic.Int64
	app := httpcore.New(httpcore.Config{Loops: 1, Logger: quiet(), Backend: backend()})
	app.Handle("/{path...}", func(c *httpcore.Ctx) error {
		if string(c.Path()) == "/canary" {
			canaries.Add(1)
		}
		return c.String("ok")
	})
	addr := serve(t, app)
	cases, _ := casebook.Read(t, "../parser/testdata")
	ran := 0
	for _, c := range cases {
		if len(c.Limits) > 0 {
			continue
		}
		ran++
		want := outcomeOf(c.Input)
		before := canaries.Load()
		got := converse(t, addr, c, want)
		if got.refusal != want.refusal || len(got.methods) != len(want.methods) {
			t.Errorf("%s (%s): %d answers and refusal %d, want %d and %d; sent %q",
				c.Place, c.Row, len(got.methods), got.refusal, len(want.methods), want.refusal, c.Input)
		}
		if n := canaries.Load() - before; want.refusal != 0 && n != 0 {
			t.Errorf("%s (%s): the request behind a refused one was served %d times; sent %q", c.Place, c.Row, n, c.Input)
		}
		if t.Failed() {
			break
		}
	}
	if ran < 6000 {
		t.Errorf("only %d cases ran: is the casebook complete?", ran)
	}
}

// outcome is how a conversation goes: so many requests are answered, and then
// one is refused with a code, if that is not 0.
type outcome struct {
	methods []string // of the requests that are answered
	refusal int
	refused string // its method, if that was understood
}

// outcomeOf is the smallest server: it parses, and knows no more than when to
// stop. That the parser is right about each case is tested beside it.
func outcomeOf(in []byte) (o outcome) {
	limits, chunkLimits := httpcore.Limits{}.Parser(), parser.DefaultChunkLimits()
	var head parser.Head
	for {
		head.Reset()
		n, st := head.Parse(in, &limits)
		o.refused = head.Method.String()
		if st.IsError() {
			o.refusal = st.Code()
		}
		if st != parser.OK {
			return o
		}
		if head.ContentLength > httpcore.BodyBytesMaxDefault {
			o.refusal = 413
			return o
		}
		m, st := bodyEnd(&head, in[n:], &chunkLimits)
		if st == tooLarge {
			o.refusal = 413
		} else if st.IsError() {
			o.refusal = st.Code()
		}
		if st != parser.OK {
			return o
		}
		o.methods = append(o.methods, string(head.MethodName.In(in)))
		in = in[n+m:]
		if head.Close || head.Method == parser.MethodConnect {
			return o
		}
	}
}

// tooLarge is a body over the server's limit, which is not the parser's to know.
const tooLarge = parser.Status(255)

func bodyEnd(head *parser.Head, in []byte, limits *parser.ChunkLimits) (n int, st parser.Status) {
	if !head.Chunked {
		if int64(len(in)) < head.ContentLength {
			return 0, parser.NeedMore
		}
		return int(head.ContentLength), parser.OK
	}
	var d parser.Chunked
	for {
		_, used, st := d.Next(in[n:], limits)
		n += used
		if d.Declared() > httpcore.BodyBytesMaxDefault {
			return n, tooLarge
		}
		if st != parser.ChunkData {
			return n, st
		}
	}
}

func converse(t *testing.T, addr string, c casebook.Case, want outcome) (got outcome) {
	t.Helper()
	conn := dial(t, addr)
	defer conn.Conn.Close()
	in := string(c.Input)
	if want.refusal != 0 {
		in += canary
	}
	io.WriteString(conn.Conn, in) // the server may refuse before it has read everything
	if want.refusal == 0 {
		conn.Conn.(interface{ CloseWrite() error }).CloseWrite()
	}
	r := bufio.NewReader(conn.Conn)
	for i := 0; ; i++ {
		method := want.refused
		if i < len(want.methods) {
			method = want.methods[i]
		}
		resp, err := http.ReadResponse(r, &http.Request{Method: method})
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Errorf("%s (%s): response %d: %v; sent %q", c.Place, c.Row, i, err, in)
			return got
		}
		io.Copy(io.Discard, resp.Body)
		switch {
		case resp.StatusCode < 200 && !bytes.Contains(c.Input, []byte("100-continue")):
			t.Errorf("%s (%s): a %d that nobody waits for; sent %q", c.Place, c.Row, resp.StatusCode, in)
		case resp.StatusCode < 200:
			i--
		case got.refusal != 0:
			t.Errorf("%s (%s): a second response after a refusal; sent %q", c.Place, c.Row, in)
		case len(got.methods) == len(want.methods) && resp.StatusCode >= 400 && resp.Close:
			got.refusal = resp.StatusCode
		default:
			got.methods = append(got.methods, method)
		}
	}
}
