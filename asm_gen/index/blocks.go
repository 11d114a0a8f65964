package main

// This file goes through the bytes: whole blocks, then what is left of the last one without reading past the end, and
// for each the step from masks to marks.

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// blocks is the body of the kernel. What a block hands to the next one is three bits, kept in registers: whether its
// last byte was a control byte, whether its last two were (behind them a line starts, as it does at the first byte of
// all), and whether a name goes on over the border.
func (k *kernel) blocks() {
	wasControl, wasPair, inName := k.zeroed(), k.zeroed(), k.zeroed()
	build.INCL(wasPair.As32())

	last := build.GP64() // where the last whole block may start
	build.MOVQ(k.length, last)
	build.SUBQ(operand.U8(blockBytes), last)
	build.CMPQ(k.at, last)
	build.JGT(operand.LabelRef("rest"))

	build.Label("next")
	k.masksAt(operand.Mem{Base: k.buf, Index: k.at, Scale: 1})

	build.Label("marks")
	// control bytes: the first of each run is a mark, behind the second and later ones a line starts
	run := build.GP64()
	build.LEAQ(operand.Mem{Base: wasControl, Index: k.control, Scale: 2}, run)
	k.carry(k.control, wasControl)
	build.ANDQ(k.control, run)
	starts := build.GP64()
	build.LEAQ(operand.Mem{Base: wasPair, Index: run, Scale: 2}, starts)
	k.carry(run, wasPair)
	marks := run
	build.XORQ(k.control, marks)

	// names: adding a line's start to the run of token bytes it stands in carries to the end of the run
	names := build.GP64()
	build.MOVQ(k.stops, names)
	build.NOTQ(names)
	build.ORQ(starts, inName)
	build.ADDQ(inName, names)
	build.MOVL(operand.U32(0), inName.As32()) // not XOR, which would lose the carry
	build.ADCQ(operand.U8(0), inName)
	build.ANDQ(k.stops, names)
	build.ORQ(names, marks)

	build.TESTQ(k.request, k.request)
	build.JNZ(operand.LabelRef("request"))
	build.Label("write")
	k.write(marks)

	build.ADDQ(operand.U8(blockBytes), k.at)
	build.TESTQ(k.control, starts) // a line that starts with a control byte ends the head, one way or another
	build.JNZ(operand.LabelRef("done"))
	full := build.Load(build.Param("marks"), build.GP64())
	build.SUBQ(k.to, full)
	build.CMPQ(full, operand.I8(-marksFull*markBytes))
	build.JLT(operand.LabelRef("done"))
	build.CMPQ(k.at, last)
	build.JLE(operand.LabelRef("next"))
	build.CMPQ(k.at, k.length)
	build.JB(operand.LabelRef("rest"))

	build.Label("done")
	build.SUBQ(build.Load(build.Param("marks"), build.GP64()), k.to)
	build.SHRQ(operand.U8(1), k.to)
	build.Store(k.to, build.ReturnIndex(0))
	k.end()

	// the request line ends with the first control byte; up to there, what cannot be in a path is a mark
	build.Label("request")
	before := build.GP64()
	build.MOVQ(k.control, before)
	build.NEGQ(before)
	build.ANDQ(k.control, before)
	build.DECQ(before) // all bits below the lowest, or all if there is none
	build.ANDQ(k.target, before)
	build.ORQ(before, marks)
	build.XORL(before.As32(), before.As32())
	build.TESTQ(k.control, k.control)
	build.CMOVQNE(before, k.request)
	build.JMP(operand.LabelRef("write"))

	k.rest()
}

func (k *kernel) zeroed() reg.GPVirtual {
	r := build.GP64()
	build.XORL(r.As32(), r.As32())
	return r
}

// carry moves the highest bit of mask into bit.
func (k *kernel) carry(mask, bit reg.GPVirtual) {
	build.MOVQ(mask, bit)
	build.SHRQ(operand.U8(blockBytes-1), bit)
}

// masksAt makes the masks of the whole block at from.
func (k *kernel) masksAt(from operand.Mem) {
	if k.evex {
		k.masks512(k.load(from))
		return
	}
	k.masks(blockBytes/k.width,
		func(i int) reg.VecVirtual { return k.load(from.Offset(i * k.width)) },
		func(i int, bits reg.GPVirtual) { k.shift(bits, i*k.width) })
}

func (k *kernel) shift(bits reg.GPVirtual, by int) {
	if by > 0 {
		build.SHLQ(operand.U8(by), bits)
	}
}

// masks classifies n registers full of bytes. place moves the bits of each to where they belong in the mask. The mask
// for the target is made only while it is asked for, and then from bytes loaded again: that needs fewer registers.
func (k *kernel) masks(n int, load func(i int) reg.VecVirtual, place func(i int, bits reg.GPVirtual)) {
	collect := func(mask reg.GPVirtual, i int, v reg.VecVirtual) {
		bits := mask
		if i > 0 {
			bits = build.GP64()
		}
		k.signs(v, bits)
		place(i, bits)
		if i > 0 {
			build.ORQ(bits, mask)
		}
	}
	for i := range n {
		v := load(i)
		class := k.and(k.lookup(k.low, v), k.lookup(k.high, k.highNibble(v, k.nibbles)))
		collect(k.control, i, k.add(class, k.toSign))
		collect(k.stops, i, k.equal(class, k.zero))
	}
	build.ORQ(k.control, k.stops)

	fields := k.label("fields")
	build.TESTQ(k.request, k.request)
	build.JZ(operand.LabelRef(fields))
	for i := range n {
		// signed: what is less than "!" is SP, a control byte or 0x80 and above
		v := load(i)
		stops := k.or(k.greater(k.bang, v), k.or(k.equal(v, k.hash), k.equal(v, k.query)))
		collect(k.target, i, stops)
	}
	build.Label(fields)
}

// rest handles the last bytes, fewer than a block. If the buffer holds a block at all, the last 64 bytes of it are
// loaded and those that were seen before are shifted out. A shorter one is covered by two halves that overlap.
func (k *kernel) rest() {
	build.Label("rest")
	if k.evex {
		k.rest512()
		return
	}
	length := reg.RCX // where a shift by a variable wants its count
	build.MOVQ(k.length, length)
	build.CMPQ(length, operand.U8(blockBytes))
	build.JB(operand.LabelRef("short"))
	k.masksAt(operand.Mem{Base: k.buf, Index: length, Scale: 1, Disp: -blockBytes})
	build.JMP(operand.LabelRef("shift"))

	build.Label("short")
	build.CMPQ(length, operand.U8(32))
	build.JB(operand.LabelRef("shorter"))
	k.halves(length, 32)
	build.JMP(operand.LabelRef("shift"))
	build.Label("shorter")
	k.halves(length, 16)

	// the masks end with the last byte of the buffer: shift out what lies before at. Behind the end come bytes that
	// are no control bytes and end no name, so they are no marks
	build.Label("shift")
	build.MOVQ(k.at, reg.RCX)
	build.SUBQ(k.length, reg.RCX) // shifting by it shifts by 64 - what is left: counts are taken modulo 64
	for _, mask := range []reg.GPVirtual{k.control, k.stops, k.target} {
		build.SHRQ(reg.CL, mask)
	}
	build.JMP(operand.LabelRef("marks"))
}

// halves makes the masks of a buffer of half to 2*half bytes, such that its last byte has the highest bit: its first
// and its last half bytes, joined where they meet or overlap.
func (k *kernel) halves(length reg.Register, half int) {
	first, last := operand.Mem{Base: k.buf}, operand.Mem{Base: k.buf, Index: length, Scale: 1, Disp: -half}
	toTop := func(bits reg.GPVirtual) { build.RORQ(reg.CL, bits) } // left by 64 - length: the lower bits are zero
	n := half / k.width
	if n == 0 { // both fit one register
		k.masks(1, func(int) reg.VecVirtual {
			v := k.vector()
			build.VMOVDQU(first, v.AsX())
			build.VINSERTI128(operand.U8(1), last, v, v)
			return v
		}, func(_ int, bits reg.GPVirtual) {
			low := build.GP64()
			build.MOVWQZX(bits.As16(), low)
			toTop(low)
			build.SHRQ(operand.U8(half), bits)
			build.SHLQ(operand.U8(blockBytes-half), bits)
			build.ORQ(low, bits)
		})
		return
	}
	k.masks(2*n, func(i int) reg.VecVirtual {
		if i < n {
			return k.load(first.Offset(i * k.width))
		}
		return k.load(last.Offset((i - n) * k.width))
	}, func(i int, bits reg.GPVirtual) {
		if i < n {
			k.shift(bits, i*k.width)
			toTop(bits)
			return
		}
		k.shift(bits, blockBytes-half+(i-n)*k.width)
	})
}

// write appends the places of the set bits of marks. Few blocks have more than four, so those are written without a
// branch; what is too much is overwritten by the next block.
func (k *kernel) write(marks reg.GPVirtual) {
	from, n := build.GP64(), build.GP64()
	build.MOVQ(k.to, from)
	build.POPCNTQ(marks, n)
	build.LEAQ(operand.Mem{Base: k.to, Index: n, Scale: markBytes}, k.to)
	if k.evex {
		k.write512(marks, from, n)
		return
	}
	k.writeSome(marks, from, 0)
	build.CMPQ(n, operand.U8(atOnce))
	build.JBE(operand.LabelRef("written"))
	k.writeSome(marks, from, atOnce)
	build.CMPQ(n, operand.U8(2*atOnce))
	build.JBE(operand.LabelRef("written"))
	build.Label("more")
	k.writeOne(marks, from, 2*atOnce)
	build.ADDQ(operand.U8(markBytes), from)
	build.TESTQ(marks, marks)
	build.JNZ(operand.LabelRef("more"))
	build.Label("written")
}

func (k *kernel) writeSome(marks, to reg.GPVirtual, from int) {
	for i := range atOnce {
		k.writeOne(marks, to, from+i)
	}
}

// writeOne writes the lowest mark and drops it.
func (k *kernel) writeOne(marks, to reg.GPVirtual, i int) {
	place := k.takeLowest(marks)
	build.ADDQ(k.at, place)
	build.MOVW(place.As16(), operand.Mem{Base: to, Disp: i * markBytes})
}
