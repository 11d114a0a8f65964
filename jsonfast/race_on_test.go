//go:build race

package jsonfast

// raceEnabled: pools forget at random, so allocations cannot be counted.
const raceEnabled = true
