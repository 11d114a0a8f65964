package parser

import "bytes"

// #rule lists: members separated by commas, with optional white space around them (RFC 9110 §5.6.1).

// cutMember splits the first member off list and trims it. Empty members are the caller's to skip or refuse. It
// does not know quoted strings: of the lists read here, none may hold one that we would accept.
func cutMember(list []byte) (member, rest []byte, more bool) {
	if comma := bytes.IndexByte(list, ','); comma >= 0 {
		return trimSpace(list[:comma]), list[comma+1:], true
	}
	return trimSpace(list), nil, false
}

// trimSpace removes OWS, which is SP and HTAB and nothing else.
func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// equalFold compares without regard to the case of ASCII letters.
func equalFold(b []byte, name string) bool {
	if len(b) != len(name) {
		return false
	}
	for i, c := range b {
		if d := name[i]; c != d && (c^d != 0x20 || !isAlpha(c)) {
			return false
		}
	}
	return true
}
