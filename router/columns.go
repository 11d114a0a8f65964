package router

// This file searches the trees that a walk could take too long for: sets with a
// literal beside a parameter at level after level. Such a path leads to many
// branches at once, so instead of one after the other all leaves are followed
// together, as a set of bits:
//
//	alive := all leaves
//	for each segment of the path:
//		alive ∩= leaves whose pattern matches it at this level
//	alive ∩= leaves that end here
//
// Leaves are numbered most specific first, so the first live bit that answers
// the method is the result. For each level there is one set per distinct literal
// and per distinct matcher; a segment selects one literal and some matchers. A
// set with few members is a list, others are bits: all sets of a level together
// take no more than a few words per leaf, so memory is linear in the patterns. The
// sets of a level have one member per leaf together, so that a segment costs at
// most one step per leaf, and leaves/64 where one large set is what it selects.

import (
	"math/bits"
	"slices"
)

type columns struct {
	first  uint32  // leaf of bit 0
	n      int     // leaves
	levels []level // one more than the longest pattern has segments
	lits   index   // (level, text) → number of its set + 1
	keys   []slot  // of lits, while it is built
	sets   []set
	bits   []uint64
	list   []uint16
	mids   []midColumn // patterns with a wildcard in the middle, which are in no level, by leaf
}

// level i of a set of columns. Masks are offsets into bits, one bit per leaf.
type level struct {
	matchers []edge // edge.to is the number of its set
	open     uint32 // mask: a wildcard stands at a level up to i and takes the rest
	end      uint32 // mask: {$} stands at level i
	done     uint32 // mask: the pattern has i segments and no wildcard
	slash    uint32 // mask: {$} or a wildcard stands at level i
}

// set is list[off:off+n], or the mask at off if dense.
type set struct {
	off, n uint32
	dense  bool
}

type mask [(routesMax + 63) / 64]uint64

// stepsBound returns how many steps the longest walk below n takes: it enters at
// most one literal, every param and every tail.
func stepsBound(n *branch) int {
	bound := 0
	for _, to := range n.lits {
		bound = max(bound, stepsBound(to))
	}
	for _, p := range n.params {
		bound += 1 + stepsBound(p.to)
	}
	for _, t := range n.tails {
		bound += 2 * (1 + stepsBound(t.to)) // see cuts
	}
	return 1 + bound
}

// columns builds the columns of the leaves from first on.
func (f *flattener) columns(first int) *columns {
	pats := f.first[first:]
	c := &columns{first: uint32(first), n: len(pats)}
	depth := 1
	for l, p := range pats {
		if mid := p.mid(); mid >= 0 {
			c.mids = append(c.mids, midColumn{uint32(first + l), f.pieces(p.segs[:mid]), f.pieces(p.segs[mid+1:])})
			continue
		}
		depth = max(depth, len(p.segs))
	}
	c.levels = make([]level, depth+1)
	for i := range c.levels {
		c.masks(i, pats)
		f.fillLevel(c, i, pats)
	}
	return c
}

func (c *columns) words() int { return (c.n + 63) / 64 }

// mask adds the mask of the leaves that in selects.
func (c *columns) mask(in func(leaf int) bool) uint32 {
	off := len(c.bits)
	c.bits = append(c.bits, make([]uint64, c.words())...)
	for l := range c.n {
		if in(l) {
			c.bits[off+l/64] |= 1 << (l % 64)
		}
	}
	return uint32(off)
}

func (c *columns) masks(i int, pats []*pattern) {
	last := func(l int) (kind segmentKind, at int) {
		s := pats[l].segs
		if pats[l].mid() >= 0 {
			return segMid, -1
		}
		return s[len(s)-1].kind, len(s) - 1
	}
	lv := &c.levels[i]
	lv.open = c.mask(func(l int) bool { k, at := last(l); return k == segMulti && at <= i })
	lv.end = c.mask(func(l int) bool { k, at := last(l); return k == segEnd && at == i })
	lv.done = c.mask(func(l int) bool { k, at := last(l); return k != segMulti && k != segMid && at == i-1 })
	lv.slash = c.mask(func(l int) bool { k, at := last(l); return (k == segMulti || k == segEnd) && at == i })
}

// fillLevel adds the sets of the literals and matchers at level i.
func (f *flattener) fillLevel(c *columns, i int, pats []*pattern) {
	lits := map[string][]uint16{}
	params := map[*matcher][]uint16{}
	for l, p := range pats {
		if i >= len(p.segs) || p.mid() >= 0 {
			continue
		}
		switch s := p.segs[i]; s.kind {
		case segLiteral:
			lits[s.text] = append(lits[s.text], uint16(l))
		case segParam:
			params[s.m] = append(params[s.m], uint16(l))
		}
	}
	for text, leaves := range lits {
		c.keys = append(c.keys, f.key(uint32(i), text, c.set(leaves)+1))
	}
	for m, leaves := range params {
		e := f.edge(m)
		e.to = c.set(leaves)
		c.levels[i].matchers = append(c.levels[i].matchers, e)
	}
}

// set adds a set of leaves, given in ascending order.
func (c *columns) set(leaves []uint16) uint32 {
	s := set{n: uint32(len(leaves)), dense: len(leaves) > c.n/32}
	if s.dense {
		s.off = c.mask(func(l int) bool { _, ok := slices.BinarySearch(leaves, uint16(l)); return ok })
	} else {
		s.off = uint32(len(c.list))
		c.list = append(c.list, leaves...)
	}
	c.sets = append(c.sets, s)
	return uint32(len(c.sets) - 1)
}

// matchColumns is below by columns. It notes all methods at once where nothing answers.
func (w *walk) matchColumns(c *columns, q *query) uint32 {
	var alive mask
	depth := c.run(w.t, q, &alive)
	lv, open := &c.levels[depth], c.levels[depth-1].open
	if q.n == depth {
		w.slash = w.slash || c.pick(w.t, &alive, lv.slash, w.want) != 0
		if l := c.pick(w.t, &alive, lv.end, w.want); l != 0 {
			w.note(l)
		}
		if l := c.pick(w.t, &alive, lv.done, w.want); l != 0 {
			return l
		}
		w.allow |= c.methods(w.t, &alive, lv.done)
	}
	if l := w.matchMids(c, q); l != 0 {
		return l
	}
	c.withoutSlash(w, q)
	l := c.pick(w.t, &alive, open, w.want)
	if l == 0 {
		w.allow |= c.methods(w.t, &alive, open)
	}
	w.rest = w.rest || l != 0 && !c.takesSlash(l, q)
	return l
}

// withoutSlash is walk.withoutSlash by columns: it goes again, without the empty segment at the end.
func (c *columns) withoutSlash(w *walk, q *query) {
	if w.t.slash == SlashStrict || q.n < 2 || len(q.segment(q.n-1)) > 0 {
		return
	}
	q.n--
	defer func() { q.n++ }()
	l := uint32(0)
	if q.n < len(c.levels) {
		var alive mask
		depth := c.run(w.t, q, &alive)
		l = c.pick(w.t, &alive, c.levels[depth].done, w.want)
	}
	for i := 0; i < len(c.mids) && l == 0; i++ {
		if m := &c.mids[i]; w.t.leaves[m.leaf].methods&w.want != 0 && m.matches(w.t, q, false) {
			l = m.leaf
		}
	}
	if l != 0 {
		w.noSlash = true
		w.note(l)
	}
}

// takesSlash reports whether a leaf is that of a wildcard which takes nothing but the last slash of the path.
func (c *columns) takesSlash(leaf uint32, q *query) bool {
	if q.n > len(c.levels) || len(q.segment(q.n-1)) > 0 {
		return false
	}
	bit := leaf - c.first
	return c.bits[c.levels[q.n-1].slash+bit/64]>>(bit%64)&1 != 0
}

// methods returns the methods of all leaves that are alive and in the mask at off.
func (c *columns) methods(t *Table, alive *mask, off uint32) (set MethodSet) {
	for w, b := range c.bits[off : int(off)+c.words()] {
		for live := alive[w] & b; live != 0; live &= live - 1 {
			set |= t.leaves[int(c.first)+w*64+bits.TrailingZeros64(live)].methods
		}
	}
	return set
}

// run leaves alive the leaves that match the path as far as both go, and
// returns the number of levels it looked at.
func (c *columns) run(t *Table, q *query, alive *mask) (depth int) {
	var next mask
	words := c.words()
	for w := range words {
		alive[w] = ^uint64(0)
	}
	depth = min(q.n, len(c.levels)-1)
	for i := range depth {
		lv, seg := &c.levels[i], q.segment(i)
		c.keepMask(&next, alive, lv.open)
		if len(seg) == 0 {
			c.keepMask(&next, alive, lv.end)
		} else {
			c.segment(t, lv, i, seg, &next, alive)
		}
		copy(alive[:words], next[:words])
		clear(next[:words])
	}
	return depth
}

// segment keeps the leaves that have seg as a literal at this level or a matcher
// that matches it.
func (c *columns) segment(t *Table, lv *level, i int, seg []byte, next, alive *mask) {
	if s := c.lits.find(t.text, uint32(i), seg); s != 0 {
		c.keep(next, alive, c.sets[s-1])
	}
	for k := range lv.matchers {
		if e := &lv.matchers[k]; t.matches(e, seg) {
			c.keep(next, alive, c.sets[e.to])
		}
	}
}

// keep adds to next what is alive and in s.
func (c *columns) keep(next, alive *mask, s set) {
	if s.dense {
		c.keepMask(next, alive, s.off)
		return
	}
	for _, l := range c.list[s.off : s.off+s.n] {
		next[l/64] |= alive[l/64] & (1 << (l % 64))
	}
}

func (c *columns) keepMask(next, alive *mask, off uint32) {
	for w, b := range c.bits[off : int(off)+c.words()] {
		next[w] |= alive[w] & b
	}
}

// pick returns the first leaf that is alive, in the mask at off and answers.
func (c *columns) pick(t *Table, alive *mask, off uint32, want MethodSet) uint32 {
	for w, b := range c.bits[off : int(off)+c.words()] {
		for live := alive[w] & b; live != 0; live &= live - 1 {
			if at := c.first + uint32(w*64+bits.TrailingZeros64(live)); t.leaves[at].methods&want != 0 {
				return at
			}
		}
	}
	return 0
}
