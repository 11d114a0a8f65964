package netpoll

// A loop can be taken away from a call that overruns. The goroutine that runs a
// loop is only its runner; when a call it makes (an HTTP handler) does not come
// back in time, another goroutine becomes the runner, and the old one finishes
// the call as an ordinary goroutine that has no loop any more.
//
//	runner 1   Enter ─▶ call ─────────────── overruns ───────▶ Leave: Lost
//	watch                      tick … tick: same call! CAS
//	runner 2                                  └─▶ Taken ─▶ the rest of the turn ─▶ …
//
// One word per loop decides. Whoever changes it by compare-and-swap while it
// says "in a call" has the loop: the runner, who leaves, or the watch, who
// steals. There is no third state and no lock.
//
//	63            32 31             2   1    0
//	┌───────────────┬───────────────┬────┬───┐   in: the runner is in a call
//	│ calls         │ epoch: steals │seen│ in│   seen: and a tick has come since it began
//	└───────────────┴───────────────┴────┴───┘
//
// The mark costs those nothing that are not seen: Leave's compare-and-swap fails
// then, and looks again. One call in so many is seen, the more of its loop's time
// it takes the likelier; Leave says so, and its caller may look closer.
//
// What makes it clean: what a call can see (the received bytes in the scratch)
// stays with the old runner, and the new one gets a fresh scratch; everything
// else is the loop's, and a call does not touch it. Readiness is
// level-triggered, so the events of the turn that were not handled are reported
// again; posted tasks are kept in the loop until each has begun.
//
// The watch is one alarm per group. It ticks only while calls are made: the
// first Enter after a quiet tick starts it again. When no processor is free it
// comes late, and the call it would have caught has ended; so a late watch makes
// runners time their calls for a while, and Leave says which one overran.

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	inCall   = 1
	seen     = 2
	oneSteal = 4
	oneCall  = 1 << 32
)

// Ticket is one call, as Enter has begun it.
type Ticket uint64

// Outcome is how a call has ended.
type Outcome uint8

const (
	// Lost: the loop has been taken away.
	Lost Outcome = iota
	// Kept: the caller still runs the loop.
	Kept
	// Overran: it does, but should not: the call took longer than
	// Config.Overrun, and nobody was free to notice.
	Overran
	// Seen: it does, and a tick of the watch has come during the call: of one per
	// Config.Overrun, while calls are made.
	Seen
)

// Enter begins a call that may overrun: from here on the loop can be taken
// away, until Leave. If it is, the new runner calls Handler.Taken before anything
// else of the loop goes on; the call still runs then. Between Enter and Leave the
// runner must not touch the loop, nor anything that Taken does.
func (l *Loop) Enter() Ticket {
	w := l.group.watch
	if w.mode.Load()&watchLate != 0 {
		l.entered = time.Now()
	}
	l.word += oneCall
	t := l.word | inCall
	l.state.Store(t)
	if w.mode.Load()&watchQuiet != 0 { // after the store: the watch looks the other way round
		w.start()
	}
	return Ticket(t)
}

// Leave ends a call. Lost means that the caller must not touch the loop any
// more, nor return into the loop's frames; it says what it has to say by Post and
// ends its goroutine with runtime.Goexit.
func (l *Loop) Leave(t Ticket) Outcome {
	if !l.state.CompareAndSwap(uint64(t), uint64(t)&^inCall) {
		return l.leaveSeen(t)
	}
	if l.entered.IsZero() {
		return Kept
	}
	return l.leaveTimed()
}

// leaveSeen is Leave of a call that was seen, or lost.
func (l *Loop) leaveSeen(t Ticket) Outcome {
	if !l.state.CompareAndSwap(uint64(t)|seen, uint64(t)&^inCall) {
		return Lost
	}
	if !l.entered.IsZero() && l.leaveTimed() == Overran {
		return Overran
	}
	return Seen
}

// Calls counts the calls that were begun, modulo 2³².
func (l *Loop) Calls() uint32 { return uint32(l.word / oneCall) }

func (l *Loop) leaveTimed() Outcome {
	took := time.Since(l.entered)
	l.entered = time.Time{}
	if took > l.group.cfg.Overrun {
		return Overran
	}
	return Kept
}

// GiveUp takes the loop away from the caller's own call, which is going to wait.
// It reports whether it was still there to be given; either way Leave says Lost
// from now on.
func (l *Loop) GiveUp(t Ticket) bool { return l.steal(uint64(t)) || l.steal(uint64(t)|seen) }

// steal gives the loop a new runner if it is in the call of the given word. Any
// goroutine may call it.
func (l *Loop) steal(word uint64) bool {
	next := word&^(inCall|seen) + oneSteal
	if !l.state.CompareAndSwap(word, next) {
		return false
	}
	l.counts.steals.Add(1)
	go l.takeOver(next)
	return true
}

// takeOver is where a new runner begins: in the middle of a turn.
func (l *Loop) takeOver(word uint64) {
	lost := l.scratch
	l.word = word
	l.entered = time.Time{}
	l.scratch = l.spareScratch()
	l.run(func() {
		l.handler.Taken(lost)
		l.betweenTurns(true) // a sweep too many costs less than one too few
	})
}

// spareScratchesMax is how many scratches a loop keeps for its next runners.
const spareScratchesMax = 4

func (l *Loop) spareScratch() []byte {
	n := len(l.spare)
	if n == 0 {
		return make([]byte, ScratchBytes)
	}
	p := l.spare[n-1]
	l.spare = l.spare[:n-1]
	return p
}

// Reuse gives the loop a scratch back that Handler.Taken was told of.
func (l *Loop) Reuse(scratch []byte) {
	if len(scratch) == ScratchBytes && len(l.spare) < spareScratchesMax {
		l.spare = append(l.spare, scratch)
	}
}

// mine reports whether the runner that began in the given word still is the
// loop's.
func (l *Loop) mine(word uint64) bool {
	const epoch = oneCall - oneSteal
	return l.state.Load()&epoch == word&epoch
}

// watch looks for calls that overrun.
type watch struct {
	loops []*Loop
	after time.Duration // a call that is seen twice, this far apart, has overrun
	alarm *alarm        // nil: there is no watch
	mode  atomic.Uint32
	mu    sync.Mutex // guards what follows; held by tick
	at    time.Time  // when the last tick was
	late  int        // ticks until the calls need not be timed any more
	last  []uint64   // the loops' words then
	over  bool       // the alarm is closed
}

const (
	watchQuiet = 1 << iota // the alarm is not running
	watchLate              // calls are to be timed
)

const (
	// quickCallMicros: while calls take less than this on average, none is timed
	// when a tick is late, or it would cost busy loops a tenth of their time. A
	// call that overruns lifts the average above that, unless very many quick ones
	// came with it; then it is found in another tick.
	quickCallMicros = 20
	// lateTicks is for how many ticks calls are timed after a late one.
	lateTicks = 64
)

func newWatch(loops []*Loop, after time.Duration) (*watch, error) {
	w := &watch{loops: loops, after: after, last: make([]uint64, len(loops))}
	if after == 0 {
		return w, nil
	}
	w.mode.Store(watchQuiet)
	var err error
	w.alarm, err = newAlarm(after, w.tick)
	return w, err
}

// start sets the alarm off if nobody else has done it meanwhile.
func (w *watch) start() {
	if w.mode.And(^uint32(watchQuiet))&watchQuiet == 0 {
		return
	}
	w.mu.Lock() // the end of the last tick
	defer w.mu.Unlock()
	if !w.over {
		w.at = time.Now()
		w.alarm.start()
	}
}

// tick is the alarm's. Each one sets the alarm anew: a periodic alarm makes up for a
// tick that came late by one that comes early, to which a short call would look long.
func (w *watch) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if w.over || now.Sub(w.at) < w.after {
		return
	}
	calls, busy := w.look()
	w.judge(now.Sub(w.at), calls)
	w.at = now
	if busy {
		w.alarm.start()
	} else {
		w.sleep()
	}
}

// look steals the loops that are in the same call as a tick ago, and marks the
// calls of the others. It returns how many calls have begun since, and whether
// anything is going on.
func (w *watch) look() (calls uint32, busy bool) {
	for i, l := range w.loops {
		word := l.state.Load()
		busy = busy || word != w.last[i] || word&inCall != 0
		calls += uint32(word/oneCall) - uint32(w.last[i]/oneCall)
		switch {
		case word&inCall == 0:
		case word == w.last[i]:
			l.steal(word)
		case l.state.CompareAndSwap(word, word|seen):
			word |= seen
		}
		w.last[i] = word
	}
	return calls, busy
}

// judge has calls timed if the tick is late and one of them may be why.
func (w *watch) judge(took time.Duration, calls uint32) {
	switch {
	case took > 2*w.after && took > time.Duration(calls)*quickCallMicros*time.Microsecond:
		w.late = lateTicks
		w.mode.Or(watchLate)
	case w.late > 0:
		if w.late--; w.late == 0 {
			w.mode.And(^uint32(watchLate))
		}
	}
}

// sleep stops the alarm, unless a call has begun meanwhile. That, or Enter sees
// that it is quiet.
func (w *watch) sleep() {
	w.alarm.stop()
	w.mode.Or(watchQuiet)
	for i, l := range w.loops {
		if l.state.Load() != w.last[i] && w.mode.And(^uint32(watchQuiet))&watchQuiet != 0 {
			w.alarm.start() // else Enter does
			return
		}
	}
}

// close ends the ticks. The alarm's descriptor may be another's at once, so nobody
// may set it any more.
func (w *watch) close() {
	if w.alarm == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.alarm.close()
}
