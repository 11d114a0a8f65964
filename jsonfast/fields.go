package jsonfast

// This file finds out which fields a struct has in JSON. A struct's own fields and those of the structs it embeds compete for
// names by Go's rules of promotion, amended: of fields at the same depth, one that is named by its tag wins, and if that does
// not decide, none of them is there.

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// field is one member of the object that a struct is.
type field struct {
	name      string
	tagged    bool // the name comes from the tag
	index     []int
	typ       reflect.Type // as declared
	omitEmpty bool
	omitZero  bool
	quoted    bool // the option string, on a type that it has a meaning for
}

// embedded is a struct whose fields are to be looked at: the one in question, or one that it embeds.
type embedded struct {
	typ   reflect.Type
	index []int
}

// structFields lists the fields of a struct type in the order in which they are written.
func structFields(t reflect.Type) []field {
	var all []field
	visited := map[reflect.Type]bool{}
	level, times := []embedded{{typ: t}}, map[reflect.Type]int{}
	for len(level) > 0 {
		var below []embedded
		timesBelow := map[reflect.Type]int{}
		for _, e := range level {
			if visited[e.typ] {
				continue
			}
			visited[e.typ] = true
			for i := range e.typ.NumField() {
				f, inner := e.field(i)
				switch {
				case inner != nil:
					if timesBelow[inner.typ]++; timesBelow[inner.typ] == 1 {
						below = append(below, *inner)
					}
				case f != nil:
					all = append(all, *f)
					if times[e.typ] > 1 { // embedded twice at one depth: two of a name, and neither wins
						all = append(all, *f)
					}
				}
			}
		}
		level, times = below, timesBelow
	}
	return dominant(all)
}

// field looks at one field: it is a member, or a struct whose fields are members, or neither.
func (e embedded) field(i int) (*field, *embedded) {
	sf := e.typ.Field(i)
	if sf.Anonymous {
		if !sf.IsExported() && pointee(sf.Type).Kind() != reflect.Struct {
			return nil, nil
		}
	} else if !sf.IsExported() {
		return nil, nil
	}
	tag := sf.Tag.Get("json")
	if tag == "-" {
		return nil, nil
	}
	name, options, _ := strings.Cut(tag, ",")
	if !isName(name) {
		name = ""
	}
	index := append(slices.Clone(e.index), i)
	typ := sf.Type
	if typ.Name() == "" {
		typ = pointee(typ)
	}
	if name == "" && sf.Anonymous && typ.Kind() == reflect.Struct {
		return nil, &embedded{typ, index}
	}
	f := &field{
		name: cmp.Or(name, sf.Name), tagged: name != "", index: index, typ: sf.Type,
		omitEmpty: hasOption(options, "omitempty"), omitZero: hasOption(options, "omitzero"),
		quoted: hasOption(options, "string") && isScalar(typ.Kind()),
	}
	return f, nil
}

// pointee returns what a pointer type points to, and any other type as it is.
func pointee(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// hasOption finds a word in a comma-separated list.
func hasOption(options, want string) bool {
	for options != "" {
		var o string
		if o, options, _ = strings.Cut(options, ","); o == want {
			return true
		}
	}
	return false
}

// isScalar reports whether the option string has a meaning for a kind.
func isScalar(k reflect.Kind) bool {
	return k >= reflect.Bool && k <= reflect.Float64 || k == reflect.String
}

// isName reports whether a tag's name is one: letters, digits and some marks.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) && !unicode.IsLetter(c) && !unicode.IsDigit(c)
	})
}

// dominant leaves one field of each name, or none, and puts them into the order of the source.
func dominant(all []field) []field {
	slices.SortFunc(all, func(a, b field) int {
		taggedFirst := 0
		if a.tagged != b.tagged {
			taggedFirst = 1
			if a.tagged {
				taggedFirst = -1
			}
		}
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(len(a.index), len(b.index)), taggedFirst, slices.Compare(a.index, b.index))
	})
	var kept []field
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].name == all[0].name {
			n++
		}
		if n == 1 || len(all[0].index) != len(all[1].index) || all[0].tagged != all[1].tagged {
			kept = append(kept, all[0])
		}
		all = all[n:]
	}
	slices.SortFunc(kept, func(a, b field) int { return slices.Compare(a.index, b.index) })
	return kept
}
