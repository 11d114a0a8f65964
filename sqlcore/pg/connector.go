package pg

// Sessions outside of a pool, for who has a pool already, as database/sql does. Entry point: NewConnector.

import (
	"context"
	"errors"

	"github.com/covetgo/covet/sqlcore/wire"
)

// Connector opens sessions that are in no pool. What statements take and return is known to all of them once one of
// them has asked. It is safe for concurrent use.
type Connector struct{ pool *Pool }

// NewConnector makes one. Of the options, ResultBytesMax and Hooks count. With plain, arrays are read as the server's text
// for them; that is for database/sql, whose values they cannot be.
func NewConnector(conf *Config, o Options, plain bool) (*Connector, error) {
	p, err := newPool(conf, o)
	if err != nil {
		return nil, err
	}
	p.dialer.textArrays = plain
	return &Connector{p}, nil
}

// Connect opens a session. It must be closed.
func (c *Connector) Connect(ctx context.Context) (*Session, error) {
	if c.pool.isClosed() {
		return nil, ErrClosed
	}
	open, err := c.pool.dialer.dial(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &Session{pool: c.pool, c: newConn(open, false, c.pool.options.ResultBytesMax)}, nil
}

// Close ends what sessions have begun besides their statements: cancel requests. Sessions that are open stay so.
func (c *Connector) Close() { c.pool.cancel() }

// Close ends a session that a Connector opened. What it runs fails.
func (s *Session) Close() error {
	s.c.end(ErrClosed)
	return nil
}

// Alive reports whether the session can be used, as far as that can be told without asking the server.
func (s *Session) Alive() bool { return s.c.alive() }

// Dead reports whether the session is known to have ended, or to be on a server that is not the right one any more: see
// [Target]. It costs nothing.
func (s *Session) Dead() bool {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	return s.c.dead != nil || s.c.misplaced
}

// Statement returns the statement of a text. Other than on lanes that callers share, it may be any, and texts
// should be few all the same: see statementsMax.
func (s *Session) Statement(sql string) (*Stmt, error) {
	if stmt := s.pool.statements.find(sql); stmt != nil {
		return stmt, nil
	}
	if err := checkNUL(sql); err != nil {
		return nil, err
	}
	return s.pool.statements.add(sql), nil
}

// Describe returns what a statement takes and returns, and asks the server if that is not known yet.
func (s *Session) Describe(ctx context.Context, stmt *Stmt) (*Desc, error) {
	if d := stmt.desc.Load(); d != nil {
		return d, nil
	}
	return s.describeAnew(ctx, stmt)
}

// describeAnew asks the server, whatever is known.
func (s *Session) describeAnew(ctx context.Context, stmt *Stmt) (*Desc, error) {
	q := newCall(stmt, kindDescribe)
	err := s.run(ctx, q)
	d := q.desc
	q.recycle()
	return d, err
}

// Script runs a text that may hold several statements, without parameters, and returns how many rows they touched. The
// server runs them in one transaction, unless they say otherwise themselves. Rows are dropped.
func (s *Session) Script(ctx context.Context, sql string) (int64, error) {
	if err := checkNUL(sql); err != nil {
		return 0, err
	}
	w := s.pool.options.Hooks.start(ctx, sql, 0, lanePinned)
	q := newCall(&Stmt{sql: sql}, kindScript)
	err := s.run(ctx, q)
	n := q.affected
	w.done(n, 0, err)
	q.recycle()
	return n, err
}

// Begin begins a transaction. Nothing is sent before its first statement, which takes it along.
func (s *Session) Begin(ctx context.Context, o TxOptions) error {
	begin, err := o.Statements()
	if err != nil {
		return err
	}
	return s.begin(ctx, begin)
}

// begin holds the statements that a transaction begins with.
func (s *Session) begin(ctx context.Context, begin []string) error {
	for _, sql := range begin {
		if err := s.control(ctx, sql, true); err != nil {
			return err
		}
	}
	return nil
}

// ErrNotBegun: the transaction could not begin, as an earlier error has said, so nothing runs in it.
var ErrNotBegun = errors.New("pg: the transaction has not begun")

// ErrRolledBack: a transaction was not committed but rolled back, since a statement of it had failed.
var ErrRolledBack = errors.New("pg: the transaction was rolled back, since a statement of it had failed")

// Commit commits. A transaction that has failed is rolled back, and that is an error.
func (s *Session) Commit(ctx context.Context) error {
	if s.c.status == wire.FailedTx || s.notBegun != nil {
		return errors.Join(ErrRolledBack, s.Rollback(ctx))
	}
	return s.end(ctx, "COMMIT")
}

// end ends the transaction. If it is BEGIN that fails only now, there is none, and nothing more to end.
func (s *Session) end(ctx context.Context, sql string) error {
	err := s.control(ctx, sql, false)
	s.notBegun = nil
	return err
}

// Rollback undoes the transaction.
func (s *Session) Rollback(ctx context.Context) error {
	if s.notBegun != nil { // the server knows of no transaction
		s.notBegun = nil
		return nil
	}
	return s.end(ctx, "ROLLBACK")
}

// Exec runs a statement and returns how many rows it touched. Rows that it returns are dropped.
func (s *Session) Exec(ctx context.Context, stmt *Stmt, args []any) (int64, error) {
	r, err := s.Query(ctx, stmt, args)
	if err != nil {
		return 0, err
	}
	n := r.Affected()
	r.Release()
	return n, nil
}
