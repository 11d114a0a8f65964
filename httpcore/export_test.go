package httpcore

import (
	"time"

	"github.com/covetgo/covet/parser"
)

// BodyBytesMaxDefault is the default of Limits.BodyBytesMax.
const BodyBytesMaxDefault = bodyBytesMax

// Parser is what the parser is told of limits.
func (l Limits) Parser() parser.Limits { return l.withDefaults().parserLimits() }

// LargestInput is the largest buffer that any connection's unserved input has.
// The loops must be at rest.
func (a *App) LargestInput() (n int) {
	for _, e := range a.engines {
		for _, w := range e.pool.works {
			if w != nil {
				n = max(n, cap(w.in))
			}
		}
	}
	return n
}

// Borrowed counts the works and detached contexts that connections hold, for
// tests of what they give back. The app must be shut down or at rest.
func (a *App) Borrowed() (n int) {
	for _, e := range a.engines {
		n += len(e.pool.works) - len(e.pool.free)
	}
	return n
}

// TrialRuns is how many quick runs bring a route back on the loop.
const TrialRuns = trialRuns

// StopLearning has every route left where it is, as if all were Inline but those
// that are Blocking. Before Serve.
func (a *App) StopLearning() {
	for i := range a.registered {
		if a.registered[i].hint == learn {
			a.registered[i].hint = inline
		}
	}
}

// Poisoning is whether this is a build with the tag "poison".
const Poisoning = poisoning

// HoldOn lets the weight of a run count for as long as it runs.
func (a *App) HoldOn() {
	a.crowd.mu.Lock()
	defer a.crowd.mu.Unlock()
	a.crowd.countedMax = time.Hour
}

// Learn has a route look as if its runs had taken that much processor time and
// that long.
func (a *App) Learn(pattern string, cpu, wall time.Duration) {
	f := a.effortOf(pattern)
	f.cpu.Store(int64(cpu))
	f.part.Store(weightOne * int64(cpu) / int64(wall))
}

// WeightOf is a route's weight by what was learned.
func (a *App) WeightOf(pattern string) float64 {
	return float64(a.effortOf(pattern).weight(a.crowd.least)) / weightOne
}

func (a *App) effortOf(pattern string) *effort { return &a.routeOf(pattern).effort }

func (a *App) routeOf(pattern string) *compiledRoute {
	for i := range a.handlers {
		if a.table.Route(i).Pattern == pattern {
			return &a.handlers[i]
		}
	}
	panic("no route " + pattern)
}

// SampleEvery is of how many runs off the loop one is measured.
const SampleEvery = sampleEvery

// Weight is what a route weighs after runs of which each took so much processor
// time and so long.
func Weight(cpu, wall []time.Duration, overrun time.Duration) float64 {
	var f effort
	for i := range cpu {
		f.learn(cpu[i], wall[i], overrun)
	}
	return float64(f.weight(overrun)) / weightOne
}

// Rules of what is learned of handlers that wait.
const (
	LooksMax    = looksMax
	WaitsNeeded = waitsNeeded
	SparedMax   = sparedMax
	WaitMin     = waitMicrosMin * time.Microsecond
)

// ThreadsTell is whether that can be learned here.
func ThreadsTell() bool { return threadsTell }

// Look has the next run of a route measured, as if a tick had come during one.
func (a *App) Look(pattern string) {
	p := &a.routeOf(pattern).pace
	p.spared.Store(0)
	p.sighted()
}

// Looks is how many runs of a route were measured of late on its loop, how many of
// those have waited, and for how many sightings it is spared.
func (a *App) Looks(pattern string) (looks, waits, spared int) {
	p := &a.routeOf(pattern).pace
	return int(p.looks.runs.Load()), int(p.looks.hits.Load()), int(p.spared.Load())
}

// Looked is after how many runs that were measured a route is remembered, −1 if it
// is not, and for how many sightings it is spared in the end.
func Looked(waited []bool) (after, spared int) {
	var p pace
	for i, w := range waited {
		if p.looked(w, time.Now()) {
			return i + 1, int(p.spared.Load())
		}
	}
	return -1, int(p.spared.Load())
}

// Returns is after how many runs off the loop a route that was remembered is tried
// on it again; −1 if it is not.
func Returns(runs []Run, overrun time.Duration) int {
	var p pace
	p.remember(time.Now())
	for i, r := range runs {
		p.ran(time.Now(), r.Wall, overrun, r.Left, usage{r.Measured, r.Slept, r.CPU, r.Wall})
		if p.place.Load() == onLoop {
			return i + 1
		}
	}
	return -1
}

// Run is one of them.
type Run struct {
	CPU, Wall       time.Duration
	Left            bool
	Measured, Slept bool
}

// Sighted has a tick come during a run of a route.
func (a *App) Sighted(pattern string) {
	for i := range a.handlers {
		if a.table.Route(i).Pattern == pattern {
			a.sighted(int32(i))
		}
	}
}
