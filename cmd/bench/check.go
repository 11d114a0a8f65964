package main

// bench check: our generator and wrk in turns against the same server. A
// generator that nobody checks measures itself.

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
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
  go run ./cmd/bench check -server covet -rounds 9 -d 2s -out docs/results/check.txt

The last one also writes every round as Go benchmarks are written, for the
claims ledger.
`

// agreement is how far apart the two may be.
const agreement = 0.10

func checkCommand(ctx context.Context, args []string, out, notes io.Writer) error {
	flags := newFlags("check", checkText, notes)
	name := flags.String("server", "nethttp", "which server to drive")
	rounds := flags.Int("rounds", 3, "rounds")
	duration := flags.Duration("d", time.Second, "time of each measurement, whole seconds for wrk's sake")
	path := flags.String("out", "", "file for every round, in the form of docs/results; none if empty")
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
	if *path == "" {
		return nil
	}
	text := checkFile(server.Name(), server.Version(), results.Command(append([]string{"check"}, args...)), pairs)
	return os.WriteFile(*path, []byte(text), 0o644)
}

// checkFile is what internal/claims takes into the ledger: nanoseconds per request, by either generator.
func checkFile(server, version, command string, pairs []runner.Pair) string {
	var b strings.Builder
	m := results.DescribeMachine()
	fmt.Fprintf(&b, "machine: %s, %d cores, %s %s, %s\n", m.CPU, m.Cores, m.OS, m.Kernel, m.Go)
	fmt.Fprintf(&b, "commit: %s\ndate: %s\ncommand: %s\n", results.Commit(), time.Now().UTC().Format(time.DateOnly), command)
	fmt.Fprintf(&b, "versions: the server is %s %s, wrk is %s\n", server, version, runner.WrkVersion())
	fmt.Fprintf(&b, "about: Generator: a second divided by the responses to our generator or to wrk, one thread each, in turns against the same process of the server on another core\n")
	for _, p := range pairs {
		fmt.Fprintf(&b, "note: depth %d, medians: with ours the generator was %.0f %% and the server %.0f %% busy, with wrk %.0f %% and %.0f %%: %s\n", p.Pipeline,
			100*p.GeneratorBusy(p.Ours), 100*p.ServerBusy(p.Ours), 100*p.GeneratorBusy(p.Wrk), 100*p.ServerBusy(p.Wrk),
			cmp.Or(p.Why(results.Median(p.Ratios()), agreement), "they agree"))
	}
	for _, p := range pairs {
		for i := range p.Ours {
			name := fmt.Sprintf("BenchmarkGenerator/%s-depth%d", server, p.Pipeline)
			fmt.Fprintf(&b, "%s/ours\t1\t%.1f ns/op\t- allocs/op\n%s/wrk\t1\t%.1f ns/op\t- allocs/op\n", name, 1e9/p.Ours[i].PerSecond, name, 1e9/p.Wrk[i].PerSecond)
		}
	}
	return b.String()
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
