package migrate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/covetgo/covet/sqlcore/migrate"
	"github.com/covetgo/covet/sqlcore/pg"
)

// childEnv holds what a child process of this binary is to do.
const childEnv = "COVET_MIGRATE_CHILD"

// job is what it is told.
type job struct {
	URL   string
	Files map[string]string
	Goal  string // up or down
	Kill  int    // at this event, from 1; never if 0
}

// child is the process: it migrates, and kills itself, as kill -9 does, at one of the events.
func child() int {
	var j job
	if err := json.Unmarshal([]byte(os.Getenv(childEnv)), &j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	conf, err := pg.ParseConfig(j.URL)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	events := 0
	m, err := migrate.New(conf, files(j.Files), migrate.Options{Log: func(e migrate.Event) {
		if e.Kind <= migrate.LockTaken { // how often one waits is chance
			return
		}
		if events++; events == j.Kill {
			fmt.Fprintln(os.Stderr, "killed at:", e)
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Kill() // if it fails, the next line makes the test hang, and its time limit tells
			}
			select {} // until the signal comes
		}
	}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	goal := migrate.Latest()
	if j.Goal == "down" {
		goal = migrate.Version(0)
	}
	if _, err := m.Run(background, goal); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// start runs a child. The function it returns waits for it, and tells what it wrote.
func start(t *testing.T, j job) (wait func() (string, error)) {
	t.Helper()
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	cmd.Stderr = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() (string, error) {
		err := cmd.Wait()
		return out.String(), err
	}
}

// url is the connection string of a database of the shared server.
func url(conf *pg.Config) string {
	return fmt.Sprintf("postgres://%s@%s:%d/%s?sslmode=disable", conf.User, conf.Hosts[0].Name, conf.Hosts[0].Port, conf.Database)
}

// contents reads a folder that files made.
func contents(t *testing.T, folder fs.FS) map[string]string {
	t.Helper()
	list := map[string]string{}
	for name, f := range folder.(fstest.MapFS) {
		list[name] = string(f.Data)
	}
	return list
}

// Eight processes start together. Half of them are killed somewhere in the middle, if the work is theirs. Whoever is
// left does the rest, once.
func TestEightProcesses(t *testing.T) {
	reference := database(t)
	must(t, 5)(migrator(t, reference, shop, migrate.Options{}).Up(background))
	want := snapshot(t, reference)
	for _, kill := range []int{0, 12, 20} {
		conf := database(t)
		var group sync.WaitGroup
		for i := range 8 {
			j := job{URL: url(conf), Files: contents(t, shop)}
			if i%2 == 0 {
				j.Kill = kill
			}
			wait := start(t, j)
			group.Go(func() {
				if out, err := wait(); err != nil && !strings.Contains(out, "killed at") {
					t.Errorf("process %d: %v\n%s", i, err, out)
				}
			})
		}
		group.Wait()
		if got := snapshot(t, conf); got != want {
			t.Errorf("with kills at event %d:\n%s\nalone:\n%s", kill, got, want)
		}
	}
}

// A process is killed at every event there is: before and after each statement, before and after each commit. The
// next one brings the database to where it would have been.
func TestKilledAtEveryBoundary(t *testing.T) {
	reference := database(t)
	m := migrator(t, reference, shop, migrate.Options{})
	must(t, 5)(m.Up(background))
	up := snapshot(t, reference)
	kills := 0
	for n := 1; ; n++ {
		conf := database(t)
		out, err := start(t, job{URL: url(conf), Files: contents(t, shop), Kill: n})()
		if err == nil {
			break
		}
		if !strings.Contains(out, "killed at") {
			t.Fatalf("event %d: %v\n%s", n, err, out)
		}
		kills++
		if _, err := migrator(t, conf, shop, migrate.Options{}).Up(background); err != nil {
			t.Errorf("after %s%v", out, err)
		}
		if got := snapshot(t, conf); got != up {
			t.Errorf("after %s:\n%s\nwithout a kill:\n%s", out, got, up)
		}
	}
	if kills < 35 {
		t.Errorf("there were %d events only", kills)
	}
}

// The same on the way down.
func TestKilledOnTheWayDown(t *testing.T) {
	list := contents(t, shop)
	list["0005_column.down.sql"] = "ALTER TABLE t DROP COLUMN price"
	for n := 1; ; n++ {
		conf := database(t)
		m := migrator(t, conf, files(list), migrate.Options{})
		must(t, 5)(m.Up(background))
		out, err := start(t, job{URL: url(conf), Files: list, Goal: "down", Kill: n})()
		if err != nil && !strings.Contains(out, "killed at") {
			t.Fatalf("event %d: %v\n%s", n, err, out)
		}
		if _, err := m.To(background, 0); err != nil {
			t.Errorf("after %s%v", out, err)
		}
		if got := snapshot(t, conf); got != "" {
			t.Errorf("after %s: %s", out, got)
		}
		if err == nil {
			return
		}
	}
}

// A statement of which nothing tells whether it has had its effect is left to a person, who says so.
func TestUnfinished(t *testing.T) {
	list := map[string]string{
		"1_a.up.sql":   "CREATE TABLE t (n int); CREATE PROCEDURE p(n int) LANGUAGE plpgsql AS $$BEGIN INSERT INTO t VALUES (n); COMMIT; INSERT INTO t VALUES (n + 1); COMMIT; END$$",
		"1_a.down.sql": "DROP PROCEDURE p; DROP TABLE t",
		"2_b.up.sql":   "-- covet:no-transaction\nINSERT INTO t VALUES (0);\nCALL p(10);\nINSERT INTO t VALUES (20)",
		"2_b.down.sql": "DELETE FROM t",
	}
	rows := map[migrate.Outcome]string{migrate.Ran: "0 10 11 20", migrate.NotRun: "0 10 10 11 11 20", migrate.Undone: "0 0 10 10 11 11 20"}
	for outcome, want := range rows {
		conf := database(t)
		m := migrator(t, conf, files(list), migrate.Options{})
		must(t, 1)(m.To(background, 1))
		// Events: file, statement, done, statement, bare, done.
		if out, err := start(t, job{URL: url(conf), Files: list, Kill: 6})(); err == nil || !strings.Contains(out, "killed at: 2_b.up.sql:3: done in") {
			t.Fatal(out, err)
		}
		_, err := m.Up(background)
		if !errors.Is(err, migrate.ErrUnfinished) || !strings.Contains(err.Error(), "2_b.up.sql:3: this statement was running") || !strings.Contains(err.Error(), "covet-migrate resolve 2 ran") {
			t.Error(err)
		}
		if _, err := m.Down(background, 1); !errors.Is(err, migrate.ErrUnfinished) {
			t.Error(err)
		}
		if status, err := m.Status(background); err != nil || status[1].State != migrate.Unfinished {
			t.Error(status, err)
		}
		if err := m.Resolve(background, 2, "perhaps"); err == nil {
			t.Error("an outcome that does not exist was taken")
		}
		if err := m.Resolve(background, 1, outcome); err == nil {
			t.Error("a version that is whole was resolved")
		}
		if err := m.Resolve(background, 2, outcome); err != nil {
			t.Error(err)
		}
		must(t, 1)(m.Up(background))
		if got := strings.Join(texts(t, conf, "SELECT n::text FROM t ORDER BY n"), " "); got != want {
			t.Errorf("%s: rows %s, want %s", outcome, got, want)
		}
		must(t, 2)(m.To(background, 0))
	}
}

// What comes behind the statements that are done may be mended; they themselves may not.
func TestUnfinishedFileIsMended(t *testing.T) {
	conf := database(t)
	list := map[string]string{"1_a.up.sql": "-- covet:no-transaction\nCREATE TABLE t (n int);\nINSERT INTO t VALUES (1), (1);\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (n);"}
	up := func() error {
		_, err := migrator(t, conf, files(list), migrate.Options{}).Up(background)
		return err
	}
	if err := up(); !pg.IsCode(err, "23505") || !strings.Contains(err.Error(), "1_a.up.sql:4:") {
		t.Error(err)
	}
	if got := snapshot(t, conf); strings.Contains(got, "valid false") {
		t.Error("an index that is not valid was left:", got)
	}
	before := list["1_a.up.sql"]
	list["1_a.up.sql"] = strings.Replace(before, "(1), (1)", "(1)", 1)
	if err := up(); !errors.Is(err, migrate.ErrEdited) || !strings.Contains(err.Error(), "interrupted after 2 statements") {
		t.Error(err)
	}
	list["1_a.up.sql"] = strings.Replace(before, "CREATE UNIQUE", "DELETE FROM t;\nCREATE UNIQUE", 1)
	if err := up(); err != nil {
		t.Error(err)
	}
	got := snapshot(t, conf)
	if !strings.Contains(got, "index CREATE UNIQUE INDEX i ON public.t USING btree (n) valid true") || strings.Contains(got, "valid false") || !strings.Contains(got, "finished 0 f") {
		t.Error(got)
	}
}

// CREATE INDEX CONCURRENTLY is lost with its server process in the middle: what it leaves serves nobody, and is made anew.
func TestIndexIsInterrupted(t *testing.T) {
	conf := database(t)
	script(t, conf, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
	list := map[string]string{"1_a.up.sql": "-- covet:no-transaction\nCREATE INDEX CONCURRENTLY i ON t (n)"}
	holder := session(t, conf) // a transaction that has written t keeps the index from being finished
	if _, err := holder.Script(background, "BEGIN; INSERT INTO t VALUES (2)"); err != nil {
		t.Fatal(err)
	}
	wait := start(t, job{URL: url(conf), Files: list})
	builder := "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock'"
	for len(texts(t, conf, "SELECT pid::text "+builder)) == 0 {
		time.Sleep(time.Millisecond)
	}
	script(t, conf, "SELECT pg_terminate_backend(pid) "+builder)
	if out, err := wait(); err == nil || !strings.Contains(out, "1_a.up.sql:2:") {
		t.Error(out, err)
	}
	if _, err := holder.Script(background, "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if got := snapshot(t, conf); !strings.Contains(got, "valid false") {
		t.Error("nothing was left half done, so this tests nothing:", got)
	}
	must(t, 1)(migrator(t, conf, files(list), migrate.Options{}).Up(background))
	if got := snapshot(t, conf); strings.Count(got, "index ") != 1 || !strings.Contains(got, "valid true") {
		t.Error(got)
	}
}

// The server process dies in the middle of a file, and comes back.
func TestServerLost(t *testing.T) {
	conf := database(t)
	folder := files(map[string]string{"1_a.up.sql": "CREATE TABLE t (n int); SELECT pg_backend_pid(), pg_terminate_backend(pg_backend_pid()); INSERT INTO t VALUES (1)"})
	_, err := migrator(t, conf, folder, migrate.Options{}).Up(background)
	if err == nil || migrate.Disagree(err) {
		t.Error(err)
	}
	if got := snapshot(t, conf); strings.Contains(got, "column t.") || strings.Contains(got, "applied") {
		t.Error(got)
	}
	must(t, 1)(migrator(t, conf, files(map[string]string{"1_a.up.sql": ""}), migrate.Options{LockWait: time.Minute}).Up(background))
}
