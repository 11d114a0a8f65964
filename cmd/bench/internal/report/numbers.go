package report

// How numbers are written: three significant digits, with a unit.

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/covetgo/covet/cmd/bench/internal/results"
)

// significant writes three significant digits without an exponent.
func significant(v float64) string {
	if v == 0 {
		return "0"
	}
	magnitude := math.Floor(math.Log10(math.Abs(v)))
	if math.Abs(v) >= 9.995*math.Pow(10, magnitude) {
		magnitude++ // it is rounded up to the next power
	}
	digits := 2 - int(magnitude)
	if digits < 0 {
		unit := math.Pow(10, float64(-digits))
		return strconv.FormatFloat(math.Round(v/unit)*unit, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', min(digits, 3), 64)
}

// round takes the zeros off that significant digits leave on a round number:
// ticks are round.
func round(text string) string {
	number, unit, _ := strings.Cut(text, " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return strings.TrimSpace(number + " " + unit)
}

// count: 980, 45.1 k, 1.21 M.
func count(v float64) string {
	switch {
	case math.Abs(v) >= 999.5e3:
		return significant(v/1e6) + " M"
	case math.Abs(v) >= 999.5:
		return significant(v/1e3) + " k"
	}
	return significant(v)
}

// micros: 8.31 µs, 1.20 ms, 2.50 s.
func micros(v float64) string {
	switch {
	case v >= 999.5e3:
		return significant(v/1e6) + " s"
	case v >= 999.5:
		return significant(v/1e3) + " ms"
	}
	return significant(v) + " µs"
}

// size: 312 B, 16.7 KB, or that it is too small to tell.
func size(v float64) string {
	if v < results.IdleFloor {
		return fmt.Sprintf("under %d B", results.IdleFloor)
	}
	return bytes(v)
}

func bytes(v float64) string {
	if v >= 999.5 {
		return significant(v/1000) + " KB"
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + " B"
}

func times(v float64) string { return significant(v) + "×" }

// portion is for a sentence that goes on with "the": 1.52×, 0.31×, 1/580 of.
func portion(v float64) string {
	if v >= 0.1 || v <= 0 {
		return times(v)
	}
	return "1/" + significant(1/v) + " of"
}

// written writes a value of a metric.
func written(metric string, v float64) string {
	if results.IsMemory(metric) {
		return size(v)
	}
	switch metric {
	case results.RequestsPerSecond, results.RequestsPerCPUSecond, results.QuietPerSecond, results.SlowPerSecond:
		return count(v)
	case results.Slowdown:
		return times(v)
	}
	return micros(v)
}

// unit is a metric in words.
func unit(metric string) string {
	switch metric {
	case results.RequestsPerCPUSecond:
		return "requests per second of server CPU time"
	case results.RequestsPerSecond:
		return "requests per second"
	case results.IdleBytes:
		return "resident bytes per idle connection"
	case results.ActiveBytes:
		return "resident bytes per connection in the middle of a request"
	case results.AfterBytes:
		return "resident bytes per connection after its request"
	case results.P50:
		return "median latency"
	case results.P99:
		return "99th percentile of latency"
	case results.P999:
		return "99.9th percentile of latency"
	case results.SlowPerSecond:
		return "requests per second on the slow route"
	}
	return metric
}

// cell is a median with its spread, for tables.
func cell(r *results.Result, metric string) string {
	v, ok := r.Median[metric]
	if !ok {
		return "–"
	}
	s := r.Spread[metric]
	if written(metric, s.Min) == written(metric, s.Max) {
		return written(metric, v)
	}
	return fmt.Sprintf("%s (%s–%s)", written(metric, v), written(metric, s.Min), written(metric, s.Max))
}

func plain(r *results.Result, metric string, write func(float64) string) string {
	if v, ok := r.Median[metric]; ok {
		return write(v)
	}
	return "–"
}
