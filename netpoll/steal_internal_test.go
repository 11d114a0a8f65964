package netpoll

// The watch's own rules, which no socket shows.

import (
	"testing"
	"time"
)

// A tick that comes early, behind one that was late, must not take a call for two ticks old.
func TestEarlyTicksSeeNothing(t *testing.T) {
	l := new(Loop)
	w, err := newWatch([]*Loop{l}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	w.start()
	begun := uint64(oneCall | inCall)
	l.state.Store(begun)
	w.tick()
	if got := l.state.Load(); got != begun {
		t.Errorf("a tick that was not due changed the loop's word from %#x to %#x", begun, got)
	}
	w.at = time.Now().Add(-2 * time.Hour)
	w.tick()
	if got := l.state.Load(); got != begun|seen {
		t.Errorf("a tick that was due left the word %#x, want %#x", got, begun|seen)
	}
	w.tick()
	if got := l.state.Load(); got != begun|seen {
		t.Errorf("a tick behind it left %#x: it has stolen the loop", got)
	}
	w.close()
	w.start() // must not set an alarm that is somebody else's now
	w.at = time.Time{}
	w.tick()
	if got := l.state.Load(); got != begun|seen {
		t.Errorf("a tick after the end left %#x", got)
	}
}
