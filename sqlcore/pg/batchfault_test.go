package pg

// Batches, when things fail around them.

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
)

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

// batchLedger knows what became of batches that insert five rows each.
type batchLedger struct {
	insert, double *Stmt
	stop           chan struct{}

	mu                    sync.Mutex
	done, unknown, undone map[int64]bool
}

// write inserts batches until it is told to stop.
func (l *batchLedger) write(p *Pool, id int64, run func(context.Context, *Pool, []BatchItem) error) {
	for ; !l.stopped(); id++ {
		items := make([]BatchItem, 5)
		for i := range items {
			items[i] = BatchItem{Stmt: l.insert, Args: []any{id, i}}
		}
		err := run(context.Background(), p, items)
		var lost *ConnError
		l.mu.Lock()
		switch {
		case err == nil:
			l.done[id] = true
		case errors.As(err, &lost) && lost.Sent:
			l.unknown[id] = true
		default:
			l.undone[id] = true
		}
		l.mu.Unlock()
		for i := range items {
			if items[i].Err == nil {
				items[i].Result.Release()
			}
		}
	}
}

// read asks for numbers until it is told to stop.
func (l *batchLedger) read(t *testing.T, p *Pool) {
	for !l.stopped() {
		items := make([]BatchItem, 5)
		for i := range items {
			items[i] = BatchItem{Stmt: l.double, Args: []any{i}}
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
	}
}

func (l *batchLedger) stopped() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

// written is how many batches were acknowledged.
func (l *batchLedger) written() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.done)
}

// check compares it with what is there.
func (l *batchLedger) check(t *testing.T, p *Pool) {
	type row struct {
		ID int64
		N  int
	}
	found := map[int64]bool{}
	eventually(t, func() error {
		clear(found)
		return EachRead(context.Background(), p, statement(t, p, "select id, count(*) as n from batches group by 1"), nil, func(r row) bool {
			if found[r.ID] = true; r.N != 5 {
				t.Errorf("batch %d has %d of its 5 rows", r.ID, r.N)
			}
			return true
		})
	})
	for id := range l.done {
		if !found[id] {
			t.Errorf("batch %d was acknowledged, and is not there", id)
		}
	}
	for id := range l.undone {
		if found[id] {
			t.Errorf("batch %d was said to be undone, and is there", id)
		}
	}
	for id := range found {
		if !l.done[id] && !l.unknown[id] {
			t.Errorf("batch %d is nobody's", id)
		}
	}
}

// A backend that is killed while batches run: reads are sent again, and writes are all or nothing; who is told that nothing
// was done, or that it was, is told the truth.
func TestBatchKilled(t *testing.T) {
	server, err := pgtest.Start(pgtest.Options{Durable: true})
	pgtest.Require(t, err)
	t.Cleanup(server.Stop)
	p := pool(t, server.URL(), Options{AcquireTimeout: patience, ReadConns: 1, WriteConns: 1})
	exec(t, p, "create table batches (id int8, part int4)")
	pid := statement(t, p, "select pg_backend_pid()")
	l := &batchLedger{
		insert: statement(t, p, "insert into batches values ($1, $2)"), double: statement(t, p, "select $1::int4 * 2"),
		stop: make(chan struct{}), done: map[int64]bool{}, unknown: map[int64]bool{}, undone: map[int64]bool{},
	}
	var wg sync.WaitGroup
	for g := range int64(2) {
		wg.Go(func() { l.write(p, g<<32, ways["write"]) })
		wg.Go(func() { l.write(p, (g+2)<<32, inTx) })
		wg.Go(func() { l.read(t, p) })
	}
	for round := range 6 {
		before := l.written()
		await(t, "batches are written", func() bool { return l.written() > before+20 })
		eventually(t, func() error {
			process, err := one[int](context.Background(), p, Lane(round%2), pid)
			if err != nil {
				return err
			}
			return server.Signal(process, []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}[round/3])
		})
	}
	close(l.stop)
	wg.Wait()
	l.check(t, p)
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
