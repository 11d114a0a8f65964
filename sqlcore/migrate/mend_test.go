package migrate_test

// What goes wrong in files without a transaction, and what is not shown.

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/sqlcore/migrate"
	"github.com/covetgo/covet/sqlcore/pg"
)

// IF NOT EXISTS finds an index that is not valid, which somebody has left: it is made anew, and not taken for done.
func TestIndexIsThereAndNotValid(t *testing.T) {
	conf := database(t)
	script(t, conf, "CREATE TABLE t (n int); INSERT INTO t VALUES (1), (1)")
	s := session(t, conf)
	if _, err := s.Script(background, "CREATE UNIQUE INDEX CONCURRENTLY i ON t (n)"); !pg.IsCode(err, "23505") {
		t.Fatal(err)
	}
	list := map[string]string{"1_a.up.sql": "-- covet:no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n)"}
	if _, err := migrator(t, conf, files(list), migrate.Options{}).Up(background); !pg.IsCode(err, "23505") {
		t.Error("it is taken for done:", err)
	}
	script(t, conf, "TRUNCATE t")
	for range 2 { // the second one finds it valid
		if _, err := migrator(t, conf, files(list), migrate.Options{}).Up(background); err != nil {
			t.Error(err)
		}
	}
	if got := snapshot(t, conf); strings.Count(got, "index ") != 1 || !strings.Contains(got, "valid true") {
		t.Error(got)
	}
}

// REINDEX CONCURRENTLY is lost with its server process: what it leaves is dropped.
func TestReindexIsInterrupted(t *testing.T) {
	const (
		plain  = "CREATE TABLE t (n int)"
		parted = `CREATE TABLE t (n int) PARTITION BY RANGE (n); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (n);
			CREATE TABLE t2 PARTITION OF t1 FOR VALUES FROM (0) TO (5)`
	)
	for _, c := range []struct {
		name, table, reindex string
		indexes              int
	}{
		{"index", plain, "INDEX CONCURRENTLY i", 1},
		{"table", plain, "(CONCURRENTLY) TABLE public.t", 1},
		{"schema", plain, "SCHEMA CONCURRENTLY public", 1},
		{"index in parts", parted, "INDEX CONCURRENTLY i", 3},
		{"table in parts", parted, "TABLE CONCURRENTLY t", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := database(t)
			script(t, conf, c.table+"; INSERT INTO t VALUES (1); CREATE INDEX i ON t (n)")
			list := map[string]string{"1_a.up.sql": "-- covet:no-transaction\nREINDEX " + c.reindex}
			holder := session(t, conf) // of a snapshot, for whose end it waits when it has built
			if _, err := holder.Script(background, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1"); err != nil {
				t.Fatal(err)
			}
			wait := start(t, job{URL: url(conf), Files: list})
			builder := "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'REINDEX%' AND wait_event_type = 'Lock'"
			for len(texts(t, conf, "SELECT pid::text "+builder)) == 0 {
				time.Sleep(time.Millisecond)
			}
			script(t, conf, "SELECT pg_terminate_backend(pid) "+builder)
			if out, err := wait(); err == nil {
				t.Error(out, err)
			}
			if _, err := holder.Script(background, "COMMIT"); err != nil {
				t.Fatal(err)
			}
			if got := snapshot(t, conf); !strings.Contains(got, "_ccnew") {
				t.Error("nothing was left, so this tests nothing:", got)
			}
			must(t, 1)(migrator(t, conf, files(list), migrate.Options{}).Up(background))
			if got := snapshot(t, conf); strings.Count(got, "index ") != c.indexes || strings.Count(got, "valid true") != c.indexes {
				t.Error(got)
			}
		})
	}
}

// A statement that may have run is not judged by another text that stands in its place by now.
func TestDoubtfulStatementIsEdited(t *testing.T) {
	conf := database(t)
	list := map[string]string{
		"1_a.up.sql": "CREATE TABLE t (n int); CREATE PROCEDURE p(n int) LANGUAGE plpgsql AS $$BEGIN INSERT INTO t VALUES (n); COMMIT; END$$",
		"2_b.up.sql": "-- covet:no-transaction\nINSERT INTO t VALUES (0);\nCALL p(10);\nINSERT INTO t VALUES (20)",
	}
	must(t, 1)(migrator(t, conf, files(list), migrate.Options{}).To(background, 1))
	if out, err := start(t, job{URL: url(conf), Files: list, Kill: 6})(); err == nil || !strings.Contains(out, "killed at: 2_b.up.sql:3: done in") {
		t.Fatal(out, err)
	}
	before := list["2_b.up.sql"]
	for _, edited := range []string{strings.Replace(before, "CALL p(10)", "VACUUM t", 1), strings.Replace(before, "CALL p(10);", "", 1)} {
		list["2_b.up.sql"] = edited
		_, err := migrator(t, conf, files(list), migrate.Options{}).Up(background)
		if !errors.Is(err, migrate.ErrEdited) || !strings.Contains(err.Error(), "its statement 2 was running") || !strings.Contains(err.Error(), "resolve 2 not-run") {
			t.Errorf("%q: %v", edited, err)
		}
	}
	list["2_b.up.sql"] = strings.Replace(before, "VALUES (20)", "VALUES (21)", 1) // behind it, all is free
	m := migrator(t, conf, files(list), migrate.Options{})
	if _, err := m.Up(background); !errors.Is(err, migrate.ErrUnfinished) {
		t.Error(err)
	}
	list["2_b.up.sql"] = strings.Replace(before, "CALL p(10)", "VACUUM t", 1)
	m = migrator(t, conf, files(list), migrate.Options{})
	if err := m.Resolve(background, 2, migrate.Ran); err != nil { // somebody has looked
		t.Error(err)
	}
	must(t, 1)(m.Up(background))
	if got := strings.Join(texts(t, conf, "SELECT n::text FROM t ORDER BY n"), " "); got != "0 10 20" {
		t.Error(got)
	}
}

// A file that ends before the statement that may have run: what the message advises is taken, and what is refused it does not.
func TestDoubtfulStatementIsCutOff(t *testing.T) {
	conf := database(t)
	list := map[string]string{
		"1_a.up.sql": "CREATE TABLE t (n int); CREATE PROCEDURE p(n int) LANGUAGE plpgsql AS $$BEGIN INSERT INTO t VALUES (n); COMMIT; END$$",
		"2_b.up.sql": "-- covet:no-transaction\nINSERT INTO t VALUES (0);\nCALL p(10);",
	}
	must(t, 1)(migrator(t, conf, files(list), migrate.Options{}).To(background, 1))
	if out, err := start(t, job{URL: url(conf), Files: list, Kill: 6})(); err == nil || !strings.Contains(out, "killed at: 2_b.up.sql:3: done in") {
		t.Fatal(out, err)
	}
	whole := list["2_b.up.sql"]
	list["2_b.up.sql"] = strings.Replace(whole, "CALL p(10);", "", 1)
	short := migrator(t, conf, files(list), migrate.Options{})
	refused := func(err error) {
		t.Helper()
		if !errors.Is(err, migrate.ErrEdited) || !strings.Contains(err.Error(), "resolve 2 undone") || strings.Contains(err.Error(), "2 ran") || strings.Contains(err.Error(), "not-run") {
			t.Error(err)
		}
	}
	_, err := short.Up(background)
	refused(err)
	refused(short.Resolve(background, 2, migrate.Ran))
	refused(short.Resolve(background, 2, migrate.NotRun))
	list["2_b.up.sql"] = whole // put back: it can be told of again
	if _, err := migrator(t, conf, files(list), migrate.Options{}).Up(background); !errors.Is(err, migrate.ErrUnfinished) || !strings.Contains(err.Error(), "resolve 2 ran") {
		t.Error(err)
	}
	script(t, conf, "DELETE FROM t") // undone by hand
	if err := short.Resolve(background, 2, migrate.Undone); err != nil {
		t.Error(err)
	}
	must(t, 1)(short.Up(background))
	if got := strings.Join(texts(t, conf, "SELECT n::text FROM t"), " "); got != "0" {
		t.Error(got)
	}
}

// Passwords are in no event and no error.
func TestPasswordsAreNotShown(t *testing.T) {
	conf := database(t)
	list := map[string]string{
		"1_a.up.sql": "CREATE ROLE hidden PASSWORD 'geheim'; DROP ROLE hidden;\nCREATE ROLE hidden ENCRYPTED PASSWORD /* ' */ E'ge\\'heim' LOGIN; DROP ROLE hidden;\n" +
			"SELECT 'host=h password=geheim'; DO $$BEGIN EXECUTE 'CREATE ROLE hidden PASSWORD ''geheim'''; END$$; DROP ROLE hidden; ALTER ROLE nobody /* password geheim */ PASSWORD 'geheim' -- password geheim\n",
	}
	var log strings.Builder
	_, err := migrator(t, conf, files(list), migrate.Options{Log: func(e migrate.Event) { fmt.Fprintf(&log, "%s %+v %s\n", e, e, e.SQL) }}).Up(background)
	var failed *migrate.FileError
	if !errors.As(err, &failed) || !pg.IsCode(err, "42704") {
		t.Fatal(err)
	}
	all := log.String() + fmt.Sprint(err) + failed.SQL
	if strings.Contains(all, "heim") || !strings.Contains(all, "CREATE ROLE hidden PASSWORD '…'") || !strings.Contains(failed.SQL, "ALTER ROLE nobody") {
		t.Error(all)
	}
}

// A setting by which strings would end elsewhere than they are cut is refused, and one that the server has does not count.
func TestBackslashes(t *testing.T) {
	conf := database(t)
	script(t, conf, "ALTER DATABASE "+conf.Database+" SET standard_conforming_strings = off")
	list := map[string]string{"1_a.up.sql": `SET standard_conforming_strings = on; CREATE TABLE t (s text); INSERT INTO t VALUES ('a\'); INSERT INTO t VALUES ('b;c\')`}
	must(t, 1)(migrator(t, conf, files(list), migrate.Options{}).Up(background))
	if got := strings.Join(texts(t, conf, "SELECT s FROM t ORDER BY s"), " "); got != `a\ b;c\` {
		t.Error(got)
	}
	for _, sql := range []string{"SET standard_conforming_strings = off", "set local Standard_Conforming_Strings to 'off'", `SET SESSION "standard_conforming_strings" TO false`} {
		if _, err := migrate.New(conf, files(map[string]string{"1_a.up.sql": sql}), migrate.Options{}); err == nil || !strings.Contains(err.Error(), "must stay on") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	off := *conf
	off.Settings = map[string]string{"standard_conforming_strings": "off"}
	if _, err := migrate.New(&off, files(list), migrate.Options{}); err == nil || !strings.Contains(err.Error(), "standard_conforming_strings") {
		t.Error(err)
	}
}
