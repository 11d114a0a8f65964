package compare

// This file compares routers: first that all of them give the same answers, then how long they take for them.

import (
	"slices"
	"sync"
	"testing"
)

// TestRoutersAgree holds that every contender finds the route and the parameters that a request is meant for, so
// that the benchmark compares the same work.
func TestRoutersAgree(t *testing.T) {
	for _, s := range routeSets(t) {
		if len(s.requests) == 0 {
			t.Errorf("%s has no requests", s.name)
		}
		for _, c := range contenders {
			if c.lacks != s.name {
				checkContender(t, s, c)
			}
		}
	}
}

// checkContender asks one contender all requests of a set, in order.
func checkContender(t *testing.T, s routeSet, c contender) {
	t.Helper()
	const unanswered = -99
	next := 0
	rec := &record{route: unanswered}
	rec.answer = func() {
		want := s.requests[next]
		if rec.route != want.route || !slices.Equal(rec.params, want.params) {
			t.Errorf("%s: %s %s: %s finds route %d with %q, want %d with %q",
				s.name, want.method, want.path, c.name, rec.route, rec.params, want.route, want.params)
		}
		next++
		rec.route, rec.params = unanswered, nil
	}
	c.build(s, rec)()
	if next != len(s.requests) {
		t.Errorf("%s: %s answered %d of %d requests", s.name, c.name, next, len(s.requests))
	}
}

// BenchmarkRoute times one lookup: from a method and a path to the call of the route's handler, whose parameters are
// at hand but not read. One operation is one request; a pass asks all requests of the set in their order.
func BenchmarkRoute(b *testing.B) {
	for _, s := range routeSets(b) {
		b.Run(s.name, func(b *testing.B) {
			for _, c := range inTurn(contenders, turn) {
				if c.lacks == s.name {
					continue
				}
				build := sync.OnceValue(func() func() { return c.build(s, nil) })
				b.Run(c.name, func(b *testing.B) {
					pass := build()
					pass()
					b.ReportAllocs()
					b.ResetTimer()
					for done := 0; done < b.N; done += len(s.requests) {
						pass()
					}
				})
			}
		})
	}
}
