package compare

// This file holds the routers that are compared. Each takes a set to a function that asks all of its requests once,
// one after the other, by the leanest way that the router offers to its users:
//
//	covet        Table.Lookup and a call of the handler by the route's number
//	httprouter   ServeHTTP, without redirects
//	gin          ServeHTTP, without redirects; it offers nothing below that
//	echo         Router.Route on one context, and a call of the handler, without the pool of contexts
//	chi          Match on one context for what it finds or not (no handler is called), ServeHTTP for 405
//	bunrouter    ServeHTTPError
//	servemux     ServeHTTP
//
// 404 and 405 are handlers as well, and 405 means that the Allow field is ready to be sent where the router makes one.
// All peers get one http.Request, whose method and path are set for each request.

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/covetgo/covet/router"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/julienschmidt/httprouter"
	"github.com/labstack/echo/v5"
	"github.com/uptrace/bunrouter"
)

// contender is a router.
type contender struct {
	name  string
	lacks string // a set that it cannot do
	build func(s routeSet, rec *record) (pass func())
}

var contenders = []contender{
	{"covet", "", buildCovet},
	{"httprouter", "overlap", buildHTTPRouter}, // refuses a literal beside a parameter
	{"gin", "", buildGin},
	{"echo", "", buildEcho},
	{"chi", "", buildChi},
	{"bunrouter", "notallowed", buildBunrouter}, // answers 404 where a path with parameters has other methods only
	{"servemux", "", buildServeMux},
	{twinName, "", buildCovet},
}

// record is what a handler notes when the routers are checked; nil while they are timed.
type record struct {
	route  int
	params []string
	answer func() // compares it with what was to come of the request
}

// note is called by each handler. What values costs is not timed.
func (r *record) note(route int, values func() []string) {
	if r != nil {
		r.route, r.params = route, values()
	}
}

// done is called after each request.
func (r *record) done() {
	if r != nil {
		r.answer()
	}
}

// none is the values of a handler without parameters.
func none() []string { return nil }

// names lists a pattern's parameters.
func names(pattern string) (list []string) {
	for s := range strings.SplitSeq(pattern, "/") {
		if strings.HasPrefix(s, "{") && s != "{$}" {
			list = append(list, strings.Trim(s, "{.}"))
		}
	}
	return list
}

// colons writes a pattern's path as httprouter, gin and others do: /users/:id, /files/*path.
func colons(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	segs := strings.Split(path, "/")
	for i, s := range segs {
		switch {
		case s == "{$}":
			segs[i] = ""
		case strings.HasSuffix(s, "...}"):
			segs[i] = "*" + strings.Trim(s, "{.}")
		case strings.HasPrefix(s, "{"):
			segs[i] = ":" + strings.Trim(s, "{}")
		}
	}
	return method, strings.Join(segs, "/")
}

// sink is a http.ResponseWriter that keeps its header and drops the rest.
type sink struct{ header http.Header }

func (s sink) Header() http.Header         { return s.header }
func (s sink) Write(b []byte) (int, error) { return len(b), nil }
func (s sink) WriteHeader(int)             {}

// serve asks all requests of a set through one http.Request.
func serve(s routeSet, rec *record, one func(w http.ResponseWriter, r *http.Request)) func() {
	w, u := sink{http.Header{}}, &url.URL{}
	r := &http.Request{URL: u, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	return func() {
		for i := range s.requests {
			q := &s.requests[i]
			r.Method, u.Path, r.RequestURI = q.method, q.path, q.path
			one(w, r)
			rec.done()
		}
	}
}

// covetHandler is what a route of the table leads to.
type covetHandler func(path []byte, ps *router.Params)

func buildCovet(s routeSet, rec *record) func() {
	var b router.Builder
	var handlers []covetHandler
	for id, p := range s.patterns {
		if _, err := b.Add(p, router.Source{}); err != nil {
			panic(err)
		}
		handlers = append(handlers, func(path []byte, ps *router.Params) {
			rec.note(id, func() (values []string) {
				for i := range ps.Len() {
					values = append(values, string(ps.Value(path, i)))
				}
				return values
			})
		})
	}
	t, err := b.Compile()
	if err != nil {
		panic(err)
	}
	var ps router.Params
	allow := make([]byte, 0, 128)
	return func() {
		for i := range s.requests {
			q := &s.requests[i]
			switch m := t.Lookup(q.m, nil, q.raw, &ps); m.Kind {
			case router.Found:
				handlers[m.Route](q.raw, &ps)
			case router.MethodNotAllowed:
				allow = m.Allow.Append(allow[:0])
				rec.note(notAllowed, none)
			default:
				rec.note(notFound, none)
			}
			rec.done()
		}
	}
}

func buildHTTPRouter(s routeSet, rec *record) func() {
	h := httprouter.New()
	h.RedirectTrailingSlash, h.RedirectFixedPath, h.HandleOPTIONS = false, false, false
	h.HandleMethodNotAllowed = s.name == "notallowed"
	for id, p := range s.patterns {
		method, path := colons(p)
		h.Handle(method, path, func(_ http.ResponseWriter, _ *http.Request, ps httprouter.Params) {
			rec.note(id, func() (values []string) {
				for _, p := range ps {
					values = append(values, p.Value)
				}
				return trimRest(p, values)
			})
		})
	}
	h.NotFound = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { rec.note(notFound, none) })
	h.MethodNotAllowed = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { rec.note(notAllowed, none) })
	return serve(s, rec, h.ServeHTTP)
}

// trimRest takes the slash from the rest of a path, for routers that leave it there.
func trimRest(pattern string, values []string) []string {
	if strings.HasSuffix(pattern, "...}") {
		last := &values[len(values)-1]
		*last = strings.TrimPrefix(*last, "/")
	}
	return values
}

func buildGin(s routeSet, rec *record) func() {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.RedirectTrailingSlash, g.RedirectFixedPath = false, false
	g.HandleMethodNotAllowed = s.name == "notallowed"
	for id, p := range s.patterns {
		method, path := colons(p)
		g.Handle(method, path, func(c *gin.Context) {
			rec.note(id, func() (values []string) {
				for _, p := range c.Params {
					values = append(values, p.Value)
				}
				return trimRest(p, values)
			})
		})
	}
	end := func(route int) gin.HandlerFunc {
		return func(c *gin.Context) {
			c.Writer.WriteHeaderNow() // or else gin writes a body
			rec.note(route, none)
		}
	}
	g.NoRoute(end(notFound))
	g.NoMethod(end(notAllowed))
	return serve(s, rec, g.ServeHTTP)
}

func buildEcho(s routeSet, rec *record) func() {
	e := echo.New()
	for id, p := range s.patterns {
		method, path := colons(p)
		if strings.HasSuffix(p, "...}") {
			path = path[:strings.IndexByte(path, '*')+1]
		}
		e.Add(method, path, func(c *echo.Context) error {
			rec.note(id, func() (values []string) {
				for _, v := range c.PathValues() {
					values = append(values, v.Value)
				}
				return values
			})
			return nil
		})
	}
	c, table := e.NewContext(nil, nil), e.Router()
	return serve(s, rec, func(w http.ResponseWriter, r *http.Request) {
		c.Reset(r, w)
		switch err := table.Route(c)(c); err {
		case nil:
		case echo.ErrMethodNotAllowed:
			rec.note(notAllowed, none)
		default:
			rec.note(notFound, none)
		}
	})
}

func buildChi(s routeSet, rec *record) func() {
	c := chi.NewRouter()
	ids := map[string]int{}
	for id, p := range s.patterns {
		method, path, _ := strings.Cut(p, " ")
		path = strings.TrimSuffix(path, "{$}")
		if strings.HasSuffix(p, "...}") {
			path = path[:strings.LastIndexByte(path, '{')] + "*"
		}
		ids[method+" "+path] = id
		c.MethodFunc(method, path, func(http.ResponseWriter, *http.Request) {})
	}
	c.MethodNotAllowed(func(http.ResponseWriter, *http.Request) { rec.note(notAllowed, none) })
	if s.name == "notallowed" {
		return serve(s, rec, c.ServeHTTP)
	}
	ctx := chi.NewRouteContext()
	return func() {
		for i := range s.requests {
			q := &s.requests[i]
			ctx.Reset()
			pattern := c.Find(ctx, q.method, q.path)
			if rec != nil {
				id, ok := ids[q.method+" "+pattern]
				if !ok {
					id = notFound
				}
				rec.note(id, func() []string { return ctx.URLParams.Values })
			}
			rec.done()
		}
	}
}

func buildBunrouter(s routeSet, rec *record) func() {
	end := func(route int) bunrouter.HandlerFunc {
		return func(http.ResponseWriter, bunrouter.Request) error { rec.note(route, none); return nil }
	}
	b := bunrouter.New(bunrouter.WithNotFoundHandler(end(notFound)), bunrouter.WithMethodNotAllowedHandler(end(notAllowed)))
	for id, p := range s.patterns {
		method, path := colons(p)
		b.Handle(method, path, func(_ http.ResponseWriter, r bunrouter.Request) error {
			rec.note(id, func() (values []string) {
				for _, name := range names(p) {
					values = append(values, r.Param(name))
				}
				return values
			})
			return nil
		})
	}
	return serve(s, rec, func(w http.ResponseWriter, r *http.Request) { _ = b.ServeHTTPError(w, r) })
}

func buildServeMux(s routeSet, rec *record) func() {
	mux := http.NewServeMux()
	for id, p := range s.patterns {
		mux.HandleFunc(p, func(_ http.ResponseWriter, r *http.Request) {
			rec.note(id, func() (values []string) {
				for _, name := range names(p) {
					values = append(values, r.PathValue(name))
				}
				return values
			})
		})
	}
	return serve(s, rec, func(w http.ResponseWriter, r *http.Request) {
		if rec != nil {
			rec.route = notFound
			if h, pattern := mux.Handler(r); pattern == "" {
				probe := status(0)
				h.ServeHTTP(&probe, r)
				if probe == http.StatusMethodNotAllowed {
					rec.route = notAllowed
				}
			}
		}
		mux.ServeHTTP(w, r)
	})
}

// status is a http.ResponseWriter that keeps the status only.
type status int

func (s *status) Header() http.Header         { return http.Header{} }
func (s *status) Write(b []byte) (int, error) { return len(b), nil }
func (s *status) WriteHeader(code int)        { *s = status(code) }
