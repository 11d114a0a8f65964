package jsonfast

// This file makes encoding plans. A plan is a function that appends the value at an address, put together from those of
// the type's parts. It is made per type, per whether the value has an address that methods with pointer receivers may see
// (encoding/json calls them only if so), and per the option HTML.

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"sync"
	"time"
	"unsafe"
)

// address is where a value lies. Which type of value that is, the plan knows that goes with it.
//
// SAFETY: this is a name only. Each place that loads or stores through an address says why the type is right; the garbage
// collector sees addresses as the pointers they are.
type address = unsafe.Pointer

// encodeFunc appends the value at p. After an error it may append anything.
type encodeFunc func(e *encoder, b []byte, p address) []byte

// encPlan is what encoding knows of a type.
type encPlan struct {
	encode  encodeFunc
	leaf    leaf      // for struct fields: what to do without a call of encode
	elem    *encPlan  // of a plain pointer: the plan of what it points to
	scratch sync.Pool // of *scratch; for values without an address
}

var encPlans [2]cache[encPlan] // by html

func planOf(t reflect.Type, html bool) *encPlan {
	if html {
		return encPlans[1].get(t, func(t reflect.Type) *encPlan { return newEncPlan(t, true) })
	}
	return encPlans[0].get(t, func(t reflect.Type) *encPlan { return newEncPlan(t, false) })
}

// newEncPlan makes the plan of a type whose values come without an address.
func newEncPlan(t reflect.Type, html bool) *encPlan {
	c := encCompiler{html: html, done: map[encKey]*encPlan{}}
	p := c.plan(encKey{t, false, false})
	if !c.generated.complete() {
		clear(c.done)
		p = c.plan(encKey{t, false, false})
	}
	return p
}

// encCompiler makes the plans of a type and all that it consists of. Nothing is published before all of it is there.
type encCompiler struct {
	html      bool
	done      map[encKey]*encPlan
	generated generated
}

// encKey is what a plan depends on besides html.
type encKey struct {
	t      reflect.Type
	addr   bool // the value has an address
	quoted bool // the field's tag has the option string
}

var (
	marshalerType     = reflect.TypeFor[json.Marshaler]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
	numberType        = reflect.TypeFor[json.Number]()
	rawMessageType    = reflect.TypeFor[json.RawMessage]()
	timeType          = reflect.TypeFor[time.Time]()
)

// plan returns a plan that may not be complete yet: a type can contain itself.
func (c *encCompiler) plan(k encKey) *encPlan {
	if p := c.done[k]; p != nil {
		return p
	}
	p := &encPlan{}
	c.done[k] = p
	switch f := c.method(k); {
	case f != nil:
		p.encode = f
	case k.quoted && k.t.Kind() != reflect.Pointer:
		p.encode = c.quoted(k.t)
	default:
		p.leaf = leafOf(k.t, c.html)
		p.encode = c.kind(k, p)
	}
	return p
}

// method returns how a type writes itself, if it does.
func (c *encCompiler) method(k encKey) encodeFunc {
	t, ptr := k.t, reflect.PointerTo(k.t)
	byAddress := k.addr && t.Kind() != reflect.Pointer
	switch {
	case t == timeType:
		return encodeTime
	case t == rawMessageType:
		return encodeRawMessage
	case byAddress && ptr.Implements(marshalerType), t.Implements(marshalerType):
		return marshalerEncoder(t)
	case byAddress && ptr.Implements(textMarshalerType), t.Implements(textMarshalerType):
		return textMarshalerEncoder(t)
	}
	return nil
}

// kind returns how a type is written that has no method for it.
func (c *encCompiler) kind(k encKey, p *encPlan) encodeFunc {
	t := k.t
	switch t.Kind() {
	case reflect.Pointer:
		elem := c.plan(encKey{t.Elem(), true, k.quoted})
		if !k.quoted {
			p.elem = elem
		}
		return pointerEncoder(t, elem)
	case reflect.Struct:
		return c.structEncoder(t, k.addr)
	case reflect.Slice:
		if isBytes(t) {
			return encodeBytes
		}
		return sliceEncoder(t, c.plan(encKey{t.Elem(), true, false}))
	case reflect.Array:
		return arrayEncoder(t, c.plan(encKey{t.Elem(), k.addr, false}))
	case reflect.Map:
		return c.mapEncoder(t)
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return encodeAny
		}
		return interfaceEncoder(t)
	}
	if p.leaf != leafNone {
		return leafEncoders[p.leaf]
	}
	return func(e *encoder, b []byte, _ address) []byte {
		e.fail(&json.UnsupportedTypeError{Type: t})
		return b
	}
}

// isBytes reports whether a slice type is written as base64: its elements are bytes and have no word in it.
func isBytes(t reflect.Type) bool {
	ptr := reflect.PointerTo(t.Elem())
	return t.Elem().Kind() == reflect.Uint8 && !ptr.Implements(marshalerType) && !ptr.Implements(textMarshalerType)
}

func pointerEncoder(t reflect.Type, elem *encPlan) encodeFunc {
	return func(e *encoder, b []byte, p address) []byte {
		// SAFETY: this plan is for values of the pointer type t.
		to := *(*address)(p)
		if to == nil {
			return append(b, "null"...)
		}
		if !e.enter(t, to, 0) {
			e.failCycle(reflect.NewAt(t, p).Elem()) // SAFETY: as above
			return b
		}
		b = elem.encode(e, b, to)
		e.leave(t, to, 0)
		return b
	}
}

func sliceEncoder(t reflect.Type, elem *encPlan) encodeFunc {
	size := t.Elem().Size()
	return func(e *encoder, b []byte, p address) []byte {
		// SAFETY: all slices have one layout, and of this one only length and address are used.
		s := *(*[]struct{})(p)
		if s == nil {
			return append(b, "null"...)
		}
		data := address(unsafe.SliceData(s)) // SAFETY: the array that the slice keeps alive
		if !e.enter(t, data, len(s)) {
			e.failCycle(reflect.NewAt(t, p).Elem()) // SAFETY: this plan is for values of type t
			return b
		}
		b = e.elements(b, data, len(s), size, elem)
		e.leave(t, data, len(s))
		return b
	}
}

func arrayEncoder(t reflect.Type, elem *encPlan) encodeFunc {
	n, size := t.Len(), t.Elem().Size()
	return func(e *encoder, b []byte, p address) []byte { return e.elements(b, p, n, size, elem) }
}

// elements appends n values that lie behind one another.
func (e *encoder) elements(b []byte, p address, n int, size uintptr, elem *encPlan) []byte {
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		// SAFETY: i is less than the number of elements, each of which is size bytes long.
		b = elem.encode(e, b, unsafe.Add(p, uintptr(i)*size))
		if e.err != nil {
			return b
		}
	}
	return append(b, ']')
}

func encodeAny(e *encoder, b []byte, p address) []byte {
	// SAFETY: this plan is for interface types without methods.
	return e.any(b, *(*any)(p))
}

func interfaceEncoder(t reflect.Type) encodeFunc {
	return func(e *encoder, b []byte, p address) []byte {
		// SAFETY: this plan is for values of type t.
		v := reflect.NewAt(t, p).Elem()
		if v.IsNil() {
			return append(b, "null"...)
		}
		return e.any(b, v.Elem().Interface())
	}
}

func encodeBytes(_ *encoder, b []byte, p address) []byte {
	// SAFETY: this plan is for slices of bytes.
	s := *(*[]byte)(p)
	if s == nil {
		return append(b, "null"...)
	}
	return AppendBase64(b, s)
}

func encodeTime(e *encoder, b []byte, p address) []byte {
	// SAFETY: this plan is for time.Time.
	t := (*time.Time)(p)
	out, err := AppendTime(b, *t)
	if err != nil {
		_, err = t.MarshalJSON()
		e.fail(&json.MarshalerError{Type: timeType, Err: err})
	}
	return out
}

func encodeRawMessage(e *encoder, b []byte, p address) []byte {
	// SAFETY: this plan is for json.RawMessage.
	raw := *(*json.RawMessage)(p)
	if raw == nil {
		return append(b, "null"...)
	}
	return e.compact(b, raw, rawMessageType)
}

// compact appends the JSON that a method returned, without its white space.
func (e *encoder) compact(b, src []byte, t reflect.Type) []byte {
	out, err := appendCompact(b, src, e.html)
	if err != nil {
		e.fail(&json.MarshalerError{Type: t, Err: err})
	}
	return out
}

// receiver returns the value at p as what a method is called on, or nil where encoding/json writes null. The address is used
// if that saves a copy: the methods of a type are those of its pointer, too.
func receiver(t reflect.Type, p address) any {
	// SAFETY: the plan is for values of type t.
	v := reflect.NewAt(t, p)
	if k := t.Kind(); k != reflect.Pointer && k != reflect.Interface {
		return v.Interface()
	}
	if v = v.Elem(); v.IsNil() {
		return nil
	}
	return v.Interface()
}

func marshalerEncoder(t reflect.Type) encodeFunc {
	return func(e *encoder, b []byte, p address) []byte {
		m, ok := receiver(t, p).(json.Marshaler)
		if !ok {
			return append(b, "null"...)
		}
		src, err := m.MarshalJSON()
		if err != nil {
			e.fail(&json.MarshalerError{Type: t, Err: err})
			return b
		}
		return e.compact(b, src, t)
	}
}

func textMarshalerEncoder(t reflect.Type) encodeFunc {
	return func(e *encoder, b []byte, p address) []byte {
		m, ok := receiver(t, p).(encoding.TextMarshaler)
		if !ok {
			return append(b, "null"...)
		}
		text, err := m.MarshalText()
		if err != nil {
			e.fail(textError(t, err))
			return b
		}
		return appendString(b, stringOf(text), e.html)
	}
}

// brokenText is a TextMarshaler that fails.
type brokenText struct{ err error }

func (b brokenText) MarshalText() ([]byte, error) { return nil, b.err }

// textError is the error for a MarshalText that failed. A MarshalerError says which method it was in a field that only
// encoding/json can set, so it is asked to.
func textError(t reflect.Type, err error) error {
	_, e := json.Marshal(brokenText{err})
	if m, ok := e.(*json.MarshalerError); ok {
		m.Type = t
	}
	return e
}

func formatFloat(f float64, bits int) string { return strconv.FormatFloat(f, 'g', -1, bits) }

// badNumber is the error for a Number that is none.
func badNumber(n string) error { return fmt.Errorf("json: invalid number literal %q", n) }
