package pg

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/covetgo/covet/sqlcore/wire"
)

// batchOf makes items of statements that take one argument each.
func batchOf(t testing.TB, p *Pool, sql string, args ...any) []BatchItem {
	t.Helper()
	items := make([]BatchItem, len(args))
	for i := range args {
		items[i] = BatchItem{Stmt: statement(t, p, sql), Args: args[i : i+1]}
	}
	return items
}

// numbers are the single values of a batch's results, and what failed; it releases them.
func numbers(items []BatchItem) (list []int, failures []error) {
	for i := range items {
		n := 0
		if items[i].Err == nil {
			n, items[i].Err = First[int](items[i].Result)
			items[i].Result.Release()
		}
		list, failures = append(list, n), append(failures, items[i].Err)
	}
	return list, failures
}

// inTx runs a batch in a transaction, which may fail before it comes to that.
func inTx(ctx context.Context, p *Pool, items []BatchItem) error {
	ran := false
	err := p.Tx(ctx, TxOptions{Attempts: 1}, func(tx *Tx) error {
		ran = true
		return tx.Batch(ctx, items)
	})
	if !ran {
		refuse(items, err)
	}
	return err
}

// ways are how a batch can be run.
var ways = map[string]func(context.Context, *Pool, []BatchItem) error{
	"read":  func(ctx context.Context, p *Pool, items []BatchItem) error { return p.Batch(ctx, Read, items) },
	"write": func(ctx context.Context, p *Pool, items []BatchItem) error { return p.Batch(ctx, Write, items) },
	"tx":    inTx,
}

// Batches and single statements of many callers share connections, and each gets what it has asked for.
func TestBatchAnswers(t *testing.T) {
	for _, o := range []Options{{}, {ReadConns: 1, WriteConns: 1, PinnedConns: 1}, {SyncEach: true}} {
		p := open(t, o)
		list := contexts(t)
		single := statement(t, p, "select $1::int4 * 3")
		var wg sync.WaitGroup
		for g := range 12 {
			wg.Go(func() {
				ctx := list[g%2]
				for i := range 40 {
					n := g*1000 + i
					for name, way := range ways {
						args := []any{n, n + 1, n + 2, n + 3, n + 4}[:1+i%5]
						items := batchOf(t, p, "select $1::int4 * 2", args...)
						if err := way(ctx, p, items); err != nil {
							t.Errorf("%s: %v", name, err)
							return
						}
						got, _ := numbers(items)
						for j := range args {
							if got[j] != 2*(n+j) {
								t.Errorf("%s: %d is %d", name, 2*(n+j), got[j])
							}
						}
					}
					if got, err := one[int](ctx, p, Lane(g%2), single, n); err != nil || got != 3*n {
						t.Error(got, err)
					}
				}
			})
		}
		wg.Wait()
	}
	p := open(t, Options{})
	for name, way := range ways {
		if err := way(t.Context(), p, nil); err != nil {
			t.Errorf("%s: nothing to do: %v", name, err)
		}
	}
}

// A batch is one group: one Sync, and a statement that comes twice is prepared once.
func TestBatchIsOneGroup(t *testing.T) {
	written := &recorder{}
	c := newConn(&session{nc: written}, true, 1<<16)
	c.reading = true
	desc, _ := newDesc([]byte{0, 0}, nil, formatOf)
	one, two := &Stmt{sql: "select 1", name: "s0"}, &Stmt{sql: "select 2", name: "s1", slot: 1}
	calls := func(list ...*Stmt) (items []BatchItem) {
		for _, s := range list {
			q := &call{wake: make(chan event, 1), stmt: s, desc: desc, kind: kindQuery}
			q.params.Reset(0)
			items = append(items, BatchItem{Stmt: s, Result: Result{q}})
		}
		return items
	}
	if c.submit(calls(one)[0].Result.q, false, false) != sent || c.submitBatch(calls(one, two, two), false) != sent || c.submitBatch(calls(two), false) != sent {
		t.Fatal("not sent")
	}
	var types strings.Builder
	for rest := written.bytes; len(rest) > 0; {
		m, n, st := wire.Next(rest, wire.MessageBytesMax)
		if st != wire.OK {
			t.Fatal(st)
		}
		types.WriteByte(byte(m.Type))
		rest = rest[n:]
	}
	if got, want := types.String(), "PDBES"+"BEPDBEBES"+"BES"; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}

// The third of five fails: those behind it do not run, those before it count where they are not undone, nobody else is
// harmed, and the connection goes on.
func TestBatchFails(t *testing.T) {
	p := open(t, Options{ReadConns: 1, WriteConns: 1, PinnedConns: 2})
	single := statement(t, p, "select $1::int4")
	stop := make(chan struct{})
	var others sync.WaitGroup
	for g := range 4 {
		others.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if n, err := one[int](context.Background(), p, Lane(g%2), single, i); n != i || err != nil {
					t.Error("another caller:", n, err)
					return
				}
			}
		})
	}
	for name, way := range ways {
		for range 20 {
			items := batchOf(t, p, "select 10 / $1::int4", 1, 2, 0, 4, 5)
			err := way(t.Context(), p, items)
			var at *BatchError
			if !errors.As(err, &at) || at.Index != 2 || !IsCode(err, "22012") {
				t.Fatalf("%s: %v", name, err)
			}
			got, failures := numbers(items)
			for i, err := range failures {
				ok := false
				switch {
				case i == 2:
					ok = IsCode(err, "22012")
				case i > 2:
					ok = err == ErrSkipped
				case name == "write":
					ok = err == ErrRolledBack
				default:
					ok = err == nil && got[i] == 10/(i+1)
				}
				if !ok {
					t.Errorf("%s: statement %d: %d, %v", name, i, got[i], err)
				}
			}
		}
	}
	close(stop)
	others.Wait()
}

// What a batch has written before it failed is undone: by the failure, by the commit, and by its savepoint.
func TestBatchUndone(t *testing.T) {
	p := open(t, Options{})
	exec(t, p, "create table if not exists batched (n int4 primary key, unique (n) deferrable initially deferred)")
	count := statement(t, p, "select count(*) from batched")
	rows := func() int {
		n, err := one[int](t.Context(), p, Read, count)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	const insert = "insert into batched values ($1) returning n"
	for _, name := range []string{"write", "tx"} {
		if err := ways[name](t.Context(), p, batchOf(t, p, insert, 1, 2, 1, 3)); !IsCode(err, "23505") || rows() != 0 {
			t.Errorf("%s: %v, and %d rows", name, err, rows())
		}
	}
	// What only the commit finds, undoes all of them.
	exec(t, p, "alter table batched drop constraint batched_pkey")
	items := batchOf(t, p, insert, 1, 1, 2)
	err := p.Batch(t.Context(), Write, items)
	_, failures := numbers(items)
	if !IsCode(err, "23505") || failures[0] != ErrRolledBack || failures[1] != ErrRolledBack || rows() != 0 {
		t.Error("a commit that fails: ", err, failures, rows())
	}
	// In a savepoint, it is undone and no more.
	err = p.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
		if err := tx.Batch(t.Context(), batchOf(t, p, insert, 7, 8)); err != nil {
			return err
		}
		if err := tx.Savepoint(t.Context(), func(tx *Tx) error { return tx.Batch(t.Context(), batchOf(t, p, "select 1/$1::int4", 1, 0)) }); !IsCode(err, "22012") {
			t.Error(err)
		}
		return tx.Batch(t.Context(), batchOf(t, p, insert, 9))
	})
	if err != nil || rows() != 3 {
		t.Error(err, rows())
	}
	if err := p.Batch(t.Context(), Read, batchOf(t, p, insert, 10, 11)); !IsCode(err, codeReadOnly) || rows() != 3 {
		t.Error("a read that writes: ", err)
	}
	exec(t, p, "drop table batched")
}

// What cannot be prepared, or does not fit, runs nothing; what comes after it does.
func TestBatchRefuses(t *testing.T) {
	p := open(t, Options{})
	exec(t, p, "create table if not exists refused (n int4)")
	defer exec(t, p, "drop table refused")
	insert := statement(t, p, "insert into refused values ($1)")
	full := make([]any, BatchMax)
	for i := range full {
		full[i] = i
	}
	for name, way := range ways {
		for what, items := range map[string][]BatchItem{
			"no such table": {{Stmt: insert, Args: []any{1}}, {Stmt: statement(t, p, "select nowhere")}, {Stmt: insert, Args: []any{1}}},
			"no number":     {{Stmt: insert, Args: []any{1}}, {Stmt: insert, Args: []any{int64(1) << 40}}},
			"too few":       {{Stmt: insert, Args: []any{1}}, {Stmt: insert}},
			"too many":      batchOf(t, p, insert.sql, append(full, 1)...),
		} {
			err := way(t.Context(), p, items)
			if err == nil {
				t.Errorf("%s: %s is taken", name, what)
			}
			for i := range items {
				if items[i].Err == nil {
					t.Errorf("%s: %s: statement %d has no error", name, what, i)
				}
			}
		}
		if name != "read" {
			items := batchOf(t, p, insert.sql, full...)
			if err := way(t.Context(), p, items); err != nil {
				t.Errorf("%s: as many as may be: %v", name, err)
			}
		}
		if n, err := one[int](t.Context(), p, Read, statement(t, p, "select count(*) from refused")); n%BatchMax != 0 || err != nil {
			t.Error(n, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, way := range ways {
		items := batchOf(t, p, "select $1::int4", 1, 2)
		if err := way(ended, p, items); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: its context has ended, and %v", name, err)
		}
	}
	var leaked *Tx
	_ = p.Tx(t.Context(), TxOptions{}, func(tx *Tx) error { leaked = tx; return nil })
	if items := batchOf(t, p, "select $1::int4", 1); leaked.Batch(t.Context(), items) != ErrTxDone || items[0].Err != ErrTxDone {
		t.Error("a Tx works after its end")
	}
}

// What is not undone with the others is refused: as the first of a pipeline, PostgreSQL would commit it at once.
func TestBatchRefusesWhatCommitsAlone(t *testing.T) {
	p := open(t, Options{})
	exec(t, p, "create table if not exists alone (n int4)")
	defer exec(t, p, "drop table alone")
	items := []BatchItem{{Stmt: statement(t, p, "create index concurrently alone_n on alone (n)")}, {Stmt: statement(t, p, "select 1 / (count(*) - count(*)) from alone")}}
	if err := p.Batch(t.Context(), Write, items); !errors.Is(err, errSolo) || items[1].Err == nil {
		t.Errorf("%v; %v, %v", err, items[0].Err, items[1].Err)
	}
	if n, err := one[int](t.Context(), p, Read, statement(t, p, "select count(*) from pg_class where relname = 'alone_n'")); n != 0 || err != nil {
		t.Errorf("%d indexes are there, %v", n, err)
	}
	for sql, want := range map[string]bool{
		"vacuum": true, "/* x */ VACUUM alone": true, "cluster": true, "CLUSTER VERBOSE": true, "cluster alone": false, "create database x": true,
		"create unique index concurrently x on alone (n)": true, "create index x on alone (n)": false, "drop index concurrently x": true,
		"reindex (verbose) schema public": true, "reindex table alone": false, "reindex table concurrently alone": true, "alter system reset all": true,
		"alter database x set tablespace y": true, "alter database x set work_mem to 1": false, "alter table a detach partition b concurrently": true,
		"refresh materialized view concurrently x": false, "select 'vacuum'": false, "insert into vacuum values ($1)": false, `drop table "concurrently"`: false, "": false,
	} {
		if got := commitsAlone(sql); got != want {
			t.Errorf("%s: %v, want %v", sql, got, want)
		}
	}
}

// More batches than a connection's ring can hold wait for room, and none for ever.
func TestBatchesWaitForRoom(t *testing.T) {
	p := open(t, Options{ReadConns: 1, AcquireTimeout: patience})
	args := make([]any, BatchMax)
	for i := range args {
		args[i] = i
	}
	list := contexts(t)
	single := statement(t, p, "select $1::int4")
	var wg sync.WaitGroup
	for g := range 10 {
		wg.Go(func() {
			for i := range 5 {
				items := batchOf(t, p, "select $1::int4", args[:BatchMax-g]...)
				if err := p.Batch(list[g%2], Read, items); err != nil {
					t.Error(err)
				}
				if got, _ := numbers(items); got[i] != i || got[len(got)-1] != len(got)-1 {
					t.Error("wrong answers")
				}
				if n, err := one[int](list[g%2], p, Read, single, i); n != i || err != nil {
					t.Error(n, err)
				}
			}
		})
	}
	wg.Wait()
}

// A result that is too large is its statement's trouble.
func TestBatchTooLarge(t *testing.T) {
	p := open(t, Options{ResultBytesMax: 1000})
	for name, way := range ways {
		items := batchOf(t, p, "select length(repeat('x', $1::int4)), repeat('x', $1::int4)", 1, 5000, 2)
		err := way(t.Context(), p, items)
		var at *BatchError
		if !errors.Is(err, ErrTooLarge) || !errors.As(err, &at) || at.Index != 1 || items[0].Err != nil || items[2].Err != nil {
			t.Errorf("%s: %v; %v, %v", name, err, items[0].Err, items[2].Err)
			continue
		}
		if items[0].Result.Len() != 1 || items[2].Result.Len() != 1 || items[2].Result.Columns()[0].Type != oidInt4 {
			t.Errorf("%s: the others have no results", name)
		}
		items[0].Result.Release()
		items[2].Result.Release()
	}
}

// Hooks see each statement of a batch, and a text that comes several times in one is one repeat.
func TestBatchHooks(t *testing.T) {
	var l log
	h := l.hooks()
	h.RepeatMin = 2
	var starts []QueryStart
	told := h.Query
	h.Query = func(ctx context.Context, q QueryStart) func(QueryEnd) {
		starts = append(starts, q)
		return told(ctx, q)
	}
	p := open(t, Options{Hooks: h})
	ctx := CountRepeats(t.Context())
	numbersOf := batchOf(t, p, "select 6 / $1::int4", 1, 2, 3)
	for name, items := range map[string][]BatchItem{"good": numbersOf, "bad": batchOf(t, p, "select 6 / $1::int4", 0, 2)} {
		l.take()
		starts = nil
		err := p.Batch(ctx, Read, items)
		if (err == nil) != (name == "good") || len(starts) != len(items) || starts[0] != (QueryStart{SQL: "select 6 / $1::int4", Args: 1, Lane: laneRead, Batch: len(items)}) {
			t.Error(name, err, starts)
		}
		lines := strings.Join(l.take(), "\n")
		want := map[string]string{"good": "rows=1 retries=0 code= failed=false", "bad": "code=22012"}[name]
		if strings.Count(lines, want) != map[string]int{"good": 3, "bad": 1}[name] {
			t.Errorf("%s: %s", name, lines)
		}
	}
	if got := Repeats(ctx); got["select 6 / $1::int4"] != 2 {
		t.Error(got)
	}
}

// A batch allocates nothing of its own.
func TestBatchAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool forget on purpose")
	}
	p := open(t, Options{})
	items := batchOf(t, p, "select $1::int4", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	run := func() {
		if err := p.Batch(context.Background(), Read, items); err != nil {
			t.Fatal(err)
		}
		for i := range items {
			items[i].Result.Release()
		}
	}
	run()
	if n := testing.AllocsPerRun(500, run); n > 1 {
		t.Errorf("%v allocations for 10 statements", n)
	}
}
