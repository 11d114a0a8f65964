package httpcore_test

// Handlers that compute: as many at a time as there are processors.

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/netpoll"
)

// workload is a handler that computes, or waits for others of its kind, and
// counts how many of it run.
type workload struct {
	endless atomic.Bool // it computes until this is false
	running atomic.Int32
	meeting atomic.Pointer[sync.WaitGroup] // if not nil, it waits and does not compute
	mu      sync.Mutex
	seen    []int32 // how many were running when one began
}

func (w *workload) handle(c *httpcore.Ctx) error {
	n := w.running.Add(1)
	defer w.running.Add(-1)
	w.mu.Lock()
	w.seen = append(w.seen, n)
	w.mu.Unlock()
	if all := w.meeting.Load(); all != nil {
		all.Done()
		all.Wait()
		return c.NoContent()
	}
	for range 8 {
		for end := time.Now().Add(time.Millisecond / 2); time.Now().Before(end) || w.endless.Load(); {
		}
		runtime.Gosched() // or they would run one after the other anyway
	}
	return c.NoContent()
}

// serveWorkload serves it on one loop, and has it measured.
func serveWorkload(t *testing.T) (*httpcore.App, *workload, string) {
	if _, ok := netpoll.ThreadTime(); !ok {
		t.Skip("this system does not tell what a thread has used")
	}
	procs := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(procs) })
	w := new(workload)
	app := newApp(httpcore.Config{Loops: 1})
	app.Get("/work", w.handle, httpcore.Blocking())
	addr := serve(t, app)
	c := dial(t, addr)
	for range 3 * httpcore.SampleEvery {
		c.ask("/work").want(t, 204, "")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = nil
	return app, w, addr
}

// askAll sends the same request on many connections.
func askAll(t *testing.T, addr string, n int) []*client {
	all := make([]*client, n)
	for i := range all {
		all[i] = dial(t, addr)
	}
	for _, c := range all {
		c.send(request("/work"))
	}
	return all
}

// hold asks while the first that begins does not end, until others are held.
func (w *workload) hold(t *testing.T, app *httpcore.App, addr string) []*client {
	w.endless.Store(true)
	defer w.endless.Store(false)
	all := askAll(t, addr, 16)
	eventually(t, "some are held", func() bool { return app.Stats().Held > 0 })
	return all
}

func TestComputingHandlersAreHeld(t *testing.T) {
	app, w, addr := serveWorkload(t)
	all := w.hold(t, app, addr)
	dial(t, addr).ask("/user/1").want(t, 200, "1")
	for _, c := range all {
		c.answer().want(t, 204, "")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.seen)
	if len(w.seen) != len(all) || w.seen[len(all)/2] > 2 { // more than one only if the machine stood still
		t.Errorf("on one processor, handlers that began saw as many running: %d", w.seen)
	}
	eventually(t, "all are home", func() bool { s := app.Stats(); return s.OffLoop == 0 && s.Held == 0 })
}

// What was learned of a route is wrong now: those that run wait for those that
// are held.
func TestHeldHandlersAreNotForgotten(t *testing.T) {
	_, w, addr := serveWorkload(t)
	const n = 6
	all := new(sync.WaitGroup)
	all.Add(n)
	w.meeting.Store(all)
	for _, c := range askAll(t, addr, n) {
		c.answer().want(t, 204, "")
	}
}

// Those that wait are never held.
func TestWaitingHandlersAreNotHeld(t *testing.T) {
	app := newApp(httpcore.Config{Loops: 1})
	var meeting atomic.Pointer[sync.WaitGroup]
	var held atomic.Int32
	app.Get("/work", func(c *httpcore.Ctx) error {
		all := meeting.Load()
		if all == nil {
			time.Sleep(3 * time.Millisecond)
			return c.NoContent()
		}
		all.Done()
		all.Wait()
		held.Add(int32(app.Stats().Held))
		return c.NoContent()
	}, httpcore.Blocking())
	addr := serve(t, app)
	c := dial(t, addr)
	for range 2 * httpcore.SampleEvery {
		c.ask("/work").want(t, 204, "")
	}
	const n = 40
	all := new(sync.WaitGroup)
	all.Add(n)
	meeting.Store(all)
	for _, c := range askAll(t, addr, n) {
		c.answer().want(t, 204, "")
	}
	if held.Load() != 0 {
		t.Errorf("while %d waited, others were held", n)
	}
}

// Shutdown lets those that are held have their turn.
func TestShutdownServesHeld(t *testing.T) {
	app, w, addr := serveWorkload(t)
	all := w.hold(t, app, addr)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := app.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	for _, c := range all {
		c.answer().want(t, 204, "")
		c.wantEnd()
	}
}

func TestWeight(t *testing.T) {
	const ms = time.Millisecond
	type run struct{ cpu, wall time.Duration }
	for _, test := range []struct {
		name     string
		runs     []run
		min, max float64
	}{
		{"nothing is known", nil, 0, 0},
		{"it computes", []run{{5 * ms, 5 * ms}}, 1, 1},
		{"it computes, and shared its processor", []run{{5 * ms, 5 * ms}, {5 * ms, 40 * ms}, {5 * ms, 40 * ms}}, 0.4, 1},
		{"it mostly waits", []run{{5 * ms, 40 * ms}, {5 * ms, 40 * ms}}, 0.124, 0.126},
		{"it waits", []run{{20 * time.Microsecond, 40 * ms}}, 0, 0},
		{"just under Config.Overrun", []run{{ms - 1, ms}}, 0, 0},
		{"just that", []run{{ms, ms}}, 1, 1},
		{"it was slow once", append([]run{{20 * ms, 20 * ms}}, slices.Repeat([]run{{ms / 10, ms / 10}}, 20)...), 0, 0},
		{"it is slow by now", append([]run{{ms / 10, ms / 10}}, slices.Repeat([]run{{20 * ms, 20 * ms}}, 200)...), 0.99, 1},
	} {
		var cpu, wall []time.Duration
		for _, r := range test.runs {
			cpu, wall = append(cpu, r.cpu), append(wall, r.wall)
		}
		if w := httpcore.Weight(cpu, wall, ms); w < test.min || w > test.max {
			t.Errorf("%s: weight %.3f, want %v to %v", test.name, w, test.min, test.max)
		}
	}
}
