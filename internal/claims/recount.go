package claims

// This file computes a results file's medians, spreads and ratios again from its rounds. They follow from nothing else,
// so a file in which they differ was edited, or written by a program with a fault. It is also an error to leave a
// ratio out: what a server loses in would be missing from the ledger without a trace.

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// recountError is how far two computations of one number may lie apart, in parts of it.
const recountError = 1e-9

// recount reports the first figure of a file that does not follow from its rounds.
func (r Results) recount() error {
	for _, row := range r.Rows {
		if err := row.recount(); err != nil {
			return fmt.Errorf("server %q in scenario %q: %w", row.Server, row.Scenario, err)
		}
	}
	for _, q := range r.Ratios {
		if err := r.recountRatio(q); err != nil {
			return fmt.Errorf("ratio of %s over %s in %s of scenario %q: %w", q.Server, q.Over, q.Metric, q.Scenario, err)
		}
	}
	return r.missingRatio()
}

// recount compares a row with its rounds. Those that failed have no part in it but their number.
func (row Row) recount() error {
	values := map[string][]float64{}
	kept := 0
	for _, round := range row.Raw {
		if round.Failure != "" {
			continue
		}
		kept++
		for metric, v := range round.Values {
			values[metric] = append(values[metric], v)
		}
	}
	if kept != row.Rounds || len(row.Raw)-kept != row.Failed {
		return fmt.Errorf("says %d rounds and %d that failed, and has %d and %d", row.Rounds, row.Failed, kept, len(row.Raw)-kept)
	}
	for _, metric := range slices.Sorted(maps.Keys(values)) {
		if _, told := row.Medians[metric]; !told {
			return fmt.Errorf("%s was measured and has no median", metric)
		}
	}
	for _, metric := range slices.Sorted(maps.Keys(row.Medians)) {
		if err := recounted(metric, row.Medians[metric], row.Spreads[metric], values[metric]); err != nil {
			return err
		}
	}
	return nil
}

// recounted compares a median and a spread with what they are of.
func recounted(name string, middle float64, spread Spread, values []float64) error {
	if len(values) == 0 {
		return fmt.Errorf("%s is in no round", name)
	}
	for _, c := range []struct {
		of        string
		has, want float64
	}{
		{"median", middle, median(values)}, {"lowest round", spread.Low, slices.Min(values)}, {"highest round", spread.High, slices.Max(values)},
	} {
		if math.Abs(c.has-c.want) > recountError*max(math.Abs(c.want), 1) {
			return fmt.Errorf("%s of %s is given as %g, and its rounds have %g", c.of, name, c.has, c.want)
		}
	}
	return nil
}

// recountRatio compares a ratio with the rounds of its two servers.
func (r Results) recountRatio(q Ratio) error {
	values := r.quotients(q.Scenario, q.Metric, q.Server, q.Over)
	if len(values) != q.Rounds {
		return fmt.Errorf("says %d rounds, and both were measured in %d", q.Rounds, len(values))
	}
	return recounted(q.Metric, q.Median, q.Spread, values)
}

// quotients are the values of a metric of one server over those of another, taken within rounds, as cmd/bench does it:
// memory below the floor counts as the floor.
func (r Results) quotients(scenario, metric, server, over string) (values []float64) {
	for _, a := range r.rounds(scenario, server) {
		for _, b := range r.rounds(scenario, over) {
			if a.Round != b.Round || a.Failure != "" || b.Failure != "" {
				continue
			}
			if x, y := a.comparable(metric), b.comparable(metric); x > 0 && y > 0 {
				values = append(values, x/y)
			}
		}
	}
	return values
}

// rounds are those of one server in a scenario.
func (r Results) rounds(scenario, server string) []Round {
	i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.Scenario == scenario && row.Server == server })
	if i < 0 {
		return nil
	}
	return r.Rows[i].Raw
}

// comparable is a round's value for a ratio; 0 if there is none.
func (r Round) comparable(metric string) float64 {
	v, measured := r.Values[metric]
	if measured && isMemory(metric) {
		return max(v, idleFloor)
	}
	return v
}

// isMemory reports whether a metric is memory per connection.
func isMemory(metric string) bool {
	return metric == idleBytes || metric == activeBytes || metric == afterBytes
}

// missingRatio finds a comparison that could have been made and is not in the file.
func (r Results) missingRatio() error {
	if len(r.Ratios) == 0 {
		return nil
	}
	subject := r.Ratios[0].Server
	for _, row := range r.Rows {
		for _, m := range lossMetrics {
			if row.Server == subject || r.queued(row.Scenario, m.metric, subject) || r.queued(row.Scenario, m.metric, row.Server) {
				continue
			}
			_, told := r.ratio(row.Scenario, m.metric, subject, row.Server)
			if !told && len(r.quotients(row.Scenario, m.metric, subject, row.Server)) > 0 {
				return fmt.Errorf("server %q in scenario %q: the ratio of %s in %s is left out", row.Server, row.Scenario, subject, m.metric)
			}
		}
	}
	return nil
}
