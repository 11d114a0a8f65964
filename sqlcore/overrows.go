package sqlcore

// Rows that come from a driver of database/sql. Which column belongs to which field is found out once per type and list of
// columns; then each query makes pointers to the fields of one variable, into which all of its rows are scanned. Entry
// points: overOne, overAll, overEach.

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/covetgo/covet/sqlcore/internal/fields"
)

// overEach calls f with each row until that returns false.
func overEach[T any](ctx context.Context, o *over, sql text, args []any, f func(T) bool) (err error) {
	rows, err := o.query(ctx, sql, args)
	if err != nil {
		return err
	}
	o.tx.reading(rows)
	defer func() {
		o.tx.reading(nil)
		if closed := rows.Close(); err == nil && closed != nil {
			err = o.failed(closed)
		}
	}()
	value := new(T)
	into, err := destinations(rows, reflect.ValueOf(value).Elem())
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("sqlcore: %w", err)
		}
		if !f(*value) {
			return nil
		}
	}
	if err := rows.Err(); err != nil {
		return o.failed(err)
	}
	return nil
}

// overAll reads all rows.
func overAll[T any](ctx context.Context, o *over, sql text, args []any) ([]T, error) {
	var list []T
	err := overEach(ctx, o, sql, args, func(value T) bool {
		list = append(list, value)
		return true
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// overOne reads exactly one row.
func overOne[T any](ctx context.Context, o *over, sql text, args []any) (T, error) {
	var one, none T
	n := 0
	err := overEach(ctx, o, sql, args, func(value T) bool {
		if n == 0 {
			one = value
		}
		n++
		return n < 2
	})
	switch {
	case err != nil:
		return none, err
	case n == 0:
		return none, ErrNoRows
	case n > 1:
		return none, ErrTooManyRows
	}
	return one, nil
}

// rowPlan says which field each column belongs to; for a type that is one value, it has no steps.
type rowPlan struct{ steps [][]int }

// rowPlanKey is what a plan depends on.
type rowPlanKey struct {
	typ     reflect.Type
	columns string
}

// rowPlansMax bounds the plans that are kept, as rewritesMax bounds the texts.
const rowPlansMax = 1000

var rowPlans = struct {
	sync.RWMutex
	m map[rowPlanKey]*rowPlan
}{m: map[rowPlanKey]*rowPlan{}}

// rowPlanFor returns the plan for a type and columns.
func rowPlanFor(typ reflect.Type, columns []string) (*rowPlan, error) {
	key := rowPlanKey{typ, strings.Join(columns, "\x00")}
	rowPlans.RLock()
	p := rowPlans.m[key]
	rowPlans.RUnlock()
	if p != nil {
		return p, nil
	}
	p, err := newRowPlan(typ, columns)
	if err != nil {
		return nil, err
	}
	rowPlans.Lock()
	defer rowPlans.Unlock()
	if len(rowPlans.m) >= rowPlansMax {
		clear(rowPlans.m)
	}
	rowPlans.m[key] = p
	return p, nil
}

// newRowPlan looks for each column's field.
func newRowPlan(typ reflect.Type, columns []string) (*rowPlan, error) {
	if typ.Kind() != reflect.Struct || isValue(typ) {
		if len(columns) != 1 {
			return nil, fmt.Errorf("sqlcore: %d columns for one %v", len(columns), typ)
		}
		return &rowPlan{}, nil
	}
	p := &rowPlan{}
	all := fields.List(typ, isValue)
	for _, column := range columns {
		at := slices.IndexFunc(all, func(f fields.Field) bool { return f.Matches(column) })
		if at < 0 {
			return nil, fmt.Errorf("sqlcore: %v has no field for column %q; without a column are %s", typ, column, fields.Names(all))
		}
		p.steps = append(p.steps, all[at].Index)
		all = slices.Delete(all, at, at+1) // two columns of one name need two fields
	}
	return p, nil
}

// destinations makes pointers to where the columns of rows go in a variable.
func destinations(rows *sql.Rows, into reflect.Value) ([]any, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	p, err := rowPlanFor(into.Type(), columns)
	if err != nil {
		return nil, err
	}
	if p.steps == nil {
		d, err := destination(into)
		return []any{d}, err
	}
	list := make([]any, len(p.steps))
	for i, index := range p.steps {
		if list[i], err = destination(into.FieldByIndex(index)); err != nil {
			return nil, fmt.Errorf("sqlcore: column %q: %w", columns[i], err)
		}
	}
	return list, nil
}

// destination makes a pointer that Scan takes, or stands between where drivers give a type in several ways.
func destination(field reflect.Value) (any, error) {
	base := field.Type()
	switch {
	case base.Kind() == reflect.Pointer:
		base = base.Elem()
	case fields.IsNull(base):
		base = base.Field(0).Type
	}
	read := readers[base]
	switch kind := base.Kind(); {
	case read != nil:
	case isUUID(base):
		read = readUUID
	case kind == reflect.Slice && base.Elem().Kind() == reflect.Uint8 && base.PkgPath() != "":
		read = readBytes
	case kind >= reflect.Bool && kind <= reflect.Float64 && kind != reflect.Uintptr, kind == reflect.String,
		kind == reflect.Slice && base.Elem().Kind() == reflect.Uint8:
		return field.Addr().Interface(), nil
	case kind == reflect.Struct && reflect.PointerTo(base).Implements(typeScanner): // or a pointer to one
		return field.Addr().Interface(), nil
	default:
		return nil, fmt.Errorf("no column can become a %v", field.Type())
	}
	return &destined{field, base, read}, nil
}

// destined is a field of a type that a driver does not give.
type destined struct {
	field reflect.Value
	base  reflect.Type // without what makes it hold NULL
	read  func(src any, into reflect.Value) error
}

// typeScanner is what makes itself of a column.
var typeScanner = reflect.TypeFor[sql.Scanner]()

// readers by type.
var readers = map[reflect.Type]func(src any, into reflect.Value) error{
	typeTime: readTime, typeRawJSON: readBytes, typeAddr: parsed(netip.ParseAddr), typePrefix: parsed(netip.ParsePrefix),
}

// Scan stores a value as database/sql hands it out.
func (d *destined) Scan(src any) error {
	f := d.field
	switch {
	case src == nil && (f.Kind() == reflect.Pointer || f.Kind() == reflect.Slice || fields.IsNull(f.Type())):
		f.SetZero()
		return nil
	case src == nil:
		return errors.New("NULL does not fit; use a pointer or sql.Null")
	case f.Kind() == reflect.Pointer:
		fresh := reflect.New(d.base)
		f.Set(fresh)
		return d.read(src, fresh.Elem())
	case fields.IsNull(f.Type()):
		f.Field(1).SetBool(true)
		return d.read(src, f.Field(0))
	}
	return d.read(src, f)
}

// asText returns what a driver gives for text.
func asText(src any) (string, bool) {
	switch v := src.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	}
	return "", false
}

// timeForms are the ways in which databases write times: that of driverTime, MySQL's, and those that SQLite's functions make.
var timeForms = []string{"2006-01-02 15:04:05.999999999-07:00", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999Z07:00", "2006-01-02"}

// readTime reads a time, in UTC as package pg has it.
func readTime(src any, into reflect.Value) error {
	if at, ok := src.(time.Time); ok {
		into.Set(reflect.ValueOf(at.UTC()))
		return nil
	}
	s, ok := asText(src)
	for _, form := range timeForms {
		if at, err := time.Parse(form, s); err == nil && ok {
			into.Set(reflect.ValueOf(at.UTC()))
			return nil
		}
	}
	return fmt.Errorf("%v is no time", src)
}

// readBytes reads bytes or text into a type made of bytes.
func readBytes(src any, into reflect.Value) error {
	s, ok := asText(src)
	if !ok {
		return fmt.Errorf("%T does not fit into %v", src, into.Type())
	}
	into.SetBytes([]byte(s))
	return nil
}

// readUUID reads 16 bytes, or their text.
func readUUID(src any, into reflect.Value) error {
	s, ok := asText(src)
	if id, isArray := src.([16]byte); isArray {
		s, ok = string(id[:]), true
	}
	raw := []byte(s)
	if len(s) != into.Len() {
		var err error
		if raw, err = hex.DecodeString(strings.ReplaceAll(s, "-", "")); err != nil || len(raw) != into.Len() {
			ok = false
		}
	}
	if !ok {
		return fmt.Errorf("%v is no UUID", src)
	}
	reflect.Copy(into, reflect.ValueOf(raw))
	return nil
}

// parsed makes a reader of a function that reads text.
func parsed[T any](parse func(string) (T, error)) func(any, reflect.Value) error {
	return func(src any, into reflect.Value) error {
		s, _ := asText(src)
		v, err := parse(s)
		if err == nil {
			into.Set(reflect.ValueOf(v))
		}
		return err
	}
}
