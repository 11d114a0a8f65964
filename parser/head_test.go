package parser

import (
	"bytes"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestSpan(t *testing.T) {
	buf := bytes.Repeat([]byte("x"), HeadBytesCap)
	s := Span{HeadBytesCap - 1, 1}
	if v := s.In(buf); len(v) != 1 || cap(v) != 1 || s.End() != HeadBytesCap {
		t.Errorf("len %d, cap %d, end %d", len(v), cap(v), s.End())
	}
	if v := (Span{}).In(nil); len(v) != 0 {
		t.Error("an empty span of nothing is not empty")
	}
}

// Head is copied, pooled and kept off the collector's books: no pointers, and a known size.
func TestHeadIsPlain(t *testing.T) {
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Struct:
			for i := range typ.NumField() {
				visit(typ.Field(i).Type)
			}
		case reflect.Array:
			visit(typ.Elem())
		case reflect.Pointer, reflect.Slice, reflect.String, reflect.Map, reflect.Interface, reflect.Func, reflect.Chan,
			reflect.UnsafePointer:
			t.Errorf("holds a %v", typ)
		}
	}
	visit(reflect.TypeFor[Head]())
	visit(reflect.TypeFor[Chunked]())
	if size := reflect.TypeFor[Head]().Size(); size > 1408 {
		t.Errorf("Head takes %d bytes", size)
	}
}

// Reset must reach every field but the array, whichever fields there will be.
func TestResetReachesAll(t *testing.T) {
	lim := DefaultLimits()
	requests := []string{
		"\r\nPOST http://b/x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nUpgrade: x\r\n" +
			"Connection: close, upgrade\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX",
		"GET / HTTP/1.1\r\nHost\r\n",
	}
	touched := map[string]bool{}
	for _, request := range requests {
		var h Head
		h.Parse([]byte(request[:len(request)-1]), &lim)
		h.Parse([]byte(request), &lim)
		for i := range reflect.TypeFor[Head]().NumField() {
			if !reflect.ValueOf(h).Field(i).IsZero() {
				touched[reflect.TypeFor[Head]().Field(i).Name] = true
			}
		}
		h.Reset()
		for i := range reflect.TypeFor[Head]().NumField() {
			field := reflect.TypeFor[Head]().Field(i)
			if !survivesReset[field.Name] && !reflect.ValueOf(h).Field(i).IsZero() {
				t.Errorf("%q: Reset leaves %s", request, field.Name)
			}
		}
		if n, st := h.Parse([]byte(small49), &lim); n != len(small49) || st != OK {
			t.Errorf("after Reset: %d %v", n, st)
		}
	}
	for i := range reflect.TypeFor[Head]().NumField() {
		if name := reflect.TypeFor[Head]().Field(i).Name; !touched[name] {
			t.Errorf("no request sets %s, so this test does not test it", name)
		}
	}
}

// survivesReset are the fields that say nothing about a request.
var survivesReset = map[string]bool{"fields": true, "marks": true, "marked": true, "lastHost": true}

func TestField(t *testing.T) {
	lim, buf := DefaultLimits(), []byte("GET / HTTP/1.1\r\nHost: a\r\nX-Id: 1\r\nx-iD: 2\r\nEmpty:\r\nA^b: 3\r\n\r\n")
	var h Head
	if _, st := h.Parse(buf, &lim); st != OK {
		t.Fatal(st)
	}
	for name, want := range map[string]string{"host": "a", "X-ID": "1", "x-id": "1", "empty": "", "A^B": "3"} {
		if got, ok := h.Field(buf, name); !ok || string(got) != want || cap(got) != len(got) {
			t.Errorf("%s is %q, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "hos", "hosts", "x_id", "x\ridd", "a~b", "A\x7eb", "A>b"} {
		if got, ok := h.Field(buf, name); ok {
			t.Errorf("%q is %q", name, got)
		}
	}
	if fields := h.Fields(); len(fields) != 5 || cap(fields) != 5 {
		t.Errorf("%d fields, room for %d", len(fields), cap(fields))
	}
}

// Known fields are found by number, whatever their case, and each is the first of its name.
func TestKnown(t *testing.T) {
	lim := DefaultLimits()
	for k := range knownCount {
		value := map[Known]string{KnownContentLength: "5", KnownTransferEncoding: "chunked", KnownExpect: "100-continue"}[k]
		if value == "" {
			value = "a"
		}
		for _, name := range []string{k.String(), strings.ToUpper(k.String()), strings.ToLower(k.String())} {
			request := "GET / HTTP/1.1\r\nX" + name + ": b\r\n" + name + "X: b\r\n" + name + ":" + value + "\r\n"
			if k != KnownHost {
				request += "Host: h\r\n"
			}
			if k >= KnownUpgrade || k == KnownConnection {
				request += name + ": second\r\n"
			}
			buf := []byte(request + "\r\n")
			var h Head
			if _, st := h.Parse(buf, &lim); st != OK {
				t.Fatalf("%q: %v", buf, st)
			}
			for other := range knownCount {
				got, ok := h.Known(buf, other)
				want := other == k || other == KnownHost
				if ok != want || other == k && string(got) != value {
					t.Errorf("%q: %v is %q, %v", buf, other, got, ok)
				}
			}
		}
	}
}

// Nothing allocates: not the straight line, not a piece, not a refusal, not a body.
func TestNoAllocation(t *testing.T) {
	cases, _ := readCasebook(t)
	lim, chunk := DefaultLimits(), DefaultChunkLimits()
	var inputs [][]byte
	for i := range cases {
		if c := &cases[i]; c.focus < 0 && len(c.input) < 500 {
			inputs = append(inputs, c.input)
		}
	}
	inputs = append(inputs, []byte(pico703), []byte(browser414), []byte(small49))
	var h Head
	var d Chunked
	for _, input := range inputs {
		if n := testing.AllocsPerRun(2, func() {
			h.Reset()
			n, st := h.Parse(input, &lim)
			if _, ok := h.Field(input, "Host"); !ok || st != OK || st.Code() != 0 || st.String() == "" {
				n = 0
			}
			d.Reset()
			d.Next(input[n:], &chunk)
			h.Reset()
			for i := 0; i < len(input); i += 7 {
				h.Parse(input[:i], &lim)
			}
		}); n != 0 {
			t.Errorf("%q: %v allocations", input, n)
		}
	}
}

// The functions that the hot lines count on being inlined.
func TestInlined(t *testing.T) {
	out, err := exec.Command("go", "build", "-gcflags=-m", ".").CombinedOutput()
	if err != nil {
		t.Skipf("no compiler here: %v\n%s", err, out)
	}
	for _, name := range []string{"Span.In", "Span.End", "span", "is", "isSpace", "methodOf", "clamp", "load16", "load64", "(*Limits).window", "(*Head).has", "(*Head).Fields", "lower64"} {
		if !slices.ContainsFunc(strings.Split(string(out), "\n"), func(line string) bool {
			return strings.HasSuffix(line, ": can inline "+name)
		}) {
			t.Errorf("%s is not inlined", name)
		}
	}
}

// Statuses are answers: each error has a code in 4xx or 5xx and a reason of its own, the others have no code.
func TestStatus(t *testing.T) {
	reasonOf := map[string]Status{}
	for st := NeedMore; int(st) < statusCount; st++ {
		if other, taken := reasonOf[st.String()]; taken || st.String() == "" {
			t.Errorf("status %d: reason %q, like %d", st, st, other)
		}
		reasonOf[st.String()] = st
		if isError := st > ChunkData; st.IsError() != isError || isError != (st.Code() >= 400 && st.Code() < 600) {
			t.Errorf("%v: error %v, code %d", st, st.IsError(), st.Code())
		}
	}
	if st := Status(255); st.String() == "" || st.Code() != 400 {
		t.Errorf("an unknown status: %q %d", st, st.Code())
	}
	for st, want := range map[Status]bool{OK: false, BadMethod: false, TooManyTrailers: false, BareLF: true, BadSpacing: true,
		ControlInValue: true, RepeatedContentLength: true, LengthAndChunked: true, EmptyCoding: true, BadChunkExt: true} {
		if st.IsPolicy() != want {
			t.Errorf("%v: policy %v", st, st.IsPolicy())
		}
	}
}

func TestFormString(t *testing.T) {
	if FormOrigin.String() != "origin" || FormAsterisk.String() != "asterisk" || Form(4).String() == "" {
		t.Error("forms are misnamed")
	}
}

// What an earlier head left in the memory for marks means nothing to the next one, not even where the list is full in the
// middle of a line: every place of that memory is made to point at every line end.
func TestStaleMarksMeanNothing(t *testing.T) {
	atEveryLevel(t, func(t *testing.T) {
		for queries := range 70 {
			head := "GET /" + strings.Repeat("?", queries) + " HTTP/1.1\r\nHost: a\r\n"
			for range 70 {
				head += "A: b\r\n"
			}
			lim, buf := DefaultLimits(), []byte(head+"\r\n")
			var want Head
			wantN, wantSt := want.Parse(buf, &lim)
			for place := range buf {
				if buf[place] != '\r' || place%5 != 0 {
					continue
				}
				var h Head
				for i := range h.marks {
					h.marks[i] = uint16(place)
				}
				if n, st := h.Parse(buf, &lim); n != wantN || st != wantSt || !slices.Equal(h.Fields(), want.Fields()) {
					t.Fatalf("%d queries, marks at %d: %d %v and %d fields, want %d %v and %d", queries, place,
						n, st, len(h.Fields()), wantN, wantSt, len(want.Fields()))
				}
			}
		}
	})
}
