package runner

// The age of the go command, from made-up texts of the kernel's form.

import (
	"testing"
	"time"
)

func TestAgeOfGo(t *testing.T) {
	const rest = " S 1 1 1 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 9 0 12345 99 99"
	for stat, want := range map[string]time.Duration{
		"77 (go)" + rest:        26550 * time.Millisecond,
		"77 (bash)" + rest:      0,
		"77 (go) S 1":           0,
		"77 (a) (go)) S 1 2 3":  0,
		"":                      0,
		"77 (go) S x" + "x x x": 0,
	} {
		if got := ageOfGo(stat, "150.00 220.00\n"); got.Round(time.Millisecond) != want {
			t.Errorf("%q: %v, want %v", stat, got, want)
		}
	}
}
