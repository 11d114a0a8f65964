package jsonfast

// This file reads numbers.

import (
	"encoding/binary"
	"math"
	"math/bits"
	"reflect"
	"strconv"
)

const exactDigitsMax = 18 // digits that fit an int64 whatever they are

// digitRun reads digits from i on, behind those that n is made of: all of them as a number, and the place behind them. With more
// than 19 of them the number means nothing. Eight are taken at once, and so are the last ones, as if zeros came before them: a
// loop over single digits costs a branch that nobody foretells, at each number's end.
func digitRun(data []byte, i int, n uint64) (uint64, int) {
	for i+8 <= len(data) {
		w := binary.LittleEndian.Uint64(data[i:]) ^ '0'*ones // digits become what they count
		others := ((w + 0x76*ones) | w) & highs
		if others == 0 {
			n = n*1e8 + eightDigits(w)
			i += 8
			continue
		}
		count := bits.TrailingZeros64(others) >> 3
		return n*powersUint[count] + eightDigits(w<<(64-8*count)), i + count
	}
	for ; i < len(data) && data[i]-'0' <= 9; i++ {
		n = n*10 + uint64(data[i]-'0')
	}
	return n, i
}

// eightDigits returns the number of eight digits, the first of them in the lowest byte: of pairs, then of fours, then of all,
// each time for all at once.
func eightDigits(w uint64) uint64 {
	const pair = 0x000000FF_000000FF
	w = w*10 + w>>8
	return uint64(uint32((w&pair*(100+1e6<<32) + w>>16&pair*(1+1e4<<32)) >> 32))
}

// endsInteger reports whether an integer that goes up to i is all of the number.
func endsInteger(data []byte, i int) bool {
	return i >= len(data) || data[i] != '.' && data[i]|0x20 != 'e'
}

// intDecoder reads signed integers of the size of t.
func intDecoder(t reflect.Type) decodeFunc {
	bits := t.Bits()
	store := storeInt(t.Size())
	return func(d *decoder, i int, p address) int {
		v, end, ok := readInt(d.data, i)
		if ok && v == v<<(64-bits)>>(64-bits) {
			store(p, uint64(v))
			return end
		}
		return d.oddInt(i, t, func(s string) error {
			v, err := strconv.ParseInt(s, 10, bits)
			if err == nil {
				store(p, uint64(v))
			}
			return err
		})
	}
}

// uintDecoder is intDecoder for unsigned integers.
func uintDecoder(t reflect.Type) decodeFunc {
	bits := t.Bits()
	store := storeInt(t.Size())
	return func(d *decoder, i int, p address) int {
		v, end, ok := readInt(d.data, i)
		if ok && v >= 0 && d.data[i] != '-' && uint64(v) == uint64(v)<<(64-bits)>>(64-bits) {
			store(p, uint64(v))
			return end
		}
		return d.oddInt(i, t, func(s string) error {
			v, err := strconv.ParseUint(s, 10, bits)
			if err == nil {
				store(p, v)
			}
			return err
		})
	}
}

// readInt reads an integer of at most exactDigitsMax digits. If it is none it is not ok.
func readInt(data []byte, i int) (v int64, end int, ok bool) {
	start := i
	if i < len(data) && data[i] == '-' {
		start++
	}
	n, end := digitRun(data, start, 0)
	digits := end - start
	if digits == 0 || digits > exactDigitsMax || digits > 1 && data[start] == '0' || !endsInteger(data, end) {
		return 0, i, false
	}
	if start > i {
		return -int64(n), end, true
	}
	return int64(n), end, true
}

// oddInt is for what readInt does not read: numbers with many digits, with a fraction, too large, and other values.
func (d *decoder) oddInt(i int, t reflect.Type, parse func(s string) error) int {
	if i >= len(d.data) || !startsNumber(d.data[i]) {
		return d.mismatch(i, t)
	}
	end := skipNumber(d.data, i)
	if end != broken && parse(string(d.data[i:end])) != nil {
		d.unfit(i, end, t, end)
	}
	return end
}

// storeInt returns how an integer of a size is stored.
func storeInt(size uintptr) func(address, uint64) {
	switch size {
	case 1:
		return func(p address, v uint64) { *(*uint8)(p) = uint8(v) } // SAFETY: the plan's type has this size
	case 2:
		return func(p address, v uint64) { *(*uint16)(p) = uint16(v) } // SAFETY: the plan's type has this size
	case 4:
		return func(p address, v uint64) { *(*uint32)(p) = uint32(v) } // SAFETY: the plan's type has this size
	}
	return func(p address, v uint64) { *(*uint64)(p) = v } // SAFETY: the plan's type has this size
}

func startsNumber(c byte) bool { return c == '-' || c-'0' <= 9 }

// floatDecoder reads floats of the size of t.
func floatDecoder(t reflect.Type) decodeFunc {
	if t.Bits() == 64 {
		return func(d *decoder, i int, p address) int {
			if i >= len(d.data) || !startsNumber(d.data[i]) {
				return d.mismatch(i, t)
			}
			f, end, ok := readFloat(d.data, i)
			if ok {
				*(*float64)(p) = f // SAFETY: this plan is for float64
			} else if end != broken {
				d.unfit(i, end, t, end)
			}
			return end
		}
	}
	return func(d *decoder, i int, p address) int {
		if i >= len(d.data) || !startsNumber(d.data[i]) {
			return d.mismatch(i, t)
		}
		end := skipNumber(d.data, i)
		if end == broken {
			return broken
		}
		if f, err := strconv.ParseFloat(stringOf(d.data[i:end]), 32); err == nil {
			*(*float32)(p) = float32(f) // SAFETY: this plan is for float32
		} else {
			d.unfit(i, end, t, end)
		}
		return end
	}
}

const (
	exactMantissa   = 1 << 53 // integers up to here are float64s
	mantissaDigits  = 19      // digits that fit a uint64
	exactPowerMax   = 22      // powers of ten up to here are float64s
	exponentTooLong = 1 << 20

	quotientPowerMax = 19 // powers of ten up to here are uint64s
)

var powers = [exactPowerMax + 1]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

var powersUint = [quotientPowerMax + 1]uint64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// readFloat reads a number as a float64. If it is beyond one it is not ok; if it is no number, end is broken.
//
// When the digits as an integer and the power of ten are both exact, their product or quotient is rounded once, and right
// (Clinger's fast path). More digits than that are divided as integers. All other numbers are strconv's.
func readFloat(data []byte, i int) (f float64, end int, ok bool) {
	start := i
	if data[i] == '-' {
		i++
	}
	first := i
	mantissa, i := digitRun(data, i, 0)
	digits := i - first
	if digits == 0 || digits > 1 && data[first] == '0' {
		return 0, broken, false
	}
	power := 0
	if i < len(data) && data[i] == '.' {
		point := i + 1
		mantissa, i = digitRun(data, point, mantissa)
		if i == point {
			return 0, broken, false
		}
		power = point - i
		digits -= power
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		var e int
		if e, i = exponent(data, i+1); i == broken {
			return 0, broken, false
		}
		power += e
	}
	if digits <= mantissaDigits && mantissa <= exactMantissa && power >= -exactPowerMax && power <= exactPowerMax {
		f = float64(mantissa)
		if power < 0 {
			f /= powers[-power]
		} else {
			f *= powers[power]
		}
		if data[start] == '-' {
			f = -f
		}
		return f, i, true
	}
	if digits <= mantissaDigits && mantissa != 0 && power < 0 && power >= -quotientPowerMax {
		f = quotient(mantissa, -power)
		if data[start] == '-' {
			f = -f
		}
		return f, i, true
	}
	f, err := strconv.ParseFloat(stringOf(data[start:i]), 64)
	return f, i, err == nil
}

// quotient returns n / 10^power rounded once, to even; n is not zero and power at most quotientPowerMax. Both are moved up to
// their highest bit, so that the quotient of 128 bits by 64 has 63 or 64 of them, ten more than a float64; that there is a
// remainder is one more bit.
func quotient(n uint64, power int) float64 {
	d := powersUint[power]
	up, down := bits.LeadingZeros64(n), bits.LeadingZeros64(d)
	n, d = n<<up, d<<down
	q, remainder := bits.Div64(n>>1, n<<63, d)
	short := bits.LeadingZeros64(q)
	q <<= short
	if remainder != 0 {
		q |= 1
	}
	const extra, half = 64 - 53, 1 << (64 - 53 - 1)
	m := (q + half - 1 + q>>extra&1) >> extra // to even: an odd one is pushed over the half
	if q > math.MaxUint64-half {
		m = 1 << 53
	}
	exponent := down - up - 63 - short + extra + 52
	return math.Float64frombits(uint64(exponent+1023)<<52 + m - 1<<52)
}

// exponent reads the exponent of a number; i is behind the e. A long one is cut off where it makes no difference.
func exponent(data []byte, i int) (e, end int) {
	negative := false
	if i < len(data) && (data[i] == '+' || data[i] == '-') {
		negative = data[i] == '-'
		i++
	}
	start := i
	for ; i < len(data) && data[i]-'0' <= 9; i++ {
		if e < exponentTooLong {
			e = e*10 + int(data[i]-'0')
		}
	}
	if i == start {
		return 0, broken
	}
	if negative {
		e = -e
	}
	return e, i
}
