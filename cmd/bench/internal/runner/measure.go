package runner

// How it is measured: traffic, a warm-up, the meters, a window, the meters.

import (
	"errors"
	"time"

	"github.com/covetgo/covet/compare/process"

	"github.com/covetgo/covet/cmd/bench/internal/load"
	"github.com/covetgo/covet/cmd/bench/internal/results"
)

// settleTime is how long a server gets to finish what it does after its last
// connection was opened, before its memory is read.
const settleTime = 100 * time.Millisecond

// bench is one measurement.
type bench struct {
	*Runner
	child    *process.Child
	scenario *Scenario
}

// meters are readings at one end of the window.
type meters struct {
	at        time.Time
	server    time.Duration // CPU time
	generator time.Duration // CPU time
	stat      process.Stat
	hasStat   bool
}

// open reads the meters before a window: the server's own account first, since
// giving it costs the server time.
func (b *bench) open() (m meters, err error) {
	if err := m.ask(b.child); err != nil {
		return m, err
	}
	return m, m.read(b.child)
}

// shut reads them after a window, in the opposite order.
func (b *bench) shut() (m meters, err error) {
	if err := m.read(b.child); err != nil {
		return m, err
	}
	return m, m.ask(b.child)
}

func (m *meters) read(child *process.Child) (err error) {
	m.at = time.Now()
	m.generator = process.SelfCPU()
	m.server, err = child.CPUTime()
	return err
}

func (m *meters) ask(child *process.Child) (err error) {
	m.stat, err = child.Stat()
	m.hasStat = err == nil
	if errors.Is(err, process.ErrNoStat) {
		return nil
	}
	return err
}

// drive runs traffic for a warm-up and a window and reads the meters at both
// ends of the window. A server that died explains more than broken connections.
func (b *bench) drive(streams ...load.Stream) (all []load.Result, from, to meters, err error) {
	run, err := load.Start(b.config(streams))
	if err != nil {
		return nil, from, to, errors.Join(b.child.Death(), err)
	}
	run.Sleep(b.plan.Warm)
	from, err = b.open()
	run.Mark()
	run.Sleep(b.plan.Measured)
	run.Mark()
	if err == nil {
		to, err = b.shut()
	}
	all = run.Finish()
	for _, result := range all {
		err = errors.Join(err, result.Failure())
	}
	if err != nil {
		select { // a dying server's end follows its connections' by a moment
		case <-b.child.Done():
		case <-time.After(settleTime):
		}
		return all, from, to, errors.Join(b.child.Death(), err)
	}
	return all, from, to, nil
}

func (b *bench) config(streams []load.Stream) load.Config {
	sources := 0
	if b.scenario.PerConn > 0 && len(b.cores.Server) > 0 {
		sources = churnSources
	}
	return load.Config{
		Addr: b.child.Addr, Streams: streams, Threads: min(b.cores.Threads, streams[0].Connections),
		Spin: len(b.cores.Generator) > 0, Sources: sources,
	}
}

// throughput is a closed loop: as much as the server can do.
func throughput(b *bench) (map[string]float64, error) {
	all, from, to, err := b.drive(b.scenario.stream())
	if err != nil {
		return nil, err
	}
	values := percentiles(&all[0].Latency)
	values[results.RequestsPerSecond] = all[0].Rate()
	usage(values, from, to, all[0].Responses)
	return values, nil
}

// fixedRate is an open loop: what users wait.
func fixedRate(b *bench) (map[string]float64, error) {
	stream := b.scenario.stream()
	stream.Rate = b.offered(b.scenario)
	all, from, to, err := b.drive(stream)
	if err != nil {
		return nil, err
	}
	values := percentiles(&all[0].Latency)
	open(values, &all[0], stream.Rate)
	usage(values, from, to, all[0].Responses)
	return values, nil
}

// offered is the rate of a scenario's open loop: the fixed rate for rate70, a
// part of it for those that leave room for other traffic.
func (r *Runner) offered(s *Scenario) float64 {
	switch s.RateShare {
	case 0:
		return 0
	case rateShare:
		return r.rate
	}
	return roundTo(r.rate/rateShare*s.RateShare, 100)
}

// mixedOpen is an open loop twice: alone, and beside a route that takes its time.
func mixedOpen(b *bench) (map[string]float64, error) {
	stream := b.scenario.stream()
	stream.Rate = b.offered(b.scenario)
	quiet, _, _, err := b.drive(stream)
	if err != nil {
		return nil, err
	}
	all, from, to, err := b.drive(stream, b.scenario.slow())
	if err != nil {
		return nil, err
	}
	values := percentiles(&all[0].Latency)
	open(values, &all[0], stream.Rate)
	usage(values, from, to, 0)
	beside(values, quiet, all)
	return values, nil
}

func percentiles(h *load.Histogram) map[string]float64 {
	return map[string]float64{
		results.P50: h.Micros(50), results.P90: h.Micros(90), results.P99: h.Micros(99),
		results.P999: h.Micros(99.9), results.Max: h.Micros(100),
	}
}

// mixedClosed is a closed loop twice: alone, and beside a route that takes its time.
func mixedClosed(b *bench) (map[string]float64, error) {
	quiet, _, _, err := b.drive(b.scenario.stream())
	if err != nil {
		return nil, err
	}
	all, from, to, err := b.drive(b.scenario.stream(), b.scenario.slow())
	if err != nil {
		return nil, err
	}
	values := percentiles(&all[0].Latency)
	usage(values, from, to, 0)
	values[results.RequestsPerSecond] = all[0].Rate()
	values[results.QuietPerSecond] = quiet[0].Rate()
	values[results.QuietP50] = quiet[0].Latency.Micros(50)
	beside(values, quiet, all)
	return values, nil
}

// beside adds what the other route did, and did to the fast one.
func beside(values map[string]float64, quiet, all []load.Result) {
	values[results.QuietP99] = quiet[0].Latency.Micros(99)
	values[results.Slowdown] = values[results.P99] / max(values[results.QuietP99], 0.1)
	values[results.SlowPerSecond] = all[1].Rate()
}

// open adds what only an open loop has.
func open(values map[string]float64, r *load.Result, rate float64) {
	values[results.RequestsPerSecond] = r.Rate()
	values[results.GeneratorLag] = r.Lag.Micros(99)
	if rate > 0 {
		values[results.Kept] = min(r.Rate()/rate, 1)
	}
}

// usage adds what the window cost. With responses 0 nothing is told per request:
// other traffic shared the cost.
func usage(values map[string]float64, from, to meters, responses uint64) {
	seconds := to.at.Sub(from.at).Seconds()
	cpu := (to.server - from.server).Seconds()
	values[results.ServerCores] = cpu / seconds
	values[results.GeneratorCores] = (to.generator - from.generator).Seconds() / seconds
	if from.hasStat && to.hasStat {
		values[results.GCCycles] = float64(to.stat.GCCycles - from.stat.GCCycles)
	}
	if responses == 0 || cpu <= 0 {
		return
	}
	values[results.CPUMicros] = cpu * 1e6 / float64(responses)
	values[results.RequestsPerCPUSecond] = float64(responses) / cpu
	if from.hasStat && to.hasStat {
		values[results.MallocsPerRequest] = float64(to.stat.Mallocs-from.stat.Mallocs) / float64(responses)
	}
}
