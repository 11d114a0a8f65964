package soak

// Each kind of traffic against a server that does it right, and against ones that
// do not; whole soaks are run beside the command.

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/compare"
)

// right serves the measured routes with net/http.
func right(w http.ResponseWriter, r *http.Request) {
	switch id, isUser := strings.CutPrefix(r.URL.Path, "/user/"); {
	case isUser:
		io.WriteString(w, id)
	case r.URL.Path == "/plaintext":
		io.WriteString(w, compare.PlaintextBody)
	case r.URL.Path == "/echo":
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	case r.URL.Path == "/slow":
		io.WriteString(w, compare.DoneBody)
	}
}

func newClient(t *testing.T, h http.HandlerFunc) *client {
	server := httptest.NewServer(h)
	c := &client{addr: server.Listener.Addr().String(), random: rand.New(rand.NewPCG(1, 2))}
	t.Cleanup(func() { c.drop(); server.Close() })
	return c
}

// answersOf is how many responses a step of each kind brings.
var answersOf = map[string]int{
	"plaintext": 1, "param": 1, "echo": 1, "chunked": 1, "pipelined": pipelineDepth, "churn": churnRequests,
	"slow": 1, "half-close": 1, "reset": 0, "malformed": 1,
}

func TestRightAnswersAreTaken(t *testing.T) {
	for _, k := range kinds {
		c := newClient(t, right)
		for range 5 {
			if answers, err := k.step(c); err != nil || answers != answersOf[k.name] {
				t.Errorf("%s: %d answers, %v", k.name, answers, err)
			}
		}
	}
}

// TestWrongAnswersAreSeen: by every kind that takes answers at all.
func TestWrongAnswersAreSeen(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"another body": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "wrong") },
		"an error":     http.NotFound,
		"an early end": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "half")
		},
		"nothing": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		for _, k := range kinds {
			if k.name == "reset" || k.name == "malformed" { // no handler is asked
				continue
			}
			if _, err := k.step(newClient(t, h)); err == nil {
				t.Errorf("%s: %s is no error", k.name, name)
			}
		}
	}
}

// raw answers every connection with the same bytes and ends it.
func raw(w http.ResponseWriter, text string) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	fmt.Fprint(conn, text)
	conn.Close()
}

func TestWhatComesBehindTheLastAnswerIsSeen(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" + compare.PlaintextBody
	for text, wrong := range map[string]bool{ok: false, ok + "more": true, ok + ok: true} {
		c := newClient(t, func(w http.ResponseWriter, _ *http.Request) { raw(w, text) })
		if _, err := halfClose(c); (err != nil) != wrong {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSharesAreWhole(t *testing.T) {
	sum := 0.0
	for _, k := range kinds {
		sum += k.share
		if k.workers < 1 || answersOf[k.name] == 0 && k.name != "reset" {
			t.Errorf("%s: %d workers", k.name, k.workers)
		}
		// At the lowest rate a kept connection must not idle for as long as servers wait.
		if gap := float64(k.workers) / (RateMin * k.share); gap > 20 {
			t.Errorf("%s: %g s between two steps at the lowest rate", k.name, gap)
		}
	}
	if sum < 0.999 || sum > 1.001 {
		t.Errorf("the shares add up to %g", sum)
	}
}

func TestSlope(t *testing.T) {
	var grows, flat []Sample
	for i := range 100 {
		at := float64(i) * 5
		noise := int64(i%2) * 1000
		if i < 25 {
			noise = 1 << 30 // while it settles
		}
		grows = append(grows, Sample{Seconds: at, RSS: int64(at)*10 + noise})
		flat = append(flat, Sample{Seconds: at, RSS: 5000 + noise})
	}
	if got := slope(grows); got < 35_500 || got > 36_500 {
		t.Errorf("10 bytes per second are %g per hour", got)
	}
	if got := slope(flat); got < -500 || got > 500 {
		t.Errorf("no growth is %g", got)
	}
	for _, few := range [][]Sample{nil, grows[:1], {{}, {}}} {
		if got := slope(few); got != 0 {
			t.Errorf("%d samples have the slope %g", len(few), got)
		}
	}
}

func TestLeftOver(t *testing.T) {
	before := Sample{Descriptors: 10, Goroutines: 5}
	for after, want := range map[Sample]int{
		{Descriptors: 10 + descriptorsSpare, Goroutines: 5 + goroutinesSpare}:     0,
		{Descriptors: 10 + descriptorsSpare + 1, Goroutines: 5}:                   1,
		{Descriptors: 10 + descriptorsSpare + 1, Goroutines: 6 + goroutinesSpare}: 2,
		{}: 0, // a platform that does not tell
	} {
		if got := leftOver(before, after); len(got) != want {
			t.Errorf("%+v: %q", after, got)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []Config{
		{Rate: RateMin - 1, Duration: time.Second, Every: time.Second},
		{Rate: RateMin, Every: time.Second},
		{Rate: RateMin, Duration: time.Second},
	} {
		if c.Check() == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
