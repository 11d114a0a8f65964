package netpoll_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/covetgo/covet/netpoll"
)

// What is not in the conformance suite: addresses, ends, and a client that is gone is not one that has only finished.
func TestMemory(t *testing.T) {
	ln := netpoll.NewMemory()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ln.Dial(ended, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Dial that nobody waits for: %v", err)
	}
	accepted := make(chan net.Conn, 1)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- conn
		}
	}()
	remote := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 7}
	for _, c := range []struct {
		given net.Addr
		want  string
	}{{remote, "192.0.2.1:7"}, {nil, "pipe"}} {
		client, err := ln.Dial(t.Context(), c.given)
		if err != nil {
			t.Fatal(err)
		}
		server := <-accepted
		if got := server.RemoteAddr().String(); got != c.want {
			t.Errorf("RemoteAddr %q, want %q", got, c.want)
		}
		client.Close()
		if n, err := server.Read(make([]byte, 1)); n != 0 || err != io.ErrClosedPipe {
			t.Errorf("after the client's end: %d, %v", n, err)
		}
	}
	ln.Close()
	ln.Close()
	if _, open := <-accepted; open {
		t.Error("Accept goes on after Close")
	}
	if _, err := ln.Dial(t.Context(), nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Dial after Close: %v", err)
	}
}
