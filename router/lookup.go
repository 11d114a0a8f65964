package router

// This file answers a request from the table. Reading order is the order of
// work: the host, the static probe, the split, the walk, and the rare cases.
//
// The walk goes depth first, the most specific child first, and backs up where
// a child does not lead to a leaf that answers: /a/{x:int}/b and /a/{y}/c both
// live. Registered patterns that match one request are a chain, each a strict
// subset of the next, since any others are a conflict; so the first leaf the
// walk meets is the most specific one.
//
// Time. A walk visits each node at most once, so it is never exponential in
// the size of the table; but 2ⁿ routes that offer a literal beside a parameter at
// each of n levels would still make one path visit 2ⁿ nodes. Therefore Compile
// computes how many steps the worst path takes (stepsBound), and a tree that
// could take more than stepsMax is searched by columns.go instead, level by
// level and 64 routes at a time.

import "math/bits"

// pathBytesMax is the longest path that is matched; a longer one is NotFound.
const pathBytesMax = 1<<16 - 1

// stepsMax is the number of nodes visited and matchers tried that a walk may
// take; real sets of thousands of routes need some tens.
const stepsMax = 256

// noHost is the number of the tree for routes without a host.
const noHost = 0

// Lookup finds the route for a request. The path is the request target's, raw
// and without the query; host is the Host field or the target's authority, with
// or without port, in any case. A path that is empty or does not begin with '/',
// has an invalid percent escape or is longer than 65535 bytes is NotFound.
//
// ps must not be nil and is overwritten; host and path are only read and may be
// reused as soon as the params are not needed any more. Lookup does not allocate.
func (t *Table) Lookup(m Method, host, path []byte, ps *Params) Match {
	ps.n = 0
	if m >= methodCount {
		m = MethodAny
	}
	if len(path) == 0 || path[0] != '/' || len(path) > pathBytesMax {
		return Match{Route: -1}
	}
	own := t.hostTree(host)
	if id := t.exact(own, m, path); id >= 0 {
		return Match{Route: id, Kind: Found}
	}
	var q query
	escaped, unclean := q.split(path)
	if unclean {
		return failUnclean(m)
	}
	if escaped {
		return t.lookupEscaped(own, m, path, &q, ps)
	}
	res := t.search(own, m, path, &q)
	if res.Kind == Found {
		t.fill(ps, res.Route, path, &q)
	}
	return res
}

// exact finds a static route that is written as the path is. No other route of
// its host can be more specific.
func (t *Table) exact(tree uint32, m Method, path []byte) int32 {
	return t.pick(t.static.find(t.text, tree, path), m)
}

// pick returns the route of a leaf that answers m, or -1.
func (t *Table) pick(at uint32, m Method) int32 {
	l := &t.leaves[at]
	switch {
	case l.methods.Has(m):
	case m == MethodHead && l.methods.Has(MethodGet):
		m = MethodGet
	case l.methods.Has(MethodAny):
		m = MethodAny
	default:
		return -1
	}
	return t.ids[l.first+uint32(bits.OnesCount16(uint16(l.methods&(m.bit()-1))))]
}

// search tries the host's own tree, then the one of routes without host. As
// net/http does, it prefers path + "/" to a wildcard of which path is no whole
// subtree: with "/" and "/x/" registered, "/x" is redirected to "/x/".
func (t *Table) search(own uint32, m Method, path []byte, q *query) Match {
	q.want = answering[m]
	at := t.match(own, q)
	if at == 0 && own != noHost {
		if id := t.exact(noHost, m, path); id >= 0 {
			return Match{Route: id, Kind: Found}
		}
		at = t.match(noHost, q) // q.slash stays if the host's own tree set it
	}
	switch {
	case q.slash && (at == 0 || q.rest):
		return Match{Route: -1, Kind: RedirectSlash}
	case at != 0:
		return Match{Route: t.pick(at, m), Kind: Found}
	}
	return t.refuse(own, m, q)
}

// match finds the most specific leaf of a tree that answers, or 0.
func (t *Table) match(number uint32, q *query) uint32 {
	if c := t.trees[number].cols; c != nil {
		return t.matchColumns(c, q)
	}
	return t.walk(q, t.trees[number].root, 0)
}

func (t *Table) answers(at uint32, want MethodSet) bool { return t.leaves[at].methods&want != 0 }

// walk matches the segments from i on below a node.
func (t *Table) walk(q *query, at uint32, i int) uint32 {
	q.steps++
	n := &t.nodes[at]
	if i == q.n {
		if t.answers(n.leaf, q.want) {
			return n.leaf
		}
		q.slash = q.slash || t.answers(n.end, q.want) || t.answers(n.multi, q.want)
		return 0
	}
	seg := q.segment(i)
	if len(seg) == 0 { // after the trailing slash
		if t.answers(n.end, q.want) {
			return n.end
		}
		if t.answers(n.multi, q.want) {
			return n.multi
		}
		return 0
	}
	if lit := t.literal(n, at, seg); lit != 0 {
		if l := t.walk(q, lit, i+1); l != 0 {
			return l
		}
	}
	for k := range t.params[n.firstParam:][:n.paramsLen] {
		e := &t.params[int(n.firstParam)+k]
		q.steps++
		if !t.matches(e, seg) {
			continue
		}
		if l := t.walk(q, e.to, i+1); l != 0 {
			return l
		}
	}
	if t.answers(n.multi, q.want) {
		q.rest = true
		return n.multi
	}
	return 0
}

// literal returns the node that a literal segment leads to, or 0.
func (t *Table) literal(n *node, at uint32, seg []byte) uint32 {
	if n.manyLits {
		return t.edges.find(t.text, at, seg)
	}
	if int(n.litLen) == len(seg) && t.text[n.litOff:n.litOff+uint32(n.litLen)] == string(seg) {
		return n.lit
	}
	return 0
}

// matches reports whether seg, which is not empty, matches the edge.
func (t *Table) matches(e *edge, seg []byte) bool {
	if e.preLen|e.sufLen != 0 {
		pre, suf := int(e.preLen), len(seg)-int(e.sufLen)
		if pre >= suf || t.text[e.preOff:e.preOff+uint32(e.preLen)] != string(seg[:pre]) ||
			t.text[e.sufOff:e.sufOff+uint32(e.sufLen)] != string(seg[suf:]) {
			return false
		}
		seg = seg[pre:suf]
	}
	switch e.typ {
	case typeAny:
		return true
	case typeRE:
		return t.res[e.re].Match(seg)
	}
	return e.typ.check(seg, nil)
}

// fill notes the params of a route in a path without escapes.
func (t *Table) fill(ps *Params, id int32, path []byte, q *query) {
	pl := &t.places[id]
	for i := range pl.n {
		p := &pl.at[i]
		if off := int(q.at[p.seg]) + 1; p.multi {
			ps.add(off, len(path))
		} else {
			ps.add(off+int(p.pre), int(q.at[p.seg+1])-int(p.suf))
		}
	}
}

// failUnclean answers for a path with empty or dot segments. A CONNECT is never
// redirected.
func failUnclean(m Method) Match {
	if m == MethodConnect {
		return Match{Route: -1}
	}
	return Match{Route: -1, Kind: Unclean}
}
