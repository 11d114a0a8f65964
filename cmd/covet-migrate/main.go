// Command covet-migrate brings a PostgreSQL schema from one version to the next, by files of SQL: package
// sqlcore/migrate from a shell. Without arguments it tells how; docs/MIGRATIONS.md is the manual.
//
// Read in this order: this file (arguments and exit codes), commands.go (what each command does), create.go (new files).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/covetgo/covet/sqlcore/migrate"
	"github.com/covetgo/covet/sqlcore/pg"
)

const help = `covet-migrate brings a PostgreSQL schema from one version to the next.

  covet-migrate [flags] up              apply what has not been applied
  covet-migrate [flags] down [N]        undo the N newest versions, 1 if not said
  covet-migrate [flags] to VERSION      go there, in either direction; 0 undoes all
  covet-migrate [flags] status          say how each version stands
  covet-migrate [flags] dry-run up|down|to …
                                        print the SQL that would be run, and run nothing
  covet-migrate [flags] new NAME        write two empty files with the next version
  covet-migrate [flags] accept VERSION  an applied file was edited without effect
  covet-migrate [flags] resolve VERSION ran|not-run|undone
                                        what became of a statement that was interrupted

Files are called 0001_accounts.up.sql and 0001_accounts.down.sql.

Exit codes: 0 done, or nothing to do; 1 failed; 2 wrong arguments; 3 files and database
disagree, and the message says what to do; 4 another process held the lock for too
long; 5 (status only) something is pending.

Flags:
`

// The exit codes.
const (
	exitDone = iota
	exitFailed
	exitUsage
	exitDisagree
	exitLocked
	exitPending
)

// databaseEnv is the variable that names the database if no flag does.
const databaseEnv = "DATABASE_URL"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// program is what the flags said.
type program struct {
	dsn, dir      string
	timeout       time.Duration
	quiet         bool
	options       migrate.Options
	out, problems io.Writer
}

// run is the program, but for the process.
func run(ctx context.Context, args []string, out, problems io.Writer) int {
	p := program{out: out, problems: problems}
	flags := p.flags()
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitDone
		}
		return exitUsage
	}
	if !p.quiet {
		p.options.Log = func(e migrate.Event) { fmt.Fprintln(problems, e) }
	}
	if p.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, p.timeout, fmt.Errorf("-timeout %v has passed", p.timeout))
		defer cancel()
	}
	err := p.command(ctx, flags.Args())
	if err != nil && !errors.Is(err, errPending) {
		fmt.Fprintln(problems, "covet-migrate:", err)
	}
	return exitCode(err)
}

// flags declares the flags.
func (p *program) flags() *flag.FlagSet {
	flags := flag.NewFlagSet("covet-migrate", flag.ContinueOnError)
	flags.SetOutput(p.problems)
	flags.Usage = func() {
		fmt.Fprint(p.problems, help)
		flags.PrintDefaults()
	}
	o := &p.options
	flags.StringVar(&p.dsn, "dsn", "", "the database, as a URL or as word=value pairs; without it $"+databaseEnv+", and PGHOST and so on")
	flags.StringVar(&p.dir, "dir", "migrations", "the folder of the files")
	flags.StringVar(&o.Table, "table", "", "the table that records versions, or schema.table (default covet_migrations)")
	flags.DurationVar(&p.timeout, "timeout", 0, "for all of it; then the running statement is cancelled. 0: no limit")
	flags.DurationVar(&o.LockWait, "lock-wait", 0, "how long to wait for another process that migrates (default 5m)")
	flags.DurationVar(&o.LockTimeout, "lock-timeout", 0, "PostgreSQL's lock_timeout for the files' statements")
	flags.DurationVar(&o.StatementTimeout, "statement-timeout", 0, "PostgreSQL's statement_timeout for them")
	flags.BoolVar(&o.AllowOutOfOrder, "allow-out-of-order", false, "also apply files below the newest version that was applied")
	flags.BoolVar(&o.AllowAhead, "allow-ahead", false, "do not mind versions that are newer than all files")
	flags.BoolVar(&p.quiet, "q", false, "do not tell what is being done")
	return flags
}

// errUsage: the arguments make no sense.
type errUsage struct{ text string }

// Error tells what is wrong.
func (e errUsage) Error() string { return e.text + "; covet-migrate -h tells what there is" }

// usagef makes an errUsage.
func usagef(format string, args ...any) error { return errUsage{fmt.Sprintf(format, args...)} }

// errPending: the status is that something is pending.
var errPending = errors.New("something is pending")

// exitCode is the process's answer.
func exitCode(err error) int {
	var usage errUsage
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, errPending):
		return exitPending
	case migrate.Disagree(err):
		return exitDisagree
	case errors.Is(err, migrate.ErrLocked):
		return exitLocked
	}
	return exitFailed
}

// migrator reads the files and the connection string.
func (p *program) migrator() (*migrate.Migrator, error) {
	dsn := p.dsn
	if dsn == "" {
		dsn = os.Getenv(databaseEnv)
	}
	if dsn == "" && !slices.ContainsFunc([]string{"PGHOST", "PGUSER", "PGDATABASE"}, func(name string) bool { return os.Getenv(name) != "" }) {
		return nil, usagef("no database: give -dsn, or set %s, or PGHOST, PGUSER and so on", databaseEnv)
	}
	conf, err := pg.ParseConfig(dsn)
	if err != nil {
		return nil, usagef("%v", err)
	}
	if _, err := os.Stat(p.dir); err != nil {
		return nil, usagef("the folder of the files: %v; give another one with -dir", err)
	}
	return migrate.New(conf, os.DirFS(p.dir), p.options)
}
