package router

// This file holds what is found in eight bytes of a path at once. The first byte of the path is the lowest of the
// word; a word at the end of the path is filled up with slashes, so that a segment always ends in one.
//
//	path  /users/17/posts        word at 1   "users/17"
//	                             stop        .....^..      the lowest set bit is the slash's highest
//	                             up to it    "users/.."    the key of a literal
//
// A byte of a word is found by arithmetic on all eight (Hacker's Delight §6-1): the lowest hit is always true, those
// above it may not be, and only the lowest is used.

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

const (
	wordBytes = 8

	ones     = 0x0101010101010101
	highs    = ones << 7
	slashes  = ones * '/'
	percents = ones * '%'
)

// wordIn reads eight bytes from off on, which must be at most len(path). The path has eight bytes or more.
func wordIn(path []byte, off int) uint64 {
	last := len(path) - wordBytes
	if off <= last {
		return binary.LittleEndian.Uint64(path[off:])
	}
	over := uint(off-last) * 8 // bits behind the end
	return binary.LittleEndian.Uint64(path[last:])>>over | slashes<<(64-over)
}

// endIn is wordIn for an off that is in the last seven bytes of the path.
func endIn(path []byte, off int) uint64 {
	last := len(path) - wordBytes
	over := uint(off-last) * 8 // less than 64
	return binary.LittleEndian.Uint64(path[last:])>>(over&63) | slashes<<(-over&63)
}

// wordAt is wordIn for a path of any length.
func wordAt(path []byte, off int) uint64 {
	if len(path) >= wordBytes {
		return wordIn(path, off)
	}
	short := padded(path)
	return wordIn(short[:], off)
}

// padded fills a path of less than eight bytes up with slashes.
func padded(path []byte) (short [wordBytes]byte) {
	binary.LittleEndian.PutUint64(short[:], slashes)
	copy(short[:], path)
	return short
}

// slashesIn sets the highest bit of the first slash.
func slashesIn(word uint64) uint64 {
	x := word ^ slashes
	return (x - ones) &^ x & highs
}

// through returns the bits up to and with the lowest one of stop, all if there is none.
func through(stop uint64) uint64 { return stop ^ (stop - 1) }

// counted returns how many bytes a result of through covers.
func counted(through uint64) int { return int(through & ones * ones >> 56) }

// percentIn reports whether there is a '%' below the lowest bit of stop, or at all if that is 0.
func percentIn(word, stop uint64) bool {
	x := word ^ percents
	return (x-ones)&^x&highs&through(stop) != 0
}

// segmentEnd returns where the segment that begins at off ends, and whether it has a '%'.
func segmentEnd(path []byte, off int) (end int, escaped bool) {
	for {
		word := wordAt(path, off)
		stop := slashesIn(word)
		escaped = escaped || percentIn(word, stop)
		if stop != 0 {
			return off + bits.TrailingZeros64(stop)>>3, escaped
		}
		off += wordBytes
	}
}

// farValue returns the length with its slash of the segment at off, whose first word is neither an end nor has a '%', or
// 0 if there is a '%'. The path has eight bytes or more.
func farValue(path []byte, off int) int {
	for end := off + wordBytes; ; end += wordBytes {
		word := wordIn(path, end)
		stop := slashesIn(word)
		switch {
		case percentIn(word, stop):
			return 0
		case stop != 0:
			return end - off + counted(through(stop))
		}
	}
}

// lastSegments returns where the slash before the last n segments of a path is, or -1.
func lastSegments(path []byte, n int) int {
	at := len(path)
	for ; n > 0 && at >= 0; n-- {
		at = bytes.LastIndexByte(path[:at], '/')
	}
	return at
}

// plain reports whether a path has no escape, no empty segment but the last and no dot segment.
func plain(path []byte) bool {
	var suspect, after uint64
	i := 0
	for ; i+wordBytes <= len(path); i += wordBytes {
		var found uint64
		found, after = suspects(binary.LittleEndian.Uint64(path[i:]), after)
		suspect |= found
	}
	if left := uint(len(path)-i) * 8; left > 0 {
		found, _ := suspects(wordAt(path, i)&(1<<left-1), after)
		suspect |= found
	}
	return suspect == 0 || bytes.IndexByte(path, '%') < 0 && !unclean(path)
}

// suspects is not 0 if a word has a '%', or a '.' or '/' behind a '/'. After tells whether it comes after one, and
// the second result whether what comes next does.
func suspects(word, after uint64) (found, next uint64) {
	x := (word | ones) ^ slashes // zero where '.' or '/' is: they differ in the lowest bit only
	both := ^((x&^highs + ^uint64(highs)) | x) & highs
	slash := both & (word << 7)
	y := word ^ percents
	return both&(slash<<8|after) | (y-ones)&^y&highs, slash >> 56
}

// unclean reports whether a path has an empty segment that is not the last, or a dot segment, escaped or not.
func unclean(path []byte) bool {
	from := 1
	for i := 1; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		if i == from && i < len(path) || dots(path[from:i]) > 0 {
			return true
		}
		from = i + 1
	}
	return false
}
