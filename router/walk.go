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
	"math/bits"
)

// stepsMax is the number of nodes visited and matchers tried that a walk may take; real sets of thousands of routes
// need some tens.
const stepsMax = 256

// walk is the state of one lookup that all of its branches share. It lives on the stack.
type walk struct {
	t       *Table
	path    []byte
	short   [wordBytes]byte // the path and slashes, if it is shorter than a word
	method  Method
	want    MethodSet // pattern methods that answer
	allow   MethodSet // methods of the leaves that match and do not answer
	slash   bool      // a route answers path + "/" exactly
	noSlash bool      // a route answers the path without its last slash
	rest    bool      // what was found took more than the slash by a wildcard
	rare    bool      // the path has an escape or is unclean: what was found means nothing
	params  int       // how many of what was found, or restParams
}

// restParams says that the route knows how many params there are: the rest of the path may have a name or none.
const restParams = -1

// cursor is the place of a walk: a node, the number of the first leaf below it, the segment that is to be matched
// there, which begins beyond the path's end if there is none, and the params taken so far.
type cursor struct {
	node, base  uint32
	off, params int
}

// from returns the leaf that answers below a place, or 0.
func (w *walk) from(ps *Params, at, base uint32, off, params int) uint32 {
	path := w.path
	if len(path) < wordBytes {
		path = w.short[:]
	}
	var alt cursor
	at, base, off, params = w.t.glide(path, len(w.path), ps, &alt, at, base, off, params)
	return w.stopped(ps, cursor{at, base, off, params}, alt)
}

// stopped goes on where glide has stopped: there, and then at the way that glide did not take.
func (w *walk) stopped(ps *Params, c, alt cursor) uint32 {
	l, n := uint32(0), &w.t.nodes[c.node]
	switch {
	case c.off > len(w.path):
		l = w.ends(n, c.base, c.params)
	case c.off == len(w.path) || n.flags&(nodeOdd|nodeTyped|nodePlain|nodeMulti) != 0:
		l = w.choose(ps, n, c)
	}
	if l != 0 || alt.off == 0 || w.rare {
		return l
	}
	end, escaped := segmentEnd(w.path, alt.off)
	return w.otherwise(ps, &w.t.nodes[alt.node], alt, w.path[alt.off:end], escaped)
}

// glide goes from segment to segment as long as there is no choice, and returns the place where it stops: behind the
// end of the path, or at a segment for choose. The path has eight bytes at least, of which size are its own.
//
// A first choice between a literal and {name} is none yet: glide takes the literal, notes the place in alt, and goes
// back there if it comes to a segment for which there is nothing at all.
//
// There is no call in it, so that what it needs can stay in registers: with calls for its rare cases, spilling around
// them was half of its instructions.
//
// long: it is the inner loop of the package and reads top-down.
func (t *Table) glide(path []byte, size int, ps *Params, alt *cursor, at, base uint32, off, params int) (uint32, uint32, int, int) {
	nodes, children := t.nodes, t.children
	last := len(path) - wordBytes
	tail := binary.LittleEndian.Uint64(path[last:])
	tried := -1 // offset of alt once we are back there: no literal again
	for off < size {
		n := &nodes[at]
		var word uint64
		if off <= last {
			word = binary.LittleEndian.Uint64(path[off:])
		} else {
			over := uint(off-last) * 8 // less than 64, as off is less than size
			word = tail>>(over&63) | slashes<<(-over&63)
		}
		stop := slashesIn(word)
		if n.shift != 0 && off != tried {
			first, second := word&through(stop), uint64(0)
			key := first
			if stop == 0 {
				second = slashes
				if rest := off + wordBytes; rest <= last {
					second = binary.LittleEndian.Uint64(path[rest:])
				} else if rest < size {
					over := uint(rest-last) * 8
					second = tail>>(over&63) | slashes<<(-over&63)
				}
				second &= through(slashesIn(second))
				key += second * mixB
			}
			h := key * n.mult
			if n.flags&nodeBig != 0 {
				g := &t.big[n.mult]
				h = key * g.mult
				h = displace(h, t.pilots[g.pilots+uint32(h>>(g.shift&63))])
			}
			s := &children[n.lits+uint32(h>>(n.shift&63))]
			if s.first == first && s.second == second {
				if s.flags != 0 { // rare: see literals.go
					end := off + int(s.len)
					if s.flags&childOdd != 0 || end > size || end < size && path[end] != '/' {
						break
					}
					lit, same := t.lits[s.off:s.off+uint32(s.len)], true
					for k := 2 * wordBytes; k < len(lit) && same; k += wordBytes {
						k := min(k, len(lit)-wordBytes)
						same = binary.LittleEndian.Uint64(lit[k:]) == binary.LittleEndian.Uint64(path[off+k:])
					}
					if !same {
						break
					}
				}
				if n.flags&nodeChoice != 0 {
					if n.flags&nodePlain == 0 || alt.off != 0 && tried < 0 {
						break
					}
					*alt, tried = cursor{at, base, off, params}, -1
				}
				at, base, off = s.to, base+s.add, off+int(s.len)+1
				continue
			}
		}
		if n.flags&nodePlain == 0 {
			if n.flags&(nodeOdd|nodeTyped|nodeMulti) != 0 || alt.off == 0 || tried >= 0 {
				break
			}
			at, base, off, params = alt.node, alt.base, alt.off, alt.params
			tried = off
			continue
		}
		if stop == 0 || uint8(word)|1 == '/' || percentIn(word, stop) {
			break
		}
		length := bits.TrailingZeros64(stop) >> 3
		ps.span[uint(params)%ParamsMax] = span{uint16(off), uint16(length)}
		at, base, off, params = n.param, base+n.paramAdd, off+length+1, params+1
	}
	if tried >= 0 {
		alt.off = 0 // there is nothing to go back to
	}
	return at, base, off, params
}

// ends answers at the node to which the whole path leads.
func (w *walk) ends(n *node, base uint32, params int) uint32 {
	w.params = params
	if n.flags&nodeLeaf != 0 && w.answers(base) {
		return base
	}
	if w.t.slash == SlashIgnore && n.flags&nodeEnd != 0 && w.answers(base+n.end()) {
		return base + n.end()
	}
	leaves := w.t.leaves
	w.slash = w.slash ||
		n.flags&nodeEnd != 0 && leaves[base+n.end()].methods&w.want != 0 ||
		n.flags&nodeMulti != 0 && leaves[base+n.multi].methods&w.want != 0
	return 0
}

// choose tries all that a segment can be, the most specific first.
func (w *walk) choose(ps *Params, n *node, c cursor) uint32 {
	end, escaped := segmentEnd(w.path, c.off)
	seg := w.path[c.off:end]
	switch {
	case len(seg) == 0 && end == len(w.path):
		return w.endsInSlash(ps, n, c)
	case len(seg) == 0 || escaped || seg[0] == '.' && dots(seg) > 0:
		w.rare = true
		return 0
	}
	if s := w.t.literal(n, c.node, seg); s != nil {
		if l := w.from(ps, s.to, c.base+s.add, end+1, c.params); l != 0 || w.rare {
			return l
		}
	}
	return w.otherwise(ps, n, c, seg, escaped)
}

// otherwise tries what a segment can be besides a literal.
func (w *walk) otherwise(ps *Params, n *node, c cursor, seg []byte, escaped bool) uint32 {
	if escaped || seg[0] == '.' && dots(seg) > 0 {
		w.rare = true
		return 0
	}
	if n.typedLen != 0 {
		if l := w.typed(ps, n, c, seg); l != 0 || w.rare {
			return l
		}
	}
	if n.param != 0 {
		ps.span[c.params%ParamsMax] = span{uint16(c.off), uint16(len(seg))}
		if l := w.from(ps, n.param, c.base+n.paramAdd, c.off+len(seg)+1, c.params+1); l != 0 || w.rare {
			return l
		}
	}
	l := w.multi(ps, n, c)
	w.rest = w.rest || l != 0
	return l
}

// typed tries the params with a type or affixes.
func (w *walk) typed(ps *Params, n *node, c cursor, seg []byte) uint32 {
	for i := range w.t.params[n.typed:][:n.typedLen] {
		e := &w.t.params[int(n.typed)+i]
		if !w.t.matches(e, seg) {
			continue
		}
		ps.span[c.params%ParamsMax] = span{uint16(c.off) + e.preLen, uint16(len(seg)) - e.preLen - e.sufLen}
		if l := w.from(ps, e.to, c.base+e.add, c.off+len(seg)+1, c.params+1); l != 0 || w.rare {
			return l
		}
	}
	return 0
}

// endsInSlash answers for the empty segment after a trailing slash.
func (w *walk) endsInSlash(ps *Params, n *node, c cursor) uint32 {
	w.params = c.params
	if n.flags&nodeEnd != 0 && w.answers(c.base+n.end()) {
		return c.base + n.end()
	}
	if w.withoutSlash(n, c.base) {
		return c.base
	}
	return w.multi(ps, n, c)
}

// withoutSlash reports whether the node answers as if there were no trailing slash, and notes if it could.
func (w *walk) withoutSlash(n *node, base uint32) bool {
	if w.t.slash == SlashStrict || n.flags&nodeLeaf == 0 || w.t.leaves[base].methods&w.want == 0 {
		return false
	}
	w.noSlash = true
	return w.t.slash == SlashIgnore
}

// multi answers by the node's wildcard, which takes the path from the segment on.
func (w *walk) multi(ps *Params, n *node, c cursor) uint32 {
	if n.flags&nodeMulti == 0 || !w.answers(c.base+n.multi) {
		return 0
	}
	if c.params < ParamsMax { // or else it has no name
		ps.span[c.params] = span{uint16(c.off), uint16(len(w.path) - c.off)}
	}
	w.params = restParams
	w.rare = !plain(w.path[c.off-1:])
	return c.base + n.multi
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
