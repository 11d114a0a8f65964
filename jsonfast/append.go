package jsonfast

// This file appends scalars: null, booleans, numbers, times and bytes in base64. Strings are in escape.go.

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
)

// AppendNull appends null.
func AppendNull(dst []byte) []byte { return append(dst, "null"...) }

// AppendBool appends true or false.
func AppendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

// AppendInt appends a signed integer.
func AppendInt(dst []byte, v int64) []byte {
	if v >= 0 {
		return AppendUint(dst, uint64(v))
	}
	return AppendUint(append(dst, '-'), -uint64(v))
}

const uintDigitsMax = 20 // digits of the largest uint64

// AppendUint appends an unsigned integer.
func AppendUint(dst []byte, v uint64) []byte {
	if v < 10 {
		return append(dst, '0'+byte(v))
	}
	n := decimalDigits(v)
	dst = room(dst, uintDigitsMax)
	return dst[:len(dst)+putDigits(dst[len(dst):len(dst)+n], v)]
}

// decimalDigits counts the digits of v, which is not zero.
func decimalDigits(v uint64) int {
	n := 1
	for {
		switch {
		case v < 10:
			return n
		case v < 100:
			return n + 1
		case v < 1000:
			return n + 2
		case v < 10000:
			return n + 3
		}
		v /= 10000
		n += 4
	}
}

// digitPairs has the two digits of 0 to 99, the first one in the lower byte.
var digitPairs = func() (pairs [100]uint16) {
	for i := range pairs {
		pairs[i] = uint16('0'+i/10) | uint16('0'+i%10)<<8
	}
	return pairs
}()

// room returns dst with room for n more bytes.
func room(dst []byte, n int) []byte {
	if cap(dst)-len(dst) < n {
		return grow(dst, n)
	}
	return dst
}

// grow is the rare half of room: it doubles, as append does.
func grow(dst []byte, n int) []byte {
	return append(dst, make([]byte, n)...)[:len(dst)]
}

// AppendFloat appends a float64 with as few digits as tell it from all others, in the form that encoding/json gives
// it: plain between 1e-6 and 1e21, with an exponent elsewhere. JSON has no word for NaN and the infinities; they
// become null.
func AppendFloat(dst []byte, f float64) []byte { return appendFloat(dst, f, 64) }

// AppendFloat32 appends a float32 with as few digits as tell it from all others of its kind.
func AppendFloat32(dst []byte, f float32) []byte { return appendFloat(dst, float64(f), 32) }

const wholeMax = 1 << 53 // floats below it that have no fraction print as the integers they are

func appendFloat(dst []byte, f float64, bits int) []byte {
	if n := int64(f); float64(n) == f && n > -wholeMax && n < wholeMax && (n != 0 || !math.Signbit(f)) {
		if bits == 64 || n > -1<<24 && n < 1<<24 { // a float32 beyond may need fewer digits than it has
			return AppendInt(dst, n)
		}
	}
	if abs := math.Abs(f); bits == 64 && abs >= decimalMin && abs < decimalMax {
		return appendDecimal(dst, f)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	form := byte('f')
	if abs := math.Abs(f); abs != 0 {
		if bits == 64 && (abs < 1e-6 || abs >= 1e21) || bits == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21) {
			form = 'e'
		}
	}
	dst = strconv.AppendFloat(dst, f, form, -1, bits)
	if form == 'e' { // e-09 is written e-9
		if n := len(dst); n >= 4 && dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
			dst[n-2] = dst[n-1]
			dst = dst[:n-1]
		}
	}
	return dst
}

// AppendTime appends a time as a string, by RFC 3339 with as many digits of the second as it has. A year beyond 9999
// and an offset of a day or more cannot be written so, which is an error; dst is returned as it was.
func AppendTime(dst []byte, t time.Time) ([]byte, error) {
	out, err := t.AppendText(append(dst, '"'))
	if err != nil {
		return dst, err
	}
	return append(out, '"'), nil
}

// AppendBase64 appends bytes as a string in the standard encoding, padded.
func AppendBase64(dst, src []byte) []byte {
	dst = room(dst, base64.StdEncoding.EncodedLen(len(src))+2)
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, src)
	return append(dst, '"')
}
