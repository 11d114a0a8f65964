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
	text []byte                     // decoded, with a '/' before each segment
	at   [segmentsMax + 2]uint16    // at[i] is the '/' before segment i in text; at[n] the end
	raw  [segmentsMax + 2]uint16    // … in the path as it was received
	n    int                        // number of segments, may exceed len(at)
	last [2][segmentsMax + 1]uint16 // both for the last of many segments, in turns
}

// segment returns segment i. It is one of the first or of the last segmentsMax, because no branch of the table is
// deeper and no tail longer.
func (q *query) segment(i int) []byte { return q.text[int(q.start(i))+1 : q.start(i+1)] }

// start returns the place of the '/' before segment i in text.
func (q *query) start(i int) uint16 {
	if i < len(q.at) {
		return q.at[i]
	}
	return q.last[0][i%len(q.last[0])]
}

// rawStart is start in the path as it was received.
func (q *query) rawStart(i int) int {
	if i < len(q.raw) {
		return int(q.raw[i])
	}
	return int(q.last[1][i%len(q.last[1])])
}

// mark notes that a segment begins, or the path ends.
func (q *query) mark(at, raw int) {
	if q.n < len(q.at) {
		q.at[q.n], q.raw[q.n] = uint16(at), uint16(raw)
		return
	}
	i := q.n % len(q.last[0])
	q.last[0][i], q.last[1][i] = uint16(at), uint16(raw)
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
	if at == 0 || w.rest && (w.slash || w.other != 0) {
		if w.other != 0 {
			return w.answerBy(w.other, ps, &q)
		}
		return w.refuse(ps)
	}
	return w.answerBy(at, ps, &q)
}

// matchQuery is match by segments.
func (w *walk) matchQuery(number uint32, q *query) uint32 {
	tr := &w.t.trees[number]
	if tr.cols != nil {
		return w.matchColumns(tr.cols, q)
	}
	return w.orLater(w.below(q, tr.root, tr.base, 0))
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
		w.withoutSlash(n, base)
	} else {
		for to := range t.ways(at, seg) {
			if l := w.below(q, to, base+uint32(t.nodes[to].add), i+1); l != 0 {
				return l
			}
		}
		r := &t.rare[at]
		for _, tl := range t.tails[r.tails:][:r.tailsLen] {
			for segs := range t.cuts(&tl, len(q.segment(q.n-1)) == 0) {
				if from := q.n - segs; from > i {
					if l := w.below(q, tl.to, base+uint32(t.nodes[tl.to].add), from); l != 0 {
						return l
					}
				}
			}
		}
	}
	if multi := base + t.rare[at].multi; n.flags&nodeMulti != 0 && w.answers(multi) {
		return w.wildcard(multi, len(seg) > 0)
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

// answerBy answers by a leaf, also by the one that has a slash more or less than the path.
func (w *walk) answerBy(at uint32, ps *Params, q *query) Match {
	id, n := w.t.pick(&w.t.leaves[at], w.method), q.n
	switch {
	case at != w.other:
	case w.path[len(w.path)-1] == '/':
		n--
	default:
		n++
	}
	w.t.fill(ps, id, w.path, q, n)
	return Match{Route: id, Kind: Found}
}

// fill notes the params of a route that matches n segments. Affixes may be escaped too, so their raw lengths are found by reading.
func (t *Table) fill(ps *Params, id int32, path []byte, q *query, n int) {
	ps.n = 0
	for _, p := range t.placesOf(id) {
		at := int(p.seg)
		if p.back > 0 && !p.multi {
			at = n - int(p.back)
		}
		off := q.rawStart(at) + 1
		if p.multi {
			end := len(path)
			if p.back > 0 {
				end = q.rawStart(n - int(p.back))
			}
			ps.add(off, end)
			continue
		}
		seg := path[off:q.rawStart(at+1)]
		ps.add(off+skipDecoded(seg, int(p.pre)), off+skipDecoded(seg, decodedLen(seg)-int(p.suf)))
	}
}

// placesOf returns where a route's params stand.
func (t *Table) placesOf(id int32) []spot { return t.places[t.firstOf[id]:t.firstOf[id+1]] }
