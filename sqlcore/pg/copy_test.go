package pg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/covetgo/covet/internal/pgtest"
)

// count counts the rows of a table.
func count(t testing.TB, p *Pool, table string) int {
	t.Helper()
	n, err := one[int](context.Background(), p, Read, statement(t, p, "select count(*) from "+table))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// endless is a source without an end: a line for each number.
type endless struct {
	line []byte
	next func() // before each read
}

// Read gives lines.
func (e *endless) Read(p []byte) (int, error) {
	if e.next != nil {
		e.next()
	}
	return copy(p, bytes.Repeat(e.line, max(1, len(p)/len(e.line)))), nil
}

// Every format goes in and comes out, whatever the pieces, and over TLS and a slow network, too.
func TestCopyFormats(t *testing.T) {
	server := pgtest.Shared(t)
	proxy := pgtest.NewProxy(t, server)
	proxy.Set(pgtest.Faults{SliceBytes: 7})
	plain := open(t, Options{})
	exec(t, plain, "drop table if exists copied")
	exec(t, plain, "create table copied (id int8, name text, at timestamptz)")
	for name, p := range map[string]*Pool{
		"socket": plain,
		"tls":    pool(t, server.SocketDSN()+" host=127.0.0.1 sslmode=require", Options{}),
		"sliced": pool(t, proxy.URL(), Options{}),
	} {
		rows := 8000
		if name == "sliced" {
			rows = 300
		}
		source := "(select i::int8 as id, case when i % 7 = 0 then null else repeat('ä\\,\"', (i % 50)::int) || e'\\n' end as name, 'epoch'::timestamptz + i * interval '1 s' as at from generate_series(1, " + strconv.Itoa(rows) + ") i)"
		for _, ctx := range contexts(t) {
			for _, format := range []string{"text", "csv", "binary", "csv, header"} {
				exec(t, plain, "truncate copied")
				var out, again bytes.Buffer
				if n, err := p.CopyOut(ctx, "COPY "+source+" TO STDOUT (FORMAT "+format+")", &out); n != int64(rows) || err != nil {
					t.Fatalf("%s, %s: out: %d, %v", name, format, n, err)
				}
				var r io.Reader = bytes.NewReader(out.Bytes())
				if format == "csv" {
					r = iotest.DataErrReader(iotest.HalfReader(r))
				}
				if n, err := p.CopyIn(ctx, "COPY copied FROM STDIN (FORMAT "+format+")", r); n != int64(rows) || err != nil {
					t.Fatalf("%s, %s: in: %d, %v", name, format, n, err)
				}
				if n, err := p.CopyOut(ctx, "copy (select * from copied order by id) to stdout (FORMAT "+format+")", &again); n != int64(rows) || err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
					t.Fatalf("%s, %s: %d rows, %d bytes in, %d out, %v", name, format, n, out.Len(), again.Len(), err)
				}
			}
		}
	}
}

// Whatever fails, and wherever: nothing was inserted, the source is not read on, and the session can be used again.
func TestCopyInFails(t *testing.T) {
	p := open(t, Options{PinnedConns: 1})
	exec(t, p, "drop table if exists failing")
	exec(t, p, "create table failing (id int4)")
	broken := errors.New("the source broke\x00 \xff")
	ok := &endless{line: []byte("1\n")}
	for name, c := range map[string]struct {
		sql    string
		r      func() io.Reader
		want   func(error) bool
		closes bool
	}{
		"source at once": {"COPY failing FROM STDIN", func() io.Reader { return iotest.ErrReader(broken) }, func(err error) bool { return errors.Is(err, broken) }, false},
		"source late":    {"COPY failing FROM STDIN", func() io.Reader { return io.MultiReader(io.LimitReader(ok, 1<<20), iotest.ErrReader(broken)) }, func(err error) bool { return errors.Is(err, broken) }, false},
		"source idle":    {"COPY failing FROM STDIN", func() io.Reader { return readerFunc(func([]byte) (int, error) { return 0, nil }) }, func(err error) bool { return errors.Is(err, io.ErrNoProgress) }, false},
		"bad row":        {"COPY failing FROM STDIN", func() io.Reader { return io.MultiReader(strings.NewReader("1\nx\n"), ok) }, func(err error) bool { return IsCode(err, "22P02") }, false},
		"bad last row":   {"COPY failing FROM STDIN", func() io.Reader { return strings.NewReader("1\nx") }, func(err error) bool { return IsCode(err, "22P02") }, false},
		"no table":       {"COPY missing FROM STDIN", func() io.Reader { return ok }, func(err error) bool { return IsCode(err, "42P01") }, false},
		"syntax":         {"COPY failing FORM STDIN", func() io.Reader { return ok }, func(err error) bool { return IsCode(err, "42601") }, false},
		"two":            {"COPY failing FROM STDIN; SELECT 1", func() io.Reader { return ok }, func(err error) bool { return IsCode(err, "42601") }, false},
		"no COPY":        {"SELECT 1", func() io.Reader { return ok }, func(err error) bool { return err == errNotCopy }, false},
		"from a file":    {"COPY failing FROM '/dev/null'", func() io.Reader { return ok }, func(err error) bool { return errors.Is(err, errNoCopyIn) }, false},
		"NUL":            {"COPY failing FROM STDIN\x00", func() io.Reader { return ok }, func(err error) bool { return err != nil }, false},
		"wrong way":      {"COPY failing TO STDOUT", func() io.Reader { return ok }, func(err error) bool { return errors.Is(err, errCopyElsewhere) }, true},
	} {
		for _, ctx := range contexts(t) {
			s, err := p.Acquire(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := s.CopyIn(ctx, c.sql, c.r()); !c.want(err) || n != 0 {
				t.Errorf("%s: %d rows, %v", name, n, err)
			}
			if s.Dead() != c.closes {
				t.Errorf("%s: the session is closed: %v", name, s.Dead())
			}
			if !c.closes {
				if r, err := s.Query(ctx, statement(t, p, "select 7"), nil); err != nil {
					t.Errorf("%s: afterwards: %v", name, err)
				} else {
					r.Release()
				}
			}
			s.Release()
		}
	}
	if n := count(t, p, "failing"); n != 0 {
		t.Errorf("%d rows came in", n)
	}
}

// readerFunc is a reader made of a function.
type readerFunc func([]byte) (int, error)

// Read calls it.
func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// writerFunc is a writer made of a function.
type writerFunc func([]byte) (int, error)

// Write calls it.
func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// A context that ends stops a COPY while its source reads, while the server waits for a lock with all buffers full, and
// while rows come out.
func TestCopyCancelled(t *testing.T) {
	p := open(t, Options{PinnedConns: 2})
	exec(t, p, "drop table if exists locked")
	exec(t, p, "create table locked (pad text)")
	tired := errors.New("tired")
	for name, run := range map[string]func(ctx context.Context, s *Session, cancel func()) error{
		"source": func(ctx context.Context, s *Session, cancel func()) error {
			reads := 0
			_, err := s.CopyIn(ctx, "COPY locked FROM STDIN", &endless{line: []byte("x\n"), next: func() {
				if reads++; reads == 100 {
					cancel()
				}
			}})
			return err
		},
		"lock": func(ctx context.Context, s *Session, cancel func()) error {
			return p.Tx(context.Background(), TxOptions{}, func(tx *Tx) error {
				r, err := tx.Query(context.Background(), statement(t, p, "insert into locked select 'x' where false"), nil)
				if err == nil {
					r.Release()
					err = tx.s.control(context.Background(), "LOCK TABLE locked IN ACCESS EXCLUSIVE MODE", false)
				}
				if err != nil {
					return err
				}
				go func() {
					await(t, "the COPY waits", func() bool {
						n, err := one[int](context.Background(), p, Read, statement(t, p, "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like 'COPY locked%'"))
						return err == nil && n == 1
					})
					cancel()
				}()
				_, err = s.CopyIn(ctx, "COPY locked FROM STDIN", &endless{line: []byte("x\n")})
				if !errors.Is(err, tired) {
					return errors.Join(errors.New("not cancelled"), err)
				}
				return err
			})
		},
		"out": func(ctx context.Context, s *Session, cancel func()) error {
			_, err := s.CopyOut(ctx, "COPY (SELECT repeat('x', 100), generate_series(1, 100000000)) TO STDOUT", writerFunc(func(b []byte) (int, error) {
				cancel()
				return len(b), nil
			}))
			return err
		},
		"before": func(ctx context.Context, s *Session, cancel func()) error {
			cancel()
			_, err := s.CopyIn(ctx, "COPY locked FROM STDIN", &endless{line: []byte("x\n")})
			return err
		},
	} {
		s, err := p.Acquire(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(context.Background())
		if err := run(ctx, s, func() { cancel(tired) }); !errors.Is(err, tired) {
			t.Errorf("%s: ended with %v", name, err)
		}
		for range 3 { // the cancel request must not hit these
			if r, err := s.Query(context.Background(), statement(t, p, "select 7"), nil); err != nil {
				t.Errorf("%s: afterwards: %v", name, err)
			} else {
				r.Release()
			}
		}
		s.Release()
	}
	if n := count(t, p, "locked"); n != 0 {
		t.Errorf("%d rows came in", n)
	}
}

// In a transaction, a COPY commits and rolls back with it, takes BEGIN along, and can be among other statements.
func TestCopyInTx(t *testing.T) {
	p := open(t, Options{})
	ctx := context.Background()
	exec(t, p, "drop table if exists both_ways")
	exec(t, p, "create table both_ways (id int4)")
	undo := errors.New("undo")
	for i, want := range []error{nil, undo} {
		if err := p.Tx(ctx, TxOptions{}, func(tx *Tx) error {
			if n, err := tx.CopyIn(ctx, "COPY both_ways FROM STDIN", strings.NewReader("1\n2\n3\n")); n != 3 || err != nil {
				return fmt.Errorf("%d rows: %w", n, err)
			}
			// A writer that fails ends nothing here: the rest is dropped, and the transaction goes on.
			full := errors.New("full")
			if _, err := tx.CopyOut(ctx, "COPY (SELECT generate_series(1, 100000)) TO STDOUT", writerFunc(func([]byte) (int, error) { return 0, full })); !errors.Is(err, full) {
				return errors.Join(errors.New("want the writer's error"), err)
			}
			var out bytes.Buffer
			if n, err := tx.CopyOut(ctx, "COPY both_ways TO STDOUT", &out); n != int64(3+3*i) || err != nil {
				return fmt.Errorf("%d rows, %q: %w", n, out.String(), err)
			}
			// Who reads and writes at once on one session is told so.
			_, err := tx.CopyIn(ctx, "COPY both_ways FROM STDIN", readerFunc(func([]byte) (int, error) {
				_, err := tx.Query(ctx, statement(t, p, "select 7"), nil)
				if !errors.Is(err, ErrBusy) {
					t.Errorf("want ErrBusy, got %v", err)
				}
				return 0, io.EOF
			}))
			return errors.Join(err, want)
		}); !errors.Is(err, want) || (want == nil && err != nil) {
			t.Errorf("transaction %d: %v", i, err)
		}
	}
	if n := count(t, p, "both_ways"); n != 3 {
		t.Errorf("%d rows, want those of the first transaction", n)
	}
	if err := p.Tx(ctx, TxOptions{}, func(tx *Tx) error {
		_, err := tx.CopyIn(ctx, "COPY both_ways FROM STDIN", strings.NewReader("x\n"))
		if !IsCode(err, "22P02") {
			t.Errorf("want 22P02, got %v", err)
		}
		return nil
	}); !errors.Is(err, ErrRolledBack) {
		t.Errorf("a failed COPY that was swallowed: %v", err)
	}
	full := errors.New("full")
	if _, err := p.CopyOut(ctx, "COPY (SELECT generate_series(1, 100000000)) TO STDOUT", writerFunc(func([]byte) (int, error) { return 0, full })); !errors.Is(err, full) {
		t.Errorf("want the writer's error, got %v", err)
	}
}

// A BEGIN that fails takes the COPY behind it with it, and so does a backend that dies.
func TestCopyWithoutServer(t *testing.T) {
	p := open(t, Options{})
	ctx := context.Background()
	exec(t, p, "drop table if exists never_in")
	exec(t, p, "create table never_in (id int4)")
	for _, in := range []bool{true, false} {
		s, err := p.Acquire(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.control(ctx, beginBadly, true); err != nil {
			t.Fatal(err)
		}
		if in {
			_, err = s.CopyIn(ctx, "COPY never_in FROM STDIN", strings.NewReader("1\n"))
		} else {
			_, err = s.CopyOut(ctx, "COPY (SELECT 1) TO STDOUT", io.Discard)
		}
		if !IsCode(err, "42601") {
			t.Errorf("want the error of BEGIN, got %v", err)
		}
		s.Release()
	}
	kill := statement(t, p, "select pg_terminate_backend(pid) from pg_stat_activity where query like $1 and pid <> pg_backend_pid()")
	killer := func() {
		if _, err := one[bool](ctx, p, Write, kill, "COPY never_in%"); err != nil && err != ErrTooManyRows {
			t.Error(err)
		}
	}
	reads := 0
	_, err := p.CopyIn(ctx, "COPY never_in FROM STDIN", &endless{line: []byte("1\n"), next: func() {
		if reads++; reads == 10 {
			killer()
		}
	}})
	var lost *ConnError
	if !errors.As(err, &lost) && !IsCode(err, "57P01") {
		t.Errorf("the backend was terminated: %v", err)
	}
	if n := count(t, p, "never_in"); n != 0 {
		t.Errorf("%d rows came in", n)
	}
	if _, err := p.CopyIn(ctx, "COPY never_in FROM STDIN", strings.NewReader("1\n")); err != nil {
		t.Error(err)
	}
}

// A source or a target that panics takes its connection with it, and nothing else.
func TestCopyPanics(t *testing.T) {
	p := open(t, Options{PinnedConns: 1})
	ctx := context.Background()
	exec(t, p, "drop table if exists panicking")
	exec(t, p, "create table panicking (id int4)")
	for _, run := range []func() error{
		func() error {
			_, err := p.CopyIn(ctx, "COPY panicking FROM STDIN", io.MultiReader(strings.NewReader("1\n"), readerFunc(func([]byte) (int, error) { panic("source") })))
			return err
		},
		func() error {
			_, err := p.CopyOut(ctx, "COPY (SELECT generate_series(1, 1000000)) TO STDOUT", writerFunc(func([]byte) (int, error) { panic("target") }))
			return err
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			t.Error(run())
		}()
		if n := count(t, p, "panicking"); n != 0 {
			t.Errorf("%d rows came in", n)
		}
		if n, err := p.CopyIn(ctx, "COPY panicking FROM STDIN", strings.NewReader("")); n != 0 || err != nil {
			t.Error(n, err)
		}
	}
}
