//go:build race

package pg

// raceEnabled: the detector allocates, and makes sync.Pool forget.
const raceEnabled = true
