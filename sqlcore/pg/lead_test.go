package pg

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A caller that reads for others leaves when its context ends. Those behind it get their answers, and its own is
// dropped when it comes.
func TestLeaderIsCalledAway(t *testing.T) {
	p := open(t, Options{ReadConns: 1})
	lock, unlock := statement(t, p, "select pg_advisory_lock(4711)::text"), statement(t, p, "select pg_advisory_unlock(4711)")
	blocked, seven := statement(t, p, "select pg_advisory_xact_lock(4711)::text"), statement(t, p, "select 7")
	for _, s := range []*Stmt{lock, unlock, blocked, seven} {
		if _, err := p.describe(context.Background(), p.read, s); err != nil {
			t.Fatal(err)
		}
	}
	holder, err := p.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Release()
	for range 20 {
		if r, err := holder.Query(context.Background(), lock, nil); err != nil {
			t.Fatal(err)
		} else {
			r.Release()
		}
		ctx, cancel := context.WithCancelCause(context.Background())
		left, answered := make(chan error, 1), make(chan error, 2)
		go func() {
			_, err := one[string](ctx, p, Read, blocked)
			left <- err
		}()
		await(t, "the leader reads", func() bool { return p.read.slots[0].conn.Load().leads(ctx) })
		for _, ctx := range contexts(t) {
			go func() {
				n, err := one[int](ctx, p, Read, seven)
				if err == nil && n != 7 {
					err = errors.New("the answer is not 7")
				}
				answered <- err
			}()
		}
		await(t, "two wait behind it", func() bool { return p.read.slots[0].conn.Load().load() >= 4 })
		tired := errors.New("tired of waiting")
		cancel(tired)
		if err := <-left; err != tired {
			t.Fatalf("the leader left with %v", err)
		}
		if r, err := holder.Query(context.Background(), unlock, nil); err != nil {
			t.Fatal(err)
		} else {
			r.Release()
		}
		for range 2 {
			if err := <-answered; err != nil {
				t.Fatal(err)
			}
		}
	}
	if conn := p.read.slots[0].conn.Load(); conn.left.Load() != 0 {
		t.Errorf("%d calls are still waited for", conn.left.Load())
	}
}

// leads reports whether a caller with this context reads.
func (c *conn) leads(ctx context.Context) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leader == ctx
}

// Lone callers look for their answers where sleeping takes twice as long, and try both ways often enough to notice a
// change.
func TestLookout(t *testing.T) {
	for _, c := range []struct {
		looked, slept time.Duration
		better        bool
	}{
		{50 * time.Microsecond, 100 * time.Microsecond, true},
		{50 * time.Microsecond, 99 * time.Microsecond, false},
		{10 * time.Millisecond, 10 * time.Millisecond, false},
	} {
		var l lookout
		run := func(looked, slept time.Duration) (looks int) {
			for i := range trialEvery {
				took := slept
				if l.looks() {
					looks++
					took = looked
				}
				if i%7 == 0 { // one of a few is disturbed, whichever way it went
					took = time.Second
				}
				l.note(took)
			}
			return looks
		}
		run(c.slept, c.looked) // the world was the other way round before
		want := trialCalls
		if c.better {
			want = trialEvery - trialCalls
		}
		if looks := run(c.looked, c.slept); looks != want {
			t.Errorf("%v against %v: %d looks of %d, want %d", c.looked, c.slept, looks, trialEvery, want)
		}
	}
}

// await waits for a condition.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	eventually(t, func() error {
		if !holds() {
			return errors.New("not yet: " + what)
		}
		return nil
	})
}
