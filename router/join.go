package router

// This file holds the joining of patterns for groups. It works on text: what
// comes out is checked by Builder.Add like any pattern.

import (
	"fmt"
	"strings"
)

// Join puts a pattern below a prefix, "[HOST][/PATH]" without a method:
//
//	Join("/api", "GET /users/{id}")       = "GET /api/users/{id}"
//	Join("/api/", "/users")               = "/api/users"
//	Join("example.com/v1", "GET /a")      = "GET example.com/v1/a"
//	Join("/v1", "GET example.com/a")      = "GET example.com/v1/a"
//	Join("/users/{id}", "GET /posts")     = "GET /users/{id}/posts"
//	Join("/api", "GET /")                 = "GET /api/"      the subtree
//	Join("/api", "GET /{$}")              = "GET /api/{$}"   the path "/api/" only
//	Join("/api", "GET")                   = "GET /api"       the path "/api" itself
//
// The error says what stands in the way: a method or the end of a pattern in
// the prefix, or a host on both sides.
func Join(prefix, pattern string) (string, error) {
	fail := func(why string) (string, error) {
		return "", fmt.Errorf("router: cannot join pattern %q to prefix %q: %s", pattern, prefix, why)
	}
	host, path := cutHost(prefix)
	switch {
	case strings.ContainsAny(host, " \t"):
		return fail("a prefix has no method: [HOST][/PATH]")
	case strings.HasSuffix(path, "/{$}"):
		return fail("the prefix ends with {$}, which nothing can follow")
	}
	method, ownHost, ownPath := cutPattern(pattern)
	switch {
	case host != "" && ownHost != "":
		return fail("both have a host")
	case ownPath == "" && ownHost != "":
		return fail("the pattern has no '/': it is [METHOD ][HOST]/[PATH]")
	}
	joined := strings.TrimRight(path, "/") + ownPath
	if joined == "" {
		joined = "/"
	}
	return method + host + ownHost + joined, nil
}

// cutHost splits "[HOST][/PATH]".
func cutHost(s string) (host, path string) {
	i := strings.IndexByte(s, '/')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i:]
}

// cutPattern splits "[METHOD ][HOST][/PATH]"; the method keeps one space. A
// method's name alone is a method.
func cutPattern(s string) (method, host, path string) {
	head, path := cutHost(s)
	if i := strings.IndexAny(head, " \t"); i >= 0 {
		return head[:i] + " ", strings.TrimLeft(head[i:], " \t"), path
	}
	if _, ok := methodByName(head); ok && path == "" {
		return head + " ", "", ""
	}
	return "", head, path
}
