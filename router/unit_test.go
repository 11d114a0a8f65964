package router

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

func TestMethodSet(t *testing.T) {
	var all MethodSet
	for m := MethodAny; m < methodCount; m++ {
		if byName, ok := methodByName(m.String()); m != MethodAny && (!ok || byName != m) {
			t.Errorf("methodByName(%v) = %v, %v", m, byName, ok)
		}
		all |= m.bit()
	}
	if got := string(all.Append([]byte("Allow: "))); got != "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, CONNECT, OPTIONS, TRACE" {
		t.Errorf("all methods: %q", got)
	}
	if got := (MethodPost.bit() | MethodGet.bit()).withHead().String(); got != "GET, HEAD, POST" {
		t.Errorf("GET and POST: %q", got)
	}
	if all.Has(methodCount) || Method(77).String() != "Method(?)" || Kind(77).String() != "Kind(?)" {
		t.Error("numbers out of range are taken for methods or kinds")
	}
}

// TestTypesAreTheirDefinition holds the byte loops to the expressions that
// relate.go compares.
func TestTypesAreTheirDefinition(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	samples := append([]string{
		"9223372036854775806", "9223372036854775810", "9300000000000000000", "10000000000000000000", "0009223372036854775808",
		"-0", "-", "--1", "00", "-00009223372036854775808", "-9223372036854775810", "1e", "1e+", "1E-5", "1.e5", "-1.5e+07", "1..2",
		"zZ", "a_b", "@", "[", "`", "{", "123e4567-e89b-12d3-a456-42661417400", "123e4567-e89b-12d3-a456-4266141740000",
		"123E4567-E89B-12D3-A456-42661417400F", "123e4567-e89b-12d3-a456_426614174000", "g23e4567-e89b-12d3-a456-426614174000",
	}, naiveSamples...)
	for range 20000 {
		b := make([]byte, 1+rnd.IntN(21))
		for i := range b {
			b[i] = "0123456789900-.eEaZ+"[rnd.IntN(20)]
		}
		samples = append(samples, string(b))
	}
	for typ, expr := range typeExpr {
		re := regexp.MustCompile(`\A(?:` + expr + `)\z`)
		for _, s := range samples {
			if s == "" {
				continue
			}
			if got, want := valueType(typ).check([]byte(s), nil), re.MatchString(s); got != want {
				t.Errorf("type %q: check(%q) = %v, its definition says %v", typeNames[min(typ, len(typeNames)-1)], s, got, want)
			}
		}
	}
}

// TestRelationsAreExact compares what the automata say with samples: whatever
// matches both disproves disjoint, whatever matches one disproves the subset.
func TestRelationsAreExact(t *testing.T) {
	var b Builder
	var all []*matcher
	for _, typ := range []string{"", "int", "uint", "float", "uuid", "alpha", "re([a-c]+)", "re(a|b)", "re((?i)ab.*)", "re([0-9]{2})", "re((?:ab)+)", `re(\pL+)`, "re([^a])"} {
		for _, affix := range [][2]string{{}, {"a", ""}, {"", "b"}, {"1", ".json"}} {
			m, why := b.intern(affix[0], typ, affix[1])
			if why != "" {
				t.Fatal(why)
			}
			all = append(all, m)
		}
	}
	texts := slices.Concat(naiveSamples, []string{"aab", "1ab", "aa", "11", "1a.json", "11.json", "1-1.json", "ſ", "K", "aK", "Ab", "aAbb", "1e5b"})
	for _, m := range all {
		for _, o := range all {
			r, both := m.relate(o)
			if inv, _ := o.relate(m); inv != r.inverse() {
				t.Errorf("%q and %q: %d, inverse %d", m.source(), o.source(), r, inv)
			}
			if r != relDisjoint && !(m.match(both) && o.match(both)) {
				t.Errorf("%q and %q: witness %q does not match both", m.source(), o.source(), both)
			}
			for _, s := range texts {
				inM, inO := m.match(s), o.match(s)
				if inM && inO && r == relDisjoint || inM && !inO && (r == relMoreSpecific || r == relEqual) || inO && !inM && (r == relMoreGeneral || r == relEqual) {
					t.Errorf("%q and %q: relation %d, but %q: %v, %v", m.source(), o.source(), r, s, inM, inO)
				}
			}
		}
	}
}

// TestHugeExpressions holds that a comparison past its bound refuses.
func TestHugeExpressions(t *testing.T) {
	_, err := tryCompile(t, "/{x:re((?:a|b)*a(?:a|b){16})}", "/{y:re((?:a|b)*b(?:a|b){15})}")
	var e *ConflictError
	if !errors.As(err, &e) || len(e.Path) != len("/")+17 || strings.Trim(e.Path[1:], "ab") != "" {
		t.Fatalf("got %v, want a ConflictError with a path of 17 letters", err)
	}
	_, err = tryCompile(t, "/{x:re((?:a|b)*a(?:a|b){16})}", "/{y:re((?:a|b)*b(?:a|b){16})}", "/{z:int}", "/{q}", "/aab")
	if err != nil {
		t.Errorf("disjoint by the 17th letter from the end: %v", err)
	}
	_, err = tryCompile(t, "/{x:re((?:a|b)*a(?:a|b){16})}", "/{y:re((?:a|b)*a(?:a|b){16})}")
	if !errors.As(err, &e) || len(e.Path) != len("/")+17 {
		t.Errorf("got %v, want a ConflictError with a path of 17 letters", err)
	}
}

func TestIndex(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4, 5, 17, 100, 5000} {
		var text strings.Builder
		var keys []slot
		for i := range n {
			key := strings.Repeat("k", i%40) + fmt.Sprint(i/3)
			keys = append(keys, slot{off: uint32(text.Len()), len: uint16(len(key)), scope: uint32(i % 3), value: uint32(i + 1)})
			text.WriteString(key)
		}
		x := newIndex(text.String(), keys)
		for _, k := range keys {
			key := []byte(text.String()[k.off:][:k.len])
			if got := x.find(text.String(), k.scope, key); got != k.value {
				t.Fatalf("%d keys: find(%d, %q) = %d, want %d", n, k.scope, key, got, k.value)
			}
			if got := x.find(text.String(), k.scope+3, key); got != 0 {
				t.Fatalf("%d keys: found %q in another scope", n, key)
			}
			if got := x.find(text.String(), k.scope, append(key, 'x')); got != 0 {
				t.Fatalf("%d keys: found %qx", n, key)
			}
		}
	}
	// Length and scope xored to the text made these collide under every seed.
	x := newIndex("abb", []slot{{off: 0, len: 2, scope: 9, value: 1}, {off: 2, len: 1, scope: 9, value: 2}})
	if x.find("abb", 9, []byte("ab")) != 1 || x.find("abb", 9, []byte("b")) != 2 {
		t.Error("ab and b in one scope")
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"": "/", "/": "/", "//": "/", "/a": "/a", "/a/": "/a/", "/a//b": "/a/b", "/a/./b": "/a/b", "/a/../b": "/b",
		"/a/%2e%2E/b": "/b", "/a/.%2e": "/", "/a/..": "/", "/a/b/..": "/a", "/../../x": "/x", "/a/...": "/a/...",
		"/%2e": "/", "//evil.com": "/evil.com", `/\evil.com`: "/%5Cevil.com", `//\evil`: "/%5Cevil", "/a/%2f..": "/a/%2f..",
		"/a/../": "/", "/a/b/../": "/a/",
	} {
		if got := string(AppendClean([]byte("/keep"), []byte(in))); got != "/keep"+want {
			t.Errorf("AppendClean(%q) = %q, want %q", in, got, "/keep"+want)
		}
	}
}

// FuzzClean compares with path.Clean where no escapes play.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"/a/../b/./c//d/", "//..//%2e%2e/x", `/\x/.%2E`, "/..%2f", "/a/b/c/../../.."} {
		f.Add(s)
	}
	tab := compile(f, "/{p...}")
	f.Fuzz(func(t *testing.T, p string) {
		if len(p) > 1000 {
			return
		}
		p = "/" + p
		checkClean(t, tab, MethodGet, p)
		if strings.ContainsAny(p, `%\`) {
			return
		}
		want := path.Clean(p)
		if strings.HasSuffix(p, "/") && want != "/" {
			want += "/"
		}
		if got := string(AppendClean(nil, []byte(p))); got != want {
			t.Errorf("AppendClean(%q) = %q, path.Clean says %q", p, got, want)
		}
		if got := ask(tab, MethodGet, "", p); (got == "Unclean") != (want != p) {
			t.Errorf("%q: %s, but the clean path is %q", p, got, want)
		}
	})
}

func TestJoin(t *testing.T) {
	for _, test := range []struct{ prefix, pattern, want string }{
		{"/api", "GET /users/{id}", "GET /api/users/{id}"},
		{"/api/", "/users", "/api/users"},
		{"", "GET /x", "GET /x"},
		{"/", "GET /", "GET /"},
		{"example.com/v1", "GET /a", "GET example.com/v1/a"},
		{"example.com", "/a", "example.com/a"},
		{"/v1", "GET \t example.com/a", "GET example.com/v1/a"},
		{"/users/{id:int}", "POST /posts/", "POST /users/{id:int}/posts/"},
		{"/api", "GET /", "GET /api/"},
		{"/api", "GET /{$}", "GET /api/{$}"},
		{"/api", "GET", "GET /api"},
		{"/api", "GET ", "GET /api"},
		{"/api", "", "/api"},
		{"", "GET", "GET /"},
		{"GET /api", "/x", ""},
		{"/api/{$}", "/x", ""},
		{"/api/{p...}", "/x", "/api/{p...}/x"},
		{"a.com/", "b.com/x", ""},
		{"/api", "b.com", ""},
	} {
		got, err := Join(test.prefix, test.pattern)
		if got != test.want || (err != nil) != (test.want == "") {
			t.Errorf("Join(%q, %q) = %q, %v, want %q", test.prefix, test.pattern, got, err, test.want)
		}
		if err != nil && !strings.Contains(err.Error(), "cannot join pattern") {
			t.Errorf("Join(%q, %q): %v", test.prefix, test.pattern, err)
		}
	}
}

func TestAppendUnescaped(t *testing.T) {
	for in, want := range map[string]string{"": "", "a+b": "a+b", "%61%2F%c3%A4": "a/ä", "%00": "\x00"} {
		if got, ok := AppendUnescaped([]byte("x"), []byte(in)); !ok || string(got) != "x"+want {
			t.Errorf("AppendUnescaped(%q) = %q, %v", in, got, ok)
		}
	}
	for _, in := range []string{"%", "a%6", "%zz", "%6g", "%g6", "a%61%"} {
		if got, ok := AppendUnescaped([]byte("x"), []byte(in)); ok || !bytes.Equal(got, []byte("x")) {
			t.Errorf("AppendUnescaped(%q) = %q, %v", in, got, ok)
		}
	}
}

func TestParamsPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Value(0) of no params did not panic")
		}
	}()
	var ps Params
	ps.Value([]byte("/"), 0)
}

// TestSizes guards what the layout promises.
func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(node{}); n > 32 {
		t.Errorf("a node has %d bytes, more than half a cache line", n)
	}
	if n := unsafe.Sizeof(rare{}); n > 28 {
		t.Errorf("the rare half of a node has %d bytes, want 28", n)
	}
	if n := unsafe.Sizeof(slot{}); n > 16 {
		t.Errorf("a slot has %d bytes, want 16", n)
	}
	if n := unsafe.Sizeof(Params{}); n > 132 {
		t.Errorf("Params has %d bytes", n)
	}
}
