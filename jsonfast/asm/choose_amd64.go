//go:build amd64 && !purego

package asm

import (
	"unsafe"

	"github.com/covetgo/covet/internal/cpufeat"
)

// This file picks the kernels.

const kernelBytesMin = 32 // of the buffer that Text is given: it is read by whole registers from within

// Vectors reports whether the kernels are in use. Without them, Structure is slower than going byte by byte.
func Vectors() bool { return cpufeat.Active() >= cpufeat.AVX2 }

// Text returns the place of the first byte of buf from from on that is in the set, or len(buf), and what is odd about the
// bytes up to there.
func Text(buf []byte, from int, set Set) (end int, odd uint64) {
	if len(buf) >= kernelBytesMin && Vectors() {
		return textAVX2(buf, from, &sets[set])
	}
	return textGo(buf, from, set)
}

// Structure makes the masks of the whole blocks of buf, up to BlocksMax of those that have any, and returns how many bytes it has
// read and how many blocks it has written.
func Structure(buf []byte, s *State, blocks *Blocks) (read, n int) {
	if Vectors() {
		// SAFETY: a State is fourteen uint64 and nothing else, a Block five.
		read, wrote := structureAVX2(buf[:len(buf)&^(BlockBytes-1)], (*[14]uint64)(unsafe.Pointer(s)), (*[5 * BlocksMax]uint64)(unsafe.Pointer(blocks)))
		return read, wrote / (5 * 8)
	}
	return structureGo(buf, s, blocks)
}

// nesting is nestingGo by the best way there is. buf is whole blocks, one at least.
func nesting(buf []byte, separator byte, state *NestingState, out *NestingMasks) {
	if Vectors() {
		nestingAVX2(&buf[0], len(buf)/BlockBytes, separator, (*[3]uint64)(state), (*[12]uint64)(out))
		return
	}
	nestingGo(buf, separator, state, out)
}

const _ = -(unsafe.Sizeof(State{}) ^ 14*8) - (unsafe.Sizeof(Blocks{}) ^ 5*8*BlocksMax) // they are no larger

// sets are the classes of the kernel: a byte is in a set if the entries of its low and of its high nibble share a bit.
var sets = [setCount][32]byte{
	Quotes: setTable(`"\`),
	HTML:   setTable(`"\<>&`),
}

func setTable(members string) (table [32]byte) {
	const controls = 1
	for low := range 16 {
		table[low] = controls
	}
	table[16], table[17] = controls, controls
	for _, c := range []byte(members) {
		row := byte(1) << (c >> 4)
		table[c&15] |= row
		table[16+c>>4] |= row
	}
	return table
}
