package jsonfast

// This file finds places in a text for the lazy reader: members, elements, and the ends of what lies between. The loose functions
// are the skip functions of scan.go without the checks: they trust what they pass over.

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/covetgo/covet/jsonfast/asm"
)

// quoteStop marks the quotes and backslashes of a word. The lowest mark is exact.
func quoteStop(w uint64) uint64 {
	return (((w ^ '"'*ones) - ones) | ((w ^ '\\'*ones) - ones)) &^ w & highs
}

// looseString returns the place behind the closing quote; i is behind the opening one.
func looseString(data []byte, i int) int {
	for {
		for i+8 <= len(data) {
			m := quoteStop(binary.LittleEndian.Uint64(data[i:]))
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		for i < len(data) && data[i] != '"' && data[i] != '\\' {
			i++
		}
		if i >= len(data) {
			return broken
		}
		if data[i] == '"' {
			return i + 1
		}
		if i += 2; i > len(data) {
			return broken
		}
	}
}

// bracketStop marks the quotes and brackets of a word. Brackets of one kind differ in one bit. The lowest mark is exact.
func bracketStop(w uint64) uint64 {
	folded := w | 0x20*ones
	return (((w ^ '"'*ones) - ones) | ((folded ^ '{'*ones) - ones) | ((folded ^ '}'*ones) - ones)) &^ w & highs
}

// looseNested returns the place behind the bracket that closes an object or array; i is behind the one that opens it.
func looseNested(data []byte, i int) int {
	if isWorthWalking(data[i:]) {
		return walkNested(data, i)
	}
	for depth := 1; ; {
		for i+8 <= len(data) {
			m := bracketStop(binary.LittleEndian.Uint64(data[i:]))
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		for i < len(data) && !isBracket(data[i]) {
			i++
		}
		if i >= len(data) {
			return broken
		}
		switch data[i] {
		case '"':
			if i = looseString(data, i+1); i == broken {
				return broken
			}
		case '{', '[':
			depth++
			i++
		default:
			i++
			if depth--; depth == 0 {
				return i
			}
		}
	}
}

// isBracket reports whether c is a quote or a bracket.
func isBracket(c byte) bool { return c == '"' || c|0x20 == '{' || c|0x20 == '}' }

// scalarEnds tells the bytes that end a number or a word.
var scalarEnds = [256]bool{' ': true, '\t': true, '\n': true, '\r': true, ',': true, ']': true, '}': true, ':': true, '"': true, '[': true, '{': true}

// looseScalar returns the place behind a number or a word.
func looseScalar(data []byte, i int) int {
	for i < len(data) && !scalarEnds[data[i]] {
		i++
	}
	return i
}

// endsScalar reports whether a number or a word that goes up to i ends there.
func endsScalar(data []byte, i int) bool { return i >= len(data) || scalarEnds[data[i]] }

// looseValue returns the place behind the value at i, or broken if there is none.
func looseValue(data []byte, i int) int {
	if i >= len(data) {
		return broken
	}
	switch kinds[data[i]] {
	case Missing:
		return broken
	case String:
		return looseString(data, i+1)
	case Array, Object:
		return looseNested(data, i+1)
	}
	return looseScalar(data, i+1)
}

// findMember returns the place of the value of the first member of that name in the object at i, or broken.
func findMember(data []byte, i int, name string) int {
	if i >= len(data) || data[i] != '{' {
		return broken
	}
	i = skipSpace(data, i+1)
	for i < len(data) && data[i] == '"' {
		end, hit := matchName(data, i+1, name)
		if i = afterColon(data, end); i == broken || hit {
			return i
		}
		if i = afterComma(data, looseValue(data, i)); i == broken {
			return broken
		}
	}
	return broken
}

// matchName compares the name that starts at i with one, and returns the place behind its quote.
func matchName(data []byte, i int, name string) (end int, hit bool) {
	if end = i + len(name); end < len(data) && data[end] == '"' && string(data[i:end]) == name && isPlainName(name) {
		return end + 1, true
	}
	end = looseString(data, i)
	if end == broken {
		return broken, false
	}
	return end, end-1-i > len(name) && isOddName(data[i:end], name)
}

// isPlainName reports whether a name stands in a text as it is, if it does at all.
func isPlainName(name string) bool {
	return strings.IndexByte(name, '\\') < 0 && strings.IndexByte(name, '"') < 0
}

// isOddName compares a name that is longer in the text than it means to be: with its quote, it has an escape.
func isOddName(text []byte, name string) bool {
	for _, c := range text {
		if c == '\\' {
			return isString(text, 0, name)
		}
	}
	return false
}

// isString reports whether the string that starts at i says s. If i is broken it does not.
func isString(data []byte, i int, s string) bool {
	if i == broken {
		return false
	}
	return saysString(data, i, s)
}

func saysString(data []byte, i int, s string) bool {
	for {
		j := stringRun(data, i)
		run := data[i:j]
		if !strings.HasPrefix(s, stringOf(run)) || j >= len(data) {
			return false
		}
		s = s[len(run):]
		if data[j] == '"' {
			return s == ""
		}
		if data[j] != '\\' {
			return false
		}
		var room [utf8.UTFMax]byte
		char, next := appendUnescaped(room[:0], data, j)
		if next == broken || !strings.HasPrefix(s, stringOf(char)) {
			return false
		}
		s, i = s[len(char):], next
	}
}

// afterColon returns the place of a member's value; i is behind its name, or broken.
func afterColon(data []byte, i int) int {
	if i == broken {
		return broken
	}
	if i < len(data) && data[i] != ':' {
		i = skipSpace(data, i)
	}
	if i >= len(data) || data[i] != ':' {
		return broken
	}
	if i++; i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	return i
}

// afterComma returns the place of the next member or element; i is behind the one before, or broken. Behind the last one
// it is broken.
func afterComma(data []byte, i int) int {
	if i == broken {
		return broken
	}
	if i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	if i >= len(data) || data[i] != ',' {
		return broken
	}
	if i++; i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	return i
}

// findElement returns the place of the element n of the array that data starts with, or broken.
func findElement(data []byte, n int) int {
	if len(data) == 0 || data[0] != '[' || n < 0 {
		return broken
	}
	i := 0
	if n > 0 && isWorthWalking(data) {
		i = walkToElement(data, n)
	} else {
		i = skipSpace(data, 1)
		for ; n > 0 && i != broken; n-- {
			i = afterComma(data, looseValue(data, i))
		}
	}
	if i == broken || i >= len(data) || kinds[data[i]] == Missing {
		return broken
	}
	return i
}

// longInt reads an integer of any length.
func longInt(number []byte) (int64, bool) {
	n, err := strconv.ParseInt(stringOf(number), 10, 64)
	return n, err == nil
}

// longUint is longInt without a sign.
func longUint(number []byte) (uint64, bool) {
	n, err := strconv.ParseUint(stringOf(number), 10, 64)
	return n, err == nil
}

// appendUnquoted appends what the string says that starts at i, and returns the place behind its quote.
func appendUnquoted(dst, data []byte, i int) ([]byte, int) {
	for {
		j, odd := textRun(data, i)
		if odd&asm.NotUTF8 != 0 {
			dst = appendUTF8(dst, data[i:j])
		} else {
			dst = append(dst, data[i:j]...)
		}
		if j >= len(data) || data[j] < ' ' {
			return dst, broken
		}
		if data[j] == '"' {
			return dst, j + 1
		}
		for i = j; i < len(data) && data[i] == '\\'; { // escapes like company
			if dst, i = appendUnescaped(dst, data, i); i == broken {
				return dst, broken
			}
		}
	}
}
