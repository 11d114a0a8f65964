package pg

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
	"github.com/covetgo/covet/sqlcore/wire"
)

// listen listens and fails the test if it cannot.
func listen(t testing.TB, p *Pool, o ListenOptions, channels ...string) *Listener {
	t.Helper()
	l, err := p.Listen(context.Background(), o, channels...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// next waits for the next event.
func next(t testing.TB, l *Listener) Notification {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	n, err := l.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// notify sends a notification.
func notify(t testing.TB, p *Pool, channel, payload string) {
	t.Helper()
	r, err := p.Query(context.Background(), Write, statement(t, p, "select pg_notify($1, $2)::text"), []any{channel, payload})
	if err != nil {
		t.Fatal(err)
	}
	r.Release()
}

func TestListen(t *testing.T) {
	p := open(t, Options{})
	channels := []string{"plain", "Capitals", `a "quoted" one; DROP TABLE x`, strings.Repeat("ä", 31) + "b"}
	l := listen(t, p, ListenOptions{}, channels...)
	long := strings.Repeat("x", 7900)
	for i := range 50 {
		for _, c := range channels {
			notify(t, p, c, long[:i*158]+strconv.Itoa(i))
		}
	}
	notify(t, p, "capitals", "of another channel")
	for i := range 50 {
		for _, c := range channels {
			if n := next(t, l); n.Channel != c || n.Payload != long[:i*158]+strconv.Itoa(i) || n.Gap != nil || n.Process == 0 {
				t.Fatalf("%d on %q: got %+v", i, c, n)
			}
		}
	}
	for _, bad := range [][]string{nil, {""}, {"a\x00b"}, {strings.Repeat("ä", 32)}} {
		if _, err := p.Listen(context.Background(), ListenOptions{}, bad...); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if _, err := p.Listen(context.Background(), ListenOptions{QueueMax: 1}, "a"); err == nil {
		t.Error("a queue of one is taken")
	}
}

// listeners counts the backends that listen on a channel.
func listeners(p *Pool, s *Stmt, channel string) (int, error) {
	return one[int](context.Background(), p, Read, s, `LISTEN "`+channel+`";`)
}

// A backend that ends, whether it is killed alone or with its server, is a gap, and what is notified after that arrives.
func TestListenThroughRestarts(t *testing.T) {
	server, err := pgtest.Start(pgtest.Options{})
	pgtest.Require(t, err)
	t.Cleanup(server.Stop)
	p := pool(t, server.URL(), Options{})
	l := listen(t, p, ListenOptions{}, "news")
	disturbances := map[string]func() error{
		"terminated": func() error {
			r, err := p.Query(context.Background(), Write, statement(t, p, "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%'"), nil)
			if err == nil {
				if r.Len() != 1 {
					err = fmt.Errorf("%d backends were terminated", r.Len())
				}
				r.Release()
			}
			return err
		},
		"restarted": func() error { return errors.Join(server.Shutdown(syscall.SIGINT), server.Restart()) },
		"crashed":   func() error { return errors.Join(server.Shutdown(syscall.SIGKILL), server.Restart()) },
	}
	for name, disturb := range disturbances {
		notify(t, p, "news", "before")
		if n := next(t, l); n.Payload != "before" {
			t.Fatalf("%s: %+v", name, n)
		}
		if err := disturb(); err != nil {
			t.Fatal(name, err)
		}
		if n := next(t, l); n.Gap == nil {
			t.Fatalf("%s: want a gap, got %+v", name, n)
		}
		eventually(t, func() error { // the pool's connections have ended, too
			r, err := p.Query(context.Background(), Write, statement(t, p, "select pg_notify('news', 'after')::text"), nil)
			if err == nil {
				r.Release()
			}
			return err
		})
		if n := next(t, l); n.Payload != "after" {
			t.Fatalf("%s: %+v", name, n)
		}
	}
}

// Who takes too slowly loses the oldest, and is told.
func TestListenOverflow(t *testing.T) {
	p := open(t, Options{})
	l := listen(t, p, ListenOptions{QueueMax: 8}, "flood")
	r, err := p.Query(context.Background(), Write, statement(t, p, "select pg_notify('flood', i::text)::text from generate_series(1, 1000) i"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Release()
	last := 0
	gaps := 0
	for last < 1000 {
		n := next(t, l)
		if n.Gap != nil {
			if n.Gap != ErrOverflow {
				t.Fatal(n.Gap)
			}
			gaps++
			continue
		}
		i, err := strconv.Atoi(n.Payload)
		if err != nil || i <= last || (i != last+1 && gaps == 0) {
			t.Fatalf("%q after %d and %d gaps", n.Payload, last, gaps)
		}
		last = i
		time.Sleep(time.Millisecond) // slower than they come
	}
	if gaps == 0 {
		t.Error("1000 notifications passed through a queue of 8 without a gap")
	}
}

// The queue never holds more than it may, and what is left of it is the newest, behind a gap.
func TestListenQueue(t *testing.T) {
	l := &Listener{o: ListenOptions{QueueMax: 4}, wake: make(chan struct{}, 1)}
	for i := range 100 {
		l.push(Notification{Payload: strconv.Itoa(i)})
		if len(l.queue) > 4 {
			t.Fatalf("%d wait", len(l.queue))
		}
		if i == 3 && l.queue[0].Gap != nil || i == 4 && l.queue[0].Gap == nil {
			t.Fatalf("%d: %+v", i, l.queue)
		}
	}
	if n, _ := l.pop(); n.Gap != ErrOverflow {
		t.Errorf("%+v", n)
	}
	for n, ok := l.pop(); ok; n, ok = l.pop() {
		if i, _ := strconv.Atoi(n.Payload); i < 96 || n.Gap != nil {
			t.Errorf("%+v", n)
		}
	}
}

// A context, Close and the pool's end each end a listener, and its connection with it.
func TestListenEnds(t *testing.T) {
	p := open(t, Options{})
	count := statement(t, p, "select count(*) from pg_stat_activity where query = $1")
	q := open(t, Options{})
	tired := errors.New("tired")
	for name, end := range map[string]func(*Listener, context.CancelCauseFunc) error{
		"context": func(_ *Listener, cancel context.CancelCauseFunc) error { cancel(tired); return tired },
		"close":   func(l *Listener, _ context.CancelCauseFunc) error { l.Close(); return ErrClosed },
		"pool":    func(*Listener, context.CancelCauseFunc) error { q.Close(); return ErrClosed },
	} {
		if name == "pool" && q.isClosed() {
			t.Fatal("the pool is closed already")
		}
		source := q
		if name != "pool" {
			source = p
		}
		ctx, cancel := context.WithCancelCause(context.Background())
		l, err := source.Listen(ctx, ListenOptions{}, "end"+name)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := listeners(p, count, "end"+name); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		want := end(l, cancel)
		for _, err := range l.All(context.Background()) {
			if err != want {
				t.Errorf("%s: ended with %v", name, err)
			}
		}
		eventually(t, func() error {
			n, err := listeners(p, count, "end"+name)
			if err == nil && n != 0 {
				err = fmt.Errorf("%s: %d still listen", name, n)
			}
			return err
		})
		cancel(nil)
	}
	l := listen(t, p, ListenOptions{}, "own")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(tired)
	if _, err := l.Next(ctx); err != tired {
		t.Errorf("Next ended with %v", err)
	}
}

// A connection that the network swallows is noticed by its silence. One that is only quiet stays.
func TestListenHeartbeat(t *testing.T) {
	proxy := pgtest.NewProxy(t, pgtest.Shared(t))
	p := pool(t, pgtest.Shared(t).URL(), Options{})
	through := pool(t, proxy.URL(), Options{})
	l := listen(t, through, ListenOptions{Heartbeat: 50 * time.Millisecond}, "pulse")
	var hole pgtest.Faults
	for try := 0; hole.HoleAfter == 0; try++ { // some heartbeats pass; a machine that is busy may miss one
		if try == 100 {
			t.Fatal("a quiet connection does not stay")
		}
		time.Sleep(200 * time.Millisecond)
		notify(t, p, "pulse", "quiet")
		if n := next(t, l); n.Gap == nil {
			hole.HoleAfter = 1000
		}
	}
	proxy.Set(hole)
	proxy.ResetAll()
	eventually(t, func() error { // over and over, it connects, hears nothing, and gives up
		if n := next(t, l); n.Gap == nil || !errors.Is(n.Gap, context.DeadlineExceeded) && !strings.Contains(n.Gap.Error(), "timeout") {
			return fmt.Errorf("%+v", n)
		}
		return nil
	})
	proxy.Set(pgtest.Faults{})
	proxy.ResetAll()
	eventually(t, func() error {
		notify(t, p, "pulse", "back")
		if n := next(t, l); n.Payload != "back" {
			return fmt.Errorf("%+v", n)
		}
		return nil
	})
}

// FuzzListen feeds a listener whatever comes, in pieces.
func FuzzListen(f *testing.F) {
	note := serverMessage(wire.NotificationResponse, "\x00\x00\x00\x01news\x00hello\x00")
	f.Add([]byte(note+msgReady+note), uint8(3))
	f.Add([]byte(msgFail), uint8(1))
	f.Fuzz(func(t *testing.T, input []byte, step uint8) {
		l := &Listener{o: ListenOptions{QueueMax: 4}, wake: make(chan struct{}, 1), names: map[string]string{"news": "news"}}
		buf, filled := make([]byte, 16), 0
		for len(input) > 0 {
			n := copy(buf[filled:], input[:min(len(input), int(step)+1)])
			if n == 0 {
				t.Fatal("no room is left for what comes")
			}
			input = input[n:]
			var err error
			if buf, filled, err = l.consume(buf, filled+n); err != nil {
				return
			}
			if len(buf) > notificationBytesMax || len(l.queue) > 4 {
				t.Fatalf("%d bytes, %d notifications", len(buf), len(l.queue))
			}
		}
	})
}
