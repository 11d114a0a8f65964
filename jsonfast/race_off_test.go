//go:build !race

package jsonfast

// raceEnabled: allocations can be counted.
const raceEnabled = false
