package jsonfast

// This file holds the floats that we read and write ourselves to strconv, which is exact: those at the edges, and as many by
// chance as are asked for:
//
//	go test ./jsonfast -run 'TestFloatsRandom$' -floats 100000000 -timeout 0

import (
	"flag"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

var floatCount = flag.Int("floats", 200_000, "floats that TestFloatsRandom tries of each kind")

// sameAsStrconv compares how a positive float is written, and how what is written is read.
func sameAsStrconv(t *testing.T, f float64, buf, want []byte) {
	buf, want = AppendFloat(buf[:0], f), want[:0]
	if f >= 1e-6 && f < 1e21 {
		want = strconv.AppendFloat(want, f, 'f', -1, 64)
		if string(buf) != string(want) {
			t.Fatalf("%x is written %s, want %s", math.Float64bits(f), buf, want)
		}
	}
	sameReading(t, buf)
}

// sameReading compares how a number is read.
func sameReading(t *testing.T, text []byte) {
	want, err := strconv.ParseFloat(string(text), 64)
	if f, end, ok := readFloat(text, 0); f != want || end != len(text) || ok != (err == nil) {
		t.Fatalf("%s is read as %v, %d, %v, want %v", text, f, end, ok, want)
	}
}

// Every power of two and its neighbours, and numbers of few digits.
func TestFloats(t *testing.T) {
	buf, want := make([]byte, 0, 64), make([]byte, 0, 64)
	for e := -30; e <= 54; e++ {
		f := math.Ldexp(1, e)
		for _, f := range []float64{f, math.Nextafter(f, 0), math.Nextafter(f, math.Inf(1)), f * 1.5} {
			sameAsStrconv(t, f, buf, want)
		}
	}
	for n := range 20_000 {
		for p := 1.0; p < 1e10; p *= 10 {
			sameAsStrconv(t, float64(n)/p, buf, want)
			sameAsStrconv(t, float64(n)*p, buf, want)
		}
	}
	for _, f := range []float64{1e-6, math.Nextafter(1e-6, 0), math.Nextafter(1e-6, 1), 1 << 53, 1<<53 - 1, 1<<52 + 0.5, 1<<53 + 2, 9007199254740991.5, 5e-324, math.MaxFloat64, 1e23} {
		sameAsStrconv(t, f, buf, want)
	}
}

func TestFloatsRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, uint64(*floatCount)))
	buf, want := make([]byte, 0, 64), make([]byte, 0, 64)
	for range *floatCount {
		exponent := 1023 - 21 + r.IntN(53+21) // from just below decimalMin to decimalMax
		sameAsStrconv(t, math.Float64frombits(uint64(exponent)<<52|r.Uint64()>>12), buf, want)
		sameAsStrconv(t, math.Float64frombits(r.Uint64()>>1&^(1<<62)), buf, want)
		sameAsStrconv(t, float64(r.IntN(1<<(1+r.IntN(53))))/powers[r.IntN(16)], buf, want)
	}
}

// Numbers of all lengths, those that lie in the middle of two floats among them, or next to that.
func TestReadFloatsRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(2, uint64(*floatCount)))
	var text []byte
	for range *floatCount {
		n := r.Uint64() >> r.IntN(60)
		text = strconv.AppendUint(text[:0], n, 10)
		if r.IntN(4) == 0 { // a half: 53 bits, a one, and hardly more
			f := math.Ldexp(float64(1<<53|r.Uint64()>>11|1), -r.IntN(53)-1)
			text = strconv.AppendFloat(text[:0], f, 'f', -1, 64)
			text = text[:min(len(text), 18+r.IntN(3))]
		} else if point := r.IntN(len(text)); point > 0 {
			text = append(text, 0)
			copy(text[point+1:], text[point:])
			text[point] = '.'
		}
		if text[len(text)-1] == '.' {
			text = append(text, '5')
		}
		if r.IntN(4) == 0 {
			text = strconv.AppendInt(append(text, 'e'), int64(r.IntN(50)-25), 10)
		}
		sameReading(t, text)
		sameReading(t, append(text, " and more text"...)[:len(text)])
	}
}

func BenchmarkFloat(b *testing.B) {
	for name, f := range map[string]float64{"price": 129.95, "coordinate": -65.613616999999977, "whole": 4711} {
		buf := make([]byte, 0, 64)
		b.Run("append/"+name, func(b *testing.B) {
			for b.Loop() {
				buf = AppendFloat(buf[:0], f)
			}
		})
		text := append(AppendFloat(nil, f), `, "more": 1`...)
		b.Run("read/"+name, func(b *testing.B) {
			for b.Loop() {
				readFloat(text, 0)
			}
		})
	}
}
