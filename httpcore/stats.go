package httpcore

// What a server counts about itself.

import "github.com/covetgo/covet/netpoll"

// Stats is what a server has done so far, and what it holds.
type Stats struct {
	// Stats of the loops and connections; see there.
	netpoll.Stats
	// OffLoop is the number of handlers that are off their loops now.
	OffLoop int
	// Held is how many of those have not begun: their routes compute, and as many
	// such handlers as there are processors run already.
	Held int
	// Overruns counts the handlers that held their loop up for longer than
	// Config.Overrun. Steals counts those that were moved to a goroutine: for
	// that, or because they left by themselves.
	Overruns uint64
	// Elsewhere are the patterns of the routes whose requests get a goroutine at
	// once since it was learned that their handlers overrun, wait or leave; not those
	// marked Blocking.
	Elsewhere []string
	// Waiting are those of them whose handlers wait, each for less than
	// Config.Overrun, or leave their loop by themselves.
	Waiting []string
}

// Stats may be called at any time; before Serve there is little to tell. It
// allocates.
func (a *App) Stats() Stats {
	a.mu.Lock()
	group := a.loops
	a.mu.Unlock()
	if group == nil {
		return Stats{}
	}
	s := Stats{Stats: group.Stats(), OffLoop: int(a.offLoop.Load()), Held: int(a.crowd.waiting.Load()), Overruns: a.overruns.Load()}
	for i := range a.handlers {
		p := &a.handlers[i].pace
		if p.place.Load() != elsewhere {
			continue
		}
		s.Elsewhere = append(s.Elsewhere, a.table.Route(i).Pattern)
		if p.waiting.Load() {
			s.Waiting = append(s.Waiting, a.table.Route(i).Pattern)
		}
	}
	return s
}
