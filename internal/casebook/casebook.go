// Package casebook reads parser/testdata/*.md: cases of what goes over the wire
// and what must become of it, to be read as a lesson and run as a test by
// whoever handles such bytes. testdata/README.md there describes the notation.
package casebook

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

// Case is one input and its outcome.
type Case struct {
	Place  string   // file:line of the input
	Row    string   // the heading it stands under
	Input  []byte   //
	Limits []string // words of the block's "limits" line: key=value, or a flag
	Expect []string // events, in order
	// Focus is where the byte of an expanded set stands; -1 if there is none, or
	// if this is the first input of its set.
	Focus int
}

// Read returns all cases of a folder, and the headings in the order they come.
func Read(t testing.TB, dir string) (cases []Case, headings []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.md"))
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
		c := chapter{t: t, name: name}
		c.read(string(text))
		cases, headings = append(cases, c.cases...), append(headings, c.headings...)
	}
	return cases, headings
}

// chapter is one file while it is read.
type chapter struct {
	t        testing.TB
	name     string
	cases    []Case
	headings []string
}

func (c *chapter) read(text string) {
	var block []string
	start, inBlock := 0, false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case inBlock && line == "```":
			c.readBlock(start, block)
			inBlock, block = false, nil
		case inBlock:
			block = append(block, line)
		case strings.HasPrefix(line, "```"):
			inBlock, start = true, i+2
		case strings.HasPrefix(line, "## "):
			c.headings = append(c.headings, strings.TrimPrefix(line, "## "))
		}
	}
	if inBlock {
		c.t.Fatalf("%s: block not closed", c.name)
	}
}

// readBlock reads groups of inputs followed by what all of them must give. A line "limits" holds for the block.
func (c *chapter) readBlock(start int, lines []string) {
	first := len(c.cases) // of the group
	var limits, expect []string
	closeGroup := func(line int) {
		if len(c.cases) == first || len(expect) == 0 {
			c.t.Fatalf("%s:%d: inputs and outcomes do not pair up", c.name, line)
		}
		for i := first; i < len(c.cases); i++ {
			c.cases[i].Expect = expect
		}
		first, expect = len(c.cases), nil
	}
	for i, line := range lines {
		at := start + i
		switch {
		case line == "":
		case strings.HasPrefix(line, "limits "):
			limits = strings.Fields(line)[1:]
		case strings.HasPrefix(line, "> "):
			if len(expect) > 0 {
				closeGroup(at)
			}
			c.add(at, line[2:], limits)
		case strings.HasPrefix(line, "| "):
			more, _ := expand(c.t, line[2:])
			if len(c.cases) == first || len(more) != 1 {
				c.t.Fatalf("%s:%d: nothing to continue", c.name, at)
			}
			last := &c.cases[len(c.cases)-1]
			last.Input = append(last.Input, more[0]...)
		default:
			expect = append(expect, line)
		}
	}
	closeGroup(start + len(lines))
}

// add adds the inputs that one line stands for.
func (c *chapter) add(line int, text string, limits []string) {
	inputs, focus := expand(c.t, text)
	for i, input := range inputs {
		one := Case{Place: fmt.Sprintf("%s:%d", c.name, line), Row: c.row(), Input: input, Limits: limits, Focus: focus}
		if i == 0 {
			one.Focus = -1
		}
		c.cases = append(c.cases, one)
	}
}

func (c *chapter) row() string {
	if len(c.headings) == 0 {
		return ""
	}
	return c.headings[len(c.headings)-1]
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
