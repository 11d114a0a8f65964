package router

// This file answers a request from the table. Reading order is the order of work: the host, the walk (walk.go), and
// the rare cases (refuse.go, query.go).

// pathBytesMax is the longest path that is matched; a longer one is NotFound.
const pathBytesMax = 1<<16 - 1

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
	if m >= methodCount {
		m = MethodAny
	}
	if len(path) < wordBytes || len(path) > pathBytesMax || path[0] != '/' || len(t.hosts.slots) != 0 {
		return t.lookup(m, host, path, ps)
	}
	if t.mayBeWhole(path) {
		if at := t.whole(path); at != 0 && t.leaves[at].methods&answering[m] != 0 {
			ps.n = 0
			return Match{Route: t.pick(&t.leaves[at], m), Kind: Found}
		}
	}
	c := way{place: t.top}
	if n, off := t.glide(path, ps, &c); off > len(path) && n.flags&nodeLeaf != 0 {
		if l := &t.leaves[c.base]; l.methods&answering[m] != 0 {
			ps.n = uint8(c.params)
			return Match{Route: t.pick(l, m), Kind: Found}
		}
	}
	return t.lookupFrom(m, path, ps, &c)
}

// lookup is Lookup for tables with hosts, short paths, and what is no path.
func (t *Table) lookup(m Method, host, path []byte, ps *Params) Match {
	ps.n = 0
	if len(path) == 0 || path[0] != '/' || len(path) > pathBytesMax {
		return Match{Route: -1}
	}
	own := t.hostTree(host)
	w := walk{t: t, path: path, short: padded(path), method: m, want: answering[m]}
	tr := &t.trees[own]
	if tr.cols != nil {
		return w.search(own, ps)
	}
	return w.found(w.from(ps, tr.root, tr.base, 1, 0), own, ps)
}

// lookupFrom is the rest of Lookup where glide has stopped before it was clear, in the tree without host.
func (t *Table) lookupFrom(m Method, path []byte, ps *Params, c *way) Match {
	if t.trees[noHost].cols == nil {
		for t.dead(path, &c.place) {
			if c.alt.off == 0 && (c.off > len(path) || plain(path[c.off-1:])) {
				ps.n = 0
				return Match{Route: -1}
			}
			if c.alt.off == 0 || t.nodes[c.alt.node].flags&nodePlain == 0 {
				break
			}
			t.turn(path, ps, c)
			t.glide(path, ps, c)
			if l := t.leafAt(path, &c.place); l != nil && l.methods&answering[m] != 0 {
				ps.n = uint8(c.params)
				return Match{Route: t.pick(l, m), Kind: Found}
			}
		}
		if l := t.leafAt(path, &c.place); l != nil && c.alt.off == 0 && t.nodes[c.node].flags&(nodeEnd|nodeMulti) == 0 {
			w := walk{method: m, allow: l.methods}
			return w.refuse(ps)
		}
	}
	w := walk{t: t, path: path, method: m, want: answering[m]}
	if t.trees[noHost].cols != nil {
		return w.search(noHost, ps)
	}
	return w.found(w.stopped(ps, c.place, c.alt), noHost, ps)
}

// dead reports whether a place leads to nothing, as the path is written: no leaf, and no child but literals that it
// does not have. What is an escape there could be one of them.
func (t *Table) dead(path []byte, p *place) bool {
	f := t.nodes[p.node].flags
	if p.off > len(path) {
		return f&(nodeLeaf|nodeEnd|nodeMulti) == 0
	}
	return p.off < len(path) && f&(nodeOdd|nodeTyped|nodePlain|nodeTails|nodeMulti) == 0
}

// leafAt returns the leaf at the end of the path, or nil.
func (t *Table) leafAt(path []byte, p *place) *leaf {
	if p.off > len(path) && t.nodes[p.node].flags&nodeLeaf != 0 {
		return &t.leaves[p.base]
	}
	return nil
}

// turn goes back to where glide took a literal, and from there to {name}. The segment, being a literal, is clean.
func (t *Table) turn(path []byte, ps *Params, c *way) {
	c.place, c.alt.off = c.alt, 0
	end, _ := segmentEnd(path, c.off)
	ps.span[c.params%ParamsMax] = span{uint16(c.off), uint16(end - c.off)}
	c.node = t.nodes[c.node].param
	c.base += uint32(t.nodes[c.node].add)
	c.off = end + 1
	c.params++
}

// found answers by a leaf, if that is what the walk of the host's own tree came to.
func (w *walk) found(at, own uint32, ps *Params) Match {
	if at == 0 || w.rest || w.rare {
		return w.missed(at, own, ps)
	}
	return w.answer(at, ps)
}

// answer answers by a leaf.
func (w *walk) answer(at uint32, ps *Params) Match {
	if at == w.later {
		return w.fillFor(at, ps)
	}
	id := w.t.pick(&w.t.leaves[at], w.method)
	ps.n = uint8(w.params)
	if w.params == restParams {
		ps.n = uint8(len(w.t.placesOf(id)))
	}
	return Match{Route: id, Kind: Found}
}

// pick returns the route of a leaf that answers m.
func (t *Table) pick(l *leaf, m Method) int32 {
	if l.methods&(l.methods-1) == 0 {
		return int32(l.first)
	}
	return t.ids[l.first+uint32(m)]
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
