package parser

import "encoding/binary"

// Byte classes: which bytes may stand where (RFC 9110 §5.6, RFC 3986). Each class exists twice: in the table
// class, which is the truth, and for the hot scans as a function that looks at eight bytes in one word.
//
// The word functions return a mask whose lowest set bit is the high bit of the first byte that *may* stop the
// scan. They never miss a stop. They may flag a harmless byte, so the scan asks the table before it refuses:
// that is what keeps them to a handful of instructions. A vector kernel that fills such masks 64 bytes at a
// time can replace them without the walk above noticing.

// The bits of class.
const (
	tchar     = 1 << iota // token: methods, field names, chunk extension names
	fieldChar             // inside a field value: HTAB, SP, VCHAR, obs-text
	target                // inside a request-target: VCHAR except "#"
	hostChar              // inside a reg-name: unreserved and sub-delims, except ","
	hexDigit
	digit
	qdtext // inside a quoted string, without escape
)

var class = buildClasses()

func buildClasses() (t [256]uint8) {
	for c := range t {
		b, vchar, obsText := byte(c), c > ' ' && c < 0x7F, c >= 0x80
		isDigit := '0' <= b && b <= '9'
		alnum := isDigit || isAlpha(b)
		set := func(bit uint8, in bool) {
			if in {
				t[c] |= bit
			}
		}
		set(tchar, alnum || in(b, "!#$%&'*+-.^_`|~"))
		set(fieldChar, vchar || obsText || isSpace(b))
		set(target, vchar && b != '#')
		// A comma is a sub-delim, but in a Host it is the mark of two lines joined into one.
		set(hostChar, alnum || in(b, "-._~") || in(b, "!$&'()*+;="))
		set(hexDigit, isDigit || 'a' <= b|0x20 && b|0x20 <= 'f')
		set(digit, isDigit)
		set(qdtext, (vchar || obsText || isSpace(b)) && b != '"' && b != '\\')
	}
	return t
}

func is(b byte, bits uint8) bool { return class[b]&bits != 0 }

func isSpace(b byte) bool { return b == ' ' || b == '\t' } // OWS

func isAlpha(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

func in(b byte, set string) bool {
	for i := range len(set) {
		if set[i] == b {
			return true
		}
	}
	return false
}

// Words.
const (
	wordBytes = 8
	ones      = 0x0101010101010101
	highs     = 0x80 * ones
	lows      = 0x7F * ones
	caseBits  = 0x20 * ones
)

// word returns the eight bytes at buf[i:], the first in the low byte. Beyond the end of buf it reads NUL, a
// stop in every class, so a scan needs no second test for the end. buf must hold eight bytes at least.
//
// It must inline, and must not call: a call inside the scans would spill what they keep in registers.
func word(buf []byte, i int) uint64 {
	last := len(buf) - wordBytes
	if 0 <= i && i <= last { // told like this, the compiler needs no check of its own: one MOV
		return binary.LittleEndian.Uint64(buf[i : i+wordBytes])
	}
	return binary.LittleEndian.Uint64(buf[last:]) >> (8 * uint(i-last))
}

// valueStops flags CTL and DEL, and so HTAB, which the table lets pass.
//
// Subtracting 0x20 borrows from exactly the bytes below it; adding 1 carries DEL into its high bit; bytes that
// had the high bit before are obs-text. Borrow and carry run only upward, past a byte that is itself a stop or
// 0xFF, so the lowest flag is never late.
func valueStops(w uint64) uint64 {
	return ((w - ' '*ones) | (w + ones)) &^ w & highs
}

// nameStops flags every byte that is neither ALPHA nor "-". The other tchar are rare in field names.
func nameStops(w uint64) uint64 {
	low := w & lows
	folded := low | caseBits
	alpha := (folded + (0x80-'a')*ones) &^ (folded + (0x7F-'z')*ones) // bit 7 set: 'a'..'z'
	notDash := (low ^ ('-' * ones)) + lows                            // bit 7 clear: '-'
	return ((notDash &^ alpha) | w) & highs
}

// targetStops flags what ends or divides a request-target: CTL, SP, "#", "?", DEL and obs-text.
func targetStops(w uint64) uint64 {
	hash, query := w^'#'*ones, w^'?'*ones
	control := (w - '!'*ones) | (w + ones) | w
	return (control | ((hash - ones) &^ hash) | ((query - ones) &^ query)) & highs
}

// hostStops flags every byte that is neither alphanumeric nor "-" nor ".". The other bytes of a name are rare.
func hostStops(w uint64) uint64 {
	low := w & lows
	folded := low | caseBits
	alpha := (folded + (0x80-'a')*ones) &^ (folded + (0x7F-'z')*ones)
	dashToNine := (low + (0x80-'-')*ones) &^ (low + (0x7F-'9')*ones) // "-", ".", "/", digits
	notSlash := (low ^ ('/' * ones)) + lows                          // bit 7 clear: "/"
	return (^(alpha | dashToNine&notSlash) | w) & highs
}
