package httpcore

// Requests that did not come in one piece: the rest of a head, of a body of
// known length, of a chunked one. Bodies are gathered whole, up to
// Limits.BodyBytesMax, before the handler runs.

import (
	"slices"

	"github.com/covetgo/covet/netpoll"
	"github.com/covetgo/covet/parser"
)

const bodyTooLong = "the body is longer than this server takes"

// continueResponse tells a client that waits for it to send the body (RFC 9110
// §10.1.1).
const continueResponse = "HTTP/1.1 100 Continue\r\n\r\n"

// headPending keeps an incomplete head, or refuses a wrong one.
func (e *engine) headPending(c *conn, in []byte, st parser.Status) {
	if st != parser.NeedMore {
		e.refuse(c, st.Code(), st.String())
		return
	}
	w := e.pool.lend(c)
	w.in = append(w.in[:0], in...)
	w.head = e.ctx.head
	c.phase = inHead
}

// bodyPending serves a request whose body is chunked, incomplete or too large.
// It returns the bytes of msg it is done with: all, if it keeps them.
func (e *engine) bodyPending(s netpoll.Sock, c *conn, msg []byte, size int) int {
	if n := e.startUpload(s, c, msg, size); n > 0 {
		return n
	}
	ctx, limit := e.ctx, e.app.limits.BodyBytesMax
	if ctx.head.ContentLength > limit {
		e.refuse(c, statusContentTooLarge, bodyTooLong)
		return len(msg)
	}
	if !ctx.head.Chunked {
		w := e.await(c, inBody, msg, size)
		e.askFor(c, msg[size:])
		w.in = roomFor(w.in, size+int(ctx.head.ContentLength))
		return len(msg)
	}
	e.chunked.Reset()
	ctx.chunk, ctx.trailers = keepSmall(ctx.chunk), ctx.trailers[:0]
	n, st := gather(&e.chunked, &ctx.chunk, &ctx.trailers, msg[size:], &e.chunks, limit)
	switch {
	case st == parser.OK:
		e.respond(s, c, msg[:size:size], ctx.chunk, msg[size+n:])
		return size + n
	case st == parser.NeedMore:
		w := e.await(c, inChunks, msg[:size], size)
		e.askFor(c, msg[size:])
		w.chunked = e.chunked
		w.body = append(w.body[:0], ctx.chunk...)
		w.trailers = append(w.trailers[:0], ctx.trailers...)
	default:
		e.refuseBody(c, st)
	}
	return len(msg)
}

// await keeps the start of a request whose body is still to come.
func (e *engine) await(c *conn, ph phase, msg []byte, size int) *work {
	w := e.pool.lend(c)
	w.in = append(w.in[:0], msg...)
	w.head, w.headBytes = e.ctx.head, size
	w.receiving.start(e.loop)
	c.phase = ph
	return w
}

// askFor asks for the body if the client waits to be asked, which it does not
// if some of it has come (RFC 9110 §10.1.1).
func (e *engine) askFor(c *conn, come []byte) {
	if e.ctx.head.ExpectContinue && len(come) == 0 && !c.readClosed {
		e.out = append(e.out, continueResponse...)
	}
}

// roomFor makes room for a body of declared length: at once while that is
// little, else in step with what has come, so that a mere claim costs nothing.
func roomFor(in []byte, whole int) []byte {
	if whole > bodyBytesTrusted {
		whole = min(whole, max(bodyBytesTrusted, 2*len(in)))
	}
	return slices.Grow(in, max(0, whole-len(in)))
}

// gather decodes chunks from in to the end of body, and trailer lines to the end
// of trailers. It returns the bytes of in that it consumed. The status ChunkData
// means that body has no room for more.
func gather(d *parser.Chunked, body, trailers *[]byte, in []byte, lim *parser.ChunkLimits, bodyBytesMax int64) (int, parser.Status) {
	n := 0
	for {
		before := d.TrailerBytes()
		data, used, st := d.Next(in[n:], lim)
		*trailers = append(*trailers, d.TrailersIn(in[n:n+used], before)...)
		n += used
		if d.Declared() > bodyBytesMax { // announced, if not here yet
			return n, parser.ChunkData
		}
		*body = append(*body, data...)
		if st != parser.ChunkData {
			return n, st
		}
	}
}

// refuseBody answers what gather could not go on with.
func (e *engine) refuseBody(c *conn, st parser.Status) {
	if st == parser.ChunkData {
		e.refuse(c, statusContentTooLarge, bodyTooLong)
		return
	}
	e.refuse(c, st.Code(), st.String())
}

// resume takes bytes for a connection that is in the middle of something.
func (e *engine) resume(s netpoll.Sock, c *conn, in []byte) {
	if c.phase == lingering {
		e.discard(s, c, len(in))
		return
	}
	w := e.pool.lend(c)
	switch c.phase {
	case inHead:
		e.resumeHead(s, c, w, in)
	case inBody:
		e.resumeBody(s, c, w, in)
	case inChunks:
		e.resumeChunks(s, c, w, in)
	case discarding:
		e.resumeDiscard(s, c, w, in)
	case offLoop:
		if u := e.uploading(c); u != nil {
			e.resumeUpload(s, c, w, u, in)
			return
		}
		w.in = append(w.in, in...) // pipelined behind a handler
		e.settle(s, c)
	}
}

func (e *engine) resumeHead(s netpoll.Sock, c *conn, w *work, in []byte) {
	wasBlank := e.blank(c)
	w.in = append(w.in, in...)
	size, st := w.head.Parse(w.in, &e.limits)
	if st == parser.NeedMore {
		if wasBlank { // else the deadline of the head's first byte stands
			e.settle(s, c)
		}
		return
	}
	c.phase = awaiting
	e.ctx.head = w.head
	if st != parser.OK {
		e.refuse(c, st.Code(), st.String())
		e.endTurn(s, c, nil)
		return
	}
	all := e.takeInput(w)
	n := e.message(s, c, all, size)
	n += e.serve(s, c, all[n:])
	e.endTurn(s, c, all[n:])
}

func (e *engine) resumeBody(s netpoll.Sock, c *conn, w *work, in []byte) {
	size, whole := w.headBytes, w.headBytes+int(w.head.ContentLength)
	w.in = append(roomFor(w.in, whole), in...)
	if len(w.in) < whole {
		w.receiving.bytes += int64(len(in))
		e.settle(s, c)
		return
	}
	c.phase = awaiting
	e.ctx.head = w.head
	all := e.takeInput(w)
	e.respond(s, c, all[:size:size], all[size:whole:whole], all[whole:])
	n := whole + e.serve(s, c, all[whole:])
	e.endTurn(s, c, all[n:])
}

func (e *engine) resumeChunks(s netpoll.Sock, c *conn, w *work, in []byte) {
	n, st := gather(&w.chunked, &w.body, &w.trailers, in, &e.chunks, e.app.limits.BodyBytesMax)
	if st == parser.NeedMore {
		w.receiving.bytes += int64(len(in))
		e.settle(s, c)
		return
	}
	c.phase = awaiting
	e.ctx.head = w.head
	if st != parser.OK {
		e.refuseBody(c, st)
		e.endTurn(s, c, nil)
		return
	}
	head := e.takeInput(w)
	e.ctx.chunk, w.body = w.body, keepSmall(e.ctx.chunk)
	e.ctx.trailers, w.trailers = w.trailers, e.ctx.trailers[:0]
	e.respond(s, c, head, e.ctx.chunk, in[n:])
	e.lent = true // what comes behind the body lies where it was received
	n += e.serve(s, c, in[n:])
	e.endTurn(s, c, in[n:])
}
