package sqlcore_test

// Transactions of the typed layer.

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/covetgo/covet/sqlcore"
	"github.com/covetgo/covet/sqlcore/pg"
)

func TestTx(t *testing.T) {
	db := open(t)
	setup(t, db, "drop table if exists acct", "create table acct (id int primary key, n int not null)", "insert into acct values (1, 100), (2, 0)")
	balance := func() int {
		n, err := sqlcore.One[int](background, db, "select n from acct where id = 1")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	failure := errors.New("changed my mind")
	var leaked *sqlcore.Tx
	err := db.Tx(background, pg.TxOptions{}, func(tx *sqlcore.Tx) error {
		leaked = tx
		_, err := sqlcore.Exec(background, tx, "update acct set n = n - 10 where id = 1")
		return errors.Join(err, failure)
	})
	if !errors.Is(err, failure) || balance() != 100 {
		t.Error("not rolled back: ", err, balance())
	}
	if _, err := sqlcore.Exec(background, leaked, "update acct set n = 0"); !errors.Is(err, pg.ErrTxDone) {
		t.Error("a Tx works after its end: ", err)
	}
	err = db.Tx(background, pg.TxOptions{Isolation: pg.Serializable, StatementTimeout: time.Minute, LockTimeout: time.Second}, func(tx *sqlcore.Tx) error {
		level, err := sqlcore.One[string](background, tx, "select current_setting('transaction_isolation') || current_setting('statement_timeout') || current_setting('lock_timeout')")
		if level != "serializable1min1s" {
			t.Error(level, err)
		}
		err = tx.Savepoint(background, func(tx *sqlcore.Tx) error {
			_, err := sqlcore.Exec(background, tx, "insert into acct values (1, 1)")
			return err
		})
		if !pg.IsCode(err, "23505") {
			t.Error(err)
		}
		_, err = sqlcore.Exec(background, tx, "update acct set n = n - 10 where id = 1")
		return err
	})
	if err != nil || balance() != 90 {
		t.Error(err, balance())
	}
	err = db.Tx(background, pg.TxOptions{}, func(tx *sqlcore.Tx) error {
		_, _ = sqlcore.Exec(background, tx, "insert into acct values (1, 1)")
		return nil // the error is swallowed
	})
	if !pg.IsCode(err, "23505") {
		t.Error("a failed transaction counts as committed: ", err)
	}
	func() {
		defer func() { recover() }()
		_ = db.Tx(background, pg.TxOptions{}, func(tx *sqlcore.Tx) error {
			_, _ = sqlcore.Exec(background, tx, "update acct set n = 0")
			panic("in the transaction")
		})
	}()
	if balance() != 90 {
		t.Error("a panic commits")
	}
	if err := db.Tx(background, pg.TxOptions{ReadOnly: true}, func(tx *sqlcore.Tx) error {
		_, err := sqlcore.Exec(background, tx, "update acct set n = 0")
		return err
	}); !pg.IsCode(err, "25006") {
		t.Error(err)
	}
	if err := db.Tx(background, pg.TxOptions{}, func(*sqlcore.Tx) error { return nil }); err != nil {
		t.Error("an empty transaction: ", err)
	}
}

// Two transactions that lock each other out, and write skew: one of them is run again, and both succeed.
func TestTxRetries(t *testing.T) {
	db := open(t)
	setup(t, db, "drop table if exists duty", "create table duty (id int primary key, n int not null)", "insert into duty values (1, 1), (2, 1)")
	for _, level := range []pg.Isolation{pg.ReadCommitted, pg.RepeatableRead, pg.Serializable} {
		before, err := sqlcore.One[int](background, db, "select sum(n)::int from duty")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		const each, workers = 10, 4
		for w := range workers {
			wg.Go(func() {
				for range each {
					err := db.Tx(background, pg.TxOptions{Isolation: level, Attempts: 100}, func(tx *sqlcore.Tx) error {
						for i := range 2 {
							if _, err := sqlcore.Exec(background, tx, "update duty set n = n + 1 where id = $1", (w+i)%2+1); err != nil {
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
		after, err := sqlcore.One[int](background, db, "select sum(n)::int from duty")
		if err != nil || after-before != 2*each*workers {
			t.Errorf("level %d: %d updates have an effect, want %d (%v)", level, after-before, 2*each*workers, err)
		}
	}
}

// To stop early in a transaction undoes nothing; while rows come, the session can do nothing else, and says so.
func TestEachInTx(t *testing.T) {
	db := open(t)
	setup(t, db, "drop table if exists each_tx", "create table each_tx (n int)")
	err := db.Tx(background, pg.TxOptions{}, func(tx *sqlcore.Tx) error {
		if _, err := sqlcore.Exec(background, tx, "insert into each_tx values (1)"); err != nil {
			return err
		}
		for range sqlcore.Each[int](background, tx, "select generate_series(1, 1000000)") {
			if _, err := sqlcore.Exec(background, tx, "insert into each_tx values (2)"); !errors.Is(err, pg.ErrBusy) {
				t.Error("a second statement while rows come: ", err)
			}
			break
		}
		_, err := sqlcore.Exec(background, tx, "insert into each_tx values (3)")
		return err
	})
	if err != nil {
		t.Error(err)
	}
	list, err := sqlcore.All[int](background, db, "select n from each_tx order by n")
	if err != nil || !reflect.DeepEqual(list, []int{1, 3}) {
		t.Error(list, err)
	}
}

// A failure that its function has swallowed is not committed, and not called so.
func TestSwallowedFailure(t *testing.T) {
	db := open(t)
	err := db.Tx(background, pg.TxOptions{}, func(tx *sqlcore.Tx) error {
		_, _ = sqlcore.Exec(background, tx, "select 1/0")
		return nil
	})
	if !errors.Is(err, pg.ErrRolledBack) || !pg.IsCode(err, "22012") {
		t.Error(err)
	}
}

// A loop that panics leaves nothing behind that the end of its context would set off, whether the rows were all there
// or not.
func TestEachPanics(t *testing.T) {
	db := open(t)
	for i := range 20 {
		ctx, cancel := context.WithCancel(background)
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			rows := []int{1, 1000000}[i%2]
			for range sqlcore.Each[int](ctx, db, "select generate_series(1, $1::int)", rows) {
				panic("in the loop")
			}
		}()
		cancel()
		if n, err := sqlcore.One[int](background, db, "select 1"); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
}
