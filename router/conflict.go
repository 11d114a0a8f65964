package router

// This file finds the conflicts: pairs of patterns that both match some
// request, neither being more specific than the other.
//
// Wildcards in the middle are left to mid.go. As for all others, it walks each host's tree against itself, visiting the pairs of branches that
// some path leads to both of, with the relation of what was walked so far. What
// no path leads to both of is never looked at, so ten thousand routes cost about
// ten thousand visits unless they overlap. Patterns of different hosts never
// conflict: either the hosts differ or one has none and yields.

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// conflictsMax bounds the errors of one Compile.
const conflictsMax = 1000

// ConflictError says that two routes match the same request and neither is more
// specific. Path is a path that both match with Method; MethodAny stands for
// any method.
type ConflictError struct {
	A, B   Route
	Method Method
	Path   string
	Reason string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("router: pattern %q (%v) conflicts with pattern %q (%v): %s",
		e.A.Pattern, e.A.Source, e.B.Pattern, e.B.Source, e.Reason)
}

// conflicts returns the conflicts within one host's tree, of which all has the patterns.
func conflicts(root *branch, all []*pattern, host string) error {
	f := finder{}
	f.pair(root, root, relEqual)
	f.mids(all, host)
	if f.more > 0 {
		f.found = append(f.found, fmt.Errorf("router: and %d more conflicts", f.more))
	}
	return errors.Join(f.found...)
}

type finder struct {
	path  []string // decoded segments that lead to the pair at hand
	found []error
	more  int // not told
}

// pair compares all below a with all below b. A path leads to both, and r
// relates what leads to a with what leads to b.
func (f *finder) pair(a, b *branch, r relation) {
	if !meet(a.methods, b.methods) {
		return
	}
	f.cross(a.leaf, b.leaf, r, "")
	f.ends(a, b, r)
	for _, text := range slices.Sorted(maps.Keys(a.lits)) {
		if to := b.lits[text]; to != nil {
			f.descend(text, a.lits[text], to, r)
		}
	}
	f.literals(a, b, r)
	if a != b {
		f.literals(b, a, r.inverse())
	}
	f.params(a, b, r)
}

func (f *finder) descend(seg string, a, b *branch, r relation) {
	f.path = append(f.path, seg)
	f.pair(a, b, r)
	f.path = f.path[:len(f.path)-1]
}

// literals pairs the literals of a with the params of b.
func (f *finder) literals(a, b *branch, r relation) {
	if len(b.params) == 0 {
		return
	}
	for _, text := range slices.Sorted(maps.Keys(a.lits)) {
		for _, q := range b.params {
			if q.m.match(text) {
				f.descend(text, a.lits[text], q.to, r.and(relMoreSpecific))
			}
		}
	}
}

func (f *finder) params(a, b *branch, r relation) {
	for i, p := range a.params {
		for j, q := range b.params {
			if a == b && j < i {
				continue // seen as (q, p)
			}
			if s, both := p.m.relate(q.m); s != relDisjoint {
				f.descend(both, p.to, q.to, r.and(s))
			}
		}
	}
}

// ends compares what ends a path with a slash or takes all that follows: {$}
// with {$}, and {name...} with everything below the other branch.
func (f *finder) ends(a, b *branch, r relation) {
	f.cross(a.end, b.end, r, "/")
	f.cross(a.multi, b.multi, r, "/")
	f.cross(a.end, b.multi, r.and(relMoreSpecific), "/")
	f.under(a.multi, b, r.and(relMoreGeneral))
	if a != b {
		f.cross(a.multi, b.end, r.and(relMoreGeneral), "/")
		f.under(b.multi, a, r.inverse().and(relMoreGeneral))
	}
}

// under compares wildcards with all children of n, which the wildcards contain.
func (f *finder) under(multi []*pattern, n *branch, r relation) {
	if len(multi) == 0 || !clash(methodsOf(multi), n.methods, r) {
		return
	}
	for _, text := range slices.Sorted(maps.Keys(n.lits)) {
		f.underChild(multi, text, n.lits[text], r)
	}
	for _, p := range n.params {
		_, text := p.m.relate(p.m)
		f.underChild(multi, text, p.to, r)
	}
}

func (f *finder) underChild(multi []*pattern, seg string, n *branch, r relation) {
	f.path = append(f.path, seg)
	f.cross(multi, n.leaf, r, "")
	f.cross(multi, n.end, r, "/")
	f.cross(multi, n.multi, r, "/")
	f.under(multi, n, r)
	f.path = f.path[:len(f.path)-1]
}

// cross compares the patterns of two leaves, whose paths relate as r.
func (f *finder) cross(as, bs []*pattern, r relation, tail string) {
	for i, a := range as {
		for j, b := range bs {
			if len(as) == len(bs) && as[0] == bs[0] && j <= i {
				continue // one leaf with itself
			}
			if m := compareMethods(a.method, b.method); conflicting(m.and(r)) {
				f.add(a, b, m, r, tail)
			}
		}
	}
}

func conflicting(r relation) bool { return r == relEqual || r == relOverlaps }

// clash reports whether a method of each set would conflict, were the paths to
// relate as r. It spares walking a subtree that is safely below a wildcard.
func clash(as, bs MethodSet, r relation) bool {
	return anyPair(as, bs, func(m relation) bool { return conflicting(m.and(r)) })
}

// meet reports whether some request's method is answered from both sets.
func meet(as, bs MethodSet) bool {
	return anyPair(as, bs, func(m relation) bool { return m != relDisjoint })
}

func anyPair(as, bs MethodSet, ok func(relation) bool) bool {
	for a := MethodAny; a < methodCount; a++ {
		for b := MethodAny; b < methodCount; b++ {
			if as.Has(a) && bs.Has(b) && ok(compareMethods(a, b)) {
				return true
			}
		}
	}
	return false
}

func methodsOf(ps []*pattern) (s MethodSet) {
	for _, p := range ps {
		s |= p.method.bit()
	}
	return s
}

// add reports one conflict, the earlier registration first.
func (f *finder) add(a, b *pattern, methods, paths relation, tail string) {
	if len(f.found) == conflictsMax {
		f.more++
		return
	}
	if b.id < a.id {
		a, b, methods, paths = b, a, methods.inverse(), paths.inverse()
	}
	e := &ConflictError{A: a.route, B: b.route, Method: common(a.method, b.method), Path: f.witness() + tail}
	request := e.Path
	if e.Method != MethodAny {
		request = e.Method.String() + " " + request
	}
	e.Reason = reason(methods, paths, request)
	f.found = append(f.found, e)
}

// reason says why neither of two patterns wins.
func reason(methods, paths relation, request string) string {
	switch {
	case methods.and(paths) == relEqual:
		return "both match the same requests, for example " + request
	case paths == relOverlaps:
		return "both match some paths, for example " + request + ", and neither path is more specific"
	case methods == relMoreGeneral:
		return "the first matches more methods, the second more paths, and both match " + request
	}
	return "the first matches more paths, the second more methods, and both match " + request
}

// common is the method that patterns of both methods answer.
func common(a, b Method) Method {
	if compareMethods(a, b) == relMoreGeneral {
		return b
	}
	return a
}

// witness writes the path at hand as a request would.
func (f *finder) witness() string {
	var b strings.Builder
	for _, seg := range f.path {
		b.WriteByte('/')
		for i := range len(seg) {
			if c := seg[i]; unreserved(c) {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
	}
	return b.String()
}

// unreserved reports whether a path segment holds c as it is (RFC 3986 §3.3).
func unreserved(c byte) bool {
	return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("-._~!$&'()*+,;=:@", c) >= 0
}
