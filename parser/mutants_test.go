package parser

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/covetgo/covet/internal/cpufeat"
	"github.com/covetgo/covet/internal/testkit"
)

// Differential testing by the hundred million. A fuzzer that watches coverage finds its way into a program that it does
// not know; it spends most of its time on watching. Here the casebook has been everywhere already, so its inputs are
// spoilt at random and compared with the reference, many times faster and in an order that the seed alone decides:
//
//	go test ./parser -run 'TestMutants$' -mutants 10000000 -seed 7 -timeout 0
//
// docs/PARSING.md says how many have been run.

var (
	mutantCount = flag.Int("mutants", 20_000, "inputs that TestMutants tries")
	mutantSeed  = flag.Uint64("seed", 1, "what TestMutants starts its random numbers from")
)

// A mutant must get the verdict of the reference, whole and in front of a page that cannot be read; and the same one,
// with the same results, cut in two, on another instruction set.
func TestMutants(t *testing.T) {
	defer cpufeat.Use(cpufeat.Active())
	m := newMutants(t, *mutantSeed)
	guard := testkit.NewGuarded(t, 4*mutantBytesMax).Last
	levels := uint64(cpufeat.Best()) + 1
	verdicts := map[Status]int{}
	var h, again Head
	for i := range *mutantCount {
		input, lim := m.next(), fuzzLimits
		if i&1 != 0 {
			lim.FieldCountMax = FieldCountCap // as many as make a second list of marks
		}
		cpufeat.Use(cpufeat.Level(uint64(i) % levels))
		h.Reset()
		n, st := h.Parse(guard(input), &lim)
		compareWithReference(t, input, &h, n, st, reference(input, &lim))
		verdicts[st]++

		cpufeat.Use(cpufeat.Level(m.r.Uint64N(levels)))
		again.Reset()
		cut := m.r.IntN(len(input) + 1)
		nAgain, stAgain := again.Parse(guard(input[:cut]), &lim)
		if stAgain == NeedMore {
			nAgain, stAgain = again.Parse(guard(input), &lim)
		}
		if nAgain != n || stAgain != st || st == OK && !slices.Equal(h.Fields(), again.Fields()) {
			t.Fatalf("%q: whole: %d %v; cut at %d: %d %v", input, n, st, cut, nAgain, stAgain)
		}
	}
	t.Logf("%d mutants of seed %d: %d accepted, %d incomplete, %d reasons to refuse", *mutantCount, *mutantSeed,
		verdicts[OK], verdicts[NeedMore], len(verdicts)-2)
	if *mutantCount >= 20_000 && (verdicts[OK] < *mutantCount/20 || len(verdicts) < 30) {
		t.Errorf("the mutants do not reach far: %v", verdicts)
	}
}

const mutantBytesMax = 1400 // a little more than fuzzLimits admits

// mutants makes inputs out of other ones.
type mutants struct {
	r      *rand.Rand
	seeds  [][]byte
	pieces [][]byte // that a mutation may put in
	input  []byte   // of the last one, and memory for the next
}

func newMutants(t *testing.T, seed uint64) *mutants {
	m := &mutants{r: rand.New(rand.NewPCG(seed, 0)), pieces: headPieces}
	cases, _ := readCasebook(t)
	for i := range cases {
		if c := &cases[i]; c.focus < 0 && 0 < len(c.input) && len(c.input) < 1000 {
			m.seeds = append(m.seeds, c.input)
		}
	}
	for _, head := range []string{pico703, browser414, small49} {
		m.seeds = append(m.seeds, []byte(head))
	}
	return m
}

// headPieces are what has a meaning somewhere in a head.
var headPieces = piecesOf("\r\n", "\r\n\r\n", "\n\n", "\r\r", ": ", " :", "GET ", "HEAD", "CONNECT ", "TRACE ", "OPTIONS * ",
	" HTTP/1.1\r\n", " HTTP/1.0\r\n", "http://", "https://a", "a:80", "[::1]", "%2F", "?a?b", "Host: a\r\n", "Host: b:8080\r\n",
	"A`b: c\r\n", "X:\r\n", "X: \t y \t\r\n", "Content-Length: 5\r\n", "content-length: 05\r\n", "Transfer-Encoding: chunked\r\n",
	"Transfer-Encoding: gzip, chunked\r\n", "Connection: close\r\n", "Connection: keep-alive, upgrade\r\n", "Upgrade: x\r\n",
	"Expect: 100-continue\r\n", "Trailer: a\r\n", "TE: trailers\r\n", "12345678", "a-name-of-nineteen1",
	strings.Repeat("?", 57), strings.Repeat("A:b\r\n", 29))

// piecesOf adds to what it is given the bytes at the edges of the classes.
func piecesOf(pieces ...string) (all [][]byte) {
	const edges = "\x00\x08\t\n\x0b\x0c\r\x19\x1f !\"#%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\x7f\x80\xff"
	for i := range len(edges) {
		all = append(all, []byte(edges[i:i+1]))
	}
	for _, s := range pieces {
		all = append(all, []byte(s))
	}
	return all
}

// next returns another input. It lives until the next call.
func (m *mutants) next() []byte {
	b := append(m.input[:0], m.seeds[m.r.IntN(len(m.seeds))]...)
	for range 1 + m.r.IntN(3) {
		at := m.r.IntN(len(b) + 1)
		end := min(len(b), at+1+m.r.IntN(8))
		switch m.r.IntN(8) {
		case 0, 1: // put something in
			b = slices.Insert(b, at, m.pieces[m.r.IntN(len(m.pieces))]...)
		case 2, 3, 4: // put something in the place of a byte
			b = slices.Replace(b, min(at, end), min(at+1, end), m.pieces[m.r.IntN(len(m.pieces))]...)
		case 5: // leave something out
			b = slices.Delete(b, at, end)
		case 6: // go on like another one
			other := m.seeds[m.r.IntN(len(m.seeds))]
			b = append(b[:at], other[min(at, len(other)):]...)
		case 7: // change case
			if at < len(b) {
				b[at] ^= 0x20
			}
		}
	}
	m.input = b[:min(len(b), mutantBytesMax)]
	return m.input
}

// What is left of a mutation is the bytes that were asked for, whatever the seed.
func TestMutantsRepeat(t *testing.T) {
	a, b, other := newMutants(t, 5), newMutants(t, 5), newMutants(t, 6)
	same := 0
	for i := range 1000 {
		x, y := fmt.Sprintf("%q", a.next()), fmt.Sprintf("%q", b.next())
		if x != y {
			t.Fatalf("number %d: %s and %s", i, x, y)
		}
		if x == fmt.Sprintf("%q", other.next()) {
			same++
		}
	}
	if same > 100 {
		t.Errorf("%d of 1000 are those of another seed", same)
	}
}
