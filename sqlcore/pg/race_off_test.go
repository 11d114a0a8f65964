//go:build !race

package pg

// raceEnabled: allocations can be counted.
const raceEnabled = false
