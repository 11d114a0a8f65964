package httpcore_test

// Handlers that compute: as many at a time as there are processors.

import (
	"context"
	"net"
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
	end     func(n int32) // if not nil, in place of an answer
}

func (w *workload) handle(c *httpcore.Ctx) error {
	n := w.running.Add(1)
	defer w.running.Add(-1)
	w.entered <- n
	<-w.release
	if w.end != nil {
		w.end(n)
	}
	return c.NoContent()
}

// finish lets all of them end, and reads their answers.
func (w *workload) finish(t *testing.T, all []*client) {
	t.Helper()
	close(w.release)
	for _, c := range all {
		c.answer().want(t, 204, "")
	}
}

// serveWorkload serves it.
func serveWorkload(t *testing.T, cfg httpcore.Config, procs int) (*httpcore.App, *workload, string) {
	before := runtime.GOMAXPROCS(procs)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	w := &workload{entered: make(chan int32, crowdSize), release: make(chan struct{}, crowdSize)}
	app := newApp(cfg)
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

// begun waits for n handlers that begin.
func (w *workload) begun(t *testing.T, n int) (most int32) {
	t.Helper()
	for range n {
		select {
		case running := <-w.entered:
			most = max(most, running)
		case <-time.After(patience):
			t.Fatal("waited in vain for a handler to begin")
		}
	}
	return most
}

// As many run as there are processors; when one has ended, the next begins.
func TestComputingHandlersAreHeld(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		procs, loops int
		cpu, wall    time.Duration
		want         int
	}{
		{1, 1, 5 * ms, 5 * ms, 1},
		{3, 1, 5 * ms, 5 * ms, 3},
		{1, 1, 5 * ms, 40 * ms, 8}, // the rest of their time they wait
		{2, 2, 5 * ms, 10 * ms, 4}, // one comes home on a loop, the next is of another
	} {
		app, w, addr := serveWorkload(t, httpcore.Config{Loops: test.loops}, test.procs)
		app.HoldOn()
		app.Learn("GET /work", test.cpu, test.wall)
		all := askAll(t, addr)
		held := crowdSize - test.want
		eventually(t, "the others are held", func() bool { return app.Stats().Held == held })
		if n := w.begun(t, test.want); n != int32(test.want) {
			t.Errorf("%+v: %d run", test, n)
		}
		dial(t, addr).ask("/user/1").want(t, 200, "1")
		for range held {
			w.release <- struct{}{}
			if n := w.begun(t, 1); n > int32(test.want) {
				t.Errorf("%+v: %d run", test, n)
			}
		}
		w.finish(t, all)
		eventually(t, "all are home", func() bool { s := app.Stats(); return s.OffLoop == 0 && s.Held == 0 })
	}
}

// Runs that go on for longer than they should count no more: here they wait for
// those that are held.
func TestHeldHandlersAreNotForgotten(t *testing.T) {
	_, w, addr := serveWorkload(t, httpcore.Config{}, 1)
	all := askAll(t, addr)
	w.begun(t, len(all))
	w.finish(t, all)
}

// Those that have no weight are never held.
func TestWaitingHandlersAreNotHeld(t *testing.T) {
	for _, overrun := range []time.Duration{0, -1} { // the default, and no watch at all
		app, w, addr := serveWorkload(t, httpcore.Config{Overrun: overrun}, 1)
		app.HoldOn()
		app.Learn("GET /work", time.Millisecond-1, time.Millisecond)
		all := askAll(t, addr)
		w.begun(t, len(all))
		w.finish(t, all)
	}
}

// A handler that ends its goroutine, or panics, makes room as others do.
func TestBrokenHandlersMakeRoom(t *testing.T) {
	app, w, addr := serveWorkload(t, httpcore.Config{}, 1)
	app.HoldOn()
	w.end = func(n int32) {
		if n%2 == 0 {
			runtime.Goexit()
		}
		panic("broken")
	}
	all := askAll(t, addr)
	close(w.release)
	w.begun(t, len(all))
	for _, c := range all {
		c.answer().want(t, 500, "Internal Server Error")
	}
}

// Who is gone needs no processor.
func TestHeldOfClientsGone(t *testing.T) {
	app, w, addr := serveWorkload(t, httpcore.Config{}, 1)
	app.HoldOn()
	all := askAll(t, addr)
	eventually(t, "the others are held", func() bool { return app.Stats().Held == crowdSize-1 })
	w.begun(t, 1)
	for _, c := range all {
		c.Conn.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	eventually(t, "all connections are gone", func() bool { return app.Stats().Conns <= 1 }) // but for the first of all
	close(w.release)
	eventually(t, "all are home", func() bool { s := app.Stats(); return s.OffLoop == 0 && s.Held == 0 })
	if n := len(w.entered); n != 0 {
		t.Errorf("%d handlers ran for clients that were gone", n)
	}
}

// What is learned of those that compute and of those that wait.
func TestEffortIsMeasured(t *testing.T) {
	if _, ok := netpoll.ThreadTime(); !ok {
		t.Skip("this system does not tell what a thread has used")
	}
	app := newApp(httpcore.Config{})
	app.Get("/compute", func(c *httpcore.Ctx) error {
		runtime.LockOSThread() // as it may, measured or not
		defer runtime.UnlockOSThread()
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

// Shutdown lets those that are held have their turn.
func TestShutdownServesHeld(t *testing.T) {
	app, w, addr := serveWorkload(t, httpcore.Config{}, 1)
	app.HoldOn()
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
		{"it computes, and shared its processor", []run{{5 * ms, 5 * ms}, {5 * ms, 40 * ms}, {5 * ms, 40 * ms}}, 0.85, 1},
		{"it computes, and seldom has a processor for itself", slices.Repeat([]run{{5 * ms, 40 * ms}, {5 * ms, 40 * ms}, {5 * ms, 5 * ms}}, 9), 0.8, 1},
		{"half of it has an answer at once, half computes and waits", slices.Repeat([]run{{ms / 10, ms / 10}, {5 * ms, 55 * ms}}, 50), 0.05, 0.15},
		{"its thread was another in the end", []run{{5 * ms, 5 * ms}, {-3 * ms, 5 * ms}}, 1, 1},
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
