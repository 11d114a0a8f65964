package pg

// A lane: a few connections that many callers share. Entry point: run.

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// resendsMax bounds how often a call is sent again because it provably did not run (or only read): the number of
	// tries after the first. Being skipped counts too, but only once: the second time, a call travels alone.
	resendsMax = 4
	// The time between attempts to connect: it doubles with each failure, and is drawn from the half up to the whole,
	// so that clients which lost their server together do not come back together.
	backoffMin = 10 * time.Millisecond
	backoffMax = 500 * time.Millisecond
	watchEvery = 500 * time.Millisecond
	// stuckLooks is after how many looks without any answer a connection is given up, if a caller has given up waiting
	// on it. A server that was stopped, or a network that swallows packets, shows in nothing else; without callers that
	// give up, a slow statement is just slow.
	stuckLooks = 20
)

// errStuck ends a connection that does not answer.
var errStuck = errors.New("no answer for too long, and a caller has given up")

// lane is a set of slots.
type lane struct {
	pool     *Pool
	name     string
	group    bool              // many queries per Sync
	again    bool              // a call whose outcome is unknown may be sent again: it only reads
	settings map[string]string // of its sessions
	slots    []*slot
}

// slot is a place for one connection. A connection that has died is closed before the next one is opened, so a
// lane never has more of them than slots, closing ones included.
type slot struct {
	conn atomic.Pointer[conn]

	mu      sync.Mutex
	dialing chan struct{} // closed when the attempt under way has ended; nil if there is none
	err     error         // of the last attempt
	backoff time.Duration
	uses    uint32 // position of the ring at the last look of the watch
	still   int    // looks since it moved
}

// newLane makes a lane with n slots.
func newLane(p *Pool, name string, n int, group, again bool, settings map[string]string) *lane {
	l := &lane{pool: p, name: name, group: group, again: again, settings: settings}
	for range n {
		l.slots = append(l.slots, &slot{})
	}
	return l
}

// run sends a call and waits for its answer. If it returns nil or an error of the server, q holds it and is the
// caller's to recycle; ok tells whether q still is the caller's.
func (l *lane) run(ctx context.Context, q *call) (ok bool, err error) {
	for try := 0; ; try++ {
		c, err := l.submit(ctx, q)
		if err != nil {
			return true, err
		}
		if err := c.await(ctx, q); err != nil {
			return false, err
		}
		if q.err != nil && l.pool.dialer.conf.wantsWrites() && !l.again && IsCode(q.err, codeReadOnly) {
			l.retire(c)
		}
		if q.err == nil || try == resendsMax || !l.mayResend(q) {
			return true, q.err
		}
		if q.err == errSkipped {
			q.solo = try > 0
		}
		if e := (*Error)(nil); errors.As(q.err, &e) && e.planChanged() && q.kind == kindQuery {
			if err := l.pool.describeAgain(ctx, l, q); err != nil {
				return true, err
			}
		}
		q.reset()
		q.retries++ // up to resendsMax
	}
}

// mayResend reports whether a failed call may be sent again: it did not run, or it did nothing but read.
func (l *lane) mayResend(q *call) bool {
	if q.err == errSkipped {
		return true
	}
	var lost *ConnError
	if errors.As(q.err, &lost) {
		return l.again || !lost.Sent
	}
	var e *Error
	return errors.As(q.err, &e) && (e.planChanged() || (l.again && e.fatal()))
}

// submit finds a connection with room and puts the call on it.
func (l *lane) submit(ctx context.Context, q *call) (*conn, error) {
	cancellable := ctx.Done() != nil
	if c := l.best(); c != nil && (!cancellable || ctx.Err() == nil) && c.submit(q, cancellable, false) == sent {
		return c, nil
	}
	return l.submitSlowly(ctx, func(c *conn) submitted { return c.submit(q, cancellable, false) })
}

// best is the live connection with the fewest unanswered entries, nil if there is none.
func (l *lane) best() *conn {
	var best *conn
	least := ringEntries + 1
	for _, s := range l.slots {
		if c := s.conn.Load(); c != nil {
			if n := c.load(); n < least {
				best, least = c, n
			}
		}
	}
	return best
}

// submitSlowly is for when there is no connection, or no room: put is tried until it has both.
func (l *lane) submitSlowly(ctx context.Context, put func(*conn) submitted) (*conn, error) {
	limit := time.NewTimer(l.pool.options.AcquireTimeout)
	defer limit.Stop()
	for {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		var wait <-chan struct{}
		c := l.best()
		if c == nil {
			var err error
			if wait, err = l.connect(); err != nil {
				return nil, err
			}
		} else {
			c.starved.Add(1)
			switch put(c) {
			case sent:
				c.starved.Add(-1)
				c.passRoom()
				return c, nil
			case unsendable:
				c.starved.Add(-1)
				return nil, errTooLong
			case connDead:
				l.lost(c)
				c.starved.Add(-1)
				continue
			}
			wait = c.room
		}
		err := l.waitFor(ctx, wait, limit.C, c)
		if c != nil {
			c.starved.Add(-1)
		}
		if err != nil {
			return nil, err
		}
	}
}

// passRoom wakes the next caller that waits for room, if there may be more of it.
func (c *conn) passRoom() {
	if c.starved.Load() > 0 {
		select {
		case c.room <- struct{}{}:
		default:
		}
	}
}

// waitFor waits for room or for a connection.
func (l *lane) waitFor(ctx context.Context, wait <-chan struct{}, limit <-chan time.Time, c *conn) error {
	var closed chan struct{}
	if c != nil {
		closed = c.closed
	}
	select {
	case <-wait:
		return nil
	case <-closed:
		l.lost(c)
		return nil
	case <-l.pool.closed:
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-limit:
		return l.busy()
	}
}

// busy says why nothing could be sent for so long.
func (l *lane) busy() error {
	var inFlight int
	var last error
	for _, s := range l.slots {
		if c := s.conn.Load(); c != nil {
			inFlight += c.load()
		}
		s.mu.Lock()
		last = errors.Join(last, s.err)
		s.mu.Unlock()
	}
	text := fmt.Sprintf("pg: no room on the %s lane for %v: %d connections, %d entries in flight", l.name, l.pool.options.AcquireTimeout, len(l.slots), inFlight)
	if last != nil {
		return fmt.Errorf("%s: %w", text, last)
	}
	return errors.New(text)
}

// connect sees to it that every empty slot is being filled, and returns what to wait for.
func (l *lane) connect() (<-chan struct{}, error) {
	var first <-chan struct{}
	for _, s := range l.slots {
		if wait := l.fill(s); wait != nil && first == nil {
			first = wait
		}
	}
	if l.pool.isClosed() {
		return nil, ErrClosed
	}
	if first == nil { // filled meanwhile
		ready := make(chan struct{})
		close(ready)
		first = ready
	}
	return first, nil
}

// fill starts to connect a slot that is empty, unless that is under way.
func (l *lane) fill(s *slot) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn.Load() != nil {
		return nil
	}
	if s.dialing == nil && !l.pool.isClosed() {
		s.dialing = make(chan struct{})
		go l.dial(s, s.dialing, s.backoff)
	}
	return s.dialing
}

// dial makes one attempt to connect a slot, after the time that failures before it have earned.
func (l *lane) dial(s *slot, ended chan struct{}, backoff time.Duration) {
	defer close(ended)
	if backoff > 0 {
		select {
		case <-time.After(backoff/2 + rand.N(backoff/2)):
		case <-l.pool.closed:
		}
	}
	open, err := l.pool.dialer.dial(l.pool.ctx, l.settings)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dialing, s.err = nil, err
	if err != nil {
		s.backoff = min(max(2*backoff, backoffMin), backoffMax)
		return
	}
	s.backoff = 0
	c := newConn(open, l.group, l.pool.options.ResultBytesMax)
	c.guard = l.again && open.pooled
	s.conn.Store(c)
	if l.pool.isClosed() {
		c.end(ErrClosed)
	}
}

// lost takes a dead connection out of its slot. A first failure is not waited for: only attempts to connect are.
func (l *lane) lost(c *conn) {
	for _, s := range l.slots {
		s.conn.CompareAndSwap(c, nil)
	}
}

// watch looks after connections: those that died are replaced, and those that nobody used since the last look are
// read, so that the end of an idle one is noticed when it comes.
func (l *lane) watch() {
	for _, s := range l.slots {
		c := s.conn.Load()
		if c == nil {
			continue
		}
		select {
		case <-c.closed:
			l.lost(c)
			l.fill(s)
			continue
		default:
		}
		if now := c.head.Load(); now != s.uses {
			s.uses, s.still = now, 0
			continue
		}
		s.still++
		c.watch(s.still >= stuckLooks)
	}
}
