package pg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
)

// patience is how long a test waits for what must come: long enough for a machine that is busy.
const patience = 60 * time.Second

// eventually waits until f returns no error.
func eventually(t testing.TB, f func() error) {
	t.Helper()
	var err error
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	t.Fatal("not in time: ", err)
}

// pool opens a pool for a URL.
func pool(t testing.TB, url string, o Options) *Pool {
	t.Helper()
	p, err := Open(context.Background(), config(t, url), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Cut into single bytes, everything means the same.
func TestOneByteAtATime(t *testing.T) {
	proxy := pgtest.NewProxy(t, pgtest.Shared(t))
	proxy.Set(pgtest.Faults{SliceBytes: 1})
	p := pool(t, proxy.URL(), Options{})
	s := statement(t, p, "select i, repeat($1, i) as pad from generate_series(1, 20) i")
	type row struct {
		I   int
		Pad string
	}
	for _, ctx := range contexts(t) {
		r, err := p.Query(ctx, Read, s, []any{"äb"})
		if err != nil {
			t.Fatal(err)
		}
		list, err := AppendRows[row](nil, r)
		if err != nil || len(list) != 20 || list[19].Pad != strings.Repeat("äb", 20) {
			t.Error(list, err)
		}
		r.Release()
	}
}

// The state of the session comes behind the error, and may come later: a transaction that failed must not pass for one
// that did not.
func TestFailedTxOneByteAtATime(t *testing.T) {
	proxy := pgtest.NewProxy(t, pgtest.Shared(t))
	proxy.Set(pgtest.Faults{SliceBytes: 1})
	p := pool(t, proxy.URL(), Options{})
	for range 20 {
		err := p.Tx(context.Background(), TxOptions{}, func(tx *Tx) error {
			if r, err := tx.Query(context.Background(), statement(t, p, "select 1 / 0"), nil); err == nil {
				r.Release()
			}
			return nil // the error is swallowed
		})
		if !IsCode(err, "22012") {
			t.Fatalf("a failed transaction counts as committed: %v", err)
		}
	}
}

// Wherever a connection breaks, or a bit flips, each caller gets an answer or an error, and a pool works again
// afterwards. A flipped bit may change a value (PostgreSQL's protocol has no checksum), but never makes us hang.
func TestBrokenAtEveryByte(t *testing.T) {
	proxy := pgtest.NewProxy(t, pgtest.Shared(t))
	for name, faults := range map[string]func(n int) pgtest.Faults{
		"reset": func(n int) pgtest.Faults { return pgtest.Faults{ResetAfter: n} },
		"cut":   func(n int) pgtest.Faults { return pgtest.Faults{CutAfter: n} },
		"flip":  func(n int) pgtest.Faults { return pgtest.Faults{FlipAt: n} },
	} {
		step, limit := 1, patience
		if name == "flip" { // a length that became longer is waited for
			step, limit = 11, 200*time.Millisecond
		}
		for n := 1; n < 700; n += step + n%7 {
			proxy.Set(faults(n))
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			conf := config(t, proxy.URL())
			p, err := Open(ctx, conf, Options{AcquireTimeout: time.Second})
			if err == nil {
				proxy.Set(pgtest.Faults{})
				for want, lane := range map[int]Lane{1: Read, 2: Write} {
					got, err := one[int](ctx, p, lane, statement(t, p, "select "+strconv.Itoa(want)))
					if err == nil && got != want && name != "flip" {
						t.Errorf("%s after %d bytes: got %d, want %d", name, n, got, want)
					}
				}
				p.Close()
			}
			if ctx.Err() != nil && name != "flip" {
				t.Fatalf("%s after %d bytes: waited for the deadline (%v)", name, n, err)
			}
			cancel()
		}
	}
	proxy.Set(pgtest.Faults{})
	p := pool(t, proxy.URL(), Options{})
	eventually(t, func() error {
		proxy.ResetAll()
		_, err := one[int](context.Background(), p, Read, statement(t, p, "select 1"))
		return err
	})
}

// What the network swallows, a deadline ends: for each caller, and after a while for the connection too.
func TestBlackHole(t *testing.T) {
	proxy := pgtest.NewProxy(t, pgtest.Shared(t))
	p := pool(t, proxy.URL(), Options{})
	s := statement(t, p, "select $1::int8")
	if _, err := one[int](context.Background(), p, Read, s, 1); err != nil {
		t.Fatal(err)
	}
	proxy.Set(pgtest.Faults{HoleAfter: 1000})
	proxy.ResetAll()
	var wg sync.WaitGroup
	var expired atomic.Int32
	for range 8 {
		wg.Go(func() {
			for expired.Load() < 8 {
				ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
				_, err := one[int](ctx, p, Read, s, 1)
				cancel()
				if errors.Is(err, context.DeadlineExceeded) {
					expired.Add(1)
				}
			}
		})
	}
	wg.Wait()
	proxy.Set(pgtest.Faults{})
	eventually(t, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		_, err := one[int](ctx, p, Read, s, 1)
		return err
	})
}

// ledger lets writers insert keys, each exactly once, and reads back. What was acknowledged must be there, and what
// failed as not sent must not be; only an unknown outcome may be either.
type ledger struct {
	p                                *Pool
	next, acknowledged, denied, lost atomic.Int64
	mu                               sync.Mutex
	sure, never                      map[int64]bool
	paired                           map[int64]bool // written in a transaction together with its negative
}

// newLedger makes an empty one.
func newLedger(p *Pool) *ledger {
	return &ledger{p: p, sure: map[int64]bool{}, never: map[int64]bool{}, paired: map[int64]bool{}}
}

// write inserts keys until stop: by themselves, or in transactions of two.
func (l *ledger) write(stop <-chan struct{}, insert *Stmt, paired bool) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		key := l.next.Add(1)
		err := l.insert(insert, key, paired)
		var lost *ConnError
		l.mu.Lock()
		l.paired[key] = paired
		switch {
		case err == nil:
			l.sure[key] = true
		case errors.As(err, &lost) && lost.Sent:
			l.lost.Add(1)
		default:
			l.never[key] = true
		}
		l.mu.Unlock()
	}
}

// insert writes a key.
func (l *ledger) insert(insert *Stmt, key int64, paired bool) error {
	if !paired {
		r, err := l.p.Query(context.Background(), Write, insert, []any{key})
		if err == nil {
			r.Release()
		}
		return err
	}
	return l.p.Tx(context.Background(), TxOptions{}, func(tx *Tx) error {
		for _, k := range []int64{key, -key} {
			r, err := tx.Query(context.Background(), insert, []any{k})
			if err != nil {
				return err
			}
			r.Release()
		}
		return nil
	})
}

// check compares the ledger with the table.
func (l *ledger) check(t *testing.T, table string) {
	t.Helper()
	var list []int64
	eventually(t, func() error {
		r, err := l.p.Query(context.Background(), Read, statement(t, l.p, "select key from "+table), nil)
		if err != nil {
			return err
		}
		defer r.Release()
		list, err = AppendRows[int64](nil, r)
		return err
	})
	found := map[int64]bool{}
	for _, key := range list {
		if found[key] {
			t.Errorf("key %d was written twice", key)
		}
		found[key] = true
		if l.never[key] {
			t.Errorf("key %d was written, and its caller was told that it was not", key)
		}
	}
	for key := range l.sure {
		if !found[key] {
			t.Errorf("key %d was acknowledged, and is not there", key)
		}
	}
	for key, paired := range l.paired {
		if paired && found[key] != found[-key] {
			t.Errorf("of the transaction of key %d, a half is there", key)
		}
	}
	t.Logf("%d keys: %d acknowledged, %d refused, %d unknown", l.next.Load(), len(l.sure), len(l.never), l.lost.Load())
	if len(l.sure) == 0 {
		t.Error("nothing was written at all")
	}
}

// Connections break and backends are killed while callers write and read: every caller gets exactly one outcome, and
// it is true.
func TestLedger(t *testing.T) {
	server := pgtest.Shared(t)
	proxy := pgtest.NewProxy(t, server)
	p := pool(t, proxy.URL(), Options{})
	exec(t, p, "drop table if exists ledger")
	exec(t, p, "create table ledger (key int8)") // no unique index: a second write would show
	l := newLedger(p)
	l.disturb(t, "ledger", func(round int) {
		switch round % 3 {
		case 0:
			proxy.ResetAll()
		case 1:
			exec(t, pool(t, server.URL(), Options{}), "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'")
		case 2:
			proxy.Set(pgtest.Faults{ResetAfter: 800 + rand.IntN(3000)})
			proxy.ResetAll()
			time.Sleep(30 * time.Millisecond)
			proxy.Set(pgtest.Faults{})
		}
	}, 12)
	l.check(t, "ledger")
}

// disturb runs writers and readers, and disturbs them.
func (l *ledger) disturb(t *testing.T, table string, disturbance func(round int), rounds int) {
	t.Helper()
	stop := make(chan struct{})
	insert := statement(t, l.p, "insert into "+table+" values ($1)")
	read := statement(t, l.p, "select $1::int8 + 1")
	var wg sync.WaitGroup
	var answers atomic.Int64
	for g := range 12 {
		if g%3 > 0 {
			wg.Go(func() { l.write(stop, insert, g%3 == 2) })
			continue
		}
		wg.Go(func() {
			for i := int64(0); ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				got, err := one[int64](context.Background(), l.p, Read, read, i)
				if err == nil && got != i+1 {
					t.Errorf("asked for %d, got %d", i+1, got)
				}
				answers.Add(1)
			}
		})
	}
	for round := range rounds {
		before := answers.Load()
		eventually(t, func() error { // work goes on between disturbances
			if answers.Load() < before+20 {
				return fmt.Errorf("%d answers", answers.Load()-before)
			}
			return nil
		})
		disturbance(round)
	}
	close(stop)
	wg.Wait()
}

// The server crashes and comes back under load.
func TestServerRestarts(t *testing.T) {
	server, err := pgtest.Start(pgtest.Options{Durable: true})
	pgtest.Require(t, err)
	t.Cleanup(server.Stop)
	p := pool(t, server.URL(), Options{})
	exec(t, p, "create table ledger (key int8)")
	l := newLedger(p)
	ways := []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGQUIT}
	l.disturb(t, "ledger", func(round int) {
		if err := errors.Join(server.Shutdown(ways[round%len(ways)]), server.Restart()); err != nil {
			t.Error(err)
		}
	}, len(ways))
	l.check(t, "ledger")
}

// A pool does not open more connections than its lanes have, whatever happens to them, and does not storm a server
// that is away.
func TestReconnectsAreBounded(t *testing.T) {
	proxy := pgtest.NewProxy(t, pgtest.Shared(t))
	p := pool(t, proxy.URL(), Options{AcquireTimeout: 300 * time.Millisecond})
	s := statement(t, p, "select 1")
	if _, err := one[int](context.Background(), p, Read, s); err != nil {
		t.Fatal(err)
	}
	before := proxy.Accepted()
	proxy.Set(pgtest.Faults{ResetAfter: 1})
	proxy.ResetAll()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := one[int](context.Background(), p, Read, s); err == nil {
				t.Error("an answer without a server")
			}
		})
	}
	wg.Wait()
	if n := proxy.Accepted() - before; n > 20 {
		t.Errorf("%d connections were tried for one slot", n)
	}
}
