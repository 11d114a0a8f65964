package compare

// This file compares JSON libraries: first that all of them say the same, then how long they take. Contenders are in
// json_contenders_test.go, types in json_types_test.go.

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// document is one JSON text and the type for it.
type document struct {
	name string
	text func() []byte
	make func() any // a new pointer to the type
}

const orderText = `{"id":982734,"number":"A-2026-0098273","placed":"2026-11-22T08:15:30Z","paid":true,"customer":{"id":55012,"name":"Johanna Weber",` +
	`"email":"johanna.weber@example.org","address":{"street":"Lindenallee 14","city":"Hannover","zip":"30159","country":"DE"}},"lines":[` +
	`{"sku":"KB-104-DE","title":"Mechanical keyboard, German layout, brown switches","quantity":1,"price":129.9,"tags":["hardware","keyboard"]},` +
	`{"sku":"MS-7","title":"Wireless mouse \"Seven\"","quantity":2,"price":39.5},{"sku":"CB-USB-C-2","title":"USB-C cable, 2 m","quantity":3,"price":8.75,"tags":["cable"]},` +
	`{"sku":"PD-900","title":"Desk pad 900 mm × 400 mm","quantity":1,"price":24},{"sku":"SP-22","title":"Speakers, pair","quantity":1,"price":89.99,"tags":["audio","hardware"]},` +
	`{"sku":"ST-1","title":"Stand for laptops up to 17 inches","quantity":1,"price":45.25}],"total":394.39,"currency":"EUR","notes":null}`

var documents = []document{
	{"message", fixed(`{"message":"Hello, World!"}`), func() any { return new(message) }},
	{"user", fixed(`{"id":4711,"name":"Ann Example","email":"ann@example.org","active":true,"score":99.5,"tags":["a","bc"]}`), func() any { return new(jsonUser) }},
	{"order1k", fixed(orderText), func() any { return new(order) }},
	{"twitter", corpus("twitter_status"), func() any { return new(twitterStatus) }},
	{"citm", corpus("citm_catalog"), func() any { return new(citmCatalog) }},
	{"canada", corpus("canada_geometry"), func() any { return new(canadaGeometry) }},
	{"synthea", corpus("synthea_fhir"), func() any { return new(syntheaFhir) }},
	{"golang_source", corpus("golang_source"), func() any { return new(golangSource) }},
	{"string_escaped", corpus("string_escaped"), func() any { return new(map[string]string) }},
	{"string_unicode", corpus("string_unicode"), func() any { return new(map[string]string) }},
}

func fixed(text string) func() []byte { return func() []byte { return []byte(text) } }

// corpus reads one of the large documents from the sources of the Go toolchain.
func corpus(name string) func() []byte {
	return sync.OnceValue(func() []byte {
		packed, err := os.ReadFile(filepath.Join(runtime.GOROOT(), "src/encoding/json/internal/jsontest/testdata", name+".json.zst"))
		if err != nil {
			panic(err)
		}
		d, err := zstd.NewReader(nil)
		if err != nil {
			panic(err)
		}
		defer d.Close()
		text, err := d.DecodeAll(packed, nil)
		if err != nil {
			panic(err)
		}
		return text
	})
}

// value decodes a document by encoding/json.
func (d document) value(t testing.TB) any {
	t.Helper()
	v := d.make()
	if err := json.Unmarshal(d.text(), v); err != nil {
		t.Fatal(d.name, err)
	}
	return v
}

// TestJSONAgrees holds that every contender reads what encoding/json reads and writes what it can read again to the same, and,
// where it is meant to write as encoding/json does, the same bytes.
func TestJSONAgrees(t *testing.T) {
	for _, d := range documents {
		want := d.value(t)
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var untyped any
		if err := json.Unmarshal(d.text(), &untyped); err != nil {
			t.Fatal(err)
		}
		for _, c := range append(jsonDefaults, jsonRelaxed...) {
			got := d.make()
			if c.decode(d.text(), got) == errNotGenerated {
				continue
			}
			if err := c.decode(d.text(), got); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s decodes something else (%v)", d.name, c.name, err)
			}
			var u any
			if err := c.decode(d.text(), &u); err != errNotGenerated && (err != nil || !reflect.DeepEqual(u, untyped)) {
				t.Errorf("%s: %s decodes something else without a type (%v)", d.name, c.name, err)
			}
			out, err := c.encode(nil, want)
			again := d.make()
			if err != nil || json.Unmarshal(out, again) != nil || !reflect.DeepEqual(again, want) {
				t.Errorf("%s: %s encodes something else (%v)", d.name, c.name, err)
			}
			if c.exact && string(out) != string(text) {
				t.Errorf("%s: %s writes other bytes than encoding/json", d.name, c.name)
			}
			if c.valid != nil && (!c.valid(d.text()) || c.valid(d.text()[:len(d.text())/2])) {
				t.Errorf("%s: %s is wrong about validity", d.name, c.name)
			}
		}
	}
}

// BenchmarkJSON times contenders that do as encoding/json does: sonic's ConfigStd and everyone else's defaults.
func BenchmarkJSON(b *testing.B) { benchmarkJSON(b, jsonDefaults) }

// BenchmarkJSONRelaxed times what each does when it is allowed to be sloppy: sonic's ConfigFastest and our options.
func BenchmarkJSONRelaxed(b *testing.B) { benchmarkJSON(b, jsonRelaxed) }

func benchmarkJSON(b *testing.B, contenders []jsonContender) {
	b.Run("decode", func(b *testing.B) {
		each(b, contenders, func(b *testing.B, d document, c jsonContender) func() {
			text := d.text()
			if c.decode(text, d.make()) == errNotGenerated {
				return nil
			}
			return func() {
				if err := c.decode(text, d.make()); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("encode", func(b *testing.B) {
		each(b, contenders, func(b *testing.B, d document, c jsonContender) func() {
			v, buf := d.value(b), []byte(nil)
			if _, err := c.encode(nil, v); err == errNotGenerated {
				return nil
			}
			return func() {
				var err error
				if buf, err = c.encode(buf[:0], v); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("untyped", func(b *testing.B) {
		each(b, contenders, func(b *testing.B, d document, c jsonContender) func() {
			text := d.text()
			if c.decode(text, new(any)) == errNotGenerated {
				return nil
			}
			return func() {
				var v any
				if err := c.decode(text, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("valid", func(b *testing.B) {
		each(b, contenders, func(b *testing.B, d document, c jsonContender) func() {
			text := d.text()
			if c.valid == nil {
				return nil
			}
			return func() {
				if !c.valid(text) {
					b.Fatal("invalid")
				}
			}
		})
	})
}

// each runs one operation for all documents and contenders.
func each(b *testing.B, contenders []jsonContender, prepare func(*testing.B, document, jsonContender) func()) {
	for _, d := range documents {
		b.Run(d.name, func(b *testing.B) {
			for _, c := range inTurn(contenders, turn) {
				op := sync.OnceValue(func() func() { return prepare(b, d, c) })
				b.Run(c.name, func(b *testing.B) {
					if op() == nil {
						b.Skip("has no such function")
					}
					run := op()
					run()
					b.ReportAllocs()
					for b.Loop() {
						run()
					}
				})
			}
		})
	}
}
