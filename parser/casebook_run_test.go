package parser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/covetgo/covet/internal/cpufeat"
	"github.com/covetgo/covet/internal/testkit"
)

// Every case must give what it says when it comes whole, and exactly the same events however it is cut, at every
// alignment, and with an unreadable page before and behind it; and all that on every instruction set.
func TestCasebook(t *testing.T) {
	cases, _ := readCasebook(t)
	atEveryLevel(t, func(t *testing.T) {
		guarded := testkit.NewGuarded(t, 2*HeadBytesCap)
		for i := range cases {
			playEveryWay(t, &cases[i], guarded, i%8)
		}
	})
	t.Logf("%d cases", len(cases))
}

// atEveryLevel runs a test once for each instruction set that this processor has.
func atEveryLevel(t *testing.T, test func(t *testing.T)) {
	defer cpufeat.Use(cpufeat.Active())
	for level := cpufeat.Go; level <= cpufeat.Best(); level++ {
		cpufeat.Use(level)
		t.Run(level.String(), test)
	}
}

func playEveryWay(t *testing.T, c *testCase, guarded *testkit.Guarded, shift int) {
	whole := play(c, misplace(0), c.input)
	if diff := mismatch(whole, c.expect); diff != "" {
		t.Errorf("%s: %s\ninput  %.200q\nevents:\n  %s", c.place, diff, c.input, strings.Join(whole, "\n  "))
		return
	}
	same := func(how string, events []string) bool {
		if slices.Equal(events, whole) {
			return true
		}
		t.Errorf("%s: %s gives other events\ninput %.200q\n%s:\n  %s\nwhole:\n  %s", c.place, how, c.input, how,
			strings.Join(events, "\n  "), strings.Join(whole, "\n  "))
		return false
	}
	step := 1
	if c.focus >= 0 {
		step = 9 // the inputs of a set differ in one byte: all alignments between them
	}
	for shift := 1 + shift%step; shift < alignments; shift += step {
		same(fmt.Sprint("shifted by ", shift), play(c, misplace(shift), c.input))
	}
	same("guard page behind", play(c, guarded.Last, c.input))
	same("guard page before", play(c, guarded.First, c.input))
	place := misplace(shift)
	if len(c.input) > 2000 {
		place = func(b []byte) []byte { return b } // copying each prefix would be quadratic
	}
	same("byte by byte", play(c, place, slices.Collect(slices.Chunk(c.input, 1))...))
	for _, cut := range cuts(c) {
		how := fmt.Sprint("cut at ", cut)
		if !same(how, play(c, guarded.Last, c.input[:cut], c.input[cut:])) {
			break
		}
	}
}

const alignments = 64 // bytes: a cache line, and the widest register there is

// cuts returns every place to cut the input in two; of a long one, those around its ends and some between. The
// inputs of a set differ in one byte: all but the first are cut around that.
func cuts(c *testCase) (at []int) {
	n := len(c.input)
	for i := 1; i < n; i++ {
		switch {
		case c.focus >= 0 && (i < c.focus-1 || i > c.focus+3):
		case n <= 600 || i < 40 || i > n-40 || i%(n/40) == 0:
			at = append(at, i)
		}
	}
	return at
}

// misplace copies to a fresh buffer, shift bytes behind its start.
func misplace(shift int) func([]byte) []byte {
	return func(b []byte) []byte {
		fresh := make([]byte, shift+len(b))
		return fresh[shift : shift+copy(fresh[shift:], b) : len(fresh)] // large ones start at a cache line
	}
}

// The rows of the checklist that concern parsing, and the attack classes. A row without a chapter heading is a rule
// without a test.
func TestCasebookIsComplete(t *testing.T) {
	_, headings := readCasebook(t)
	has := func(want string) bool {
		return slices.ContainsFunc(headings, func(h string) bool { return h == want || strings.HasPrefix(h, want+" ") })
	}
	for part, rows := range map[string]int{"A": 31, "B": 22, "C": 22, "D": 15} {
		for row := 1; row <= rows; row++ {
			if id := fmt.Sprint(part, row); !has(id) {
				t.Error("no case for row", id)
			}
		}
	}
	for _, class := range attackClasses {
		if !has(class) {
			t.Error("no case for attack class", class)
		}
	}
}

var attackClasses = []string{
	"CL.TE and TE.CL", "HTTP/1.0 with Transfer-Encoding", "Chunked not final", "Duplicate Transfer-Encoding",
	"Obfuscated Transfer-Encoding", "Content-Length sign and format", "Content-Length empty",
	"Content-Length overflow and duplicates", "Chunk-size overflow", "Chunk-size syntax", "Newline in chunk extension",
	"Quoted newline in chunk extension", "Chunk terminator not checked", "Chunk amplification", "Trailers",
	"Bare LF", "Bare CR", "CR folded into a dash", "White space before the colon", "Line folding",
	"Control bytes around names", "Empty and colon-less fields", "NUL truncation", "Integer overflow",
	"HTTP/0.9", "Unvalidated method and version", "Fragment and encoded newlines in the target", "CL.0, TE.0 and 0.CL",
	"Upgrade with a body", "Invalid chunk, then a request", "Quadratic parsing",
}

// Every reason to refuse must occur in the casebook: a status nobody can provoke is dead, and an untested one may
// be wrong.
func TestCasebookReachesEveryStatus(t *testing.T) {
	cases, _ := readCasebook(t)
	reached := map[string]bool{}
	for i := range cases {
		for _, event := range cases[i].expect {
			reached[event] = true
		}
	}
	for st := ChunkData + 1; int(st) < statusCount; st++ {
		if event := fmt.Sprintf("%d %s", st.Code(), st); !reached[event] {
			t.Errorf("no case expects %q", event)
		}
	}
}
