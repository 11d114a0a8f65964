package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
	"github.com/covetgo/covet/sqlcore/migrate"
	"github.com/covetgo/covet/sqlcore/pg"
)

// binary is the program, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "covet-migrate")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "covet-migrate")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	code := 1
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
	} else {
		code = pgtest.Main(m)
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

var databases atomic.Int64

// fixture is a folder of files, and an empty database.
type fixture struct {
	t        *testing.T
	dir, dsn string
}

// fixtureFor makes one.
func fixtureFor(t *testing.T) *fixture {
	t.Helper()
	server := pgtest.Shared(t)
	f := &fixture{t, t.TempDir(), ""}
	name := fmt.Sprintf("cli%d", databases.Add(1))
	f.dsn = server.URL()
	f.sql("CREATE DATABASE " + name)
	f.dsn = strings.Replace(f.dsn, "/postgres?", "/"+name+"?", 1)
	return f
}

// session opens a session.
func (f *fixture) session() *pg.Session {
	f.t.Helper()
	conf, err := pg.ParseConfig(f.dsn)
	if err != nil {
		f.t.Fatal(err)
	}
	connector, err := pg.NewConnector(conf, pg.Options{}, false)
	if err != nil {
		f.t.Fatal(err)
	}
	s, err := connector.Connect(context.Background())
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = s.Close(); connector.Close() })
	return s
}

// sql runs statements.
func (f *fixture) sql(text string) {
	f.t.Helper()
	s := f.session()
	if _, err := s.Script(context.Background(), text); err != nil {
		f.t.Fatal(err)
	}
	_ = s.Close()
}

// write writes a file of the folder.
func (f *fixture) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// run runs the program, and fails the test if it ends otherwise or what it writes lacks something.
func (f *fixture) run(code int, want string, args ...string) (out string) {
	f.t.Helper()
	cmd := exec.Command(binary, append([]string{"-dir", f.dir}, args...)...)
	cmd.Env = append(os.Environ(), databaseEnv+"="+f.dsn)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		f.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code || !strings.Contains(stdout.String()+stderr.String(), want) {
		f.t.Errorf("%q: exit code %d, want %d; want %q in\n%s%s", args, got, code, want, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// The life of a schema, by the real program.
func TestCommands(t *testing.T) {
	f := fixtureFor(t)
	f.run(exitDone, "0 files", "up")
	f.run(exitDone, "0001_accounts.up.sql", "new", "accounts")
	f.write("0001_accounts.up.sql", "CREATE TABLE account (id int)")
	f.write("0001_accounts.down.sql", "DROP TABLE account")
	f.run(exitDone, "0002_two_words.down.sql", "new", "two words")
	f.write("0002_two_words.up.sql", "ALTER TABLE account ADD COLUMN name text")
	f.write("0002_two_words.down.sql", "ALTER TABLE account DROP COLUMN name")

	f.run(exitPending, "pending", "status")
	if out := f.run(exitDone, "CREATE TABLE account", "dry-run", "up"); !strings.Contains(out, "BEGIN;") || !strings.Contains(out, "INSERT INTO") {
		t.Error(out)
	}
	f.run(exitPending, "pending", "status") // the dry run was dry
	f.run(exitDone, "1 files", "to", "1")
	f.run(exitDone, "0002_two_words.up.sql: committed after", "up")
	f.run(exitDone, "0 files", "up")
	f.run(exitDone, "applied", "status")
	f.run(exitDone, "1 files", "down")
	f.run(exitDone, "1 files", "-q", "up")
	f.run(exitDone, "DROP TABLE account", "dry-run", "down", "2")
	f.run(exitDone, "nothing to do", "dry-run", "up")
	f.run(exitDone, "2 files", "down", "2")
	f.run(exitDone, "2 files", "-table", "others", "up")
	f.run(exitFailed, `relation "account" already exists`, "up")
}

func TestDisagreement(t *testing.T) {
	f := fixtureFor(t)
	f.write("1_a.up.sql", "CREATE TABLE a ()")
	f.run(exitDone, "1 files", "up")
	f.write("1_a.up.sql", "CREATE TABLE a (x int)")
	f.run(exitDisagree, "covet-migrate accept 1", "up")
	f.run(exitDisagree, "edited", "status")
	f.run(exitDone, "", "accept", "1")
	f.run(exitDone, "applied", "status")
	f.write("3_c.up.sql", "")
	f.run(exitDone, "1 files", "up")
	f.write("2_b.up.sql", "")
	f.run(exitDisagree, "Give its files a number above 3", "up")
	f.run(exitDisagree, "Give its files a number above 3", "status")
	f.run(exitPending, "out of order", "-allow-out-of-order", "status")
	f.run(exitDone, "1 files", "-allow-out-of-order", "up")
	if err := os.Remove(filepath.Join(f.dir, "3_c.up.sql")); err != nil {
		t.Fatal(err)
	}
	f.run(exitDisagree, "older than the database", "up")
	f.run(exitDone, "0 files", "-allow-ahead", "up")
	f.run(exitDisagree, "older than the database", "status")
	f.run(exitDone, "ahead", "-allow-ahead", "status")
}

func TestArguments(t *testing.T) {
	f := fixtureFor(t)
	for _, args := range [][]string{
		{}, {"sideways"}, {"up", "1"}, {"down", "0"}, {"down", "-1"}, {"down", "x"}, {"to"}, {"to", "-1"}, {"to", "latest"}, {"dry-run"}, {"dry-run", "status"},
		{"status", "1"}, {"new"}, {"new", "a/b"}, {"new", ""}, {"accept"}, {"accept", "x"}, {"resolve", "1"}, {"resolve", "1", "perhaps"}, {"-nonsense", "up"},
		{"-dir", filepath.Join(f.dir, "nowhere"), "up"}, {"-dsn", "nonsense", "up"}, {"-dsn", "postgres://u:secret@h:0/", "up"},
	} {
		f.run(exitUsage, "", args...)
	}
	f.run(exitDone, "Exit codes", "-h")
	f.write("1_a.up.sql", "")
	f.run(exitFailed, "connect", "-dsn", "postgres://postgres@127.0.0.1:1/x?connect_timeout=2", "-timeout", "30s", "up")
	f.run(exitFailed, "there is no file of version 7", "to", "7")
	f.run(exitFailed, "there is no version 7", "accept", "7")
	f.write("b.sql", "")
	f.run(exitFailed, "want a name such as", "up")
	f.dsn = ""
	f.run(exitUsage, "no database: give -dsn", "up")
}

func TestWaits(t *testing.T) {
	f := fixtureFor(t)
	f.write("1_a.up.sql", "SELECT pg_sleep(600)")
	f.run(exitFailed, "-timeout 100ms has passed", "-timeout", "100ms", "up")
	f.run(exitFailed, "57014", "-statement-timeout", "10ms", "up")
	holder := f.session()
	if _, err := holder.Script(context.Background(), fmt.Sprintf("SELECT pg_advisory_lock(%d, %d)", migrate.LockClass, migrate.LockKey("public", "covet_migrations"))); err != nil {
		t.Fatal(err)
	}
	f.run(exitLocked, "it is held by process", "-lock-wait", "1ms", "up")
}

func TestNextVersion(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	for _, c := range []struct{ last, want string }{
		{"", "0001"}, {"0001", "0002"}, {"009", "010"}, {"9", "10"}, {"20260101000000", "20261122093000"}, {"20270101000000", "20270101000001"},
	} {
		p := program{dir: t.TempDir()}
		if c.last != "" {
			if err := os.WriteFile(filepath.Join(p.dir, c.last+"_a.up.sql"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := p.nextVersion(now); got != c.want || err != nil {
			t.Errorf("behind %q comes %q, %v; want %q", c.last, got, err, c.want)
		}
	}
}
