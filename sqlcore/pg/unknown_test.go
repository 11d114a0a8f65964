package pg

// Writes of which nobody can know whether they were committed must say so, and must not be sent again.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/covetgo/covet/internal/pgtest"
	"github.com/covetgo/covet/sqlcore/wire"
)

// isUnknown reports whether an error says that the outcome is unknown.
func isUnknown(err error) bool {
	var lost *ConnError
	return errors.As(err, &lost) && lost.Sent
}

// execOne runs a statement that writes.
func execOne(p *Pool, s *Stmt, args ...any) error {
	r, err := p.Query(context.Background(), Write, s, args)
	if err == nil {
		r.Release()
	}
	return err
}

// pgbouncer's query_timeout ends the client's session, while the server goes on and commits.
func TestPoolerGivesUp(t *testing.T) {
	server := pgtest.Shared(t)
	bouncer := pgtest.NewBouncer(t, server, 3, "query_timeout = 1")
	direct := open(t, Options{})
	exec(t, direct, "drop table if exists given_up")
	exec(t, direct, "create table given_up (n int4)")
	defer exec(t, direct, "drop table given_up")
	running := statement(t, direct, "select count(*) from pg_stat_activity where query like '%given_up%' and state = 'active' and pid <> pg_backend_pid()")
	count := statement(t, direct, "select count(*) from given_up where n = $1")
	rows := func(n int) int {
		t.Helper()
		eventually(t, func() error {
			left, err := one[int](t.Context(), direct, Read, running)
			if err == nil && left > 0 {
				err = fmt.Errorf("%d statements run", left)
			}
			return err
		})
		found, err := one[int](t.Context(), direct, Read, count, n)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	p := pool(t, bouncer.URL()+"&pooler=transaction", Options{})
	insert, slow := statement(t, p, "insert into given_up values ($1)"), statement(t, p, "select 1 from pg_sleep(3) as given_up")
	both := statement(t, p, "insert into given_up select $1::int4 from pg_sleep(3)")
	items := []BatchItem{{Stmt: insert, Args: []any{1}}, {Stmt: slow}}
	err := p.Batch(t.Context(), Write, items)
	if found := rows(1); found > 1 || !isUnknown(err) || !isUnknown(items[0].Err) || !isUnknown(items[1].Err) {
		t.Errorf("a batch: %d rows; %v; %v, %v", found, err, items[0].Err, items[1].Err)
	}
	err = execOne(p, both, 2)
	if found := rows(2); found > 1 || !isUnknown(err) {
		t.Errorf("a statement: %d rows, %v", found, err)
	}
}

// scripted is a server that takes any statement, and answers what runs by its own script.
type scripted struct {
	run   func(n int) string // what the n-th Execute of a group is answered with
	sync  string             // what the Sync of a group that ran something is answered with; then the session ends
	syncs atomic.Int32       // of such groups
}

// listen starts it, and returns the connection string for it.
func (s *scripted) listen(t *testing.T) string {
	t.Helper()
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
			go s.serve(c)
		}
	}()
	return "postgres://u@" + l.Addr().String() + "/d?sslmode=disable"
}

// serve speaks with one client.
func (s *scripted) serve(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 64<<10)
	if _, err := c.Read(buf); err != nil {
		return
	}
	if _, err := io.WriteString(c, msgWelcome); err != nil {
		return
	}
	have, ran := 0, 0
	for {
		n, err := c.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		used, answer, ends := 0, "", false
		for !ends {
			m, n, st := wire.Next(buf[used:have], wire.MessageBytesMax)
			if st != wire.OK {
				break
			}
			used += n
			switch m.Type {
			case 'P':
				answer += serverMessage(wire.ParseComplete, "")
			case 'D':
				answer += msgDescribed[len(serverMessage(wire.ParseComplete, "")):]
			case 'B':
				answer += serverMessage(wire.BindComplete, "")
			case 'E':
				answer += s.run(ran)
				ran++
			case 'S':
				if ends = ran > 0; ends {
					s.syncs.Add(1)
					answer += s.sync
				} else {
					answer += msgReady
				}
			}
		}
		have = copy(buf, buf[used:have])
		if _, err := io.WriteString(c, answer); err != nil || ends {
			return
		}
	}
}

// An error that ends the session proves something only if PostgreSQL has written it, and no pooler is in between.
func TestWhoseFatal(t *testing.T) {
	const anonymous = "SFATAL\x00VFATAL\x00C08P01\x00Mquery timeout\x00"
	for _, c := range []struct {
		name, fields, mode string
		resent             bool
	}{
		{"a pooler's", anonymous, "", false},
		{"PostgreSQL's", anonymous + "RProcessInterrupts\x00", "", true},
		{"PostgreSQL's, through a pooler", anonymous + "RProcessInterrupts\x00", "&pooler=transaction", false},
	} {
		s := &scripted{run: func(n int) string {
			if n == 0 {
				return serverMessage(wire.ErrorResponse, c.fields+"\x00")
			}
			return ""
		}}
		p := pool(t, s.listen(t)+c.mode, Options{ReadConns: 1, WriteConns: 1})
		items := []BatchItem{{Stmt: statement(t, p, "insert 1")}, {Stmt: statement(t, p, "insert 2")}}
		err := p.Batch(t.Context(), Write, items)
		if n := int(s.syncs.Load()); (n > 1) != c.resent || n == 0 {
			t.Errorf("%s: sent %d times; %v", c.name, n, err)
		}
		if c.fields == anonymous && (!isUnknown(err) || !isUnknown(items[0].Err) || !isUnknown(items[1].Err)) {
			t.Errorf("%s: %v; %v, %v", c.name, err, items[0].Err, items[1].Err)
		}
	}
}

// A result that is too large does not hide that the connection broke before the commit was known.
func TestLargeAndUnknown(t *testing.T) {
	large := serverMessage(wire.DataRow, "\x00\x01\x00\x00\x07\xd0"+string(make([]byte, 2000)))
	for at := range 3 {
		s := &scripted{run: func(n int) string {
			if n == at {
				return large + msgDone
			}
			return msgRow + msgDone
		}}
		p := pool(t, s.listen(t), Options{ReadConns: 1, WriteConns: 1, ResultBytesMax: 1000})
		items := []BatchItem{{Stmt: statement(t, p, "insert 1")}, {Stmt: statement(t, p, "insert 2")}, {Stmt: statement(t, p, "insert 3")}}
		err := p.Batch(t.Context(), Write, items)
		if !isUnknown(err) {
			t.Errorf("large at %d: %v", at, err)
		}
		for i := range items {
			if !isUnknown(items[i].Err) {
				t.Errorf("large at %d: statement %d: %v", at, i, items[i].Err)
			}
		}
		if at > 0 {
			continue
		}
		if err := execOne(p, items[0].Stmt); !isUnknown(err) {
			t.Errorf("a statement by itself: %v", err)
		}
	}
}

// Nor does it hide that no standby has the commit.
func TestLargeAndNotReplicated(t *testing.T) {
	large := serverMessage(wire.DataRow, "\x00\x01\x00\x00\x07\xd0"+string(make([]byte, 2000)))
	warning := serverMessage(wire.NoticeResponse, "SWARNING\x00VWARNING\x00C01000\x00Mcanceling wait\x00R"+routineSyncRep+"\x00\x00")
	s := &scripted{run: func(int) string { return large + msgDone }, sync: warning + msgReady}
	p := pool(t, s.listen(t), Options{ReadConns: 1, WriteConns: 1, ResultBytesMax: 1000})
	if err := execOne(p, statement(t, p, "insert 1")); err != ErrNotReplicated {
		t.Error(err)
	}
}
