package router

// This file tests what surrounds the lookup: policies for slashes and case, tables that change, names, URLs,
// explanations, typed values.

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// slashTable compiles patterns with a policy, as a walk and as columns.
func slashTable(t testing.TB, policy SlashPolicy, patterns ...string) (walk, cols *Table) {
	t.Helper()
	var b Builder
	b.SetSlash(policy)
	for i, p := range patterns {
		if _, err := b.Add(p, Source{"routes.go", i + 1}); err != nil {
			t.Fatal(err)
		}
	}
	walk, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if cols, err = b.compile(true); err != nil {
		t.Fatal(err)
	}
	return walk, cols
}

func TestSlashPolicies(t *testing.T) {
	patterns := []string{"GET /a", "GET /b/{$}", "GET /c", "GET /c/{$}", "GET /d/", "GET /p/{x}", "GET /p/{x}/q/{$}", "POST /a/{$}", "GET /m/{rest...}", "GET /m/x"}
	for _, test := range []struct {
		path                     string
		strict, redirect, ignore string
	}{
		{"/a", "GET /a", "GET /a", "GET /a"},
		{"/a/", "MethodNotAllowed POST", "RedirectNoSlash", "GET /a"},
		{"/b", "RedirectSlash", "RedirectSlash", "GET /b/{$}"},
		{"/b/", "GET /b/{$}", "GET /b/{$}", "GET /b/{$}"},
		{"/c", "GET /c", "GET /c", "GET /c"},
		{"/c/", "GET /c/{$}", "GET /c/{$}", "GET /c/{$}"},
		{"/d", "RedirectSlash", "RedirectSlash", "RedirectSlash"},
		{"/p/1/", "NotFound", "RedirectNoSlash", "GET /p/{x} 1"},
		{"/p/%31/", "NotFound", "RedirectNoSlash", "GET /p/{x} %31"},
		{"/p/1/q", "RedirectSlash", "RedirectSlash", "GET /p/{x}/q/{$} 1"},
		{"/p/%31/q", "RedirectSlash", "RedirectSlash", "GET /p/{x}/q/{$} %31"},
		{"/m/x/", "GET /m/{rest...} x/", "GET /m/{rest...} x/", "GET /m/x"},
		{"/none/", "NotFound", "NotFound", "NotFound"},
		{"/a//", "Unclean", "Unclean", "Unclean"},
	} {
		for policy, want := range map[SlashPolicy]string{SlashStrict: test.strict, SlashRedirect: test.redirect, SlashIgnore: test.ignore} {
			walk, _ := slashTable(t, policy, patterns...)
			if got := ask(walk, MethodGet, "", test.path); got != want {
				t.Errorf("policy %d, %s: got %q, want %q", policy, test.path, got, want)
			}
		}
	}
}

// checkSlash holds that redirects change nothing of what is found, and that they lead to a path that differs by its
// last slash only and is found.
func checkSlash(t testing.TB, strict, redirect *Table, m Method, host, path string) {
	t.Helper()
	var ps Params
	was := strict.Lookup(m, []byte(host), []byte(path), &ps)
	got := redirect.Lookup(m, []byte(host), []byte(path), &ps)
	if was.Kind == Found && got != was {
		t.Fatalf("%v %q on %q: %v, with redirects %v", m, path, host, was, got)
	}
	if got.Kind != RedirectNoSlash {
		return
	}
	if next := strict.Lookup(m, []byte(host), []byte(strings.TrimSuffix(path, "/")), &ps); !strings.HasSuffix(path, "/") || next.Kind != Found {
		t.Fatalf("%v %q on %q: redirected to what is %v", m, path, host, next)
	}
}

// checkIgnore compares one lookup where slashes at the end are ignored with its definition: a path that is registered
// as it is, if only as the root of a subtree; else one with a slash more or less that is no subtree; else as ever.
func checkIgnore(t testing.TB, tab *Table, routes []*naiveRoute, m Method, host, path string) {
	t.Helper()
	var ps Params
	if m == MethodConnect && string(AppendClean(nil, []byte(path))) != path {
		return // see SlashIgnore
	}
	got, want, asked := tab.Lookup(m, []byte(host), []byte(path), &ps), naiveLookup(t, routes, m, host, path), path
	if segs := decoded(path); segs != nil && want.kind != Unclean {
		own := strings.ToLower(strings.TrimSuffix(host, ":80"))
		best, exact := naiveBest(t, routes, m, own, segs)
		if exact {
			want = naiveAnswer{kind: Found, routes: best}
		} else if other := otherSlash(path); len(other) > 0 {
			next, _ := naiveBest(t, routes, m, own, decoded(other))
			if next != nil && next[0].segs[len(next[0].segs)-1].kind != segMulti {
				want, asked = naiveAnswer{kind: Found, routes: next}, other
			}
		}
	}
	compareLookup(t, tab, routes, m, host, path, asked, got, &ps, want)
}

// decoded returns the segments of a path, nil if it has none that can be matched.
func decoded(path string) (segs []string) {
	for raw := range strings.SplitSeq(path[1:], "/") {
		seg, err := url.PathUnescape(raw)
		if err != nil || strings.Contains("/"+seg+"/", "/../") {
			return nil
		}
		segs = append(segs, seg)
	}
	return segs
}

// otherSlash is the path with one slash at its end more or less.
func otherSlash(path string) string {
	if strings.HasSuffix(path, "/") {
		return path[:len(path)-1]
	}
	return path + "/"
}

// checkFold holds what AppendFold says to its definition: some route matches but for the case of its literals.
func checkFold(t testing.TB, tab *Table, routes []*naiveRoute, m Method, host, path string) {
	t.Helper()
	got, ok := tab.AppendFold(nil, m, []byte(host), []byte(path))
	var ps Params
	kind := tab.Lookup(m, []byte(host), got, &ps).Kind // with a slash behind it, another route may be more specific
	if ok && (!strings.EqualFold(string(got), path) || kind != Found && kind != RedirectSlash) {
		t.Fatalf("%v %q on %q: AppendFold gives %q", m, path, host, got)
	}
	if strings.Contains(path, "%") || string(AppendClean(nil, []byte(path))) != path { // also for CONNECT, which routes them
		return
	}
	own, want := strings.ToLower(strings.TrimSuffix(host, ":80")), false
	for _, r := range routes {
		segs := decoded(path)
		for i, s := range r.ofLength(len(segs)) {
			if s.kind == segLiteral && strings.EqualFold(s.text, segs[i]) && isASCII(s.text) {
				segs[i] = s.text
			}
		}
		matches, _ := r.matches(segs)
		want = want || matches && r.answers(m) && (r.host == "" || r.host == own)
	}
	if ok != want {
		t.Fatalf("%v %q on %q: AppendFold gives %q, %v, want %v; routes %v", m, path, host, got, ok, want, routes)
	}
}

func TestFold(t *testing.T) {
	tab := compile(t, "GET /Members/{name}/Posts", "GET /files/{path...}", "GET /about/{$}", "POST /Login", "GET h.com/Home", "GET /%C3%84", "GET /n/{id:int}")
	for _, test := range []struct {
		m                Method
		host, path, want string
	}{
		{MethodGet, "", "/members/Ann/POSTS", "/Members/Ann/Posts"},
		{MethodGet, "", "/FILES/A/b", "/files/A/b"},
		{MethodGet, "", "/FILES/", "/files/"},
		{MethodGet, "", "/About/", "/about/"},
		{MethodGet, "", "/login", ""},
		{MethodPost, "", "/login", "/Login"},
		{MethodHead, "", "/N/12", "/n/12"},
		{MethodGet, "", "/N/x", ""},
		{MethodGet, "h.com", "/home", "/Home"},
		{MethodGet, "", "/home", ""},
		{MethodGet, "h.com", "/members/Ann/posts", "/Members/Ann/Posts"},
		{MethodGet, "", "/members//posts", ""},
		{MethodGet, "", "/members/%41/posts", ""},
		{MethodGet, "", "", ""},
	} {
		got, ok := tab.AppendFold([]byte("at "), test.m, []byte(test.host), []byte(test.path))
		if string(got) != "at "+test.want || ok != (test.want != "") {
			t.Errorf("%v %s%s: got %q, %v, want %q", test.m, test.host, test.path, got, ok, test.want)
		}
	}
}

func TestLive(t *testing.T) {
	var l Live
	if got := ask(l.Table(), MethodGet, "", "/a"); got != "NotFound" {
		t.Errorf("without routes: %s", got)
	}
	add := func(patterns ...string) error {
		return l.Update(func(b *Builder) error {
			for i, p := range patterns {
				if _, err := b.Add(p, Source{"live.go", i + 1}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := add("GET /a", "GET /{x:int}"); err != nil {
		t.Fatal(err)
	}
	old := l.Table()
	var conflict *ConflictError
	if err := add("GET /b", "GET /{y:int}"); !errors.As(err, &conflict) {
		t.Errorf("a conflict gives %v", err)
	}
	if err := add("GET /c", "/{"); err == nil || l.Table() != old {
		t.Error("a fault in a pattern changed the table")
	}
	if err := add("GET /b"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/a": "GET /a", "/b": "GET /b", "/c": "NotFound", "/7": "GET /{x:int} 7"} {
		if got := ask(l.Table(), MethodGet, "", path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if got := ask(old, MethodGet, "", "/b"); got != "NotFound" {
		t.Errorf("the old table changed: %s", got)
	}
}

// TestLiveConcurrently looks up while routes are added; what was there is found at every moment.
func TestLiveConcurrently(t *testing.T) {
	var l Live
	var wg sync.WaitGroup
	grown := make(chan int, 64)
	for range 3 {
		wg.Go(func() {
			for n := range grown {
				tab := l.Table()
				var ps Params
				path := []byte(fmt.Sprintf("/r%d/x", n))
				if got := tab.Lookup(MethodGet, nil, path, &ps); got.Kind != Found || int(got.Route) != n || string(ps.Value(path, 0)) != "x" {
					t.Errorf("%s: %v %d", path, got.Kind, got.Route)
				}
			}
		})
	}
	for n := range 60 {
		if err := l.Update(func(b *Builder) error {
			_, err := b.Add(fmt.Sprintf("GET /r%d/{v:re([a-z]+)}", n), Source{})
			return err
		}); err != nil {
			t.Error(err)
		}
		grown <- n / 2
	}
	close(grown)
	wg.Wait()
}

func TestNamesAndURLs(t *testing.T) {
	var b Builder
	for _, p := range []string{"GET /a%20b/{x}", "GET /u/{id:int}.json", "GET /f/{path...}", "GET /e/{$}", "GET /r/{s:re([a-z/]+)}", "GET /s/"} {
		if _, err := b.Add(p, Source{"u.go", 1}); err != nil {
			t.Fatal(err)
		}
	}
	for id, name := range []string{"spaces", "user", "file", "end", "re", "sub"} {
		if err := b.Name(id, name); err != nil {
			t.Fatal(err)
		}
	}
	b.SetMeta(1, "who")
	if err := b.Name(2, "user"); err == nil || !strings.Contains(err.Error(), `"GET /f/{path...}" (u.go:1) is taken by pattern "GET /u/{id:int}.json"`) {
		t.Errorf("a name given twice: %v", err)
	}
	tab, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if r := tab.Route(1); r.Name != "user" || r.Meta != "who" || tab.Named("user") != 1 || tab.Named("gone") != -1 {
		t.Errorf("route 1 is %v", r)
	}
	for _, test := range []struct {
		name, values, want string // values separated by |; "" wants an error
	}{
		{"spaces", "ä/?", "/a%20b/%C3%A4%2F%3F"},
		{"spaces", "", ""},
		{"spaces", "..", ""},
		{"spaces", "a/../b", ""},
		{"spaces", "a|b", ""},
		{"user", "17", "/u/17.json"},
		{"user", "x", ""},
		{"file", "a b/c%", "/f/a%20b/c%25"},
		{"file", "a//b", ""},
		{"file", "../b", ""},
		{"end", "-", "/e/"},
		{"re", "ab/c", "/r/ab%2Fc"},
		{"re", "AB", ""},
		{"sub", "-", "/s/"},
	} {
		values := strings.Split(test.values, "|")
		if test.values == "-" {
			values = nil
		}
		got, err := tab.AppendURL([]byte("x"), tab.Named(test.name), values...)
		if string(got) != "x"+test.want || (err != nil) != (test.want == "") {
			t.Errorf("%s(%q): got %q, %v, want %q", test.name, values, got, err, test.want)
			continue
		}
		if err != nil {
			continue
		}
		var ps Params
		path := got[1:]
		if m := tab.Lookup(MethodGet, nil, path, &ps); m.Route != tab.Named(test.name) {
			t.Errorf("%s leads to %v %d", path, m.Kind, m.Route)
		}
		for i := range ps.Len() {
			if v, ok := AppendUnescaped(nil, ps.Value(path, i)); !ok || string(v) != values[i] {
				t.Errorf("%s: value %q, want %q", path, v, values[i])
			}
		}
	}
}

func TestMount(t *testing.T) {
	var users, api Builder
	users.Add("GET /{$}", Source{"users.go", 1})
	id, _ := users.Add("GET /{id:int}", Source{"users.go", 2})
	users.Name(id, "user")
	users.SetMeta(id, 7)
	api.Add("GET /", Source{"api.go", 1})
	first, err := api.Mount("/api/users", &users)
	if err != nil || first != 1 {
		t.Fatal(first, err)
	}
	tab, err := api.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(tab, MethodGet, "", "/api/users/3"); got != "GET /api/users/{id:int} 3" {
		t.Error(got)
	}
	if r := tab.Route(2); r.Name != "user" || r.Meta != 7 || r.Source.Line != 2 || tab.Named("user") != 2 {
		t.Errorf("the route is %v", r)
	}
	if _, err := api.Mount("/other", &users); err == nil || tab.Len() != 3 {
		t.Error("a name was given twice")
	}
	if _, err := api.Mount("GET /x", &users); err == nil || !strings.Contains(err.Error(), "users.go:1") {
		t.Errorf("a method in the prefix: %v", err)
	}
	if again, err := api.Compile(); err != nil || again.Len() != 3 {
		t.Errorf("a refused mount left %d routes, %v", again.Len(), err)
	}
}

func TestExplain(t *testing.T) {
	tab := compile(t, "GET /users/{id:int}", "GET /users/{name}", "POST /users/me", "h.com/users/{any}", "GET /{rest...}", "GET /s/")
	for _, test := range []struct {
		m                Method
		host, path, want string
	}{
		{MethodGet, "", "/users/7", `/users/7: Found
  GET /users/{id:int} (routes.go:1) answers: nothing that matches is more specific
  GET /users/{name} (routes.go:2) matches, and is less specific than "GET /users/{id:int}"
  GET /{rest...} (routes.go:5) matches, and is less specific than "GET /users/{id:int}"`},
		{MethodGet, "", "/users/me", `/users/me: Found
  POST /users/me (routes.go:3) matches the path, not the method GET
  GET /users/{name} (routes.go:2) answers: no more specific route has the method
  GET /{rest...} (routes.go:5) matches, and is less specific than "GET /users/{name}"`},
		{MethodGet, "h.com", "/users/%37", `/users/%37: Found
  h.com/users/{any} (routes.go:4) answers: nothing that matches is more specific
  GET /users/{id:int} (routes.go:1) matches, and yields to a route with a host
  GET /users/{name} (routes.go:2) matches, and yields to a route with a host
  GET /{rest...} (routes.go:5) matches, and yields to a route with a host`},
		{MethodPut, "", "/users/x", `/users/x: MethodNotAllowed, allowed are GET, HEAD
  GET /users/{name} (routes.go:2) matches the path, not the method PUT
  GET /{rest...} (routes.go:5) matches the path, not the method PUT`},
		{MethodGet, "", "/s", `/s: RedirectSlash: only the path with a slash behind it is registered, or is more specific
  GET /{rest...} (routes.go:5) matches`},
		{MethodGet, "", "/a//b", "/a//b: Unclean: the path has an empty or a dot segment, and is matched against nothing"},
		{MethodGet, "", "/%zz", "/%zz: NotFound: the path has an invalid escape, or one that hides a dot segment"},
		{MethodGet, "", "x", "x: NotFound: a path begins with '/' and has at most 65535 bytes"},
	} {
		if got := tab.Explain(test.m, []byte(test.host), []byte(test.path)).String(); got != test.want {
			t.Errorf("%v %s%s:\n got %s\nwant %s", test.m, test.host, test.path, got, test.want)
		}
	}
}

// checkExplain holds that the first candidate that says it answers is the route that does.
func checkExplain(t testing.TB, tab *Table, m Method, host, path string) {
	t.Helper()
	e := tab.Explain(m, []byte(host), []byte(path))
	answers := 0
	for _, c := range e.Candidates {
		if strings.HasPrefix(c.Why, "answers") {
			answers++
			if c.Route != e.Match.Route {
				t.Fatalf("%v", e)
			}
		}
	}
	if (e.Match.Kind == Found) != (answers == 1) {
		t.Fatalf("%v", e)
	}
}

func TestTypedValues(t *testing.T) {
	tab := compile(t, "GET /i/{v:int}", "GET /f/{v:float}", "GET /u/{v:uuid}", "GET /x/{v}")
	value := func(path string) (ps Params) {
		if m := tab.Lookup(MethodGet, nil, []byte(path), &ps); m.Kind != Found {
			t.Fatalf("%s: %v", path, m.Kind)
		}
		return ps
	}
	for path, want := range map[string]int64{"/i/-9223372036854775808": -1 << 63, "/i/%37": 7, "/i/" + strings.Repeat("0", 99) + "12": 12} {
		ps := value(path)
		if got, ok := ps.Int([]byte(path), 0); !ok || got != want {
			t.Errorf("%s: %d, %v", path, got, ok)
		}
	}
	for _, path := range []string{"/x/+1", "/x/9223372036854775808", "/x/a", "/x/" + strings.Repeat("1", 99), "/x/1%20"} {
		ps := value(path)
		if got, ok := ps.Int([]byte(path), 0); ok {
			t.Errorf("%s: %d", path, got)
		}
	}
	for path, want := range map[string]float64{"/f/-1.5e3": -1500, "/f/2": 2, "/f/%31.25": 1.25} {
		ps := value(path)
		if got, ok := ps.Float([]byte(path), 0); !ok || got != want {
			t.Errorf("%s: %v, %v", path, got, ok)
		}
	}
	for _, path := range []string{"/x/inf", "/x/0x1p4", "/x/1e999"} {
		ps := value(path)
		if got, ok := ps.Float([]byte(path), 0); ok {
			t.Errorf("%s: %v", path, got)
		}
	}
	path := "/u/123e4567-E89B-12d3-a456-4266141740%300"
	ps := value(path)
	if got, ok := ps.UUID([]byte(path), 0); !ok || fmt.Sprintf("%x", got) != "123e4567e89b12d3a456426614174000" {
		t.Errorf("%x, %v", got, ok)
	}
	ps = value("/x/123")
	if got, ok := ps.UUID([]byte("/x/123"), 0); ok {
		t.Errorf("%x", got)
	}
	path = "/i/42"
	ps = value(path)
	if n := testing.AllocsPerRun(50, func() { ps.Int([]byte(path), 0) }); n > 1 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}

// TestMiddle has wildcards in the middle as a registry of images needs them.
func TestMiddle(t *testing.T) {
	tab := compile(t,
		"GET /v2/{$}", "GET /v2/{name...}/manifests/{ref}", "DELETE /v2/{name...}/manifests/{ref}", "GET /v2/{name...}/blobs/{digest}",
		"POST /v2/{name...}/blobs/uploads/{$}", "PATCH /v2/{name...}/blobs/uploads/{id:uuid}", "GET /v2/{name...}/tags/list",
		"GET /v2/_catalog", "GET /v2/alpine/manifests/latest", "/", "GET /x/{p...}/{id:int}.json", "GET /x/{p...}/{f}")
	many := strings.Repeat("/a", 200)
	for ask1, want := range map[string]string{
		"GET /v2/":                           "GET /v2/{$}",
		"GET /v2/library/alpine/manifests/3": "GET /v2/{name...}/manifests/{ref} library/alpine 3",
		"GET /v2/alpine/manifests/3":         "GET /v2/{name...}/manifests/{ref} alpine 3",
		"GET /v2/alpine/manifests/latest":    "GET /v2/alpine/manifests/latest",
		"GET /v2/manifests/manifests/latest": "GET /v2/{name...}/manifests/{ref} manifests latest",
		"GET /v2/manifests/latest":           "/",
		"GET /v2/_catalog":                   "GET /v2/_catalog",
		"PUT /v2/a/b/manifests/1":            "/",
		"GET /v2/a/tags/list":                "GET /v2/{name...}/tags/list a",
		"GET /v2/a/tags/list/":               "/",
		"POST /v2/a/b/blobs/uploads/":        "POST /v2/{name...}/blobs/uploads/{$} a/b",
		"POST /v2/a/b/blobs/uploads":         "RedirectSlash",
		"GET /v2/a%2Fb/c%20d/blobs/sha256:1": "GET /v2/{name...}/blobs/{digest} a%2Fb/c%20d sha256:1",
		"GET /v2/a//b/blobs/1":               "Unclean",
		"GET /v2/a/../blobs/1":               "Unclean",
		"GET /v2" + many + "/blobs/1":        "GET /v2/{name...}/blobs/{digest} " + many[1:] + " 1",
		"GET /v2" + many + "/blobs/%31":      "GET /v2/{name...}/blobs/{digest} " + many[1:] + " %31",
		"GET /x/a/b/7.json":                  "GET /x/{p...}/{id:int}.json a/b 7",
		"GET /x/a/b/c.json":                  "GET /x/{p...}/{f} a/b c.json",
		"GET /x/a":                           "/",
		"PATCH /v2/a/blobs/uploads/" + aUUID: "PATCH /v2/{name...}/blobs/uploads/{id:uuid} a " + aUUID,
		"PATCH /v2/a/blobs/uploads/none":     "/",
		"GET /v2/a/blobs/uploads/" + aUUID:   "/",
	} {
		name, path, _ := strings.Cut(ask1, " ")
		m, _ := methodByName(name)
		if got := ask(tab, m, "", path); got != want {
			t.Errorf("%.60s: got %.80q, want %.80q", ask1, got, want)
		}
	}
	if got, err := tab.AppendURL(nil, 1, "library/my image", "1.0"); err != nil || string(got) != "/v2/library/my%20image/manifests/1.0" {
		t.Errorf("URL %q, %v", got, err)
	}
	for _, value := range []string{"", "a/", "/a", "a//b", "..", "a/./b"} {
		if got, err := tab.AppendURL(nil, 1, value, "1"); err == nil {
			t.Errorf("URL with %q: %q", value, got)
		}
	}
	why := tab.Explain(MethodGet, nil, []byte("/v2/alpine/manifests/latest")).String()
	if !strings.Contains(why, `GET /v2/{name...}/manifests/{ref} (routes.go:2) matches, and is less specific than "GET /v2/alpine/manifests/latest"`) {
		t.Error(why)
	}
}

const aUUID = "123e4567-e89b-12d3-a456-426614174000"

// TestMiddleConflicts has pairs with a wildcard in the middle of one or both.
func TestMiddleConflicts(t *testing.T) {
	for _, test := range []struct{ a, b, path string }{
		{"/v2/{n...}/x", "/v2/{m...}/x", "/v2/a/x"},
		{"/v2/{n...}/x", "/v2/{m...}/y", ""},
		{"/v2/{n...}/{x}", "/v2/{m...}/y", ""},
		{"/v2/{n...}/{x}/z", "/v2/{m...}/y/{b}", "/v2/a/y/z"},
		{"/a/{n...}/x", "/{m...}/b/x", "/a/b/x"}, // and /a/a/x is the first's alone
		{"/a/{n...}/x", "/{p}/b/x", "/a/b/x"},
		{"/a/{n...}/x", "/a/b/x", ""},
		{"/a/{n...}/x", "/a/", ""},
		{"/a/{n...}/x", "/a/b/", "/a/b/x"},
		{"/a/{n...}/x", "/a/{m...}/{k}/x", ""},
		{"GET /a/{n...}/x", "POST /a/{m...}/x", ""},
		{"GET /a/{n...}/x", "/a/b/x", "/a/b/x"},
		{"/{n...}/{id:int}", "/{m...}/{x:float}", ""},
		{"/{a}/{n...}/x", "/{m...}/{b}/x", "/a/a/x"},
		{"/{n...}/{$}", "/a/", "/a/"},
		{"h.com/{n...}/x", "/a/b/x", ""},
	} {
		_, err := tryCompile(t, test.a, test.b)
		var e *ConflictError
		switch {
		case test.path == "" && err != nil:
			t.Errorf("%q and %q: %v", test.a, test.b, err)
		case test.path != "" && (!errors.As(err, &e) || len(conflictsOf(err)) != 1 || e.Path != test.path):
			t.Errorf("%q and %q: %v, want a conflict at %s", test.a, test.b, err, test.path)
		case test.path != "" && (e.A.Source.Line != 1 || e.B.Source.Line != 2):
			t.Errorf("%v names lines %d and %d", e, e.A.Source.Line, e.B.Source.Line)
		}
	}
}
