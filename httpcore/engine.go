package httpcore

// A connection's turn. One engine per loop; everything here runs on the loop's
// goroutine.
//
// What a connection waits for is its phase. Between requests it has nothing
// but its 16 bytes in the table; a work (pool.go) is lent to it while something
// of it must outlive the turn: an incomplete request, unsent output, input that
// came behind a handler that is off the loop.
//
//	            ┌────────────── head, body complete: respond ◀────────────┐
//	            ▼                                                         │
//	Open ─▶ awaiting ─▶ inHead ─▶ inBody | inChunks ──────────────────────┤
//	            │  ▲                                                      │
//	            │  └── response sent ◀── offLoop (handler elsewhere) ◀────┘
//	            │  └── discarding ◀───── a body that the handler left unread
//	            ▼
//	closing ─▶ lingering ─▶ Closed        refused, "Connection: close", drained
//
// Beside the phase a connection may be stalled: the client does not read what
// we send. Then it is watched for Writable only, nothing more is read (but the
// body of a handler that reads beside writing) or served, and unserved input is
// kept (backlog).
//
// Read Data first and follow its calls; settle says what every phase is watched
// for and how long.

import (
	"io"
	"slices"
	"time"

	"github.com/covetgo/covet/netpoll"
	"github.com/covetgo/covet/parser"
	"github.com/covetgo/covet/router"
)

// phase is what a connection waits for.
type phase uint8

const (
	awaiting   phase = iota // the first byte of a request; no work lent
	inHead                  // the rest of a head: work.in, work.head
	inBody                  // the rest of a body of known length: work.in
	inChunks                // the rest of a chunked body: work.chunked, work.body
	offLoop                 // a handler on its own goroutine
	backlog                 // its turn: work.in has unserved input
	discarding              // the rest of a body that the handler did not want
	closing                 // the client to read its last response
	lingering               // the client to close: we have sent FIN
	gone                    // nothing: closed in this turn
)

// conn is a connection's entry in the table. It holds no pointers, so that the
// collector never looks at a million of them.
type conn struct {
	work       uint32 // handle of the work that is lent to it, 0 none
	lingered   uint32 // bytes discarded while lingering
	served     uint32 // requests
	phase      phase
	stalled    bool // output waits in work.out
	readClosed bool // the client has sent its FIN
	linger     bool // closing although the client may still send
}

// engine serves the connections of one loop. It implements netpoll.Handler.
type engine struct {
	app       *App
	loop      *netpoll.Loop
	conns     *netpoll.Slab[conn] // shared by all loops; each touches its own entries
	limits    parser.Limits
	chunks    parser.ChunkLimits
	chunked   parser.Chunked
	clock     clock
	pool      pool
	draining  bool
	servedMax uint32 // Limits.RequestsPerConnMax; 0 is reached after 2³² requests, which does no harm

	// The request in hand. Its handler sees ctx and what that points to; ctx goes
	// with it if it leaves the loop, the rest stays.
	ctx  *Ctx
	lent bool   // it came in one piece, and lies in the loop's scratch
	rest []byte // what came behind it
	out  []byte // output of the turn; empty between turns

	waiting  []netpoll.Sock // connections whose backlog goes on in the next turn
	resuming []netpoll.Sock // those of this turn, the last one first
	goOn     netpoll.Task   // that sees to them
	goingOn  bool           // it is posted

	// What the loop may do before the next handler computes (crowd.go).
	share      time.Time // when it has had its share
	shareCalls uint32    // Loop.Calls, when it was last asked
	sharing    bool      // admitLater is posted
	admitLater netpoll.Task
}

func newEngine(a *App, l *netpoll.Loop, conns *netpoll.Slab[conn]) *engine {
	e := &engine{app: a, loop: l, conns: conns, limits: a.limits.parserLimits(), chunks: parser.DefaultChunkLimits()}
	e.ctx = e.pool.context(e)
	e.servedMax = uint32(a.limits.RequestsPerConnMax)
	e.clock.serverLine = a.serverLine
	e.goOn.Run = e.serveWaiting
	e.admitLater.Run = e.admit
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
		e.lent = false
		e.resume(s, c, in)
		return
	}
	e.lent = true
	e.endTurn(s, c, in[e.serve(s, c, in):])
}

// serve answers the complete requests at the front of in, one after the other,
// into e.out, and returns how many bytes it is done with. What it leaves is
// unserved input behind a phase that does not go on now.
func (e *engine) serve(s netpoll.Sock, c *conn, in []byte) (n int) {
	for count := 0; n < len(in) && c.phase == awaiting && !c.stalled; count++ {
		if count == requestsPerTurnMax {
			e.postpone(s, c)
			return n
		}
		head := &e.ctx.head
		head.Reset()
		size, st := head.Parse(in[n:], &e.limits)
		if st != parser.OK {
			e.headPending(c, in[n:], st)
			return len(in)
		}
		n += e.message(s, c, in[n:], size)
	}
	return n
}

// message serves one request whose head, of the given size, is at the front of
// msg and parsed in e.ctx. It returns the bytes it is done with.
func (e *engine) message(s netpoll.Sock, c *conn, msg []byte, size int) int {
	head, rest := &e.ctx.head, msg[size:]
	if head.Chunked || head.ContentLength > int64(len(rest)) || head.ContentLength > e.app.limits.BodyBytesMax {
		return e.bodyPending(s, c, msg, size)
	}
	n := int(head.ContentLength)
	e.respond(s, c, msg[:size:size], rest[:n:n], rest[n:])
	return size + n
}

// respond runs the handler of one complete request, behind which rest came. It
// does not return if the handler loses the loop.
func (e *engine) respond(s netpoll.Sock, c *conn, head, body, rest []byte) {
	ctx := e.ctx
	ctx.begin(s, head, body)
	c.served++
	m := ctx.match()
	e.rest = rest
	if m.Kind != router.Found {
		e.call(s, c, nil, m)
		return
	}
	ctx.route = m.Route
	r := &e.app.handlers[m.Route]
	place := r.pace.place.Load()
	switch {
	case r.hint != blocking && place == onLoop:
		e.call(s, c, r.handler, m)
	case r.hint != blocking && place != elsewhere:
		e.call(s, c, r.next(), m)
	case r.stream && int64(len(body)) > e.app.limits.StreamBytesMax:
		e.call(s, c, tooLarge, m)
	case e.app.full():
		e.call(s, c, nil, m)
	default:
		e.handOff(c, r)
	}
}

// call runs a handler on the loop, or what answers when there is none: for no
// route, or because there is no room for another handler off the loop.
func (e *engine) call(s netpoll.Sock, c *conn, h Handler, m router.Match) {
	ctx := e.ctx
	ctx.ticket = e.loop.Enter()
	switch {
	case h != nil:
		ctx.run(h)
	case m.Kind == router.Found:
		ctx.shed()
	default:
		ctx.unrouted(m)
	}
	if o := e.loop.Leave(ctx.ticket); o != netpoll.Kept {
		ctx.late(o)
	}
	e.finish(s, c, ctx)
}

// finish appends a handler's response to the output of the turn, or what is left
// of it.
func (e *engine) finish(s netpoll.Sock, c *conn, ctx *Ctx) {
	switch {
	case ctx.aborted:
		e.cutOff(c)
	case ctx.started:
		e.endStream(c, ctx)
	default:
		e.respondWhole(c, ctx)
	}
	if u := ctx.upload; u != nil && u.open && c.phase == awaiting {
		e.discardBody(c, u.left)
	}
	if poisoning {
		ctx.release()
		if ctx == e.ctx {
			e.ctx = e.pool.context(e)
		}
	}
	if len(e.out) >= outBytesFlush {
		e.flush(s, c)
	}
}

// cutOff ends a connection whose handler does not want to answer, when the client has taken what was sent before. It
// lingers, since a reset could destroy that.
func (e *engine) cutOff(c *conn) {
	if c.phase != gone {
		c.phase, c.linger = closing, true
	}
}

// respondWhole appends a response whose content is complete.
func (e *engine) respondWhole(c *conn, ctx *Ctx) {
	if ctx.head.Close {
		c.phase, c.linger = closing, ctx.maySend()
	} else if ctx.closeAfter || e.draining || ctx.bodyLeft() || c.served == e.servedMax {
		c.phase, c.linger = closing, true
	}
	e.out = ctx.appendResponse(e.out, &e.clock, c.phase == closing)
}

// endTurn sends the turn's output, keeps unserved input, and leaves the
// connection to wait for what comes next.
func (e *engine) endTurn(s netpoll.Sock, c *conn, unserved []byte) {
	if e.draining && c.phase == awaiting && !c.stalled && len(unserved) == 0 {
		c.phase, c.linger = closing, true
	}
	e.flush(s, c)
	if c.phase == awaiting && c.work == 0 && !c.readClosed { // as most turns end
		e.loop.SetDeadline(s, e.app.limits.IdleTimeout)
		return
	}
	switch {
	case c.phase == awaiting && c.stalled:
		c.phase = backlog
		e.keep(c, unserved)
	case c.phase == offLoop || c.phase == backlog:
		e.keep(c, unserved)
	case c.phase == closing && len(unserved) > 0:
		c.linger = true
	}
	e.settle(s, c)
}

// settle watches a connection for what its phase waits for, and sets its
// deadline. A stalled one has both since flush found it so.
func (e *engine) settle(s netpoll.Sock, c *conn) {
	if c.stalled {
		e.watchStalled(s, c)
		return
	}
	switch c.phase {
	case awaiting:
		e.pool.giveBack(c)
		e.read(s, c, e.app.limits.IdleTimeout)
	case inHead:
		if e.blank(c) {
			e.read(s, c, e.app.limits.IdleTimeout)
			return
		}
		e.read(s, c, e.app.limits.HeadTimeout)
	case inBody, inChunks, discarding:
		e.read(s, c, e.bodyTime(e.pool.of(c)))
	case offLoop:
		e.settleOffLoop(s, c)
	case backlog:
		e.loop.Watch(s, 0)
		e.loop.SetDeadline(s, 0) // it goes on in the next turn
	case closing:
		e.lastSent(s, c)
	}
}

// watchStalled waits until the client takes what it is sent. It may want to send the rest of its body first, to a handler
// that reads beside writing.
func (e *engine) watchStalled(s netpoll.Sock, c *conn) {
	want := netpoll.Writable
	if c.phase == offLoop {
		if u := e.uploading(c); u != nil && u.wants() {
			want |= netpoll.Readable
		}
	}
	e.loop.Watch(s, want)
}

// read waits for more bytes, if more can come.
func (e *engine) read(s netpoll.Sock, c *conn, limit time.Duration) {
	if c.readClosed {
		e.loop.Close(s)
		return
	}
	e.loop.Watch(s, netpoll.Readable)
	e.loop.SetDeadline(s, limit)
}

// settleOffLoop reads on behind a handler that is away, until something comes:
// one piece of input is enough to keep.
func (e *engine) settleOffLoop(s netpoll.Sock, c *conn) {
	if u := e.uploading(c); u != nil && u.wants() {
		e.loop.Watch(s, netpoll.Readable)
		limit := time.Duration(0)
		if u.due() {
			limit = e.bodyTime(e.pool.of(c))
		}
		e.loop.SetDeadline(s, limit)
		return
	}
	if e.uploading(c) != nil || len(e.pool.of(c).in) > 0 || c.readClosed {
		e.loop.Watch(s, 0)
	} else {
		e.loop.Watch(s, netpoll.Readable)
	}
	e.loop.SetDeadline(s, 0)
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
		w := e.pool.lend(c)
		w.out = append(w.out, e.out[n:]...)
		if !c.stalled {
			c.stalled = true
			w.stall(e.loop)
			e.watchStalled(s, c)
			e.loop.SetDeadline(s, e.writeTime(w))
		}
	}
	e.out = keepSmall(e.out)
}

// keep stores unserved input for later.
func (e *engine) keep(c *conn, in []byte) {
	if c.work == 0 && len(in) == 0 {
		return
	}
	w := e.pool.lend(c)
	w.in = append(w.in[:0], in...)
}

// postpone ends the turn of a connection that has had its share: others come
// first, and the rest of its input in the next turn.
func (e *engine) postpone(s netpoll.Sock, c *conn) {
	c.phase = backlog
	e.waiting = append(e.waiting, s)
	e.serveRestLater()
}

// serveRestLater sees to it that postponed connections have their turn.
func (e *engine) serveRestLater() {
	if e.goingOn || len(e.waiting)+len(e.resuming) == 0 {
		return
	}
	e.goingOn = true
	e.loop.Post(&e.goOn)
}

// serveWaiting goes on with the connections that were postponed before it: those
// that are again, while it runs, wait for another turn. It can be left in the
// middle (Taken), and goes on from there.
func (e *engine) serveWaiting() {
	e.goingOn = false
	e.clock.refresh(e.loop)
	if len(e.resuming) == 0 {
		e.waiting, e.resuming = e.resuming, e.waiting
		slices.Reverse(e.resuming)
	}
	for len(e.resuming) > 0 {
		last := len(e.resuming) - 1
		s := e.resuming[last]
		e.resuming = e.resuming[:last]
		if c := e.conns.At(s.Index()); e.loop.Alive(s) && c.phase == backlog && !c.stalled {
			c.phase = awaiting
			e.serveKept(s, c)
		}
	}
	e.serveRestLater()
}

// serveKept goes on with the input that was kept.
func (e *engine) serveKept(s netpoll.Sock, c *conn) {
	var in []byte
	if c.work != 0 {
		in = e.takeInput(e.pool.of(c))
	}
	e.lent = false
	e.endTurn(s, c, in[e.serve(s, c, in):])
}

// takeInput moves what was kept into the hands of the next handler: it may need
// that for longer than the connection has its work.
func (e *engine) takeInput(w *work) []byte {
	e.ctx.input, w.in = w.in, keepSmall(e.ctx.input)
	return e.ctx.input
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
	if w.sent += n; w.sent < len(w.out) {
		w.sending.bytes += int64(n)
		e.loop.SetDeadline(s, e.writeTime(w))
		return
	}
	w.out, w.sent = keepSmall(w.out), 0
	c.stalled = false
	w.unstall(e.loop)
	if w.away != nil {
		w.away.acknowledge(false)
	}
	if c.phase == backlog {
		c.phase = awaiting
		e.serveKept(s, c)
		return
	}
	e.settle(s, c)
}

// EOF: the client will send no more. It may still read (half-close), so what
// it has asked for is answered first.
func (e *engine) EOF(s netpoll.Sock) {
	c := e.conns.At(s.Index())
	c.readClosed = true
	if c.phase != offLoop {
		e.loop.Close(s)
		return
	}
	e.pool.of(c).away.halfClosed()
	if u := e.uploading(c); u != nil {
		u.fail(io.ErrUnexpectedEOF)
	}
}

// Expired: a deadline has passed. Which one, the phase tells.
func (e *engine) Expired(s netpoll.Sock) {
	e.clock.refresh(e.loop)
	c := e.conns.At(s.Index())
	if c.phase == offLoop && !c.stalled {
		if u := e.uploading(c); u != nil {
			u.fail(ErrBodyTimeout)
		}
		return
	}
	inRequest := c.phase == inHead && !e.blank(c) || c.phase == inBody || c.phase == inChunks
	if c.stalled || !inRequest {
		e.loop.Close(s)
		return
	}
	e.ctx.head = e.pool.of(c).head
	e.refuse(c, statusRequestTimeout, "the request took too long to arrive")
	e.endTurn(s, c, nil)
}

// Closed gives back what the connection still had, and tells its handler.
func (e *engine) Closed(s netpoll.Sock, _ error) {
	c := e.conns.At(s.Index())
	if c.work != 0 {
		if away := e.pool.of(c).away; away != nil {
			away.cancel(e.whyGone())
			away.acknowledge(true)
			if away.upload != nil {
				away.upload.fail(e.whyGone())
			}
		}
	}
	e.pool.giveBack(c)
	c.phase = gone
}

// whyGone is the cause of what ends now.
func (e *engine) whyGone() error {
	if e.app.cutOff.Load() {
		return ErrServerClosed
	}
	return ErrClientGone
}

// blank reports whether nothing of the request has come but line ends, which
// some clients send behind a body (RFC 9112 §2.2). Such a connection is idle.
func (e *engine) blank(c *conn) bool {
	for _, b := range e.pool.of(c).in {
		if b != '\r' && b != '\n' {
			return false
		}
	}
	return true
}

// drain begins the end: idle connections close, the others are told to with
// their next response.
func (e *engine) drain() {
	e.draining = true
	e.loop.Each(func(s netpoll.Sock) {
		c := e.conns.At(s.Index())
		if c.phase == awaiting || c.phase == inHead && !c.stalled && e.blank(c) {
			e.loop.Close(s)
		}
	})
}
