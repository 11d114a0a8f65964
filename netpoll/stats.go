package netpoll

// What a group counts about itself. Nothing is counted per event or per byte.

import "sync/atomic"

// Stats is what a group has done so far, and what it holds.
type Stats struct {
	// Backend is the name of the backend in use.
	Backend string
	// Accepted is the number of connections that got a loop.
	Accepted uint64
	// Refused is the number of connections that there was no room for: over
	// Config.ConnsMax or ConnsPerIPMax, or more than the system can watch.
	Refused uint64
	// AcceptPauses counts how often a loop stopped to accept for a tick because
	// the system could not: mostly, because descriptors ran out (EMFILE). If it
	// grows, clients wait.
	AcceptPauses uint64
	// Steals counts the calls that lost their loop (Loop.Enter).
	Steals uint64
	// RingEnters counts the calls into io_uring, RingOps the receives and sends that
	// those have done; zero with other backends. RingOps over RingEnters is what
	// the ring saves: one by one, each would have been a call.
	RingEnters, RingOps uint64
	// Conns is the number of open connections, LoopConns that of each loop, in
	// the order of Loops. They are read one after the other, so while
	// connections come and go they need not add up.
	Conns     int
	LoopConns []int
}

// counts are written by their loop only, the one that accepts.
type counts struct {
	accepted, refused, acceptPauses atomic.Uint64

	steals atomic.Uint64 // written by whoever steals
}

// ringCounter is a poller with a ring.
type ringCounter interface{ ringCounts() (enters, ops uint64) }

// Stats adds the loops' counts up. It allocates.
func (g *Group) Stats() Stats {
	s := Stats{Backend: g.backend.Name, Conns: g.Conns(), LoopConns: make([]int, len(g.loops))}
	for i, l := range g.loops {
		s.Accepted += l.counts.accepted.Load()
		s.Refused += l.counts.refused.Load()
		s.AcceptPauses += l.counts.acceptPauses.Load()
		s.Steals += l.counts.steals.Load()
		s.LoopConns[i] = l.Conns()
		if r, ok := l.poller.(ringCounter); ok {
			enters, ops := r.ringCounts()
			s.RingEnters, s.RingOps = s.RingEnters+enters, s.RingOps+ops
		}
	}
	return s
}
