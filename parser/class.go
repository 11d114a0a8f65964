package parser

// Byte classes: which bytes may stand where (RFC 9110 §5.6, RFC 3986). The judges and all that is not a head go by
// this table; parser/asm has the three classes that the walk needs once more, as vectors.

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
