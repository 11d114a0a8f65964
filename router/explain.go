package router

// This file tells why a path leads where it leads: it walks all ways instead of the first, and says of each route
// that matches why it answers or not. It is for people, and costs what it costs.

import (
	"fmt"
	"slices"
	"strings"
)

// Candidate is a route that matches a path, and why it answers or does not.
type Candidate struct {
	Route int32 // its id
	Why   string
}

// Explanation is what a lookup answers, and why. The Candidates are those on the host's own routes first, and the most
// specific path first.
type Explanation struct {
	Match      Match
	Path       string
	Candidates []Candidate
	Note       string // what there is to say of the path itself
	table      *Table
}

// Explain answers as [Table.Lookup] does, and says why.
func (t *Table) Explain(m Method, host, path []byte) Explanation {
	var ps Params
	e := Explanation{Match: t.Lookup(m, host, path, &ps), Path: string(path), table: t}
	var q query
	switch {
	case len(path) == 0 || path[0] != '/' || len(path) > pathBytesMax:
		e.Note = fmt.Sprintf("a path begins with '/' and has at most %d bytes", pathBytesMax)
		return e
	case unclean(path):
		e.Note = "the path has an empty or a dot segment, and is matched against nothing"
		return e
	case !q.split(path, make([]byte, 0, len(path))):
		e.Note = "the path has an invalid escape, or one that hides a dot segment"
		return e
	}
	own := t.hostTree(host)
	e.collect(m, own, &q)
	if own != noHost {
		e.collect(m, noHost, &q)
	}
	switch e.Match.Kind {
	case RedirectSlash:
		e.Note = "only the path with a slash behind it is registered, or is more specific"
	case RedirectNoSlash:
		e.Note = "only the path without the slash behind it is registered"
	case NotFound:
		e.Note = "no route matches the path"
	}
	return e
}

// collect adds the routes of a tree that match.
func (e *Explanation) collect(m Method, number uint32, q *query) {
	tr := &e.table.trees[number]
	first := len(e.Candidates)
	e.below(q, tr.root, tr.base, 0)
	own := e.Candidates[first:]
	slices.SortStableFunc(own, func(a, b Candidate) int { return e.table.wild(a.Route) - e.table.wild(b.Route) })
	for i := range own {
		own[i].Why = e.why(m, own[i].Route, first+i == 0)
	}
}

// wild ranks a route: those that match paths of one length are before those with a wildcard in the middle, and these
// before those with one at the end.
func (t *Table) wild(route int32) int {
	for _, s := range t.segs[route] {
		switch s.kind {
		case segMid:
			return 1
		case segMulti:
			return 2
		}
	}
	return 0
}

// below goes all ways from a node, in order of precedence.
func (e *Explanation) below(q *query, at, base uint32, i int) {
	t := e.table
	n := &t.nodes[at]
	if i == q.n {
		if n.flags&nodeLeaf != 0 {
			e.add(base)
		}
		return
	}
	seg := q.segment(i)
	if len(seg) > 0 {
		for to := range t.ways(at, seg) {
			e.below(q, to, base+uint32(t.nodes[to].add), i+1)
		}
		r := &t.rare[at]
		for _, tl := range t.tails[r.tails:][:r.tailsLen] {
			if from := q.n - tl.segs; from > i {
				e.below(q, tl.to, base+uint32(t.nodes[tl.to].add), from)
			}
		}
	} else if n.flags&nodeEnd != 0 {
		e.add(base + n.end())
	}
	if n.flags&nodeMulti != 0 {
		e.add(base + t.rare[at].multi)
	}
}

// add adds the routes of a leaf.
func (e *Explanation) add(at uint32) {
	for _, id := range e.table.idsOf(&e.table.leaves[at]) {
		e.Candidates = append(e.Candidates, Candidate{Route: id})
	}
}

// why says why a route that matches answers or does not.
func (e *Explanation) why(m Method, id int32, first bool) string {
	t, found := e.table, e.Match.Kind == Found
	switch r := &t.routes[id]; {
	case found && id == e.Match.Route && first:
		return "answers: nothing that matches is more specific"
	case found && id == e.Match.Route:
		return "answers: no more specific route has the method"
	case answering[m]&r.Method.bit() == 0:
		return "matches the path, not the method " + m.String()
	case found && r.Host != t.routes[e.Match.Route].Host:
		return "matches, and yields to a route with a host"
	case found:
		return fmt.Sprintf("matches, and is less specific than %q", t.routes[e.Match.Route].Pattern)
	}
	return "matches"
}

// idsOf lists the routes of a leaf.
func (t *Table) idsOf(l *leaf) (ids []int32) {
	for m := range methodCount {
		if m := Method(m); l.methods.Has(m) {
			ids = append(ids, t.pick(l, m))
		}
	}
	return ids
}

// String writes the explanation in lines.
func (e Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %v", e.Path, e.Match.Kind)
	if e.Match.Allow != 0 {
		fmt.Fprintf(&b, ", allowed are %v", e.Match.Allow)
	}
	if e.Note != "" {
		fmt.Fprintf(&b, ": %s", e.Note)
	}
	for _, c := range e.Candidates {
		r := e.table.routes[c.Route]
		fmt.Fprintf(&b, "\n  %s (%v) %s", r.Pattern, r.Source, c.Why)
	}
	return b.String()
}
