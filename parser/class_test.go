package parser

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"strings"
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
		{"value", valueStops, func(b byte) bool { return !is(b, fieldChar) || b == '\t' }, func(b byte) bool { return b == '~' }},
		{"name", nameStops, func(b byte) bool { return !isAlpha(b) && b != '-' }, func(byte) bool { return false }},
		{"host", hostStops, func(b byte) bool { return !isAlpha(b) && !is(b, digit) && b != '-' && b != '.' }, func(byte) bool { return false }},
		{"target", targetStops, func(b byte) bool { return !is(b, target) || b == '?' }, func(byte) bool { return false }},
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
			if got := word([]byte(text[:n]), i); got != binary.LittleEndian.Uint64(want[:]) {
				t.Errorf("word at %d of %d: %016x", i, n, got)
			}
		}
	}
}

// The sets of RFC 9110 §5.6.2 and RFC 9112 §3, counted.
func TestClassSizes(t *testing.T) {
	for _, c := range []struct {
		name string
		bit  uint8
		want int
	}{
		{"tchar", tchar, 77},
		{"field-content", fieldChar, 256 - 32},
		{"target", target, 0x7E - 0x21 + 1 - 1},
		{"host", hostChar, 62 + len("-._~") + len("!$&'()*+;=")},
		{"HEXDIG", hexDigit, 22},
		{"DIGIT", digit, 10},
		{"qdtext", qdtext, 256 - 32 - 2},
	} {
		n := 0
		for b := range 256 {
			if is(byte(b), c.bit) {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s has %d bytes, want %d", c.name, n, c.want)
		}
	}
}

// Every method is recognised by its own word and no other: not by a longer or shorter name, nor another case.
func TestMethodOf(t *testing.T) {
	for m, name := range methodNames {
		if Method(m).String() != name {
			t.Errorf("method %d is called %q", m, Method(m))
		}
		if Method(m) == MethodUnknown {
			continue
		}
		for line, want := range map[string]Method{
			name + " / HTTP/1.1":                  Method(m),
			name + "X / HTTP/1.1":                 MethodUnknown,
			name[1:] + " / HTTP/1.1":              MethodUnknown,
			strings.ToLower(name) + " / HTTP/1.1": MethodUnknown,
		} {
			got, n := methodOf(word([]byte(line), 0))
			if got != want || want != MethodUnknown && n != len(name) {
				t.Errorf("%q is %v, %d bytes", line, got, n)
			}
		}
	}
	if Method(200).String() != "UNKNOWN" {
		t.Error("a method out of range has no name")
	}
}
