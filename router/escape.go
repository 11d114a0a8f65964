package router

// This file holds percent-decoding. A path's '%' must begin an escape of two
// hexadecimal digits (RFC 3986 §2.1); one that does not makes the path match
// nothing, for no reading of it is the sender's certain intent.

import "bytes"

// AppendUnescaped appends the percent-decoded form of src, for example of one
// parameter value, to dst. '+' is not a space in a path. On an invalid escape it
// reports false and returns dst as it was.
func AppendUnescaped(dst, src []byte) ([]byte, bool) {
	base := len(dst)
	for i := 0; i < len(src); i++ {
		c := src[i]
		if c == '%' {
			v, ok := unescapeAt(src, i)
			if !ok {
				return dst[:base], false
			}
			c = v
			i += 2
		}
		dst = append(dst, c)
	}
	return dst, true
}

// unescapeAt decodes the escape that begins at s[i].
func unescapeAt[T string | []byte](s T, i int) (byte, bool) {
	if i+2 >= len(s) {
		return 0, false
	}
	hi, lo := hexValue[s[i+1]], hexValue[s[i+2]]
	return hi<<4 | lo&0xf, (hi|lo)&0xf0 == 0
}

// hexValue is a digit's value, 0xff for what is no hexadecimal digit.
var hexValue = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range byte(10) {
		t['0'+i] = i
	}
	for i := range byte(6) {
		t['a'+i], t['A'+i] = 10+i, 10+i
	}
	return t
}()

// skipDecoded returns the length of the raw bytes that decode to the first n
// bytes of raw's decoded form. raw must be validly escaped.
func skipDecoded(raw []byte, n int) int {
	i := 0
	for ; n > 0; n-- {
		if raw[i] == '%' {
			i += 2
		}
		i++
	}
	return i
}

// decodedLen returns the length of raw's decoded form. raw must be validly
// escaped.
func decodedLen(raw []byte) int {
	return len(raw) - 2*bytes.Count(raw, percent)
}

var percent = []byte{'%'}
