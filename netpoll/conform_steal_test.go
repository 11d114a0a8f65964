package netpoll_test

// Conformance: a loop that is taken away from a call (steal.go).

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/covetgo/covet/netpoll"
)

// soon is an Overrun that passes while a test waits for something else.
const soon = 200 * time.Microsecond

// calls is an echo that answers from inside a call. Work says how long that
// takes; who lost the loop answers by Post.
type calls struct {
	*echo
	t    testing.TB
	work func(p []byte)
	in   netpoll.Sock // the connection of the call
}

func newCalls(t testing.TB, work func(p []byte)) func(*netpoll.Loop) netpoll.Handler {
	return func(l *netpoll.Loop) netpoll.Handler {
		return &calls{echo: newEcho(l).(*echo), t: t, work: work}
	}
}

func (h *calls) Data(s netpoll.Sock, p []byte) {
	l := h.loop
	said := string(p)
	h.in = s
	t := l.Enter()
	h.work(p)
	if string(p) != said {
		h.t.Errorf("the bytes of a call changed from %q to %q while it ran", said, p)
	}
	if l.Leave(t) != netpoll.Lost {
		h.echo.Data(s, p)
		return
	}
	l.Post(&netpoll.Task{Run: func() {
		l.Watch(s, netpoll.Readable)
		h.echo.Data(s, []byte(said))
	}})
	runtime.Goexit()
}

func (h *calls) Taken([]byte) {
	h.loop.Watch(h.in, 0)
}

// say sends and expects the same back.
func (r *rig) say(p peer, what string) {
	r.Helper()
	if _, err := io.WriteString(p, what); err != nil {
		r.Fatal(err)
	}
	r.hear(p, what)
}

func (r *rig) hear(p peer, what string) {
	r.Helper()
	got := make([]byte, len(what))
	if _, err := io.ReadFull(p, got); err != nil || string(got) != what {
		r.Fatalf("got %q, %v; want %q", got, err, what)
	}
}

// One call does not come back; everything else goes on, and in the end so does
// that.
func testSteal(r *rig) {
	entered, release := make(chan struct{}), make(chan struct{})
	g := r.open(netpoll.Config{Loops: 1, Overrun: soon}, newCalls(r.T, func(p []byte) {
		if p[0] == 'w' {
			close(entered)
			<-release
		}
	}))
	first, second := r.dial(), r.dial()
	for range 3 {
		r.say(first, "quick")
	}
	io.WriteString(first, "w")
	<-entered // or a slow machine may read it after all that follows
	for range 20 {
		r.say(second, "quick")
	}
	third := r.dial()
	r.say(third, "new")
	close(release)
	r.hear(first, "w")
	r.say(first, "quick")
	if n := g.Stats().Steals; n == 0 {
		r.Error("no steal was counted")
	}
}

// Every connection waits at the same time, on one loop.
func testStealAll(r *rig) {
	const conns = 20
	release := make(chan struct{})
	g := r.open(netpoll.Config{Loops: 1, Overrun: soon}, newCalls(r.T, func(p []byte) {
		if p[0] == 'w' {
			<-release
		}
	}))
	var peers []peer
	for i := range conns {
		p := r.dial()
		peers = append(peers, p)
		fmt.Fprintf(p, "w%d", i)
	}
	r.eventually("all calls have lost the loop", func() bool { return g.Stats().Steals >= conns })
	close(release)
	for i, p := range peers {
		r.hear(p, fmt.Sprintf("w%d", i))
	}
}

// Tasks that were taken from the queue together are not lost with the runner,
// and keep their order.
func testStealInTask(r *rig) {
	g := r.open(netpoll.Config{Loops: 1, Overrun: soon}, newEcho)
	l := g.Loops()[0]
	release := make(chan struct{})
	var ran []int
	done := make(chan struct{})
	tasks := make([]netpoll.Task, 9)
	for i := range tasks {
		tasks[i].Run = func() {
			ran = append(ran, i)
			if i%3 == 1 {
				t := l.Enter()
				<-release
				if l.Leave(t) == netpoll.Lost {
					runtime.Goexit()
				}
			}
			if i == len(tasks)-1 {
				close(done)
			}
		}
	}
	on(r.T, l, func() { // they become one batch
		for i := range tasks {
			l.Post(&tasks[i])
		}
	})
	<-done
	close(release)
	on(r.T, l, func() {
		if fmt.Sprint(ran) != "[0 1 2 3 4 5 6 7 8]" {
			r.Errorf("tasks ran as %v", ran)
		}
	})
}

// A call gives its loop up by itself, again and again.
func testGiveUp(r *rig) {
	var l *netpoll.Loop
	g := r.open(netpoll.Config{Loops: 1}, func(loop *netpoll.Loop) netpoll.Handler {
		l = loop
		return &givesUp{calls: newCalls(r.T, nil)(l).(*calls)}
	})
	p := r.dial()
	for i := range 100 {
		r.say(p, fmt.Sprint("round ", i))
	}
	if n := g.Stats().Steals; n < 100 {
		r.Errorf("%d steals were counted, want 100 at least", n)
	}
}

type givesUp struct{ *calls }

func (h *givesUp) Data(s netpoll.Sock, p []byte) {
	h.in = s
	said := string(p)
	t := h.loop.Enter()
	if !h.loop.GiveUp(t) || h.loop.GiveUp(t) {
		h.t.Error("a loop can be given up once, and by its runner")
	}
	if h.loop.Leave(t) != netpoll.Lost {
		h.t.Error("Leave does not say Lost after GiveUp")
	}
	h.loop.Post(&netpoll.Task{Run: func() {
		h.loop.Watch(s, netpoll.Readable)
		h.echo.Data(s, []byte(said))
	}})
	runtime.Goexit()
}

func (h *givesUp) Taken(scratch []byte) {
	h.calls.Taken(scratch)
	h.loop.Reuse(scratch) // nobody reads there any more
}

// A call in which one tick comes is told so, and keeps its loop or may give it up;
// in one with two ticks it is lost.
func testSeen(r *rig) {
	g := r.open(netpoll.Config{Loops: 1, Overrun: time.Hour}, newEcho) // ticks come when they are wanted
	l := g.Loops()[0]
	for _, test := range []struct {
		name string
		call func(netpoll.Ticket)
		want netpoll.Outcome
	}{
		{"no tick", func(netpoll.Ticket) {}, netpoll.Kept},
		{"one tick", func(netpoll.Ticket) { g.Tick() }, netpoll.Seen},
		{"no tick again", func(netpoll.Ticket) {}, netpoll.Kept},
		{"two ticks", func(netpoll.Ticket) { g.Tick(); g.Tick() }, netpoll.Lost},
		{"three ticks", func(netpoll.Ticket) { g.Tick(); g.Tick(); g.Tick() }, netpoll.Lost},
		{"a tick, and given up", func(t netpoll.Ticket) {
			g.Tick()
			if !l.GiveUp(t) || l.GiveUp(t) {
				r.Error("a loop that was seen can be given up once")
			}
		}, netpoll.Lost},
		{"one tick again", func(netpoll.Ticket) { g.Tick() }, netpoll.Seen},
	} {
		on(r.T, l, func() { g.Tick() }) // no tick has seen the call that comes
		ended := make(chan netpoll.Outcome, 1)
		l.Post(&netpoll.Task{Run: func() {
			t := l.Enter()
			test.call(t)
			o := l.Leave(t)
			ended <- o
			if o == netpoll.Lost {
				runtime.Goexit()
			}
		}})
		if o := <-ended; o != test.want {
			r.Errorf("%s: outcome %d, want %d", test.name, o, test.want)
		}
	}
	if n := g.Stats().Steals; n != 3 {
		r.Errorf("%d steals, want 3", n)
	}
}

// The group is closed while a call that has lost its loop still runs.
func testStealThenClose(r *rig) {
	release, posted := make(chan struct{}), make(chan error, 1)
	g := r.openHooks(netpoll.Config{Loops: 1, Overrun: soon}, hooks{
		data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
			t := l.Enter()
			<-release
			if l.Leave(t) != netpoll.Lost {
				r.Error("the call kept its loop")
			}
			posted <- l.Post(&netpoll.Task{Run: func() { r.Error("a task ran after Close") }})
			runtime.Goexit()
		},
	})
	io.WriteString(r.dial(), "x")
	r.eventually("the call has lost its loop", func() bool { return g.Stats().Steals == 1 })
	g.Close()
	close(release)
	if err := <-posted; err != netpoll.ErrClosed {
		r.Errorf("Post after Close: %v, want ErrClosed", err)
	}
}

// Calls end at the very moment at which they are stolen.
func testStealRace(r *rig) {
	g := r.open(netpoll.Config{Loops: 2, Overrun: 20 * time.Microsecond}, newCalls(r.T, func(p []byte) {
		for end := time.Now().Add(rand.N(60 * time.Microsecond)); time.Now().Before(end); {
			runtime.Gosched()
		}
	}))
	r.inParallel(8, func(i int) {
		p := r.dial()
		for n := range 100 {
			r.say(p, fmt.Sprint("conn ", i, " round ", n, "."))
		}
	})
	r.Logf("%d steals", g.Stats().Steals)
}

// inParallel runs f n times at once.
func (r *rig) inParallel(n int, f func(int)) {
	done := make(chan struct{})
	for i := range n {
		go func() {
			defer func() { done <- struct{}{} }()
			f(i)
		}()
	}
	for range n {
		<-done
	}
}
