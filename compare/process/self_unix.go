//go:build unix

package process

// A process asks for its own CPU time, on Unix.

import (
	"time"

	"golang.org/x/sys/unix"
)

// SelfCPU is the CPU time of this process, user and system; 0 if it cannot be told.
func SelfCPU() time.Duration {
	var use unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
