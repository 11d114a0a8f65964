package pg

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"testing"

	"github.com/covetgo/covet/internal/pgtest"
	"github.com/covetgo/covet/sqlcore/wire"
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

// A cancel request goes where the session goes, whatever the host's name leads to by then: numbers of sessions mean
// something else to another server.
func TestCancelGoesToTheSameServer(t *testing.T) {
	server := pgtest.Shared(t)
	for _, words := range []string{"sslmode=disable", "sslmode=require"} {
		t.Run(words, func(t *testing.T) {
			p, err := Open(context.Background(), config(t, server.SocketDSN()+" host=127.0.0.1 "+words), Options{PinnedConns: 1})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.Close)
			s, err := p.Acquire(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Release()
			stranger, err := net.Listen("tcp", net.JoinHostPort("127.0.0.2", strconv.Itoa(int(s.c.session.host.Port))))
			if err != nil {
				t.Skip("this system has one loopback address only:", err)
			}
			defer stranger.Close()
			s.c.session.host.Name = "127.0.0.2" // as if the name had another address now
			ctx, cancel := context.WithCancel(context.Background())
			context.AfterFunc(t.Context(), cancel)
			stop := make(chan struct{})
			go func() {
				defer close(stop)
				running := statement(t, p, "select count(*) from pg_stat_activity where query = 'SELECT pg_sleep(601)' and state = 'active' and pid <> pg_backend_pid()")
				for n := 0; n == 0; {
					var err error
					if n, err = one[int](context.Background(), p, Read, running); err != nil {
						break
					}
				}
				cancel()
			}()
			if _, err := s.Script(ctx, "SELECT pg_sleep(601)"); !IsCode(err, codeCanceled) {
				t.Fatal("it was not cancelled:", err)
			}
			<-stop
			_ = stranger.(*net.TCPListener).SetDeadline(inThePast)
			if nc, err := stranger.Accept(); err == nil {
				t.Error("somebody else was asked", nc.Close())
			}
		})
	}
}

// Where sslmode takes a plain session, too, a server that has ceased to offer TLS is asked without; elsewhere it is not.
func TestCancelWithoutTLS(t *testing.T) {
	for mode, want := range map[string]bool{"prefer": true, "allow": true, "require": false} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		asked := make(chan bool, 1)
		go func() {
			defer close(asked)
			if own, err := l.Accept(); err == nil { // the session's own
				defer own.Close()
			}
			for {
				nc, err := l.Accept()
				if err != nil {
					return
				}
				var request [16]byte
				if n, _ := io.ReadAtLeast(nc, request[:], 8); n == 16 {
					asked <- true
				}
				_, _ = nc.Write([]byte("N")) // to SSLRequest
				_ = nc.Close()
			}
		}()
		nc, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conf := config(t, "host=db.example user=u sslmode="+mode)
		s := &session{nc: nc, host: conf.Hosts[0], secured: true, key: wire.Key{Process: 1, Secret: 2}}
		err = (&dialer{conf: conf}).cancel(t.Context(), s)
		_ = nc.Close()
		_ = l.Close()
		if got := <-asked; got != want || want != (err == nil) {
			t.Errorf("sslmode=%s: asked in the clear: %v, %v, want %v", mode, got, err, want)
		}
	}
}
