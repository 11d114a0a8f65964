package router

// This file holds the rare cases of a lookup: a path that no route answers with
// the method asked, a path with escapes, and the choice of a host's tree.

import (
	"bytes"
	"sync"
)

// refuse answers for a path that is matched by no route with method m: not
// found, or the set of methods that routes do have here.
func (t *Table) refuse(own uint32, m Method, q *query) Match {
	allow := t.methods(own, q)
	if own != noHost {
		allow |= t.methods(noHost, q)
	}
	allow = allow.withHead()
	switch {
	case allow == 0:
		return Match{Route: -1}
	case m == MethodOptions:
		return Match{Route: -1, Kind: Options, Allow: allow | MethodOptions.bit()}
	}
	return Match{Route: -1, Kind: MethodNotAllowed, Allow: allow}
}

// methods returns the methods of all leaves of a tree that match.
func (t *Table) methods(number uint32, q *query) MethodSet {
	if c := t.trees[number].cols; c != nil {
		return t.methodsColumns(c, q)
	}
	return t.collect(q, t.trees[number].root, 0)
}

// collect is walk without a choice: it visits what matches and unites it.
func (t *Table) collect(q *query, at uint32, i int) MethodSet {
	q.steps++
	n := &t.nodes[at]
	if i == q.n {
		return t.leaves[n.leaf].methods
	}
	set := t.leaves[n.multi].methods
	seg := q.segment(i)
	if len(seg) == 0 {
		return set | t.leaves[n.end].methods
	}
	if lit := t.literal(n, at, seg); lit != 0 {
		set |= t.collect(q, lit, i+1)
	}
	for k := range t.params[n.firstParam:][:n.paramsLen] {
		e := &t.params[int(n.firstParam)+k]
		q.steps++
		if t.matches(e, seg) {
			set |= t.collect(q, e.to, i+1)
		}
	}
	return set
}

// decodeBuffers holds the memory for decoded paths, all of one size that any
// path fits. (The stack won't do: what an expression is matched against escapes.)
var decodeBuffers = sync.Pool{New: func() any { return new([pathBytesMax]byte) }}

// lookupEscaped matches the decoded form of path; raw is the split of the path
// as received, in which the params are found.
func (t *Table) lookupEscaped(own uint32, m Method, path []byte, raw *query, ps *Params) Match {
	buf := decodeBuffers.Get().(*[pathBytesMax]byte)
	defer decodeBuffers.Put(buf)
	var q query
	if !q.unescape(path, buf[:]) {
		return Match{Route: -1}
	}
	res := t.search(own, m, path, &q)
	if res.Kind == Found {
		t.fillEscaped(ps, res.Route, path, raw)
	}
	return res
}

// fillEscaped is fill for a path with escapes: a param's affixes may be escaped
// too, so their raw lengths are found by reading.
func (t *Table) fillEscaped(ps *Params, id int32, path []byte, raw *query) {
	pl := &t.places[id]
	for i := range pl.n {
		p := &pl.at[i]
		off := int(raw.at[p.seg]) + 1
		if p.multi {
			ps.add(off, len(path))
			continue
		}
		seg := path[off:raw.at[p.seg+1]]
		n := decodedLen(seg)
		ps.add(off+skipDecoded(seg, int(p.pre)), off+skipDecoded(seg, n-int(p.suf)))
	}
}

// hostTree returns the number of the host's own tree, noHost if it has none.
func (t *Table) hostTree(host []byte) uint32 {
	if len(t.hosts.slots) == 0 {
		return noHost
	}
	host = stripPort(host)
	if len(host) > hostBytesMax {
		return noHost
	}
	var buf [hostBytesMax]byte
	for i, c := range host {
		if c-'A' < 26 {
			c |= 0x20
		}
		buf[i] = c
	}
	return t.hosts.find(t.text, 0, buf[:len(host)])
}

// stripPort cuts ":port" off, but nothing of "[::1]".
func stripPort(host []byte) []byte {
	i := bytes.LastIndexByte(host, ':')
	if i < 0 || bytes.IndexByte(host[i:], ']') >= 0 {
		return host
	}
	return host[:i]
}
