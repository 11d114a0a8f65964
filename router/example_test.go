package router_test

import (
	"fmt"

	"github.com/covetgo/covet/router"
)

func Example() {
	var b router.Builder
	for _, p := range []string{
		"GET /users/{id:int}",
		"GET /users/{name}",
		"DELETE /users/{id:int}",
		"GET /files/{path...}",
		"GET /reports/{day}.csv",
	} {
		if _, err := b.Add(p, router.Source{}); err != nil {
			fmt.Println(err)
		}
	}
	table, err := b.Compile()
	if err != nil {
		fmt.Println(err)
	}

	var ps router.Params
	for _, target := range []string{"/users/42", "/users/gordon", "/files/a/b.txt", "/reports/monday.csv"} {
		path := []byte(target)
		m := table.Lookup(router.MethodGet, nil, path, &ps)
		fmt.Printf("%s: %s %s\n", path, table.Route(int(m.Route)).Pattern, ps.Value(path, 0))
	}

	m := table.Lookup(router.MethodPost, nil, []byte("/users/42"), &ps)
	fmt.Printf("%v, Allow: %s\n", m.Kind, m.Allow.Append(nil))
	// Output:
	// /users/42: GET /users/{id:int} 42
	// /users/gordon: GET /users/{name} gordon
	// /files/a/b.txt: GET /files/{path...} a/b.txt
	// /reports/monday.csv: GET /reports/{day}.csv monday
	// MethodNotAllowed, Allow: GET, HEAD, DELETE
}

func ExampleBuilder_Compile() {
	var b router.Builder
	b.Add("GET /posts/{id}", router.Source{File: "posts.go", Line: 12})
	b.Add("GET /{kind}/latest", router.Source{File: "feed.go", Line: 30})
	_, err := b.Compile()
	fmt.Println(err)
	// Output:
	// router: pattern "GET /posts/{id}" (posts.go:12) conflicts with pattern "GET /{kind}/latest" (feed.go:30): both match some paths, for example GET /posts/latest, and neither path is more specific
}
