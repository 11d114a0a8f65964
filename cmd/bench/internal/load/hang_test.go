package load

// A connection that is kept open and never answered: the others go on, so no rate
// shows it, and nothing is closed, so no error comes by itself.

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

// forgetful answers the first of its connections and forgets the others, as a server does that loses their wake-ups.
func forgetful() http.HandlerFunc {
	var mu sync.Mutex
	favourite := ""
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		if favourite == "" {
			favourite = r.RemoteAddr
		}
		served := favourite == r.RemoteAddr
		mu.Unlock()
		if !served {
			<-r.Context().Done()
			return
		}
		hello(w, r)
	}
}

func TestHangingConnections(t *testing.T) {
	closed, open, deep := stream(4), stream(4), stream(4)
	open.Rate = 400
	deep.Pipeline = 3
	for name, s := range map[string]Stream{"closed": closed, "open": open, "pipelined": deep} {
		for worker, run := range map[string]func(*testing.T, Config) []Result{"worker": run, "portable": portable} {
			t.Run(name+"/"+worker, func(t *testing.T) {
				t.Parallel()
				config := Config{Addr: serve(t, forgetful()), Streams: []Stream{s}, Threads: 1, patience: 300 * time.Millisecond}
				result := run(t, config)[0]
				if result.Errors.Count[ErrorUnanswered] == 0 || result.Failure() == nil {
					t.Errorf("three of four connections hang: %d responses, errors %+v", result.Responses, result.Errors)
				}
			})
		}
	}
}

// TestSlowAnswersAreWaitedFor: what is outstanding when the window shuts has its time, and nothing new is sent meanwhile.
func TestSlowAnswersAreWaitedFor(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(2 * measureTime)
		hello(w, r)
	}
	for worker, run := range map[string]func(*testing.T, Config) []Result{"worker": run, "portable": portable} {
		result := run(t, Config{Addr: serve(t, slow), Streams: []Stream{stream(3)}, Threads: 1})[0]
		if n := result.Errors.Total(); n > 0 {
			t.Errorf("%s: slow answers are errors: %+v", worker, result.Errors)
		}
	}
}
