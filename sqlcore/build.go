package sqlcore

// Statements that are put together while a program runs: of constants, of values that are always bound, and of identifiers
// from lists. Entry points: SQL, Frag.Build; what fragments are joined by stands below, and queries in select.go.
//
// Everything here is immutable: a fragment or a query may be kept, shared by goroutines, and used in several others. The
// same parts make the same text, so that the statement is prepared once.

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/covetgo/covet/sqlcore/internal/fields"
)

// Part is what can stand in a fragment: a [Frag], an [Ident] or a [Selection].
type Part interface {
	// build writes the part. Only this package has parts, and their text comes from constants.
	build(b *builder)
}

// Frag is a piece of SQL with its values. The zero value is nothing: where fragments are joined, it is left out.
type Frag struct{ part Part }

// SQL makes a fragment of a constant. Its values are $1, $2 and so on, counted from 1 in each fragment, or have names (see
// [Named]). An argument that is a [Part] becomes part of the text instead.
//
//	f := sqlcore.SQL("price BETWEEN $1 AND $2", low, high)
//	g := sqlcore.SQL("$1 > $2 OR EXISTS ($3)", column, 5, sqlcore.Select("1").From("stock"))
func SQL(sql text, args ...any) Frag { return Frag{fragText{sql, slices.Clone(args)}} }

// Built is a statement that is ready to run: One, All, Each and Exec take its text and its values.
//
//	q, err := query.Build(db)
//	…
//	list, err := sqlcore.All[Product](ctx, db, q.Text(), q.Args()...)
type Built struct {
	text text // no field of a type of text can be reached from outside: who unmarshals into one would have made SQL of a string
	args []any
}

// Text is the statement.
func (b Built) Text() text { return b.text }

// Args are its values. They must not be changed.
func (b Built) Args() []any { return b.args }

// Build writes a fragment as a statement for the database of a DB or a Tx.
func (f Frag) Build(q Querier) (Built, error) { return build(f, q.dialect()) }

// build writes a part.
func build(p Part, d Dialect) (Built, error) {
	b := builder{dialect: d}
	p.build(&b)
	if most := [...]int{paramsMax, paramsMax, paramsMaxSQLite}[d]; len(b.args) > most {
		b.fail(fmt.Errorf("sqlcore: the statement has %d values: %v takes %d at most", len(b.args), d, most))
	}
	if i := bytes.IndexByte(b.out, 0); i >= 0 { // SQLite would take what stands before it for the whole
		b.fail(checkMissing(text(b.out[i:]), misuse("the statement holds a NUL")))
	}
	if b.err != nil {
		return Built{}, b.err
	}
	return Built{text(b.out), b.args}, nil
}

// paramsMaxSQLite is SQLITE_MAX_VARIABLE_NUMBER as it is compiled by default.
const paramsMaxSQLite = 32766

// builder writes a statement.
type builder struct {
	out     []byte
	args    []any
	dialect Dialect
	err     error // the first one
}

// fail notes what is wrong.
func (b *builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// text writes text that comes from this package.
func (b *builder) text(s string) { b.out = append(b.out, s...) }

// bind binds a value and returns its number, from 1.
func (b *builder) bind(v any) int {
	b.args = append(b.args, v)
	return len(b.args)
}

// placeholder writes a placeholder for the value of a number, which is the last one unless that is PostgreSQL.
func (b *builder) placeholder(n int) {
	if b.dialect == PostgreSQL {
		b.out = strconv.AppendInt(append(b.out, '$'), int64(n), 10)
	} else {
		b.out = append(b.out, '?')
	}
}

// value binds a value where it stands.
func (b *builder) value(v any) { b.placeholder(b.bind(v)) }

// build writes the fragment.
func (f Frag) build(b *builder) {
	if f.part != nil {
		f.part.build(b)
	}
}

// IsZero reports whether the fragment is nothing.
func (f Frag) IsZero() bool { return f.part == nil }

// Asc orders by the fragment, the least first.
func (f Frag) Asc() Order { return Order{by: f} }

// Desc orders by the fragment, the greatest first.
func (f Frag) Desc() Order { return Order{by: f, desc: true} }

// fragText is a constant with values.
type fragText struct {
	sql  text
	args []any
}

// build writes the text, and numbers its placeholders anew.
func (f fragText) build(b *builder) {
	args := f.args
	var names []string // one per value, if values have names
	if isNamed(args) {
		r := rewrites[b.dialect].find(string(f.sql), b.dialect)
		names = r.names
		var err error
		if args, err = r.values(args); err != nil {
			b.fail(err)
			return
		}
	}
	numbers := make([]int, len(args)) // of the values in the statement; 0 until they are bound
	s := scanner{sql: string(f.sql), dialect: b.dialect}
	for from, named := 0, 0; ; {
		start, end, kind := s.next()
		b.text(s.sql[from:start])
		from = end
		i := -1
		switch {
		case kind == markNumber && names == nil:
			i, _ = strconv.Atoi(s.sql[start+1 : end]) // what is too large becomes 0 or remains so
			i--
		case kind == markName && b.dialect == PostgreSQL:
			i = slices.Index(names, s.sql[start+1:end])
		case kind == markName && names != nil:
			i = named
			named++
		}
		if kind == markEnd {
			break
		}
		if i < 0 || i >= len(args) {
			b.fail(fmt.Errorf("sqlcore: the fragment %q has %s, and %d values: want $1 to $n, or names", f.sql, s.sql[start:end], len(args)))
			return
		}
		b.argument(args[i], &numbers[i])
	}
	if i := slices.Index(numbers, 0); i >= 0 {
		b.fail(fmt.Errorf("sqlcore: the fragment %q has %d values, and no $%d", f.sql, len(args), i+1))
	}
	if strings.Contains(s.sql, "--") || b.dialect == MySQL && strings.Contains(s.sql, "#") { // a comment at its end is not to hide what follows
		b.text("\n")
	}
}

// fragWrong is what cannot be built.
type fragWrong struct{ why string }

func (f fragWrong) build(b *builder) { b.fail(misuse(f.why)) }

// argument writes an argument of a fragment. Number is the one that it has already, or 0.
func (b *builder) argument(arg any, number *int) {
	if p, ok := arg.(Part); ok {
		*number = -1
		if f, ok := p.(Frag); ok && f.IsZero() {
			b.fail(misuse("a fragment that is nothing is an argument of another one"))
		}
		if n := len(b.out); n > 0 && (b.out[n-1] == '-' || b.out[n-1] == '/') {
			b.text(" ") // or what follows could make a comment of it
		}
		p.build(b)
		return
	}
	if *number == 0 || b.dialect != PostgreSQL {
		*number = b.bind(arg)
	}
	b.placeholder(*number)
}

// And is true if all conditions are. Those that are nothing are left out; without any, it is true.
func And(conditions ...Frag) Frag { return joined(" AND ", "1 = 1", conditions) }

// Or is true if one of the conditions is. Those that are nothing are left out; without any, it is false.
func Or(conditions ...Frag) Frag { return joined(" OR ", "1 = 0", conditions) }

// Not is true if the condition is false. Of nothing it is nothing.
func Not(condition Frag) Frag {
	if condition.IsZero() {
		return Frag{}
	}
	return Frag{fragText{"NOT ($1)", []any{condition}}}
}

// If returns the fragment, or nothing: for filters that are not always there.
func If(there bool, f Frag) Frag {
	if !there {
		return Frag{}
	}
	return f
}

// Eq is true if a column or an expression equals a value, or, if the value is nil, is NULL.
func Eq(of Part, value any) Frag {
	if of == nil {
		return Frag{fragWrong{"Eq of no column"}}
	}
	if isNil(value) {
		return Frag{fragText{"$1 IS NULL", []any{of}}}
	}
	return Frag{fragText{"$1 = $2", []any{of, value}}}
}

// isNil reports whether a value is sent as NULL.
func isNil(value any) bool {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return v.IsNil()
	}
	return fields.IsNull(v.Type()) && !v.Field(1).Bool()
}

// Comma writes fragments with commas between them, such as assignments of an UPDATE. Those that are nothing are left out.
func Comma(list ...Frag) Frag { return Frag{fragList{", ", "", compact(list), false}} }

// fragList is fragments with a word between.
type fragList struct {
	word, none string
	list       []Frag
	brackets   bool
}

// joined makes a list of conditions.
func joined(word, none string, list []Frag) Frag {
	return Frag{fragList{word, none, compact(list), true}}
}

// compact copies a list without the fragments that are nothing.
func compact(list []Frag) []Frag {
	return slices.DeleteFunc(slices.Clone(list), Frag.IsZero)
}

// build writes the list. Each condition stands in brackets: what is in it is not known.
func (f fragList) build(b *builder) {
	if len(f.list) == 0 {
		if f.none == "" {
			b.fail(misuse("a list of nothing"))
		}
		b.text(f.none)
	}
	for i, one := range f.list {
		if i > 0 {
			b.text(f.word)
		}
		if f.brackets {
			b.text("(")
		}
		one.build(b)
		if f.brackets {
			b.text(")")
		}
	}
}

// In is true if a column or an expression is one of the values. Without values it is false. The number of placeholders is
// a power of two, the last value filling up what is left, so that lists of any length make few texts; for lists of
// hundreds, PostgreSQL's id = ANY($1) with a slice makes one.
func In[T any](of Part, values []T) Frag { return Frag{newIn(of, values, " IN (", "1 = 0")} }

// NotIn is true if a column or an expression is none of the values. Without values it is true.
func NotIn[T any](of Part, values []T) Frag { return Frag{newIn(of, values, " NOT IN (", "1 = 1")} }

// fragIn is a test for membership.
type fragIn struct {
	of         Part
	word, none string
	values     []any
}

// newIn copies the values.
func newIn[T any](of Part, values []T, word, none string) fragIn {
	f := fragIn{of, word, none, make([]any, len(values))}
	for i, v := range values {
		f.values[i] = v
	}
	return f
}

// inPaddedMax is how long a list gets by padding: any dialect takes so many values, and some beside them.
const inPaddedMax = 1 << 14

// build writes the test.
func (f fragIn) build(b *builder) {
	if len(f.values) == 0 {
		b.text(f.none)
		return
	}
	if f.of == nil {
		b.fail(misuse("In of no column"))
		return
	}
	if len(f.values) > paramsMax {
		b.fail(fmt.Errorf("sqlcore: a list of %d values: %d is the most", len(f.values), paramsMax))
		return
	}
	if slices.ContainsFunc(f.values, isNil) {
		b.fail(misuse("a NULL in a list: IN finds none, and NOT IN with one is never true"))
		return
	}
	f.of.build(b)
	b.text(f.word)
	for size, i := 1, 0; i < size; i++ {
		if i > 0 {
			b.text(", ")
		}
		b.value(f.values[min(i, len(f.values)-1)])
		if i+1 == size && size < len(f.values) {
			size = max(size+1, min(2*size, max(len(f.values), inPaddedMax)))
		}
	}
	b.text(")")
}
