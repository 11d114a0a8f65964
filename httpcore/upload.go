package httpcore

// Request bodies that are read while they come. A route registered with
// StreamBody gets its handler as soon as the head is complete, on a goroutine,
// and the body through Ctx.Read:
//
//	loop: Data ─▶ decode ─▶ buf ─▶ Read: handler's goroutine
//	         ▲               │
//	         │               └─ uploadBytes unread: the socket is not read any
//	         └── Post(go on) ◀─ more, until Read has taken half of them
//
// So a client that sends faster than the handler reads is held up by TCP, and
// no body is ever in memory as a whole. What the handler leaves unread is
// discarded if it is little; else the connection ends with the response.

import (
	"errors"
	"io"
	"sync"

	"github.com/covetgo/covet/netpoll"
	"github.com/covetgo/covet/parser"
	"github.com/covetgo/covet/router"
)

// uploadBytes is how much of a body may be received and unread, before what one
// more Data brings.
const uploadBytes = 64 << 10

var (
	// ErrBodyTooLarge: the body is longer than Limits.StreamBytesMax.
	ErrBodyTooLarge = NewError(statusContentTooLarge, bodyTooLong)
	// ErrBodyTimeout: the body came too slowly, see Limits.BodyTimeout.
	ErrBodyTimeout = NewError(statusRequestTimeout, "the request took too long to arrive")
	// ErrBodyClosed: the handler has called CloseBody.
	ErrBodyClosed = errors.New("httpcore: the body has been closed")
)

// StreamBody makes the route's handler run as soon as a request's head has come,
// with the body still on its way; it is read with [Ctx.Read]. ([Ctx.Body] has it
// only if all of it came with the head.) The handler has a goroutine of its own.
func StreamBody() RouteOption {
	return func(r *registration) { r.stream = true }
}

// upload is a body between the loop, which fills it, and the handler.
type upload struct {
	mu       sync.Mutex
	more     sync.Cond // buf or err has changed
	buf      []byte    // decoded; unread from off on
	off      int
	trailers []byte
	err      error // after buf: io.EOF at the end of the body
	closed   bool  // nobody reads any more
	paused   bool  // the loop waits until the handler has read
	asked    bool  // the client waits for 100 (Continue), and Read has not asked yet

	// The loop's own.
	open    bool // the end of the body has not come
	chunked bool
	left    int64 // of a body of known length
	decoder parser.Chunked
}

// Read reads the request's body, decoded from its transfer coding. On a route
// with StreamBody it waits for more if it must, and returns io.EOF at the end; a
// client that is gone, too slow, or sends what it should not is another error.
// On other routes it reads [Ctx.Body].
//
// On a route with StreamBody one goroutine may read while another writes, as
// long as the handler does not return before both are done.
func (c *Ctx) Read(p []byte) (int, error) {
	c.use()
	u := c.upload
	if u == nil {
		n := copy(p, c.body[c.read:])
		if c.read += n; n == 0 && len(p) > 0 {
			return 0, io.EOF
		}
		return n, nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for u.off == len(u.buf) && u.err == nil && !u.closed {
		if u.asked {
			u.asked = false
			c.post(c.sendContinue)
		}
		u.more.Wait()
	}
	if u.closed {
		return 0, ErrBodyClosed
	}
	n := copy(p, u.buf[u.off:])
	if u.off += n; u.off == len(u.buf) {
		u.buf, u.off = u.buf[:0], 0
	}
	if u.paused && len(u.buf)-u.off < uploadBytes/2 {
		u.paused = false
		c.post(c.readOn)
	}
	if n == 0 && len(p) > 0 {
		return 0, u.err
	}
	return n, nil
}

// CloseBody makes Read return ErrBodyClosed, also one that is waiting, on routes
// with StreamBody. What has not been read is discarded when the handler has
// returned if it is little; else the connection ends with the response.
func (c *Ctx) CloseBody() {
	c.use()
	if u := c.upload; u != nil {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.closed = true
		u.more.Broadcast()
	}
}

// post runs f on the loop, and does not wait for it.
func (c *Ctx) post(f func()) { c.loop.Post(&netpoll.Task{Run: f}) }

// sendContinue runs on the loop: the handler wants the body (RFC 9110 §10.1.1).
func (c *Ctx) sendContinue() {
	e, s := c.engine, c.sock
	if !c.isHere() || !c.upload.open {
		return
	}
	conn := e.conns.At(s.Index())
	if !c.started { // else it is too late for an interim response, and the client may send or not
		e.out = append(e.out, continueResponse...)
		e.flush(s, conn)
	}
	e.pool.of(conn).receiving.start(e.loop)
	e.settle(s, conn)
}

// readOn runs on the loop: the handler has made room.
func (c *Ctx) readOn() {
	if !c.isHere() {
		return
	}
	e := c.engine
	conn := e.conns.At(c.sock.Index())
	w := e.pool.of(conn)
	w.receiving.began += e.loop.Now() - w.waits
	e.settle(c.sock, conn)
}

// isHere reports whether the connection still waits for this handler.
func (c *Ctx) isHere() bool {
	e := c.engine
	if !e.loop.Alive(c.sock) {
		return false
	}
	conn := e.conns.At(c.sock.Index())
	return conn.work != 0 && e.pool.of(conn).away == c
}

// startUpload runs the handler of a request whose body is still to come, if its
// route wants that. It returns the bytes of msg it is done with; 0: it does not.
func (e *engine) startUpload(s netpoll.Sock, c *conn, msg []byte, size int) int {
	ctx := e.ctx
	if !e.app.streams {
		return 0
	}
	ctx.begin(s, msg[:size:size], nil)
	m := ctx.match()
	if m.Kind != router.Found || !e.app.handlers[m.Route].stream {
		return 0
	}
	ctx.route = m.Route
	if e.app.full() {
		e.rest = nil
		ctx.closeAfter = true // for the body that comes
		e.call(s, c, nil, m)
		return len(msg)
	}
	if ctx.head.ContentLength > e.app.limits.StreamBytesMax {
		e.refuse(c, statusContentTooLarge, bodyTooLong)
		return len(msg)
	}
	rest := msg[size:]
	u := &upload{open: true, chunked: ctx.head.Chunked, left: ctx.head.ContentLength}
	u.more.L = &u.mu
	u.asked = ctx.head.ExpectContinue && len(rest) == 0 && !c.readClosed
	ctx.upload = u
	n := e.feed(u, rest)
	c.served++
	w := e.pool.lend(c)
	w.receiving.start(e.loop)
	w.waits = e.loop.Now()
	e.handOff(c, &e.app.handlers[m.Route])
	return size + n
}

// tooLarge answers in place of the handler when the body is there, and longer
// than it may be.
func tooLarge(*Ctx) error { return ErrBodyTooLarge }

// feed decodes what has come of the body. It returns how much of in that was.
func (e *engine) feed(u *upload, in []byte) (n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.off > 0 {
		u.buf = append(u.buf[:0], u.buf[u.off:]...)
		u.off = 0
	}
	u.asked = u.asked && len(in) == 0 // it does not wait
	st := parser.NeedMore
	if u.chunked {
		n, st = gather(&u.decoder, &u.buf, &u.trailers, in, &e.chunks, e.app.limits.StreamBytesMax)
	} else {
		n = int(min(u.left, int64(len(in))))
		u.buf = append(u.buf, in[:n]...)
		if u.left -= int64(n); u.left == 0 {
			st = parser.OK
		}
	}
	switch {
	case st == parser.OK:
		u.end(io.EOF)
		u.open = false
	case st == parser.ChunkData:
		u.end(ErrBodyTooLarge)
	case st != parser.NeedMore:
		u.end(NewError(st.Code(), st.String()))
	}
	u.paused = len(u.buf) >= uploadBytes && u.err == nil
	u.more.Broadcast()
	return n
}

// end says what comes behind the bytes, with u.mu held.
func (u *upload) end(err error) {
	if u.err == nil {
		u.err = err
	}
	u.more.Broadcast()
}

// fail ends a body that will not be complete.
func (u *upload) fail(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.end(err)
}

// wants reports whether the body can take more: it has not ended, and its reader
// keeps up.
func (u *upload) wants() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.open && u.err == nil && !u.paused
}

// due reports whether the client is the one who is waited for.
func (u *upload) due() bool { return u.wants() && !u.waits() }

// uploading is the body that c's handler reads, nil if it reads none.
func (e *engine) uploading(c *conn) *upload {
	if away := e.pool.of(c).away; away != nil && away.upload != nil && away.upload.open {
		return away.upload
	}
	return nil
}

// resumeUpload takes bytes of the body, and what comes behind it.
func (e *engine) resumeUpload(s netpoll.Sock, c *conn, w *work, u *upload, in []byte) {
	w.waits = e.loop.Now() // if it is to be the handler who is waited for
	n := e.feed(u, in)
	w.receiving.bytes += int64(n)
	if !u.open {
		w.in = append(w.in, in[n:]...)
	}
	e.settle(s, c)
}

// bodyLeft reports whether the connection must end with this response because
// too much of the body is still to come, or nobody knows how much.
func (c *Ctx) bodyLeft() bool {
	u := c.upload
	if u == nil || !u.open {
		return false
	}
	return u.chunked || u.failed() || u.waits() || u.left > discardBytesMax
}

func (u *upload) failed() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err != nil
}

// waits reports whether the client may still wait to be asked for the body, and
// so perhaps never send it.
func (u *upload) waits() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.asked
}

// discardBody reads on behind a response whose handler did not want the rest of
// the body.
func (e *engine) discardBody(c *conn, left int64) {
	w := e.pool.lend(c)
	w.skip = left
	w.receiving.start(e.loop)
	c.phase = discarding
}

// resumeDiscard drops bytes of that body, and serves what is behind it.
func (e *engine) resumeDiscard(s netpoll.Sock, c *conn, w *work, in []byte) {
	n := int(min(w.skip, int64(len(in))))
	if w.skip -= int64(n); w.skip > 0 {
		w.receiving.bytes += int64(n)
		e.settle(s, c)
		return
	}
	c.phase = awaiting
	e.lent = true
	rest := in[n:]
	e.endTurn(s, c, rest[e.serve(s, c, rest):])
}

var errStreamInline = errors.New("the options StreamBody and Inline exclude each other: such a handler waits")
