package asm

// This file holds the kernels to their twins, and those to byte by byte: all bytes at all places of all lengths, chance, every
// way to cut, and pages that cannot be read at both ends.

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/covetgo/covet/internal/cpufeat"
	"github.com/covetgo/covet/internal/testkit"
)

// eachLevel runs f without kernels and with the best ones.
func eachLevel(f func()) {
	defer cpufeat.Use(cpufeat.Use(cpufeat.Go))
	f()
	cpufeat.Use(cpufeat.Best())
	f()
}

// textRule is Text, one byte at a time.
func textRule(buf []byte, from int, set Set) (end int, odd uint64) {
	members := `"\`
	if set == HTML {
		members = `"\<>&`
	}
	for end = from; end < len(buf) && buf[end] >= ' ' && strings.IndexByte(members, buf[end]) < 0; end++ {
	}
	text := string(buf[from:end])
	if !utf8.ValidString(text) {
		odd |= NotUTF8
	}
	if strings.Contains(text, "\u2028") || strings.Contains(text, "\u2029") {
		odd |= LineEnds
	}
	return end, odd
}

// checkText compares what Text says at each level with the rule.
func checkText(t testing.TB, buf []byte, from int) {
	for set := range setCount {
		want, wantOdd := textRule(buf, from, set)
		eachLevel(func() {
			if end, odd := Text(buf, from, set); end != want || odd != wantOdd {
				t.Fatalf("%v: %q from %d, set %d: %d %d, want %d %d", cpufeat.Active(), buf, from, set, end, odd, want, wantOdd)
			}
		})
	}
}

// Every byte at every place of every length that takes another way: none, less than a register, one, two and four of them and
// what is left. Among letters, what is to be said about one byte needs no search.
func TestTextEveryByteEverywhere(t *testing.T) {
	guarded := testkit.NewGuarded(t, 4096)
	text := strings.Repeat("a", 130)
	for length := 0; length <= len(text); length += lengthStep {
		buf := guarded.Last([]byte(text[:length]))
		checkText(t, buf, 0)
		for place := range buf {
			for c := range 256 {
				buf[place] = byte(c)
				for set := range setCount {
					one, wantOdd := textRule(buf[place:place+1], 0, set)
					want := place
					if one == 1 {
						want = length
					}
					eachLevel(func() {
						if end, odd := Text(buf, 0, set); end != want || odd != wantOdd {
							t.Fatalf("%v: %q, set %d: %d %d, want %d %d", cpufeat.Active(), buf, set, end, odd, want, wantOdd)
						}
					})
				}
			}
			buf[place] = 'a'
		}
	}
}

// The bytes that mean something else than a neighbour, among characters of two, three and four bytes.
func TestTextEdgesEverywhere(t *testing.T) {
	guarded := testkit.NewGuarded(t, 4096)
	const lengthMax = 70
	for _, pattern := range []string{"日本", "𝄞é", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\u2028"} {
		text := []byte(strings.Repeat(pattern, lengthMax/len(pattern)+1))
		for length := 0; length <= lengthMax; length += lengthStep {
			buf := guarded.Last(text[:length])
			for place := range buf {
				was := buf[place]
				for c, isEdge := range edge {
					if isEdge {
						buf[place] = byte(c)
						checkText(t, buf, 0)
					}
				}
				buf[place] = was
			}
		}
	}
}

// edge has the bytes that mean something else than one of their neighbours.
var edge = func() (edge [256]bool) {
	for _, c := range []byte("\x00\x1f !\"#%&'<=>[\\]\x7f\x80\x81\x8f\x90\x9f\xa0\xa7\xa8\xa9\xaa\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xe2\xe3\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xf7\xf8\xff") {
		edge[c] = true
	}
	return edge
}()

// Every pair, triple and quadruple of edge bytes, across the border of two registers.
func TestTextUTF8(t *testing.T) {
	edges := []byte{'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xe2, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff}
	buf := []byte(strings.Repeat("m", 70))
	for n := 0; n < len(edges); n += lengthStep {
		a := edges[n]
		for _, b := range edges {
			for _, c := range edges {
				for _, d := range edges {
					at := 28 + int(a^b^c^d)%5 // the four lie before, across and behind the border at 32
					four := buf[at : at+4]
					four[0], four[1], four[2], four[3] = a, b, c, d
					checkText(t, buf, 0)
					copy(four, "mmmm")
				}
			}
		}
	}
}

// Texts of all kinds, from anywhere, at both ends of a page.
func TestTextRandom(t *testing.T) {
	pieces := []string{"a", "plain ascii of some length", "é", "日本語", "𝄞", "\u2028", "\u2029", "\u2027", "\xe2\x80", "\xff", "\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "<", "&", `"`, `\`, "\n", "\x7f", "\ufffd"}
	guarded := testkit.NewGuarded(t, 4096)
	r := rand.New(rand.NewPCG(3, 4))
	for range 30_000 / lengthStep {
		var text []byte
		for n := r.IntN(40); n > 0; n-- {
			kind := r.IntN(len(pieces))
			if r.IntN(4) > 0 {
				kind = r.IntN(5) // mostly sound ones
			}
			text = append(text, pieces[kind]...)
		}
		from := r.IntN(len(text) + 1)
		checkText(t, guarded.Last(text), from)
		checkText(t, guarded.First(text), from)
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("plain text that is longer than a register \u2028日本語é𝄞\xff\" and more"), 3)
	f.Fuzz(func(t *testing.T, text []byte, from int) {
		if from >= 0 && from <= len(text) {
			checkText(t, text, from)
		}
	})
}

// told is all that Structure says of a text, by calls for so many bytes.
func told(buf []byte, bytes int) (blocks []Block, state State) {
	var some Blocks
	state = Start()
	for at := 0; at < len(buf); {
		read, n := Structure(buf[at:min(at+bytes, len(buf))], &state, &some)
		for _, b := range some[:n] {
			b.At += uint64(at)
			blocks = append(blocks, b)
		}
		at += read
	}
	return blocks, state
}

// checkStructure compares the kernel with the twin: all blocks in one call, and, stepwise, one call for each.
func checkStructure(t testing.TB, buf []byte, stepwise bool) {
	var want []Block
	var wantState State
	eachLevel(func() {
		if cpufeat.Active() == cpufeat.Go {
			want, wantState = told(buf, len(buf))
		}
		if got, state := told(buf, len(buf)); !slices.Equal(got, want) || state != wantState {
			t.Fatalf("%v: %q:\n%b %+v, want\n%b %+v", cpufeat.Active(), buf, got, state, want, wantState)
		}
		if !stepwise {
			return
		}
		if got, state := told(buf, BlockBytes); !slices.Equal(got, want) || state != wantState {
			t.Fatalf("%v: %q, block by block:\n%b %+v, want\n%b %+v", cpufeat.Active(), buf, got, state, want, wantState)
		}
	})
}

// Every byte at every place of two blocks, outside a string, in one, behind a backslash and where digits are due.
func TestStructureEveryByteEverywhere(t *testing.T) {
	guarded := testkit.NewGuarded(t, 4096)
	for n, around := range []string{" ", "1", "\"" + strings.Repeat("x", 127), `"\`, `"\u`, "\\", strings.Repeat(`\u12aF`, 30), strings.Repeat(`"\"",`, 30), strings.Repeat(`\\"`, 43), strings.Repeat(`\`, 127) + `"`,
		strings.Repeat(`{"a":[1,"b"],"c":{}},`, 6), strings.Repeat("[", 128), strings.Repeat("a ", 64), strings.Repeat("-0.5,10,", 16), strings.Repeat("1", 62) + "-0.25" + strings.Repeat("1", 61)} {
		buf := guarded.Last([]byte(strings.Repeat(around, 128))[:2*BlockBytes])
		for place := 0; place < len(buf); place += lengthStep {
			was := buf[place]
			for c := range 256 {
				if n == 0 || edge[c] || strings.IndexByte("{}[]:,0123456789abcdefnrtu/+-.\t\n\r", byte(c)) >= 0 {
					buf[place] = byte(c)
					checkStructure(t, buf, false)
				}
			}
			buf[place] = was
		}
	}
}

// What has a meaning somewhere, put together by chance.
func TestStructureRandom(t *testing.T) {
	pieces := []string{`"`, `"`, `\`, `\\`, `\"`, `\u12aF`, `\u12g4`, `\u`, `\n`, `\x`, "{", "}", "[", "]", ":", ",", " ", "\n        ", "true", "-1.5e3", "-", "0", ".", "17", ",", "é日", "\x0c\x1a\x00", "text", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
	guarded := testkit.NewGuarded(t, 4096)
	r := rand.New(rand.NewPCG(5, 6))
	for range 20_000 / lengthStep {
		size := BlockBytes * r.IntN(2*BlocksMax)
		var text []byte
		few := 1 + r.IntN(len(pieces))
		for len(text) < size {
			text = append(text, pieces[r.IntN(few)]...)
		}
		checkStructure(t, guarded.Last(text[:size]), true)
	}
}

func FuzzStructure(f *testing.F) {
	f.Add([]byte(strings.Repeat(`{"id": 7, "tag": "a\"\u12af,b"} `, 6)))
	f.Fuzz(func(t *testing.T, buf []byte) {
		checkStructure(t, buf[:len(buf)&^(BlockBytes-1)], true)
	})
}

// What the kernels cost by themselves.
func BenchmarkText(b *testing.B) {
	for _, text := range []struct{ name, unit string }{{"ascii", "plain text "}, {"cyrillic", "текст и "}, {"japanese", "日本語の"}} {
		for _, size := range []string{"32", "128", "1024"} {
			n := map[string]int{"32": 32, "128": 128, "1024": 1024}[size]
			buf := []byte(strings.Repeat(text.unit, 1024)[:n-1] + `"`)
			for level := cpufeat.Go; level <= cpufeat.Best(); level++ {
				b.Run(text.name+"/"+size+"/"+level.String(), func(b *testing.B) {
					defer cpufeat.Use(cpufeat.Use(level))
					b.SetBytes(int64(n))
					for b.Loop() {
						Text(buf, 0, HTML)
					}
				})
			}
		}
	}
}

func BenchmarkStructure(b *testing.B) {
	for name, unit := range map[string]string{"objects": `{"id": 7, "tag": "a,b", "more": [1.5, true]}, `, "escapes": `"\u12aF\n\u12aFx",`, "unicode": strings.Repeat(`\u12aF`, 1024), "text": strings.Repeat("long text ", 1024), "numbers": "[-65.61361699999998,43.42027300000001],"} {
		buf := []byte(strings.Repeat(unit, 100)[:16*BlockBytes])
		b.Run(name, func(b *testing.B) {
			var blocks Blocks
			state := Start()
			b.SetBytes(int64(len(buf)))
			for b.Loop() {
				for at := 0; at < len(buf); {
					read, _ := Structure(buf[at:], &state, &blocks)
					at += read
				}
			}
		})
	}
}
