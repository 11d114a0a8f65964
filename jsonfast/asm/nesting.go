package asm

import (
	"encoding/binary"
	"math/bits"
)

// This file finds brackets and separators of JSON, for who looks for something in it and does not care what is on the way:
// jsonfast's lazy reader.
//
// Of 64 bytes, five masks are made: quotes, backslashes, opening and closing brackets, and one separator. A quote that is escaped
// is none. A byte is in a string if an odd number of quotes comes up to it, which the running parity of their bits says for all
// bytes at once, and what lies in a string is neither bracket nor separator. That costs the same whatever the bytes are,
// which a scanner that goes from quote to quote cannot say.

// NestingBlock tells of 64 bytes, the first one by the lowest bit, what they are outside of strings.
type NestingBlock struct {
	Separators uint64
	Opens      uint64 // { and [
	Closes     uint64 // } and ]
}

const (
	// NestingBlocks is the most that one call tells.
	NestingBlocks = 4
)

// NestingMasks is the memory for one call, in the words of its blocks.
type NestingMasks [3 * NestingBlocks]uint64

// At returns a block.
func (b *NestingMasks) At(i int) NestingBlock { return NestingBlock{b[3*i], b[3*i+1], b[3*i+2]} }

// NestingState is what one block tells the next: whether it ends in a string (all bits or none), whether its last byte escapes the
// first of the next (one or zero), and where in any block there were backslashes (not zero if there was one).
type NestingState [3]uint64

// Nesting looks at up to most blocks of buf from at on, and returns how many. The last one may go beyond the end of buf, where
// there is nothing. state is zero outside of strings.
func Nesting(buf []byte, at, most int, separator byte, state *NestingState, out *NestingMasks) int {
	if whole := (len(buf) - at) / BlockBytes; whole > 0 {
		n := min(whole, most, NestingBlocks)
		nesting(buf[at:at+n*BlockBytes], separator, state, out)
		return n
	}
	if at >= len(buf) {
		return 0
	}
	var rest [BlockBytes]byte
	copy(rest[:], buf[at:])
	nesting(rest[:], separator, state, out)
	return 1
}

// nestingGo is nesting in Go: buf is whole blocks, one at least.
func nestingGo(buf []byte, separator byte, state *NestingState, out *NestingMasks) {
	const inside, escaped, slashes = 0, 1, 2
	for i := 0; len(buf) >= BlockBytes && i < len(out); i += 3 {
		m := classify((*[BlockBytes]byte)(buf), separator)
		if m.slashes|state[escaped] != 0 {
			state[slashes] |= m.slashes
			var escapes uint64
			escapes, state[escaped] = escapesOf(m.slashes, state[escaped])
			m.quotes &^= escapes
		}
		strings := runningParity(m.quotes) ^ state[inside]
		state[inside] = uint64(int64(strings) >> 63)
		out[i], out[i+1], out[i+2] = m.separators&^strings, m.opens&^strings, m.closes&^strings
		buf = buf[BlockBytes:]
	}
}

// escapesOf returns the bytes that a backslash before them escapes, and whether the last one escapes the next block's first. Of a
// run of backslashes every other one does: adding the runs that start at an odd place to themselves carries behind their
// ends, which tells where the parity is the other one.
func escapesOf(slashes, escaped uint64) (escapes, next uint64) {
	const even = 0x5555555555555555
	slashes &^= escaped
	follows := slashes<<1 | escaped
	sum, next := bits.Add64(slashes&^(even|follows), slashes, 0)
	return (even ^ sum<<1) & follows, next
}

// runningParity replaces each bit by the parity of all bits up to it.
func runningParity(m uint64) uint64 {
	for shift := 1; shift < 64; shift *= 2 {
		m ^= m << shift
	}
	return m
}

// nestingClasses are the masks of a block.
type nestingClasses struct{ quotes, slashes, separators, opens, closes uint64 }

// classify makes them, eight bytes in a word at a time.
func classify(block *[BlockBytes]byte, separator byte) (m nestingClasses) {
	for i := 0; i < BlockBytes; i += wordBytes {
		w := binary.LittleEndian.Uint64(block[i : i+wordBytes])
		m.quotes |= isByte(w, '"') << i
		m.slashes |= isByte(w, '\\') << i
		m.separators |= isByte(w, separator) << i
		m.opens |= isByte(w|caseBits, '{') << i
		m.closes |= isByte(w|caseBits, '}') << i
	}
	return m
}

// isByte returns eight bits that say which bytes of a word are c, which is ASCII. Unlike the stops of text_go.go all of
// them are exact: adding 0x7F to seven bits sets the eighth unless they are zero, and never goes beyond it. The
// multiplication moves the eight marks side by side.
func isByte(w uint64, c byte) uint64 {
	const gather = 0x0102040810204080
	w ^= uint64(c) * ones
	marks := ^((w&lows + lows) | w) & highs
	return marks >> 7 * gather >> 56
}
