package jsonfast

// This file holds Encoder and Decoder to encoding/json's: the same calls over the same stream, cut in every way, return the same.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// pieces is a reader that returns a text in pieces of a size, and then an error, with the last piece or alone.
type pieces struct {
	text  string
	size  int
	err   error
	early bool // the error comes with the last piece
}

func (p *pieces) Read(b []byte) (int, error) {
	n := copy(b, p.text[:min(p.size, len(p.text))])
	p.text = p.text[n:]
	if len(p.text) == 0 && (p.early || n == 0) {
		return n, p.err
	}
	return n, nil
}

// streamer is what both decoders have.
type streamer interface {
	Decode(v any) error
	Token() (json.Token, error)
	More() bool
	Buffered() io.Reader
	InputOffset() int64
	UseNumber()
	DisallowUnknownFields()
}

// step makes one call, by number, and writes down all that can be seen of it.
func step(d streamer, call int) (seen string, err error) {
	switch call {
	case 0, 1, 2:
		var v any
		v, err = d.Token()
		seen = fmt.Sprintf("token %T %v", v, v)
	case 3:
		seen = fmt.Sprint("more ", d.More())
	case 4:
		var v any
		err = d.Decode(&v)
		seen = fmt.Sprintf("any %#v", v)
	case 5:
		var v user
		err = d.Decode(&v)
		seen = fmt.Sprintf("user %+v", v)
	case 6:
		var v json.RawMessage
		err = d.Decode(&v)
		seen = fmt.Sprintf("raw %q", v)
	case 7:
		err = d.Decode(nil)
	default:
		var v int
		err = d.Decode(&v)
		seen = fmt.Sprintf("int %d", v)
	}
	rest, _ := io.ReadAll(d.Buffered())
	return fmt.Sprintf("%s; at %d, %q", seen, d.InputOffset(), rest), err
}

const stepsMax = 40 // calls per stream

// sameStream makes the same calls of both decoders.
func sameStream(t testing.TB, text string, size int, end error, early bool, seed uint64) {
	t.Helper()
	theirs, ours := streamer(json.NewDecoder(&pieces{text, size, end, early})), streamer(NewDecoder(&pieces{text, size, end, early}))
	random := rand.New(rand.NewPCG(seed, 1))
	if seed%3 == 1 {
		theirs.UseNumber()
		ours.UseNumber()
		theirs.DisallowUnknownFields()
		ours.DisallowUnknownFields()
	}
	failed := 0
	for range stepsMax {
		call := random.IntN(12)
		switch seed {
		case 0:
			call = 0 // tokens only
		case 2:
			call = 4 // values only
		}
		want, wantErr := step(theirs, call)
		got, err := step(ours, call)
		if got != want || !sameError(err, wantErr) {
			t.Fatalf("%.200q by %d, then %v (%v), seed %d, call %d:\n%s, %#v\nwant\n%s, %#v", text, size, end, early, seed, call, got, err, want, wantErr)
		}
		if err != nil {
			if failed++; failed > 3 {
				return
			}
		}
	}
}

var errBroken = errors.New("the line is broken")

func streams() []string {
	all := texts()
	for _, s := range []string{
		"1 2 3", "1\n2\n", "null true false\t\"x\"", `{"a":1}{"b":2}[3]`, "[1,2,{\"a\":[null]}] x", "\"a\"\"b\"", "1\"a\"", "12", "-", "tru", "truex", "nullnull", "[1,2", `{"a":`, `{"a"`, `{"a":1,`, "[1 2]", `{"a" 1}`, `{"a":1 "b":2}`, "[,]", "{,}", `{1:2}`, "[1,]", `{"a":1,}`, "]", "}", ":", ",", "[}", "{]", `{"a":]`,
		"  \n ", "[ [ ] , { } ]", `{"a":{"b":[1,{"c":null}]},"d":"e"} 5 {"id":1,"more":2}`, `{"id":"x"} {"id":2}`, "01", "1.", "1.e", "1e+", `"\u00"`, `"\x"`, "\"\n\"", "\x00", "[1,\x00]", "\xef\xbb\xbf1", "1 \x002", strings.Repeat(" ", 1500) + "1" + strings.Repeat("\n", 700) + "2", `"` + strings.Repeat("long ", 500) + `" 7`, strings.Repeat(`{"id":1,"tags":["a","b"]}`+"\n", 40), `{"id":1e400}{"id":2}`, "1e400 2", `[1e400]`,
	} {
		all = append(all, s)
	}
	return all
}

func TestDecoder(t *testing.T) {
	for _, text := range streams() {
		if len(text) > 3000 {
			continue
		}
		for _, size := range []int{1, 2, 3, 7, 64, 1 << 20} {
			for seed := range uint64(5) {
				sameStream(t, text, size, io.EOF, seed%2 == 0, seed)
			}
			sameStream(t, text, size, errBroken, true, 2)
			sameStream(t, text, size, errBroken, false, 0)
			sameStream(t, text, size, errBroken, false, uint64(size)+7)
		}
	}
}

func TestDecoderTruncatedEverywhere(t *testing.T) {
	for _, text := range streams() {
		if len(text) > 300 {
			continue
		}
		for cut := range len(text) {
			for seed := range uint64(4) {
				sameStream(t, text[:cut], 1+cut%5, io.EOF, cut%2 == 0, seed)
			}
		}
	}
}

// FuzzDecoder has the text, the pieces and the calls made up.
func FuzzDecoder(f *testing.F) {
	for i, text := range streams() {
		f.Add(text, uint8(i), uint64(i))
	}
	f.Fuzz(func(t *testing.T, text string, size uint8, seed uint64) {
		for _, end := range []error{io.EOF, errBroken} {
			sameStream(t, text, int(size)+1, end, seed%2 == 0, seed)
		}
	})
}

func TestDecoderDepth(t *testing.T) {
	for _, depth := range []int{depthLevelsMax, depthLevelsMax + 1} {
		text := strings.Repeat("[", depth) + strings.Repeat("]", depth)
		for _, size := range []int{1000, 1 << 20} {
			theirs, ours := json.NewDecoder(&pieces{text, size, io.EOF, true}), NewDecoder(&pieces{text, size, io.EOF, true})
			var a, b json.RawMessage
			wantErr, err := theirs.Decode(&a), ours.Decode(&b)
			if !sameError(err, wantErr) || string(a) != string(b) || theirs.InputOffset() != ours.InputOffset() {
				t.Errorf("depth %d: %v, want %v", depth, err, wantErr)
			}
		}
	}
}

// counter counts what is read and the longest buffer that it is given.
type counter struct {
	io.Reader
	bytes, longest int
}

func (c *counter) Read(b []byte) (int, error) {
	c.longest = max(c.longest, len(b))
	n, err := c.Reader.Read(b)
	c.bytes += n
	return n, err
}

// A value of the limit is read, one that is a byte longer is not, however it comes; what is held is bounded.
func TestDecoderLimit(t *testing.T) {
	for _, limit := range []int{10, 100, 513, 5000} {
		for _, size := range []int{1, 100, 1 << 20} {
			for _, text := range []string{`"` + strings.Repeat("x", limit-2) + `"`, strings.Repeat(" ", limit-1) + "1", "[" + strings.Repeat(" ", limit-2) + "]"} {
				d := NewDecoder(&pieces{text, size, io.EOF, false})
				d.SetValueBytesMax(limit)
				var v any
				if err := d.Decode(&v); err != nil {
					t.Errorf("limit %d, by %d: %.20q: %v", limit, size, text, err)
				}
				d = NewDecoder(&pieces{text + text, size, io.EOF, false})
				d.SetValueBytesMax(limit - 1)
				for range 2 {
					if err := d.Decode(&v); err != ErrTooLong {
						t.Errorf("limit %d, by %d: %.20q: %v", limit-1, size, text, err)
					}
				}
			}
			for _, endless := range []string{" ", "[", "1", "x"} {
				c := &counter{Reader: &pieces{`{"a":"` + strings.Repeat(endless, 100000), size, io.EOF, false}}
				if endless != "x" {
					c.Reader = &pieces{strings.Repeat(endless, 9000), size, io.EOF, false}
				}
				d := NewDecoder(c)
				d.SetValueBytesMax(limit)
				if _, err := d.Token(); endless == "x" && err == nil {
					_, err = d.Token()
					_, err = d.Token()
					if err != ErrTooLong {
						t.Errorf("limit %d: %v", limit, err)
					}
				} else if endless != "[" && err != ErrTooLong {
					t.Errorf("limit %d, by %d: endless %q: %v", limit, size, endless, err)
				}
				if cap(d.buf) > limit+readBytesMin+64 || c.bytes > 2*limit+3*readBytesMin {
					t.Errorf("limit %d, by %d: holds %d bytes, has read %d", limit, size, cap(d.buf), c.bytes)
				}
			}
		}
	}
}

// No byte is looked at again once it has been passed, however large the value, one read at a time.
func TestDecoderLooksOnce(t *testing.T) {
	for _, text := range []string{`"` + strings.Repeat("x", 200000) + `"`, strings.Repeat(" ", 200000) + "1 ", "[" + strings.Repeat("1,", 100000) + "1]", strings.Repeat("[", 9000) + strings.Repeat("]", 9000)} {
		var p progress
		buf, i, out := []byte(text), 0, wantMore
		for end := 1; out == wantMore && end <= len(buf); end++ { // what value does, with one byte more each time
			was := i
			i, out = p.feed(buf[:end], i)
			clear(buf[was:i]) // whoever looks again finds something else
		}
		if out == mistaken || out == wantMore && !(i == len(buf) && p.endsHere()) {
			t.Errorf("%.20q: it is %d at %d of %d", text, out, i, len(buf))
		}
	}
}

// stuck never returns anything.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestDecoderGivesUp(t *testing.T) {
	if err := NewDecoder(stuck{}).Decode(new(any)); err != io.ErrNoProgress {
		t.Error(err)
	}
	if NewDecoder(stuck{}).More() {
		t.Error("there is more of nothing")
	}
}

// What a Decoder returned stays as it is, though its buffer is used again.
func TestDecoderKeepsNothing(t *testing.T) {
	d := Options{BorrowStrings: true}.NewDecoder(&pieces{`{"name":"Ann"} {"name":"Bob"} {"name":"Cyd"}`, 16, io.EOF, false})
	for _, want := range []string{"Ann", "Bob", "Cyd"} {
		var u user
		err := d.Decode(&u)
		defer func() {
			if err != nil || u.Name != want {
				t.Errorf("%q, %v, want %q", u.Name, err, want)
			}
		}()
	}
}

func TestEncoder(t *testing.T) {
	for _, indent := range [][2]string{{}, {"", "  "}, {">", "\t"}, {"p", ""}} {
		for _, html := range []bool{true, false} {
			var theirs, ours bytes.Buffer
			a, b := json.NewEncoder(&theirs), NewEncoder(&ours)
			a.SetIndent(indent[0], indent[1])
			b.SetIndent(indent[0], indent[1])
			a.SetEscapeHTML(html)
			b.SetEscapeHTML(html)
			for _, v := range samples() {
				if wantErr, err := a.Encode(v), b.Encode(v); !sameError(err, wantErr) {
					t.Errorf("%T: %v, want %v", v, err, wantErr)
				}
			}
			if ours.String() != theirs.String() {
				t.Errorf("indent %q, html %v:\n%s\nwant\n%s", indent, html, ours.String(), theirs.String())
			}
		}
	}
	big := strings.Repeat("x", keptBufferBytesMax)
	var w writes
	e := NewEncoder(&w)
	for _, v := range []any{big, 1, errBroken, 2} {
		if err := e.Encode(v); err != nil {
			t.Error(err)
		}
	}
	if len(w.sizes) != 4 || w.sizes[0] != len(big)+3 || cap(e.buf) > keptBufferBytesMax {
		t.Errorf("%d writes, %d bytes kept", len(w.sizes), cap(e.buf))
	}
	w.err = errBroken
	for range 2 {
		if err := e.Encode(3); err != errBroken {
			t.Error(err)
		}
	}
	if len(w.sizes) != 5 {
		t.Errorf("%d writes, the last behind an error", len(w.sizes))
	}
}

// writes notes how much each Write was.
type writes struct {
	sizes []int
	err   error
}

func (w *writes) Write(b []byte) (int, error) {
	w.sizes = append(w.sizes, len(b))
	return len(b), w.err
}

func TestStreamAllocations(t *testing.T) {
	u := &user{7, "Ann", "ann@example.org", true, 99.5, nil}
	e := NewEncoder(io.Discard)
	if n := testing.AllocsPerRun(200, func() { _ = e.Encode(u) }); n != 0 && !raceEnabled {
		t.Errorf("encoding: %v allocations", n)
	}
	r := strings.NewReader("")
	d := NewDecoder(r)
	var n int
	if allocs := testing.AllocsPerRun(200, func() { r.Reset("12 "); _ = d.Decode(&n) }); allocs != 0 && !raceEnabled || n != 12 {
		t.Errorf("decoding: %v allocations, %d", allocs, n)
	}
}

func TestIndent(t *testing.T) {
	for _, text := range append(streams(), " [1 , {\"a\" :[ ] ,\"b\": { } }] \n\t", "\"a\" ", " 5  ", "{}\n\n", `{"a":"<\u2028>"}`) {
		for _, indent := range [][2]string{{"", ""}, {"", "  "}, {"> ", "\t"}} {
			var want, html bytes.Buffer
			wantErr := json.Indent(&want, []byte(text), indent[0], indent[1])
			got, err := AppendIndent([]byte("x"), []byte(text), indent[0], indent[1])
			if string(got) != "x"+want.String() || !sameError(err, wantErr) {
				t.Errorf("%.100q: %q, %v, want %q, %v", text, got, err, want.String(), wantErr)
			}
			json.HTMLEscape(&html, []byte(text))
			if got := AppendHTMLEscape([]byte("x"), []byte(text)); string(got) != "x"+html.String() {
				t.Errorf("%.100q: %q, want %q", text, got, html.String())
			}
		}
	}
}

// A value that stores what it is given sees what encoding/json would show it.
func TestDecoderMethods(t *testing.T) {
	for _, v := range targets() {
		for _, text := range []string{`{"a":1,"id":2} 3`, ` "<7>" `, `[1,2] [3]`} {
			theirs, ours := fresh(v), fresh(v)
			a, b := json.NewDecoder(strings.NewReader(text)), NewDecoder(strings.NewReader(text))
			for range 3 {
				wantErr, err := a.Decode(theirs), b.Decode(ours)
				if !sameError(err, wantErr) || !reflect.DeepEqual(ours, theirs) {
					t.Errorf("%s into %T: %v, want %v", text, v, err, wantErr)
				}
			}
		}
	}
}

// A limit that is beyond every value is no limit: the buffer grows as ever, and is not copied at each read.
func TestDecoderHugeLimit(t *testing.T) {
	for _, limit := range []int{0, 1 << 30, math.MaxInt - 1, math.MaxInt} {
		counted := &countingReader{r: strings.NewReader("[" + strings.Repeat(" ", 4<<20) + "1]")}
		d := NewDecoder(counted)
		d.SetValueBytesMax(limit)
		var v []int
		if err := d.Decode(&v); err != nil || len(v) != 1 {
			t.Fatal(limit, v, err)
		}
		if counted.reads > 100 {
			t.Errorf("limit %d: %d reads", limit, counted.reads)
		}
	}
}

type countingReader struct {
	r     io.Reader
	reads int
}

func (c *countingReader) Read(p []byte) (int, error) { c.reads++; return c.r.Read(p) }
