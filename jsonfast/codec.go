package jsonfast

// This file is where generated code meets the plans. The command covet-json writes, for a struct type that asks for it, a function
// that reads it and one that writes it (docs/JSON.md, "Code that knows the type"). A Codec ties the two to the type. Where the plan of
// the type is made, the codec is asked for, and what it offers takes the plan's place; the plan stays behind it for all that
// the generated code does not expect. Who reads on: source.go is what such code reads with, sink.go what it writes with.

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Codec holds the generated code of a struct type T, and the plans that this code falls back on. It is for files that covet-json
// writes: nobody else needs one. The zero value is ready for Register, and its other methods are for the generated code itself. All
// may be called by many goroutines at once.
type Codec[T any] struct {
	decode func(s *Source, i int, v *T) int
	encode func(s Sink, b []byte, v *T) ([]byte, error)
	read   atomic.Pointer[structPlan]
	write  [2]atomic.Pointer[[]encPlan] // by html: for each member one, of a struct that has no other
	rooms  sync.Pool                    // of *[]T, as long as their capacity: for elements that are being read
	kept   *keepers
	guess  atomic.Uint32 // as in slicePlan
}

// codec is a Codec of any type.
type codec interface {
	reads(s *structPlan) (decode decodeFunc, publish func())
	writes() encodeCode
	publish(members []encPlan, html bool)
}

// codecEntry is a codec with what its code takes for granted: of each member its form, a space, and the name.
type codecEntry struct {
	codec   codec
	members []string
}

// codecs has the codecs by type. It is asked when a plan is made, and never later.
var codecs sync.Map // reflect.Type → codecEntry

// Register makes the package use decode and encode for T from now on, wherever a value of T comes up; plans that were made before do not
// change. Either function may be nil. A member of members is its form and its name, as covet-json has found them: if the type
// has other ones by now, its code is out of date and is not used.
//
// The forms are the kinds of bool to float64 and string, by their names in package reflect; struct, for one with a Codec; a * or
// [] before one of those; and plan for whatever is left to the type's plan.
func (c *Codec[T]) Register(members []string, decode func(s *Source, i int, v *T) int, encode func(s Sink, b []byte, v *T) ([]byte, error)) {
	t := reflect.TypeFor[T]()
	c.decode, c.encode, c.kept = decode, encode, keepersOf(t)
	codecs.Store(t, codecEntry{c, members})
}

// InUse reports whether the code fits the type, and the package uses it. It is for tests.
func (c *Codec[T]) InUse() bool {
	decPlans.get(reflect.TypeFor[*T](), newDecPlan) // a plan is made now, if there was none
	return c.read.Load() != nil
}

func (c *Codec[T]) reads(s *structPlan) (decodeFunc, func()) {
	if c.decode == nil {
		return nil, nil
	}
	// SAFETY: the codec was registered for the type of the plan, which is that of the value at p.
	decode := func(d *decoder, i int, p address) int { return c.decode((*Source)(d), i, (*T)(p)) }
	return decode, func() { c.read.Store(s) }
}

// encodeCode appends the value at p.
type encodeCode func(s Sink, b []byte, p address) ([]byte, error)

func (c *Codec[T]) writes() encodeCode {
	if c.encode == nil {
		return nil
	}
	// SAFETY: as in reads.
	return func(s Sink, b []byte, p address) ([]byte, error) { return c.encode(s, b, (*T)(p)) }
}

func (c *Codec[T]) publish(members []encPlan, html bool) { c.write[indexOf(html)].Store(&members) }

func indexOf(html bool) int {
	if html {
		return 1
	}
	return 0
}

// generated is the part of a compiler of plans that knows generated code. Code calls that of other types without a look at
// their plans, so either all of it that a plan reaches is up to date, or the plan does without any.
type generated struct {
	without bool     // this plan is made without generated code
	stale   bool     // code was found that is out of date
	publish []func() // to be called when the plan is complete
}

// of returns the codec of a type, if it is to be used.
func (g *generated) of(t reflect.Type) codec {
	if g.without {
		return nil
	}
	found, ok := codecs.Load(t)
	if !ok {
		return nil
	}
	entry := found.(codecEntry)
	if !fits(t, entry.members) {
		g.stale = true
	}
	return entry.codec
}

// complete publishes what was bound, or reports that the plan has to be made again, without generated code.
func (g *generated) complete() bool {
	if g.stale {
		*g = generated{without: true}
		return false
	}
	for _, publish := range g.publish {
		publish()
	}
	return true
}

// fits reports whether a struct has the members that its code was written for.
func fits(t reflect.Type, members []string) bool {
	fields := structFields(t)
	if len(fields) != len(members) {
		return false
	}
	for i, f := range fields {
		form, name, _ := strings.Cut(members[i], " ")
		if name != f.name || form != formPlan && (f.quoted || !liesWithin(t, f.index) || !hasForm(f.typ, form)) {
			return false
		}
	}
	return !hasMethods(t)
}

// liesWithin reports whether there is no embedded pointer on the way to a field.
func liesWithin(t reflect.Type, index []int) bool {
	for _, i := range index {
		if t.Kind() == reflect.Pointer {
			return false
		}
		t = t.Field(i).Type
	}
	return true
}

const (
	formPlan   = "plan"
	formStruct = "struct"
)

// hasForm reports whether a type is what generated code takes it for.
func hasForm(t reflect.Type, form string) bool {
	if hasMethods(t) || t == numberType {
		return false
	}
	switch t.Kind() {
	case reflect.Pointer:
		elem, ok := strings.CutPrefix(form, "*")
		return ok && hasForm(t.Elem(), elem)
	case reflect.Slice:
		elem, ok := strings.CutPrefix(form, "[]")
		return ok && hasForm(t.Elem(), elem)
	case reflect.Struct:
		_, ok := codecs.Load(t)
		return ok && form == formStruct
	}
	return form == t.Kind().String()
}

var methodTypes = []reflect.Type{marshalerType, textMarshalerType, unmarshalerType, textUnmarshalerType}

// hasMethods reports whether a type, or the pointer to it, has a word in its own form.
func hasMethods(t reflect.Type) bool {
	return slices.ContainsFunc(methodTypes, func(m reflect.Type) bool { return t.Implements(m) || reflect.PointerTo(t).Implements(m) })
}

// mindsAddress reports whether a value is written in another way if it has an address: somewhere in it there is a type that writes
// itself by methods of its pointer only. Generated code does not know whether there is one.
func mindsAddress(t reflect.Type) bool {
	switch {
	case t.Implements(marshalerType) || t.Implements(textMarshalerType):
		return !t.Implements(marshalerType) && reflect.PointerTo(t).Implements(marshalerType)
	case reflect.PointerTo(t).Implements(marshalerType) || reflect.PointerTo(t).Implements(textMarshalerType):
		return true
	case t.Kind() == reflect.Array:
		return mindsAddress(t.Elem())
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if mindsAddress(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
