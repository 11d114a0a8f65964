package router

// This file holds how two patterns compare: which of them matches a strict
// subset of what the other matches, if either.
//
// Literals, {$} and wildcards compare by kind, as in net/http. Two parameters
// compare as languages: each is a regular expression (prefix, type, suffix), so
// we walk both automata at once, breadth first, over pairs of state sets, and
// note whether we meet a text that both accept, one that only the first and one
// that only the second accepts. That decides disjoint, equal, subset and
// overlap exactly, and the first common text is the shortest witness for the
// error message. It happens once per pair of distinct matchers that meet at one
// place of the tree, when the table is compiled, and is bounded: past
// productStatesMax the answer is "overlaps", which can only refuse too much.
//
// Read compareSegments, relate, then product.run.

import (
	"encoding/binary"
	"fmt"
	"math"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// relation says how the set of requests of a first pattern relates to that of a
// second one.
type relation uint8

const (
	relEqual        relation = iota
	relMoreGeneral           // the first matches all of the second and more
	relMoreSpecific          // the second matches all of the first and more
	relDisjoint              // nothing matches both
	relOverlaps              // something matches both, neither contains the other
)

func (r relation) inverse() relation {
	switch r {
	case relMoreGeneral:
		return relMoreSpecific
	case relMoreSpecific:
		return relMoreGeneral
	}
	return r
}

// and combines the relations of two independent parts, such as two segments.
func (r relation) and(s relation) relation {
	switch {
	case r == relDisjoint || s == relDisjoint:
		return relDisjoint
	case r == relEqual || r == s:
		return s
	case s == relEqual:
		return r
	}
	return relOverlaps
}

// compareMethods relates the methods of two patterns: GET contains HEAD, and
// MethodAny contains all.
func compareMethods(a, b Method) relation {
	switch {
	case a == b:
		return relEqual
	case a == MethodAny, a == MethodGet && b == MethodHead:
		return relMoreGeneral
	case b == MethodAny, b == MethodGet && a == MethodHead:
		return relMoreSpecific
	}
	return relDisjoint
}

// relate compares the texts that two parameters match, and gives one that both
// do unless they are disjoint or too large to tell.
func (m *matcher) relate(o *matcher) (r relation, both string) {
	if m.apart(o) {
		return relDisjoint, ""
	}
	if l, ok := m.related[o]; ok {
		return l.rel, l.both
	}
	p := product{a: m.automaton(), b: o.automaton()}
	known := true
	switch {
	case m == o:
		r = relEqual
	case o.holds(m):
		r = relMoreSpecific
	case m.holds(o):
		r = relMoreGeneral
	default:
		known = false
	}
	p.onlyA, p.onlyB = known, known
	p.run()
	if p.cut && !p.hasBoth {
		p.intersect()
	}
	if both = p.both; !known {
		r = p.relation()
	}
	m.remember(o, r, both)
	o.remember(m, r.inverse(), both)
	return r, both
}

// apart sees without automata that two literal prefixes or suffixes differ, for
// a place of the tree may hold hundreds of {x}.ext.
func (m *matcher) apart(o *matcher) bool {
	return !strings.HasPrefix(m.prefix, o.prefix) && !strings.HasPrefix(o.prefix, m.prefix) ||
		!strings.HasSuffix(m.suffix, o.suffix) && !strings.HasSuffix(o.suffix, m.suffix)
}

// holds sees without automata that m, being untyped, matches all that o does.
func (m *matcher) holds(o *matcher) bool {
	return m.typ == typeAny && strings.HasPrefix(o.prefix, m.prefix) && strings.HasSuffix(o.suffix, m.suffix)
}

// related is a remembered result of relate.
type related struct {
	rel  relation
	both string
}

func (m *matcher) remember(o *matcher, r relation, both string) {
	if m.related == nil {
		m.related = map[*matcher]related{}
	}
	m.related[o] = related{r, both}
}

// automaton is the program of one matcher's whole segment.
type automaton struct {
	insts []syntax.Inst
	start []uint32
	cuts  []rune   // where the program's view of a rune may change
	live  []bool   // by instruction: whether it leads to a match
	met   []uint32 // by instruction: the round that met it last
	round uint32
}

func (m *matcher) automaton() *automaton {
	if m.auto == nil {
		m.auto = newAutomaton(m.source())
	}
	return m.auto
}

// source is the expression of the whole segment.
func (m *matcher) source() string {
	return quoteMeta(m.prefix) + `(?:` + m.expr + `)` + quoteMeta(m.suffix)
}

// quoteMeta writes every rune as a code point, so that flags can't touch it.
func quoteMeta(s string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, `\x{%x}`, r)
	}
	return b.String()
}

func newAutomaton(expr string) *automaton {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		panic("router: expression was checked at registration: " + err.Error())
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		panic("router: expression was checked at registration: " + err.Error())
	}
	a := &automaton{insts: prog.Inst, met: make([]uint32, len(prog.Inst)), round: 1}
	a.markLive()
	a.start = a.closure(nil, uint32(prog.Start))
	slices.Sort(a.start)
	for i := range a.insts {
		a.addCuts(&a.insts[i])
	}
	return a
}

// markLive finds the instructions that lead to a match.
func (a *automaton) markLive() {
	a.live = make([]bool, len(a.insts))
	for changed := true; changed; {
		changed = false
		for pc, in := range slices.Backward(a.insts) { // mostly the order of dependence
			live := false
			switch in.Op {
			case syntax.InstMatch:
				live = true
			case syntax.InstAlt, syntax.InstAltMatch:
				live = a.live[in.Out] || a.live[in.Arg]
			case syntax.InstCapture, syntax.InstNop:
				live = a.live[in.Out]
			case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
				live = a.live[in.Out] && len(in.Rune) > 0
			}
			changed = changed || live != a.live[pc]
			a.live[pc] = live
		}
	}
}

// step returns the states after reading r, sorted.
func (a *automaton) step(set []uint32, r rune) []uint32 {
	a.round++
	var next []uint32
	for _, pc := range set {
		if in := &a.insts[pc]; in.Op != syntax.InstMatch && in.MatchRune(r) {
			next = a.closure(next, in.Out)
		}
	}
	slices.Sort(next)
	return next
}

// closure adds to set the states that pc reaches without reading: those that
// read a rune and those that accept. What it met in this round it skips.
func (a *automaton) closure(set []uint32, pc uint32) []uint32 {
	if a.met[pc] == a.round || !a.live[pc] {
		return set
	}
	a.met[pc] = a.round
	switch in := &a.insts[pc]; in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return a.closure(a.closure(set, in.Out), in.Arg)
	case syntax.InstCapture, syntax.InstNop:
		return a.closure(set, in.Out)
	case syntax.InstFail:
		return set
	}
	return append(set, pc) // a rune or a match
}

func (a *automaton) accepts(set []uint32) bool {
	return slices.ContainsFunc(set, func(pc uint32) bool { return a.insts[pc].Op == syntax.InstMatch })
}

// addCuts notes the runes at which in begins or ceases to match.
func (a *automaton) addCuts(in *syntax.Inst) {
	switch in.Op {
	case syntax.InstRuneAnyNotNL:
		a.cuts = append(a.cuts, '\n', '\n'+1)
	case syntax.InstRune, syntax.InstRune1:
		if len(in.Rune) == 1 { // may stand for its other cases too
			for r := in.Rune[0]; ; {
				a.cuts = append(a.cuts, r, r+1)
				if r = unicode.SimpleFold(r); r == in.Rune[0] {
					return
				}
			}
		}
		for i := 0; i+1 < len(in.Rune); i += 2 {
			a.cuts = append(a.cuts, in.Rune[i], in.Rune[i+1]+1)
		}
	}
}

// productStatesMax bounds the comparison of two expressions as sets of states;
// as single states they are always compared, which reInstsMax bounds.
const (
	productStatesMax = 1 << 11
	reInstsMax       = 1 << 10
)

// product walks two automata at once.
type product struct {
	a, b                  *automaton
	alphabet              []rune // one of each class of runes that neither tells apart
	seen                  map[string]bool
	key                   []byte
	queue                 []pair
	hasBoth, onlyA, onlyB bool
	cut                   bool   // gave up at productStatesMax
	single                bool   // walk pairs of single states
	both                  string // shortest text both accept
}

type pair struct {
	a, b []uint32
	from int // index in queue, -1 at the start
	by   rune
}

func (p *product) relation() relation {
	switch {
	case !p.hasBoth:
		return relDisjoint
	case p.cut || p.onlyA && p.onlyB:
		return relOverlaps
	case p.onlyA:
		return relMoreGeneral
	case p.onlyB:
		return relMoreSpecific
	}
	return relEqual
}

// intersect settles whether there is a common text where sets of states are too
// many: for that alone, pairs of single states will do, and those are few.
func (p *product) intersect() {
	p.onlyA, p.onlyB, p.single = true, true, true
	p.queue = nil
	p.run()
	p.cut = true // the relation is still unknown
}

func (p *product) run() {
	p.alphabet = representatives(p.a.cuts, p.b.cuts)
	p.seen = map[string]bool{}
	p.push(pair{p.a.start, p.b.start, -1, 0})
	for i := 0; i < len(p.queue) && !(p.hasBoth && p.onlyA && p.onlyB); i++ {
		if p.cut = i > productStatesMax && !p.single; p.cut {
			return
		}
		p.note(i)
		q := p.queue[i]
		for _, r := range p.alphabet {
			p.push(pair{p.a.step(q.a, r), p.b.step(q.b, r), i, r})
		}
	}
}

// push queues a pair of state sets. If one is empty nothing need be queued: what
// the other goes on to accept, and all its states are live, it accepts alone.
func (p *product) push(q pair) {
	if len(q.a) == 0 || len(q.b) == 0 {
		p.onlyA = p.onlyA || len(q.a) > 0
		p.onlyB = p.onlyB || len(q.b) > 0
		return
	}
	if p.single && len(q.a)+len(q.b) > 2 {
		for i := range q.a {
			for j := range q.b {
				p.push(pair{q.a[i : i+1], q.b[j : j+1], q.from, q.by})
			}
		}
		return
	}
	p.key = p.key[:0]
	for _, pc := range q.a {
		p.key = binary.LittleEndian.AppendUint32(p.key, pc)
	}
	p.key = binary.LittleEndian.AppendUint32(p.key, math.MaxUint32)
	for _, pc := range q.b {
		p.key = binary.LittleEndian.AppendUint32(p.key, pc)
	}
	if !p.seen[string(p.key)] {
		p.seen[string(p.key)] = true
		p.queue = append(p.queue, q)
	}
}

func (p *product) note(i int) {
	inA, inB := p.a.accepts(p.queue[i].a), p.b.accepts(p.queue[i].b)
	switch {
	case inA && inB:
		if !p.hasBoth {
			p.both = p.text(i)
		}
		p.hasBoth = true
	case inA:
		p.onlyA = true
	case inB:
		p.onlyB = true
	}
}

// text returns what was read on the way to pair i.
func (p *product) text(i int) string {
	var rs []rune
	for ; p.queue[i].from >= 0; i = p.queue[i].from {
		rs = append(rs, p.queue[i].by)
	}
	slices.Reverse(rs)
	return string(rs)
}

// representatives returns one rune of each interval between cuts, those that
// are pleasant in an error message first.
func representatives(cuts ...[]rune) []rune {
	const surrogateMin, surrogateEnd = 0xd800, 0xe000
	at := slices.Concat(cuts...)
	at = append(at, 0, surrogateMin, surrogateEnd, 'a', 'z'+1, '0', '9'+1)
	slices.Sort(at)
	at = slices.Compact(at)
	var letters, digits, rest []rune
	for _, r := range at {
		switch {
		case r > utf8.MaxRune || r >= surrogateMin && r < surrogateEnd:
		case r >= 'a' && r <= 'z':
			letters = append(letters, r)
		case r >= '0' && r <= '9':
			digits = append(digits, r)
		default:
			rest = append(rest, r)
		}
	}
	return slices.Concat(letters, digits, rest)
}
