package asm

// This file checks UTF-8. The standard library goes character by character by tables; here two of three bytes (most of Asia's
// scripts) or of two (Europe's, the Middle East's) are taken at once, and what is rare is left to it.

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Patterns of two characters of one length, the first byte lowest: which bits tell lead and continuation bytes, and what they
// must be.
const (
	pairOf3Bits, pairOf3 = 0xC0C0F0_C0C0F0, 0x8080E0_8080E0
	pairOf2Bits, pairOf2 = 0xC0E0_C0E0, 0x80C0_80C0
)

// validUTF8 reports whether s is UTF-8. It equals utf8.Valid.
func validUTF8(s []byte) bool {
	i := 0
	for i+8 <= len(s) {
		w := binary.LittleEndian.Uint64(s[i:])
		switch high := w & highs; {
		case high == 0:
			i += 8
		case high&0x80 == 0:
			i += bits.TrailingZeros64(high) >> 3
		case w&pairOf3Bits == pairOf3 && isSure3(byte(w)) && isSure3(byte(w>>24)):
			i += 6
		case w&pairOf2Bits == pairOf2 && byte(w) >= 0xC2 && byte(w>>16) >= 0xC2:
			i += 4
		default:
			r, n := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && n == 1 {
				return false
			}
			i += n
		}
	}
	return utf8.Valid(s[i:])
}

// isSure3 reports whether any two continuation bytes may follow the lead byte of three: behind 0xE0 they could be overlong,
// behind 0xED a surrogate.
func isSure3(lead byte) bool { return lead != 0xE0 && lead != 0xED }
