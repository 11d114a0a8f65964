package httpcore

// Registering routes. Nothing is looked up or wrapped while serving: patterns
// are compiled into a table and middleware is folded into handlers once, when
// the server starts. Faults are collected and reported together at that time,
// each with the line that registered it.

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"

	"github.com/covetgo/covet/parser"
	"github.com/covetgo/covet/router"
)

// Handler answers one request. A returned error goes to Config.ErrorHandler;
// [NewError] makes one with a status code. A panic is logged and answered 500.
// A handler that ends its goroutine (runtime.Goexit, as FailNow of package
// testing does) is treated like one that panics.
type Handler func(*Ctx) error

// Middleware wraps a handler. It is called once per route, when the server
// starts; what it returns runs per request.
type Middleware func(next Handler) Handler

// RouteOption changes one route.
type RouteOption func(*registration)

// Blocking says that the route's handler waits, or computes for long: it gets a
// goroutine at once, and nothing has to be learned (see Config.Overrun for what is).
func Blocking() RouteOption {
	return func(r *registration) { r.hint = blocking }
}

// Inline says that the route's handler is quick, and that it shall begin on the
// loop, and nothing is learned of it: a run that overruns (Config.Overrun) is still
// moved to a goroutine, but the next one is not, and one that waits is waited for.
func Inline() RouteOption {
	return func(r *registration) { r.hint = inline }
}

// hint is what the program says of where a handler should run.
type hint uint8

const (
	learn hint = iota // offloop.go
	blocking
	inline
)

type registration struct {
	group   *Group
	handler Handler
	hint    hint
	stream  bool // StreamBody
	name    string
	meta    any
}

// compiledRoute is a route as a request finds it: by its id in the table.
type compiledRoute struct {
	handler Handler
	look    Handler // the same, measured
	follow  Handler // the same; does it leave?
	hint    hint
	stream  bool
	pace    pace
	effort  effort
}

// The parser and the router number methods alike, so a request's method needs
// no translation: both differences must be 0 to be constants of type uint.
const (
	_ = uint(parser.MethodGet) - uint(router.MethodGet)
	_ = uint(router.MethodGet) - uint(parser.MethodGet)
	_ = uint(parser.MethodTrace) - uint(router.MethodTrace)
	_ = uint(router.MethodTrace) - uint(parser.MethodTrace)
)

// Group registers routes whose paths share a prefix and whose handlers share
// middleware. An App is the Group of everything. Not for concurrent use.
type Group struct {
	app        *App
	parent     *Group // nil for the App's own
	prefix     string
	middleware []Middleware
}

// Handle registers a handler for a pattern: "[METHOD ][HOST]/PATH" in the
// syntax of net/http's ServeMux with typed parameters; see package router. A
// fault in the pattern, or a conflict with another, is reported by Serve.
func (g *Group) Handle(pattern string, h Handler, opts ...RouteOption) { g.add(pattern, h, opts) }

// Get registers a handler for GET and HEAD requests of a path.
func (g *Group) Get(path string, h Handler, opts ...RouteOption) { g.add("GET "+path, h, opts) }

// Post registers a handler for POST requests of a path.
func (g *Group) Post(path string, h Handler, opts ...RouteOption) { g.add("POST "+path, h, opts) }

// Put registers a handler for PUT requests of a path.
func (g *Group) Put(path string, h Handler, opts ...RouteOption) { g.add("PUT "+path, h, opts) }

// Patch registers a handler for PATCH requests of a path.
func (g *Group) Patch(path string, h Handler, opts ...RouteOption) { g.add("PATCH "+path, h, opts) }

// Delete registers a handler for DELETE requests of a path.
func (g *Group) Delete(path string, h Handler, opts ...RouteOption) { g.add("DELETE "+path, h, opts) }

// Use adds middleware to all routes of the group, those registered before
// included. The first one added is the outermost; a parent's is outside.
func (g *Group) Use(m ...Middleware) { g.middleware = append(g.middleware, m...) }

// Group returns a group inside this one: "/api" and "/users" make "/api/users".
func (g *Group) Group(prefix string, m ...Middleware) *Group {
	return &Group{app: g.app, parent: g, prefix: prefix, middleware: slices.Clone(m)}
}

// add is what all of the above come to; it must be called by them directly, so
// that the caller two frames up is the line that registered the route.
func (g *Group) add(pattern string, h Handler, opts []RouteOption) {
	if g.app.checked.Load() {
		panic("httpcore: route " + pattern + " is registered after Check or Serve has compiled the table")
	}
	_, file, line, _ := runtime.Caller(2)
	at := func(err error) {
		g.app.faults = append(g.app.faults, fmt.Errorf("%s:%d: route %q: %w", file, line, pattern, err))
	}
	if h == nil {
		at(errors.New("the handler is nil"))
		return
	}
	full, err := g.join(pattern)
	if err != nil {
		at(err)
		return
	}
	id, err := g.app.routes.Add(full, router.Source{File: file, Line: line})
	if err != nil {
		at(err)
		return
	}
	r := registration{group: g, handler: h}
	for _, o := range opts {
		o(&r)
	}
	if r.stream {
		if r.hint == inline {
			at(errStreamInline)
		}
		r.hint = blocking
	}
	if err := r.describe(&g.app.routes, id); err != nil {
		at(err)
	}
	g.app.registered = append(g.app.registered, r) // its index is the route's id
}

func (g *Group) join(pattern string) (full string, err error) {
	full = pattern
	for ; g.parent != nil && err == nil; g = g.parent {
		full, err = router.Join(g.prefix, full)
	}
	return full, err
}

// fold wraps the handler into the middleware of its groups, innermost first.
func (r registration) fold() Handler {
	h := r.handler
	for g := r.group; g != nil; g = g.parent {
		for i := len(g.middleware) - 1; i >= 0; i-- {
			h = g.middleware[i](h)
		}
	}
	return h
}

// Check compiles the routes, as Serve does before anything else, and returns
// everything that is wrong with them and with the Config. What is registered
// after it is too late, and panics.
func (a *App) Check() error {
	a.compile.Do(func() {
		a.checked.Store(true)
		table, err := a.routes.Compile()
		if a.compiled = errors.Join(append(a.faults, err)...); a.compiled != nil {
			return
		}
		a.table = table
		a.handlers = make([]compiledRoute, len(a.registered))
		for i, r := range a.registered {
			c := &a.handlers[i]
			c.handler, c.look, c.follow = r.fold(), c.lookAt, c.followOn
			c.hint, c.stream = r.hint, r.stream
			a.streams = a.streams || r.stream
		}
	})
	return a.compiled
}

// Routes lists the routes with their ids, in the order of their registration,
// for documents and checks. There are none if Check finds a fault.
func (a *App) Routes() iter.Seq2[int, router.Route] {
	if a.Check() != nil {
		return func(func(int, router.Route) bool) {}
	}
	return a.table.Routes()
}
