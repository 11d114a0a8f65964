package sqlcore

// The same API over any driver of database/sql. Entry point: Over; then overargs.go (values on their way there),
// overrows.go (rows on their way back), overtx.go (transactions).

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Over makes a DB of a database that a driver of database/sql speaks to: MySQL, MariaDB or SQLite, or PostgreSQL through
// another driver. The driver is the program's choice. What it can do that this package has no words for, db still can.
//
//	conn, err := sql.Open("sqlite", "file:shop.db?_pragma=busy_timeout(5000)")
//	db := sqlcore.Over(conn, sqlcore.SQLite)
//
// Statements may be written with $1 or with :name whatever the database wants; its own ? will do, too. What is different
// from a DB that Open has made stands in docs/SQL.md: above all, nothing keeps a read from writing, and drivers know no arrays.
func Over(db *sql.DB, d Dialect) *DB {
	return &DB{over: &over{db: db, on: db, dialect: d}}
}

// Dialect is what the database speaks.
func (db *DB) Dialect() Dialect { return db.dialect() }

// Native reports whether Open has made the DB, so that it speaks to PostgreSQL without package database/sql between.
func (db *DB) Native() bool { return db.over == nil }

// over is what statements run on if that is database/sql.
type over struct {
	db      *sql.DB
	on      runner
	dialect Dialect
	tx      *overTx // nil outside of transactions
}

// runner is a *sql.DB or a *sql.Conn.
type runner interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// prepare makes of a text and its arguments what the driver takes. Nothing of args is kept: see driverArg.
func (o *over) prepare(sql text, args []any) (string, []any, error) {
	if strings.IndexByte(string(sql), 0) >= 0 {
		return "", nil, checkMissing(sql, misuse("the statement holds a NUL"))
	}
	if strings.TrimSpace(string(sql)) == "" {
		return "", nil, misuse("an empty statement")
	}
	byName := isNamed(args)
	if byName {
		var err error
		if sql, args, err = expand(o.dialect, sql, args); err != nil {
			return "", nil, err
		}
	}
	list, err := driverArgs(args, o.dialect)
	if err != nil || byName || o.dialect == PostgreSQL {
		return string(sql), list, err
	}
	r := rewrites[o.dialect].find(string(sql), o.dialect)
	switch {
	case r.err != nil:
		return "", nil, r.err
	case len(r.names) > 0:
		return "", nil, misuse("the statement has :" + r.names[0] + ", and the values have no names")
	case len(r.numbers) > 0:
		list, err = r.inOrder(list)
	}
	return r.sql, list, err
}

// inOrder repeats and reorders values as their placeholders stand.
func (r *rewritten) inOrder(values []any) ([]any, error) {
	takes := 0
	for _, i := range r.numbers {
		takes = max(takes, i+1)
	}
	if takes != len(values) {
		return nil, fmt.Errorf("sqlcore: the statement takes %d parameters, got %d", takes, len(values))
	}
	list := make([]any, len(r.numbers))
	for place, i := range r.numbers {
		list[place] = values[i]
	}
	return list, nil
}

// mayRun says why a statement cannot be run. In MySQL, some commit what came before them: what followed would not be in
// the transaction, and to run it again after a deadlock would do the first part twice.
func (o *over) mayRun(query string) error {
	if o.tx != nil && o.dialect == MySQL && commits(query) {
		return misuse("in MySQL this statement commits, so it cannot be part of a transaction: " + shortened(query))
	}
	return o.tx.usable()
}

// commits reports whether MySQL commits before or after a statement ("Statements That Cause an Implicit Commit").
func commits(query string) bool {
	query = strings.TrimSpace(query)
	words := strings.Fields(strings.ToUpper(query[:min(len(query), shownMax)]))
	if len(words) > 1 && (words[0] == "CREATE" || words[0] == "DROP") && words[1] == "TEMPORARY" {
		return false
	}
	return len(words) > 0 && slices.Contains([]string{"CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE", "LOCK", "UNLOCK",
		"BEGIN", "START", "COMMIT", "ANALYZE", "OPTIMIZE", "REPAIR", "FLUSH"}, strings.TrimRight(words[0], ";"))
}

// exec runs a statement and returns how many rows it touched.
func (o *over) exec(ctx context.Context, sql text, args []any) (int64, error) {
	query, list, err := o.prepare(sql, args)
	if err == nil {
		err = o.mayRun(query)
	}
	if err != nil {
		return 0, err
	}
	r, err := o.on.ExecContext(ctx, query, list...)
	if err != nil {
		return 0, o.failed(err)
	}
	return r.RowsAffected()
}

// query runs a statement that returns rows.
func (o *over) query(ctx context.Context, sql text, args []any) (*sql.Rows, error) {
	query, list, err := o.prepare(sql, args)
	if err == nil {
		err = o.mayRun(query)
	}
	if err != nil {
		return nil, err
	}
	rows, err := o.on.QueryContext(ctx, query, list...)
	if err != nil {
		return nil, o.failed(err)
	}
	return rows, nil
}

// failed says what a failure is about, and lets the transaction know.
func (o *over) failed(err error) error {
	err = classify(err, o.dialect)
	if o.tx != nil && o.tx.failed == nil {
		o.tx.failed = err
	}
	return err
}
