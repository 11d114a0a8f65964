package jsonfast

// This file writes float64s between decimalMin and decimalMax that are no integers, which is what floats in JSON mostly are: by
// Schubfach (Raffaello Giulietti, "The Schubfach way to render doubles", 2022). A float stands for all numbers that are rounded
// to it. Among those, one with the fewest digits is looked for, and of several the one nearest to the float:
//
//	         lower          value          upper
//	-----------|--------------|--------------|-----------
//	     ^              ^              ^            ^         multiples of 10^(k+1): one of them lies within, or
//	     ^ ^ ^ ^ ^ ^ ^ ^^ ^ ^ ^ ^ ^ ^ ^^ ^ ^ ^ ^ ^ ^^         those of 10^k, of which at least one does
//
// where 10^k is the largest power of ten that is not larger than the distance of the bounds. All numbers are taken as
// multiples of 10^k: the value and the bounds are multiplied by 10^-k, whose highest 128 bits are enough, and what is cut off
// sets the lowest bit, so that comparisons stay right. In this range -k is at most 22, and its powers of ten are exact.

import (
	"encoding/binary"
	"math"
	"math/bits"
)

const (
	decimalMin  = 1e-6 // smaller ones have an exponent, which strconv writes
	decimalMax  = 1 << 53
	digitsMax   = 17
	tensMax     = 22
	decimalRoom = digitsMax + 1 + len("0.00000") + 16 // bytes that a float takes, and that a move of 16 may touch
)

// tens are the powers of ten up to tensMax, their highest bits first, in 128 bits.
var tens = func() (tens [tensMax + 1][2]uint64) {
	high, low := uint64(0), uint64(1)
	for i := range tens {
		if n := uint(bits.LeadingZeros64(high)); high != 0 {
			tens[i] = [2]uint64{high<<n | low>>(64-n), low << n}
		} else {
			tens[i] = [2]uint64{low << bits.LeadingZeros64(low), 0}
		}
		over, next := bits.Mul64(low, 10)
		high, low = high*10+over, next
	}
	return tens
}()

// shortest returns the digits of f, a positive float in the range of this file that is no integer, as an integer times
// 10^-power. It may end with zeros.
func shortest(f float64) (digits uint64, power int) {
	const bias, fractionBits = 1075, 52
	word := math.Float64bits(f)
	fraction, exponent := word&(1<<fractionBits-1), int(word>>fractionBits)
	c, q := fraction|1<<fractionBits, exponent-bias
	even := c & 1 // 0 if the bounds themselves are rounded to f
	closer, k := uint64(0), (q*1262611)>>22
	if fraction == 0 { // the next smaller float is only half as far away
		closer, k = 1, (q*1262611-524031)>>22
	}
	shift := uint(q + (-k*1741647)>>19 + 1)
	ten := &tens[-k]
	value := product(ten, 4*c<<shift)
	lower := product(ten, (4*c-2+closer)<<shift) + even
	upper := product(ten, (4*c+2)<<shift) - even

	s := value >> 2
	if tenth := s / 10; tenth > 0 {
		below, above := lower <= 40*tenth, 40*tenth+40 <= upper
		if below != above {
			if above {
				tenth++
			}
			return tenth, -k - 1
		}
	}
	below, above := lower <= 4*s, 4*s+4 <= upper
	up := above
	if below == above {
		middle := 4*s + 2
		up = value > middle || value == middle && s&1 != 0
	}
	if up {
		s++
	}
	return s, -k
}

// product returns the integer part of c times a power of ten, with the lowest bit set if there is a fraction.
func product(ten *[2]uint64, c uint64) uint64 {
	carried, _ := bits.Mul64(ten[1], c)
	high, low := bits.Mul64(ten[0], c)
	low, carry := bits.Add64(low, carried, 0)
	high += carry
	if low > 1 {
		high |= 1
	}
	return high
}

// appendDecimal appends a float in the range of this file.
func appendDecimal(dst []byte, f float64) []byte {
	if f < 0 {
		dst = append(dst, '-')
		f = -f
	}
	digits, power := shortest(f)
	for digits%10000 == 0 {
		digits, power = digits/10000, power-4
	}
	for digits%10 == 0 {
		digits, power = digits/10, power-1
	}
	dst = room(dst, decimalRoom)
	start := len(dst)
	n := decimalDigits(digits)
	if n <= power { // 0.00…
		const zeros = "0.00000"
		dst = append(dst, zeros[:2+power-n]...)
		return dst[:len(dst)+putDigits(dst[len(dst):len(dst)+n], digits)]
	}
	// the digits go one place too far, then those before the point go back
	out := dst[start : start+n+1]
	putDigits(out[1:], digits)
	whole := n - power
	for i := range out[:whole] {
		out[i] = out[i+1]
	}
	out[whole] = '.'
	return dst[:start+n+1]
}

// putDigits writes v, which has as many digits as out has bytes, and returns that.
func putDigits(out []byte, v uint64) int {
	i := len(out)
	for v >= 1e4 {
		q := v / 1e4
		rest := v - q*1e4
		i -= 4
		binary.LittleEndian.PutUint32(out[i:], uint32(digitPairs[rest/100])|uint32(digitPairs[rest%100])<<16)
		v = q
	}
	if v >= 100 {
		i -= 2
		binary.LittleEndian.PutUint16(out[i:], digitPairs[v%100])
		v /= 100
	}
	if v >= 10 {
		binary.LittleEndian.PutUint16(out, digitPairs[v])
	} else {
		out[0] = '0' + byte(v)
	}
	return len(out)
}
