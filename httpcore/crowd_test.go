package httpcore_test

// Handlers that compute: as many at a time as there are processors.

import (
	"context"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/netpoll"
)

// workload is a handler that waits, on a route that is known to compute.
type workload struct {
	entered chan int32 // how many of it run; one is sent when one has begun
	release chan struct{}
	running atomic.Int32
}

func (w *workload) handle(c *httpcore.Ctx) error {
	w.entered <- w.running.Add(1)
	<-w.release
	w.running.Add(-1)
	return c.NoContent()
}

// serveWorkload serves it on one loop.
func serveWorkload(t *testing.T, procs int, prepare func(*httpcore.App)) (*httpcore.App, *workload, string) {
	before := runtime.GOMAXPROCS(procs)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	w := &workload{entered: make(chan int32, crowdSize), release: make(chan struct{}, crowdSize)}
	app := newApp(httpcore.Config{})
	prepare(app)
	app.Get("/work", w.handle, httpcore.Blocking())
	addr := serve(t, app)
	dial(t, addr).ask("/user/1").want(t, 200, "1") // the routes are compiled
	app.Learn("GET /work", 5*time.Millisecond, 5*time.Millisecond)
	return app, w, addr
}

const crowdSize = 12

// askAll sends the same request on many connections.
func askAll(t *testing.T, addr string) []*client {
	all := make([]*client, crowdSize)
	for i := range all {
		all[i] = dial(t, addr).send(request("/work"))
	}
	return all
}

// As many run as there are processors; when one has ended, the next begins.
func TestComputingHandlersAreHeld(t *testing.T) {
	for _, procs := range []int{1, 3} {
		app, w, addr := serveWorkload(t, procs, (*httpcore.App).HoldOn)
		all := askAll(t, addr)
		eventually(t, "the others are held", func() bool { return app.Stats().Held == crowdSize-procs })
		for i := range procs {
			if n := <-w.entered; n != int32(i+1) {
				t.Fatalf("the %d. to begin was one of %d", i+1, n)
			}
		}
		dial(t, addr).ask("/user/1").want(t, 200, "1")
		for range crowdSize - procs {
			w.release <- struct{}{}
			if n := <-w.entered; n > int32(procs) {
				t.Fatalf("%d run, of which %d compute on %d processors", n, n, procs)
			}
		}
		close(w.release)
		for _, c := range all {
			c.answer().want(t, 204, "")
		}
		eventually(t, "all are home", func() bool { s := app.Stats(); return s.OffLoop == 0 && s.Held == 0 })
	}
}

// What was learned of a route is wrong now, and those that run wait for those
// that are held.
func TestHeldHandlersAreNotForgotten(t *testing.T) {
	_, w, addr := serveWorkload(t, 1, func(*httpcore.App) {})
	all := askAll(t, addr)
	for range all {
		<-w.entered
	}
	close(w.release)
	for _, c := range all {
		c.answer().want(t, 204, "")
	}
}

// What is learned of those that compute and of those that wait.
func TestEffortIsMeasured(t *testing.T) {
	if _, ok := netpoll.ThreadTime(); !ok {
		t.Skip("this system does not tell what a thread has used")
	}
	app := newApp(httpcore.Config{})
	app.Get("/compute", func(c *httpcore.Ctx) error {
		began, _ := netpoll.ThreadTime()
		for now := began; now-began < 2*time.Millisecond; now, _ = netpoll.ThreadTime() {
		}
		return c.NoContent()
	}, httpcore.Blocking())
	app.Get("/wait", func(c *httpcore.Ctx) error {
		time.Sleep(2 * time.Millisecond)
		return c.NoContent()
	}, httpcore.Blocking())
	c := dial(t, serve(t, app))
	for range 3 * httpcore.SampleEvery {
		c.ask("/compute").want(t, 204, "")
		c.ask("/wait").want(t, 204, "")
	}
	if w := app.WeightOf("GET /compute"); w == 0 {
		t.Error("a handler that computes for 2 ms has no weight")
	}
	if w := app.WeightOf("GET /wait"); w != 0 {
		t.Errorf("a handler that sleeps has the weight %.3f", w)
	}
}

// Those that have no weight are never held.
func TestWaitingHandlersAreNotHeld(t *testing.T) {
	app, w, addr := serveWorkload(t, 1, (*httpcore.App).HoldOn)
	app.Learn("GET /work", time.Millisecond-1, time.Millisecond)
	all := askAll(t, addr)
	for range all {
		<-w.entered
	}
	close(w.release)
	for _, c := range all {
		c.answer().want(t, 204, "")
	}
}

// Shutdown lets those that are held have their turn.
func TestShutdownServesHeld(t *testing.T) {
	app, w, addr := serveWorkload(t, 1, (*httpcore.App).HoldOn)
	all := askAll(t, addr)
	eventually(t, "the others are held", func() bool { return app.Stats().Held == crowdSize-1 })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- app.Shutdown(ctx) }()
	close(w.release)
	for _, c := range all {
		c.answer().want(t, 204, "")
		c.wantEnd()
		c.Close()
	}
	if err := <-ended; err != nil {
		t.Error(err)
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
