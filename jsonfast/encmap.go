package jsonfast

// This file writes maps, by default in the order of their keys, and the two types that unknown JSON is decoded to.

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// byName puts members in order.
func byName(a, b member) int { return strings.Compare(a.name, b.name) }

// member is one member of a map that is being sorted.
type member struct {
	name  string
	value address // or
	any   any     // or
	text  string
}

const keptMembersCountMax = 1 << 10 // members of a list that outlives its call

// memberList has the members of the maps around the value in hand, those of the innermost at the end: maps within maps share it.
type memberList struct{ all []member }

// memberLists keeps lists between calls: up to keptMembersCountMax each, and no pointer to what was written.
var memberLists = sync.Pool{New: func() any { return new(memberList) }}

// list returns the list of this call.
func (e *encoder) list() *memberList {
	if e.members == nil {
		e.members = memberLists.Get().(*memberList)
	}
	return e.members
}

// cut makes an end of the members from start on.
func (l *memberList) cut(start int) {
	clear(l.all[start:])
	l.all = l.all[:start]
}

func (l *memberList) release() {
	if cap(l.all) <= keptMembersCountMax {
		l.cut(0) // after an error there are some
		memberLists.Put(l)
	}
}

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

// stringMap appends a map[string]string, whose values cannot fail nor lead back.
func (e *encoder) stringMap(b []byte, m map[string]string) []byte {
	if m == nil {
		return append(b, "null"...)
	}
	list := e.list()
	start := len(list.all)
	for name, v := range m {
		list.all = append(list.all, member{name: name, text: v})
	}
	members := list.all[start:]
	if !e.unsorted {
		slices.SortFunc(members, byName)
	}
	b = append(b, '{')
	for i := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, members[i].name, e.html), ':')
		b = appendString(b, members[i].text, e.html)
	}
	list.cut(start)
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

func (e *encoder) sortedMembers(b []byte, m map[string]any) []byte {
	list := e.list()
	start := len(list.all)
	for name, v := range m {
		list.all = append(list.all, member{name: name, any: v})
	}
	end := len(list.all)
	slices.SortFunc(list.all[start:end], byName)
	for i := start; i < end; i++ {
		if i > start {
			b = append(b, ',')
		}
		b = append(appendString(b, list.all[i].name, e.html), ':')
		if b = e.any(b, list.all[i].any); e.err != nil {
			return b
		}
	}
	list.cut(start)
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

// mapKind says how a type of maps is written.
func (c *encCompiler) mapKind(t reflect.Type, p *encPlan) {
	switch key := t.Key(); {
	case !isNameKind(key.Kind()) && !key.Implements(textMarshalerType):
		p.op = opUnsupported
	case t == anyMapType:
		p.op = opAnyMap
	case t == stringMapType:
		p.op = opStringMap
	default:
		p.op, p.values = opMap, reflect.SliceOf(t.Elem())
		p.elem = c.plan(encKey{t.Elem(), false, false})
	}
}

// mapping appends a map of any other type.
func (e *encoder) mapping(b []byte, p address, plan *encPlan) []byte {
	m := reflect.NewAt(plan.typ, p).Elem() // SAFETY: the plan's type
	if m.IsNil() {
		return append(b, "null"...)
	}
	id := m.UnsafePointer()
	if !e.enter(plan.typ, id, 0) {
		e.failCycle(m)
		return b
	}
	list := e.list()
	start := len(list.all)
	if !e.collect(m, plan) {
		return b
	}
	end := len(list.all)
	if !e.unsorted {
		slices.SortFunc(list.all[start:end], byName)
	}
	b = append(b, '{')
	for i := start; i < end; i++ {
		if i > start {
			b = append(b, ',')
		}
		b = append(appendString(b, list.all[i].name, e.html), ':')
		if b = e.value(b, list.all[i].value, plan.elem); e.err != nil {
			return b
		}
	}
	list.cut(start)
	e.leave(plan.typ, id, 0)
	return append(b, '}')
}

// isNameKind reports whether a kind of key has a form as a name without a method for it.
func isNameKind(k reflect.Kind) bool {
	return k == reflect.String || k >= reflect.Int && k <= reflect.Uintptr
}

// collect lists the members of a map, with copies of their values.
func (e *encoder) collect(m reflect.Value, plan *encPlan) bool {
	n := m.Len()
	copies := reflect.MakeSlice(plan.values, n, n)
	k := reflect.New(plan.typ.Key()).Elem()
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
		e.members.all = append(e.members.all, member{name: name, value: at.Addr().UnsafePointer()})
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
