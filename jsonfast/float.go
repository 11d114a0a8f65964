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
	tensMax     = 22
	decimalRoom = len("-") + uintDigitsMax + len(".") + tensMax + 7 // bytes that a float takes, and that the last move may touch
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

// few returns f as shortest does if it has at most fractionFew digits behind the point, as prices have, and few enough in all. If
// an integer divided by a power of ten is f, both exact and the quotient rounded once, then that is a decimal for f; two of up
// to fifteen digits are never read as one float, so there is none that is shorter or nearer.
func few(f float64) (digits uint64, power int, ok bool) {
	digits = uint64(f*fewPower + 0.5)
	return digits, fractionFew, float64(digits)/fewPower == f && digits < 1e15
}

const (
	fractionFew = 4
	fewPower    = 1e4
)

// appendDecimal appends a float in the range of this file: what is before the point, and then what is behind it.
func appendDecimal(dst []byte, f float64) []byte {
	dst = room(dst, decimalRoom)
	if f < 0 {
		dst = append(dst, '-')
		f = -f
	}
	digits, power, ok := few(f)
	if !ok {
		digits, power = shortest(f)
		for digits%10000 == 0 {
			digits, power = digits/10000, power-4
		}
	}
	for digits%10 == 0 {
		digits, power = digits/10, power-1
	}
	whole := uint64(0)
	if power <= quotientPowerMax {
		whole = digits / powersUint[power]
		digits -= whole * powersUint[power]
	}
	return appendPadded(append(AppendUint(dst, whole), '.'), digits, power)
}

// appendPadded appends n digits, zeros in front of v included. There must be room for seven bytes more.
func appendPadded(dst []byte, v uint64, n int) []byte {
	switch {
	case n > 16:
		head := v / 1e16
		return appendPadded(appendPadded(dst, head, n-16), v-head*1e16, 16)
	case n > 8:
		head := v / 1e8
		return appendEight(appendPadded(dst, head, n-8), v-head*1e8)
	}
	at := len(dst)
	binary.LittleEndian.PutUint64(dst[at:at+8:at+8], (splitEight(v)|'0'*ones)>>(8*(8-n)&63))
	return dst[:at+n]
}
