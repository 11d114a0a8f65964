package parser

import (
	"fmt"
	"strings"
)

// A replay is the smallest server that could use this package: it takes bytes as they come, parses one message
// after the other and notes what happened. It ends with the first refusal, as a connection must.
type replay struct {
	lim    Limits
	chunk  ChunkLimits
	place  func([]byte) []byte // puts the bytes of each call somewhere new
	events []string

	head    Head
	chunked Chunked
	state   replayState
	pending []byte // received and not yet consumed
	body    []byte // of the current message, so far
	left    int64  // bytes missing of a body with Content-Length
}

type replayState uint8

const (
	inHead replayState = iota
	inBody
	inChunks
	refused
)

// play runs one input, cut into pieces, and returns the events.
func play(c *testCase, place func([]byte) []byte, pieces ...[]byte) []string {
	r := &replay{lim: c.lim, chunk: c.chunk, place: place}
	for _, piece := range pieces {
		r.pending = append(r.pending, piece...)
		for r.step() {
		}
	}
	if r.state == inBody || r.state == inChunks || r.state == inHead && len(r.pending) > 0 {
		r.note("more")
	}
	return r.events
}

func (r *replay) note(format string, args ...any) {
	r.events = append(r.events, strings.TrimSuffix(fmt.Sprintf(format, args...), " "))
}

func (r *replay) refuse(st Status) bool {
	r.note("%d %s", st.Code(), st)
	r.state = refused
	return false
}

// step reports whether another one may make progress without new bytes.
func (r *replay) step() bool {
	switch r.state {
	case inHead:
		return r.stepHead()
	case inBody:
		n := min(r.left, int64(len(r.pending)))
		r.body, r.pending, r.left = append(r.body, r.pending[:n]...), r.pending[n:], r.left-n
		return r.left == 0 && r.endBody()
	case inChunks:
		return r.stepChunks()
	}
	return false
}

func (r *replay) stepHead() bool {
	buf := r.place(r.pending)
	n, st := r.head.Parse(buf, &r.lim)
	if again, stAgain := r.head.Parse(buf, &r.lim); again != n || stAgain != st {
		r.note("not stable: %d %v, then %d %v", n, st, again, stAgain)
	}
	switch {
	case st == NeedMore && n == 0:
		return false
	case st.IsError() && n == 0:
		return r.refuse(st)
	case st != OK || n <= 0 || n > len(buf):
		r.note("impossible: %d %v", n, st)
		return r.refuse(st)
	}
	h := &r.head
	r.describe(buf[:n:n]) // spans must lie within the head
	r.pending = r.pending[n:]
	r.left, r.body, r.state = h.ContentLength, nil, inBody
	if h.Chunked {
		r.state = inChunks
		r.chunked.Reset()
	}
	if !h.Chunked && h.ContentLength == 0 {
		r.state = inHead
	}
	h.Reset()
	return true
}

func (r *replay) describe(head []byte) {
	h := &r.head
	r.note("ok %s 1.%d %s", h.Method, h.Minor, formNames[h.Form])
	r.note("method %s", escape(h.MethodName.In(head)))
	r.note("target %s", escape(h.Target.In(head)))
	r.note("path %s", escape(h.Path.In(head)))
	if h.HasQuery {
		r.note("query %s", escape(h.Query.In(head)))
	}
	r.note("host %s", escape(h.Host.In(head)))
	for _, f := range h.Fields() {
		r.note("field %s: %s", escape(f.Name.In(head)), escape(f.Value.In(head)))
	}
	body, last := "none", "persist"
	switch {
	case h.Chunked && h.ContentLength != 0:
		body = "contradictory"
	case h.Chunked:
		body = "chunked"
	case h.ContentLength != 0:
		body = fmt.Sprint(h.ContentLength)
	}
	switch {
	case h.Close && h.KeepAlive:
		last = "contradictory"
	case h.Close:
		last = "close"
	case h.KeepAlive:
		last = "keep-alive"
	}
	r.note("body %s", body)
	r.note("connection %s", last)
	r.note("expect %v", h.ExpectContinue)
	r.note("upgrade %v", h.Upgrade)
}

func (r *replay) stepChunks() bool {
	if len(r.pending) == 0 {
		return false
	}
	buf := r.place(r.pending)
	data, n, st := r.chunked.Next(buf, &r.chunk)
	r.body, r.pending = append(r.body, data...), r.pending[n:]
	switch {
	case (len(data) > 0) != (st == ChunkData) || st == NeedMore && len(r.pending) > 0:
		r.note("impossible: %d bytes of data, %d left, %v", len(data), len(r.pending), st)
		return r.refuse(st)
	case st.IsError():
		r.noteBody()
		if data, n, again := r.chunked.Next(r.pending, &r.chunk); again != st || n != 0 || data != nil {
			r.note("not stable: %v, then %v", st, again)
		}
		return r.refuse(st)
	case st == OK:
		return r.endBody()
	}
	return true
}

func (r *replay) endBody() bool {
	r.noteBody()
	r.note("end")
	r.state = inHead
	return true
}

func (r *replay) noteBody() {
	shown := escape(r.body)
	if len(r.body) > 80 {
		shown = fmt.Sprintf("%s... %d bytes", shown[:8], len(r.body))
	}
	r.note("data %s", shown)
}

// required are the events an expectation must name, each of them; the others it names as it pleases.
func required(event string) bool {
	word, _, _ := strings.Cut(event, " ")
	switch word {
	case "method", "target", "path", "query", "host", "field", "body", "connection", "expect", "upgrade":
		return false
	}
	return true
}

// mismatch compares what happened with what a case expects, and describes the first difference.
func mismatch(events, expect []string) string {
	for _, event := range events {
		switch {
		case len(expect) > 0 && expect[0] == event:
			expect = expect[1:]
		case required(event) && len(expect) > 0:
			return fmt.Sprintf("got %q, want %q", event, expect[0])
		case required(event):
			return fmt.Sprintf("got %q, want nothing more", event)
		}
	}
	if len(expect) > 0 {
		return fmt.Sprintf("got nothing more, want %q", expect[0])
	}
	return ""
}
