package pg

// This file holds what a reading of the code has found and no fault had brought to light.

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
)

// A commit that waits for a standby, and is cancelled, is committed here and nowhere else: that is no success.
func TestCommitWithoutStandby(t *testing.T) {
	server, err := pgtest.Start(pgtest.Options{Settings: map[string]string{"synchronous_standby_names": "ghost", "synchronous_commit": "on"}})
	pgtest.Require(t, err)
	t.Cleanup(server.Stop)
	p := pool(t, server.URL(), Options{})
	run := func(tx *Tx, sql string) error {
		stmt, err := tx.Statement(sql)
		if err != nil {
			return err
		}
		r, err := tx.Query(context.Background(), stmt, nil)
		if err == nil {
			r.Release()
		}
		return err
	}
	if err := p.Tx(context.Background(), TxOptions{}, func(tx *Tx) error {
		if err := run(tx, "select set_config('synchronous_commit', 'off', true)"); err != nil {
			return err
		}
		return run(tx, "create table t (n int)")
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	waiting := statement(t, p, "select count(*) from pg_stat_activity where wait_event = 'SyncRep'")
	go func() {
		await(t, "the commit waits", func() bool {
			n, err := one[int](context.Background(), p, Read, waiting)
			return err == nil && n == 1
		})
		cancel()
	}()
	runs := 0
	err = p.Tx(ctx, TxOptions{}, func(tx *Tx) error { runs++; return run(tx, "insert into t values (1)") })
	if !errors.Is(err, ErrNotReplicated) || runs != 1 {
		t.Errorf("%d runs, %v", runs, err)
	}
}

// A savepoint while rows come is refused at once: held back, it would be handed the lead, and nobody awaits it.
func TestSavepointWhileRowsCome(t *testing.T) {
	p := open(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	stmt := statement(t, p, "select i, pg_sleep(case when i > 3000 then 0.01 else 0 end)::text as s from generate_series(1, 100000) i")
	type row struct {
		I int
		S string
	}
	go func() {
		done <- p.Tx(ctx, TxOptions{Attempts: 1}, func(tx *Tx) error {
			first := true
			return EachTx(ctx, tx, stmt, nil, func(row) bool {
				if first {
					first = false
					if err := tx.Savepoint(ctx, func(*Tx) error { return nil }); !errors.Is(err, ErrBusy) {
						t.Errorf("the savepoint: %v", err)
					}
					cancel()
				}
				return true
			})
		})
	}()
	select {
	case err := <-done:
		if err == nil {
			t.Error("committed, although its context has ended")
		}
	case <-time.After(patience):
		t.Fatal("it hangs")
	}
}

// A savepoint's function that panics while rows come leaves a session of which nothing is known: whoever recovers
// cannot commit what came before.
func TestSavepointPanicsWhileRowsCome(t *testing.T) {
	p := open(t, Options{})
	exec(t, p, "create table if not exists halves (n int)")
	insert := statement(t, p, "insert into halves values (1)")
	many := statement(t, p, "select i from generate_series(1, 100000) i")
	err := p.Tx(t.Context(), TxOptions{Attempts: 1}, func(tx *Tx) error {
		r, err := tx.Query(t.Context(), insert, nil)
		if err != nil {
			return err
		}
		r.Release()
		func() {
			defer func() { _ = recover() }()
			_ = tx.Savepoint(t.Context(), func(tx *Tx) error {
				return EachTx(t.Context(), tx, many, nil, func(int) bool { panic("in the loop") })
			})
		}()
		return nil
	})
	n, oneErr := one[int](t.Context(), p, Read, statement(t, p, "select count(*) from halves"))
	if err == nil || n != 0 || oneErr != nil {
		t.Error("committed:", n, err, oneErr)
	}
}

// A BEGIN that fails with the end of its transaction is over: the session is its next user's.
func TestBeginFailsAtItsEnd(t *testing.T) {
	p := open(t, Options{})
	s, err := p.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	for _, end := range []func(context.Context) error{s.Rollback, s.Commit} {
		if err := s.control(context.Background(), beginBadly, true); err != nil {
			t.Fatal(err)
		}
		if !s.InTx() {
			t.Error("a transaction that is to begin is none")
		}
		if err := end(context.Background()); err == nil {
			t.Error("it has begun")
		}
		if _, err = s.Exec(context.Background(), statement(t, p, "select 1"), nil); err != nil || s.InTx() {
			t.Errorf("in a transaction: %v; the next user: %v", s.InTx(), err)
		}
	}
}

// A pool forgets listeners that were closed.
func TestListenersAreForgotten(t *testing.T) {
	const listeners = 20
	p := open(t, Options{})
	collected := make(chan struct{}, listeners)
	for range listeners {
		l, err := p.Listen(context.Background(), ListenOptions{}, "x")
		if err != nil {
			t.Fatal(err)
		}
		runtime.SetFinalizer(l, func(*Listener) { collected <- struct{}{} })
		l.Close()
	}
	eventually(t, func() error {
		runtime.GC()
		if len(collected) < listeners/2 {
			return errors.New("they are still there")
		}
		return nil
	})
}

// The lead goes to a call that has its answer, but for the ReadyForQuery, which comes in a read of its own.
func TestLeadGoesToTheLast(t *testing.T) {
	client, server := net.Pipe()
	defer server.Close()
	c := newConn(&session{nc: client}, false, 4<<20)
	go io.Copy(io.Discard, server)
	a, b := newCall(&Stmt{sql: "a"}, kindControl), newCall(&Stmt{sql: "b"}, kindControl)
	c.submit(a, false, false)
	doneA, doneB := make(chan struct{}), make(chan struct{})
	go func() { c.awaitDone(a); close(doneA) }()
	reading := func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.reading {
			return errors.New("nobody reads")
		}
		return nil
	}
	eventually(t, reading)
	c.submit(b, false, false)
	go func() { c.awaitDone(b); close(doneB) }()
	eventually(t, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !b.canLead {
			return errors.New("b does not wait yet")
		}
		return nil
	})
	io.WriteString(server, msgDone+msgReady+msgFail)
	<-doneA
	eventually(t, reading)
	go io.WriteString(server, msgReady)
	select {
	case <-doneB:
	case <-time.After(patience):
		t.Error("b hangs")
	}
}

// A number that does not fit into the binary form is not carried as another one.
func TestNumbersBeyondBinary(t *testing.T) {
	for text, fits := range map[string]bool{"1e131071": true, "1e131072": false, "1e140000": false, "-9.5e131071": true} {
		if _, ok := parseDecimal(text); ok != fits {
			t.Errorf("%s: %v", text, ok)
		}
	}
}
