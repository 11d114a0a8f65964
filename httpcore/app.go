// Package httpcore is an HTTP/1.1 server core: it joins netpoll (bytes),
// parser (heads and framing) and router (routes), and runs handlers.
//
//	app := httpcore.New(httpcore.Config{})
//	app.Get("/hello/{name}", func(c *httpcore.Ctx) error {
//		return c.String("Hello, " + string(c.Param("name")) + "!")
//	})
//	log.Fatal(app.ListenAndServe(":8080"))
//
// # One request, one direction
//
//	netpoll.Loop ─▶ engine.Data ─▶ parser ─▶ router ─▶ Handler ─▶ appended to the
//	loop's output ─▶ the next pipelined request, if any ─▶ one send
//
// Handlers begin on the loop, one after the other, and may be as slow as they
// like: one that overruns is moved to a goroutine and the loop goes on without
// it; soon its route's requests get a goroutine at once (offloop.go). So do those of
// a route whose handlers wait, however briefly (waiting.go). Mark a route [Blocking]
// if that is known beforehand.
//
// # Memory
//
// What a Ctx returns as []byte is borrowed from the server's buffers and good
// until the handler returns; copy what has to live longer (string(b) does).
// What a handler passes to a Ctx is copied before the call returns. A Ctx must
// not be used after its handler has returned, nor by two goroutines at once.
//
// Reading order: app.go and route.go (registering), serve.go (starting and
// ending), engine.go (a connection's turn; the heart), body.go, ctx.go and
// reply.go (what a handler sees), offloop.go, waiting.go and context.go (handlers that wait),
// stream.go and upload.go (content in pieces), refuse.go (everything that is no
// handler's answer).
package httpcore

import (
	"cmp"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/covetgo/covet/jsonfast"
	"github.com/covetgo/covet/netpoll"
	"github.com/covetgo/covet/router"
)

// Config is what an App is made from. The zero value is a good server.
type Config struct {
	// Loops is the number of event loops; 0 means GOMAXPROCS. If handlers do I/O of
	// their own (a database) while all loops are busy, one loop fewer than GOMAXPROCS
	// lets them hear of it sooner: docs/adr/0002-waiting.md.
	Loops int
	// Backend is the netpoll backend; nil means netpoll.Default().
	Backend *netpoll.Backend
	// Limits bound what a client can cost.
	Limits Limits
	// Overrun is how long a handler may hold its loop until it is moved to a
	// goroutine of its own; 0 means 1 ms, which is what others on the loop can
	// bear. It happens after Overrun at the earliest and after twice that in
	// general; later, if no processor is free to notice.
	//
	// It is also how often the server looks whether its loops are held up by
	// handlers that wait without overrunning, for a database beside it, say. A route
	// is found if a quarter of its runs wait for 50 µs or more: under load, within
	// some milliseconds, or some dozens of Overruns. Its requests then get a goroutine
	// at once, until they wait no more. Only Linux tells who waits; elsewhere such
	// routes have to be marked [Blocking]. [Inline] keeps one route on its loop.
	//
	// Negative means never, and nothing is learned: then only Blocking routes and
	// LeaveLoop keep a slow handler from holding up others.
	Overrun time.Duration
	// Slash is what to do with paths that differ from a route's by a slash at the
	// end; see package router. The zero value is net/http's way.
	Slash router.SlashPolicy
	// ErrorHandler answers when a handler returns an error, panics, or no
	// route matches; nil means DefaultErrorHandler. It runs where the handler ran.
	ErrorHandler func(*Ctx, error)
	// Logger hears of panics and of handlers' errors that clients do not see;
	// nil means slog.Default().
	Logger *slog.Logger
	// JSON writes and reads what Ctx.JSON and Ctx.Bind do; nil means
	// jsonfast.Options{}, which does as encoding/json does.
	JSON JSONCodec
	// ServerName is the value of the Server field; empty leaves it out.
	ServerName string
}

// App is a server: routes, then loops that serve them. Register everything
// before Serve; from then on its methods may be called from any goroutine.
type App struct {
	routeGroup // of all routes

	cfg        Config
	limits     Limits
	overrun    time.Duration
	logger     *slog.Logger
	serverLine string // "Server: name\r\n" or empty

	routes     router.Builder
	registered []registration
	faults     []error // of registration; reported together by Serve

	compile  sync.Once
	checked  atomic.Bool
	compiled error
	table    *router.Table
	handlers []compiledRoute // by route id
	streams  bool            // one of them has StreamBody

	mu       sync.Mutex // guards loops and engines while they are made
	loops    *netpoll.Group
	engines  []*engine
	draining atomic.Bool
	cutOff   atomic.Bool   // Shutdown closes what is left
	offLoop  atomic.Int64  // handlers off their loops, those that are held included
	overruns atomic.Uint64 // handlers that held their loop up
	crowd    crowd         // of those off their loops, the ones that compute
	ended    chan struct{} // closed when Shutdown has ended
}

// routeGroup is Group under a name that does not hide its method Group.
type routeGroup = Group

// overrunDefault: long enough for everything that computes an answer from
// memory, short enough not to be noticed by those who wait behind it.
const overrunDefault = time.Millisecond

// ErrServerClosed is what Serve and ListenAndServe return after Shutdown.
var ErrServerClosed = errors.New("httpcore: server closed")

// New makes an App. A Config that cannot work is reported by Serve, together
// with the faults of routes; see also [App.Check].
func New(cfg Config) *App {
	a := &App{cfg: cfg, limits: cfg.Limits.withDefaults(), logger: cfg.Logger, ended: make(chan struct{})}
	a.routeGroup.app = a
	a.routes.SetSlash(cfg.Slash)
	a.overrun = max(0, cmp.Or(cfg.Overrun, overrunDefault))
	a.crowd.least = cmp.Or(a.overrun, overrunDefault)
	a.crowd.countedMax = countedMillisMax * time.Millisecond
	if a.logger == nil {
		a.logger = slog.Default()
	}
	if a.cfg.JSON == nil {
		a.cfg.JSON = jsonfast.Options{}
	}
	if a.cfg.ErrorHandler == nil {
		a.cfg.ErrorHandler = DefaultErrorHandler
	}
	if err := a.limits.check(); err != nil {
		a.faults = append(a.faults, err)
	}
	if cfg.ServerName != "" {
		if err := checkFieldValue(cfg.ServerName); err != nil {
			a.faults = append(a.faults, err)
		} else {
			a.serverLine = "Server: " + cfg.ServerName + "\r\n"
		}
	}
	return a
}
