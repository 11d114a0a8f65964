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

// Behind pgbouncer, which lends each transaction another server, everything that does not need a session works: with
// fewer servers than sessions, so that nobody can rely on what one remembers.
func TestPooler(t *testing.T) {
	server := pgtest.Shared(t)
	bouncer := pgtest.NewBouncer(t, server, 3)
	exec(t, open(t, Options{}), "drop table if exists pooled")
	for _, o := range []Options{{}, {SyncEach: true, ReadConns: 3}} {
		p := pool(t, bouncer.URL()+"&pooler=transaction", o)
		list := contexts(t)
		exec(t, p, "create table pooled (id int8, v int4)")
		double, fail := statement(t, p, "select $1::int8 * 2"), statement(t, p, "select 1 / ($1::int8 - $1::int8)")
		insert, sneak := statement(t, p, "insert into pooled values ($1, 0)"), statement(t, p, "insert into pooled values ($1, 1) returning id")
		bump := statement(t, p, "update pooled set v = v + 1 where id = $1")
		var wg sync.WaitGroup
		for g := range 12 {
			wg.Go(func() {
				ctx := list[g%2]
				for i := range 60 {
					n := int64(g*1000 + i)
					if got, err := one[int64](ctx, p, Lane(g%3%2), double, n); err != nil || got != 2*n {
						t.Errorf("%d: got %d, %v", n, got, err)
						return
					}
					switch i % 6 {
					case 0:
						if _, err := one[int64](ctx, p, Read, fail, n); !IsCode(err, "22012") {
							t.Errorf("want a division by zero, got %v", err)
						}
					case 1:
						if _, err := one[int64](ctx, p, Read, sneak, n); !IsCode(err, codeReadOnly) {
							t.Errorf("a read that writes: %v", err)
						}
					case 2:
						r, err := p.Query(ctx, Write, insert, []any{n})
						if err != nil {
							t.Error(err)
							return
						}
						r.Release()
					case 3:
						if err := p.Tx(ctx, TxOptions{Isolation: RepeatableRead, LockTimeout: time.Minute}, func(tx *Tx) error {
							r, err := tx.Query(ctx, bump, []any{n - 1})
							if err == nil {
								r.Release()
							}
							return err
						}); err != nil {
							t.Error(err)
						}
					case 4:
						if _, err := p.CopyIn(ctx, "COPY pooled FROM STDIN", strings.NewReader(fmt.Sprintf("%d\t5\n", -n))); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		wg.Wait()
		var out bytes.Buffer
		if n, err := p.CopyOut(list[0], "COPY (SELECT FROM pooled WHERE v = 1) TO STDOUT", &out); n != 12*10 || err != nil {
			t.Errorf("%d rows were bumped, %v", n, err)
		}
		rows := 0
		if err := EachRead(list[1], p, statement(t, p, "select generate_series(1, 10000)"), nil, func(int) bool { rows++; return true }); rows != 10000 || err != nil {
			t.Error(rows, err)
		}
		// The table changes its shape between two servers.
		shape := statement(t, p, "select * from pooled where id = 2002")
		type row struct {
			ID int64
			V  string
			W  *int
		}
		exec(t, p, "insert into pooled values (2002, 7)")
		for _, change := range []string{"alter table pooled alter v type text", "alter table pooled add w int", "drop table pooled"} {
			for range 4 {
				r, err := p.Query(list[1], Read, shape, nil)
				if err != nil {
					t.Fatal(err)
				}
				if v := r.Columns(); len(v) < 2 {
					t.Error(v)
				}
				r.Release()
			}
			exec(t, p, change)
		}
		cancelPooled(t, p)
	}
}

// cancelPooled cancels statements, and looks whom that hits.
func cancelPooled(t *testing.T, p *Pool) {
	t.Helper()
	for range 5 {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
		err := p.Tx(ctx, TxOptions{}, func(tx *Tx) error {
			r, err := tx.Query(ctx, statement(t, p, "select pg_sleep(600)::text"), nil)
			if err == nil {
				r.Release()
			}
			return err
		})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if n, err := one[int](context.Background(), p, Write, statement(t, p, "select 7"), nil...); n != 7 || err != nil {
			t.Error(n, err)
		}
	}
}

// Who does not say that there is a pooler is told what to do, and no read of theirs can write.
func TestPoolerUnsaid(t *testing.T) {
	bouncer := pgtest.NewBouncer(t, pgtest.Shared(t), 2)
	conf := config(t, bouncer.URL())
	if p, err := Open(context.Background(), conf, Options{}); err == nil || !strings.Contains(err.Error(), hintPooler) {
		t.Errorf("want a hint, got %v", err)
		if err == nil {
			p.Close()
		}
	}
	s := &session{status: map[string]string{"default_transaction_read_only": "off"}}
	if err := s.checkSettings(map[string]string{"default_transaction_read_only": "on"}); err == nil || !strings.Contains(err.Error(), hintPooler) {
		t.Errorf("a setting that was dropped: %v", err)
	}
	// Sessions for database/sql ask for no such setting. Their statements are lost now and then.
	c, err := NewConnector(conf, Options{}, true)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var sessions []*Session
	for range 4 {
		s, err := c.Connect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		sessions = append(sessions, s)
	}
	stmt, err := sessions[0].Statement("select 7")
	if err != nil {
		t.Fatal(err)
	}
	run := func(s *Session) error {
		r, err := s.Query(context.Background(), stmt, nil)
		if err == nil {
			r.Release()
		}
		return err
	}
	last := run(sessions[0])
	for _, s := range sessions[:2] { // each has a server for itself, and one of these knows no statement
		if err := s.Begin(context.Background(), TxOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := sessions[1].control(context.Background(), "SELECT", false); err != nil {
		t.Fatal(err)
	}
	last = errors.Join(last, run(sessions[0]))
	if err := sessions[1].Rollback(context.Background()); err != nil {
		t.Error(err)
	}
	_ = sessions[0].Rollback(context.Background()) // it has failed, if that went as it should
	if !IsCode(last, codeNoStatement, codeDuplicateStatement) || !strings.Contains(last.Error(), hintPooler) {
		t.Errorf("want a hint, got %v", last)
	}
	conf.Pooler = true
	if c, err = NewConnector(conf, Options{}, true); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 4 {
		s, err := c.Connect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for range 5 {
			r, err := s.Query(context.Background(), stmt, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Release()
		}
	}
	p := pool(t, bouncer.URL()+"&pooler=transaction", Options{})
	if _, err := p.Listen(context.Background(), ListenOptions{}, "a"); err == nil {
		t.Error("a session that is not one's own listens")
	}
	if _, err := ParseConfig("host=h user=u pooler=session"); err == nil {
		t.Error("pooler=session is taken")
	}
}
