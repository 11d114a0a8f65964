package netpoll

// Time. A connection has one deadline, four bytes in its slot, counted in
// ticks, and no timer object exists. Once per tick a loop sweeps its slots.
//
// Never early, and late by up to two ticks, 500 ms: one by rounding up to a whole
// tick, one because a loop that has nothing else to do looks once per tick,
// somewhere in it. A handler that holds its loop up comes on top.

import "time"

// TickMillis is the resolution of deadlines: a quarter of a second bounds what
// a sweep over many idle connections can cost.
const TickMillis = 250

const tick = TickMillis * time.Millisecond

// deadlineMax bounds how far away a deadline can be, so that 32 bits of ticks
// last for 30 years of uptime.
const deadlineMax = 4 * 365 * 24 * time.Hour

// ticksAfter is the first tick that is not before now+d; 0 is kept for "no
// deadline".
func ticksAfter(now, d time.Duration) uint32 {
	return max(1, uint32((now+min(d, deadlineMax)+tick-1)/tick))
}

// SetDeadline makes the loop call Handler.Expired once d has passed, unless
// another SetDeadline comes first: never early, and up to two ticks (500 ms)
// late. d <= 0 removes the deadline; more than four years are four years. A
// stale Sock is ignored.
//
// It counts from the call and not from Now, which is older by as long as the
// handlers of this turn have run. That costs a look at the clock; the slot is
// left alone if it says the same already, as for most of a busy connection's
// requests it does: neighbouring slots belong to different loops and share a
// cache line.
func (l *Loop) SetDeadline(s Sock, d time.Duration) {
	sl := l.own(s)
	if sl == nil {
		return
	}
	due := uint32(0)
	if d > 0 {
		due = ticksAfter(l.group.sinceStart(), d)
	}
	if sl.deadline != due {
		sl.deadline = due
	}
}

// newTick reports whether this turn is the first of its tick.
func (l *Loop) newTick() bool {
	now := uint32(l.now / tick)
	if now == l.ticked {
		return false
	}
	l.ticked = now
	return true
}

// sweep runs once per tick and reports what has expired.
func (l *Loop) sweep() {
	due := l.ticked
	l.group.slots.each(func(i uint32, sl *slot) {
		if sl.owner.Load() != l.id || sl.deadline == 0 || sl.deadline > due {
			return
		}
		sl.deadline = 0
		if s := MakeSock(i, sl.generation); l.open(s, sl) {
			l.handler.Expired(s)
		}
	})
}
