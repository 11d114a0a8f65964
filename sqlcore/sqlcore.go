// Package sqlcore asks PostgreSQL in Go's types; and other databases, through drivers of database/sql ([Over]).
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
// value cannot get into it. Values are always bound, by number or by name ([Named], [By]). [Unsafe] is the exception, and
// easy to find. What has to be put together at run time is put together of constants: [Select], [SQL], [Idents].
//
// [One], [All] and [Each] read. On a [DB] the server makes sure of that: their sessions are read-only. Such
// queries of concurrent callers travel together (package pg says how), so they cost a fraction of a round trip
// each. [Exec], [ExecOne] and [ExecAll] write, and each commits by itself. [DB.Tx] runs several in a transaction.
//
// A [Batch] sends several statements of one caller in one go.
//
// On a shared connection, a context that ends releases its caller at once, and the statement runs on, since those of
// others are there too. In a transaction and in [Each] it cancels the statement, and the caller waits for its end: a round
// trip, or some seconds if the server does not answer.
//
// Read in this order: this file (what is asked, and of whom), errors.go, dialect.go; lex.go and named.go (parameters); ident.go,
// build.go and select.go (what is built); batch.go, copy.go and listen.go; over.go, overargs.go, overrows.go and overtx.go (other drivers).
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

// DB is a database. It is safe for concurrent use.
type DB struct {
	pool *pg.Pool
	over *over // instead of pool, if it is asked through database/sql
}

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
	return &DB{pool: pool}, nil
}

// Close ends all connections. Statements in flight fail.
func (db *DB) Close() {
	if db.over != nil {
		_ = db.over.db.Close() // as of a pool, nothing is asked of it any more
		return
	}
	db.pool.Close()
}

// Ping makes a round trip.
func (db *DB) Ping(ctx context.Context) error {
	if db.over != nil {
		return db.over.db.PingContext(ctx)
	}
	return db.pool.Ping(ctx)
}

// Tx is a transaction.
type Tx struct {
	tx   *pg.Tx
	over *over // instead of tx
}

// Tx runs f in a transaction and commits if it returns nil. If others were in the way (serialization failure,
// deadlock), it is run again, a bounded number of times: see [pg.TxOptions]. After f has returned, its Tx is of no use.
func (db *DB) Tx(ctx context.Context, o TxOptions, f func(*Tx) error) error {
	if db.over != nil {
		return db.over.transact(ctx, o, f)
	}
	return failure(db.pool.Tx(ctx, o, func(tx *pg.Tx) error { return f(&Tx{tx: tx}) }))
}

// Savepoint runs f so that its failure undoes what f did, and nothing else of the transaction.
func (tx *Tx) Savepoint(ctx context.Context, f func(*Tx) error) error {
	if tx.over != nil {
		return tx.over.savepoint(ctx, func() error { return f(tx) })
	}
	return failure(tx.tx.Savepoint(ctx, func(*pg.Tx) error { return f(tx) }))
}

// Querier is what statements run on: a [DB] or a [Tx].
type Querier interface {
	// statement finds a statement. To run it is no method: behind an interface, the compiler has to move every
	// argument to the heap.
	statement(sql text) (*pg.Stmt, error)
	// driver is what runs statements if that is database/sql, and else nil.
	driver() *over
	dialect() Dialect
}

func (db *DB) driver() *over    { return db.over }
func (tx *Tx) driver() *over    { return tx.over }
func (db *DB) dialect() Dialect { return db.over.speaks() }
func (tx *Tx) dialect() Dialect { return tx.over.speaks() }

// speaks is the dialect. Without a driver, that is ours.
func (o *over) speaks() Dialect {
	if o == nil {
		return PostgreSQL
	}
	return o.dialect
}

func (db *DB) statement(sql text) (*pg.Stmt, error) { return db.pool.Statement(string(sql)) }
func (tx *Tx) statement(sql text) (*pg.Stmt, error) { return tx.tx.Statement(string(sql)) }

// prepare finds the statement of a text, and makes of values by name what it takes.
func prepare(q Querier, sql text, args []any) (*pg.Stmt, []any, error) {
	if isNamed(args) {
		var err error
		if sql, args, err = expand(PostgreSQL, sql, args); err != nil {
			return nil, nil, err
		}
	}
	stmt, err := q.statement(sql)
	if err != nil {
		return nil, nil, checkMissing(sql, err)
	}
	return stmt, args, nil
}

// query runs the statement of a text where it belongs.
func query(ctx context.Context, q Querier, lane pg.Lane, sql text, args []any) (pg.Result, error) {
	stmt, args, err := prepare(q, sql, args)
	if err != nil {
		return pg.Result{}, err
	}
	return run(ctx, q, lane, stmt, args)
}

// run runs a statement where it belongs. Both branches are calls that the compiler can see through: no argument is moved
// to the heap.
func run(ctx context.Context, q Querier, lane pg.Lane, stmt *pg.Stmt, args []any) (pg.Result, error) {
	if db, ok := q.(*DB); ok {
		return db.pool.Query(ctx, lane, stmt, args)
	}
	return q.(*Tx).tx.Query(ctx, stmt, args)
}

// failure tells what an error of package pg is about.
func failure(err error) error { return classify(err, PostgreSQL) }

// One reads exactly one row: pg.ErrNoRows and pg.ErrTooManyRows say that there was none, or another one.
//
// T is a type that a column can become, or a struct with a field for each column: by its tag `db:"name"`, or by its
// name, for which case and underscores do not count. NULL needs a pointer, a slice or a sql.Null.
func One[T any](ctx context.Context, q Querier, sql text, args ...any) (T, error) {
	if o := q.driver(); o != nil {
		return overOne[T](ctx, o, sql, args)
	}
	r, err := query(ctx, q, pg.Read, sql, args)
	return first[T](r, err)
}

// ExecOne runs a statement that writes and returns exactly one row, such as INSERT … RETURNING. If it returns several,
// it has run all the same.
func ExecOne[T any](ctx context.Context, q Querier, sql text, args ...any) (T, error) {
	if o := q.driver(); o != nil {
		return overOne[T](ctx, o, sql, args)
	}
	r, err := query(ctx, q, pg.Write, sql, args)
	return first[T](r, err)
}

// first decodes the one row of a result, and releases it.
func first[T any](r pg.Result, err error) (T, error) {
	if err != nil {
		var none T
		return none, failure(err)
	}
	value, err := pg.First[T](r)
	r.Release()
	return value, err
}

// All reads all rows. See [One] for T, and [Each] for results that should not be in memory as a whole.
func All[T any](ctx context.Context, q Querier, sql text, args ...any) ([]T, error) {
	if o := q.driver(); o != nil {
		return overAll[T](ctx, o, sql, args)
	}
	stmt, args, err := prepare(q, sql, args)
	if err != nil {
		return nil, err
	}
	db, shared := q.(*DB)
	if shared && stmt.Large() {
		return collect[T](ctx, db, stmt, args)
	}
	r, err := run(ctx, q, pg.Read, stmt, args)
	if shared && err == pg.ErrTooLarge { // it has read, so reading again is the same
		return collect[T](ctx, db, stmt, args)
	}
	return every[T](r, err)
}

// ExecAll runs a statement that writes and returns all of its rows.
func ExecAll[T any](ctx context.Context, q Querier, sql text, args ...any) ([]T, error) {
	if o := q.driver(); o != nil {
		return overAll[T](ctx, o, sql, args)
	}
	r, err := query(ctx, q, pg.Write, sql, args)
	return every[T](r, err)
}

// every decodes all rows of a result, and releases it.
func every[T any](r pg.Result, err error) ([]T, error) {
	if err != nil {
		return nil, failure(err)
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
		return nil, failure(err)
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
		left := false
		err := eachRow(ctx, q, sql, args, func(value T) bool {
			left = !yield(value, nil)
			return !left
		})
		if err != nil && !left {
			var none T
			yield(none, err)
		}
	}
}

// eachRow calls row with each row until that returns false.
func eachRow[T any](ctx context.Context, q Querier, sql text, args []any, row func(T) bool) error {
	if o := q.driver(); o != nil {
		return overEach(ctx, o, sql, args, row)
	}
	stmt, args, err := prepare(q, sql, args)
	if err != nil {
		return err
	}
	if db, ok := q.(*DB); ok {
		return failure(pg.EachRead(ctx, db.pool, stmt, args, row))
	}
	return failure(pg.EachTx(ctx, q.(*Tx).tx, stmt, args, row))
}

// Exec runs a statement that writes, and returns how many rows it touched.
func Exec(ctx context.Context, q Querier, sql text, args ...any) (int64, error) {
	if o := q.driver(); o != nil {
		return o.exec(ctx, sql, args)
	}
	r, err := query(ctx, q, pg.Write, sql, args)
	if err != nil {
		return 0, failure(err)
	}
	n := r.Affected()
	r.Release()
	return n, nil
}
