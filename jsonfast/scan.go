package jsonfast

// This file knows where things end: white space, strings, numbers, words, values. The skip functions take a place
// and return the place behind what starts there, or broken. They check all that RFC 8259 says about it; bytes in a string
// that are no UTF-8 pass, as they do in encoding/json.

import (
	"encoding/binary"
	"math/bits"

	"github.com/covetgo/covet/jsonfast/asm"
)

const (
	broken         = -1
	depthLevelsMax = 10000 // objects and arrays within each other; encoding/json has the same limit
)

// skipSpace returns the place of the first byte from i on that is no white space. Mostly that is behind the end of a line and
// the next one's indentation, which is passed eight spaces at a time.
func skipSpace(data []byte, i int) int {
	if i < len(data) && data[i] == '\n' {
		i = skipSpaces(data, i+1)
	}
	for i < len(data) && data[i] <= ' ' {
		switch data[i] {
		case ' ', '\t', '\r':
			i++
		case '\n':
			i = skipSpaces(data, i+1)
		default:
			return i
		}
	}
	return i
}

// isSpaceByte reports whether c is white space.
func isSpaceByte(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// skipSpaces passes a line's indentation, but for what is left of it in the text's last bytes.
func skipSpaces(data []byte, i int) int {
	rest := data[i:]
	for ; len(rest) >= 16; rest = rest[16:] {
		a, b := binary.LittleEndian.Uint64(rest)^' '*ones, binary.LittleEndian.Uint64(rest[8:])^' '*ones
		if a != 0 {
			return len(data) - len(rest) + bits.TrailingZeros64(a)>>3
		}
		if b != 0 {
			return len(data) - len(rest) + 8 + bits.TrailingZeros64(b)>>3
		}
	}
	return len(data) - len(rest)
}

// stringStop marks the bytes of a word that end a run within a string: a quote, a backslash, a control. The lowest
// mark is exact.
func stringStop(w uint64) uint64 {
	return ((w - 0x20*ones) | ((w ^ '"'*ones) - ones) | ((w ^ '\\'*ones) - ones)) &^ w & highs
}

// stringRun returns the place of the first quote, backslash or control from i on, or len(data).
func stringRun(data []byte, i int) int {
	for ; i+8 <= len(data); i += 8 {
		if m := stringStop(binary.LittleEndian.Uint64(data[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(data); i++ {
		if c := data[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// wordAt returns the eight bytes from i on, which is not beyond the text; what is not in the text any more is zero. A text has
// eight bytes at least.
func wordAt(data []byte, i int) uint64 {
	if i+8 <= len(data) {
		return binary.LittleEndian.Uint64(data[i:])
	}
	return binary.LittleEndian.Uint64(data[len(data)-8:]) >> (8 * uint(i+8-len(data)))
}

const asciiRunBytesMax = 32 // bytes that are looked at word by word; in longer strings a kernel goes on

// asciiRun returns the place of the first byte from i on that is no plain ASCII of a string, or one before that.
func asciiRun(data []byte, i int) int {
	for stop := min(i+asciiRunBytesMax, len(data)-7); i < stop; i += 8 {
		if m := special(binary.LittleEndian.Uint64(data[i:]), false); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	if i > len(data)-8 {
		for ; i < len(data) && isPlain(data[i], false); i++ {
		}
	}
	return i
}

// textRun returns the place of the first quote, backslash or control from i on, or len(data), and what is odd about the text
// before it.
func textRun(data []byte, i int) (end int, odd uint64) {
	if i = asciiRun(data, i); i < len(data) && (data[i] == '"' || data[i] == '\\') {
		return i, 0
	}
	return asm.Text(data, i, asm.Quotes)
}

// skipString returns the place behind the closing quote; i is behind the opening one.
func skipString(data []byte, i int) int {
	for {
		i = stringRun(data, i)
		if i >= len(data) {
			return broken
		}
		switch data[i] {
		case '"':
			return i + 1
		case '\\':
			for i < len(data) && data[i] == '\\' { // escapes like company
				if i = skipEscape(data, i); i == broken {
					return broken
				}
			}
		default: // RFC 8259 §7: controls must be escaped
			return broken
		}
	}
}

// skipEscape returns the place behind an escape; i is at the backslash.
func skipEscape(data []byte, i int) int {
	if i+1 >= len(data) {
		return broken
	}
	switch data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if hex4(data, i+2) >= 0 {
			return i + 6
		}
	}
	return broken
}

// hex4 returns the number of the four hexadecimal digits at i, or broken.
func hex4(data []byte, i int) rune {
	if i+4 > len(data) {
		return broken
	}
	a, b, c, d := hexValues[data[i]], hexValues[data[i+1]], hexValues[data[i+2]], hexValues[data[i+3]]
	if a|b|c|d > 15 {
		return broken
	}
	return rune(a)<<12 | rune(b)<<8 | rune(c)<<4 | rune(d)
}

const noHex = 0xff

// hexValues has the value of each hexadecimal digit.
var hexValues = func() (values [256]byte) {
	for c := range values {
		switch {
		case c >= '0' && c <= '9':
			values[c] = byte(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			values[c] = byte(c|0x20-'a') + 10
		default:
			values[c] = noHex
		}
	}
	return values
}()

// skipNumber returns the place behind a number (RFC 8259 §6).
func skipNumber(data []byte, i int) int {
	if i < len(data) && data[i] == '-' {
		i++
	}
	if i >= len(data) {
		return broken
	}
	switch c := data[i]; {
	case c == '0':
		i++
	case c >= '1' && c <= '9':
		i = skipDigits(data, i+1)
	default:
		return broken
	}
	if i < len(data) && data[i] == '.' {
		start := i + 1
		if i = skipDigits(data, start); i == start {
			return broken
		}
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		if i++; i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		start := i
		if i = skipDigits(data, start); i == start {
			return broken
		}
	}
	return i
}

// skipDigits returns the place of the first byte from i on that is no digit.
func skipDigits(data []byte, i int) int {
	for ; i+8 <= len(data); i += 8 {
		w := binary.LittleEndian.Uint64(data[i:]) ^ '0'*ones
		if others := ((w + 0x76*ones) | w) & highs; others != 0 {
			return i + bits.TrailingZeros64(others)>>3
		}
	}
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return i
}

// skipWord returns the place behind true, false or null, or broken.
func skipWord(data []byte, i int) int {
	rest := data[i:]
	switch {
	case len(rest) >= 4 && (string(rest[:4]) == "true" || string(rest[:4]) == "null"):
		return i + 4
	case len(rest) >= 5 && string(rest[:5]) == "false":
		return i + 5
	}
	return broken
}

// skipValue returns the place behind the value at i, where there is no white space. depth counts what it lies in.
func skipValue(data []byte, i, depth int) int {
	if i >= len(data) {
		return broken
	}
	switch data[i] {
	case '"':
		return skipString(data, i+1)
	case '{':
		return skipObject(data, i+1, depth+1)
	case '[':
		return skipArray(data, i+1, depth+1)
	case 't', 'f', 'n':
		return skipWord(data, i)
	}
	return skipNumber(data, i)
}

// What comes behind an element (white space, then a comma or the closing bracket) is written out here and in the loops
// of decany.go, decslice.go and decstruct.go. As a function, which is too large to be inlined, it made decoding 1.1 to
// 1.3 times and Valid 1.05 to 1.4 times slower (BenchmarkJSON, six alternating runs).

// skipObject is skipValue for an object; i is behind the bracket.
func skipObject(data []byte, i, depth int) int {
	if depth > depthLevelsMax {
		return broken
	}
	if i = skipSpace(data, i); i < len(data) && data[i] == '}' {
		return i + 1
	}
	for i < len(data) && data[i] == '"' {
		if i = skipString(data, i+1); i == broken {
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
		if i = skipValue(data, i, depth); i == broken {
			return broken
		}
		if i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
		if i >= len(data) {
			return broken
		}
		if data[i] == '}' {
			return i + 1
		}
		if data[i] != ',' {
			return broken
		}
		if i++; i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
	}
	return broken
}

// skipArray is skipValue for an array; i is behind the bracket.
func skipArray(data []byte, i, depth int) int {
	if depth > depthLevelsMax {
		return broken
	}
	if i = skipSpace(data, i); i < len(data) && data[i] == ']' {
		return i + 1
	}
	for {
		if i = skipValue(data, i, depth); i == broken {
			return broken
		}
		if i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
		if i >= len(data) {
			return broken
		}
		if data[i] == ']' {
			return i + 1
		}
		if data[i] != ',' {
			return broken
		}
		if i++; i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
	}
}
