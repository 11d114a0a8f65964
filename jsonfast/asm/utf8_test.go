package asm

// This file holds validUTF8 to utf8.Valid: every lead byte with the edges of what may follow it, at every place of a text.

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestValidUTF8(t *testing.T) {
	edges := []byte{0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff}
	for lead := 0x80; lead < 0x100; lead++ {
		for _, a := range edges {
			for _, b := range edges {
				for _, c := range edges {
					checkUTF8(t, string([]byte{byte(lead), a, b, c}))
				}
			}
		}
	}
}

// checkUTF8 tries s behind and before others, so that it meets the words at every offset, cut and whole.
func checkUTF8(t *testing.T, s string) {
	t.Helper()
	for _, around := range []string{"", "a", "é", "日", "日本", "ééé", "𝄞"} {
		for _, text := range []string{around + s + around, around + s, s + around + around + around, s[:3] + around + "plain text", s[:2] + around, s[:1] + around + around} {
			if got, want := validUTF8([]byte(text)), utf8.ValidString(text); got != want {
				t.Fatalf("%x: %v, want %v", text, got, want)
			}
		}
	}
}

func FuzzUTF8(f *testing.F) {
	f.Add("日本語é𝄞\xff")
	f.Fuzz(func(t *testing.T, s string) {
		for _, text := range []string{s, s + s + s, "日本" + s, "é" + strings.Repeat(s, 5)} {
			if got, want := validUTF8([]byte(text)), utf8.ValidString(text); got != want {
				t.Fatalf("%x: %v, want %v", text, got, want)
			}
		}
	})
}
