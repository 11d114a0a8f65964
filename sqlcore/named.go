package sqlcore

// Parameters with names. A text with :name in it is rewritten for its database once, and what came of it is kept; a
// statement without names pays one comparison. Entry points: Named, By, expand.

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/covetgo/covet/sqlcore/internal/fields"
)

// Named are values for the parameters of a statement by name. It is the only argument then:
//
//	n, err := sqlcore.Exec(ctx, db, "UPDATE product SET price = :price WHERE id = :id", sqlcore.Named{"id": id, "price": "9.99"})
//
// A name without a value is an error, and so is a value without a name. What stands in strings, comments and quoted
// identifiers is left alone, and so are x::int, a[1:n] and the like: a colon that touches what is left of it begins no name.
type Named map[string]any

// Struct is where values by name come from: see [By].
type Struct struct{ value reflect.Value }

// By takes the values of named parameters from the fields of a struct, by the rule by which [One] finds fields for columns.
// With a pointer to it, values need not be copied. Fields that the statement has no name for are left out.
//
//	_, err := sqlcore.Exec(ctx, db, "INSERT INTO product (name, price) VALUES (:name, :price)", sqlcore.By(&p))
func By(v any) Struct {
	value := reflect.ValueOf(v)
	if value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	return Struct{value}
}

// misuse is an error of the program that calls.
func misuse(what string) error { return fmt.Errorf("sqlcore: %s", what) }

// isNamed reports whether arguments are values by name. It must not call a method of an argument or keep one, as nothing
// on the way to a statement may: then they can stay on their caller's stack.
func isNamed(args []any) bool {
	if len(args) != 1 {
		return false
	}
	switch args[0].(type) {
	case Named, Struct:
		return true
	}
	return false
}

// expand makes of a text with names, and of values by name, what the database takes.
func expand(d Dialect, sql text, args []any) (text, []any, error) {
	r := rewrites[d].find(string(sql), d)
	list, err := r.values(args)
	return text(r.sql), list, err
}

// values finds the values for the placeholders, given values by name.
func (r *rewritten) values(args []any) ([]any, error) {
	if r.err != nil {
		return nil, r.err
	}
	if len(r.numbers) > 0 {
		return nil, misuse("the values have names, and the statement has numbers: want :name instead of $1")
	}
	if v, ok := args[0].(Named); ok {
		return r.fromMap(v)
	}
	return r.fromStruct(args[0].(Struct).value)
}

// rewritten is a text as its database takes it.
type rewritten struct {
	sql     string
	names   []string // one per placeholder of sql; in PostgreSQL, a name has one number wherever it stands
	numbers []int    // or the index of the argument, one per placeholder; none if the text was left alone
	err     error

	plan atomic.Pointer[bindPlan] // of the struct that was bound last
}

// rewrite makes it. Names and numbers do not mix.
func rewrite(sql string, d Dialect) *rewritten {
	r := &rewritten{}
	var out []byte
	questions, from := 0, 0
	s := scanner{sql: sql, dialect: d}
	for {
		start, end, kind := s.next()
		out = append(out, sql[from:start]...)
		from = end
		switch kind {
		case markEnd:
			r.sql = string(out)
			r.check(questions)
			return r
		case markName:
			out = r.addName(out, sql[start+1:end], d)
		case markNumber:
			out = r.addNumber(out, sql[start:end], d)
		case markQuestion:
			questions++
			out = append(out, sql[start:end]...)
		}
	}
}

// addName writes the placeholder for a name.
func (r *rewritten) addName(out []byte, name string, d Dialect) []byte {
	if d != PostgreSQL {
		r.names = append(r.names, name)
		return append(out, '?')
	}
	i := slices.Index(r.names, name)
	if i < 0 {
		i = len(r.names)
		r.names = append(r.names, name)
	}
	return strconv.AppendInt(append(out, '$'), int64(i)+1, 10)
}

// addNumber writes the placeholder for a number.
func (r *rewritten) addNumber(out []byte, mark string, d Dialect) []byte {
	n, err := strconv.Atoi(mark[1:])
	if err != nil || n < 1 || n > paramsMax {
		r.err = fmt.Errorf("sqlcore: the placeholder %s: want $1 to $%d", mark, paramsMax)
	}
	r.numbers = append(r.numbers, n-1)
	if d == PostgreSQL {
		return append(out, mark...)
	}
	return append(out, '?')
}

// paramsMax is how many parameters a statement may have: their number has 16 bits in the protocols of PostgreSQL and MySQL.
const paramsMax = 65535

// check refuses mixtures.
func (r *rewritten) check(questions int) {
	switch {
	case r.err != nil:
	case len(r.names) > 0 && len(r.numbers) > 0:
		r.err = misuse("the statement has parameters with names and with numbers: want one of them")
	case questions > 0 && len(r.names)+len(r.numbers) > 0:
		r.err = misuse("the statement has the placeholder ? beside others: want one kind")
	case len(r.names) > paramsMax:
		r.err = fmt.Errorf("sqlcore: %d parameters: want at most %d", len(r.names), paramsMax)
	}
}

// fromMap finds the values for the names.
func (r *rewritten) fromMap(values Named) ([]any, error) {
	list := make([]any, len(r.names))
	missing := false
	for i, name := range r.names {
		v, ok := values[name]
		list[i] = v
		missing = missing || !ok
	}
	if missing || r.leavesOut(values) {
		return nil, r.mismatch(values)
	}
	return list, nil
}

// leavesOut reports whether there are values without a name. Where each name is a value's, more values than names
// mean that; names that stand twice are seen by mismatch only, so it is asked if the numbers alone do not tell.
func (r *rewritten) leavesOut(values Named) bool {
	if len(values) > len(r.names) {
		return true
	}
	for name := range values {
		if !slices.Contains(r.names, name) {
			return true
		}
	}
	return false
}

// mismatch names what does not fit.
func (r *rewritten) mismatch(values Named) error {
	var missing, unused []string
	for _, name := range r.names {
		if _, ok := values[name]; !ok && !slices.Contains(missing, ":"+name) {
			missing = append(missing, ":"+name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(r.names, name) {
			unused = append(unused, ":"+name)
		}
	}
	var problems []string
	if missing != nil {
		problems = append(problems, "no value for "+strings.Join(missing, ", "))
	}
	if unused != nil {
		problems = append(problems, "the statement has no "+strings.Join(unused, ", "))
	}
	return misuse(strings.Join(problems, "; "))
}

// bindPlan says which fields of a struct the names of a text are.
type bindPlan struct {
	typ   reflect.Type
	steps []bindStep // one per name
}

// bindStep is one field.
type bindStep struct {
	index     []int
	byAddress bool // a pointer to it can be sent, so that the value need not be moved to the heap
}

// byAddress are the types of which drivers take pointers as well.
var byAddress = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int64](), reflect.TypeFor[int32](), reflect.TypeFor[int16](),
	reflect.TypeFor[float64](), reflect.TypeFor[string](), reflect.TypeFor[time.Time](), reflect.TypeFor[[16]byte](),
}

// fromStruct finds the values for the names.
func (r *rewritten) fromStruct(v reflect.Value) ([]any, error) {
	if v.Kind() != reflect.Struct {
		return nil, misuse("By wants a struct or a pointer to one, which is not nil")
	}
	p := r.plan.Load()
	if p == nil || p.typ != v.Type() {
		var err error
		if p, err = r.planFor(v.Type()); err != nil {
			return nil, err
		}
		r.plan.Store(p)
	}
	list := make([]any, len(p.steps))
	for i := range p.steps {
		f := v.FieldByIndex(p.steps[i].index)
		if p.steps[i].byAddress && f.CanAddr() {
			f = f.Addr()
		}
		list[i] = f.Interface()
	}
	return list, nil
}

// planFor looks for the fields.
func (r *rewritten) planFor(typ reflect.Type) (*bindPlan, error) {
	all := fields.List(typ, isValue)
	p := &bindPlan{typ, make([]bindStep, len(r.names))}
	for i, name := range r.names {
		at := slices.IndexFunc(all, func(f fields.Field) bool { return f.Matches(name) })
		if at < 0 {
			return nil, fmt.Errorf("sqlcore: %v has no field for :%s; it has %s", typ, name, fields.Names(all))
		}
		p.steps[i] = bindStep{all[at].Index, slices.Contains(byAddress, all[at].Type)}
	}
	return p, nil
}

// isValue reports whether a struct is one value and no row.
func isValue(typ reflect.Type) bool {
	switch typ.PkgPath() {
	case "time", "net/netip", "database/sql", "github.com/covetgo/covet/sqlcore/pg":
		return true
	}
	return typ.Kind() == reflect.Struct && reflect.PointerTo(typ).Implements(typeScanner)
}

// rewritesMax bounds the texts that a dialect keeps. Programs have fewer; one that builds texts at run time has more, and
// begins anew when there are too many.
const rewritesMax = 1000

// rewriteTable keeps what came of texts. Looking up takes no lock: the map is replaced, never changed.
type rewriteTable struct {
	byText atomic.Pointer[map[string]*rewritten]
	mu     sync.Mutex
}

var rewrites [len(dialectNames)]rewriteTable

// find returns what came of a text, and makes it if need be.
func (t *rewriteTable) find(sql string, d Dialect) *rewritten {
	if m := t.byText.Load(); m != nil {
		if r := (*m)[sql]; r != nil {
			return r
		}
	}
	r := rewrite(sql, d)
	t.mu.Lock()
	defer t.mu.Unlock()
	next := map[string]*rewritten{}
	if m := t.byText.Load(); m != nil && len(*m) < rewritesMax {
		maps.Copy(next, *m)
	}
	next[strings.Clone(sql)] = r
	t.byText.Store(&next)
	return r
}
