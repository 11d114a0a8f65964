package pgsql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
	"github.com/covetgo/covet/sqlcore/pg"
	"github.com/covetgo/covet/sqlcore/pgsql"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var background = context.Background()

// open connects to the shared server.
func open(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(pgsql.Name, pgtest.Shared(t).SocketDSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// do runs statements.
func do(t testing.TB, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.Exec(text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func TestValues(t *testing.T) {
	db := open(t)
	at := time.Date(2024, 2, 29, 12, 30, 0, 123456000, time.UTC)
	for _, c := range []struct {
		sql  string
		want any
	}{
		{"select 7::int2", int64(7)}, {"select -7::int4", int64(-7)}, {"select 1::int8 << 62", int64(1) << 62},
		{"select 1.5::float4", 1.5}, {"select 'NaN'::numeric", "NaN"}, {"select 0.10::numeric(9,2)", "0.10"},
		{"select true", true}, {"select 'ä'::text", "ä"}, {"select 'a'::char(3)", "a  "}, {`select '\x00ff'::bytea`, []byte{0, 255}},
		{"select null::int4", nil}, {"select '[1]'::jsonb", []byte("[1]")}, {"select '2024-02-29 12:30:00.123456+00'::timestamptz", at},
		{"select '2024-02-29'::date", at.Truncate(24 * time.Hour)}, {"select 'infinity'::timestamp", "infinity"},
		{"select array[1,null,3]", "{1,NULL,3}"}, {"select '10.0.0.0/8'::cidr", "10.0.0.0/8"}, {"select '1 day'::interval", "1 day"},
		{"select '{00000000-0000-0000-0000-000000000001}'::uuid", "00000000-0000-0000-0000-000000000001"}, {"select '(1,2)'::point", "(1,2)"},
	} {
		var got any
		if err := db.QueryRow(c.sql).Scan(&got); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v, %v; want %#v", c.sql, got, err, c.want)
		}
	}
}

func TestArguments(t *testing.T) {
	db := open(t)
	for _, c := range []struct {
		sql  string
		arg  any
		want string
	}{
		{"select $1::int4::text", 7, "7"}, {"select $1::int8::text", uint8(9), "9"}, {"select $1::text", []byte("x"), "x"},
		{"select $1::int4::text", sql.Null[int32]{V: 5, Valid: true}, "5"}, {"select coalesce($1::text, 'none')", sql.NullString{}, "none"},
		{"select array_to_string($1::int8[], '-')", []int64{1, 2}, "1-2"}, {"select array_to_string($1::text[], '-')", []string{"a", "b"}, "a-b"},
		{"select $1::numeric::text", "1.50", "1.50"}, {"select ($1::jsonb)->>'a'", []byte(`{"a":"b"}`), "b"}, {"select $1::uuid::text", [16]byte{15: 1}, "00000000-0000-0000-0000-000000000001"},
	} {
		var got string
		if err := db.QueryRow(c.sql, c.arg).Scan(&got); err != nil || got != c.want {
			t.Errorf("%s with %#v: %q, %v; want %q", c.sql, c.arg, got, err, c.want)
		}
	}
	for _, arg := range []any{sql.Named("n", 1), struct{}{}, make(chan int)} {
		if _, err := db.Exec("select $1::int4", arg); err == nil {
			t.Errorf("%#v was accepted", arg)
		}
	}
}

func TestTransactions(t *testing.T) {
	db := open(t)
	db.SetMaxOpenConns(2)
	do(t, db, "create table pgsql_tx (n int primary key); insert into pgsql_tx values (1)")
	t.Cleanup(func() { do(t, db, "drop table pgsql_tx") })
	count := func() (n int) {
		if err := db.QueryRow("select count(*) from pgsql_tx").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	tx, err := db.BeginTx(background, &sql.TxOptions{Isolation: sql.LevelSerializable, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var level string
	if err := tx.QueryRow("select current_setting('transaction_isolation')").Scan(&level); err != nil || level != "serializable" {
		t.Error(level, err)
	}
	if _, err := tx.Exec("insert into pgsql_tx values (2)"); !pg.IsCode(err, "25006") {
		t.Error("a read-only transaction writes: ", err)
	}
	if err := tx.Commit(); !errors.Is(err, pg.ErrRolledBack) {
		t.Error("a failed transaction committed: ", err)
	}
	for _, end := range []func(*sql.Tx) error{(*sql.Tx).Commit, (*sql.Tx).Rollback} {
		if tx, err = db.Begin(); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("insert into pgsql_tx values ($1)", count()+1); err != nil {
			t.Error(err)
		}
		if err := end(tx); err != nil {
			t.Error(err)
		}
	}
	if n := count(); n != 2 {
		t.Errorf("%d rows after a commit and a rollback, want 2", n)
	}
	if tx, err = db.Begin(); err != nil { // and nothing in it
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	if _, err := db.BeginTx(background, &sql.TxOptions{Isolation: sql.LevelLinearizable}); err == nil {
		t.Error("there is no such level")
	}
}

// A context that ends releases its caller, cancels the statement, and leaves the connection usable: only one exists.
func TestContexts(t *testing.T) {
	db := open(t)
	db.SetMaxOpenConns(1)
	var before, after int
	if err := db.QueryRow("select pg_backend_pid()").Scan(&before); err != nil {
		t.Fatal(err)
	}
	other := open(t)
	ctx, cancel := context.WithCancel(background)
	ended := make(chan error, 1)
	go func() {
		_, err := db.ExecContext(ctx, "select pg_sleep(600)")
		ended <- err
	}()
	sleeping := false
	for until := time.Now().Add(time.Minute); !sleeping && time.Now().Before(until); {
		if err := other.QueryRow("select exists (select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep')", before).Scan(&sleeping); err != nil {
			t.Fatal(err)
		}
	}
	if !sleeping {
		t.Fatal("the statement never ran")
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error("a statement whose context ended: ", err)
	}
	ctx, cancel = context.WithCancel(background)
	rows, err := db.QueryContext(ctx, "select generate_series(1, 100000000)")
	if err != nil || !rows.Next() {
		t.Fatal("no row: ", err)
	}
	cancel()
	for rows.Next() {
	}
	if err := rows.Err(); !errors.Is(err, context.Canceled) {
		t.Error("rows whose context ended: ", err)
	}
	if rows, err = db.Query("select generate_series(1, 1000000)"); err != nil || !rows.Next() { // and left early
		t.Fatal("no row: ", err)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	if err := db.QueryRow("select pg_backend_pid()").Scan(&after); err != nil || after != before {
		t.Errorf("connection %d became %d: %v", before, after, err)
	}
}

// Who takes the first row only, of a statement that writes, has written all.
func TestWritesAreNotCutShort(t *testing.T) {
	db := open(t)
	do(t, db, "create table pgsql_cut (n int)")
	t.Cleanup(func() { do(t, db, "drop table pgsql_cut") })
	const rows = 300000 // megabytes: they do not come in one piece
	insert := func(q interface {
		QueryRow(query string, args ...any) *sql.Row
	}) {
		var first, count int
		if err := q.QueryRow("insert into pgsql_cut select generate_series(1, $1::int) returning n", rows).Scan(&first); err != nil || first != 1 {
			t.Error(first, err)
		}
		if err := q.QueryRow("select count(*) from pgsql_cut").Scan(&count); err != nil || count%rows != 0 || count == 0 {
			t.Errorf("%d rows are there, %v", count, err)
		}
	}
	insert(db)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	insert(tx)
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
}

// A connection that died while it lay in the pool is replaced without anybody noticing; a statement that was under way is
// not sent again.
func TestLostConnections(t *testing.T) {
	db, other := open(t), open(t)
	db.SetMaxOpenConns(1)
	var pid int
	if err := db.QueryRow("select pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	do(t, other, "select pg_terminate_backend($1, 60000)", pid)
	time.Sleep(2 * 100 * time.Millisecond) // longer than a connection may rest unseen
	if err := db.QueryRow("select pg_backend_pid()").Scan(&pid); err != nil {
		t.Error("after an idle connection was killed: ", err)
	}
	_, err := db.Exec("select pg_terminate_backend(pg_backend_pid(), 60000)")
	var fatal *pg.Error
	if !errors.As(err, &fatal) || fatal.Code != "57P01" {
		t.Error("a statement that kills its own connection: ", err)
	}
	if err := db.Ping(); err != nil {
		t.Error(err)
	}
}

func TestStatements(t *testing.T) {
	db := open(t)
	stmt, err := db.Prepare("select $1::int4 + 1 as n, 'x'::varchar(9) as v, 1.25::numeric(7,2) as d")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 100 {
				var n int
				var v, d string
				if err := stmt.QueryRow(g*1000+i).Scan(&n, &v, &d); err != nil || n != g*1000+i+1 {
					t.Error(n, err)
				}
			}
		})
	}
	wg.Wait()
	rows, err := stmt.Query(1)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil || len(types) != 3 || types[0].DatabaseTypeName() != "INT4" || types[0].ScanType() != reflect.TypeFor[int64]() {
		t.Fatal(types, err)
	}
	if n, ok := types[1].Length(); n != 9 || !ok {
		t.Error("varchar(9) has length ", n, ok)
	}
	if p, s, ok := types[2].DecimalSize(); p != 7 || s != 2 || !ok {
		t.Error("numeric(7,2) is ", p, s, ok)
	}
	if _, err := stmt.Exec(1, 2); err == nil {
		t.Error("two arguments for one parameter")
	}
	if _, err := db.Exec("select 1; select 2; nonsense"); !pg.IsCode(err, "42601") {
		t.Error(err)
	}
	if _, err := db.Exec("execute nosuch"); !pg.IsCode(err, "26000") {
		t.Error(err)
	}
	if _, err := db.Prepare("select \x00"); err == nil {
		t.Error("a NUL in a statement")
	}
	res, err := db.Exec("create temp table pgsql_s (n int); insert into pgsql_s select generate_series(1, 5); delete from pgsql_s where n < 3")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); n != 7 || err != nil {
		t.Errorf("%d rows affected, %v; want 7", n, err)
	}
	if _, err := res.LastInsertId(); err == nil {
		t.Error("there is no last inserted id")
	}
}

// A connector's hooks are told of connections and of statements, and of no value.
func TestConnectorHooks(t *testing.T) {
	conf, err := pg.ParseConfig(pgtest.Shared(t).SocketDSN())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var seen []string
	note := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprintf(format, args...))
	}
	connector, err := pgsql.NewConnectorHooks(conf, &pg.Hooks{
		Connect: func(_ context.Context, c pg.ConnectStart) func(pg.ConnectEnd) {
			return func(e pg.ConnectEnd) { note("connect %v %v", c.TLS, e.Err) }
		},
		Query: func(_ context.Context, q pg.QueryStart) func(pg.QueryEnd) {
			return func(e pg.QueryEnd) { note("%s args=%d rows=%d code=%s", q.SQL, q.Args, e.Rows, e.Code) }
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	var n int
	if err := db.QueryRow("select $1::int4 + 1", 77).Scan(&n); err != nil || n != 78 {
		t.Fatal(n, err)
	}
	if _, err := db.Exec("select 1 / $1::int4", 0); err == nil {
		t.Error("divided by zero")
	}
	mu.Lock()
	defer mu.Unlock()
	got := strings.Join(seen, "\n")
	if want := "connect false <nil>\nselect $1::int4 + 1 args=1 rows=1 code=\nselect 1 / $1::int4 args=1 rows=0 code=22012"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
