//go:build race

package sqlcore_test

// raceEnabled: the detector allocates, and makes sync.Pool forget.
const raceEnabled = true
