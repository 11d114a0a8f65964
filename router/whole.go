package router

// This file finds static routes, whose patterns are one path each, by that whole path: one probe and one comparison
// instead of a step per segment. Such a route is more specific than any other that matches its path, so nothing else
// has to be looked at if it answers the method.
//
// The hash takes two words of the path, its last eight bytes and eight bytes at a place that tells the routes of this
// table apart, and its length. As in hash.go, a pilot per small group of keys sends the group to free slots, so that
// no two routes meet. What two words and the length do not tell apart is left to the walk.
//
// Other paths pay for a look into a bitmap of lengths, and those of such a length for a probe.

import (
	"encoding/binary"
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// wholes is the table of static routes.
type wholes struct {
	lens   [wholeBytesMax/64 + 1]uint64 // bit n: there is a path of n bytes
	slots  []whole
	pilots []uint16
	at     int   // of the second word
	shift  uint8 // leaves a group's number of a hash
}

// whole is a static route. A slot without one has length 0.
type whole struct {
	tail uint64 // the last eight bytes of the path
	text uint32 // … and all of it, in Table.paths
	len  uint16
	leaf uint16
}

const (
	wholeBytesMax      = 255                   // length of a path in the table
	_             uint = 1<<16 - 1 - routesMax // a leaf's number fits
)

// wholeHash is the hash of a path by its length and two words.
func wholeHash(n int, tail, word uint64) uint64 {
	hi, lo := bits.Mul64(tail^uint64(n)*mixA, word^mixB)
	return hi ^ lo
}

// slot returns the slot for a hash.
func (x *wholes) slot(h uint64) *whole { return &x.slots[x.index(h, x.pilots[h>>(x.shift&63)])] }

// index is the slot that a pilot sends a hash to.
func (x *wholes) index(h uint64, pilot uint16) uint64 {
	return (h + uint64(pilot)) & uint64(len(x.slots)-1)
}

// wordBefore reads eight bytes from at on, or the last ones. The path has eight bytes or more.
func wordBefore(path []byte, at int) uint64 {
	return binary.LittleEndian.Uint64(path[min(at, len(path)-wordBytes):])
}

// mayBeWhole reports whether there is a static route whose path is as long.
func (t *Table) mayBeWhole(path []byte) bool {
	n := uint(len(path))
	return n <= wholeBytesMax && t.wholes.lens[n/64]>>(n%64)&1 != 0
}

// whole returns the leaf of a static route's path, or 0. The path has eight bytes or more, and there are such routes.
func (t *Table) whole(path []byte) uint32 {
	x := &t.wholes
	last := len(path) - wordBytes
	tail := binary.LittleEndian.Uint64(path[last:])
	h := wholeHash(len(path), tail, wordBefore(path, x.at))
	s := x.slot(h)
	if s.tail != tail || int(s.len) != len(path) {
		return 0
	}
	text := t.paths[s.text:][:len(path)]
	for i := 0; i < last; i += wordBytes {
		if binary.LittleEndian.Uint64(path[i:]) != binary.LittleEndian.Uint64(text[i:]) {
			return 0
		}
	}
	return uint32(s.leaf)
}

// wholePath returns the one path that a pattern matches, or "".
func wholePath(p *pattern) string {
	path := ""
	for _, s := range p.segs {
		if s.kind != segLiteral && s.kind != segEnd || strings.ContainsAny(s.text, "/%") {
			return ""
		}
		path += "/" + s.text
	}
	if len(path) < wordBytes || len(path) > wholeBytesMax || p.route.Host != "" {
		return ""
	}
	return path
}

// newWholes builds the table of paths, each with its leaf.
func newWholes(paths map[string]uint32) (x wholes, text []byte) {
	keys := x.apart(slices.Sorted(maps.Keys(paths)))
	if len(keys) == 0 {
		return wholes{}, nil
	}
	groupBits := max(1, bits.Len(uint(len(keys)))-2)
	x.shift = uint8(64 - groupBits)
	groups := make([][]uint64, 1<<groupBits)
	for _, h := range slices.Sorted(maps.Keys(keys)) {
		groups[h>>x.shift] = append(groups[h>>x.shift], h)
	}
	for n := 1 << bits.Len(uint(len(keys)+len(keys)/4)); x.pilots == nil; n *= 2 {
		x.slots = make([]whole, n)
		x.pilots = findPilots(groups, n, min(n, pilotMax)-1, x.index)
	}
	for _, h := range slices.Concat(groups...) {
		path := []byte(keys[h])
		x.lens[len(path)/64] |= 1 << (len(path) % 64)
		*x.slot(h) = whole{wordBefore(path, len(path)), uint32(len(text)), uint16(len(path)), uint16(paths[string(path)])}
		text = append(text, path...)
	}
	return x, text
}

// apart finds the second word that tells most paths apart, and returns the first path of each hash.
func (x *wholes) apart(paths []string) (keys map[uint64]string) {
	for at := 0; at < wholeBytesMax && len(keys) < len(paths); at += wordBytes {
		of := map[uint64]string{}
		for _, p := range slices.Backward(paths) {
			path := []byte(p)
			of[wholeHash(len(path), wordBefore(path, len(path)), wordBefore(path, at))] = p
		}
		if len(of) > len(keys) {
			keys, x.at = of, at
		}
	}
	return keys
}
