package jsonfast

// This file holds the append layer to encoding/json: every scalar that we write is written by it as well.

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

// std is what encoding/json writes for v, with or without escapes for HTML.
func std(t testing.TB, v any, html bool) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(html)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// sameString compares one string in both modes, behind other bytes and in buffers of different room.
func sameString(t testing.TB, s string) {
	t.Helper()
	for _, html := range []bool{true, false} {
		want := "x" + std(t, s, html)
		for _, spare := range []int{0, 1, 7, 8, 64, 2 * len(s), leadBytesMax + len(s), leadBytesMax + len(s) + 1} {
			dst := append(make([]byte, 0, 1+spare), 'x')
			if got := string(appendString(dst, s, html)); got != want {
				t.Fatalf("%q, html %v, room for %d: %s, want %s", s, html, spare, got, want)
			}
		}
	}
}

// Every byte value, at every place of strings up to three words long.
func TestStringEveryByteEverywhere(t *testing.T) {
	roomy := make([]byte, 0, 128) // as the short way wants it
	for n := 1; n <= 25; n++ {
		base := []byte(strings.Repeat("m", n))
		for at := range n {
			for c := range 256 {
				base[at] = byte(c)
				for _, html := range []bool{true, false} {
					got, want := string(appendString(nil, string(base), html)), std(t, string(base), html)
					if short := string(appendString(roomy, string(base), html)); got != want || short != want {
						t.Fatalf("%q, html %v: %s, %s, want %s", base, html, got, short, want)
					}
				}
			}
			base[at] = 'm'
		}
	}
}

// A string that just fits its buffer needs no other.
func TestStringThatFits(t *testing.T) {
	for _, s := range []string{"", "a", "four", "Hello, World!", strings.Repeat("a", 100)} {
		dst := make([]byte, 0, len(s)+2)
		if got := AppendString(dst, s); cap(got) != cap(dst) || string(got) != `"`+s+`"` {
			t.Errorf("%s has room for %d bytes now, was written to %d", got, cap(got), cap(dst))
		}
	}
}

// What a document has grown a buffer to is enough for the next one of its kind, and for the short way of writing it.
func TestBufferGrowsOnce(t *testing.T) {
	v := &struct{ Message string }{"Hello, World!"}
	first, _ := AppendMarshal(nil, v)
	if room := cap(first); room < leadBytesMax+len(v.Message)+1 {
		t.Errorf("a buffer of %d bytes is written to by the long way each time", room)
	}
	if again, _ := AppendMarshal(first[:0], v); cap(again) != cap(first) {
		t.Error("the buffer grew again")
	}
}

func TestStrings(t *testing.T) {
	for _, s := range []string{
		"", "a", "<script>&amp;</script>", "a\u2028b\u2029c\u202ad", "\xe2\x80", "\xe2\x80\xa8", "日本語", "日本語\xff日本", "\xed\xa0\x80",
		"\xf0\x9f\x98\x80 smile", "\xf8\x88\x80\x80\x80", "\xc0\x80", "\x00\x1f\x7f\u0080", "\ufffd", "\\\"\b\f\n\r\t",
		strings.Repeat("plain text ", 30) + "\"", strings.Repeat("\n", 100), strings.Repeat("é", 50) + "\x80",
	} {
		sameString(t, s)
	}
}

func TestNumbers(t *testing.T) {
	var ints []int64
	for p := int64(1); ; p *= 10 {
		ints = append(ints, p-1, p, p+1, -p, 1-p, 2*p, 9*p)
		if p > math.MaxInt64/10 {
			break
		}
	}
	for _, v := range append(ints, math.MaxInt64, math.MinInt64, 99, 100, 101, 9999, 12345678) {
		if got, want := string(AppendInt(nil, v)), std(t, v, true); got != want {
			t.Errorf("int %d: %s", v, got)
		}
		if got, want := string(AppendUint(nil, uint64(v))), std(t, uint64(v), true); got != want {
			t.Errorf("uint %d: %s", uint64(v), got)
		}
		sameFloat(t, float64(v))
	}
	for _, f := range []float64{
		0, math.Copysign(0, -1), 0.1, 1e-6, 9.99e-7, 1e-7, 1e-9, 1e-10, 1e20, 1e21, 1.5e21, 1e22, 123456789.125, math.MaxFloat64,
		math.SmallestNonzeroFloat64, math.MaxFloat32, math.SmallestNonzeroFloat32, 1 << 53, 1<<53 + 2, -1 << 53, 1 << 24, 1<<24 + 2, 33554436, math.Pi,
	} {
		sameFloat(t, f)
		sameFloat(t, -f)
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := string(AppendFloat(AppendFloat32(nil, float32(f)), f)); got != "nullnull" {
			t.Errorf("%v: %s", f, got)
		}
	}
}

func sameFloat(t testing.TB, f float64) {
	t.Helper()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return
	}
	if got, want := string(AppendFloat(nil, f)), std(t, f, true); got != want {
		t.Errorf("float64: %s, want %s", got, want)
	}
	f32 := float32(f)
	if math.IsInf(float64(f32), 0) {
		return
	}
	if got, want := string(AppendFloat32(nil, f32)), std(t, f32, true); got != want {
		t.Errorf("float32: %s, want %s", got, want)
	}
}

func TestTimes(t *testing.T) {
	zone := time.FixedZone("east", 5*3600+1800)
	for _, v := range []time.Time{{}, time.Unix(0, 0).UTC(), time.Date(2026, 11, 22, 8, 0, 0, 120, zone), time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)} {
		got, err := AppendTime([]byte("x"), v)
		if err != nil || string(got) != "x"+std(t, v, true) {
			t.Errorf("%v: %s, %v", v, got, err)
		}
	}
	for _, v := range []time.Time{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("far", 24*3600))} {
		if got, err := AppendTime([]byte("x"), v); err == nil || string(got) != "x" {
			t.Errorf("%v: %s, %v", v, got, err)
		}
	}
}

// A document with every method, against encoding/json; in a buffer that has room it allocates nothing.
func TestWriter(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	write := func(buf []byte) []byte {
		w := NewWriter(buf)
		w.BeginObject()
		w.Key("a<")
		w.BeginArray()
		w.Int(-1)
		w.Uint(2)
		w.Float(2.5)
		w.Float32(0.1)
		w.Bool(true)
		w.Bool(false)
		w.Null()
		w.String("x")
		w.StringBytes([]byte("y"))
		w.Base64([]byte{1, 2, 3, 4})
		w.Raw([]byte(`{"r":1}`))
		if err := w.Time(now); err != nil {
			t.Fatal(err)
		}
		w.BeginObject()
		w.EndObject()
		w.BeginArray()
		w.EndArray()
		w.EndArray()
		w.Key("b")
		w.SetEscapeHTML(false)
		w.String("<")
		w.EndObject()
		return w.Bytes()
	}
	want := `,{"a\u003c":[-1,2,2.5,0.1,true,false,null,"x","y","AQIDBA==",{"r":1},"2026-11-22T08:00:00Z",{},[]],"b":"<"}`
	buf := write([]byte(","))
	if string(buf) != want || !json.Valid(buf[1:]) {
		t.Errorf("%s\nwant\n%s", buf, want)
	}
	w := NewWriter([]byte("[1"))
	if err := w.Time(now.AddDate(9000, 0, 0)); err == nil || string(w.Bytes()) != "[1" {
		t.Errorf("a year of five digits: %s, %v", w.Bytes(), err)
	}
	if n := testing.AllocsPerRun(100, func() { buf = write(buf[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzAppend(f *testing.F) {
	f.Add("a<b\u2028", int64(-5), 0.25)
	f.Fuzz(func(t *testing.T, s string, n int64, x float64) {
		sameString(t, s)
		sameFloat(t, x)
		sameFloat(t, math.Float64frombits(uint64(n)))
		if got, want := string(AppendInt(nil, n)), std(t, n, true); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
