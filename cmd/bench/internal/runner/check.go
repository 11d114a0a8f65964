package runner

// Our generator and wrk in turns against one server process.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/covetgo/covet/compare"
	"github.com/covetgo/covet/compare/process"

	"github.com/covetgo/covet/cmd/bench/internal/results"
)

// Drive is one measurement by one generator.
type Drive struct {
	PerSecond float64
	Generator float64 // cores busy
	Server    float64 // cores busy
}

// Pair is both generators in the same traffic.
type Pair struct {
	Connections, Pipeline int
	Ours, Wrk             []Drive
}

// Median is the median of requests per second.
func (p *Pair) Median(list []Drive) float64 {
	return medianOf(list, func(d Drive) float64 { return d.PerSecond })
}

// GeneratorBusy is the median share of a core that the generator used.
func (p *Pair) GeneratorBusy(list []Drive) float64 {
	return medianOf(list, func(d Drive) float64 { return d.Generator })
}

// ServerBusy is the median share of a core that the server used.
func (p *Pair) ServerBusy(list []Drive) float64 {
	return medianOf(list, func(d Drive) float64 { return d.Server })
}

func medianOf(list []Drive, of func(Drive) float64) float64 {
	var values []float64
	for _, d := range list {
		values = append(values, of(d))
	}
	return results.Median(values)
}

// Ratios are ours over wrk's, round by round.
func (p *Pair) Ratios() (ratios []float64) {
	for i := range p.Ours {
		ratios = append(ratios, p.Ours[i].PerSecond/p.Wrk[i].PerSecond)
	}
	return ratios
}

// Why explains a ratio outside of what was agreed on; "" for one inside.
func (p *Pair) Why(ratio, agreement float64) string {
	const full = 0.9 // of a core
	switch {
	case ratio >= 1-agreement && ratio <= 1+agreement:
		return ""
	case ratio > 1 && p.GeneratorBusy(p.Wrk) > full:
		return "wrk had no time left on its core, so it was the limit and not the server"
	case ratio < 1 && p.GeneratorBusy(p.Ours) > full:
		return "OUR GENERATOR had no time left on its core: it limits what can be measured"
	case p.ServerBusy(p.Ours) > full && p.ServerBusy(p.Wrk) > full:
		return "the server was busy with both: they batch differently, and it pays for smaller batches"
	}
	return "neither of the generators nor the server was busy all the time: the machine was disturbed, repeat it"
}

// WrkVersion is the first line that wrk says about itself.
func WrkVersion() string {
	text, _ := exec.Command("wrk", "-v").CombinedOutput() // it ends with an error, and says it nevertheless
	line, _, _ := strings.Cut(string(text), "\n")
	if version, _, found := strings.Cut(strings.TrimPrefix(line, "wrk "), " ["); found {
		return version
	}
	return "of an unknown version"
}

// CheckGenerator measures plain and pipelined traffic with both.
func CheckGenerator(ctx context.Context, server compare.Server, rounds int, d time.Duration, notes io.Writer) ([]Pair, error) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		return nil, errors.New("wrk is not installed, and there is nothing else to check against: apt-get install wrk")
	}
	dir, err := os.MkdirTemp("", "covet-check")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	plan := Plan{Servers: []compare.Server{server}, Warm: 200 * time.Millisecond, Measured: d}
	r, err := New(plan, notes)
	if err != nil {
		return nil, err
	}
	defer r.progress.end()
	r.progress.total = 4 * rounds
	pairs := []Pair{{Connections: busyConnections, Pipeline: 1}, {Connections: busyConnections, Pipeline: 16}}
	for round := range rounds {
		for i := range pairs {
			if err := r.checkRound(ctx, &pairs[i], server, wrk, dir, round, rounds); err != nil {
				return nil, err
			}
		}
	}
	return pairs, nil
}

// checkRound runs both generators against one process, the first one in turn.
func (r *Runner) checkRound(ctx context.Context, p *Pair, server compare.Server, wrk, dir string, round, rounds int) error {
	child, err := process.Launch(process.Command{Path: r.exe, CPUs: r.cores.Server, Args: r.plan.childArgs(server.Name(), "")})
	if err != nil {
		return err
	}
	b := &bench{Runner: r, child: child, scenario: &plaintext}
	ours := func() error {
		r.progress.step(round+1, rounds, fmt.Sprintf("pipeline %d", p.Pipeline), "ours")
		d, err := b.ours(p)
		p.Ours = append(p.Ours, d)
		return err
	}
	theirs := func() error {
		r.progress.step(round+1, rounds, fmt.Sprintf("pipeline %d", p.Pipeline), "wrk")
		d, err := b.wrk(ctx, p, wrk, dir)
		p.Wrk = append(p.Wrk, d)
		return err
	}
	order := []func() error{ours, theirs}
	if round%2 == 1 {
		order = []func() error{theirs, ours}
	}
	for _, drive := range order {
		if err := drive(); err != nil {
			return errors.Join(err, child.Stop())
		}
	}
	return child.Stop()
}

func (b *bench) ours(p *Pair) (Drive, error) {
	stream := b.scenario.stream()
	stream.Pipeline = p.Pipeline
	b.cores.Threads = 1 // as wrk has
	all, from, to, err := b.drive(stream)
	if err != nil {
		return Drive{}, err
	}
	values := map[string]float64{}
	usage(values, from, to, all[0].Responses)
	return Drive{all[0].Rate(), values[results.GeneratorCores], values[results.ServerCores]}, nil
}

// wrk runs it with one thread; it inherits this process's cores.
func (b *bench) wrk(ctx context.Context, p *Pair, wrk, dir string) (Drive, error) {
	seconds := b.plan.Measured.Seconds()
	args := []string{"-t1", fmt.Sprintf("-c%d", p.Connections), fmt.Sprintf("-d%.0fs", seconds)}
	if p.Pipeline > 1 {
		script := filepath.Join(dir, "pipeline.lua")
		if err := os.WriteFile(script, pipelineScript(p.Pipeline), 0o600); err != nil {
			return Drive{}, err
		}
		args = append(args, "-s", script)
	}
	from, err := b.open()
	if err != nil {
		return Drive{}, err
	}
	cmd := exec.CommandContext(ctx, wrk, append(args, "http://"+b.child.Addr+b.scenario.Request.Target)...)
	text, err := cmd.CombinedOutput()
	if err != nil {
		return Drive{}, fmt.Errorf("wrk failed: %w\n%s", err, text)
	}
	to, err := b.shut()
	if err != nil {
		return Drive{}, err
	}
	rate, err := parseWrk(string(text))
	elapsed := to.at.Sub(from.at).Seconds()
	busy := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return Drive{rate, busy.Seconds() / elapsed, (to.server - from.server).Seconds() / elapsed}, err
}

// pipelineScript is wrk's usual way to pipeline.
func pipelineScript(depth int) []byte {
	return fmt.Appendf(nil, `init = function(args)
  local r = {}
  for i = 1, %d do r[i] = wrk.format() end
  req = table.concat(r)
end
request = function() return req end
`, depth)
}

var wrkRate = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

// parseWrk reads wrk's report. Errors that it counts make it worthless.
func parseWrk(text string) (float64, error) {
	match := wrkRate.FindStringSubmatch(text)
	if match == nil || strings.Contains(text, "Non-2xx") || strings.Contains(text, "Socket errors") {
		return 0, fmt.Errorf("wrk reports no rate, or errors:\n%s", text)
	}
	return strconv.ParseFloat(match[1], 64)
}
