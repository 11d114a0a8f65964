package asm

// This file holds Nesting, at every level, to a scanner of one byte at a time.

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/covetgo/covet/internal/cpufeat"
	"github.com/covetgo/covet/internal/testkit"
)

// nestingRule is Nesting by its words, for all blocks of a text.
func nestingRule(buf []byte, separator byte) (blocks []NestingBlock, slashes bool) {
	inString := false
	blocks = make([]NestingBlock, (len(buf)+BlockBytes-1)/BlockBytes)
	for i := 0; i < len(buf); i++ {
		b, bit := &blocks[i/BlockBytes], uint64(1)<<(i%BlockBytes)
		c := buf[i]
		if c == '"' {
			inString = !inString
		}
		if !inString {
			switch c {
			case '{', '[':
				b.Opens |= bit
			case '}', ']':
				b.Closes |= bit
			case separator:
				b.Separators |= bit
			}
		}
		if c == '\\' {
			slashes = true
			if i+1 < len(buf) && (buf[i+1] == '"' || buf[i+1] == '\\') { // all that escaping makes a difference to
				i++
			}
		}
	}
	return blocks, slashes
}

func checkNesting(t *testing.T, buf []byte, separator byte) {
	t.Helper()
	defer cpufeat.Use(cpufeat.Active())
	want, slashes := nestingRule(buf, separator)
	for level := cpufeat.Go; level <= cpufeat.Best(); level++ {
		cpufeat.Use(level)
		for most := 1; most <= NestingBlocks; most++ {
			var state NestingState
			var out NestingMasks
			got := 0
			for {
				n := Nesting(buf, got*BlockBytes, most, separator, &state, &out)
				if n == 0 {
					break
				}
				for i := range n {
					if got >= len(want) || out.At(i) != want[got] {
						t.Fatalf("%v, %d at a time: %q, block %d: %x", level, most, buf, got, out.At(i))
					}
					got++
				}
			}
			if got != len(want) || state[2] != 0 != slashes {
				t.Fatalf("%v, %d at a time: %q: %d blocks, want %d; backslashes %x", level, most, buf, got, len(want), state[2])
			}
		}
	}
}

// Every length, with bytes that all mean something: runs of backslashes over the border of a block, quotes at it, brackets of
// both kinds; then every byte at every place.
func TestNesting(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 64))
	for _, alphabet := range []string{`"\{}[]a:,`, `{}[]:`, `\\\\"`, `a":`, `{"\"}`, "\x00\x7f\xff\xfb\xfd\"{}\xba", `"""{}x`} {
		for n := range 330 {
			buf := make([]byte, n)
			for i := range buf {
				buf[i] = alphabet[random.IntN(len(alphabet))]
			}
			checkNesting(t, buf, ':')
		}
	}
	for n := range 140 {
		for _, text := range []string{`"}"}`, `\"}`, `"\"}`, `"\\"}`, `"`} {
			checkNesting(t, []byte(strings.Repeat("x", n)+text), ',')
			checkNesting(t, []byte(`"`+strings.Repeat(`\`, n)+text+`"}`), ',')
		}
	}
	buf := []byte(strings.Repeat("x", 70))
	for c := range 256 {
		for at := range buf {
			buf[at] = byte(c)
			checkNesting(t, buf, ',')
			buf[at] = 'x'
		}
	}
}

// Nothing is read outside of the bytes.
func TestNestingAtPageEdges(t *testing.T) {
	guarded := testkit.NewGuarded(t, 4096)
	for n := range 330 {
		text := strings.Repeat(`{"a\\":[1,"]"]},`, 1+n/16)[:n]
		checkNesting(t, guarded.First([]byte(text)), ':')
		checkNesting(t, guarded.Last([]byte(text)), ':')
	}
}

func FuzzNesting(f *testing.F) {
	f.Add([]byte(`"a":[1,2,{"b":"\"}"}],"c":"\\"}`+strings.Repeat(" ", 64)), byte(':'))
	f.Fuzz(func(t *testing.T, buf []byte, separator byte) {
		if separator < 0x80 && !strings.ContainsRune(`"\{}[]`, rune(separator)) && separator != 0 {
			checkNesting(t, buf, separator)
		}
	})
}

// BenchmarkNesting times the masks of one KB, four blocks at a time.
func BenchmarkNesting(b *testing.B) {
	text := []byte(strings.Repeat(`{"name":"value","n":[1,2,3],"x\"":null},`, 26))[:1024]
	for level := cpufeat.Go; level <= cpufeat.Best(); level++ {
		if level == cpufeat.SSSE3 {
			continue
		}
		b.Run(level.String(), func(b *testing.B) {
			defer cpufeat.Use(cpufeat.Use(level))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				var state NestingState
				var out NestingMasks
				for at := 0; at < len(text); at += NestingBlocks * BlockBytes {
					Nesting(text, at, NestingBlocks, ':', &state, &out)
				}
			}
		})
	}
}
