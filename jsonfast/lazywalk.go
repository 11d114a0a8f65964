package jsonfast

// This file goes through an object or array from separator to separator: the colons behind its names or the commas between its
// elements, and not those of what lies within. The kernel of parser/asm says where brackets and separators are, 64
// bytes at a time; here they are counted. Names are compared from their ends: what a member's value is need not be known to pass it.

import (
	"math/bits"

	"github.com/covetgo/covet/parser/asm"
)

// walker is a place in an object or array.
type walker struct {
	data      []byte
	at        int // of the block
	asm.Block     // what of the block comes next
	depth     int // objects and arrays around it, within the one that is gone through
	next      int // where the blocks go on that have not been asked for
	blocks    asm.Blocks
	count     int // of blocks that are there
	used      int
	ask       int // how many to ask for next: more each time, as whoever is not done soon has far to go
	strings   asm.Strings
	separator byte
}

// begin starts behind an opening bracket.
func (w *walker) begin(data []byte, i int, separator byte) {
	w.data, w.at, w.next, w.separator, w.ask = data, i, i, separator, 1
}

// hadSlash reports whether there was a backslash up to the end of the blocks that were asked for.
func (w *walker) hadSlash() bool { return w.strings[2] != 0 }

// separatorPlace returns the place of the next separator, or broken behind the last one.
func (w *walker) separatorPlace() int {
	for {
		if w.depth == 0 {
			brackets := w.Opens | w.Closes
			if s := w.Separators & ((brackets & -brackets) - 1); s != 0 { // those before the first bracket
				w.Separators &= w.Separators - 1
				return w.at + bits.TrailingZeros64(s)
			}
		}
		if w.Opens|w.Closes == 0 {
			if !w.load() {
				return broken
			}
			continue
		}
		if closes := bits.OnesCount64(w.Closes); closes < w.depth { // this block cannot lead back
			w.depth += bits.OnesCount64(w.Opens) - closes
			w.Opens, w.Closes = 0, 0
			continue
		}
		if !w.bracket() {
			return broken
		}
	}
}

// bracket goes behind the next closing bracket, or if the depth is zero the next opening one, and reports whether that was not
// the end.
func (w *walker) bracket() bool {
	first := w.Closes & -w.Closes
	if w.depth == 0 {
		first = (w.Opens | w.Closes) & -(w.Opens | w.Closes)
	}
	if first == 0 { // only opening ones are left
		w.depth += bits.OnesCount64(w.Opens)
		w.Opens = 0
		return true
	}
	upTo := first | (first - 1)
	w.depth += bits.OnesCount64(w.Opens & upTo)
	if w.Closes&first != 0 {
		w.depth--
	}
	w.Opens &^= upTo
	w.Closes &^= upTo
	w.Separators &^= upTo
	return w.depth >= 0
}

// load goes to the next block, if there is one.
func (w *walker) load() bool {
	if w.used == w.count {
		w.count = asm.Nesting(w.data, w.next, w.ask, w.separator, &w.strings, &w.blocks)
		if w.used, w.ask = 0, 2*w.ask; w.count == 0 {
			return false
		}
	}
	w.Block, w.at = w.blocks.At(w.used), w.next
	w.used++
	w.next += asm.NestingBytes
	return true
}

// walkToMember is findMember by the kernel.
func walkToMember(data []byte, i int, name string) int {
	var w walker
	w.begin(data, i+1, ':')
	for {
		colon := w.separatorPlace()
		if colon == broken {
			return broken
		}
		if endsWithName(data[i+1:colon], name, &w) {
			return afterColon(data, colon)
		}
	}
}

// endsWithName reports whether a text ends with a name in quotes: the text of an object up to a colon. A quote behind a backslash
// is not the one that opens a name.
func endsWithName(text []byte, name string, w *walker) bool {
	end := len(text) - 1
	for end >= 0 && isSpaceByte(text[end]) {
		end--
	}
	if end < 0 || text[end] != '"' {
		return false
	}
	if start := end - len(name); start > 0 && text[start-1] == '"' && string(text[start:end]) == name {
		if !w.hadSlash() || isPlainName(name) && (start == 1 || text[start-2] != '\\') {
			return isPlainName(name)
		}
	}
	return w.hadSlash() && endsWithOddName(text[:end+1], name)
}

// isSpaceByte reports whether c is white space.
func isSpaceByte(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// endsWithOddName is endsWithName where there are backslashes somewhere: text ends with the closing quote.
func endsWithOddName(text []byte, name string) bool {
	slashes := false
	for start := len(text) - 2; start >= 0; start-- {
		switch text[start] {
		case '\\':
			slashes = true
		case '"':
			if !isEscaped(text, start) {
				return slashes && isString(text, start+1, name)
			}
		}
	}
	return false
}

// isEscaped reports whether an odd number of backslashes stands before i.
func isEscaped(text []byte, i int) bool {
	n := 0
	for n < i && text[i-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// walkToElement is findElement by the kernel, for n above zero; the array starts at i.
func walkToElement(data []byte, i, n int) int {
	var w walker
	w.begin(data, i+1, ',')
	for ; n > 0; n-- {
		if i = w.separatorPlace(); i == broken {
			return broken
		}
	}
	return skipSpace(data, i+1)
}

// walkNested returns the place behind the bracket that closes what lies around i.
func walkNested(data []byte, i int) int {
	var w walker
	w.begin(data, i, 0)
	w.depth = 1
	for w.load() {
		if closes := bits.OnesCount64(w.Closes); closes < w.depth {
			w.depth += bits.OnesCount64(w.Opens) - closes
			continue
		}
		for w.Closes != 0 {
			first := w.Closes & -w.Closes
			w.depth += bits.OnesCount64(w.Opens&(first-1)) - 1
			if w.depth == 0 {
				return w.at + bits.TrailingZeros64(first) + 1
			}
			w.Opens &^= first - 1
			w.Closes &^= first
		}
		w.depth += bits.OnesCount64(w.Opens)
	}
	return broken
}

// pickMembers looks for several members at once; out is as long as names.
func pickMembers(data []byte, out []Value, names []string) (found int) {
	var w walker
	for w.begin(data, 1, ':'); found < len(names); {
		colon := w.separatorPlace()
		if colon == broken {
			break
		}
		for n, name := range names {
			if len(out[n].data) > 0 || !endsWithName(data[1:colon], name, &w) {
				continue
			}
			if i := afterColon(data, colon); i < len(data) {
				out[n] = Value{data[i:]}
				found++
			}
			break
		}
	}
	return found
}
