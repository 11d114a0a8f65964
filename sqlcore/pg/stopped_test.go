//go:build unix

package pg

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
)

// A server that was stopped and says nothing: deadlines end the wait on every lane, and when it goes on, so does the pool.
func TestServerStopped(t *testing.T) {
	server, err := pgtest.Start(pgtest.Options{})
	pgtest.Require(t, err)
	t.Cleanup(server.Stop)
	p := pool(t, server.URL(), Options{PinnedConns: 2})
	pid := statement(t, p, "select pg_backend_pid()")
	var processes []int
	s, err := p.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, ask := range []func() (Result, error){
		func() (Result, error) { return p.Query(context.Background(), Read, pid, nil) },
		func() (Result, error) { return p.Query(context.Background(), Write, pid, nil) },
		func() (Result, error) { return s.Query(context.Background(), pid, nil) },
	} {
		r, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		process, err := First[int](r)
		r.Release()
		if err != nil {
			t.Fatal(err)
		}
		processes = append(processes, process)
	}
	signal := func(sig syscall.Signal) {
		t.Helper()
		for _, process := range append(processes, 0) {
			if err := server.Signal(process, sig); err != nil {
				t.Error(err)
			}
		}
	}
	signal(syscall.SIGSTOP)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	for lane := range 2 {
		wg.Go(func() {
			if _, err := one[int](ctx, p, Lane(lane), pid); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("lane %d: %v", lane, err)
			}
		})
	}
	if _, err := s.Query(ctx, pid, nil); !errors.Is(err, context.DeadlineExceeded) { // after cancelGrace: nobody listens there either
		t.Errorf("pinned: %v", err)
	}
	if !s.Dead() {
		t.Error("a session that did not even answer a cancel request is kept")
	}
	s.Release()
	wg.Wait()
	signal(syscall.SIGCONT)
	for lane := range 2 {
		eventually(t, func() error {
			_, err := one[int](context.Background(), p, Lane(lane), pid)
			return err
		})
	}
}
