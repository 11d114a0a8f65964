package claims

// This file writes figures as text.

import (
	"strconv"
)

// unmeasured stands for a figure that a file does not have.
const unmeasured = "–"

// idleFloor is the smallest memory per connection that is told: below it stand servers that keep their
// connections in memory that they had before, and what else a process does with its memory is as large.
const idleFloor = 100 // bytes

// write writes a value of a metric without its unit.
func write(metric string, v float64) string {
	switch metric {
	case requestsPerSecond, requestsPerCPUSecond, quietPerSecond, slowPerSecond:
		return rate(v)
	case idleBytes, activeBytes, afterBytes:
		return size(v)
	case rateKept, serverCores:
		return percent(v)
	case mallocs:
		return decimals(v, 2)
	case gcCycles:
		return decimals(v, 0)
	}
	return short(v)
}

// units end a value where no head of a table names its unit.
var units = map[string]string{
	requestsPerSecond: " requests/s", requestsPerCPUSecond: " requests per CPU-second", slowPerSecond: " requests/s",
	quietPerSecond: " requests/s", idleBytes: "", activeBytes: "", afterBytes: "", rateKept: "", mallocs: " allocations", gcCycles: " GC cycles",
	cpuMicros: " µs", p50: " µs", p99: " µs", p999: " µs", quietP50: " µs", quietP99: " µs", generatorLag: " µs",
}

// withSpread writes a median with the lowest and highest round, if they differ as they are written.
func withSpread(median, low, high string) string {
	if low == high {
		return median
	}
	return median + " (" + low + "–" + high + ")"
}

// rate writes a large number in whole units with commas: 145,247.
func rate(v float64) string {
	digits := decimals(v, 0)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// short writes a time with about three digits.
func short(v float64) string {
	switch {
	case v >= 100:
		return rate(v)
	case v >= 10:
		return decimals(v, 1)
	}
	return decimals(v, 2)
}

// size writes bytes as 312 B or 16.8 KB.
func size(v float64) string {
	switch {
	case v < idleFloor:
		return "under " + strconv.Itoa(idleFloor) + " B"
	case v < 999.5:
		return decimals(v, 0) + " B"
	}
	return decimals(v/1000, 1) + " KB"
}

// times writes a factor: 23.1×, 2.31×, 0.012×.
func times(v float64) string {
	switch {
	case v >= 100:
		return rate(v) + "×"
	case v >= 10:
		return decimals(v, 1) + "×"
	case v < 0.1:
		return decimals(v, 3) + "×"
	}
	return decimals(v, 2) + "×"
}

// percent writes a share: 85 %.
func percent(v float64) string { return decimals(v*100, 0) + " %" }

// decimals writes a number with some decimals.
func decimals(v float64, n int) string { return strconv.FormatFloat(v, 'f', n, 64) }
