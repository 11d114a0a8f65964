package httpcore

// Handlers without a loop. A handler begins on its loop, as an ordinary call:
// that is why a request costs so little. It ends up on a goroutine of its own
// in one of three ways, and behind those all of them are alike:
//
//	handOff    its route is known to wait or to compute for long: it is marked
//	           Blocking, or remembered (pace) because it has overrun or was found
//	           waiting (waiting.go). It gets a goroutine at once or, if it
//	           computes, when there is a processor for it (crowd.go).
//	overrun    it is on the loop for longer than Config.Overrun: netpoll gives
//	           the loop to another goroutine (Taken), and this one keeps its.
//	LeaveLoop  it says so itself, before it waits.
//
// Meanwhile the connection is in the phase offLoop. When the handler returns,
// its Ctx goes home by Post (comeBack), so that the response leaves in its turn.
//
// What a handler can see (its Ctx, the request's bytes) goes with it, and the
// loop takes other memory; so neither has to look out for the other.

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/covetgo/covet/netpoll"
)

// Rules of what is remembered of a route.
const (
	// strikeMillis: a route is remembered if it overruns twice within this time.
	// On a busy machine any handler overruns now and then, since its thread was
	// not running; one that waits does so each time.
	strikeMillis = 100
	// trialRuns is how many runs off the loop, one after the other, must take
	// less than half of Config.Overrun, and none of those that are measured may
	// wait, before a remembered route is tried on the loop again. If that goes wrong
	// within relapseSeconds, twice as many are asked for the next time.
	trialRuns      = 64
	trialRunsMax   = 64 << 10
	relapseSeconds = 10
)

// pace is what the server has learned of one route. Any goroutine may use it.
type pace struct {
	place   atomic.Uint32 // onLoop, lookedAt, followed, elsewhere
	known   atomic.Bool   // that it overruns has been logged
	struck  atomic.Int64  // when it last overran, Unix milliseconds
	quick   atomic.Uint32 // quick runs in a row, off the loop
	calm    atomic.Uint32 // of those, the ones that were measured
	trial   atomic.Uint32 // how many are needed
	retried atomic.Int64  // when it was last tried on the loop again, Unix seconds

	// waiting.go
	told    atomic.Bool  // that it waits has been logged
	waiting atomic.Bool  // that, or that it leaves, is why it is elsewhere
	looks   tally        // runs on the loop that were measured: did they wait?
	spared  atomic.Int32 // sightings until it is looked at again
	gap     atomic.Int32 // how many those were
	follows tally        // runs that were followed: did they leave?
}

// Where the next request of a route runs: pace.place.
const (
	onLoop    = iota
	lookedAt  // on the loop, and is measured
	followed  // on the loop; does it leave?
	elsewhere // on a goroutine of its own, at once
)

// overran takes note of a handler that has held its loop up. It reports whether
// that is the first time.
func (p *pace) overran(now time.Time) (first bool) {
	at := now.UnixMilli()
	if at-p.struck.Swap(at) < strikeMillis && p.place.Load() != elsewhere {
		p.waiting.Store(false)
		p.remember(now)
	}
	return p.known.CompareAndSwap(false, true)
}

func (p *pace) remember(now time.Time) {
	trial := uint32(trialRuns)
	if now.Unix()-p.retried.Load() < relapseSeconds {
		trial = min(2*p.trial.Load(), trialRunsMax)
	}
	p.trial.Store(trial)
	p.restart()
	p.place.Store(elsewhere)
}

// restart counts the runs of a trial anew.
func (p *pace) restart() {
	p.quick.Store(0)
	p.calm.Store(0)
}

// ran takes note of a run off the loop: whether it would have left that, and its
// usage, if it was measured.
func (p *pace) ran(now time.Time, took, overrun time.Duration, left bool, u usage) {
	if took > overrun/2 || left || u.waited() {
		p.restart()
		return
	}
	calm := p.calm.Load()
	if u.known {
		calm = p.calm.Add(1)
	}
	trial := p.trial.Load()
	if p.quick.Add(1) >= trial && (calm >= trial/sampleEvery || !threadsTell) && p.place.CompareAndSwap(elsewhere, onLoop) {
		p.retried.Store(now.Unix())
	}
}

// full reports whether no more handlers may be given a goroutine.
func (a *App) full() bool { return a.offLoop.Load() >= int64(a.limits.OffLoopMax) }

// handOff moves the request in e.ctx to a goroutine.
func (e *engine) handOff(c *conn, r *compiledRoute) {
	ctx := e.ctx
	e.part(c, ctx)
	ctx.own(e.lent)
	ctx.offLoop = true
	if w := r.effort.weight(e.app.crowd.least); w > 0 {
		e.app.crowd.enter(ctx, w)
		return
	}
	go ctx.runOff()
}

// part leaves ctx to its handler, and gives the engine another.
func (e *engine) part(c *conn, ctx *Ctx) {
	e.ctx = e.pool.context(e)
	e.pool.lend(c).away = ctx
	c.phase = offLoop
	e.app.offLoop.Add(1)
	if c.readClosed {
		ctx.halfClosed()
	}
}

// own copies the request out of the loop's memory, if it is there.
func (c *Ctx) own(lent bool) {
	if !lent {
		return
	}
	n := len(c.in)
	c.input = append(append(c.input[:0], c.in...), c.body...)
	c.in, c.body = c.input[:n:n], c.input[n:]
}

// runOff is the request's own goroutine.
func (c *Ctx) runOff() {
	r := &c.app.handlers[c.route]
	began := time.Now()
	var u usage
	if r.effort.isSample() {
		u = r.effort.measured(c.app.crowd.least, func() { c.run(r.handler) })
	} else {
		c.run(r.handler)
	}
	if r.hint == learn {
		now := time.Now()
		r.pace.ran(now, now.Sub(began), c.app.overrun, c.leaves.Load(), u)
	}
	c.goHome()
}

// goHome brings the response to the loop. If that has ended, so has the
// connection.
func (c *Ctx) goHome() { c.loop.Post(&c.home) }

// late is called behind a handler that took its time. If the loop was taken away,
// this is an ordinary goroutine now, and ends.
func (c *Ctx) late(o netpoll.Outcome) {
	switch o {
	case netpoll.Overran:
		c.app.overran(c.route)
		return
	case netpoll.Seen:
		c.app.sighted(c.route)
		return
	}
	c.goHome()
	runtime.Goexit() // the frames below are the loop's, whose runner we are no more
}

// Taken is netpoll's: the handler of the request in hand has lost the loop, and
// runs on. It may have begun in the middle of a turn; what that turn still had
// to do is done here.
func (e *engine) Taken(scratch []byte) {
	ctx := e.ctx
	s := ctx.sock
	c := e.conns.At(s.Index())
	ctx.lent = scratch
	e.part(c, ctx)
	e.clock.refresh(e.loop)
	if ctx.leaves.Load() {
		e.app.left(ctx.route)
	} else {
		e.app.overran(ctx.route)
	}
	e.endTurn(s, c, e.rest)
	e.serveRestLater()
}

// overran takes note of a route whose handler has overrun.
func (a *App) overran(route int32) {
	a.overruns.Add(1)
	if p := a.learns(route); p != nil && p.overran(time.Now()) {
		a.logger.Warn("a handler held up its loop; such handlers are moved to goroutines, and after two of a route in a short time all of that route; mark the route Blocking to have it so from the start",
			"pattern", a.table.Route(int(route)).Pattern, "overrun", a.overrun)
	}
}

// comeBack runs on the loop.
func (c *Ctx) comeBack() {
	e, s := c.engine, c.sock
	e.app.offLoop.Add(-1)
	if c.start != 0 {
		e.cameHome(c)
	}
	alive := e.loop.Alive(s)
	if alive {
		conn := e.conns.At(s.Index())
		e.pool.of(conn).away = nil
		conn.phase = awaiting
		e.clock.refresh(e.loop)
		e.finish(s, conn, c)
	}
	e.loop.Reuse(c.lent)
	e.pool.keepContext(c) // before anything that may lose the loop
	if alive {
		e.serveKept(s, e.conns.At(s.Index()))
	}
}

// LeaveLoop makes the rest of the handler run on a goroutine of its own, so
// that it may wait: for a database, a lock, another server. It is for handlers
// that mostly need not (an answer from a cache) and know when they do; one that
// always waits is better marked [Blocking]. It costs nothing if the handler has left
// already, and otherwise much more than a goroutine at once, since the loop goes on in
// the middle of a turn: a route of whose runs a quarter leaves is remembered, and gets
// that from then on.
func (c *Ctx) LeaveLoop() {
	c.use()
	if c.offLoop {
		if !c.leaves.Load() {
			c.leaves.Store(true)
		}
		return
	}
	c.offLoop = true
	c.leaves.Store(true) // before the loop can hear of it
	c.loop.GiveUp(c.ticket)
}

// exited answers for a handler that ended its goroutine (runtime.Goexit, or
// FailNow of a test), which nothing can stop. The loop goes on without it.
func (c *Ctx) exited() {
	c.LeaveLoop()
	c.fail(c.panicked("the handler ended its goroutine"))
	c.goHome()
}

// onLoop runs f where the connection can be touched, and waits for it. It
// reports false if the loop has ended.
func (c *Ctx) onLoop(f func()) bool {
	if !c.offLoop {
		if c.loop.Leave(c.ticket) != netpoll.Lost { // it cannot be taken away now
			f()
			c.ticket = c.loop.Enter()
			return true
		}
		c.offLoop = true
	}
	done := make(chan struct{})
	if c.loop.Post(&netpoll.Task{Run: func() { f(); close(done) }}) != nil {
		return false
	}
	<-done
	return true
}
