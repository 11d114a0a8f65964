package jsonfast

// This file appends strings. Most are short and hold nothing to escape, so they are looked at and copied in one pass,
// eight bytes at a time, with the last eight overlapping what is done already. The first byte that needs more than
// copying ends the straight line: slowString goes on from there. Long strings are left to a kernel from the start: it finds how
// far a string may be copied at once.
//
// Eight bytes at a time (Mycroft's way): in x - 0x01…01 the high bit of a byte is set if that byte was zero, or if a
// lower one borrowed; so the lowest high bit that is set is right, and so is the question whether there is one.

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"

	"github.com/covetgo/covet/jsonfast/asm"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080

	longStringBytesMin = 64 // of a string that a kernel looks at: BenchmarkAppendString
)

// AppendString appends a string in quotes as encoding/json does by default: what HTML could take for its own (<, >, &) and
// the two line ends of JavaScript, U+2028 and U+2029, are escaped, and bytes that are no UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte { return appendString(dst, s, true) }

// AppendStringRaw is AppendString without escapes for HTML, as after SetEscapeHTML(false).
func AppendStringRaw(dst []byte, s string) []byte { return appendString(dst, s, false) }

// bytesOf views a string as bytes.
func bytesOf(s string) []byte {
	// SAFETY: none of our callers writes to them, and the view does not outlive the string.
	return unsafe.Slice(unsafe.StringData(s), len(s))
}

// stringOf views bytes as a string.
func stringOf(b []byte) string {
	// SAFETY: callers either drop the view before anyone may write to b, or own b and never write to it again.
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// special marks the bytes of a word that are no plain ASCII of a string; html adds <, > and &. The lowest mark is
// exact, higher ones may be wrong.
func special(w uint64, html bool) uint64 {
	var quote, angle uint64
	if html {
		quote = (w | 0x04*ones) ^ 0x26*ones          // " is & but for one bit
		angle = ((w | 0x02*ones) ^ 0x3e*ones) - ones // < is > but for one bit
	} else {
		quote = w ^ '"'*ones
	}
	return (w | (w - 0x20*ones) | (quote - ones) | ((w ^ '\\'*ones) - ones) | angle) & highs
}

// appendString writes the opening quote and copies while nothing is special.
func appendString(dst []byte, str string, html bool) []byte {
	s := bytesOf(str)
	dst = room(dst, len(s)+8)
	dst = append(dst, '"')
	n := len(dst)
	out := dst[n : n+len(s)]
	if len(s) < 8 {
		return appendShort(dst, out, s, html)
	}
	if len(s) >= longStringBytesMin {
		return appendRest(dst, s, html)
	}
	i := 0
	for ; i <= len(s)-8; i += 8 {
		w := binary.LittleEndian.Uint64(s[i:])
		binary.LittleEndian.PutUint64(out[i:], w)
		if m := special(w, html); m != 0 {
			return slowString(dst, s, i+bits.TrailingZeros64(m)>>3, html)
		}
	}
	if i < len(s) {
		w := binary.LittleEndian.Uint64(s[len(s)-8:])
		binary.LittleEndian.PutUint64(out[len(s)-8:], w)
		if m := special(w, html); m != 0 {
			return slowString(dst, s, len(s)-8+bits.TrailingZeros64(m)>>3, html)
		}
	}
	return append(dst[:n+len(s)], '"')
}

// appendShort is appendString for less than eight bytes: they are put together to one word.
func appendShort(dst, out, s []byte, html bool) []byte {
	const filler = 'a' * ones
	var w uint64
	switch {
	case len(s) >= 4:
		first, last := binary.LittleEndian.Uint32(s), binary.LittleEndian.Uint32(s[len(s)-4:])
		binary.LittleEndian.PutUint32(out, first)
		binary.LittleEndian.PutUint32(out[len(s)-4:], last)
		w = uint64(first) | uint64(last)<<32
	case len(s) > 0:
		w = filler
		for i, c := range s {
			out[i] = c
			w = w<<8 | uint64(c)
		}
	default:
		return append(dst, '"')
	}
	if special(w, html) != 0 {
		return slowString(dst, s, 0, html)
	}
	return append(dst[:len(dst)+len(s)], '"')
}

// isPlain reports whether a byte may stand in a string as it is, and is ASCII.
func isPlain(c byte, html bool) bool {
	return c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' && !(html && (c == '<' || c == '>' || c == '&'))
}

// slowString appends a string whose first done bytes are plain. Where dst goes on they may or may not have been written.
func slowString(dst, s []byte, done int, html bool) []byte {
	return appendRest(append(dst, s[:done]...), s[done:], html)
}

// appendRest appends what is left of a string, and its closing quote.
func appendRest(dst, s []byte, html bool) []byte {
	set := asm.Quotes
	if html {
		set = asm.HTML
	}
	for i := 0; ; {
		end, odd := asm.Text(s, i, set)
		if odd == 0 {
			dst = append(dst, s[i:end]...)
		} else {
			dst = appendOdd(dst, s[i:end])
		}
		for i = end; i < len(s) && s[i] < utf8.RuneSelf && !isPlain(s[i], html); i++ { // escapes like company
			dst = appendEscape(dst, s[i])
		}
		if i >= len(s) {
			return append(dst, '"')
		}
	}
}

const lineEndsLead = 0xE2 // the first byte of U+2028 and U+2029, and of many symbols

// isLineEnd reports whether s starts with U+2028 or U+2029.
func isLineEnd(s []byte) bool {
	return len(s) >= 3 && s[0] == lineEndsLead && s[1] == 0x80 && s[2]&^1 == 0xA8
}

const hexDigits = "0123456789abcdef"

// appendEscape appends an ASCII character that cannot stand for itself.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendOdd appends text in which there is something that is no UTF-8 or is a line end to JavaScript, and nothing else to
// escape.
func appendOdd(dst, s []byte) []byte {
	start := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[start:i]...), `\ufffd`...)
			start = i + size
		case r&^1 == '\u2028':
			dst = append(append(dst, s[start:i]...), '\\', 'u', '2', '0', '2', hexDigits[r&15])
			start = i + size
		}
		i += size
	}
	return append(dst, s[start:]...)
}
