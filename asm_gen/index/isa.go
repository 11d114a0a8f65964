package main

// This file holds what the kernel needs of an instruction set: registers of some width, the steps from bytes to a bit
// mask, and the two scalar instructions that newer processors have and older ones do not.

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is an instruction set. The functions of vectors are given what to compute and where to put it.
type isa struct {
	name   string // of the set, and the end of the kernel's name
	needs  string // what of it the processor must have, for the doc comment
	width  int    // bytes in a register
	vector func() reg.VecVirtual
	bmi    bool // has TZCNT and BLSR
	vex    bool // three operands, and upper halves to clear at the end
	evex   bool // masks in registers of their own; what is done with them stands in avx512.go
}

func avx512() isa {
	return isa{name: "AVX512", needs: "AVX512BW, AVX512VBMI2, BMI2 and POPCNT", width: 64, vector: build.ZMM, vex: true, evex: true}
}

func avx2() isa {
	return isa{name: "AVX2", needs: "AVX2, BMI1 and POPCNT", width: 32, vector: build.YMM, bmi: true, vex: true}
}

func ssse3() isa {
	return isa{name: "SSSE3", needs: "SSSE3 and POPCNT", width: 16, vector: build.XMM}
}

// constant returns a register that holds table in each of its 16-byte lanes.
func (set isa) constant(name string, table [16]byte) reg.VecVirtual {
	data := build.GLOBL(name, build.RODATA|build.NOPTR)
	for i := range 2 {
		var word uint64
		for k := range 8 {
			word |= uint64(table[8*i+k]) << (8 * k)
		}
		build.DATA(8*i, operand.U64(word))
	}
	v := set.vector()
	switch {
	case set.evex:
		build.VBROADCASTI32X4(data, v)
	case set.vex:
		build.VBROADCASTI128(data, v)
	default:
		build.MOVOU(data, v)
	}
	return v
}

// load reads one register full of bytes, at any alignment.
func (set isa) load(from operand.Mem) reg.VecVirtual {
	v := set.vector()
	switch {
	case set.evex:
		build.VMOVDQU8(from, v)
	case set.vex:
		build.VMOVDQU(from, v)
	default:
		build.MOVOU(from, v)
	}
	return v
}

// binary computes a op b for a commutative op, or one whose first operand is a.
func (set isa) binary(vex func(mxy, xy, xy1 operand.Op), sse func(mx, x operand.Op), a, b operand.Op) reg.VecVirtual {
	v := set.vector()
	if set.vex {
		vex(b, a, v)
	} else {
		build.MOVO(a, v)
		sse(b, v)
	}
	return v
}

// three is for instructions that also have longer forms, with masks.
func three(op func(...operand.Op)) func(mxy, xy, xy1 operand.Op) {
	return func(mxy, xy, xy1 operand.Op) { op(mxy, xy, xy1) }
}

// lookup returns, for each byte of index, table[index&15], or 0 where the high bit of index is set.
func (set isa) lookup(table, index reg.VecVirtual) reg.VecVirtual {
	return set.binary(three(build.VPSHUFB), build.PSHUFB, table, index)
}

func (set isa) and(a, b reg.VecVirtual) reg.VecVirtual {
	if set.evex {
		return set.binary(three(build.VPANDD), nil, a, b)
	}
	return set.binary(build.VPAND, build.PAND, a, b)
}

func (set isa) or(a, b reg.VecVirtual) reg.VecVirtual {
	return set.binary(build.VPOR, build.POR, a, b)
}

func (set isa) add(a, b reg.VecVirtual) reg.VecVirtual {
	return set.binary(three(build.VPADDB), build.PADDB, a, b)
}

func (set isa) equal(a, b reg.VecVirtual) reg.VecVirtual {
	return set.binary(three(build.VPCMPEQB), build.PCMPEQB, a, b)
}

// greater compares bytes as signed numbers: 0xFF where a > b.
func (set isa) greater(a, b reg.VecVirtual) reg.VecVirtual {
	return set.binary(three(build.VPCMPGTB), build.PCMPGTB, a, b)
}

// highNibble returns each byte shifted right by four.
func (set isa) highNibble(v, lowNibbles reg.VecVirtual) reg.VecVirtual {
	shifted := set.vector()
	if set.vex {
		build.VPSRLW(operand.U8(4), v, shifted)
	} else {
		build.MOVO(v, shifted)
		build.PSRLW(operand.U8(4), shifted)
	}
	return set.and(shifted, lowNibbles)
}

// signs collects the high bits of all bytes into the low bits of a general register.
func (set isa) signs(v reg.VecVirtual, bits reg.GPVirtual) {
	if set.vex {
		build.VPMOVMSKB(v, bits.As32())
	} else {
		build.PMOVMSKB(v, bits.As32())
	}
}

// takeLowest clears the lowest set bit and returns its place; of no meaning if there is none.
func (set isa) takeLowest(bits reg.GPVirtual) reg.GPVirtual {
	place := build.GP64()
	if set.bmi {
		build.TZCNTQ(bits, place)
		build.BLSRQ(bits, bits)
	} else {
		build.XORL(place.As32(), place.As32()) // BSF leaves its target alone when there is no bit, and so waits for it
		build.BSFQ(bits, place)
		build.BTRQ(place, bits)
	}
	return place
}

// end leaves the kernel.
func (set isa) end() {
	if set.vex {
		build.VZEROUPPER() // or each SSE instruction of the caller would merge with a dirty upper half
	}
	build.RET()
}
