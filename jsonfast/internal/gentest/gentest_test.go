package gentest

// This file holds the generated code to encoding/json: what is stored, the bytes that are written, and the errors with their offsets, structs
// and fields.

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/covetgo/covet/jsonfast"
)

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
	}
	return true
}

// sameDecoding compares what both make of a text, in a new target of v's type and in one that has a value.
func sameDecoding(t testing.TB, text string, v any, before string) {
	t.Helper()
	for _, o := range []jsonfast.Options{{}, {OnePass: true, BorrowStrings: true}} {
		theirs, ours := fresh(v), fresh(v)
		if before != "" {
			_, _ = json.Unmarshal([]byte(before), theirs), json.Unmarshal([]byte(before), ours)
		}
		wantErr := json.Unmarshal([]byte(text), theirs)
		input := []byte(text)
		err := o.Unmarshal(input, ours)
		_, isSyntax := wantErr.(*json.SyntaxError)
		switch {
		case !sameError(err, wantErr):
			t.Fatalf("%q into %T %+v: %v, want %v", text, v, o, err, wantErr)
		case isSyntax && o.OnePass:
		case !reflect.DeepEqual(ours, theirs):
			t.Fatalf("%q into %T %+v (%v):\n%+v\nwant\n%+v", text, v, o, err, reflect.ValueOf(ours).Elem(), reflect.ValueOf(theirs).Elem())
		}
	}
}

// sameEncoding compares what both write for v, or the errors that both have.
func sameEncoding(t testing.TB, v any) {
	t.Helper()
	want, wantErr := json.Marshal(v)
	got, err := jsonfast.Marshal(v)
	if string(got) != string(want) || !sameError(err, wantErr) {
		t.Fatalf("%T %+v:\n%s, %v\nwant\n%s, %v", v, v, got, err, want, wantErr)
	}
	appended, err := jsonfast.AppendMarshal([]byte("x"), v)
	if string(appended) != "x"+string(want) || !sameError(err, wantErr) {
		t.Fatalf("appended: %T: %s, %v, want %s", v, appended, err, want)
	}
	var raw bytes.Buffer
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false)
	wantErr = e.Encode(v)
	got, err = jsonfast.Options{NoHTMLEscape: true}.Marshal(v)
	if string(got) != strings.TrimSuffix(raw.String(), "\n") || !sameError(err, wantErr) {
		t.Fatalf("raw: %T: %s, %v, want %s, %v", v, got, err, raw.String(), wantErr)
	}
}

func TestEncode(t *testing.T) {
	deep := &Tree{}
	for range 3000 {
		deep = &Tree{Name: "n", Up: deep}
	}
	ring, wide := &Tree{}, &Tree{Children: make([]Tree, 1)}
	ring.Up = ring
	wide.Children[0].Any = wide
	values := append(samples(), deep, ring, *ring, wide, &Scalars{F64: math.NaN()}, &Named{R: ratio(math.Inf(1))}, &Containers{LN: []Named{{R: ratio(math.NaN())}, {R: ratio(math.Inf(1))}}},
		&Methods{T: 13}, &Methods{L: []Text{13}}, &Scalars{Any: make(chan int)}, &Scalars{N: "x"}, &Scalars{Raw: json.RawMessage("{")}, []any{User{}, &User{}, One{}})
	for _, v := range append(values, targets()...) {
		sameEncoding(t, v)
		if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer {
			sameEncoding(t, r.Elem().Interface())
			sameEncoding(t, map[string]any{"a": v, "b": r.Elem().Interface()})
		}
	}
}

// Each text is read into the type that it was made from, in all variants, and as it is into all other types.
func TestDecode(t *testing.T) {
	for _, sample := range samples() {
		b, err := json.Marshal(sample)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range variants(string(b)) {
			sameDecoding(t, text, sample, "")
		}
		for _, v := range targets() {
			sameDecoding(t, string(b), v, "")
		}
	}
}

// What is in the target already counts: pointers, maps and slices are used.
func TestDecodeInto(t *testing.T) {
	for _, sample := range samples() {
		b, _ := json.Marshal(sample)
		if len(b) > 3000 {
			continue
		}
		for _, text := range variants(string(b)) {
			sameDecoding(t, text, sample, string(b))
			sameDecoding(t, string(b), sample, text)
		}
	}
}

func TestTruncatedEverywhere(t *testing.T) {
	for _, sample := range samples() {
		b, _ := json.Marshal(sample)
		for cut := range b {
			sameDecoding(t, string(b[:cut]), sample, "")
		}
	}
}

// Depth is bounded where encoding/json bounds it.
func TestDepth(t *testing.T) {
	for depth := 9990; depth <= 10003; depth++ {
		for _, text := range []string{
			strings.Repeat(`{"up":`, depth-1) + "{}" + strings.Repeat("}", depth-1), strings.Repeat(`{"up":`, depth-1) + "{\"name\":\"x\"}" + strings.Repeat("}", depth-1),
			strings.Repeat(`{"children":[`, depth/2) + strings.Repeat("]}", depth/2), strings.Repeat(`{"name":"","children":[`, (depth-1)/2) + `{"name":"x"}` + strings.Repeat("]}", (depth-1)/2),
		} {
			theirs, ours := new(Tree), new(Tree)
			if want, err := json.Unmarshal([]byte(text), theirs), jsonfast.Unmarshal([]byte(text), ours); !sameError(err, want) {
				t.Errorf("depth %d, %.30s…: %v, want %v", depth, text, err, want)
			}
		}
	}
	for _, depth := range []int{9996, 9997, 9998, 9999, 10000} {
		for _, inner := range []string{`{"tags":["a"]}`, `{"tags":[]}`, `{"id":1,"tags":["a"]}`} {
			text := strings.Repeat(`{"p":`, depth) + `{"y":` + inner + "}" + strings.Repeat("}", depth)
			if want, err := json.Unmarshal([]byte(text), new(Pointers)), jsonfast.Unmarshal([]byte(text), new(Pointers)); !sameError(err, want) {
				t.Errorf("depth %d, %s: %v, want %v", depth, inner, err, want)
			}
		}
	}
}

func TestOptions(t *testing.T) {
	text := `{"id":1,"name":"n","nope":2,"score":1e400,"tags":["x"]}`
	for _, o := range []jsonfast.Options{{DisallowUnknownFields: true}, {UseNumber: true}, {DisallowUnknownFields: true, OnePass: true}} {
		for _, text := range append(variants(`{"name":"n","any":[1.5,"x"]}`), variants(text)...) {
			for _, v := range []any{new(Tree), new(User)} {
				theirs, ours := fresh(v), fresh(v)
				d := json.NewDecoder(strings.NewReader(text))
				if o.UseNumber {
					d.UseNumber()
				}
				if o.DisallowUnknownFields {
					d.DisallowUnknownFields()
				}
				want := d.Decode(theirs)
				if !json.Valid([]byte(text)) {
					continue
				}
				if err := o.Unmarshal([]byte(text), ours); !sameError(err, want) || !reflect.DeepEqual(ours, theirs) {
					t.Errorf("%s %+v: %+v, %v, want %+v, %v", text, o, ours, err, theirs, want)
				}
			}
		}
	}
	var twice *jsonfast.DuplicateNameError
	if err, ok := (jsonfast.Options{RejectDuplicates: true}).Unmarshal([]byte(`{"id":1,"id":2}`), new(User)).(*jsonfast.DuplicateNameError); !ok || err.Name != "id" {
		t.Errorf("%v, want %T", err, twice)
	}
	raw := []byte("{\"name\":\"a\xffb\"}")
	var u User
	if err := (jsonfast.Options{NoUTF8Check: true}).Unmarshal(raw, &u); err != nil || u.Name != "a\xffb" {
		t.Errorf("%q, %v", u.Name, err)
	}
}

// encoding/json knows nothing of the code: the types have no methods.
func TestNoMethods(t *testing.T) {
	for _, v := range []any{User{}, Scalars{}, Tree{}, Everything{}} {
		if n := reflect.PointerTo(reflect.TypeOf(v)).NumMethod(); n != 0 {
			t.Errorf("%T has %d methods", v, n)
		}
	}
}

// A target that is read again and again by many goroutines at once, each with values of its own.
func TestConcurrently(t *testing.T) {
	var texts [][]byte
	for i := range 8 {
		b, _ := json.Marshal(Containers{LX: slices.Repeat([]User{{ID: i, Name: strings.Repeat("n", i), Tags: []string{"t"}}}, i)})
		texts = append(texts, b)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 200 {
				var c Containers
				if err := jsonfast.Unmarshal(texts[i], &c); err != nil || len(c.LX) != i {
					t.Errorf("%v, %d elements, want %d", err, len(c.LX), i)
				}
				if b, err := jsonfast.Marshal(&c); err != nil || string(b) != string(texts[i]) {
					t.Errorf("%s, %v, want %s", b, err, texts[i])
				}
			}
		})
	}
	wg.Wait()
}

var mutants = flag.Int("mutants", 20_000, "texts that TestMutants tries")

// Texts are spoilt at random: without being watched, a hundred times as fast as a fuzzer does it.
func TestMutants(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	all := targets()
	var seeds []string
	for _, sample := range samples() {
		if b, _ := json.Marshal(sample); len(b) < 1500 {
			seeds = append(seeds, string(b))
		}
	}
	for range *mutants {
		text := []byte(seeds[r.IntN(len(seeds))])
		for range 1 + r.IntN(3) {
			at := r.IntN(len(text) + 1)
			switch r.IntN(4) {
			case 0:
				text = slices.Insert(text, at, []byte(wrongValues[r.IntN(len(wrongValues))])...)
			case 1:
				text = slices.Insert(text, at, "{}[]:,\" \\0tnu"[r.IntN(13)])
			case 2:
				text = slices.Delete(text, at, min(len(text), at+1+r.IntN(3)))
			case 3:
				if at < len(text) {
					text[at] ^= 1 << r.IntN(8)
				}
			}
		}
		sameDecoding(t, string(text), all[r.IntN(len(all))], "")
	}
}

// FuzzGenerated reads a text into every type, and writes what came of it.
func FuzzGenerated(f *testing.F) {
	for _, sample := range samples() {
		b, _ := json.Marshal(sample)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, v := range targets() {
			sameDecoding(t, string(text), v, "")
			v = fresh(v)
			_ = json.Unmarshal(text, v)
			sameEncoding(t, v)
		}
	})
}

// All of the code is in use: none of these tests is one of the plans alone.
func TestInUse(t *testing.T) {
	for name, c := range map[string]interface{ InUse() bool }{
		"User": &covetJSONUser, "Scalars": &covetJSONScalars, "Named": &covetJSONNamed, "Pointers": &covetJSONPointers, "Quoted": &covetJSONQuoted, "Containers": &covetJSONContainers, "Methods": &covetJSONMethods,
		"Minds": &covetJSONMinds, "Embeds": &covetJSONEmbeds, "Empties": &covetJSONEmpties, "Tree": &covetJSONTree, "One": &covetJSONOne, "Everything": &covetJSONEverything,
	} {
		if !c.InUse() {
			t.Errorf("the code of %s is not in use", name)
		}
	}
}
