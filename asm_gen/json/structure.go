package main

// This file writes Structure: 64 bytes become one mask per question, a bit for each byte, and what is asked is computed
// on masks. The way to the places where something starts is simdjson's (Langdale and Lemire, "Parsing gigabytes of JSON per
// second", 2019). From there it goes on: escapes are checked on masks, and so is which thing may follow which.
//
// To ask what follows the members of a set, the set is moved up by one and added to all places where nothing starts: the carry
// runs to the next place where something does.
//
//	text       {  "id" :  7 ,        starts     1001000 10010…   set (brackets)  1000000…
//	gaps             0110111 01101…  + set moved up by one  →  carries through the gap to the quote

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const blockBytes = 64

// spaceTable is for white space: a byte is white space if the entry of its low nibble equals it. Entries that are none equal no
// byte.
var spaceTable = [16]byte{' ', 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, '\t', '\n', 0x80, 0x80, '\r', 0x80, 0x80}

// The bits of the class for escapes: which of two lookups say the same.
const (
	digits  = 1 << iota // 0 to 9
	letters             // A to F, a to f
	row2                // " and /
	row5                // \
	row6                // b f n
	row7                // r t u
	hexBits = digits | letters
)

func escapeLow() (table [16]byte) {
	for low := range table {
		if low <= 9 {
			table[low] |= digits
		}
		if low >= 1 && low <= 6 {
			table[low] |= letters
		}
	}
	for bit, chars := range map[byte]string{row2: `"/`, row5: `\`, row6: "bfn", row7: "rtu"} {
		for _, c := range []byte(chars) {
			table[c&15] |= bit
		}
	}
	return table
}

var escapeHigh = [16]byte{2: row2, 3: digits, 4: letters, 5: row5, 6: letters | row6, 7: row7}

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
)

const evenBits = 0x5555555555555555

// structure is the state while the kernel is written.
type structure struct {
	state        reg.GPVirtual
	halves       [2]reg.VecVirtual // the block
	starts, gaps reg.GPVirtual     // where something starts, and where not
}

func (k *structure) field(offset int) operand.Mem { return operand.Mem{Base: k.state, Disp: offset} }

func writeStructure() {
	build.TEXT("structureAVX2", build.NOSPLIT, "func(buf []byte, state *[9]uint64, blocks *[48]uint64)")
	build.Doc("structureAVX2 is Structure, on a processor with AVX2, BMI1 and PCLMULQDQ.")
	build.Pragma("noescape")
	k := &structure{}
	buf := build.Load(build.Param("buf").Base(), build.GP64()).(reg.GPVirtual)
	stop := build.Load(build.Param("buf").Len(), build.GP64()).(reg.GPVirtual)
	k.state = build.Load(build.Param("state"), build.GP64()).(reg.GPVirtual)
	to := build.Load(build.Param("blocks"), build.GP64()).(reg.GPVirtual)
	allOnes := build.XMM()
	build.VPCMPEQB(allOnes, allOnes, allOnes)
	build.ADDQ(buf, stop)

	build.Label("block")
	build.CMPQ(buf, stop)
	build.JAE(operand.LabelRef("finished"))
	k.halves = [2]reg.VecVirtual{load(operand.Mem{Base: buf}), load(operand.Mem{Base: buf, Disp: vectorBytes})}
	quotes, backslashes := k.equalTo('"'), k.equalTo('\\')
	pending := build.GP64() // whether there is anything to do about escapes
	build.MOVQ(k.field(hexField), pending)
	build.ORQ(k.field(escapedField), pending)
	build.ORQ(backslashes, pending)
	build.JNZ(operand.LabelRef("escapes"))
	build.Label("plain")
	text := k.strings(quotes, allOnes)
	build.CMPQ(text, operand.I8(-1))
	build.JEQ(operand.LabelRef("inside"))
	commas, colons := k.equalTo(','), k.equalTo(':')
	opens := k.mask(func(v reg.VecVirtual) reg.VecVirtual { return equal(or(v, repeated(0x20)), repeated('{')) })
	closes := k.mask(func(v reg.VecVirtual) reg.VecVirtual { return equal(or(v, repeated(0x20)), repeated('}')) })
	firsts := k.firsts(text, quotes, commas, colons, opens, closes)
	k.starts, k.gaps = zeroed(), build.GP64()
	for _, set := range []reg.GPVirtual{quotes, commas, colons, opens, closes, firsts} {
		build.ANDNQ(set, text, set)
		build.ORQ(set, k.starts)
	}
	build.TESTQ(k.starts, k.starts)
	build.JZ(operand.LabelRef("nothing"))
	build.MOVQ(k.starts, k.gaps)
	build.NOTQ(k.gaps)
	k.order(to, quotes, commas, colons, opens, closes, firsts)
	build.Label("more")
	build.ADDQ(operand.U8(3*8), to)
	build.ADDQ(operand.U8(blockBytes), buf)
	build.JMP(operand.LabelRef("block"))

	build.Label("finished")
	end()

	build.Label("inside") // all of the block is in one string
	build.MOVQ(operand.U32(0), k.field(scalarField))
	build.Label("nothing") // starts here
	none := zeroed()
	for i := range 3 {
		build.MOVQ(none, operand.Mem{Base: to, Disp: 8 * i})
	}
	build.JMP(operand.LabelRef("more"))

	build.Label("escapes")
	k.escapes(quotes, backslashes)
	build.JMP(operand.LabelRef("plain"))
}

// strings returns what lies in strings, closing quotes included: from each quote to the next, as a product without carries by
// ones is the parity of all bits below. Controls in there are faults.
func (k *structure) strings(quotes reg.GPVirtual, allOnes reg.VecVirtual) reg.GPVirtual {
	within, sign := build.GP64(), build.GP64()
	product := build.XMM()
	build.VMOVQ(quotes, product)
	build.VPCLMULQDQ(operand.U8(0), allOnes, product, product)
	build.VMOVQ(product, within)
	build.XORQ(k.field(inStringField), within)
	build.MOVQ(within, sign)
	build.SARQ(operand.U8(63), sign)
	build.MOVQ(sign, k.field(inStringField))
	controls := k.mask(func(v reg.VecVirtual) reg.VecVirtual {
		small := build.YMM()
		build.VPMINUB(repeated(0x1F), v, small)
		return equal(small, v)
	})
	build.ANDQ(within, controls)
	build.ORQ(controls, k.field(faultsField))
	build.XORQ(quotes, within)
	return within
}

// firsts returns the first bytes of all runs that are neither white space nor among others, strings among them.
func (k *structure) firsts(others ...reg.GPVirtual) reg.GPVirtual {
	spaces := load(data(spaceTable))
	scalar := k.mask(func(v reg.VecVirtual) reg.VecVirtual { return equal(v, lookup(spaces, v)) })
	for _, other := range others {
		build.ORQ(other, scalar)
	}
	build.NOTQ(scalar)
	behind, last := build.GP64(), build.GP64()
	build.MOVQ(k.field(scalarField), behind)
	build.LEAQ(operand.Mem{Base: behind, Index: scalar, Scale: 2}, behind)
	build.MOVQ(scalar, last)
	build.SHRQ(operand.U8(63), last)
	build.MOVQ(last, k.field(scalarField))
	build.ANDNQ(scalar, behind, scalar)
	return scalar
}

// follows returns what comes next behind each member of set. The field says whether the last thing so far was a member.
func (k *structure) follows(set reg.GPVirtual, field int) reg.GPVirtual {
	next, last := build.GP64(), build.GP64()
	build.LEAQ(operand.Mem{Base: set, Index: set, Scale: 1}, next)
	build.ORQ(k.field(field), next)
	build.MOVQ(set, last)
	build.SHRQ(operand.U8(63), last)
	build.ADDQ(k.gaps, next)
	build.ADCQ(operand.U8(0), last)
	build.MOVQ(last, k.field(field))
	build.ANDQ(k.starts, next)
	return next
}

// order checks what follows what, and writes the block's masks.
func (k *structure) order(to, quotes, commas, colons, opens, closes, firsts reg.GPVirtual) {
	union := func(sets ...reg.GPVirtual) reg.GPVirtual {
		all := copied(sets[0])
		for _, set := range sets[1:] {
			build.ORQ(set, all)
		}
		return all
	}
	fault := func(set, other reg.GPVirtual) {
		both := copied(set)
		build.ANDQ(other, both)
		build.ORQ(both, k.field(faultsField))
	}
	// a comma or colon wants a value
	values := k.follows(union(commas, colons), valueField)
	fault(values, union(commas, closes))
	// behind a value there is no other
	build.MOVQ(union(quotes, firsts, closes), values)
	ends := k.follows(values, endField)
	fault(ends, union(quotes, firsts, opens))
	// an item begins behind a comma or an opening bracket
	items := k.follows(union(commas, opens), itemField)
	fault(items, commas)
	build.MOVQ(union(firsts, opens), values)
	build.ANDQ(items, values) // items that are no strings
	build.ANDQ(quotes, items)
	seconds := k.follows(items, nameField)
	members := copied(seconds)
	build.ANDQ(colons, members)
	build.MOVQ(members, operand.Mem{Base: to, Disp: 8})
	build.ANDNQ(seconds, colons, seconds)
	build.ORQ(values, seconds)
	build.MOVQ(seconds, operand.Mem{Base: to, Disp: 16})
	build.ANDNQ(colons, members, members) // colons that stand behind no name
	build.ORQ(members, k.field(faultsField))
	build.MOVQ(union(opens, closes, firsts), members)
	build.MOVQ(members, operand.Mem{Base: to})
}

// mask asks a question of each byte of the block.
func (k *structure) mask(ask func(v reg.VecVirtual) reg.VecVirtual) reg.GPVirtual {
	low, high := signs(ask(k.halves[0])), signs(ask(k.halves[1]))
	build.SHLQ(operand.U8(vectorBytes), high)
	build.ORQ(high, low)
	return low
}

func (k *structure) equalTo(c byte) reg.GPVirtual {
	return k.mask(func(v reg.VecVirtual) reg.VecVirtual { return equal(v, repeated(c)) })
}

// escapes takes the escaped quotes out of quotes, and notes what is escaped and must not be.
//
// In a run of backslashes every second one is escaped. Subtracting the runs from the bits behind them, with every other bit
// set, leaves marks that alternate from the start of each run, whether that is even or odd.
func (k *structure) escapes(quotes, backslashes reg.GPVirtual) {
	escaped := build.GP64() // whether the first byte of the block is, and then that of the next
	build.MOVQ(k.field(escapedField), escaped)
	odd := build.GP64()
	build.MOVQ(operand.U64(^uint64(evenBits)), odd)
	codes := build.GP64()
	potential := build.GP64()
	build.ANDNQ(backslashes, escaped, potential)
	build.LEAQ(operand.Mem{Base: potential, Index: potential, Scale: 1}, codes)
	build.ORQ(odd, codes)
	build.SUBQ(potential, codes)
	build.XORQ(odd, codes)
	targets := copied(backslashes) // the bytes that are escaped
	build.ORQ(escaped, targets)
	build.XORQ(codes, targets)
	build.MOVQ(codes, escaped)
	build.ANDQ(backslashes, escaped)
	build.SHRQ(operand.U8(63), escaped)
	build.MOVQ(escaped, k.field(escapedField))
	build.ANDNQ(quotes, targets, quotes)

	classes := [2]reg.VecVirtual{}
	low, high := load(data(escapeLow())), load(data(escapeHigh))
	for i, v := range k.halves {
		classes[i] = and(lookup(low, lowNibble(v)), lookup(high, highNibble(v)))
	}
	none := zeroVector()
	bad := func(bits byte) reg.GPVirtual { // the bytes without any of the bits
		a, b := signs(equal(and(classes[0], repeated(bits)), none)), signs(equal(and(classes[1], repeated(bits)), none))
		build.SHLQ(operand.U8(vectorBytes), b)
		build.ORQ(b, a)
		return a
	}
	wrong := bad(row2 | row5 | row6 | row7)
	build.ANDQ(targets, wrong)
	build.ORQ(wrong, k.field(faultsField))

	// the four bytes behind each u must be hexadecimal digits
	unicode := k.equalTo('u')
	build.ANDQ(targets, unicode)
	digits := build.GP64()
	build.MOVQ(k.field(hexField), digits) // those of the block before
	next := zeroed()
	shifted := build.GP64()
	for n := range 4 {
		build.MOVQ(unicode, shifted)
		build.SHLQ(operand.U8(n+1), shifted)
		build.ORQ(shifted, digits)
		build.MOVQ(unicode, shifted)
		build.SHRQ(operand.U8(63-n), shifted)
		build.ORQ(shifted, next)
	}
	build.MOVQ(next, k.field(hexField))
	noHex := bad(hexBits)
	build.ANDQ(digits, noHex)
	build.ORQ(noHex, k.field(faultsField))
}
