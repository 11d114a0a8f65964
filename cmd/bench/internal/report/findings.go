package report

// What the numbers say. A difference is called one only if it shows in every
// round: if the ratio's spread reaches over 1, the two are not told apart.
// Calibrators are no rivals: they parse nothing, and being below them is no loss.

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/covetgo/covet/cmd/bench/internal/results"
)

// verdict of a ratio.
type verdict int

const (
	same verdict = iota
	ahead
	behind
)

func judge(r results.Ratio) verdict {
	if r.Rounds < 2 || (r.Min <= 1 && r.Max >= 1) {
		return same
	}
	if (r.Median > 1) != results.Lower(r.Metric) {
		return ahead
	}
	return behind
}

// comparison is the subject beside one rival in one metric of one scenario.
type comparison struct {
	results.Ratio
	verdict verdict
}

// against lists the subject's comparisons with all rivals in one scenario.
func (v *view) against(scenario, metric string) (list []comparison) {
	for _, ratio := range v.Compare(v.subject, metric) {
		if ratio.Scenario == scenario && !v.IsCalibrator(ratio.Over) {
			list = append(list, comparison{ratio, judge(ratio)})
		}
	}
	return list
}

// finding is a chart's title: the scenario's question answered.
func (v *view) finding(s results.Scenario) string {
	var clauses, parts []string
	for i, c := range v.against(s.Name, s.Metric) {
		parts = append(parts, c.phrase(i == 0))
	}
	if len(parts) > 0 {
		clauses = append(clauses, v.subject+" "+lead(s.Metric)+" "+join(parts))
	}
	for _, r := range v.rows(s.Name) {
		if lag := lagging(r); lag != "" && !v.IsCalibrator(r.Server) && s.Metric == results.P99 {
			clauses = append(clauses, r.Server+" "+lag)
		}
	}
	if len(clauses) == 0 {
		return s.Title
	}
	return strings.Join(clauses, "; ")
}

// lagging stands where a ratio of latencies would, were the rate kept.
func lagging(r *results.Result) string {
	kept, lags := r.Lagging()
	if !lags {
		return ""
	}
	if kept >= 0.985 { // or else it would be written as kept
		return fmt.Sprintf("could not keep the rate (%.1f %%)", math.Floor(kept*1000)/10)
	}
	return fmt.Sprintf("could not keep the rate (%s)", percent(kept))
}

func lead(metric string) string {
	switch {
	case results.IsMemory(metric):
		return "needs"
	case metric == results.P99:
		return "has a p99 of"
	}
	return "answers"
}

// phrase is such as "1.52× as many requests per CPU-second as fasthttp"; the
// first one of a sentence names the unit.
func (c comparison) phrase(first bool) string {
	about := ""
	if c.verdict == same {
		about = " (not told apart by these rounds)"
	}
	switch {
	case results.IsMemory(c.Metric):
		return fmt.Sprintf("%s the memory of %s%s", portion(c.Median), c.Over, about)
	case c.Metric == results.P99:
		return fmt.Sprintf("%s that of %s%s", portion(c.Median), c.Over, about)
	}
	unit := ""
	if first {
		unit = " requests per CPU-second"
	}
	if first && c.Metric == results.RequestsPerSecond {
		unit = " requests per second"
	}
	return fmt.Sprintf("%s as many%s as %s%s", times(c.Median), unit, c.Over, about)
}

func join(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// main is the scenario of the headline: the first one about requests per
// CPU-second in which the subject has a rival.
func (v *view) main() (results.Scenario, bool) {
	for _, s := range v.Scenarios {
		if s.Metric == results.RequestsPerCPUSecond && len(v.against(s.Name, s.Metric)) > 0 {
			return s, true
		}
	}
	return results.Scenario{}, false
}

// headline is the report's title.
func (v *view) headline() string {
	if s, ok := v.main(); ok {
		return v.finding(s)
	}
	return "HTTP servers, measured"
}

// headlineScope says which traffic the headline is about, and how sure it is.
func (v *view) headlineScope() string {
	s, ok := v.main()
	if !ok {
		return ""
	}
	var parts []string
	for _, c := range v.against(s.Name, s.Metric) {
		parts = append(parts, fmt.Sprintf("%s to %s against %s in %d rounds", times(c.Min), times(c.Max), c.Over, c.Rounds))
	}
	return fmt.Sprintf("%s. Medians of interleaved rounds, which ranged from %s.", s.Title, join(parts))
}

// losses name every metric in which a rival is better than the subject, worst
// first: in every round, and apart from those, in the median only. The second
// kind may be noise, and may not be: more rounds tell.
func (v *view) losses() (sure, unsure []comparison) {
	for _, s := range v.Scenarios {
		for _, metric := range results.LossMetrics {
			if !v.means(s, metric) {
				continue
			}
			for _, c := range v.against(s.Name, metric) {
				switch {
				case c.verdict == behind:
					sure = append(sure, c)
				case c.verdict == same && c.worse():
					unsure = append(unsure, c)
				}
			}
		}
	}
	worstFirst := func(a, b comparison) int { return compareBadness(b) - compareBadness(a) }
	slices.SortStableFunc(sure, worstFirst)
	slices.SortStableFunc(unsure, worstFirst)
	return sure, unsure
}

// worse: by the median alone.
func (c comparison) worse() bool {
	if results.Lower(c.Metric) {
		return c.Median > 1
	}
	return c.Median < 1
}

// compareBadness is how much worse, in thousandths.
func compareBadness(c comparison) int {
	if results.Lower(c.Metric) {
		return int(c.Median * 1000)
	}
	return int(1000 / c.Median)
}

// means: at a fixed rate all have the same requests per second, and a closed
// loop's latencies follow from its rate unless there is one connection only, or
// other traffic beside it.
func (v *view) means(s results.Scenario, metric string) bool {
	open := s.Metric == results.P99
	switch metric {
	case results.RequestsPerSecond:
		return !open
	case results.P50, results.P99, results.P999:
		return open || v.single(s.Name) || v.mixed(s.Name)
	}
	return true
}

// mixed: a second route runs beside the one that is measured.
func (v *view) mixed(scenario string) bool {
	return slices.ContainsFunc(v.Results, func(r results.Result) bool {
		_, ok := r.Median[results.QuietP99]
		return ok && r.Scenario == scenario
	})
}

func (v *view) single(scenario string) bool {
	return slices.ContainsFunc(v.Results, func(r results.Result) bool { return r.Scenario == scenario && r.Connections == 1 })
}

// sentence is a loss in words.
func (c comparison) sentence() string {
	return fmt.Sprintf("%s: %s of %s is %s that of %s (%d rounds, from %s to %s)",
		c.Scenario, unit(c.Metric), c.Server, times(c.Median), c.Over, c.Rounds, times(c.Min), times(c.Max))
}

// lossText is the section that no report leaves out.
func (v *view) lossText() (lines []string) {
	lines = v.failures()
	sure, unsure := v.losses()
	for _, c := range sure {
		lines = append(lines, c.sentence())
	}
	none := len(lines) == 0
	for _, c := range unsure {
		doubt := "In the median but not in every round, "
		if c.Rounds < 2 {
			doubt = "By one round, "
		}
		lines = append(lines, doubt+c.sentence())
	}
	switch {
	case v.Method.Rounds < 2:
		lines = append(lines, "One round proves nothing, in either direction: repeat it with more.")
	case none:
		lines = append(lines, "Against no server in every round. "+
			"That speaks of these scenarios on this machine ("+v.roundsCompared()+") and of nothing else.")
	}
	return lines
}

// failures are what the subject could not do at all: a median over the rounds
// that went well must not hide the others.
func (v *view) failures() (failed []string) {
	var late []string
	for _, s := range v.Scenarios {
		r := v.Find(v.subject, s.Name)
		if r == nil {
			continue
		}
		if r.Failed > 0 {
			failed = append(failed, fmt.Sprintf("%s: %s failed %d of %d rounds, which no figure includes: %s",
				s.Name, v.subject, r.Failed, r.Failed+r.Rounds, r.Failure))
		}
		if lag := lagging(r); lag != "" {
			late = append(late, fmt.Sprintf("%s: %s %s%s", s.Name, v.subject, lag, v.keepers(s.Name)))
		}
	}
	return append(failed, late...)
}

// keepers names the rivals that did keep the rate.
func (v *view) keepers(scenario string) string {
	var names []string
	rivals := 0
	for _, r := range v.rows(scenario) {
		kept, ok := r.Median[results.Kept]
		if !ok || v.rank(r.Server) != rankRival {
			continue
		}
		rivals++
		if kept >= results.KeptMin {
			names = append(names, r.Server)
		}
	}
	switch {
	case rivals == 0:
		return ""
	case len(names) == 0:
		return ", and no other server kept it"
	}
	return ", which was kept by " + join(names)
}

// roundsCompared is how many rounds the comparisons rest on; fewer where some failed.
func (v *view) roundsCompared() string {
	fewest, most := v.Method.Rounds, 0
	for _, s := range v.Scenarios {
		for _, c := range v.against(s.Name, s.Metric) {
			fewest, most = min(fewest, c.Rounds), max(most, c.Rounds)
		}
	}
	if fewest < most {
		return fmt.Sprintf("%d to %d rounds", fewest, most)
	}
	return fmt.Sprintf("%d rounds", fewest)
}

// share of the best calibrator that the subject reaches, in words.
func (v *view) share(s results.Scenario) string {
	if s.Metric != results.RequestsPerCPUSecond {
		return ""
	}
	var parts []string
	for _, r := range v.Compare(v.subject, s.Metric) {
		if r.Scenario == s.Name && v.IsCalibrator(r.Over) {
			part := fmt.Sprintf("%.0f %% (%.0f–%.0f %%) of %s", r.Median*100, r.Min*100, r.Max*100, r.Over)
			if other := v.Find(r.Over, s.Name); v.Understated(other) {
				part = "at most " + part + fmt.Sprintf(", which was only %.0f %% busy", other.Median[results.ServerCores]*100)
			}
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return v.subject + " reaches " + join(parts) + ", which parse nothing"
}

// method is how it was measured, as lines.
func (v *view) method() []string {
	m := v.Method
	lines := []string{
		"Pinning: " + m.Pinning + ".",
		fmt.Sprintf("%d rounds; a round measures every server once in every scenario, servers directly after one another in an order that rotates and turns around every other round, "+
			"each time in a fresh process: %.2g s warm-up, then %.2g s measured.", m.Rounds, m.WarmSeconds, m.MeasuredSeconds),
		"Values are medians over the rounds, with the lowest and the highest round beside them. Ratios are taken within a round and then summarised in the same way; a difference is called one only if all rounds agree.",
		"CPU time: " + m.CPUClock + ". Loopback networking runs partly in the sender's time, for all servers alike.",
		fmt.Sprintf("Generator: %s; %d thread(s). Requests have the Host field and nothing else, unless the scenario says so.", m.Generator, m.GeneratorThreads),
	}
	if m.FixedRate > 0 {
		lines = append(lines, fmt.Sprintf("Fixed rate of open loops: %.0f requests/s, %s; a scenario that was offered less says so, and what each was offered stands with them. Requests are due at even distances; latency counts from when a request was due, so a stall is charged with all requests it held up.",
			m.FixedRate, m.FixedRateFrom))
	}
	return append(lines,
		"CPU per request depends on load: a server that is not busy is woken for fewer requests at a time and spends more on each. \"Server busy\" is the share of its core, in the median; where a closed loop left a server below 90 %, its requests per CPU-second are understated.",
		"Latencies of the closed-loop scenarios follow from their throughput and are no measure of what users wait; scenarios at a fixed rate are.",
		"nullgo and nullc are calibrators and no servers: they look for the end of a head and send canned bytes. They are a yardstick and no ceiling: each waits in its own way, and a server may have a better one.",
		"A route that computes does the same number of arithmetic steps under every server: they are counted once, before the run, with nothing else running.",
		"Memory per connection is the process's resident memory; the kernel's socket buffers are not in it and are the same for all.",
		"One machine, loopback, small responses: no network, no TLS, no disk, no application. A short run on a shared machine shows ratios well and absolute numbers badly.",
	)
}

// offered is what an open loop asked for.
func (v *view) offered(s results.Scenario) string {
	for _, r := range v.rows(s.Name) {
		if r.OfferedRate > 0 {
			return fmt.Sprintf(" (%s requests/s offered)", count(r.OfferedRate))
		}
	}
	return ""
}

// machine in one line.
func (v *view) machine() string {
	m := v.Machine
	parts := []string{m.CPU, fmt.Sprintf("%d cores", m.Cores), m.OS + "/" + m.Arch}
	for _, extra := range []string{
		m.Hypervisor, prefixed("kernel ", m.Kernel), m.Go, prefixed("GOAMD64=", m.GOAMD64), prefixed("governor ", m.Governor),
		prefixed("CPU quota ", m.CPUQuota), prefixed("stolen by other machines during the run: ", m.Steal),
	} {
		if extra != "" {
			parts = append(parts, extra)
		}
	}
	return strings.Join(parts, ", ")
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
