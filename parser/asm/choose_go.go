//go:build !amd64 || purego

package asm

// This file is for builds without kernels.

// Index writes the marks of buf[from:] and returns how many there are. It goes on to the end of buf, to where a head ends,
// or until there are more than MarksFull, whichever comes first. request says that a request line comes first. buf must
// not be longer than BytesMax.
func Index(buf []byte, from int, request bool, marks *Marks) (n int) {
	return indexGo(buf, from, request, marks)
}
