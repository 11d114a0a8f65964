package pg

// Results that are read as they come, on a session. Entry points: Session.Rows, Each.

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/covetgo/covet/sqlcore/wire"
)

// Rows are the rows of a statement that runs. While they are open, the session can do nothing else.
type Rows struct {
	s     *Session
	ctx   context.Context
	q     *call
	stop  func() bool // see cancelWith
	list  rows
	watch watched
	ended bool // the server has said everything
	ours  bool // that it was cancelled
	err   error
}

// ErrBusy: rows of another statement are still coming on the session. Read them to their end, or close them, first.
var ErrBusy = errors.New("pg: the rows of another statement are still being read on this session: close them first")

// Rows runs a statement and returns when its first row has come, or its end. A failure before that is returned here.
// Rows must be closed.
func (s *Session) Rows(ctx context.Context, stmt *Stmt, args []any) (*Rows, error) {
	w := s.pool.options.Hooks.start(ctx, stmt.sql, len(args), lanePinned)
	for try := 0; ; try++ {
		r, err := s.start(ctx, stmt, args)
		switch {
		case err == nil && r.ended:
			w.done(r.q.affected, try, nil)
			return r, nil
		case err == nil:
			r.watch, r.q.retries = w, uint8(try)
			return r, nil
		case try > 0 || !s.mayRepeat(err):
			w.done(0, try, err)
			return nil, err
		}
		stmt.desc.Store(nil)
	}
}

// start sends the statement, and waits for the first row.
func (s *Session) start(ctx context.Context, stmt *Stmt, args []any) (*Rows, error) {
	q, err := s.prepare(ctx, stmt, args)
	if err != nil {
		return nil, err
	}
	q.stream = true
	if err := s.ready(ctx, q); err != nil {
		q.recycle()
		return nil, err
	}
	r := &Rows{s: s, ctx: ctx, q: q}
	if err := s.send(q, false); err != nil {
		q.recycle()
		return nil, errors.Join(s.settleHeld(ctx), err)
	}
	s.open = r
	r.stop = s.cancelWith(ctx)
	early := s.awaitHeld()
	r.fetch()
	if early != nil {
		return nil, s.blame(early, r.Close())
	}
	if r.ended && q.err != nil {
		return nil, r.Close()
	}
	return r, nil
}

// refill drops the rows that were read, and fetches more.
func (r *Rows) refill() {
	r.q.rows, r.q.rowCount = r.q.rows[:0], 0
	r.fetch()
}

// fetch waits for rows or the end. Before the first time there may be some: they came with the answer to what was
// held (BEGIN).
func (r *Rows) fetch() {
	r.ended = r.s.c.awaitStream(r.q)
	r.list = rows{r.q.rows}
	if r.ended {
		r.settle()
	}
}

// settle says how the statement has ended. From here on the session is free, though there may be rows to be read.
func (r *Rows) settle() {
	err := r.q.err
	if r.ours && IsCode(err, codeCanceled) && r.ctx.Err() == nil {
		err = nil
	}
	r.s.open = nil
	r.err = r.s.outcome(r.ctx, r.stop, err)
	r.watch.done(r.q.affected, int(r.q.retries), r.err)
}

// Columns describes the columns. It must not be changed, and lives for ever.
func (r *Rows) Columns() []Column { return r.q.desc.Columns }

// Next returns the next row and how many columns it has; ok is false at the end, or when something failed, which
// Close then tells. The row is a view, good until the next call.
func (r *Rows) Next() (row wire.Row, columns int, ok bool) {
	for {
		if row, columns, ok = r.list.next(); ok || r.ended {
			return row, columns, ok
		}
		r.refill()
	}
}

// Close reads what is left to the end, so that the statement does all that it does. It returns what failed while rows
// came. A second Close returns the same.
func (r *Rows) Close() error {
	if r.q == nil {
		return r.err
	}
	for !r.ended {
		r.refill()
	}
	r.q.recycle()
	r.q, r.list = nil, rows{}
	return r.err
}

// Abort is Close, and what is left of the statement is cancelled: with that, all that it has done, and its
// transaction. So it is for those that only read, when their transaction ends with them.
func (r *Rows) Abort() error {
	if r.q != nil && !r.ended {
		r.cancelRest()
	}
	return r.Close()
}

// cancelRest cancels a statement that runs.
func (r *Rows) cancelRest() {
	if r.stop == nil || !r.stop() { // else the end of the context has done it
		r.s.pool.cancelOn(r.s.c, time.Now().Add(cancelGrace))
	}
	r.stop = func() bool { return true }
	r.ours = true
}

// drop is Close without reading: of a statement that still runs, the connection is closed.
func (r *Rows) drop() {
	if r.ended {
		_ = r.Close() // what failed is less than the panic
		return
	}
	r.s.c.end(errStopped)
	r.watch.done(0, int(r.q.retries), errStopped)
	if r.stop != nil {
		r.stop()
	}
	r.s.open = nil
}

// awaitStream reads until there are rows, or the call is done, and reports whether it is.
func (c *conn) awaitStream(q *call) (ended bool) {
	if c.self == q { // it leads already
		_ = c.lead(context.Background(), q) // that context never ends
	} else {
		c.awaitDone(q)
	}
	return q.state.Load() == done
}

// Each runs a statement and calls f with each row, as they come: the result may be of any size. If f returns false,
// what is left is read and dropped. A row is decoded before f sees it, and f may keep it.
func Each[T any](ctx context.Context, s *Session, stmt *Stmt, args []any, f func(T) bool) error {
	return each(ctx, s, stmt, args, f, (*Rows).Close)
}

// each is Each, with a way to end it.
func each[T any](ctx context.Context, s *Session, stmt *Stmt, args []any, f func(T) bool, end func(*Rows) error) error {
	r, err := s.Rows(ctx, stmt, args)
	if err != nil {
		return err
	}
	panicked := true
	defer func() {
		if panicked { // what is on its way is nobody's, and the connection with it
			r.drop()
		}
	}()
	err = eachRow(r, f)
	panicked = false
	return errors.Join(err, end(r))
}

// errStopped: f panicked.
var errStopped = errors.New("pg: stopped")

// eachRow decodes row by row until f has had enough.
func eachRow[T any](r *Rows, f func(T) bool) error {
	var p *plan
	for row, columns, ok := r.Next(); ok; row, columns, ok = r.Next() {
		if p == nil { // not before the first row: with it comes what the columns are by now
			var err error
			if p, err = planFor(r.q.stmt, r.q.desc, reflect.TypeFor[T]()); err != nil {
				return err
			}
		}
		var value T
		if err := scan(p, row, columns, &value); err != nil {
			return err
		}
		if !f(value) {
			return nil
		}
	}
	return nil
}
