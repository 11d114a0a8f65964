package migrate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
	"github.com/covetgo/covet/sqlcore/migrate"
	"github.com/covetgo/covet/sqlcore/pg"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(child())
	}
	os.Exit(pgtest.Main(m))
}

var (
	background = context.Background()
	databases  atomic.Int64
)

// database makes an empty database on the shared server.
func database(t testing.TB) *pg.Config {
	t.Helper()
	conf, err := pg.ParseConfig(pgtest.Shared(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("m%d", databases.Add(1))
	script(t, conf, "CREATE DATABASE "+name)
	c := *conf
	c.Database = name
	return &c
}

// session opens a session.
func session(t testing.TB, conf *pg.Config) *pg.Session {
	t.Helper()
	connector, err := pg.NewConnector(conf, pg.Options{}, false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := connector.Connect(background)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(); connector.Close() })
	return s
}

// script runs SQL.
func script(t testing.TB, conf *pg.Config, sql string) {
	t.Helper()
	s := session(t, conf)
	if _, err := s.Script(background, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	_ = s.Close()
}

// texts reads a column of text.
func texts(t testing.TB, conf *pg.Config, sql string) []string {
	t.Helper()
	s := session(t, conf)
	stmt, err := s.Statement(sql)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Query(background, stmt, nil)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer r.Release()
	list, err := pg.AppendRows[string](nil, r)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	return list
}

// snapshot is all that migrations are to be judged by: columns, indexes, functions, rows of the table "t", if there is
// one, and what is recorded.
func snapshot(t testing.TB, conf *pg.Config) string {
	t.Helper()
	list := texts(t, conf, `
		SELECT line FROM (
			SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || coalesce(' ' || column_default, '') FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'covet_migrations'
			UNION ALL SELECT 'index ' || pg_get_indexdef(indexrelid) || ' valid ' || indisvalid FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE c.relnamespace = 'public'::regnamespace AND indrelid IS DISTINCT FROM to_regclass('covet_migrations')
			UNION ALL SELECT 'function ' || proname || ' ' || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
			UNION ALL SELECT 'type ' || enumlabel FROM pg_enum
		) AS x (line) ORDER BY line`)
	if texts(t, conf, "SELECT coalesce(to_regclass('t')::text, '')")[0] != "" {
		list = append(list, texts(t, conf, "SELECT 'row ' || t::text FROM t ORDER BY 1")...)
	}
	if texts(t, conf, "SELECT coalesce(to_regclass('covet_migrations')::text, '')")[0] != "" {
		list = append(list, texts(t, conf, `SELECT 'applied ' || concat_ws(' ', version, name, checksum, coalesce(unfinished, 'finished'), statements_done, statement_running) FROM covet_migrations ORDER BY version`)...)
	}
	return strings.Join(list, "\n")
}

// files makes a folder.
func files(list map[string]string) fs.FS {
	folder := fstest.MapFS{}
	for name, text := range list {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return folder
}

// make makes a migrator.
func migrator(t testing.TB, conf *pg.Config, folder fs.FS, o migrate.Options) *migrate.Migrator {
	t.Helper()
	m, err := migrate.New(conf, folder, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// must fails the test on an error, or on another number of files than was wanted.
func must(t testing.TB, want int) func(int, error) {
	return func(n int, err error) {
		t.Helper()
		if err != nil || n != want {
			t.Fatalf("ran %d files, want %d; %v", n, want, err)
		}
	}
}

// shop is a set of migrations of all kinds.
var shop = files(map[string]string{
	"0001_table.up.sql": `
		CREATE TABLE t (id int PRIMARY KEY, name text); -- a comment; with a semicolon
		INSERT INTO t VALUES (1, 'a;b'), (2, E'c\';');`,
	"0001_table.down.sql": "DROP TABLE t",
	"0002_functions.up.sql": `
		CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN 2 * n; END;$$;
		CREATE FUNCTION half(n int) RETURNS int LANGUAGE SQL BEGIN ATOMIC SELECT CASE WHEN n > 0 THEN n / 2 END; END;
		CREATE TYPE mood AS ENUM ('fine');`,
	"0002_functions.down.sql": "DROP TYPE mood; DROP FUNCTION half; DROP FUNCTION twice;",
	"0003_indexes.up.sql": `-- covet:no-transaction
		SET maintenance_work_mem = '8MB';
		CREATE INDEX CONCURRENTLY t_name ON t (name);
		INSERT INTO t VALUES (3, 'once');
		ALTER TYPE mood ADD VALUE 'tired';
		CREATE INDEX CONCURRENTLY "T Two" ON public.t ((twice(id))) WHERE twice(id) > 0;
		VACUUM t;
		DROP INDEX CONCURRENTLY t_name;
		UPDATE t SET name = name || '!'`,
	"0003_indexes.down.sql": `-- covet:no-transaction
		DROP INDEX CONCURRENTLY "T Two";
		UPDATE t SET name = left(name, -1);
		DELETE FROM t WHERE id = 3;`,
	"0004_empty.up.sql":   "-- there was a thing here, and it is no more\n",
	"0004_empty.down.sql": "",
	"0005_column.up.sql":  "ALTER TABLE t ADD COLUMN price numeric DEFAULT 1.5;",
})

func TestUpDownTo(t *testing.T) {
	conf := database(t)
	m := migrator(t, conf, shop, migrate.Options{})
	must(t, 2)(m.To(background, 2))
	two := snapshot(t, conf)
	must(t, 3)(m.Up(background))
	five := snapshot(t, conf)
	for _, want := range []string{"row (1,a;b!,1.5)", "row (3,once!,1.5)", "T Two", "valid true", "type tired", "function half", "applied 5 column"} {
		if !strings.Contains(five, want) {
			t.Errorf("lacks %q:\n%s", want, five)
		}
	}
	if strings.Contains(five, "t_name") || strings.Contains(five, "unfinished") {
		t.Error(five)
	}
	must(t, 0)(m.Up(background))
	if _, err := m.Down(background, 1); !errors.Is(err, migrate.ErrNoDown) {
		t.Error(err)
	}
	script(t, conf, "ALTER TABLE t DROP COLUMN price; DELETE FROM covet_migrations WHERE version = 5")
	must(t, 2)(m.Down(background, 2))
	// An enum keeps what was added to it.
	if got := snapshot(t, conf); got != strings.Replace(two, "type fine\n", "type fine\ntype tired\n", 1) {
		t.Errorf("after going back:\n%s\nbefore:\n%s", got, two)
	}
	must(t, 2)(m.To(background, 0))
	if got := snapshot(t, conf); got != "" {
		t.Error(got)
	}
}

// A file that fails leaves nothing, those before it stay, and the error knows the place.
func TestFileFails(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"statement":   {"CREATE TABLE b ();\n\nSELECT 1,\n  'ä',\n  nothing", "2_b.up.sql:5: pg: ERROR: column \"nothing\" does not exist"},
		"commit":      {"CREATE TABLE b ();\nALTER TABLE a ADD UNIQUE (x) DEFERRABLE INITIALLY DEFERRED;\nINSERT INTO a VALUES (1), (1)", "duplicate key value"},
		"transaction": {"CREATE TABLE b ();\nVACUUM a", "2_b.up.sql:2: pg: ERROR: VACUUM cannot run inside a transaction block (SQLSTATE 25001); begin a file"},
	} {
		t.Run(name, func(t *testing.T) {
			conf := database(t)
			m := migrator(t, conf, files(map[string]string{"1_a.up.sql": "CREATE TABLE a (x int)", "2_b.up.sql": c.text, "3_c.up.sql": "CREATE TABLE c ()"}), migrate.Options{})
			n, err := m.Up(background)
			var where *migrate.FileError
			if n != 1 || err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &where) || where.File != "2_b.up.sql" {
				t.Errorf("%d, %v", n, err)
			}
			got := snapshot(t, conf)
			if !strings.Contains(got, "column a.x") || !strings.Contains(got, "applied 1 a") || strings.Contains(got, "applied 2") || texts(t, conf, "SELECT (to_regclass('b') IS NULL)::text")[0] != "true" {
				t.Error(got)
			}
		})
	}
}

// What a file sets for its session is no other file's business, nor the record's.
func TestSettingsEndWithTheirFile(t *testing.T) {
	conf := database(t)
	script(t, conf, "CREATE SCHEMA other; CREATE ROLE "+conf.Database+"_role; GRANT ALL ON SCHEMA public TO "+conf.Database+"_role")
	text := "SET ROLE " + conf.Database + "_role; SELECT set_config('search_path', '', false); SET lock_timeout = 1; CREATE TABLE public.a (x int); SET LOCAL work_mem = '1MB'"
	m := migrator(t, conf, files(map[string]string{
		"1_a.up.sql": text,
		"2_b.up.sql": "CREATE TABLE t AS SELECT current_user::text, current_setting('search_path') AS path, current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement",
	}), migrate.Options{LockTimeout: 7 * time.Second, StatementTimeout: 9 * time.Minute})
	must(t, 2)(m.Up(background))
	if got := texts(t, conf, "SELECT t::text FROM t")[0]; got != `(postgres,"""$user"", public",7s,9min)` {
		t.Error(got)
	}
}

func TestTimeouts(t *testing.T) {
	conf := database(t)
	script(t, conf, "CREATE TABLE a (x int)")
	holder := session(t, conf)
	if _, err := holder.Script(background, "BEGIN; LOCK TABLE a"); err != nil {
		t.Fatal(err)
	}
	m := migrator(t, conf, files(map[string]string{"1_a.up.sql": "CREATE TABLE b (); ALTER TABLE a ADD COLUMN y int"}), migrate.Options{LockTimeout: 10 * time.Millisecond})
	if _, err := m.Up(background); !pg.IsCode(err, "55P03") || !strings.Contains(err.Error(), "lock_timeout has passed") {
		t.Error(err)
	}
	if _, err := holder.Script(background, "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	must(t, 1)(m.Up(background))
	m = migrator(t, conf, files(map[string]string{"1_a.up.sql": "CREATE TABLE b (); ALTER TABLE a ADD COLUMN y int", "2_b.up.sql": "SELECT pg_sleep(60)"}), migrate.Options{StatementTimeout: 10 * time.Millisecond})
	if _, err := m.Up(background); !pg.IsCode(err, "57014") {
		t.Error(err)
	}
	if _, err := migrate.New(conf, shop, migrate.Options{LockTimeout: time.Microsecond}); err == nil {
		t.Error("a lock_timeout of a microsecond would be none")
	}
}

// A context that ends cancels the statement at the server, and the file is undone.
func TestContextEnds(t *testing.T) {
	conf := database(t)
	ctx, cancel := context.WithCancelCause(background)
	stop := errors.New("that is enough")
	folder := files(map[string]string{"1_a.up.sql": "CREATE TABLE b (); SELECT pg_sleep(600)"})
	m := migrator(t, conf, folder, migrate.Options{Log: func(e migrate.Event) {
		if e.Kind == migrate.StatementStarted && e.Statement == 2 {
			go cancel(stop)
		}
	}})
	if _, err := m.Up(ctx); !errors.Is(err, stop) {
		t.Error(err)
	}
	if got := snapshot(t, conf); strings.Contains(got, "applied") {
		t.Error(got)
	}
	// The lock is free, and nothing of it runs any more.
	must(t, 1)(migrator(t, conf, files(map[string]string{"1_a.up.sql": "CREATE TABLE b ()"}), migrate.Options{LockWait: time.Minute}).Up(background))
}

func TestLockIsHeld(t *testing.T) {
	conf := database(t)
	holder := session(t, conf)
	lock := fmt.Sprintf("(%d, %d)", migrate.LockClass, migrate.LockKey("public", "covet_migrations"))
	if _, err := holder.Script(background, "SELECT pg_advisory_lock"+lock); err != nil {
		t.Fatal(err)
	}
	var waited atomic.Int64
	o := migrate.Options{LockWait: time.Nanosecond, Log: func(e migrate.Event) {
		if e.Kind == migrate.LockWaited && strings.Contains(e.Holder, "pg_advisory_lock") {
			waited.Add(1)
		}
	}}
	if _, err := migrator(t, conf, shop, o).Up(background); !errors.Is(err, migrate.ErrLocked) || !strings.Contains(err.Error(), "pg_advisory_lock"+lock) || waited.Load() != 1 {
		t.Error(err, waited.Load())
	}
	// Another table has another lock.
	o.Table = `public.versions of "mine"`
	must(t, 5)(migrator(t, conf, shop, o).Up(background))
	// Status and dry runs wait for nobody.
	o.Table = ""
	if list, err := migrator(t, conf, shop, o).Status(background); err != nil || len(list) != 5 {
		t.Error(list, err)
	}
	ctx, cancel := context.WithCancel(background)
	o.LockWait, o.Log = time.Hour, func(migrate.Event) { cancel() }
	if _, err := migrator(t, conf, shop, o).Up(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestEditedFiles(t *testing.T) {
	conf := database(t)
	list := map[string]string{"1_a.up.sql": "CREATE TABLE a (x int);\n", "2_b.up.sql": "CREATE TABLE b ()", "2_b.down.sql": "DROP TABLE b"}
	must(t, 2)(migrator(t, conf, files(list), migrate.Options{}).Up(background))
	list["1_a.up.sql"] = "CREATE TABLE a (x int);\r\n" // as another system checks it out
	list["2_b.down.sql"] = "DROP TABLE IF EXISTS b"    // a way back may be mended
	must(t, 0)(migrator(t, conf, files(list), migrate.Options{}).Up(background))
	list["1_a.up.sql"] = "CREATE TABLE a (x bigint);\n"
	m := migrator(t, conf, files(list), migrate.Options{})
	if _, err := m.Up(background); !errors.Is(err, migrate.ErrEdited) || !migrate.Disagree(err) {
		t.Error(err)
	}
	status, err := m.Status(background)
	if err != nil || status[0].State != migrate.Edited || status[1].State != migrate.Applied || status[0].Note == "" {
		t.Error(status, err)
	}
	if err := m.Accept(background, 2); err == nil {
		t.Error("accepted a file that was not edited")
	}
	if err := m.Accept(background, 1); err != nil {
		t.Error(err)
	}
	must(t, 0)(m.Up(background))
}

// A dry run writes what psql could run, and changes nothing: not even the table is made.
func TestDryRun(t *testing.T) {
	reference := database(t)
	must(t, 5)(migrator(t, reference, shop, migrate.Options{}).Up(background))
	conf := database(t)
	m := migrator(t, conf, shop, migrate.Options{})
	var out bytes.Buffer
	n, err := m.DryRun(background, migrate.Latest(), &out)
	if err != nil || n != 5 {
		t.Fatal(n, err)
	}
	if got := texts(t, conf, "SELECT count(*)::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"); got[0] != "0" {
		t.Error("a dry run left something")
	}
	s := session(t, conf)
	pieces, err := migrate.Split(out.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range pieces { // one by one, as psql sends them
		if _, err := s.Script(background, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if got, want := snapshot(t, conf), snapshot(t, reference); got != want {
		t.Errorf("by the dry run's SQL:\n%s\nby Up:\n%s", got, want)
	}
	must(t, 0)(m.Up(background))
	out.Reset()
	if n, err := m.DryRun(background, migrate.Latest(), &out); n != 0 || err != nil || out.Len() > 0 {
		t.Error(n, err, out.String())
	}
}

func TestTableNames(t *testing.T) {
	conf := database(t)
	for _, name := range []string{"a.b.c", ".a", "a.", strings.Repeat("x", 64), "a\x00"} {
		if _, err := migrate.New(conf, shop, migrate.Options{Table: name}); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
	c := *conf
	c.Settings = map[string]string{"search_path": "nowhere"}
	if _, err := migrator(t, &c, shop, migrate.Options{}).Up(background); err == nil || !strings.Contains(err.Error(), "no schema of the search path exists") {
		t.Error(err)
	}
	script(t, conf, "CREATE SCHEMA audit")
	must(t, 1)(migrator(t, conf, files(map[string]string{"1_a.up.sql": ""}), migrate.Options{Table: "audit." + strings.Repeat("x", 63)}).Up(background))
}

// A line ends by CR, too: what is behind it is no comment.
func TestOldLineEnds(t *testing.T) {
	conf := database(t)
	m := migrator(t, conf, files(map[string]string{"1_a.up.sql": "-- accounts\rCREATE TABLE cr (x int);"}), migrate.Options{})
	must(t, 1)(m.Up(background))
	if got := texts(t, conf, "SELECT to_regclass('cr')::text"); len(got) != 1 || got[0] != "cr" {
		t.Errorf("the table: %q", got)
	}
}

// A file that lets go of the lock ends the run, and undoes itself.
func TestLockIsLetGo(t *testing.T) {
	conf := database(t)
	m := migrator(t, conf, files(map[string]string{"1_a.up.sql": "CREATE TABLE a (); SELECT pg_advisory_unlock_all()", "2_b.up.sql": "CREATE TABLE b ()"}), migrate.Options{})
	if n, err := m.Up(background); n != 0 || !errors.Is(err, migrate.ErrLocked) {
		t.Errorf("%d files, %v", n, err)
	}
	if got := texts(t, conf, "SELECT concat(to_regclass('a'), to_regclass('b'))"); got[0] != "" {
		t.Errorf("tables: %q", got)
	}
}

// Behind a pooler of transactions there is no lock to hold.
func TestPoolerIsRefused(t *testing.T) {
	conf := *database(t)
	conf.Pooler = true
	if _, err := migrate.New(&conf, files(nil), migrate.Options{}); err == nil || !strings.Contains(err.Error(), "pooler") {
		t.Error(err)
	}
}
