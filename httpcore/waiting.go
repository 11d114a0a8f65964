package httpcore

// Handlers that wait a little, or leave. One that waits for 0.2 ms, for a database beside us,
// never overruns (offloop.go), and yet its loop stands still for most of its time.
// So the server looks for handlers that wait, and a route of such is remembered as
// one that overruns is.
//
//	a tick of the watch finds a call in progress ─▶ Seen: the route takes time
//	   ─▶ the next of its runs is measured (look): did it wait?
//	   ─▶ waitsNeeded of looksMax did ─▶ its requests get a goroutine at once
//	   ─▶ none did ─▶ so many sightings later, it is looked at again
//
// There is one tick per Config.Overrun, so that nobody pays for this: of a thousand
// runs per loop and second, one at most is measured. What is seen is seen in
// proportion to the time it takes of its loop: a route that holds its loop up for a
// tenth of the time is looked at a hundred times per second, and one that is quick
// hardly ever.
//
// Time alone does not tell who waits: on a busy machine any thread stands still. So a
// run that is measured is bound to its thread, and has waited if the system says that
// the thread gave its processor up and if some of the time was not spent computing.
// Where threads' times are unknown, nothing is learned here, and [Blocking] has to say
// it.
//
// The same is asked of one in sampleEvery runs off the loop (crowd.go), since what
// has become quick, its answers being at hand by now, belongs on the loop.
//
// A handler that leaves its loop before it waits ([Ctx.LeaveLoop], or a Ctx that is
// passed to a database as a context) holds nobody up, but to leave costs more than to
// be sent: the loop gets a new runner in the middle of a turn. A route that answers at
// once took 10.3 µs of processor time per request on its loop, 10.7 µs off it, and 39 µs
// leaving it. So behind a run that has left, the next one is followed, which costs next
// to nothing, and a route that leaves as often as others have to wait is remembered, too.

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/covetgo/covet/netpoll"
)

const (
	// waitMicrosMin: a run that waits for less has not waited. To be measured makes a
	// wait longer, since the thread has to be handed to others and back: an exchange
	// with a goroutine that answers at once took 3 µs then, and one in a hundred of
	// them 20 to 110 µs.
	waitMicrosMin = 50
	// Of looksMax runs so many must have waited, or left. Not all: a route may have
	// most of its answers at hand, and hold its loop up with the others all the same.
	looksMax    = 16
	waitsNeeded = 4
	// sparedMax is for how many sightings a route is not looked at that has never
	// waited. It is 1 first, and doubles each time.
	sparedMax = 256
)

// usage is what one run took, as measured.
type usage struct {
	known     bool // the system told
	slept     bool // its thread gave the processor up
	cpu, wall time.Duration
}

// waited reports whether the run waited for anything.
func (u usage) waited() bool {
	return u.known && u.slept && u.wall-u.cpu >= waitMicrosMin*time.Microsecond
}

// threadsTell is whether the system tells what a thread has used.
var threadsTell = func() bool {
	_, time := netpoll.ThreadTime()
	_, sleeps := netpoll.ThreadSleeps()
	return time && sleeps
}()

// gauge measures a run of the goroutine that starts and stops it, and binds that to
// its thread in between.
type gauge struct {
	began  time.Time
	cpu    time.Duration
	sleeps int64
}

func startGauge() (g gauge) {
	runtime.LockOSThread()
	g.cpu, _ = netpoll.ThreadTime()
	g.sleeps, _ = netpoll.ThreadSleeps()
	g.began = time.Now()
	return g
}

func (g gauge) stop() usage {
	defer runtime.UnlockOSThread()
	wall := time.Since(g.began)
	cpu, _ := netpoll.ThreadTime()
	sleeps, _ := netpoll.ThreadSleeps()
	return usage{
		known: cpu >= g.cpu, // else the handler has unlocked its thread, and come to another
		slept: sleeps > g.sleeps, cpu: cpu - g.cpu, wall: wall,
	}
}

// sighted takes note that a run of the route on its loop was seen by a tick.
func (a *App) sighted(route int32) {
	if p := a.learns(route); p != nil && threadsTell {
		p.sighted()
	}
}

// left takes note that a handler has left its loop by itself.
func (a *App) left(route int32) {
	if p := a.learns(route); p != nil {
		p.place.CompareAndSwap(onLoop, followed)
	}
}

// learns returns where to put down what is learned of a route, nil if nothing is.
func (a *App) learns(route int32) *pace {
	if route < 0 || a.overrun == 0 || a.handlers[route].hint != learn { // −1: the error handler, for none
		return nil
	}
	return &a.handlers[route].pace
}

// sighted has the next run measured, unless the route is spared.
func (p *pace) sighted() {
	if p.spared.Load() > 0 {
		p.spared.Add(-1)
		return
	}
	p.place.CompareAndSwap(onLoop, lookedAt)
}

// next is the handler for a run on the loop: once, one that takes note of more.
func (r *compiledRoute) next() Handler {
	switch {
	case r.pace.place.CompareAndSwap(lookedAt, onLoop):
		return r.look
	case r.pace.place.CompareAndSwap(followed, onLoop):
		return r.follow
	}
	return r.handler
}

// lookAt is r.look: the handler, measured.
func (r *compiledRoute) lookAt(c *Ctx) error {
	g := startGauge()
	defer func() { // also if the handler panics or ends its goroutine
		u := g.stop()
		if u.known && !c.offLoop && u.wall <= c.app.overrun && r.pace.looked(u.waited(), time.Now()) {
			c.app.foundWaiting(c.route)
		}
	}()
	return r.handler(c)
}

// looked takes note of a run that was measured. It reports whether the route is
// remembered for it. Those that take longer than Config.Overrun are not asked: whatever
// they do, they overrun.
func (p *pace) looked(waited bool, now time.Time) (remembered bool) {
	hits, ended := p.looks.add(waited)
	gap := int32(0)
	switch {
	case hits >= waitsNeeded:
		p.rememberWaiting(now)
	case !ended:
		return false
	case hits == 0:
		gap = min(2*p.gap.Load()+1, sparedMax)
	}
	p.gap.Store(gap)
	p.spared.Store(gap)
	return hits >= waitsNeeded
}

func (p *pace) rememberWaiting(now time.Time) {
	p.waiting.Store(true)
	p.remember(now)
}

// followOn is r.follow: the handler; does it leave?
func (r *compiledRoute) followOn(c *Ctx) error {
	defer func() {
		if r.pace.follow(c.leaves.Load(), time.Now()) {
			c.app.foundWaiting(c.route)
		}
	}()
	return r.handler(c)
}

// follow takes note of a run that was followed. It reports whether the route is
// remembered for it.
func (p *pace) follow(left bool, now time.Time) (remembered bool) {
	hits, _ := p.follows.add(left)
	if hits < waitsNeeded {
		return false
	}
	p.rememberWaiting(now)
	return true
}

// tally counts runs, up to looksMax, and those of them that were hits. Loops may add to
// one at the same time, and then a run more or less is counted.
type tally struct{ runs, hits atomic.Uint32 }

// add counts a run, and returns how many hits there were. It begins anew when there
// were enough of either.
func (t *tally) add(hit bool) (hits uint32, ended bool) {
	runs := t.runs.Add(1)
	hits = t.hits.Load()
	if hit {
		hits = t.hits.Add(1)
	}
	if ended = runs >= looksMax || hits >= waitsNeeded; ended {
		t.runs.Store(0)
		t.hits.Store(0)
	}
	return hits, ended
}

// foundWaiting says so in the log, once per route.
func (a *App) foundWaiting(route int32) {
	if !a.handlers[route].pace.told.CompareAndSwap(false, true) {
		return
	}
	a.logger.Info("the handlers of a route wait, and their loop with them unless they leave it; its requests get a goroutine at once from now on; mark the route Blocking to have it so from the start, or Inline to keep it on its loop",
		"pattern", a.table.Route(int(route)).Pattern)
}
