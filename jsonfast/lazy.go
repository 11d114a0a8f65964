package jsonfast

// This file holds Value, the lazy reader: one place in a text, from which what is wanted is looked for when it is asked for.
// What is on the way is passed over by its brackets and quotes alone (lazyskip.go), what is handed out is read in full.

import (
	"time"

	"github.com/covetgo/covet/jsonfast/asm"
)

// Value is a JSON value that has not been read: a view of the text from the value's first byte on. Looking for a member or
// an element reads up to there and no further, and allocates nothing. The zero Value is one that is missing; what is
// looked for in it is missing as well, so that a chain needs one question at its end:
//
//	city, ok := jsonfast.View(body).Get("customer", "address").Get("city").AppendText(buf[:0])
//
// A Value lives as long as the text does, and nobody may write to that meanwhile. Values may be copied and used by many
// goroutines.
//
// # What is not checked
//
// Valid says whether a text is JSON; who needs to know that asks it first. A Value trusts the parts that it passes over: it
// counts brackets without comparing their kinds, takes what lies between quotes for a string, and any run of other bytes
// for a number or a word. Commas and colons of the objects and arrays on the way down are checked, and so is each value
// that a method returns: Int does not return the first half of 12x. Broken text can make a value seem missing, or be found
// where a strict reader had given up; it never causes a panic, nor more work than in proportion to the text.
//
// Of several members of one name the first is found, where Unmarshal keeps the last: the text behind it is not looked at.
// Options.RejectDuplicates is for texts where that would matter.
type Value struct {
	data []byte // from the first byte of the value to the end of the text; empty if it is missing
}

// Kind is what a value is, by its first byte.
type Kind uint8

// The kinds of values.
const (
	Missing Kind = iota // not there, or not the beginning of a value
	Null
	Bool
	Number
	String
	Array
	Object
)

// kinds has the kind of a value for each first byte.
var kinds = func() (kinds [256]Kind) {
	for c := byte('0'); c <= '9'; c++ {
		kinds[c] = Number
	}
	kinds['-'], kinds['n'], kinds['t'], kinds['f'] = Number, Null, Bool, Bool
	kinds['"'], kinds['['], kinds['{'] = String, Array, Object
	return kinds
}()

var kindNames = [...]string{"missing", "null", "bool", "number", "string", "array", "object"}

// String names a kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[Missing]
}

// View returns the value that a text is. Nothing is read yet.
func View(data []byte) Value { return Value{data[skipSpace(data, 0):]} }

// at returns the value at a place, or none.
func (v Value) at(i int) Value {
	if i == broken {
		return Value{}
	}
	return Value{v.data[i:]}
}

// Kind returns what the value is, judged by its first byte.
func (v Value) Kind() Kind {
	if len(v.data) == 0 {
		return Missing
	}
	return kinds[v.data[0]]
}

// Exists reports whether there is a value.
func (v Value) Exists() bool { return v.Kind() != Missing }

// Get goes down by the names of members, one per level, and returns the value there. Names are compared as the text
// means them, whatever is written as an escape.
func (v Value) Get(names ...string) Value {
	if isWorthWalking(v.data) && v.data[0] == '{' {
		return v.at(walkToMember(v.data, names))
	}
	i := 0
	for _, name := range names {
		if i = findMember(v.data, i, name); i == broken {
			return Value{}
		}
	}
	return Value{v.data[i:]}
}

// Index returns the element of an array at place n, from 0.
func (v Value) Index(n int) Value { return v.at(findElement(v.data, n)) }

// Pick looks for several members of one object in one pass: out[n] becomes the member of name names[n], or missing. It stops
// when all are found, and returns how many that are. It panics if out is shorter than names.
func (v Value) Pick(out []Value, names ...string) (found int) {
	out = out[:len(names)]
	clear(out)
	if len(names) == 0 {
		return 0
	}
	if isWorthWalking(v.data) && v.data[0] == '{' {
		return pickMembers(v.data, out, names)
	}
	for m := beginMembers(v.data); found < len(names) && m.next(); {
		for n, name := range names {
			if len(out[n].data) == 0 && m.isNamed(name) {
				out[n] = Value{m.data[m.value:]}
				found++
				break
			}
		}
	}
	return found
}

// Raw returns the bytes of the value, without white space around it, or nil if it is missing or does not end. Its end is found
// without checking what is inside; see Valid.
func (v Value) Raw() []byte {
	end := looseValue(v.data, 0)
	if end == broken {
		return nil
	}
	return v.data[:end:end]
}

// Valid reports whether the value is JSON to its end. What comes behind it in the text does not count.
func (v Value) Valid() bool {
	end := skipValue(v.data, 0, 0)
	return end != broken && (v.Kind() >= String || endsScalar(v.data, end))
}

// Unmarshal stores the value in what to points to, as the function of that name does, which checks it.
func (v Value) Unmarshal(to any) error { return Unmarshal(v.Raw(), to) }

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.isWord("null") }

// isWord reports whether the value is a word, and that only.
func (v Value) isWord(word string) bool {
	n := len(word)
	return len(v.data) >= n && string(v.data[:n]) == word && endsScalar(v.data, n)
}

// Bool returns a boolean; ok is false if the value is none.
func (v Value) Bool() (b, ok bool) {
	b = v.isWord("true")
	return b, b || v.isWord("false")
}

// Int returns a number that is an integer and fits. Like encoding/json it takes 1.0 and 1e2 for none.
func (v Value) Int() (n int64, ok bool) {
	n, end, ok := readInt(v.data, 0)
	if ok && endsScalar(v.data, end) {
		return n, true
	}
	return longInt(v.Number())
}

// Uint is Int for what is not negative.
func (v Value) Uint() (n uint64, ok bool) {
	if i, end, ok := readInt(v.data, 0); ok && v.data[0] != '-' && endsScalar(v.data, end) {
		return uint64(i), true
	}
	return longUint(v.Number())
}

// Float returns a number; ok is false if the value is none or is beyond a float64.
func (v Value) Float() (f float64, ok bool) {
	if v.Kind() != Number {
		return 0, false
	}
	f, end, ok := readFloat(v.data, 0)
	if !ok || !endsScalar(v.data, end) {
		return 0, false
	}
	return f, true
}

// Number returns the text of a number, or nil if the value is none.
func (v Value) Number() []byte {
	end := skipNumber(v.data, 0)
	if end == broken || !endsScalar(v.data, end) {
		return nil
	}
	return v.data[:end:end]
}

// Text returns what a string says: a view of the text if that says it already, and otherwise scratch with it, from its
// beginning and made longer if need be. What is no UTF-8 becomes U+FFFD. ok is false if the value is no string.
func (v Value) Text(scratch []byte) (text []byte, ok bool) {
	if v.Kind() != String {
		return nil, false
	}
	if j, odd := textRun(v.data, 1); j < len(v.data) && v.data[j] == '"' && odd&asm.NotUTF8 == 0 {
		return v.data[1:j:j], true
	}
	return v.AppendText(scratch[:0])
}

// AppendText appends what a string says. If the value is no string, dst is returned as it was.
func (v Value) AppendText(dst []byte) (text []byte, ok bool) {
	if v.Kind() != String {
		return dst, false
	}
	out, end := appendUnquoted(dst, v.data, 1)
	if end == broken {
		return dst, false
	}
	return out, true
}

// String returns what a string says, as a copy, and every other value as its bytes.
func (v Value) String() string {
	if text, ok := v.AppendText(nil); ok {
		return string(text)
	}
	return string(v.Raw())
}

// Is reports whether the value is a string that says s. It is made for names.
func (v Value) Is(s string) bool { return v.Kind() == String && isString(v.data, 1, s) }

// Time returns the time that a string says by RFC 3339.
func (v Value) Time() (t time.Time, ok bool) {
	text, ok := v.Text(nil)
	if !ok || t.UnmarshalText(text) != nil {
		return time.Time{}, false
	}
	return t, true
}
