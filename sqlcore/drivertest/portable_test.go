package drivertest

// One program over every database: the same statements, the same expectations. What is different stands in docs/SQL.md, and
// here, by the names of dialects.

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // the driver "mysql"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/covetgo/covet/internal/mariatest"
	"github.com/covetgo/covet/internal/pgtest"
	"github.com/covetgo/covet/sqlcore"
	"github.com/covetgo/covet/sqlcore/pgsql"
)

var background = context.Background()

// databases are what the tests of this file run over.
var databases = []struct {
	name string
	open func(t *testing.T) *sqlcore.DB
}{
	{"PostgreSQL", func(t *testing.T) *sqlcore.DB {
		db, err := sqlcore.Open(background, pgtest.Shared(t).SocketDSN())
		if err != nil {
			t.Fatal(err)
		}
		return db
	}},
	{"PostgreSQL through covet", overPostgreSQL(pgsql.Name)},
	{"PostgreSQL through pgx", overPostgreSQL("pgx")},
	{"MariaDB", func(t *testing.T) *sqlcore.DB {
		return over(t, "mysql", mariatest.Shared(t).DSN("clientFoundRows=true"), sqlcore.MySQL)
	}},
	{"SQLite", func(t *testing.T) *sqlcore.DB {
		return over(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "db")+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)", sqlcore.SQLite)
	}},
}

// overPostgreSQL opens the shared server with a driver.
func overPostgreSQL(driver string) func(t *testing.T) *sqlcore.DB {
	return func(t *testing.T) *sqlcore.DB {
		return over(t, driver, pgtest.Shared(t).SocketDSN(), sqlcore.PostgreSQL)
	}
}

// over opens a database with a driver.
func over(t *testing.T, driver, dsn string, d sqlcore.Dialect) *sqlcore.DB {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	return sqlcore.Over(db, d)
}

// everywhere runs a test over each database.
func everywhere(t *testing.T, test func(t *testing.T, db *sqlcore.DB)) {
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			db := d.open(t)
			defer db.Close()
			test(t, db)
		})
	}
}

// exec runs a statement that must succeed.
func exec(t testing.TB, q sqlcore.Querier, sql string, args ...any) {
	t.Helper()
	if _, err := sqlcore.Exec(background, q, sqlcore.Unsafe(sql), args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Color is an enumeration.
type Color string

// Audit is embedded.
type Audit struct {
	At      time.Time
	Changed *time.Time
}

// Thing has a column of each type that all databases have in some way.
type Thing struct {
	Audit
	ID      int64
	Title   string `db:"name"`
	Price   string
	Score   float64
	Active  bool
	Data    []byte
	Doc     json.RawMessage
	Key     [16]byte `db:"uid"`
	Address netip.Addr
	Color   Color
	Small   int16
	Note    *string
	Rank    sql.Null[int64]
	Seen    sql.NullTime
}

// createThing makes its table.
var createThing = sqlcore.PerDialect(
	`CREATE TABLE thing (id bigint PRIMARY KEY, name text NOT NULL, price numeric(12,2), score double precision, active boolean, data bytea,
		doc jsonb, uid uuid, address inet, color text, small smallint, note text, rank bigint, at timestamptz, changed timestamptz, seen timestamptz)`,
	`CREATE TABLE thing (id bigint PRIMARY KEY, name varchar(200) NOT NULL, price decimal(12,2), score double, active boolean, data varbinary(100),
		doc json, uid uuid, address inet6, color varchar(20), small smallint, note text, `+"`rank`"+` bigint, at datetime(6), changed datetime(6), seen datetime(6))
		CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
	`CREATE TABLE thing (id integer PRIMARY KEY, name text NOT NULL, price text, score real, active boolean, data blob,
		doc text, uid text, address text, color text, small integer, note text, rank integer, at datetime, changed text, seen datetime)`,
)

// insertThing has names for all columns.
var insertThing = sqlcore.PerDialect(
	insertThingText,
	"INSERT INTO thing (id, name, price, score, active, data, doc, uid, address, color, small, note, `rank`, at, changed, seen) "+insertThingValues,
	insertThingText,
)

const (
	insertThingText   = "INSERT INTO thing (id, name, price, score, active, data, doc, uid, address, color, small, note, rank, at, changed, seen) " + insertThingValues
	insertThingValues = "VALUES (:id, :name, :price, :score, :active, :data, :doc, :uid, :address, :color, :small, :note, :rank, :at, :changed, :seen)"
)

// Values of all types go there and come back the same, by name and into structs.
func TestPortableValues(t *testing.T) {
	zone := time.FixedZone("somewhere", 5*3600+45*60)
	at := time.Date(2024, 2, 29, 23, 59, 59, 123456789, zone)
	want := at.UTC().Truncate(time.Microsecond)
	note := "it's \\ \"quoted\" ä 𝄞 :id $1 ?"
	address := netip.MustParseAddr("2001:db8::1")
	full := Thing{
		Audit{at, &at}, 1, note, "12345.67", 0.1, true, []byte{0, 1, 255}, json.RawMessage(`{"a": 1}`), [16]byte{0xf8, 1, 2, 15: 0xff}, address,
		"red", -32768, &note, sql.Null[int64]{V: -1 << 62, Valid: true}, sql.NullTime{Time: at, Valid: true},
	}
	empty := Thing{ID: 2, Price: "0.00", Data: []byte{}, Doc: json.RawMessage(`[]`), Audit: Audit{At: time.Unix(0, 0)}, Address: address}
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		exec(t, db, "DROP TABLE IF EXISTS thing")
		if _, err := sqlcore.Exec(background, db, createThing.For(db)); err != nil {
			t.Fatal(err)
		}
		for _, thing := range []*Thing{&full, &empty} {
			if n, err := sqlcore.Exec(background, db, insertThing.For(db), sqlcore.By(thing)); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}
		list, err := sqlcore.All[Thing](background, db, "SELECT * FROM thing ORDER BY id")
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		first, second := full, empty
		first.Audit, first.Seen.Time = Audit{want, &want}, want
		second.At = time.Unix(0, 0).UTC()
		if db.Dialect() == sqlcore.SQLite { // its driver reads no bytes as none
			second.Data = nil
		}
		if !reflect.DeepEqual(list[0], first) {
			t.Errorf("came back as\n%+v, went as\n%+v", list[0], first)
		}
		if !reflect.DeepEqual(list[1], second) {
			t.Errorf("came back as\n%+v, went as\n%+v", list[1], second)
		}
		// The same instant is found, whatever zone it is in.
		if id, err := sqlcore.One[int64](background, db, "SELECT id FROM thing WHERE at = $1 AND active = $2 AND color = $3 AND uid = $4", want, true, Color("red"), full.Key); id != 1 || err != nil {
			t.Error(id, err)
		}
		if s, err := sqlcore.One[*string](background, db, "SELECT note FROM thing WHERE id = $1", 2); s != nil || err != nil {
			t.Error(s, err)
		}
		if s, err := sqlcore.One[sql.NullString](background, db, "SELECT note FROM thing WHERE id = $1", sql.Null[int64]{V: 1, Valid: true}); s.String != note || err != nil {
			t.Error(s, err)
		}
	})
}

// What does not fit is an error that says which column or field.
func TestPortableMisfits(t *testing.T) {
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		type pair struct{ A, B int64 }
		_, err := sqlcore.One[pair](background, db, "SELECT 1 AS a, 2 AS c")
		if err == nil || !strings.Contains(err.Error(), `no field for column "c"`) {
			t.Error(err)
		}
		if _, err := sqlcore.One[int16](background, db, "SELECT 40000"); err == nil {
			t.Error("40000 fits into an int16")
		}
		if _, err := sqlcore.One[int64](background, db, "SELECT 1, 2"); err == nil || !strings.Contains(err.Error(), "2 columns for one int64") {
			t.Error(err)
		}
		if v, err := sqlcore.One[int64](background, db, "SELECT 1.5"); err == nil {
			t.Errorf("1.5 is %d", v)
		}
		if v, err := sqlcore.One[int64](background, db, "SELECT CAST(NULL AS char)"); err == nil {
			t.Errorf("NULL is %d", v)
		}
		if v, err := sqlcore.One[time.Time](background, db, "SELECT 'yesterday'"); err == nil {
			t.Errorf("yesterday is %v", v)
		}
		for _, arg := range []any{struct{}{}, make(chan int), sqlcore.Name("x"), sqlcore.SQL("x"), map[string]any{}} {
			if _, err := sqlcore.One[string](background, db, "SELECT $1", arg); err == nil || !strings.Contains(err.Error(), "cannot be sent") {
				t.Errorf("%T: %v", arg, err)
			}
		}
		if _, err := sqlcore.One[int64](background, db, "SELECT 1 WHERE 1 = 0"); !errors.Is(err, sqlcore.ErrNoRows) {
			t.Error(err)
		}
		if _, err := sqlcore.One[int64](background, db, "SELECT 1 UNION ALL SELECT 2"); !errors.Is(err, sqlcore.ErrTooManyRows) {
			t.Error(err)
		}
		createFamily(t, db)
		if _, err := sqlcore.One[int64](background, db, "SELECT id FROM parent WHERE id = $1 AND n = $2", 1); err == nil || !strings.Contains(err.Error(), "2 parameters, got 1") && !strings.Contains(err.Error(), "expected 2 arguments, got 1") {
			t.Error(err)
		}
		if _, err := sqlcore.Exec(background, db, sqlcore.PerDialect("", "", "").For(db)); err == nil || !strings.Contains(err.Error(), "nothing for "+db.Dialect().String()) {
			t.Error(err)
		}
	})
}

// createFamily makes tables with rules to break.
func createFamily(t testing.TB, db *sqlcore.DB) {
	exec(t, db, "DROP TABLE IF EXISTS child")
	exec(t, db, "DROP TABLE IF EXISTS parent")
	exec(t, db, "CREATE TABLE parent (id int PRIMARY KEY, name varchar(50) NOT NULL UNIQUE, n int NOT NULL DEFAULT 0 CHECK (n >= 0))")
	exec(t, db, "CREATE TABLE child (id int PRIMARY KEY, parent_id int NOT NULL, FOREIGN KEY (parent_id) REFERENCES parent (id))")
	exec(t, db, "INSERT INTO parent (id, name) VALUES (1, 'a'), (2, 'b')")
	exec(t, db, "INSERT INTO child VALUES (1, 1)")
}

// What databases refuse has one class over all of them, inside of transactions and outside.
func TestPortableErrors(t *testing.T) {
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		createFamily(t, db)
		for statement, class := range map[string]error{
			"INSERT INTO parent (id, name) VALUES (1, 'c')":      sqlcore.ErrUnique,
			"INSERT INTO parent (id, name) VALUES (3, 'a')":      sqlcore.ErrUnique,
			"INSERT INTO child VALUES (2, 99)":                   sqlcore.ErrForeignKey,
			"DELETE FROM parent WHERE id = 1":                    sqlcore.ErrForeignKey,
			"INSERT INTO parent (id, name) VALUES (3, NULL)":     sqlcore.ErrNotNull,
			"INSERT INTO parent (id, name, n) VALUES (3,'c',-1)": sqlcore.ErrCheck,
		} {
			_, err := sqlcore.Exec(background, db, sqlcore.Unsafe(statement))
			var told *sqlcore.Error
			if !errors.Is(err, class) || !errors.As(err, &told) || told.Code == "" || sqlcore.IsRetryable(err) {
				t.Errorf("%s: %v (%+v), want %v", statement, err, told, class)
			}
			inTx := db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error {
				_, err := sqlcore.ExecAll[int](background, tx, sqlcore.Unsafe(statement+" RETURNING id"))
				return err
			})
			if !errors.Is(inTx, class) {
				t.Errorf("%s, in a transaction: %v, want %v", statement, inTx, class)
			}
		}
		if _, err := sqlcore.Exec(background, db, "SELCT 1"); err == nil || errors.Is(err, sqlcore.ErrUnique) {
			t.Error(err)
		}
		id, err := sqlcore.ExecOne[int64](background, db, "INSERT INTO parent (id, name) VALUES ($2, $1) RETURNING id", "z", 26)
		if id != 26 || err != nil {
			t.Error(id, err)
		}
		if n, err := sqlcore.Exec(background, db, "UPDATE parent SET name = name WHERE id IN ($1, $2)", 1, 26); n != 2 || err != nil {
			t.Error(n, err)
		}
	})
}

// Rows come one by one; leaving the loop ends them, also in a transaction, which can do nothing else meanwhile.
func TestPortableEach(t *testing.T) {
	const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT n.i FROM n"
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		n := 0
		for i, err := range sqlcore.Each[int](background, db, numbers, 900) {
			if n++; err != nil || i != n {
				t.Fatal(i, err)
			}
		}
		if n != 900 {
			t.Error(n)
		}
		for range 30 { // more often than there are connections: none may be lost
			for i, err := range sqlcore.Each[int](background, db, numbers, 900) {
				if err != nil {
					t.Fatal(err)
				}
				if i == 3 {
					break
				}
			}
		}
		createFamily(t, db)
		err := db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error {
			exec(t, tx, "INSERT INTO parent (id, name) VALUES (10, 'x')")
			for range sqlcore.Each[int](background, tx, numbers+" JOIN n m ON true", 900) { // more than fits between here and there
				if _, err := sqlcore.Exec(background, tx, "DELETE FROM parent"); !errors.Is(err, sqlcore.ErrBusy) {
					t.Error("a second statement while rows come: ", err)
				}
				break
			}
			exec(t, tx, "INSERT INTO parent (id, name) VALUES (11, 'y')")
			return nil
		})
		if n, countErr := sqlcore.One[int](background, db, "SELECT count(*) FROM parent"); err != nil || n != 4 || countErr != nil {
			t.Error(n, err, countErr)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			for range sqlcore.Each[int](background, db, numbers, 900) {
				panic("in the loop")
			}
		}()
		if _, err := sqlcore.One[int](background, db, "SELECT 1"); err != nil {
			t.Error(err)
		}
	})
}

// A batch is one thing where it writes, and an error is its statement's.
func TestPortableBatch(t *testing.T) {
	const pay = "UPDATE parent SET n = n + $1 WHERE id = 1"
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		createFamily(t, db)
		ways := map[string]func(b *sqlcore.Batch) error{
			"on a DB": func(b *sqlcore.Batch) error { return b.Run(background, db) },
			"in a Tx": func(b *sqlcore.Batch) error {
				return db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error { return b.Run(background, tx) })
			},
		}
		for name, run := range ways {
			before := balance(t, db)
			var b sqlcore.Batch
			var touched int64
			var n int
			sqlcore.BatchExec(&b, &touched, pay, 3)
			sqlcore.BatchExec(&b, nil, pay, 4)
			sqlcore.BatchExecOne(&b, &n, "SELECT n FROM parent WHERE id = $1", 1)
			if err := run(&b); err != nil || touched != 1 || n != before+7 || balance(t, db) != n {
				t.Errorf("%s: %v, %d, %d", name, err, touched, n)
			}
			b.Reset()
			var id int
			var all []int
			sqlcore.BatchOne(&b, &id, "SELECT id FROM parent WHERE id = :id", sqlcore.Named{"id": 1})
			sqlcore.BatchAll(&b, &all, "SELECT id FROM parent")
			sqlcore.BatchOne(&b, &id, "SELECT id FROM parent WHERE id = $1", 12345)
			sqlcore.BatchOne(&b, &n, "SELECT n FROM parent WHERE id = $1", 1)
			if err := run(&b); !errors.Is(err, sqlcore.ErrNoRows) || id != 1 || len(all) == 0 || b.Err(2) == nil || b.Err(3) != nil {
				t.Errorf("%s: reads: %v, %d, %v, %v", name, err, id, all, b.Err(3))
			}
			b.Reset()
			before = balance(t, db)
			sqlcore.BatchExec(&b, nil, pay, 5)
			sqlcore.BatchExec(&b, nil, "INSERT INTO parent (id, name) VALUES (1, 'x')")
			sqlcore.BatchExec(&b, nil, pay, 6)
			err := run(&b)
			if !errors.Is(err, sqlcore.ErrUnique) || !errors.Is(b.Err(1), sqlcore.ErrUnique) || !errors.Is(b.Err(2), sqlcore.ErrSkipped) || balance(t, db) != before {
				t.Errorf("%s: %v; %v, %v, %v; %d", name, err, b.Err(0), b.Err(1), b.Err(2), balance(t, db)-before)
			}
			if undone := errors.Is(b.Err(0), sqlcore.ErrRolledBack); undone != (name == "on a DB") {
				t.Errorf("%s: %v", name, b.Err(0))
			}
		}
	})
}

// label writes and reads itself.
type label struct{ text string }

func (l label) Value() (driver.Value, error) { return "label " + l.text, nil }

func (l *label) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		l.text = "none"
	case []byte:
		l.text = strings.TrimPrefix(string(v), "label ")
	case string:
		l.text = strings.TrimPrefix(v, "label ")
	}
	return nil
}

// Types that write and read themselves do so over every driver.
func TestPortableValuers(t *testing.T) {
	everywhere(t, func(t *testing.T, db *sqlcore.DB) {
		createFamily(t, db)
		if _, err := sqlcore.Exec(background, db, "UPDATE parent SET name = $1 WHERE id = 1", sqlcore.ValueOf(label{"red"})); err != nil {
			t.Fatal(err)
		}
		type row struct {
			ID   int
			Name label
			Also *label
			None *label
		}
		got, err := sqlcore.One[row](background, db, "SELECT id, name, name AS also, NULL AS none FROM parent WHERE id = 1")
		if err != nil || got.ID != 1 || got.Name.text != "red" || got.Also == nil || got.Also.text != "red" || got.None != nil {
			t.Error(got, err)
		}
		if name, err := sqlcore.One[string](background, db, "SELECT name FROM parent WHERE id = 1"); name != "label red" || err != nil {
			t.Error(name, err)
		}
		if got, err := sqlcore.One[label](background, db, "SELECT NULL"); got.text != "none" || err != nil {
			t.Error(got, err)
		}
	})
}
