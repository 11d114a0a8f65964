package router

// This file turns the trees into the table.
//
//	Table
//	  static   host's number, whole path     → leaf     one probe, most requests end here
//	  hosts    host in lower case            → host's number
//	  nodes    a level of the tree: ┌ leaf, end, multi: the leaves of its three endings
//	                                ├ lit: its only literal child, or
//	           (node, segment text) │      through edges if it has several
//	                                └ params: a run of edges, tried in order
//	  leaves   set of methods + the first of its ids; one id per method, in order
//	  ids      route ids
//
// Nothing of it holds a pointer but the regexps and the routes' descriptions: the
// collector has nothing to scan, and a node is half a cache line. Index 0 of
// nodes and leaves is the one that matches nothing, so that "none" needs no branch.
//
// Invariants:
//   - leaves are numbered depth first, per host in one run, so that of two leaves
//     which match a path and answer the method the lower one is more specific;
//   - a path found in static is clean and matches as written: its text holds no
//     '%', and no '/' but those that separate.

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Table is a compiled set of routes, made by [Builder.Compile] only. It is
// immutable: any number of goroutines may use it at once.
type Table struct {
	routes []Route
	places []places // by route
	text   string   // every literal, affix and host
	static index
	hosts  index
	edges  index
	nodes  []node
	params []edge
	leaves []leaf
	ids    []int32
	res    []*regexp.Regexp
	trees  []tree // by host's number; 0 is the one without host
}

type tree struct {
	root uint32
	cols *columns // if the walk could take too long, see columns.go
}

type node struct {
	leaf, end, multi  uint32 // leaves
	litOff, lit       uint32 // text and node of the only literal
	firstParam        uint32
	litLen, paramsLen uint16
	manyLits          bool // look them up in edges
}

// edge leads to a node by a matcher.
type edge struct {
	to             uint32
	preOff, sufOff uint32
	preLen, sufLen uint16
	typ            valueType
	re             uint16 // of res
}

type leaf struct {
	methods MethodSet
	first   uint32 // of ids
}

type places struct {
	n  int
	at [ParamsMax]place
}

// Compile builds the table of all patterns added so far. The error joins a
// [*ConflictError] for every pair of patterns that conflict. The Builder may be
// used further; the table does not change with it.
func (b *Builder) Compile() (*Table, error) {
	return b.compile(false)
}

func (b *Builder) compile(wide bool) (*Table, error) {
	hosts, roots := b.grow()
	var errs []error
	for _, r := range roots {
		errs = append(errs, conflicts(r))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	f := flattener{
		t:    &Table{nodes: make([]node, 1), leaves: make([]leaf, 1)},
		seen: map[string]uint32{}, first: make([]*pattern, 1), wide: wide,
	}
	for _, p := range b.patterns {
		f.route(p)
	}
	for i, r := range roots {
		f.tree(uint32(i), hosts[i], r)
	}
	return f.finish(), nil
}

type flattener struct {
	t      *Table
	text   strings.Builder
	seen   map[string]uint32 // offset in text
	first  []*pattern        // by leaf: one of its patterns
	static []slot
	hosts  []slot
	edges  []slot
	wide   bool // build columns whatever the bound: for tests

	scope uint32 // host's number of the tree at hand
	plain bool   // the path so far is static
}

// intern puts s into the text once.
func (f *flattener) intern(s string) uint32 {
	off, ok := f.seen[s]
	if !ok {
		off = uint32(f.text.Len())
		f.seen[s] = off
		f.text.WriteString(s)
	}
	return off
}

func (f *flattener) key(scope uint32, s string, value uint32) slot {
	return slot{off: f.intern(s), scope: scope, value: value, len: uint16(len(s))}
}

func (f *flattener) route(p *pattern) {
	r := p.route
	r.Params = slices.Clone(r.Params)
	pl := places{n: len(p.params)}
	copy(pl.at[:], p.params)
	f.t.routes = append(f.t.routes, r)
	f.t.places = append(f.t.places, pl)
}

func (f *flattener) tree(number uint32, host string, root *branch) {
	if host != "" {
		f.hosts = append(f.hosts, f.key(0, host, number))
	}
	f.scope, f.plain = number, true
	first := len(f.t.leaves)
	tr := tree{root: f.branch(root, "")}
	if f.wide && len(f.t.leaves) > first || stepsBound(root) > stepsMax {
		tr.cols = f.columns(first)
	}
	f.t.trees = append(f.t.trees, tr)
}

// branch flattens n and all below, which path leads to, and returns its node.
// Within a static route path is its text; below a param it is not used.
func (f *flattener) branch(n *branch, path string) uint32 {
	at := uint32(len(f.t.nodes))
	f.t.nodes = append(f.t.nodes, node{})
	nd := node{leaf: f.leaf(n.leaf), end: f.leaf(n.end)}
	f.exact(path, nd.leaf)
	f.exact(path+"/", nd.end)
	for _, text := range slices.Sorted(maps.Keys(n.lits)) {
		plain := f.plain
		f.plain = plain && !strings.ContainsAny(text, "/%")
		nd.lit, nd.litOff, nd.litLen = f.branch(n.lits[text], path+"/"+text), f.intern(text), uint16(len(text))
		f.plain = plain
		if nd.manyLits = len(n.lits) > 1; nd.manyLits {
			f.edges = append(f.edges, f.key(at, text, nd.lit))
		}
	}
	nd.firstParam, nd.paramsLen = f.paramRun(n.params)
	nd.multi = f.leaf(n.multi)
	f.t.nodes[at] = nd
	return at
}

// exact makes a leaf known as a static route, if its path is one.
func (f *flattener) exact(path string, leaf uint32) {
	if f.plain && leaf != 0 {
		f.static = append(f.static, f.key(f.scope, path, leaf))
	}
}

// paramRun reserves the run of edges before their subtrees add runs of their own.
func (f *flattener) paramRun(ps []paramBranch) (first uint32, n uint16) {
	first = uint32(len(f.t.params))
	for _, p := range ps {
		f.t.params = append(f.t.params, f.edge(p.m))
	}
	plain := f.plain
	f.plain = false
	for i, p := range ps {
		to := f.branch(p.to, "")
		f.t.params[int(first)+i].to = to
	}
	f.plain = plain
	return first, uint16(len(ps))
}

func (f *flattener) edge(m *matcher) edge {
	e := edge{
		preOff: f.intern(m.prefix), preLen: uint16(len(m.prefix)),
		sufOff: f.intern(m.suffix), sufLen: uint16(len(m.suffix)),
		typ: m.typ,
	}
	if m.typ == typeRE {
		e.re = uint16(len(f.t.res))
		f.t.res = append(f.t.res, m.re)
	}
	return e
}

// leaf adds the leaf of ps, which all match the same paths, and returns its
// number: 0 if there are none.
func (f *flattener) leaf(ps []*pattern) uint32 {
	if len(ps) == 0 {
		return 0
	}
	ps = slices.SortedFunc(slices.Values(ps), func(a, b *pattern) int { return int(a.method) - int(b.method) })
	at := uint32(len(f.t.leaves))
	f.t.leaves = append(f.t.leaves, leaf{methodsOf(ps), uint32(len(f.t.ids))})
	f.first = append(f.first, ps[0])
	for _, p := range ps {
		f.t.ids = append(f.t.ids, int32(p.id))
	}
	return at
}

func (f *flattener) finish() *Table {
	t := f.t
	t.text = f.text.String()
	t.static = newIndex(t.text, f.static)
	t.hosts = newIndex(t.text, f.hosts)
	t.edges = newIndex(t.text, f.edges)
	for i := range t.trees {
		if c := t.trees[i].cols; c != nil {
			c.lits = newIndex(t.text, c.keys)
			c.keys = nil
		}
	}
	return t
}
