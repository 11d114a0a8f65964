package testkit

import (
	"os"
	"syscall"
	"testing"
)

// This file has memory between unreadable pages, so that reading one byte too many is a fault.

// Guarded is memory of whole pages between two that cannot be read.
type Guarded struct {
	t      testing.TB
	memory []byte
}

// NewGuarded returns at least size bytes, to be freed with the test.
func NewGuarded(t testing.TB, size int) *Guarded {
	page := os.Getpagesize()
	size = (size + page - 1) &^ (page - 1)
	all, err := syscall.Mmap(-1, 0, page+size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(all) })
	for _, guard := range [][]byte{all[:page], all[page+size:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return &Guarded{t, all[page : page+size : page+size]}
}

// First copies b to the first bytes: what lies before them cannot be read.
func (g *Guarded) First(b []byte) []byte { return g.at(0, b) }

// Last copies b to the last bytes: what lies behind them cannot be read.
func (g *Guarded) Last(b []byte) []byte { return g.at(len(g.memory)-len(b), b) }

func (g *Guarded) at(i int, b []byte) []byte {
	if len(b) > len(g.memory) {
		g.t.Fatalf("%d bytes do not fit %d guarded ones", len(b), len(g.memory))
	}
	return g.memory[i : i+copy(g.memory[i:], b) : i+len(b)]
}
