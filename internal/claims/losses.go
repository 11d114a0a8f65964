package claims

// This file says where a server loses. A difference is called one only if all rounds agree on it; what is behind in
// the median alone is told apart from that. Calibrators are no rivals: they parse nothing, and being below them is no loss.

import (
	"fmt"
	"slices"
	"strings"
)

// lossMetrics are the metrics in which a server can lose, with their words and whether less is better.
var lossMetrics = []struct {
	metric, words string
	lower         bool
}{
	{requestsPerCPUSecond, "requests per CPU-second", false},
	{requestsPerSecond, "requests/s", false},
	{p50, "p50", true},
	{p99, "p99", true},
	{p999, "p99.9", true},
	{slowPerSecond, "slow route requests/s", false},
	{idleBytes, "memory per idle connection", true},
	{activeBytes, "memory per active connection", true},
	{afterBytes, "memory per connection after its request", true},
}

// LossMetrics are the metrics in which a server can lose, by their names in a results file: cmd/bench compares the same.
func LossMetrics() (names []string) {
	for _, m := range lossMetrics {
		names = append(names, m.metric)
	}
	return names
}

// earlierBuild is the server's name under which cmd/bench -before lets another build of covet take part.
const earlierBuild = "before"

// renderLosses writes where the server that a file's ratios are about loses.
func (r Results) renderLosses(out *strings.Builder) {
	if len(r.Ratios) == 0 {
		return
	}
	subject := r.Ratios[0].Server
	sure, unsure := r.failures(subject), []string(nil)
	for _, s := range r.Scenarios {
		for _, m := range lossMetrics {
			if !r.tells(s, m.metric) {
				continue
			}
			for _, server := range r.Servers {
				q, ok := r.ratio(s.Name, m.metric, subject, server.Name)
				if !ok || server.Calibrator || q.Rounds < roundsMin || r.belowFloor(s.Name, subject, m.metric) {
					continue
				}
				text := fmt.Sprintf("%s: %s %s that of %s", s.Name, m.words, withSpread(times(q.Median), times(q.Low), times(q.High)), server.Name)
				behind, surely := q.Median < 1, q.High < 1
				if m.lower {
					behind, surely = q.Median > 1, q.Low > 1
				}
				if surely {
					sure = append(sure, text)
				} else if behind {
					unsure = append(unsure, text)
				}
			}
		}
	}
	writeLosses(out, subject, r.hasPeer(subject), sure, unsure)
}

// tells reports whether a metric means something in a scenario: at a fixed rate all servers have the same requests
// per second, and a closed loop's latencies follow from its rate unless it has one connection only, or other traffic
// beside it.
func (r Results) tells(s Scenario, metric string) bool {
	open := s.Metric == p99
	switch metric {
	case requestsPerSecond:
		return !open
	case p50, p99, p999:
		return open || slices.ContainsFunc(r.Rows, func(row Row) bool {
			_, mixed := row.Medians[quietP99]
			return row.Scenario == s.Name && (row.Connections == 1 || mixed)
		})
	}
	return true
}

// belowFloor reports whether a metric is memory, and a server needs less of it than can be told.
func (r Results) belowFloor(scenario, server, metric string) bool {
	return isMemory(metric) && slices.ContainsFunc(r.Rows, func(row Row) bool {
		return row.Scenario == scenario && row.Server == server && row.Medians[metric] < idleFloor
	})
}

// hasPeer reports whether anybody took part whom the subject could lose to: no calibrator, and no variant of covet.
func (r Results) hasPeer(subject string) bool {
	return slices.ContainsFunc(r.Servers, func(s Server) bool {
		return s.Name != subject && !s.Calibrator && !isOurs(s.Name) && s.Name != earlierBuild
	})
}

// failures lists what a server could not do at all, which no median shows.
func (r Results) failures(server string) (list []string) {
	for _, row := range r.Rows {
		if row.Server != server {
			continue
		}
		if row.Failed > 0 {
			list = append(list, fmt.Sprintf("%s: %d of %d rounds failed, and are in no figure", row.Scenario, row.Failed, row.Failed+row.Rounds))
		}
		if kept, ok := row.Medians[rateKept]; ok && kept < keptMin {
			list = append(list, fmt.Sprintf("%s: kept %s of the offered rate", row.Scenario, percent(kept)))
		}
	}
	return list
}

// writeLosses writes the section that no results file goes without.
func writeLosses(out *strings.Builder, subject string, hasPeer bool, sure, unsure []string) {
	fmt.Fprintf(out, "\nWhere %s loses, in every round:\n\n", subject)
	switch {
	case len(sure) == 0 && !hasPeer:
		fmt.Fprintf(out, "- to nobody, since no peer took part: all contenders are %s in one form or another\n", subject)
	case len(sure) == 0:
		out.WriteString("- nowhere in this run, which speaks of these cases on this machine and of nothing else\n")
	}
	for _, text := range sure {
		fmt.Fprintf(out, "- %s\n", text)
	}
	if len(unsure) == 0 {
		return
	}
	out.WriteString("\nBehind in the median, but not in every round:\n\n")
	for _, text := range unsure {
		fmt.Fprintf(out, "- %s\n", text)
	}
}

// writeNotes writes what did not go as planned.
func writeNotes(out *strings.Builder, notes []string) {
	if len(notes) == 0 {
		return
	}
	out.WriteString("\nNotes on this run:\n\n")
	for _, note := range notes {
		fmt.Fprintf(out, "- %s\n", strings.Join(strings.Fields(note), " "))
	}
}
