package runner

// fasthttp with more Ps than it has cores. A goroutine that computes keeps its P for 10 ms, and with GOMAXPROCS=1 all
// others wait for it; with more, the kernel shares the core between the Ps' threads and the fast route gets a part of it
// sooner (docs/adr/0007 has what that did for covet). No rival may lose for want of a setting that is one line of its
// user's environment, so each mixed scenario finds the best one for fasthttp before round 1.

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/covetgo/covet/compare"
	"github.com/covetgo/covet/compare/fasthttp"

	"github.com/covetgo/covet/cmd/bench/internal/results"
)

const (
	procsName   = "fasthttp-procs"
	procsMax    = 4
	procsProbes = 2 // measurements of each number
)

// withProcs is fasthttp with a GOMAXPROCS of its own in each scenario.
type withProcs struct{ fasthttp.Server }

func (withProcs) Name() string { return procsName }
func (withProcs) About() string {
	return fmt.Sprintf("fasthttp with the GOMAXPROCS from 1 to %d that suits the fast route best, on the same core, found for each scenario before round 1", procsMax)
}

// addProcs makes it take part in the mixed scenarios of a run that chose no servers, and whose size was chosen by hand: a
// run of the usual size has no time for it.
func (p *Plan) addProcs() {
	at := slices.IndexFunc(p.Servers, func(s compare.Server) bool { return s.Name() == "fasthttp" })
	if at < 0 || p.asked || !slices.ContainsFunc(p.Scenarios, mixed) {
		return
	}
	p.Servers = slices.Insert(p.Servers, at+1, compare.Server(withProcs{}))
}

// mixed scenarios have a second route beside the one that is measured.
func mixed(s *Scenario) bool { return s.Slow != "" }

// tuned are the scenarios for which a GOMAXPROCS is to be found.
func (p *Plan) tuned() (list []*Scenario) {
	for _, s := range p.Scenarios {
		if mixed(s) && slices.ContainsFunc(p.Servers, isTuned) {
			list = append(list, s)
		}
	}
	return list
}

func isTuned(s compare.Server) bool { return s.Name() == procsName }

// chooseProcs finds the numbers. Tries take turns, so that what disturbs the machine for a while disturbs all numbers.
// A number with which a try failed is out.
func (r *Runner) chooseProcs(ctx context.Context) error {
	for _, s := range r.plan.tuned() {
		tries := make([][]float64, procsMax)
		failed := make([]bool, procsMax)
		for range procsProbes {
			for i := range tries {
				r.progress.tune(s.Name, i+1)
				values, err := r.measureWith(withProcs{}, s, i+1)
				if ctx.Err() != nil {
					return errStopped
				}
				if err != nil {
					failed[i] = true
					r.progress.say("%s, %s with GOMAXPROCS=%d: %v", procsName, s.Name, i+1, err)
				}
				tries[i] = append(tries[i], values[s.metric()])
			}
		}
		best, words := bestProcs(tries, failed, s.metric())
		r.procs[s] = best
		r.file.Notes = append(r.file.Notes, fmt.Sprintf("%s, %s: GOMAXPROCS=%d, by the median %s of %d tries each: %s",
			procsName, s.Name, best, s.metric(), procsProbes, words))
	}
	return nil
}

// bestProcs is the number whose tries have the best median, 1 if all failed; words has all of them.
func bestProcs(tries [][]float64, failed []bool, metric string) (best int, words string) {
	var parts []string
	for i, values := range tries {
		if failed[i] {
			parts = append(parts, fmt.Sprintf("%d failed", i+1))
			continue
		}
		v := results.Median(values)
		parts = append(parts, fmt.Sprintf("%.0f with %d", v, i+1))
		if best == 0 || (v > results.Median(tries[best-1])) != results.Lower(metric) && v != results.Median(tries[best-1]) {
			best = i + 1
		}
	}
	return max(best, 1), strings.Join(parts, ", ")
}
