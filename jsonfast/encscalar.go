package jsonfast

// This file writes scalars at an address: what most struct fields are.

import (
	"encoding/json"
	"reflect"
)

// scalarOf returns how a type without methods of its own is written, if it is a scalar.
func scalarOf(t reflect.Type, html bool) op {
	switch k := t.Kind(); {
	case t == numberType:
		return opNumber
	case k == reflect.String && html:
		return opString
	case k == reflect.String:
		return opStringRaw
	case k >= reflect.Bool && k <= reflect.Float64:
		return opBool + op(k-reflect.Bool)
	}
	return opUnsupported
}

// scalar appends the scalar at p.
func (e *encoder) scalar(b []byte, p address, o op) []byte {
	// SAFETY: whoever made the plan took o from the type of what p points to; each case loads that kind.
	switch o {
	case opBool:
		return AppendBool(b, *(*bool)(p)) // SAFETY: as said above
	case opInt:
		return AppendInt(b, int64(*(*int)(p))) // SAFETY: as said above
	case opInt8:
		return AppendInt(b, int64(*(*int8)(p))) // SAFETY: as said above
	case opInt16:
		return AppendInt(b, int64(*(*int16)(p))) // SAFETY: as said above
	case opInt32:
		return AppendInt(b, int64(*(*int32)(p))) // SAFETY: as said above
	case opInt64:
		return AppendInt(b, *(*int64)(p)) // SAFETY: as said above
	case opUint:
		return AppendUint(b, uint64(*(*uint)(p))) // SAFETY: as said above
	case opUint8:
		return AppendUint(b, uint64(*(*uint8)(p))) // SAFETY: as said above
	case opUint16:
		return AppendUint(b, uint64(*(*uint16)(p))) // SAFETY: as said above
	case opUint32:
		return AppendUint(b, uint64(*(*uint32)(p))) // SAFETY: as said above
	case opUint64:
		return AppendUint(b, *(*uint64)(p)) // SAFETY: as said above
	case opUintptr:
		return AppendUint(b, uint64(*(*uintptr)(p))) // SAFETY: as said above
	case opFloat32:
		return e.float(b, float64(*(*float32)(p)), 32) // SAFETY: as said above
	case opFloat64:
		return e.float(b, *(*float64)(p), 64) // SAFETY: as said above
	case opString:
		return appendString(b, *(*string)(p), true) // SAFETY: as said above
	case opStringRaw:
		return appendString(b, *(*string)(p), false) // SAFETY: as said above
	}
	return e.number(b, *(*string)(p)) // SAFETY: as said above; a json.Number is a string
}

// float appends a float, or fails if JSON has no word for it.
func (e *encoder) float(b []byte, f float64, bits int) []byte {
	if f-f != 0 {
		v := reflect.ValueOf(f)
		if bits == 32 {
			v = reflect.ValueOf(float32(f))
		}
		e.failFloat(v)
		return b
	}
	return appendFloat(b, f, bits)
}

func (e *encoder) failFloat(v reflect.Value) {
	e.fail(&json.UnsupportedValueError{Value: v, Str: formatFloat(v.Float(), v.Type().Bits())})
}

// number appends a json.Number. The empty one is 0.
func (e *encoder) number(b []byte, n string) []byte {
	if n == "" {
		return append(b, '0')
	}
	if skipNumber(bytesOf(n), 0) != len(n) {
		e.fail(badNumber(n))
		return b
	}
	return append(b, n...)
}

// quoted appends a scalar under the option string: in quotes, and a string in quotes twice.
func (e *encoder) quoted(b []byte, p address, o op) []byte {
	if o != opString && o != opStringRaw {
		return append(e.scalar(append(b, '"'), p, o), '"')
	}
	inner := e.scalar(nil, p, o)
	return appendString(b, stringOf(inner), false)
}
