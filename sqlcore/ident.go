package sqlcore

// Identifiers: names of tables and columns that a program chooses while it runs. They come from constants only; what a
// client sends may choose one of a list, and no more. Entry points: Name, Idents, Allowed.Pick.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Ident is the name of a table or a column. As an argument of [SQL] and its kin it becomes part of the text, in quotes.
// It is immutable.
type Ident struct{ parts []string }

// Name makes an identifier of constants: Name("product"), or Name("shop", "product") for shop.product. Quotes preserve
// its case.
func Name(parts ...text) Ident {
	id := Ident{make([]string, len(parts))}
	for i, p := range parts {
		id.parts[i] = string(p)
	}
	return id
}

// String is the identifier without quotes, for people.
func (id Ident) String() string { return strings.Join(id.parts, ".") }

// build writes the identifier.
func (id Ident) build(b *builder) {
	if len(id.parts) == 0 {
		b.fail(misuse("an identifier without a name"))
	}
	for i, p := range id.parts {
		if p == "" || len(p) > identifierMax || strings.IndexByte(p, 0) >= 0 {
			b.fail(fmt.Errorf("sqlcore: the identifier %q: want 1 to %d bytes, and no NUL", p, identifierMax))
		}
		if i > 0 {
			b.out = append(b.out, '.')
		}
		b.out = b.dialect.quote(b.out, p)
	}
}

// Asc orders by the column, the least first.
func (id Ident) Asc() Order { return Order{by: id} }

// Desc orders by the column, the greatest first.
func (id Ident) Desc() Order { return Order{by: id, desc: true} }

// Allowed is a list of identifiers from which others may choose. It is immutable.
type Allowed struct{ names []string }

// Idents makes a list of constants. A dot parts the name of a table from that of its column.
//
//	var sortable = sqlcore.Idents("name", "price", "s.city")
//	order, err := sortable.PickOrder(r.URL.Query().Get("sort")) // "-price,name"
func Idents(names ...text) Allowed {
	a := Allowed{make([]string, len(names))}
	for i, n := range names {
		a.names[i] = string(n)
	}
	return a
}

// ErrNotAllowed: somebody chose an identifier that is not on the list.
var ErrNotAllowed = errors.New("sqlcore: no such column")

// Pick returns the identifier that was chosen, or an error, ErrNotAllowed, that names those that may be.
func (a Allowed) Pick(name string) (Ident, error) {
	if !slices.Contains(a.names, name) {
		return Ident{}, fmt.Errorf("%w: %q is none of %s", ErrNotAllowed, shortened(name), strings.Join(a.names, ", "))
	}
	return Ident{strings.Split(name, ".")}, nil
}

// PickOrder returns the order that a list asks for: names with commas between, and a minus before one that begins with
// the greatest. None may stand twice. An empty list is no order.
func (a Allowed) PickOrder(list string) ([]Order, error) {
	var orders []Order
	var seen []string
	for term := range strings.SplitSeq(list, ",") {
		if list == "" {
			break
		}
		name, desc := strings.CutPrefix(term, "-")
		id, err := a.Pick(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(seen, name) { // this bounds the list, too
			return nil, fmt.Errorf("%w: %q is asked for twice", ErrNotAllowed, name)
		}
		seen = append(seen, name)
		orders = append(orders, Order{id, desc})
	}
	return orders, nil
}

// shownMax is how many bytes of somebody's input an error repeats.
const shownMax = 64

// shortened cuts what is too long to be shown.
func shortened(s string) string {
	if len(s) > shownMax {
		return s[:shownMax] + "…"
	}
	return s
}
