package httpcore_test

// The connection engine over a scripted kernel: the same conversation with
// every kind of split, noise and break, each from a seed that names itself.

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/internal/testkit"
)

// conversation has one of everything that changes a connection's phase.
var conversation = get +
	"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" +
	"\r\n" + get +
	"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwor\r\n2;x=\"y\"\r\nld\r\n0\r\nT: v\r\n\r\n" +
	"GET /away/1 HTTP/1.1\r\nHost: a\r\n\r\n" +
	"GET /away/2 HTTP/1.1\r\nHost: a\r\n\r\n" +
	"HEAD /user/9 HTTP/1.1\r\nHost: a\r\n\r\n" +
	"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n" + repeat("0123456789", 200) +
	"PUT /none HTTP/1.1\r\nHost: a\r\n\r\n" +
	"GET /user/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

// gate is what handlers of /gate wait for.
var gate atomic.Pointer[chan struct{}]

// onKernel serves an app on a scripted kernel until the test ends, and checks
// then that every connection gave back what it had borrowed.
func onKernel(t *testing.T, k *testkit.Kernel, cfg httpcore.Config) *httpcore.App {
	t.Helper()
	cfg.Backend = k.Backend()
	app := newApp(cfg)
	app.Get("/away/{n}", func(c *httpcore.Ctx) error { return c.Bytes("text/plain", c.Param("n")) }, httpcore.Blocking())
	abort := func(*httpcore.Ctx) error { return httpcore.ErrAbort }
	app.Get("/abort", abort, httpcore.Inline())
	app.Get("/away/abort", abort, httpcore.Blocking())
	app.Get("/gate", func(c *httpcore.Ctx) error { <-*gate.Load(); return nil }, httpcore.Blocking())
	served := make(chan error, 1)
	go func() { served <- app.Serve(k.Listener()) }()
	probe := k.Dial() // once it is answered, all loops are there
	probe.WriteString("GET /plaintext HTTP/1.0\r\n\r\n")
	if _, err := probe.ReadAll(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		app.Shutdown(ctx) // cuts off what a broken conversation left half-done
		if err := <-served; err != httpcore.ErrServerClosed {
			t.Errorf("Serve: %v", err)
		}
		if n := app.Borrowed(); n != 0 {
			t.Errorf("%d buffers were not given back", n)
		}
	})
	return app
}

// rest waits for the loops to be at rest, and for handlers that are off them.
func rest(t *testing.T, k *testkit.Kernel, app *httpcore.App) {
	t.Helper()
	k.Rest()
	eventually(t, "no handler runs", func() bool { return app.Stats().OffLoop == 0 })
	k.Rest()
}

// without100 drops interim responses: whether they are sent depends on when
// the body comes.
func without100(s string) string { return strings.ReplaceAll(s, "HTTP/1.1 100 Continue\r\n\r\n", "") }

// answersTo is what the server says on a connection without faults.
func answersTo(t *testing.T, in string) string {
	t.Helper()
	var out string
	t.Run("plain", func(t *testing.T) {
		k := testkit.New(1)
		onKernel(t, k, httpcore.Config{})
		c := k.Dial()
		c.WriteString(in)
		b, err := c.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		out = without100(string(b))
	})
	if n := strings.Count(out, "HTTP/1.1 "); n != 10 {
		t.Fatalf("%d responses, want 10:\n%s", n, out)
	}
	return out
}

// TestChaos: splits, short sends, spurious and stale events change nothing.
func TestChaos(t *testing.T) {
	want := answersTo(t, conversation)
	testkit.Seeds(t, 50, func(t *testing.T, k *testkit.Kernel) {
		onKernel(t, k, httpcore.Config{Loops: 2})
		k.Chaos()
		for range 4 {
			c := k.Dial()
			defer func() {
				got, err := c.ReadAll()
				if err != nil || without100(string(got)) != want {
					t.Errorf("%v; got\n%s\nwant\n%s", err, got, want)
				}
			}()
			c.WriteString(conversation)
		}
	})
}

// TestOneByteAtATime in both directions.
func TestOneByteAtATime(t *testing.T) {
	want := answersTo(t, conversation)
	k := testkit.New(1)
	onKernel(t, k, httpcore.Config{})
	k.SetFaults(testkit.Faults{RecvBytesMax: 1, SendBytesMax: 1})
	c := k.Dial()
	c.WriteString(conversation)
	if got, err := c.ReadAll(); err != nil || without100(string(got)) != want {
		t.Errorf("%v; got\n%s", err, got)
	}
}

// TestResetAtEveryByte of what the server receives and sends: it goes on for
// others, and gives everything back.
func TestResetAtEveryByte(t *testing.T) {
	want := answersTo(t, conversation)
	k := testkit.New(1)
	onKernel(t, k, httpcore.Config{})
	for cut := 1; cut <= len(conversation); cut++ {
		k.SetFaults(testkit.Faults{ResetAfterRecvBytes: cut, RecvBytesMax: 100})
		k.Dial().WriteString(conversation)
	}
	for cut := 1; cut <= len(want); cut += 3 { // most bytes are content
		k.SetFaults(testkit.Faults{ResetAfterSendBytes: cut, RecvSplit: true, SendSplit: true})
		k.Dial().WriteString(conversation)
	}
	k.SetFaults(testkit.Faults{})
	c := k.Dial()
	c.WriteString(conversation)
	if got, err := c.ReadAll(); err != nil || without100(string(got)) != want {
		t.Errorf("a sound connection after broken ones: %v; got\n%s", err, got)
	}
}

// TestHalfCloseAtEveryByte: whole requests before the FIN are answered, and
// then the connection ends.
func TestHalfCloseAtEveryByte(t *testing.T) {
	in := get + "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + "GET /away/1 HTTP/1.1\r\nHost: a\r\n\r\n"
	ends := []int{len(get), strings.Index(in, "hello") + 5, len(in)}
	k := testkit.New(1)
	onKernel(t, k, httpcore.Config{})
	for cut := range len(in) + 1 {
		c := k.Dial()
		c.WriteString(in[:cut])
		c.CloseWrite()
		got, err := c.ReadAll()
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		want := 0
		for _, end := range ends {
			if cut >= end {
				want++
			}
		}
		if n := strings.Count(string(got), "HTTP/1.1 200"); n != want {
			t.Fatalf("cut at %d: %d responses, want %d:\n%s", cut, n, want, got)
		}
	}
}

// TestDeadlines on a clock that the test moves.
func TestDeadlines(t *testing.T) {
	limits := httpcore.Limits{
		HeadTimeout: 10 * time.Second, BodyTimeout: 20 * time.Second, IdleTimeout: 30 * time.Second,
		WriteTimeout: 40 * time.Second, LingerTimeout: 2 * time.Second,
	}
	tick := 500 * time.Millisecond // two of netpoll's: expiry is late by up to one
	for _, c := range []struct {
		name, in string
		after    time.Duration
		answer   string // at the end, beyond what is there before
		stalled  bool
	}{
		{"silent", "", limits.HeadTimeout, "", false},
		{"head", "GET /plain", limits.HeadTimeout, "HTTP/1.1 408 ", false},
		{"body", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell", limits.BodyTimeout, "HTTP/1.1 408 ", false},
		{"chunks", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell", limits.BodyTimeout, "HTTP/1.1 408 ", false},
		{"idle", get, limits.IdleTimeout, "", false},
		{"write", get, limits.WriteTimeout, "", true},
		{"linger", "bad\r\n\r\n", limits.LingerTimeout, "", false},
		{"second head", get + "GET ", limits.HeadTimeout, "HTTP/1.1 408 ", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := testkit.New(1)
			app := onKernel(t, k, httpcore.Config{Limits: limits})
			k.SetFaults(testkit.Faults{Stalled: c.stalled})
			client := k.Dial()
			client.WriteString(c.in)
			rest(t, k, app)
			before := len(client.Buffered())
			k.Advance(c.after - tick)
			if client.Closed() || len(client.Buffered()) != before {
				t.Fatalf("ended early: closed %v, %q", client.Closed(), client.Buffered()[before:])
			}
			k.Advance(2 * tick)
			got := string(client.Buffered()[before:])
			if !strings.HasPrefix(got, c.answer) || c.answer == "" && got != "" {
				t.Errorf("last words %q, want %q", got, c.answer)
			}
			k.Advance(limits.LingerTimeout + tick)
			if !client.Closed() {
				t.Error("still open")
			}
		})
	}
}

// TestSlowBytesDoNotExtendAHead: the deadline counts from the first byte, so a
// client that sends one byte now and then (slowloris) gains nothing.
func TestSlowBytesDoNotExtendAHead(t *testing.T) {
	k := testkit.New(1)
	onKernel(t, k, httpcore.Config{Limits: httpcore.Limits{HeadTimeout: 10 * time.Second}})
	c := k.Dial()
	for i := range 12 {
		if c.Closed() || len(c.Buffered()) > 0 {
			if i < 10 {
				t.Fatalf("refused after %d s", i)
			}
			return
		}
		c.WriteString(get[i : i+1])
		k.Advance(time.Second)
	}
	if got := string(c.Buffered()); !strings.HasPrefix(got, "HTTP/1.1 408 ") {
		t.Errorf("after 12 s: %q", got)
	}
}

// TestShutdownInEveryPhase: Shutdown ends whatever a connection is doing.
func TestShutdownInEveryPhase(t *testing.T) {
	for cut := 0; cut <= len(conversation); cut += 7 {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			k := testkit.New(uint64(cut))
			k.Chaos()
			onKernel(t, k, httpcore.Config{Loops: 2})
			c := k.Dial()
			c.WriteString(conversation[:cut])
		})
	}
}

// TestRates: a body, and a reader, have their time and one second more for every
// so many bytes.
func TestRates(t *testing.T) {
	const rate = 100 // bytes per second
	limits := httpcore.Limits{BodyTimeout: 10 * time.Second, BodyBytesPerSecondMin: rate, WriteTimeout: 10 * time.Second, WriteBytesPerSecondMin: rate}
	newKernel := func(t *testing.T) (*testkit.Kernel, *httpcore.App) {
		k := testkit.New(1)
		app := onKernel(t, k, httpcore.Config{Limits: limits})
		return k, app
	}
	// trickle sends n bytes each second and returns after how many it was refused.
	trickle := func(k *testkit.Kernel, c *testkit.Client, framing func(string) string, n, seconds int) int {
		for i := range seconds {
			if c.Closed() || strings.Contains(string(c.Buffered()), "408") {
				return i
			}
			c.WriteString(framing(repeat("x", n)))
			k.Rest()
			k.Advance(time.Second)
		}
		return seconds
	}
	for _, c := range []struct {
		name, head string
		framing    func(string) string
	}{
		{"sized", "Content-Length: 4000\r\n\r\n", func(s string) string { return s }},
		{"chunked", "Transfer-Encoding: chunked\r\n\r\n", func(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, _ := newKernel(t)
			client := k.Dial()
			client.WriteString("POST /echo HTTP/1.1\r\nHost: a\r\n" + c.head)
			if n := trickle(k, client, c.framing, rate, 39); n != 39 {
				t.Errorf("a body at the least rate was refused after %d s", n)
			}
			client = k.Dial()
			client.WriteString("POST /echo HTTP/1.1\r\nHost: a\r\n" + c.head)
			// 10 s + n/10 bytes' worth: at a tenth of the rate it earns little.
			if n := trickle(k, client, c.framing, rate/10, 39); n < 10 || n > 14 {
				t.Errorf("a body at a tenth of the least rate was refused after %d s, want 11 or so", n)
			}
		})
	}
}

// TestTimeJumps: a clock that leaps, as after the machine was suspended, ends
// what is due and nothing else stops working.
func TestTimeJumps(t *testing.T) {
	k := testkit.New(1)
	app := onKernel(t, k, httpcore.Config{})
	for _, jump := range []time.Duration{time.Hour, 24 * time.Hour, 3 * 365 * 24 * time.Hour} {
		idle, half := k.Dial(), k.Dial()
		idle.WriteString(get)
		half.WriteString(get[:9])
		rest(t, k, app)
		k.Spend(jump)
		k.Rest()
		k.Advance(5 * time.Second)
		if !idle.Closed() || !half.Closed() || !strings.Contains(string(half.Buffered()), "408") {
			t.Errorf("after %v: closed %v and %v, %q", jump, idle.Closed(), half.Closed(), half.Buffered())
		}
		c := k.Dial()
		c.WriteString(strings.Replace(get, "Host", "Connection: close\r\nHost", 1))
		got, err := c.ReadAll()
		if want := k.Now().UTC().Format("Mon, 02 Jan 2006 15:04"); err != nil || !strings.Contains(string(got), "Date: "+want) {
			t.Errorf("after %v: %q, %v; want a Date of %s", jump, got, err, want)
		}
	}
}

// TestManyConnections are opened and dropped in every way, while one goes on.
func TestManyConnections(t *testing.T) {
	const conns, atOnce = 10_000, 500
	app := newApp(httpcore.Config{Loops: 2})
	addr := serve(t, app)
	steady := dial(t, addr)
	starts := []string{"", "GET", get[:20], get, get + get[:9], "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf", "nonsense\r\n\r\n"}
	for range conns / atOnce {
		var open []net.Conn
		for i := range atOnce {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			conn.Write([]byte(starts[i%len(starts)]))
			open = append(open, conn)
		}
		for i, conn := range open {
			if i%3 == 0 {
				conn.(*net.TCPConn).SetLinger(0) // a reset
			}
			conn.Close()
		}
		steady.send(get).answer().want(t, 200, "Hello, World!")
	}
	eventually(t, "all but one are gone", func() bool { return app.Stats().Conns == 1 })
	if s := app.Stats(); s.Accepted < conns {
		t.Errorf("%d connections were accepted, want %d at least", s.Accepted, conns)
	}
	if n := app.Borrowed(); n != 0 {
		t.Errorf("%d buffers were not given back", n)
	}
}
