package router

// This file matches paths with escapes. Only literal slashes separate, so the path is split first and each segment
// decoded for itself: what is a '/' inside a segment was %2F. The walk is that of walk.go, by segments instead of
// words. Params are spans of the path as it was received.

import (
	"iter"
	"sync"
)

// query is a path as its segments, decoded.
type query struct {
	text []byte                  // decoded, with a '/' before each segment
	at   [segmentsMax + 2]uint16 // at[i] is the '/' before segment i in text; at[n] the end
	raw  [segmentsMax + 2]uint16 // … in the path as it was received
	n    int                     // number of segments, may exceed len(at)
}

// segment returns segment i. i must be below n, and is below segmentsMax because no branch of the table is deeper.
func (q *query) segment(i int) []byte { return q.text[int(q.at[i])+1 : q.at[i+1]] }

// mark notes that a segment begins, or the path ends.
func (q *query) mark(at, raw int) {
	if q.n < len(q.at) {
		q.at[q.n], q.raw[q.n] = uint16(at), uint16(raw)
	}
}

// split finds the segments of a path and decodes them into buf, which must have room for it. It reports false if an
// escape is invalid or hides a dot segment.
func (q *query) split(path, buf []byte) bool {
	buf = buf[:0]
	for from := 0; from < len(path); q.n++ {
		q.mark(len(buf), from)
		buf = append(buf, '/')
		seg := len(buf)
		end, _ := segmentEnd(path, from+1)
		var ok bool
		if buf, ok = AppendUnescaped(buf, path[from+1:end]); !ok || hidesDots(buf[seg:]) {
			return false
		}
		from = end
	}
	q.mark(len(buf), len(path))
	q.text = buf
	return true
}

// texts holds the memory for decoded paths, all of one size that any path fits. (The stack won't do: what an
// expression is matched against escapes.)
var texts = sync.Pool{New: func() any { return new([pathBytesMax]byte) }}

// searchEscaped is search for a path with escapes, or one that is searched by columns.
func (w *walk) searchEscaped(own uint32, ps *Params) Match {
	buf := texts.Get().(*[pathBytesMax]byte)
	defer texts.Put(buf)
	var q query
	if !q.split(w.path, buf[:]) {
		return Match{Route: -1}
	}
	at := w.matchQuery(own, &q)
	if at == 0 && own != noHost {
		at = w.matchQuery(noHost, &q)
	}
	if at == 0 || w.rest && w.slash {
		return w.refuse(ps)
	}
	id := w.t.pick(&w.t.leaves[at], w.method)
	w.t.fill(ps, id, w.path, &q)
	return Match{Route: id, Kind: Found}
}

// matchQuery is match by segments.
func (w *walk) matchQuery(number uint32, q *query) uint32 {
	tr := &w.t.trees[number]
	if tr.cols != nil {
		return w.matchColumns(tr.cols, q)
	}
	return w.below(q, tr.root, tr.base, 0)
}

// below is from by segments, of which i is the one to be matched.
func (w *walk) below(q *query, at, base uint32, i int) uint32 {
	t := w.t
	n := &t.nodes[at]
	if i == q.n {
		return w.ends(at, base, 0)
	}
	seg := q.segment(i)
	if len(seg) == 0 && i == q.n-1 {
		if n.flags&nodeEnd != 0 && w.answers(base+n.end()) {
			return base + n.end()
		}
		if w.withoutSlash(n, base) {
			return base
		}
	} else {
		for to := range t.ways(at, seg) {
			if l := w.below(q, to, base+uint32(t.nodes[to].add), i+1); l != 0 {
				return l
			}
		}
	}
	if multi := base + t.rare[at].multi; n.flags&nodeMulti != 0 && w.answers(multi) {
		w.rest = w.rest || len(seg) > 0
		return multi
	}
	return 0
}

// ways yields the children of a node that a decoded segment leads to, the most specific first.
func (t *Table) ways(at uint32, seg []byte) iter.Seq[uint32] {
	return func(yield func(to uint32) bool) {
		if to := t.literal(at, seg); to != 0 && !yield(to) {
			return
		}
		r := &t.rare[at]
		for i := range t.params[r.typed:][:r.typedLen] {
			if e := &t.params[int(r.typed)+i]; t.matches(e, seg) && !yield(e.to) {
				return
			}
		}
		if to := t.nodes[at].param; to != 0 {
			yield(to)
		}
	}
}

// fill notes the params of a route. Affixes may be escaped too, so their raw lengths are found by reading.
func (t *Table) fill(ps *Params, id int32, path []byte, q *query) {
	ps.n = 0
	for _, p := range t.placesOf(id) {
		off := int(q.raw[p.seg]) + 1
		if p.multi {
			ps.add(off, len(path))
			continue
		}
		seg := path[off:q.raw[p.seg+1]]
		n := decodedLen(seg)
		ps.add(off+skipDecoded(seg, int(p.pre)), off+skipDecoded(seg, n-int(p.suf)))
	}
}

// placesOf returns where a route's params stand.
func (t *Table) placesOf(id int32) []spot { return t.places[t.firstOf[id]:t.firstOf[id+1]] }
