package jsonfast

// This file appends scalars: null, booleans, numbers, times and bytes in base64. Strings are in escape.go.

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"math/bits"
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
	if v < 100 {
		return append(dst, '0'+byte(v/10), '0'+byte(v%10))
	}
	dst = room(dst, uintDigitsMax)
	if v < 1e8 {
		return appendUpToEight(dst, v)
	}
	head := v / 1e8
	if v -= head * 1e8; head < 1e8 {
		dst = appendUpToEight(dst, head)
	} else {
		first := head / 1e8
		dst = appendEight(appendUpToEight(dst, first), head-first*1e8)
	}
	return appendEight(dst, v)
}

// splitEight returns the digits of v, which is less than 1e8, as bytes from 0 to 9, the first one lowest: two halves of four
// digits, each of those two halves of two, each of those two digits. A division is a product that is right for numbers of
// that many digits.
func splitEight(v uint64) uint64 {
	v = v/10000 | v%10000<<32
	hundreds := v * 10486 >> 20 & 0x0000007f_0000007f
	v = hundreds | (v-100*hundreds)<<16
	tens := v * 103 >> 10 & 0x000f_000f_000f_000f
	return tens | (v-10*tens)<<8
}

// appendEight appends the eight digits of v, zeros included. There must be room.
func appendEight(dst []byte, v uint64) []byte {
	n := len(dst)
	dst = dst[:n+8]
	binary.LittleEndian.PutUint64(dst[n:n+8:n+8], splitEight(v)|'0'*ones)
	return dst
}

// appendUpToEight appends v, which is not zero and less than 1e8. There must be room for eight digits: those that are zeros at
// the beginning are shifted out, so that no branch depends on how many there are.
func appendUpToEight(dst []byte, v uint64) []byte {
	n, digits := len(dst), splitEight(v)
	zeros := bits.TrailingZeros64(digits) / 8
	binary.LittleEndian.PutUint64(dst[n:n+8:n+8], (digits|'0'*ones)>>(8*zeros&63))
	return dst[:n+8-zeros]
}

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

func appendFloat(dst []byte, f float64, size int) []byte {
	if n := int64(f); float64(n) == f && n > -wholeMax && n < wholeMax && (n != 0 || !math.Signbit(f)) {
		if size == 64 || n > -1<<24 && n < 1<<24 { // a float32 beyond may need fewer digits than it has
			return AppendInt(dst, n)
		}
	}
	if abs := math.Abs(f); size == 64 && abs >= decimalMin && abs < decimalMax {
		return appendDecimal(dst, f)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	form := byte('f')
	if abs := math.Abs(f); abs != 0 {
		if size == 64 && (abs < 1e-6 || abs >= 1e21) || size == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21) {
			form = 'e'
		}
	}
	dst = strconv.AppendFloat(dst, f, form, -1, size)
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
