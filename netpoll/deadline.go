package netpoll

// Time. A connection has one deadline, four bytes in its slot, counted in
// ticks; to set it is one store, and no timer object exists. Once per tick a
// loop sweeps its slots: late by up to one tick, never early.

import "time"

// TickMillis is the resolution of deadlines: a quarter of a second bounds what
// a sweep over many idle connections can cost.
const TickMillis = 250

const tick = TickMillis * time.Millisecond

// ticksAt is the first tick that is not before t; 0 is kept for "no deadline".
func ticksAt(t time.Duration) uint32 {
	return max(1, uint32((t+tick-1)/tick))
}

// SetDeadline makes the loop call Handler.Expired once d from now has passed,
// unless another SetDeadline comes first. d <= 0 removes the deadline.
func (l *Loop) SetDeadline(s Sock, d time.Duration) {
	sl := l.own(s)
	if sl == nil {
		return
	}
	if d <= 0 {
		sl.deadline = 0
		return
	}
	sl.deadline = ticksAt(l.now + d)
}

// sweep runs once per tick and reports what has expired.
func (l *Loop) sweep() {
	due := uint32(l.now / tick)
	if due == l.swept {
		return
	}
	l.swept = due
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
