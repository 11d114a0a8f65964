//go:build amd64 && !purego

package asm

import "github.com/covetgo/covet/internal/cpufeat"

// This file picks the kernel.

const kernelBytesMin = 16 // shorter buffers are not worth a vector, and no vector fits them

// Index writes the marks of buf[from:], and NoMark twice, and returns how many marks there are. It goes on to the end
// of buf, to where a head ends, or until there are more than MarksFull, whichever comes first. request says that a
// request line comes first. buf must not be longer than BytesMax.
func Index(buf []byte, from int, request bool, marks *Marks) (n int) {
	level := cpufeat.Active()
	switch {
	case len(buf) < kernelBytesMin || from >= len(buf) || level == cpufeat.Go:
		n = indexGo(buf, from, request, marks)
	case level == cpufeat.AVX2:
		n = indexAVX2(buf, from, request, marks)
	default:
		n = indexSSSE3(buf, from, request, marks)
	}
	marks[n&(MarksMax-1)], marks[(n+1)&(MarksMax-1)] = NoMark, NoMark
	return n
}
