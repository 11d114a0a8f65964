package main

// bench run: the measurement, its table and its files.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/covetgo/covet/compare/rivals"

	"github.com/covetgo/covet/cmd/bench/internal/report"
	"github.com/covetgo/covet/cmd/bench/internal/results"
	"github.com/covetgo/covet/cmd/bench/internal/runner"
)

const runText = `
bench measures HTTP servers on this machine and says how it did that.

  go run ./cmd/bench                          all servers, all scenarios, 5 rounds
  go run ./cmd/bench -quick                   fewer scenarios, 3 rounds, under a minute
  go run ./cmd/bench -servers covet,fasthttp -scenarios plaintext,rate70 -rounds 11 -d 2s

  go run ./cmd/bench -before FILE -servers covet -scenarios churn -rounds 20
                                              this build and another one, in turns
  go run ./cmd/bench -backends io_uring -servers covet -scenarios many,many-pipelined -rounds 20
                                              one backend and another one, in turns

Each server runs as a process of its own on one core, the generator on the
others. A round measures every server once in every scenario, each time in a
fresh process, in an order that rotates and turns around. The table shows medians over the rounds;
the files hold every round. With -rounds, the scenarios mixed and burn of all
kinds have fasthttp-procs, too: fasthttp with the GOMAXPROCS from 1 to 4 that
suits the fast route best, found before round 1.

Read first: requests per CPU-second, what one second of the server's processor
time pays for. It depends on load: where "server busy" is below 90 %%, batches were
smaller and it is understated. Then the ratio to the other servers in the same run. Requests per second are of this machine only.

It writes into -out: results.json (every value), report.md, report.html (charts,
one file, opens anywhere).

Other commands (each has -h): %s

Servers: %s
Scenarios:
%s`

func runCommand(ctx context.Context, args []string, out, notes io.Writer) error {
	flags := newFlags("run", fmt.Sprintf(runText, otherCommands(), strings.Join(rivals.Names(), ", "), scenarioList()), notes)
	var choice runner.Choice
	dir := flags.String("out", "bench-results", "folder for results.json, report.md and report.html")
	flags.BoolVar(&choice.Quick, "quick", false, "fewer scenarios and rounds: done in under a minute")
	flags.StringVar(&choice.Servers, "servers", "", "comma-separated names; all that can run here if empty")
	flags.StringVar(&choice.Scenarios, "scenarios", "", "comma-separated names; all but the extra ones if empty")
	flags.IntVar(&choice.Rounds, "rounds", 0, "rounds; 0 means 5, or 3 with -quick")
	flags.DurationVar(&choice.Measured, "d", 0, "measured time of each measurement; 0 means 0.25 s, or up to 0.25 s with -quick")
	flags.Float64Var(&choice.Rate, "rate", 0, "requests per second of scenario rate70; 0 means 70 % of what fasthttp can do here")
	flags.StringVar(&choice.Backend, "backend", "", "netpoll backend of covet; its own choice if empty")
	flags.StringVar(&choice.Backends, "backends", "", "comma-separated netpoll backends: covet on each of them takes part as a server of its own, such as covet-io_uring")
	flags.BoolVar(&choice.Hints, "hint", false, "tell covet that /slow and /cpu take long, instead of letting it find out")
	flags.StringVar(&choice.Before, "before", "", "another build of this program, whose covet takes part as the server \"before\"")
	if err := parse(flags, args); err != nil {
		return err
	}
	plan, err := runner.NewPlan(choice)
	if err != nil {
		return err
	}
	// Before the minutes of measuring, not after them.
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return fmt.Errorf("cannot write to %s: %w; choose another folder with -out", *dir, err)
	}
	for _, note := range plan.Notes {
		fmt.Fprintln(notes, "! "+note)
	}
	commit := results.Commit()
	if commit == "unknown" || strings.HasSuffix(commit, "-dirty") {
		fmt.Fprintln(notes, "! commit "+commit+": nobody else can check this code out, so these results cannot be published")
	}
	fmt.Fprintf(notes, "measuring for about %v; Ctrl-C stops\n", plan.Duration().Round(time.Second))
	r, err := runner.New(plan, notes)
	if err != nil {
		return err
	}
	file, err := r.Run(ctx, results.Command(args), commit)
	if err != nil {
		return err
	}
	if err := file.Write(filepath.Join(*dir, "results.json")); err != nil {
		return err
	}
	if err := writeReport(file, *dir, out); err != nil {
		return err
	}
	return failures(file)
}

// writeReport prints the table and writes the two documents.
func writeReport(file *results.File, dir string, out io.Writer) error {
	report.Text(out, file)
	if err := os.WriteFile(filepath.Join(dir, "report.md"), []byte(report.Markdown(file)), 0o644); err != nil {
		return err
	}
	page := filepath.Join(dir, "report.html")
	if err := os.WriteFile(page, []byte(report.HTML(file)), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nAll values: %s   Charts: %s\n", filepath.Join(dir, "results.json"), page)
	return nil
}

// failures makes a run with failed measurements end with an error, after what
// could be measured has been written.
func failures(file *results.File) error {
	failed := 0
	for _, r := range file.Results {
		failed += r.Failed
	}
	if failed > 0 {
		return errors.New(fmt.Sprint(failed) + " measurements failed; they are left out of the medians and named in the report")
	}
	return nil
}

func otherCommands() string {
	var names []string
	for _, c := range commands()[1:] {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

func scenarioList() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, s := range runner.Scenarios {
		note := ""
		if s.Extra {
			note = " (extra: only if named)"
		}
		fmt.Fprintf(w, "  %s\t%s%s\n", s.Name, s.About, note)
	}
	w.Flush()
	return b.String()
}
