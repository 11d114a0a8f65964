package jsonfast

// This file holds encoding to encoding/json: bytes and errors, for every type of types_test.go.

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// sameEncoding compares what both write for v, or the errors that both have.
func sameEncoding(t testing.TB, v any) {
	t.Helper()
	want, wantErr := json.Marshal(v)
	got, err := Marshal(v)
	if string(got) != string(want) || !sameError(err, wantErr) {
		t.Errorf("%T %+v:\n%s, %v\nwant\n%s, %v", v, v, got, err, want, wantErr)
		return
	}
	appended, err := AppendMarshal([]byte("x"), v)
	if string(appended) != "x"+string(want) || !sameError(err, wantErr) {
		t.Errorf("appended: %T: %s, %v, want %s", v, appended, err, want)
	}
	if wantErr != nil {
		return
	}
	if got, err := (Options{NoHTMLEscape: true}).Marshal(v); err != nil || string(got) != std(t, v, false) {
		t.Errorf("raw: %T: %s, %v, want %s", v, got, err, std(t, v, false))
	}
}

// sameError compares type and text, and for types with fields, these.
func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	if reflect.TypeOf(a) != reflect.TypeOf(b) || a.Error() != b.Error() {
		return false
	}
	switch a := a.(type) {
	case *json.UnmarshalTypeError:
		return *a == *b.(*json.UnmarshalTypeError)
	case *json.SyntaxError:
		return *a == *b.(*json.SyntaxError)
	case *json.UnsupportedTypeError:
		return *a == *b.(*json.UnsupportedTypeError)
	}
	return true
}

func ptr[T any](v T) *T { return &v }

// samples are values of the types of types_test.go that are not what decoding would make.
func samples() []any {
	one, text := 1, "<text>"
	when := time.Date(2026, 11, 22, 8, 0, 0, 5000, time.FixedZone("", 3600))
	all := everything{
		Scalars: scalars{B: true, I: -1, I8: -128, I16: 300, I32: -70000, I64: math.MinInt64, U: 1, U8: 255, U16: 65535, U32: 1 << 31, U64: math.MaxUint64,
			UP: 9, F32: 0.1, F64: 1e21, S: "s\u2028<", N: "1e5", Raw: json.RawMessage(` [1, "<" ] `), T: when, Blob: []byte("blob"), Any: map[string]any{"z": 1, "a": []any{nil, true, 1.5, "x"}}},
		Pointers: &pointers{I: &one, S: &text, T: &when, X: &scalars{}, A: ptr[any](&one), P: &pointers{F: ptr(ptr(0.25)), N: ptr(json.Number("7"))}},
		Quoted:   quoted{B: true, I: 5, U: 6, F: 0.5, G: 0.25, S: "a\"<", N: "12", PI: &one, PS: &text, PP: ptr(&one), L: []int{1}, M: "m", T: 3, J: 4, A: 5, PN: ptr(json.Number("1"))},
		Containers: containers{L: []int{}, LS: []string{"a"}, LP: []*int{nil, &one}, LX: make([]scalars, 1), LL: [][]float64{nil, {1.5, 2}}, LB: []bytesElem{1, 2}, AB: [4]byte{1},
			M: map[string]int{"b": 1, "a": 2, "<": 3, "": 4}, MS: map[string]string{"k": "v"}, MI: map[int]string{10: "a", 9: "b", -1: "c"}, MU: map[uint8]float64{3: 1}, MT: map[textInt]int{5: 1, 40: 2},
			MX: map[string]scalars{"q": {}}, MP: map[string]*pointers{"n": nil, "p": {}}, MN: map[named]named{"x": "y"}, MM: map[string]map[string][]int{"o": {"i": {1}}}, Str: when},
		Methods: methods{C: &ptrJSON{3}, E: []ptrJSON{{1}, {2}}, G: map[string]ptrJSON{"v": {4}}, H: 5, I: 6, J: ptr(textInt(7)), K: ptr(jsonInt(8)), L: jsonInt(9), M: ptrJSON{10}, Z: 7, ZP: ptrZero{8}, ZI: zeroInt(7)},
		Embeds:  embeds{inner: inner{1, "y", 2}, Inner2: &Inner2{Z: 3, Deep: Deep{D: 4}}, tagged: tagged{5}, Dash: 6, Bad: 7},
		Empties: empties{B: true, I: 1, F: 1, S: "s", L: []int{0}, M: map[string]int{"a": 0}, P: &one, A: false, U: 1, Z: 1},
		Tree:    tree{Name: "root", Children: []tree{{Name: "leaf"}}, Index: map[string]*tree{"x": {Name: "y"}}, Up: &tree{}},
		User:    user{7, "Ann", "ann@example.org", true, 99.5, []string{"a", "b"}},
	}
	return []any{all, &all, all.Methods, &all.Methods, all.Embeds, &all.Embeds, nil, (*user)(nil), []any{all.User, &all.User, one, &one, when, &when},
		map[string]any{"u": all.User, "p": ptrJSON{1}, "q": &ptrJSON{1}, "r": []ptrText{{1}}, "s": [1]ptrText{{1}}}, struct{}{}, struct{ A any }{all.User}, "s", 1, 1.5, true,
		json.Number(""), json.Number("x"), json.RawMessage(nil), json.RawMessage("{"), &[]json.RawMessage{nil, []byte("1")}, uint8(1), []uint8(nil), float32(0.1), ptr(ptr(ptr(5))),
		map[int64]any{1: 2}, map[[2]int]int{}, map[bool]int{true: 1}, make(chan int), []any{make(chan int)}, func() {}, complex(1, 1), struct{ C chan int }{}, map[string]func(){"f": nil},
		math.NaN(), float32(math.Inf(1)), []float64{math.Inf(-1)}, struct{ F float32 }{float32(math.NaN())}, map[string]any{"a": math.Inf(1)},
		textInt(13), jsonInt(13), jsonInt(14), map[textInt]int{13: 1}, struct{ A *textInt }{ptr(textInt(13))}, []jsonInt{1, 14, 13}, time.Time{}.AddDate(20000, 0, 0),
		struct{ A json.Marshaler }{(*ptrJSON)(nil)}, struct{ E error }{errors.New("x")}, [2]any{1, "<"}, [0]int{},
		struct{ A, B *Inner2 }{}, named("<n>"), []named{"a"}, [3]uint8{1, 2, 3}, []int8{1}, map[string]any(nil), []any(nil), []any{map[string]any(nil), []any(nil)},
		&map[string]string{"b": "1", "a": "2"}, ptr(fmt.Stringer(when)), ptr(any(nil)), map[*int]int{nil: 1}, map[ptrText]int{}, map[string]struct{}{"a": {}},
		// types that contain themselves, from each of their parts
		[]tree{{Name: "a", Children: []tree{{Index: map[string]*tree{"b": {}}}}}}, map[string]*tree{"a": {Children: []tree{{}}}}, ptr(ptr(tree{Up: &tree{Children: []tree{}}})), [1]tree{{Up: &tree{}}}}
}

func TestEncode(t *testing.T) {
	for _, v := range samples() {
		sameEncoding(t, v)
	}
	for _, v := range targets() {
		sameEncoding(t, v)
		sameEncoding(t, reflect.ValueOf(v).Elem().Interface())
	}
}

// Data that contains itself is an error, by each of the ways in which it can; data that is only deep is written.
func TestCycles(t *testing.T) {
	type node struct{ Next *node }
	ring := &node{}
	ring.Next = ring
	list := []any{nil}
	list[0] = list
	m := map[string]any{}
	m["m"] = m
	var self any
	self = &self
	type links map[string]links
	l := links{}
	l["l"] = l
	type nested []nested
	n := make(nested, 1)
	n[0] = n
	type hidden struct{ Next any }
	h := &hidden{}
	h.Next = h
	for _, v := range []any{ring, *ring, list, m, self, l, n, h} {
		_, wantErr := json.Marshal(v)
		got, err := Marshal(v)
		if got != nil || !sameError(err, wantErr) || err == nil {
			t.Errorf("%T: %v, want %v", v, err, wantErr)
		}
	}
	deep := &node{}
	for range 5 * cycleDepthMin {
		deep = &node{deep}
	}
	sameEncoding(t, deep)
	shared := &node{}
	sameEncoding(t, []*node{shared, shared, shared})
}

// A pointer and a buffer with room: nothing is allocated.
func TestEncodeAllocations(t *testing.T) {
	u := user{7, "Ann <ann>", "ann@example.org", true, 99.5, []string{"a", "b"}}
	buf := make([]byte, 0, 4096)
	for name, v := range map[string]any{"struct": &u, "slice": &[]user{u, u}, "any": map[string]any{"a": 1.5, "b": []any{"x", nil}}, "value": u} {
		if n := testing.AllocsPerRun(200, func() { _, _ = AppendMarshal(buf, v) }); n != 0 && !raceEnabled {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// Many goroutines meet the same new types at once.
func TestPlansConcurrently(t *testing.T) {
	var wg sync.WaitGroup
	want := std(t, &everything{}, true)
	for range 16 {
		wg.Go(func() {
			type local struct{ E everything }
			got, err := Marshal(&local{})
			if err != nil || string(got) != `{"E":`+want+`}` {
				t.Errorf("%s, %v", got, err)
			}
			var back local
			if err := Unmarshal([]byte(`{"e":{"User":{"ID":3}}}`), &back); err != nil || back.E.User.ID != 3 {
				t.Errorf("%+v, %v", back.E.User, err)
			}
		})
	}
	wg.Wait()
}

func TestUnsortedKeys(t *testing.T) {
	v := map[string]any{"c": map[string]int{"x": 1, "y": 2}, "b": []any{map[string]any{"d": 1}}, "a": 1.0}
	got, err := Options{UnsortedKeys: true}.Marshal(v)
	var back any
	if err != nil || json.Unmarshal(got, &back) != nil {
		t.Fatal(string(got), err)
	}
	if again := std(t, back, true); again != std(t, v, true) {
		t.Errorf("%s, want %s", again, std(t, v, true))
	}
}

func TestCompact(t *testing.T) {
	for _, s := range []string{` { "a b" : [ 1 , 2.5e3 , true , null ] , "<" : "\u003c \" \\" } `, "1", " ", "{", `["]`, "\"\u2028<\xff\"", strings.Repeat("[", 300) + strings.Repeat("]", 300)} {
		want, wantErr := json.Marshal(json.RawMessage(s))
		got, err := appendCompact([]byte("x"), []byte(s), true)
		if wantErr != nil {
			wantErr = errors.Unwrap(wantErr)
		}
		if string(got) != "x"+string(want) || !sameError(err, wantErr) {
			t.Errorf("%q: %s, %v, want %s, %v", s, got, err, want, wantErr)
		}
	}
}

// FuzzEncode fills every type with what encoding/json finds in a text, and compares what becomes of it.
func FuzzEncode(f *testing.F) {
	for _, v := range samples() {
		if b, err := json.Marshal(v); err == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, v := range targets() {
			_ = json.Unmarshal(data, v)
			sameEncoding(t, v)
			sameEncoding(t, reflect.ValueOf(v).Elem().Interface())
		}
	})
}

// counts is a Marshaler that notes its calls.
type counts int

func (c *counts) MarshalJSON() ([]byte, error) { *c++; return []byte("0"), nil }

// Behind what cannot be written, nobody's method is called.
func TestNothingIsCalledBehindAnError(t *testing.T) {
	for _, make := range []func() (any, *counts){
		func() (any, *counts) {
			v := &struct {
				F float64
				C counts
			}{F: math.NaN()}
			return v, &v.C
		},
		func() (any, *counts) {
			v := &struct {
				F float32
				C counts
			}{F: float32(math.Inf(1))}
			return v, &v.C
		},
		func() (any, *counts) {
			v := &struct {
				F func()
				C counts
			}{F: func() {}}
			return v, &v.C
		},
	} {
		v, calls := make()
		if _, err := Marshal(v); err == nil || *calls != 0 {
			t.Errorf("%T: %v, and %d calls behind it", v, err, *calls)
		}
	}
}

// What an error about a cycle shows is nobody else's memory.
func TestErrorsOfCyclesAreKept(t *testing.T) {
	type hidden struct{ Next any }
	h := &hidden{}
	h.Next = h
	_, err := Marshal(h)
	var unsupported *json.UnsupportedValueError
	if !errors.As(err, &unsupported) {
		t.Fatal(err)
	}
	other := &hidden{}
	for range 10 {
		Marshal([]any{other, map[string]any{"a": other}})
	}
	if got := unsupported.Value.Interface(); got != any(h) {
		t.Errorf("the error's value is %v now", got)
	}
}
