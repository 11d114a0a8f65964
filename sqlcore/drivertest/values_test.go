package drivertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/covetgo/covet/internal/mariatest"
	"github.com/covetgo/covet/internal/pgtest"
	"github.com/covetgo/covet/sqlcore"
	"github.com/covetgo/covet/sqlcore/pg"
	"github.com/covetgo/covet/sqlcore/pgsql"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	mariatest.StopShared()
	os.Exit(code)
}

// open opens the shared server with a driver.
func open(t testing.TB, driver string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, pgtest.Shared(t).SocketDSN())
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

// expressions are values of every type that our client reads in binary, at their ends and in their midst, and some that it does not.
var expressions = map[string][]string{
	"int2":        {"0", "1", "-1", "32767", "-32768"},
	"int4":        {"0", "2147483647", "-2147483648"},
	"int8":        {"0", "9223372036854775807", "-9223372036854775808"},
	"oid":         {"0", "4294967295"},
	"float4":      {"0", "1.5", "-0.1", "3.4028235e38", "1e-45", "Infinity", "-Infinity", "NaN"},
	"float8":      {"0", "0.1", "1.7976931348623157e308", "5e-324", "Infinity", "NaN"},
	"numeric":     {"0", "1.10", "-0.000000000000000000001", "123456789012345678901234567890.123456789", "NaN"},
	"bool":        {"true", "false"},
	"text":        {"", "a", "Ünï", `quote ' and \`, "line\nbreak", "𝄞"},
	"varchar(5)":  {"", "abcde"},
	"char(3)":     {"a", "abc"},
	"name":        {"pg_class"},
	"bytea":       {``, `\x00`, `\xdeadbeef`},
	"uuid":        {"00000000-0000-0000-0000-000000000000", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
	"json":        {`{"a": [1, null]}`, `"x"`},
	"jsonb":       {`{"a": [1, null]}`, `"x"`},
	"date":        {"0001-01-01", "1970-01-01", "2000-01-01", "1999-12-31", "9999-12-31"},
	"timestamp":   {"0001-01-01 00:00:00", "1999-12-31 23:59:59.999999", "2024-02-29 12:00:00.000001"},
	"timestamptz": {"0001-01-01 00:00:00+00", "1999-12-31 23:59:59.999999+00", "2024-02-29 12:00:00.000001+13:45"},
	"time":        {"00:00:00", "23:59:59.999999"},
	"interval":    {"0", "1 year 2 mons -3 days 04:05:06.7", "-1 day"},
	"inet":        {"127.0.0.1", "10.0.0.1/8", "::1", "2001:db8::/32"},
	"int4[]":      {"{}", "{1,2,3}", "{{1,2},{3,4}}", "{NULL}"},
	"text[]":      {"{}", `{a,"b c","d\"e",NULL}`},
	"point":       {"(1.5,2)"},
}

// Every value is, as text, what pgx reads, and what the server itself calls it.
func TestValuesAgainstPgx(t *testing.T) {
	ours, theirs := open(t, pgsql.Name), open(t, "pgx")
	n := 0
	for typ, list := range expressions {
		for _, text := range append(list, "") {
			if text == "" && typ != "text" && typ != "bytea" && typ != "varchar(5)" {
				continue
			}
			query := fmt.Sprintf("select $1::text::%s as v, ($1::text::%s)::text as t", typ, typ)
			var values, texts [2]sql.NullString
			for i, db := range []*sql.DB{ours, theirs} {
				var v any
				if err := db.QueryRow(query, text).Scan(&v, &texts[i]); err != nil {
					t.Errorf("%s %q, %d: %v", typ, text, i, err)
				}
				values[i] = sql.NullString{String: canonical(v), Valid: v != nil}
			}
			if values[0] != values[1] || texts[0] != texts[1] {
				t.Errorf("%s %q: ours is %v, pgx's %v; the server says %v", typ, text, values[0], values[1], texts[1])
			}
			n++
		}
	}
	if n < 70 {
		t.Errorf("%d values only", n)
	}
}

// canonical writes a value so that the two drivers' ways to say the same are the same.
func canonical(v any) string {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case []byte:
		return string(v)
	case float64:
		return fmt.Sprint(float32(v) == float32(v) && float64(float32(v)) == v, v)
	}
	return fmt.Sprint(v)
}

// What goes in as a parameter comes back, through pgx's reading of what we wrote and ours of what it wrote.
func TestParametersAgainstPgx(t *testing.T) {
	ours, theirs := open(t, pgsql.Name), open(t, "pgx")
	if _, err := ours.Exec("create table crossing (i int8, f float8, b bool, s text, y bytea, at timestamptz, a int8[], n numeric)"); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 2, 29, 23, 59, 59, 999999000, time.UTC)
	args := []any{int64(-1) << 62, 1e-300, true, "Ünï 'q'", []byte{0, 1, 255}, at, []int64{1, -2}, "12.50"}
	insert := "insert into crossing values ($1, $2, $3, $4, $5, $6, $7, $8)"
	for _, db := range []*sql.DB{ours, theirs} {
		if _, err := db.Exec(insert, args...); err != nil {
			t.Fatal(err)
		}
	}
	for _, db := range []*sql.DB{ours, theirs} {
		var distinct int
		if err := db.QueryRow("select count(*) from (select distinct * from crossing) d").Scan(&distinct); err != nil || distinct != 1 {
			t.Errorf("the two wrote %d different rows (%v)", distinct, err)
		}
		var i int64
		var f float64
		var b bool
		var s, a, n string
		var y []byte
		var when time.Time
		if err := db.QueryRow("select i, f, b, s, y, at, a::text, n from crossing limit 1").Scan(&i, &f, &b, &s, &y, &when, &a, &n); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(i, f, b, s, y, when.UTC(), a, n); got != fmt.Sprint(args[0], args[1], args[2], args[3], args[4], at, "{1,-2}", "12.50") {
			t.Error(got)
		}
	}
}

// Errors have the same code, constraint and position.
func TestErrorsAgainstPgx(t *testing.T) {
	ours, theirs := open(t, pgsql.Name), open(t, "pgx")
	if _, err := ours.Exec("create table strict (id int primary key, n int check (n > 0)); insert into strict values (1, 1)"); err != nil {
		t.Fatal(err)
	}
	one := []any{1}
	for _, c := range []struct {
		query string
		args  []any
	}{
		{"select nosuch from strict", nil}, {"selct 1", nil}, {"insert into strict values ($1::int4, 1)", one},
		{"insert into strict values (1 + $1::int4, 0)", one}, {"select 1 / ($1::int4 - 1)", one}, {"select * from nosuch where id = $1", one},
		{"select 'x'::int4 + $1::int4", one}, {"select $1::int4::text::date", one},
	} {
		query, args := c.query, c.args
		_, ourErr := ours.Exec(query, args...)
		_, theirErr := theirs.Exec(query, args...)
		var a *pg.Error
		var b *pgconn.PgError
		if !errors.As(ourErr, &a) || !errors.As(theirErr, &b) {
			t.Errorf("%s: %v and %v", query, ourErr, theirErr)
			continue
		}
		if a.Code != b.Code || a.Constraint != b.ConstraintName || a.Position != int(b.Position) || a.Table != b.TableName || a.Message != b.Message {
			t.Errorf("%s: ours is %v (%q), pgx's %v (%q)", query, a, a.Constraint, b, b.ConstraintName)
		}
	}
}

// Structs are filled as pgx fills them.
func TestStructsAgainstPgx(t *testing.T) {
	ctx := context.Background()
	db, err := sqlcore.Open(ctx, pgtest.Shared(t).SocketDSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	conn, err := pgx.Connect(ctx, pgtest.Shared(t).SocketDSN())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	type row struct {
		ID    int64
		Name  *string
		Score float64
		Tags  []string
		At    time.Time
		Key   [16]byte
		Raw   []byte
	}
	const query = `select i::int8 as id, case when i % 3 > 0 then 'n' || i end as name, i / 7.0::float8 as score,
		case when i % 2 = 0 then array['a', i::text] else '{}' end as tags, '2024-01-01'::timestamptz + i * interval '1.000001 s' as at,
		md5(i::text)::uuid as key, decode(md5(i::text), 'hex') as raw from generate_series(1, 2000) i order by i`
	ours, err := sqlcore.All[row](ctx, db, query)
	if err != nil {
		t.Fatal(err)
	}
	r, err := conn.Query(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := pgx.CollectRows(r, pgx.RowToStructByName[row])
	if err != nil || len(ours) != 2000 || len(theirs) != len(ours) {
		t.Fatal(len(ours), len(theirs), err)
	}
	show := func(r row) string {
		name := "NULL"
		if r.Name != nil {
			name = *r.Name
		}
		return fmt.Sprint(r.ID, name, r.Score, len(r.Tags), r.Tags, r.At.UTC(), r.Key, r.Raw)
	}
	for i := range ours {
		if a, b := show(ours[i]), show(theirs[i]); a != b {
			t.Fatalf("row %d: ours is %s, pgx's %s", i, a, b)
		}
	}
}
