package parser

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/covetgo/covet/parser/asm"
)

// That parsing in pieces is linear is shown by what a call can not have looked at, rather than by the clock. Before
// each call, everything that it has no business with is overwritten with bytes that would change its answer:
//
//   - all lines before the one that is incomplete, always;
//   - of that line, all that earlier calls have seen, when the new bytes hold no LF.
//
// If the answers are right nevertheless, a byte is looked at once when it comes in an incomplete line, once for the
// LF that completes it, and once when the line is parsed: three times, however many calls there are.
func TestEachByteIsReadABoundedNumberOfTimes(t *testing.T) {
	heads := []string{pico703, browser414, small49, headOf(7782), "\r\n\r\n" + pico703,
		"GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: \t\xff~ y\r\n", 80) + "\r\n"}
	r := rand.New(rand.NewPCG(5, 6))
	lim := DefaultLimits()
	for _, text := range heads {
		head := []byte(text)
		var want Head
		if n, st := want.Parse(head, &lim); st != OK || n != len(head) {
			t.Fatal(n, st)
		}
		for _, stepMax := range []int{1, 2, 7, 64} {
			var h Head
			h.Parse(nil, &lim)
			for seen := 0; ; {
				next := min(len(head), seen+1+r.IntN(stepMax))
				n, st := h.Parse(spoiled(head[:next], &h, seen), &lim)
				if seen = next; seen < len(head) {
					if st != NeedMore {
						t.Fatalf("steps of %d: %v after %d of %d bytes", stepMax, st, seen, len(head))
					}
					continue
				}
				if st != OK || n != len(head) {
					t.Fatalf("steps of %d: %d %v at the end", stepMax, n, st)
				}
				break
			}
			h.scanned, h.verdictAt, want.scanned, want.verdictAt = 0, 0, 0, 0
			h.marks, want.marks, h.marked, want.marked = asm.Marks{}, asm.Marks{}, 0, 0
			if h != want {
				t.Fatalf("steps of %d: another result than from the whole", stepMax)
			}
		}
	}
}

// spoiled copies buf and overwrites what the next call must not look at.
func spoiled(buf []byte, h *Head, seen int) []byte {
	buf = bytes.Clone(buf)
	upTo := h.lineStart
	if h.verdictAt > 0 && bytes.IndexByte(buf[seen:], '\n') < 0 {
		upTo = seen
	}
	for i := range upTo {
		buf[i] = '\n'
	}
	return buf
}

// An offending byte is refused by the read that completes its line, not only at the end of the head.
func TestRefusedWithItsLine(t *testing.T) {
	lim := DefaultLimits()
	for i := range len(small49) - len("\r\n") {
		spoilt := []byte(small49)
		spoilt[i] = 0
		lineEnd := i + bytes.IndexByte(spoilt[i:], '\n') + 1
		if small49[i] == '\n' { // the LF itself is gone: the next one ends the line
			lineEnd = i + 1 + bytes.IndexByte(spoilt[i+1:], '\n') + 1
		}
		var h Head
		for n := 1; ; n++ {
			_, st := h.Parse(spoilt[:n], &lim)
			if st == NeedMore && n < lineEnd {
				continue
			}
			if !st.IsError() {
				t.Fatalf("NUL at %d: %v after %d bytes, its line ends at %d", i, st, n, lineEnd)
			}
			break
		}
	}
}

// A line that never ends is refused exactly when it exceeds its limit.
func TestRefusedAtTheLimit(t *testing.T) {
	for _, c := range []struct {
		name, start string
		lim         Limits
		want        Status
		at          int
	}{
		{"head", "GET / HTTP/1.1\r\nX: ", Limits{100, 1000, 1000, 10, 0, false}, HeadTooLarge, 100},
		{"field line", "GET / HTTP/1.1\r\nX: ", Limits{1000, 1000, 50, 10, 0, false}, FieldTooLong, 16 + 50 + 2},
		{"target", "GET /", Limits{1000, 30, 1000, 10, 0, false}, TargetTooLong, 30 + requestLineSlack + 2},
		{"method", "GET", Limits{1000, 30, 1000, 10, 0, false}, MethodTooLong, 30 + requestLineSlack + 2},
	} {
		input := []byte(c.start + strings.Repeat("x", 1000))
		for _, first := range []int{1, c.at - 1, c.at, c.at + 1, len(input)} {
			var h Head
			for n := first; ; n++ {
				_, st := h.Parse(input[:n], &c.lim)
				if st == NeedMore && n < c.at {
					continue
				}
				if st != c.want {
					t.Errorf("%s: from %d bytes on: %v after %d, want %v at %d", c.name, first, st, n, c.want, c.at)
				}
				break
			}
		}
	}
}
