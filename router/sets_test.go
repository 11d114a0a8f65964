package router

// This file runs whole sets of routes: the GitHub API, the static files of the
// Go site, overlaps, ten thousand routes, and the sets that would make a
// backtracking router take exponential time. It holds the benchmarks too.

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
)

// readSet returns the patterns of a file in testdata.
func readSet(t testing.TB, name string) (patterns []string) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			patterns = append(patterns, line)
		}
	}
	return patterns
}

// request is a method and a path that a pattern without host matches.
type request struct {
	m    Method
	path []byte
}

// requestFor fills a pattern's params with their names.
func requestFor(pattern string) request {
	name, path, _ := strings.Cut(pattern, " ")
	m, _ := methodByName(name)
	return request{m, []byte(strings.NewReplacer("{$}", "", "{", "", "}", "").Replace(path))}
}

func requestsFor(patterns []string) (rs []request) {
	for _, p := range patterns {
		rs = append(rs, requestFor(p))
	}
	return rs
}

func TestSets(t *testing.T) {
	for name, n := range map[string]int{"github.txt": 203, "static.txt": 157} {
		patterns := readSet(t, name)
		if len(patterns) != n {
			t.Fatalf("%s has %d routes, want %d", name, len(patterns), n)
		}
		tab := compile(t, patterns...)
		mux := http.NewServeMux()
		for _, p := range patterns {
			mux.HandleFunc(p, func(http.ResponseWriter, *http.Request) {})
		}
		for id, p := range patterns {
			r := requestFor(p)
			var ps Params
			if got := tab.Lookup(r.m, nil, r.path, &ps); got.Kind != Found || int(got.Route) != id {
				t.Errorf("%s: %v %s: %v %d, want route %d", name, r.m, r.path, got.Kind, got.Route, id)
			}
			for i, param := range tab.Route(id).Params {
				if got := string(ps.Value(r.path, i)); got != param.Name {
					t.Errorf("%s: %s: %s = %q", name, r.path, param.Name, got)
				}
			}
			req, _ := http.NewRequest(r.m.String(), string(r.path), nil)
			if _, want := mux.Handler(req); want != p {
				t.Errorf("%s: ServeMux says %q for %q", name, want, p)
			}
		}
	}
}

// largeSet makes n routes like those of a big API: static, with one and with
// more params, overlapping.
func largeSet(n int) (patterns []string) {
	for i := range n {
		switch group := i / 5; i % 5 {
		case 0:
			patterns = append(patterns, fmt.Sprintf("GET /service%d/status", group))
		case 1:
			patterns = append(patterns, fmt.Sprintf("GET /service%d/items/{id:int}", group))
		case 2:
			patterns = append(patterns, fmt.Sprintf("GET /service%d/items/{name}", group))
		case 3:
			patterns = append(patterns, fmt.Sprintf("POST /service%d/items/{id}/parts/{part}", group))
		case 4:
			patterns = append(patterns, fmt.Sprintf("GET /service%d/files/{path...}", group))
		}
	}
	return patterns
}

func TestLargeSet(t *testing.T) {
	patterns := largeSet(10000)
	tab := compile(t, patterns...)
	for _, tr := range tab.trees {
		if tr.cols != nil {
			t.Error("an ordinary set is searched by columns")
		}
	}
	for group := range len(patterns) / 5 {
		base := fmt.Sprintf("/service%d", group)
		for path, want := range map[string]string{
			"/status":      patterns[5*group],
			"/items/42":    patterns[5*group+1] + " 42",
			"/items/x42":   patterns[5*group+2] + " x42",
			"/files/a/b":   patterns[5*group+4] + " a/b",
			"/items/1/2":   "NotFound",
			"/items/1/par": "NotFound",
		} {
			if got := ask(tab, MethodGet, "", base+path); got != want {
				t.Fatalf("%s: got %q, want %q", base+path, got, want)
			}
		}
	}
}

// hostileSet offers a literal beside a parameter at each of depth levels: 2^depth
// routes, and a path of literals leads to every one of them but the last segment.
func hostileSet(depth int) (patterns []string) {
	for bits := range 1 << depth {
		var b strings.Builder
		for i := range depth {
			if bits>>i&1 == 0 {
				b.WriteString("/a")
			} else {
				fmt.Fprintf(&b, "/{p%d}", i)
			}
		}
		patterns = append(patterns, fmt.Sprintf("GET %s/x%d", b.String(), bits))
	}
	return patterns
}

// stepsOf counts the nodes and matchers that a lookup in the tree without host can meet on a path, which are all
// that it does meet if nothing answers.
func stepsOf(t *Table, path string) int {
	segs := strings.Split(path[1:], "/")
	var below func(at uint32, segs []string) int
	below = func(at uint32, segs []string) (steps int) {
		n, r := &t.nodes[at], &t.rare[at]
		if len(segs) == 0 || segs[0] == "" {
			return 1
		}
		seg := []byte(segs[0])
		if to := t.literal(at, seg); to != 0 {
			steps += below(to, segs[1:])
		}
		for _, e := range t.params[r.typed:][:r.typedLen] {
			if steps++; t.matches(&e, seg) {
				steps += below(e.to, segs[1:])
			}
		}
		if n.param != 0 {
			steps += 1 + below(n.param, segs[1:])
		}
		for _, tl := range t.tails[r.tails:][:r.tailsLen] {
			if steps++; len(segs) > tl.segs {
				steps += below(tl.to, segs[len(segs)-tl.segs:])
			}
		}
		return steps + 1
	}
	return below(t.trees[noHost].root, segs)
}

func TestStepsAreBounded(t *testing.T) {
	// A literal beside a parameter at each level, as few routes as that takes:
	// every literal branch is a dead end.
	var ladder []string
	for i := range segmentsMax / 4 {
		ladder = append(ladder, strings.Repeat("/a", i+1)+fmt.Sprintf("/end%d", i))
	}
	wild := ""
	for i := range ParamsMax {
		wild += fmt.Sprintf("/{p%d}", i)
		ladder = append(ladder, strings.Repeat("/a", i)+fmt.Sprintf("/{p%d}/b", i))
	}
	ladder = append(ladder, wild+"/x")
	var middle []string // a wildcard at each level, and all of them can take the rest
	for i := range segmentsMax / 4 {
		middle = append(middle, strings.Repeat("/a", i)+fmt.Sprintf("/{w...}/end%d/{x}", i))
	}
	for name, patterns := range map[string][]string{
		"github":     readSet(t, "github.txt"),
		"large":      largeSet(10000),
		"ladder":     ladder,
		"middle":     middle,
		"hostile 6":  hostileSet(6),
		"hostile 10": hostileSet(10),
	} {
		tab := compile(t, patterns...)
		for n := range 20 {
			for _, seg := range []string{"/a", "/b", "/items"} {
				path := strings.Repeat(seg, n+1)
				if steps := stepsOf(tab, path); steps > stepsMax && tab.trees[noHost].cols == nil {
					t.Errorf("%s: %d steps to walk %s", name, steps, path)
				}
			}
		}
	}
	if tab := compile(t, hostileSet(10)...); tab.trees[0].cols == nil {
		t.Error("a hostile set is walked")
	} else if steps := stepsOf(tab, strings.Repeat("/a", 10)+"/none"); steps < 1<<10 {
		t.Errorf("a walk of the hostile set takes %d steps, so it is none", steps)
	} else if n := len(tab.trees[0].cols.levels[3].matchers); n > 1 {
		t.Errorf("%d matchers are tried by columns at one level, want 1", n)
	}
}

// TestStepsBound holds the bound to the steps that walks really take.
func TestStepsBound(t *testing.T) {
	for depth := range 8 {
		var b Builder
		for _, p := range hostileSet(depth) {
			b.Add(p, Source{})
		}
		_, roots := b.grow()
		tab, err := b.Compile()
		if err != nil {
			t.Fatal(err)
		}
		if tab.trees[0].cols != nil {
			continue
		}
		steps := stepsOf(tab, strings.Repeat("/a", depth)+"/none")
		if bound := stepsBound(roots[0]); steps > bound || depth > 0 && steps < bound/2 {
			t.Errorf("depth %d: %d steps, bound %d", depth, steps, bound)
		}
	}
}

// TestMiddleByColumns has wildcards in the middle in a set that cannot be walked.
func TestMiddleByColumns(t *testing.T) {
	tab := compile(t, append(hostileSet(10), "GET /{m...}/zz/{q:int}", "POST /b/{m...}/zz/{$}", "GET /{p...}")...)
	if tab.trees[noHost].cols == nil {
		t.Fatal("the set is walked")
	}
	for _, test := range []struct {
		m          Method
		path, want string
	}{
		{MethodGet, "/b/c/zz/7", "GET /{m...}/zz/{q:int} b/c 7"},
		{MethodGet, "/b/%63/zz/7", "GET /{m...}/zz/{q:int} b/%63 7"},
		{MethodGet, strings.Repeat("/a", 100) + "/zz/7", "GET /{m...}/zz/{q:int} " + strings.Repeat("/a", 100)[1:] + " 7"},
		{MethodGet, "/zz/7", "GET /{p...} zz/7"},
		{MethodGet, "/b/zz/x", "GET /{p...} b/zz/x"},
		{MethodPost, "/b/c/zz/", "POST /b/{m...}/zz/{$} c"},
		{MethodPost, "/b/c/zz", "RedirectSlash"},
		{MethodPut, "/b/c/zz/7", "MethodNotAllowed GET, HEAD"},
	} {
		if got := ask(tab, test.m, "", test.path); got != test.want {
			t.Errorf("%v %.40s: got %.60q, want %.60q", test.m, test.path, got, test.want)
		}
	}
}

// TestWholePaths asks for static routes and for paths that differ from them by a byte or a length.
func TestWholePaths(t *testing.T) {
	patterns := readSet(t, "static.txt")
	tab := compile(t, patterns...)
	found := 0
	for _, p := range patterns {
		path := requestFor(p).path
		if len(path) < wordBytes {
			continue
		}
		if tab.whole(path) != 0 {
			found++
		}
		for i := range path {
			other := append([]byte{}, path...)
			other[i] ^= 0x80
			if at := tab.whole(other); at != 0 {
				t.Fatalf("%q is taken for %q", other, path)
			}
		}
		if at := tab.whole(append(path[:len(path):len(path)], "xxxxxxxx"...)); at != 0 {
			t.Fatalf("%q and more is found", path)
		}
	}
	if found < 150 {
		t.Errorf("%d of %d static routes are found by their whole path", found, len(patterns))
	}
}

// TestHostileSet looks every route of a set for columns up.
func TestHostileSet(t *testing.T) {
	patterns := hostileSet(10)
	tab := compile(t, append(patterns, "GET h.com/{p...}", "POST /{q}/", "POST /z/{$}")...)
	for bits, p := range patterns {
		path := strings.Repeat("/a", 10) + fmt.Sprintf("/x%d", bits)
		if got := ask(tab, MethodGet, "", path); !strings.HasPrefix(got+" ", p+" ") {
			t.Fatalf("%s: got %s, want %s", path, got, p)
		}
	}
	last := strings.Repeat("/a", 10) + "/x1023"
	for _, test := range []struct {
		m          Method
		path, want string
	}{
		{MethodHead, last, patterns[1023] + strings.Repeat(" a", 10)},
		{MethodPut, last, "MethodNotAllowed GET, HEAD, POST"},
		{MethodOptions, last, "Options GET, HEAD, POST, OPTIONS"},
		{MethodGet, last + "0", "MethodNotAllowed POST"},
		{MethodGet, "/b", "NotFound"},
		{MethodPost, "/b", "RedirectSlash"},
		{MethodPost, "/b/", "POST /{q}/ b"},
		{MethodPost, "/b/c", "POST /{q}/ b"},
		{MethodPost, "/z/", "POST /z/{$}"},
		{MethodPost, "/%7a/", "POST /z/{$}"},
		{MethodPost, "/z", "RedirectSlash"},
		{MethodPost, strings.Repeat("/b", 70), "POST /{q}/ b"},
		{MethodGet, strings.Repeat("/b", 70), "MethodNotAllowed POST"},
	} {
		if got := ask(tab, test.m, "", test.path); got != test.want {
			t.Errorf("%v %s: got %q, want %q", test.m, test.path, got, test.want)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	tab := compile(t, append(readSet(t, "github.txt"), "GET h.com/{s:re([a-z]+)}/{u:uuid}", "GET /r/{s:re([a-z]+-[0-9]+)}")...)
	wide := compile(t, hostileSet(10)...)
	long := "/users/" + strings.Repeat("%61", 3000)
	for _, test := range []struct {
		tab  *Table
		m    Method
		host string
		path string
		want Kind
	}{
		{tab, MethodGet, "", "/user/repos", Found},
		{tab, MethodGet, "", "/repos/a/b/issues/5/labels", Found},
		{tab, MethodGet, "", "/repos/a/b%2Fc/issues/5/labels", Found},
		{tab, MethodGet, "", long, Found},
		{tab, MethodGet, "H.com:80", "/abc/123e4567-e89b-12d3-a456-426614174000", Found},
		{tab, MethodGet, "", "/r/abc-123", Found},
		{tab, MethodGet, "", "/nothing/here", NotFound},
		{tab, MethodPut, "", "/user/repos", MethodNotAllowed},
		{tab, MethodOptions, "", "/user/repos", Options},
		{tab, MethodGet, "", "/a//b", Unclean},
		{wide, MethodGet, "", "/a/a/a/a/a/a/a/a/a/a/x17", Found},
		{wide, MethodGet, "", "/a/a/a/a/a/a/a/a/a/a/none", NotFound},
	} {
		host, path := []byte(test.host), []byte(test.path)
		var ps Params
		if got := test.tab.Lookup(test.m, host, path, &ps); got.Kind != test.want {
			t.Errorf("%v %.60s: %v, want %v", test.m, test.path, got.Kind, test.want)
		}
		if n := testing.AllocsPerRun(50, func() { test.tab.Lookup(test.m, host, path, &ps) }); n != 0 && !raceEnabled {
			t.Errorf("%v %.60s: %v allocations", test.m, test.path, n)
		}
	}
	allow := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(50, func() { allow = MethodSet(0x3ff).Append(allow[:0]) }); n != 0 {
		t.Errorf("MethodSet.Append: %v allocations", n)
	}
}

// TestConcurrentUse gives the race detector something to see.
func TestConcurrentUse(t *testing.T) {
	patterns := append(readSet(t, "github.txt"), "GET /r/{s:re([a-z]+)}")
	tab := compile(t, patterns...)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				for id, p := range patterns[:203] {
					r := requestFor(p)
					var ps Params
					if got := tab.Lookup(r.m, nil, r.path, &ps); int(got.Route) != id {
						t.Errorf("%s: route %d, want %d", r.path, got.Route, id)
					}
				}
			}
		})
	}
	wg.Wait()
}

func benchmark(b *testing.B, tab *Table, rs []request) {
	b.Helper()
	b.ReportAllocs()
	var ps Params
	n := 0
	for b.Loop() {
		r := &rs[n]
		tab.Lookup(r.m, nil, r.path, &ps)
		if n++; n == len(rs) {
			n = 0
		}
	}
}

func shuffled(rs []request) []request {
	rnd := rand.New(rand.NewPCG(3, 4))
	rnd.Shuffle(len(rs), func(i, j int) { rs[i], rs[j] = rs[j], rs[i] })
	return rs
}

func BenchmarkGitHub(b *testing.B) {
	patterns := readSet(b, "github.txt")
	benchmark(b, compile(b, patterns...), requestsFor(patterns))
}

func BenchmarkGitHubShuffled(b *testing.B) {
	patterns := readSet(b, "github.txt")
	benchmark(b, compile(b, patterns...), shuffled(requestsFor(patterns)))
}

func BenchmarkStatic(b *testing.B) {
	patterns := readSet(b, "static.txt")
	benchmark(b, compile(b, patterns...), shuffled(requestsFor(patterns)))
}

func BenchmarkOneParam(b *testing.B) {
	benchmark(b, compile(b, "GET /user/{name}"), []request{{MethodGet, []byte("/user/gordon")}})
}

func BenchmarkOverlap(b *testing.B) {
	tab := compile(b, "GET /a/{x:int}/b", "GET /a/{y}/c", "GET /a/1/d", "GET /{p...}")
	benchmark(b, tab, []request{{MethodGet, []byte("/a/1/b")}, {MethodGet, []byte("/a/1/c")}, {MethodGet, []byte("/a/1/d")}, {MethodGet, []byte("/a/1/e")}})
}

func BenchmarkNotFound(b *testing.B) {
	tab := compile(b, readSet(b, "github.txt")...)
	benchmark(b, tab, []request{{MethodGet, []byte("/repos/a/b/nothing")}, {MethodGet, []byte("/wp-login.php")}, {MethodGet, []byte("/user/starred/x")}})
}

func BenchmarkNotAllowed(b *testing.B) {
	tab := compile(b, readSet(b, "github.txt")...)
	benchmark(b, tab, []request{{MethodPut, []byte("/user/repos")}, {MethodPost, []byte("/repos/a/b/branches/c")}})
}

func BenchmarkTenThousand(b *testing.B) {
	patterns := largeSet(10000)
	rs := requestsFor(patterns)
	for i := range rs {
		rs[i].path = []byte(strings.NewReplacer("id:int", "42", "...", "").Replace(string(rs[i].path)))
	}
	benchmark(b, compile(b, patterns...), shuffled(rs))
}

func BenchmarkHostile(b *testing.B) {
	benchmark(b, compile(b, hostileSet(10)...), []request{{MethodGet, []byte(strings.Repeat("/a", 10) + "/x1023")}})
}

func BenchmarkCompileGitHub(b *testing.B) {
	patterns := readSet(b, "github.txt")
	b.ReportAllocs()
	for b.Loop() {
		compile(b, patterns...)
	}
}
