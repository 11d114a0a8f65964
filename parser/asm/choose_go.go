//go:build !amd64 || purego

package asm

// This file is for builds without kernels.

// Index writes the marks of buf[from:] and returns how many there are. It goes on to the end of buf, to where a head ends,
// or until there are more than MarksFull, whichever comes first. request says that a request line comes first. buf must
// not be longer than BytesMax.
func Index(buf []byte, from int, request bool, marks *Marks) (n int) {
	return indexGo(buf, from, request, marks)
}

// nesting is nestingGo.
func nesting(buf []byte, separator byte, state *Strings, out *Blocks) {
	nestingGo(buf, separator, state, out)
}

// NestingIsFast reports whether there is a kernel behind Nesting. In Go the masks cost more than going from quote to quote.
func NestingIsFast() bool { return false }
