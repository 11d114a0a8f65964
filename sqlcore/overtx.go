package sqlcore

// Transactions over database/sql: on one connection, by the statements of each dialect, and run again if others were in the
// way. They behave as those of package pg: after a statement has failed, outside of a savepoint, nothing of the
// transaction is committed, also where the database would go on. Entry point: over.transact.

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/covetgo/covet/sqlcore/pg"
)

// TxOptions say how a transaction runs. The zero value is what BEGIN does. What a database does not have is an error.
type TxOptions = pg.TxOptions

// Isolation is how much of other transactions one sees.
type Isolation = pg.Isolation

// The levels of the standard. What they mean is each database's own idea; SQLite runs all of them as the last.
const (
	DefaultIsolation = pg.DefaultIsolation // what the database's setting says
	ReadUncommitted  = pg.ReadUncommitted
	ReadCommitted    = pg.ReadCommitted
	RepeatableRead   = pg.RepeatableRead
	Serializable     = pg.Serializable
)

const rollbackTimeout = 3 * time.Second // for the ROLLBACK of a transaction whose context has ended

// overTx is a transaction. A nil one is none, and never in the way.
type overTx struct {
	conn   *sql.Conn
	failed error     // of the first statement that failed
	points int       // savepoints made, to name the next one
	open   *sql.Rows // being read
	ended  bool
}

// usable says why nothing can be run.
func (t *overTx) usable() error {
	switch {
	case t == nil:
		return nil
	case t.ended:
		return ErrTxDone
	case t.open != nil:
		return ErrBusy
	case t.failed != nil:
		return fmt.Errorf("%w: %w", ErrRolledBack, t.failed)
	}
	return nil
}

// reading notes which rows are being read.
func (t *overTx) reading(rows *sql.Rows) {
	if t != nil {
		t.open = rows
	}
}

// transact runs f in a transaction.
func (o *over) transact(ctx context.Context, opts TxOptions, f func(*Tx) error) error {
	plan, err := o.dialect.transaction(opts)
	if err != nil {
		return err
	}
	return opts.Retry(ctx, IsRetryable, func() error { return o.attempt(ctx, plan, f) })
}

// attempt runs the transaction once.
func (o *over) attempt(ctx context.Context, plan txPlan, f func(*Tx) error) error {
	conn, err := o.begin(ctx, plan.begin[0])
	if err != nil {
		return classify(err, o.dialect)
	}
	t := &overTx{conn: conn}
	clean := false // nothing of the transaction is left on the connection
	defer func() {
		t.ended = true
		if t.open != nil { // somebody has kept an iterator (iter.Pull): the connection's Close would wait for it
			_ = t.open.Close()
		}
		if !clean { // something failed, or f panicked, or ended its goroutine
			clean = t.rollback(ctx, plan)
		}
		if !clean {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // nobody else is to have it
		}
		_ = conn.Close() // it has nothing to say that matters any more
	}()
	for _, sql := range plan.begin[1:] {
		if _, err := conn.ExecContext(ctx, sql); err != nil {
			return classify(err, o.dialect)
		}
	}
	err = f(&Tx{over: &over{db: o.db, on: conn, dialect: o.dialect, tx: t}})
	switch {
	case err != nil:
		return err
	case t.failed != nil:
		return errors.Join(ErrRolledBack, t.failed)
	case t.open != nil:
		return ErrBusy
	}
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		return classify(err, o.dialect)
	}
	clean = t.restore(ctx, plan)
	return nil
}

// begin takes a connection and runs the first statement on it. As sql.DB's own BeginTx does, it takes another one if that
// was idle and had died meanwhile; the driver says so only if it has sent nothing.
func (o *over) begin(ctx context.Context, first string) (*sql.Conn, error) {
	for left := o.db.Stats().Idle; ; left-- {
		conn, err := o.db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		if _, err = conn.ExecContext(ctx, first); err == nil {
			return conn, nil
		}
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // whether it is in a transaction is not known
		_ = conn.Close()
		if left <= 0 || !errors.Is(err, driver.ErrBadConn) {
			return nil, err
		}
	}
}

// rollback ends the transaction, also if its context has ended, and reports whether it did.
func (t *overTx) rollback(ctx context.Context, plan txPlan) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	_, err := t.conn.ExecContext(ctx, "ROLLBACK")
	return err == nil && t.restore(ctx, plan)
}

// restore undoes what begin has set for the connection, and reports whether it did.
func (t *overTx) restore(ctx context.Context, plan txPlan) bool {
	if len(plan.end) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	for _, sql := range plan.end {
		if _, err := t.conn.ExecContext(ctx, sql); err != nil {
			return false
		}
	}
	return true
}

// savepoint runs f so that its failure undoes what it did, and nothing else.
func (o *over) savepoint(ctx context.Context, f func() error) error {
	t := o.tx
	if err := t.usable(); err != nil {
		return err
	}
	t.points++
	name := "p" + strconv.Itoa(t.points)
	if _, err := t.conn.ExecContext(ctx, "SAVEPOINT "+name); err != nil {
		return o.failed(err)
	}
	returned := false
	defer func() {
		if !returned { // f panicked, or ended its goroutine: who recovers from that goes on as if it had done nothing
			o.undo(ctx, name)
		}
	}()
	err := f()
	returned = true
	if err == nil && t.failed != nil {
		err = errors.Join(ErrRolledBack, t.failed)
	}
	if err != nil {
		if _, undo := t.conn.ExecContext(ctx, "ROLLBACK TO SAVEPOINT "+name); undo != nil {
			return errors.Join(err, o.failed(undo)) // a deadlock, say, has ended more than that
		}
		t.failed = nil // it was nil when this began
		return err
	}
	if _, err := t.conn.ExecContext(ctx, "RELEASE SAVEPOINT "+name); err != nil {
		return o.failed(err)
	}
	return nil
}

// undo goes back to a savepoint whose function has panicked, also if the context has ended. If that fails, nothing of the
// transaction is committed.
func (o *over) undo(ctx context.Context, name string) {
	t := o.tx
	if t.open != nil {
		_ = t.open.Close() // what failed is less than the panic
		t.open = nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	t.failed = nil // it was nil when this began
	if _, err := t.conn.ExecContext(ctx, "ROLLBACK TO SAVEPOINT "+name); err != nil {
		_ = o.failed(err) // notes it
	}
}

// txPlan is what a transaction begins with, and what undoes settings that outlive it.
type txPlan struct{ begin, end []string }

// transaction finds the words for options.
func (d Dialect) transaction(o TxOptions) (p txPlan, err error) {
	if o.Isolation > Serializable {
		return p, fmt.Errorf("sqlcore: there is no isolation level %d", o.Isolation)
	}
	for _, limit := range []time.Duration{o.StatementTimeout, o.LockTimeout} {
		if limit != 0 && limit < time.Millisecond {
			return p, fmt.Errorf("sqlcore: a timeout of %v: want a millisecond at least", limit)
		}
	}
	switch d {
	case PostgreSQL:
		p.begin, err = o.Statements()
	case MySQL:
		err = p.mySQL(o)
	case SQLite:
		err = p.sqlite(o)
	}
	return p, err
}

// mySQL sets timeouts for the session, since it has none for a transaction. Comments of the form /*M! are read by MariaDB
// only, and those with 50700 to 50799 by MySQL only: the two have different names for the statement's.
func (p *txPlan) mySQL(o TxOptions) error {
	if o.Deferrable {
		return fmt.Errorf("%w: MySQL has no deferrable transactions", ErrUnsupported)
	}
	if o.StatementTimeout != 0 {
		p.begin = append(p.begin, fmt.Sprintf("SET SESSION /*M! max_statement_time = %.3f */ /*!50708 max_execution_time = %d */",
			o.StatementTimeout.Seconds(), o.StatementTimeout.Milliseconds()))
		p.end = append(p.end, "SET SESSION /*M! max_statement_time = DEFAULT */ /*!50708 max_execution_time = DEFAULT */")
	}
	if o.LockTimeout != 0 { // it counts in seconds
		seconds := int64((o.LockTimeout + time.Second - 1) / time.Second)
		p.begin = append(p.begin, fmt.Sprintf("SET SESSION innodb_lock_wait_timeout = %d, lock_wait_timeout = %d", seconds, seconds))
		p.end = append(p.end, "SET SESSION innodb_lock_wait_timeout = DEFAULT, lock_wait_timeout = DEFAULT")
	}
	if o.Isolation != DefaultIsolation {
		p.begin = append(p.begin, "SET TRANSACTION ISOLATION LEVEL "+o.Isolation.String())
	}
	if o.ReadOnly {
		p.begin = append(p.begin, "START TRANSACTION READ ONLY")
	} else {
		p.begin = append(p.begin, "START TRANSACTION")
	}
	return nil
}

// sqlite begins with the lock for writing, unless nothing is written: one that asks for it later is refused at once if
// another transaction has written meanwhile, whatever busy_timeout says.
func (p *txPlan) sqlite(o TxOptions) error {
	switch {
	case o.Deferrable:
		return fmt.Errorf("%w: SQLite has no deferrable transactions", ErrUnsupported)
	case o.StatementTimeout != 0:
		return fmt.Errorf("%w: SQLite has no statement timeout: use a context with a deadline", ErrUnsupported)
	case o.LockTimeout != 0:
		return fmt.Errorf("%w: SQLite's lock timeout is its connection's: set busy_timeout where it is opened", ErrUnsupported)
	case o.ReadOnly:
		p.begin = []string{"BEGIN", "PRAGMA query_only = 1"}
		p.end = []string{"PRAGMA query_only = 0"}
	default:
		p.begin = []string{"BEGIN IMMEDIATE"}
	}
	return nil
}
