package httpcore

// Handlers that compute. Off its loop, a handler that waits costs nothing
// meanwhile; one that computes competes with the loops for processors, and Go's
// scheduler knows no priorities: of nine goroutines that want one processor, the
// loop is one. So as many handlers compute at a time as there are processors to
// do it, and the others are held. They lose nothing by that, as each then has its
// processor to itself; and a loop waits for one of them at most, not for all.
//
// Which handlers compute is measured: of some runs, the processor time of their
// thread (effort). What that says of a route is a weight: the share of its time in
// which it wants a processor. A handler that computes for 5 ms has the weight 1;
// one that does so and waits 35 ms for a database has 1/8, and eight of them may
// run per processor. Routes that compute for less than Config.Overrun per run
// weigh nothing and are never held, nor is any where threads' times are unknown.
//
//	                 ┌──────────────── load + weight ≤ processors ─────────────▶ start
//	handOff ─▶ enter ┤                                                            ▲
//	                 └▶ held ──▶ leave of another ─▶ the loops' share is served ──┤
//	                         └─▶ heldMillisMax without a start ───────────────────┘

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/covetgo/covet/netpoll"
)

const (
	// sampleEvery: one of so many runs of a route is measured. That costs two
	// system calls, and a hand-over between threads for each time it waits.
	sampleEvery = 16
	// weightOne is the weight of a handler that only computes.
	weightOne = 1 << 10
	// loopShare: after a handler has computed, the loops may have this part of its
	// time before the next one starts, while there are requests to serve.
	loopShare = 4
	// heldMillisMax is how long nothing may start while handlers are held. If those
	// that run wait for one that is held, it lets them go on.
	heldMillisMax = 20
)

// effort is what one run of a route's handler takes. Any goroutine may use it.
type effort struct {
	runs    atomic.Uint32
	sampled atomic.Bool  // one is being measured
	cpu     atomic.Int64 // processor time, smoothed, in ns
	wall    atomic.Int64 // from its beginning to its end, the shortest of late, in ns
}

// isSample reports whether the run that begins is to be measured. A thread is
// bound to it until it ends, so there is never more than one: it may be waiting
// for hours.
func (f *effort) isSample() bool {
	return f.runs.Add(1)%sampleEvery == 1 && f.sampled.CompareAndSwap(false, true)
}

// weight is what one more run adds to the load.
func (f *effort) weight(least time.Duration) int {
	cpu, wall := f.cpu.Load(), f.wall.Load()
	if cpu < int64(least) || cpu == 0 {
		return 0
	}
	return int(min(weightOne, cpu*weightOne/max(wall, 1)))
}

// learn takes note of a run that was measured.
func (f *effort) learn(cpu, wall time.Duration) {
	before := f.cpu.Load()
	if before == 0 {
		before = int64(cpu)
	}
	f.cpu.Store(before + (int64(cpu)-before)/4)
	// A run that had to share its processor took longer than it should: the
	// shortest is the truest, until the handler itself takes longer.
	least := f.wall.Load()
	if least == 0 || int64(wall) < least {
		least = int64(wall)
	}
	f.wall.Store(least + (int64(wall)-least)/16)
}

// measured runs f and takes note of what it took.
func (f *effort) measured(run func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer f.sampled.Store(false) // also if the handler ends its goroutine
	before, ok := netpoll.ThreadTime()
	began := time.Now()
	run()
	if after, _ := netpoll.ThreadTime(); ok {
		f.learn(after-before, time.Since(began))
	}
}

// crowd is the handlers of an App that compute. Any goroutine may use it.
type crowd struct {
	patience time.Duration // heldMillisMax

	mu      sync.Mutex
	load    int          // the weights of those that run
	held    []*Ctx       // the first is next
	waiting atomic.Int32 // how many those are
	started time.Time    // when one was, last
	timer   *time.Timer  // runs while there are held ones
}

// enter starts a handler, or holds it.
func (w *crowd) enter(c *Ctx, weight int) {
	c.weight = weight
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.held) == 0 && w.admits(weight) {
		w.start(c)
		return
	}
	w.held = append(w.held, c)
	w.waiting.Add(1)
	if len(w.held) == 1 {
		w.started = time.Now()
		w.watch()
	}
}

// admits reports whether a handler of that weight may start. The only one always
// may.
func (w *crowd) admits(weight int) bool {
	return w.load == 0 || w.load+weight <= weightOne*runtime.GOMAXPROCS(0)
}

func (w *crowd) start(c *Ctx) {
	w.load += c.weight
	go c.runOff(&c.app.handlers[c.route])
}

// leave takes the weight of one that has run.
func (w *crowd) leave(c *Ctx) {
	w.mu.Lock()
	w.load -= c.weight
	w.mu.Unlock()
	c.weight = 0
}

// admit starts as many as there is room for.
func (w *crowd) admit() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.held) > 0 && w.admits(w.held[0].weight) {
		w.next()
	}
}

// next starts the first that is held.
func (w *crowd) next() {
	c := w.held[0]
	w.held[0] = nil
	if w.held = w.held[1:]; len(w.held) == 0 {
		w.held = nil // the array is as long as the queue has been
	}
	w.waiting.Add(-1)
	w.started = time.Now()
	w.start(c)
}

// watch sees to it that something starts now and then.
func (w *crowd) watch() {
	if w.timer == nil {
		w.timer = time.AfterFunc(w.patience, w.lostPatience)
		return
	}
	w.timer.Reset(w.patience)
}

func (w *crowd) lostPatience() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.held) == 0 {
		return
	}
	if time.Since(w.started) >= w.patience {
		w.next()
	}
	if len(w.held) > 0 {
		w.watch()
	}
}

// computed is called on the loop when a handler with a weight has come home: the
// next one may start, once the loop has had its share.
func (e *engine) computed(c *Ctx) {
	crowd := &e.app.crowd
	crowd.leave(c)
	if crowd.waiting.Load() == 0 {
		return
	}
	e.share = time.Now().Add(c.took / loopShare)
	if !e.sharing {
		e.sharing = true
		e.loop.Post(&e.admitLater)
	}
}

// admit runs once per turn until the loop has had its share, or has nothing to
// serve.
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
