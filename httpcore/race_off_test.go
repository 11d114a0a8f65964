//go:build !race

package httpcore_test

// raceEnabled: allocations can be counted.
const raceEnabled = false
