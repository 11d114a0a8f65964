package wire

// Authentication: the server asks, we answer (§55.2.1, §55.3). What the answers hold is package pg's business.

import "bytes"

// AuthKind is what an Authentication message asks for.
type AuthKind uint32

// The kinds of authentication that we can answer. The server has more (GSSAPI, SSPI, Kerberos), and they come as their
// number.
const (
	AuthOK           AuthKind = 0
	AuthCleartext    AuthKind = 3
	AuthMD5          AuthKind = 5
	AuthSASL         AuthKind = 10
	AuthSASLContinue AuthKind = 11
	AuthSASLFinal    AuthKind = 12
)

// ParseAuth reads an Authentication message. data is what belongs to the kind: the four bytes of salt for MD5, the
// list of mechanisms for SASL (see [HasMechanism]), the server's words for the two others.
func ParseAuth(message []byte) (kind AuthKind, data []byte, ok bool) {
	b := body{rest: message}
	kind = AuthKind(b.uint32())
	switch kind {
	case AuthOK, AuthCleartext:
		return kind, nil, b.whole()
	case AuthMD5:
		data = b.take(4)
		return kind, data, b.whole()
	case AuthSASL:
		data = b.rest
		return kind, data, !b.bad && bytes.HasSuffix(data, []byte{0})
	}
	return kind, b.rest, !b.bad
}

// HasMechanism reports whether the list of a SASL request names a mechanism.
func HasMechanism(list []byte, name string) bool {
	b := body{rest: list}
	for {
		mechanism := b.string()
		if b.bad || len(mechanism) == 0 {
			return false
		}
		if string(mechanism) == name {
			return true
		}
	}
}

// AppendPassword appends a PasswordMessage: a password, or MD5's hash of it.
func AppendPassword(dst []byte, password string) ([]byte, bool) {
	start := len(dst)
	out, ok := appendString(begin(dst, 'p'), password)
	if !ok {
		return dst[:start], false
	}
	return end(out, start)
}

// AppendSASLInitial appends a SASLInitialResponse.
func AppendSASLInitial(dst []byte, mechanism string, response []byte) ([]byte, bool) {
	start := len(dst)
	out, ok := appendString(begin(dst, 'p'), mechanism)
	if !ok || len(response) > AuthBytesMax {
		return dst[:start], false
	}
	out = appendLength(out, len(response))
	return end(append(out, response...), start)
}

// AppendSASLResponse appends a SASLResponse.
func AppendSASLResponse(dst, response []byte) ([]byte, bool) {
	start := len(dst)
	return end(append(begin(dst, 'p'), response...), start)
}
