package main

// This file writes what Structure does about escapes, in blocks that have backslashes and in those behind them: which bytes are
// escaped, whether they may be, and whether four hexadecimal digits follow each u.

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const evenBits = 0x5555555555555555

// What may be escaped but u, by the halves of a byte: their entries share a bit.
const (
	row2 = 1 << iota // " and /
	row5             // \
	row6             // b f n
	row7             // r t
)

var escapeHigh = [16]byte{2: row2, 5: row5, 6: row6, 7: row7}

func escapeLow() (table [16]byte) {
	for bit, chars := range map[byte]string{row2: `"/`, row5: `\`, row6: "bfn", row7: "rt"} {
		for _, c := range []byte(chars) {
			table[c&15] |= bit
		}
	}
	return table
}

// escapes returns the bytes that are escaped, and notes those that must not be.
func (k *structure) escapes(backslashes reg.GPVirtual) reg.GPVirtual {
	faults := zeroed()
	targets := k.escaped(backslashes)
	unicode := k.equalTo('u')
	build.ANDQ(targets, unicode)
	build.CMPQ(unicode, targets)
	build.JE(operand.LabelRef("unicode")) // these like company
	low, high := load(data(escapeLow())), load(data(escapeHigh))
	none := zeroVector()
	wrong := gathered(k.ask(func(v reg.VecVirtual) reg.VecVirtual {
		return equal(and(lookup(low, lowNibble(v)), lookup(high, highNibble(v))), none)
	}))
	build.MOVQ(targets, faults)
	build.XORQ(unicode, faults)
	build.ANDQ(wrong, faults)

	build.Label("unicode")
	due := k.behindUnicode(unicode)
	hex := gathered(k.ask(hexadecimal()))
	build.ANDNQ(due, hex, hex)
	build.ORQ(faults, hex)
	build.ORQ(hex, k.field(faultsField))
	return targets
}

// escaped returns the bytes that are escaped. If no two backslashes touch, that is the next byte behind each. In a run of backslashes
// every second one is escaped: subtracting the runs from the bits behind them, with every other bit set, leaves marks that alternate from
// the start of each run, whether that is even or odd.
func (k *structure) escaped(backslashes reg.GPVirtual) reg.GPVirtual {
	first := build.GP64() // whether the first byte of the block is
	build.MOVQ(k.field(escapedField), first)
	targets, last := build.GP64(), copied(backslashes)
	build.SHRQ(operand.U8(63), last)
	build.LEAQ(operand.Mem{Base: first, Index: backslashes, Scale: 2}, targets)
	build.TESTQ(targets, backslashes)
	build.JZ(operand.LabelRef("lone"))

	odd, codes, potential := build.GP64(), build.GP64(), build.GP64()
	build.MOVQ(operand.U64(^uint64(evenBits)), odd)
	build.ANDNQ(backslashes, first, potential)
	build.LEAQ(operand.Mem{Base: potential, Index: potential, Scale: 1}, codes)
	build.ORQ(odd, codes)
	build.SUBQ(potential, codes)
	build.XORQ(odd, codes)
	build.MOVQ(backslashes, targets)
	build.ORQ(first, targets)
	build.XORQ(codes, targets)
	build.MOVQ(codes, last)
	build.ANDQ(backslashes, last)
	build.SHRQ(operand.U8(63), last)

	build.Label("lone")
	build.MOVQ(last, k.field(escapedField))
	return targets
}

// upToHighest has, for each number of four bits, ones from its highest bit on down: what is due in the next block.
var upToHighest = [16]byte{0, 1, 3, 3, 7, 7, 7, 7, 15, 15, 15, 15, 15, 15, 15, 15}

// behindUnicode returns the four places behind each member of the set.
func (k *structure) behindUnicode(set reg.GPVirtual) reg.GPVirtual {
	last, table := copied(set), build.GP64()
	build.SHRQ(operand.U8(60), last)
	build.LEAQ(data(upToHighest), table)
	build.MOVBLZX(operand.Mem{Base: table, Index: last, Scale: 1}, last.As32())
	pair, due := build.GP64(), build.GP64()
	build.LEAQ(operand.Mem{Base: set, Index: set, Scale: 1}, pair)
	build.ORQ(set, pair)
	build.LEAQ(operand.Mem{Base: pair, Index: pair, Scale: 1}, due)
	build.SHLQ(operand.U8(3), pair)
	build.ORQ(pair, due)
	build.ORQ(k.field(hexField), due)
	build.MOVQ(last, k.field(hexField))
	return due
}

// hexadecimal returns which bytes are 0 to 9, A to F or a to f.
func hexadecimal() func(v reg.VecVirtual) reg.VecVirtual {
	digit, letter := between('0', '9'), between('a', 'f')
	return func(v reg.VecVirtual) reg.VecVirtual { return or(digit(v), letter(or(v, repeated(0x20)))) }
}

// between asks which bytes are from first to last: they are moved to where the comparison of signed bytes has its end.
func between(first, last byte) func(v reg.VecVirtual) reg.VecVirtual {
	end := load(repeated(0x80 + last - first + 1))
	return func(v reg.VecVirtual) reg.VecVirtual {
		moved, hits := build.YMM(), build.YMM()
		build.VPADDB(repeated(0x80-first), v, moved)
		build.VPCMPGTB(moved, end, hits)
		return hits
	}
}
