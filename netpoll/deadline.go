package netpoll

// Time. A connection has one deadline, four bytes in its slot, counted in
// ticks; to set it is one store, and no timer object exists. Once per tick a
// loop sweeps its slots: late by up to one tick, never early.

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

// SetDeadline makes the loop call Handler.Expired once d has passed since Now,
// the start of this turn, unless another SetDeadline comes first. d <= 0
// removes the deadline; more than four years are four years.
func (l *Loop) SetDeadline(s Sock, d time.Duration) {
	sl := l.own(s)
	if sl == nil {
		return
	}
	if d <= 0 {
		sl.deadline = 0
		return
	}
	sl.deadline = ticksAfter(l.now, d)
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
