package load

// The scheduler with a clock of the test's own.

import (
	"slices"
	"testing"
)

func TestScheduleIsEvenAndDoesNotDrift(t *testing.T) {
	s := newSchedule(1000, 3, 0, 1) // a gap that no integer holds
	if got := s.at(3_000_000); got != 1000+1e15 {
		t.Errorf("request 3 000 000 is due at %d, want a million seconds after the start", got)
	}
}

func TestScheduleSharesARate(t *testing.T) {
	const workers = 4
	var due []int64
	for worker := range workers {
		s := newSchedule(0, 1e6, worker, workers)
		for range 3 {
			at, ok := s.take(1 << 40)
			if !ok {
				t.Fatal("not due")
			}
			due = append(due, at)
		}
	}
	slices.Sort(due)
	for i, at := range due {
		if at != int64(i)*1000 {
			t.Fatalf("together they are due at %v", due)
		}
	}
}

// TestLateRequestsKeepTheirTime: what could not be sent for a while is sent
// afterwards, and counts from when it was due.
func TestLateRequestsKeepTheirTime(t *testing.T) {
	w := &window{}
	l := newLane(&Stream{Rate: 1e6, Pipeline: 1}, w, 0, 0, 1)
	w.opened.Store(1) // before request 1
	if _, ok := l.nextDue(-1); ok {
		t.Error("a request was sent before it was due")
	}
	const now = 9500 // a stall until here: requests 0 to 9 have come due
	for i := range 10 {
		due, ok := l.nextDue(now)
		if !ok || due != int64(i)*1000 {
			t.Fatalf("request %d: due %d, %v", i, due, ok)
		}
		l.answered(due, now, 1)
	}
	if _, ok := l.nextDue(now); ok {
		t.Error("request 10 was sent before it was due")
	}
	// Request 0 was due before the window opened.
	if l.due != 9 || l.recorded != 9 || l.latency.Count() != 9 {
		t.Errorf("%d due, %d recorded, %d in the histogram, want 9", l.due, l.recorded, l.latency.Count())
	}
	if got := l.latency.Micros(100); got < 8.4 || got > 8.6 {
		t.Errorf("the longest wait is %g µs, want 8.5: from 1 µs to 9.5", got)
	}
}

// TestDrain: after the window has shut, what was due is sent and waited for, and
// what never gets an answer is not left out.
func TestDrain(t *testing.T) {
	w := &window{}
	l := newLane(&Stream{Rate: 1e6, Pipeline: 1}, w, 0, 0, 1)
	w.opened.Store(1)
	w.shut.Store(5001) // requests 1 to 5
	var sent []int64
	for {
		due, ok := l.nextDue(1e6)
		if !ok {
			break
		}
		sent = append(sent, due)
		if len(sent) == 3 {
			break
		}
	}
	l.answered(sent[0], 6000, 1)
	if l.drained() {
		t.Error("drained with requests outstanding and requests to send")
	}
	l.giveUp(10_000, sent[1:])
	var r Result
	l.addTo(&r)
	if r.Due != 5 || r.Unanswered != 5 || r.Latency.Count() != 5 {
		t.Errorf("%d due, %d unanswered, %d in the histogram, want 5 of each", r.Due, r.Unanswered, r.Latency.Count())
	}
	if !l.drained() && l.schedule.nextAt() < 5001 {
		t.Error("requests of the window are left over")
	}
}

func TestRingTakesTurns(t *testing.T) {
	r := newRing(3)
	var got []int32
	r.push(1)
	r.push(2)
	for range 5 {
		v := r.pop()
		got = append(got, v)
		r.push(v)
	}
	if !slices.Equal(got, []int32{1, 2, 1, 2, 1}) || r.len() != 2 {
		t.Errorf("got %v, %d left", got, r.len())
	}
}

func TestShareAddsUp(t *testing.T) {
	for _, connections := range []int{1, 2, 7, 64} {
		sum := 0
		for worker := range 3 {
			sum += share(connections, worker, 3)
		}
		if sum != connections {
			t.Errorf("%d connections became %d", connections, sum)
		}
	}
}
