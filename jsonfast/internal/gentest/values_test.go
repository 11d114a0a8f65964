package gentest

// This file makes what the tests of this package try: values of all types, and texts that are like those which the code expects, but
// for one thing each.

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
)

func ptr[T any](v T) *T { return &v }

// targets makes a new pointer to each type, and to some that hold them.
func targets() []any {
	return []any{
		new(User), new(Scalars), new(Named), new(Pointers), new(Quoted), new(Containers), new(Methods), new(Minds), new(Embeds), new(Inner), new(Deep),
		new(Empties), new(Tree), new(One), new(Everything), new([]User), new(map[string]User), new(*Tree), new([2]Minds), new(struct{ A, B One }), new(any),
	}
}

// fresh returns a pointer to a new zero value of the type that v points to.
func fresh(v any) any { return reflect.New(reflect.TypeOf(v).Elem()).Interface() }

// samples are values of these types that are full.
func samples() []any {
	when := time.Date(2026, 11, 22, 8, 0, 0, 5000, time.FixedZone("", 3600))
	user := User{7, "Ann <&> \u2028", "ann@example.org", true, 99.5, []string{"a", "b\"", ""}}
	all := Everything{
		Scalars: Scalars{B: true, I: -1, I8: -128, I16: 300, I32: -70000, I64: math.MinInt64, U: 1, U8: 255, U16: 65535, U32: 1 << 31, U64: math.MaxUint64, UP: 9, F32: 0.1, F64: 1e21,
			S: "s\xff<", N: "1e5", Raw: json.RawMessage(`[1,"x"]`), T: when, D: 5, M: 3, Blob: []byte("blob"), Any: map[string]any{"z": 1.0, "a": []any{nil, true, 1.5, "x"}}},
		Named: Named{F: true, L: -5, P: 80, T: "t<", R: 0.25, S: 0.1, W: words{"w"}, U: users{user, {}}, X: ptr(title("x")), Y: ptr(level(3)), Z: []title{"z"}},
		Pointers: &Pointers{B: ptr(true), I: ptr(1), U: ptr(uint8(9)), F: ptr(ptr(0.25)), G: ptr(1.5), H: ptr(float32(0.3)), S: ptr("<s>"), N: ptr(json.Number("7")), R: ptr(json.RawMessage(`{}`)), T: &when,
			X: &Scalars{T: when, Raw: json.RawMessage("1")}, Y: &user, A: ptr[any]("x"), P: &Pointers{Y: &User{}}, L: &[]string{"l"}},
		Quoted: Quoted{B: true, I: 5, U: 6, F: 0.5, S: "a\"<", PI: ptr(1), L: []int{1}, V: user},
		Containers: Containers{L: []int{1, 2}, LS: []string{"a"}, LF: []float64{0.5}, LP: []*User{nil, &user}, LX: []User{user, {}, user, user, {Name: "five"}}, LO: []User{{}}, LN: []Named{{}}, LL: [][]string{nil, {"x"}},
			A: [3]int{1, 2, 3}, AU: [2]User{user}, M: map[string]int{"b": 1, "a": 2}, MU: map[string]User{"u": user}, MP: map[int]*User{1: &user, 2: nil}, U: user, UO: user, UZ: user},
		Methods: Methods{T: 1, P: ptr(Text(2)), L: []Text{3}, M: Minds{A: "a", P: Pointed{5}, U: user}, N: []Minds{{P: Pointed{1}}}, O: &Minds{P: Pointed{2}}, Z: when},
		Embeds:  Embeds{inner: inner{1, "y", 2}, Inner: &Inner{Z: 3, Deep: Deep{D: 4}}, tagged: tagged{5}, User: user, Named: "n", Dash: 6, Bad: 7, Accent: 8, Kelvin: 9, Long: 10, Short: "s"},
		Empties: Empties{B: true, I: 1, F: 1, G: 0.5, S: "s", L: []int{0}, W: []string{""}, P: ptr(0), Q: &user, V: []User{user}, A: false, U: 1, Z: 1},
		Tree:    Tree{Name: "root", Children: []Tree{{Name: "leaf"}, {}}, Index: map[string]*Tree{"x": {Name: "y"}}, Up: &Tree{Up: &Tree{}}, Any: 1.5},
		One:     &One{"v"},
	}
	list := []any{}
	v := reflect.ValueOf(&all).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		if f.Kind() != reflect.Pointer {
			f = f.Addr()
		}
		list = append(list, f.Interface())
	}
	return append(list, &user, &all, &[]User{user, {}}, &map[string]User{"k": user}, &[2]Minds{{A: "x"}}, &Empties{F: float32(math.Copysign(0, -1)), G: math.Copysign(0, -1)}, &Empties{V: []User{}, W: []string{}, L: []int{}},
		&User{Tags: []string{}}, &Embeds{}, &Containers{LX: []User{}, LN: []Named{}, LO: []User{}}, &Tree{Children: []Tree{}})
}

// wrongValues are put where another one is expected.
var wrongValues = []string{"null", "true", "0", "-1", "-0", "1.5", "1e2", "1E400", "300", "70000", "01", "9223372036854775808", "18446744073709551616", "123456789012345678901", `""`, `"x"`, `"\u0041\ud83d\ude00"`, "\"\xff\"",
	`"12"`, "{}", "[]", "[null]", "[{}]", `[1,"a"]`, `["a",1]`, `["a" , "b"]`, `{"a":1}`, `{"id":"x"}`, `[{"id":1},{"id":"x"},{"name":null}]`, `{"name":"n","id":7}`, " 5", "\n\t \"y\"", "tru", "nul", "\"", "[", "{", "", "[1,]", `{"id":1,}`, `["a"`}

// members takes an object apart.
func members(text string) (all [][2]string) {
	d := json.NewDecoder(strings.NewReader(text))
	if t, _ := d.Token(); t != json.Delim('{') {
		return nil
	}
	for d.More() {
		name, _ := d.Token()
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil
		}
		quoted, _ := json.Marshal(name)
		all = append(all, [2]string{string(quoted), string(value)})
	}
	return all
}

// object puts it together.
func object(all [][2]string) string {
	var parts []string
	for _, m := range all {
		parts = append(parts, m[0]+":"+m[1])
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// variants are texts that differ from one in a single thing.
func variants(text string) []string {
	all := members(text)
	list := []string{text, " " + text + "\n", strings.ReplaceAll(text, ":", ": "), strings.ReplaceAll(text, ",", ", "), strings.ReplaceAll(text, `":`, `" :`), strings.ReplaceAll(text, "}", " }"), strings.ReplaceAll(text, "]", "\n]"),
		text + "x", text + text, strings.TrimSuffix(text, "}") + ",}"}
	var indented bytes.Buffer
	if json.Indent(&indented, []byte(text), "", "  ") == nil {
		list = append(list, indented.String())
	}
	turned := slices.Clone(all)
	slices.Reverse(turned)
	list = append(list, object(turned), object(append(slices.Clone(all), all...)))
	for i, m := range all {
		with := func(name, value string) {
			list = append(list, object(slices.Replace(slices.Clone(all), i, i+1, [2]string{name, value})))
		}
		for _, value := range wrongValues {
			with(m[0], value)
		}
		with(strings.ToUpper(m[0]), m[1])
		with(`"\u00`+"4"+m[0][1:], m[1])
		with(m[0][:len(m[0])-1], m[1])
		with(`"unknown"`, m[1])
		list = append(list, object(slices.Delete(slices.Clone(all), i, i+1)), object(slices.Insert(slices.Clone(all), i, [2]string{`"more"`, `{"a":[1,{"b":"c"}]}`})),
			object(append(slices.Clone(all), m)), object(slices.Insert(slices.Clone(all), 0, m)), object([][2]string{m}))
	}
	return list
}
