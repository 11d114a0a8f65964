package testkit_test

import (
	"bytes"
	"errors"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/testkit"
	"github.com/covetgo/covet/netpoll"
)

// recorder echoes, and writes down what the loop tells it.
type recorder struct {
	loop    *netpoll.Loop
	pending map[netpoll.Sock][]byte
	log     []string
	err     error
}

func (r *recorder) say(what string) { r.log = append(r.log, what) }

func (r *recorder) Open(netpoll.Sock) { r.say("open") }
func (r *recorder) Data(s netpoll.Sock, p []byte) {
	r.say("data " + string(p[:min(8, len(p))]))
	r.pending[s] = append(r.pending[s], p...)
	r.Writable(s)
}
func (r *recorder) Writable(s netpoll.Sock) {
	n, _ := r.loop.Send(s, r.pending[s])
	if r.pending[s] = r.pending[s][n:]; len(r.pending[s]) > 0 {
		r.loop.Watch(s, netpoll.Readable|netpoll.Writable)
	} else {
		r.loop.Watch(s, netpoll.Readable)
	}
}
func (r *recorder) EOF(s netpoll.Sock)     { r.say("eof"); r.loop.Close(s) }
func (r *recorder) Expired(s netpoll.Sock) { r.say("expired"); r.loop.Close(s) }
func (r *recorder) Taken([]byte)           {}
func (r *recorder) Closed(s netpoll.Sock, err error) {
	r.say("closed")
	r.err = err
	delete(r.pending, s)
}

func serve(t *testing.T, k *testkit.Kernel) *recorder {
	t.Helper()
	var r *recorder
	g, err := netpoll.Open(netpoll.Config{Loops: 1, Backend: k.Backend(), FirstByte: 5 * time.Second,
		NewHandler: func(l *netpoll.Loop) netpoll.Handler {
			r = &recorder{loop: l, pending: map[netpoll.Sock][]byte{}}
			return r
		}})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Listen(k.Listener()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.Close()
		if n := k.Open(); n != 0 {
			t.Errorf("%d sockets were left open", n)
		}
	})
	return r
}

func TestChaosChangesNoByte(t *testing.T) {
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1000)
	testkit.Seeds(t, 20, func(t *testing.T, k *testkit.Kernel) {
		k.Chaos()
		serve(t, k)
		a, b := k.Dial(), k.Dial()
		a.Write(sent)
		b.Write(sent[:100])
		for _, c := range []struct {
			*testkit.Client
			n int
		}{{a, len(sent)}, {b, 100}} {
			if got, err := c.ReadN(c.n); err != nil || !bytes.Equal(got, sent[:c.n]) {
				t.Fatalf("got %d bytes back, %v; want %d, the same", len(got), err, c.n)
			}
		}
	})
}

func TestSameSeedSameSplits(t *testing.T) {
	run := func(seed uint64) []string {
		k := testkit.New(seed)
		k.Chaos()
		r := serve(t, k)
		c := k.Dial()
		k.Rest()
		c.WriteString("the quick brown fox jumps over the lazy dog and on it goes for a while longer than that")
		k.Rest()
		return r.log
	}
	a, b := run(7), run(7)
	if len(a) < 3 {
		t.Fatalf("nothing was split: %q", a)
	}
	if !bytes.Equal([]byte(join(a)), []byte(join(b))) {
		t.Errorf("two runs of one seed differ:\n%q\n%q", a, b)
	}
}

func join(log []string) (s string) {
	for _, l := range log {
		s += l + "\n"
	}
	return s
}

func TestScriptedFaults(t *testing.T) {
	check := func(name string, f testkit.Faults, talk func(*testing.T, *testkit.Kernel, *testkit.Client), want string, wantErr error) {
		t.Run(name, func(t *testing.T) {
			k := testkit.New(1)
			k.SetFaults(f)
			r := serve(t, k)
			c := k.Dial()
			talk(t, k, c)
			k.Rest()
			if got := join(r.log); got != want || !errors.Is(r.err, wantErr) {
				t.Errorf("the handler heard\n%swant\n%sand the error was %v, want %v", got, want, r.err, wantErr)
			}
		})
	}
	write := func(s string) func(*testing.T, *testkit.Kernel, *testkit.Client) {
		return func(_ *testing.T, _ *testkit.Kernel, c *testkit.Client) { c.WriteString(s) }
	}
	check("every byte", testkit.Faults{RecvBytesMax: 1}, write("abc"), "open\ndata a\ndata b\ndata c\n", nil)
	check("reset while receiving", testkit.Faults{ResetAfterRecvBytes: 2}, write("abc"), "open\ndata ab\nclosed\n", syscall.ECONNRESET)
	check("reset while sending", testkit.Faults{ResetAfterSendBytes: 2}, write("abc"), "open\ndata abc\nclosed\n", syscall.ECONNRESET)
	check("end", testkit.Faults{}, func(t *testing.T, _ *testkit.Kernel, c *testkit.Client) {
		c.WriteString("abc")
		c.CloseWrite()
		if got, err := c.ReadAll(); string(got) != "abc" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
	}, "open\ndata abc\neof\nclosed\n", nil)
	check("reset by the client", testkit.Faults{}, func(_ *testing.T, k *testkit.Kernel, c *testkit.Client) {
		c.WriteString("abc")
		k.Rest()
		c.Reset()
	}, "open\ndata abc\nclosed\n", syscall.ECONNRESET)
	check("silence", testkit.Faults{}, func(t *testing.T, k *testkit.Kernel, c *testkit.Client) {
		k.Rest()
		k.Advance(4900 * time.Millisecond)
		if c.Closed() {
			t.Error("closed before its deadline")
		}
		k.Advance(350 * time.Millisecond)
	}, "open\nexpired\nclosed\n", nil)
	check("a client that does not read", testkit.Faults{Stalled: true}, func(t *testing.T, k *testkit.Kernel, c *testkit.Client) {
		c.WriteString("abc")
		k.Rest()
		if got := c.Buffered(); len(got) != 0 {
			t.Errorf("a stalled client got %q", got)
		}
		c.Resume()
		if got, err := c.ReadN(3); string(got) != "abc" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
	}, "open\ndata abc\n", nil)
}

func TestUnreadBytesTurnCloseIntoReset(t *testing.T) {
	k := testkit.New(1)
	k.SetFaults(testkit.Faults{RecvBytesMax: 1})
	r := serve(t, k)
	c := k.Dial()
	k.Rest()
	r.loop.Post(&netpoll.Task{Run: func() {
		c.WriteString("abc")
		r.loop.Each(r.loop.Close)
	}})
	if _, err := c.ReadAll(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read: %v, want a reset", err)
	}
	if _, err := c.Read(nil); err == io.EOF {
		t.Error("read: EOF after a reset")
	}
}
