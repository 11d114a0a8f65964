package pg

// Connections with one owner at a time, for what the shared lanes cannot carry: transactions, and results that are
// read as they come. Entry points: Pool.Acquire, Session.Query.

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/covetgo/covet/sqlcore/wire"
)

const holderFrames = 12 // of the stack, kept to name who holds a session

// pinned is the pool of these connections.
type pinned struct {
	pool *Pool
	max  int

	mu      sync.Mutex
	idle    []*conn // the one used last comes first
	open    int     // connections, those being opened and closed included
	waiting []chan *conn
	holders map[*Session]struct{}
}

// newPinned makes an empty one.
func newPinned(p *Pool, max int) *pinned {
	return &pinned{pool: p, max: max, holders: map[*Session]struct{}{}}
}

// Session is a connection that its holder has for itself. It is for one goroutine at a time, and must be released, or,
// if a Connector opened it, closed.
type Session struct {
	pool *Pool
	c    *conn
	held []*call // submitted and not sent yet: they go with the next one, in its group
	open *Rows   // still coming, or copying; nothing else can be run

	over     atomic.Bool // what is being cancelled has ended
	notBegun error       // why a transaction did not begin; its statements must not run without it

	since  time.Time
	frames [holderFrames]uintptr
	depth  int
}

// Acquire takes a session, or waits for one. If none comes free in AcquireTimeout, the error names those who
// hold them.
func (p *Pool) Acquire(ctx context.Context) (*Session, error) {
	ended := p.options.Hooks.acquiring(ctx)
	c, err := p.pinned.acquire(ctx)
	ended(err)
	if err != nil {
		return nil, err
	}
	s := &Session{pool: p, c: c, since: time.Now()}
	s.depth = runtime.Callers(2, s.frames[:])
	p.pinned.mu.Lock()
	p.pinned.holders[s] = struct{}{}
	p.pinned.mu.Unlock()
	return s, nil
}

// acquire takes an idle connection, opens one, or waits.
func (l *pinned) acquire(ctx context.Context) (*conn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	l.mu.Lock()
	for len(l.idle) > 0 {
		c := l.idle[len(l.idle)-1]
		l.idle = l.idle[:len(l.idle)-1]
		if c.alive() {
			l.mu.Unlock()
			return c, nil
		}
		l.discard(c)
	}
	if l.pool.isClosed() {
		l.mu.Unlock()
		return nil, ErrClosed
	}
	if l.open < l.max {
		l.open++
		l.mu.Unlock()
		return l.dial(ctx)
	}
	turn := make(chan *conn, 1)
	l.waiting = append(l.waiting, turn)
	l.mu.Unlock()
	return l.wait(ctx, turn)
}

// wait waits for a turn: a connection, or nil, which is the right to open one.
func (l *pinned) wait(ctx context.Context, turn chan *conn) (*conn, error) {
	limit := time.NewTimer(l.pool.options.AcquireTimeout)
	defer limit.Stop()
	var err error
	select {
	case c := <-turn:
		return l.take(ctx, c)
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-l.pool.closed:
		err = ErrClosed
	case <-limit.C:
		err = l.busy()
	}
	l.mu.Lock()
	for i, w := range l.waiting {
		if w == turn {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			l.mu.Unlock()
			return nil, err
		}
	}
	l.mu.Unlock()
	return l.take(ctx, <-turn) // it came at the same moment
}

// take uses a turn.
func (l *pinned) take(ctx context.Context, c *conn) (*conn, error) {
	if c != nil {
		return c, nil
	}
	return l.dial(ctx)
}

// dial opens a connection, for which open already counts.
func (l *pinned) dial(ctx context.Context) (*conn, error) {
	open, err := l.pool.dialer.dial(ctx, nil)
	if err == nil && l.pool.isClosed() {
		err = errors.Join(ErrClosed, open.nc.Close())
	}
	if err != nil {
		l.mu.Lock()
		l.giveUp()
		l.mu.Unlock()
		return nil, err
	}
	return newConn(open, false, l.pool.options.ResultBytesMax), nil
}

// giveUp passes the place of a connection that is no more to whoever waits. mu is held.
func (l *pinned) giveUp() {
	if len(l.waiting) > 0 {
		l.waiting[0] <- nil
		l.waiting = l.waiting[1:]
		return
	}
	l.open--
}

// discard closes a connection. mu is held.
func (l *pinned) discard(c *conn) {
	c.end(ErrClosed)
	l.giveUp()
}

// put takes a connection back.
func (l *pinned) put(c *conn, reusable bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case !reusable || l.pool.isClosed():
		l.discard(c)
	case len(l.waiting) > 0:
		l.waiting[0] <- c
		l.waiting = l.waiting[1:]
	default:
		l.idle = append(l.idle, c)
	}
}

// close ends the connections that are idle. Those that are held end when they are released.
func (l *pinned) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.idle {
		l.discard(c)
	}
	l.idle = nil
}

// BusyError says that no session came free in time, and who holds them.
type BusyError struct {
	Waited  time.Duration
	Holders []string // file:line of who acquired each, and for how long it has been held
}

// Error lists the holders.
func (e *BusyError) Error() string {
	return fmt.Sprintf("pg: no session came free in %v; held by:\n\t%s", e.Waited, strings.Join(e.Holders, "\n\t"))
}

// busy makes a BusyError.
func (l *pinned) busy() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &BusyError{Waited: l.pool.options.AcquireTimeout}
	for s := range l.holders {
		e.Holders = append(e.Holders, fmt.Sprintf("%s for %v", s.holder(), time.Since(s.since).Round(time.Millisecond)))
	}
	return e
}

// holder names the place in the program that acquired the session: the first one outside of these packages.
func (s *Session) holder() string {
	frames := runtime.CallersFrames(s.frames[:s.depth])
	place := "unknown"
	for {
		f, more := frames.Next()
		if f.File != "" {
			place = fmt.Sprintf("%s (%s:%d)", f.Function, f.File, f.Line)
		}
		ours := strings.Contains(f.Function, "covet/sqlcore") && !strings.HasSuffix(f.File, "_test.go")
		if !more || !ours {
			return place
		}
	}
}

// Release gives the session back. In a transaction, the connection is closed: the server rolls back.
func (s *Session) Release() {
	l := s.pool.pinned
	l.mu.Lock()
	delete(l.holders, s)
	l.mu.Unlock()
	if r := s.open; r != nil && r != copying {
		r.drop()
	}
	reusable := !s.Dead() && len(s.held) == 0 && s.open == nil
	l.put(s.c, reusable && s.c.status == wire.Idle)
	s.c = nil
}

// Query runs a statement on the session. The result must be released; it is bounded as on a shared lane.
func (s *Session) Query(ctx context.Context, stmt *Stmt, args []any) (Result, error) {
	w := s.pool.options.Hooks.start(ctx, stmt.sql, len(args), lanePinned)
	r, retries, err := s.query(ctx, stmt, args)
	if err != nil {
		w.done(0, retries, err)
		return Result{}, err
	}
	w.done(r.Affected(), retries, nil)
	return r, nil
}

// query is Query, and counts how often the statement was sent again.
func (s *Session) query(ctx context.Context, stmt *Stmt, args []any) (r Result, retries int, err error) {
	for try := 0; ; try++ {
		q, err := s.prepare(ctx, stmt, args)
		if err != nil {
			return Result{}, try, err
		}
		if err = s.run(ctx, q); err == nil {
			return Result{q}, try, nil
		}
		q.recycle()
		if try > 0 || !s.mayRepeat(err) {
			return Result{}, try, err
		}
		stmt.desc.Store(nil)
	}
}

// mayRepeat reports whether a statement failed only since its plan was out of date, and outside of a transaction: in
// one, the error has ended it.
func (s *Session) mayRepeat(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.planChanged() && s.c.status == wire.Idle && s.notBegun == nil
}

// prepare makes a call of a statement and its parameters.
func (s *Session) prepare(ctx context.Context, stmt *Stmt, args []any) (*call, error) {
	d := stmt.desc.Load()
	if d == nil {
		var err error
		if d, err = s.Describe(ctx, stmt); err != nil {
			return nil, err
		}
	}
	q := newCall(stmt, kindQuery)
	q.desc = d
	if err := encodeArgs(&q.params, d, args); err != nil {
		q.recycle()
		return nil, err
	}
	return q, nil
}

// heldMax bounds the statements that wait for another one to go with.
const heldMax = 8

// control runs a statement that may not run on a shared lane. Its text comes from this package. With hold, it is
// sent with the next one, in one group: if it fails, the next one does not run, and its error is that one's.
func (s *Session) control(ctx context.Context, sql string, hold bool) error {
	q := newCall(&Stmt{sql: sql}, kindControl)
	if hold && len(s.held) < heldMax {
		err := s.ready(ctx, q) // while rows come, whoever reads them would pass the lead to this one, whom nobody awaits
		if err == nil {
			err = s.send(q, true)
		}
		if err != nil {
			q.recycle()
			return err
		}
		s.held = append(s.held, q)
		return nil
	}
	w := s.pool.options.Hooks.announce(ctx, sql, 0, lanePinned)
	err := s.run(ctx, q)
	w.done(0, 0, err)
	q.recycle()
	return err
}

// run sends a call, and those held before it, and waits for the answers.
func (s *Session) run(ctx context.Context, q *call) error {
	if err := s.ready(ctx, q); err != nil {
		return err
	}
	if err := s.send(q, false); err != nil {
		return errors.Join(s.settleHeld(ctx), err)
	}
	stop := s.cancelWith(ctx)
	early := s.awaitHeld()
	s.c.awaitDone(q) // it may be done already, with the others
	return s.outcome(ctx, stop, s.blame(early, q.err))
}

// ready reports why a call cannot be sent now, if it cannot. A script is a group by itself, so what is held must be
// known to have succeeded before it leaves: else it might run outside of the transaction that did not begin. And data
// is not copied in before it is known that somebody takes it.
func (s *Session) ready(ctx context.Context, q *call) error {
	switch {
	case s.open != nil:
		return ErrBusy
	case s.notBegun != nil:
		return errors.Join(ErrNotBegun, s.notBegun)
	case (q.kind == kindScript || q.kind == kindCopyIn) && len(s.held) > 0:
		return s.settleHeld(ctx)
	}
	return nil
}

// blame is the error of a call, given what was held before it: if that failed, the call was skipped. If the server is in
// no transaction then, it is BEGIN that failed, and whoever swallows the error must not go on without one.
func (s *Session) blame(early, err error) error {
	switch {
	case early == nil:
		return err
	case s.c.status == wire.Idle:
		s.notBegun = early
	}
	if err == errSkipped {
		err = nil
	}
	return errors.Join(early, err)
}

// send submits a call, and with it those held, or holds it too. An error says why it is not on its way.
func (s *Session) send(q *call, hold bool) error {
	switch s.c.submit(q, false, hold) {
	case sent:
		return nil
	case unsendable:
		return errTooLong
	}
	return &ConnError{Err: errors.New("the connection was closed")}
}

// errTooLong: PostgreSQL takes no message that is longer.
var errTooLong = errors.New("pg: the statement and its parameters are longer than a message may be (1 GiB)")

// settleHeld sends what is held when there is nothing to send it with, and collects the answers.
func (s *Session) settleHeld(ctx context.Context) error {
	if len(s.held) == 0 {
		return nil
	}
	s.c.mu.Lock()
	s.c.holding = false
	if !s.c.flushing {
		s.c.flushing = true
		s.c.flush(uint32(len(s.held)), false)
	}
	s.c.mu.Unlock()
	stop := s.cancelWith(ctx)
	early := s.awaitHeld()
	return s.outcome(ctx, stop, s.blame(early, nil))
}

// awaitHeld collects the answers to what was held.
func (s *Session) awaitHeld() error {
	var first error
	for _, h := range s.held {
		s.c.awaitDone(h)
		if first == nil {
			first = h.err
		}
		h.recycle()
	}
	s.held = s.held[:0]
	return first
}

// InTx reports whether the session is in a transaction, or in one that is to begin, or could not, and was not ended.
func (s *Session) InTx() bool {
	return s.c.status != wire.Idle || len(s.held) > 0 || s.notBegun != nil
}
