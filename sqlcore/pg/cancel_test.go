package pg

import (
	"context"
	"errors"
	"testing"
)

// A context that ends while its statement is on its way: the cancel request may be there first, and finds nothing to
// cancel. The statement is cancelled all the same, and its session lives.
func TestCancelRequestOvertakesItsStatement(t *testing.T) {
	p := open(t, Options{PinnedConns: 1})
	s, err := p.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for range 100 {
		if _, err := s.Script(ended, "SELECT pg_sleep(600)"); !errors.Is(err, context.Canceled) || !IsCode(err, codeCanceled) {
			t.Fatal(err)
		}
		if n, err := s.Script(context.Background(), "SELECT 1"); n != 1 || err != nil {
			t.Fatal("the session is of no use any more:", err)
		}
	}
}
