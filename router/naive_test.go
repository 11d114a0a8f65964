package router

// This file is the definition of what a lookup must answer, written without any
// thought for speed and without the package's own parser, decoder or relations:
// each route is checked by itself, and of those that match the most specific is
// the one that matches a subset of the others, judged by trying samples.

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

type naiveSegment struct {
	kind     segmentKind
	text     string // literal
	pre, suf string
	name     string
	typ      string
}

type naiveRoute struct {
	id     int
	method Method
	host   string
	segs   []naiveSegment
}

// String writes the route as a pattern.
func (r *naiveRoute) String() string {
	var b strings.Builder
	if r.method != MethodAny {
		b.WriteString(r.method.String() + " ")
	}
	b.WriteString(r.host)
	for _, s := range r.segs {
		b.WriteByte('/')
		switch {
		case s.kind == segLiteral:
			b.WriteString(escapePattern(s.text))
		case s.kind == segEnd:
			b.WriteString("{$}")
		case (s.kind == segMulti || s.kind == segMid) && s.name != "":
			b.WriteString("{" + s.name + "...}")
		case s.kind == segParam && s.typ != "":
			b.WriteString(escapePattern(s.pre) + "{" + s.name + ":" + s.typ + "}" + escapePattern(s.suf))
		case s.kind == segParam:
			b.WriteString(escapePattern(s.pre) + "{" + s.name + "}" + escapePattern(s.suf))
		}
	}
	return b.String()
}

func escapePattern(s string) string {
	return strings.NewReplacer("%", "%25", "/", "%2F", "{", "%7B", "}", "%7D", " ", "%20").Replace(s)
}

var (
	naiveFloat = regexp.MustCompile(`\A-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\z`)
	naiveUUID  = regexp.MustCompile(`\A[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\z`)
	naiveAlpha = regexp.MustCompile(`\A[a-zA-Z]+\z`)
	naiveREs   = map[string]*regexp.Regexp{}
)

func (s *naiveSegment) value(v string) bool {
	if v == "" {
		return false
	}
	switch s.typ {
	case "":
		return true
	case "int":
		_, err := strconv.ParseInt(v, 10, 64)
		return err == nil && v[0] != '+'
	case "uint":
		_, err := strconv.ParseUint(v, 10, 63)
		return err == nil
	case "float":
		return naiveFloat.MatchString(v)
	case "uuid":
		return naiveUUID.MatchString(v)
	case "alpha":
		return naiveAlpha.MatchString(v)
	}
	re := naiveREs[s.typ]
	if re == nil {
		re = regexp.MustCompile(`\A(?:` + strings.TrimSuffix(strings.TrimPrefix(s.typ, "re("), ")") + `)\z`)
		naiveREs[s.typ] = re
	}
	return re.MatchString(v)
}

// accepts reports whether the decoded segment matches; last tells the one that
// ends the path.
func (s *naiveSegment) accepts(seg string, last bool) bool {
	switch s.kind {
	case segLiteral:
		return seg == s.text
	case segEnd:
		return last && seg == ""
	case segMulti:
		return true
	case segMid:
		return seg != ""
	}
	if len(seg) < len(s.pre)+len(s.suf) || !strings.HasPrefix(seg, s.pre) || !strings.HasSuffix(seg, s.suf) {
		return false
	}
	return s.value(seg[len(s.pre) : len(seg)-len(s.suf)])
}

// matches reports whether the route matches decoded segments, and whether
// without its wildcard taking more than a slash.
func (r *naiveRoute) matches(segs []string) (ok, exact bool) {
	last, all := r.segs[len(r.segs)-1], r.ofLength(len(segs))
	if all == nil {
		return false, false
	}
	for i := range all {
		if !all[i].accepts(segs[i], i == len(segs)-1) {
			return false, false
		}
	}
	return true, last.kind != segMulti || len(segs) == len(r.segs) && segs[len(segs)-1] == ""
}

// ofLength repeats the wildcard until there are n segments; nil if there cannot be.
func (r *naiveRoute) ofLength(n int) (all []naiveSegment) {
	for _, s := range r.segs {
		all = append(all, s)
		for more := n - len(r.segs); more > 0 && (s.kind == segMid || s.kind == segMulti); more-- {
			all = append(all, s)
		}
	}
	if len(all) != n {
		return nil
	}
	return all
}

func (r *naiveRoute) answers(m Method) bool {
	return r.method == MethodAny || r.method == m || r.method == MethodGet && m == MethodHead
}

// naiveSamples are tried to see whether one segment accepts less than another.
var naiveSamples = []string{
	"", "a", "b", "c", "ab", "abc", "zz", "Z", "1", "7", "-5", "12", "-", "--1", "1.5", "1e9", ".5", "a.json", "1.json",
	"b.json", "ab.json", ".json", "img-1.png", "img-a.png", "img-.png", "img-1", "img-a", "img-1.json", "x:apply",
	"1:apply", "a:apply", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
	"00000000000000000000001", "123e4567-e89b-12d3-a456-426614174000", "a/b", "ä", "a b", "0x1", "a-b", "a1", "1a",
	"\xff", "+1", "1.", "inf", "aimg-1", "1-2", "cc", "abab", "%", "1.5.json", "img-1.5.png", "img--1.png",
}

// within reports whether r matches nothing that o does not, as far as samples
// show, knowing that one request matches both.
func (r *naiveRoute) within(o *naiveRoute) bool {
	if r.method != o.method && o.method != MethodAny && !(o.method == MethodGet && r.method == MethodHead) {
		return false
	}
	for n := 1; n <= len(r.segs)+len(o.segs)+1; n++ {
		rs, os := r.ofLength(n), o.ofLength(n)
		if rs != nil && os == nil {
			return false
		}
		for i := range rs {
			for _, text := range naiveSamples {
				if rs[i].accepts(text, i == n-1) && !os[i].accepts(text, i == n-1) && (text != "" || i == n-1) {
					return false
				}
			}
		}
	}
	return true
}

// naiveAnswer is the expected result; routes lists the acceptable ids.
type naiveAnswer struct {
	kind   Kind
	routes []*naiveRoute
	allow  MethodSet
}

var naiveDots = regexp.MustCompile(`(?i)\A(\.|%2e){1,2}\z`)

func naiveLookup(t testing.TB, routes []*naiveRoute, m Method, host, path string) naiveAnswer {
	if !strings.HasPrefix(path, "/") {
		return naiveAnswer{}
	}
	raw := strings.Split(path[1:], "/")
	for i, s := range raw {
		if s == "" && i != len(raw)-1 || naiveDots.MatchString(s) {
			if m == MethodConnect {
				return naiveAnswer{}
			}
			return naiveAnswer{kind: Unclean}
		}
	}
	segs := make([]string, len(raw))
	for i, s := range raw {
		dec, err := url.PathUnescape(s)
		if err != nil || strings.Contains("/"+dec+"/", "/../") {
			return naiveAnswer{}
		}
		segs[i] = dec
	}
	host = strings.ToLower(strings.TrimSuffix(host, ":80"))
	best, exact := naiveBest(t, routes, m, host, segs)
	if !exact && segs[len(segs)-1] != "" {
		if next, exact := naiveBest(t, routes, m, host, append(segs[:len(segs):len(segs)], "")); exact && next != nil {
			return naiveAnswer{kind: RedirectSlash}
		}
	}
	if best != nil {
		return naiveAnswer{kind: Found, routes: best}
	}
	a := naiveAnswer{}
	for _, r := range routes {
		if ok, _ := r.matches(segs); ok && (r.host == "" || r.host == host) {
			a.allow |= 1 << r.method
			if r.method == MethodGet {
				a.allow |= 1 << MethodHead
			}
		}
	}
	switch {
	case a.allow != 0 && m == MethodOptions:
		a.kind = Options
		a.allow |= 1 << MethodOptions
	case a.allow != 0:
		a.kind = MethodNotAllowed
	}
	return a
}

// naiveBest returns the most specific routes that match, of the host's own if
// any do; more than one only if the samples cannot tell them apart.
func naiveBest(t testing.TB, routes []*naiveRoute, m Method, host string, segs []string) (best []*naiveRoute, exact bool) {
	for _, h := range []string{host, ""} {
		var all []*naiveRoute
		for _, r := range routes {
			if ok, _ := r.matches(segs); ok && r.host == h && r.answers(m) {
				all = append(all, r)
			}
		}
		if len(all) == 0 {
			continue
		}
		for _, r := range all {
			least := true
			for _, o := range all {
				least = least && r.within(o)
			}
			if least {
				_, exact = r.matches(segs)
				best = append(best, r)
			}
		}
		if best == nil {
			t.Fatalf("no most specific route for %v %q among %v: a conflict was missed", m, segs, all)
		}
		return best, exact
	}
	return nil, false
}

// checkLookup compares one lookup of a table with the definition.
func checkLookup(t testing.TB, tab *Table, routes []*naiveRoute, m Method, host, path string) {
	t.Helper()
	var ps Params
	got := tab.Lookup(m, []byte(host), []byte(path), &ps)
	compareLookup(t, tab, routes, m, host, path, path, got, &ps, naiveLookup(t, routes, m, host, path))
}

// compareLookup compares an answer with the one that is wanted. Asked is the path as the route has it.
func compareLookup(t testing.TB, tab *Table, routes []*naiveRoute, m Method, host, path, asked string, got Match, ps *Params, want naiveAnswer) {
	t.Helper()
	ok := got.Kind == want.kind && got.Allow == want.allow
	if ok && got.Kind == Found {
		ok = false
		for _, r := range want.routes {
			ok = ok || int32(r.id) == got.Route
		}
	} else if got.Route != -1 {
		ok = false
	}
	if !ok {
		t.Fatalf("%v %q on %q:\n got %v route %d allow %v\nwant %v %v allow %v\nroutes %v",
			m, path, host, got.Kind, got.Route, got.Allow, want.kind, want.routes, want.allow, routes)
	}
	if got.Kind == Found {
		checkParams(t, tab, routes, int(got.Route), asked, ps)
	} else if ps.Len() != 0 {
		t.Fatalf("%v %q: %v with %d params", m, path, got.Kind, ps.Len())
	}
}

func checkParams(t testing.TB, tab *Table, routes []*naiveRoute, id int, path string, ps *Params) {
	t.Helper()
	raw, n := strings.Split(path[1:], "/"), 0
	for _, r := range routes {
		if r.id != id {
			continue
		}
		more := 0 // segments that a wildcard in the middle takes beyond one
		for i, s := range r.segs {
			var want string
			switch i += more; {
			case s.kind == segMid:
				more = len(raw) - len(r.segs)
				want = strings.Join(raw[i:i+more+1], "/")
			case s.kind == segMulti && s.name != "":
				want = strings.Join(raw[i:], "/")
			case s.kind == segParam:
				want = rawValue(raw[i], &s)
			default:
				continue
			}
			if n >= ps.Len() {
				t.Fatalf("%q: route %v has %d params, want more", path, r, ps.Len())
			}
			got := ps.Value([]byte(path), n)
			if string(got) != want || cap(got) != len(got) {
				t.Fatalf("%q: param %d of %v is %q (cap %d), want %q", path, n, r, got, cap(got), want)
			}
			if k := tab.Param(int32(id), s.name); k != n {
				t.Fatalf("Param(%d, %q) = %d, want %d", id, s.name, k, n)
			}
			n++
		}
	}
	if n != ps.Len() {
		t.Fatalf("%q: %d params, want %d", path, ps.Len(), n)
	}
}

// rawValue cuts the affixes off a raw segment, wherever their escapes end.
func rawValue(raw string, s *naiveSegment) string {
	for i := 0; i <= len(raw); i++ {
		for j := i; j <= len(raw); j++ {
			pre, err1 := url.PathUnescape(raw[:i])
			val, err2 := url.PathUnescape(raw[i:j])
			suf, err3 := url.PathUnescape(raw[j:])
			if err1 == nil && err2 == nil && err3 == nil && pre == s.pre && suf == s.suf && val != "" {
				return raw[i:j]
			}
		}
	}
	return fmt.Sprintf("no cut of %q by %q and %q", raw, s.pre, s.suf)
}

// build compiles routes, dropping those that conflict, into a table that walks
// and one that uses columns. It checks that every conflict is one.
func build(t testing.TB, routes []*naiveRoute) (walk, cols *Table, kept []*naiveRoute) {
	t.Helper()
	for {
		var b Builder
		kept = kept[:0]
		for _, r := range routes {
			id, err := b.Add(r.String(), Source{"f.go", len(kept)})
			if err != nil {
				t.Fatalf("Add(%q): %v", r, err)
			}
			r.id = id
			kept = append(kept, r)
		}
		tab, err := b.Compile()
		if err == nil {
			cols, err := b.compile(true)
			if err != nil {
				t.Fatal(err)
			}
			return tab, cols, kept
		}
		drop := checkConflicts(t, routes, err)
		routes = append(routes[:drop:drop], routes[drop+1:]...)
	}
}

// checkConflicts holds that each witness is matched by both routes, and returns
// the index of one to drop.
func checkConflicts(t testing.TB, routes []*naiveRoute, err error) (drop int) {
	t.Helper()
	for _, e := range conflictsOf(err) {
		a, b := routes[e.A.Source.Line], routes[e.B.Source.Line]
		var segs []string
		for s := range strings.SplitSeq(e.Path[1:], "/") {
			dec, err := url.PathUnescape(s)
			if err != nil {
				t.Fatalf("witness %q: %v", e.Path, err)
			}
			segs = append(segs, dec)
		}
		okA, _ := a.matches(segs)
		okB, _ := b.matches(segs)
		m := e.Method
		if !okA || !okB || !a.answers(m) || !b.answers(m) || a.host != b.host {
			t.Fatalf("%v: %v %q is matched by %q: %v, by %q: %v", e, m, e.Path, a, okA, b, okB)
		}
		drop = e.B.Source.Line
	}
	return drop
}

func conflictsOf(err error) (all []*ConflictError) {
	switch e := err.(type) {
	case *ConflictError:
		all = append(all, e)
	case interface{ Unwrap() []error }:
		for _, sub := range e.Unwrap() {
			all = append(all, conflictsOf(sub)...)
		}
	}
	return all
}

// bytesOf reads choices from fuzz input; 0 when it is used up.
type bytesOf struct{ b []byte }

func (c *bytesOf) pick(n int) int {
	if len(c.b) == 0 {
		return 0
	}
	v := int(c.b[0])
	c.b = c.b[1:]
	return v % n
}

func oneOf[T any](c *bytesOf, of ...T) T { return of[c.pick(len(of))] }

var fuzzMethods = []Method{MethodGet, MethodAny, MethodHead, MethodPost, MethodOptions, MethodConnect}

// route makes a route from the input.
func (c *bytesOf) route() *naiveRoute {
	r := &naiveRoute{method: oneOf(c, fuzzMethods...), host: oneOf(c, "", "", "", "h.com")}
	n, mid := 1+c.pick(4), false
	for i := range n {
		s := c.segment(i)
		switch last := i == n-1; {
		case mid && s.kind == segMulti:
			s = naiveSegment{kind: segParam, name: string(rune('p' + i))}
		case !last && s.kind == segMulti:
			s, mid = naiveSegment{kind: segMid, name: "mid"}, true
		case !last && s.kind == segEnd:
			s = naiveSegment{kind: segLiteral, text: "a"}
		}
		r.segs = append(r.segs, s)
	}
	return r
}

func (c *bytesOf) segment(i int) naiveSegment {
	name := string(rune('p' + i))
	switch k := c.pick(17); {
	case k < 5:
		return naiveSegment{kind: segLiteral, text: oneOf(c, "a", "b", "ab", "1", "a.json", "img-1.png", "a/b", "%", "a b", "ä", "-5")}
	case k < 7:
		return naiveSegment{kind: segParam, name: name}
	case k < 14:
		return naiveSegment{kind: segParam, name: name,
			pre: oneOf(c, "", "", "", "img-", "a", "1"), suf: oneOf(c, "", "", "", ".json", ".png", ":apply", "b"),
			typ: oneOf(c, "", "int", "uint", "float", "uuid", "alpha", "re([a-c]+)", "re([b-z]+)", "re(a|b)", "re([0-9]{2})", "re((?i)ab.*)", `re([^/(]+\))`, "re((?:ab)+)")}
	case k == 14:
		return naiveSegment{kind: segEnd}
	}
	return naiveSegment{kind: segMulti, name: oneOf(c, "", "rest")}
}

func (c *bytesOf) path() string {
	var b bytes.Buffer
	for range 1 + c.pick(7) {
		b.WriteString("/" + oneOf(c, "a", "b", "1", "ab", "-5", "img-1.png", "img-a.json", "x:apply", "a.json", "1.5", "",
			"%61", "a%2Fb", "%25", "a%20b", "ä", "..", "%2e%2E", ".", ".%2e", "..%2Fa", "%zz", "%2", "\\x", "12", "cc", "im%67-12.p%6eg",
			"%31.json", "123e4567-e89b-12d3-a456-426614174000", "9223372036854775808", "aimg-1", "1b", "abab", "AB", "1:apply", "%2E.%2e"))
	}
	return b.String()
}

func FuzzNaive(f *testing.F) {
	for i := range 64 {
		seed := make([]byte, 160)
		for j := range seed {
			seed[j] = byte(uint32((i+1)*(j+7)) * 2654435761 >> 9)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkTable(t, data) })
}

// checkTable makes routes and requests of the input, and compares every answer with the definition.
func checkTable(t *testing.T, data []byte) {
	c := &bytesOf{data}
	var routes []*naiveRoute
	for range 1 + c.pick(12) {
		routes = append(routes, c.route())
	}
	walk, cols, kept := build(t, routes)
	var patterns []string
	for _, r := range kept {
		patterns = append(patterns, r.String())
	}
	redirect, redirectCols := slashTable(t, SlashRedirect, patterns...)
	ignore, ignoreCols := slashTable(t, SlashIgnore, patterns...)
	for range 16 {
		m, host, path := oneOf(c, fuzzMethods...), oneOf(c, "", "h.com", "H.com:80", "other"), c.path()
		checkLookup(t, walk, kept, m, host, path)
		checkLookup(t, cols, kept, m, host, path)
		if m != MethodConnect {
			checkClean(t, walk, m, path)
		}
		checkExplain(t, walk, m, host, path)
		checkSlash(t, walk, redirect, m, host, path)
		checkSlash(t, cols, redirectCols, m, host, path)
		checkIgnore(t, ignore, kept, m, host, path)
		checkIgnore(t, ignoreCols, kept, m, host, path)
		checkFold(t, walk, kept, m, host, path)
	}
}

// checkClean holds that a redirect to the clean path is the last one of its kind.
func checkClean(t testing.TB, tab *Table, m Method, path string) {
	t.Helper()
	var ps Params
	clean := AppendClean(nil, []byte(path))
	if got := tab.Lookup(m, nil, clean, &ps); got.Kind == Unclean {
		t.Fatalf("AppendClean(%q) = %q is unclean", path, clean)
	}
	if again := AppendClean(nil, clean); !bytes.Equal(again, clean) {
		t.Fatalf("AppendClean(%q) = %q, again %q", path, clean, again)
	}
	if clean[0] != '/' || bytes.HasPrefix(clean, []byte("//")) || bytes.Contains(clean, []byte{'\\'}) {
		t.Fatalf("AppendClean(%q) = %q", path, clean)
	}
}
