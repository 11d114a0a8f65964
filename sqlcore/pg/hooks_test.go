package pg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
)

// log collects what hooks are told, a line for each end.
type log struct {
	mu    sync.Mutex
	lines []string
}

// add appends a line.
func (l *log) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

// take returns the lines since the last time.
func (l *log) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	l.lines = nil
	return lines
}

// hooks write to the log.
func (l *log) hooks() *Hooks {
	return &Hooks{
		Query: func(_ context.Context, q QueryStart) func(QueryEnd) {
			return func(e QueryEnd) {
				if e.Took < 0 || (e.Code != "") != (e.Err != nil && codeOf(e.Err) != "") {
					l.add("%+v", e)
				}
				l.add("%s %q args=%d rows=%d retries=%d code=%s failed=%v", q.Lane, q.SQL, q.Args, e.Rows, e.Retries, e.Code, e.Err != nil)
			}
		},
		Repeated:  func(_ context.Context, sql string, times int) { l.add("repeated %q %d", sql, times) },
		RepeatMin: 3,
	}
}

// Each statement is told of once, with its outcome, whichever way it takes; and never a value.
func TestHooks(t *testing.T) {
	var l log
	p := open(t, Options{Hooks: l.hooks()})
	exec(t, p, "drop table if exists hooked")
	exec(t, p, "create table hooked (id int4)")
	l.take()
	for _, ctx := range contexts(t) {
		secret := 424242
		insert := statement(t, p, "insert into hooked values ($1)")
		if r, err := p.Query(ctx, Write, insert, []any{secret}); err == nil {
			r.Release()
		}
		if _, err := one[int](ctx, p, Read, statement(t, p, "select id from hooked where id = $1"), secret); err != nil && err != ErrTooManyRows {
			t.Error(err)
		}
		_, _ = one[int](ctx, p, Read, statement(t, p, "select 1 / ($1 - $1::int)"), 7)
		undo := errors.New("undo")
		_ = p.Tx(ctx, TxOptions{}, func(tx *Tx) error {
			if r, err := tx.Query(ctx, insert, []any{secret}); err == nil {
				r.Release()
			}
			if err := EachTx(ctx, tx, statement(t, p, "select generate_series(1, 5000)"), nil, func(int) bool { return true }); err != nil {
				t.Error(err)
			}
			var out bytes.Buffer
			if _, err := tx.CopyOut(ctx, "COPY (SELECT 1) TO STDOUT", &out); err != nil {
				t.Error(err)
			}
			if _, err := tx.CopyIn(ctx, "COPY hooked FROM STDIN", strings.NewReader("1\nx\n")); err == nil {
				t.Error("x is taken")
			}
			return undo
		})
		want := []string{
			`write "insert into hooked values ($1)" args=1 rows=1 retries=0 code= failed=false`,
			`read "select id from hooked where id = $1" args=1 rows=1 retries=0 code= failed=false`,
			`read "select 1 / ($1 - $1::int)" args=1 rows=0 retries=0 code=22012 failed=true`,
			`pinned "insert into hooked values ($1)" args=1 rows=1 retries=0 code= failed=false`,
			`pinned "select generate_series(1, 5000)" args=0 rows=5000 retries=0 code= failed=false`,
			`pinned "COPY (SELECT 1) TO STDOUT" args=0 rows=1 retries=0 code= failed=false`,
			`pinned "COPY hooked FROM STDIN" args=0 rows=0 retries=0 code=22P02 failed=true`,
			`pinned "ROLLBACK" args=0 rows=0 retries=0 code= failed=false`,
		}
		got := l.take()
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		exec(t, p, "truncate hooked")
		l.take()
	}
}

// Connections and waits are told of, too, and so is a read that was sent again.
func TestHooksAround(t *testing.T) {
	proxy := pgtest.NewProxy(t, pgtest.Shared(t))
	var l log
	h := l.hooks()
	h.Connect = func(_ context.Context, c ConnectStart) func(ConnectEnd) {
		return func(e ConnectEnd) { l.add("connect %s tls=%v failed=%v", c.Host.Name, c.TLS, e.Err != nil) }
	}
	h.Acquire = func(context.Context) func(AcquireEnd) {
		return func(e AcquireEnd) {
			var busy *BusyError
			l.add("acquire busy=%v", errors.As(e.Err, &busy))
		}
	}
	p := pool(t, proxy.URL(), Options{Hooks: h, ReadConns: 1, PinnedConns: 1, AcquireTimeout: 10 * time.Second})
	if got := l.take(); len(got) != 1 || got[0] != "connect 127.0.0.1 tls=false failed=false" {
		t.Error(got)
	}
	slow := statement(t, p, "select pg_sleep(0.2)::text")
	if _, err := p.describe(context.Background(), p.read, slow); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := one[string](context.Background(), p, Read, slow)
		done <- err
	}()
	await(t, "it runs", func() bool { c := p.read.slots[0].conn.Load(); return c != nil && c.load() > 0 })
	proxy.ResetAll()
	if err := <-done; err != nil {
		t.Error(err)
	}
	retried := false
	for _, line := range l.take() {
		retried = retried || strings.Contains(line, "retries=1 code= failed=false")
	}
	if !retried {
		t.Error("the retry was not told")
	}
	s, err := p.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	p.options.AcquireTimeout = 10 * time.Millisecond
	if _, err := p.Acquire(context.Background()); err == nil {
		t.Error("two sessions of one")
	}
	s.Release()
	if got := strings.Join(l.take(), "\n"); !strings.Contains(got, "acquire busy=false") || !strings.Contains(got, "acquire busy=true") {
		t.Error(got)
	}
}

// A loop around a query shows.
func TestRepeats(t *testing.T) {
	var l log
	h := l.hooks()
	h.Query = nil
	p := open(t, Options{Hooks: h})
	s := statement(t, p, "select $1::int4")
	for range 2 { // requests
		ctx := CountRepeats(context.Background())
		for i := range 5 {
			if _, err := one[int](ctx, p, Read, s, i); err != nil {
				t.Fatal(err)
			}
		}
		if got := l.take(); len(got) != 1 || got[0] != `repeated "select $1::int4" 3` {
			t.Error(got)
		}
		if got := Repeats(ctx); len(got) != 1 || got[s.sql] != 5 {
			t.Error(got)
		}
	}
	for range 5 {
		if _, err := one[int](context.Background(), p, Read, s, 1); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.take(); len(got) != 0 || Repeats(context.Background()) != nil {
		t.Error("counted without a request: ", got)
	}
	ctx := CountRepeats(context.Background())
	for range 5 { // transactions with a statement each: what ends them is no repeat
		if err := p.Tx(ctx, TxOptions{}, func(tx *Tx) error { return tx.Savepoint(ctx, func(*Tx) error { return nil }) }); err != nil {
			t.Fatal(err)
		}
		_ = p.Tx(ctx, TxOptions{}, func(tx *Tx) error { return errors.New("rolled back") })
	}
	if got := l.take(); len(got) != 0 || len(Repeats(ctx)) != 0 {
		t.Error("counted: ", got, Repeats(ctx))
	}
	for i := range statementsMax + 10 {
		h.count(ctx, fmt.Sprint(i))
	}
	if n := len(Repeats(ctx)); n != statementsMax {
		t.Errorf("%d texts are counted", n)
	}
}

// Hooks that are not there, or do nothing, allocate nothing.
func TestHooksAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	idle := func(context.Context, QueryStart) func(QueryEnd) { return nil }
	for _, h := range []*Hooks{nil, {}, {Query: idle}} {
		p := open(t, Options{Hooks: h})
		s := statement(t, p, "select $1::int4")
		query := func() {
			if _, err := one[int](context.Background(), p, Read, s, 1<<20); err != nil {
				t.Fatal(err)
			}
		}
		query()
		if n := testing.AllocsPerRun(200, query); n > 0 {
			t.Errorf("%+v: %v allocations", h, n)
		}
	}
}

// BenchmarkQuery is a lone caller's query: without hooks, with some that do nothing, and with all.
func BenchmarkQuery(b *testing.B) {
	for name, h := range map[string]*Hooks{
		"without": nil,
		"empty":   {},
		"all": {
			Query:    func(context.Context, QueryStart) func(QueryEnd) { return func(QueryEnd) {} },
			Repeated: func(context.Context, string, int) {}, RepeatMin: 2,
		},
	} {
		b.Run(name, func(b *testing.B) {
			p := open(b, Options{Hooks: h})
			s := statement(b, p, "select $1::int4")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := one[int](context.Background(), p, Read, s, 7); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
