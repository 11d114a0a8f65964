package jsonfast

// This file makes decoding plans. A plan is a function that reads the value at a place of the input into an address, put
// together from those of the type's parts.

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
)

// decodeFunc reads the value at i, where there is no white space, into p, and returns the place behind it, or broken.
type decodeFunc func(d *decoder, i int, p address) int

// decPlan is what decoding knows of a type.
type decPlan struct {
	decode  decodeFunc
	kind    decKind
	object  *structPlan // for decObject
	array   *slicePlan  // for decSlice
	size    uintptr
	methods bool // of the plan that a call starts with: somewhere below it there are Unmarshalers that are not known to be harmless
}

// decKind tells frequent plans apart, which structs read without a call of decode as long as the text is what it mostly is.
type decKind uint8

const (
	decOther decKind = iota
	decString
	decObject // a struct
	decSlice
	decInt   // of eight bytes
	decFloat // of eight bytes
	decBool
)

var (
	decPlans            cache[decPlan] // by the type of the pointer
	unmarshalerType     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// keepers tells whether memory of a type is given to methods of its values, or of what they hold. A method may keep its receiver,
// so what it was given must not be used for another call.
type keepers struct {
	ptr   reflect.Type // to the type
	known atomic.Uint32
}

const (
	unknownKeepers = iota // it is asked when first needed: while a recursive type is being planned, there is no answer
	noKeepers
	someKeepers
)

func keepersOf(t reflect.Type) *keepers { return &keepers{ptr: reflect.PointerTo(t)} }

// exist reports whether there are such methods.
func (k *keepers) exist() bool {
	known := k.known.Load()
	if known == unknownKeepers {
		known = noKeepers
		if decPlans.get(k.ptr, newDecPlan).methods {
			known = someKeepers
		}
		k.known.Store(known)
	}
	return known == someKeepers
}

// newDecPlan makes the plan of what a pointer type points to.
func newDecPlan(ptr reflect.Type) *decPlan {
	c := decCompiler{done: map[decKey]*decPlan{}}
	p := c.plan(decKey{ptr.Elem(), ptr})
	p.methods = c.methods
	return p
}

// decCompiler makes the plans of a type and all that it consists of. Nothing is published before all of it is there.
type decCompiler struct {
	done    map[decKey]*decPlan
	methods bool
}

// decKey is what a plan depends on.
type decKey struct {
	t    reflect.Type
	from reflect.Type // the first of the pointers that lead here, if any: methods count then even if the type has no name
}

func (c *decCompiler) plan(k decKey) *decPlan {
	if p := c.done[k]; p != nil {
		return p
	}
	p := &decPlan{size: k.t.Size()}
	c.done[k] = p
	t, ptr := k.t, reflect.PointerTo(k.t)
	methods := t.Kind() != reflect.Pointer && (k.from != nil || t.Name() != "")
	switch {
	case methods && ptr.Implements(unmarshalerType):
		p.decode = unmarshalerDecoder(t)
		c.methods = c.methods || t != timeType && t != rawMessageType
	case methods && ptr.Implements(textUnmarshalerType):
		p.decode = textUnmarshalerDecoder(t, cmp.Or(k.from, t))
		c.methods = true
	default:
		p.kind = decKindOf(t)
		p.decode = c.kind(k, p)
	}
	return p
}

// decKindOf is for types that have no method.
func decKindOf(t reflect.Type) decKind {
	switch k := t.Kind(); {
	case t == numberType:
		return decOther
	case k == reflect.String:
		return decString
	case k == reflect.Struct:
		return decObject
	case k == reflect.Slice && !hasStack(t.Elem()):
		return decSlice
	case k >= reflect.Int && k <= reflect.Int64 && t.Size() == 8:
		return decInt
	case k == reflect.Float64:
		return decFloat
	case k == reflect.Bool:
		return decBool
	}
	return decOther
}

// kind returns how a type is read that has no method for it. own is the plan that it is for.
func (c *decCompiler) kind(key decKey, own *decPlan) decodeFunc {
	t := key.t
	switch k := t.Kind(); {
	case t == numberType:
		return decodeNumber
	case k == reflect.Bool:
		return boolDecoder(t)
	case k >= reflect.Int && k <= reflect.Int64:
		return intDecoder(t)
	case k >= reflect.Uint && k <= reflect.Uintptr:
		return uintDecoder(t)
	case k == reflect.Float32 || k == reflect.Float64:
		return floatDecoder(t)
	case k == reflect.String:
		return stringDecoder(t)
	case k == reflect.Pointer:
		return pointerDecoder(t, c.plan(decKey{t.Elem(), cmp.Or(key.from, t)}))
	case k == reflect.Struct:
		return c.structDecoder(t, own)
	case k == reflect.Slice:
		return c.sliceDecoder(t, own)
	case k == reflect.Array:
		return arrayDecoder(t, c.plan(decKey{t.Elem(), nil}))
	case k == reflect.Map:
		return c.mapDecoder(t)
	case k == reflect.Interface:
		return interfaceDecoder(t)
	}
	return func(d *decoder, i int, _ address) int { return d.mismatch(i, t) }
}

func boolDecoder(t reflect.Type) decodeFunc {
	return func(d *decoder, i int, p address) int {
		if i >= len(d.data) || d.data[i] != 't' && d.data[i] != 'f' {
			return d.mismatch(i, t)
		}
		end := skipWord(d.data, i)
		if end != broken {
			*(*bool)(p) = d.data[i] == 't' // SAFETY: this plan is for booleans
		}
		return end
	}
}

func stringDecoder(t reflect.Type) decodeFunc {
	return func(d *decoder, i int, p address) int {
		if i >= len(d.data) || d.data[i] != '"' {
			return d.mismatch(i, t)
		}
		s, end := d.string(i + 1)
		if end != broken {
			*(*string)(p) = s // SAFETY: this plan is for strings
		}
		return end
	}
}

// decodeNumber reads a json.Number: a number, or a string that holds one.
func decodeNumber(d *decoder, i int, p address) int {
	if i >= len(d.data) {
		return broken
	}
	to := (*json.Number)(p) // SAFETY: this plan is for json.Number
	if startsNumber(d.data[i]) {
		end := skipNumber(d.data, i)
		if end != broken {
			*to = json.Number(d.keep(d.data[i:end]))
		}
		return end
	}
	if d.data[i] != '"' {
		return d.mismatch(i, numberType)
	}
	s, end := d.string(i + 1)
	if end != broken && skipNumber(bytesOf(s), 0) != len(s) {
		return d.abort(fmt.Errorf("json: invalid number literal, trying to unmarshal %q into Number", d.data[i:end]))
	}
	*to = json.Number(s)
	return end
}

func pointerDecoder(t reflect.Type, elem *decPlan) decodeFunc {
	return func(d *decoder, i int, p address) int {
		to := (*address)(p) // SAFETY: this plan is for pointers
		if d.isNull(i) {
			*to = nil
			return i + len("null")
		}
		if *to == nil {
			*to = reflect.New(t.Elem()).UnsafePointer()
		}
		return elem.decode(d, i, *to)
	}
}

func unmarshalerDecoder(t reflect.Type) decodeFunc {
	return func(d *decoder, i int, p address) int {
		end := skipValue(d.data, i, d.depth)
		if end == broken {
			return broken
		}
		// SAFETY: this plan is for values of type t.
		u := reflect.NewAt(t, p).Interface().(json.Unmarshaler)
		if err := u.UnmarshalJSON(d.data[i:end:end]); err != nil {
			return d.abort(err)
		}
		return end
	}
}

// textUnmarshalerDecoder names the type as in errors: as declared, with the pointers to it.
func textUnmarshalerDecoder(t, declared reflect.Type) decodeFunc {
	clears := isNullable(t.Kind())
	return func(d *decoder, i int, p address) int {
		v := reflect.NewAt(t, p) // SAFETY: this plan is for values of type t
		if d.isNull(i) {
			if clears {
				v.Elem().SetZero()
			}
			return i + len("null")
		}
		if i >= len(d.data) || d.data[i] != '"' {
			return d.mismatch(i, declared)
		}
		s, end := d.text(i + 1)
		if end == broken {
			return broken
		}
		if err := v.Interface().(encoding.TextUnmarshaler).UnmarshalText(s); err != nil {
			return d.abort(err)
		}
		return end
	}
}

// isNullable reports whether null means something to a kind.
func isNullable(k reflect.Kind) bool {
	return k == reflect.Interface || k == reflect.Pointer || k == reflect.Map || k == reflect.Slice
}

// interfaceDecoder reads into what a pointer in the interface points to, or puts a new value into an empty interface.
func interfaceDecoder(t reflect.Type) decodeFunc {
	return func(d *decoder, i int, p address) int {
		v := reflect.NewAt(t, p).Elem() // SAFETY: this plan is for values of type t
		null := d.isNull(i)
		if e := v.Elem(); e.Kind() == reflect.Pointer && !e.IsNil() && (!null || e.Elem().Kind() == reflect.Pointer) {
			if own := e.Elem(); !(own.Kind() == reflect.Interface && own.Elem().IsValid() && own.Elem().Equal(e)) { // no pointer to itself
				return decPlans.get(e.Type(), newDecPlan).decode(d, i, e.UnsafePointer())
			}
		}
		if null {
			v.SetZero()
			return i + len("null")
		}
		if t.NumMethod() > 0 {
			return d.methodInterface(i, t)
		}
		value, end := d.any(i)
		if end != broken && value != nil { // nil is a number beyond float64
			*(*any)(p) = value // SAFETY: an interface without methods is an any
		}
		return end
	}
}

// methodInterface passes over a value: nothing fits an interface with methods. A number has two ways not to.
func (d *decoder) methodInterface(i int, t reflect.Type) int {
	if i < len(d.data) && startsNumber(d.data[i]) {
		if _, end := d.any(i); end == broken || d.saved != nil {
			return end
		}
	}
	return d.mismatch(i, t)
}

// scratchPair is a key and a value of a map that is being filled.
type scratchPair struct{ key, value reflect.Value }

// pairs keeps them.
type pairs struct{ pool sync.Pool }

func (c *pairs) get(key, value reflect.Type) *scratchPair {
	if s, ok := c.pool.Get().(*scratchPair); ok {
		return s
	}
	return &scratchPair{reflect.New(key).Elem(), reflect.New(value).Elem()}
}

func (c *pairs) put(s *scratchPair) {
	s.key.SetZero()
	s.value.SetZero()
	c.pool.Put(s)
}
