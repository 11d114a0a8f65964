package jsonfast

// This file holds RejectDuplicates to a map of names per object, and NoUTF8Check to what it leaves.

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestRejectDuplicates(t *testing.T) {
	many := func(n int, last string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"n%d":{"x":%d},`, i, i)
		}
		return "{" + b.String() + last + ":0}"
	}
	type raw struct{ R json.RawMessage }
	for _, c := range []struct {
		text, name string
		offset     int64
	}{
		{`{"a":1,"b":2}`, "", 0}, {`{"a":1,"a":2}`, "a", 7}, {`{"a":1,"\u0061":2}`, "a", 7}, {`{"":1,"":2}`, "", 6}, {`{"a":1,"A":2}`, "", 0}, {`[{"a":1},{"a":1}]`, "", 0},
		{`{"a":{"a":{"a":1}}}`, "", 0}, {`{"a":[{"b":1,"c":{"d":1,"d":2}}],"a":1}`, "d", 24}, {`{"R":{"x":1,"x":1}}`, "x", 12}, {`{"unknown":[[{"k":1,"k":2}]]}`, "k", 20}, {"{\"\xff\":1,\"\ufffd\":2}", "\ufffd", 7},
		{many(15, `"n0"`), "n0", -1}, {many(16, `"n3"`), "n3", -1}, {many(17, `"n16"`), "n16", -1}, {many(100, `"n99"`), "n99", -1}, {many(100, `"m"`), "", 0}, {`{"a":` + many(40, `"n39"`) + `}`, "n39", -1},
	} {
		if c.offset < 0 {
			c.offset = int64(strings.LastIndex(c.text, `"`+c.name+`"`))
		}
		for _, v := range []any{new(any), new(map[string]any), new(map[string]json.RawMessage), new(raw), new(user), new(json.RawMessage), new(jsonInt), new([]any)} {
			target := fresh(v)
			plain := json.Unmarshal([]byte(c.text), fresh(v))
			err := Options{RejectDuplicates: true}.Unmarshal([]byte(c.text), target)
			var twice *DuplicateNameError
			if c.offset == 0 {
				if !sameError(err, plain) {
					t.Errorf("%.60s into %T: %v, want %v", c.text, v, err, plain)
				}
				continue
			}
			if !errors.As(err, &twice) || twice.Name != c.name || twice.Offset != c.offset || !reflect.DeepEqual(target, fresh(v)) {
				t.Errorf("%.60s into %T: %v (%+v), want %q at %d, and nothing stored", c.text, v, err, reflect.ValueOf(target).Elem(), c.name, c.offset)
			}
			err = Options{RejectDuplicates: true}.NewDecoder(strings.NewReader(" 1 " + c.text)).decodeSecond(target)
			if !errors.As(err, &twice) || twice.Offset != c.offset+3 {
				t.Errorf("%.60s from a stream: %v, want %q at %d", c.text, err, c.name, c.offset+3)
			}
		}
	}
	if err := (Options{RejectDuplicates: true}).Unmarshal([]byte(`{"a":1}`), nil); !sameError(err, &json.InvalidUnmarshalError{}) {
		t.Error(err)
	}
}

func (d *Decoder) decodeSecond(v any) error {
	var first int
	if err := d.Decode(&first); err != nil {
		return err
	}
	return d.Decode(v)
}

// Names are looked at for duplicates in any text; broken ones say what is broken.
func TestRejectDuplicatesAgrees(t *testing.T) {
	for _, text := range texts() {
		for cut := max(0, len(text)-80); cut <= len(text); cut++ {
			sameNames(t, text[:cut])
		}
	}
}

func sameNames(t testing.TB, text string) {
	t.Helper()
	var v, w any
	wantErr := json.Unmarshal([]byte(text), &v)
	err := Options{RejectDuplicates: true}.Unmarshal([]byte(text), &w)
	var twice *DuplicateNameError
	if json.Valid([]byte(text)) && hasTwins([]byte(text)) {
		if !errors.As(err, &twice) {
			t.Errorf("%.200q: %v, and a name comes twice", text, err)
		}
		return
	}
	if !sameError(err, wantErr) || !reflect.DeepEqual(w, v) {
		t.Errorf("%.200q: %v, want %v", text, err, wantErr)
	}
}

func TestRejectDuplicatesAllocations(t *testing.T) {
	text := []byte(`{"id":1,"nested":{"id":2,"list":[{"a":1},{"a":2}]}}`)
	if n := testing.AllocsPerRun(100, func() { _, _ = checkNames(text, 0, Options{}) }); n != 0 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}

func FuzzRejectDuplicates(f *testing.F) {
	for _, text := range texts() {
		f.Add(text)
	}
	f.Add(`{"a":1,"\u0061":2}`)
	f.Fuzz(func(t *testing.T, text string) { sameNames(t, text) })
}

func TestNoUTF8Check(t *testing.T) {
	for text, want := range map[string]string{"\"a\xffb\"": "a\xffb", "\"\xc3\\n\xa9\"": "\xc3\n\xa9", "\"\xed\xa0\x80\"": "\xed\xa0\x80", `"\ud800"`: "\ufffd", "\"long enough \xfe for words \\t\xfd\"": "long enough \xfe for words \t\xfd", `"é"`: "é"} {
		var s string
		var v any
		var m map[string]int
		o := Options{NoUTF8Check: true}
		if err := o.Unmarshal([]byte(text), &s); err != nil || s != want {
			t.Errorf("%q: %q, %v", text, s, err)
		}
		if err := o.Unmarshal([]byte("["+text+"]"), &v); err != nil || v.([]any)[0] != want {
			t.Errorf("%q: %q, %v", text, v, err)
		}
		if err := o.Unmarshal([]byte("{"+text+":1}"), &m); err != nil || m[want] != 1 {
			t.Errorf("%q: %v, %v", text, m, err)
		}
	}
}

// Names are compared as they are read: without a check, bytes that are no UTF-8 stay what they are.
func TestRejectDuplicatesUnchecked(t *testing.T) {
	text := []byte("{\"\xff\":1,\"\xfe\":2}")
	for options, fails := range map[Options]bool{{RejectDuplicates: true}: true, {RejectDuplicates: true, NoUTF8Check: true}: false} {
		var m map[string]int
		if err := options.Unmarshal(text, &m); err != nil != fails {
			t.Errorf("%+v: %v", options, err)
		}
	}
}
