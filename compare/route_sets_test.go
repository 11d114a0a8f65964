package compare

// This file holds the sets of routes and requests on which routers are compared. Patterns are written as net/http
// writes them; each contender translates them to its own syntax.

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/covetgo/covet/router"
)

// routeSet is a table of routes, and requests in the order in which they are asked.
type routeSet struct {
	name     string
	patterns []string // "GET /users/{id}"
	requests []routeRequest
}

// routeRequest is one request and what must come of it.
type routeRequest struct {
	method string
	path   string
	m      router.Method // the method as covet's parser numbers it, and
	raw    []byte        // the path as it leaves it in the buffer
	route  int           // index of the pattern, or notFound or notAllowed
	params []string      // values in the order of the pattern
}

const (
	notFound   = -1
	notAllowed = -2
)

// routeSets builds all sets.
func routeSets(t testing.TB) []routeSet {
	github := readPatterns(t, "github.txt")
	large := manyPatterns(10000)
	sets := []routeSet{
		{"github", github, hits(github)},
		{"github-shuffled", github, shuffled(hits(github))},
		{"static", readPatterns(t, "static.txt"), shuffled(hits(readPatterns(t, "static.txt")))},
		{"params1", paramPatterns(1), hits(paramPatterns(1))},
		{"params5", paramPatterns(5), hits(paramPatterns(5))},
		{"params20", paramPatterns(20), hits(paramPatterns(20))},
		overlapSet(),
		{"notfound", github, misses(github)},
		{"notallowed", github, refusals(github)},
		{"routes10k", large, shuffled(hits(large))},
	}
	for i := range sets {
		layOut(sets[i].requests)
	}
	return sets
}

// layOut puts the paths of a set into memory in the order in which they are asked: a server finds each in a buffer
// that it has just read into, not where ten thousand strings happen to lie.
func layOut(rs []routeRequest) {
	var all strings.Builder
	for _, r := range rs {
		all.WriteString(r.path)
	}
	text, raw := all.String(), []byte(all.String())
	for i := range rs {
		n := len(rs[i].path)
		rs[i].path, text = text[:n], text[n:]
		rs[i].raw, raw = raw[:n:n], raw[n:]
	}
}

// readPatterns reads one of the well-known sets, which package router has for its own tests.
func readPatterns(t testing.TB, name string) (patterns []string) {
	t.Helper()
	text, err := os.ReadFile("../router/testdata/" + name)
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

// newRequest makes a request for a method and a path.
func newRequest(method, path string, route int, params ...string) routeRequest {
	for m := router.MethodGet; m <= router.MethodTrace; m++ {
		if m.String() == method {
			return routeRequest{method, path, m, []byte(path), route, params}
		}
	}
	panic("no method " + method)
}

// hits makes one request per pattern, with each parameter's name as its value.
func hits(patterns []string) (rs []routeRequest) {
	for i, p := range patterns {
		method, path, _ := strings.Cut(p, " ")
		var params []string
		segs := strings.Split(path, "/")
		for k, s := range segs {
			if s == "{$}" {
				segs[k] = ""
			} else if strings.HasPrefix(s, "{") {
				segs[k] = strings.Trim(s, "{.}")
				params = append(params, segs[k])
			}
		}
		rs = append(rs, newRequest(method, strings.Join(segs, "/"), i, params...))
	}
	return rs
}

// shuffled puts requests into an order that branch predictors know nothing of, the same for all contenders.
func shuffled(rs []routeRequest) []routeRequest {
	rnd := rand.New(rand.NewPCG(3, 4))
	rnd.Shuffle(len(rs), func(i, j int) { rs[i], rs[j] = rs[j], rs[i] })
	return rs
}

// paramPatterns is one route of n parameters and nothing else but a first word.
func paramPatterns(n int) []string {
	p := "GET /user"
	for i := range n {
		p += fmt.Sprintf("/{param%d}", i)
	}
	return []string{p}
}

// overlapSet has literals beside parameters, and requests that lead into a literal's branch before
// they turn out to be a parameter's. One that is missing is /teams/core/members/gordon/keys: gin 1.12 does not find it,
// and echo 5.3 takes "gordon/keys" for a user.
func overlapSet() routeSet {
	patterns := []string{
		"GET /users/{id}",
		"GET /users/me",
		"GET /users/me/settings",
		"GET /users/{id}/posts",
		"GET /users/{id}/posts/{post}",
		"GET /users/{id}/posts/latest",
		"GET /repos/{owner}/{repo}",
		"GET /repos/{owner}/search",
		"GET /repos/{owner}/{repo}/branches",
		"GET /teams/{team}/members/{user}/keys",
		"GET /teams/core/members/{user}",
	}
	return routeSet{"overlap", patterns, shuffled([]routeRequest{
		newRequest("GET", "/users/me", 1),
		newRequest("GET", "/users/menu", 0, "menu"),
		newRequest("GET", "/users/m", 0, "m"),
		newRequest("GET", "/users/me/settings", 2),
		newRequest("GET", "/users/me/posts", 3, "me"),
		newRequest("GET", "/users/me/posts/late", 4, "me", "late"),
		newRequest("GET", "/users/me/posts/latest", 5, "me"),
		newRequest("GET", "/users/17/posts/latest2", 4, "17", "latest2"),
		newRequest("GET", "/repos/covet/search", 7, "covet"),
		newRequest("GET", "/repos/covet/searches", 6, "covet", "searches"),
		newRequest("GET", "/repos/covet/search/branches", 8, "covet", "search"),
		newRequest("GET", "/teams/core/members/gordon", 10, "gordon"),
		newRequest("GET", "/teams/corepack/members/gordon/keys", 9, "corepack", "gordon"),
	})}
}

// misses makes requests that no route answers: what scanners ask for, and paths that leave the tree of the set in
// their last segment. None of them goes on behind a last parameter, of which echo makes a wildcard.
func misses(patterns []string) (rs []routeRequest) {
	for _, path := range []string{"/wp-login.php", "/.env", "/robots.txt", "/index.html", "/api/v1/users", "/admin/config/list"} {
		rs = append(rs, newRequest("GET", path, notFound))
	}
	for i, hit := range hits(patterns) {
		if !strings.HasSuffix(patterns[i], "}") {
			rs = append(rs, newRequest(hit.method, hit.path+"x", notFound))
		}
	}
	return shuffled(rs)
}

// refusals asks each path of a set with the first method that it does not have.
func refusals(patterns []string) (rs []routeRequest) {
	has := map[string]bool{}
	for _, hit := range hits(patterns) {
		has[hit.method+hit.path], has[hit.path] = true, true
	}
	for path := range has {
		if path[0] != '/' {
			continue
		}
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			if !has[method+path] {
				rs = append(rs, newRequest(method, path, notAllowed))
				break
			}
		}
	}
	slices.SortFunc(rs, func(a, b routeRequest) int { return strings.Compare(a.path, b.path) })
	return shuffled(rs)
}

// manyPatterns makes n routes like those of a big API: static ones, with one and with two parameters, and with the
// rest of the path.
func manyPatterns(n int) (patterns []string) {
	for i := range n {
		service := fmt.Sprintf("/service%d", i/5)
		switch i % 5 {
		case 0:
			patterns = append(patterns, "GET "+service+"/status")
		case 1:
			patterns = append(patterns, "GET "+service+"/items")
		case 2:
			patterns = append(patterns, "GET "+service+"/items/{id}")
		case 3:
			patterns = append(patterns, "POST "+service+"/items/{id}/parts/{part}")
		case 4:
			patterns = append(patterns, "GET "+service+"/files/{path...}")
		}
	}
	return patterns
}
