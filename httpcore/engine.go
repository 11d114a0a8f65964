package httpcore

// A connection's turn. One engine per loop; everything here runs on the loop's
// goroutine.
//
// What a connection waits for is its phase. Between requests it has nothing
// but its 12 bytes in the table; a work (pool.go) is attached while something
// of it must outlive the turn: an incomplete request, unsent output, input that
// came behind a detached handler.
//
//	            ┌────────────── head, body complete: respond ◀────────────┐
//	            ▼                                                         │
//	Open ─▶ awaiting ─▶ inHead ─▶ inBody | inChunks ──────────────────────┤
//	            │  ▲                                                      │
//	            │  └── response sent ◀── detached (handler elsewhere) ◀───┘
//	            ▼
//	closing ─▶ lingering ─▶ Closed        refused, "Connection: close", drained
//
// Beside the phase a connection may be stalled: the client does not read what
// we send. Then it is watched for Writable only, nothing more is read or
// served, and unserved input is kept (backlog).

import (
	"time"

	"github.com/covetgo/covet/netpoll"
	"github.com/covetgo/covet/parser"
	"github.com/covetgo/covet/router"
)

// phase is what a connection waits for.
type phase uint8

const (
	awaiting  phase = iota // the first byte of a request; no work attached
	inHead                 // the rest of a head: work.in, work.head
	inBody                 // the rest of a body of known length: work.in
	inChunks               // the rest of a chunked body: work.chunked, work.body
	detached               // a handler on its own goroutine
	backlog                // the client to read; work.in has unserved input
	closing                // the client to read its last response
	lingering              // the client to close: we have sent FIN
	gone                   // nothing: closed in this turn
)

// conn is a connection's entry in the table. It holds no pointers, so that the
// collector never looks at a million of them.
type conn struct {
	work     uint32 // handle of the attached work, 0 none
	lingered uint32 // bytes discarded while lingering
	phase    phase
	stalled  bool // output waits in work.out
	half     bool // the client has sent its FIN
	rude     bool // closing without having read all that the client may send
}

// engine serves the connections of one loop. It implements netpoll.Handler.
type engine struct {
	app      *App
	loop     *netpoll.Loop
	conns    *netpoll.Slab[conn] // shared by all loops; each touches its own entries
	head     parser.Head         // of the request in hand
	limits   parser.Limits
	chunks   parser.ChunkLimits
	chunked  parser.Chunked
	body     []byte // a decoded chunked body that came in one piece
	out      []byte // output of the turn; empty between turns
	ctx      Ctx    // of the handlers that run on the loop
	clock    clock
	pool     pool
	draining bool
}

func newEngine(a *App, l *netpoll.Loop, conns *netpoll.Slab[conn]) *engine {
	e := &engine{app: a, loop: l, conns: conns, limits: a.limits.parserLimits(), chunks: parser.DefaultChunkLimits()}
	e.ctx.app, e.ctx.loop = a, l
	return e
}

// Open, Data, EOF, Writable, Expired and Closed are netpoll's events.

// Open starts an entry of the table.
func (e *engine) Open(s netpoll.Sock) {
	*e.conns.Grow(s.Index()) = conn{}
	if e.draining {
		e.loop.SetDeadline(s, drainFirstRequest)
	}
}

// Data serves what has come.
func (e *engine) Data(s netpoll.Sock, in []byte) {
	e.clock.refresh(e.loop)
	c := e.conns.At(s.Index())
	if c.phase != awaiting {
		e.resume(s, c, in)
		return
	}
	e.endTurn(s, c, in[e.serve(s, c, in):])
}

// serve answers the complete requests at the front of in, one after the other,
// into e.out, and returns how many bytes it is done with. What it leaves is
// unserved input behind a phase that does not go on now.
func (e *engine) serve(s netpoll.Sock, c *conn, in []byte) (n int) {
	for n < len(in) && c.phase == awaiting && !c.stalled {
		e.head.Reset()
		size, st := e.head.Parse(in[n:], &e.limits)
		if st != parser.OK {
			e.headPending(c, in[n:], st)
			return len(in)
		}
		n += e.message(s, c, in[n:], size)
	}
	return n
}

// message serves one request whose head, of the given size, is at the front of
// msg and parsed in e.head. It returns the bytes it is done with.
func (e *engine) message(s netpoll.Sock, c *conn, msg []byte, size int) int {
	rest := msg[size:]
	if e.head.Chunked || e.head.ContentLength > int64(len(rest)) || e.head.ContentLength > e.app.limits.BodyBytesMax {
		return e.bodyPending(s, c, msg, size)
	}
	n := int(e.head.ContentLength)
	e.respond(s, c, msg[:size:size], rest[:n:n])
	return size + n
}

// respond runs the handler of one complete request.
func (e *engine) respond(s netpoll.Sock, c *conn, head, body []byte) {
	ctx := &e.ctx
	ctx.begin(s, &e.head, head, body)
	if e.head.Method == parser.MethodUnknown || e.head.Form > parser.FormAbsolute {
		e.unroutable(ctx)
		e.finish(s, c, ctx)
		return
	}
	m := e.app.table.Lookup(router.Method(e.head.Method), e.head.Host.In(head), ctx.Path(), &ctx.params)
	if m.Kind != router.Found {
		e.unrouted(ctx, m)
	} else if r := &e.app.handlers[m.Route]; r.blocking {
		ctx.route = m.Route
		e.handOff(c, r.handler)
		return
	} else {
		ctx.route = m.Route
		ctx.run(r.handler)
	}
	e.finish(s, c, ctx)
}

// finish appends a handler's response to the output of the turn.
func (e *engine) finish(s netpoll.Sock, c *conn, ctx *Ctx) {
	if ctx.head.Close {
		c.phase = closing
	} else if ctx.closeAfter || e.draining {
		c.phase, c.rude = closing, true
	}
	e.out = ctx.appendResponse(e.out, &e.clock, c.phase == closing)
	if len(e.out) >= outBytesFlush {
		e.flush(s, c)
	}
}

// endTurn sends the turn's output, keeps unserved input, and sets the clock for
// what the connection waits for next.
func (e *engine) endTurn(s netpoll.Sock, c *conn, unserved []byte) {
	e.flush(s, c)
	switch c.phase {
	case awaiting:
		if c.stalled {
			e.keep(c, unserved)
			c.phase = backlog
			return
		}
		e.pool.detach(c)
		if c.half {
			e.loop.Close(s)
			return
		}
		e.loop.SetDeadline(s, e.app.limits.IdleTimeout)
	case detached:
		e.keep(c, unserved)
		if !c.stalled {
			e.loop.SetDeadline(s, 0)
		}
	case closing:
		c.rude = c.rude || len(unserved) > 0
		e.lastSent(s, c)
	case inHead, inBody, inChunks:
		if !c.stalled {
			e.loop.SetDeadline(s, e.requestTimeout(c))
		}
	}
}

// flush sends e.out and empties it. What the socket does not take is kept, and
// the connection is stalled.
func (e *engine) flush(s netpoll.Sock, c *conn) {
	if len(e.out) == 0 {
		return
	}
	n := 0
	if !c.stalled {
		var err error
		if n, err = e.loop.Send(s, e.out); err != nil {
			c.phase, n = gone, len(e.out)
		}
	}
	if n < len(e.out) {
		w := e.pool.attach(c)
		w.out = append(w.out, e.out[n:]...)
		c.stalled = true
		e.loop.Watch(s, netpoll.Writable)
		e.loop.SetDeadline(s, e.app.limits.WriteTimeout)
	}
	e.out = keepSmall(e.out)
}

// keep stores unserved input for later; in may be a part of work.in itself.
func (e *engine) keep(c *conn, in []byte) {
	if c.work == 0 && len(in) == 0 {
		return
	}
	w := e.pool.attach(c)
	w.in = append(w.in[:0], in...)
}

// Writable goes on where a stalled connection stopped.
func (e *engine) Writable(s netpoll.Sock) {
	e.clock.refresh(e.loop)
	c := e.conns.At(s.Index())
	w := e.pool.of(c)
	n, err := e.loop.Send(s, w.out[w.sent:])
	if err != nil {
		return
	}
	e.loop.SetDeadline(s, e.app.limits.WriteTimeout) // counts from the last progress
	if w.sent += n; w.sent < len(w.out) {
		return
	}
	w.out, w.sent = keepSmall(w.out), 0
	c.stalled = false
	if !c.half {
		e.loop.Watch(s, netpoll.Readable)
	}
	switch c.phase {
	case backlog:
		c.phase = awaiting
		in := w.in
		e.endTurn(s, c, in[e.serve(s, c, in):])
	case closing:
		e.lastSent(s, c)
	case detached:
		e.loop.SetDeadline(s, 0)
	default: // in the middle of a request
		e.loop.SetDeadline(s, e.requestTimeout(c))
	}
}

// EOF: the client will send no more. It may still read (half-close), so what
// it has asked for is answered first.
func (e *engine) EOF(s netpoll.Sock) {
	c := e.conns.At(s.Index())
	c.half = true
	if c.phase != detached {
		e.loop.Close(s)
	}
}

// Expired: a deadline has passed. Which one, the phase tells.
func (e *engine) Expired(s netpoll.Sock) {
	e.clock.refresh(e.loop)
	c := e.conns.At(s.Index())
	switch {
	case c.stalled:
		e.loop.Close(s)
	case c.phase == inHead || c.phase == inBody || c.phase == inChunks:
		e.refuse(c, statusRequestTimeout, "the request took too long to arrive")
		e.endTurn(s, c, nil)
	default:
		e.loop.Close(s)
	}
}

// Closed gives back what the connection still had.
func (e *engine) Closed(s netpoll.Sock, _ error) {
	c := e.conns.At(s.Index())
	e.pool.detach(c)
	c.phase = gone
}

func (e *engine) requestTimeout(c *conn) time.Duration {
	if c.phase == inHead {
		return e.app.limits.HeadTimeout
	}
	return e.app.limits.BodyTimeout
}

// drain begins the end: idle connections close, the others are told to with
// their next response.
func (e *engine) drain() {
	e.draining = true
	e.loop.Each(func(s netpoll.Sock) {
		if c := e.conns.At(s.Index()); c.phase == awaiting {
			e.loop.Close(s)
		}
	})
}
