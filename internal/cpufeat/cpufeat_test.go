package cpufeat

import (
	"strings"
	"testing"
)

// Each name asks for its level, more than there is gets what there is, and a misspelt name says which there are. What
// was not measured has to be asked for.
func TestStart(t *testing.T) {
	if b, a := start(""); a != min(b, AVX2) {
		t.Errorf("unasked: %v of %v", a, b)
	}
	for l := range levelCount {
		b, a := start(l.String())
		if b != detect() || a != min(l, b) {
			t.Errorf("asked for %v: %v of %v", l, a, b)
		}
	}
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, "avx1024") || !strings.Contains(text, "avx2, avx512") {
			t.Errorf("a misspelt level says %q", text)
		}
	}()
	start("avx1024")
}

func TestUse(t *testing.T) {
	was := Active()
	for l := range levelCount {
		if got := Use(l); got > Best() {
			t.Errorf("%v was in use", got)
		}
		if Active() != min(l, Best()) {
			t.Errorf("asked for %v: %v of %v", l, Active(), Best())
		}
	}
	Use(was)
	if Active() != was {
		t.Errorf("%v is not restored", was)
	}
}
