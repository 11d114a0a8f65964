package main

// This file writes Structure: 64 bytes become one mask per question, a bit for each byte, and what is asked is computed
// on masks. The way is simdjson's (Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019), and goes on from
// there: escapes are checked on masks, too.

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const blockBytes = 64

// The tables for structural characters and white space: a byte is one of them if the entry of its low nibble equals it;
// for the former, with the bit of case set, in which { and [ differ. (A form feed passes for a comma so, and 0x1A for a
// colon: who reads the byte sees that.) Entries that are no such byte equal none of that nibble.
var (
	spaceTable = [16]byte{' ', 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, '\t', '\n', 0x80, 0x80, '\r', 0x80, 0x80}
	markTable  = [16]byte{10: ':', 11: '{', 12: ',', 13: '}'}
	_          = spaceTable
)

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
)

const evenBits = 0x5555555555555555

// structure is the state while the kernel is written.
type structure struct {
	halves [2]reg.VecVirtual // the block
}

func writeStructure() {
	build.TEXT("structureAVX2", build.NOSPLIT, "func(buf []byte, state *[5]uint64, starts *[16]uint64)")
	build.Doc("structureAVX2 is Structure, on a processor with AVX2, BMI1 and PCLMULQDQ.")
	build.Pragma("noescape")
	buf := build.Load(build.Param("buf").Base(), build.GP64()).(reg.GPVirtual)
	stop := build.Load(build.Param("buf").Len(), build.GP64()).(reg.GPVirtual)
	state := build.Load(build.Param("state"), build.GP64()).(reg.GPVirtual)
	starts := build.Load(build.Param("starts"), build.GP64()).(reg.GPVirtual)
	field := func(offset int) operand.Mem { return operand.Mem{Base: state, Disp: offset} }
	inString, escaped, scalar, faults := build.GP64(), build.GP64(), build.GP64(), build.GP64()
	build.MOVQ(field(inStringField), inString)
	build.MOVQ(field(escapedField), escaped)
	build.MOVQ(field(scalarField), scalar)
	build.MOVQ(field(faultsField), faults)
	allOnes := build.XMM()
	build.VPCMPEQB(allOnes, allOnes, allOnes)
	build.ADDQ(buf, stop)
	spaces, marks := load(data(spaceTable)), load(data(markTable))

	build.Label("block")
	build.CMPQ(buf, stop)
	build.JAE(operand.LabelRef("finished"))
	k := &structure{[2]reg.VecVirtual{load(operand.Mem{Base: buf}), load(operand.Mem{Base: buf, Disp: vectorBytes})}}
	quotes := k.mask(func(v reg.VecVirtual) reg.VecVirtual { return equal(v, repeated('"')) })
	backslashes := k.mask(func(v reg.VecVirtual) reg.VecVirtual { return equal(v, repeated('\\')) })
	pending := build.GP64() // whether there is anything to do about escapes
	build.MOVQ(field(hexField), pending)
	build.ORQ(escaped, pending)
	build.ORQ(backslashes, pending)
	build.JNZ(operand.LabelRef("escapes"))
	build.Label("plain")

	// from each quote to the next: a product without carries by ones is the parity of all bits below
	within := build.GP64()
	product := build.XMM()
	build.VMOVQ(quotes, product)
	build.VPCLMULQDQ(operand.U8(0), allOnes, product, product)
	build.VMOVQ(product, within)
	build.XORQ(inString, within)
	build.MOVQ(within, inString)
	build.SARQ(operand.U8(63), inString)

	controls := k.mask(func(v reg.VecVirtual) reg.VecVirtual {
		small := build.YMM()
		build.VPMINUB(repeated(0x1F), v, small)
		return equal(small, v)
	})
	build.ANDQ(within, controls)
	build.ORQ(controls, faults)

	special := k.mask(func(v reg.VecVirtual) reg.VecVirtual { return equal(or(v, repeated(0x20)), lookup(marks, v)) })
	other := k.mask(func(v reg.VecVirtual) reg.VecVirtual { return equal(v, lookup(spaces, v)) })
	build.ORQ(special, other)
	build.ORQ(quotes, other)
	build.NOTQ(other) // bytes of numbers and words, and of strings
	behind := build.GP64()
	build.LEAQ(operand.Mem{Base: scalar, Index: other, Scale: 2}, behind)
	build.MOVQ(other, scalar)
	build.SHRQ(operand.U8(63), scalar)
	build.ANDNQ(other, behind, other) // the first ones
	build.ORQ(other, special)
	build.ORQ(quotes, special)
	build.XORQ(quotes, within) // what is in a string, and its end
	build.ANDNQ(special, within, special)
	build.MOVQ(special, operand.Mem{Base: starts})
	build.ADDQ(operand.U8(8), starts)
	build.ADDQ(operand.U8(blockBytes), buf)
	build.JMP(operand.LabelRef("block"))

	build.Label("finished")
	build.MOVQ(inString, field(inStringField))
	build.MOVQ(escaped, field(escapedField))
	build.MOVQ(scalar, field(scalarField))
	build.MOVQ(faults, field(faultsField))
	end()

	build.Label("escapes")
	k.escapes(field(hexField), quotes, backslashes, escaped, faults)
	build.JMP(operand.LabelRef("plain"))
}

// mask asks a question of each byte of the block.
func (k *structure) mask(ask func(v reg.VecVirtual) reg.VecVirtual) reg.GPVirtual {
	low, high := signs(ask(k.halves[0])), signs(ask(k.halves[1]))
	build.SHLQ(operand.U8(vectorBytes), high)
	build.ORQ(high, low)
	return low
}

// escapes takes the escaped quotes out of quotes, and notes what is escaped and must not be. escaped says whether the first
// byte of the block is escaped, and then that of the next one.
//
// In a run of backslashes every second one is escaped. Subtracting the runs from the bits behind them, with every other bit
// set, leaves marks that alternate from the start of each run, whether that is even or odd.
func (k *structure) escapes(hexField operand.Mem, quotes, backslashes, escaped, faults reg.GPVirtual) {
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
	build.ORQ(wrong, faults)

	// the four bytes behind each u must be hexadecimal digits
	unicode := k.mask(func(v reg.VecVirtual) reg.VecVirtual { return equal(v, repeated('u')) })
	build.ANDQ(targets, unicode)
	digits := build.GP64()
	build.MOVQ(hexField, digits) // those of the block before
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
	build.MOVQ(next, hexField)
	noHex := bad(hexBits)
	build.ANDQ(digits, noHex)
	build.ORQ(noHex, faults)
}
