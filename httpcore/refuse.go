package httpcore

// Everything that is not a handler's answer: no route, errors, panics, refused
// messages, and the last words on a connection.

import (
	"errors"
	"runtime/debug"

	"github.com/covetgo/covet/netpoll"
	"github.com/covetgo/covet/parser"
	"github.com/covetgo/covet/router"
)

// shedResponse answers a connection over Limits.ConnsMax. It is sent before
// anything was read, so it cannot carry a date of its own making.
var shedResponse = []byte("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n")

// Error is an answer other than success, as an error value.
type Error struct {
	// Code is the status code of the answer.
	Code int
	// Message is its text, for the client to see.
	Message string
}

// NewError makes an *Error; an empty message means the code's usual phrase.
func NewError(code int, message string) *Error {
	if message == "" {
		message = reasonPhrase(code)
	}
	return &Error{Code: code, Message: message}
}

func (e *Error) Error() string { return e.Message }

// What Config.ErrorHandler hears when no handler has run.
var (
	// ErrNotFound: no route matches the path.
	ErrNotFound = NewError(statusNotFound, "")
	// ErrMethodNotAllowed: routes match the path but not the method. The server
	// adds the Allow field.
	ErrMethodNotAllowed = NewError(statusMethodNotAllowed, "")
	// ErrNotImplemented: the method is none that this server knows.
	ErrNotImplemented = NewError(statusNotImplemented, "the method is not known to this server")
	// ErrOverloaded: as many handlers are off their loops as Limits.OffLoopMax.
	// The server adds Retry-After.
	ErrOverloaded = NewError(statusServiceUnavailable, "")
	// ErrAbort is for handlers to return: the connection is cut off, without an
	// answer or in the middle of one, and nothing is logged. Responses before it
	// on the connection are sent. It does not come to Config.ErrorHandler.
	ErrAbort = errors.New("httpcore: the handler has aborted its response")
	// ErrInternal: the handler panicked, or failed with an error that is not for
	// the client; the log has it.
	ErrInternal = NewError(statusInternalServerError, "")
)

// DefaultErrorHandler answers with an *Error's code and message as text. Any
// other error is logged, and the client sees a 500 that does not tell it.
func DefaultErrorHandler(c *Ctx, err error) {
	e, ok := err.(*Error)
	if !ok {
		e = c.answerFor(err)
	}
	if isFinal(e.Code) { // else an Error made by hand: it stays a 500
		c.status = e.Code
	}
	c.String(e.Message)
}

// answerFor finds the *Error inside err, or makes a secret of err.
func (c *Ctx) answerFor(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	c.app.logger.Error("handler failed", "pattern", c.Pattern(), "error", err)
	return ErrInternal
}

// run calls a handler, and the error handler if it must.
func (c *Ctx) run(h Handler) {
	err := c.call(h)
	if err == nil {
		err = c.fault
	}
	if err == nil && c.declared >= 0 && !c.started && c.declared != c.length() {
		err = errShort
	}
	if err != nil {
		c.fail(err)
	}
}

var errShort = errors.New("httpcore: the content is shorter than SetContentLength has declared")

// call keeps a panic from ending the process, and the end of the goroutine from
// ending the loop.
func (c *Ctx) call(h Handler) (err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if p := recover(); p != nil {
			err = c.panicked(p)
			return
		}
		c.exited()
	}()
	err = h(c)
	returned = true
	return err
}

// panicked ends the connection, since what the handler left undone is unknown.
func (c *Ctx) panicked(p any) error {
	c.app.logger.Error("handler panicked", "pattern", c.Pattern(), "panic", p, "stack", string(debug.Stack()))
	c.closeAfter = true
	return ErrInternal
}

// fail replaces what the handler has done so far by the error handler's answer.
// Its status is the error's unless the error handler sets one.
func (c *Ctx) fail(err error) {
	if errors.Is(err, ErrAbort) {
		c.aborted = true
		return
	}
	if c.started { // too late for an answer
		c.answerFor(err)
		c.broken = true
		return
	}
	c.again(err)
	returned := false
	defer func() {
		p := recover()
		if p != nil { // in the error handler
			c.fault = c.panicked(p)
		}
		if c.started { // it streams: too late
			c.broken = c.broken || c.fault != nil || !returned
		} else if c.fault != nil || !returned {
			c.again(ErrInternal)
			c.String(ErrInternal.Message)
		}
		if p == nil && !returned { // it ended its goroutine
			c.closeAfter = true
			c.LeaveLoop()
			c.goHome()
		}
	}()
	c.app.cfg.ErrorHandler(c, err)
	returned = true
}

// again begins another response, to an error.
func (c *Ctx) again(err error) {
	closeAfter := c.closeAfter
	c.response.begin()
	c.closeAfter = closeAfter
	c.status = statusInternalServerError
	if e, ok := err.(*Error); ok && isFinal(e.Code) {
		c.status = e.Code
	}
}

// match finds the route of the request.
func (c *Ctx) match() router.Match {
	if c.head.Form != parser.FormOrigin && c.isUnroutable() {
		return router.Match{Kind: router.NotFound}
	}
	return c.app.table.Lookup(router.Method(c.head.Method), c.head.Host.In(c.in), c.Path(), &c.params)
}

// isUnroutable reports whether the target is no path.
func (c *Ctx) isUnroutable() bool {
	return c.head.Form == parser.FormAuthority || c.head.Form == parser.FormAsterisk || c.isServerWide()
}

// isServerWide: OPTIONS for the server as a whole, RFC 9110 §9.3.7 and RFC 9112
// §3.2.4.
func (c *Ctx) isServerWide() bool {
	return c.head.Form == parser.FormAsterisk || c.head.Path.Len == 0 && c.head.Method == parser.MethodOptions
}

// unrouted answers what no route does.
func (c *Ctx) unrouted(m router.Match) {
	switch {
	case c.head.Form == parser.FormOrigin:
	case c.head.Form == parser.FormAuthority: // CONNECT: what follows could be meant for a tunnel
		c.closeAfter = true
		c.fail(ErrNotImplemented)
		return
	case c.isServerWide():
		c.NoContent()
		return
	}
	if c.head.Method == parser.MethodUnknown && m.Kind <= router.MethodNotAllowed {
		c.fail(ErrNotImplemented) // RFC 9110 §9.1
		return
	}
	switch m.Kind {
	case router.Options:
		c.NoContent()
		c.allow(m.Allow)
	case router.MethodNotAllowed:
		c.fail(ErrMethodNotAllowed)
		c.allow(m.Allow) // RFC 9110 §15.5.6: a MUST
	case router.RedirectSlash:
		c.redirect(append(router.AppendClean(c.scratch, c.Path()), '/'))
	case router.RedirectNoSlash:
		path := router.AppendClean(c.scratch, c.Path())
		c.redirect(path[:len(path)-1])
	case router.Unclean:
		c.redirect(router.AppendClean(c.scratch, c.Path()))
	default:
		c.fail(ErrNotFound)
	}
}

// shed answers a request that there is no room for.
func (c *Ctx) shed() {
	c.fail(ErrOverloaded)
	c.fields = append(removeField(c.fields, "Retry-After"), "Retry-After: 1\r\n"...)
}

func (c *Ctx) allow(methods router.MethodSet) {
	c.fields = removeField(c.fields, "Allow")
	c.fields = append(c.fields, "Allow: "...)
	c.fields = append(methods.Append(c.fields), "\r\n"...)
}

// redirect sends the client to another path with the same query, and keeps
// method and content (308).
func (c *Ctx) redirect(path []byte) {
	if q := c.RawQuery(); c.head.HasQuery {
		path = append(append(path, '?'), q...)
	}
	c.scratch = path
	c.status = statusPermanentRedirect
	c.fields = append(append(append(c.fields, "Location: "...), path...), "\r\n"...)
}

// refuse answers a message that cannot be understood, or not be taken, whose head
// is in e.ctx as far as it was parsed: a HEAD is refused without content. Nothing
// after it on the connection can be trusted, so it is the last one.
func (e *engine) refuse(c *conn, code int, reason string) {
	ctx := e.ctx
	ctx.begin(0, nil, nil)
	ctx.Status(code).String(reason)
	c.phase, c.linger = closing, true
	e.out = ctx.appendResponse(e.out, &e.clock, true)
}

// lastSent ends a connection whose last response is on its way. A client that
// may still be sending would get a reset, which can destroy the response
// before it is read; so we send FIN and read on for a while (RFC 9112 §9.6).
// A client that has said "Connection: close" has promised to send no more, and
// if nothing more has come, it is closed at once.
func (e *engine) lastSent(s netpoll.Sock, c *conn) {
	if c.stalled {
		return // Writable comes back here
	}
	if !c.linger || c.readClosed {
		c.phase = gone
		e.loop.Close(s)
		return
	}
	e.pool.giveBack(c)
	c.phase = lingering
	e.loop.CloseWrite(s)
	e.loop.Watch(s, netpoll.Readable)
	e.loop.SetDeadline(s, e.app.limits.LingerTimeout)
}

// discard drops what a lingering client sends.
func (e *engine) discard(s netpoll.Sock, c *conn, n int) {
	if c.lingered += uint32(n); c.lingered > lingerBytesMax {
		e.loop.Close(s)
	}
}
