package main

// This file holds the steps on registers of 32 bytes that the kernels are made of.

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const vectorBytes = 32

// constants are read-only data that was declared already, by its bytes.
var constants = map[[vectorBytes]byte]operand.Mem{}

// data returns memory that holds a table of 16 bytes twice, as a lookup within each half of a register wants it.
func data(table [16]byte) operand.Mem {
	var all [vectorBytes]byte
	copy(all[:], table[:])
	copy(all[16:], table[:])
	return wholeData(all)
}

func wholeData(all [vectorBytes]byte) operand.Mem {
	if m, ok := constants[all]; ok {
		return m
	}
	m := build.GLOBL(fmt.Sprint("constant", len(constants)), build.RODATA|build.NOPTR)
	for i := 0; i < vectorBytes; i += 8 {
		var word uint64
		for k := range 8 {
			word |= uint64(all[i+k]) << (8 * k)
		}
		build.DATA(i, operand.U64(word))
	}
	constants[all] = m
	return m
}

// repeated returns memory full of one byte.
func repeated(c byte) operand.Mem {
	var table [16]byte
	for i := range table {
		table[i] = c
	}
	return data(table)
}

// load reads a register full of bytes, at any alignment.
func load(from operand.Mem) reg.VecVirtual {
	v := build.YMM()
	build.VMOVDQU(from, v)
	return v
}

func zeroVector() reg.VecVirtual {
	v := build.YMM()
	build.VPXOR(v, v, v)
	return v
}

func zeroed() reg.GPVirtual {
	r := build.GP64()
	build.XORL(r.As32(), r.As32())
	return r
}

func copied(from reg.GPVirtual) reg.GPVirtual {
	r := build.GP64()
	build.MOVQ(from, r)
	return r
}

// The functions below compute with a, a register, and b, a register or memory.

func and(a reg.VecVirtual, b operand.Op) reg.VecVirtual {
	v := build.YMM()
	build.VPAND(b, a, v)
	return v
}

func or(a reg.VecVirtual, b operand.Op) reg.VecVirtual {
	v := build.YMM()
	build.VPOR(b, a, v)
	return v
}

func equal(a reg.VecVirtual, b operand.Op) reg.VecVirtual {
	v := build.YMM()
	build.VPCMPEQB(b, a, v)
	return v
}

// less returns a - b where that is positive, else 0.
func less(a reg.VecVirtual, b operand.Op) reg.VecVirtual {
	v := build.YMM()
	build.VPSUBUSB(b, a, v)
	return v
}

// lookup returns table[index&15] for each byte of index, or 0 where its high bit is set.
func lookup(table reg.VecVirtual, index operand.Op) reg.VecVirtual {
	v := build.YMM()
	build.VPSHUFB(index, table, v)
	return v
}

func lowNibble(v reg.VecVirtual) reg.VecVirtual { return and(v, repeated(15)) }

func highNibble(v reg.VecVirtual) reg.VecVirtual {
	shifted := build.YMM()
	build.VPSRLW(operand.U8(4), v, shifted)
	return and(shifted, repeated(15))
}

// signs collects the high bits of all bytes.
func signs(v reg.VecVirtual) reg.GPVirtual {
	bits := build.GP64()
	build.VPMOVMSKB(v, bits.As32())
	return bits
}

// end leaves a kernel.
func end() {
	build.VZEROUPPER() // or each SSE instruction of the caller would merge with a dirty upper half
	build.RET()
}
