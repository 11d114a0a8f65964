package pgsql

// Statements, their arguments, and their rows.

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"reflect"
	"time"

	"github.com/covetgo/covet/sqlcore/pg"
)

// Stmt is a prepared statement. Its connection has prepared it, or will when it is first used.
type Stmt struct {
	conn   *Conn
	stmt   *pg.Stmt
	params int
}

// Prepare prepares a statement.
func (c *Conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// PrepareContext prepares a statement. It asks the server only if no connection has before.
func (c *Conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.session.Statement(query)
	if err != nil {
		return nil, err
	}
	d, err := c.session.Describe(ctx, stmt)
	if err != nil {
		return nil, unsent(err)
	}
	return &Stmt{c, stmt, len(d.Params)}, nil
}

// ExecContext runs a statement. Without arguments, the text may hold several.
func (c *Conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		n, err := c.session.Script(ctx, query)
		if err != nil {
			return nil, unsent(err)
		}
		return result(n), nil
	}
	stmt, err := c.session.Statement(query)
	if err != nil {
		return nil, err
	}
	return c.exec(ctx, stmt, args)
}

// QueryContext runs a statement and returns its rows.
func (c *Conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	stmt, err := c.session.Statement(query)
	if err != nil {
		return nil, err
	}
	return c.query(ctx, stmt, args)
}

// Close does nothing: the statement may serve others.
func (s *Stmt) Close() error { return nil }

// NumInput is the number of parameters.
func (s *Stmt) NumInput() int { return s.params }

// Exec runs the statement.
func (s *Stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.conn.exec(context.Background(), s.stmt, named(args))
}

// Query runs the statement and returns its rows.
func (s *Stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.conn.query(context.Background(), s.stmt, named(args))
}

// ExecContext runs the statement.
func (s *Stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.exec(ctx, s.stmt, args)
}

// QueryContext runs the statement and returns its rows.
func (s *Stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.query(ctx, s.stmt, args)
}

// CheckNamedValue lets arguments through that package pg can send: see [Conn.CheckNamedValue].
func (s *Stmt) CheckNamedValue(v *driver.NamedValue) error { return s.conn.CheckNamedValue(v) }

// named gives arguments their numbers.
func named(args []driver.Value) []driver.NamedValue {
	list := make([]driver.NamedValue, len(args))
	for i, v := range args {
		list[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return list
}

// errNamed: database/sql knows names for parameters, and PostgreSQL does not.
var errNamed = errors.New("pgsql: PostgreSQL's parameters have numbers: use $1, $2 instead of sql.Named")

// errNoID: PostgreSQL has no such thing.
var errNoID = errors.New("pgsql: PostgreSQL does not tell the last inserted id: use INSERT … RETURNING")

// result is what a statement did.
type result int64

// LastInsertId is not known.
func (result) LastInsertId() (int64, error) { return 0, errNoID }

// RowsAffected is the number of rows touched.
func (r result) RowsAffected() (int64, error) { return int64(r), nil }

// CheckNamedValue lets through what package pg encodes by the type of its parameter: numbers, text, times, slices that
// become arrays, and pointers to them. What is a driver.Valuer is asked for its value, and everything else is
// converted by the rules of database/sql.
func (c *Conn) CheckNamedValue(v *driver.NamedValue) error {
	if v.Name != "" {
		return errNamed
	}
	switch v.Value.(type) {
	case nil, int64, int, int32, int16, float64, float32, bool, string, []byte, time.Time:
		return nil
	case driver.Valuer:
		return driver.ErrSkip // it is asked
	}
	t := reflect.TypeOf(v.Value)
	if t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 || t == typeUUID {
		return nil
	}
	return driver.ErrSkip
}

var typeUUID = reflect.TypeFor[[16]byte]()

// values takes the arguments out of their wrappers, into list if that is long enough.
func values(list []any, args []driver.NamedValue) []any {
	for _, a := range args {
		list = append(list, a.Value)
	}
	return list
}

// argsUsual is how many arguments need no memory of their own.
const argsUsual = 8

// exec runs a statement and drops its rows, if there are any.
func (c *Conn) exec(ctx context.Context, stmt *pg.Stmt, args []driver.NamedValue) (driver.Result, error) {
	var usual [argsUsual]any
	n, err := c.session.Exec(ctx, stmt, values(usual[:0], args))
	if err != nil {
		return nil, unsent(err)
	}
	return result(n), nil
}

// query runs a statement and returns its rows.
func (c *Conn) query(ctx context.Context, stmt *pg.Stmt, args []driver.NamedValue) (driver.Rows, error) {
	var usual [argsUsual]any
	r, err := c.session.Rows(ctx, stmt, values(usual[:0], args))
	if err != nil {
		return nil, unsent(err)
	}
	return &Rows{rows: r, columns: r.Columns()}, nil
}

// Rows are the rows of a query.
type Rows struct {
	rows    *pg.Rows
	columns []pg.Column
	names   []string
}

// Columns are the names.
func (r *Rows) Columns() []string {
	if r.names == nil {
		r.names = make([]string, len(r.columns))
		for i := range r.columns {
			r.names[i] = r.columns[i].Name
		}
	}
	return r.names
}

// Next reads a row.
func (r *Rows) Next(dest []driver.Value) error {
	row, columns, ok := r.rows.Next()
	switch {
	case !ok:
		if err := r.rows.Close(); err != nil {
			return err
		}
		return io.EOF
	case columns != len(dest):
		return &pg.ProtocolError{What: "a row has another number of columns than were described"}
	}
	for i := range dest {
		v, ok := row.Next()
		if !ok {
			return &pg.ProtocolError{What: "a row is cut short"}
		}
		var err error
		if dest[i], err = r.columns[i].Value(v); err != nil {
			return err
		}
	}
	return nil
}

// Close reads what is left of the result: a query may also write, and is to do all of it.
func (r *Rows) Close() error { return r.rows.Close() }

// ColumnTypeDatabaseTypeName is the type's name in pg_type, in upper case.
func (r *Rows) ColumnTypeDatabaseTypeName(i int) string { return r.columns[i].TypeName() }

// ColumnTypeScanType is the type of what Next returns.
func (r *Rows) ColumnTypeScanType(i int) reflect.Type { return scanType(r.columns[i].TypeName()) }

// scanType is that type by the name of the column's.
func scanType(name string) reflect.Type {
	switch name {
	case "INT2", "INT4", "INT8", "OID":
		return reflect.TypeFor[int64]()
	case "FLOAT4", "FLOAT8":
		return reflect.TypeFor[float64]()
	case "BOOL":
		return reflect.TypeFor[bool]()
	case "BYTEA", "JSON", "JSONB":
		return reflect.TypeFor[[]byte]()
	case "DATE", "TIMESTAMP", "TIMESTAMPTZ":
		return reflect.TypeFor[time.Time]()
	}
	return reflect.TypeFor[string]()
}

// modifierHeader is what a length in pg_attribute.atttypmod is increased by.
const modifierHeader = 4

// ColumnTypeLength is the longest value, in characters for varchar and char; ok is false where there is no such bound.
func (r *Rows) ColumnTypeLength(i int) (length int64, ok bool) {
	c := &r.columns[i]
	switch c.TypeName() {
	case "TEXT", "BYTEA":
		return 1<<63 - 1, true
	case "VARCHAR", "BPCHAR":
		if c.Modifier >= modifierHeader {
			return int64(c.Modifier - modifierHeader), true
		}
		return 1<<63 - 1, true
	}
	return 0, false
}

// ColumnTypePrecisionScale is what numeric(precision, scale) says.
func (r *Rows) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	c := &r.columns[i]
	if c.TypeName() != "NUMERIC" || c.Modifier < modifierHeader {
		return 0, 0, false
	}
	m := c.Modifier - modifierHeader
	return int64(m >> 16), int64(m & 0xffff), true
}
