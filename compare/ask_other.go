//go:build !linux

package compare

import "time"

func newSleeper() func(time.Duration) { return time.Sleep }
