package netpoll_test

// Time, on the scripted kernel's clock.

import (
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/testkit"
	"github.com/covetgo/covet/netpoll"
)

func TestDeadlineFarAway(t *testing.T) {
	var expired atomic.Int32
	const wraps = netpoll.TickMillis * time.Millisecond << 32 // a tick number of 32 bits starts again here
	k, _ := fake(t, netpoll.Config{Loops: 1, FirstByte: wraps}, hooks{
		data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
			l.SetDeadline(s, map[byte]time.Duration{'a': wraps, 'b': math.MaxInt64}[p[0]])
		},
		expired: func(*netpoll.Loop, netpoll.Sock) { expired.Add(1) },
	})
	k.Advance(time.Second)
	k.Dial()
	k.Dial().WriteString("a")
	k.Dial().WriteString("b")
	k.Rest()
	k.Advance(10 * time.Second)
	if n := expired.Load(); n != 0 {
		t.Errorf("%d deadlines expired decades early", n)
	}
}

func TestDeadlinesAreNeverEarly(t *testing.T) {
	testkit.Seeds(t, 5, func(t *testing.T, k *testkit.Kernel) {
		var set, due time.Duration
		heard := false
		g := openWith(t, netpoll.Config{Loops: 1, Backend: k.Backend()}, hooks{
			data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
				heard = false
				set, due = l.Now(), l.Now()+time.Duration(p[0])*37*time.Millisecond
				l.SetDeadline(s, due-set)
			},
			expired: func(l *netpoll.Loop, s netpoll.Sock) {
				heard = true
				if l.Now() < due {
					t.Errorf("set at %v for %v, expired at %v", set, due, l.Now())
				}
			},
		})
		defer g.Close()
		if err := g.Listen(k.Listener()); err != nil {
			t.Fatal(err)
		}
		c := k.Dial()
		for i := byte(1); i < 60; i += 7 {
			k.Advance(time.Duration(i) * 11 * time.Millisecond)
			c.Write([]byte{i})
			k.Rest()
			k.Advance(time.Duration(i)*37*time.Millisecond + 2*netpoll.TickMillis*time.Millisecond)
			if !heard {
				t.Fatalf("a deadline of %d ms has not expired two ticks later", int(i)*37)
			}
		}
	})
}

// A deadline counts from the call that sets it, however long the handler had
// been running by then.
func TestDeadlineAfterASlowHandler(t *testing.T) {
	for _, slow := range []time.Duration{time.Millisecond, 200 * time.Millisecond, 3 * time.Second} {
		var k *testkit.Kernel
		var due time.Time
		heard := false
		k, _ = fake(t, netpoll.Config{Loops: 1}, hooks{
			data: func(l *netpoll.Loop, s netpoll.Sock, p []byte) {
				if string(p) == "turn" {
					return
				}
				k.Spend(slow)
				due = k.Now().Add(time.Second)
				l.SetDeadline(s, time.Second)
			},
			expired: func(*netpoll.Loop, netpoll.Sock) {
				heard = true
				if early := due.Sub(k.Now()); early > 0 {
					t.Errorf("after %v in the handler: %v early", slow, early)
				}
			},
		})
		k.Advance(245 * time.Millisecond)
		k.Dial().WriteString("x")
		other := k.Dial()
		k.Rest()
		const step = 10 * time.Millisecond
		for range (time.Second + 2*netpoll.TickMillis*time.Millisecond) / step {
			other.WriteString("turn") // so that the loop looks at the clock
			k.Rest()
			k.Advance(step)
		}
		if !heard {
			t.Errorf("after %v in the handler: not expired two ticks later", slow)
		}
	}
}

func TestClock(t *testing.T) {
	k, g := fake(t, netpoll.Config{Loops: 1}, hooks{})
	for _, d := range []time.Duration{0, time.Millisecond, time.Hour} {
		k.Advance(d)
		on(t, g.Loops()[0], func() {
			if got := g.Loops()[0].Clock(); !got.Equal(k.Now()) {
				t.Errorf("the loop's clock shows %v, the kernel's %v", got, k.Now())
			}
		})
	}
}
