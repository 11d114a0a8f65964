//go:build race

package httpcore_test

// raceEnabled: pools forget at random, so allocations cannot be counted.
const raceEnabled = true
