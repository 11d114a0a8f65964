package pg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
	"github.com/covetgo/covet/sqlcore/wire"
)

// A backend that is killed takes all sessions of its server with it (57P02), and the server recovers. Each caller has one
// outcome, and it is true, also while it is in a transaction.
func TestBackendKilled(t *testing.T) {
	server, err := pgtest.Start(pgtest.Options{Durable: true})
	pgtest.Require(t, err)
	t.Cleanup(server.Stop)
	p := pool(t, server.URL(), Options{AcquireTimeout: patience})
	exec(t, p, "create table ledger (key int8)")
	pid := statement(t, p, "select pg_backend_pid()")
	insert := statement(t, p, "insert into ledger values ($1)")
	const undone = int64(-1 << 40) // far from what the writers write
	l := newLedger(p)
	lanes := []func() (int, error){
		func() (int, error) { return one[int](context.Background(), p, Read, pid) },
		func() (int, error) { return one[int](context.Background(), p, Write, pid) },
	}
	l.disturb(t, "ledger", func(round int) {
		if round < len(lanes) {
			eventually(t, func() error { // the lane may still be losing what the last kill has left it
				process, err := lanes[round]()
				if err != nil {
					return err
				}
				return server.Signal(process, syscall.SIGKILL)
			})
			return
		}
		// In a transaction: what it wrote before is gone, and its caller knows.
		killed := false
		var err error
		transact := func(tx *Tx) error {
			r, err := tx.Query(context.Background(), insert, []any{undone})
			if err != nil {
				return err
			}
			r.Release()
			r, err = tx.Query(context.Background(), pid, nil)
			if err != nil {
				return err
			}
			process, err := First[int](r)
			r.Release()
			if err != nil {
				return err
			}
			if err := server.Signal(process, syscall.SIGKILL); err != nil {
				return err
			}
			killed = true
			_, err = tx.Query(context.Background(), insert, []any{undone})
			return err
		}
		eventually(t, func() error { // the server may still be recovering from the last kill
			if err = p.Tx(context.Background(), TxOptions{}, transact); killed {
				return nil
			}
			return err
		})
		var lost *ConnError
		if !errors.As(err, &lost) && codeOf(err) == "" {
			t.Errorf("a transaction whose backend was killed: %v", err)
		}
		l.mu.Lock()
		l.never[undone] = true
		l.mu.Unlock()
	}, len(lanes)+1)
	l.check(t, "ledger")
}

// More sessions than the server has: the error says so, and whoever has one goes on.
func TestTooManyConnections(t *testing.T) {
	server, err := pgtest.Start(pgtest.Options{Settings: map[string]string{"max_connections": "5", "superuser_reserved_connections": "0", "max_wal_senders": "0"}})
	pgtest.Require(t, err)
	t.Cleanup(server.Stop)
	p := pool(t, server.URL(), Options{ReadConns: 1, WriteConns: 1, PinnedConns: 20, AcquireTimeout: 200 * time.Millisecond})
	var held []*Session
	for err == nil {
		var s *Session
		if s, err = p.Acquire(context.Background()); err == nil {
			held = append(held, s)
		}
	}
	if !IsCode(err, "53300") || len(held) < 2 || len(held) > 4 {
		t.Errorf("%d sessions, then %v", len(held), err)
	}
	if _, err := one[int](context.Background(), p, Write, statement(t, p, "select 1")); err != nil && !strings.Contains(err.Error(), "53300") {
		t.Errorf("the cause is not told: %v", err)
	}
	for _, s := range held {
		s.Release()
	}
	s, err := p.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s.Release()
	p.pinned.mu.Lock()
	defer p.pinned.mu.Unlock()
	if p.pinned.open != len(p.pinned.idle) || len(p.pinned.holders) != 0 {
		t.Errorf("%d open, %d idle, %d held", p.pinned.open, len(p.pinned.idle), len(p.pinned.holders))
	}
}

// Callbacks that panic, or end their goroutine, lose no session; and shared lanes serve who is in a transaction with the
// only one.
func TestExhaustion(t *testing.T) {
	p := open(t, Options{PinnedConns: 1, ReadConns: 1, WriteConns: 1})
	ctx := context.Background()
	seven, rows := statement(t, p, "select 7"), statement(t, p, "select generate_series(1, 100000)")
	for i := range 12 {
		ended := make(chan any)
		go func() {
			defer func() { ended <- recover() }()
			_ = p.Tx(ctx, TxOptions{}, func(tx *Tx) error {
				switch i % 4 {
				case 0:
					panic("before anything was sent")
				case 1:
					_ = EachTx(ctx, tx, rows, nil, func(int) bool { panic("between rows") })
				case 2:
					r, err := tx.Query(ctx, seven, nil)
					if err == nil {
						r.Release()
					}
					panic("after a statement")
				}
				if n, err := one[int](ctx, p, Read, seven); n != 7 || err != nil {
					t.Error(n, err)
				}
				if n, err := one[int](ctx, p, Write, seven); n != 7 || err != nil {
					t.Error(n, err)
				}
				return nil
			})
		}()
		<-ended
	}
	if err := p.Tx(ctx, TxOptions{}, func(tx *Tx) error { return nil }); err != nil {
		t.Error(err)
	}
}

// What a session forgets or sees with other eyes, outside of a transaction and in one.
func TestStatementCache(t *testing.T) {
	p := open(t, Options{PinnedConns: 1})
	ctx := context.Background()
	for _, sql := range []string{"drop schema if exists elsewhere cascade", "create schema elsewhere", "create table elsewhere.seen (v text)",
		"insert into elsewhere.seen values ('elsewhere')", "drop table if exists seen", "create table seen (v int4)", "insert into seen values (7)"} {
		exec(t, p, sql)
	}
	all := statement(t, p, "select * from seen")
	read := func(s *Session) (string, error) {
		r, err := s.Query(ctx, all, nil)
		if err != nil {
			return "", err
		}
		defer r.Release()
		return First[string](r)
	}
	readInt := func(s *Session) (int, error) {
		r, err := s.Query(ctx, all, nil)
		if err != nil {
			return 0, err
		}
		defer r.Release()
		return First[int](r)
	}
	s, err := p.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	script := func(sql string) {
		t.Helper()
		if _, err := s.Script(ctx, sql); err != nil {
			t.Fatal(sql, err)
		}
	}
	for range 3 {
		if n, err := readInt(s); n != 7 || err != nil {
			t.Error(n, err)
		}
		script("discard all")
		if n, err := readInt(s); n != 7 || err != nil {
			t.Error("after DISCARD ALL: ", n, err)
		}
		script("deallocate all")
		if n, err := readInt(s); n != 7 || err != nil {
			t.Error("after DEALLOCATE ALL: ", n, err)
		}
		script("set search_path to elsewhere")
		if v, err := read(s); v != "elsewhere" || err != nil {
			t.Error("after SET search_path: ", v, err)
		}
		script("reset search_path")
	}
	for want, sql := range map[string]string{codeNoStatement: "deallocate all", codeFeatureNotSupported: "set local search_path to elsewhere"} {
		if n, err := readInt(s); n != 7 || err != nil {
			t.Error(n, err)
		}
		script("begin")
		script(sql)
		if _, err := read(s); !IsCode(err, want) { // it ends the transaction, so nothing is sent again
			t.Errorf("%s in a transaction: %v", sql, err)
		}
		script("rollback")
	}
	if n, err := readInt(s); n != 7 || err != nil {
		t.Error(n, err)
	}
}

// The anomalies of each level are those of PostgreSQL's table (§13.2, table 13.1), no more and no less: a transaction does
// not run at a weaker level than it asked for.
func TestAnomalies(t *testing.T) {
	p := open(t, Options{PinnedConns: 2})
	ctx := context.Background()
	exec(t, p, "drop table if exists anomaly")
	exec(t, p, "create table anomaly (id int4, v int4)")
	get := statement(t, p, "select v from anomaly where id = $1")
	set := statement(t, p, "update anomaly set v = $2 where id = $1")
	total := statement(t, p, "select coalesce(sum(v), 0)::int4 from anomaly")
	insert := statement(t, p, "insert into anomaly values (3, 100)")
	for _, level := range []struct {
		isolation                                    Isolation
		dirty, fuzzy, phantom, lostUpdate, writeSkew bool
	}{
		{ReadUncommitted, false, true, true, true, true}, // PostgreSQL has no dirty reads
		{ReadCommitted, false, true, true, true, true},
		{RepeatableRead, false, false, false, false, true},
		{Serializable, false, false, false, false, false},
	} {
		a, b := acquired(t, p), acquired(t, p)
		begin := func() {
			exec(t, p, "truncate anomaly")
			exec(t, p, "insert into anomaly values (1, 10), (2, 20)")
			for _, s := range []*Session{a, b} {
				if err := s.Begin(ctx, TxOptions{Isolation: level.isolation}); err != nil {
					t.Fatal(err)
				}
			}
		}
		value := func(s *Session, stmt *Stmt, args ...any) int {
			t.Helper()
			r, err := s.Query(ctx, stmt, args)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Release()
			n, err := First[int](r)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		do := func(s *Session, stmt *Stmt, args ...any) error {
			_, err := s.Exec(ctx, stmt, args)
			return err
		}
		expect := func(what string, want, got bool, errs ...error) {
			t.Helper()
			if err := errors.Join(errs...); err != nil && !IsRetryable(err) {
				t.Errorf("%s: %v", isolationNames[level.isolation], err)
			}
			if want != got {
				t.Errorf("%s: %s %v, want %v", isolationNames[level.isolation], what, got, want)
			}
			_, _ = a.Rollback(ctx), b.Rollback(ctx)
		}
		begin()
		first := value(a, get, 1)
		err := do(b, set, 1, 11)
		expect("dirty read", level.dirty, value(a, get, 1) != first, err)

		begin()
		first = value(a, get, 1)
		err = errors.Join(do(b, set, 1, 11), b.Commit(ctx))
		expect("nonrepeatable read", level.fuzzy, value(a, get, 1) != first, err)

		begin()
		first = value(a, total)
		err = errors.Join(do(b, insert), b.Commit(ctx))
		expect("phantom read", level.phantom, value(a, total) != first, err)

		begin()
		x, y := value(a, get, 1), value(b, get, 1)
		err = errors.Join(do(b, set, 1, y+1), b.Commit(ctx))
		late := errors.Join(do(a, set, 1, x+1), a.Commit(ctx))
		expect("lost update", level.lostUpdate, late == nil, err, late)

		begin()
		x, y = value(a, total), value(b, total)
		err = errors.Join(do(a, set, 1, -x), do(b, set, 2, -y))
		err = errors.Join(err, a.Commit(ctx))
		late = b.Commit(ctx)
		expect("write skew", level.writeSkew, err == nil && late == nil, err, late)
		a.Release()
		b.Release()
	}
}

// acquired acquires a session and fails the test if it cannot.
func acquired(t testing.TB, p *Pool) *Session {
	t.Helper()
	s, err := p.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What somebody put in front of the TLS handshake is not taken for the server's words (CVE-2021-23222), and a server
// that says yes to TLS and then nothing costs connect_timeout.
func TestBytesBeforeTLS(t *testing.T) {
	for name, answer := range map[string]string{"injected": "S" + msgWelcome, "silent": "S", "neither": "X", "error": "E" + msgFail} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					ask := make([]byte, len(wire.AppendSSLRequest(nil)))
					if _, err := io.ReadFull(c, ask); err == nil {
						if _, err := io.WriteString(c, answer); err == nil {
							_, _ = io.Copy(io.Discard, c) // until the client gives up
						}
					}
				}()
			}
		}()
		conf := config(t, fmt.Sprintf("host=127.0.0.1 port=%d user=u password=geheim sslmode=require", l.Addr().(*net.TCPAddr).Port))
		conf.ConnectTimeout = 300 * time.Millisecond
		s, err := (&dialer{conf: conf}).dial(context.Background(), nil)
		if err == nil {
			t.Errorf("%s: a session with %v", name, s.host)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the password stands in the error: %v", name, err)
		}
	}
}
