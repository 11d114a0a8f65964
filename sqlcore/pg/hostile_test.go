package pg

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/covetgo/covet/sqlcore/wire"
)

// serverMessage builds what a server sends.
func serverMessage(t wire.Type, body string) string {
	n := len(body) + 4
	return string([]byte{byte(t), byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) + body
}

// The messages of a server that behaves.
var (
	msgAuthOK    = serverMessage(wire.Authentication, "\x00\x00\x00\x00")
	msgReady     = serverMessage(wire.ReadyForQuery, "I")
	msgReadOnly  = serverMessage(wire.ParameterStatus, "default_transaction_read_only\x00on\x00") // as PostgreSQL 14 reports
	msgWelcome   = msgAuthOK + msgReadOnly + serverMessage(wire.BackendKeyData, "\x00\x00\x00\x01\x00\x00\x00\x02") + msgReady
	msgDescribed = serverMessage(wire.ParseComplete, "") + serverMessage(wire.ParameterDescription, "\x00\x00") +
		serverMessage(wire.RowDescription, "\x00\x01n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x17\x00\x04\xff\xff\xff\xff\x00\x00")
	msgRow  = serverMessage(wire.DataRow, "\x00\x01\x00\x00\x00\x04\x00\x00\x00\x07")
	msgDone = serverMessage(wire.CommandComplete, "SELECT 1\x00")
	msgFail = serverMessage(wire.ErrorResponse, "SERROR\x00VERROR\x00C22012\x00Mno\x00\x00")
)

// impostor answers each connection with the replies in turn: one at the start, and one for each burst of bytes that
// ends in a Sync. It closes the connection after the last.
func impostor(t *testing.T, replies ...string) string {
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
			go func() {
				defer c.Close()
				buf := make([]byte, 64<<10)
				for _, reply := range replies {
					if _, err := c.Read(buf); err != nil {
						return
					}
					if _, err := io.WriteString(c, reply); err != nil {
						return
					}
				}
				_, _ = c.Read(buf)
			}()
		}
	}()
	return "postgres://u:geheim@" + l.Addr().String() + "/d?sslmode=disable"
}

// A server that lies costs its callers an error, and never a panic, a hang or somebody else's row.
func TestHostileServer(t *testing.T) {
	huge := "D\x7f\xff\xff\xffx"
	for name, replies := range map[string][]string{
		"garbage":                       {strings.Repeat("x", 100)},
		"nothing":                       {""},
		"huge message at login":         {"R\x7f\xff\xff\xff"},
		"length below four":             {"R\x00\x00\x00\x03"},
		"ready before authentication":   {msgReady},
		"endless settings":              {msgAuthOK + strings.Repeat(serverMessage(wire.ParameterStatus, "a\x00b\x00"), 2000)},
		"SASL without a beginning":      {serverMessage(wire.Authentication, "\x00\x00\x00\x0cv=x")},
		"SCRAM with 2³¹ iterations":     {serverMessage(wire.Authentication, "\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00"), serverMessage(wire.Authentication, "\x00\x00\x00\x0br=x,s=AAAA,i=2147483648")},
		"welcome in the midst of SCRAM": {serverMessage(wire.Authentication, "\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00"), msgWelcome},
		"two methods":                   {serverMessage(wire.Authentication, "\x00\x00\x00\x05salt"), serverMessage(wire.Authentication, "\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00")},
		"ready twice":                   {msgWelcome, msgReady + msgReady, msgReady + msgReady},
		"a row that nobody asked for":   {msgWelcome, msgReady + msgRow},
		"no description":                {msgWelcome, msgReady, msgReady},
		"a huge row":                    {msgWelcome, msgReady, msgDescribed + msgReady, huge},
		"a row of minus one columns":    {msgWelcome, msgReady, msgDescribed + msgReady, serverMessage(wire.BindComplete, "") + serverMessage(wire.DataRow, "\xff\xff") + msgDone + msgReady},
		"a row of two columns":          {msgWelcome, msgReady, msgDescribed + msgReady, serverMessage(wire.BindComplete, "") + serverMessage(wire.DataRow, "\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00") + msgDone + msgReady},
		"a row cut short":               {msgWelcome, msgReady, msgDescribed + msgReady, serverMessage(wire.BindComplete, "") + serverMessage(wire.DataRow, "\x00\x01\x00\x00\x00\x09x") + msgDone + msgReady},
		"two completions":               {msgWelcome, msgReady, msgDescribed + msgReady, msgDone + msgDone + msgReady},
		"a description of 32767":        {msgWelcome, msgReady, serverMessage(wire.ParseComplete, "") + serverMessage(wire.RowDescription, "\x7f\xff") + msgReady},
		"COPY":                          {msgWelcome, msgReady, msgDescribed + msgReady, serverMessage(wire.CopyInResponse, "\x00\x00\x00")},
		"an error without an end":       {msgWelcome, msgReady, serverMessage(wire.ErrorResponse, "SERROR")},
		"an unknown message":            {msgWelcome, msgReady, serverMessage('?', "")},
		"an error, and a row after it":  {msgWelcome, msgReady, msgDescribed + msgReady, msgFail + msgRow + msgReady},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			p, err := Open(ctx, config(t, impostor(t, replies...)), Options{AcquireTimeout: 200 * time.Millisecond})
			if err == nil {
				defer p.Close()
				var n int
				if n, err = one[int](ctx, p, Read, statement(t, p, "select 7")); err == nil {
					t.Errorf("got %d from a liar", n)
				}
			}
			if err != nil && strings.Contains(err.Error(), "geheim") {
				t.Errorf("the password stands in the error: %v", err)
			}
		})
	}
}

// The same impostor, well-behaved: else the test above would prove nothing.
func TestHonestImpostor(t *testing.T) {
	url := impostor(t, msgWelcome, msgReady, msgDescribed+msgReady, serverMessage(wire.BindComplete, "")+msgRow+msgDone+msgReady)
	p := pool(t, url, Options{})
	if n, err := one[int](context.Background(), p, Read, statement(t, p, "select 7")); n != 7 || err != nil {
		t.Error(n, err)
	}
}

// What was held back and the statement behind it may be answered by one read. Each answer wakes its caller once: an
// event that stays behind would be the next statement's answer.
func TestAnswersThatComeTogether(t *testing.T) {
	control := serverMessage(wire.ParseComplete, "") + serverMessage(wire.BindComplete, "") + serverMessage(wire.CommandComplete, "BEGIN\x00")
	url := impostor(t, msgWelcome, control+msgFail+msgReady, control+msgFail+msgReady, control+msgFail+msgReady, control+msgReady)
	conf := config(t, url)
	p := &Pool{dialer: dialer{conf: conf}, ctx: context.Background()}
	opened, err := p.dialer.dial(p.ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &Session{pool: p, c: newConn(opened, false, 1000)}
	defer opened.nc.Close()
	for range 3 {
		if err := s.control(p.ctx, "BEGIN", true); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Query(p.ctx, statement(t, p, "select 1 / 0"), nil); !IsCode(err, "22012") {
			t.Fatalf("want a division by zero, got %v", err)
		}
	}
	if err := s.control(p.ctx, "ROLLBACK", false); err != nil {
		t.Error(err)
	}
}

// pipeEnd is a connection that swallows what is written.
type pipeEnd struct{ net.Conn }

// Write takes everything.
func (pipeEnd) Write(p []byte) (int, error) { return len(p), nil }

// Close has nothing to do.
func (pipeEnd) Close() error { return nil }

// FuzzReplies feeds a connection with calls in flight whatever comes: each call has at most one outcome, and after the
// connection has failed, exactly one.
func FuzzReplies(f *testing.F) {
	answer := serverMessage(wire.BindComplete, "") + msgRow + msgDone
	f.Add([]byte(answer+answer+msgReady+answer+msgReady), true)
	f.Add([]byte(msgDescribed+answer+msgReady), false)
	f.Add([]byte(answer+msgFail+msgReady), true)
	f.Add([]byte(serverMessage(wire.ErrorResponse, "SFATAL\x00VFATAL\x00C57P01\x00\x00")), false)
	f.Fuzz(func(t *testing.T, input []byte, group bool) {
		c := newConn(&session{nc: pipeEnd{}}, group, 1<<16)
		c.reading = true // we are the leader
		desc, _ := newDesc([]byte{0, 0}, nil, formatOf)
		stmt := &Stmt{sql: "select 1", name: "s0"}
		stmt.desc.Store(desc)
		var list []*call
		for i := range 6 {
			q := &call{wake: make(chan event, 1), stmt: stmt, desc: desc, kind: kindQuery, solo: i == 4}
			if i == 5 {
				q.kind = kindFence
			}
			q.params.Reset(0)
			if c.submit(q, false, false) != sent {
				t.Fatal("not sent")
			}
			list = append(list, q)
		}
		used, _, err := c.consume(input)
		if used > len(input) {
			t.Fatal("read too far")
		}
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		c.fail(err)
		for i, q := range list {
			if len(q.wake) != 1 || q.state.Load() != done {
				t.Fatalf("call %d has %d outcomes, state %d", i, len(q.wake), q.state.Load())
			}
			list := rows{q.rows}
			for row, _, ok := list.next(); ok; row, _, ok = list.next() {
				for _, more := row.Next(); more; _, more = row.Next() {
				}
			}
		}
		if c.load() != 0 {
			t.Fatalf("%d entries are left", c.load())
		}
	})
}

// FuzzDecode gives every reader any bytes as any type.
func FuzzDecode(f *testing.F) {
	f.Add(uint32(1007), true, []byte("\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x17\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00\x07"))
	f.Add(uint32(1184), true, []byte("\x7f\xff\xff\xff\xff\xff\xff\xff"))
	type everything struct {
		A int64
		B string
		C []byte
		D float64
		E bool
		F Timestamp
		G [16]byte
		H []string
		I []int32
		J *int16
		K uint8
		L time.Time
	}
	f.Fuzz(func(t *testing.T, oid uint32, binary bool, value []byte) {
		d := &Desc{}
		for _, name := range "ABCDEFGHIJKL" {
			column := Column{Name: string(name), Type: oid}
			if binary {
				column.Format = wire.Binary
			}
			d.Columns = append(d.Columns, column)
		}
		p, err := newPlan(d, reflect.TypeFor[everything]())
		if err != nil {
			t.Fatal(err)
		}
		var into everything
		for i := range p.steps {
			p.steps[i].storeNullable(&d.Columns[i], value, address(&into))
			if p.steps[i].null == nullRefused {
				p.steps[i].store(&d.Columns[i], value, address(&into), p.steps[i].offset)
			}
		}
	})
}

// Deadlines that end before, while and after a query runs: who comes next never gets another's row or error.
func TestCancelRaces(t *testing.T) {
	p := open(t, Options{PinnedConns: 2})
	fast, slow := statement(t, p, "select $1::int8"), statement(t, p, "select $1::int8 from pg_sleep(0.001)")
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 400 {
				n := int64(g*1000 + i)
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.IntN(1500))*time.Microsecond)
				s := fast
				if i%4 == 0 {
					s = slow
				}
				got, err := one[int64](ctx, p, Lane(i%2), s, n)
				cancel()
				if (err == nil && got != n) || (err != nil && !errors.Is(err, context.DeadlineExceeded)) {
					t.Errorf("asked for %d, got %d, %v", n, got, err)
				}
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for i := range 150 {
				s, err := p.Acquire(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.IntN(3000))*time.Microsecond)
				r, err := s.Query(ctx, slow, []any{i})
				cancel()
				if err == nil {
					r.Release()
				} else if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				r, err = s.Query(context.Background(), fast, []any{i}) // must not be hit by the cancel request
				if err != nil {
					t.Errorf("after a cancel: %v", err)
				} else {
					if n, err := First[int](r); n != i || err != nil {
						t.Error(n, err)
					}
					r.Release()
				}
				s.Release()
			}
		})
	}
	wg.Wait()
}

// The schema changes under statements that are prepared, on all connections.
func TestSchemaChanges(t *testing.T) {
	p := open(t, Options{ReadConns: 2})
	ctx := context.Background()
	exec(t, p, "drop table if exists shape")
	exec(t, p, "create table shape (a int4)")
	exec(t, p, "insert into shape values (1)")
	all := statement(t, p, "select * from shape")
	type row struct {
		A int64
		B *string
	}
	read := func(want int64) {
		t.Helper()
		for range 6 { // both connections
			if got, err := one[row](ctx, p, Read, all); err != nil || got.A != want {
				t.Errorf("want %d, got %+v, %v", want, got, err)
			}
		}
	}
	read(1)
	exec(t, p, "alter table shape add b text")
	read(1)
	exec(t, p, "alter table shape alter a type int8 using 1::int8 << 40")
	read(1 << 40)
	exec(t, p, "drop table shape")
	if _, err := one[row](ctx, p, Read, all); !IsCode(err, "42P01") {
		t.Errorf("want 42P01, got %v", err)
	}
	exec(t, p, "create table shape (b text, a int2)")
	exec(t, p, "insert into shape values ('x', 5)")
	read(5)

	// In a transaction the error ends it, so it is told; the next transaction works.
	attempt := func() error {
		return p.Tx(ctx, TxOptions{}, func(tx *Tx) error {
			r, err := tx.Query(ctx, all, nil)
			if err == nil {
				r.Release()
			}
			return err
		})
	}
	if err := attempt(); err != nil {
		t.Fatal(err)
	}
	exec(t, p, "alter table shape add c int")
	if err := attempt(); err != nil && !IsCode(err, codeFeatureNotSupported) {
		t.Error(err)
	}
	exec(t, p, "alter table shape drop c")
}

// More texts than a pool keeps: the least recently used go, and come back when they are needed.
func TestManyStatements(t *testing.T) {
	p := open(t, Options{})
	first := statement(t, p, "select 0")
	for i := range statementsMax + 50 {
		s := statement(t, p, "select "+strings.Repeat("(", i%3)+strconv.Itoa(i)+strings.Repeat(")", i%3))
		if got, err := one[int](context.Background(), p, Read, s); got != i || err != nil {
			t.Fatal(i, got, err)
		}
	}
	if n := len(*p.statements.byText.Load()); n > statementsMax {
		t.Errorf("%d statements are kept", n)
	}
	if got, err := one[int](context.Background(), p, Read, first); got != 0 || err != nil {
		t.Error(got, err)
	}
}

// Who waits too long for a session learns who holds them.
func TestBusySessions(t *testing.T) {
	p := open(t, Options{PinnedConns: 1, AcquireTimeout: 20 * time.Millisecond})
	s, err := p.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Acquire(context.Background())
	var busy *BusyError
	if !errors.As(err, &busy) || len(busy.Holders) != 1 || !strings.Contains(err.Error(), "hostile_test.go") {
		t.Errorf("the holder is not named: %v", err)
	}
	s.Release()
	if s, err = p.Acquire(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.Release()
}

// Parameters and a result that are each larger than what sockets buffer: both sides write at once.
func TestBothDirectionsFull(t *testing.T) {
	p := open(t, Options{ResultBytesMax: 64 << 20})
	echo := statement(t, p, "select $1::text")
	long := strings.Repeat("x", 4<<20)
	for _, ctx := range contexts(t) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if got, err := one[string](ctx, p, Read, echo, long); err != nil || got != long {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			})
		}
		wg.Wait()
	}
}
