package jsonfast

// This file goes through an object or array from separator to separator: the colons behind its names or the commas between its
// elements, and not those of what lies within. The kernel of jsonfast/asm says where brackets and separators are, 64
// bytes at a time; here they are counted. Names are compared from their ends: what a member's value is need not be known to pass it.

import (
	"math/bits"

	"github.com/covetgo/covet/jsonfast/asm"
)

// walker is a place in an object or array.
type walker struct {
	data             []byte
	at               int // of the block
	asm.NestingBlock     // what of the block comes next
	depth            int // objects and arrays around it, within the one that is gone through
	next             int // where the blocks go on that have not been asked for
	blocks           asm.NestingMasks
	count            int // of blocks that are there
	used             int
	ask              int // how many to ask for next: few at first
	strings          asm.NestingState
	slashEnd         int // where the blocks end that had a backslash
	separator        byte
}

// begin starts behind an opening bracket.
func (w *walker) begin(data []byte, i int, separator byte) {
	w.data, w.at, w.next, w.separator, w.ask = data, i, i, separator, asm.NestingBlocks/2
}

// run returns the next separators, as bits of the block at w.at: those before the next bracket. It is zero behind the last one.
func (w *walker) run() uint64 {
	for {
		if w.depth == 0 {
			brackets := w.Opens | w.Closes
			before := (brackets & -brackets) - 1
			if s := w.Separators & before; s != 0 {
				w.Separators &^= before
				return s
			}
		}
		if w.Opens|w.Closes == 0 {
			if !w.load() {
				return 0
			}
			continue
		}
		if closes := bits.OnesCount64(w.Closes); closes < w.depth { // this block cannot lead back
			w.depth += bits.OnesCount64(w.Opens) - closes
			w.Opens, w.Closes = 0, 0
			continue
		}
		if !w.bracket() {
			return 0
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
		if w.used, w.ask = 0, asm.NestingBlocks; w.count == 0 {
			return false
		}
		if w.strings[2] != 0 {
			w.strings[2], w.slashEnd = 0, w.next+w.count*asm.BlockBytes
		}
	}
	w.NestingBlock, w.at = w.blocks.At(w.used), w.next
	w.used++
	w.next += asm.BlockBytes
	return true
}

// walkToMember is what Get does by the kernel: down by names from the object that data starts with.
func walkToMember(data []byte, names []string) int {
	var w walker
	w.begin(data, 1, ':')
	i := 0
	for level, name := range names {
		if level > 0 && !w.enter(i) {
			return broken
		}
		colon := w.named(i+1, name)
		if colon == broken {
			return broken
		}
		i = afterColon(data, colon)
		if i == broken || i >= len(data) || level < len(names)-1 && data[i] != '{' {
			return broken
		}
	}
	return i
}

// enter goes into the object at i, which is the value behind the separator that was found last.
func (w *walker) enter(i int) bool {
	for i >= w.at+asm.BlockBytes {
		if !w.load() {
			return false
		}
	}
	upTo := uint64(2)<<(i-w.at) - 1
	w.Separators &^= upTo
	w.Opens &^= upTo
	return true
}

// named returns the place of the colon behind a name of the object whose members begin at first. What is checked here of most
// names is where their quotes are; matches looks at what remains.
func (w *walker) named(first int, name string) int {
	data, before := w.data, first
	for run := w.run(); run != 0; run = w.run() {
		for ; run != 0; run &= run - 1 {
			colon := w.at + bits.TrailingZeros64(run)
			start := colon - len(name) - 2
			if before < w.slashEnd || data[colon-1] != '"' || start >= first && data[start] == '"' {
				if matches(data[first:colon], name, before < w.slashEnd) {
					return colon
				}
			}
			before = colon
		}
	}
	return broken
}

// matches reports whether a text, which is an object up to a colon, ends with a name in quotes. slashes says that there may be a
// backslash in the name.
func matches(text []byte, name string, slashes bool) bool {
	end := nameEnd(text)
	return endsWithName(text, end, name) && isSurelyName(text, end, name, slashes) || slashes && isString(text, oddName(text, end), name)
}

// nameEnd returns the place of the quote that closes the name before a colon, or broken.
func nameEnd(text []byte) int {
	end := len(text) - 1
	for end >= 0 && text[end] != '"' {
		if !isSpaceByte(text[end]) {
			return broken
		}
		end--
	}
	return end
}

// endsWithName reports whether a name in quotes stands before end, as far as bytes tell.
func endsWithName(text []byte, end int, name string) bool {
	start := end - len(name)
	return start > 0 && text[start-1] == '"' && string(text[start:end]) == name
}

// isSurelyName excludes that bytes like those of a name are more or less than that: a name with a quote in it would span two
// strings, and behind a backslash a quote opens nothing.
func isSurelyName(text []byte, end int, name string, slashes bool) bool {
	for i := range len(name) {
		if name[i] == '"' || name[i] == '\\' {
			return false
		}
	}
	start := end - len(name) - 1
	return !slashes || start == 0 || text[start-1] != '\\'
}

// oddName returns the place behind the opening quote of the name before end if it has escapes in it, or broken.
func oddName(text []byte, end int) int {
	slashes := false
	for start := end - 1; start >= 0; start-- {
		switch text[start] {
		case '\\':
			slashes = true
		case '"':
			if isEscaped(text, start) {
				continue
			}
			if slashes {
				return start + 1
			}
			return broken
		}
	}
	return broken
}

// isEscaped reports whether an odd number of backslashes stands before i.
func isEscaped(text []byte, i int) bool {
	n := 0
	for n < i && text[i-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// walkToElement is findElement by the kernel, for n above zero.
func walkToElement(data []byte, n int) int {
	var w walker
	w.begin(data, 1, ',')
	for run := w.run(); run != 0; run = w.run() {
		for ; run != 0; run &= run - 1 {
			if n--; n == 0 {
				return skipSpace(data, w.at+bits.TrailingZeros64(run)+1)
			}
		}
	}
	return broken
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
	w.begin(data, 1, ':')
	before := 1
	for run := w.run(); run != 0; run = w.run() {
		for ; run != 0; run &= run - 1 {
			colon := w.at + bits.TrailingZeros64(run)
			text, slashes := data[1:colon], before < w.slashEnd
			end, odd := nameEnd(text), broken
			if slashes {
				odd = oddName(text, end)
			}
			for n, name := range names {
				if len(out[n].data) > 0 || !(endsWithName(text, end, name) && isSurelyName(text, end, name, slashes)) && !isString(text, odd, name) {
					continue
				}
				if i := afterColon(data, colon); i != broken && i < len(data) {
					out[n] = Value{data[i:]}
					if found++; found == len(names) {
						return found
					}
				}
				break
			}
			before = colon
		}
	}
	return found
}

// isWorthWalking reports whether the kernel is the faster way through a text.
func isWorthWalking(data []byte) bool { return len(data) >= asm.BlockBytes && asm.Vectors() }
