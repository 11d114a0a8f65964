package main

// This file writes Text: 32 bytes a step, until one of them is in the set that was asked for.
//
// UTF-8 is checked by the way of Keiser and Lemire ("Validating UTF-8 in less than one instruction per byte", 2021):
// whether two neighbours may stand together is found by three lookups (of the first one's halves and the second one's upper
// half), whose entries name mistakes; one that all three name was made. What three lookups cannot see, that the third and
// fourth byte of a long character are there, is a comparison with the bytes two and three places before.

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The mistakes that two neighbours can make.
const (
	tooShort     = 1 << iota    // 11______ 0_______, 11______ 11______: the second is no continuation
	tooLong                     // 0_______ 10______: the second is one, of nothing
	overlong3                   // 11100000 100_____
	tooLarge                    // 11110100 101_____ and beyond
	surrogate                   // 11101101 101_____
	overlong2                   // 1100000_ 10______
	tooLarge1000                // 11110101 1000____ and beyond
	twoConts                    // 10______ 10______: right if two or three places before a character starts that is that long
	overlong4    = tooLarge1000 // 11110000 1000____
	anyLow       = tooShort | tooLong | twoConts
)

var firstHigh = [16]byte{
	tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, twoConts, twoConts, twoConts, twoConts,
	tooShort | overlong2, tooShort, tooShort | overlong3 | surrogate, tooShort | tooLarge | tooLarge1000 | overlong4,
}

var firstLow = [16]byte{
	anyLow | overlong3 | overlong2 | overlong4, anyLow | overlong2, anyLow, anyLow, anyLow | tooLarge,
	anyLow | tooLarge | tooLarge1000, anyLow | tooLarge | tooLarge1000, anyLow | tooLarge | tooLarge1000, anyLow | tooLarge | tooLarge1000,
	anyLow | tooLarge | tooLarge1000, anyLow | tooLarge | tooLarge1000, anyLow | tooLarge | tooLarge1000, anyLow | tooLarge | tooLarge1000,
	anyLow | tooLarge | tooLarge1000 | surrogate, anyLow | tooLarge | tooLarge1000, anyLow | tooLarge | tooLarge1000,
}

var secondHigh = [16]byte{
	tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort,
	tooLong | overlong2 | twoConts | overlong3 | tooLarge1000 | overlong4, tooLong | overlong2 | twoConts | overlong3 | tooLarge,
	tooLong | overlong2 | twoConts | surrogate | tooLarge, tooLong | overlong2 | twoConts | surrogate | tooLarge,
	tooShort, tooShort, tooShort, tooShort,
}

// text is the state while the kernel is written.
type text struct {
	faults, lines   reg.VecVirtual // what is no UTF-8; U+2028 and U+2029
	previous        reg.VecVirtual // the 32 bytes before those in hand
	wasWide, isWide reg.GPVirtual  // whether any byte of those, and of these, is beyond ASCII
	steps           int
}

func writeText() {
	build.TEXT("textAVX2", build.NOSPLIT, "func(buf []byte, from int, set *[32]byte) (end int, odd uint64)")
	build.Doc("textAVX2 is Text for at least 32 bytes of buf, on a processor with AVX2 and BMI1.")
	build.Pragma("noescape")
	buf := build.Load(build.Param("buf").Base(), build.GP64()).(reg.GPVirtual)
	length := build.Load(build.Param("buf").Len(), build.GP64()).(reg.GPVirtual)
	at := build.Load(build.Param("from"), build.GP64()).(reg.GPVirtual)
	set := build.Load(build.Param("set"), build.GP64()).(reg.GPVirtual)
	low, high := build.YMM(), build.YMM()
	build.VBROADCASTI128(operand.Mem{Base: set}, low)
	build.VBROADCASTI128(operand.Mem{Base: set, Disp: 16}, high)
	k := &text{faults: zeroVector(), lines: zeroVector(), previous: zeroVector(), wasWide: zeroed(), isWide: build.GP64()}
	zero := zeroVector()
	last := build.GP64() // where the last whole step may start
	build.LEAQ(operand.Mem{Base: length, Disp: -vectorBytes}, last)

	v, stops := build.YMM(), build.GP64()
	build.Label("next")
	build.CMPQ(at, last)
	build.JGT(operand.LabelRef("rest"))
	build.VMOVDQU(operand.Mem{Base: buf, Index: at, Scale: 1}, v)
	build.Label("step")
	class := and(lookup(low, lowNibble(v)), lookup(high, highNibble(v)))
	build.VPMOVMSKB(equal(class, zero), stops.As32())
	build.XORL(operand.I32(-1), stops.As32())
	build.JNZ(operand.LabelRef("stop"))
	build.VPMOVMSKB(v, k.isWide.As32())
	build.ORL(k.isWide.As32(), k.wasWide.As32())
	build.JZ(operand.LabelRef("narrow"))
	k.utf8(v)
	build.Label("narrow")
	build.VMOVDQA(v, k.previous)
	build.MOVL(k.isWide.As32(), k.wasWide.As32())
	build.ADDQ(operand.U8(vectorBytes), at)
	build.JMP(operand.LabelRef("next"))

	// fewer than 32 bytes are left: the last 32, moved such that those that were seen are out, and zeros behind. NUL is in
	// every set, so this step is the last.
	build.Label("rest")
	room := build.AllocLocal(2 * vectorBytes)
	build.VMOVDQU(operand.Mem{Base: buf, Index: length, Scale: 1, Disp: -vectorBytes}, v)
	build.VMOVDQU(v, room)
	build.VMOVDQU(zero, room.Offset(vectorBytes))
	gone := copied(at)
	build.SUBQ(last, gone)
	build.VMOVDQU(room.Idx(gone, 1), v)
	build.JMP(operand.LabelRef("step"))

	// the first byte of the set is at hand: it and what is behind it becomes zeros
	build.Label("stop")
	build.TZCNTL(stops.As32(), stops.As32())
	count := build.YMM()
	build.VMOVD(stops.As32(), count.AsX())
	build.VPBROADCASTB(count.AsX(), count)
	build.VPCMPGTB(wholeData(ascending()), count, count)
	build.VPAND(count, v, v)
	build.VPMOVMSKB(v, k.isWide.As32())
	build.ORL(k.isWide.As32(), k.wasWide.As32())
	build.JZ(operand.LabelRef("done"))
	k.utf8(v)
	build.Label("done")
	build.ADDQ(stops, at)
	build.Store(at, build.ReturnIndex(0))
	odd, lines := zeroed(), zeroed()
	build.VPTEST(k.lines, k.lines)
	build.SETNE(lines.As8())
	build.VPTEST(k.faults, k.faults)
	build.SETNE(odd.As8())
	build.LEAQ(operand.Mem{Base: odd, Index: lines, Scale: 2}, odd)
	build.Store(odd, build.ReturnIndex(1))
	end()
}

func ascending() (all [vectorBytes]byte) {
	for i := range all {
		all[i] = byte(i)
	}
	return all
}

// utf8 notes what is wrong with v, given what came before, and the line ends in it.
func (k *text) utf8(v reg.VecVirtual) {
	joint := build.YMM() // the upper half of the bytes before, the lower half of these
	build.VPERM2I128(operand.U8(0x21), v, k.previous, joint)
	before := func(n uint8) reg.VecVirtual {
		b := build.YMM()
		build.VPALIGNR(operand.U8(16-n), joint, v, b)
		return b
	}
	first, second := before(1), before(2)
	pair := and(lookup(load(data(firstHigh)), highNibble(first)), lookup(load(data(firstLow)), lowNibble(first)))
	pair = and(pair, lookup(load(data(secondHigh)), highNibble(v)))
	long := or(less(second, repeated(0xE0-0x80)), less(before(3), repeated(0xF0-0x80)))
	wrong := build.YMM()
	build.VPXOR(and(long, repeated(0x80)), pair, wrong)
	build.VPOR(wrong, k.faults, k.faults)
	line := and(equal(second, repeated(0xE2)), equal(first, repeated(0x80)))
	line = and(line, equal(or(v, repeated(1)), repeated(0xA9)))
	build.VPOR(line, k.lines, k.lines)
}
