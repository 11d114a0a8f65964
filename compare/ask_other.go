//go:build !linux

package compare

// Elsewhere than on Linux the runtime's timers have to do.

import "time"

func newSleeper() func(time.Duration) { return time.Sleep }
