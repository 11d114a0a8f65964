// Package testkit is a kernel made of memory: a [netpoll.Backend] whose
// connections, faults and clock are in the hands of a test. A real
// netpoll.Group runs over it, so everything above the poller is the code that
// serves users:
//
//	k := testkit.New(seed)
//	g, err := netpoll.Open(netpoll.Config{Backend: k.Backend(), NewHandler: …})
//	g.Listen(k.Listener())
//	c := k.Dial()
//	c.Write([]byte("GET / HTTP/1.1\r\n…"))
//	head, err := c.ReadUntil("\r\n\r\n")
//	k.Advance(10 * time.Second) // deadlines pass without waiting for them
//
// Everything random comes from the seed: splits are drawn per connection, noise
// per loop. A run is the same again if the test lets the loops come to rest
// ([Kernel.Rest]) between its steps; without that, a connection's splits are
// the same and only the order in which goroutines meet differs. Use [Seeds] to
// run a test over many seeds; it names the one that failed.
//
// The kernel also watches its caller: a call that breaks the contract of
// netpoll.Poller (an unknown or closed socket, a call after Shut) panics.
//
// Read next: poller.go (the kernel's side), client.go (the peer's side),
// faults.go (what can go wrong).
package testkit

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/covetgo/covet/netpoll"
)

const (
	// windowBytes is how much a connection holds for a client that does not
	// read, before the server's sends are refused.
	windowBytes = 256 << 10
	// patience bounds every wait of a test for something that never comes.
	patience = 10 * time.Second
)

// Kernel is the scripted kernel. Its methods may be called from any goroutine.
type Kernel struct {
	mu       sync.Mutex
	cond     *sync.Cond // tells every change to everyone who waits
	seed     uint64
	now      time.Time
	pollers  []*poller
	conns    []*conn // by index, nil where free
	past     []netpoll.Sock
	backlog  []*conn // dialled, not accepted yet
	dialled  int
	listener listener
	faults   Faults
	noise    Noise
	failing  map[failPoint][]error
	counts   Counts
}

// Counts are the calls that loops made so far.
type Counts struct {
	Waits, Wakes, Accepts, Recvs, Sends, Refusals int
}

// New makes a kernel without faults. Its clock stands at the start of 2026 and
// moves only by Advance and Spend.
func New(seed uint64) *Kernel {
	k := &Kernel{seed: seed, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), failing: map[failPoint][]error{}}
	k.cond = sync.NewCond(&k.mu)
	k.listener.k = k
	return k
}

// Seeds runs a test n times, each as a subtest with a kernel of its own seed,
// which stands in the subtest's name. COVET_SEED=x runs only that seed again.
func Seeds(t *testing.T, n int, test func(*testing.T, *Kernel)) {
	t.Helper()
	first, last := uint64(1), uint64(n)
	if s := os.Getenv("COVET_SEED"); s != "" {
		only, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("COVET_SEED=%q: want a decimal number", s)
		}
		first, last = only, only
	}
	for seed := first; seed <= last; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("to run this seed alone: COVET_SEED=%d go test -run '^%s$'", seed, t.Name())
				}
			}()
			test(t, New(seed))
		})
	}
}

// Backend is the kernel as a netpoll backend.
func (k *Kernel) Backend() *netpoll.Backend {
	return &netpoll.Backend{Name: "fake", Open: k.open, Listen: k.listen, Clock: k.Now}
}

// Now is the kernel's time.
func (k *Kernel) Now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

// Advance moves the clock, in steps of at most one tick of netpoll, and lets
// the loops come to rest after each.
func (k *Kernel) Advance(d time.Duration) {
	for d > 0 {
		step := min(d, netpoll.TickMillis*time.Millisecond)
		d -= step
		k.Spend(step)
		k.Rest()
	}
}

// Spend moves the clock at once and waits for nobody: what time does to a loop
// that is busy. A handler may call it.
func (k *Kernel) Spend(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = k.now.Add(d)
	k.cond.Broadcast()
}

// Rest waits until every loop sleeps and has nothing left to do: all bytes
// written were received, all posted tasks ran. It panics if that takes longer
// than ten seconds, so don't call it while a handler blocks its loop.
func (k *Kernel) Rest() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.await(k.atRest) {
		panic("testkit: a loop did not come to rest: its handler blocks, or it is woken again and again")
	}
}

func (k *Kernel) atRest() bool {
	for _, p := range k.pollers {
		if !p.shut && (!p.asleep || p.busy()) {
			return false
		}
	}
	return true
}

// await waits for a condition, with k.mu held, and reports whether it came.
func (k *Kernel) await(met func() bool) bool {
	late := false
	timer := time.AfterFunc(patience, func() {
		k.mu.Lock()
		late = true
		k.cond.Broadcast()
		k.mu.Unlock()
	})
	defer timer.Stop()
	for !met() {
		if late {
			return false
		}
		k.cond.Wait()
	}
	return true
}

// Counts returns the number of calls so far.
func (k *Kernel) Counts() Counts {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.counts
}

// Open is the number of sockets the server holds, refused ones included: 0
// after netpoll.Group.Close, or something leaked.
func (k *Kernel) Open() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for _, c := range k.conns {
		if c != nil {
			n++
		}
	}
	return n
}

// Listener is the kernel's only listener, for netpoll.Group.Listen or whatever
// hands it on to that. Its own Accept does not work.
func (k *Kernel) Listener() net.Listener { return &k.listener }

type listener struct {
	k      *Kernel
	closed bool // guarded by k.mu
}

func (ln *listener) Addr() net.Addr { return addr("fake:80") }

func (ln *listener) Accept() (net.Conn, error) {
	return nil, fmt.Errorf("testkit: %w: only a loop can accept here", syscall.EOPNOTSUPP)
}

// Close refuses later dials and resets those that nobody accepted.
func (ln *listener) Close() error {
	ln.k.mu.Lock()
	defer ln.k.mu.Unlock()
	if ln.closed {
		return net.ErrClosed
	}
	ln.closed = true
	for _, c := range ln.k.backlog {
		c.reset = true
	}
	ln.k.backlog = nil
	ln.k.cond.Broadcast()
	return nil
}

type addr string

func (a addr) Network() string { return "fake" }
func (a addr) String() string  { return string(a) }

func (k *Kernel) listen(ln net.Listener) (netpoll.Listener, error) {
	own, ok := ln.(*listener)
	if !ok || own.k != k {
		return nil, fmt.Errorf("testkit: can only listen on Kernel.Listener, not on %T", ln)
	}
	return own, nil
}

func (k *Kernel) rng(stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(k.seed, stream))
}
