package jsonfast

// This file makes encoding plans. A plan says what to do with the value at an address; that of a type refers to those of
// its parts. It is made per type, per whether the value has an address that methods with pointer receivers may see
// (encoding/json calls them only if so), and per the option HTML.

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
	"time"
	"unsafe"
)

// address is where a value lies. Which type of value that is, the plan knows that goes with it.
//
// SAFETY: this is a name only. Each place that loads or stores through an address says why the type is right; the garbage
// collector sees addresses as the pointers they are.
type address = unsafe.Pointer

// An op is what a plan says to do with a value.
type op uint8

const (
	opUnsupported op = iota // fail: there is no JSON for the type
	opBool                  // scalars, in the order of their kinds
	opInt
	opInt8
	opInt16
	opInt32
	opInt64
	opUint
	opUint8
	opUint16
	opUint32
	opUint64
	opUintptr
	opFloat32
	opFloat64
	opString    // HTML escaped
	opStringRaw // not
	opNumber    // json.Number
	opQuoted    // a scalar in quotes
	opStruct
	opPointer
	opSlice
	opArray
	opBytes     // in base64
	opAny       // an interface without methods
	opInterface // one with methods
	opAnyMap    // map[string]any
	opStringMap // map[string]string
	opMap
	opTime
	opRawMessage
	opMarshaler
	opTextMarshaler
	opLongName // of struct fields: a name that is longer than lead takes
)

const _ = uint(reflect.Float64-reflect.Bool) - uint(opFloat64-opBool) // the kinds stand in the order of the ops
const _ = uint(opFloat64-opBool) - uint(reflect.Float64-reflect.Bool)

// encPlan is what encoding knows of a type.
type encPlan struct {
	op      op
	typ     reflect.Type
	elem    *encPlan     // what a pointer points to, a slice, array or map consists of, or what is quoted
	size    uintptr      // bytes of an element of a slice or array
	count   int          // elements of an array
	fields  []encField   // of a struct
	values  reflect.Type // of a map: the type of a slice of its values
	scratch sync.Pool    // of *scratch; for values without an address
}

var encPlans [2]cache[encPlan] // by html

func planOf(t reflect.Type, html bool) *encPlan {
	id := reflect.ValueOf(t).Pointer()
	if !html {
		if plan := encPlans[0].seen(id); plan != nil {
			return plan
		}
		return encPlans[0].get(t, func(t reflect.Type) *encPlan { return newEncPlan(t, false) })
	}
	if plan := encPlans[1].seen(id); plan != nil {
		return plan
	}
	return encPlans[1].get(t, func(t reflect.Type) *encPlan { return newEncPlan(t, true) })
}

// newEncPlan makes the plan of a type whose values come without an address.
func newEncPlan(t reflect.Type, html bool) *encPlan {
	c := encCompiler{html, map[encKey]*encPlan{}}
	return c.plan(encKey{t, false, false})
}

// encCompiler makes the plans of a type and all that it consists of. Nothing is published before all of it is there.
type encCompiler struct {
	html bool
	done map[encKey]*encPlan
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
	p := &encPlan{typ: k.t}
	c.done[k] = p
	if p.op = c.method(k); p.op == opUnsupported {
		c.kind(k, p)
	}
	return p
}

// method returns how a type writes itself, if it does.
func (c *encCompiler) method(k encKey) op {
	t, ptr := k.t, reflect.PointerTo(k.t)
	byAddress := k.addr && t.Kind() != reflect.Pointer
	switch {
	case t == timeType:
		return opTime
	case t == rawMessageType:
		return opRawMessage
	case byAddress && ptr.Implements(marshalerType), t.Implements(marshalerType):
		return opMarshaler
	case byAddress && ptr.Implements(textMarshalerType), t.Implements(textMarshalerType):
		return opTextMarshaler
	}
	return opUnsupported
}

// kind says how a type is written that has no method for it. The op comes first: parts of the type may contain it, and copy that.
func (c *encCompiler) kind(k encKey, p *encPlan) {
	switch t := k.t; t.Kind() {
	case reflect.Pointer:
		p.op = opPointer
		p.elem = c.plan(encKey{t.Elem(), true, k.quoted})
	case reflect.Struct:
		p.op = opStruct
		p.fields = c.fields(t, k.addr)
	case reflect.Slice:
		if isBytes(t) {
			p.op = opBytes
			return
		}
		p.op, p.size = opSlice, t.Elem().Size()
		p.elem = c.plan(encKey{t.Elem(), true, false})
	case reflect.Array:
		p.op, p.size, p.count = opArray, t.Elem().Size(), t.Len()
		p.elem = c.plan(encKey{t.Elem(), k.addr, false})
	case reflect.Map:
		c.mapKind(t, p)
	case reflect.Interface:
		if p.op = opInterface; t.NumMethod() == 0 {
			p.op = opAny
		}
	default:
		if p.op = scalarOf(t, c.html); k.quoted {
			p.op, p.elem = opQuoted, &encPlan{op: p.op, typ: t}
		}
	}
}

// isBytes reports whether a slice type is written as base64: its elements are bytes and have no word in it.
func isBytes(t reflect.Type) bool {
	ptr := reflect.PointerTo(t.Elem())
	return t.Elem().Kind() == reflect.Uint8 && !ptr.Implements(marshalerType) && !ptr.Implements(textMarshalerType)
}
