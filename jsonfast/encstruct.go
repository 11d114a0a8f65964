package jsonfast

// This file writes structs: the innermost loop of most encoding. Each member's name is ready with its comma, quotes and
// colon, padded so that it is copied by one or two moves of 16 bytes; the comma of the first becomes the bracket.

import (
	"reflect"
	"unsafe"
)

const keyBytesFast = 32 // bytes of a name that are copied without a call

// encField is a member of a struct's plan.
type encField struct {
	offset uintptr
	leaf   leaf
	rare   bool  // there is a pointer on the way or a reason to leave the field out: see reach
	keyLen uint8 // of key; more than keyBytesFast is in long
	key    [keyBytesFast]byte
	long   string
	plan   *encPlan

	hops []uintptr            // offsets of embedded pointers on the way
	omit func(p address) bool // says to leave the field out
}

// encStruct is what encoding knows of a struct.
type encStruct struct{ fields []encField }

func (c *encCompiler) structEncoder(t reflect.Type, addr bool) encodeFunc {
	s := &encStruct{}
	for _, f := range structFields(t) {
		s.fields = append(s.fields, c.field(t, f, addr))
	}
	if g := c.generated.of(t); g != nil {
		if encode, publish := g.writes(s, c.html); encode != nil {
			c.generated.stale = c.generated.stale || mindsAddress(t)
			c.generated.publish = append(c.generated.publish, publish)
			return encode
		}
	}
	return s.encode
}

func (s *encStruct) encode(e *encoder, b []byte, p address) []byte {
	start := len(b)
	b = e.fields(b, s.fields, p)
	if len(b) == start {
		return append(b, "{}"...)
	}
	b[start] = '{'
	return append(b, '}')
}

// fields appends members of the struct at p, with a comma before each.
func (e *encoder) fields(b []byte, fields []encField, p address) []byte {
	for i := range fields {
		f := &fields[i]
		// SAFETY: the field lies at its offset in the struct at p; if it is behind an embedded pointer, reach goes there.
		at := unsafe.Add(p, f.offset)
		if f.rare {
			if at = f.reach(p); at == nil {
				continue
			}
		}
		if cap(b)-len(b) < keyBytesFast {
			b = grow(b, keyBytesFast)
		}
		n := len(b)
		switch {
		case f.keyLen <= 16:
			*(*[16]byte)(b[n : n+16]) = [16]byte(f.key[:16])
			b = b[:n+int(f.keyLen)]
		case f.keyLen <= keyBytesFast:
			*(*[32]byte)(b[n : n+32]) = f.key
			b = b[:n+int(f.keyLen)]
		default:
			b = append(b, f.long...)
		}
		switch f.leaf {
		case leafString:
			b = appendString(b, *(*string)(at), true) // SAFETY: the leaf is the field's type
		case leafInt:
			b = AppendInt(b, int64(*(*int)(at))) // SAFETY: the leaf is the field's type
		case leafNone:
			if b = f.plan.encode(e, b, at); e.err != nil {
				return b
			}
		default:
			b = e.leaf(b, at, f.leaf)
		}
	}
	return b
}

// field makes the plan of one member.
func (c *encCompiler) field(t reflect.Type, f field, addr bool) encField {
	out := encField{}
	for _, i := range f.index {
		if t.Kind() == reflect.Pointer {
			out.hops = append(out.hops, out.offset)
			out.offset, addr, t = 0, true, t.Elem()
		}
		out.offset += t.Field(i).Offset
		t = t.Field(i).Type
	}
	out.plan = c.plan(encKey{t, addr, f.quoted})
	out.leaf = out.plan.leaf
	out.omit = omitter(t, f)
	out.rare = out.hops != nil || out.omit != nil
	key := "," + string(appendName(nil, f.name, c.html)) + ":"
	out.keyLen = uint8(min(len(key), keyBytesFast+1))
	out.long = key
	copy(out.key[:], key)
	return out
}

// appendName appends a member's name from a tag. Nothing in it needs an escape but for HTML.
func appendName(dst []byte, name string, html bool) []byte {
	dst = append(dst, '"')
	dst = appendHTML(dst, bytesOf(name), html)
	return append(dst, '"')
}

// reach returns the address of a field, or nil if it is not to be written.
func (f *encField) reach(p address) address {
	for _, offset := range f.hops {
		// SAFETY: at this offset of the struct in hand lies an embedded pointer to the next one.
		if p = *(*address)(unsafe.Add(p, offset)); p == nil {
			return nil
		}
	}
	p = unsafe.Add(p, f.offset) // SAFETY: the field lies at its offset in the last struct
	if f.omit != nil && f.omit(p) {
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
