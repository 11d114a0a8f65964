package pg

// Transactions: begun with their first statement, in one round trip, and run again if the server says that others
// were in the way. Entry point: Pool.Tx.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/covetgo/covet/sqlcore/wire"
)

// Isolation is how much of other transactions one sees.
type Isolation uint8

// The levels of the standard. PostgreSQL runs the first as the second.
const (
	DefaultIsolation Isolation = iota // what the server's setting says: read committed, unless somebody changed it
	ReadUncommitted
	ReadCommitted
	RepeatableRead
	Serializable
)

// isolationNames are the words of SQL.
var isolationNames = [...]string{"", "READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"}

// String is the level in the words of SQL, "" for the default.
func (i Isolation) String() string {
	if int(i) >= len(isolationNames) {
		return "no level: " + strconv.Itoa(int(i))
	}
	return isolationNames[i]
}

// TxOptions say how a transaction runs. The zero value is what BEGIN does.
type TxOptions struct {
	Isolation  Isolation
	ReadOnly   bool
	Deferrable bool // with Serializable and ReadOnly: wait for a snapshot that cannot fail
	// StatementTimeout and LockTimeout end a statement that runs, or waits for a lock, for longer. 0 leaves the server's
	// setting; otherwise at least a millisecond.
	StatementTimeout, LockTimeout time.Duration
	// Attempts bounds how often the function may run, 5 by default. Only a serialization failure (40001) or a
	// deadlock (40P01) lets it run again: then the server has rolled everything back.
	Attempts int
}

const (
	attemptsDefault = 5
	retryWaitMin    = 2 * time.Millisecond // doubles with each attempt, and is drawn from zero up to that
	retryWaitMax    = 200 * time.Millisecond
	rollbackTimeout = 3 * time.Second // for the ROLLBACK of a transaction whose context has ended
)

// Tx is a transaction. It is for the goroutine that runs its function, and ends with it.
type Tx struct {
	s      *Session
	failed error // of the first statement that failed
	points int   // savepoints made, to name the next one
	ended  bool
}

// ErrTxDone: a Tx was used after its function had returned.
var ErrTxDone = errors.New("pg: the transaction has ended")

// Tx runs f in a transaction and commits if it returns nil. If it returns an error, or panics, the transaction is
// rolled back. f may run several times (see TxOptions.Attempts), so what it does besides SQL must bear that.
//
// An error with Sent (see ConnError) may mean that the transaction was committed.
func (p *Pool) Tx(ctx context.Context, o TxOptions, f func(*Tx) error) error {
	begin, err := o.Statements()
	if err != nil {
		return err
	}
	return o.Retry(ctx, IsRetryable, func() error { return p.attempt(ctx, begin, f) })
}

// Retry runs attempt until it succeeds, fails in a way that is not to be tried again, or has been run Attempts times; also for who
// reaches a database through another driver.
func (o TxOptions) Retry(ctx context.Context, again func(error) bool, attempt func() error) error {
	if o.Attempts <= 0 {
		o.Attempts = attemptsDefault
	}
	for tried, wait := 1, retryWaitMin; ; tried, wait = tried+1, min(2*wait, retryWaitMax) {
		err := attempt()
		if err == nil || tried == o.Attempts || !again(err) {
			return err
		}
		select {
		case <-time.After(rand.N(wait)):
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// Statements are what the transaction begins with, also for who reaches PostgreSQL through another driver.
func (o TxOptions) Statements() ([]string, error) {
	if int(o.Isolation) >= len(isolationNames) {
		return nil, fmt.Errorf("pg: there is no isolation level %d", o.Isolation)
	}
	var modes []string
	if o.Isolation != DefaultIsolation {
		modes = append(modes, "ISOLATION LEVEL "+isolationNames[o.Isolation])
	}
	if o.ReadOnly {
		modes = append(modes, "READ ONLY")
	}
	if o.Deferrable {
		modes = append(modes, "DEFERRABLE")
	}
	list := []string{strings.TrimSpace("BEGIN " + strings.Join(modes, ", "))}
	for _, limit := range []struct {
		setting string
		value   time.Duration
	}{{"statement_timeout", o.StatementTimeout}, {"lock_timeout", o.LockTimeout}} {
		switch ms := limit.value.Milliseconds(); {
		case limit.value == 0:
		case ms < 1 || ms > math.MaxInt32: // the server keeps it in an int, in milliseconds
			return nil, fmt.Errorf("pg: %s %v: want a millisecond at least, and 24 days at most", limit.setting, limit.value)
		default:
			list = append(list, "SET LOCAL "+limit.setting+" = "+strconv.FormatInt(ms, 10))
		}
	}
	return list, nil
}

// attempt runs the transaction once.
func (p *Pool) attempt(ctx context.Context, begin []string, f func(*Tx) error) error {
	s, err := p.Acquire(ctx)
	if err != nil {
		return err
	}
	defer s.Release()
	if err := s.begin(ctx, begin); err != nil {
		return err
	}
	tx := &Tx{s: s}
	finished := false
	defer func() {
		tx.ended = true
		if !finished { // f panicked, or ended its goroutine
			tx.rollback()
		}
	}()
	err = f(tx)
	finished = true
	switch {
	case err != nil:
		tx.rollback()
		return err
	case s.c.status == wire.FailedTx || s.notBegun != nil:
		// COMMIT would answer ROLLBACK, without an error. f has swallowed one.
		tx.rollback()
		return errors.Join(ErrRolledBack, tx.failed)
	}
	return s.control(ctx, "COMMIT", false)
}

// rollback ends the transaction, also if its context has ended. If that fails, releasing the session closes its
// connection, and the server rolls back.
func (tx *Tx) rollback() {
	ctx, cancel := context.WithTimeout(tx.s.pool.ctx, rollbackTimeout)
	defer cancel()
	_ = tx.s.Rollback(ctx)
}

// Query runs a statement in the transaction. The result must be released.
func (tx *Tx) Query(ctx context.Context, stmt *Stmt, args []any) (Result, error) {
	if tx.ended {
		return Result{}, ErrTxDone
	}
	r, err := tx.s.Query(ctx, stmt, args)
	tx.note(err)
	return r, err
}

// note remembers the first failure.
func (tx *Tx) note(err error) {
	if err != nil && tx.failed == nil {
		tx.failed = err
	}
}

// Statement returns the statement of a text.
func (tx *Tx) Statement(sql string) (*Stmt, error) { return tx.s.pool.Statement(sql) }

// Savepoint runs f so that its failure does not fail the whole transaction: what it did is undone, and its error
// returned. The same if f panics, or ends its goroutine: whoever recovers from that goes on as if f had done nothing.
func (tx *Tx) Savepoint(ctx context.Context, f func(*Tx) error) error {
	if tx.ended {
		return ErrTxDone
	}
	tx.points++
	name := "p" + strconv.Itoa(tx.points)
	if err := tx.s.control(ctx, "SAVEPOINT "+name, true); err != nil {
		return err
	}
	before := tx.failed
	returned := false
	defer func() {
		if !returned {
			tx.undo(name, before)
		}
	}()
	err := f(tx)
	returned = true
	if err != nil {
		if undo := tx.s.control(ctx, "ROLLBACK TO SAVEPOINT "+name, false); undo != nil {
			tx.note(undo)
			return errors.Join(err, undo)
		}
		tx.failed = before
		return err
	}
	err = tx.s.control(ctx, "RELEASE SAVEPOINT "+name, true)
	tx.note(err)
	return err
}

// undo goes back to a savepoint whose function has panicked, also if its context has ended. If that fails, nothing of the
// transaction may be committed: the connection is closed, and the server rolls back.
func (tx *Tx) undo(name string, before error) {
	ctx, cancel := context.WithTimeout(tx.s.pool.ctx, rollbackTimeout)
	defer cancel()
	if err := tx.s.control(ctx, "ROLLBACK TO SAVEPOINT "+name, false); err != nil {
		tx.note(err)
		tx.s.c.end(errStopped)
		return
	}
	tx.failed = before
}

// EachTx is [Each] in a transaction.
func EachTx[T any](ctx context.Context, tx *Tx, stmt *Stmt, args []any, f func(T) bool) error {
	if tx.ended {
		return ErrTxDone
	}
	err := Each(ctx, tx.s, stmt, args, f)
	tx.note(err)
	return err
}

// EachRead runs a statement that only reads, on a session of its own, and calls f with each row, as they come. The
// server enforces that it only reads. If f returns false, what is left is cancelled.
func EachRead[T any](ctx context.Context, p *Pool, stmt *Stmt, args []any, f func(T) bool) error {
	s, err := p.Acquire(ctx)
	if err != nil {
		return err
	}
	defer s.Release()
	if err := s.control(ctx, "BEGIN READ ONLY", true); err != nil {
		return err
	}
	tx := &Tx{s: s}
	defer tx.rollback() // there is nothing to commit
	return each(ctx, s, stmt, args, f, (*Rows).Abort)
}
