package compare

// This file compares ways to take a few values out of a JSON text without decoding it: one that stands early and deep, one in the
// middle of an array, one at the end, and three at once.

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/ast"
	"github.com/tidwall/gjson"

	"github.com/covetgo/covet/jsonfast"
)

// lookup is values of one document, each by a path of names and places, in the syntaxes of the contenders.
type lookup struct {
	name, document string
	paths          [][]any
}

var lookups = []lookup{
	{"message", "message", [][]any{{"message"}}},
	{"user-last", "user", [][]any{{"tags", 1}}},
	{"user-three", "user", [][]any{{"id"}, {"email"}, {"score"}}},
	{"order1k-early", "order1k", [][]any{{"customer", "address", "city"}}},
	{"order1k-middle", "order1k", [][]any{{"lines", 3, "price"}}},
	{"order1k-last", "order1k", [][]any{{"currency"}}},
	{"order1k-three", "order1k", [][]any{{"id"}, {"customer", "email"}, {"total"}}},
	{"twitter-early", "twitter", [][]any{{"statuses", 3, "user", "screen_name"}}},
	{"twitter-last", "twitter", [][]any{{"search_metadata", "count"}}},
	{"citm-middle", "citm", [][]any{{"performances", 100, "eventId"}}},
}

// getter takes values out of a text and returns their JSON, or what they say.
type getter struct {
	name string
	make func(text []byte, paths [][]any) func() int // returns how many bytes the values have, so that they are all looked at
}

var getters = []getter{
	{"covet", func(text []byte, paths [][]any) func() int {
		finders := covetPaths(paths)
		return func() (n int) {
			root := jsonfast.View(text)
			for i := range finders {
				n += len(finders[i].find(root).Raw())
			}
			return n
		}
	}},
	{"gjson", func(text []byte, paths [][]any) func() int {
		s, dotted := string(text), dottedPaths(paths)
		return func() (n int) {
			for _, path := range dotted {
				n += len(gjson.Get(s, path).Raw)
			}
			return n
		}
	}},
	{"sonic", func(text []byte, paths [][]any) func() int {
		return func() (n int) {
			for _, path := range paths {
				node, err := sonic.GetWithOptions(text, ast.SearchOptions{}, path...)
				if err != nil {
					panic(err)
				}
				raw, err := node.Raw()
				if err != nil {
					panic(err)
				}
				n += len(raw)
			}
			return n
		}
	}},
	{"std", func(text []byte, paths [][]any) func() int {
		return func() (n int) {
			for _, path := range paths {
				raw := json.RawMessage(text)
				for _, step := range path {
					raw = stdStep(raw, step)
				}
				n += len(raw)
			}
			return n
		}
	}},
}

// covetPath is names up to a place in an array, and so on.
type covetPath []struct {
	names []string
	place int // -1 if there is none
}

func covetPaths(paths [][]any) (all []covetPath) {
	for _, path := range paths {
		p := covetPath{{place: -1}}
		for _, step := range path {
			last := &p[len(p)-1]
			if name, ok := step.(string); ok {
				last.names = append(last.names, name)
				continue
			}
			last.place = step.(int)
			p = append(p, covetPath{{place: -1}}...)
		}
		all = append(all, p)
	}
	return all
}

func (p covetPath) find(v jsonfast.Value) jsonfast.Value {
	for i := range p {
		if len(p[i].names) > 0 {
			v = v.Get(p[i].names...)
		}
		if p[i].place >= 0 {
			v = v.Index(p[i].place)
		}
	}
	return v
}

func dottedPaths(paths [][]any) (all []string) {
	for _, path := range paths {
		dotted := ""
		for _, step := range path {
			if dotted != "" {
				dotted += "."
			}
			dotted += fmt.Sprint(step)
		}
		all = append(all, dotted)
	}
	return all
}

// stdStep is the way of who has encoding/json only: one level at a time, into raw messages.
func stdStep(raw json.RawMessage, step any) json.RawMessage {
	var err error
	defer func() {
		if err != nil {
			panic(err)
		}
	}()
	if name, ok := step.(string); ok {
		var members map[string]json.RawMessage
		err = json.Unmarshal(raw, &members)
		return members[name]
	}
	var elements []json.RawMessage
	err = json.Unmarshal(raw, &elements)
	return elements[step.(int)]
}

func (l lookup) text() []byte {
	for _, d := range documents {
		if d.name == l.document {
			return d.text()
		}
	}
	panic("no document of the name " + l.document)
}

// TestJSONGetAgrees holds that all find the same.
func TestJSONGetAgrees(t *testing.T) {
	for _, l := range lookups {
		want := getters[len(getters)-1].make(l.text(), l.paths)()
		for _, g := range getters {
			if got := g.make(l.text(), l.paths)(); got != want || got == 0 {
				t.Errorf("%s: %s finds %d bytes, std %d", l.name, g.name, got, want)
			}
		}
		for i, path := range covetPaths(l.paths) {
			if ours, theirs := string(path.find(jsonfast.View(l.text())).Raw()), gjson.GetBytes(l.text(), dottedPaths(l.paths)[i]).Raw; ours != theirs {
				t.Errorf("%s: %q, gjson %q", l.name, ours, theirs)
			}
		}
	}
}

// BenchmarkJSONGet times them.
func BenchmarkJSONGet(b *testing.B) {
	for _, l := range lookups {
		b.Run(l.name, func(b *testing.B) {
			for _, g := range getters {
				run := g.make(l.text(), l.paths)
				b.Run(g.name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						run()
					}
				})
			}
		})
	}
}
