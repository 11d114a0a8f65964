//go:build !race

package sqlcore_test

// raceEnabled: allocations can be counted.
const raceEnabled = false
