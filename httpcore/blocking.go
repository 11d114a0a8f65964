package httpcore

// Handlers that do not run on the loop. The request moves into a Ctx of its
// own, the connection waits in the phase detached, and the response comes back
// by Post, so that it leaves in its turn.

import (
	"github.com/covetgo/covet/netpoll"
	"github.com/covetgo/covet/parser"
)

// away is a request whose handler has a goroutine.
type away struct {
	Ctx
	headCopy parser.Head
	bytes    []byte // head and body
	task     netpoll.Task
	engine   *engine
	ends     ends
}

// handOff moves the request in e.ctx to a goroutine.
func (e *engine) handOff(c *conn, h Handler) {
	from := &e.ctx
	a := e.pool.away()
	a.engine = e
	a.app, a.loop = e.app, e.loop
	a.headCopy = *from.head
	a.bytes = append(append(a.bytes[:0], from.in...), from.body...)
	n := len(from.in)
	a.begin(from.sock, &a.headCopy, a.bytes[:n:n], a.bytes[n:])
	a.params, a.route = from.params, from.route
	a.ends = ends{e.loop.LocalAddr(from.sock), e.loop.RemoteAddr(from.sock)}
	a.Ctx.ends = &a.ends
	a.task.Run = a.comeBack
	c.phase = detached
	go a.serve(h)
}

// serve runs on the request's own goroutine.
func (a *away) serve(h Handler) {
	a.run(h)
	a.loop.Post(&a.task) // if the loop has ended, so has the connection
}

// comeBack runs on the loop.
func (a *away) comeBack() {
	e, s := a.engine, a.sock
	if e.loop.Alive(s) {
		c := e.conns.At(s.Index())
		c.phase = awaiting
		e.clock.refresh(e.loop)
		e.finish(s, c, &a.Ctx)
		e.goOn(s, c)
	}
	e.pool.keepAway(a)
}

// goOn serves what came behind a detached request.
func (e *engine) goOn(s netpoll.Sock, c *conn) {
	if !c.half && !c.stalled {
		e.loop.Watch(s, netpoll.Readable)
	}
	var in []byte
	if c.work != 0 {
		in = e.pool.of(c).in
	}
	e.endTurn(s, c, in[e.serve(s, c, in):])
}
