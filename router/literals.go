package router

// This file holds how a node finds the child of a literal segment: by one multiplication. The key is made of the
// segment's first sixteen bytes, up to the slash behind it if that is one of them; the node's multiplier, found at
// compile time, sends the keys of its children to different slots of its run. The slot is the child itself, and holds
// the first eight of these bytes; those of a longer literal stand in Table.long, word by word.
//
//	"issues"           first = "issues/"   second = 0          key = first
//	"subscriptions"    first = "subscrip"  second = "tions/"   key = first + second × a constant
//	                                                           slot = key × node.mult >> shift
//
// For n keys to be told apart by one multiplication there must be about n² slots. A big node has fewer, and a number
// (pilot) for each small group of its keys that says how to send them elsewhere once more, as in hash.go.
//
// What the first sixteen bytes do not tell apart is odd: literals that have them in common, and those with a '%' or a
// '/', which a path has only in escapes. Odd literals are in the index.

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// literal is a child before it has its slot. Without one, first has more slashes than any key.
type literal struct {
	branching
	second uint64 // see above
}

// run is what a node knows of its children.
type run struct {
	mult  uint64
	lits  uint32
	odd   uint32
	flags uint16
}

// big is what a big node has besides its slots.
type big struct {
	mult   uint64
	pilots uint32 // the first of its run
	shift  uint8  // leaves a group's number of a key
}

const (
	childrenMax  = 64   // of a node that is not big
	slotsPerMax  = 8    // slots per child
	multiplesMax = 1000 // multipliers tried per number of slots
)

// keyOf makes the key of a segment.
func keyOf(seg []byte) (key, first, second uint64) {
	first = wordAt(seg, 0)
	stop := slashesIn(first)
	if first &= through(stop); stop != 0 {
		return first, first, 0
	}
	second = wordAt(seg, wordBytes)
	second &= through(slashesIn(second))
	return first + second*mixB, first, second
}

// key is what the slot of a literal is found by.
func (c *literal) key() uint64 { return c.first + c.second*mixB }

// slot returns the slot for a key. The node must have slots.
func (t *Table) slot(n *node, key uint64) uint32 {
	h := key * n.mult
	if n.flags&nodeBig != 0 {
		b := &t.big[n.mult]
		h = key * b.mult
		h = displace(h, t.pilots[b.pilots+uint32(h>>b.shift)])
	}
	return n.lits>>shiftBits + uint32(h>>(n.lits%(1<<shiftBits)))
}

// literal returns the child of a node that a decoded segment leads to, or 0.
func (t *Table) literal(at uint32, seg []byte) uint32 {
	n := &t.nodes[at]
	if n.lits != 0 {
		key, _, _ := keyOf(seg)
		i := t.slot(n, key)
		if r := &t.rare[i]; int(r.len) == len(seg) && t.text[r.text:r.text+uint32(r.len)] == string(seg) {
			return i
		}
	}
	if n.flags&nodeOdd != 0 {
		return t.odd.find(t.text, t.rare[at].odd, seg)
	}
	return 0
}

// far returns the slot for the segment at off, which begins with a word, and the length of the segment with its slash:
// for segments longer than a word, of which all but the first word is compared here, and for big nodes. The slot may be
// another literal's.
func (t *Table) far(path []byte, off int, n *node, word uint64) (at uint32, length int) {
	stop := slashesIn(word)
	seg := through(stop)
	if stop != 0 {
		return t.slot(n, word&seg), counted(seg)
	}
	end := off + wordBytes
	next := wordIn(path, end)
	stop = slashesIn(next)
	seg = through(stop)
	at = t.slot(n, word+next&seg*mixB)
	for k := t.nodes[at].long; ; k += wordBytes {
		if next&seg != binary.LittleEndian.Uint64(t.long[k:]) {
			return 0, 0
		}
		if end += counted(seg); stop != 0 {
			return at, end - off
		}
		next = wordIn(path, end)
		stop = slashesIn(next)
		seg = through(stop)
	}
}

// literals gives a node its children: most of them slots, and what is odd a place in the index.
func (f *flattener) literals(b *branching, children []literal) {
	if len(children) == 0 {
		return
	}
	what := fmt.Sprint(children)
	r, ok := f.runs[what]
	if !ok {
		r = f.run(children)
		f.runs[what] = r
	}
	b.mult, b.lits, b.odd = r.mult, r.lits, r.odd
	b.flags |= r.flags
}

// run places children.
func (f *flattener) run(children []literal) (r run) {
	plain, odd := partOdd(f.text.String(), children)
	if len(odd) > 0 {
		r.flags, r.odd = nodeOdd, uint32(len(f.runs)+1)
	}
	for _, c := range odd {
		f.odd = append(f.odd, slot{off: c.text, len: c.len, scope: r.odd, value: uint32(len(f.t.nodes))})
		f.settle([]literal{c})
	}
	if len(plain) == 0 {
		return r
	}
	slots, mult, shift := newSlots(plain)
	if slots == nil {
		var pilots []uint16
		var b big
		slots, pilots, b, shift = newBig(plain)
		b.pilots = uint32(len(f.t.pilots))
		mult = uint64(len(f.t.big))
		r.flags |= nodeBig
		f.t.big = append(f.t.big, b)
		f.t.pilots = append(f.t.pilots, pilots...)
	}
	r.mult, r.lits = mult, uint32(len(f.t.nodes))<<shiftBits|uint32(shift)
	f.settle(slots)
	return r
}

// settle adds slots to the nodes, and what long literals have beyond a word.
func (f *flattener) settle(slots []literal) {
	for _, c := range slots {
		if c.len >= wordBytes {
			c.long = uint32(len(f.t.long))
			rest := f.text.String()[c.text+wordBytes:][:c.len-wordBytes] + "/"
			f.t.long = append(append(f.t.long, rest...), make([]byte, -len(rest)&(wordBytes-1))...)
		}
		f.t.nodes, f.t.rare = append(f.t.nodes, c.node), append(f.t.rare, c.rare)
	}
}

// partOdd parts children into those for slots, one per key, and those for the index.
func partOdd(text string, all []literal) (plain, odd []literal) {
	with := map[uint64]int{}
	for i := range all {
		c := &all[i]
		var key uint64
		key, c.first, c.second = keyOf([]byte(text[c.text:][:c.len]))
		if !strings.Contains(text[c.text:][:c.len], "/") { // or else its key is that of what is before the slash
			with[key]++
		}
	}
	for _, c := range all {
		if with[c.key()] > 1 || strings.ContainsAny(text[c.text:][:c.len], "/%") {
			odd = append(odd, c)
		} else {
			plain = append(plain, c)
		}
	}
	return plain, odd
}

// newSlots places children in as few slots as a multiplier can be found for. It returns nil if there is none.
func newSlots(children []literal) (slots []literal, mult uint64, shift uint8) {
	if len(children) > childrenMax {
		return nil, 0, 0
	}
	keys := keysOf(children)
	for n := max(2, 1<<bits.Len(uint(len(children)-1))); n <= slotsPerMax*len(children)+1; n *= 2 {
		shift = uint8(64 - bits.TrailingZeros(uint(n)))
		mult = mixA
		for range multiplesMax {
			to := func(key uint64) uint64 { return key * mult >> shift }
			if take(make([]bool, n), keys, to) {
				return fill(n, children, to), mult, shift
			}
			mult = fold(mult) | 1
		}
	}
	return nil, 0, 0
}

// keysOf lists the keys of children.
func keysOf(children []literal) []uint64 {
	keys := make([]uint64, len(children))
	for i := range children {
		keys[i] = children[i].key()
	}
	return keys
}

// fill makes n slots and puts children where to sends their keys.
func fill(n int, children []literal, to func(key uint64) uint64) []literal {
	slots := slices.Repeat([]literal{{branching: branching{node: node{first: slashes}}}}, n)
	for i := range children {
		slots[to(children[i].key())] = children[i]
	}
	return slots
}

// newBig places the children of a big node.
func newBig(children []literal) (slots []literal, pilots []uint16, b big, shift uint8) {
	n := 1 << bits.Len(uint(len(children)+len(children)/4))
	groups := max(2, n/8)
	shift = uint8(64 - bits.TrailingZeros(uint(n)))
	b = big{mult: mixA, shift: uint8(64 - bits.TrailingZeros(uint(groups)))}
	to := func(key uint64, pilot uint16) uint64 { return displace(key*b.mult, pilot) >> shift }
	for {
		in := make([][]uint64, groups)
		for _, key := range keysOf(children) {
			in[key*b.mult>>b.shift] = append(in[key*b.mult>>b.shift], key)
		}
		if pilots = findPilots(in, n, pilotMax, to); pilots != nil {
			slots = fill(n, children, func(key uint64) uint64 { return to(key, pilots[key*b.mult>>b.shift]) })
			return slots, pilots, b, shift
		}
		b.mult = fold(b.mult) | 1
	}
}
