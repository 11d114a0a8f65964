package netpoll

// One loop: wait, handle what is ready, run what was posted, look at the
// clock, close what was marked. Everything here runs on the loop's goroutine
// unless it says otherwise.

import (
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// eventsPerTurn bounds a turn; what is left is reported by the next Wait.
	eventsPerTurn = 256
	// ScratchBytes is the most that one Data call brings. It bounds how long
	// one busy connection can keep the others waiting.
	ScratchBytes = 64 << 10
	// acceptsPerTurn bounds how long a burst of new connections can keep the
	// open ones waiting.
	acceptsPerTurn = 64
)

// Loop owns a share of a group's connections. Its methods may be called only
// from its own Handler and its own tasks; Post and Conns from any goroutine,
// Leave and GiveUp also from a call that has lost the loop.
type Loop struct {
	group   *Group
	id      int32 // from 1
	poller  Poller
	handler Handler
	posted  postQueue
	conns   atomic.Int32
	counts  counts

	state   atomic.Uint64 // steal.go: who runs the loop, and whether in a call
	word    uint64        // state as the runner knows it, without inCall
	entered time.Time     // of the call, if it is timed

	events    [eventsPerTurn]Event
	tasks     *Task  // taken from posted and not begun
	scratch   []byte // the runner's: lost with the loop
	spare     [][]byte
	now       time.Duration // since Group.start, read once per turn
	ticked    uint32        // the last tick in which there was a turn
	ticking   bool
	ending    bool
	closing   []ended
	listeners []listening

	waking sync.RWMutex // written once: when the poller may no longer be woken
	shut   bool
}

// ended is a connection marked for closing, and why.
type ended struct {
	sock Sock
	err  error
}

// listening is a listener of this loop; paused while accepting cannot work.
type listening struct {
	name   Sock
	ln     Listener
	paused bool
}

func newLoop(g *Group, id int32, p Poller) *Loop {
	return &Loop{group: g, id: id, poller: p, scratch: make([]byte, ScratchBytes)}
}

// run is the loop, from begin on, until it ends or is taken away. In that case
// it does not return: what was called by a lost runner ends its goroutine.
func (l *Loop) run(begin func()) {
	word, ended := l.word, false
	defer func() {
		if p := recover(); p != nil {
			panic(p) // our own bug, with its stack
		}
		if !ended && l.mine(word) { // better than connections that hang for ever
			panic("netpoll: a handler ended its loop's goroutine (runtime.Goexit, or FailNow of a test)")
		}
	}()
	begin()
	for !l.ending {
		n, err := l.poller.Wait(l.events[:])
		if err != nil {
			panic("netpoll: waiting for events: " + err.Error()) // our own descriptor is broken
		}
		l.now = l.group.sinceStart()
		newTick := l.newTick()
		for i := range l.events[:n] {
			l.dispatch(&l.events[i])
		}
		l.betweenTurns(newTick)
	}
	l.end()
	ended = true
}

// betweenTurns does what must not happen while events are being handled: an
// index may only be freed, and used again, when no event of this turn can
// still mean its former owner.
func (l *Loop) betweenTurns(newTick bool) {
	l.runTasks() // what a runner that lost the loop has left
	l.tasks = l.posted.take()
	l.runTasks()
	if newTick && l.ticking {
		l.sweep()
		l.resumeListeners()
	}
	l.reap()
	if busy := l.conns.Load() > 0 || l.anyPaused(); busy != l.ticking {
		l.ticking = busy
		l.poller.Tick(tickMillis(busy))
	}
}

// runTasks runs what was taken from the queue. A task stays there until it has
// begun, so that none is lost with the runner.
func (l *Loop) runTasks() {
	for l.tasks != nil {
		t := l.tasks
		l.tasks, t.next = t.next, nil // t may be posted again from its own Run
		t.Run()
	}
}

// tickMillis: with nothing to watch the loop sleeps until it is woken.
func tickMillis(busy bool) int {
	if busy {
		return TickMillis
	}
	return 0
}

// dispatch handles one event.
func (l *Loop) dispatch(ev *Event) {
	s := ev.Sock
	if s.Generation() == 0 {
		l.accept(s)
		return
	}
	sl := l.own(s)
	if sl == nil || !l.open(s, sl) {
		return
	}
	if ev.Flags&(Writable|Hangup) != 0 && !l.rare(s, sl, ev.Flags) {
		return
	}
	if ev.Flags&Readable == 0 || sl.want&Readable == 0 {
		return
	}
	p, err := l.poller.Recv(s, l.scratch)
	switch {
	case err != nil:
		l.recvFailed(s, err)
	case len(p) > 0:
		l.handler.Data(s, p)
	default:
		sl.state |= slotEOF
		l.Watch(s, sl.want&^Readable) // else the end would be reported for ever
		l.handler.EOF(s)
	}
}

// rare handles what most events are not. It reports whether to go on reading.
func (l *Loop) rare(s Sock, sl *slot, ready Flag) bool {
	if ready&Hangup != 0 && (ready&Readable == 0 || sl.want&Readable == 0) {
		l.hungUp(s, sl) // with bytes to read, Recv will say it
		return false
	}
	if ready&Writable != 0 && sl.want&Writable != 0 {
		l.handler.Writable(s)
	}
	return sl.state&slotClosing == 0
}

// hungUp closes a connection that is gone in both directions.
func (l *Loop) hungUp(s Sock, sl *slot) {
	if sl.state&(slotEOF|slotFIN) == slotEOF|slotFIN {
		l.closeWith(s, nil) // as it was meant to end
		return
	}
	l.closeWith(s, syscall.ECONNRESET)
}

func (l *Loop) recvFailed(s Sock, err error) {
	if !errors.Is(err, ErrAgain) {
		l.closeWith(s, err)
	}
}

// own returns the slot of s if this loop owns it and it is not being closed.
func (l *Loop) own(s Sock) *slot {
	sl := l.group.slots.At(s.Index())
	if sl.owner.Load() != l.id || sl.generation != s.Generation() || sl.state&slotClosing != 0 {
		return nil
	}
	return sl
}

// holds reports whether s still has its descriptor, which it keeps until its
// Handler has heard Closed.
func (l *Loop) holds(s Sock) bool {
	sl := l.group.slots.At(s.Index())
	return sl.owner.Load() == l.id && sl.generation == s.Generation()
}

// open announces a connection to the handler the first time it is seen. It
// reports whether the handler kept it.
func (l *Loop) open(s Sock, sl *slot) bool {
	if sl.state&slotAnnounced == 0 {
		sl.state |= slotAnnounced
		l.handler.Open(s)
	}
	return sl.state&slotClosing == 0
}

// Post queues a task for the loop and does not wait for it. It may be called
// from any goroutine. ErrClosed means the loop has ended and the task will not
// run. Only the first of a burst of posts has to wake the loop, and only that
// takes a lock: for reading, and nobody writes before the loop ends.
func (l *Loop) Post(t *Task) error {
	wake, ok := l.posted.push(t)
	if !ok {
		return ErrClosed
	}
	if wake {
		l.wake()
	}
	return nil
}

// wake may be called from any goroutine, also by one whose task the ending loop
// has just run: the descriptor to be woken by is never one that was closed.
func (l *Loop) wake() {
	l.waking.RLock()
	defer l.waking.RUnlock()
	if !l.shut {
		l.poller.Wake()
	}
}

// Now is when this turn began, since the group was opened: monotonic, read once
// per turn.
func (l *Loop) Now() time.Duration { return l.now }

// Clock reads the wall clock, which may be set while Now goes on.
func (l *Loop) Clock() time.Time { return l.group.clock() }

// Conns is the number of the loop's connections. Any goroutine may call it.
func (l *Loop) Conns() int { return int(l.conns.Load()) }

// Send takes as many bytes as fit without waiting. If that is not all of them,
// keep the rest, Watch for Writable and send it from there. An error closes the
// connection; ErrClosed says that it was closed before, or that s is stale.
func (l *Loop) Send(s Sock, p []byte) (n int, err error) {
	if l.own(s) == nil {
		return 0, ErrClosed
	}
	n, err = l.poller.Send(s, p)
	if err != nil {
		l.closeWith(s, err)
	}
	return n, err
}

// Watch replaces what a connection is watched for; new ones are watched for
// Readable. A stale Sock is ignored.
func (l *Loop) Watch(s Sock, want Flag) {
	sl := l.own(s)
	if sl == nil || sl.want == want {
		return
	}
	sl.want = want
	if err := l.poller.Watch(s, want); err != nil {
		l.closeWith(s, err)
	}
}

// CloseWrite sends FIN after what was sent; receiving goes on. After the peer's
// EOF nothing is left to do, and the connection closes. It also closes, with an
// error, if it has no half-close. A stale Sock is ignored.
func (l *Loop) CloseWrite(s Sock) {
	sl := l.own(s)
	if sl == nil {
		return
	}
	sl.state |= slotFIN
	if err := l.poller.CloseWrite(s); err != nil {
		l.closeWith(s, err)
	}
}

// Close ends a connection. Its handler hears Closed at the end of the turn and
// nothing else before; neither, if it has not heard Open. A stale Sock is
// ignored.
func (l *Loop) Close(s Sock) { l.closeWith(s, nil) }

func (l *Loop) closeWith(s Sock, err error) {
	sl := l.own(s)
	if sl == nil {
		return
	}
	sl.state |= slotClosing
	l.closing = append(l.closing, ended{s, err})
}

// Alive reports whether s names a connection of this loop that is open and that
// nobody has called Close on.
func (l *Loop) Alive(s Sock) bool { return l.own(s) != nil }

// LocalAddr and RemoteAddr ask the system for a connection's two ends; nil if
// it does not know them or s is stale. They allocate, and still work in Closed.
func (l *Loop) LocalAddr(s Sock) net.Addr {
	if !l.holds(s) {
		return nil
	}
	return l.poller.LocalAddr(s)
}

// RemoteAddr: see LocalAddr.
func (l *Loop) RemoteAddr(s Sock) net.Addr {
	if !l.holds(s) {
		return nil
	}
	return l.poller.RemoteAddr(s)
}

// Each calls f for every open connection of the loop. It announces those that
// are new, so within a Handler's method that calls it, Open may be called.
func (l *Loop) Each(f func(Sock)) {
	l.group.slots.each(func(i uint32, sl *slot) {
		if sl.owner.Load() != l.id || sl.state&slotClosing != 0 {
			return
		}
		if s := MakeSock(i, sl.generation); l.open(s, sl) {
			f(s)
		}
	})
}

// reap closes what was marked in this turn.
func (l *Loop) reap() {
	for i := 0; i < len(l.closing); i++ { // Closed may mark more
		e := l.closing[i]
		sl := l.group.slots.At(e.sock.Index())
		if sl.state&slotAnnounced != 0 {
			l.handler.Closed(e.sock, e.err)
		}
		l.group.forget(e.sock.Index())
		sl.owner.Store(0) // before the index can be accepted again
		l.poller.Close(e.sock)
		l.conns.Add(-1)
		l.group.conns.Add(-1)
	}
	l.closing = l.closing[:0]
}

// stop is posted by Group.Close.
func (l *Loop) stop() {
	l.Each(l.Close)
	l.ending = true
}

// end runs what was posted while the loop was stopping. No connection can have
// come since then: by now no loop accepts.
func (l *Loop) end() {
	l.runTasks()
	l.tasks = l.posted.close()
	l.runTasks()
	l.reap()
	l.waking.Lock()
	l.shut = true
	l.waking.Unlock()
	l.poller.Shut()
	l.group.running.Done()
}

// listen, unlisten, accept and resumeListeners are the loop's side of Group.

func (l *Loop) listen(name Sock, ln Listener) error {
	if err := l.poller.Listen(name, ln); err != nil {
		return err
	}
	l.listeners = append(l.listeners, listening{name: name, ln: ln})
	return nil
}

func (l *Loop) unlisten(gone []Listener) {
	l.listeners = slices.DeleteFunc(l.listeners, func(li listening) bool {
		if !slices.Contains(gone, li.ln) {
			return false
		}
		if !li.paused {
			l.poller.Unlisten(li.name, li.ln)
		}
		return true
	})
}

func (l *Loop) accept(name Sock) {
	for i := range l.listeners {
		li := &l.listeners[i]
		if li.name != name {
			continue
		}
		for range acceptsPerTurn {
			index, err := l.poller.Accept(li.ln)
			if err == nil {
				l.group.admit(l, index)
				continue
			}
			if !acceptMayGoOn(err) {
				l.pause(li)
				return
			}
			if errors.Is(err, ErrAgain) {
				return
			}
		}
	}
}

// acceptMayGoOn tells errors of the one connection that was being accepted
// from errors of the system, which would come again at once: a listener that
// stays readable and can't be accepted from would spin.
func acceptMayGoOn(err error) bool {
	return errors.Is(err, ErrAgain) || errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.EINTR)
}

// pause stops accepting until the next tick: descriptors or memory ran out.
func (l *Loop) pause(li *listening) {
	l.counts.acceptPauses.Add(1)
	l.poller.Unlisten(li.name, li.ln)
	li.paused = true
}

func (l *Loop) resumeListeners() {
	for i := range l.listeners {
		if li := &l.listeners[i]; li.paused {
			li.paused = l.poller.Listen(li.name, li.ln) != nil
		}
	}
}

func (l *Loop) anyPaused() bool {
	for i := range l.listeners {
		if l.listeners[i].paused {
			return true
		}
	}
	return false
}
