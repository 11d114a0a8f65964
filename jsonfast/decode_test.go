package jsonfast

// This file holds decoding to encoding/json: what is stored, and the error with its offset, struct and field, for every type of
// types_test.go, each text whole and cut at every byte.

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

// fresh returns a pointer to a new zero value of the type that v points to.
func fresh(v any) any { return reflect.New(reflect.TypeOf(v).Elem()).Interface() }

// sameDecoding compares what both make of a text, in a new target of v's type.
func sameDecoding(t testing.TB, data string, v any) {
	t.Helper()
	theirs, ours, onePass := fresh(v), fresh(v), fresh(v)
	wantErr := json.Unmarshal([]byte(data), theirs)
	input := []byte(data)
	err := Unmarshal(input, ours)
	for i := range input {
		input[i] = 'X' // strings must be copies
	}
	compareDecoded(t, data, ours, theirs, err, wantErr)
	input = []byte(data)
	err = Options{OnePass: true, BorrowStrings: true}.Unmarshal(input, onePass)
	if _, isSyntax := wantErr.(*json.SyntaxError); isSyntax {
		if !sameError(err, wantErr) {
			t.Errorf("%.300q into %T in one pass: %v, want %v", data, v, err, wantErr)
		}
		return
	}
	compareDecoded(t, data, onePass, theirs, err, wantErr)
}

func compareDecoded(t testing.TB, data string, ours, theirs any, err, wantErr error) {
	t.Helper()
	if !sameError(err, wantErr) {
		t.Errorf("%.300q into %T: %#v (%v), want %#v (%v)", data, ours, err, err, wantErr, wantErr)
	} else if !reflect.DeepEqual(ours, theirs) && !bothNaN(ours, theirs) {
		t.Errorf("%.300q into %T (%v):\n%+v\nwant\n%+v", data, ours, err, reflect.ValueOf(ours).Elem(), reflect.ValueOf(theirs).Elem())
	}
}

// bothNaN is for the one value that does not equal itself, which no JSON becomes.
func bothNaN(a, b any) bool {
	x, ok := a.(*float64)
	y, ok2 := b.(*float64)
	return ok && ok2 && math.IsNaN(*x) && math.IsNaN(*y)
}

// texts are JSON for the targets, right and wrong in many ways.
func texts() []string {
	all := []string{
		`{"b":true,"i":1,"f":1.5,"s":"x","n":"12","r":{"a":[1]},"t":"2026-11-22T08:00:00Z","x":{"I":1},"a":{"k":[1,"2",null]},"p":{"p":{"p":null}}}`,
		`{"B":"true","i":"5","u":"6","f":"0.5","g":"1e3","s":"\"a\\\"b\"","n":"12","pi":"7","ps":"\"q\"","pp":null,"l":[1],"m":"\"m\"","t":"\"<3>\"","j":"1","a":5,"pn":"1"}`,
		`{"B":"maybe","i":"5.5","u":"600","f":"\"x\"","g":"1e300","s":"5","n":"x","pi":"null","ps":"nil","m":"[","t":"3","j":"1234567"}`,
		`{"B":true}`, `{"i":5}`, `{"F":1e400}`, `{"l":1e400,"F":-1e999 }`, `{"i":""}`, `{"i":"\"5\""}`, `{"s":null,"pi":null,"j":null,"t":null}`, `{"t":"null"}`, `{"t":"nope"}`, `{"s":"\"\\x\""}`, `{"u":"-1"}`, `{"n":"\"7\""}`, `{"n":"\"seven\""}`, `{"pn":"\"7"}`,
		`{"I8":128}`, `{"I8":-128,"U8":255,"U16":65536}`, `{"I":1.0}`, `{"I":1e2}`, `{"U":-1,"U8":-0}`, `{"I64":9223372036854775807,"U64":18446744073709551615}`, `{"I64":9223372036854775808}`, `{"U64":18446744073709551616}`,
		`{"F32":1e39,"F64":1e309}`, `{"F64":1e400}`, `{"F32":0.1,"F64":0.1}`, `{"B":1,"I":"1","S":1,"F64":[],"Blob":5,"T":5,"N":true,"Any":1}`, `{"Blob":"AQID","S":"\u0041\ud83d\ude00"}`, `{"Blob":"!","S":1}`, `{"Blob":[1,2,256]}`,
		`{"l":[1,2,3,4,5,6],"ls":["a","b"],"lp":[null,1],"lx":[{"I":1},{}],"ll":[[1],[],null],"la":[1,"a",{}],"lb":"AQ==","a":[1,2,3,4],"ab":[1],"as":["x"],"m":{"a":1},"ms":{"k":"v","n":null},"ma":{"x":{}},"mi":{"-5":"x"},"mu":{"3":1},"mt":{"<4>":1},"mx":{"q":{"I":2}},"mp":{"n":null,"p":{"i":3}},"mn":{"x":"y"},"MM":{"o":{"i":[1]}},"str":null}`,
		`{"l":{},"ls":[1],"lp":["x"],"ll":[{}],"a":{},"m":[],"ms":{"a":1,"b":"c"},"mi":{"x":"y","300":"z"},"mu":{"256":1,"-1":2,"1":"no"},"mt":{"z":1},"str":5}`, `{"str":1e400}`, `{"mi":{"1":5}}`, `{"ab":"AQ=="}`, `{"a0":[1]}`,
		`{"a":1,"b":"x","c":{"N":1},"d":"y","e":[1,{}],"f":["a"],"g":{"k":1},"h":"<5>","i":1,"j":"6","k":2,"l":null,"m":[],"z":3}`, `{"h":5}`, `{"h":[1]}`, `{"j":{}}`, `{"b":5}`, `{"d":true}`, `{"k":12345678}`, `{"h":"no"}`, `{"a":null,"b":null,"c":null}`, `{"l":1}`,
		`{"X":1,"why":"y","Clash":2,"Z":3,"deep":4,"Clash2":5,"Tagged":{"Clash2":6},"<&name>":"n","-":7,"Bad":8,"größe":9,"kilo":10,"a_name_that_is_longer_than_the_fast_path_takes":11,"a_name_of_17_byt":12}`,
		`{"WHY":"y","GRÖSSE":1,"GRÖßE":2,"\u212Ailo":3,"\u006Bilo":4,"KILO":5,"A_NAME_THAT_IS_LONGER_THAN_THE_FAST_PATH_TAKES":6,"a_name_that_is_longer_than_the_fast_path_takez":1,"dEEP":"no"}`,
		`{"name":"r","children":[{"name":"a"},{"name":5},{"children":[{"up":{"name":[]}}]}],"index":{"x":{"name":"y"},"z":{"children":7}},"up":{"up":null}}`,
		`{"id":7,"name":"Ann","email":"ann@example.org","active":true,"score":99.5,"tags":["a","b"]}`, `{"tags":["a","b"],"score":1,"active":false,"email":"e","name":"n","id":1,"more":{"a":[1,2,{"b":"c"}]}}`,
		" \t\r\n{ \"id\" : 7 , \"tags\" : [ \"a\" , \"b\" ] , \"name\" :\n        \"x\" } \n", `{"id":1,"id":2,"ID":3}`, `{"tags":["a","b","c","d","e"],"tags":["z"]}`,
		`[1,2,3]`, `[]`, `[[]]`, `{}`, `null`, `true`, `false`, `"text"`, `"\ud800"`, `"\ud800\u0041"`, `"\udc00\ud800"`, `"\ud83d\ude00\ud83d"`, "\"\xff\xfe\"", "\"a\xffb\\n\"", "\"\xed\xa0\x80\"", `"\u0000\/\b\f\n\r\t\\\""`, "\"\x7f\u0080\"",
		`0`, `-0`, `-0.0`, `0.1e-5`, `1E+2`, `123456789012345678901234567890`, `1e-400`, `4.35`, `9007199254740993`, `0.000001`, `123456789.987654321`, `1e23`, `8.41e21`, `2.2250738585072011e-308`, `-1`, `-`, `01`, `1.`, `.5`, `1e`, `1e+`, `+1`, `0x1`, `1a`, `--1`,
		`"12"`, `"1x"`, `"<7>"`, `"2026-11-22T08:00:00Z"`, `"AQID"`, `{"<1>":1}`, `{"1":true,"200":false}`, `{"a":"b"}`, `[{"a":"b"},null]`, `{"a":["b"]}`, `[true,null,false]`,
		``, ` `, `{`, `}`, `[`, `]`, `{]`, `[}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `[1 2]`, `{a:1}`, `{"a":1 "b":2}`, `,`, `1 2`, `[1]]`, `nul`, `nulll`, `tru`, `truE`, `fals`, "\"\n\"", `"\x"`, `"\u12"`, `"\u12G4"`, `"abc`, `"abc\`, "\xef\xbb\xbf1", "[1]\x00", "{\"a\":1\x00}", "\v1", "1\u00a0",
		strings.Repeat("[", 200) + strings.Repeat("]", 200), strings.Repeat(`{"p":`, 100) + "1" + strings.Repeat("}", 100), `"` + strings.Repeat("long text, ", 30) + `"`, `{"name":"` + strings.Repeat("é", 200) + `"}`,
	}
	for _, v := range samples() {
		if b, err := json.Marshal(v); err == nil {
			all = append(all, string(b))
		}
	}
	return all
}

func TestDecode(t *testing.T) {
	for _, text := range texts() {
		for _, v := range targets() {
			sameDecoding(t, text, v)
		}
	}
}

func TestTruncatedEverywhere(t *testing.T) {
	for _, text := range texts() {
		if len(text) > 1200 {
			continue
		}
		for cut := range len(text) {
			for _, v := range []any{new(any), new(everything), new(user), new(containers), new(pointers)} {
				sameDecoding(t, text[:cut], v)
			}
		}
	}
}

// What is in the target already counts: pointers and maps are used, slices keep what is behind their end.
func TestDecodeInto(t *testing.T) {
	type target struct {
		P *user
		M map[string]*user
		L []user
		A any
		I any
		J any
		X [3]int
		S []int
		Q *int    `json:",string"`
		R jsonInt `json:",string"`
	}
	make := func() any {
		u, n := &user{Name: "kept", Tags: []string{"1", "2", "3"}}, ptr(5)
		return &target{P: u, M: map[string]*user{"old": u}, L: []user{{Name: "a"}, {Name: "b"}}[:1], A: u, I: &n, J: n, X: [3]int{1, 2, 3}, S: []int{1, 2, 3}, Q: ptr(5), R: 6}
	}
	for _, text := range []string{
		`{"P":{"id":1},"M":{"new":{"id":2}},"L":[{"id":1},{"id":2},{"id":3}],"A":{"id":4},"I":6,"J":7,"X":[9],"S":[4]}`,
		`{"P":null,"M":null,"L":null,"A":null,"I":null,"J":null,"X":null,"S":null}`, `{"L":[],"S":[],"X":[]}`, `{"A":5,"J":"x","S":[1,2,3,4,5]}`, `{"L":[{"id":"x"}],"P":{"tags":["z"]},"M":{"old":{"name":"n"}}}`, `{"A":[1`,
		`{"Q":1e400,"R":1e400}`, `{"Q":1,"R":1}`, `{"Q":null,"R":null}`,
	} {
		theirs, ours := make(), make()
		wantErr := json.Unmarshal([]byte(text), theirs)
		compareDecoded(t, text, ours, theirs, Unmarshal([]byte(text), ours), wantErr)
	}
	var self, self2 any
	self, self2 = &self, &self2
	if err, wantErr := Unmarshal([]byte("[1]"), self), json.Unmarshal([]byte("[1]"), self2); !sameError(err, wantErr) || !reflect.DeepEqual(self, self2) {
		t.Errorf("%v %v, want %v %v", self, err, self2, wantErr)
	}
	for _, v := range []any{nil, 5, (*user)(nil), user{}} {
		for _, text := range []string{"1", "{"} {
			if err, wantErr := Unmarshal([]byte(text), v), json.Unmarshal([]byte(text), v); !sameError(err, wantErr) {
				t.Errorf("into %T: %v, want %v", v, err, wantErr)
			}
		}
	}
}

func TestDecodeOptions(t *testing.T) {
	for _, text := range []string{`{"id":1,"nope":2,"tags":["x"]}`, `{"ID":1}`, `{"a":1.5,"b":[1e400,-0]}`, `{"nope":1`} {
		for _, o := range []Options{{DisallowUnknownFields: true}, {UseNumber: true}, {UseNumber: true, DisallowUnknownFields: true}} {
			for _, v := range []any{new(user), new(any), new(map[string]any), new(embeds)} {
				theirs, ours := fresh(v), fresh(v)
				dec := json.NewDecoder(strings.NewReader(text))
				if o.UseNumber {
					dec.UseNumber()
				}
				if o.DisallowUnknownFields {
					dec.DisallowUnknownFields()
				}
				wantErr, err := dec.Decode(theirs), o.Unmarshal([]byte(text), ours)
				if !json.Valid([]byte(text)) {
					wantErr = json.Unmarshal([]byte(text), theirs) // a Decoder says "unexpected EOF" otherwise
				}
				compareDecoded(t, text, ours, theirs, err, wantErr)
			}
		}
	}
	input := []byte(`{"name":"Ann"}`)
	var u user
	if err := (Options{BorrowStrings: true}).Unmarshal(input, &u); err != nil || u.Name != "Ann" {
		t.Fatal(u, err)
	}
	input[9] = 'B'
	if u.Name != "Bnn" {
		t.Errorf("%q is a copy, and was to be borrowed", u.Name)
	}
}

// Depth is bounded where encoding/json bounds it, by every way to get there.
func TestDepth(t *testing.T) {
	for _, depth := range []int{depthLevelsMax - 1, depthLevelsMax, depthLevelsMax + 1} {
		for _, text := range []string{
			strings.Repeat("[", depth) + strings.Repeat("]", depth), strings.Repeat(`{"up":`, depth-1) + "{}" + strings.Repeat("}", depth-1),
			strings.Repeat(`{"children":[`, depth/2) + strings.Repeat("]}", depth/2), `{"skipped":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + "}",
		} {
			if got, want := Valid([]byte(text)), json.Valid([]byte(text)); got != want {
				t.Errorf("depth %d, %.20s…: valid %v, want %v", depth, text, got, want)
			}
			for _, v := range []any{new(any), new(tree), new(json.RawMessage), new(int)} {
				theirs := fresh(v)
				want := json.Unmarshal([]byte(text), theirs)
				for _, o := range []Options{{}, {OnePass: true}} {
					if err := o.Unmarshal([]byte(text), fresh(v)); !sameError(err, want) {
						t.Errorf("depth %d, %.20s… into %T: %v, want %v", depth, text, v, err, want)
					}
				}
			}
		}
	}
}

func TestUnmarshalOf(t *testing.T) {
	u, err := UnmarshalOf[user]([]byte(`{"id":3}`))
	if err != nil || u.ID != 3 {
		t.Error(u, err)
	}
	if _, err := UnmarshalOf[int]([]byte(`"x"`)); err == nil {
		t.Error("a string became an int")
	}
}

// FuzzDecode compares with encoding/json on every target.
func FuzzDecode(f *testing.F) {
	for _, text := range texts() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if got, want := Valid([]byte(data)), json.Valid([]byte(data)); got != want {
			t.Fatalf("valid %v, want %v", got, want)
		}
		for _, v := range targets() {
			sameDecoding(t, data, v)
		}
	})
}

// keeper is a type whose method keeps its receiver, which must not become somebody else's.
type keeper struct{ N int }

var kept []*keeper

func (k *keeper) UnmarshalJSON(b []byte) error {
	kept = append(kept, k)
	return json.Unmarshal(b, &k.N)
}

// keeperKey is the same for keys.
type keeperKey struct{ name string }

func (k *keeperKey) UnmarshalText(b []byte) error {
	keptKeys = append(keptKeys, k)
	k.name = string(b)
	return nil
}

var keptKeys []*keeperKey

func TestReceiversAreNotShared(t *testing.T) {
	defer func() { kept, keptKeys = nil, nil }()
	type nest struct{ In []keeper }
	for name, first := range map[string]struct {
		text string
		to   func() any
	}{
		"slice":  {`[1,2]`, func() any { return new([]keeper) }},
		"nested": {`[{"In":[1,2]}]`, func() any { return new([]nest) }},
		"map":    {`{"a":1,"b":2}`, func() any { return new(map[string]keeper) }},
		"keys":   {`{"a":1,"b":2}`, func() any { return new(map[keeperKey]int) }},
	} {
		kept, keptKeys = nil, nil
		if err := Unmarshal([]byte(first.text), first.to()); err != nil {
			t.Fatal(name, err)
		}
		of, ofKeys := kept, keptKeys
		for range 10 {
			text := strings.NewReplacer("1", "77", "2", "78", "a", "x", "b", "y").Replace(first.text)
			if err := Unmarshal([]byte(text), first.to()); err != nil {
				t.Fatal(name, err)
			}
		}
		for _, k := range of {
			if k.N > 2 {
				t.Errorf("%s: a receiver of an earlier call holds %d", name, k.N)
			}
		}
		for _, k := range ofKeys {
			if k.name >= "x" {
				t.Errorf("%s: a key of an earlier call is %q", name, k.name)
			}
		}
	}
}

// Methods of keys see nothing of broken text either.
func TestKeysOfBrokenText(t *testing.T) {
	defer func() { keptKeys = nil }()
	var m map[keeperKey]int
	if err := Unmarshal([]byte(`{"a":1,"b":`), &m); err == nil || len(keptKeys) > 0 {
		t.Errorf("%v, and %d keys were read", err, len(keptKeys))
	}
}
