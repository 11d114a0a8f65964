package sqlcore_test

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
	"github.com/covetgo/covet/sqlcore"
	"github.com/covetgo/covet/sqlcore/pg"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var background = context.Background()

// open connects to the shared server.
func open(t testing.TB) *sqlcore.DB { return openWith(t, pg.Options{}) }

// openWith does so with options.
func openWith(t testing.TB, o pg.Options) *sqlcore.DB {
	t.Helper()
	conf, err := pg.ParseConfig(pgtest.Shared(t).SocketDSN())
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlcore.OpenConfig(background, conf, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// setup runs statements and fails the test if one fails.
func setup(t testing.TB, db *sqlcore.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := sqlcore.Exec(background, db, sqlcore.Unsafe(s)); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestReadAndWrite(t *testing.T) {
	db := open(t)
	setup(t, db, "drop table if exists item", "create table item (id serial primary key, item_name text not null, price numeric, tags text[])")
	type item struct {
		ID       int64
		ItemName string
		Price    *string
		Tags     []string
	}
	id, err := sqlcore.ExecOne[int64](background, db, "insert into item (item_name, price, tags) values ($1, $2, $3) returning id", "a", "12345678901234567890.5", []string{"x", "y,z"})
	if err != nil || id != 1 {
		t.Fatal(id, err)
	}
	if n, err := sqlcore.Exec(background, db, "insert into item (item_name) select 'b' || i from generate_series(1, 5) i"); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	got, err := sqlcore.One[item](background, db, "select * from item where id = $1", id)
	price := "12345678901234567890.5"
	if want := (item{1, "a", &price, []string{"x", "y,z"}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	list, err := sqlcore.All[item](background, db, "select id, item_name, price, tags from item order by id")
	if err != nil || len(list) != 6 || list[5].ItemName != "b5" || list[5].Price != nil || list[5].Tags != nil {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := sqlcore.One[item](background, db, "select * from item where id = 0"); !errors.Is(err, pg.ErrNoRows) {
		t.Error(err)
	}
	if _, err := sqlcore.One[int](background, db, "select id from item"); !errors.Is(err, pg.ErrTooManyRows) {
		t.Error(err)
	}
	if _, err := sqlcore.One[int](background, db, "delete from item returning id"); !pg.IsCode(err, "25006") {
		t.Errorf("a read deletes: %v", err)
	}
	deleted, err := sqlcore.ExecAll[int](background, db, "delete from item where id > $1 returning id", 1)
	if err != nil || len(deleted) != 5 {
		t.Error(deleted, err)
	}
}

// Values go to the server and come back the same, NULLs included.
func TestValuesRoundTrip(t *testing.T) {
	db := open(t)
	at := time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.UTC)
	uuid := [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	text := "ä\n'\\\"; drop table x; --"
	roundTrip(t, db, "select $1::bool", true)
	roundTrip(t, db, "select $1::int2", int16(-32768))
	roundTrip(t, db, "select $1::int4", int32(-2147483648))
	roundTrip(t, db, "select $1::int8", int64(-9223372036854775808))
	roundTrip(t, db, "select $1::int8", int(7))
	roundTrip(t, db, "select $1::oid", uint32(4294967295))
	roundTrip(t, db, "select $1::float4", float32(1.5))
	roundTrip(t, db, "select $1::float8", 0.1)
	roundTrip(t, db, "select $1::numeric", "123456789012345678901234567890.123456789")
	roundTrip(t, db, "select $1::text", text)
	roundTrip(t, db, "select $1::varchar", "")
	roundTrip(t, db, "select $1::bytea", []byte{0, 1, 255})
	roundTrip(t, db, "select $1::json", `{"a": 1}`)
	roundTrip(t, db, "select $1::jsonb", `{"a": 1}`)
	roundTrip(t, db, "select $1::uuid", uuid)
	roundTrip(t, db, "select $1::timestamptz", at)
	roundTrip(t, db, "select $1::timestamp", at)
	roundTrip(t, db, "select $1::date", time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC))
	roundTrip(t, db, "select $1::inet", netip.MustParseAddr("10.0.0.1"))
	roundTrip(t, db, "select $1::cidr", netip.MustParsePrefix("2001:db8::/32"))
	roundTrip(t, db, "select $1::interval", "1 day 02:03:04")
	roundTrip(t, db, "select $1::int4[]", []int32{1, -2})
	roundTrip(t, db, "select $1::int8[]", []int64{})
	roundTrip(t, db, "select $1::text[]", []string{"a,b", "", "NULL", text})
	roundTrip(t, db, "select $1::float8[]", []float64{1.5})
	roundTrip(t, db, "select $1::bool[]", []bool{true, false})
	roundTrip(t, db, "select $1::uuid[]", [][16]byte{uuid})
	roundTrip(t, db, "select $1::int4", (*int32)(nil))
	roundTrip(t, db, "select $1::text", &text)
	roundTrip(t, db, "select $1::int8", sql.Null[int64]{V: -5, Valid: true})
	roundTrip(t, db, "select $1::text", sql.NullString{})
	roundTrip(t, db, "select $1::timestamptz", sql.NullTime{Time: at, Valid: true})
	roundTrip(t, db, "select $1::timestamptz", sql.Null[time.Time]{})
	roundTrip(t, db, "select $1::uuid", namedUUID(uuid))
	roundTrip(t, db, "select $1::bytea", namedBytes{0, 255})
	roundTrip(t, db, "select $1::text", namedText("x"))
	for in, want := range map[string]pg.Timestamp{"infinity": {Infinity: 1}, "-infinity": {Infinity: -1}, "2024-02-29 23:59:59.123456Z": {Time: at}} {
		if got, err := sqlcore.One[pg.Timestamp](background, db, "select $1::timestamptz", in); err != nil || got != want {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
	if got, err := sqlcore.One[sql.Null[int64]](background, db, "select null::int8"); err != nil || got.Valid {
		t.Error(got, err)
	}
	if got, err := sqlcore.One[sql.NullString](background, db, "select 'x'"); err != nil || got != (sql.NullString{String: "x", Valid: true}) {
		t.Error(got, err)
	}
}

// Types made of others, as programs have them for enumerations and keys.
type (
	namedUUID  [16]byte
	namedBytes []byte
	namedText  string
)

// roundTrip sends a value and compares what comes back.
func roundTrip[T any](t *testing.T, db *sqlcore.DB, query string, value T) {
	t.Helper()
	got, err := sqlcore.One[T](background, db, sqlcore.Unsafe(query), value)
	if err != nil || !reflect.DeepEqual(got, value) {
		t.Errorf("%s: sent %v, got %v, %v", query, value, got, err)
	}
}

// What does not fit is an error, and never another value.
func TestMisfits(t *testing.T) {
	db := open(t)
	for query, want := range map[string]string{
		"select 40000::int4":        "does not fit into 2 bytes",
		"select null::int2":         "NULL does not fit",
		"select 'x'::text":          "text does not fit into an integer",
		"select true":               "does not fit into an integer",
		"select 1::int2, 2::int2":   "2 columns for one int16",
		"select '1'::numeric + 0.5": "is no 64-bit integer",
		"select '2024-01-01'::date": "does not fit into an integer",
		"select array[[1,2],[3,4]]": "does not fit into an integer",
	} {
		if got, err := sqlcore.One[int16](background, db, sqlcore.Unsafe(query)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %d, %v", query, got, err)
		}
	}
	for _, arg := range []any{int64(1) << 40, "x", 1.5, []int{1}, struct{}{}, make(chan int), uint64(1 << 63)} {
		if got, err := sqlcore.One[int32](background, db, "select $1::int4", arg); err == nil {
			t.Errorf("%v is sent as an integer and comes back as %d", arg, got)
		}
	}
	if _, err := sqlcore.One[int32](background, db, "select $1::int4 + $2::int4", 1); err == nil || !strings.Contains(err.Error(), "takes 2 parameters, got 1") {
		t.Error(err)
	}
	if _, err := sqlcore.One[[]int32](background, db, "select array[[1,2],[3,4]]"); err == nil {
		t.Error("a matrix is taken for a slice")
	}
	if _, err := sqlcore.One[[]int32](background, db, "select array[1,null]"); err == nil {
		t.Error("NULL is taken for an int32")
	}
	if _, err := sqlcore.One[time.Time](background, db, "select 'infinity'::timestamptz"); err == nil {
		t.Error("infinity is taken for a time.Time")
	}
	if _, err := sqlcore.One[struct{ A int }](background, db, "select 1 as b"); err == nil || !strings.Contains(err.Error(), `no field for column "b"`) {
		t.Error(err)
	}
	for _, refused := range []string{"begin", " /* a /* b */ */ commit", "-- x\nSET search_path = x", "copy x from stdin", "select 1\x00"} {
		if _, err := sqlcore.Exec(background, db, sqlcore.Unsafe(refused)); err == nil {
			t.Errorf("%q runs on a shared connection", refused)
		}
	}
}

func TestEach(t *testing.T) {
	db := open(t)
	n := 0
	for v, err := range sqlcore.Each[int](background, db, "select * from generate_series(1, $1::int)", 50000) {
		if n++; err != nil || v != n {
			t.Fatal(v, err)
		}
	}
	if n != 50000 {
		t.Error(n)
	}
	var last error
	for _, last = range sqlcore.Each[int](background, db, "select 1/(3-i) from generate_series(1, 5) i") {
	}
	if !pg.IsCode(last, "22012") {
		t.Errorf("a division by zero ended with %v", last)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		for range sqlcore.Each[int](background, db, "select generate_series(1, 100000)") {
			panic("in the loop")
		}
	}()
	for range 20 { // more often than there are sessions: none may be lost
		n := 0
		for v := range sqlcore.Each[int](background, db, "select generate_series(1, 10000000)") {
			if n++; v != n { // the first rows may come with the answer to BEGIN
				t.Fatalf("row %d is %d", n, v)
			}
			if v == 3 {
				break
			}
		}
	}
}

// A result that a shared connection does not carry comes over one of its own.
func TestLargeResult(t *testing.T) {
	conf, err := pg.ParseConfig(pgtest.Shared(t).SocketDSN())
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlcore.OpenConfig(background, conf, pg.Options{ResultBytesMax: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 2 {
		list, err := sqlcore.All[string](background, db, "select repeat('x', 100) from generate_series(1, 1000)")
		if err != nil || len(list) != 1000 {
			t.Fatal(len(list), err)
		}
	}
	if _, err := sqlcore.ExecAll[string](background, db, "select repeat('x', 100) from generate_series(1, 1000)"); !errors.Is(err, pg.ErrTooLarge) {
		t.Error(err)
	}
	long, err := sqlcore.All[string](background, db, "select repeat('x', 3000000)")
	if err != nil || len(long) != 1 || len(long[0]) != 3000000 {
		t.Error(len(long), err)
	}
}

func TestNoAllocations(t *testing.T) {
	db := open(t)
	type row struct {
		ID int32
		N  int64
	}
	n := int64(1 << 40)
	read := func() {
		n++
		if r, err := sqlcore.One[row](background, db, "select $1::int4 as id, $2::int8 as n", int32(n), n); err != nil || r.N != n {
			t.Fatal(r, err)
		}
	}
	write := func() {
		if _, err := sqlcore.Exec(background, db, "select $1::int8", n); err != nil {
			t.Fatal(err)
		}
	}
	for name, f := range map[string]func(){"One": read, "Exec": write} {
		f()
		if got := testing.AllocsPerRun(300, f); got != 0 && !raceEnabled {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}
