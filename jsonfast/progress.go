package jsonfast

// This file finds the end of a value whose text comes piece by piece, for Decoder. It looks at each byte once, says at the first one
// that cannot be right that it is not, and stops behind the value, wherever the pieces end. What it accepts is what skipValue
// accepts.

// expects is what may come next.
type expects uint8

const (
	expectValue     expects = iota // a value; white space may come before it
	expectFirstElem                // a value, or the end of the array
	expectFirstName                // a name, or the end of the object
	expectName                     // a name
	expectColon                    // the colon behind a name
	expectEnd                      // behind a value within an object or array: a comma, or its end
	inName                         // within a string that is a name
	inString                       // within any other
	escapedByte                    // behind a backslash
	escapedHex                     // within the digits behind \u
	inWord                         // within true, false or null
	afterMinus                     // a digit
	afterZero                      // behind a zero that starts a number, no digit
	inInteger                      // digits, a point or an exponent
	afterPoint                     // a digit
	inFraction                     // digits or an exponent
	afterE                         // a sign or a digit
	afterSign                      // a digit
	inExponent                     // digits
	scalarAtTop                    // behind a string or word that lies in nothing: it ends with the next byte, whatever that is
)

// progress is where in a value the text has got to. The zero progress is before one.
type progress struct {
	state  expects
	within expects  // of an escape: inName or inString
	hex    uint8    // digits to come
	word   string   // the rest of a word
	kinds  []uint64 // a bit per level: whether it is an object
	depth  int
}

// reset goes back before a value.
func (p *progress) reset() { *p = progress{kinds: p.kinds[:0]} }

// step outcomes.
type outcome uint8

const (
	wantMore outcome = iota
	complete         // the value ends before the place that is returned
	mistaken         // the byte before the place that is returned cannot be there
)

// feed looks at data from i on.
//
// long: a state machine, which goes from one state to the next as the grammar does.
func (p *progress) feed(data []byte, i int) (end int, out outcome) {
	for i < len(data) {
		c := data[i]
		switch p.state {
		case inName, inString:
			if i = stringRun(data, i); i == len(data) {
				return i, wantMore
			}
			switch c = data[i]; c {
			case '"':
				p.endString()
			case '\\':
				p.within, p.state = p.state, escapedByte
			default:
				return i + 1, mistaken
			}
		case expectValue, expectFirstElem, expectFirstName, expectName, expectColon, expectEnd:
			if isSpaceByte(c) {
				i = skipSpace(data, i)
				continue
			}
			if !p.token(c) {
				return i + 1, mistaken
			}
			if p.depth == 0 && (c == '}' || c == ']') {
				return i + 1, complete
			}
		case escapedByte, escapedHex, inWord:
			if !p.inside(c) {
				return i + 1, mistaken
			}
		case scalarAtTop:
			return i, complete
		default:
			ends, fits := p.number(c)
			if !fits {
				return i + 1, mistaken
			}
			if ends {
				if p.depth == 0 {
					return i, complete
				}
				p.state = expectEnd
				continue
			}
		}
		i++
	}
	return i, wantMore
}

// token takes a byte that is no white space, between the parts of objects and arrays, and reports whether it may be there.
func (p *progress) token(c byte) bool {
	switch p.state {
	case expectColon:
		p.state = expectValue
		return c == ':'
	case expectEnd:
		if c == ',' {
			p.state = expectValue
			if p.isObject() {
				p.state = expectName
			}
			return true
		}
		return p.close(c)
	case expectFirstName, expectName:
		if c == '}' && p.state == expectFirstName {
			return p.close(c)
		}
		p.state = inName
		return c == '"'
	case expectFirstElem:
		if c == ']' {
			return p.close(c)
		}
	}
	return p.value(c)
}

// value takes the first byte of a value.
func (p *progress) value(c byte) bool {
	switch c {
	case '"':
		p.state = inString
	case '{', '[':
		return p.open(c == '{')
	case 't':
		p.state, p.word = inWord, "rue"
	case 'f':
		p.state, p.word = inWord, "alse"
	case 'n':
		p.state, p.word = inWord, "ull"
	case '-':
		p.state = afterMinus
	case '0':
		p.state = afterZero
	default:
		p.state = inInteger
		return c-'0' <= 9
	}
	return true
}

// open goes into an object or array.
func (p *progress) open(object bool) bool {
	if p.depth == depthLevelsMax {
		return false
	}
	if p.depth/64 == len(p.kinds) {
		p.kinds = append(p.kinds, 0)
	}
	word, bit := &p.kinds[p.depth/64], uint64(1)<<(p.depth%64)
	*word &^= bit
	p.state = expectFirstElem
	if object {
		*word |= bit
		p.state = expectFirstName
	}
	p.depth++
	return true
}

// isObject reports whether what lies around is an object.
func (p *progress) isObject() bool {
	return p.kinds[(p.depth-1)/64]>>((p.depth-1)%64)&1 == 1
}

// close goes out of an object or array, if that is what c says.
func (p *progress) close(c byte) bool {
	if c != '}' && c != ']' || p.isObject() != (c == '}') {
		return false
	}
	p.depth--
	p.state = expectEnd
	return true
}

// endString is the closing quote.
func (p *progress) endString() {
	switch {
	case p.state == inName:
		p.state = expectColon
	case p.depth == 0:
		p.state = scalarAtTop
	default:
		p.state = expectEnd
	}
}

// inside takes a byte within an escape or a word.
func (p *progress) inside(c byte) bool {
	switch p.state {
	case escapedByte:
		if c == 'u' {
			p.state, p.hex = escapedHex, 4
			return true
		}
		p.state = p.within
		switch c {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			return true
		}
		return false
	case escapedHex:
		if p.hex--; p.hex == 0 {
			p.state = p.within
		}
		return hexValues[c] != noHex
	}
	if c != p.word[0] {
		return false
	}
	if p.word = p.word[1:]; p.word == "" {
		p.state = expectEnd
		if p.depth == 0 {
			p.state = scalarAtTop
		}
	}
	return true
}

// number takes a byte within a number, or behind it: then it ends.
func (p *progress) number(c byte) (ends, fits bool) {
	digit := c-'0' <= 9
	switch p.state {
	case afterMinus:
		p.state = inInteger
		if c == '0' {
			p.state = afterZero
		}
		return false, digit
	case afterZero, inInteger:
		switch {
		case c == '.':
			p.state = afterPoint
		case c|0x20 == 'e':
			p.state = afterE
		default:
			return !digit || p.state == afterZero, true
		}
	case afterPoint:
		p.state = inFraction
		return false, digit
	case inFraction:
		if c|0x20 == 'e' {
			p.state = afterE
			return false, true
		}
		return !digit, true
	case afterE:
		p.state = inExponent
		if c == '+' || c == '-' {
			p.state = afterSign
			return false, true
		}
		return false, digit
	case afterSign:
		p.state = inExponent
		return false, digit
	case inExponent:
		return !digit, true
	}
	return false, true
}

// endsHere reports whether the value is complete if nothing more comes.
func (p *progress) endsHere() bool {
	switch p.state {
	case scalarAtTop:
		return true
	case afterZero, inInteger, inFraction, inExponent:
		return p.depth == 0
	}
	return false
}
