package main

// This file holds what a kernel starts from: the tables of classes, its registers and its constants. The way through the
// bytes is in blocks.go.

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	blockBytes = 64 // bytes behind one mask
	leastBytes = 16 // of a buffer: it is read with whole registers from within
	markBytes  = 2  // a mark is a uint16
	marksFull  = 60 // parser/asm.MarksFull
	atOnce     = 4  // marks written without asking how many there are
)

// The two lookups. A byte is in a class if the entry of its low nibble and that of its high nibble share a bit, so eight
// rows of the ASCII table can be told apart. Bits below controlFrom say "token", the others "control". Bytes from
// 0x80 on look up 0 and are neither.
//
// Rows 4 and 6 (@ to O, ` to o) share a bit, since there are nine things to say and eight bits to say them: "`" passes
// for a byte that ends a name. parser knows.
const (
	row2, row3, row4and6, row5, row7 = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4
	row0, row1, del                  = 1 << 5, 1 << 6, 1 << 7
	controlFrom                      = row0
)

func lowTable() (table [16]byte) {
	for low := range table {
		for row, bit := range map[int]byte{2: row2, 3: row3, 4: row4and6, 5: row5, 7: row7} {
			if isToken(byte(row<<4 | low)) {
				table[low] |= bit
			}
		}
		table[low] |= row0 | row1
	}
	table['\t'] &^= row0
	table[0x7F&15] |= del
	return table
}

func highTable() [16]byte {
	return [16]byte{row0, row1, row2, row3, row4and6, row5, row4and6, row7 | del}
}

func isToken(c byte) bool { // tchar (RFC 9110 §5.6.2)
	if '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' {
		return true
	}
	for _, t := range []byte("!#$%&'*+-.^_`|~") {
		if c == t {
			return true
		}
	}
	return false
}

func repeat(c byte) (table [16]byte) {
	for i := range table {
		table[i] = c
	}
	return table
}

// kernel is the state while one is written.
type kernel struct {
	isa
	low, high, nibbles, toSign, zero reg.VecVirtual
	bang, hash, query                reg.VecVirtual
	controls, tokens, places         reg.VecVirtual // of AVX-512 alone

	buf, at         reg.GPVirtual
	length          operand.Mem   // of buf: an argument, and left where it is
	to              reg.GPVirtual // where the next mark goes
	request         reg.GPVirtual // 1 while in the request line
	control, target reg.GPVirtual // masks of this block: control bytes; what ends or divides a target
	stops           reg.GPVirtual // what is no token byte
	labels          int           // given out so far
}

func writeKernel(set isa) {
	k := &kernel{isa: set}
	build.TEXT("index"+set.name, build.NOSPLIT, "func(buf []byte, from int, request bool, marks *[128]uint16) int")
	build.Doc(fmt.Sprintf("index%s is Index for at least %d bytes from the start of buf, on a processor with %s.", set.name, leastBytes, set.needs))
	build.Pragma("noescape")
	k.buf = build.Load(build.Param("buf").Base(), build.GP64()).(reg.GPVirtual)
	k.length = operand.NewParamAddr("buf_len", 8)
	k.at = build.Load(build.Param("from"), build.GP64()).(reg.GPVirtual)
	k.to = build.Load(build.Param("marks"), build.GP64()).(reg.GPVirtual)
	k.request = build.Load(build.Param("request"), build.GP64()).(reg.GPVirtual)
	k.control, k.stops, k.target = build.GP64(), build.GP64(), build.GP64()
	k.constants()
	k.blocks()
}

func (k *kernel) constants() {
	k.low = k.constant("lowRows"+k.name, lowTable())
	k.high = k.constant("highRows"+k.name, highTable())
	k.nibbles = k.constant("nibbles"+k.name, repeat(15))
	if k.evex {
		k.constants512()
		return
	}
	k.toSign = k.constant("toSign"+k.name, repeat(0x80-controlFrom))
	k.bang = k.constant("bang"+k.name, repeat('!'))
	k.hash = k.constant("hash"+k.name, repeat('#'))
	k.query = k.constant("query"+k.name, repeat('?'))
	k.zero = k.vector()
	if k.vex {
		build.VPXOR(k.zero, k.zero, k.zero)
	} else {
		build.PXOR(k.zero, k.zero)
	}
}

// label returns a name that the kernel does not have yet.
func (k *kernel) label(name string) string {
	k.labels++
	return fmt.Sprint(name, k.labels)
}
