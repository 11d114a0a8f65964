package pg

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/covetgo/covet/internal/pgtest"
)

// open makes a pool on the shared server.
func open(t testing.TB, o Options) *Pool {
	t.Helper()
	server := pgtest.Shared(t)
	p, err := Open(context.Background(), config(t, server.SocketDSN()), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// statement interns a text.
func statement(t testing.TB, p *Pool, sql string) *Stmt {
	t.Helper()
	s, err := p.Statement(sql)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// one runs a statement and returns its single value.
func one[T any](ctx context.Context, p *Pool, lane Lane, s *Stmt, args ...any) (value T, err error) {
	r, err := p.Query(ctx, lane, s, args)
	if err != nil {
		return value, err
	}
	defer r.Release()
	return First[T](r)
}

// exec runs a statement on the write lane and fails the test if it fails.
func exec(t testing.TB, p *Pool, sql string, args ...any) int64 {
	t.Helper()
	r, err := p.Query(context.Background(), Write, statement(t, p, sql), args)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer r.Release()
	return r.Affected()
}

func TestOneRow(t *testing.T) {
	p := open(t, Options{})
	s := statement(t, p, "select $1::int4 + 1")
	for _, ctx := range contexts(t) {
		for i := range 100 {
			if got, err := one[int32](ctx, p, Read, s, int32(i)); err != nil || got != int32(i)+1 {
				t.Fatal(got, err)
			}
		}
	}
}

// contexts are one that can be cancelled, and one that cannot.
func contexts(t testing.TB) []context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return []context.Context{context.Background(), ctx}
}

// Concurrent callers get their own answers, errors among them, whatever the lane and the kind of context.
func TestAnswersFindTheirCallers(t *testing.T) {
	for _, o := range []Options{{}, {SyncEach: true}, {ReadConns: 3}} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			p := open(t, o)
			good := statement(t, p, "select $1::int8 * 2")
			bad := statement(t, p, "select 1 / ($1::int8 - $1::int8)")
			list := contexts(t)
			var wg sync.WaitGroup
			for g := range 32 {
				wg.Go(func() {
					ctx := list[g%2]
					for i := range 300 {
						n := int64(g*1000 + i)
						if g%8 == 3 && i%5 == 0 {
							if _, err := one[int64](ctx, p, Read, bad, n); !IsCode(err, "22012") {
								t.Errorf("want a division by zero, got %v", err)
								return
							}
							continue
						}
						lane := Read
						if g%5 == 0 {
							lane = Write
						}
						if got, err := one[int64](ctx, p, lane, good, n); err != nil || got != 2*n {
							t.Errorf("%d: got %d, %v", n, got, err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

func TestReadLaneIsReadOnly(t *testing.T) {
	p := open(t, Options{})
	exec(t, p, "create table if not exists ro (x int)")
	if _, err := one[int](context.Background(), p, Read, statement(t, p, "insert into ro values (1) returning x")); !IsCode(err, codeReadOnly) {
		t.Errorf("want 25006, got %v", err)
	}
}

func TestEachStreams(t *testing.T) {
	p := open(t, Options{})
	for _, ctx := range contexts(t) {
		s, err := p.Acquire(ctx)
		if err != nil {
			t.Fatal(err)
		}
		stmt := statement(t, p, "select i, repeat('x', 100) as pad from generate_series(1, $1::int8) i")
		type row struct {
			I   int64
			Pad string
		}
		var sum, rows int64
		if err := Each(ctx, s, stmt, []any{100000}, func(r row) bool {
			sum += r.I
			rows++
			return len(r.Pad) == 100
		}); err != nil || rows != 100000 || sum != 100000*100001/2 {
			t.Errorf("%d rows, sum %d, %v", rows, sum, err)
		}
		rows = 0
		if err := Each(ctx, s, stmt, []any{100000}, func(r row) bool { rows++; return rows < 10 }); err != nil || rows != 10 {
			t.Errorf("stopped: %d rows, %v", rows, err)
		}
		if r, err := s.Query(ctx, statement(t, p, "select 7"), nil); err != nil {
			t.Error("after a stop: ", err)
		} else {
			if n, err := First[int](r); n != 7 || err != nil {
				t.Error(n, err)
			}
			r.Release()
		}
		s.Release()
	}
}

func TestAllocationsPerQuery(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	p := open(t, Options{})
	s := statement(t, p, "select $1::int4 as id, $2::int8 as n")
	type row struct {
		ID int32
		N  int64
	}
	for i, ctx := range contexts(t) {
		n := int64(1 << 40)
		query := func() {
			n++
			r, err := one[row](ctx, p, Read, s, int32(n), n)
			if err != nil || r.N != n {
				t.Fatal(r, err)
			}
		}
		query()
		// A lone caller whose context can end registers with it while it reads, and package context allocates for that.
		if got := testing.AllocsPerRun(500, query); got > float64(2*i) {
			t.Errorf("context %d: %v allocations per query", i, got)
		}
	}
}

// Over TLS there is no socket to try: long writes, and those of callers that may leave, take another way.
func TestOverTLS(t *testing.T) {
	server := pgtest.Shared(t)
	p, err := Open(context.Background(), config(t, server.SocketDSN()+" host=127.0.0.1 sslmode=require"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	secured := statement(t, p, "select ssl from pg_stat_ssl where pid = pg_backend_pid()")
	if on, err := one[bool](context.Background(), p, Read, secured); err != nil || !on {
		t.Fatal(on, err)
	}
	s := statement(t, p, "select $1::text")
	list := contexts(t)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 50 {
				text := fmt.Sprint(g, i)
				if i%10 == 0 {
					text = strings.Repeat("x", 100000) + text
				}
				if got, err := one[string](list[g%2], p, Lane(i%2), s, text); err != nil || got != text {
					t.Errorf("%d bytes, got %d, %v", len(text), len(got), err)
				}
			}
		})
	}
	wg.Wait()
	if err := p.Tx(context.Background(), TxOptions{}, func(tx *Tx) error {
		r, err := tx.Query(list[1], secured, nil)
		if err == nil {
			r.Release()
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}
