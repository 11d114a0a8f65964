package drivertest

// Transactions, builders and contexts over every database.

import (
	"context"
	"errors"
	"io"
	"iter"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/covetgo/covet/sqlcore"
)

// balance reads a number that tests change.
func balance(t *testing.T, db *sqlcore.DB) int {
	t.Helper()
	n, err := sqlcore.One[int](background, db, "SELECT n FROM parent WHERE id = 1")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A transaction is all or nothing, whatever ends it, and its statements after a failure do nothing.
func TestPortableTx(t *testing.T) {
	const pay = "UPDATE parent SET n = n + 10 WHERE id = 1"
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		createFamily(t, db)
		failure := errors.New("changed my mind")
		var leaked *sqlcore.Tx
		err := db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error {
			leaked = tx
			exec(t, tx, pay)
			return failure
		})
		if !errors.Is(err, failure) || balance(t, db) != 0 {
			t.Error("not rolled back: ", err, balance(t, db))
		}
		if _, err := sqlcore.Exec(background, leaked, pay); !errors.Is(err, sqlcore.ErrTxDone) {
			t.Error("a Tx works after its end: ", err)
		}
		if err := leaked.Savepoint(background, func(*sqlcore.Tx) error { return nil }); !errors.Is(err, sqlcore.ErrTxDone) {
			t.Error("a Tx works after its end: ", err)
		}
		for _, level := range []sqlcore.Isolation{sqlcore.DefaultIsolation, sqlcore.ReadCommitted, sqlcore.RepeatableRead, sqlcore.Serializable} {
			err := db.Tx(background, sqlcore.TxOptions{Isolation: level}, func(tx *sqlcore.Tx) error {
				exec(t, tx, pay)
				if n, err := sqlcore.One[int](background, tx, "SELECT n FROM parent WHERE id = 1"); n%10 != 0 || err != nil {
					t.Error(n, err)
				}
				return nil
			})
			if err != nil {
				t.Errorf("level %d: %v", level, err)
			}
		}
		if n := balance(t, db); n != 40 {
			t.Error(n)
		}
		err = db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error {
			exec(t, tx, pay)
			err := tx.Savepoint(background, func(tx *sqlcore.Tx) error {
				exec(t, tx, pay)
				_, err := sqlcore.Exec(background, tx, "INSERT INTO parent (id, name) VALUES (1, 'x')")
				return err
			})
			if !errors.Is(err, sqlcore.ErrUnique) {
				t.Error(err)
			}
			if err := tx.Savepoint(background, func(tx *sqlcore.Tx) error { exec(t, tx, pay); return nil }); err != nil {
				t.Error(err)
			}
			return nil
		})
		if n := balance(t, db); err != nil || n != 60 {
			t.Error("after savepoints: ", err, n)
		}
		err = db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error {
			exec(t, tx, pay)
			_, _ = sqlcore.Exec(background, tx, "INSERT INTO parent (id, name) VALUES (1, 'x')")
			if _, err := sqlcore.Exec(background, tx, pay); err == nil {
				t.Error("it goes on after a failure")
			}
			return nil // the error is swallowed
		})
		if !errors.Is(err, sqlcore.ErrRolledBack) || !errors.Is(err, sqlcore.ErrUnique) {
			t.Error("a failed transaction counts as committed: ", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error {
				exec(t, tx, pay)
				panic("in the transaction")
			})
		}()
		err = db.Tx(background, sqlcore.TxOptions{ReadOnly: true}, func(tx *sqlcore.Tx) error {
			_, err := sqlcore.Exec(background, tx, pay)
			return err
		})
		if !errors.Is(err, sqlcore.ErrReadOnly) {
			t.Error("read only: ", err)
		}
		if err := db.Tx(background, sqlcore.TxOptions{ReadOnly: true}, func(tx *sqlcore.Tx) error {
			_, err := sqlcore.One[int](background, tx, "SELECT n FROM parent WHERE id = 1")
			return err
		}); err != nil {
			t.Error(err)
		}
		if err := db.Tx(background, sqlcore.TxOptions{}, func(*sqlcore.Tx) error { return nil }); err != nil {
			t.Error("an empty transaction: ", err)
		}
		exec(t, db, pay) // no connection has stayed read-only, or in a transaction
		if n := balance(t, db); n != 70 {
			t.Error(n)
		}
	})
}

// A savepoint whose function panics, or ends its goroutine, is undone: who recovers from that does not commit the half of it.
func TestPortableSavepointPanics(t *testing.T) {
	const pay = "UPDATE parent SET n = n + 10 WHERE id = 1"
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		createFamily(t, db)
		for name, ends := range map[string]bool{"": false, ", its context ended": true} {
			for what, leave := range map[string]func(tx *sqlcore.Tx){
				"a panic": func(*sqlcore.Tx) { panic("in the savepoint") },
				"a panic after a failure": func(tx *sqlcore.Tx) {
					_, _ = sqlcore.Exec(background, tx, "INSERT INTO parent (id, name) VALUES (1, 'x')")
					panic("in the savepoint")
				},
				"a panic in an inner one": func(tx *sqlcore.Tx) {
					_ = tx.Savepoint(background, func(tx *sqlcore.Tx) error {
						exec(t, tx, pay)
						panic("in the savepoint")
					})
				},
				"the end of the goroutine": func(*sqlcore.Tx) { runtime.Goexit() },
			} {
				before := balance(t, db)
				err := db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error {
					exec(t, tx, pay)
					gone := make(chan struct{})
					go func() {
						defer close(gone)
						defer func() { _ = recover() }()
						ctx, stop := context.WithCancel(background)
						defer stop()
						_ = tx.Savepoint(ctx, func(tx *sqlcore.Tx) error {
							exec(t, tx, pay)
							if ends {
								stop()
							}
							leave(tx)
							return nil
						})
					}()
					<-gone
					exec(t, tx, pay)
					return nil
				})
				if n := balance(t, db); err != nil || n != before+20 {
					t.Errorf("%s%s: %v, and %d were paid, want 20", what, name, err, n-before)
				}
			}
		}
	})
}

// Transactions that lock each other out, or would undo each other's work, are run again until all have had their effect.
func TestPortableRetries(t *testing.T) {
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		createFamily(t, db)
		const workers, times = 4, 8
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for range times {
					err := db.Tx(background, sqlcore.TxOptions{Isolation: sqlcore.Serializable, Attempts: 200}, func(tx *sqlcore.Tx) error {
						for i := range 2 {
							id := (w+i)%2 + 1 // half of them in the other order
							n, err := sqlcore.One[int](background, tx, "SELECT n FROM parent WHERE id = $1", id)
							if err != nil {
								return err
							}
							if _, err := sqlcore.Exec(background, tx, "UPDATE parent SET n = $2 WHERE id = $1", id, n+1); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		list, err := sqlcore.All[int](background, db, "SELECT n FROM parent ORDER BY id")
		if err != nil || !slices.Equal(list, []int{workers * times, workers * times}) {
			t.Error(list, err)
		}
	})
}

// Timeouts end what takes too long where databases have them, and are refused where not; what they set for one transaction
// does not stay.
func TestPortableTimeouts(t *testing.T) {
	slow := sqlcore.PerDialect("SELECT pg_sleep(30)", "SELECT sum(a.i) FROM n a, n b, n c, n d WHERE rand() < 2", "")
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		createFamily(t, db)
		if db.Dialect() == sqlcore.SQLite {
			for want, o := range map[string]sqlcore.TxOptions{
				"use a context": {StatementTimeout: time.Second}, "busy_timeout": {LockTimeout: time.Second}, "deferrable": {Deferrable: true},
			} {
				if err := db.Tx(background, o, func(*sqlcore.Tx) error { return nil }); !errors.Is(err, sqlcore.ErrUnsupported) || !strings.Contains(err.Error(), want) {
					t.Errorf("%v, want %s", err, want)
				}
			}
			return
		}
		exec(t, db, "DROP TABLE IF EXISTS n")
		exec(t, db, "CREATE TABLE n (i int)")
		exec(t, db, "INSERT INTO n WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 500) SELECT i FROM r")
		if db.Dialect() == sqlcore.PostgreSQL {
			err := db.Tx(background, sqlcore.TxOptions{Isolation: sqlcore.Serializable, ReadOnly: true, Deferrable: true}, func(tx *sqlcore.Tx) error {
				modes, err := sqlcore.One[string](background, tx, "SELECT concat(current_setting('transaction_isolation'), ' ', current_setting('transaction_read_only'), ' ', current_setting('transaction_deferrable'))")
				if modes != "serializable on on" {
					t.Error(modes)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		err := db.Tx(background, sqlcore.TxOptions{StatementTimeout: 50 * time.Millisecond}, func(tx *sqlcore.Tx) error {
			_, err := sqlcore.One[*string](background, tx, slow.For(tx))
			return err
		})
		if !errors.Is(err, sqlcore.ErrCanceled) {
			t.Error("a slow statement: ", err)
		}
		if n, err := sqlcore.One[int](background, db, "SELECT count(*) FROM n a, n b WHERE a.i <= b.i"); n != 500*501/2 || err != nil {
			t.Error(n, err)
		}
		err = db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error {
			exec(t, tx, "UPDATE parent SET n = 1 WHERE id = 1")
			err := db.Tx(background, sqlcore.TxOptions{LockTimeout: 100 * time.Millisecond}, func(other *sqlcore.Tx) error {
				_, err := sqlcore.Exec(background, other, "UPDATE parent SET n = 2 WHERE id = 1")
				return err
			})
			if !errors.Is(err, sqlcore.ErrLockTimeout) || sqlcore.IsRetryable(err) {
				t.Error("a lock that somebody has: ", err)
			}
			return nil
		})
		if err != nil || balance(t, db) != 1 {
			t.Error(err, balance(t, db))
		}
		if err := db.Tx(background, sqlcore.TxOptions{LockTimeout: time.Microsecond}, func(*sqlcore.Tx) error { return nil }); err == nil {
			t.Error("a timeout of a microsecond")
		}
	})
}

// What package database/sql has no words for is refused, and does not crash.
func TestPortableRefusals(t *testing.T) {
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		if db.Native() {
			return
		}
		_, rows := sqlcore.CopyRows(background, db, "parent (id)", func(func(int, error) bool) {})
		_, in := sqlcore.CopyIn(background, db, "COPY parent FROM STDIN", strings.NewReader(""))
		_, out := sqlcore.CopyOut(background, db, "COPY parent TO STDOUT", io.Discard)
		_, listen := db.Listen(background, "channel")
		inTx := db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error {
			_, err := sqlcore.CopyIn(background, tx, "COPY parent FROM STDIN", strings.NewReader(""))
			return err
		})
		for _, err := range []error{rows, in, out, listen, inTx} {
			if !errors.Is(err, sqlcore.ErrUnsupported) {
				t.Error(err)
			}
		}
	})
}

// A context that ends releases its caller, in a transaction and outside, and what comes after works. (On a shared connection
// the statement runs on, and MariaDB notices late that its client has gone: so these end soon by themselves.)
func TestPortableContexts(t *testing.T) {
	endless := sqlcore.PerDialect("SELECT pg_sleep(0.3)", "SELECT sleep(0.3)", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		createFamily(t, db)
		for range 3 {
			ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
			if _, err := sqlcore.All[*string](ctx, db, endless.For(db)); err == nil || ctx.Err() == nil {
				t.Error(err)
			}
			err := db.Tx(ctx, sqlcore.TxOptions{}, func(*sqlcore.Tx) error { t.Error("begun after the context's end"); return nil })
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			cancel()
			ctx, cancel = context.WithTimeout(background, 50*time.Millisecond)
			err = db.Tx(ctx, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error {
				exec(t, tx, "UPDATE parent SET n = n + 1 WHERE id = 1")
				_, err := sqlcore.All[*string](ctx, tx, endless.For(tx))
				return err
			})
			if err == nil || ctx.Err() == nil {
				t.Error(err)
			}
			cancel()
		}
		exec(t, db, "UPDATE parent SET n = n + 100 WHERE id = 1")
		if n := balance(t, db); n != 100 {
			t.Error(n)
		}
	})
}

// hostile is what somebody sends who wants more than to be stored.
var hostile = []string{
	`'; DROP TABLE parent; --`, `" OR ""="`, `' OR '1'='1`, `\'; DROP TABLE parent; --`, `1; DELETE FROM parent`, `$1`, `:name`, `?`, `$$; DROP TABLE parent; $$`,
	"/* */ --", "%' OR 1=1 --", "`; DROP TABLE parent; `", "\\", "'", "''", `\\'`, `E'\''`, "x\ny'--", `]; DROP`, "NULL", "(SELECT 1)", "# '",
}

// Built queries: values stay values, lists may be empty, and pages by key are the whole.
func TestPortableBuilder(t *testing.T) {
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		createFamily(t, db)
		exec(t, db, "DELETE FROM child")
		exec(t, db, "DELETE FROM parent")
		for i, s := range hostile {
			if _, err := sqlcore.Exec(background, db, "INSERT INTO parent (id, name, n) VALUES (:id, :name, :n) -- :not", sqlcore.Named{"id": i, "name": s, "n": i % 4}); err != nil {
				t.Fatal(err)
			}
		}
		id, name, n := sqlcore.Name("id"), sqlcore.Name("parent", "name"), sqlcore.Name("n")
		ids := func(s sqlcore.Selection) []int {
			t.Helper()
			q, err := s.Build(db)
			if err != nil {
				t.Fatal(err)
			}
			list, err := sqlcore.All[int](background, db, q.Text(), q.Args()...)
			if err != nil {
				t.Fatalf("%s: %v", q.Text(), err)
			}
			return list
		}
		all := sqlcore.Select("id").From("parent").OrderBy(id.Asc())
		for i, s := range hostile {
			for _, f := range []sqlcore.Frag{
				sqlcore.Eq(name, s), sqlcore.In(name, []string{s, "other", "more"}), sqlcore.SQL("name = :name AND '\"' <> ':name'", sqlcore.Named{"name": s}),
				sqlcore.Not(sqlcore.Or(sqlcore.SQL("$1 <> $2", name, s), sqlcore.SQL("name IS NULL"))),
			} {
				q, err := all.Where(f).Build(db)
				if err != nil {
					t.Fatal(err)
				}
				if list, err := sqlcore.All[int](background, db, q.Text(), q.Args()...); err != nil || !slices.Equal(list, []int{i}) {
					t.Errorf("%q by %s: %v, %v", s, q.Text(), list, err)
				}
			}
		}
		if got := ids(all.Where(sqlcore.In(id, []int{}))); len(got) != 0 {
			t.Error(got)
		}
		if got := ids(all.Where(sqlcore.NotIn(id, []int{}), sqlcore.Frag{}, sqlcore.And())); len(got) != len(hostile) {
			t.Error(got)
		}
		if got := ids(all.Where(sqlcore.NotIn(id, []int{0, 1, 2}), sqlcore.SQL("id < $1", 6)).Offset(1)); !slices.Equal(got, []int{4, 5}) {
			t.Error(got)
		}
		if got := ids(sqlcore.Select("i").WithRecursive("r(i)", sqlcore.SQL("SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < $1", 5)).From("r").Where(sqlcore.SQL("EXISTS ($1)", sqlcore.Select("1").From("parent").Where(sqlcore.SQL("id = r.i")))).
			OrderBy(sqlcore.Name("i").Desc())); !slices.Equal(got, []int{5, 4, 3, 2, 1}) {
			t.Error(got)
		}
		sums := sqlcore.Select("sum(n) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)").From("parent").OrderBy(id.Asc()).Limit(5)
		if got := ids(sums); !slices.Equal(got, []int{0, 1, 3, 6, 6}) {
			t.Error(got)
		}
		for _, order := range [][]sqlcore.Order{{id.Asc()}, {n.Asc(), id.Asc()}, {n.Desc(), id.Desc()}, {n.Asc(), id.Desc()}, {n.Desc(), name.Asc()}} {
			type row struct {
				ID, N int
				Name  string
			}
			base := sqlcore.Select("id, n, name").From("parent").OrderBy(order...)
			read := func(s sqlcore.Selection) []row {
				q, err := s.Build(db)
				if err != nil {
					t.Fatal(err)
				}
				list, err := sqlcore.All[row](background, db, q.Text(), q.Args()...)
				if err != nil {
					t.Fatalf("%s: %v", q.Text(), err)
				}
				return list
			}
			var paged []row
			for page := read(base.Limit(3)); len(page) > 0; {
				paged = append(paged, page...)
				last := page[len(page)-1]
				key := []any{last.ID}
				if len(order) == 2 {
					key = []any{last.N, last.ID}
					if reflect.DeepEqual(order[1], name.Asc()) {
						key[1] = last.Name
					}
				}
				page = read(base.After(key...).Limit(3))
			}
			if whole := read(base); !slices.Equal(paged, whole) || len(whole) != len(hostile) {
				t.Errorf("%v in pages\n%v in all", paged, whole)
			}
		}
	})
}

// Statements that end a transaction of MySQL are refused in one: what follows would not be undone, and would be done again.
func TestPortableTxIsOne(t *testing.T) {
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		exec(t, db, "DROP TABLE IF EXISTS paid")
		exec(t, db, "DROP TABLE IF EXISTS audit")
		exec(t, db, "CREATE TABLE paid (id int)")
		err := db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error {
			exec(t, tx, "INSERT INTO paid VALUES (1)")
			if _, err := sqlcore.Exec(background, tx, " create table audit (id int)"); err != nil {
				return err
			}
			return errors.New("no")
		})
		if err == nil {
			t.Error("committed")
		}
		if n, err := sqlcore.One[int](background, db, "SELECT count(*) FROM paid"); n != 0 || err != nil {
			t.Errorf("%d rows stayed, %v", n, err)
		}
	})
}

// A column that is not there is an error, and not a text.
func TestPortableNames(t *testing.T) {
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		exec(t, db, "DROP TABLE IF EXISTS named")
		exec(t, db, "CREATE TABLE named (kind varchar(9))")
		exec(t, db, "INSERT INTO named VALUES ('a')")
		b, err := sqlcore.SQL("DELETE FROM named WHERE $1 <> $2", sqlcore.Name("knd"), "x").Build(db)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := sqlcore.Exec(background, db, b.Text(), b.Args()...); err == nil {
			t.Errorf("%d rows deleted by a column that is not there", n)
		}
		if _, err := sqlcore.Exec(background, db, " "); err != nil && !strings.Contains(err.Error(), "empty") {
			t.Error("an empty statement:", err) // to PostgreSQL it is one that does nothing
		}
	})
}

// Whoever keeps an iterator in a transaction does not hang.
func TestPortableTxLeavesRows(t *testing.T) {
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		exec(t, db, "DROP TABLE IF EXISTS many")
		exec(t, db, "CREATE TABLE many (id int)")
		exec(t, db, "INSERT INTO many VALUES (1), (2), (3)")
		err := db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error {
			next, _ := iter.Pull2(sqlcore.Each[int](background, tx, "SELECT id FROM many"))
			_, err, _ := next()
			return err
		})
		if err != nil && !errors.Is(err, sqlcore.ErrBusy) { // PostgreSQL's own session may have got all rows by then
			t.Error(err)
		}
	})
}
