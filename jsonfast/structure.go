package jsonfast

// This file is Valid for texts of some length. asm.Structure checks strings, numbers and which thing follows which, and says where
// the brackets are and where there is something odd. What it has no memory for is done here: brackets that match, commas that
// are right for the brackets they are in, and what is odd: words and numbers with an exponent.

import (
	"encoding/binary"
	"math/bits"

	"github.com/covetgo/covet/jsonfast/asm"
)

const structureBytesMin = 96 // texts below it are not worth it: BenchmarkValid

// nest is what the walk has come to.
type nest struct {
	data    []byte
	around  uint64 // the brackets around the place, a bit each, the innermost lowest: 1 is an object. Above them stands a 1
	tooDeep bool
}

// validStructure is Valid. It does not know if the text is nested deeper than the bits of a word.
func validStructure(data []byte) (valid, known bool) {
	s := asm.Start()
	var blocks asm.Blocks
	w := nest{data: data, around: 1}
	at := 0
	for len(data)-at >= asm.BlockBytes {
		read, n := asm.Structure(data[at:], &s, &blocks)
		if s.Faulty() || !w.walk(at, blocks[:n]) {
			return false, !w.tooDeep
		}
		at += read
	}
	var rest [asm.BlockBytes]byte
	for i := copy(rest[:], data[at:]); i < len(rest); i++ {
		rest[i] = ' '
	}
	_, n := asm.Structure(rest[:], &s, &blocks)
	valid = s.Complete() && w.walk(at, blocks[:n]) && w.around == 1
	return valid, !w.tooDeep
}

// walk goes through the blocks of the text from start on. Which bracket comes next cannot be foretold, so there are no
// branches on it.
func (w *nest) walk(start int, blocks []asm.Block) bool {
	data, around, wrong := w.data, w.around, uint64(0)
	for n := range blocks {
		b := &blocks[n]
		at, members, elements := start+int(b.At), b.Members, b.Elements
		for mask := b.Brackets; mask != 0; mask &= mask - 1 {
			c := data[at+bits.TrailingZeros64(mask)]
			upTo := mask ^ (mask - 1)
			wrong |= misplaced(around, members, elements) & upTo
			members, elements = members&^upTo, elements&^upTo
			object := uint64(c / objectBit & 1)
			if c&opensBit != 0 {
				if around>>63 != 0 {
					w.tooDeep = true
					return false
				}
				around = around<<1 | object
			} else {
				if around == 1 {
					return false
				}
				wrong |= (around ^ object) & 1
				around >>= 1
			}
		}
		wrong |= misplaced(around, members, elements)
		for mask := b.Odds; mask != 0; mask &= mask - 1 {
			if !isSoundScalar(data, at+bits.TrailingZeros64(mask)) {
				return false
			}
		}
	}
	w.around = around
	return wrong == 0
}

const (
	objectBit = 0x20 // in which { and [ differ, and } and ]
	opensBit  = 0x02 // in which { and } differ, and [ and ]
)

// misplaced returns the items of a kind that what is around them does not have. Around all brackets there are none.
func misplaced(around, members, elements uint64) uint64 {
	if around == 1 {
		return members | elements
	}
	inObject := -(around & 1)
	return elements&inObject | members&^inObject
}

// isSoundScalar reports whether the number or word is sound in which i is. Which of the three words it is cannot be foretold, so that
// of the short ones is not asked.
func isSoundScalar(data []byte, i int) bool {
	for i > 0 && !scalarEnds[data[i-1]] {
		i--
	}
	if len(data)-i > len("false") {
		word, end := binary.LittleEndian.Uint32(data[i:]), 4
		if word == wordFals && data[i+4] == 'e' {
			word, end = wordTrue, 5
		}
		if (word == wordTrue || word == wordNull) && scalarEnds[data[i+end]] {
			return true
		}
	}
	end := broken
	switch data[i] {
	case 't', 'f', 'n':
		end = skipWord(data, i)
	default:
		end = skipNumber(data, i)
	}
	return end != broken && endsScalar(data, end)
}

// The words of JSON, as numbers of their first four bytes.
const (
	wordTrue = 't' | 'r'<<8 | 'u'<<16 | 'e'<<24
	wordNull = 'n' | 'u'<<8 | 'l'<<16 | 'l'<<24
	wordFals = 'f' | 'a'<<8 | 'l'<<16 | 's'<<24
)
