package router

// This file holds the tree that patterns are gathered in before compilation:
// one per host, a level per segment. It still has maps and pointers; conflict.go
// walks it in pairs and compile.go flattens it.
//
// Invariants:
//   - patterns of one host whose paths match the same way share a leaf;
//   - params are ordered so that none is a strict subset of an earlier one, and
//     tails by their length, the longest first. With literals before and the
//     wildcard at the end after them, depth-first order then is an order of
//     precedence: of two leaves that match a path, the more specific comes first.

import "slices"

type branch struct {
	lits    map[string]*branch
	params  []paramBranch
	leaf    []*pattern // the path ends here
	end     []*pattern // … with a slash: {$}
	multi   []*pattern // … or anywhere below: {name...} or a trailing slash
	tails   []tailBranch
	methods MethodSet // of all patterns here and below
}

type paramBranch struct {
	m  *matcher
	to *branch
}

// tailBranch is what stands behind a wildcard in the middle, by its number of segments: so many are left of any path
// when the wildcard has taken what is its own, and there is but one way to part the two.
type tailBranch struct {
	segs int
	to   *branch
}

// grow builds the trees by host; index 0 is the one without host.
func (b *Builder) grow() (hosts []string, roots []*branch) {
	hosts, roots = []string{""}, []*branch{{}}
	byHost := map[string]int{"": 0}
	for _, p := range b.patterns {
		i, ok := byHost[p.route.Host]
		if !ok {
			i = len(roots)
			byHost[p.route.Host] = i
			hosts, roots = append(hosts, p.route.Host), append(roots, &branch{})
		}
		roots[i].insert(p, p.segs)
	}
	for _, r := range roots {
		r.order()
	}
	return hosts, roots
}

func (n *branch) insert(p *pattern, segs []segment) {
	n.methods |= p.method.bit()
	if len(segs) == 0 {
		n.leaf = append(n.leaf, p)
		return
	}
	switch s := segs[0]; s.kind {
	case segEnd:
		n.end = append(n.end, p)
	case segMulti:
		n.multi = append(n.multi, p)
	case segMid:
		n.tail(len(segs)-1).insert(p, segs[1:])
	case segLiteral:
		n.literal(s.text).insert(p, segs[1:])
	case segParam:
		n.param(s.m).insert(p, segs[1:])
	}
}

// hasEnd reports whether there is a {$} here or below.
func (n *branch) hasEnd() bool {
	for _, to := range n.lits {
		if to.hasEnd() {
			return true
		}
	}
	return len(n.end) > 0 || slices.ContainsFunc(n.params, func(p paramBranch) bool { return p.to.hasEnd() })
}

func (n *branch) literal(text string) *branch {
	to := n.lits[text]
	if to == nil {
		if n.lits == nil {
			n.lits = map[string]*branch{}
		}
		to = &branch{}
		n.lits[text] = to
	}
	return to
}

func (n *branch) param(m *matcher) *branch {
	for _, p := range n.params {
		if p.m == m {
			return p.to
		}
	}
	n.params = append(n.params, paramBranch{m, &branch{}})
	return n.params[len(n.params)-1].to
}

func (n *branch) tail(segs int) *branch {
	for _, t := range n.tails {
		if t.segs == segs {
			return t.to
		}
	}
	n.tails = append(n.tails, tailBranch{segs, &branch{}})
	return n.tails[len(n.tails)-1].to
}

// order sorts the params here and below, the subset before its superset.
func (n *branch) order() {
	for done := range n.params {
		rest := n.params[done:]
		first := slices.IndexFunc(rest, func(p paramBranch) bool { return !p.hasSubset(rest) })
		p := rest[first]
		copy(rest[1:first+1], rest[:first])
		rest[0] = p
	}
	slices.SortFunc(n.tails, func(a, b tailBranch) int { return b.segs - a.segs })
	for _, t := range n.tails {
		t.to.order()
	}
	for _, p := range n.params {
		p.to.order()
	}
	for _, to := range n.lits {
		to.order()
	}
}

// hasSubset reports whether a param of rest is more specific than p. Strict
// inclusion has no cycles, so among any params one has no subset.
func (p paramBranch) hasSubset(rest []paramBranch) bool {
	return slices.ContainsFunc(rest, func(q paramBranch) bool {
		r, _ := p.m.relate(q.m)
		return r == relMoreGeneral
	})
}
