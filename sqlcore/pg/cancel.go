package pg

// What the end of a context does to a session's statement: it is cancelled at the server until it has ended, and an empty
// round trip follows, so that no request hits what comes next. Entry points: Session.cancelWith, Session.outcome.

import (
	"context"
	"fmt"
	"time"
)

const (
	// cancelGrace is how long a cancelled statement may take to end, and the round trip behind it. Then the
	// connection is closed.
	cancelGrace = 3 * time.Second
	// cancelAgain is how long the first cancel request has for its effect before there is a second one; this doubles.
	cancelAgain = 20 * time.Millisecond
	cancelLook  = time.Millisecond // how often it is looked whether the statement has ended
)

// cancelWith arranges that the end of a context cancels what the session runs. The function it returns undoes that,
// and reports whether it was too late.
func (s *Session) cancelWith(ctx context.Context) (stop func() bool) {
	if ctx.Done() == nil {
		return nil
	}
	finished := make(chan struct{})
	c := s.c // the session may have been given back by the time it is told
	s.over.Store(false)
	undo := context.AfterFunc(ctx, func() {
		defer close(finished)
		s.cancelUntilOver(c)
	})
	return func() bool {
		if undo() {
			return false
		}
		s.over.Store(true)
		<-finished
		return true
	}
}

// cancelUntilOver cancels what runs until it has ended: a request that overtakes its statement finds nothing to cancel,
// and the server forgets it. Whoever is waited for here makes an empty round trip afterwards, so that none hits what
// comes next.
func (s *Session) cancelUntilOver(c *conn) {
	limit := time.Now().Add(cancelGrace)
	_ = c.session.nc.SetDeadline(limit) // also if it is over by now: the round trip behind it must not wait for ever
	for wait := cancelAgain; !s.over.Load() && time.Now().Before(limit); wait *= 2 {
		s.pool.cancelOn(c, limit)
		for next := time.Now().Add(wait); !s.over.Load() && time.Now().Before(next); {
			time.Sleep(cancelLook)
		}
	}
}

// cancelOn asks the server to cancel what a session runs. The statement's end, cancelled or not, is waited for, but not
// for ever.
func (p *Pool) cancelOn(c *conn, limit time.Time) {
	_ = c.session.nc.SetDeadline(limit) // it fails if the connection is closed, and then so does the read
	limited, cancel := context.WithDeadline(p.ctx, limit)
	defer cancel()
	_ = p.dialer.cancel(limited, c.session) // if it fails, the deadline ends the wait
}

// outcome ends a statement. If a cancel request was under way, the server has been told by now, and its signal may
// still hit: so an empty round trip is made, which it may hit instead of somebody's next statement. The server
// handles a signal before it answers what came after it.
func (s *Session) outcome(ctx context.Context, stop func() bool, err error) error {
	if stop == nil || !stop() {
		return err
	}
	fence := newCall(nil, kindFence)
	if s.c.submit(fence, false, false) == sent {
		s.c.awaitDone(fence)
	}
	fence.recycle()
	if deadlineErr := s.c.session.nc.SetDeadline(time.Time{}); deadlineErr != nil {
		s.c.end(deadlineErr)
	}
	if err == nil || ctx.Err() == nil { // faster than the request; or that was Abort's, which has no cause to tell
		return err
	}
	return fmt.Errorf("%w: %w", context.Cause(ctx), err)
}
