package pg

// Who reads. Among the callers that wait on a connection one leads: it reads for itself and for everyone before and
// behind it, and when its own answer is there, it hands the lead to another. So a lone caller writes, parks in
// its own read, and returns, and no goroutine is woken but its own. A caller whose context ends while it leads is
// called away by a deadline in the past. Entry point: await.
//
// The deputy, a goroutine that sleeps otherwise, reads where no caller does: for calls whose callers have gone, and on
// connections that are idle, so that one that dies is known before it is used.

import (
	"context"
	"errors"
	"os"
	"time"
)

// await returns when the call is done, or when ctx is: then the call is not the caller's any more.
func (c *conn) await(ctx context.Context, q *call) error {
	if c.takeLead(q) {
		return c.lead(ctx, q)
	}
	e := lead
	if ctx.Done() == nil {
		e = <-q.wake
	} else {
		select {
		case e = <-q.wake:
		case <-ctx.Done():
			return c.leave(ctx, q, false)
		}
	}
	if e == lead {
		return c.lead(ctx, q)
	}
	return nil
}

// takeLead gives the lead to the caller of q if it waits, and nobody has it.
func (c *conn) takeLead(q *call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reading || q.state.Load() != waiting {
		return false
	}
	c.reading = true
	c.lone = canLook && c.socket != nil && c.fill-c.head.Load() <= 2 // this call and its Sync
	return true
}

// awaitDone is await for a call that nothing calls its caller away from.
func (c *conn) awaitDone(q *call) {
	_ = c.await(context.Background(), q) // that context never ends
}

// lead reads until q is done, and passes the lead on. If q streams, it returns with the lead kept as soon as there
// are rows: such a connection has no other callers.
func (c *conn) lead(ctx context.Context, q *call) error {
	if ctx.Done() != nil {
		c.mu.Lock()
		c.leader = ctx
		c.mu.Unlock()
		stop := context.AfterFunc(ctx, c.away)
		defer stop()
	}
	c.self = q
	for q.state.Load() == waiting {
		if q.stream && q.rowCount > 0 { // perhaps they came with the answer before
			return nil
		}
		err := c.readNext()
		switch calledAway := ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded); {
		case err != nil && !calledAway:
			c.fail(err)
			return nil
		case q.state.Load() != waiting:
		case calledAway:
			return c.leave(ctx, q, true)
		}
	}
	c.self = nil
	c.handOver()
	return nil
}

// readNext reads once, and knows whether it is for a lone caller.
func (c *conn) readNext() error {
	if c.lone {
		c.lone = false
		return c.readLone()
	}
	return c.readOnce()
}

// inThePast ends a read that is under way.
var inThePast = time.Unix(1, 0)

// callAway ends the read of whoever leads, if its context has ended. It may come late, when another leads.
func (c *conn) callAway() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leader != nil && c.leader.Err() != nil {
		c.calledAway = true
		_ = c.session.nc.SetReadDeadline(inThePast) // it fails if the connection is closed, and then so does the read
	}
}

// leave gives up a call whose context has ended. Whoever reads its answer drops that, and recycles the call.
func (c *conn) leave(ctx context.Context, q *call, leading bool) error {
	c.mu.Lock()
	q.canLead = false
	select {
	case e := <-q.wake:
		if e == answered {
			c.mu.Unlock()
			return nil
		}
		leading = true // it was just given the lead
	default:
	}
	c.left.Add(1)
	gone := q.state.CompareAndSwap(waiting, abandoned) // from here on, q may be anyone's
	c.mu.Unlock()
	if !gone {
		c.left.Add(-1)
		<-q.wake // it was answered at the same moment
		return nil
	}
	if leading {
		c.self = nil
		c.handOver()
	}
	return context.Cause(ctx)
}

// handOver gives the lead to the oldest call that can take it, or to the deputy if all that wait cannot. Calls count
// that are not sent yet: their callers may sleep already, since they saw somebody lead, and who flushes for them
// may be gone by the time they are answered.
func (c *conn) handOver() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leader = nil
	if c.calledAway {
		c.calledAway = false
		_ = c.session.nc.SetReadDeadline(time.Time{}) // it fails if the connection is closed, and then so does the read
	}
	if c.dead != nil {
		c.failAll(c.dead)
		return
	}
	switch heir, others := c.heir(); {
	case heir != nil:
		heir.wake <- lead // has room: an unanswered call has no other event
	case others:
		c.callDeputy()
	default:
		c.reading = false
	}
}

// heir is the oldest call whose caller can lead. others tells whether any call waits for its answer. mu is held.
func (c *conn) heir() (heir *call, others bool) {
	if q := c.last; q != nil { // it has left the ring, and waits for ReadyForQuery, which may come in another read
		if q.canLead {
			return q, true
		}
		others = true
	}
	for i := c.head.Load(); i != c.fill; i++ {
		q := *c.entry(i)
		if q == nil {
			continue
		}
		if q.canLead {
			return q, true
		}
		others = true
	}
	return nil, others
}

// callDeputy wakes the deputy to read. The caller has set reading for it.
func (c *conn) callDeputy() {
	c.deputyOnce.Do(func() { go c.deputy() })
	c.deputyWake <- struct{}{} // has room: there is one lead to give
}

// deputy reads while it has the lead.
func (c *conn) deputy() {
	for {
		select {
		case <-c.deputyWake:
		case <-c.closed:
			select {
			case <-c.deputyWake: // it has the lead, and with it the calls to fail
			default:
				return
			}
		}
		for keep := true; keep; keep = c.keepLead() {
			if err := c.readOnce(); err != nil {
				c.fail(err)
				return
			}
		}
	}
}

// keepLead reports whether the deputy goes on reading: nobody else can, or the connection was idle and still is.
func (c *conn) keepLead() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	heir, others := c.heir()
	switch {
	case c.dead != nil: // the next read fails what is left
		return true
	case heir != nil:
		heir.wake <- lead // has room: an unanswered call has no other event
		return false
	case others || c.idle:
		return true
	}
	c.reading = false
	return false
}

// watch lets the deputy read an idle connection, so that its end is noticed. One that is stuck, it ends.
func (c *conn) watch(stuck bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if stuck && c.left.Load() > 0 {
		c.kill(errStuck)
	}
	if !c.reading && c.dead == nil && c.fill == c.head.Load() {
		c.reading, c.idle = true, true
		c.callDeputy()
	}
}
