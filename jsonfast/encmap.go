package jsonfast

// This file writes maps, by default in the order of their keys, and the two types that unknown JSON is decoded to.

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// byName puts members in order.
func byName(a, b member) int { return strings.Compare(a.name, b.name) }

// anyMap appends a map[string]any.
func (e *encoder) anyMap(b []byte, m map[string]any) []byte {
	if m == nil {
		return append(b, "null"...)
	}
	id := reflect.ValueOf(m).UnsafePointer()
	if !e.enter(anyMapType, id, 0) {
		e.failCycle(reflect.ValueOf(m))
		return b
	}
	b = append(b, '{')
	if e.unsorted {
		b = e.unsortedMembers(b, m)
	} else {
		b = e.sortedMembers(b, m)
	}
	e.leave(anyMapType, id, 0)
	return append(b, '}')
}

var (
	anyMapType    = reflect.TypeFor[map[string]any]()
	anySliceType  = reflect.TypeFor[[]any]()
	stringMapType = reflect.TypeFor[map[string]string]()
)

// encodeStringMap writes a map[string]string, whose values need no list of their own: nothing in them leads back.
func encodeStringMap(e *encoder, b []byte, p address) []byte {
	m := *(*map[string]string)(p) // SAFETY: this plan is for map[string]string
	if m == nil {
		return append(b, "null"...)
	}
	start := len(e.members)
	for name, v := range m {
		e.members = append(e.members, member{name: name, text: v})
	}
	list := e.members[start:]
	if !e.unsorted {
		slices.SortFunc(list, byName)
	}
	b = append(b, '{')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, list[i].name, e.html), ':')
		b = appendString(b, list[i].text, e.html)
	}
	clear(list)
	e.members = e.members[:start]
	return append(b, '}')
}

func (e *encoder) unsortedMembers(b []byte, m map[string]any) []byte {
	first := true
	for name, v := range m {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendString(b, name, e.html), ':')
		if b = e.any(b, v); e.err != nil {
			return b
		}
	}
	return b
}

// sortedMembers uses the end of e.members for its list, so that maps within maps share one.
func (e *encoder) sortedMembers(b []byte, m map[string]any) []byte {
	start := len(e.members)
	for name, v := range m {
		e.members = append(e.members, member{name: name, any: v})
	}
	end := len(e.members)
	slices.SortFunc(e.members[start:end], byName)
	for i := start; i < end; i++ {
		if i > start {
			b = append(b, ',')
		}
		b = append(appendString(b, e.members[i].name, e.html), ':')
		if b = e.any(b, e.members[i].any); e.err != nil {
			return b
		}
	}
	clear(e.members[start:end])
	e.members = e.members[:start]
	return b
}

// anySlice appends a []any.
func (e *encoder) anySlice(b []byte, s []any) []byte {
	if s == nil {
		return append(b, "null"...)
	}
	p := address(unsafe.SliceData(s)) // SAFETY: only compared
	if !e.enter(anySliceType, p, len(s)) {
		e.failCycle(reflect.ValueOf(s))
		return b
	}
	b = append(b, '[')
	for i, v := range s {
		if i > 0 {
			b = append(b, ',')
		}
		if b = e.any(b, v); e.err != nil {
			return b
		}
	}
	e.leave(anySliceType, p, len(s))
	return append(b, ']')
}

// mapEncoder returns how a map of any other type is written.
func (c *encCompiler) mapEncoder(t reflect.Type) encodeFunc {
	key := t.Key()
	if !isNameKind(key.Kind()) && !key.Implements(textMarshalerType) {
		return func(e *encoder, b []byte, _ address) []byte {
			e.fail(&json.UnsupportedTypeError{Type: t})
			return b
		}
	}
	if t == anyMapType {
		// SAFETY: this plan is for map[string]any.
		return func(e *encoder, b []byte, p address) []byte { return e.anyMap(b, *(*map[string]any)(p)) }
	}
	if t == stringMapType {
		return encodeStringMap
	}
	elem, values := c.plan(encKey{t.Elem(), false, false}), reflect.SliceOf(t.Elem())
	return func(e *encoder, b []byte, p address) []byte {
		// SAFETY: this plan is for values of type t.
		m := reflect.NewAt(t, p).Elem()
		if m.IsNil() {
			return append(b, "null"...)
		}
		id := m.UnsafePointer()
		if !e.enter(t, id, 0) {
			e.failCycle(m)
			return b
		}
		start := len(e.members)
		if !e.collect(m, key, values) {
			return b
		}
		end := len(e.members)
		if !e.unsorted {
			slices.SortFunc(e.members[start:end], byName)
		}
		b = append(b, '{')
		for i := start; i < end; i++ {
			if i > start {
				b = append(b, ',')
			}
			b = append(appendString(b, e.members[i].name, e.html), ':')
			if b = elem.encode(e, b, e.members[i].value); e.err != nil {
				return b
			}
		}
		clear(e.members[start:end])
		e.members = e.members[:start]
		e.leave(t, id, 0)
		return append(b, '}')
	}
}

// isNameKind reports whether a kind of key has a form as a name without a method for it.
func isNameKind(k reflect.Kind) bool {
	return k == reflect.String || k >= reflect.Int && k <= reflect.Uintptr
}

// collect lists the members of a map, with copies of their values.
func (e *encoder) collect(m reflect.Value, key, values reflect.Type) bool {
	n := m.Len()
	copies := reflect.MakeSlice(values, n, n)
	k := reflect.New(key).Elem()
	iter := m.MapRange()
	for i := 0; i < n && iter.Next(); i++ {
		k.SetIterKey(iter)
		name, err := memberName(k)
		if err != nil {
			e.fail(fmt.Errorf("json: encoding error for type %q: %q", m.Type().String(), err.Error()))
			return false
		}
		at := copies.Index(i)
		at.SetIterValue(iter)
		e.members = append(e.members, member{name: name, value: at.Addr().UnsafePointer()})
	}
	return true
}

// memberName returns a map's key as a name.
func memberName(k reflect.Value) (string, error) {
	if k.Kind() == reflect.String {
		return k.String(), nil
	}
	if k.Type().Implements(textMarshalerType) {
		m := k.Interface().(encoding.TextMarshaler)
		if k.Kind() == reflect.Pointer && k.IsNil() {
			return "", nil
		}
		text, err := m.MarshalText()
		return string(text), err
	}
	if k.CanInt() {
		return strconv.FormatInt(k.Int(), 10), nil
	}
	return strconv.FormatUint(k.Uint(), 10), nil
}
