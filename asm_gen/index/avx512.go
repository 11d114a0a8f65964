package main

// This file holds what AVX-512 does otherwise: a block is one register, a comparison answers with a mask at once, a load
// leaves out what a mask says, and one instruction lists the places of a mask's bits.

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The immediate of VPCMPB that means "less than".
const lessThan = 1

func (k *kernel) constants512() {
	k.controls = k.constant("controls"+k.name, repeat(row0|row1|del))
	k.tokens = k.constant("tokens"+k.name, repeat(controlFrom-1))
	k.bang = k.constant("bang"+k.name, repeat('!'))
	k.hash = k.constant("hash"+k.name, repeat('#'))
	k.query = k.constant("query"+k.name, repeat('?'))

	places := build.GLOBL("places"+k.name, build.RODATA|build.NOPTR)
	for i := 0; i < blockBytes; i += 8 {
		build.DATA(i, operand.U64(0x0706050403020100+uint64(i)*0x0101010101010101))
	}
	k.places = k.load(places)
}

// masks512 makes the masks of the block v. The mask for the target is made only while it is asked for.
func (k *kernel) masks512(v reg.VecVirtual) {
	class := k.and(k.lookup(k.low, v), k.lookup(k.high, k.highNibble(v, k.nibbles)))
	control, stops := build.K(), build.K()
	build.VPTESTMB(k.controls, class, control)
	build.VPTESTNMB(k.tokens, class, stops)
	build.KMOVQ(control, k.control)
	build.KMOVQ(stops, k.stops)

	fields := k.label("fields")
	build.TESTQ(k.request, k.request)
	build.JZ(operand.LabelRef(fields))
	less, hash, query := build.K(), build.K(), build.K()
	build.VPCMPB(operand.U8(lessThan), k.bang, v, less) // signed: SP, a control byte or 0x80 and above
	build.VPCMPEQB(k.hash, v, hash)
	build.VPCMPEQB(k.query, v, query)
	build.KORQ(hash, query, query)
	build.KORQ(less, query, query)
	build.KMOVQ(query, k.target)
	build.Label(fields)
}

// rest512 handles the last bytes, fewer than a block. Those that a load leaves out cannot fault. They come as NUL, so
// their bits are cleared: what is behind the end is no control byte and ends no name.
func (k *kernel) rest512() {
	left, there := build.GP64(), build.GP64()
	build.MOVQ(k.length, left)
	build.SUBQ(k.at, left)
	build.MOVQ(operand.I32(-1), there)
	build.BZHIQ(left, there, there)
	mask, v := build.K(), k.vector()
	build.KMOVQ(there, mask)
	build.VMOVDQU8_Z(operand.Mem{Base: k.buf, Index: k.at, Scale: 1}, mask, v)
	k.masks512(v)
	for _, mask := range []reg.GPVirtual{k.control, k.stops, k.target} {
		build.ANDQ(there, mask)
	}
	build.JMP(operand.LabelRef("marks"))
}

// write512 writes the places of the n set bits of marks: the numbers from 0 to 63, those kept whose bit is set, made words
// and moved to where the block is. Few blocks have more than a quarter of a register full.
func (k *kernel) write512(marks, to, n reg.GPVirtual) {
	mask, kept, at, words := build.K(), k.vector(), k.vector(), k.vector()
	build.KMOVQ(marks, mask)
	build.VPCOMPRESSB_Z(k.places, mask, kept)
	build.VPBROADCASTW(k.at.As32(), at)
	build.VPMOVZXBW(kept.AsX(), words.AsY())
	build.VPADDW(at.AsY(), words.AsY(), words.AsY())
	build.VMOVDQU(words.AsY(), operand.Mem{Base: to})
	build.CMPQ(n, operand.U8(atOnce512))
	build.JBE(operand.LabelRef("written"))
	const half = blockBytes / 2
	for i := range 2 {
		if i > 0 {
			build.VEXTRACTI64X4(operand.U8(1), kept, kept.AsY())
		}
		build.VPMOVZXBW(kept.AsY(), words)
		build.VPADDW(at, words, words)
		build.VMOVDQU16(words, operand.Mem{Base: to, Disp: i * half * markBytes})
	}
	build.Label("written")
}

const atOnce512 = 16
