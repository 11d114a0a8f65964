package migrate

// What can be asked of migrations. Entry points: New, then Up, Down, To, Status, DryRun.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/covetgo/covet/sqlcore/pg"
)

// Options say how migrations run. The zero value is what most want.
type Options struct {
	// Table is where versions are recorded, "covet_migrations" by default, in the first schema of the search path that
	// exists, or in the one that is named: "audit.migrations".
	Table string
	// LockWait is how long to wait for another process that migrates, 5 minutes by default.
	LockWait time.Duration
	// LockTimeout and StatementTimeout are PostgreSQL's settings of these names, for the whole session: what the files run, and
	// what records it. 0 leaves what the server or the connection string says. A statement that waits for a lock makes everybody wait who comes after it, so
	// a LockTimeout of a few seconds is good for busy tables: the file is undone, and can be tried again.
	LockTimeout, StatementTimeout time.Duration
	// AllowOutOfOrder also applies files whose version is lower than one that has been applied.
	AllowOutOfOrder bool
	// AllowAhead lets a program with old files start over a database that newer ones have been applied to: Up does nothing
	// about versions that it has no file for, if they are above all that it has.
	AllowAhead bool
	// Log is told what happens, on the goroutine that migrates.
	Log func(Event)
}

const (
	tableDefault    = "covet_migrations"
	lockWaitDefault = 5 * time.Minute
	applicationName = "covet-migrate" // of the session, unless the connection string has one
	endSlack        = 5 * time.Second // for what is said to the server after a context has ended
)

// Migrator knows the files and the database. It holds no connection between calls, and is safe for concurrent use.
type Migrator struct {
	conf    *pg.Config
	files   []*Migration
	options Options
}

// New reads the files of a folder, and reports what is wrong with them. It does not connect.
func New(conf *pg.Config, folder fs.FS, o Options) (*Migrator, error) {
	files, err := Load(folder)
	if err != nil {
		return nil, err
	}
	if min(o.LockWait, o.LockTimeout, o.StatementTimeout) < 0 {
		return nil, errors.New("migrate: an option is negative")
	}
	if conf.Pooler {
		return nil, errors.New("migrate: behind a pooler that lends a server for one transaction, nobody can hold a lock: connect to the server itself, without pooler=transaction")
	}
	if o.Table == "" {
		o.Table = tableDefault
	}
	if o.LockWait == 0 {
		o.LockWait = lockWaitDefault
	}
	if o.Log == nil {
		o.Log = func(Event) {}
	}
	if _, _, err := tableName(o.Table); err != nil {
		return nil, err
	}
	c := *conf
	c.Settings = maps.Clone(conf.Settings)
	if c.Settings == nil {
		c.Settings = map[string]string{}
	}
	if c.Settings["application_name"] == "" {
		c.Settings["application_name"] = applicationName
	}
	// The files are cut by the rules that hold when this is on, and in strings backslashes count if it is off.
	if on, said := c.Settings[plainStrings]; said && !isOn(on) {
		return nil, fmt.Errorf("migrate: %s is %q: files are read as it is on; write E'…' where backslashes are to count", plainStrings, on)
	}
	c.Settings[plainStrings] = "on"
	// As settings of the session they are what RESET ALL goes back to.
	for name, d := range map[string]time.Duration{"lock_timeout": o.LockTimeout, "statement_timeout": o.StatementTimeout} {
		switch {
		case d == 0:
		case d < time.Millisecond:
			return nil, fmt.Errorf("migrate: %s %v: want a millisecond at least", name, d)
		default:
			c.Settings[name] = strconv.FormatInt(d.Milliseconds(), 10)
		}
	}
	return &Migrator{&c, files, o}, nil
}

// plainStrings is the setting by which a backslash in '…' is a backslash.
const plainStrings = "standard_conforming_strings"

// isOn reads a boolean of PostgreSQL's.
func isOn(value string) bool {
	return slices.Contains([]string{"on", "true", "yes", "1"}, strings.ToLower(strings.Trim(value, "'")))
}

// Migrations are the files, in the order of their versions.
func (m *Migrator) Migrations() []*Migration { return m.files }

// Goal is where to go: [Latest], [Version] or [Back].
type Goal struct {
	kind    goalKind
	version int64 // with toVersion
	back    int   // with goBack
}

// goalKind tells goals apart.
type goalKind uint8

const (
	toLatest goalKind = iota
	toVersion
	goBack
)

// Latest is the newest version that there is a file for.
func Latest() Goal { return Goal{} }

// Version is one version: those above it are undone, newest first, and those up to it applied. 0 is an empty database.
func Version(v int64) Goal { return Goal{kind: toVersion, version: v} }

// Back is n versions before the one that was applied last; n is at least 1.
func Back(n int) Goal { return Goal{kind: goBack, back: n} }

// Up applies what has not been applied. It returns how many files it ran, also if one failed.
func (m *Migrator) Up(ctx context.Context) (int, error) { return m.Run(ctx, Latest()) }

// Down undoes the n newest versions.
func (m *Migrator) Down(ctx context.Context, n int) (int, error) { return m.Run(ctx, Back(n)) }

// To goes to a version, in either direction.
func (m *Migrator) To(ctx context.Context, version int64) (int, error) {
	return m.Run(ctx, Version(version))
}

// Run goes to a goal, and returns how many files it ran. If one fails, those before it stay: each has been committed
// with its record.
func (m *Migrator) Run(ctx context.Context, goal Goal) (int, error) {
	w, err := m.connect(ctx, false)
	if err != nil {
		return 0, err
	}
	defer w.close()
	// Most often there is nothing to do, and then there is no reason to wait for anybody.
	if steps, err := w.plan(ctx, goal); err == nil && len(steps) == 0 {
		return 0, nil
	}
	if err := w.lock(ctx); err != nil {
		return 0, err
	}
	defer w.unlock(ctx)
	if err := w.createTable(ctx); err != nil {
		return 0, err
	}
	steps, err := w.plan(ctx, goal) // whoever had the lock may have done it
	if err != nil {
		return 0, err
	}
	for i, st := range steps {
		if err := w.take(ctx, st); err != nil {
			return i, err
		}
	}
	return len(steps), nil
}

// Status says of each version, of files and of those recorded, how it stands. It changes nothing and waits for nobody.
func (m *Migrator) Status(ctx context.Context) ([]Entry, error) {
	w, err := m.connect(ctx, true)
	if err != nil {
		return nil, err
	}
	defer w.close()
	rows, _, err := w.rows(ctx)
	if err != nil {
		return nil, err
	}
	return compare(m.files, rows), nil
}

// worker is a migrator with a session, which holds the lock. It is used by one goroutine.
type worker struct {
	*Migrator
	connector     *pg.Connector
	session       *pg.Session
	schema, table string // not quoted
}

// connect opens the session. With readOnly, the server makes sure that nothing is changed.
func (m *Migrator) connect(ctx context.Context, readOnly bool) (*worker, error) {
	conf := m.conf
	if readOnly {
		c := *m.conf
		c.Settings = maps.Clone(c.Settings)
		c.Settings["default_transaction_read_only"] = "on"
		conf = &c
	}
	connector, err := pg.NewConnector(conf, pg.Options{}, false)
	if err != nil {
		return nil, err
	}
	session, err := connector.Connect(ctx)
	if err != nil {
		connector.Close()
		return nil, fmt.Errorf("migrate: %w", err)
	}
	w := &worker{Migrator: m, connector: connector, session: session}
	if err := w.findSchema(ctx); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// findSchema settles in which schema the table is, once and for all: files may change the search path.
func (w *worker) findSchema(ctx context.Context) error {
	w.schema, w.table, _ = tableName(w.options.Table)
	if w.schema != "" {
		return nil
	}
	list, err := query[*string](ctx, w, "SELECT current_schema()::text")
	if err != nil {
		return err
	}
	if list[0] == nil {
		return errors.New("migrate: no schema of the search path exists: create it, set search_path in the connection string, or name one in Options.Table")
	}
	w.schema = *list[0]
	return nil
}

// close ends the session, and with it, at the server, whatever it holds.
func (w *worker) close() {
	_ = w.session.Close() // nothing is left to be said
	w.connector.Close()
}

// query runs a statement of this package, and decodes its rows.
func query[T any](ctx context.Context, w *worker, sql string, args ...any) ([]T, error) {
	stmt, err := w.session.Statement(sql)
	if err != nil {
		return nil, err
	}
	r, err := w.session.Query(ctx, stmt, args)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	defer r.Release()
	return pg.AppendRows[T](nil, r)
}

// exec runs a statement of this package.
func (w *worker) exec(ctx context.Context, sql string, args ...any) error {
	stmt, err := w.session.Statement(sql)
	if err == nil {
		_, err = w.session.Exec(ctx, stmt, args)
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// tableName parts schema.table.
func tableName(name string) (schema, table string, err error) {
	schema, table, two := strings.Cut(name, ".")
	if !two {
		schema, table = "", name
	}
	for i, part := range []string{table, schema} {
		if part == "" && (i == 0 || two) || len(part) > nameMax || strings.ContainsAny(part, "\x00.") {
			return "", "", fmt.Errorf("migrate: table %q: want a name or schema.name, each of at most %d bytes", name, nameMax)
		}
	}
	return schema, table, nil
}

const nameMax = 63 // bytes of a name in PostgreSQL (§4.1.1)

// quote makes a name safe in SQL.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
