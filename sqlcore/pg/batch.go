package pg

// Several statements of one caller in one go: they leave by one write, share a Sync, and cost their caller one sleep for all
// of their answers. Entry points: Pool.Batch, Tx.Batch.
//
//	[Parse Describe] Bind Execute, [Parse Describe] Bind Execute, … Sync ─▶ their answers in order, ReadyForQuery
//
// The Sync is theirs alone, so they are one implicit transaction (§55.2.4): when one fails, the server skips those behind it,
// and undoes those before it. In a Tx they are part of that transaction instead.
//
// Each statement is a call as any other. But for the last one they are mute: nobody waits for them, nobody is woken, and
// none of them can lead. Answers come in order, so when the last call has its own, all have.

import (
	"context"
	"errors"
	"fmt"

	"github.com/covetgo/covet/sqlcore/wire"
)

// BatchMax bounds the statements of a batch: all of them must find room in a connection's ring at once.
const BatchMax = 500

// The ring holds a batch, what a session holds before it, a guard and a Sync.
const _ uint = ringEntries - (BatchMax + heldMax + ringSpare)

// BatchItem is a statement of a batch, and what came of it.
type BatchItem struct {
	Stmt *Stmt
	Args []any

	Result Result // if there is no Err; it must be released
	Err    error
}

// BatchError says which statement of a batch was the first to fail.
type BatchError struct {
	Index int // from 0
	Err   error
}

// Error counts from 1, as people do.
func (e *BatchError) Error() string {
	return fmt.Sprintf("statement %d of the batch: %v", e.Index+1, e.Err)
}

// Unwrap returns the statement's error.
func (e *BatchError) Unwrap() error { return e.Err }

// ErrSkipped: the statement did not run, since another one of its batch had failed.
var ErrSkipped = errors.New("pg: not run, since another statement of the batch failed")

// errSolo: PostgreSQL refuses such a statement in a pipeline unless it is the first, and then it is not undone with the others.
var errSolo = errors.New("pg: a statement that cannot run in a transaction (VACUUM, CREATE DATABASE, … CONCURRENTLY) cannot be in a batch; use Exec")

// Batch runs statements in one go on a shared lane, as one implicit transaction. It returns the first failure, as a
// [BatchError] if it is a statement's. Each item has its own outcome:
//
//   - Those behind the one that failed did not run: [ErrSkipped].
//   - Those before it have their results on the read lane. On the write lane they were undone: [ErrRolledBack].
//   - If the connection broke and it is not known whether the server has committed, all have the same [ConnError].
//
// What cannot be prepared, has arguments that do not fit, or cannot run in a transaction, is found before anything is sent, and
// then nothing runs. (CALL and DO that commit cannot be told from others, and have no place in a batch.) A result
// that is too large is its statement's own error ([ErrTooLarge]), and no failure of the others. Options.ResultBytesMax bounds the
// result of each statement, not their sum: a batch holds up to [BatchMax] times as much at once.
func (p *Pool) Batch(ctx context.Context, lane Lane, items []BatchItem) error {
	l := p.lane(lane)
	w := p.options.Hooks.startBatch(ctx, items, l.name)
	retries, err := l.batch(ctx, items)
	w.done(items, retries)
	return err
}

// batch is Batch, and counts how often it was sent again.
func (l *lane) batch(ctx context.Context, items []BatchItem) (retries int, err error) {
	err = prepareBatch(items, func(s *Stmt) (*Desc, error) {
		if s.solo {
			return nil, errSolo
		}
		return l.pool.describe(ctx, l, s)
	})
	if err != nil || len(items) == 0 {
		return 0, err
	}
	for ; ; retries++ {
		c, err := l.submitBatch(ctx, items)
		if err != nil {
			recycleBatch(items, err)
			return retries, err
		}
		if err := c.awaitBatch(ctx, items); err != nil {
			return retries, err
		}
		failed := firstFailed(items)
		if failed < 0 {
			return retries, settleBatch(items, failed, false)
		}
		q := items[failed].Result.q
		if l.pool.dialer.conf.wantsWrites() && !l.again && IsCode(q.err, codeReadOnly) {
			l.retire(c)
		}
		if retries == resendsMax || !l.mayResendBatch(items, failed) {
			return retries, settleBatch(items, failed, !l.again)
		}
		if e := (*Error)(nil); errors.As(q.err, &e) && e.planChanged() {
			if err := l.pool.describeAgain(ctx, l, q); err != nil {
				recycleBatch(items, err)
				return retries, err
			}
		}
		for i := range items {
			items[i].Result.q.reset()
		}
	}
}

// prepareBatch makes calls of statements. If it fails, there are none.
func prepareBatch(items []BatchItem, describe func(*Stmt) (*Desc, error)) error {
	refuse(items, nil)
	if len(items) > BatchMax {
		err := fmt.Errorf("pg: a batch of %d statements: it may have %d; CopyRows, or arrays and unnest, carry more", len(items), BatchMax)
		refuse(items, err)
		return err
	}
	length := 0
	for i := range items {
		item := &items[i]
		d, err := describe(item.Stmt)
		if err == nil {
			q := newCall(item.Stmt, kindQuery)
			q.desc, item.Result = d, Result{q}
			err = encodeArgs(&q.params, d, item.Args)
			if length += len(q.params.Buf) + len(item.Stmt.sql) + len(d.results) + batchOverheadBytes; err == nil && length > wire.MessageBytesMax {
				err = errTooLong
			}
		}
		if err != nil {
			recycleBatch(items, ErrSkipped)
			item.Err = err
			return &BatchError{i, err}
		}
	}
	return nil
}

// refuse notes why none of the statements has a call.
func refuse(items []BatchItem, err error) {
	for i := range items {
		items[i].Result, items[i].Err = Result{}, err
	}
}

// batchOverheadBytes is more than what a statement's messages hold besides its text, values and formats: names and headers.
const batchOverheadBytes = 128

// recycleBatch gives up calls that are the caller's own, and notes why.
func recycleBatch(items []BatchItem, err error) {
	for i := range items {
		if q := items[i].Result.q; q != nil {
			q.recycle()
		}
	}
	refuse(items, err)
}

// submitBatch finds a connection with room for all of them.
func (l *lane) submitBatch(ctx context.Context, items []BatchItem) (*conn, error) {
	cancellable := ctx.Done() != nil
	if c := l.best(); c != nil && (!cancellable || ctx.Err() == nil) && c.submitBatch(items, cancellable) == sent {
		return c, nil
	}
	return l.submitSlowly(ctx, func(c *conn) submitted { return c.submitBatch(items, cancellable) })
}

// submitBatch encodes calls behind what others have said, in a group of their own; or in that of what a session holds.
func (c *conn) submitBatch(items []BatchItem, cancellable bool) submitted {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.dead != nil:
		return connDead
	case c.full(len(items)):
		return noRoom
	}
	if !c.holding {
		c.closeGroup()
	}
	if c.guard && !c.open {
		c.pushGuard()
	}
	for i := range items {
		q, last := items[i].Result.q, i == len(items)-1
		if !c.encode(q) {
			panic("pg: a batch has a message that is too long, after its length was checked")
		}
		q.held, q.mute, q.canLead = !last, !last, last
		c.push(q)
		c.open = true
	}
	c.closeGroup()
	c.idle, c.holding = false, false
	if !c.flushing {
		c.flushing = true
		c.flush(uint32(len(items))+1, cancellable)
	}
	return sent
}

// awaitBatch returns when all calls are done, or when ctx is: then they are not the caller's any more.
func (c *conn) awaitBatch(ctx context.Context, items []BatchItem) error {
	last := len(items) - 1
	err := c.await(ctx, items[last].Result.q)
	if err == nil {
		return nil
	}
	for i := range items {
		if i < last {
			c.abandon(items[i].Result.q)
		}
		items[i].Result, items[i].Err = Result{}, err
	}
	return err
}

// abandon leaves a mute call to whoever reads, unless it is done.
func (c *conn) abandon(q *call) {
	c.left.Add(1)
	if !q.state.CompareAndSwap(waiting, abandoned) {
		c.left.Add(-1)
		q.recycle()
	}
}

// firstFailed is the first call because of which others may not have run, -1 if there is none.
func firstFailed(items []BatchItem) int {
	for i := range items {
		if err := items[i].Result.q.err; err != nil && err != ErrTooLarge && err != ErrNotReplicated {
			return i
		}
	}
	return -1
}

// mayResendBatch reports whether a batch may be sent again: it did not run, or it only reads, or the server itself ended the
// session before it came to the Sync, so that nothing was committed. Behind a pooler nobody knows who ended what: see failAll.
func (l *lane) mayResendBatch(items []BatchItem, failed int) bool {
	q := items[failed].Result.q
	if l.mayResend(q) {
		return true
	}
	var e *Error
	var lost *ConnError
	return errors.As(q.err, &e) && e.fatal() && errors.As(items[len(items)-1].Result.q.err, &lost) && !lost.Sent
}

// settleBatch tells each statement its outcome. undone says that the failure of one undoes those before it.
func settleBatch(items []BatchItem, failed int, undone bool) error {
	var cause error
	var lost *ConnError
	if failed >= 0 {
		cause = items[failed].Result.q.err
		errors.As(cause, &lost)
	}
	first := failed
	for i := range items {
		item := &items[i]
		switch {
		case failed < 0 || i == failed || i < failed && !undone:
			item.Err = item.Result.q.err
		case lost != nil:
			item.Err = cause
		case i > failed:
			item.Err = ErrSkipped
		default:
			item.Err = ErrRolledBack
		}
		if item.Err != nil {
			item.Result.q.recycle()
			item.Result = Result{}
			if first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return nil
	}
	return &BatchError{first, items[first].Err}
}

// Batch runs statements in one go in the transaction, as [Pool.Batch] does: when one fails, those before it have their
// results, and the transaction has failed, unless they are all within a savepoint.
func (tx *Tx) Batch(ctx context.Context, items []BatchItem) error {
	if tx.ended {
		refuse(items, ErrTxDone)
		return ErrTxDone
	}
	err := tx.s.batch(ctx, items)
	tx.note(err)
	return err
}

// batch is Tx.Batch.
func (s *Session) batch(ctx context.Context, items []BatchItem) error {
	w := s.pool.options.Hooks.startBatch(ctx, items, lanePinned)
	err := s.runBatch(ctx, items)
	w.done(items, 0)
	return err
}

// runBatch sends a batch, and what is held before it, and waits for the answers.
func (s *Session) runBatch(ctx context.Context, items []BatchItem) error {
	err := prepareBatch(items, func(stmt *Stmt) (*Desc, error) { return s.Describe(ctx, stmt) })
	if err != nil || len(items) == 0 {
		return err
	}
	last := items[len(items)-1].Result.q
	if err := s.ready(ctx, last); err != nil {
		recycleBatch(items, err)
		return err
	}
	if s.c.submitBatch(items, false) != sent {
		err := errors.Join(s.settleHeld(ctx), &ConnError{Err: errors.New("the connection was closed")})
		recycleBatch(items, err)
		return err
	}
	stop := s.cancelWith(ctx)
	early := s.awaitHeld()
	s.c.awaitDone(last)
	if early != nil {
		err := s.outcome(ctx, stop, s.blame(early, nil))
		recycleBatch(items, err)
		return err
	}
	failed := firstFailed(items)
	if failed < 0 {
		return errors.Join(settleBatch(items, failed, false), s.outcome(ctx, stop, nil))
	}
	q := items[failed].Result.q
	q.err = s.outcome(ctx, stop, q.err)
	return settleBatch(items, failed, false)
}
