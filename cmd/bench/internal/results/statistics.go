package results

// How rounds become one number. The median, since a disturbed round must not
// move it, and the lowest and highest round beside it, since a reader must see
// how far rounds lie apart. Ratios are taken within a round, where both servers
// met the same disturbances, and only then summarised.

import (
	"cmp"
	"slices"
)

// Spread is the lowest and the highest round.
type Spread struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Ratio compares two servers, round by round.
type Ratio struct {
	Scenario string  `json:"scenario"`
	Metric   string  `json:"metric"`
	Server   string  `json:"server"`
	Over     string  `json:"over"`
	Median   float64 `json:"median"`
	Spread
	Rounds int `json:"rounds"`
}

// Median of an even number of values is the mean of the two in the middle. No
// values have the median 0.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// SpreadOf is the range of some values.
func SpreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	return Spread{slices.Min(values), slices.Max(values)}
}

// Summarise fills in all that follows from the rounds. Rounds that failed have
// no part in it.
func (r *Result) Summarise() {
	values := map[string][]float64{}
	r.Rounds, r.Failed, r.Failure = 0, 0, ""
	for _, round := range r.Raw {
		if round.Failure != "" {
			r.Failed++
			r.Failure = cmp.Or(r.Failure, round.Failure)
			continue
		}
		r.Rounds++
		for metric, value := range round.Values {
			values[metric] = append(values[metric], value)
		}
	}
	r.Median, r.Spread = map[string]float64{}, map[string]Spread{}
	for metric, list := range values {
		r.Median[metric] = Median(list)
		r.Spread[metric] = SpreadOf(list)
	}
	r.RequestsPerSecond = r.number(RequestsPerSecond)
	r.CPUMicros = r.number(CPUMicros)
	r.Latency = nil
	if _, ok := r.Median[P50]; ok {
		r.Latency = &Latency{r.Median[P50], r.Median[P90], r.Median[P99], r.Median[P999], r.Median[Max]}
	}
}

func (r *Result) number(metric string) *float64 {
	if value, ok := r.Median[metric]; ok {
		return &value
	}
	return nil
}

// Compare computes the ratios of one metric between one server and all others,
// for every scenario that has it.
func (f *File) Compare(server, metric string) (ratios []Ratio) {
	for _, r := range f.Results {
		own := f.Find(server, r.Scenario)
		if own == nil || r.Server == server {
			continue
		}
		if ratio, ok := pair(own, &r, metric); ok {
			ratios = append(ratios, ratio)
		}
	}
	return ratios
}

// pair is the ratio of two results, taken round by round. Memory below the floor
// counts as the floor: a ratio to next to nothing would be any number. Latencies
// at a rate that one of the two could not keep have none.
func pair(a, b *Result, metric string) (Ratio, bool) {
	if IsLatency(metric) {
		_, lags := a.Lagging()
		_, over := b.Lagging()
		if lags || over {
			return Ratio{}, false
		}
	}
	var values []float64
	for _, x := range a.Raw {
		for _, y := range b.Raw {
			if x.Round != y.Round || x.Failure != "" || y.Failure != "" {
				continue
			}
			if value, over := x.comparable(metric), y.comparable(metric); value > 0 && over > 0 {
				values = append(values, value/over)
			}
		}
	}
	ratio := Ratio{
		Scenario: a.Scenario, Metric: metric, Server: a.Server, Over: b.Server,
		Median: Median(values), Spread: SpreadOf(values), Rounds: len(values),
	}
	return ratio, len(values) > 0
}

// comparable is a round's value for a ratio; 0 if there is none.
func (r Round) comparable(metric string) float64 {
	value, measured := r.Values[metric]
	if measured && IsMemory(metric) {
		return max(value, IdleFloor)
	}
	return value
}
