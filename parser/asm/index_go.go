package asm

import (
	"encoding/binary"
	"math/bits"
)

// This file is Index in Go, eight bytes in a word: the kernel of builds and processors without assembly.
//
// Where a vector sorts every byte into classes, a word can only be asked "is one of you …", so this goes line by line
// and asks for the next byte that may end what it is in. The word functions never miss one. They may flag a harmless
// byte, so the table class is asked before a mark is written: that is what keeps them to a handful of instructions.

// The bits of class.
const (
	token   = 1 << iota // tchar but "`"
	control             // CTL but HTAB, and DEL
	divides             // ends or divides a request-target: SP, HTAB, "?", "#", 0x80 and above
)

var class = buildClasses()

func buildClasses() (t [256]uint8) {
	for c := range t {
		b := byte(c)
		switch {
		case b < ' ' && b != '\t' || b == 0x7F:
			t[c] = control
		case b == ' ', b == '\t', b == '?', b >= 0x80:
			t[c] = divides
		case b == '#':
			t[c] = divides | token
		case '0' <= b && b <= '9', 'a' <= b|0x20 && b|0x20 <= 'z':
			t[c] = token
		}
	}
	for _, b := range []byte("!$%&'*+-.^_|~") {
		t[b] |= token
	}
	return t
}

// indexGo is Index. Sound lines take the straight way through it, written out: a call for each scan would cost as much
// as the scanning.
func indexGo(buf []byte, from int, request bool, to *Marks) int {
	if len(buf) < wordBytes {
		return indexShort(buf, from, request, to)
	}
	marks, n, length := to[:], uint(0), uint(len(buf))
	for at := uint(from); at < length && n <= MarksFull; {
		if class[buf[at]]&control != 0 { // the empty line, or none at all
			marks[n&(MarksMax-1)] = uint16(at)
			return int(n + 1)
		}
		end := at
		for { // the end of the name, or of the method
			stops := nameStops(word(buf, end))
			if stops == 0 {
				end += wordBytes
				continue
			}
			end += uint(bits.TrailingZeros64(stops)) >> 3
			if end >= length {
				return int(n)
			}
			if c := buf[end]; class[c]&token == 0 {
				break
			} else if c == '#' && request { // rare: it may stand in a method, and divides a target
				if n > MarksFull {
					return int(n)
				}
				marks[n&(MarksMax-1)] = uint16(end)
				n++
			}
			end++
		}
		marks[n&(MarksMax-1)] = uint16(end)
		n++
		for request && class[buf[end]]&control == 0 { // what ends or divides the target, up to the first control byte
			end++
			w := word(buf, end)
			if w == wordHTTP11 { // spares a scan of what stands behind every target
				end += wordBytes
				w = word(buf, end)
			}
			stops := targetStops(w)
			for stops == 0 {
				end += wordBytes
				stops = targetStops(word(buf, end))
			}
			end += uint(bits.TrailingZeros64(stops)) >> 3
			if end >= length || n > MarksFull {
				return int(n)
			}
			marks[n&(MarksMax-1)] = uint16(end)
			n++
		}
		if class[buf[end]]&control == 0 {
			end++
			for { // the next control byte
				stops := controlStops(word(buf, end))
				if stops == 0 {
					end += wordBytes
					continue
				}
				end += uint(bits.TrailingZeros64(stops)) >> 3
				if end >= length {
					return int(n)
				}
				if class[buf[end]]&control != 0 {
					break
				}
				end++
			}
			marks[n&(MarksMax-1)] = uint16(end)
			n++
		}
		request = false
		if at = end + 2; at > length || class[buf[end+1]]&control == 0 {
			n, at = singles(buf, end, marks, n)
		}
	}
	return int(n)
}

// singles goes on behind the control byte at, which is marked and has no other behind it: it starts no line, and the
// next one may. It returns where a line starts.
func singles(buf []byte, at uint, marks []uint16, n uint) (uint, uint) {
	for at++; at < uint(len(buf)) && n <= MarksFull; at++ {
		if class[buf[at]]&control == 0 {
			continue
		}
		marks[n&(MarksMax-1)] = uint16(at)
		n++
		if at+1 < uint(len(buf)) && class[buf[at+1]]&control != 0 {
			return n, at + 2
		}
	}
	return n, never
}

const never = BytesMax + 1 // no line starts there

// indexShort is indexGo for less than a word: it pads with NUL and forgets the marks that are there.
func indexShort(buf []byte, from int, request bool, marks *Marks) int {
	padded := append(make([]byte, 0, wordBytes), buf...)[:wordBytes]
	n := indexGo(padded, from, request, marks)
	for n > 0 && int(marks[n-1]) >= len(buf) {
		n--
	}
	return n
}

// Words.
const (
	wordBytes = 8
	ones      = 0x0101010101010101
	highs     = 0x80 * ones
	lows      = 0x7F * ones
	caseBits  = 0x20 * ones

	wordHTTP11 = 'H' | 'T'<<8 | 'T'<<16 | 'P'<<24 | '/'<<32 | '1'<<40 | '.'<<48 | '1'<<56
)

// word returns the eight bytes at buf[i:], the first in the low byte. Beyond the end of buf it reads NUL, a stop in
// every class, so a scan needs no second test for the end. buf must hold eight bytes at least.
//
// It must inline, and must not call: a call inside the scans would spill what they keep in registers.
func word(buf []byte, i uint) uint64 {
	last := uint(len(buf)) - wordBytes
	if i <= last { // told like this, the compiler needs no check of its own: one MOV
		return binary.LittleEndian.Uint64(buf[i : i+wordBytes])
	}
	return binary.LittleEndian.Uint64(buf[last:]) >> (8 * (i - last))
}

// controlStops flags CTL and DEL, and so HTAB, which the table lets pass.
//
// Subtracting 0x20 borrows from exactly the bytes below it; adding 1 carries DEL into its high bit; bytes that had
// the high bit before are obs-text. Borrow and carry run only upward, past a byte that is itself a stop or 0xFF, so
// the lowest flag is never late.
func controlStops(w uint64) uint64 {
	return ((w - ' '*ones) | (w + ones)) &^ w & highs
}

// nameStops flags every byte that is neither ALPHA nor "-". The other tchar are rare in field names. The dash is compared
// without the case bit: with it, a CR would pass for one (CVE-2020-8201). Carries run only upward, past a byte from 0x80
// on, which is a stop itself.
func nameStops(w uint64) uint64 {
	folded := w | caseBits
	letter := (folded + (0x80-'a')*ones) // bit 7 set: from 'a' on
	beyond := (folded + (0x7F-'z')*ones) // bit 7 set: behind 'z'
	notDash := (w ^ '-'*ones) + lows     // bit 7 clear: '-'
	return ((notDash &^ letter) | beyond | w) & highs
}

// targetStops flags what ends or divides a request-target: CTL, SP, "#", "?", DEL and 0x80 and above, and nothing
// else.
func targetStops(w uint64) uint64 {
	hash, query := w^'#'*ones, w^'?'*ones
	controls := (w - '!'*ones) | (w + ones) | w
	return (controls | ((hash - ones) &^ hash) | ((query - ones) &^ query)) & highs
}
