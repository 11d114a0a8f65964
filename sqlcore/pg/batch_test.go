package pg

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
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
	exec(t, p, "create table if not exists batched (n int4 primary key, unique (n) deferrable initially deferred)")
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
			"no number":     {{Stmt: insert, Args: []any{1}}, {Stmt: insert, Args: []any{1 << 40}}},
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

// A context that ends releases its caller from a shared lane, and whoever comes behind gets the right answers; in a
// transaction it cancels.
func TestBatchCancelled(t *testing.T) {
	p := open(t, Options{ReadConns: 1, WriteConns: 1})
	single := statement(t, p, "select $1::int4")
	slow := statement(t, p, "select $1::int4 from pg_sleep(0.01)")
	for name, way := range ways {
		for i := range 40 {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				time.Sleep(time.Duration(i) * 500 * time.Microsecond) // anywhere between before and after
				cancel()
			}()
			items := []BatchItem{{Stmt: single, Args: []any{1}}, {Stmt: slow, Args: []any{2}}, {Stmt: single, Args: []any{3}}}
			err := way(ctx, p, items)
			got, failures := numbers(items)
			if err == nil && fmt.Sprint(got) != "[1 2 3]" || err != nil && (!errors.Is(err, context.Canceled) || errors.Join(failures...) == nil) {
				t.Errorf("%s: %v, %v, %v", name, err, got, failures)
			}
			for lane := range Lane(2) {
				if n, err := one[int](t.Context(), p, lane, single, i); n != i || err != nil {
					t.Fatalf("%s: behind it: %d, %v", name, n, err)
				}
			}
			<-ended
		}
	}
	for _, l := range []*lane{p.read, p.write} {
		c := l.slots[0].conn.Load()
		await(t, "all answers have come", func() bool { return c.load() == 0 && c.left.Load() == 0 })
	}
	ctx, cancel := context.WithCancel(t.Context())
	endless := statement(t, p, "select $1::int4 from pg_sleep(600)")
	context.AfterFunc(ctx, func() {})
	go func() {
		for p.pinned.held() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	items := []BatchItem{{Stmt: single, Args: []any{1}}, {Stmt: endless, Args: []any{2}}, {Stmt: single, Args: []any{3}}}
	if err := inTx(ctx, p, items); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// held is how many sessions are.
func (l *pinned) held() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.holders)
}

// A backend that is killed while batches run: reads are sent again, and writes are all or nothing; who is told that nothing
// was done, or that it was, is told the truth.
func TestBatchKilled(t *testing.T) {
	server, err := pgtest.Start(pgtest.Options{Durable: true})
	pgtest.Require(t, err)
	t.Cleanup(server.Stop)
	p := pool(t, server.URL(), Options{AcquireTimeout: patience, ReadConns: 1, WriteConns: 1})
	exec(t, p, "create table batches (id int8, part int4)")
	insert, pid := statement(t, p, "insert into batches values ($1, $2)"), statement(t, p, "select pg_backend_pid()")
	double := statement(t, p, "select $1::int4 * 2")
	stop := make(chan struct{})
	var mu sync.Mutex
	done, unknown, undone := map[int64]bool{}, map[int64]bool{}, map[int64]bool{}
	var wg sync.WaitGroup
	for g := range 6 {
		wg.Go(func() {
			for id := int64(g) << 32; ; id++ {
				select {
				case <-stop:
					return
				default:
				}
				items := make([]BatchItem, 5)
				if g%3 == 2 {
					for i := range items {
						items[i] = BatchItem{Stmt: double, Args: []any{i}}
					}
					if err := p.Batch(context.Background(), Read, items); err != nil {
						var e *Error
						if !errors.As(err, &e) || !strings.HasPrefix(e.Code, "57P") { // while the server recovers
							t.Error("a read:", err)
						}
						continue
					}
					if got, _ := numbers(items); fmt.Sprint(got) != "[0 2 4 6 8]" {
						t.Error(got)
					}
					continue
				}
				for i := range items {
					items[i] = BatchItem{Stmt: insert, Args: []any{id, i}}
				}
				var err error
				if g%3 == 0 {
					err = p.Batch(context.Background(), Write, items)
				} else {
					err = inTx(context.Background(), p, items)
				}
				var lost *ConnError
				mu.Lock()
				switch {
				case err == nil:
					done[id] = true
				case errors.As(err, &lost) && lost.Sent:
					unknown[id] = true
				default:
					undone[id] = true
				}
				mu.Unlock()
				for i := range items {
					if items[i].Err == nil {
						items[i].Result.Release()
					}
				}
			}
		})
	}
	for round := range 6 {
		mu.Lock()
		before := len(done)
		mu.Unlock()
		await(t, "batches are written", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(done) > before+20
		})
		eventually(t, func() error {
			process, err := one[int](context.Background(), p, Lane(round%2), pid)
			if err != nil {
				return err
			}
			return server.Signal(process, []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}[round/3])
		})
	}
	close(stop)
	wg.Wait()
	found := map[int64]bool{}
	eventually(t, func() error {
		clear(found)
		type row struct {
			ID int64
			N  int
		}
		return EachRead(context.Background(), p, statement(t, p, "select id, count(*) as n from batches group by 1"), nil, func(r row) bool {
			if found[r.ID] = true; r.N != 5 {
				t.Errorf("batch %d has %d of its 5 rows", r.ID, r.N)
			}
			return true
		})
	})
	for id := range done {
		if !found[id] {
			t.Errorf("batch %d was acknowledged, and is not there", id)
		}
	}
	for id := range undone {
		if found[id] {
			t.Errorf("batch %d was said to be undone, and is there", id)
		}
	}
	for id := range found {
		if !done[id] && !unknown[id] {
			t.Errorf("batch %d is nobody's", id)
		}
	}
}

// A connection that breaks, or is cut, after any number of bytes: a batch of reads is sent again, and each answer is right.
func TestBatchBrokenAtEveryByte(t *testing.T) {
	proxy := pgtest.NewProxy(t, pgtest.Shared(t))
	for name, faults := range map[string]func(n int) pgtest.Faults{
		"reset": func(n int) pgtest.Faults { return pgtest.Faults{ResetAfter: n} },
		"cut":   func(n int) pgtest.Faults { return pgtest.Faults{CutAfter: n} },
	} {
		for n := 400; n < 900; n += 1 + n%7 {
			proxy.Set(faults(n))
			p, err := Open(t.Context(), config(t, proxy.URL()), Options{AcquireTimeout: time.Second, ReadConns: 1, WriteConns: 1})
			if err != nil {
				continue // it did not get that far
			}
			for lane := range Lane(2) {
				items := batchOf(t, p, "select $1::int4 * 2", 1, 2, 3)
				err := p.Batch(t.Context(), lane, items)
				got, failures := numbers(items)
				if err == nil && fmt.Sprint(got) != "[2 4 6]" || err != nil && errors.Join(failures...) == nil {
					t.Errorf("%s after %d bytes: %v, %v, %v", name, n, got, err, failures)
				}
				proxy.Set(pgtest.Faults{})
			}
			p.Close()
		}
	}
}

// A table that changes its shape under the statements of a batch.
func TestBatchSchemaChanges(t *testing.T) {
	p := open(t, Options{})
	for name, way := range ways {
		exec(t, p, "drop table if exists shaped")
		exec(t, p, "create table shaped as select 1 as a")
		all := statement(t, p, "select * from shaped")
		for i, change := range []string{"alter table shaped add b int", "alter table shaped alter a type int8", "alter table shaped alter a type text", "alter table shaped drop b"} {
			run := func() error {
				items := []BatchItem{{Stmt: all}, {Stmt: all}}
				err := way(t.Context(), p, items)
				for i := range items {
					if items[i].Err == nil {
						items[i].Result.Release()
					}
				}
				return err
			}
			if err := run(); err != nil {
				t.Errorf("%s, before change %d: %v", name, i, err)
			}
			exec(t, p, change)
			err := run()
			for try := 0; name == "tx" && IsCode(err, codeFeatureNotSupported, codeProtocolViolation) && try < 2; try++ { // the error has ended the transaction, and the next one knows
				err = run()
			}
			if err != nil {
				t.Errorf("%s, after change %d: %v", name, i, err)
			}
		}
	}
	exec(t, p, "drop table shaped")
}

// Behind a pooler, a batch of reads is guarded, and one of writes is one transaction.
func TestBatchPooled(t *testing.T) {
	server := pgtest.Shared(t)
	bouncer := pgtest.NewBouncer(t, server, 3)
	p := pool(t, bouncer.URL()+"&pooler=transaction", Options{})
	exec(t, p, "create table if not exists pooledbatch (n int4 primary key)")
	const insert = "insert into pooledbatch values ($1) returning n"
	list := contexts(t)
	var wg sync.WaitGroup
	for g := range 9 {
		wg.Go(func() {
			for i := range 30 {
				n := 1000*g + 10*i
				for name, way := range ways {
					items := batchOf(t, p, "select $1::int4 * 2", n, n+1, n+2)
					err := way(list[g%2], p, items)
					if got, _ := numbers(items); err != nil || got[2] != 2*(n+2) {
						t.Errorf("%s: %v, %v", name, got, err)
					}
				}
				if err := p.Batch(list[g%2], Read, batchOf(t, p, insert, n, n+1)); !IsCode(err, codeReadOnly) {
					t.Error("a read that writes: ", err)
				}
				if err := p.Batch(list[g%2], Write, batchOf(t, p, insert, n, n+1, n)); !IsCode(err, "23505") {
					t.Error(err)
				}
				items := batchOf(t, p, insert, n, n+1)
				if err := p.Batch(list[g%2], Write, items); err != nil {
					t.Error(err)
				}
				numbers(items)
			}
		})
	}
	wg.Wait()
	if n, err := one[int](t.Context(), p, Read, statement(t, p, "select count(*) from pooledbatch")); n != 9*30*2 || err != nil {
		t.Error(n, err)
	}
	exec(t, p, "drop table pooledbatch")
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
