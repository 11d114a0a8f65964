package httpcore

// Responses that are sent while their handler still makes them. Up to
// streamBytes nothing is different: what is written is gathered, and leaves with
// its Content-Length when the handler returns. Beyond that, or at a Flush, the
// response has started: its head is out and cannot be changed any more.
//
//	handler's goroutine                     loop
//	Write … Flush ─▶ content ─── Post ────▶ push: head, chunk, Send
//	   waits ◀──────────── acked ────────── all taken by the socket, or:
//	   waits                                stalled, Writable … then acked
//	returns ──────────────── Post ────────▶ endStream: last chunk, trailers
//
// So no more than streamBytes of a response are in memory, and twice that while
// the client does not read. A handler that streams leaves its loop: to write is
// to wait.

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/covetgo/covet/parser"
)

// streamBytes is what a response gathers before it starts, and its largest
// chunk: with more, sends would not get cheaper.
const streamBytes = 32 << 10

var (
	// ErrStarted: the head of the response has been sent.
	ErrStarted = errors.New("httpcore: the response has started")
	// ErrContentLength: what was written is not what SetContentLength said.
	ErrContentLength = errors.New("httpcore: the content is longer than was declared")
	// ErrNoContent: a response of this status (204, 205, 304) has no content.
	ErrNoContent = errors.New("httpcore: a response with this status has no content")
)

// stream is the part of a response that has to do with sending it in pieces.
type stream struct {
	started  bool
	chunked  bool
	last     bool   // the connection ends with this response
	broken   bool   // it cannot be completed
	declared int64  // SetContentLength's, −1 none
	written  int64  // bytes of content so far
	ending   []byte // trailer lines

	pushing bool       // the loop's: Writable is to acknowledge
	acked   chan error // one place; made when first needed
}

func (s *stream) begin() {
	s.started, s.chunked, s.last, s.broken = false, false, false, false
	s.declared, s.written = -1, 0
	s.ending = s.ending[:0]
}

// Write adds to the content. It copies p. When more than 32 KiB have been
// written, they are sent while the handler runs, and Write waits until the
// client takes them (see Limits.WriteTimeout); it leaves the loop, see
// [Ctx.LeaveLoop]. The media type is what
// Header("Content-Type", …) says.
func (c *Ctx) Write(p []byte) (n int, err error) {
	c.use()
	return write(c, p)
}

// WriteString is Write for a string.
func (c *Ctx) WriteString(s string) (n int, err error) {
	c.use()
	return write(c, s)
}

func write[T string | []byte](c *Ctx, p T) (n int, err error) {
	if err := c.mayWrite(len(p)); err != nil {
		return 0, err
	}
	for n < len(p) {
		room := streamBytes - len(c.content)
		if room <= 0 {
			if err := c.Flush(); err != nil {
				return n, err
			}
			continue
		}
		end := min(n+room, len(p))
		c.content = append(c.content, p[n:end]...)
		c.written += int64(end - n)
		n = end
	}
	return n, nil
}

// mayWrite says why n more bytes cannot be written, and makes the content one
// that can be added to.
func (c *Ctx) mayWrite(n int) error {
	if c.text != "" {
		c.content, c.text = append(c.content[:0], c.text...), ""
	}
	if !c.started && c.written == 0 {
		c.written = int64(len(c.content))
	}
	switch {
	case c.broken:
		return ErrClientGone
	case !mayHaveContent(c.status):
		return ErrNoContent
	case c.declared >= 0 && c.written+int64(n) > c.declared:
		return ErrContentLength
	}
	return nil
}

// SetContentLength declares how long the content will be, in bytes. Without it
// a response that is sent in pieces is chunked (RFC 9112 §7.1), or ends with its
// connection if the client speaks HTTP/1.0. If the handler writes less, the
// connection is cut off, so that the client can tell.
func (c *Ctx) SetContentLength(bytes int64) error {
	c.use()
	switch {
	case c.started:
		return ErrStarted
	case bytes < 0:
		return fmt.Errorf("httpcore: a content length of %d", bytes)
	}
	c.declared = bytes
	return nil
}

// Trailer sets a field to be sent behind the content, for what is known only
// then: a checksum, a final status. It is dropped if the response is not
// chunked. What recipients need before the content, or for routing and framing,
// must not be sent here and is ErrField (RFC 9110 §6.5.1). Announce it with
// Header("Trailer", name) if you can.
func (c *Ctx) Trailer(name, value string) error {
	c.use()
	if err := checkField(name, value); err != nil {
		return err
	}
	for _, early := range [...]string{"Authorization", "Cache-Control", "Content-Encoding", "Content-Range", "Content-Type",
		"Expires", "Host", "Location", "Retry-After", "Set-Cookie", "TE", "Trailer", "Upgrade", "Vary", "WWW-Authenticate"} {
		if strings.EqualFold(name, early) {
			return fmt.Errorf("%w: %s cannot come behind the content", ErrField, name)
		}
	}
	c.ending = appendField(c.ending, name, value)
	return nil
}

// Flush sends what has been written so far and waits until the client's side has
// taken it; see Write. An error means that the client is gone.
func (c *Ctx) Flush() error {
	c.use()
	if err := c.mayWrite(0); err != nil {
		return err
	}
	c.LeaveLoop()
	if c.acked == nil {
		c.acked = make(chan error, 1)
	}
	c.errand.Run = c.push
	if c.loop.Post(&c.errand) != nil {
		c.broken = true
		return ErrServerClosed
	}
	if err := <-c.acked; err != nil {
		c.broken = true
		return err
	}
	return nil
}

// push runs on the loop, while the handler waits.
func (c *Ctx) push() {
	e, s := c.engine, c.sock
	if !e.loop.Alive(s) {
		c.acked <- e.whyGone()
		return
	}
	conn := e.conns.At(s.Index())
	e.clock.refresh(e.loop)
	if !c.started {
		e.startStream(conn, c)
	}
	e.out = c.appendPiece(e.out)
	c.pushing = true
	e.flush(s, conn)
	if !conn.stalled {
		c.acknowledge(conn.phase == gone)
	}
}

// acknowledge lets the handler go on.
func (c *Ctx) acknowledge(gone bool) {
	if !c.pushing {
		return
	}
	c.pushing = false
	if gone {
		c.acked <- c.engine.whyGone()
	} else {
		c.acked <- nil
	}
}

// startStream writes the head of a response whose content comes in pieces.
func (e *engine) startStream(conn *conn, c *Ctx) {
	c.started = true
	c.chunked = c.declared < 0 && c.head.Minor > 0
	c.last = c.head.Close || c.closeAfter || e.draining || conn.served == e.servedMax || c.declared < 0 && !c.chunked
	out := c.appendType(c.appendHead(e.out, &e.clock, c.last))
	if c.chunked {
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	} else if c.declared >= 0 {
		out = c.appendDeclared(out)
	}
	e.out = append(out, "\r\n"...)
}

// appendPiece writes what has been gathered, as a chunk or as it is.
func (c *Ctx) appendPiece(out []byte) []byte {
	piece := c.content
	c.content = c.content[:0]
	if len(piece) == 0 || c.head.Method == parser.MethodHead {
		return out
	}
	if !c.chunked {
		return append(out, piece...)
	}
	out = strconv.AppendUint(out, uint64(len(piece)), 16)
	out = append(append(out, "\r\n"...), piece...)
	return append(out, "\r\n"...)
}

// endStream writes what is left of a response that has started. One that cannot
// be completed is cut off: its framing tells the client so, unless its end is
// that of the connection (HTTP/1.0).
func (e *engine) endStream(c *conn, ctx *Ctx) {
	ctx.last = ctx.last || ctx.closeAfter || e.draining || ctx.bodyLeft()
	short := ctx.declared >= 0 && ctx.written != ctx.declared && ctx.head.Method != parser.MethodHead
	if ctx.broken || short {
		e.out = e.out[:0]
		c.phase = gone
		e.loop.Close(ctx.sock)
		return
	}
	e.out = ctx.appendPiece(e.out)
	if ctx.chunked && ctx.head.Method != parser.MethodHead {
		e.out = append(append(append(e.out, "0\r\n"...), ctx.ending...), "\r\n"...)
	}
	if ctx.last {
		c.phase, c.linger = closing, ctx.maySend()
	}
}
