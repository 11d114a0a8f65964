package jsonfast

// This file writes structs: the innermost loop of most encoding. Each member's name is ready with its comma, quotes and
// colon, padded so that it is copied by two moves of 16 bytes; the comma of the first becomes the bracket.

import (
	"reflect"
	"strings"
	"unsafe"
)

// encField is a member of a struct's plan: 64 bytes of what is always needed.
type encField struct {
	lead   lead // the member's name with its comma, quotes and colon; if its value is a string, with that one's quote
	op     op   // the plan's, or opLongName
	omit   omit
	offset uintptr // zero if the field is behind an embedded pointer
	plan   *encPlan
	rare   *rareField
}

// rareField is what few fields need.
type rareField struct {
	name string               // for opLongName: what has no room in lead
	hops []uintptr            // offsets of embedded pointers on the way, and of the field behind the last
	omit func(p address) bool // says to leave the field out
}

// An omit is a reason to leave a field out.
type omit uint8

const (
	omitNever      omit = iota
	omitNoText          // an empty string
	omitNoElements      // an empty slice
	omitNil             // a nil pointer
	omitFalse           // a boolean or a byte that is zero
	omitRare            // what rareField says: see reach
)

// object appends a struct.
func (e *encoder) object(b []byte, p address, plan *encPlan) []byte {
	start := len(b)
	fields := plan.fields
	for i := range fields {
		f := &fields[i]
		// SAFETY: the field lies at its offset in the struct at p; if it is behind an embedded pointer, reach goes there from p itself.
		at := unsafe.Add(p, f.offset)
		switch f.omit {
		case omitNever:
		case omitNoText:
			if *(*string)(at) == "" { // SAFETY: the reason is one of strings
				continue
			}
		case omitNoElements:
			if len(*(*[]struct{})(at)) == 0 { // SAFETY: all slices have one layout
				continue
			}
		case omitNil:
			if *(*address)(at) == nil { // SAFETY: the reason is one of pointers
				continue
			}
		case omitFalse:
			if *(*uint8)(at) == 0 { // SAFETY: the reason is one of values of this size
				continue
			}
		default:
			if at = f.reach(p); at == nil {
				continue
			}
		}
		if f.op == opString || f.op == opStringRaw {
			b = appendText(b, &f.lead, *(*string)(at), f.op == opString) // SAFETY: the op is the field's type
			continue
		}
		if cap(b)-len(b) < leadBytesMax {
			b = grow(b, leadBytesMax)
		}
		b = f.lead.put(b)
		switch f.op {
		case opInt:
			b = AppendInt(b, int64(*(*int)(at))) // SAFETY: the op is the field's type
		case opInt64:
			b = AppendInt(b, *(*int64)(at)) // SAFETY: the op is the field's type
		case opBool:
			b = AppendBool(b, *(*bool)(at)) // SAFETY: the op is the field's type
		case opFloat64:
			if b = e.float(b, *(*float64)(at), 64); e.err != nil { // SAFETY: the op is the field's type
				return b
			}
		case opStruct:
			if b = e.object(b, at, f.plan); e.err != nil {
				return b
			}
		case opSlice:
			if b = e.slice(b, at, f.plan); e.err != nil {
				return b
			}
		case opLongName:
			b = append(b, f.rare.name...)
			fallthrough
		default:
			if b = e.value(b, at, f.plan); e.err != nil {
				return b
			}
		}
	}
	if len(b) == start {
		return append(b, "{}"...)
	}
	b[start] = '{'
	return append(b, '}')
}

// fields makes the plans of a struct's members.
func (c *encCompiler) fields(t reflect.Type, addr bool) []encField {
	var fields []encField
	for _, f := range structFields(t) {
		fields = append(fields, c.field(t, f, addr))
	}
	return fields
}

// field makes the plan of one member.
func (c *encCompiler) field(t reflect.Type, f field, addr bool) encField {
	out, rare := encField{}, &rareField{}
	for _, i := range f.index {
		if t.Kind() == reflect.Pointer {
			rare.hops = append(rare.hops, out.offset)
			out.offset, addr, t = 0, true, t.Elem()
		}
		out.offset += t.Field(i).Offset
		t = t.Field(i).Type
	}
	out.plan = c.plan(encKey{t, addr, f.quoted})
	out.op = out.plan.op
	if rare.omit = omitter(t, f); rare.omit != nil {
		out.omit = omitOf(t, f)
	}
	if rare.hops != nil {
		out.omit, rare.hops, out.offset = omitRare, append(rare.hops, out.offset), 0
	}
	name := "," + string(appendName(nil, f.name, c.html)) + ":"
	if out.op == opString || out.op == opStringRaw {
		name += `"`
	}
	if len(name) > leadBytesMax {
		out.op, rare.name, name = opLongName, strings.TrimSuffix(name, `"`), ""
	}
	out.lead = *newLead(name)
	out.rare = rare
	return out
}

// omitOf returns the reason by which a field is left out, without a call if it is one of those that most have.
func omitOf(t reflect.Type, f field) omit {
	switch k := t.Kind(); {
	case f.omitZero:
		return omitRare
	case k == reflect.String:
		return omitNoText
	case k == reflect.Slice:
		return omitNoElements
	case k == reflect.Pointer:
		return omitNil
	case k == reflect.Bool, k == reflect.Int8, k == reflect.Uint8:
		return omitFalse
	}
	return omitRare
}

// appendName appends a member's name from a tag. Nothing in it needs an escape but for HTML.
func appendName(dst []byte, name string, html bool) []byte {
	dst = append(dst, '"')
	dst = appendHTML(dst, bytesOf(name), html)
	return append(dst, '"')
}

// reach returns the address of a field, or nil if it is not to be written.
func (f *encField) reach(p address) address {
	offset := f.offset
	if hops := f.rare.hops; hops != nil {
		offset = hops[len(hops)-1]
		for _, hop := range hops[:len(hops)-1] {
			// SAFETY: at this offset of the struct in hand lies an embedded pointer to the next one.
			if p = *(*address)(unsafe.Add(p, hop)); p == nil {
				return nil
			}
		}
	}
	p = unsafe.Add(p, offset) // SAFETY: the field lies at its offset in the last struct
	if f.rare.omit != nil && f.rare.omit(p) {
		return nil
	}
	return p
}

// omitter returns the test that leaves a field out, if it has one.
func omitter(t reflect.Type, f field) func(address) bool {
	empty, zero := isEmpty(t), isZero(t)
	switch {
	case f.omitEmpty && empty != nil && f.omitZero:
		return func(p address) bool { return empty(p) || zero(p) }
	case f.omitEmpty:
		return empty
	case f.omitZero:
		return zero
	}
	return nil
}

// isEmpty returns the test of omitempty, which structs have none of.
func isEmpty(t reflect.Type) func(address) bool {
	switch t.Kind() {
	case reflect.Array:
		return func(address) bool { return t.Len() == 0 }
	case reflect.Map:
		// SAFETY: the test is for values of type t.
		return func(p address) bool { return reflect.NewAt(t, p).Elem().Len() == 0 }
	case reflect.Slice:
		return func(p address) bool { return len(*(*[]struct{})(p)) == 0 } // SAFETY: all slices have one layout
	case reflect.String:
		return func(p address) bool { return *(*string)(p) == "" } // SAFETY: the test is for strings
	case reflect.Pointer:
		return func(p address) bool { return *(*address)(p) == nil } // SAFETY: the test is for pointers
	case reflect.Float32, reflect.Float64, reflect.Interface:
		// SAFETY: the test is for values of type t.
		return func(p address) bool { return reflect.NewAt(t, p).Elem().IsZero() }
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return isZeroBits(t.Size())
	}
	return nil
}

// isZeroBits returns the test of integers and booleans, by their size.
func isZeroBits(size uintptr) func(address) bool {
	switch size {
	case 1:
		return func(p address) bool { return *(*uint8)(p) == 0 } // SAFETY: the value has this size
	case 2:
		return func(p address) bool { return *(*uint16)(p) == 0 } // SAFETY: the value has this size
	case 4:
		return func(p address) bool { return *(*uint32)(p) == 0 } // SAFETY: the value has this size
	}
	return func(p address) bool { return *(*uint64)(p) == 0 } // SAFETY: the value has this size
}

// zeroer is what a type implements that says itself when it is zero.
type zeroer interface{ IsZero() bool }

var zeroerType = reflect.TypeFor[zeroer]()

// isZero returns the test of omitzero.
func isZero(t reflect.Type) func(address) bool {
	// SAFETY: each of these tests is for values of type t.
	at := func(p address) reflect.Value { return reflect.NewAt(t, p) }
	switch {
	case t.Kind() == reflect.Interface && t.Implements(zeroerType):
		return func(p address) bool {
			v := at(p).Elem()
			return v.IsNil() || v.Elem().Kind() == reflect.Pointer && v.Elem().IsNil() || v.Interface().(zeroer).IsZero()
		}
	case t.Kind() == reflect.Pointer && t.Implements(zeroerType):
		return func(p address) bool {
			v := at(p).Elem()
			return v.IsNil() || v.Interface().(zeroer).IsZero()
		}
	case reflect.PointerTo(t).Implements(zeroerType):
		return func(p address) bool { return at(p).Interface().(zeroer).IsZero() }
	}
	return func(p address) bool { return at(p).Elem().IsZero() }
}
