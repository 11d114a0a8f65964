package httpcore

// A Ctx is a context.Context: it ends when its handler has returned, when the
// client is gone, and when Shutdown runs out of time. It costs nothing until it
// is asked for Done: the loop that sees the connection end cancels the Ctx that
// is away for it, and no goroutine watches anything.
//
// While the handler is on its loop nobody else can see the connection end, so
// Done leaves the loop: who waits for it is going to wait.

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrClientGone is the cause of a Ctx that ended because its connection did: it
// was reset, or cut off at a time limit. A client that has only closed its
// sending side (half-close) is not gone: it is answered; but see CancelOnEOF.
var ErrClientGone = errors.New("httpcore: the client is gone")

// lifetime is how long a request's Ctx lives, as a context.
type lifetime struct {
	mu    sync.Mutex // the handler's goroutines and the loop meet here
	done  chan struct{}
	cause error
	after []*func() // AfterFunc's, until they are called
	seen  bool      // somebody has asked for done or after
	eof   bool      // the client has closed its sending side
	atEOF bool      // … and that is the end of it: CancelOnEOF
}

// Deadline: a Ctx has none of its own; see context.WithTimeout.
func (c *Ctx) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// Done is closed when the request has ended, for whatever reason. To ask for it
// leaves the loop, see [Ctx.LeaveLoop]; so the handler itself must be the first to
// ask, before it passes the Ctx to another goroutine.
func (c *Ctx) Done() <-chan struct{} {
	c.LeaveLoop()
	l := &c.life
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = true
	if l.done == nil {
		l.done = make(chan struct{})
		if l.cause != nil {
			close(l.done)
		}
	}
	return l.done
}

// CancelOnEOF makes the Ctx, as a context, end also when the client closes its
// sending side, as most do when they have lost interest. One that only says that
// it will ask for nothing more (half-close) looks the same, and is answered all
// the same if the handler does so. It leaves the loop, see [Ctx.LeaveLoop].
func (c *Ctx) CancelOnEOF() {
	c.LeaveLoop()
	c.endAtEOF(&c.life.atEOF)
}

// halfClosed takes note that the client has closed its sending side.
func (c *Ctx) halfClosed() { c.endAtEOF(&c.life.eof) }

// endAtEOF sets one of the two flags, and ends the Ctx if that makes both.
func (c *Ctx) endAtEOF(flag *bool) {
	l := &c.life
	l.mu.Lock()
	*flag = true
	both := l.eof && l.atEOF
	l.mu.Unlock()
	if both {
		c.cancel(ErrClientGone)
	}
}

// Err is nil until Done is closed, and context.Canceled then. [Ctx.Cause] says
// why.
func (c *Ctx) Err() error {
	if c.Cause() == nil {
		return nil
	}
	return context.Canceled
}

// Cause is why the request has ended: ErrClientGone, ErrServerClosed, or
// context.Canceled if its handler has returned; nil if it has not.
func (c *Ctx) Cause() error {
	c.life.mu.Lock()
	defer c.life.mu.Unlock()
	c.life.seen = true
	return c.life.cause
}

// AfterFunc is what package context looks for in a parent, so that a context
// derived from a Ctx needs no goroutine to watch it. See context.AfterFunc.
func (c *Ctx) AfterFunc(f func()) (stop func() bool) {
	c.LeaveLoop()
	l, own := &c.life, &f
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = true
	if l.cause != nil {
		go f()
		return func() bool { return false }
	}
	l.after = append(l.after, own)
	return func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		i := slices.Index(l.after, own)
		if i < 0 {
			return false
		}
		l.after = slices.Delete(l.after, i, i+1)
		return true
	}
}

// Value is what Set has stored for a key, nil if nothing. Keys are compared
// with ==; see context.WithValue for what makes a good one.
func (c *Ctx) Value(key any) any {
	for i := range c.values {
		if c.values[i].key == key {
			return c.values[i].value
		}
	}
	return nil
}

// Set stores a value for the time of this request, for middleware to hand on to
// handlers. It replaces one of the same key.
func (c *Ctx) Set(key, value any) {
	c.use()
	for i := range c.values {
		if c.values[i].key == key {
			c.values[i].value = value
			return
		}
	}
	c.values = append(c.values, pair{key, value})
}

type pair struct{ key, value any }

// cancel ends the Ctx as a context. The first cause stands.
func (c *Ctx) cancel(cause error) {
	l := &c.life
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause != nil {
		return
	}
	l.cause = cause
	if l.done != nil {
		close(l.done)
	}
	for _, f := range l.after {
		go (*f)()
	}
	l.after = nil
}

// ended reports whether the Ctx has ended, as a context.
func (c *Ctx) ended() bool {
	c.life.mu.Lock()
	defer c.life.mu.Unlock()
	return c.life.cause != nil
}

// over ends the Ctx as a context for good. It reports whether nobody has asked
// for that end: others may hold on to one that somebody has, as the parent of
// their own, so it must stay what it is.
func (c *Ctx) over() (unseen bool) {
	c.cancel(context.Canceled)
	c.life.mu.Lock()
	defer c.life.mu.Unlock()
	unseen = !c.life.seen
	if unseen {
		c.life.cause, c.life.eof, c.life.atEOF = nil, false, false
	}
	return unseen
}
