package httpcore

// Handlers that wait a little. One that waits for 0.2 ms, for a database beside us,
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

import (
	"runtime"
	"time"

	"github.com/covetgo/covet/netpoll"
)

const (
	// waitMicrosMin: a run that waits for less has not waited. To go elsewhere costs
	// a few microseconds, and to be measured makes a wait longer by up to 30: then
	// the thread has to be handed to others and back.
	waitMicrosMin = 50
	// Of looksMax runs so many must have waited. Not all: a route may have most of
	// its answers at hand, and hold its loop up with the others all the same.
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
	if route < 0 { // nobody's
		return
	}
	if r := &a.handlers[route]; r.hint == learn {
		r.pace.sighted()
	}
}

// sighted has the next run measured, unless the route is spared.
func (p *pace) sighted() {
	if !threadsTell {
		return
	}
	if p.spared.Load() > 0 {
		p.spared.Add(-1)
		return
	}
	p.place.CompareAndSwap(onLoop, lookedAt)
}

// next is the handler for a run on the loop: that which measures, once.
func (r *compiledRoute) next() Handler {
	if r.pace.place.CompareAndSwap(lookedAt, onLoop) {
		return r.look
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
	if waited && p.waits.Add(1) >= waitsNeeded {
		p.lookAgain(0)
		p.waiting.Store(true)
		p.remember(now)
		return true
	}
	if p.looks.Add(1) >= looksMax {
		gap := int32(0)
		if p.waits.Load() == 0 {
			gap = min(2*p.gap.Load()+1, sparedMax)
		}
		p.lookAgain(gap)
	}
	return false
}

// lookAgain begins anew, after so many sightings.
func (p *pace) lookAgain(gap int32) {
	p.looks.Store(0)
	p.waits.Store(0)
	p.gap.Store(gap)
	p.spared.Store(gap)
}

// foundWaiting says so in the log, once per route.
func (a *App) foundWaiting(route int32) {
	if !a.handlers[route].pace.told.CompareAndSwap(false, true) {
		return
	}
	a.logger.Info("the handlers of a route wait, and their loop with them; its requests get a goroutine at once from now on; mark the route Blocking to have it so from the start, or Inline to keep it on its loop",
		"pattern", a.table.Route(int(route)).Pattern)
}
