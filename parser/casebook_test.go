package parser

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The casebook: testdata/*.md, cases to be read as a lesson and run as a test. testdata/README.md describes the
// notation. This file reads it, replay_test.go plays it, casebook_run_test.go compares.

type testCase struct {
	place  string // file:line of the input
	input  []byte
	lim    Limits
	chunk  ChunkLimits
	expect []string
	focus  int // where an expanded byte stands; -1 if there is none, or this is the first of its set
}

// readCasebook returns all cases, and the headings in the order they come.
func readCasebook(t testing.TB) (cases []testCase, headings []string) {
	files, err := filepath.Glob("testdata/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal("no casebook:", err)
	}
	for _, name := range files {
		if filepath.Base(name) == "README.md" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c, h := readChapter(t, name, string(text))
		cases, headings = append(cases, c...), append(headings, h...)
	}
	return cases, headings
}

func readChapter(t testing.TB, name, text string) (cases []testCase, headings []string) {
	var block []string
	start, inBlock := 0, false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case inBlock && line == "```":
			cases = append(cases, readBlock(t, name, start, block)...)
			inBlock, block = false, nil
		case inBlock:
			block = append(block, line)
		case strings.HasPrefix(line, "```"):
			inBlock, start = true, i+2
		case strings.HasPrefix(line, "## "):
			headings = append(headings, strings.TrimPrefix(line, "## "))
		}
	}
	if inBlock {
		t.Fatalf("%s: block not closed", name)
	}
	return cases, headings
}

// readBlock reads groups of inputs followed by what all of them must give. A line "limits" holds for the block.
func readBlock(t testing.TB, name string, start int, lines []string) (cases []testCase) {
	lim, chunk := DefaultLimits(), DefaultChunkLimits()
	first := 0 // of the group, in cases
	var expect []string
	closeGroup := func(line int) {
		if len(cases) == first || len(expect) == 0 {
			t.Fatalf("%s:%d: inputs and outcomes do not pair up", name, line)
		}
		for i := first; i < len(cases); i++ {
			cases[i].expect = expect
		}
		first, expect = len(cases), nil
	}
	for i, line := range lines {
		at := start + i
		switch {
		case line == "":
		case strings.HasPrefix(line, "limits "):
			setLimits(t, strings.Fields(line)[1:], &lim, &chunk)
		case strings.HasPrefix(line, "> "):
			if len(expect) > 0 {
				closeGroup(at)
			}
			inputs, focus := expand(t, line[2:])
			for k, input := range inputs {
				c := testCase{place: fmt.Sprintf("%s:%d", name, at), input: input, lim: lim, chunk: chunk, focus: focus}
				if k == 0 {
					c.focus = -1
				}
				cases = append(cases, c)
			}
		case strings.HasPrefix(line, "| "):
			more, _ := expand(t, line[2:])
			if len(cases) == 0 || len(more) != 1 {
				t.Fatalf("%s:%d: nothing to continue", name, at)
			}
			last := &cases[len(cases)-1]
			last.input = append(last.input, more[0]...)
		default:
			expect = append(expect, line)
		}
	}
	closeGroup(start + len(lines))
	return cases
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

var (
	repeatPattern = regexp.MustCompile(`\\\{(\d+)\*((?:[^\\}]|\\[^{\[])*)\}`)
	rangePattern  = regexp.MustCompile(`\\\[([^\]]*)\]`)
)

// expand turns the notation into bytes: one input, or one for each byte of a \[set].
func expand(t testing.TB, text string) (inputs [][]byte, focus int) {
	text = repeatPattern.ReplaceAllStringFunc(text, func(s string) string {
		m := repeatPattern.FindStringSubmatch(s)
		n, _ := strconv.Atoi(m[1])
		return strings.Repeat(m[2], n)
	})
	at := rangePattern.FindStringSubmatchIndex(text)
	if at == nil {
		return [][]byte{unescape(t, text)}, -1
	}
	before, after := unescape(t, text[:at[0]]), unescape(t, text[at[1]:])
	for _, b := range byteSet(t, text[at[2]:at[3]]) {
		inputs = append(inputs, slices.Concat(before, []byte{b}, after))
	}
	return inputs, len(before)
}

// byteSet reads "00-08 7f" or, with "not " before it, the other bytes. "tchar" is the set of that name.
func byteSet(t testing.TB, text string) (set []byte) {
	text, not := strings.CutPrefix(text, "not ")
	var in [256]bool
	for _, word := range strings.Fields(text) {
		if word == "tchar" {
			for _, b := range []byte("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
				in[b] = true
			}
			continue
		}
		low, high, isRange := strings.Cut(word, "-")
		if !isRange {
			high = low
		}
		from, err1 := strconv.ParseUint(low, 16, 8)
		to, err2 := strconv.ParseUint(high, 16, 8)
		if err1 != nil || err2 != nil || from > to {
			t.Fatalf("bad set %q", text)
		}
		for b := from; b <= to; b++ {
			in[b] = true
		}
	}
	for b := range 256 {
		if in[b] != not {
			set = append(set, byte(b))
		}
	}
	return set
}

func unescape(t testing.TB, text string) []byte {
	var out bytes.Buffer
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out.WriteByte(text[i])
			continue
		}
		i++
		if i == len(text) {
			t.Fatalf("escape without end in %q", text)
		}
		switch text[i] {
		case 'r':
			out.WriteByte('\r')
		case 'n':
			out.WriteByte('\n')
		case 't':
			out.WriteByte('\t')
		case '0':
			out.WriteByte(0)
		case '\\':
			out.WriteByte('\\')
		case 'x':
			if i+2 >= len(text) {
				t.Fatalf("short \\x in %q", text)
			}
			n, err := strconv.ParseUint(text[i+1:i+3], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			out.WriteByte(byte(n))
			i += 2
		default:
			t.Fatalf("unknown escape \\%c in %q", text[i], text)
		}
	}
	return out.Bytes()
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
