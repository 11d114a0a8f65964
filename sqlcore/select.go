package sqlcore

// Queries whose filters, order and page are chosen while a program runs. Entry points: Select, Selection.Build.

import (
	"fmt"
	"math"
	"slices"
)

// Order is one column or expression by which rows are ordered. Where NULLs go, databases see differently: order by what
// has none, or say it in the text of a fragment.
type Order struct {
	by   Part
	desc bool
}

// Selection is a query. Its methods return a changed copy and leave it as it is.
//
//	q := sqlcore.Select("p.id, p.name, rank() OVER byPrice AS rank").
//		From("product p").
//		Window("byPrice", "PARTITION BY p.kind ORDER BY p.price").
//		Where(sqlcore.SQL("p.price >= $1", least), sqlcore.If(kinds != nil, sqlcore.In(sqlcore.Name("p", "kind"), kinds))).
//		OrderBy(order...).
//		Limit(20)
type Selection struct {
	with      []named
	recursive bool
	distinct  bool
	columns   []Frag
	from      []Frag
	where     []Frag
	group     Frag
	having    []Frag
	windows   []named
	order     []Order
	after     []any
	limit     *int
	offset    int
	end       Frag
}

// named is a common table expression or a window.
type named struct {
	name text
	def  Part
}

// Select begins a query with its columns. It takes its arguments as [SQL] does, as all methods do that take a text.
func Select(columns text, args ...any) Selection {
	return Selection{columns: []Frag{SQL(columns, args...)}}
}

// add appends to a list that others may share.
func add[T any](list []T, more ...T) []T { return append(slices.Clip(list), more...) }

// Columns adds columns.
func (s Selection) Columns(columns text, args ...any) Selection {
	s.columns = add(s.columns, SQL(columns, args...))
	return s
}

// Distinct leaves out rows that are like another one.
func (s Selection) Distinct() Selection {
	s.distinct = true
	return s
}

// With gives a query a name, by which the texts of this one know it: WITH name AS (…). The name may have columns.
func (s Selection) With(name text, query Part) Selection {
	s.with = add(s.with, named{name, query})
	return s
}

// WithRecursive is With for a query that names itself.
func (s Selection) WithRecursive(name text, query Part) Selection {
	s.recursive = true
	return s.With(name, query)
}

// From says what to read.
func (s Selection) From(tables text, args ...any) Selection {
	s.from = []Frag{SQL(tables, args...)}
	return s
}

// Join adds to From. The text says which join: "LEFT JOIN stock s ON s.id = p.id".
func (s Selection) Join(join text, args ...any) Selection {
	s.from = add(s.from, SQL(join, args...))
	return s
}

// Where adds conditions. All must be true; those that are nothing are left out.
func (s Selection) Where(conditions ...Frag) Selection {
	s.where = add(s.where, compact(conditions)...)
	return s
}

// GroupBy groups rows.
func (s Selection) GroupBy(columns text, args ...any) Selection {
	s.group = SQL(columns, args...)
	return s
}

// Having adds conditions on groups. All must be true; those that are nothing are left out.
func (s Selection) Having(conditions ...Frag) Selection {
	s.having = add(s.having, compact(conditions)...)
	return s
}

// Window gives a window a name: WINDOW name AS (definition).
func (s Selection) Window(name, definition text, args ...any) Selection {
	s.windows = add(s.windows, named{name, SQL(definition, args...)})
	return s
}

// OrderBy adds to the order.
func (s Selection) OrderBy(order ...Order) Selection {
	s.order = add(s.order, order...)
	return s
}

// After goes on behind a row, which is told by its values of what OrderBy lists: the next page, found by an index and not
// by counting what lies before it. The order must be that of no two rows, so it ends with a key, and none of its columns may
// be NULL.
func (s Selection) After(values ...any) Selection {
	s.after = slices.Clone(values)
	return s
}

// Limit returns so many rows at most.
func (s Selection) Limit(rows int) Selection {
	s.limit = &rows
	return s
}

// Offset leaves out the first rows. The database reads them all the same; After does better.
func (s Selection) Offset(rows int) Selection {
	s.offset = rows
	return s
}

// End adds a text behind everything: "FOR UPDATE SKIP LOCKED".
func (s Selection) End(end text, args ...any) Selection {
	s.end = SQL(end, args...)
	return s
}

// Build writes the query for the database of a DB or a Tx.
func (s Selection) Build(q Querier) (Built, error) { return build(s, q.dialect()) }

// build writes the query.
func (s Selection) build(b *builder) {
	s.buildWith(b)
	b.text("SELECT ")
	if s.distinct {
		b.text("DISTINCT ")
	}
	fragList{", ", "", s.columns, false}.build(b)
	if len(s.from) > 0 {
		b.text(" FROM ")
		fragList{" ", "", s.from, false}.build(b)
	}
	where := s.where
	if s.after != nil {
		where = add(where, Frag{keyset{s.order, s.after}})
	}
	if len(where) > 0 {
		b.text(" WHERE ")
		And(where...).build(b)
	}
	if !s.group.IsZero() {
		b.text(" GROUP BY ")
		s.group.build(b)
	}
	if len(s.having) > 0 {
		b.text(" HAVING ")
		And(s.having...).build(b)
	}
	for i, w := range s.windows {
		b.text([...]string{" WINDOW ", ", "}[min(i, 1)] + string(w.name) + " AS (")
		w.def.build(b)
		b.text(")")
	}
	s.buildOrder(b)
	s.buildPage(b)
	if !s.end.IsZero() {
		b.text(" ")
		s.end.build(b)
	}
}

// buildWith writes the common table expressions.
func (s Selection) buildWith(b *builder) {
	for i, w := range s.with {
		switch {
		case i > 0:
			b.text(", ")
		case s.recursive:
			b.text("WITH RECURSIVE ")
		default:
			b.text("WITH ")
		}
		b.text(string(w.name) + " AS (")
		w.def.build(b)
		b.text(")")
	}
	if len(s.with) > 0 {
		b.text(" ")
	}
}

// buildOrder writes the order.
func (s Selection) buildOrder(b *builder) {
	for i, o := range s.order {
		b.text([...]string{" ORDER BY ", ", "}[min(i, 1)])
		o.by.build(b)
		if o.desc {
			b.text(" DESC")
		}
	}
}

// buildPage writes the bounds. They are values, too: pages have one text.
func (s Selection) buildPage(b *builder) {
	if s.offset < 0 || s.limit != nil && *s.limit < 0 {
		b.fail(misuse("a negative Limit or Offset"))
	}
	switch {
	case s.limit != nil:
		b.text(" LIMIT ")
		b.value(*s.limit)
	case s.offset > 0 && b.dialect != PostgreSQL: // there, no OFFSET without a LIMIT
		b.text(" LIMIT ")
		b.value(int64(math.MaxInt64))
	}
	if s.offset > 0 {
		b.text(" OFFSET ")
		b.value(s.offset)
	}
}

// keyset is the condition that a row lies behind another one.
type keyset struct {
	order  []Order
	values []any
}

// build writes it: as a comparison of rows where the order has one direction, so that an index on these columns answers it,
// and else column by column. MySQL's optimizer wants the latter always (its manual, "Row Constructor Expression
// Optimization").
func (k keyset) build(b *builder) {
	if len(k.order) != len(k.values) || len(k.order) == 0 {
		b.fail(fmt.Errorf("sqlcore: After has %d values, and OrderBy %d columns: want one for each", len(k.values), len(k.order)))
		return
	}
	if slices.ContainsFunc(k.values, isNil) {
		b.fail(misuse("After a NULL comes no row: order by what has none"))
		return
	}
	mixed := slices.ContainsFunc(k.order, func(o Order) bool { return o.desc != k.order[0].desc })
	if mixed || b.dialect == MySQL || len(k.order) == 1 {
		k.columns(b, 0)
		return
	}
	b.text("(")
	for i, o := range k.order {
		if i > 0 {
			b.text(", ")
		}
		o.by.build(b)
	}
	b.text([...]string{") > (", ") < ("}[direction(k.order[0])])
	for i, v := range k.values {
		if i > 0 {
			b.text(", ")
		}
		b.value(v)
	}
	b.text(")")
}

// direction is 1 for an order that begins with the greatest, and else 0.
func direction(o Order) int {
	if o.desc {
		return 1
	}
	return 0
}

// columns writes a > $1 OR (a = $1 AND (b > $2 OR …)).
func (k keyset) columns(b *builder, i int) {
	o, number := k.order[i], 0
	o.by.build(b)
	b.text([...]string{" > ", " < "}[direction(o)])
	b.argument(k.values[i], &number)
	if i+1 == len(k.order) {
		return
	}
	b.text(" OR (")
	o.by.build(b)
	b.text(" = ")
	b.argument(k.values[i], &number)
	b.text(" AND (")
	k.columns(b, i+1)
	b.text("))")
}
