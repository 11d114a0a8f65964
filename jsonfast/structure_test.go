package jsonfast

// This file holds Valid to json.Valid where masks end: numbers, words and escapes across the border of two blocks, and brackets of
// all kinds in many orders.

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/covetgo/covet/jsonfast/asm"
)

// eachText calls f with all texts of up to most bytes of an alphabet.
func eachText(alphabet string, most int, f func(text string)) {
	var grow func(text []byte)
	grow = func(text []byte) {
		f(string(text))
		for i := 0; i < len(alphabet) && len(text) < most; i++ {
			grow(append(text, alphabet[i]))
		}
	}
	grow(make([]byte, 0, most))
}

// checkAcross puts a text between two others, such that each of its bytes is the first of a block once.
func checkAcross(t *testing.T, before, text, behind string) {
	t.Helper()
	for cut := range min(len(text), asm.BlockBytes) + 1 {
		room := strings.Repeat(" ", 2*asm.BlockBytes-len(before)-cut)
		data := []byte(room + before + text + behind)
		if got, want := Valid(data), json.Valid(data); got != want {
			t.Fatalf("%q, cut at %d: %v, want %v", before+text+behind, cut, got, want)
		}
	}
}

func TestValidNumbersAcross(t *testing.T) {
	most := 5
	if raceEnabled {
		most = 4
	}
	eachText("-01.e+", most, func(text string) {
		checkAcross(t, "[", text, "]")
		checkAcross(t, `{"a":`, text, ",")
	})
	for _, text := range []string{"-0.25", "1.5e-10", "0e1", "10.01E+2", "1..5", "1.5.", "00.5", "-00", "0.0.0", strings.Repeat("1", 130), strings.Repeat("0", 65), "1" + strings.Repeat("0", 64) + ".0.1", "0." + strings.Repeat("1", 130) + ".1", "1e" + strings.Repeat("1", 130) + "e1"} {
		for _, behind := range []string{"", " ", ",1]", "]", "x]", `"]`} {
			checkAcross(t, "[", text, behind)
			checkAcross(t, "", text, behind)
		}
	}
}

func TestValidWordsAcross(t *testing.T) {
	for _, word := range []string{"true", "false", "null", "nul", "truetrue", "fals", "nan", "t", "1true", "true1", "-true", "true.", ".null", "tru\x00", "tru\\u0065", "\x0c", "\x1a", "\xff", "+1", "Infinity"} {
		for place := range word {
			for c := range 256 {
				spoilt := []byte(word)
				spoilt[place] = byte(c)
				checkAcross(t, "[1,", string(spoilt), ",2]")
			}
		}
	}
}

func TestValidEscapesAcross(t *testing.T) {
	eachText(`\u0g"n`, 5, func(text string) {
		checkAcross(t, `["`, text, `"]`)
		checkAcross(t, `["\u00`, text, `00"]`)
	})
}

func TestValidStructureAcross(t *testing.T) {
	most := 6
	if raceEnabled {
		most = 5
	}
	eachText(`[]{},:1`, most, func(text string) { checkAcross(t, "", text, "") })
	eachText(`[]{},:"`, most, func(text string) { checkAcross(t, "[", text, "]") })
}
