package jsonfast

// This file times the lengths from which the kernels are used: what lies on either side of a threshold should cost about the same.

import (
	"fmt"
	"strings"
	"testing"

	"github.com/covetgo/covet/internal/cpufeat"
)

// eachLength runs a benchmark for lengths, at each level that there is.
func eachLength(b *testing.B, lengths []int, run func(b *testing.B, length int)) {
	for _, length := range lengths {
		for level := cpufeat.Go; level <= cpufeat.Best(); level++ {
			b.Run(fmt.Sprint(length, "/", level), func(b *testing.B) {
				defer cpufeat.Use(cpufeat.Use(level))
				b.SetBytes(int64(length))
				run(b, length)
			})
		}
	}
}

func BenchmarkAppendString(b *testing.B) {
	eachLength(b, []int{8, 32, longStringBytesMin - 1, longStringBytesMin, 128, 1024}, func(b *testing.B, length int) {
		s, buf := strings.Repeat("a", length), make([]byte, 0, 2048)
		for b.Loop() {
			buf = AppendString(buf[:0], s)
		}
	})
}

func BenchmarkValid(b *testing.B) {
	const unit = `{"id":7,"tag":"a,b"},`
	eachLength(b, []int{64, structureBytesMin - 1, structureBytesMin, 128, 512, 4096}, func(b *testing.B, length int) {
		text := "[" + strings.Repeat(unit, (length-len("[0]"))/len(unit)) + "0]"
		data := []byte(text + strings.Repeat(" ", length-len(text)))
		for b.Loop() {
			Valid(data)
		}
	})
}
