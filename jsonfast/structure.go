package jsonfast

// This file is Valid for texts of some length. asm.Structure checks strings and which thing follows which, and says where the
// brackets are and where numbers and words begin. What it has no memory for is done here: brackets that match, commas that
// are right for the brackets they are in, and numbers.

import (
	"math/bits"

	"github.com/covetgo/covet/jsonfast/asm"
)

const (
	structureBytesMin = 256 // texts below it are not worth it: BenchmarkValid
	chunkBytes        = asm.BlocksMax * asm.BlockBytes
)

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
	for at := 0; len(data)-at >= asm.BlockBytes; at += chunkBytes {
		n := min(len(data)-at, chunkBytes) / asm.BlockBytes
		asm.Structure(data[at:at+n*asm.BlockBytes], &s, &blocks)
		if s.Faulty() || !w.walk(at, blocks[:n]) {
			return false, !w.tooDeep
		}
	}
	var rest [asm.BlockBytes]byte
	done := len(data) &^ (asm.BlockBytes - 1)
	for i := copy(rest[:], data[done:]); i < len(rest); i++ {
		rest[i] = ' '
	}
	asm.Structure(rest[:], &s, &blocks)
	valid = s.Complete() && w.walk(done, blocks[:1]) && w.around == 1
	return valid, !w.tooDeep
}

// walk goes through the blocks from at on.
func (w *nest) walk(at int, blocks []asm.Block) bool {
	data, around := w.data, w.around
	for n := range blocks {
		members, elements := blocks[n].Members, blocks[n].Elements
		for mask := blocks[n].Visits; mask != 0; mask &= mask - 1 {
			i := at + n*asm.BlockBytes + bits.TrailingZeros64(mask)
			c := data[i]
			if c|caseBit != '{' && c|caseBit != '}' {
				if !isSoundScalar(data, i) {
					return false
				}
				continue
			}
			upTo := mask ^ (mask - 1)
			if misplaced(around, members&upTo, elements&upTo) {
				return false
			}
			members, elements = members&^upTo, elements&^upTo
			object := uint64(c & caseBit / caseBit)
			switch {
			case c|caseBit == '}':
				if around&1 != object || around == 1 {
					return false
				}
				around >>= 1
			case around>>63 != 0:
				w.tooDeep = true
				return false
			default:
				around = around<<1 | object
			}
		}
		if misplaced(around, members, elements) {
			return false
		}
	}
	w.around = around
	return true
}

const caseBit = 0x20 // in which { and [ differ, and } and ]

// misplaced reports whether there are items of a kind that what is around them does not have. Around all brackets there are none.
func misplaced(around, members, elements uint64) bool {
	switch {
	case members|elements == 0:
		return false
	case around == 1:
		return true
	case around&1 != 0:
		return elements != 0
	}
	return members != 0
}

// isSoundScalar reports whether there is a number or a word at i, and all of it. Numbers without an exponent have a short way.
func isSoundScalar(data []byte, i int) bool {
	start := i
	if data[i] == '-' {
		i++
	}
	if end := skipDigits(data, i); end > i && (end == i+1 || data[i] != '0') {
		if point := end; end < len(data) && data[end] == '.' {
			if end = skipDigits(data, end+1); end == point+1 {
				return false
			}
		}
		if end < len(data) && scalarEnds[data[end]] {
			return true
		}
	}
	end := broken
	switch data[start] {
	case 't', 'f', 'n':
		end = skipWord(data, start)
	default:
		end = skipNumber(data, start)
	}
	return end != broken && endsScalar(data, end)
}
