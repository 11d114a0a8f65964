package router

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// compile builds a table or fails the test.
func compile(t testing.TB, patterns ...string) *Table {
	t.Helper()
	tab, err := tryCompile(t, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func tryCompile(t testing.TB, patterns ...string) (*Table, error) {
	t.Helper()
	var b Builder
	for i, p := range patterns {
		if id, err := b.Add(p, Source{"routes.go", i + 1}); err != nil || id != i {
			t.Fatalf("Add(%q) = %d, %v", p, id, err)
		}
	}
	return b.Compile()
}

// ask writes a lookup's result as "pattern value value", or its kind and Allow.
func ask(tab *Table, m Method, host, path string) string {
	var ps Params
	got := tab.Lookup(m, []byte(host), []byte(path), &ps)
	if got.Kind != Found {
		return strings.TrimSpace(got.Kind.String() + " " + got.Allow.String())
	}
	out := tab.Route(int(got.Route)).Pattern
	for i := range ps.Len() {
		out += fmt.Sprintf(" %s", ps.Value([]byte(path), i))
	}
	return out
}

func TestLookup(t *testing.T) {
	tests := []struct {
		patterns []string
		asks     []string // "METHOD host/path" → ask's answer
	}{
		{[]string{"GET /a/{x:int}/b", "GET /a/{y}/c", "GET /a/{z:alpha}/b", "GET /a/1/d"}, []string{
			"GET /a/1/b", "GET /a/{x:int}/b 1",
			"GET /a/1/c", "GET /a/{y}/c 1",
			"GET /a/q/b", "GET /a/{z:alpha}/b q",
			"GET /a/q/c", "GET /a/{y}/c q",
			"GET /a/q1/b", "NotFound",
			"GET /a/1/d", "GET /a/1/d",
			"POST /a/1/d", "MethodNotAllowed GET, HEAD",
		}},
		{[]string{"GET /{x:float}", "GET /{x:int}", "GET /{x:uint}", "GET /7", "GET /{x}", "GET /{x...}"}, []string{
			"GET /7", "GET /7",
			"GET /8", "GET /{x:uint} 8",
			"GET /-8", "GET /{x:int} -8",
			"GET /8.0", "GET /{x:float} 8.0",
			"GET /9223372036854775808", "GET /{x:float} 9223372036854775808",
			"GET /x", "GET /{x} x",
			"GET /", "GET /{x...} ",
			"GET /x/8", "GET /{x...} x/8",
			"GET /%38", "GET /{x:uint} %38",
			"GET /%37", "GET /7",
		}},
		{[]string{"GET /{f}.json", "GET /{id:int}.json", "GET /img-{id}.png", "GET /{id}:apply", "GET /{any}"}, []string{
			"GET /a.json", "GET /{f}.json a",
			"GET /1.json", "GET /{id:int}.json 1",
			"GET /.json", "GET /{any} .json",
			"GET /img-1.png", "GET /img-{id}.png 1",
			"GET /im%67-%31.p%6Eg", "GET /img-{id}.png %31",
			"GET /img-.png", "GET /{any} img-.png",
			"GET /9:apply", "GET /{id}:apply 9",
			"GET /9:cancel", "GET /{any} 9:cancel",
		}},
		{[]string{"GET /{s:re([a-z]+/[0-9]+)}", `GET /p/{s:re(\(+[)(\]/}]+)}`, "GET /q/{s:re(a{2,3})}/x"}, []string{
			"GET /ab%2F12", "GET /{s:re([a-z]+/[0-9]+)} ab%2F12",
			"GET /ab/12", "NotFound",
			"GET /p/(]%2F}", `GET /p/{s:re(\(+[)(\]/}]+)} (]%2F}`,
			"GET /q/aaa/x", "GET /q/{s:re(a{2,3})}/x aaa",
			"GET /q/aaaa/x", "NotFound",
		}},
		{[]string{"GET /u", "POST /u", "DELETE /{x}", "/any/{p...}", "HEAD /h", "GET /h", "OPTIONS /o", "GET /o"}, []string{
			"HEAD /u", "GET /u",
			"PUT /u", "MethodNotAllowed GET, HEAD, POST, DELETE",
			"OPTIONS /u", "Options GET, HEAD, POST, DELETE, OPTIONS",
			"DELETE /u", "DELETE /{x} u",
			"HEAD /h", "HEAD /h",
			"OPTIONS /o", "OPTIONS /o",
			"PUT /o", "MethodNotAllowed GET, HEAD, DELETE, OPTIONS",
			"TRACE /any/x/y", "/any/{p...} x/y",
			"ANY /any/x/y", "/any/{p...} x/y",
			"ANY /u", "MethodNotAllowed GET, HEAD, POST, DELETE",
			"OPTIONS /nowhere/at/all", "NotFound",
		}},
		{[]string{"/", "GET a.com/", "GET a.com/x/", "GET [::1]/six", "/x/y/"}, []string{
			"GET a.com/q", "GET a.com/",
			"GET A.COM:8080/x/1", "GET a.com/x/",
			"GET a.com/x", "RedirectSlash",
			"GET a.com/x/y", "GET a.com/x/", // the host wins, so /x/y/ isn't asked
			"POST a.com/q", "/",
			"GET b.com/x", "/",
			"GET b.com/x/y", "RedirectSlash",
			"GET [::1]:443/six", "GET [::1]/six",
			"GET [::1]/six", "GET [::1]/six",
			"GET " + strings.Repeat("a", 300) + "/", "/",
		}},
		{[]string{"GET /", "GET /x/", "GET /y/{$}", "GET /z", "GET /z/{id}/"}, []string{
			"GET /x", "RedirectSlash",
			"GET /x/", "GET /x/",
			"GET /y", "RedirectSlash",
			"GET /y/", "GET /y/{$}",
			"GET /y/1", "GET /",
			"GET /z", "GET /z",
			"GET /z/", "GET /",
			"GET /z/1", "RedirectSlash",
			"POST /x", "MethodNotAllowed GET, HEAD",
		}},
		{[]string{"GET /a/{$}", "GET /{x}/b"}, []string{
			"GET /a", "RedirectSlash", // though /{x} is looked at after /a
			"GET /b", "NotFound",
		}},
		{[]string{"GET h.com/x/", "GET /y", "GET /w/", "GET h.com/w/q"}, []string{
			"GET h.com/x", "RedirectSlash",
			"GET h.com/y", "GET /y",
			"GET h.com/w", "RedirectSlash",
			"GET h.com/w/q", "GET h.com/w/q",
			"GET h.com/w/r", "GET /w/",
			"PUT h.com/w/q", "MethodNotAllowed GET, HEAD",
		}},
		{[]string{"GET /f/{p...}", "GET /s/a.b", "CONNECT /c/{p...}"}, []string{
			"GET /f/../x", "Unclean",
			"GET /f/..", "Unclean",
			"GET /f/%2e%2E/x", "Unclean",
			"GET /f/.%2e", "Unclean",
			"GET /f/./x", "Unclean",
			"GET /f//x", "Unclean",
			"GET //", "Unclean",
			"POST /f//x", "Unclean",
			"CONNECT /c/../x", "NotFound",
			"CONNECT /c/x", "CONNECT /c/{p...} x",
			"GET /f/..%2fx", "NotFound",
			"GET /f/x%2f..", "NotFound",
			"GET /f/...", "GET /f/{p...} ...",
			"GET /f/..a/.b", "GET /f/{p...} ..a/.b",
			"GET /f/%zz", "NotFound",
			"GET /f/%", "NotFound",
			"GET /f/%2", "NotFound",
			"GET /s/a%2eb", "GET /s/a.b",
			"GET /f/", "GET /f/{p...} ",
		}},
		{[]string{"GET /a%2Fb", "GET /a%25b", "GET /ä", "GET /%61%62/", "GET /c/{x}/%2F/{y}"}, []string{
			"GET /a%2fb", "GET /a%2Fb",
			"GET /a/b", "NotFound",
			"GET /a%25b", "GET /a%25b",
			"GET /a%b", "NotFound",
			"GET /%c3%a4", "GET /ä",
			"GET /ab/", "GET /%61%62/",
			"GET /ab", "RedirectSlash",
			"GET /c/%2F/%2f/%C3", "GET /c/{x}/%2F/{y} %2F %C3",
		}},
		{nil, []string{"GET /", "NotFound", "OPTIONS /", "NotFound", "GET //", "Unclean"}},
	}
	for _, test := range tests {
		tab := compile(t, test.patterns...)
		for i := 0; i < len(test.asks); i += 2 {
			name, rest, _ := strings.Cut(test.asks[i], " ")
			m, _ := methodByName(name)
			host, path, _ := strings.Cut(rest, "/")
			if got := ask(tab, m, host, "/"+path); got != test.asks[i+1] {
				t.Errorf("%q: %s: got %q, want %q", test.patterns, test.asks[i], got, test.asks[i+1])
			}
		}
	}
}

func TestNoPath(t *testing.T) {
	tab := compile(t, "/{p...}")
	long := "/" + strings.Repeat("a", pathBytesMax-1)
	for path, want := range map[string]Kind{"": NotFound, "*": NotFound, "a/b": NotFound, long: Found, long + "a": NotFound} {
		var ps Params
		if got := tab.Lookup(MethodGet, nil, []byte(path), &ps); got.Kind != want {
			t.Errorf("path of %d bytes: %v, want %v", len(path), got.Kind, want)
		}
	}
	var ps Params
	tab.Lookup(MethodGet, nil, []byte(long), &ps)
	if got := len(ps.Value([]byte(long), 0)); got != pathBytesMax-1 {
		t.Errorf("value of %d bytes, want %d", got, pathBytesMax-1)
	}
	escaped := "/" + strings.Repeat("%61", (pathBytesMax-1)/3)
	if got := tab.Lookup(MethodGet, nil, []byte(escaped), &ps); got.Kind != Found || ps.Len() != 1 {
		t.Errorf("long escaped path: %v", got.Kind)
	}
	if got := tab.Lookup(200, nil, []byte("/x"), &ps); got.Kind != Found {
		t.Errorf("unknown method: %v, want Found by the route without method", got.Kind)
	}
}

func TestConflicts(t *testing.T) {
	tests := []struct{ a, b, method, path, reason string }{
		{"GET /a/{x}", "GET /a/{y}", "GET", "/a/a", "both match the same requests, for example GET /a/a"},
		{"/a", "/a", "ANY", "/a", "both match the same requests, for example /a"},
		{"GET /{x}/b", "GET /a/{y}", "GET", "/a/b", "both match some paths, for example GET /a/b, and neither path is more specific"},
		{"GET /", "/a/b", "GET", "/a/b", "the first matches more paths, the second more methods, and both match GET /a/b"},
		{"/a", "GET /{x}", "GET", "/a", "the first matches more methods, the second more paths, and both match GET /a"},
		{"HEAD /{x}", "GET /a", "HEAD", "/a", "the first matches more paths, the second more methods, and both match HEAD /a"},
		{"/x/{y...}", "/x/", "ANY", "/x/", "both match the same requests, for example /x/"},
		{"/x/{$}", "GET /x/", "GET", "/x/", "the first matches more methods, the second more paths, and both match GET /x/"},
		{"h.com/{x}", "H.com/{y}", "ANY", "/a", "both match the same requests, for example /a"},
		{"/{x}/{y...}", "/a/{b}/{c}/", "", "", ""},
		{"/{x}/b/{y...}", "/a/{b}/{c}", "ANY", "/a/b/a", "both match some paths, for example /a/b/a, and neither path is more specific"},
		{"/{a:int}", "/{b:int}", "ANY", "/0", "both match the same requests, for example /0"},
		{"/{a:int}", "/{b:float}", "", "", ""},
		{"/{a:uint}", "/{b:int}", "", "", ""},
		{"/{a:int}", "/{b:alpha}", "", "", ""},
		{"/{a:uuid}", "/{b:alpha}", "", "", ""},
		{"/{a:uuid}", "/{b:float}", "", "", ""},
		{"/{a:int}/x", "/{b:float}/{y}", "", "", ""},
		{"/{a:int}/{y}", "/{b:float}/x", "ANY", "/0/x", "both match some paths, for example /0/x, and neither path is more specific"},
		{"/{a:re([a-m]+)}", "/{b:re([k-z]+)}", "ANY", "/k", "both match some paths, for example /k, and neither path is more specific"},
		{"/{a:re([a-m]+)}", "/{b:re([n-z]+)}", "", "", ""},
		{"/{a:re([a-m]+)}", "/{b:alpha}", "", "", ""},
		{"/{a:re([0-9]{2})}", "/{b:int}", "", "", ""},
		{"/{a:re([0-9]{20})}", "/{b:uint}", "ANY", "/00000000000000000000", "both match some paths, for example /00000000000000000000, and neither path is more specific"},
		{"/{a:re((?i)k+)}", "/{b:re(\u212a+)}", "", "", ""},
		{"/a{x}", "/{y}b", "ANY", "/ab", "both match some paths, for example /ab, and neither path is more specific"},
		{"/{a}.json", "/{b}.xml", "", "", ""},
		{"/{a}.json", "/{b:int}", "", "", ""},
		{"/v{a:int}", "/{b:alpha}", "", "", ""},
		{"/v{a:alpha}", "/{b:alpha}", "", "", ""},
		{"/{a}:x", "/{b:re((?s:.+):[xy])}", "", "", ""},
		{"/{a:re( +)}", "/{b:re([[:space:]]+a?)}", "", "", ""},
	}
	for _, test := range tests {
		_, err := tryCompile(t, test.a, test.b)
		if test.path == "" {
			if err != nil {
				t.Errorf("%q and %q: %v", test.a, test.b, err)
			}
			continue
		}
		var e *ConflictError
		if !errors.As(err, &e) || len(conflictsOf(err)) != 1 {
			t.Errorf("%q and %q: got %v, want one ConflictError", test.a, test.b, err)
			continue
		}
		want := fmt.Sprintf("router: pattern %q (routes.go:1) conflicts with pattern %q (routes.go:2): %s", test.a, test.b, test.reason)
		if e.Error() != want || e.Path != test.path || e.Method.String() != test.method {
			t.Errorf("%q and %q:\n got %v %v %v\nwant %v %v %v", test.a, test.b, e.Method, e.Path, e, test.method, test.path, want)
		}
	}
}

func TestAllConflicts(t *testing.T) {
	_, err := tryCompile(t, "GET /{x}/a", "GET /b/{y}", "GET /b/c", "GET /b/{z}", "POST /b/{z}", "h.com/{q}", "h.com/{r}")
	var got []string
	for _, e := range conflictsOf(err) {
		got = append(got, fmt.Sprint(e.A.Source.Line, e.B.Source.Line))
	}
	slices.Sort(got)
	if want := []string{"1 2", "1 4", "2 4", "6 7"}; !slices.Equal(got, want) {
		t.Errorf("conflicts %q, want %q", got, want)
	}
	var b Builder
	for range 60 { // 1770 pairs
		b.Add("/x", Source{})
	}
	_, err = b.Compile()
	if n := len(conflictsOf(err)); n != conflictsMax || !strings.HasSuffix(err.Error(), "and 770 more conflicts") {
		t.Errorf("%d conflicts, error ends %q", n, err.Error()[len(err.Error())-40:])
	}
}

func TestPatternErrors(t *testing.T) {
	tests := []struct {
		pattern string
		offset  int
		reason  string
	}{
		{"", 0, `empty pattern: write "/" for every path`},
		{"a.com", 5, "no '/'"},
		{"FETCH /", 0, `method "FETCH" is not GET, HEAD,`},
		{"get /", 0, `method "get" is not`},
		{"GET a b/", 5, "space, control or non-ASCII"},
		{"a.com:80/", 5, "host has a port"},
		{"GET  h{x}/", 6, "host contains a brace"},
		{strings.Repeat("h", 256) + "/", 255, "more than 255 bytes"},
		{"/a//b", 3, "empty segment"},
		{"//", 1, "empty segment"},
		{"/a/../b", 3, "dot segment"},
		{"/%2e", 1, "dot segment"},
		{"/a%2F..", 1, "dot segment"},
		{"/a b", 2, "write %20"},
		{"/a%4", 2, "write %25"},
		{"/{x", 1, "'{' is not closed"},
		{"/{x/y}", 1, "'{' is not closed"},
		{"/{}", 2, "write {name}"},
		{"/{1x}", 2, `parameter name "1x" is not an identifier`},
		{"/{x-y}", 3, `parameter name "x-y" is not an identifier`},
		{"/{x}/{x}", 6, `parameter name "x" is used twice`},
		{"/{x}{y}", 4, "two parameters in one segment"},
		{"/{x}}", 4, "write %7D"},
		{"/{x...}/a/{y...}", 10, "two wildcards"},
		{"/{x...}/{y...}/a", 8, "two wildcards"},
		{"/{x...}/a/", 9, "write {$} for the slash alone"},
		{"/{x...}/", 7, "write {$} for the slash alone"},
		{"/{$}/", 4, "must be the end of the pattern"},
		{"/a{$}", 1, "must be a whole segment"},
		{"/{x...}.png", 1, "must be a whole segment"},
		{"/{x...:int}", 1, "cannot have a type"},
		{"/{...}", 2, "write {name}"},
		{"/{x:}", 4, "no type after ':'"},
		{"/{x:Int}", 4, `type "Int" is not int, uint, float, uuid, alpha or re(…)`},
		{"/{x:re(a}", 6, "parentheses do not balance"},
		{"/{x:re([)])", 11, "expected '}'"},
		{"/{x:re(a)b}", 9, "expected '}'"},
		{"/{x:re(a**)}", 4, "invalid nested repetition"},
		{"/{x:re(^a)}", 4, "it always matches the whole value"},
		{`/{x:re(a\b)}`, 4, "it always matches the whole value"},
		{"/{x:re(a*)}", 4, "write + instead of *"},
		{`/{x:re([^\x00-\x{10FFFF}])}`, 4, "matches no text at all"},
		{"/{x:re((?:abcd){300})}", 4, "at most 1024 are allowed"},
		{"/%ff{x}", 1, "must be UTF-8"},
	}
	for _, test := range tests {
		var b Builder
		_, err := b.Add(test.pattern, Source{"r.go", 7})
		var e *PatternError
		if !errors.As(err, &e) {
			t.Errorf("%q: got %v, want a PatternError", test.pattern, err)
			continue
		}
		if e.Offset != test.offset || !strings.Contains(e.Reason, test.reason) || !strings.Contains(e.Error(), "(r.go:7): at offset") {
			t.Errorf("%q: %v, want offset %d: %s", test.pattern, e, test.offset, test.reason)
		}
		if id, err := b.Add("/ok", Source{}); id != 0 || err != nil {
			t.Errorf("%q: Builder changed by a refused pattern: next is %d, %v", test.pattern, id, err)
		}
	}
}

func TestLimits(t *testing.T) {
	params := func(n int) (s string) {
		for i := range n {
			s += fmt.Sprintf("/{p%d}", i)
		}
		return s
	}
	for _, test := range []struct {
		name string
		max  int
		of   func(n int) string
	}{
		{"params", ParamsMax, params},
		{"params with rest", ParamsMax, func(n int) string { return params(n-1) + "/{rest...}" }},
		{"segments", segmentsMax, func(n int) string { return strings.Repeat("/a", n) }},
		{"pattern", patternBytesMax, func(n int) string { return "/" + strings.Repeat("a", n-1) }},
		{"host", hostBytesMax, func(n int) string { return strings.Repeat("a", n) + "/" }},
	} {
		var b Builder
		if _, err := b.Add(test.of(test.max), Source{}); err != nil {
			t.Errorf("%s: %d: %v", test.name, test.max, err)
		}
		if _, err := b.Compile(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if _, err := b.Add(test.of(test.max+1), Source{}); err == nil {
			t.Errorf("%s: %d was accepted", test.name, test.max+1)
		}
	}
	tab := compile(t, params(ParamsMax), strings.Repeat("/a", segmentsMax-1)+"/{x}")
	deep := strings.Repeat("/a", segmentsMax)
	if got := ask(tab, MethodGet, "", deep); got != strings.Repeat("/a", segmentsMax-1)+"/{x} a" {
		t.Errorf("deepest path: %q", got)
	}
	if got := ask(tab, MethodGet, "", deep+"/a"); got != "NotFound" {
		t.Errorf("deeper path: %q", got)
	}
	if got := ask(tab, MethodGet, "", params(ParamsMax)); strings.Count(got, " {") != ParamsMax {
		t.Errorf("most params: %q", got)
	}
}

func TestRoutesMax(t *testing.T) {
	var b Builder
	for i := range routesMax {
		if id, err := b.Add(fmt.Sprintf("/r/%d/{x}", i), Source{}); id != i || err != nil {
			t.Fatal(id, err)
		}
	}
	if _, err := b.Add("/one/more", Source{}); err == nil {
		t.Error("one route more than routesMax was accepted")
	}
	tab, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 1, 4711, routesMax - 1} {
		if got, want := ask(tab, MethodPut, "", fmt.Sprintf("/r/%d/v", i)), fmt.Sprintf("/r/%d/{x} v", i); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestListing(t *testing.T) {
	tab := compile(t, "GET H.com/u/{id:int}/{f}.txt", "/s/{p...}", "/s/{$}")
	var got []string
	for id, r := range tab.Routes() {
		got = append(got, fmt.Sprint(id, r))
	}
	want := []string{
		"0 {GET h.com GET H.com/u/{id:int}/{f}.txt [{id int} {f }] routes.go:1  <nil>}",
		"1 {ANY  /s/{p...} [{p ...}] routes.go:2  <nil>}",
		"2 {ANY  /s/{$} [] routes.go:3  <nil>}",
	}
	if !slices.Equal(got, want) || tab.Len() != 3 {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, test := range []struct {
		route int32
		name  string
		want  int
	}{{0, "id", 0}, {0, "f", 1}, {0, "x", -1}, {2, "p", -1}, {-1, "p", -1}, {3, "p", -1}} {
		if got := tab.Param(test.route, test.name); got != test.want {
			t.Errorf("Param(%d, %q) = %d, want %d", test.route, test.name, got, test.want)
		}
	}
}
