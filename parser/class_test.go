package parser

import (
	"strings"
	"testing"
)

// The sets of RFC 9110 §5.6.2 and RFC 9112 §3, counted.
func TestClassSizes(t *testing.T) {
	for _, c := range []struct {
		name string
		bit  uint8
		want int
	}{
		{"tchar", tchar, 77},
		{"field-content", fieldChar, 256 - 32},
		{"target", target, 0x7E - 0x21 + 1 - 1},
		{"host", hostChar, 62 + len("-._~") + len("!$&'()*+;=")},
		{"HEXDIG", hexDigit, 22},
		{"DIGIT", digit, 10},
		{"qdtext", qdtext, 256 - 32 - 2},
	} {
		n := 0
		for b := range 256 {
			if is(byte(b), c.bit) {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s has %d bytes, want %d", c.name, n, c.want)
		}
	}
}

// Every method is recognised by its own word and no other: not by a longer or shorter name, nor another case.
func TestMethodOf(t *testing.T) {
	for m, name := range methodNames {
		if Method(m).String() != name {
			t.Errorf("method %d is called %q", m, Method(m))
		}
		if Method(m) == MethodUnknown {
			continue
		}
		for line, want := range map[string]Method{
			name + " / HTTP/1.1":                  Method(m),
			name + "X / HTTP/1.1":                 MethodUnknown,
			name[1:] + " / HTTP/1.1":              MethodUnknown,
			strings.ToLower(name) + " / HTTP/1.1": MethodUnknown,
		} {
			got, n := methodOf(load64([]byte(line), 0))
			if got != want || want != MethodUnknown && n != len(name) {
				t.Errorf("%q is %v, %d bytes", line, got, n)
			}
		}
	}
	if Method(200).String() != "UNKNOWN" {
		t.Error("a method out of range has no name")
	}
}
