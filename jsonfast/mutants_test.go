package jsonfast

// This file compares with encoding/json by the million. A fuzzer that watches coverage spends most of its time on watching;
// here the texts of decode_test.go have been everywhere already, so they are spoilt at random, many times faster and in an order
// that the seed alone decides:
//
//	go test ./jsonfast -run 'TestMutants$' -mutants 10000000 -seed 7 -timeout 0
//
// docs/JSON.md says how many have been run.

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/covetgo/covet/internal/cpufeat"
	"github.com/covetgo/covet/internal/testkit"
)

var (
	mutantCount = flag.Int("mutants", 20_000, "texts that TestMutants tries")
	mutantSeed  = flag.Uint64("seed", 1, "what TestMutants starts its random numbers from")
)

// A mutant is JSON to both or to none, is read to the same value with the same error, and the value is written alike; with and
// without kernels, in front of a page that cannot be read.
func TestMutants(t *testing.T) {
	defer cpufeat.Use(cpufeat.Active())
	m, all := newMutants(*mutantSeed), targets()
	guard := testkit.NewGuarded(t, mutantBytesMax).Last
	valid, read := 0, 0
	for i := range *mutantCount {
		cpufeat.Use(cpufeat.Level(i&1) * cpufeat.AVX2)
		text := m.next()
		ok := json.Valid(text)
		if got := Valid(guard(text)); got != ok {
			t.Fatalf("%q: valid %v, want %v", text, got, ok)
		}
		target := all[m.r.IntN(len(all))]
		theirs, ours := fresh(target), fresh(target)
		wantErr, err := json.Unmarshal(text, theirs), Options{OnePass: ok && i&2 != 0}.Unmarshal(guard(text), ours)
		if !sameError(err, wantErr) || !reflect.DeepEqual(ours, theirs) {
			compareDecoded(t, string(text), ours, theirs, err, wantErr)
			t.FailNow()
		}
		if ok {
			valid++
		}
		if err == nil {
			read++
			sameWriting(t, text, theirs)
		}
	}
	t.Logf("%d mutants of seed %d: %d are JSON, %d fit their target", *mutantCount, *mutantSeed, valid, read)
	if *mutantCount >= 20_000 && (valid < *mutantCount/10 || valid > *mutantCount*9/10 || read < *mutantCount/50) {
		t.Error("the mutants do not reach far")
	}
}

// sameWriting compares how a value is written.
func sameWriting(t *testing.T, text []byte, v any) {
	want, wantErr := json.Marshal(v)
	got, err := Marshal(v)
	if !bytes.Equal(got, want) || !sameError(err, wantErr) {
		t.Fatalf("%q as %T is written\n%s (%v), want\n%s (%v)", text, v, got, err, want, wantErr)
	}
}

const mutantBytesMax = 4000

// mutants makes texts out of other ones.
type mutants struct {
	r     *rand.Rand
	seeds []string
	text  []byte // the last one, and memory for the next
}

func newMutants(seed uint64) *mutants {
	m := &mutants{r: rand.New(rand.NewPCG(seed, 0))}
	for _, text := range texts() {
		if len(text) <= 600 {
			m.seeds = append(m.seeds, text)
		}
	}
	for _, s := range []string{`{"name":"%"}`, `["%","%"]`, `{"a":{"k":["%",-1.5e3,null,true]},"s":"%"}`} { // long enough for the kernels
		for _, fill := range []string{"plain text and more ", "日本語の文", "текст é𝄞", `\u00e9\ud83d\ude00\n`, "a\u2028<&>"} {
			m.seeds = append(m.seeds, strings.ReplaceAll(s, "%", strings.Repeat(fill, 8)))
		}
	}
	m.seeds = append(m.seeds, "[1,2,3]"+strings.Repeat(" ", 300), strings.Repeat(" ", 300)+`"a"`, "[\n"+strings.Repeat("        {\"id\": 12, \"name\": \"x\", \"score\": 0.25, \"tags\": [\"a\", \"b\"]},\n", 6)+"null]")
	return m
}

// mutantPieces are what a mutation may put in.
var mutantPieces = strings.Split("\x00 \x01 \x1f \x7f \x80 \xbf \xc3 \xe2\x80 \xe2\x80\xa8 \xed\xa0\x80 \xf0\x9d\x84\x9e \xff \" \" \" \\ \\ \\\\ \\\" \\n \\u \\u00e9 \\ud83d \\ude00 \\x { } [ ] , : {} [] \"a\":1, \"\" null true false 0 1 9 - . e E+ 1e400 12345678 "+
	"-0.000001 123456789012345678901 9007199254740993 0.1234567890123456789 \t \n \r long-enough-for-a-register-of-32-bytes-and-more é 日本 < & / a k", " ")

// next returns another text. It lives until the next call.
func (m *mutants) next() []byte {
	b := append(m.text[:0], m.seeds[m.r.IntN(len(m.seeds))]...)
	for range m.r.IntN(4) {
		at := m.r.IntN(len(b) + 1)
		end := min(len(b), at+1+m.r.IntN(8))
		piece := mutantPieces[m.r.IntN(len(mutantPieces))]
		switch m.r.IntN(8) {
		case 0, 1:
			b = slices.Insert(b, at, []byte(piece)...)
		case 2, 3:
			b = slices.Replace(b, at, min(at+1, len(b)), []byte(piece)...)
		case 4:
			b = slices.Delete(b, at, end)
		case 5: // go on like another one
			other := m.seeds[m.r.IntN(len(m.seeds))]
			b = append(b[:at], other[min(at, len(other)):]...)
		case 6: // change case
			if at < len(b) {
				b[at] ^= 0x20
			}
		case 7: // another one as a value
			other := m.seeds[m.r.IntN(len(m.seeds))]
			b = slices.Insert(b, at, []byte(other)...)
		}
	}
	m.text = b[:min(len(b), mutantBytesMax)]
	return m.text
}
