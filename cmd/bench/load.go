package main

// bench load: the generator alone.

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/covetgo/covet/cmd/bench/internal/load"
)

const loadText = `
bench load drives any HTTP/1.1 server and counts, checks and times the responses.

  go run ./cmd/bench load -url http://127.0.0.1:8080/plaintext
  go run ./cmd/bench load -url http://127.0.0.1:8080/ -c 256 -d 10s -pipeline 16
  go run ./cmd/bench load -url http://127.0.0.1:8080/ -rate 20000 -d 30s

Without -rate it is a closed loop: every connection sends its next request when
the last response has come. That finds out how much a server can do; its
latencies flatter a slow server, which is asked less often. With -rate requests
are due at even distances whatever the server does, and latency is measured from
when a request was due: this is what users wait.

A response other than 2xx, or one that breaks HTTP's framing, is an error.
`

func loadCommand(ctx context.Context, args []string, out, notes io.Writer) error {
	flags := newFlags("load", loadText, notes)
	url := flags.String("url", "", "what to ask for: http://HOST:PORT/PATH (required)")
	connections := flags.Int("c", 64, "connections")
	duration := flags.Duration("d", 5*time.Second, "measured time")
	warm := flags.Duration("warm", 500*time.Millisecond, "warm-up before it")
	pipeline := flags.Int("pipeline", 1, "requests in flight per connection")
	rate := flags.Float64("rate", 0, "requests per second over all connections; 0 is a closed loop")
	threads := flags.Int("t", 1, "threads of the generator")
	perConnection := flags.Int("per-connection", 0, "requests before a connection is closed; 0 keeps it")
	body := flags.String("body", "", "body to POST; @FILE reads it from a file")
	if err := parse(flags, args); err != nil {
		return err
	}
	addr, request, err := load.ParseURL(*url)
	if err != nil {
		return fmt.Errorf("-url %w", err)
	}
	if request.Body, err = readBody(*body); err != nil {
		return err
	}
	run, err := load.Start(load.Config{Addr: addr, Threads: *threads, Streams: []load.Stream{{
		Request: request, Connections: *connections, Pipeline: *pipeline, Rate: *rate, PerConnection: *perConnection,
	}}})
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { os.Exit(130) })
	defer stop()
	result := run.For(*warm, *duration)[0]
	printLoad(out, &result, *rate)
	return result.Failure()
}

func readBody(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	if text[0] == '@' {
		return os.ReadFile(text[1:])
	}
	return []byte(text), nil
}

func printLoad(out io.Writer, r *load.Result, rate float64) {
	fmt.Fprintf(out, "%d responses in %.2f s: %.0f requests/s\n", r.Responses, r.Seconds, r.Rate())
	h := &r.Latency
	fmt.Fprintf(out, "latency µs: p50 %.1f  p90 %.1f  p99 %.1f  p99.9 %.1f  max %.1f\n",
		h.Micros(50), h.Micros(90), h.Micros(99), h.Micros(99.9), h.Micros(100))
	if rate == 0 {
		fmt.Fprintln(out, "closed loop: read the rate, not the latency (-rate measures latency)")
		return
	}
	fmt.Fprintf(out, "open loop: %d requests were due, %d never got an answer; the generator was late by %.1f µs (p99)\n",
		r.Due, r.Unanswered, r.Lag.Micros(99))
}
