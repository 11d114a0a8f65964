package main

// This file finds out which members a struct has in JSON: what jsonfast's fields.go does by reflection, for types of the compiler.
// That both come to the same is checked when a plan is made.

import (
	"cmp"
	"go/types"
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
	path      []*types.Var // the fields on the way, its own last
	hops      bool         // there is an embedded pointer on the way
	typ       types.Type
	omitEmpty bool
	omitZero  bool
	quoted    bool
}

// embedded is a struct whose fields are to be looked at.
type embedded struct {
	typ   types.Type // whose underlying type is a struct
	index []int
	path  []*types.Var
	hops  bool
}

func (e embedded) key() string { return types.TypeString(e.typ, nil) }

// structFields lists the fields of a struct type in the order in which they are written.
func structFields(t types.Type) []field {
	var all []field
	visited := map[string]bool{}
	level, times := []embedded{{typ: t}}, map[string]int{}
	for len(level) > 0 {
		var below []embedded
		timesBelow := map[string]int{}
		for _, e := range level {
			if visited[e.key()] {
				continue
			}
			visited[e.key()] = true
			for i := range e.typ.Underlying().(*types.Struct).NumFields() {
				f, inner := e.field(i)
				switch {
				case inner != nil:
					if timesBelow[inner.key()]++; timesBelow[inner.key()] == 1 {
						below = append(below, *inner)
					}
				case f != nil:
					all = append(all, *f)
					if times[e.key()] > 1 { // embedded twice at one depth: two of a name, and neither wins
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
	s := e.typ.Underlying().(*types.Struct)
	v := s.Field(i)
	if v.Embedded() {
		if _, isStruct := pointee(v.Type()).Underlying().(*types.Struct); !isStruct && !v.Exported() {
			return nil, nil
		}
	} else if !v.Exported() {
		return nil, nil
	}
	tag := reflect.StructTag(s.Tag(i)).Get("json")
	if tag == "-" {
		return nil, nil
	}
	name, options, _ := strings.Cut(tag, ",")
	if !isName(name) {
		name = ""
	}
	index, path := append(slices.Clone(e.index), i), append(slices.Clone(e.path), v)
	typ := v.Type()
	if !isNamed(typ) {
		typ = pointee(typ)
	}
	if _, isStruct := typ.Underlying().(*types.Struct); isStruct && name == "" && v.Embedded() {
		return nil, &embedded{typ, index, path, e.hops || typ != v.Type()}
	}
	return &field{
		name: cmp.Or(name, v.Name()), tagged: name != "", index: index, path: path, hops: e.hops, typ: types.Unalias(v.Type()),
		omitEmpty: hasOption(options, "omitempty"), omitZero: hasOption(options, "omitzero"),
		quoted: hasOption(options, "string") && isScalar(typ),
	}, nil
}

// pointee returns what a pointer type points to, and any other type as it is.
func pointee(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// isNamed reports whether a type has a name, as package reflect sees it.
func isNamed(t types.Type) bool {
	switch types.Unalias(t).(type) {
	case *types.Named, *types.Basic:
		return true
	}
	return false
}

// hasOption finds a word in a comma-separated list.
func hasOption(options, want string) bool {
	return slices.Contains(strings.Split(options, ","), want)
}

// isScalar reports whether the option string has a meaning for a type.
func isScalar(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsBoolean|types.IsInteger|types.IsFloat|types.IsString) != 0
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
