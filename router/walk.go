package router

// This file walks the tree of nodes along a path without escapes.
//
// The walk goes depth first, the most specific child first, and backs up where a child does not lead to a leaf that
// answers: /a/{x:int}/b and /a/{y}/c both live. Registered patterns that match one request are a chain, each a strict
// subset of the next, since any others are a conflict; so the first leaf the walk meets is the most specific one. A
// walk that finds none has met every leaf that matches the path, and so knows what to allow.
//
// It reads eight bytes of the path at a time, and each of them once: the end of a segment, a literal, an escape and
// an unclean segment are all found in the word that is at hand (word.go). As long as there is no choice it is a loop
// over segments whose state is in registers; a node with a choice calls the walk anew for the first way, and tries
// the next if that comes back. What it does not do itself it leaves to those who are asked less often: escapes are
// for query.go, and so is a path that turns out to be unclean.
//
// Time. A walk enters each node at most once per way to it, so 2ⁿ routes that offer a literal beside a parameter at
// each of n levels would still make one path enter 2ⁿ nodes. Therefore Compile computes how many steps the worst path
// takes (stepsBound), and a tree that could take more than stepsMax is searched by columns.go instead, level by level
// and 64 routes at a time.

import (
	"encoding/binary"
)

// stepsMax is the number of nodes visited and matchers tried that a walk may take; real sets of thousands of routes
// need some tens.
const stepsMax = 256

// walk is the state of one lookup that all of its branches share. It lives on the stack.
type walk struct {
	t         *Table
	path      []byte
	short     [wordBytes]byte // the path and slashes, if it is shorter than a word
	method    Method
	want      MethodSet // pattern methods that answer
	allow     MethodSet // methods of the leaves that match and do not answer
	slash     bool      // a route answers path + "/" exactly
	noSlash   bool      // a route answers the path without its last slash
	other     uint32    // leaf that answers the path but for its last slash, if SlashIgnore
	later     uint32    // leaf of the first wildcard at the end that was met, if there are some in the middle
	laterRest bool      // … took more than the slash
	rest      bool      // what was found took more than the slash by a wildcard
	rare      bool      // the path has an escape or is unclean: what was found means nothing
	params    int       // how many of what was found, or restParams
}

// restParams says that the route knows how many params there are: the rest of the path may have a name or none.
const restParams = -1

// place is where a walk is: a node, the number of the first leaf below it, the segment that is to be matched there,
// which begins beyond the path's end if there is none, and the params taken so far.
type place struct {
	node, base  uint32
	off, params int
}

// way is where glide is, and the first place where it took a literal and could have taken something else; its off is
// 0 if there was none.
type way struct {
	place
	alt place
}

// from returns the leaf that answers below a place, or 0.
func (w *walk) from(ps *Params, at, base uint32, off, params int) uint32 {
	path := w.path
	if len(path) < wordBytes {
		path = w.short[:]
	}
	to := way{place: place{at, base, off, params}}
	w.t.glide(path, ps, &to)
	return w.stopped(ps, to.place, to.alt)
}

// stopped goes on where glide has stopped: there, and then at the way that glide did not take.
func (w *walk) stopped(ps *Params, c, alt place) uint32 {
	l, n := uint32(0), &w.t.nodes[c.node]
	switch {
	case c.off > len(w.path):
		l = w.ends(c.node, c.base, c.params)
	case c.off == len(w.path) || n.flags&(nodeOdd|nodeTyped|nodePlain|nodeTails|nodeMulti) != 0:
		l = w.choose(ps, c)
	}
	if l != 0 || alt.off == 0 || w.rare {
		return l
	}
	end, _ := segmentEnd(w.path, alt.off) // glide found it to be a literal, so it is clean
	return w.otherwise(ps, alt, w.path[alt.off:end])
}

// glide goes from segment to segment as long as there is no choice. It leaves in c the place where it stops, behind the
// end of the path or at a segment for choose, and returns that place's node and offset. The path has eight bytes at
// least; one that had less was filled up with slashes, where it stops at the latest, as at any empty segment.
//
// A first choice between a literal and something else is none yet: glide takes the literal and notes the place in alt.
//
// What the loop costs is the number of its instructions: on a Zen 3 it does five of them per cycle. So what is rare is
// out of line, and what is only needed at the end (node and base) stays in memory, for a value that finds no register
// costs more than that.
func (t *Table) glide(path []byte, ps *Params, c *way) (n *node, off int) {
	nodes := t.nodes
	n, off = &nodes[c.node], c.off
	for {
		var word uint64
		if last := len(path) - wordBytes; off <= last {
			word = binary.LittleEndian.Uint64(path[off:])
		} else if off < len(path) {
			word = endIn(path, off)
		} else {
			break
		}
		stop := slashesIn(word)
		seg := through(stop)
		step := counted(seg)
		if n.lits != 0 {
			i := n.lits>>shiftBits + uint32(word&seg*n.mult>>(n.lits&63))
			if stop == 0 || n.flags&nodeBig != 0 {
				i, step = t.far(path, off, n, word)
			}
			if s := &nodes[i]; s.first == word&seg {
				if n.flags&nodeChoice != 0 {
					if c.alt.off != 0 {
						break
					}
					c.alt = place{c.node, c.base, off, c.params}
				}
				n = s
				off += step
				c.node = i
				c.base += uint32(s.add)
				continue
			}
		}
		if n.flags&nodePlain == 0 || uint8(word)|1 == '/' || percentIn(word, stop) {
			break
		}
		if stop == 0 {
			if step = farValue(path, off); step == 0 {
				break
			}
		}
		ps.span[c.params%ParamsMax] = span{uint16(off), uint16(step - 1)}
		c.params++
		off += step
		c.node = n.param
		n = &nodes[n.param]
		c.base += uint32(n.add)
	}
	c.off = off
	return n, off
}

// ends answers at the node to which the whole path leads.
func (w *walk) ends(at, base uint32, params int) uint32 {
	n := &w.t.nodes[at]
	w.params = params
	if n.flags&nodeLeaf != 0 && w.answers(base) {
		return base
	}
	leaves := w.t.leaves
	if n.flags&nodeEnd != 0 && leaves[base+n.end()].methods&w.want != 0 {
		w.slash = true
		w.note(base + n.end())
	}
	w.slash = w.slash || n.flags&nodeMulti != 0 && leaves[base+w.t.rare[at].multi].methods&w.want != 0
	return 0
}

// choose tries all that a segment can be, the most specific first.
func (w *walk) choose(ps *Params, c place) uint32 {
	end, escaped := segmentEnd(w.path, c.off)
	seg := w.path[c.off:end]
	switch {
	case len(seg) == 0 && end == len(w.path):
		return w.endsInSlash(ps, c)
	case len(seg) == 0 || escaped || seg[0] == '.' && dots(seg) > 0:
		w.rare = true
		return 0
	}
	if to := w.t.literal(c.node, seg); to != 0 {
		if l := w.enter(ps, c, to, end); l != 0 || w.rare {
			return l
		}
	}
	return w.otherwise(ps, c, seg)
}

// otherwise tries what a segment can be besides a literal.
func (w *walk) otherwise(ps *Params, c place, seg []byte) uint32 {
	n := &w.t.nodes[c.node]
	if n.flags&nodeTyped != 0 {
		if l := w.typed(ps, c, seg); l != 0 || w.rare {
			return l
		}
	}
	if n.param != 0 {
		ps.span[c.params%ParamsMax] = span{uint16(c.off), uint16(len(seg))}
		if l := w.enter(ps, c.with(1), n.param, c.off+len(seg)); l != 0 || w.rare {
			return l
		}
	}
	if n.flags&nodeTails != 0 {
		if l := w.tails(ps, c); l != 0 || w.rare {
			return l
		}
	}
	return w.multi(ps, c)
}

// enter goes from a place to a child, by the segment that ends at end.
func (w *walk) enter(ps *Params, c place, to uint32, end int) uint32 {
	return w.from(ps, to, c.base+uint32(w.t.nodes[to].add), end+1, c.params)
}

// with is the place with n params more.
func (c place) with(n int) place {
	c.params += n
	return c
}

// typed tries the params with a type or affixes.
func (w *walk) typed(ps *Params, c place, seg []byte) uint32 {
	r := &w.t.rare[c.node]
	for i := range w.t.params[r.typed:][:r.typedLen] {
		e := &w.t.params[int(r.typed)+i]
		if !w.t.matches(e, seg) {
			continue
		}
		ps.span[c.params%ParamsMax] = span{uint16(c.off) + e.preLen, uint16(len(seg)) - e.preLen - e.sufLen}
		if l := w.enter(ps, c.with(1), e.to, c.off+len(seg)); l != 0 || w.rare {
			return l
		}
	}
	return 0
}

// tails tries what stands behind wildcards in the middle, which take the path from the segment on.
func (w *walk) tails(ps *Params, c place) uint32 {
	r := &w.t.rare[c.node]
	for _, tl := range w.t.tails[r.tails:][:r.tailsLen] {
		for segs := range w.t.cuts(&tl, w.path[len(w.path)-1] == '/') {
			end := lastSegments(w.path, segs)
			if end <= c.off {
				continue // nothing is left for the wildcard
			}
			if w.rare = !plain(w.path[c.off-1 : min(end+1, len(w.path))]); w.rare {
				return 0
			}
			ps.span[c.params%ParamsMax] = span{uint16(c.off), uint16(end - c.off)}
			if l := w.enter(ps, c.with(1), tl.to, end); l != 0 || w.rare {
				return l
			}
		}
	}
	return 0
}

// endsInSlash answers for the empty segment after a trailing slash.
func (w *walk) endsInSlash(ps *Params, c place) uint32 {
	n := &w.t.nodes[c.node]
	w.params = c.params
	if n.flags&nodeEnd != 0 && w.answers(c.base+n.end()) {
		return c.base + n.end()
	}
	w.withoutSlash(n, c.base)
	return w.multi(ps, c)
}

// withoutSlash notes if the node answers as if there were no trailing slash.
func (w *walk) withoutSlash(n *node, base uint32) {
	if w.t.slash != SlashStrict && n.flags&nodeLeaf != 0 && w.t.leaves[base].methods&w.want != 0 {
		w.noSlash = true
		w.note(base)
	}
}

// note keeps the first leaf that answers but for the last slash.
func (w *walk) note(at uint32) {
	if w.t.slash == SlashIgnore && w.other == 0 {
		w.other = at
	}
}

// multi answers by the node's wildcard, which takes the path from the segment on.
func (w *walk) multi(ps *Params, c place) uint32 {
	if w.t.nodes[c.node].flags&nodeMulti == 0 {
		return 0
	}
	at := c.base + w.t.rare[c.node].multi
	if !w.answers(at) {
		return 0
	}
	w.rare = !plain(w.path[c.off-1:])
	if at = w.wildcard(at, c.off < len(w.path)); at == 0 {
		return 0
	}
	if c.params < ParamsMax { // or else it has no name
		ps.span[c.params] = span{uint16(c.off), uint16(len(w.path) - c.off)}
	}
	w.params = restParams
	return at
}

// wildcard returns the leaf of a wildcard at the end, which answers. Rest says that it takes more than a slash. If the
// table has wildcards in the middle it only notes the leaf, for one of those may be met later and is more specific:
// /{a...}/b is within /{x}/, although {x} comes first.
func (w *walk) wildcard(at uint32, rest bool) uint32 {
	switch {
	case len(w.t.tails) == 0:
		w.rest = w.rest || rest
		return at
	case w.later == 0:
		w.later, w.laterRest = at, rest
	}
	return 0
}

// orLater returns what the walk has found, or the wildcard that it has met on its way.
func (w *walk) orLater(at uint32) uint32 {
	if at == 0 && w.later != 0 {
		w.rest = w.laterRest
		return w.later
	}
	return at
}

// answers reports whether a leaf answers, and notes its methods if it does not.
func (w *walk) answers(at uint32) bool {
	m := w.t.leaves[at].methods
	if m&w.want != 0 {
		return true
	}
	w.allow |= m
	return false
}
