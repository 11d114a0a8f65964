package jsonfast

// This file holds that a text costs memory in proportion to its length, by whatever is done with it: what a stranger sends must not
// be worth more to him than its bytes.

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// spent returns the bytes that a call allocates.
func spent(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// hostile are texts of some 20 KB whose parts are as small as can be.
func hostile() map[string]string {
	const n = 20000
	names := func(form string) string {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	return map[string]string{
		"empty objects": "[" + strings.Repeat("{},", n/3) + "{}]", "empty arrays": "[" + strings.Repeat("[],", n/3) + "[]]", "small members": "{" + names(`"%d":0,`) + `"":0}`, "one name": "{" + strings.Repeat(`"a":0,`, n/6) + `"a":0}`,
		"deep arrays": strings.Repeat("[", 9999) + strings.Repeat("]", 9999), "too deep": strings.Repeat("[", n), "deep objects": strings.Repeat(`{"":`, 9999) + "1" + strings.Repeat("}", 9999),
		"empty strings": "[" + strings.Repeat(`"",`, n/3) + `""]`, "escapes": `"` + strings.Repeat(`\u0000`, n/6) + `"`, "no UTF-8": `"` + strings.Repeat("\xff", n) + `"`, "backslashes": `"` + strings.Repeat(`\\`, n/2) + `"`, "quotes": `{"` + strings.Repeat(`\"`, n/2) + `":1}`,
		"digits": strings.Repeat("9", n), "exponent": "1e" + strings.Repeat("9", n), "fraction": "0." + strings.Repeat("0", n) + "1", "numbers": "[" + strings.Repeat("1,", n/2) + "1]", "nulls": "[" + strings.Repeat("null,", n/5) + "null]",
		"cut in a string": `{"a":"` + strings.Repeat("x", n), "cut behind a name": "[" + strings.Repeat(`{"a":1},`, n/8) + `{"a"`, "spaces": strings.Repeat(" ", n), "nothing but quotes": strings.Repeat(`"`, n),
	}
}

func TestHostileInputs(t *testing.T) {
	type small struct {
		A, B int8
		C    *small
		D    map[string]small
	}
	for name, text := range hostile() {
		data := []byte(text)
		calls := map[string]func(){
			"Valid": func() { Valid(data) },
			"lazy": func() {
				v := View(data)
				v.Get("a", "b").Int()
				v.Index(3000).Raw()
				v.Valid()
				n := 0
				for range v.Members() {
					n++
				}
				for range v.Elements() {
					n++
				}
			},
		}
		for _, v := range []any{new(any), new([]any), new(map[string]any), new(map[string]string), new(map[string]small), new([]small), new(small), new([]string), new([]int), new(string), new(float64), new(int), new(json.RawMessage), new([][]int8)} {
			for o, options := range map[string]Options{"": {}, "one pass": {OnePass: true}, "duplicates": {RejectDuplicates: true}} {
				calls[fmt.Sprintf("%T %s", v, o)] = func() { _ = options.Unmarshal(data, fresh(v)) }
			}
			calls[fmt.Sprintf("%T stream", v)] = func() { _ = NewDecoder(&pieces{text, 1000, io.EOF, false}).Decode(fresh(v)) }
		}
		for call, do := range calls {
			limit := 100 * len(data) // the worst are objects of one member in an any: a map for five bytes
			if call == "Valid" || call == "lazy" {
				limit = 4096 // the errors of reading have memory of their own; looking has none
			}
			if n := spent(do); n > uint64(limit) {
				t.Errorf("%s, %s: %d bytes for %d", name, call, n, len(data))
			}
		}
	}
}

// comment is what holds lists of itself.
type comment struct {
	Name string
	Tags []string
	C    []comment
}

// What the plans of arrays have learned must not be worth anything to a text of brackets.
func TestHostileNesting(t *testing.T) {
	long := []byte(`{"C":[` + strings.Repeat("{},", 1999) + `{}]}`)
	for range 2 {
		if err := Unmarshal(long, new(comment)); err != nil {
			t.Fatal(err)
		}
	}
	type list []list
	texts := map[string]any{
		strings.Repeat(`{"C":[`, 400) + `{}` + strings.Repeat(`]}`, 400) + strings.Repeat(" ", 4000):                                                                                  new(comment),
		"[[" + strings.Repeat("[],", 999) + "[]],[" + strings.Repeat("[],", 999) + "[]]," + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + strings.Repeat(",[]", 1000) + "]": new(list),
	}
	for text, v := range texts {
		data := []byte(text)
		if n := spent(func() {
			if err := Unmarshal(data, fresh(v)); err != nil {
				t.Error(err)
			}
		}); n > uint64(200*len(data)) { // with half a kilobyte of room per level
			t.Errorf("%.20q…: %d bytes for %d", text, n, len(data))
		}
	}
}
