package router

// This file tests what surrounds the lookup: policies for slashes and case, tables that change, names, URLs,
// explanations, typed values.

import (
	"errors"
	"fmt"
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
