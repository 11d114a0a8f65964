package jsonfast

// This file appends strings. Most are short and hold nothing to escape, so they are looked at and copied in one pass, eight bytes
// at a time, with the last eight overlapping what is done already, and judged at the end: if there was something special, all of
// it is done again by the long way, which writes over it. Long strings go that way from the start: there a kernel finds how far a
// string may be copied at once.
//
// Eight bytes at a time (Mycroft's way): in x - 0x01…01 the high bit of a byte is set if that byte was zero, or if a
// lower one borrowed; so the lowest high bit that is set is right, and so is the question whether there is one.

import (
	"encoding/binary"
	"unicode/utf8"
	"unsafe"

	"github.com/covetgo/covet/jsonfast/asm"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080

	longStringBytesMin = 48 // of a string that a kernel looks at: BenchmarkAppendString
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

// lead is what stands before a value: up to leadBytesMax bytes, all of which are written so that it needs no call.
type lead struct {
	text [leadBytesMax]byte
	size uint8
}

const leadBytesMax = 32

func newLead(text string) *lead {
	l := &lead{size: uint8(len(text))}
	copy(l.text[:], text)
	return l
}

// put writes what stands before a value. There must be room for leadBytesMax bytes.
func (l *lead) put(dst []byte) []byte {
	n := len(dst)
	*(*[leadBytesMax]byte)(dst[n : n+leadBytesMax : n+leadBytesMax]) = l.text
	return dst[:n+int(l.size)]
}

var onlyQuote = newLead(`"`)

func appendString(dst []byte, str string, html bool) []byte {
	return appendText(dst, onlyQuote, str, html)
}

// appendText writes a string and what stands before it, its opening quote included. One that is short and plain is written by two
// moves that overlap, or by as many as it has words. What HTML minds is taken for special in any case: where it is not,
// the long way knows.
func appendText(dst []byte, before *lead, str string, html bool) []byte {
	n, size := len(dst), len(str)
	if cap(dst)-n < leadBytesMax+size+len(`"`) {
		return appendTight(dst, before, str, html)
	}
	if size >= longStringBytesMin {
		return appendRest(before.put(dst), bytesOf(str), html)
	}
	*(*[leadBytesMax]byte)(dst[n : n+leadBytesMax : n+leadBytesMax]) = before.text
	n += int(before.size)
	s, out := bytesOf(str), dst[:n+size+len(`"`)]
	out[n+size] = '"'
	var odd uint64
	switch {
	case size >= 8:
		for i := 0; i < size-8; i += 8 {
			w := binary.LittleEndian.Uint64(s[i : i+8 : i+8])
			binary.LittleEndian.PutUint64(out[n+i:n+i+8:n+i+8], w)
			odd |= special(w, true)
		}
		w := binary.LittleEndian.Uint64(s[size-8 : size : size])
		binary.LittleEndian.PutUint64(out[n+size-8:n+size:n+size], w)
		odd |= special(w, true)
	case size >= 4:
		first, last := binary.LittleEndian.Uint32(s[:4:4]), binary.LittleEndian.Uint32(s[size-4:size:size])
		binary.LittleEndian.PutUint32(out[n:n+4:n+4], first)
		binary.LittleEndian.PutUint32(out[n+size-4:n+size:n+size], last)
		odd = special(uint64(first)|uint64(last)<<32, true)
	case size > 0:
		const filler = 'a' * (ones &^ 0xffffff)
		first, middle, last := s[0], s[size/2], s[size-1]
		out[n], out[n+size/2], out[n+size-1] = first, middle, last
		odd = special(uint64(first)|uint64(middle)<<8|uint64(last)<<16|filler, true)
	}
	if odd != 0 {
		return appendRest(dst[:n], s, html)
	}
	return out
}

// appendTight is appendText where there is not room for all that it may touch. A string alone that does fit is written without
// more room: the caller's memory may be as large as that on purpose. In a document room is made, and the next one that comes to the
// same memory has it.
func appendTight(dst []byte, before *lead, str string, html bool) []byte {
	if before == onlyQuote && cap(dst)-len(dst) >= len(str)+len(`""`) {
		return appendRest(append(dst, '"'), bytesOf(str), html)
	}
	return appendText(grow(dst, leadBytesMax+len(str)+len(`"`)), before, str, html)
}

// isPlain reports whether a byte may stand in a string as it is, and is ASCII.
func isPlain(c byte, html bool) bool {
	return c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' && !(html && (c == '<' || c == '>' || c == '&'))
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
