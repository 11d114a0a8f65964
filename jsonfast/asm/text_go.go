package asm

// This file is Text in Go, eight bytes at a time.

import (
	"encoding/binary"
	"math/bits"
)

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// textGo is Text.
func textGo(buf []byte, from int, set Set) (end int, odd uint64) {
	end, wide := run(buf, from, set)
	if wide {
		odd = oddities(buf[from:end])
	}
	return end, odd
}

// run returns where Text stops. wide says that a byte beyond ASCII may come before that.
func run(buf []byte, from int, set Set) (end int, wide bool) {
	i, seen := from, uint64(0)
	for ; i+8 <= len(buf); i += 8 {
		w := binary.LittleEndian.Uint64(buf[i:])
		seen |= w
		if m := stops(w, set); m != 0 {
			return i + bits.TrailingZeros64(m)>>3, seen&highs != 0
		}
	}
	for ; i < len(buf); i++ {
		c := buf[i]
		if c < ' ' || c == '"' || c == '\\' || set == HTML && (c == '<' || c == '>' || c == '&') {
			break
		}
		seen |= uint64(c)
	}
	return i, seen&highs != 0
}

// stops marks the bytes of a word that are in a set. The lowest mark is exact: in x - 0x01…01 the high bit of a byte is
// set if that byte was zero, or if a lower one borrowed.
func stops(w uint64, set Set) uint64 {
	quote, angle := w^'"'*ones, uint64(0)
	if set == HTML {
		quote = (w | 0x04*ones) ^ 0x26*ones          // " is & but for one bit
		angle = ((w | 0x02*ones) ^ 0x3e*ones) - ones // < is > but for one bit
	}
	return ((w - 0x20*ones) | (quote - ones) | ((w ^ '\\'*ones) - ones) | angle) &^ w & highs
}

const lineEndsLead = 0xE2 // the first byte of U+2028 and U+2029, and of many symbols

// oddities looks at a text that Text went through.
func oddities(s []byte) (odd uint64) {
	if !validUTF8(s) {
		odd = NotUTF8
	}
	for i := 0; i+3 <= len(s); i++ {
		if s[i] == lineEndsLead && s[i+1] == 0x80 && s[i+2]&^1 == 0xA8 {
			return odd | LineEnds
		}
	}
	return odd
}
