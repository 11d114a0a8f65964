package router

// This file turns the trees into the table.
//
//	Table
//	  hosts    host in lower case → host's number
//	  trees    by host's number: the root's node and the number of its first leaf
//	  nodes    a level of the tree, 32 bytes ┌ first: the literal by which it is reached
//	                                         ├ lits: the run of slots of its literal children (literals.go)
//	                                         ├ param: the node behind {name}
//	                                         └ flags: which of its three endings it has, and what else there is
//	  rare     the other half of each node: what most requests do not ask for
//	  leaves   set of methods + the route's id; with more methods than one, the row of ids by method
//	  ids      route ids
//
// Nothing of it holds a pointer but the regexps and the routes' descriptions: the collector has nothing to scan, and
// two nodes fill a cache line. Index 0 of nodes and leaves is the one that matches nothing.
//
// A slot of a literal is a node itself: to compare the literal and to be at its node is one access to memory. The walk
// waits for little else, so this is what its speed comes from.
//
// A node does not know its leaves. They are numbered depth first, so those below a node are a run; each node says by
// how much its run begins later than that of the one above, and the walk adds that up. So what is below two nodes of
// the same form is one and the same, stored once: of a thousand resources with the same five routes, four fifths of
// the nodes are shared, and what a request touches stays in the nearest cache.
//
//	/orders/{id}   ┐         ┌ orders: adds 0, a leaf ─┐
//	/orders        ├ root ───┤                         ├─ {id}: adds 1, a leaf
//	/users/{id}    │         └ users:  adds 2, a leaf ─┘
//	/users         ┘
//
// Invariants:
//   - of a run, the first is the node's own leaf, then {$}, then those below its literals, its params, its
//     tails, and last the wildcard: of two leaves that match a path and answer the method, the lower one is more specific;
//   - a leaf with one method holds the route's id itself.

import (
	"errors"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Table is a compiled set of routes, made by [Builder.Compile] only. It is
// immutable: any number of goroutines may use it at once.
type Table struct {
	nodes   []node
	leaves  []leaf
	ids     []int32
	top     place // where the tree without host begins
	wholes  wholes
	paths   []byte // of wholes
	rare    []rare // by node
	big     []big
	pilots  []uint16
	long    []byte // what literals have beyond a word: words, the last one up to the slash
	params  []edge
	tails   []behind
	text    string // every literal, affix and host
	trees   []tree // by host's number; 0 is the one without host
	hosts   index
	odd     index // odd literals: (run, text) → node
	res     []*regexp.Regexp
	routes  []Route
	segs    [][]segment // by route, for AppendURL
	names   map[string]int
	slash   SlashPolicy
	places  []spot   // of all params
	firstOf []uint32 // by route: its first place; one more at the end
}

type tree struct {
	root, base uint32   // node; number of its first leaf
	cols       *columns // if the walk could take too long, see columns.go
}

type node struct {
	first uint64 // of the literal that leads here, see literals.go
	mult  uint64 // of the keys of its children
	lits  uint32 // run of their slots: the first << shiftBits + the shift of keys; 0 if there are none
	param uint32 // node behind {name}, 0 if there is none
	long  uint32 // first word of the literal beyond first
	add   uint16 // by how much its leaves begin later than those of the node above
	flags uint16
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
	nodeTails              // there are wildcards with segments behind them
)

// shiftBits is what a shift takes of node.lits.
const shiftBits = 6

// rare is what most requests do not ask of a node.
type rare struct {
	multi    uint32 // number of the wildcard's leaf within the run
	typed    uint32 // first of its run of params
	odd      uint32 // number of its run in the index, 0 if there is none
	text     uint32 // of the literal that leads here
	tails    uint32 // first of its run of tails
	len      uint16
	typedLen uint16
	tailsLen uint8
}

// end is the number of the leaf of {$} within the run.
func (n *node) end() uint32 { return uint32(n.flags & nodeLeaf) }

// edge leads to a node by a matcher.
type edge struct {
	to             uint32
	preOff, sufOff uint32
	preLen, sufLen uint16
	typ            valueType
	re             uint16 // of res
}

// behind is the node for the last segments of a path, behind a wildcard in the middle.
type behind struct {
	to   uint32
	segs int
	ends bool // there is a {$}, so that the path may lack a slash
}

// cuts yields the numbers of last segments of a path for which a tail is to be asked: as many as it has, and then one
// less or more where a slash at the end of the path could be missing or too many.
func (t *Table) cuts(tl *behind, slashed bool) iter.Seq[int] {
	return func(yield func(segs int) bool) {
		switch {
		case !yield(tl.segs):
		case !slashed && tl.ends:
			yield(tl.segs - 1)
		case slashed && t.slash != SlashStrict:
			yield(tl.segs + 1)
		}
	}
}

// leaf is where a path ends. With one method, first is the route's id, else the place of a row of ids in Table.ids: by
// method of the request, -1 where no route answers.
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
	for i, r := range roots {
		errs = append(errs, conflicts(r, b.patterns, hosts[i]))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	f := flattener{
		t:    &Table{names: maps.Clone(b.names), slash: b.slash, leaves: make([]leaf, 1), long: make([]byte, wordBytes)},
		seen: map[string]uint32{}, paths: map[string]uint32{}, runs: map[string]run{}, placed: map[branching]uint32{}, first: make([]*pattern, 1), wide: wide,
	}
	f.place(branching{}, 0)
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
	t      *Table
	text   strings.Builder
	seen   map[string]uint32    // offset in text
	placed map[branching]uint32 // nodes that no literal leads to
	runs   map[string]run       // of literal children, by what they consist of
	first  []*pattern           // by leaf: one of its patterns
	paths  map[string]uint32    // leaves of static routes
	hosts  []slot
	odd    []slot
	wide   bool // build columns whatever the bound: for tests
}

// branching is a node before it has its place, which may be more than one.
type branching struct {
	node
	rare
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
	tr := tree{root: f.place(f.branch(root), 0), base: uint32(first)}
	if f.wide && len(f.t.leaves) > first || stepsBound(root) > stepsMax {
		tr.cols = f.columns(first)
	}
	f.t.trees = append(f.t.trees, tr)
}

// branch flattens all below n: it numbers the leaves, and returns what n is wherever it will be.
func (f *flattener) branch(n *branch) (b branching) {
	base := len(f.t.leaves)
	b.flags = f.leaf(n.leaf, nodeLeaf) | f.leaf(n.end, nodeEnd)
	var children []literal
	for _, text := range slices.Sorted(maps.Keys(n.lits)) {
		add := len(f.t.leaves) - base
		c := literal{branching: f.branch(n.lits[text])}
		c.add, c.text, c.len = uint16(add), f.intern(text), uint16(len(text))
		children = append(children, c)
	}
	var typed []edge
	for _, p := range n.params {
		add := len(f.t.leaves) - base
		to := f.place(f.branch(p.to), add)
		if e := f.edge(p.m); e.typ != typeAny || e.preLen|e.sufLen != 0 {
			e.to = to
			typed = append(typed, e)
			continue
		}
		b.param = to // the last one: it contains all others
	}
	b.tails = f.tails(n, base)
	if len(n.multi) > 0 {
		b.multi = uint32(len(f.t.leaves) - base)
		b.flags |= f.leaf(n.multi, nodeMulti)
	}
	f.edges(&b, typed)
	if len(n.tails) > 0 {
		b.tailsLen = uint8(len(n.tails))
		b.flags |= nodeTails
	}
	f.literals(&b, children)
	if b.param != 0 || b.flags&(nodeTyped|nodeTails|nodeMulti) != 0 {
		b.flags |= nodeChoice
	}
	if b.param != 0 && b.flags&(nodeTyped|nodeTails|nodeMulti|nodeOdd) == 0 {
		b.flags |= nodePlain
	}
	return b
}

// tails adds what stands behind wildcards in the middle, and returns the first of the run.
func (f *flattener) tails(n *branch, base int) uint32 {
	run := make([]behind, 0, len(n.tails))
	for _, t := range n.tails {
		add := len(f.t.leaves) - base
		run = append(run, behind{f.place(f.branch(t.to), add), t.segs, t.to.hasEnd()})
	}
	first := len(f.t.tails)
	f.t.tails = append(f.t.tails, run...)
	return uint32(first)
}

// place gives a node that no literal leads to its number. Those that are the same have one.
func (f *flattener) place(b branching, add int) uint32 {
	b.first, b.add = slashes, uint16(add)
	at, ok := f.placed[b]
	if !ok {
		at = uint32(len(f.t.nodes))
		f.placed[b] = at
		f.t.nodes, f.t.rare = append(f.t.nodes, b.node), append(f.t.rare, b.rare)
	}
	return at
}

// edges gives a node its params with a type or affixes.
func (f *flattener) edges(b *branching, typed []edge) {
	if len(typed) > 0 {
		b.flags |= nodeTyped
		b.typed, b.typedLen = uint32(len(f.t.params)), uint16(len(typed))
		f.t.params = append(f.t.params, typed...)
	}
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
func (f *flattener) leaf(ps []*pattern, flag uint16) uint16 {
	if len(ps) == 0 {
		return 0
	}
	ps = slices.SortedFunc(slices.Values(ps), func(a, b *pattern) int { return int(a.method) - int(b.method) })
	f.first = append(f.first, ps[0])
	if path := wholePath(ps[0]); path != "" {
		f.paths[path] = uint32(len(f.t.leaves))
	}
	if len(ps) == 1 {
		f.t.leaves = append(f.t.leaves, leaf{methodsOf(ps), uint32(ps[0].id)})
		return flag
	}
	f.t.leaves = append(f.t.leaves, leaf{methodsOf(ps), uint32(len(f.t.ids))})
	for m := range methodCount {
		f.t.ids = append(f.t.ids, idFor(ps, Method(m)))
	}
	return flag
}

// idFor returns the route that answers a request of method m, the most specific method first, or -1.
func idFor(ps []*pattern, m Method) int32 {
	for _, with := range []Method{m, MethodGet, MethodAny} {
		for _, p := range ps {
			if p.method == with && answering[m]&with.bit() != 0 {
				return int32(p.id)
			}
		}
	}
	return -1
}

func (f *flattener) finish() *Table {
	t := f.t
	t.text = f.text.String()
	t.wholes, t.paths = newWholes(f.paths)
	t.hosts = newIndex(t.text, f.hosts)
	t.odd = newIndex(t.text, f.odd)
	t.top = place{t.trees[noHost].root, t.trees[noHost].base, 1, 0}
	for i := range t.trees {
		if c := t.trees[i].cols; c != nil {
			c.lits = newIndex(t.text, c.keys)
			c.keys = nil
		}
	}
	return t
}
