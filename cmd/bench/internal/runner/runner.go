// Package runner does the measuring: it starts each server as a process of its
// own, drives it, reads the meters, ends it, and goes on to the next.
//
// The order is what makes numbers comparable. A round is one measurement of
// every server in every scenario; within a scenario the servers follow one
// another directly, in an order that rotates from round to round and is reversed
// in odd ones: rotating alone would leave every server the same neighbour before
// it, and whatever that one leaves behind. Whatever disturbs the machine for a while so hits all servers alike, and a ratio taken
// within a round cancels it.
//
//	round 1   plaintext: covet nethttp fasthttp   pipelined: fasthttp covet nethttp  …
//	round 2   plaintext: fasthttp nethttp covet   pipelined: nethttp covet fasthttp  …
//
// Every measurement has a fresh process: no heap, no cache and no connection is
// left from the one before.
//
// Read next: scenario.go (what is measured), measure.go (how), cores.go (who
// runs where), plan.go (which of it fits into the time).
package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/covetgo/covet/compare"
	"github.com/covetgo/covet/compare/process"

	"github.com/covetgo/covet/cmd/bench/internal/load"
	"github.com/covetgo/covet/cmd/bench/internal/results"
)

// failuresMax is after how many failed measurements of one server in one
// scenario no more are tried.
const failuresMax = 2

var errStopped = errors.New("stopped before the end: nothing was written")

// Runner measures. Make one with New.
type Runner struct {
	plan     Plan
	cores    Cores
	exe      string
	progress *Progress
	file     *results.File
	rate     float64 // of the scenario rate70
	rateFrom string
	procs    map[*Scenario]int // GOMAXPROCS of the server that has one of its own
	steps    int               // of arithmetic that are a millisecond of CPU
}

// New prepares a run of the calling binary's own servers. It confines this
// process to the generator's cores, for good.
func New(plan Plan, progress io.Writer) (*Runner, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot find this program to start it again as a server: %w", err)
	}
	r := &Runner{plan: plan, exe: exe, cores: shareCores(), procs: map[*Scenario]int{}}
	if err := r.cores.pinGenerator(); err != nil {
		r.cores = Cores{Threads: 1, Note: "not pinned: " + err.Error()}
	}
	runtime.GOMAXPROCS(r.cores.Threads + 1)
	r.steps = compare.StepsPerMilli() // once, alone, and the same for all servers
	r.progress = newProgress(progress, plan.measurements())
	return r, nil
}

// Run measures everything. It returns what there is also if it was cancelled or
// if something failed.
func (r *Runner) Run(ctx context.Context, command, commit string) (*results.File, error) {
	defer r.progress.end()
	r.file = &results.File{
		Machine: results.DescribeMachine(), Commit: commit, Command: command,
		Date: time.Now().UTC().Format(time.RFC3339), Notes: append([]string{}, r.plan.Notes...),
	}
	start, ticks := time.Now(), results.ReadTicks()
	if err := r.chooseRate(ctx); err != nil {
		return nil, err
	}
	if err := r.chooseProcs(ctx); err != nil {
		return nil, err
	}
	for round := 1; round <= r.plan.Rounds; round++ {
		if r.overBudget(round-1, time.Since(start)) {
			break
		}
		for i, s := range r.plan.Scenarios {
			if err := r.scenario(ctx, round, i, s); err != nil {
				return nil, err
			}
		}
	}
	r.file.Machine.Steal = ticks.Steal(results.ReadTicks())
	r.finish()
	return r.file, nil
}

// overBudget tells whether another round would take too long, going by those
// before it. One round is always measured.
func (r *Runner) overBudget(done int, elapsed time.Duration) bool {
	if done == 0 || r.plan.Budget == 0 || elapsed+elapsed/time.Duration(done) <= r.plan.Budget {
		return false
	}
	r.file.Notes = append(r.file.Notes, fmt.Sprintf(
		"only %d of %d rounds fitted into %v on this machine, as busy as it was: repeat it with -rounds %d for the usual certainty",
		done, r.plan.Rounds, r.plan.Budget.Round(time.Second), r.plan.Rounds))
	r.plan.Rounds = done
	return true
}

// scenario measures one scenario's servers in the order of this round.
func (r *Runner) scenario(ctx context.Context, round, number int, s *Scenario) error {
	servers := r.plan.serversOf(s)
	for position, server := range order(servers, round, number) {
		if ctx.Err() != nil {
			return errStopped
		}
		r.progress.step(round, r.plan.Rounds, s.Name, server.Name())
		r.record(ctx, server, s, round, position+1)
	}
	return nil
}

// order is that of the servers in a round of the scenario of this number.
func order(servers []compare.Server, round, number int) []compare.Server {
	rotated := make([]compare.Server, len(servers))
	for i := range servers {
		step := i
		if round%2 == 1 {
			step = len(servers) - i // the same circle, walked backwards
		}
		rotated[i] = servers[(step+round-1+number)%len(servers)]
	}
	return rotated
}

// record makes one measurement and keeps it, or keeps that it failed.
func (r *Runner) record(ctx context.Context, server compare.Server, s *Scenario, round, position int) {
	result := r.file.Find(server.Name(), s.Name)
	if result == nil {
		r.file.Results = append(r.file.Results, results.Result{
			Server: server.Name(), Scenario: s.Name, Connections: r.connections(s),
			Pipeline: max(s.Pipeline, 1), LatencyKind: s.latencyKind(),
			OfferedRate: r.offered(s),
		})
		result = r.file.Find(server.Name(), s.Name)
	}
	if result.Failed >= failuresMax {
		return
	}
	values, err := r.measure(server, s)
	if ctx.Err() != nil {
		return // Ctrl-C reaches the server too: its end is no finding
	}
	m := results.Round{Round: round, Position: position, Values: values}
	if err != nil {
		m.Failure = err.Error()
		result.Failed++
		r.progress.say("%s, %s, round %d: %v", server.Name(), s.Name, round, err)
	}
	result.Raw = append(result.Raw, m)
}

// measure starts a server, runs the scenario against it and ends it.
func (r *Runner) measure(server compare.Server, s *Scenario) (map[string]float64, error) {
	procs := 0
	if isTuned(server) {
		procs = r.procs[s]
	}
	return r.measureWith(server, s, procs)
}

// measureWith does so with a number of Ps; 0 is one per core.
func (r *Runner) measureWith(server compare.Server, s *Scenario, procs int) (map[string]float64, error) {
	exe, name, backend := r.exeOf(server)
	child, err := process.Launch(process.Command{
		Path: exe, CPUs: r.cores.Server, Procs: procs, Args: r.plan.childArgs(name, backend),
		Env: []string{compare.StepsVariable + "=" + strconv.Itoa(r.steps)},
	})
	if err != nil {
		return nil, err
	}
	if procs > 0 {
		child.GOMAXPROCS = 0 // it is another one in the next scenario
	}
	r.note(server, child)
	values, err := s.measure(&bench{Runner: r, child: child, scenario: s})
	return values, errors.Join(err, child.Stop())
}

// note keeps what a server said about itself.
func (r *Runner) note(server compare.Server, child *process.Child) {
	for _, known := range r.file.Servers {
		if known.Name == server.Name() {
			return
		}
	}
	r.file.Servers = append(r.file.Servers, results.Server{
		Name: server.Name(), Version: version(server, child), About: server.About(),
		Calibrator: compare.IsCalibrator(server), GOMAXPROCS: child.GOMAXPROCS,
	})
}

// chooseRate finds the fixed rate of the scenarios that have one: a share of
// what fasthttp can do here, measured first, the same for all servers.
func (r *Runner) chooseRate(ctx context.Context) error {
	if !r.plan.needsRate() {
		return nil
	}
	if r.plan.Rate > 0 {
		r.rate, r.rateFrom = r.plan.Rate, "given by -rate"
		return nil
	}
	reference := r.plan.reference()
	var rates []float64
	for range rateProbes {
		r.progress.probe(reference.Name())
		values, err := r.measure(reference, &plaintext)
		if ctx.Err() != nil {
			return errStopped
		}
		if err != nil {
			return fmt.Errorf("measuring what %s can do, to choose the fixed rate: %w", reference.Name(), err)
		}
		rates = append(rates, values[results.RequestsPerSecond])
	}
	capacity := results.Median(rates)
	r.rate = roundTo(capacity*rateShare, 100)
	r.rateFrom = fmt.Sprintf("%.0f %% of what %s did in a closed loop before round 1 (median of %d: %.0f requests/s)",
		rateShare*100, reference.Name(), rateProbes, capacity)
	return nil
}

func roundTo(v, step float64) float64 { return max(float64(int64(v/step))*step, step) }

// finish describes the method, and computes medians, ratios and notes.
func (r *Runner) finish() {
	f := r.file
	f.Method = results.Method{
		Quick: r.plan.Quick, Rounds: r.plan.Rounds,
		WarmSeconds: r.plan.Warm.Seconds(), MeasuredSeconds: r.plan.Measured.Seconds(),
		ServerCores: r.cores.Server, GeneratorCores: r.cores.Generator, Pinning: r.cores.Note,
		Generator: load.Describe(), GeneratorThreads: r.cores.Threads,
		FixedRate: r.rate, FixedRateFrom: r.rateFrom, CPUClock: cpuClock(),
	}
	if !r.cores.pinned() {
		f.Notes = append(f.Notes, r.cores.Note+"; who was busy and who was the limit cannot be told, so no row has a remark about it")
	}
	for _, s := range r.plan.Scenarios {
		f.Scenarios = append(f.Scenarios, results.Scenario{Name: s.Name, Title: s.Title, About: r.about(s), Metric: s.metric()})
	}
	r.sort()
	for i := range f.Results {
		f.Results[i].Summarise()
		f.Notes = append(f.Notes, r.remarks(&f.Results[i])...)
	}
	subject := r.plan.subject()
	for _, metric := range results.LossMetrics {
		f.Ratios = append(f.Ratios, f.Compare(subject, metric)...)
	}
}

// about says what a scenario asks; a rate that somebody chose is no known share of
// anything.
func (r *Runner) about(s *Scenario) string {
	if r.plan.Rate > 0 && s.AboutGiven != "" {
		return s.AboutGiven
	}
	if s.RateShare > 0 && s.AboutGiven != "" && r.plan.reference().Name() != "fasthttp" {
		return strings.ReplaceAll(s.About, "fasthttp", r.plan.reference().Name())
	}
	return s.About
}

// sort puts servers and results into the order of the plan; they were found in
// that of a rotation.
func (r *Runner) sort() {
	server := func(name string) int {
		return slices.IndexFunc(r.plan.Servers, func(s compare.Server) bool { return s.Name() == name })
	}
	scenario := func(name string) int {
		return slices.IndexFunc(r.plan.Scenarios, func(s *Scenario) bool { return s.Name == name })
	}
	slices.SortStableFunc(r.file.Servers, func(a, b results.Server) int { return server(a.Name) - server(b.Name) })
	slices.SortStableFunc(r.file.Results, func(a, b results.Result) int {
		return cmp.Or(scenario(a.Scenario)-scenario(b.Scenario), server(a.Server)-server(b.Server))
	})
}

func cpuClock() string {
	if runtime.GOOS == "linux" {
		return "the scheduler's count for the server's process (CLOCK_SCHED, ns), user and system"
	}
	return "the server's own getrusage, user and system"
}

const (
	// spareMin is how much of its cores a server has left that is not their limit.
	spareMin = 0.1
	// lagShareMax is the share of a p99 above which the generator's own lateness is told.
	lagShareMax = 0.5
)

// limits say who was the limit of a closed loop. One connection never saturates a server,
// nor is it meant to; and where nothing is pinned, nobody knows what a server had.
func (r *Runner) limits(result *results.Result, where string) (notes []string) {
	if !r.cores.pinned() || result.LatencyKind != closedLoop || result.Connections == 1 {
		return nil
	}
	busy, perCPU := result.Median[results.ServerCores], result.Median[results.RequestsPerCPUSecond]
	if perCPU > 0 && r.file.Understated(result) {
		notes = append(notes, fmt.Sprintf("%sit was only %.0f %% busy, so its batches were smaller than a busy server's and its requests per CPU-second are understated",
			where, busy*100))
	}
	spare := float64(len(r.cores.Server)) - busy
	if spare > spareMin && result.Median[results.GeneratorCores] > results.BusyMin*float64(r.cores.Threads) {
		notes = append(notes, where+"the generator was busy and the server was not: requests/s is the generator's limit")
	}
	return notes
}

// remarks are what a reader of a row must know.
func (r *Runner) remarks(result *results.Result) (notes []string) {
	where := result.Server + ", " + result.Scenario + ": "
	if result.Failed > 0 {
		notes = append(notes, fmt.Sprintf("%s%d of %d rounds failed and are left out: %s",
			where, result.Failed, len(result.Raw), result.Failure))
	}
	if result.Rounds == 0 {
		return notes
	}
	notes = append(notes, r.limits(result, where)...)
	if kept, lags := result.Lagging(); lags {
		notes = append(notes, fmt.Sprintf("%sit kept up with %.1f %% of the offered rate; its latencies grow with the length of the run, so none is compared", where, kept*100))
	}
	if lag, p99 := result.Median[results.GeneratorLag], result.Median[results.P99]; lag > p99*lagShareMax && p99 > 0 {
		notes = append(notes, fmt.Sprintf("%sthe generator itself was late by %.0f µs at its 99th percentile: latencies are partly its own", where, lag))
	}
	return notes
}
