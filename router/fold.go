package router

// This file finds the spelling of a path that routes have, where only upper and lower case differ. It is asked for a
// path that was not found, by those who want such clients redirected instead of refused.

import "strings"

// AppendFold appends to dst a path that a route answers with method m and that equals path but for the case of ASCII
// letters in literal segments. Parameters stay as they are. It reports false, and appends nothing, if there is none:
// then the path is not found, whatever its case. Paths with escapes and unclean ones have none.
func (t *Table) AppendFold(dst []byte, m Method, host, path []byte) ([]byte, bool) {
	var q query
	if m >= methodCount || len(path) == 0 || path[0] != '/' || len(path) > pathBytesMax || !plain(path) ||
		!q.split(path, make([]byte, 0, len(path))) {
		return dst, false
	}
	f := folder{t: t, q: &q, want: answering[m], steps: foldStepsMax}
	own := t.hostTree(host)
	for _, number := range []uint32{own, noHost} {
		tr := &t.trees[number]
		f.path = f.path[:0] // of what the host's own tree has not led to
		if f.below(tr.root, tr.base, 0) {
			return append(dst, f.path...), true
		}
	}
	return dst, false
}

// foldStepsMax bounds the slots that one search looks at.
const foldStepsMax = 1 << 14

// folder is one search.
type folder struct {
	t     *Table
	q     *query
	want  MethodSet
	path  []byte
	steps int
}

// below reports whether there is a way from a node, which path then ends with.
func (f *folder) below(at, base uint32, i int) bool {
	n, r := &f.t.nodes[at], &f.t.rare[at]
	answers := func(flag uint16, leaf uint32) bool {
		return n.flags&flag != 0 && f.t.leaves[base+leaf].methods&f.want != 0
	}
	if i == f.q.n {
		return answers(nodeLeaf, 0)
	}
	seg, before := f.q.segment(i), len(f.path)
	if len(seg) == 0 {
		f.path = append(f.path, '/')
		return answers(nodeEnd, n.end()) || answers(nodeMulti, r.multi)
	}
	to := func(text string, node uint32) bool {
		f.path = append(append(f.path[:before], '/'), text...)
		return f.below(node, base+uint32(f.t.nodes[node].add), i+1)
	}
	first, end := f.t.slotsOf(n)
	for i := first; i < end; i++ {
		if f.steps--; f.steps < 0 {
			return false
		}
		s := &f.t.rare[i]
		if int(s.len) != len(seg) {
			continue
		}
		if lit := f.t.text[s.text : s.text+uint32(s.len)]; (lit == string(seg) || strings.EqualFold(lit, string(seg)) && isASCII(lit)) && to(lit, i) {
			return true
		}
	}
	for _, e := range f.t.params[r.typed:][:r.typedLen] {
		if f.steps--; f.steps >= 0 && f.t.matches(&e, seg) && to(string(seg), e.to) {
			return true
		}
	}
	if n.param != 0 && to(string(seg), n.param) {
		return true
	}
	for _, tl := range f.t.tails[r.tails:][:r.tailsLen] {
		from := f.q.n - tl.segs
		if f.steps--; f.steps < 0 || from <= i {
			continue
		}
		f.path = append(f.path[:before], f.q.text[f.q.start(i):f.q.start(from)]...)
		if f.below(tl.to, base+uint32(f.t.nodes[tl.to].add), from) {
			return true
		}
	}
	f.path = append(f.path[:before], f.q.text[f.q.start(i):]...)
	return answers(nodeMulti, r.multi)
}

// slotsOf returns the run of a node's slots.
func (t *Table) slotsOf(n *node) (first, end uint32) {
	if n.lits == 0 {
		return 0, 0
	}
	first = n.lits >> shiftBits
	return first, first + 1<<(64-n.lits%(1<<shiftBits))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
