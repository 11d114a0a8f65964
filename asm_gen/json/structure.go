package main

// This file writes Structure: 64 bytes become one mask per question, a bit for each byte, and what is asked is computed
// on masks. The way to the places where something starts is simdjson's (Langdale and Lemire, "Parsing gigabytes of JSON per
// second", 2019). From there it goes on: what may follow what is asked here, escapes are checked in escapes.go, and numbers
// in numbers.go, all of them on masks, and the last two only in blocks that have some.
//
// To ask what follows the members of a set, the set is added to all places where nothing starts and to itself: the carry runs
// to the next place where something does. It is the bit that one block hands to the next, too.
//
//	text       {  "id" :  7 ,        starts     1001000 10010…   set (brackets)  1000000…
//	gaps             0110111 01101…  + set twice  →  carries through the gap to the quote

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const blockBytes = 64

// spaceTable is for white space: a byte is white space if the entry of its low nibble equals it. Entries that are none equal no
// byte.
var spaceTable = [16]byte{' ', 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, '\t', '\n', 0x80, 0x80, '\r', 0x80, 0x80}

// markTable is the same for brackets, commas and colons, of bytes with the bit in which { and [ differ. It takes two controls
// for marks, 0x0C and 0x1A.
var markTable = [16]byte{0x0A: ':', 0x0B: '{', 0x0C: ',', 0x0D: '}'}

// The fields of State, in bytes from its start.
const (
	inStringField = 8 * iota
	escapedField
	scalarField
	hexField
	faultsField
	itemField
	nameField
	valueField
	endField
	minusField
	pointField
	zeroField
	pointedField
	oddField
)

// The fields of Block.
const (
	atField = 8 * iota
	bracketsField
	membersField
	elementsField
	oddsField
	blockFieldBytes
)

const blocksMax = 8

// structure is the state while the kernel is written.
type structure struct {
	state, to reg.GPVirtual
	carry     reg.GPVirtual     // a spare register, for what an addition carries
	gaps      reg.GPVirtual     // where nothing starts
	halves    [2]reg.VecVirtual // the block
}

func (k *structure) field(offset int) operand.Mem { return operand.Mem{Base: k.state, Disp: offset} }

func (k *structure) out(offset int) operand.Mem { return operand.Mem{Base: k.to, Disp: offset} }

func writeStructure() {
	build.TEXT("structureAVX2", build.NOSPLIT, "func(buf []byte, state *[14]uint64, blocks *[40]uint64) (read, wrote int)")
	build.Doc("structureAVX2 is Structure, on a processor with AVX2, BMI1 and PCLMULQDQ. It says how many bytes of blocks it wrote.")
	build.Pragma("noescape")
	k := &structure{}
	buf := build.Load(build.Param("buf").Base(), build.GP64()).(reg.GPVirtual)
	stop := build.Load(build.Param("buf").Len(), build.GP64()).(reg.GPVirtual)
	k.state = build.Load(build.Param("state"), build.GP64()).(reg.GPVirtual)
	k.to = build.Load(build.Param("blocks"), build.GP64()).(reg.GPVirtual)
	k.carry = zeroed()
	allOnes := build.XMM()
	build.VPCMPEQB(allOnes, allOnes, allOnes)
	build.ADDQ(buf, stop)

	build.Label("block")
	build.CMPQ(buf, stop)
	build.JAE(operand.LabelRef("finished"))
	k.halves = [2]reg.VecVirtual{load(operand.Mem{Base: buf}), load(operand.Mem{Base: buf, Disp: vectorBytes})}
	quoteHits, slashHits, controlHits := k.ask(is('"')), k.ask(is('\\')), k.ask(control)
	quotes, pending := build.GP64(), build.GP64()
	build.MOVQ(k.field(hexField), pending)
	build.ORQ(k.field(escapedField), pending)
	hits := either(slashHits)
	build.VPTEST(hits, hits)
	build.JNZ(operand.LabelRef("escapes"))
	build.TESTQ(pending, pending)
	build.JNZ(operand.LabelRef("escapes"))
	hits = or(either(quoteHits), either(controlHits))
	build.VPTEST(hits, hits)
	build.JZ(operand.LabelRef("empty"))
	build.Label("whole")
	build.MOVQ(gathered(quoteHits), quotes)

	build.Label("plain")
	within := k.strings(quotes, allOnes)
	controls := gathered(controlHits)
	marks := gathered(k.ask(func(v reg.VecVirtual) reg.VecVirtual {
		return equal(or(v, repeated(0x20)), lookup(load(data(markTable)), v))
	}))
	build.ANDNQ(marks, controls, marks)
	build.ANDQ(within, controls)
	build.ORQ(controls, k.field(faultsField))
	scalars := gathered(k.ask(func(v reg.VecVirtual) reg.VecVirtual { return equal(v, lookup(load(data(spaceTable)), v)) }))
	for _, other := range []reg.GPVirtual{within, quotes, marks} {
		build.ORQ(other, scalars)
	}
	build.NOTQ(scalars)
	build.ANDQ(within, quotes) // the opening ones
	build.ANDNQ(marks, within, marks)
	any := build.GP64() // whether there is anything to do about numbers and words
	build.MOVQ(k.field(scalarField), any)
	build.ORQ(scalars, any)
	firsts := k.movedUp(scalars, scalarField)
	build.ANDNQ(scalars, firsts, firsts)
	build.MOVQ(operand.U32(0), k.out(oddsField))
	build.TESTQ(any, any)
	build.JNZ(operand.LabelRef("numbers"))
	build.Label("sound")
	k.order(quotes, marks, firsts)
	build.ORQ(k.out(bracketsField), k.carry)
	build.ORQ(k.out(oddsField), k.carry)
	build.JZ(operand.LabelRef("next"))
	at := copied(buf)
	build.SUBQ(operand.NewParamAddr("buf_base", 0), at)
	build.MOVQ(at, k.out(atField))
	build.ADDQ(operand.U8(blockFieldBytes), k.to)
	wrote := copied(k.to)
	build.SUBQ(operand.NewParamAddr("blocks", 32), wrote)
	build.CMPQ(wrote, operand.U32(blocksMax*blockFieldBytes))
	build.JAE(operand.LabelRef("full"))
	build.Label("next")
	build.ADDQ(operand.U8(blockBytes), buf)
	build.JMP(operand.LabelRef("block"))

	build.Label("full")
	build.ADDQ(operand.U8(blockBytes), buf)
	build.Label("finished")
	build.SUBQ(operand.NewParamAddr("buf_base", 0), buf)
	build.Store(buf, build.Return("read"))
	build.SUBQ(operand.NewParamAddr("blocks", 32), k.to)
	build.Store(k.to, build.Return("wrote"))
	end()

	build.Label("empty") // no quotes, nothing that a string must not hold: either all of it is in one string or nothing
	build.CMPQ(k.field(inStringField), operand.U8(0))
	build.JNE(operand.LabelRef("next"))
	build.JMP(operand.LabelRef("whole"))

	build.Label("numbers")
	k.numbers(scalars, firsts)
	build.JMP(operand.LabelRef("sound"))

	build.Label("escapes")
	targets := k.escapes(gathered(slashHits))
	hits = or(either(quoteHits), either(controlHits))
	build.VPTEST(hits, hits)
	build.JNZ(operand.LabelRef("unescaped"))
	build.CMPQ(k.field(inStringField), operand.U8(0)) // often there are more in the same string
	build.JNE(operand.LabelRef("next"))
	build.Label("unescaped")
	build.MOVQ(gathered(quoteHits), quotes)
	build.ANDNQ(quotes, targets, quotes)
	build.JMP(operand.LabelRef("plain"))
}

func is(c byte) func(v reg.VecVirtual) reg.VecVirtual {
	return func(v reg.VecVirtual) reg.VecVirtual { return equal(v, repeated(c)) }
}

// control returns which bytes are below 0x20.
func control(v reg.VecVirtual) reg.VecVirtual {
	small := build.YMM()
	build.VPMINUB(repeated(0x1F), v, small)
	return equal(small, v)
}

// ask asks a question of each byte of the block.
func (k *structure) ask(question func(v reg.VecVirtual) reg.VecVirtual) [2]reg.VecVirtual {
	return [2]reg.VecVirtual{question(k.halves[0]), question(k.halves[1])}
}

func either(hits [2]reg.VecVirtual) reg.VecVirtual { return or(hits[0], hits[1]) }

// gathered returns the answers as a mask.
func gathered(hits [2]reg.VecVirtual) reg.GPVirtual {
	low, high := signs(hits[0]), signs(hits[1])
	build.SHLQ(operand.U8(vectorBytes), high)
	build.ORQ(high, low)
	return low
}

func (k *structure) equalTo(c byte) reg.GPVirtual { return gathered(k.ask(is(c))) }

// strings returns what lies in strings, opening quotes included: from each quote to the next, as a product without carries by
// ones is the parity of all bits below.
func (k *structure) strings(quotes reg.GPVirtual, allOnes reg.VecVirtual) reg.GPVirtual {
	within := build.GP64()
	product := build.XMM()
	build.VMOVQ(quotes, product)
	build.VPCLMULQDQ(operand.U8(0), allOnes, product, product)
	build.VMOVQ(product, within)
	build.XORQ(k.field(inStringField), within)
	build.MOVQ(within, k.carry)
	build.SARQ(operand.U8(63), k.carry)
	build.MOVQ(k.carry, k.field(inStringField))
	return within
}

// plus returns base + set and what the field says, which then says whether that was too much for a word. base is overwritten.
func (k *structure) plus(base, set reg.GPVirtual, field int) reg.GPVirtual {
	build.BTQ(operand.U8(0), k.field(field))
	build.ADCQ(set, base)
	build.SBBQ(k.carry, k.carry)
	build.MOVQ(k.carry, k.field(field))
	return base
}

// movedUp returns the set moved up by one place. The field says whether the last byte so far was a member.
func (k *structure) movedUp(set reg.GPVirtual, field int) reg.GPVirtual {
	moved := copied(set)
	return k.plus(moved, moved, field)
}

// follows returns what comes next behind each member of set. The field says whether the last thing so far was a member.
func (k *structure) follows(set reg.GPVirtual, field int) reg.GPVirtual {
	next := build.GP64()
	build.LEAQ(operand.Mem{Base: k.gaps, Index: set, Scale: 1}, next)
	k.plus(next, set, field)
	build.ANDNQ(next, k.gaps, next)
	return next
}

// union returns the members of all sets.
func union(sets ...reg.GPVirtual) reg.GPVirtual {
	all := copied(sets[0])
	for _, set := range sets[1:] {
		build.ORQ(set, all)
	}
	return all
}

// order checks what follows what, and writes the block's masks but for the odd ones. carry is not zero if there was a member
// or an element.
func (k *structure) order(quotes, marks, firsts reg.GPVirtual) {
	k.gaps = union(quotes, marks, firsts)
	build.NOTQ(k.gaps)
	// Bit 6 is set in brackets, bit 1 in colons and in brackets that open.
	bit := func(n uint8) reg.GPVirtual {
		return gathered(k.ask(func(v reg.VecVirtual) reg.VecVirtual {
			moved := build.YMM()
			build.VPSLLW(operand.U8(7-n), v, moved)
			return moved
		}))
	}
	closes, colons := bit(6), bit(1)
	build.ANDQ(marks, closes)
	build.MOVQ(closes, k.out(bracketsField))
	separators := marks
	build.XORQ(closes, separators)
	opens, commas := copied(colons), copied(separators)
	build.ANDQ(closes, opens)
	build.XORQ(opens, closes)
	build.ANDQ(separators, colons)
	build.XORQ(colons, commas)

	// there is a separator behind a value or, if nothing else, a closing bracket, and a value before a separator
	faults := k.follows(union(quotes, firsts, closes), endField)
	build.XORQ(separators, faults)
	build.ANDNQ(faults, closes, faults)
	build.ORQ(faults, k.field(faultsField))
	// a separator wants a value
	faults = k.follows(separators, valueField)
	build.ANDQ(closes, faults)
	build.ORQ(faults, k.field(faultsField))
	// an item begins behind a comma or an opening bracket
	build.ORQ(opens, commas)
	items := k.follows(commas, itemField)
	build.ORQ(firsts, opens)
	build.ANDQ(items, opens) // items that are no strings
	build.ANDQ(quotes, items)
	elements := k.follows(items, nameField)
	members := copied(elements)
	build.ANDQ(colons, members)
	build.MOVQ(members, k.out(membersField))
	build.XORQ(members, colons) // those behind no name
	build.ORQ(colons, k.field(faultsField))
	build.XORQ(members, elements)
	build.ORQ(opens, elements)
	build.MOVQ(elements, k.out(elementsField))
	build.MOVQ(members, k.carry)
	build.ORQ(elements, k.carry)
}
