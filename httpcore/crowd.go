package httpcore

// Handlers that compute. On a goroutine of its own, a handler that waits costs
// nothing meanwhile; one that computes competes with the loops for processors, and
// Go's scheduler knows no priorities: of nine goroutines that want one processor,
// the loop is one. So of those that are handed off, as many compute at a time as
// there are processors to do it, and the others are held. They lose little by that,
// as each then has its processor to itself; and a loop waits for one of them at
// most, not for all.
//
// Which routes compute is measured: of some runs, the processor time of their thread
// (effort). What that says of a route is a weight: the part of its time in which it
// wants a processor. A handler that computes for 5 ms has the weight 1; one that
// does so and waits 35 ms for a database has 1/8, and eight of them may run per
// processor. A route that computes for less than Config.Overrun per run weighs
// nothing and is never held; nor is any where threads' times are unknown.
//
//	                 ┌─────────────── load + weight ≤ processors ──────────────▶ start
//	handOff ─▶ enter ┤                                                           ▲
//	                 └▶ held ──▶ another came home ─▶ the loop has its share ────┤
//	                         └─▶ another runs for countedMillisMax ──────────────┘
//
// Where this errs it is on the side of not holding. A weight counts for 20 ms at
// most: who runs for longer waits, for a slow client or for good, or the runtime
// takes its processor away every 10 ms anyway. And under contention runs that are
// longer than those 10 ms look as if they waited. Without a weight, handlers compete
// as goroutines do.

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// sampleEvery: one of so many runs of a route is measured, and the first ones
	// all. That costs two system calls, and a hand-over between threads for each time
	// it waits.
	sampleEvery  = 16
	sampledFirst = 8
	// weightOne is the weight of a handler that only computes.
	weightOne = 1 << 10
	// loopShare: after a handler has computed, its loop may have this part of the
	// processor time before the next one starts, while there are calls to make.
	loopShare = 4
	// countedMillisMax is how long a run's weight counts.
	countedMillisMax = 20
)

// effort is what one run of a route's handler takes. Any goroutine may use it.
type effort struct {
	runs    atomic.Uint32
	sampled atomic.Bool  // one is being measured
	cpu     atomic.Int64 // processor time of the handler's goroutine, smoothed, in ns
	part    atomic.Int64 // the part of its time in which it computes; weightOne is all of it
}

// isSample reports whether the run that begins is to be measured. A thread is
// bound to it until it ends, so there is never more than one: it may be waiting
// for hours.
func (f *effort) isSample() bool {
	n := f.runs.Add(1)
	return (n <= sampledFirst || n%sampleEvery == 0) && f.sampled.CompareAndSwap(false, true)
}

// measured calls run and takes note of what it took.
func (f *effort) measured(least time.Duration, run func()) (u usage) {
	defer f.sampled.Store(false) // also if the handler ends its goroutine
	if !threadsTell {
		run()
		return u
	}
	g := startGauge()
	defer func() {
		u = g.stop()
		f.learn(u.cpu, u.wall, least)
	}()
	run()
	return u
}

// learn takes note of a run that was measured. One that took less processor time
// than least says nothing about those that take more.
func (f *effort) learn(cpu, wall, least time.Duration) {
	if cpu < 0 { // the handler has unlocked its thread, and come to another
		return
	}
	smooth(&f.cpu, int64(cpu), 4)
	if cpu < least {
		return
	}
	// To share its processor makes a run longer, and its part smaller: the largest
	// part of late is the truest.
	part := min(weightOne, weightOne*int64(cpu)/max(int64(wall), 1))
	if part >= f.part.Load() {
		f.part.Store(part)
		return
	}
	smooth(&f.part, part, 16)
}

// smooth moves an average towards a new value, or to the first.
func smooth(average *atomic.Int64, value, slowness int64) {
	if old := average.Load(); old != 0 {
		value = old + (value-old)/slowness
	}
	average.Store(value)
}

// weight is what one more run adds to the load.
func (f *effort) weight(least time.Duration) int {
	if f.cpu.Load() < int64(least) {
		return 0
	}
	return int(f.part.Load())
}

// crowd is the handlers of an App that compute. Any goroutine may use it.
type crowd struct {
	least      time.Duration // of processor time per run, to have a weight
	countedMax time.Duration // countedMillisMax

	mu      sync.Mutex   // before the mu of a Ctx's lifetime
	load    int          // the weights of those that run
	running []counted    // in the order in which they were started; some have ended
	held    []*Ctx       // the first is next
	waiting atomic.Int32 // how many those are
	starts  uint64
	timer   *time.Timer // set while there are held ones
}

// counted is a run whose weight counts until it is old. It has ended if its Ctx has
// another start by now.
type counted struct {
	ctx   *Ctx
	start uint64 // Ctx.start
	at    time.Time
}

// enter starts a handler, or holds it.
func (w *crowd) enter(c *Ctx, weight int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.weight = weight
	w.forgetOld(time.Now())
	if len(w.held) == 0 && w.admits(c) {
		w.start(c)
		return
	}
	w.held = append(w.held, c)
	w.waiting.Add(1)
	if len(w.held) == 1 {
		w.wakeLater()
	}
}

// admits reports whether a handler may start. The only one always may.
func (w *crowd) admits(c *Ctx) bool {
	return w.load == 0 || w.load+c.weight <= weightOne*runtime.GOMAXPROCS(0)
}

func (w *crowd) start(c *Ctx) {
	w.load += c.weight
	w.starts++
	c.start = w.starts
	w.running = append(w.running, counted{c, c.start, time.Now()})
	go c.runOff()
}

// leave takes back the weight of one that has run, if that still counts.
func (w *crowd) leave(c *Ctx) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.load -= c.weight
	c.weight, c.start = 0, 0
}

// forgetOld takes back the weights of those that have run for too long.
func (w *crowd) forgetOld(now time.Time) {
	n := 0
	for ; n < len(w.running); n++ {
		r := &w.running[n]
		if r.ctx.start != r.start {
			continue
		}
		if now.Sub(r.at) < w.countedMax {
			break
		}
		w.load -= r.ctx.weight
		r.ctx.weight = 0
	}
	w.running = append(w.running[:0], w.running[n:]...)
}

// admit starts as many as there is room for.
func (w *crowd) admit() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.startHeld()
}

// startHeld is admit, under the lock. Those whose clients are gone go home as they
// are: nobody would see what they do.
func (w *crowd) startHeld() {
	for len(w.held) > 0 {
		c := w.held[0]
		gone := c.ended()
		if !gone && !w.admits(c) {
			return
		}
		w.held[0] = nil
		if w.held = w.held[1:]; len(w.held) == 0 {
			w.held = nil // the array is as long as the queue has been
		}
		w.waiting.Add(-1)
		if gone {
			c.weight = 0
			c.goHome()
		} else {
			w.start(c)
		}
	}
}

// wakeLater looks again when the oldest that runs counts no more.
func (w *crowd) wakeLater() {
	after := w.countedMax
	if len(w.running) > 0 {
		after -= time.Since(w.running[0].at)
	}
	if w.timer == nil {
		w.timer = time.AfterFunc(after, w.wake)
		return
	}
	w.timer.Reset(after)
}

func (w *crowd) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forgetOld(time.Now())
	w.startHeld()
	if len(w.held) > 0 {
		w.wakeLater()
	}
}

// cameHome is called on the loop when a handler with a weight has: the next one may
// start once the loop has had its share.
func (e *engine) cameHome(c *Ctx) {
	e.app.crowd.leave(c)
	if e.sharing || e.app.crowd.waiting.Load() == 0 {
		return
	}
	cpu := e.app.handlers[c.route].effort.cpu.Load()
	e.share = time.Now().Add(time.Duration(cpu / loopShare))
	e.sharing = true
	e.loop.Post(&e.admitLater)
}

// admit runs once per turn until the loop has had its share, or has no calls to
// make.
func (e *engine) admit() {
	calls := e.loop.Calls()
	idle := calls == e.shareCalls
	e.shareCalls = calls
	if !idle && time.Now().Before(e.share) {
		e.loop.Post(&e.admitLater)
		return
	}
	e.sharing = false
	e.app.crowd.admit()
}
