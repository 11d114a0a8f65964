package router

// This file holds the rare cases of a lookup: a path that no route answers with the method asked, a path that is
// escaped or unclean, and the choice of a host's tree.

import "bytes"

// refuse answers for a path that no route answers with the method asked: by the redirect to path + "/" if that has one, by
// the methods that routes do have here, or not found.
func (w *walk) refuse(ps *Params) Match {
	ps.n = 0
	allow := w.allow.withHead()
	switch {
	case w.slash:
		return Match{Route: -1, Kind: RedirectSlash}
	case w.noSlash:
		return Match{Route: -1, Kind: RedirectNoSlash}
	case allow == 0:
		return Match{Route: -1}
	case w.method == MethodOptions:
		return Match{Route: -1, Kind: Options, Allow: allow | MethodOptions.bit()}
	}
	return Match{Route: -1, Kind: MethodNotAllowed, Allow: allow}
}

// missed goes on where the walk of the host's own tree has found nothing that is certain: with the tree of routes
// without host, or by what the path is if it is not plain. As net/http does, it prefers path + "/" to a wildcard of
// which path is no whole subtree: with "/" and "/x/" registered, "/x" is redirected to "/x/".
func (w *walk) missed(at, own uint32, ps *Params) Match {
	if w.rare || at == 0 && !plain(w.path) {
		return w.search(own, ps)
	}
	at = w.orLater(at)
	if at == 0 && own != noHost {
		tr := &w.t.trees[noHost]
		if tr.cols != nil {
			return w.search(own, ps)
		}
		at = w.orLater(w.from(ps, tr.root, tr.base, 1, 0)) // w.slash stays if the host's own tree set it
	}
	if w.other != 0 && (at == 0 || w.rest) {
		return w.fillFor(w.other, ps)
	}
	if at == 0 || w.rest && w.slash {
		return w.refuse(ps)
	}
	return w.answer(at, ps)
}

// fillFor answers by a leaf that the walk has noted without its params.
func (w *walk) fillFor(at uint32, ps *Params) Match {
	buf := texts.Get().(*[pathBytesMax]byte)
	defer texts.Put(buf)
	var q query
	q.split(w.path, buf[:]) // has no escape that could be wrong: the walk would have left it to search
	return w.answerBy(at, ps, &q)
}

// again is the walk before it began.
func (w *walk) again() *walk {
	*w = walk{t: w.t, path: w.path, short: w.short, method: w.method, want: w.want}
	return w
}

// search finds the answer by segments. A CONNECT is never redirected.
func (w *walk) search(own uint32, ps *Params) Match {
	w.again()
	ps.n = 0
	switch {
	case !unclean(w.path):
		return w.searchEscaped(own, ps)
	case w.method == MethodConnect:
		return Match{Route: -1}
	}
	return Match{Route: -1, Kind: Unclean}
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
