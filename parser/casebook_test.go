package parser

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/covetgo/covet/internal/casebook"
)

// The casebook: testdata/*.md, cases to be read as a lesson and run as a test. testdata/README.md describes the
// notation, internal/casebook reads it, replay_test.go plays it, casebook_run_test.go compares.

type testCase struct {
	place  string // file:line of the input
	input  []byte
	lim    Limits
	chunk  ChunkLimits
	expect []string
	focus  int // as in casebook.Case
}

// readCasebook returns all cases, and the headings in the order they come.
func readCasebook(t testing.TB) (cases []testCase, headings []string) {
	read, headings := casebook.Read(t, "testdata")
	for _, c := range read {
		own := testCase{c.Place, c.Input, DefaultLimits(), DefaultChunkLimits(), c.Expect, c.Focus}
		setLimits(t, c.Limits, &own.lim, &own.chunk)
		cases = append(cases, own)
	}
	return cases, headings
}

func setLimits(t testing.TB, words []string, lim *Limits, chunk *ChunkLimits) {
	fields := map[string]*int{
		"head": &lim.HeadBytesMax, "target": &lim.TargetBytesMax, "line": &lim.FieldLineBytesMax,
		"fields": &lim.FieldCountMax, "crlf": &lim.LeadingCRLFMax,
		"ext": &chunk.ExtLineBytesMax, "excess": &chunk.ExtExcessBytesMax,
		"trailer": &chunk.TrailerBytesMax, "trailers": &chunk.TrailerCountMax,
	}
	for _, word := range words {
		if word == "secured" {
			lim.Secured = true
			continue
		}
		key, value, _ := strings.Cut(word, "=")
		n, err := strconv.Atoi(value)
		if fields[key] == nil || err != nil {
			t.Fatalf("unknown limit %q", word)
		}
		*fields[key] = n
	}
}

// escape is how events show bytes.
func escape(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		switch {
		case c == '\r':
			s.WriteString(`\r`)
		case c == '\n':
			s.WriteString(`\n`)
		case c == '\t':
			s.WriteString(`\t`)
		case c == '\\':
			s.WriteString(`\\`)
		case c < ' ' || c >= 0x7F:
			fmt.Fprintf(&s, `\x%02x`, c)
		default:
			s.WriteByte(c)
		}
	}
	return s.String()
}
