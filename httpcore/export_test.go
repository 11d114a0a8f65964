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

func (a *App) effortOf(pattern string) *effort {
	for i := range a.handlers {
		if a.table.Route(i).Pattern == pattern {
			return &a.handlers[i].effort
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
