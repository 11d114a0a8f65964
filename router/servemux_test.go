package router

// This file compares the router with net/http.ServeMux over the syntax they
// share: the same patterns are refused, the same pattern is chosen, with the
// same values, and 404, 405 and redirects agree.
//
// Where they differ on purpose, the comparison makes an exception:
//
//   - ServeMux adds the methods of path + "/" to a 405's Allow. Here a method is
//     in Allow only if it would be answered at this path.
//   - ServeMux answers OPTIONS with 405; here that is Kind Options, whose Allow
//     has OPTIONS besides.
//   - ServeMux takes %2e for text, and gives "..%2Fa" to a handler. Here the
//     first is a dot segment and the second is NotFound: no ".." gets through.
//   - A CONNECT is not cleaned by ServeMux and may match an unclean path (with an
//     empty segment, Go 1.26's PathValue then panics). Here it is NotFound.
//     ServeMux also looks for its slash redirect by another host.
//   - An invalid escape never reaches ServeMux, as net/url refuses it.
//   - ServeMux accepts patterns that here are errors: unclean paths (without
//     method or with CONNECT), invalid escapes, spaces, unknown methods, ports.
//     The generator makes none of them.

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

const statusMatched = 299

// muxHandler answers with its pattern's values.
func muxHandler(r *naiveRoute) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		for _, s := range r.segs {
			if s.name != "" {
				w.Header().Add("Value", url.QueryEscape(req.PathValue(s.name)))
			}
		}
		w.Header().Set("Pattern", req.Pattern)
		w.WriteHeader(statusMatched)
	}
}

// register returns what ServeMux has against a pattern.
func register(mux *http.ServeMux, r *naiveRoute) (refused any) {
	defer func() { refused = recover() }()
	mux.HandleFunc(r.String(), muxHandler(r))
	return nil
}

// compileAll compiles routes, numbering them.
func compileAll(t testing.TB, routes []*naiveRoute) (*Table, error) {
	t.Helper()
	var b Builder
	for i, r := range routes {
		id, err := b.Add(r.String(), Source{"f.go", i})
		if err != nil {
			t.Fatalf("Add(%q): %v", r, err)
		}
		r.id = id
	}
	return b.Compile()
}

// shared makes a route of the shared syntax.
func (c *bytesOf) shared() *naiveRoute {
	r := &naiveRoute{method: oneOf(c, fuzzMethods...), host: oneOf(c, "", "", "", "h.com")}
	n := 1 + c.pick(4)
	for i := range n {
		s := naiveSegment{kind: segLiteral}
		switch k := c.pick(8); {
		case k < 3:
			s.text = oneOf(c, "a", "b", "c", "a/b", "%", "ä")
		case k < 6 || i < n-1:
			s.kind, s.name = segParam, string(rune('p'+i))
		case k == 6:
			s.kind = segEnd
		default:
			s.kind, s.name = segMulti, oneOf(c, "", "rest")
		}
		r.segs = append(r.segs, s)
	}
	return r
}

func (c *bytesOf) sharedPath() string {
	var b strings.Builder
	for range 1 + c.pick(5) {
		b.WriteString("/" + oneOf(c, "a", "b", "c", "d", "", "%61", "a%2Fb", "%25", "%C3%A4", "..", "."))
	}
	return b.String()
}

func FuzzServeMux(f *testing.F) {
	for i := range 64 {
		seed := make([]byte, 120)
		for j := range seed {
			seed[j] = byte(uint32((i+3)*(j+5)) * 2246822519 >> 8)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &bytesOf{data}
		mux, tab := http.NewServeMux(), &Table{}
		var kept []*naiveRoute
		for range 1 + c.pick(10) {
			r := c.shared()
			next, err := compileAll(t, append(kept[:len(kept):len(kept)], r))
			refused := register(mux, r)
			if (err != nil) != (refused != nil) {
				t.Fatalf("%q after %v:\n  router: %v\nServeMux: %v", r, kept, err, refused)
			}
			if err == nil {
				kept, tab = append(kept, r), next
			}
		}
		if len(kept) == 0 {
			return
		}
		for range 16 {
			m, host, path := oneOf(c, fuzzMethods...), oneOf(c, "", "h.com", "h.com:80", "other"), c.sharedPath()
			if m == MethodConnect {
				host = ""
			}
			compareMux(t, mux, tab, m, host, path)
		}
	})
}

func compareMux(t testing.TB, mux *http.ServeMux, tab *Table, m Method, host, path string) {
	t.Helper()
	u, err := url.ParseRequestURI(path)
	if err != nil || strings.HasPrefix(path, "//") {
		return // net/url reads a host there
	}
	clean := string(AppendClean(nil, []byte(path)))
	if m == MethodConnect && clean != path {
		return
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, &http.Request{Method: m.String(), Host: host, URL: u, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RequestURI: path})
	var ps Params
	got := tab.Lookup(m, []byte(host), []byte(path), &ps)
	fail := func(what string) {
		t.Helper()
		t.Fatalf("%v %q on %q: %s\n  router: %v route %d allow %v\nServeMux: %d %v\nroutes %v",
			m, path, host, what, got.Kind, got.Route, got.Allow, w.Code, w.Header(), slices.Collect(patterns(tab)))
	}
	switch got.Kind {
	case Found:
		if w.Code != statusMatched || w.Header().Get("Pattern") != tab.Route(int(got.Route)).Pattern {
			fail("another route")
		}
		for i, want := range w.Header()["Value"] {
			v, ok := AppendUnescaped(nil, ps.Value([]byte(path), i))
			if !ok || url.QueryEscape(string(v)) != want {
				fail("another value than " + string(v))
			}
		}
	case NotFound, MethodNotAllowed, Options:
		compareAllow(tab, m, host, path, got, w, fail)
	case RedirectSlash:
		compareLocation(path+"/", w, fail)
	case Unclean:
		if next := tab.Lookup(m, []byte(host), []byte(clean), &ps); next.Kind == RedirectSlash {
			clean += "/"
		}
		if !strings.Contains(path, "%") { // ServeMux escapes a cleaned path anew
			compareLocation(clean, w, fail)
		}
	}
}

func compareLocation(want string, w *httptest.ResponseRecorder, fail func(string)) {
	got, _ := url.PathUnescape(w.Header().Get("Location"))
	want, _ = url.PathUnescape(want)
	if w.Code != http.StatusTemporaryRedirect || got != want {
		fail("want a redirect to " + want)
	}
}

// compareAllow compares a refusal, adding to ours the methods of path + "/".
func compareAllow(tab *Table, m Method, host, path string, got Match, w *httptest.ResponseRecorder, fail func(string)) {
	allow := got.Allow
	if got.Kind == Options {
		allow &^= MethodOptions.bit()
	}
	if !strings.HasSuffix(path, "/") {
		var ps Params
		below := tab.Lookup(m, []byte(host), []byte(path+"/"), &ps)
		if below.Kind == Options {
			below.Allow &^= MethodOptions.bit()
		}
		allow |= below.Allow
	}
	if allow == 0 {
		if w.Code != http.StatusNotFound {
			fail("want 404")
		}
		return
	}
	want := strings.Split(allow.String(), ", ")
	slices.Sort(want)
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != strings.Join(want, ", ") {
		fail("want 405 with " + strings.Join(want, ", "))
	}
}

func patterns(t *Table) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, r := range t.Routes() {
			if !yield(r.Pattern) {
				return
			}
		}
	}
}
