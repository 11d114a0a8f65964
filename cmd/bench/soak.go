package main

// bench soak: one server under mixed traffic, for long.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/covetgo/covet/compare"
	"github.com/covetgo/covet/compare/process"
	"github.com/covetgo/covet/compare/rivals"

	"github.com/covetgo/covet/cmd/bench/internal/results"
	"github.com/covetgo/covet/cmd/bench/internal/soak"
)

const soakText = `
bench soak drives one server with all kinds of traffic at once, at a modest rate:
plaintext, parameters, bodies, chunked bodies, pipelines, short connections, a
route that sleeps, clients that half-close, reset, or talk nonsense. Every answer
is checked. Every few seconds it notes the server's memory, descriptors, threads
and goroutines.

  go run ./cmd/bench soak -d 30m
  go run ./cmd/bench soak -d 5m -rate 2000 -server fasthttp -out soak-fasthttp.json

It fails (exit status 1) if an answer is not what it should be, if the server
dies, or if it keeps descriptors or goroutines when all clients have left. The
slope of its memory is reported and left to you to judge: a heap is given back
in its own time.
`

// slopeSecondsMin is how long a soak takes at the least to say something about memory.
const slopeSecondsMin = 600

// soakFile is the form of soak.json.
type soakFile struct {
	Machine results.Machine `json:"machine"`
	Commit  string          `json:"commit"`
	Date    string          `json:"date"`
	Command string          `json:"command"`
	Server  results.Server  `json:"server"`
	Rate    float64         `json:"steps_per_second"`
	Seed    uint64          `json:"seed"`
	*soak.Outcome
}

func soakCommand(ctx context.Context, args []string, out, notes io.Writer) error {
	flags := newFlags("soak", soakText, notes)
	name := flags.String("server", "covet", "which server")
	duration := flags.Duration("d", time.Minute, "how long")
	rate := flags.Float64("rate", 1000, "steps per second, of all kinds together; a step is a request or what belongs together")
	every := flags.Duration("every", 5*time.Second, "time between two samples")
	seed := flags.Uint64("seed", 1, "of all that is random in the traffic")
	path := flags.String("out", "soak.json", "file for the result")
	backend := flags.String("backend", "", "netpoll backend of covet; its own choice if empty")
	if err := parse(flags, args); err != nil {
		return err
	}
	server, err := rivals.Lookup(*name)
	if err != nil {
		return err
	}
	if compare.IsCalibrator(server) {
		return fmt.Errorf("%s is no HTTP server and answers what it likes to anything but plain requests: soak covet, fasthttp or nethttp", *name)
	}
	// Before the minutes of soaking, not after them.
	if err := os.MkdirAll(filepath.Dir(*path), 0o755); err != nil {
		return fmt.Errorf("cannot write %s: %w; choose another file with -out", *path, err)
	}
	file := soakFile{
		Machine: results.DescribeMachine(), Commit: results.Commit(), Date: time.Now().UTC().Format(time.RFC3339),
		Command: results.Command(append([]string{"soak"}, args...)), Rate: *rate, Seed: *seed,
	}
	config := soak.Config{Rate: *rate, Duration: *duration, Every: *every, Seed: *seed, Progress: func(s soak.Sample) {
		fmt.Fprintln(notes, sampleLine(s))
	}}
	if err := config.Check(); err != nil {
		return err
	}
	ticks := results.ReadTicks()
	if err := soakServer(ctx, server, *backend, config, &file); err != nil {
		return err
	}
	file.Machine.Steal = ticks.Steal(results.ReadTicks())
	if err := writeSoak(*path, &file); err != nil {
		return err
	}
	printSoak(out, &file)
	fmt.Fprintf(out, "All samples: %s\n", *path)
	if len(file.Failures) > 0 {
		return errors.New("the soak failed: " + strings.Join(file.Failures, "; "))
	}
	return nil
}

// soakServer runs the server as a child and ends it.
func soakServer(ctx context.Context, server compare.Server, backend string, config soak.Config, file *soakFile) error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("cannot find this program to start it again as a server: %w", err)
	}
	args := []string{"serve", "-server", server.Name(), "-addr", "127.0.0.1:0", "-control"}
	if backend != "" {
		args = append(args, "-backend", backend)
	}
	child, err := process.Launch(process.Command{Path: exe, Args: args})
	if err != nil {
		return err
	}
	file.Server = results.Server{Name: server.Name(), Version: child.Version, About: server.About(), GOMAXPROCS: child.GOMAXPROCS}
	config.Child = child
	file.Outcome, err = soak.Run(ctx, config)
	return errors.Join(err, child.Stop())
}

func writeSoak(path string, file *soakFile) error {
	data, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

func sampleLine(s soak.Sample) string {
	return fmt.Sprintf("%6.0f s  %9d answers  %d errors  %.1f MB resident  %d descriptors  %d threads  %d goroutines",
		s.Seconds, s.Answers, s.Errors, float64(s.RSS)/1e6, s.Descriptors, s.Threads, s.Goroutines)
}

func printSoak(out io.Writer, f *soakFile) {
	fmt.Fprintf(out, "\n%s, %.0f s, commit %s\n", f.Server.Name, f.Seconds, f.Commit)
	for _, k := range f.Kinds {
		fmt.Fprintf(out, "  %-11s %9d steps  %9d answers  %d errors  (%s)\n", k.Name, k.Steps, k.Answers, k.Errors, k.About)
	}
	for _, m := range f.Errors {
		fmt.Fprintf(out, "! %.1f s, %s: %s\n", m.Seconds, m.Kind, m.Text)
	}
	fmt.Fprintln(out, "before: "+sampleLine(f.Before))
	fmt.Fprintln(out, "after:  "+sampleLine(f.Rest))
	fmt.Fprintf(out, "resident memory: %+.2f MB per hour, by a straight line through the samples after the first quarter\n", f.Slope/1e6)
	if f.Seconds < slopeSecondsMin {
		fmt.Fprintf(out, "(a line through less than %d minutes shows how a heap settles, not whether it grows)\n", slopeSecondsMin/60)
	}
}
