package load

// Latencies, in microseconds with three significant digits, from 0.1 µs to a
// minute. HdrHistogram counts in integers: the unit inside is 100 ns.

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	unitNanoseconds   = 100
	latencySecondsMax = 60
	significantDigits = 3
)

// Histogram is a distribution of latencies. The zero value is empty.
type Histogram struct{ h *hdrhistogram.Histogram }

// make gives it room; recording does not allocate.
func (h *Histogram) make() {
	if h.h == nil {
		h.h = hdrhistogram.New(1, latencySecondsMax*int64(time.Second)/unitNanoseconds, significantDigits)
	}
}

// record counts n responses with the same latency.
func (h *Histogram) record(nanoseconds int64, n int64) {
	unit := max(nanoseconds/unitNanoseconds, 1)
	h.h.RecordValues(min(unit, h.h.HighestTrackableValue()), n)
}

// Add merges another histogram into this one.
func (h *Histogram) Add(other Histogram) {
	if other.h == nil {
		return
	}
	h.make()
	h.h.Merge(other.h)
}

// Count is the number of recorded values.
func (h *Histogram) Count() int64 {
	if h.h == nil {
		return 0
	}
	return h.h.TotalCount()
}

// Micros is a percentile in microseconds: 50, 99, 99.9, 100 for the maximum.
func (h *Histogram) Micros(percentile float64) float64 {
	if h.Count() == 0 {
		return 0
	}
	return float64(h.h.ValueAtPercentile(percentile)) * unitNanoseconds / 1000
}
