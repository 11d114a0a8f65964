package sqlcore

// Several statements of one caller in one go. Entry point: Batch.

import (
	"context"
	"errors"

	"github.com/covetgo/covet/sqlcore/pg"
)

// Batch gathers statements that are sent in one go, and cost one round trip together. The zero value is empty and ready.
//
//	var (
//		b       sqlcore.Batch
//		product Product
//		reviews []Review
//	)
//	sqlcore.BatchOne(&b, &product, "SELECT id, name FROM product WHERE id = $1", id)
//	sqlcore.BatchAll(&b, &reviews, "SELECT stars, words FROM review WHERE product = $1", id)
//	err := b.Run(ctx, db)
//
// If all of them are [BatchOne] and [BatchAll], they read, and the server makes sure of that, as for [One]. On a [DB] they are one
// implicit transaction, which commits at their end: when one fails, those behind it do not run, and those before it have
// written nothing. Statements that cannot run in a transaction (VACUUM), or end it (CALL of a procedure that commits), have no place
// there. In a [Tx] they are part of it.
//
// Statements are prepared before any of them runs: one cannot use a table that another one creates. A batch may have [pg.BatchMax]
// statements. It is for one goroutine at a time.
type Batch struct {
	list   []batched
	args   []any // of all statements; what holds them is copied, so that it stays on the caller's stack
	items  []pg.BatchItem
	writes bool
}

// batched is a statement of a batch.
type batched struct {
	sql  text
	args []any
	into target
	err  error
}

// target is where a statement's result goes.
type target interface {
	// take decodes a result.
	take(r pg.Result) error
	// ask runs the statement by itself.
	ask(ctx context.Context, q Querier, sql text, args []any) error
}

// BatchOne adds a statement that reads exactly one row, as [One] does. into is set when the batch runs, if the statement has not
// failed; so are args read then, if they are pointers, slices or names.
func BatchOne[T any](b *Batch, into *T, sql text, args ...any) {
	b.add(false, oneTarget[T]{into}, sql, args)
}

// BatchAll adds a statement that reads all rows, as [All] does.
func BatchAll[T any](b *Batch, into *[]T, sql text, args ...any) {
	b.add(false, allTarget[T]{into}, sql, args)
}

// BatchExec adds a statement that writes, as [Exec] does. affected becomes the number of rows that it touched; nil if nobody
// wants to know.
func BatchExec(b *Batch, affected *int64, sql text, args ...any) {
	b.add(true, execTarget{affected}, sql, args)
}

// BatchExecOne adds a statement that writes and returns exactly one row, as [ExecOne] does.
func BatchExecOne[T any](b *Batch, into *T, sql text, args ...any) {
	b.add(true, oneTarget[T]{into}, sql, args)
}

// BatchExecAll adds a statement that writes and returns all of its rows, as [ExecAll] does.
func BatchExecAll[T any](b *Batch, into *[]T, sql text, args ...any) {
	b.add(true, allTarget[T]{into}, sql, args)
}

// add adds a statement.
func (b *Batch) add(writes bool, into target, sql text, args []any) {
	b.writes = b.writes || writes
	from := len(b.args)
	b.args = append(b.args, args...)
	b.list = append(b.list, batched{sql: sql, args: b.args[from:len(b.args):len(b.args)], into: into})
}

// Len is the number of statements.
func (b *Batch) Len() int { return len(b.list) }

// Reset empties the batch, and keeps its memory.
func (b *Batch) Reset() {
	clear(b.list) // what it points to is not kept
	clear(b.args)
	clear(b.items)
	b.list, b.args, b.items, b.writes = b.list[:0], b.args[:0], b.items[:0], false
}

// Err is what became of a statement, counted from 0 in the order in which they were added: nil if it ran and its target is set.
//
//   - [ErrSkipped]: it did not run, since another one had failed.
//   - [ErrRolledBack]: it ran and was undone, since another one had failed.
//   - Anything else is its own failure, or that of the connection, the same for all.
//
// What cannot be decoded, and a statement of one row that returned none, fails by itself: it has run, and so do the others.
func (b *Batch) Err(i int) error { return b.list[i].err }

// Run runs the statements, and returns the first failure; a [pg.BatchError] in it says of which statement. It may be called again.
func (b *Batch) Run(ctx context.Context, q Querier) error {
	db, shared := q.(*DB)
	switch {
	case len(b.list) == 0:
		return nil
	case q.driver() == nil:
	case shared && b.writes:
		return b.runInTx(ctx, db)
	default:
		_, err := b.oneByOne(ctx, q)
		return err
	}
	if err := b.prepare(q); err != nil {
		return err
	}
	if shared && !b.writes && b.large() {
		_, err := b.oneByOne(ctx, q)
		return err
	}
	var err error
	switch {
	case !shared:
		err = q.(*Tx).tx.Batch(ctx, b.items)
	case b.writes:
		err = db.pool.Batch(ctx, pg.Write, b.items)
	default:
		err = db.pool.Batch(ctx, pg.Read, b.items)
	}
	return b.take(ctx, q, err)
}

// prepare finds the statements of the texts.
func (b *Batch) prepare(q Querier) error {
	b.items = b.items[:0]
	for i := range b.list {
		s := &b.list[i]
		stmt, args, err := prepare(q, s.sql, s.args)
		if err != nil {
			b.refuse(i, err)
			return &pg.BatchError{Index: i, Err: err}
		}
		b.items = append(b.items, pg.BatchItem{Stmt: stmt, Args: args})
	}
	return nil
}

// refuse notes that nothing has run because of one statement.
func (b *Batch) refuse(at int, err error) {
	for i := range b.list {
		b.list[i].err = ErrSkipped
	}
	b.list[at].err = err
}

// large reports whether the result of a statement was too large for a shared connection once.
func (b *Batch) large() bool {
	for i := range b.items {
		if b.items[i].Stmt.Large() {
			return true
		}
	}
	return false
}

// take decodes results. One that was too large for a shared connection is read over another one, where it has only been read.
func (b *Batch) take(ctx context.Context, q Querier, failed error) error {
	if at := (*pg.BatchError)(nil); errors.As(failed, &at) && at.Err == pg.ErrTooLarge {
		failed = nil // it may be had yet, and else is found again
	}
	_, shared := q.(*DB)
	for i := range b.items {
		s, item := &b.list[i], &b.items[i]
		switch {
		case item.Err == nil:
			s.err = s.into.take(item.Result)
			item.Result.Release()
		case item.Err == pg.ErrTooLarge && shared && !b.writes:
			s.err = s.into.ask(ctx, q, s.sql, s.args)
		default:
			s.err = failure(item.Err)
		}
		item.Result = pg.Result{}
		if failed == nil && s.err != nil {
			failed = &pg.BatchError{Index: i, Err: s.err}
		}
	}
	return failure(failed)
}

// oneByOne runs the statements one after the other until one cannot go on. stopped says that there was such a one.
func (b *Batch) oneByOne(ctx context.Context, q Querier) (stopped bool, failed error) {
	for i := range b.list {
		s := &b.list[i]
		if stopped {
			s.err = ErrSkipped
			continue
		}
		s.err = s.into.ask(ctx, q, s.sql, s.args)
		stopped = s.err != nil && !errors.Is(s.err, ErrNoRows) && !errors.Is(s.err, ErrTooManyRows)
		if s.err != nil && (failed == nil || stopped) {
			failed = &pg.BatchError{Index: i, Err: s.err}
		}
	}
	return stopped, failed
}

// runInTx runs the statements one after the other in a transaction of their own.
func (b *Batch) runInTx(ctx context.Context, db *DB) error {
	var own error
	var stopped bool
	err := db.Tx(ctx, TxOptions{Attempts: 1}, func(tx *Tx) error {
		if stopped, own = b.oneByOne(ctx, tx); stopped {
			return own
		}
		return nil
	})
	if err == nil {
		return own
	}
	for i := range b.list {
		switch s := &b.list[i]; {
		case !stopped: // it did not begin, or not commit
			s.err = err
		case s.err == nil:
			s.err = ErrRolledBack
		}
	}
	return err
}

// oneTarget is for a statement that returns one row. Targets are one pointer long, and so no memory as an interface.
type oneTarget[T any] struct{ into *T }

func (t oneTarget[T]) take(r pg.Result) (err error) {
	value, err := pg.First[T](r)
	if err == nil {
		*t.into = value
	}
	return err
}

func (t oneTarget[T]) ask(ctx context.Context, q Querier, sql text, args []any) error {
	value, err := One[T](ctx, q, sql, args...)
	if err == nil {
		*t.into = value
	}
	return err
}

// allTarget is for a statement that returns any number of rows.
type allTarget[T any] struct{ into *[]T }

func (t allTarget[T]) take(r pg.Result) error {
	list, err := pg.AppendRows[T](nil, r)
	if err == nil {
		*t.into = list
	}
	return err
}

func (t allTarget[T]) ask(ctx context.Context, q Querier, sql text, args []any) error {
	list, err := All[T](ctx, q, sql, args...)
	if err == nil {
		*t.into = list
	}
	return err
}

// execTarget is for a statement that touches rows.
type execTarget struct{ affected *int64 }

func (t execTarget) take(r pg.Result) error {
	if t.affected != nil {
		*t.affected = r.Affected()
	}
	return nil
}

func (t execTarget) ask(ctx context.Context, q Querier, sql text, args []any) error {
	n, err := Exec(ctx, q, sql, args...)
	if err == nil && t.affected != nil {
		*t.affected = n
	}
	return err
}
