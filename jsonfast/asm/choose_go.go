//go:build !amd64 || purego

package asm

// This file is for builds without kernels.

// Vectors reports whether the kernels are in use. Without them, Structure is slower than going byte by byte.
func Vectors() bool { return false }

// Text returns the place of the first byte of buf from from on that is in the set, or len(buf), and what is odd about the
// bytes up to there.
func Text(buf []byte, from int, set Set) (end int, odd uint64) { return textGo(buf, from, set) }

// Structure makes the masks of the whole blocks of buf, up to BlocksMax of those that have any, and returns how many bytes it has
// read and how many blocks it has written.
func Structure(buf []byte, s *State, blocks *Blocks) (read, n int) {
	return structureGo(buf, s, blocks)
}

// nesting is nestingGo.
func nesting(buf []byte, separator byte, state *NestingState, out *NestingMasks) {
	nestingGo(buf, separator, state, out)
}
