package router

// This file holds how a node finds the child of a literal segment: by one multiplication. The key is made of the
// segment's first sixteen bytes, up to the slash behind it if that is one of them; the node's multiplier, found at
// compile time, sends the keys of its children to different slots of its run. A slot holds the same sixteen bytes, so
// that most literals are compared without touching the text.
//
//	"issues"           first = "issues/"   second = 0          key = first
//	"subscriptions"    first = "subscrip"  second = "tions/"   key = first + second × a constant
//	                                                           slot = key × node.mult >> node.shift
//
// For n keys to be told apart by one multiplication there must be about n² slots. A big node has fewer, and a number
// (pilot) for each small group of its keys that says how to send them elsewhere once more, as in hash.go.
//
// What the first sixteen bytes do not tell apart is odd: literals that have them in common, and those with a '%' or a
// '/', which a path has only in escapes. Odd literals are in the index.

import (
	"math/bits"
	"slices"
	"strings"
)

// child is the slot of a literal segment. One without a child has more slashes than any key.
type child struct {
	first, second uint64 // see above
	off           uint32 // of the text
	to, add       uint32 // node, and what its leaves' numbers are above the parent's
	len           uint16
	flags         uint16
}

const (
	childLong = 1 << iota // there is more to compare than first and second
	childOdd              // ask the index
)

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

// key is that of a slot.
func (c *child) key() uint64 { return c.first + c.second*mixB }

// slot returns the slot for a key. The node must have slots.
func (t *Table) slot(n *node, key uint64) *child {
	h := key * n.mult
	if n.flags&nodeBig != 0 {
		b := &t.big[n.mult]
		h = key * b.mult
		h = displace(h, t.pilots[b.pilots+uint32(h>>b.shift)])
	}
	return &t.children[n.lits+uint32(h>>n.shift)]
}

// literal returns the child of a node that a decoded segment leads to, or nil.
func (t *Table) literal(n *node, at uint32, seg []byte) *child {
	if n.shift != 0 {
		key, _, _ := keyOf(seg)
		s := t.slot(n, key)
		if s.flags&childOdd == 0 && int(s.len) == len(seg) && t.text[s.off:s.off+uint32(s.len)] == string(seg) {
			return s
		}
	}
	if n.flags&nodeOdd != 0 {
		if k := t.edges.find(t.text, at, seg); k != 0 {
			return &t.odd[k]
		}
	}
	return nil
}

// partOdd parts children into those for slots, one per key, and those for the index.
func partOdd(text string, all []child) (plain, odd []child) {
	at := map[uint64]int{}
	for _, c := range all {
		lit := text[c.off : c.off+uint32(c.len)]
		_, c.first, c.second = keyOf([]byte(lit))
		if len(lit) >= 2*wordBytes {
			c.flags = childLong
		}
		i, twice := at[c.key()]
		switch {
		case strings.Contains(lit, "/"):
			odd = append(odd, c)
			continue
		case twice && plain[i].flags&childOdd == 0:
			odd = append(odd, plain[i], c)
			plain[i].flags |= childOdd
			continue
		case twice:
			odd = append(odd, c)
			continue
		case strings.Contains(lit, "%"):
			odd = append(odd, c)
			c.flags |= childOdd
		}
		at[c.key()] = len(plain)
		plain = append(plain, c)
	}
	return plain, odd
}

// newSlots places children in as few slots as a multiplier can be found for. It returns nil if there is none.
func newSlots(children []child) (slots []child, mult uint64, shift uint8) {
	if len(children) > childrenMax {
		return nil, 0, 0
	}
	for n := max(2, 1<<bits.Len(uint(len(children)-1))); n <= slotsPerMax*len(children)+1; n *= 2 {
		shift = uint8(64 - bits.TrailingZeros(uint(n)))
		mult = mixA
		for range multiplesMax {
			slots = emptySlots(n)
			if put(slots, children, func(c *child) uint64 { return c.key() * mult >> shift }) {
				return slots, mult, shift
			}
			mult = fold(mult) | 1
		}
	}
	return nil, 0, 0
}

// emptySlots makes n slots.
func emptySlots(n int) []child { return slices.Repeat([]child{{first: slashes}}, n) }

// put places children into slots; if two meet, or one meets another's, it takes them out again.
func put(slots, children []child, to func(c *child) uint64) bool {
	for i := range children {
		s := &slots[to(&children[i])]
		if s.len != 0 {
			for k := range i {
				slots[to(&children[k])] = child{first: slashes}
			}
			return false
		}
		*s = children[i]
	}
	return true
}

// newBig places the children of a big node.
func newBig(children []child) (slots []child, pilots []uint16, b big, shift uint8) {
	n := 1 << bits.Len(uint(len(children)+len(children)/4))
	groups := max(2, n/8)
	shift = uint8(64 - bits.TrailingZeros(uint(n)))
	b = big{mult: mixA, shift: uint8(64 - bits.TrailingZeros(uint(groups)))}
	for {
		slots, pilots = emptySlots(n), make([]uint16, groups)
		if b.settle(slots, pilots, children, shift) {
			return slots, pilots, b, shift
		}
		b.mult = fold(b.mult) | 1
	}
}

// settle finds the pilots for a multiplier, those of the largest groups first.
func (b *big) settle(slots []child, pilots []uint16, children []child, shift uint8) bool {
	groups := make([][]child, len(pilots))
	for _, c := range children {
		g := c.key() * b.mult >> b.shift
		groups[g] = append(groups[g], c)
	}
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(groups[b]) - len(groups[a]) })
	for _, g := range order {
		pilot := 0
		for !put(slots, groups[g], func(c *child) uint64 { return displace(c.key()*b.mult, uint16(pilot)) >> shift }) {
			if pilot++; pilot > pilotMax {
				return false
			}
		}
		pilots[g] = uint16(pilot)
	}
	return true
}
