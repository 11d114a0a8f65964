package jsonfast

// This file writes scalars at an address: what most struct fields are. The plan of a struct does them without a call through
// a function pointer (encstruct.go); everything else uses leafEncoders.

import (
	"reflect"
)

// leaf is a kind of scalar, by how it is loaded and written.
type leaf uint8

const (
	leafNone leaf = iota
	leafBool
	leafInt
	leafInt8
	leafInt16
	leafInt32
	leafInt64
	leafUint
	leafUint8
	leafUint16
	leafUint32
	leafUint64
	leafUintptr
	leafFloat32
	leafFloat64
	leafString    // HTML escaped
	leafStringRaw // not
	leafNumber    // json.Number
	leafCount
)

// leafOf returns how a type without methods of its own is written, if it is a scalar.
func leafOf(t reflect.Type, html bool) leaf {
	switch k := t.Kind(); {
	case t == numberType:
		return leafNumber
	case k == reflect.String && html:
		return leafString
	case k == reflect.String:
		return leafStringRaw
	case k >= reflect.Bool && k <= reflect.Float64:
		return leafBool + leaf(k-reflect.Bool)
	}
	return leafNone
}

const _ = uint(reflect.Float64-reflect.Bool) - uint(leafFloat64-leafBool) // the kinds stand in the order of the leaves

// leafEncoders has a function per leaf.
var leafEncoders = func() (all [leafCount]encodeFunc) {
	for l := range all {
		all[l] = func(e *encoder, b []byte, p address) []byte { return e.leaf(b, p, leaf(l)) }
	}
	return all
}()

// leaf appends the scalar at p.
func (e *encoder) leaf(b []byte, p address, l leaf) []byte {
	// SAFETY: whoever made the plan took l from the type of what p points to; each case loads that kind.
	switch l {
	case leafBool:
		return AppendBool(b, *(*bool)(p)) // SAFETY: as said above
	case leafInt:
		return AppendInt(b, int64(*(*int)(p))) // SAFETY: as said above
	case leafInt8:
		return AppendInt(b, int64(*(*int8)(p))) // SAFETY: as said above
	case leafInt16:
		return AppendInt(b, int64(*(*int16)(p))) // SAFETY: as said above
	case leafInt32:
		return AppendInt(b, int64(*(*int32)(p))) // SAFETY: as said above
	case leafInt64:
		return AppendInt(b, *(*int64)(p)) // SAFETY: as said above
	case leafUint:
		return AppendUint(b, uint64(*(*uint)(p))) // SAFETY: as said above
	case leafUint8:
		return AppendUint(b, uint64(*(*uint8)(p))) // SAFETY: as said above
	case leafUint16:
		return AppendUint(b, uint64(*(*uint16)(p))) // SAFETY: as said above
	case leafUint32:
		return AppendUint(b, uint64(*(*uint32)(p))) // SAFETY: as said above
	case leafUint64:
		return AppendUint(b, *(*uint64)(p)) // SAFETY: as said above
	case leafUintptr:
		return AppendUint(b, uint64(*(*uintptr)(p))) // SAFETY: as said above
	case leafFloat32:
		return e.float(b, float64(*(*float32)(p)), 32) // SAFETY: as said above
	case leafFloat64:
		return e.float(b, *(*float64)(p), 64) // SAFETY: as said above
	case leafString:
		return appendString(b, *(*string)(p), true) // SAFETY: as said above
	case leafStringRaw:
		return appendString(b, *(*string)(p), false) // SAFETY: as said above
	}
	return e.number(b, *(*string)(p)) // SAFETY: as said above; a json.Number is a string
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

// quoted returns how a scalar is written under the option string: in quotes, and a string in quotes twice.
func (c *encCompiler) quoted(t reflect.Type) encodeFunc {
	l := leafOf(t, c.html)
	if l != leafString && l != leafStringRaw {
		return func(e *encoder, b []byte, p address) []byte {
			return append(e.leaf(append(b, '"'), p, l), '"')
		}
	}
	return func(e *encoder, b []byte, p address) []byte {
		inner := e.leaf(nil, p, l)
		return appendString(b, stringOf(inner), false)
	}
}
