package jsonfast

// This file goes through objects and arrays without reading them.

import "iter"

// members is a place between the members of an object.
type members struct {
	data        []byte
	name, value int // the first byte of the name, behind its quote, and that of the value; value is broken before the first
	nameEnd     int // behind the name's closing quote
}

// beginMembers returns the place before the first member of the object that data starts with.
func beginMembers(data []byte) members { return members{data: data, value: broken} }

// next goes to the next member, if there is one.
func (m *members) next() bool {
	data, i := m.data, broken
	if m.value != broken {
		i = afterComma(data, looseValue(data, m.value))
	} else if len(data) > 0 && data[0] == '{' {
		i = skipSpace(data, 1)
	}
	if i == broken || i >= len(data) || data[i] != '"' {
		return false
	}
	m.name, m.nameEnd = i+1, looseString(data, i+1)
	m.value = afterColon(data, m.nameEnd)
	return m.value != broken && m.value < len(data) && kinds[data[m.value]] != Missing
}

// isNamed compares the member's name.
func (m *members) isNamed(name string) bool {
	text := m.data[m.name : m.nameEnd-1]
	if len(text) == len(name) {
		return string(text) == name && isPlainName(name)
	}
	return len(text) > len(name) && isOddName(m.data[m.name:m.nameEnd], name)
}

// Members goes through the members of an object, in the order of the text: name, which is a string, and value.
//
//	for name, value := range v.Members() {
//		if name.Is("id") { … }
//	}
//
// It ends at the end of the object or where that is broken. It allocates nothing.
func (v Value) Members() iter.Seq2[Value, Value] {
	return func(yield func(name, value Value) bool) { v.members(yield) }
}

func (v Value) members(yield func(name, value Value) bool) {
	for m := beginMembers(v.data); m.next(); {
		if !yield(Value{m.data[m.name-1:]}, Value{m.data[m.value:]}) {
			return
		}
	}
}

// Elements goes through the elements of an array: place and value. It ends at the end of the array or where that is
// broken. It allocates nothing.
func (v Value) Elements() iter.Seq2[int, Value] {
	return func(yield func(n int, value Value) bool) { v.elements(yield) }
}

func (v Value) elements(yield func(n int, value Value) bool) {
	i := findElement(v.data, 0)
	for n := 0; i != broken && i < len(v.data) && kinds[v.data[i]] != Missing; n++ {
		if !yield(n, Value{v.data[i:]}) {
			return
		}
		i = afterComma(v.data, looseValue(v.data, i))
	}
}
