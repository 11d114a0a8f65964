package router

// This file holds what is special about wildcards in the middle, /v2/{name...}/manifests/{ref}.
//
// Such a wildcard takes one or more segments, none of them empty. What stands behind it has a fixed number of
// segments and there is one wildcard per pattern, so a path has one way to match the pattern: the segments before and
// those behind are counted from the two ends, and nothing has to be tried. To the tree it is one more child of a node
// (tree.go), to which the walk goes by the end of the path.
//
// How two patterns relate where one has a wildcard in the middle is decided length by length: of paths with n
// segments, a pattern matches all whose segments are of certain sets, one set per segment. Those sets are compared as
// ever. Past the sum of both patterns' lengths, more segments only add some that both leave open, so the lengths up to
// there tell everything.

// midColumn is a pattern in columns.go.
type midColumn struct {
	leaf           uint32
	before, behind []piece
}

// piece is one segment of it: a literal, {$} as the empty one, or a param.
type piece struct {
	text  string
	param bool
	edge  edge
}

func (f *flattener) pieces(segs []segment) (ps []piece) {
	for _, s := range segs {
		p := piece{text: s.text, param: s.kind == segParam}
		if p.param {
			p.edge = f.edge(s.m)
		}
		ps = append(ps, p)
	}
	return ps
}

// matches reports whether the path of a query matches, or would with a slash behind it.
func (m *midColumn) matches(t *Table, q *query, slash bool) bool {
	behind, n := m.behind, q.n
	if slash {
		if behind[len(behind)-1] != (piece{}) {
			return false
		}
		behind = behind[:len(behind)-1]
	}
	if n <= len(m.before)+len(behind) || len(behind) == 0 && len(q.segment(n-1)) == 0 {
		return false
	}
	for i := range m.before {
		if !m.before[i].matches(t, q.segment(i)) {
			return false
		}
	}
	for i := range behind {
		if !behind[i].matches(t, q.segment(n-len(behind)+i)) {
			return false
		}
	}
	return true
}

func (p *piece) matches(t *Table, seg []byte) bool {
	if p.param {
		return len(seg) > 0 && t.matches(&p.edge, seg)
	}
	return string(seg) == p.text
}

// matchMids is matchColumns for them: one after the other, in order of precedence.
func (w *walk) matchMids(c *columns, q *query) uint32 {
	for i := range c.mids {
		m := &c.mids[i]
		if m.matches(w.t, q, false) && w.answers(m.leaf) {
			return m.leaf
		}
		if !w.slash && w.t.leaves[m.leaf].methods&w.want != 0 && m.matches(w.t, q, true) {
			w.slash = true
			w.note(m.leaf)
		}
	}
	return 0
}

// mids finds the conflicts of patterns with a wildcard in the middle.
func (f *finder) mids(all []*pattern, host string) {
	for i, a := range all {
		if a.route.Host != host || a.mid() < 0 {
			continue
		}
		for j, b := range all {
			if j == i || j > i && b.mid() >= 0 || b.route.Host != host || a.apartFrom(b) { // of two, the later has its turn
				continue
			}
			m := compareMethods(a.method, b.method)
			if m == relDisjoint {
				continue
			}
			if r, path := a.relate(b); conflicting(m.and(r)) {
				f.path = path
				f.add(a, b, m, r, "")
				f.path = f.path[:0]
			}
		}
	}
}

// apartFrom sees by literals that two patterns have no path in common: by those before any wildcard, and by the last
// segment.
func (p *pattern) apartFrom(o *pattern) bool {
	for i := range min(len(p.segs), len(o.segs)) {
		a, b := p.segs[i], o.segs[i]
		if a.kind != segLiteral && a.kind != segParam || b.kind != segLiteral && b.kind != segParam {
			break
		}
		if a.kind == segLiteral && b.kind == segLiteral && a.text != b.text {
			return true
		}
	}
	a, b := p.segs[len(p.segs)-1], o.segs[len(o.segs)-1]
	return a.kind == segLiteral && b.kind == segLiteral && a.text != b.text
}

// relate compares the paths of two patterns, and gives the segments of one that both match.
func (p *pattern) relate(o *pattern) (r relation, both []string) {
	onlyP, onlyO := false, false
	for n := 1; n <= len(p.segs)+len(o.segs)+1; n++ {
		a, b := p.ofLength(n), o.ofLength(n)
		switch {
		case a == nil || b == nil:
			onlyP, onlyO = onlyP || a != nil, onlyO || b != nil
			continue
		}
		s, path := relateAll(a, b)
		if s != relDisjoint && both == nil {
			both = path
		}
		onlyP = onlyP || s != relEqual && s != relMoreSpecific
		onlyO = onlyO || s != relEqual && s != relMoreGeneral
	}
	switch {
	case both == nil:
		return relDisjoint, nil
	case onlyP && onlyO:
		return relOverlaps, both
	case onlyP:
		return relMoreGeneral, both
	case onlyO:
		return relMoreSpecific, both
	}
	return relEqual, both
}

// ofLength returns what a pattern matches of paths with n segments, nil if nothing. Of the segments that a wildcard
// takes, each is a segMid, and the last one, if the wildcard is the last, a segMulti.
func (p *pattern) ofLength(n int) []segment {
	last := len(p.segs) - 1
	wild := p.mid()
	if p.segs[last].kind == segMulti {
		wild = last
	}
	more := n - len(p.segs)
	if more < 0 || more > 0 && wild < 0 {
		return nil
	}
	if wild < 0 {
		return p.segs
	}
	segs := append([]segment{}, p.segs[:wild]...)
	for range more {
		segs = append(segs, segment{kind: segMid})
	}
	return append(segs, p.segs[wild:]...)
}

// relateAll compares two rows of sets.
func relateAll(a, b []segment) (r relation, both []string) {
	for i := range a {
		s, text := a[i].relate(b[i])
		if r = r.and(s); r == relDisjoint {
			return relDisjoint, nil
		}
		both = append(both, text)
	}
	return r, both
}

// relate compares the texts that two segments match, and gives one that both do.
func (s segment) relate(o segment) (r relation, both string) {
	if s.kind > o.kind {
		r, both = o.relate(s)
		return r.inverse(), both
	}
	switch {
	case s.kind == segEnd && o.kind == segMulti:
		return relMoreSpecific, ""
	case s.kind == segEnd || o.kind == segEnd:
		if s.kind == o.kind {
			return relEqual, ""
		}
		return relDisjoint, ""
	case s.kind == segLiteral && o.kind == segLiteral:
		if s.text == o.text {
			return relEqual, s.text
		}
		return relDisjoint, ""
	case s.kind == segLiteral && o.kind == segParam:
		if o.m.match(s.text) {
			return relMoreSpecific, s.text
		}
		return relDisjoint, ""
	case s.kind == segLiteral:
		return relMoreSpecific, s.text
	case s.kind == segParam && o.kind == segParam:
		return s.m.relate(o.m)
	case s.kind == segParam:
		_, both = s.m.relate(s.m)
		if o.kind == segMid && s.m.open() {
			return relEqual, both
		}
		return relMoreSpecific, both
	}
	return midAndMulti(s.kind, o.kind)
}

// midAndMulti compares a segment that is not empty and one that may be.
func midAndMulti(a, b segmentKind) (relation, string) {
	switch {
	case a == b:
		return relEqual, "a"
	case a == segMulti:
		return relMoreGeneral, "a"
	}
	return relMoreSpecific, "a"
}

// open reports whether a param matches whatever is not empty.
func (m *matcher) open() bool { return m.typ == typeAny && m.prefix == "" && m.suffix == "" }
