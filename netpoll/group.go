package netpoll

// A group of loops that share listeners, and the rule by which a new
// connection gets its loop: whichever loop wakes first accepts, and the loop
// with the fewest connections owns. Four connections that stay are two and two
// on two loops, always; SO_REUSEPORT hashes and may give four and none
// (docs/adr/0003-accepting.md has the measurement).
//
// The name of a connection (Sock) is made here: the poller's index, and a
// generation that is one higher than that of the slot's last use.

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what a Group is made from. The zero value is usable but for
// NewHandler.
type Config struct {
	// Loops is the number of loops; 0 means GOMAXPROCS.
	Loops int
	// Backend talks to the kernel; nil chooses the best one of this system.
	Backend *Backend
	// NewHandler makes the handler of one loop, before the loop runs.
	NewHandler func(*Loop) Handler
	// ConnsMax is how many connections may be open at a time in all loops
	// together; 0 means no limit but the system's and SlabEntriesMax.
	ConnsMax int
	// ConnsPerIPMax is how many connections one IP address may have open at a
	// time, or one IPv6 /64; 0 means no limit. To know the address costs a system
	// call per connection.
	ConnsPerIPMax int
	// Refusal is sent to a connection that there is no room for, before it is
	// closed: over ConnsMax or ConnsPerIPMax, or more than the system can watch.
	Refusal []byte
	// FirstByte is the deadline of a new connection, from when it is accepted:
	// its handler is told (Expired) unless it calls SetDeadline before; 0 means
	// none.
	FirstByte time.Duration
	// Overrun is when a loop is taken away from a call (Loop.Enter): after at
	// least this and, if a P is free to look, at most twice this. 0 means never.
	Overrun time.Duration
}

// Backend is a kind of Poller.
type Backend struct {
	Name string
	// Note is not empty if this is not the backend that was asked for: it says why.
	Note string
	// Open makes the poller of one loop.
	Open func() (Poller, error)
	// Listen takes ln over: it is closed through the Listener it returns. After
	// an error ln stays the caller's.
	Listen func(ln net.Listener) (Listener, error)
	// Clock replaces the system's clock, so that a scripted backend can bring
	// its own time; nil is time.Now. All loops ask, often at once.
	Clock func() time.Time
}

// Group is N loops that share listeners. Its methods may be called from any
// goroutine.
type Group struct {
	cfg     Config
	backend *Backend
	loops   []*Loop
	slots   Slab[slot]
	conns   atomic.Int64
	start   time.Time
	running sync.WaitGroup // loops
	watch   *watch
	peers   peers

	mu        sync.Mutex // guards what follows; never held while waiting
	listeners []Listener
	listened  uint32 // listeners so far: the index of the next one
	closed    bool
}

// slot is the loop's own knowledge of one connection: 16 bytes, no pointers.
//
// owner is the gate: it is set last by the goroutine that accepts, when the rest
// is written and the poller knows the connection, and cleared first by the owner
// that closes; so the loop that reads its own id there may read and write the
// rest without a lock.
type slot struct {
	owner      atomic.Int32 // id of the owning loop, 0 while free
	generation uint32
	deadline   uint32 // in ticks since Group.start, 0 none
	state      uint8
	want       Flag
}

const (
	slotAnnounced = 1 << iota // Handler.Open was called
	slotClosing               // Close was called, the turn has not ended yet
	slotEOF                   // the peer has sent FIN
	slotFIN                   // and so have we
)

// Open makes a group and starts its loops. Close ends them.
func Open(cfg Config) (*Group, error) {
	if cfg.NewHandler == nil {
		return nil, errors.New("netpoll: Config.NewHandler is nil; give the function that makes a loop's Handler")
	}
	if cfg.Loops < 0 || cfg.ConnsMax < 0 || cfg.ConnsPerIPMax < 0 || cfg.Overrun < 0 {
		return nil, fmt.Errorf("netpoll: Config.Loops (%d), ConnsMax (%d), ConnsPerIPMax (%d) and Overrun (%v) must not be negative", cfg.Loops, cfg.ConnsMax, cfg.ConnsPerIPMax, cfg.Overrun)
	}
	g := &Group{cfg: cfg, backend: cfg.Backend}
	if g.backend == nil {
		g.backend = Default()
	}
	g.start = g.clock()
	g.slots.Grow(0) // so that the zero Sock, which names nothing, can be looked up
	for id := range cmp.Or(cfg.Loops, runtime.GOMAXPROCS(0)) {
		poller, err := g.backend.Open()
		if err != nil {
			for _, l := range g.loops {
				l.poller.Shut()
			}
			return nil, fmt.Errorf("netpoll: opening %s for loop %d: %w", g.backend.Name, id, err)
		}
		g.loops = append(g.loops, newLoop(g, int32(id+1), poller))
	}
	var err error
	if g.watch, err = newWatch(g.loops, cfg.Overrun); err != nil {
		for _, l := range g.loops {
			l.poller.Shut()
		}
		return nil, err
	}
	for _, l := range g.loops {
		l.handler = cfg.NewHandler(l)
	}
	for _, l := range g.loops {
		g.running.Add(1)
		go l.run(func() {})
	}
	return g, nil
}

// clock is the time by the backend's clock.
func (g *Group) clock() time.Time {
	if g.backend.Clock != nil {
		return g.backend.Clock()
	}
	return time.Now()
}

// sinceStart is what time.Since is, by the backend's clock.
func (g *Group) sinceStart() time.Duration {
	if g.backend.Clock != nil {
		return g.backend.Clock().Sub(g.start)
	}
	return time.Since(g.start)
}

// Loops returns the loops, to post to.
func (g *Group) Loops() []*Loop { return g.loops }

// Backend is the name of the backend in use.
func (g *Group) Backend() string { return g.backend.Name }

// BackendNote is that backend's Note: why it is not the one that was asked for.
func (g *Group) BackendNote() string { return g.backend.Note }

// Conns is the number of open connections.
func (g *Group) Conns() int { return int(g.conns.Load()) }

// Listen starts to accept from ln on all loops, and takes ln over: Close or
// StopListening closes it. If the backend cannot use ln at all, the error says
// so and ln stays the caller's; after any other error, ErrClosed included, it
// is closed or about to be. Listen waits for the loops, so it must not be called
// from one.
func (g *Group) Listen(ln net.Listener) error {
	own, err := g.backend.Listen(ln)
	if err != nil {
		return err
	}
	results := make(chan error, len(g.loops))
	if !g.announce(own, results) {
		own.Close()
		return ErrClosed
	}
	for range g.loops {
		err = errors.Join(err, <-results)
	}
	if err != nil {
		g.letGo(func(ln Listener) bool { return ln == own })
	}
	return err
}

// announce tells every loop of a listener, under the lock: all of them hear of
// listeners that come and go in one order. It reports false after Close.
func (g *Group) announce(own Listener, results chan<- error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	name := MakeSock(g.listened, 0)
	g.listened++
	g.listeners = append(g.listeners, own)
	for _, l := range g.loops {
		l.Post(&Task{Run: func() { results <- l.listen(name, own) }}) // loops end only after Close
	}
	return true
}

// StopListening makes every loop let go of the listeners; the last one closes
// them. It does not wait. Open connections go on.
func (g *Group) StopListening() { g.letGo(func(Listener) bool { return true }) }

func (g *Group) letGo(which func(Listener) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var gone []Listener
	g.listeners = slices.DeleteFunc(g.listeners, func(ln Listener) bool {
		if !which(ln) {
			return false
		}
		gone = append(gone, ln)
		return true
	})
	if len(gone) == 0 {
		return
	}
	var holders atomic.Int32
	holders.Store(int32(len(g.loops)))
	for _, l := range g.loops {
		l.Post(&Task{Run: func() {
			l.unlisten(gone)
			if holders.Add(-1) == 0 {
				for _, ln := range gone {
					ln.Close()
				}
			}
		}})
	}
}

// Close closes listeners and connections, runs the tasks already posted, ends
// the loops and waits for them. It must not be called from a loop.
func (g *Group) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.StopListening()
	// No loop may end before all have stopped to accept: one that still does
	// gives what it accepts to the loop with the fewest connections.
	var accepting sync.WaitGroup
	for _, l := range g.loops {
		accepting.Add(1)
		if l.Post(&Task{Run: accepting.Done}) != nil {
			accepting.Done()
		}
	}
	accepting.Wait()
	for _, l := range g.loops {
		l.Post(&Task{Run: l.stop})
	}
	g.running.Wait()
	g.watch.close()
}

// admit gives the accepted connection at index to the loop with the fewest,
// here on behalf of loop by.
func (g *Group) admit(by *Loop, index uint32) {
	sl := g.slots.Grow(index)
	if n := g.conns.Add(1); sl == nil || g.cfg.ConnsMax > 0 && n > int64(g.cfg.ConnsMax) {
		g.refuse(by, index)
		return
	}
	if max := g.cfg.ConnsPerIPMax; max > 0 && !g.peers.add(index, by.poller.RemoteAddr(MakeSock(index, 0)), max) {
		g.refuse(by, index)
		return
	}
	owner, first := g.choose(by)

	_ = sl.owner.Load() // 0, stored by the loop that closed it last: its writes are visible now
	sl.generation = max(1, sl.generation+1)
	sl.state, sl.want, sl.deadline = 0, Readable, 0
	if g.cfg.FirstByte > 0 {
		sl.deadline = ticksAfter(g.sinceStart(), g.cfg.FirstByte)
	}
	// Add comes before the owner knows: else it could close the connection in
	// between, the next one get the number, and Add mean that one. An event that
	// comes before the owner knows is dropped there, and reported again.
	if err := owner.poller.Add(MakeSock(index, sl.generation)); err != nil {
		owner.conns.Add(-1)
		g.forget(index)
		g.refuse(by, index)
		return
	}
	sl.owner.Store(owner.id)
	by.counts.accepted.Add(1)
	if first && owner != by {
		owner.wake() // it may sleep without a tick, and has a deadline to watch now
	}
}

// refuse ends a connection that there is no room for, and that no loop owns.
func (g *Group) refuse(by *Loop, index uint32) {
	g.conns.Add(-1)
	by.counts.refused.Add(1)
	by.poller.Refuse(index, g.cfg.Refusal)
}

// forget lets another connection of the same peer in.
func (g *Group) forget(index uint32) {
	if g.cfg.ConnsPerIPMax > 0 {
		g.peers.remove(index)
	}
}

// choose finds the loop with the fewest connections and counts one more there.
// It looks again if that number changed meanwhile: two loops that accept at the
// same time must not both give to the same one.
func (g *Group) choose(by *Loop) (owner *Loop, first bool) {
	for {
		owner = by // wins ties: no other loop has to wake up
		fewest := by.conns.Load()
		for _, l := range g.loops {
			if n := l.conns.Load(); n < fewest {
				owner, fewest = l, n
			}
		}
		if owner.conns.CompareAndSwap(fewest, fewest+1) {
			return owner, fewest == 0
		}
	}
}
