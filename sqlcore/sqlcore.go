// Package sqlcore asks PostgreSQL in Go's types.
//
//	db, err := sqlcore.Open(ctx, "postgres://app@localhost/shop")
//
//	type Product struct {
//		ID    int64
//		Name  string
//		Price string // numeric, exactly
//	}
//	p, err := sqlcore.One[Product](ctx, db, "SELECT id, name, price FROM product WHERE id = $1", id)
//	n, err := sqlcore.Exec(ctx, db, "UPDATE product SET price = $2 WHERE id = $1", id, "9.99")
//
// The text of a statement is a constant by type: a string that a program has put together does not compile, so a
// value cannot get into it. Values are always bound. [Unsafe] is the exception, and easy to find.
//
// [One], [All] and [Each] read. On a [DB] the server makes sure of that: their sessions are read-only. Such
// queries of concurrent callers travel together (package pg says how), so they cost a fraction of a round trip
// each. [Exec], [ExecOne] and [ExecAll] write, and each commits by itself. [DB.Tx] runs several in a transaction.
//
// On a shared connection, a context that ends releases its caller at once, and the statement runs on, since those of
// others are there too. In a transaction and in [Each] it cancels the statement, and the caller waits for its end: a round
// trip, or some seconds if the server does not answer.
package sqlcore

import (
	"context"
	"iter"

	"github.com/covetgo/covet/sqlcore/pg"
)

// text is the type of SQL. It has no name outside of this package, so that only an untyped constant, which stands in
// the program's source, becomes one by itself.
type text string

// Unsafe makes SQL of a string that is no constant. Whoever calls it vouches for every byte of it: this is where
// injections come from. Values belong into $1, $2 and so on.
func Unsafe(sql string) text { return text(sql) }

// DB is a PostgreSQL database. It is safe for concurrent use.
type DB struct{ pool *pg.Pool }

// Open connects to the database that a connection string names (see [pg.ParseConfig]), with the default options.
func Open(ctx context.Context, connection string) (*DB, error) {
	conf, err := pg.ParseConfig(connection)
	if err != nil {
		return nil, err
	}
	return OpenConfig(ctx, conf, pg.Options{})
}

// OpenConfig connects with options.
func OpenConfig(ctx context.Context, conf *pg.Config, o pg.Options) (*DB, error) {
	pool, err := pg.Open(ctx, conf, o)
	if err != nil {
		return nil, err
	}
	return &DB{pool}, nil
}

// Close ends all connections. Statements in flight fail.
func (db *DB) Close() { db.pool.Close() }

// Ping makes a round trip.
func (db *DB) Ping(ctx context.Context) error { return db.pool.Ping(ctx) }

// Tx is a transaction.
type Tx struct{ tx *pg.Tx }

// Tx runs f in a transaction and commits if it returns nil. If others were in the way (serialization failure,
// deadlock), it is run again, a bounded number of times: see [pg.TxOptions]. After f has returned, its Tx is of no use.
func (db *DB) Tx(ctx context.Context, o pg.TxOptions, f func(*Tx) error) error {
	return db.pool.Tx(ctx, o, func(tx *pg.Tx) error { return f(&Tx{tx}) })
}

// Savepoint runs f so that its failure undoes what f did, and nothing else of the transaction.
func (tx *Tx) Savepoint(ctx context.Context, f func(*Tx) error) error {
	return tx.tx.Savepoint(ctx, func(*pg.Tx) error { return f(tx) })
}

// Querier is what statements run on: a [DB] or a [Tx].
type Querier interface {
	// statement finds a statement. To run it is no method: behind an interface, the compiler has to move every
	// argument to the heap.
	statement(sql text) (*pg.Stmt, error)
	dialect() Dialect
}

func (db *DB) dialect() Dialect { return PostgreSQL }
func (tx *Tx) dialect() Dialect { return PostgreSQL }

func (db *DB) statement(sql text) (*pg.Stmt, error) {
	stmt, err := db.pool.Statement(string(sql))
	if err != nil {
		err = checkMissing(sql, err)
	}
	return stmt, err
}

func (tx *Tx) statement(sql text) (*pg.Stmt, error) {
	stmt, err := tx.tx.Statement(string(sql))
	if err != nil {
		err = checkMissing(sql, err)
	}
	return stmt, err
}

// query runs a statement where it belongs. Both branches are calls that the compiler can see through: no argument
// is moved to the heap.
func query(ctx context.Context, q Querier, lane pg.Lane, sql text, args []any) (pg.Result, error) {
	if isNamed(args) {
		var err error
		if sql, args, err = expand(PostgreSQL, sql, args); err != nil {
			return pg.Result{}, err
		}
	}
	stmt, err := q.statement(sql)
	if err != nil {
		return pg.Result{}, err
	}
	if db, ok := q.(*DB); ok {
		return db.pool.Query(ctx, lane, stmt, args)
	}
	return q.(*Tx).tx.Query(ctx, stmt, args)
}

// One reads exactly one row: pg.ErrNoRows and pg.ErrTooManyRows say that there was none, or another one.
//
// T is a type that a column can become, or a struct with a field for each column: by its tag `db:"name"`, or by its
// name, for which case and underscores do not count. NULL needs a pointer, a slice or a sql.Null.
func One[T any](ctx context.Context, q Querier, sql text, args ...any) (T, error) {
	r, err := query(ctx, q, pg.Read, sql, args)
	return first[T](r, err)
}

// ExecOne runs a statement that writes and returns exactly one row, such as INSERT … RETURNING. If it returns several,
// it has run all the same.
func ExecOne[T any](ctx context.Context, q Querier, sql text, args ...any) (T, error) {
	r, err := query(ctx, q, pg.Write, sql, args)
	return first[T](r, err)
}

// first decodes the one row of a result, and releases it.
func first[T any](r pg.Result, err error) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	value, err := pg.First[T](r)
	r.Release()
	return value, err
}

// All reads all rows. See [One] for T, and [Each] for results that should not be in memory as a whole.
func All[T any](ctx context.Context, q Querier, sql text, args ...any) ([]T, error) {
	if isNamed(args) {
		var err error
		if sql, args, err = expand(PostgreSQL, sql, args); err != nil {
			return nil, err
		}
	}
	stmt, err := q.statement(sql)
	if err != nil {
		return nil, err
	}
	db, shared := q.(*DB)
	if shared && stmt.Large() {
		return collect[T](ctx, db, stmt, args)
	}
	r, err := query(ctx, q, pg.Read, sql, args)
	if shared && err == pg.ErrTooLarge { // it has read, so reading again is the same
		return collect[T](ctx, db, stmt, args)
	}
	return every[T](r, err)
}

// ExecAll runs a statement that writes and returns all of its rows.
func ExecAll[T any](ctx context.Context, q Querier, sql text, args ...any) ([]T, error) {
	r, err := query(ctx, q, pg.Write, sql, args)
	return every[T](r, err)
}

// every decodes all rows of a result, and releases it.
func every[T any](r pg.Result, err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	list, err := pg.AppendRows[T](nil, r)
	r.Release()
	if err != nil {
		return nil, err
	}
	return list, nil
}

// collect reads all rows over a connection of its own.
func collect[T any](ctx context.Context, db *DB, stmt *pg.Stmt, args []any) (list []T, err error) {
	err = pg.EachRead(ctx, db.pool, stmt, args, func(value T) bool {
		list = append(list, value)
		return true
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Each reads row by row, as they come, over a connection that is the caller's until the loop ends. A loop that is left
// early cancels the rest; in a transaction, that is read and dropped, as to cancel it would undo the transaction. While
// rows come, a Tx can do nothing else (pg.ErrBusy). The last pair may carry an error, with a zero row.
//
//	for p, err := range sqlcore.Each[Product](ctx, db, "SELECT id, name, price FROM product") {
//		if err != nil {
//			return err
//		}
//		…
//	}
func Each[T any](ctx context.Context, q Querier, sql text, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		sql, args, err := sql, args, error(nil)
		if isNamed(args) {
			sql, args, err = expand(PostgreSQL, sql, args)
		}
		var stmt *pg.Stmt
		if err == nil {
			stmt, err = q.statement(sql)
		}
		left := false
		row := func(value T) bool {
			left = !yield(value, nil)
			return !left
		}
		if err == nil {
			if db, ok := q.(*DB); ok {
				err = pg.EachRead(ctx, db.pool, stmt, args, row)
			} else {
				err = pg.EachTx(ctx, q.(*Tx).tx, stmt, args, row)
			}
		}
		if err != nil && !left {
			var none T
			yield(none, err)
		}
	}
}

// Exec runs a statement that writes, and returns how many rows it touched.
func Exec(ctx context.Context, q Querier, sql text, args ...any) (int64, error) {
	r, err := query(ctx, q, pg.Write, sql, args)
	if err != nil {
		return 0, err
	}
	n := r.Affected()
	r.Release()
	return n, nil
}
