package pg

// What a statement returned: rows as they came, decoded by whoever asked for them.

import (
	"reflect"
	"slices"

	"github.com/covetgo/covet/sqlcore/wire"
)

// Result is the answer to one statement. Its rows are views that live until Release.
type Result struct{ q *call }

// Affected is the number of rows that the statement returned or changed.
func (r Result) Affected() int64 { return r.q.affected }

// Len is the number of rows in the result.
func (r Result) Len() int { return r.q.rowCount }

// Columns describes the columns. It must not be changed, and lives for ever.
func (r Result) Columns() []Column { return r.q.desc.Columns }

// Release gives the memory back. The result must not be used any more.
func (r Result) Release() { r.q.recycle() }

// rows iterates over raw rows.
type rows struct{ rest []byte }

// next returns the next DataRow, and false at the end.
func (r *rows) next() (wire.Row, int, bool) {
	m, n, st := wire.Next(r.rest, wire.MessageBytesMax)
	if st != wire.OK {
		return wire.Row{}, 0, false
	}
	r.rest = r.rest[n:]
	row, columns, ok := wire.ParseRow(m.Body)
	if !ok {
		return wire.Row{}, 0, true // no columns: the plan will miss them
	}
	return row, columns, true
}

// First decodes the row of a result that must have exactly one.
func First[T any](r Result) (value T, err error) {
	switch n := r.q.rowCount; {
	case n == 0:
		return value, ErrNoRows
	case n > 1:
		return value, ErrTooManyRows
	}
	p, err := planFor(r.q.stmt, r.q.desc, reflect.TypeFor[T]())
	if err != nil {
		return value, err
	}
	list := rows{r.q.rows}
	row, columns, _ := list.next()
	err = scan(p, row, columns, &value)
	return value, err
}

// AppendRows decodes all rows of a result behind dst.
func AppendRows[T any](dst []T, r Result) ([]T, error) {
	p, err := planFor(r.q.stmt, r.q.desc, reflect.TypeFor[T]())
	if err != nil {
		return dst, err
	}
	dst = slices.Grow(dst, r.q.rowCount)
	list := rows{r.q.rows}
	for row, columns, ok := list.next(); ok; row, columns, ok = list.next() {
		dst = append(dst, *new(T))
		if err := scan(p, row, columns, &dst[len(dst)-1]); err != nil {
			return dst[:len(dst)-1], err
		}
	}
	return dst, nil
}
