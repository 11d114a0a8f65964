package router

// This file turns the trees into the table.
//
//	Table
//	  hosts    host in lower case → host's number
//	  trees    by host's number: the root's node and the number of its first leaf
//	  nodes    a level of the tree, 32 bytes ┌ flags: which of its three endings it has
//	                                         ├ lits: the run of slots of its literal children (literals.go)
//	                                         ├ typed: a run of edges, params with a type or affixes, tried in order
//	                                         └ param: the node behind {name}
//	  leaves   set of methods + the first of its ids; one id per method, in order
//	  ids      route ids
//
// Nothing of it holds a pointer but the regexps and the routes' descriptions: the collector has nothing to scan, and
// two nodes fill a cache line. Index 0 of nodes and leaves is the one that matches nothing.
//
// A node does not know its leaves. They are numbered depth first, so those below a node are a run; a way to a child
// says by how much the child's run begins later, and the walk adds that up. So subtrees of the same form are one and
// the same, stored once: of a thousand resources with the same five routes, four fifths of the nodes are shared, and
// what a request touches stays in the nearest cache.
//
//	/orders/{id}   ┐                       ┌ {id}                 /orders   adds 0, its {id} 1
//	/orders        ├ root ── orders ─┐     │
//	/users/{id}    │         users  ─┴─ node: a leaf, {id}        /users    adds 2, its {id} 1
//	/users         ┘
//
// Invariants:
//   - of a run, the first is the node's own leaf, then {$}, then those below its literals, its params, and last the
//     wildcard: of two leaves that match a path and answer the method, the lower one is more specific;
//   - a leaf with one method holds the route's id itself.

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Table is a compiled set of routes, made by [Builder.Compile] only. It is
// immutable: any number of goroutines may use it at once.
type Table struct {
	nodes    []node
	children []child
	params   []edge
	leaves   []leaf
	ids      []int32
	text     string // every literal, affix and host
	trees    []tree // by host's number; 0 is the one without host
	hosts    index
	edges    index   // odd literals: (node, text) → number of odd
	odd      []child // of which only to and add are used
	big      []big
	pilots   []uint16
	lits     []byte // text
	res      []*regexp.Regexp
	routes   []Route
	segs     [][]segment // by route, for AppendURL
	names    map[string]int
	slash    SlashPolicy
	places   []place  // of all params
	firstOf  []uint32 // by route: its first place; one more at the end
}

type tree struct {
	root, base uint32   // node; number of its first leaf
	cols       *columns // if the walk could take too long, see columns.go
}

type node struct {
	mult     uint64 // see literals.go
	lits     uint32 // first slot of its run
	param    uint32 // node behind {name}, 0 if there is none
	paramAdd uint32
	multi    uint32 // number of the wildcard's leaf within the run
	typed    uint32 // first of its run of params
	typedLen uint16
	shift    uint8 // of the key; 0 if there are no slots
	flags    uint8
}

const (
	nodeLeaf   = 1 << iota // the path may end here
	nodeEnd                // … with a slash
	nodeMulti              // … or anywhere below
	nodeChoice             // a segment that is a literal may be something else as well
	nodePlain              // what is no literal is {name} and nothing else
	nodeTyped              // … may be a param with a type or affixes
	nodeOdd                // there are literals in the index
	nodeBig                // mult is the number of a big
)

// end is the number of the leaf of {$} within the run.
func (n *node) end() uint32 { return uint32(n.flags & nodeLeaf) }

// edge leads to a node by a matcher.
type edge struct {
	to, add        uint32
	preOff, sufOff uint32
	preLen, sufLen uint16
	typ            valueType
	re             uint16 // of res
}

// leaf is where a path ends. With one method, first is the route's id, else the place of its ids.
type leaf struct {
	methods MethodSet
	first   uint32
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
		t:    &Table{names: maps.Clone(b.names), slash: b.slash, nodes: make([]node, 1), leaves: make([]leaf, 1), odd: make([]child, 1)},
		seen: map[string]uint32{}, same: map[string]uint32{}, first: make([]*pattern, 1), wide: wide,
	}
	for _, p := range b.patterns {
		f.route(p)
	}
	f.t.firstOf = append(f.t.firstOf, uint32(len(f.t.places)))
	for i, r := range roots {
		f.tree(uint32(i), hosts[i], r)
	}
	return f.finish(), nil
}

type flattener struct {
	t     *Table
	text  strings.Builder
	seen  map[string]uint32 // offset in text
	same  map[string]uint32 // node by what it consists of
	first []*pattern        // by leaf: one of its patterns
	hosts []slot
	edges []slot
	wide  bool // build columns whatever the bound: for tests
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
	f.t.routes, f.t.segs = append(f.t.routes, r), append(f.t.segs, p.segs)
	f.t.firstOf = append(f.t.firstOf, uint32(len(f.t.places)))
	f.t.places = append(f.t.places, p.params...)
}

func (f *flattener) tree(number uint32, host string, root *branch) {
	if host != "" {
		f.hosts = append(f.hosts, f.key(0, host, number))
	}
	first := len(f.t.leaves)
	tr := tree{root: f.branch(root), base: uint32(first)}
	if f.wide && len(f.t.leaves) > first || stepsBound(root) > stepsMax {
		tr.cols = f.columns(first)
	}
	f.t.trees = append(f.t.trees, tr)
}

// branch flattens n and all below: it numbers the leaves, and returns the node.
func (f *flattener) branch(n *branch) uint32 {
	base := uint32(len(f.t.leaves))
	nd := node{flags: f.leaf(n.leaf, nodeLeaf) | f.leaf(n.end, nodeEnd)}
	var children []child
	for _, text := range slices.Sorted(maps.Keys(n.lits)) {
		add := uint32(len(f.t.leaves)) - base
		children = append(children, child{off: f.intern(text), to: f.branch(n.lits[text]), add: add, len: uint16(len(text))})
	}
	var typed []edge
	for _, p := range n.params {
		add := uint32(len(f.t.leaves)) - base
		to := f.branch(p.to)
		if e := f.edge(p.m); e.typ != typeAny || e.preLen|e.sufLen != 0 {
			e.to, e.add = to, add
			typed = append(typed, e)
			continue
		}
		nd.param, nd.paramAdd = to, add // the last one: it contains all others
	}
	nd.multi = uint32(len(f.t.leaves)) - base
	nd.flags |= f.leaf(n.multi, nodeMulti)
	return f.node(nd, children, typed)
}

// node adds a node with its runs, or returns the one that is the same already.
func (f *flattener) node(nd node, children []child, typed []edge) uint32 {
	if nd.flags&nodeMulti == 0 {
		nd.multi = 0
	}
	if nd.param != 0 || len(typed) > 0 || nd.flags&nodeMulti != 0 {
		nd.flags |= nodeChoice
	}
	if len(typed) > 0 {
		nd.flags |= nodeTyped
	}
	if nd.param != 0 && len(typed) == 0 && nd.flags&nodeMulti == 0 {
		nd.flags |= nodePlain
	}
	what := fmt.Sprint(nd, children, typed)
	at, ok := f.same[what]
	if ok {
		return at
	}
	at = uint32(len(f.t.nodes))
	f.same[what] = at
	nd.typed, nd.typedLen = uint32(len(f.t.params)), uint16(len(typed))
	f.t.params = append(f.t.params, typed...)
	f.literals(at, &nd, children)
	f.t.nodes = append(f.t.nodes, nd)
	return at
}

// literals gives a node the slots of its children, and puts into the index what is odd.
func (f *flattener) literals(at uint32, nd *node, children []child) {
	plain, odd := partOdd(f.text.String(), children)
	for _, c := range odd {
		nd.flags |= nodeOdd
		f.edges = append(f.edges, slot{off: c.off, len: c.len, scope: at, value: uint32(len(f.t.odd))})
		f.t.odd = append(f.t.odd, c)
	}
	if len(plain) == 0 {
		return
	}
	nd.lits = uint32(len(f.t.children))
	slots, mult, shift := newSlots(plain)
	if slots == nil {
		var pilots []uint16
		var b big
		slots, pilots, b, shift = newBig(plain)
		b.pilots = uint32(len(f.t.pilots))
		mult = uint64(len(f.t.big))
		nd.flags |= nodeBig
		f.t.big = append(f.t.big, b)
		f.t.pilots = append(f.t.pilots, pilots...)
	}
	nd.mult, nd.shift = mult, shift
	f.t.children = append(f.t.children, slots...)
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

// leaf adds the leaf of ps, which all match the same paths. It returns flag, or 0 if there are none.
func (f *flattener) leaf(ps []*pattern, flag uint8) uint8 {
	if len(ps) == 0 {
		return 0
	}
	ps = slices.SortedFunc(slices.Values(ps), func(a, b *pattern) int { return int(a.method) - int(b.method) })
	f.first = append(f.first, ps[0])
	if len(ps) == 1 {
		f.t.leaves = append(f.t.leaves, leaf{methodsOf(ps), uint32(ps[0].id)})
		return flag
	}
	f.t.leaves = append(f.t.leaves, leaf{methodsOf(ps), uint32(len(f.t.ids))})
	for _, p := range ps {
		f.t.ids = append(f.t.ids, int32(p.id))
	}
	return flag
}

func (f *flattener) finish() *Table {
	t := f.t
	t.text = f.text.String()
	t.lits = []byte(t.text)
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
