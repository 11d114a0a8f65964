//go:build amd64 && !purego

package asm

import "github.com/covetgo/covet/internal/cpufeat"

// This file picks the kernel.

const kernelBytesMin = 16 // shorter buffers are not worth a vector, and no vector fits them

// Index writes the marks of buf[from:] and returns how many there are. It goes on to the end of buf, to where a head ends,
// or until there are more than MarksFull, whichever comes first. request says that a request line comes first. buf must
// not be longer than BytesMax.
func Index(buf []byte, from int, request bool, marks *Marks) (n int) {
	if level := cpufeat.Active(); len(buf) >= kernelBytesMin && from < len(buf) && level != cpufeat.Go {
		switch level {
		case cpufeat.AVX2:
			return indexAVX2(buf, from, request, marks)
		case cpufeat.AVX512:
			return indexAVX512(buf, from, request, marks)
		}
		return indexSSSE3(buf, from, request, marks)
	}
	return indexGo(buf, from, request, marks)
}
