package httpcore

// Handlers that do not run on the loop. The request moves into a Ctx of its
// own, the connection waits in the phase offLoop, and the response comes back
// by Post, so that it leaves in its turn.

import (
	"github.com/covetgo/covet/netpoll"
	"github.com/covetgo/covet/parser"
)

// away is a request whose handler has a goroutine of its own.
type away struct {
	Ctx
	parsed parser.Head  // the copy that Ctx.head points to
	bytes  []byte       // head and body
	task   netpoll.Task // that brings it back
	engine *engine
}

// handOff moves the request in e.ctx to a goroutine.
func (e *engine) handOff(c *conn, h Handler) {
	from := &e.ctx
	a := e.pool.away()
	a.engine = e
	a.app, a.loop = e.app, e.loop
	a.parsed = *from.head
	a.bytes = append(append(a.bytes[:0], from.in...), from.body...)
	n := len(from.in)
	a.begin(from.sock, &a.parsed, a.bytes[:n:n], a.bytes[n:])
	a.params, a.route = from.params, from.route
	a.Ctx.offLoop = true
	c.phase = offLoop
	go a.serve(h)
}

// serve runs on the request's own goroutine.
func (a *away) serve(h Handler) {
	returned := false
	defer func() {
		if !returned { // runtime.Goexit, which nothing can stop
			a.fail(a.panicked("the handler ended its goroutine"))
		}
		a.loop.Post(&a.task) // if the loop has ended, so has the connection
	}()
	a.run(h)
	returned = true
}

// comeBack runs on the loop.
func (a *away) comeBack() {
	e, s := a.engine, a.sock
	if e.loop.Alive(s) {
		c := e.conns.At(s.Index())
		c.phase = awaiting
		e.clock.refresh(e.loop)
		e.finish(s, c, &a.Ctx)
		e.serveKept(s, c)
	}
	e.pool.keepAway(a)
}
