package asm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/covetgo/covet/internal/cpufeat"
	"github.com/covetgo/covet/internal/testkit"
)

// The rule of asm.go, once more and one byte at a time, and every level against it.

// rule returns all marks of buf[from:], up to the one that is the last to mean anything.
func rule(buf []byte, from int, request bool) (marks []uint16) {
	isControl := func(i int) bool {
		return i >= from && (buf[i] < ' ' && buf[i] != '\t' || buf[i] == 0x7F)
	}
	inName, inTarget := true, request
	for i := from; i < len(buf); i++ {
		lineStart := i == from || i >= from+2 && isControl(i-1) && isControl(i-2)
		inName = inName || lineStart
		inTarget = inTarget && !isControl(i)
		b := buf[i]
		ends := inName && !isNameByte(b)
		divides := inTarget && (b == ' ' || b == '\t' || b == '?' || b == '#' || b >= 0x80)
		if ends || divides || isControl(i) && !isControl(i-1) {
			marks = append(marks, uint16(i))
		}
		if ends {
			inName = false
		}
		if lineStart && isControl(i) {
			break
		}
	}
	return marks
}

func isNameByte(b byte) bool {
	const others = "!#$%&'*+-.^_|~"
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || slices.Contains([]byte(others), b)
}

// check compares what Index says, at every level, with the rule. Index may say less if it is full, and more behind the
// end of a head.
func check(t *testing.T, buf []byte, from int, request bool) {
	want := rule(buf, from, request)
	var marks Marks
	for level := cpufeat.Go; level <= cpufeat.Best(); level++ {
		cpufeat.Use(level)
		n := Index(buf, from, request, &marks)
		got, want := marks[:n], want
		switch {
		case n > MarksFull && n < len(want):
			want = want[:n]
		case len(want) > 0 && endsHead(buf, from, int(want[len(want)-1])):
			got = got[:min(n, len(want))]
		}
		if n > MarksMax || !slices.Equal(got, want) {
			t.Fatalf("%v: %q from %d, request %v: %d, want %d", level, buf, from, request, marks[:n], want)
		}
	}
}

// endsHead reports whether a mark is a control byte at the start of a line.
func endsHead(buf []byte, from, mark int) bool {
	isControl := func(i int) bool { return i >= from && class[buf[i]]&control != 0 }
	return isControl(mark) && (mark == from || isControl(mark-1) && isControl(mark-2))
}

// Every byte at every place of every length that takes another way through a kernel: none, less than a register, one
// that is covered by two overlapping loads, one and two blocks and what is left of them.
func TestEveryByteEverywhere(t *testing.T) {
	defer cpufeat.Use(cpufeat.Active())
	guarded := testkit.NewGuarded(t, 4096)
	const lengthMax = 130
	for i, pattern := range []string{"a", "Name: value\r\n", "GET /p?q HTTP/1.1\r\nA: b\r\n\r\n"} {
		text := make([]byte, 0, lengthMax)
		for len(text) < lengthMax {
			text = append(text, pattern[len(text)%len(pattern)])
		}
		for length := range lengthMax + 1 {
			buf := guarded.Last(text[:length])
			for place := range buf {
				was := buf[place]
				for b := range 256 {
					if i > 0 && !edge[b] { // every byte in the first pattern, those at the edges of a class in the others
						continue
					}
					buf[place] = byte(b)
					check(t, buf, 0, b&1 == 0)
				}
				buf[place] = was
			}
		}
	}
}

// edge holds the bytes that have a neighbour in another class.
var edge = func() (edge [256]bool) {
	for b := range edge {
		edge[b] = class[b] != class[(b+1)&255] || class[b] != class[(b+255)&255]
	}
	return edge
}()

// Bytes at the edges of classes, in every combination that chance finds: what a block hands on to the next, and what
// starts in the middle.
func TestRandom(t *testing.T) {
	defer cpufeat.Use(cpufeat.Active())
	const edges = "\x00\x1f !\"#$>?@AZ[`az{|~\x7f\x80\xa0\xfe\xff-,.:\t\t\r\n\r\n\r\nabcdefgh"
	guarded := testkit.NewGuarded(t, 4096)
	t.Log("every level up to", cpufeat.Best())
	r := rand.New(rand.NewPCG(7, 8))
	for range 40_000 {
		text := make([]byte, r.IntN(300))
		common := 1 + r.IntN(200) // one in so many is rare
		for i := range text {
			text[i] = byte('a' + i%26)
			if r.IntN(common) == 0 {
				text[i] = edges[r.IntN(len(edges))]
			}
		}
		from := 0
		if len(text) > 0 && r.IntN(2) == 0 {
			from = r.IntN(len(text) + 1)
		}
		request := r.IntN(2) == 0
		check(t, guarded.First(text), from, request)
		check(t, guarded.Last(text), from, request)
	}
}

// Wherever the bytes lie, relative to registers and to the ends of a page.
func TestAlignments(t *testing.T) {
	head := []byte("GET /plaintext?a HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nA: b\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
	defer cpufeat.Use(cpufeat.Active())
	guarded := testkit.NewGuarded(t, 3*4096)
	all := guarded.Last(make([]byte, 3*4096))
	for at := range len(all) - len(head) + 1 {
		buf := all[at : at+len(head)]
		copy(buf, head)
		check(t, buf, 0, true)
	}
}

// A buffer of nothing but marks fills the memory and no more of it; where it stops, it can be asked to go on.
func TestFull(t *testing.T) {
	defer cpufeat.Use(cpufeat.Active())
	for _, pattern := range []string{" ", "#", "\x01a", "a:\r\n", "\r\n", "\n", "?#"} {
		buf := []byte{}
		for len(buf) < 5000 {
			buf = append(buf, pattern...)
		}
		check(t, buf, 0, false)
		check(t, buf, 0, true)
	}
}

// The longest buffer there is has places that just fit.
func TestLongest(t *testing.T) {
	buf := slices.Repeat([]byte("a"), BytesMax)
	copy(buf[BytesMax-4:], "\r\n\r\n")
	defer cpufeat.Use(cpufeat.Active())
	check(t, buf, 0, true)
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte("GET /plaintext?a HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nA: b\r\n\r\n"), 0, true)
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\nX: \x80\t \x7f\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 16, false)
	guarded := testkit.NewGuarded(f, BytesMax)
	f.Fuzz(func(t *testing.T, buf []byte, from int, request bool) {
		if len(buf) > BytesMax || from < 0 || from > len(buf) {
			return
		}
		defer cpufeat.Use(cpufeat.Active())
		check(t, guarded.Last(buf), from, request)
	})
}

// What the kernel costs by itself, in a head of fields of usual length.
func BenchmarkIndex(b *testing.B) {
	for _, size := range []int{49, 256, 703, 4096} {
		line := "Header-Name: and a value of some length\r\n"
		head := "GET / HTTP/1.1\r\n"
		for len(head)+len(line) < size-2 {
			head += line
		}
		for len(head) < size-4 {
			head += "x"
		}
		head += "\r\n\r\n"
		for level := cpufeat.Go; level <= cpufeat.Best(); level++ {
			b.Run(fmt.Sprint(size, "/", level), func(b *testing.B) {
				defer cpufeat.Use(cpufeat.Use(level))
				buf := []byte(head)
				var marks Marks
				b.SetBytes(int64(len(buf)))
				for b.Loop() {
					Index(buf, 0, true, &marks)
				}
			})
		}
	}
}
