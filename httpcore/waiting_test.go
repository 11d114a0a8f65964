package httpcore_test

// Handlers that wait for less than Config.Overrun: their routes are found, run off
// their loops, and come back when they wait no more.

import (
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/netpoll"
)

// never is an Overrun that no run of a test takes: no tick comes, and nothing
// overruns.
const never = time.Hour

// nap is long enough to be noticed. Whoever sleeps for so long has given its
// processor up, however busy the machine is.
const nap = 2 * time.Millisecond

func skipUnlessLearning(t *testing.T) {
	t.Helper()
	if leaving() {
		t.Skip("nothing is learned of routes whose handlers leave")
	}
	if !httpcore.ThreadsTell() {
		t.Skip("this system does not tell what a thread has used")
	}
}

// serveWaiting serves a route that sleeps while awake is not set.
func serveWaiting(t *testing.T, log *record, opts ...httpcore.RouteOption) (app *httpcore.App, c *client, awake *atomic.Bool) {
	cfg := httpcore.Config{Overrun: never}
	if log != nil {
		cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	}
	app, awake = newApp(cfg), new(atomic.Bool)
	app.Get("/row/{n}", func(c *httpcore.Ctx) error {
		if !awake.Load() {
			time.Sleep(nap)
		}
		return c.Bytes("text/plain", c.Param("n"))
	}, opts...)
	c = dial(t, serve(t, app))
	c.ask("/row/0").want(t, 200, "0") // the routes are compiled
	return app, c, awake
}

const rowRoute = "GET /row/{n}"

// A route whose handlers wait is remembered after a few looks, without one overrun;
// said once in the log, and seen in Stats.
func TestWaitingIsLearned(t *testing.T) {
	skipUnlessLearning(t)
	log := new(record)
	app, c, _ := serveWaiting(t, log)
	for i := range httpcore.WaitsNeeded {
		if s := app.Stats(); len(s.Elsewhere)+len(s.Waiting) != 0 {
			t.Fatalf("remembered after %d looks: %+v", i, s)
		}
		app.Look(rowRoute)
		c.ask("/row/1").want(t, 200, "1")
		c.ask("/row/2").want(t, 200, "2") // nobody looks at this one
	}
	s := app.Stats()
	if !slices.Equal(s.Waiting, []string{rowRoute}) || !slices.Equal(s.Elsewhere, s.Waiting) || s.Overruns != 0 || s.Steals != 0 {
		t.Errorf("after %d looks: %+v", httpcore.WaitsNeeded, s)
	}
	if n := strings.Count(log.String(), `pattern="`+rowRoute+`"`); n != 1 {
		t.Errorf("the log names the route %d times, want once:\n%s", n, log)
	}
}

// Ticks find it, with nobody's help; pipelined requests keep their order meanwhile.
func TestWaitingIsFound(t *testing.T) {
	skipUnlessLearning(t)
	for _, procs := range []int{1, 2} {
		for _, loops := range []int{1, 3} {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			app := newApp(httpcore.Config{Loops: loops, Overrun: 10 * time.Millisecond})
			asked, answers := make(chan struct{}), make(chan int)
			defer close(asked)
			go func() {
				for n := range asked {
					_ = n
					time.Sleep(nap)
					answers <- 0
				}
			}()
			app.Get("/row/{n}", func(c *httpcore.Ctx) error {
				asked <- struct{}{}
				<-answers
				return c.Bytes("text/plain", c.Param("n"))
			})
			c := dial(t, serve(t, app))
			eventually(t, "the route is remembered", func() bool {
				c.send(request("/row/1") + get + request("/row/2") + request("/user/3") + request("/row/4"))
				for _, body := range []string{"1", "Hello, World!", "2", "3", "4"} {
					c.answer().want(t, 200, body)
				}
				return slices.Contains(app.Stats().Elsewhere, rowRoute)
			})
		}
	}
}

// It stays where it is while it waits, and comes back when it does no more, to be
// found again if that was an error.
func TestWaitingRouteRecovers(t *testing.T) {
	skipUnlessLearning(t)
	app, c, awake := serveWaiting(t, nil)
	waiting := func() bool { return len(app.Stats().Waiting) == 1 }
	for round := range 2 {
		awake.Store(false)
		for range httpcore.WaitsNeeded {
			app.Look(rowRoute)
			c.ask("/row/1").want(t, 200, "1")
		}
		for range 2 * httpcore.TrialRuns {
			c.ask("/row/1").want(t, 200, "1")
		}
		if !waiting() {
			t.Fatalf("round %d: the route is not remembered while it waits", round)
		}
		awake.Store(true)
		runs := 0
		for ; waiting() && runs < 100*httpcore.TrialRuns; runs++ {
			c.ask("/row/2").want(t, 200, "2")
		}
		if least := httpcore.TrialRuns << round; runs < least || waiting() || len(app.Stats().Elsewhere) != 0 {
			t.Errorf("round %d: on the loop again after %d runs, want %d at least: %+v", round, runs, least, app.Stats())
		}
	}
}

// Routes about which the program has said something, or that nobody may learn of.
func TestWaitingIsNotLearned(t *testing.T) {
	if leaving() {
		t.Skip("nothing is learned of routes whose handlers leave")
	}
	app := newApp(httpcore.Config{Overrun: -1})
	sleep := func(c *httpcore.Ctx) error { time.Sleep(nap); return c.NoContent() }
	app.Get("/row/1", sleep)
	c := dial(t, serve(t, app))
	for range 100 {
		c.ask("/row/1").want(t, 204, "")
	}
	if s := app.Stats(); len(s.Elsewhere) != 0 {
		t.Errorf("with Overrun < 0: %+v", s)
	}
	app, c, _ = serveWaiting(t, nil, httpcore.Inline())
	for range 2 * httpcore.LooksMax {
		app.Sighted(rowRoute)
		c.ask("/row/1").want(t, 200, "1")
	}
	if s := app.Stats(); len(s.Elsewhere) != 0 {
		t.Errorf("an Inline route: %+v", s)
	}
	if looks, waits, _ := app.Looks(rowRoute); looks+waits != 0 {
		t.Errorf("an Inline route was looked at %d times", looks)
	}
}

// Who leaves the loop by itself holds nobody up, and may wait.
func TestLeavingIsNotWaiting(t *testing.T) {
	skipUnlessLearning(t)
	app := newApp(httpcore.Config{Overrun: never})
	app.Get("/leave", func(c *httpcore.Ctx) error { c.LeaveLoop(); time.Sleep(nap); return c.NoContent() })
	c := dial(t, serve(t, app))
	c.ask("/user/1").want(t, 200, "1") // the routes are compiled
	app.Look("GET /leave")
	c.ask("/leave").want(t, 204, "")
	if looks, waits, _ := app.Looks("GET /leave"); looks+waits != 0 {
		t.Errorf("%d looks and %d waits were counted", looks, waits)
	}
}

// A route whose handlers leave is remembered when the run behind one that has left did
// so as well, a few times; and comes back when they stay.
func TestLeavingIsLearned(t *testing.T) {
	if leaving() {
		t.Skip("nothing is learned of routes whose handlers leave")
	}
	for name, test := range map[string]struct {
		cfg   httpcore.Config
		leave func(*httpcore.Ctx)
		opts  []httpcore.RouteOption
		runs  int // until it is remembered, 0: it is not
	}{
		"LeaveLoop":         {httpcore.Config{}, (*httpcore.Ctx).LeaveLoop, nil, 1 + httpcore.WaitsNeeded},
		"Done":              {httpcore.Config{}, func(c *httpcore.Ctx) { c.Done() }, nil, 1 + httpcore.WaitsNeeded},
		"Inline":            {httpcore.Config{}, (*httpcore.Ctx).LeaveLoop, []httpcore.RouteOption{httpcore.Inline()}, 0},
		"Blocking":          {httpcore.Config{}, (*httpcore.Ctx).LeaveLoop, []httpcore.RouteOption{httpcore.Blocking()}, 0},
		"without learning":  {httpcore.Config{Overrun: -1}, (*httpcore.Ctx).LeaveLoop, nil, 0},
		"every second time": {httpcore.Config{}, everySecond((*httpcore.Ctx).LeaveLoop), nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if test.cfg.Overrun == 0 {
				test.cfg.Overrun = never
			}
			app := newApp(test.cfg)
			var stays atomic.Bool
			app.Get("/leave", func(c *httpcore.Ctx) error {
				if !stays.Load() {
					test.leave(c)
				}
				return c.NoContent()
			}, test.opts...)
			c := dial(t, serve(t, app))
			for i := range 4 * httpcore.LooksMax {
				c.ask("/leave").want(t, 204, "")
				s := app.Stats()
				if want := test.runs > 0 && i+1 >= test.runs; (len(s.Waiting) == 1) != want || (len(s.Elsewhere) == 1) != want {
					t.Fatalf("after %d runs: %+v", i+1, s)
				}
			}
			if test.runs == 0 || !httpcore.ThreadsTell() {
				return
			}
			for range 2 * httpcore.TrialRuns {
				c.ask("/leave").want(t, 204, "")
			}
			if s := app.Stats(); len(s.Waiting) != 1 {
				t.Fatalf("forgotten while its handlers would leave: %+v", s)
			}
			stays.Store(true)
			runs := 0
			for ; len(app.Stats().Elsewhere) > 0 && runs < 100*httpcore.TrialRuns; runs++ {
				c.ask("/leave").want(t, 204, "")
			}
			if runs < httpcore.TrialRuns || runs == 100*httpcore.TrialRuns {
				t.Errorf("on the loop again after %d runs, want %d at least", runs, httpcore.TrialRuns)
			}
		})
	}
}

// everySecond calls f each second time: behind one that has left comes one that stays.
func everySecond(f func(*httpcore.Ctx)) func(*httpcore.Ctx) {
	n := 0
	return func(c *httpcore.Ctx) {
		if n++; n%2 == 1 {
			f(c)
		}
	}
}

// A handler that computes is looked at, and ever more rarely.
func TestComputingIsNotWaiting(t *testing.T) {
	skipUnlessLearning(t)
	app := newApp(httpcore.Config{Overrun: never})
	app.Get("/compute", func(c *httpcore.Ctx) error {
		began, _ := netpoll.ThreadTime()
		for now := began; now-began < 20*time.Microsecond; now, _ = netpoll.ThreadTime() {
		}
		return c.NoContent()
	})
	c := dial(t, serve(t, app))
	c.ask("/compute").want(t, 204, "")
	for range httpcore.LooksMax {
		app.Look("GET /compute")
		c.ask("/compute").want(t, 204, "")
	}
	if s := app.Stats(); len(s.Elsewhere) != 0 {
		t.Errorf("a route that computes is remembered: %+v", s)
	}
	if looks, waits, _ := app.Looks("GET /compute"); looks+waits != 0 {
		t.Errorf("%d looks have not ended at %d: %d waits", httpcore.LooksMax, looks, waits)
	}
}

// Panics and Goexit in a run that is measured, on the loop and after it has left.
func TestLooksAtBrokenHandlers(t *testing.T) {
	skipUnlessLearning(t)
	for name, end := range map[string]func(){"panic": func() { panic("broken") }, "Goexit": runtime.Goexit} {
		app := newApp(httpcore.Config{Overrun: never})
		app.Get("/on", func(*httpcore.Ctx) error { end(); return nil })
		app.Get("/off", func(c *httpcore.Ctx) error { c.LeaveLoop(); end(); return nil })
		app.Get("/own", func(c *httpcore.Ctx) error { runtime.UnlockOSThread(); runtime.Gosched(); return c.NoContent() })
		addr := serve(t, app)
		for _, path := range []string{"/on", "/off", "/on", "/own"} {
			dial(t, addr).ask("/user/1").want(t, 200, "1")
			app.Look("GET " + path)
			c := dial(t, addr).send(get + request(path) + get)
			c.answer().want(t, 200, "Hello, World!")
			if path == "/own" { // has unlocked a thread that it has not locked
				c.answer().want(t, 204, "")
				continue
			}
			a := c.answer()
			a.want(t, 500, "Internal Server Error")
			c.wantEnd()
		}
		if s := app.Stats(); s.OffLoop != 0 && name == "panic" {
			t.Errorf("%+v", s)
		}
	}
}

func TestLooks(t *testing.T) {
	const yes, no = true, false
	some := func(n int, w bool) []bool { return slices.Repeat([]bool{w}, n) }
	windows := func(n int) []bool { return some(n*httpcore.LooksMax, no) }
	for _, test := range []struct {
		name          string
		waited        []bool
		after, spared int
	}{
		{"nobody has looked", nil, -1, 0},
		{"each waits", some(99, yes), httpcore.WaitsNeeded, 0},
		{"one too few", slices.Concat(some(httpcore.WaitsNeeded-1, yes), some(99*httpcore.LooksMax, no)), -1, httpcore.SparedMax},
		{"just enough, at the very end", slices.Concat(some(httpcore.LooksMax-httpcore.WaitsNeeded, no), some(httpcore.WaitsNeeded, yes)), httpcore.LooksMax, 0},
		{"too thinly spread", slices.Repeat(slices.Concat(some(httpcore.WaitsNeeded-1, yes), some(httpcore.LooksMax-httpcore.WaitsNeeded+1, no)), 9), -1, 0},
		{"no window has ended", some(httpcore.LooksMax-1, no), -1, 0},
		{"one has", windows(1), -1, 1},
		{"two have", windows(2), -1, 3},
		{"as rarely as can be", windows(99), -1, httpcore.SparedMax},
		{"it waits by now", slices.Concat(windows(99), some(99, yes)), 99*httpcore.LooksMax + httpcore.WaitsNeeded, 0},
	} {
		if after, spared := httpcore.Looked(test.waited); after != test.after || spared != test.spared {
			t.Errorf("%s: remembered after %d, spared for %d; want %d and %d", test.name, after, spared, test.after, test.spared)
		}
	}
}

func TestReturns(t *testing.T) {
	if !httpcore.ThreadsTell() {
		t.Skip("this system does not tell what a thread has used")
	}
	const us, ms = time.Microsecond, time.Millisecond
	wait := httpcore.WaitMin
	quick, slow := httpcore.Run{CPU: 5 * us, Wall: 5 * us}, httpcore.Run{CPU: ms, Wall: ms}
	measured := func(r httpcore.Run, slept bool) httpcore.Run { r.Measured, r.Slept = true, slept; return r }
	// block is what comes between two measurements, and one.
	block := func(r httpcore.Run) []httpcore.Run {
		return append(slices.Repeat([]httpcore.Run{quick}, httpcore.SampleEvery-1), r)
	}
	const blocks = httpcore.TrialRuns / httpcore.SampleEvery
	for _, test := range []struct {
		name string
		runs []httpcore.Run
		want int
	}{
		{"quick ones", slices.Repeat(block(measured(quick, false)), 99), httpcore.TrialRuns},
		{"none is measured", slices.Repeat([]httpcore.Run{quick}, 9999), -1},
		{"they wait", slices.Repeat(block(measured(httpcore.Run{CPU: 5 * us, Wall: 5*us + wait}, true)), 99), -1},
		{"not long enough", slices.Repeat(block(measured(httpcore.Run{CPU: 5 * us, Wall: 5*us + wait - 1}, true)), 99), httpcore.TrialRuns},
		{"their processor was taken away", slices.Repeat(block(measured(httpcore.Run{CPU: 5 * us, Wall: 400 * us}, false)), 99), httpcore.TrialRuns},
		{"the last of the first trial waits", slices.Concat(slices.Repeat(block(measured(quick, false)), blocks-1),
			block(measured(httpcore.Run{CPU: us, Wall: 300 * us}, true)), slices.Repeat(block(measured(quick, false)), 99)), 2 * httpcore.TrialRuns},
		{"each would leave its loop", slices.Repeat(block(measured(httpcore.Run{CPU: us, Wall: us, Left: true}, false)), 99), -1},
		{"slow ones between", slices.Repeat(append(block(measured(quick, false)), slow), 99), -1},
	} {
		if got := httpcore.Returns(test.runs, ms); got != test.want {
			t.Errorf("%s: on the loop again after %d runs, want %d", test.name, got, test.want)
		}
	}
}
