package parser

import (
	"os"
	"syscall"
	"testing"
)

// guardPage returns a function that copies bytes to where the next page is unreadable: reading one byte past them
// is a fault.
func guardPage(t testing.TB) func([]byte) []byte {
	page := os.Getpagesize()
	size := (2*HeadBytesCap + page) &^ (page - 1)
	mem, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(mem) })
	if err := syscall.Mprotect(mem[size:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	return func(b []byte) []byte {
		if len(b) > size {
			t.Fatalf("%d bytes do not fit the guarded area", len(b))
		}
		at := mem[size-len(b) : size : size]
		copy(at, b)
		return at
	}
}
