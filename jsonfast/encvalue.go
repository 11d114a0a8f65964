package jsonfast

// This file does what plans say: a switch over ops, and what pointers, slices, arrays and interfaces need. It is a switch and not a function
// in each plan so that the compiler sees what becomes of the encoder, and leaves it on the stack: a call through a
// pointer might keep what it is given. So there is no pool to ask at the beginning of a call and none to return to.

import (
	"encoding/json"
	"reflect"
	"unsafe"
)

// value appends the value at p. After an error it may append anything.
func (e *encoder) value(b []byte, p address, plan *encPlan) []byte {
	// SAFETY: p is the address of a value of the type that the plan was made for, here and in all that is called.
	switch plan.op {
	case opStruct:
		return e.object(b, p, plan)
	case opPointer:
		return e.pointer(b, p, plan)
	case opSlice:
		return e.slice(b, p, plan)
	case opArray:
		return e.elements(b, p, plan.count, plan)
	case opBytes:
		return appendBytes(b, *(*[]byte)(p)) // SAFETY: as said above
	case opAny:
		return e.any(b, *(*any)(p)) // SAFETY: as said above
	case opInterface:
		return e.iface(b, p, plan)
	case opAnyMap:
		return e.anyMap(b, *(*map[string]any)(p)) // SAFETY: as said above
	case opStringMap:
		return e.stringMap(b, *(*map[string]string)(p)) // SAFETY: as said above
	case opMap:
		return e.mapping(b, p, plan)
	case opQuoted:
		return e.quoted(b, p, plan.elem.op)
	case opTime:
		return e.time(b, p)
	case opRawMessage:
		return e.rawMessage(b, p)
	case opMarshaler:
		return e.marshaler(b, p, plan.typ)
	case opTextMarshaler:
		return e.textMarshaler(b, p, plan.typ)
	case opUnsupported:
		e.fail(&json.UnsupportedTypeError{Type: plan.typ})
		return b
	}
	return e.scalar(b, p, plan.op)
}

func (e *encoder) pointer(b []byte, p address, plan *encPlan) []byte {
	to := *(*address)(p) // SAFETY: this plan is for pointers
	if to == nil {
		return append(b, "null"...)
	}
	if !e.enter(plan.typ, to, 0) {
		e.failCycle(reflect.NewAt(plan.typ, p).Elem()) // SAFETY: the plan's type
		return b
	}
	b = e.value(b, to, plan.elem)
	e.leave(plan.typ, to, 0)
	return b
}

func (e *encoder) slice(b []byte, p address, plan *encPlan) []byte {
	// SAFETY: all slices have one layout, and of this one only length and address are used.
	s := *(*[]struct{})(p)
	if s == nil {
		return append(b, "null"...)
	}
	data := address(unsafe.SliceData(s)) // SAFETY: the array that the slice keeps alive
	if !e.enter(plan.typ, data, len(s)) {
		e.failCycle(reflect.NewAt(plan.typ, p).Elem()) // SAFETY: the plan's type
		return b
	}
	b = e.elements(b, data, len(s), plan)
	e.leave(plan.typ, data, len(s))
	return b
}

// elements appends n values that lie behind one another. As in a struct, the comma of the first becomes the bracket.
func (e *encoder) elements(b []byte, p address, n int, plan *encPlan) []byte {
	if n == 0 {
		return append(b, "[]"...)
	}
	start, elem := len(b), plan.elem
	for i := range n {
		b = append(b, ',')
		// SAFETY: i is less than the number of elements, each of which is size bytes long.
		at := unsafe.Add(p, uintptr(i)*plan.size)
		switch elem.op {
		case opStruct:
			b = e.object(b, at, elem)
		case opString:
			b = appendString(b, *(*string)(at), true) // SAFETY: the op is the element's type
		case opFloat64:
			b = e.float(b, *(*float64)(at), 64) // SAFETY: the op is the element's type
		default:
			b = e.value(b, at, elem)
		}
		if e.err != nil {
			return b
		}
	}
	b[start] = '['
	return append(b, ']')
}

func (e *encoder) iface(b []byte, p address, plan *encPlan) []byte {
	v := reflect.NewAt(plan.typ, p).Elem() // SAFETY: the plan's type
	if v.IsNil() {
		return append(b, "null"...)
	}
	return e.any(b, v.Elem().Interface())
}

func appendBytes(b, s []byte) []byte {
	if s == nil {
		return append(b, "null"...)
	}
	return AppendBase64(b, s)
}
