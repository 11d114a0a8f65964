package asm

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// The word functions against the table they stand for: every byte at every place, among harmless neighbours and
// among random ones, which is where borrows and carries would show.
func TestWordStops(t *testing.T) {
	for _, scan := range []struct {
		name  string
		stops func(uint64) uint64
		must  func(byte) bool // stop here
		may   func(byte) bool // or here, needlessly
	}{
		{"control", controlStops, func(b byte) bool { return class[b]&control != 0 || b == '\t' }, func(b byte) bool { return b == '~' }},
		{"name", nameStops, func(b byte) bool { return !isAlpha(b) && b != '-' }, func(byte) bool { return false }},
		{"target", targetStops, func(b byte) bool { return class[b]&(control|divides) != 0 }, func(byte) bool { return false }},
	} {
		check := func(word [8]byte) {
			first := 8
			for i, b := range word {
				if scan.must(b) {
					first = i
					break
				}
			}
			got := bits.TrailingZeros64(scan.stops(binary.LittleEndian.Uint64(word[:]))) / 8
			if got != first && (got > first || !scan.may(word[got])) {
				t.Fatalf("%s: %q stops at %d, want %d", scan.name, word, got, first)
			}
		}
		r := rand.New(rand.NewPCG(3, 4))
		for place := range 8 {
			for b := range 256 {
				for _, fill := range []byte{'a', 'Z', '-', '~', 0xFF, 0x80, 0x7E} {
					word := [8]byte{fill, fill, fill, fill, fill, fill, fill, fill}
					word[place] = byte(b)
					check(word)
				}
			}
		}
		for range 200_000 {
			var word [8]byte
			binary.LittleEndian.PutUint64(word[:], r.Uint64())
			for i := range word { // mostly bytes at the edges of the classes
				if word[i]&3 != 0 {
					const edges = "\x00\x1f !\"#$>?@AZ[`az{~\x7f\x80\xa0\xfe\xff-,.:\t"
					word[i] = edges[r.IntN(len(edges))]
				}
			}
			check(word)
		}
	}
}

// word reads NUL beyond the end, wherever it starts.
func TestWordAtTheEnd(t *testing.T) {
	const text = "0123456789abcdef"
	for n := wordBytes; n <= len(text); n++ {
		for i := range n + 2 {
			var want [8]byte
			copy(want[:], text[min(i, n):n])
			if got := word([]byte(text[:n]), uint(i)); got != binary.LittleEndian.Uint64(want[:]) {
				t.Errorf("word at %d of %d: %016x", i, n, got)
			}
		}
	}
}

func isAlpha(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }
