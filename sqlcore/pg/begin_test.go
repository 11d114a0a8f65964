package pg

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/sqlcore/wire"
)

// beginBadly is a BEGIN that the server refuses.
const beginBadly = "BEGIN ISOLATION LEVEL SNAPSHOT"

// What travels behind a BEGIN that fails does not run, whatever it is; and neither does what comes after it, until the
// transaction that never was has been ended.
func TestBeginFails(t *testing.T) {
	p := open(t, Options{})
	exec(t, p, "drop table if exists outside")
	exec(t, p, "create table outside (how text)")
	insert := func(how string) *Stmt { return statement(t, p, "insert into outside values ('"+how+"') returning how") }
	ways := map[string]func(context.Context, *Session, *Stmt) error{
		"query": func(ctx context.Context, s *Session, stmt *Stmt) error {
			r, err := s.Query(ctx, stmt, nil)
			if err == nil {
				r.Release()
			}
			return err
		},
		"rows": func(ctx context.Context, s *Session, stmt *Stmt) error {
			return Each(ctx, s, stmt, nil, func(string) bool { return true })
		},
		"script": func(ctx context.Context, s *Session, stmt *Stmt) error {
			_, err := s.Script(ctx, stmt.sql)
			return err
		},
		"describe": func(ctx context.Context, s *Session, stmt *Stmt) error {
			fresh := *statement(t, p, stmt.sql+" /* new */")
			r, err := s.Query(ctx, &fresh, nil)
			if err == nil {
				r.Release()
			}
			return err
		},
	}
	for name, run := range ways {
		for _, ctx := range contexts(t) {
			s, err := p.Acquire(ctx)
			if err != nil {
				t.Fatal(err)
			}
			stmt := insert(name)
			if _, err := s.Describe(ctx, stmt); err != nil {
				t.Fatal(err)
			}
			if err := s.control(ctx, beginBadly, true); err != nil {
				t.Fatal(err)
			}
			if err := run(ctx, s, stmt); !IsCode(err, "42601") || errors.Is(err, errSkipped) {
				t.Errorf("%s: want the error of BEGIN, got %v", name, err)
			}
			for again, run := range ways { // who swallows the first error must not write outside of a transaction
				if err := run(ctx, s, insert(again)); !errors.Is(err, ErrNotBegun) || !IsCode(err, "42601") {
					t.Errorf("%s after %s: want ErrNotBegun, got %v", again, name, err)
				}
			}
			if err := s.Commit(ctx); !errors.Is(err, ErrRolledBack) {
				t.Errorf("%s: the commit of nothing says %v", name, err)
			}
			if r, err := s.Query(ctx, statement(t, p, "select 7"), nil); err != nil {
				t.Error("afterwards: ", err)
			} else {
				r.Release()
			}
			s.Release()
		}
	}
	if how, err := one[string](context.Background(), p, Read, statement(t, p, "select coalesce(string_agg(how, ','), '') from outside")); how != "" || err != nil {
		t.Errorf("these ran outside of their transaction: %s, %v", how, err)
	}
}

// A transaction of the pool ends like that too, when what it begins with fails: a timeout that PostgreSQL does not take
// is one that passes the check of a duration.
func TestTxOptionsOutOfRange(t *testing.T) {
	p := open(t, Options{})
	for _, o := range []TxOptions{{StatementTimeout: 25 * 24 * time.Hour}, {LockTimeout: time.Microsecond}, {Isolation: 17}} {
		if err := p.Tx(context.Background(), o, func(*Tx) error { t.Error("it runs"); return nil }); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// On the wire, BEGIN and its statement are one group: there is no Sync between them, at which the server would begin
// anew.
func TestBeginSharesItsSync(t *testing.T) {
	written := &recorder{}
	c := newConn(&session{nc: written}, false, 1<<16)
	c.reading = true
	s := &Session{pool: &Pool{}, c: c}
	if err := s.Begin(context.Background(), TxOptions{LockTimeout: time.Second}); err != nil {
		t.Fatal(err)
	}
	desc, _ := newDesc([]byte{0, 0}, nil, formatOf)
	q := &call{wake: make(chan event, 1), stmt: &Stmt{sql: "select 1", name: "s0"}, desc: desc, kind: kindQuery}
	q.params.Reset(0)
	if err := s.send(q, false); err != nil {
		t.Fatal(err)
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
	if got, want := types.String(), "PBEPBEPDBES"; got != want { // BEGIN, SET LOCAL, the statement, one Sync
		t.Errorf("sent %s, want %s", got, want)
	}
}

// recorder is a connection that keeps what is written.
type recorder struct {
	pipeEnd
	bytes []byte
}

// Write keeps p.
func (r *recorder) Write(p []byte) (int, error) {
	r.bytes = append(r.bytes, p...)
	return len(p), nil
}

// Savepoints that nothing is said in are not held back without end.
func TestEmptySavepoints(t *testing.T) {
	p := open(t, Options{})
	ctx := context.Background()
	if err := p.Tx(ctx, TxOptions{}, func(tx *Tx) error {
		for range ringEntries {
			if err := tx.Savepoint(ctx, func(*Tx) error { return nil }); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
