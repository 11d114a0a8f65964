package jsonfast

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// witness is an Unmarshaler that remembers where it was called, as it may.
type witness struct{ Said string }

var witnesses []*witness

func (k *witness) UnmarshalJSON(text []byte) error {
	k.Said = string(text)
	witnesses = append(witnesses, k)
	return nil
}

type guessed struct {
	A []struct {
		Name string
		More []guessed
	}
	Keepers []witness
	Bytes   []int8
	Big     [][100]int
}

// guessedText is an object whose arrays have n elements, with m in those within them.
func guessedText(n, m int) string {
	list := func(n int, element string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(element+", ", n), ", ") + "]"
	}
	inner := fmt.Sprintf(`{"A":%s,"Big":%s}`, list(m, `{"Name":"x"}`), list(m, "[7]"))
	return fmt.Sprintf(`{"A":%s,"Keepers":%s,"Bytes":%s,"Big":%s}`, list(n, `{"Name":"n","More":[`+inner+`]}`), list(n, `"k"`), list(n, "1"), list(m, "[8,9]"))
}

// TestArrayLengths reads arrays that are as long as the one before, shorter and longer. What was read must be right, and must
// still be so when others have been read.
func TestArrayLengths(t *testing.T) {
	witnesses = nil
	lengths := []int{1, 1, 0, 2, 2, 3, 3, 1, 1, 9, 9, 8, 20, 20, 70, 70, 2, 2, 69, 0, 1, 5, 5, 6, 5}
	var texts []string
	var got []*guessed
	for round := range 3 {
		for i, n := range lengths {
			text := guessedText(n, lengths[(i+round)%len(lengths)]%10)
			v := new(guessed)
			if err := Unmarshal([]byte(text), v); err != nil {
				t.Fatal(err)
			}
			texts, got = append(texts, text), append(got, v)
		}
	}
	seen := map[*witness]bool{}
	for _, k := range witnesses {
		if k.Said != `"k"` || seen[k] {
			t.Fatalf("an Unmarshaler's memory was used again: %q", k.Said)
		}
		seen[k] = true
	}
	for _, v := range got { // what is appended to one slice must not be in another
		for _, e := range v.A {
			_ = append(e.More, guessed{Bytes: []int8{1}})
		}
		_, _ = append(v.A, v.A...), append(v.Bytes, 2)
	}
	for i, text := range texts {
		want := new(guessed)
		if err := json.Unmarshal([]byte(text), want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got[i], want) {
			t.Errorf("%s\nis read as %+v", text, *got[i])
		}
	}
}

// TestGuessIsBounded holds that a short text does not get the memory of a long one that was read before.
func TestGuessIsBounded(t *testing.T) {
	type large struct{ A [][1000]int }
	long := []byte(`{"A":[` + strings.Repeat("[],", 2000) + `[]]}`)
	for range 3 {
		if err := Unmarshal(long, new(large)); err != nil {
			t.Fatal(err)
		}
	}
	if used := spent(func() { Unmarshal([]byte(`{"A":[[1]]}`), new(large)) }); used > 200<<10 {
		t.Errorf("%d bytes for an array of one element", used)
	}
}

// TestStringsStay holds that what was read does not change when more is read to the same chunk, at whatever place of it.
func TestStringsStay(t *testing.T) {
	var got, want []string
	for n := range 3 * stringChunkBytes {
		s := strings.Repeat(string(rune('a'+n%26)), n*7%(stringShareBytesMax+3))
		var v struct{ S string }
		if err := Unmarshal(fmt.Appendf(nil, `{"S":%q}%*s`, s, n%40, ""), &v); err != nil {
			t.Fatal(err)
		}
		got, want = append(got, v.S), append(want, s)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("strings have changed")
	}
}
