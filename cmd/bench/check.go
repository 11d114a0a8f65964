package main

// bench check: our generator and wrk in turns against the same server. A
// generator that nobody checks measures itself.

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/covetgo/covet/compare/rivals"

	"github.com/covetgo/covet/cmd/bench/internal/results"
	"github.com/covetgo/covet/cmd/bench/internal/runner"
)

const checkText = `
bench check drives one server with our generator and with wrk (Debian: apt-get
install wrk), in turns, on the same core, and compares requests per second. They
should agree within 10 %; where they do not, it says what each of them and the
server used, since that tells who was the limit.

  go run ./cmd/bench check
  go run ./cmd/bench check -server covet -rounds 5 -d 3s
`

// agreement is how far apart the two may be.
const agreement = 0.10

func checkCommand(ctx context.Context, args []string, out, notes io.Writer) error {
	flags := newFlags("check", checkText, notes)
	name := flags.String("server", "nethttp", "which server to drive")
	rounds := flags.Int("rounds", 3, "rounds")
	duration := flags.Duration("d", time.Second, "time of each measurement, whole seconds for wrk's sake")
	if err := parse(flags, args); err != nil {
		return err
	}
	server, err := rivals.Lookup(*name)
	if err != nil {
		return err
	}
	pairs, err := runner.CheckGenerator(ctx, server, max(*rounds, 1), max(*duration, time.Second), notes)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		printPair(out, server.Name(), &p)
	}
	return nil
}

func printPair(out io.Writer, server string, p *runner.Pair) {
	ratios := p.Ratios()
	ratio, spread := results.Median(ratios), results.SpreadOf(ratios)
	fmt.Fprintf(out, "\n%s, %d connections, pipeline %d\n", server, p.Connections, p.Pipeline)
	fmt.Fprintf(out, "  ours  %9.0f requests/s, %3.0f %% of its core, server %3.0f %%\n", p.Median(p.Ours), 100*p.GeneratorBusy(p.Ours), 100*p.ServerBusy(p.Ours))
	fmt.Fprintf(out, "  wrk   %9.0f requests/s, %3.0f %% of its core, server %3.0f %%\n", p.Median(p.Wrk), 100*p.GeneratorBusy(p.Wrk), 100*p.ServerBusy(p.Wrk))
	fmt.Fprintf(out, "  ours over wrk: %.3f (rounds from %.3f to %.3f): %s\n", ratio, spread.Min, spread.Max,
		cmp.Or(p.Why(ratio, agreement), "they agree"))
}
