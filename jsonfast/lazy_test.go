package jsonfast

// This file holds the lazy reader to encoding/json: what it finds in a text is what Unmarshal finds in it.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/covetgo/covet/internal/cpufeat"
)

// levels runs a test with the kernel and without.
func levels(t testing.TB, run func()) {
	t.Helper()
	was := cpufeat.Active()
	defer cpufeat.Use(was)
	for _, level := range []cpufeat.Level{cpufeat.Go, cpufeat.Best()} {
		cpufeat.Use(level)
		run()
	}
}

// sameLazily compares a lazy value with what encoding/json has made of it.
func sameLazily(t testing.TB, v Value, want any, path string) {
	t.Helper()
	var again any
	if err := json.Unmarshal(v.Raw(), &again); err != nil || !reflect.DeepEqual(again, want) {
		t.Fatalf("%s: raw %q (%v), want %v", path, v.Raw(), err, want)
	}
	if !v.Valid() || !v.Exists() {
		t.Fatalf("%s: valid %v, exists %v", path, v.Valid(), v.Exists())
	}
	switch want := want.(type) {
	case nil:
		if !v.IsNull() || v.Kind() != Null {
			t.Fatalf("%s: %v is not null", path, v)
		}
	case bool:
		if b, ok := v.Bool(); !ok || b != want || v.Kind() != Bool {
			t.Fatalf("%s: %v, want %v", path, v, want)
		}
	case float64:
		sameNumber(t, v, want, path)
	case string:
		text, ok := v.Text(nil)
		appended, ok2 := v.AppendText([]byte("x"))
		if !ok || !ok2 || string(text) != want || string(appended) != "x"+want || v.String() != want || v.Kind() != String || !v.Is(want) {
			t.Fatalf("%s: %q %q %v, want %q", path, text, appended, v.Is(want), want)
		}
	case []any:
		n := 0
		for i, elem := range v.Elements() {
			if i != n || i >= len(want) {
				t.Fatalf("%s: element %d of %d", path, i, len(want))
			}
			sameLazily(t, elem, want[i], fmt.Sprint(path, "[", i, "]"))
			samePlace(t, v.Index(i), elem, path)
			n++
		}
		if n != len(want) || v.Index(n).Exists() || v.Index(-1).Exists() || v.Kind() != Array {
			t.Fatalf("%s: %d elements, want %d", path, n, len(want))
		}
	case map[string]any:
		sameMembers(t, v, want, path)
	}
}

func sameNumber(t testing.TB, v Value, want float64, path string) {
	t.Helper()
	f, ok := v.Float()
	if !ok || math.Float64bits(f) != math.Float64bits(want) || v.Kind() != Number || string(v.Number()) != string(v.Raw()) {
		t.Fatalf("%s: %v %v, want %v", path, f, ok, want)
	}
	wantInt, err := strconv.ParseInt(string(v.Raw()), 10, 64)
	if n, ok := v.Int(); ok != (err == nil) || ok && n != wantInt {
		t.Fatalf("%s: %s is %d %v", path, v.Raw(), n, ok)
	}
	wantUint, err := strconv.ParseUint(string(v.Raw()), 10, 64)
	if n, ok := v.Uint(); ok != (err == nil) || ok && n != wantUint {
		t.Fatalf("%s: %s is %d %v", path, v.Raw(), n, ok)
	}
}

// sameMembers looks for each member by its name, and for all in one go. Texts with two members of one name are not for this.
func sameMembers(t testing.TB, v Value, want map[string]any, path string) {
	t.Helper()
	n := 0
	var names []string
	for name, value := range v.Members() {
		key := name.String()
		if _, ok := want[key]; !ok {
			t.Fatalf("%s: has no member %q", path, key)
		}
		sameLazily(t, value, want[key], path+"/"+key)
		samePlace(t, v.Get(key), value, path)
		names = append(names, key)
		n++
	}
	if n != len(want) || v.Kind() != Object {
		t.Fatalf("%s: %d members, want %d", path, n, len(want))
	}
	if missing := "\x00 no such name"; v.Get(missing).Exists() {
		t.Fatalf("%s: finds what is not there", path)
	}
	picked := make([]Value, n)
	if found := v.Pick(picked, names...); found != n {
		t.Fatalf("%s: picked %d of %q", path, found, names)
	}
	for i, name := range names {
		samePlace(t, picked[i], v.Get(name), path)
	}
}

// samePlace holds that two ways lead to one value.
func samePlace(t testing.TB, a, b Value, path string) {
	t.Helper()
	if len(a.data) == 0 || len(a.data) != len(b.data) || &a.data[0] != &b.data[0] {
		t.Fatalf("%s: %q by one way, %q by another", path, a.data, b.data)
	}
}

// lookLazily compares a text in whole, if it can be compared: it is JSON, its names are UTF-8, and none comes twice.
func lookLazily(t testing.TB, text []byte) {
	t.Helper()
	var want any
	if json.Unmarshal(text, &want) != nil || !utf8.Valid(text) || hasTwins(text) {
		return
	}
	levels(t, func() { sameLazily(t, View(text), want, "") })
}

// hasTwins reports whether an object has two members of one name. It asks encoding/json's own tokens.
func hasTwins(text []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(text))
	var within []map[string]bool // the names of each object around; nil for an array
	isName := false
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		top := len(within) - 1
		if name, ok := token.(string); ok && isName {
			if within[top][name] {
				return true
			}
			within[top][name] = true
			isName = false
			continue
		}
		switch token {
		case json.Delim('{'):
			within = append(within, map[string]bool{})
		case json.Delim('['):
			within = append(within, nil)
		case json.Delim('}'), json.Delim(']'):
			within = within[:top]
		}
		isName = len(within) > 0 && within[len(within)-1] != nil
	}
}

func TestLazy(t *testing.T) {
	for _, text := range texts() {
		if len(text) < 5000 {
			lookLazily(t, []byte(text))
		}
	}
	for _, text := range []string{
		`{"a":{"b":{"c":[1,{"d":"x"}]}},"e":5}`, `{"a\"b":1,"b":2,"a\\":3,"\\":4,"\"":5,"b\"":6,"\u0062x":7,"ü":8,"\u00fc\n":9}`, `{"x":"a\":1,\"b\":2","b":3}`,
		`{"":1,":":2,",":3,"{":4,"}":5,"[":[6,"]"],"]":{}}`, ` { "a" : 1 , "b"  :  [ 1 , 2 ] , "c":{ } , "d":[ ] } `, `{"a":[[[[]]],{},{"a":[]}],"b":[{},{"x":[1]},2]}`,
		`[` + strings.Repeat(`{"k":[1,2,{"z":"}]"}]},`, 30) + `0]`, `{"` + strings.Repeat("n", 200) + `":1,"` + strings.Repeat("n", 199) + `":2,"z":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,"last":true}`,
		`{"` + strings.Repeat(`\\`, 90) + `":1,"` + strings.Repeat(`\"`, 90) + `":2,"` + strings.Repeat(`\u0041`, 40) + `":3}`, `[9223372036854775807,-9223372036854775808,9223372036854775808,18446744073709551615,1.0,1e2,-0,0.1]`,
	} {
		for pad := range 70 { // every way to lie in blocks
			lookLazily(t, []byte(strings.Repeat(" ", pad)+text))
		}
	}
}

// The first of several members of one name is found, by every way to look for it.
func TestLazyTwins(t *testing.T) {
	levels(t, func() {
		v := View([]byte(`{"a":{"b":1},"\u0061":{"b":2},"a":3,"b":4}`))
		var out [2]Value
		if n := v.Pick(out[:], "a", "b"); n != 2 || out[0].Get("b").String() != "1" || out[1].String() != "4" || v.Get("a", "b").String() != "1" {
			t.Errorf("%v %v", out, v.Get("a"))
		}
	})
}

// What is broken is missing or is found, and that is all that happens.
func TestLazyBroken(t *testing.T) {
	for _, text := range texts() {
		for cut := 0; cut < min(len(text), 300); cut += 1 + cut/60 {
			lookAround(t, []byte(text[:cut]))
		}
	}
	levels(t, func() {
		for text, want := range map[string]string{`{"a":12x}`: "", `{"a":tru}`: "", `{"a":1.}`: "", `{"a":-}`: "", `{"a":01}`: "", `{"a":1"b":2}`: "1", `{"a":"x`: "", `{"a":truex}`: ""} {
			a := View([]byte(text)).Get("a")
			_, isInt := a.Int()
			_, isFloat := a.Float()
			_, isUint := a.Uint()
			_, isBool := a.Bool()
			_, isText := a.Text(nil)
			if (isInt || isFloat || isUint || isBool || isText) != (want != "") {
				t.Errorf("%s: %v %v %v %v %v", text, isInt, isFloat, isUint, isBool, isText)
			}
		}
		if v := View(nil); v.Exists() || v.Raw() != nil || v.Get("a").Index(3).Get().Exists() || v.String() != "" || v.Valid() || v.Kind().String() != "missing" {
			t.Error("something is in nothing")
		}
	})
}

// lookAround asks everything of a value and of what is in it, two levels down. It is for texts that nothing is known of.
func lookAround(t testing.TB, text []byte) {
	t.Helper()
	levels(t, func() {
		steps := 0
		var look func(v Value, depth int)
		look = func(v Value, depth int) {
			v.Raw()
			v.Int()
			v.Uint()
			v.Float()
			v.Bool()
			v.Text(nil)
			v.Time()
			v.IsNull()
			_ = v.String()
			if depth == 0 {
				return
			}
			for name, value := range v.Members() {
				if steps++; steps > 4*len(text) {
					t.Fatalf("%.100q: more members than bytes", text)
				}
				if utf8.Valid(name.Raw()) && name.Valid() {
					v.Get(name.String())
				}
				look(value, depth-1)
			}
			for i, value := range v.Elements() {
				if steps++; steps > 4*len(text) {
					t.Fatalf("%.100q: more elements than bytes", text)
				}
				if i < 5 {
					v.Index(i)
				}
				look(value, depth-1)
			}
			v.Pick(make([]Value, 3), "a", "id", "tags")
		}
		look(View(text), 2)
	})
}

func TestLazyValues(t *testing.T) {
	v := View([]byte(`{"when":"2026-11-22T08:00:00.5+01:00","user":{"id":3,"name":"A\u006en"},"no":"2026","plain":"text"}`))
	if when, ok := v.Get("when").Time(); !ok || !when.Equal(time.Date(2026, 11, 22, 7, 0, 0, 5e8, time.UTC)) {
		t.Error(when, ok)
	}
	if _, ok := v.Get("no").Time(); ok {
		t.Error("a year is no time")
	}
	var u user
	if err := v.Get("user").Unmarshal(&u); err != nil || u.ID != 3 || u.Name != "Ann" {
		t.Error(u, err)
	}
	scratch := make([]byte, 0, 16)
	if name, ok := v.Get("user", "name").Text(scratch); !ok || string(name) != "Ann" || &name[0] != &scratch[:1][0] {
		t.Errorf("%q %v", name, ok)
	}
	plain, _ := v.Get("plain").Text(scratch)
	if &plain[0] != &v.Get("plain").Raw()[1] || cap(plain) != len(plain) {
		t.Error("a plain string is not a view of the text, or one that can be appended to")
	}
	if err := (Value{}).Unmarshal(&u); err == nil {
		t.Error("nothing became a user")
	}
}

func TestLazyAllocations(t *testing.T) {
	text := []byte(`{"id":7,"tags":["a","b"],"in":{"name":"A\u006en","list":[1,2,3]},"when":"2026-11-22T08:00:00Z","last":1.5}`)
	var scratch [64]byte
	n := testing.AllocsPerRun(100, func() {
		v := View(text)
		v.Get("id").Int()
		v.Get("in", "name").Text(scratch[:])
		v.Get("in").Get("list").Index(2).Uint()
		v.Get("last").Float()
		v.Get("when").Time()
		var out [2]Value
		v.Pick(out[:], "id", "last")
		for name, value := range v.Members() {
			if name.Is("tags") {
				for _, tag := range value.Elements() {
					tag.Raw()
				}
			}
		}
	})
	if n != 0 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}

// FuzzLazy compares with encoding/json what is JSON, and asks everything of what is not.
func FuzzLazy(f *testing.F) {
	for _, text := range texts() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 4096 {
			return
		}
		lookLazily(t, text)
		lookAround(t, text)
	})
}

// What is appended is what Unmarshal stores, for strings that are long enough for a kernel, with all that ends a run in them.
func TestAppendTextLong(t *testing.T) {
	for _, run := range []string{"plain", "текст", "日本", "\xff", "\xed\xa0\x80", `\n`, `\u12af`, `\ud800`, "𝄞"} {
		for _, odd := range []string{"", `\"`, `\\`, "\xc3", "\xe2\x80", `\ud834\udd1e`, `\udd1e`, "\x1f", `\x`, `\u12`, `"`} {
			for length := range 140 {
				text := []byte(`"` + strings.Repeat("a", length%7) + strings.Repeat(run, length/len(run)) + odd + run + `"`)
				var want string
				wantErr := json.Unmarshal(text[:len(View(text).Raw())], &want)
				got, ok := View(text).AppendText([]byte("before"))
				if ok != (wantErr == nil) || ok && string(got) != "before"+want || !ok && string(got) != "before" {
					t.Fatalf("%q: %q %v, want %q %v", text, got, ok, want, wantErr)
				}
			}
		}
	}
}
