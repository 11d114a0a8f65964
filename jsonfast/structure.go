package jsonfast

// This file is Valid for texts of some length: asm.Structure says where things start, and a walk over those places says whether
// they are in order. What is between them was seen by the kernel: white space and sound strings, or else it starts something.

import (
	"math/bits"

	"github.com/covetgo/covet/jsonfast/asm"
)

const (
	structureBytesMin = 256 // texts below it are not worth it: BenchmarkValid
	chunkBytes        = asm.BlocksMax * asm.BlockBytes
)

// The kinds of what can start. Those that change nothing but the state come first.
const (
	kindString = iota
	kindColon
	kindComma
	kindScalar // a number, a word, or nonsense
	kindObject
	kindArray
	kindObjectEnd
	kindArrayEnd
	kindCount
)

// kinds has the kind of what starts with a byte.
var kinds = func() (kinds [256]uint8) {
	for c := range kinds {
		kinds[c] = kindScalar
	}
	for kind, c := range map[uint8]byte{kindString: '"', kindColon: ':', kindComma: ',', kindObject: '{', kindArray: '[', kindObjectEnd: '}', kindArrayEnd: ']'} {
		kinds[c] = kind
	}
	return kinds
}()

// What came last, and what it lies in.
const (
	misplaced = iota // something that could not come there; from then on nothing can
	textStart
	textValue // the value that is all
	objectStart
	objectName
	objectColon
	objectValue
	objectComma
	arrayStart
	arrayValue
	arrayComma
	orderCount = 16
)

// follow says what a kind is behind what came last. Brackets that close have only to be possible: what they are to what is
// around them, the walk knows.
var follow = [orderCount][kindCount]uint8{
	textStart:   {kindString: textValue, kindScalar: textValue, kindObject: objectStart, kindArray: arrayStart},
	objectStart: {kindString: objectName, kindObjectEnd: objectValue},
	objectName:  {kindColon: objectColon},
	objectColon: {kindString: objectValue, kindScalar: objectValue, kindObject: objectStart, kindArray: arrayStart},
	objectValue: {kindComma: objectComma, kindObjectEnd: objectValue},
	objectComma: {kindString: objectName},
	arrayStart:  {kindString: arrayValue, kindScalar: arrayValue, kindObject: objectStart, kindArray: arrayStart, kindArrayEnd: arrayValue},
	arrayValue:  {kindComma: arrayComma, kindArrayEnd: arrayValue},
	arrayComma:  {kindString: arrayValue, kindScalar: arrayValue, kindObject: objectStart, kindArray: arrayStart},
}

// order is the state of a walk.
type order struct {
	data    []byte
	last    uint8
	around  uint64 // what the place lies in, from inside out a bit each: 1 is an array. Behind the outermost stands a 1
	tooDeep bool
}

// validStructure is Valid. It does not know if the text is nested deeper than the bits of a word.
func validStructure(data []byte) (valid, known bool) {
	var s asm.State
	var starts asm.Starts
	o := order{data: data, last: textStart, around: 1}
	at := 0
	for ; len(data)-at >= asm.BlockBytes; at += chunkBytes {
		n := min(len(data)-at, chunkBytes) / asm.BlockBytes
		asm.Structure(data[at:at+n*asm.BlockBytes], &s, &starts)
		if s.Faults != 0 || !o.walk(at, starts[:n]) {
			return false, !o.tooDeep
		}
	}
	var rest [asm.BlockBytes]byte
	done := len(data) &^ (asm.BlockBytes - 1)
	for i := copy(rest[:], data[done:]); i < len(rest); i++ {
		rest[i] = ' '
	}
	asm.Structure(rest[:], &s, &starts)
	valid = s.Faults == 0 && s.InString == 0 && o.walk(done, starts[:1]) && o.last == textValue
	return valid, !o.tooDeep
}

// walk goes through what starts in the blocks from at on.
func (o *order) walk(at int, blocks []uint64) bool {
	data, last, around := o.data, o.last, o.around
	for n, mask := range blocks {
		for base := at + n*asm.BlockBytes; mask != 0; mask &= mask - 1 {
			i := base + bits.TrailingZeros64(mask)
			if i >= len(data) {
				return false
			}
			kind := kinds[data[i]] % kindCount
			last = follow[last%orderCount][kind]
			switch {
			case kind < kindScalar:
			case last == misplaced:
				return false
			case kind == kindScalar:
				if !isSoundScalar(data, i) {
					return false
				}
			case kind < kindObjectEnd:
				if o.tooDeep = around>>63 != 0; o.tooDeep {
					return false
				}
				around = around<<1 | uint64(kind-kindObject)
			default:
				switch around >>= 1; {
				case around == 1:
					last = textValue
				case around&1 == 0:
					last = objectValue
				default:
					last = arrayValue
				}
			}
		}
		if last == misplaced {
			return false
		}
	}
	o.last, o.around = last, around
	return true
}

// isSoundScalar reports whether there is a number or a word at i, and all of it.
func isSoundScalar(data []byte, i int) bool {
	switch data[i] {
	case 't', 'f', 'n':
		i = skipWord(data, i)
	default:
		i = skipNumber(data, i)
	}
	return i != broken && (i == len(data) || endsScalar[data[i]])
}

// endsScalar has the bytes that cannot go on a number or a word: with a quote, something starts that is out of order.
var endsScalar = [256]bool{' ': true, '\t': true, '\n': true, '\r': true, ',': true, ':': true, '{': true, '}': true, '[': true, ']': true, '"': true}
