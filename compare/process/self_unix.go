//go:build unix && !linux

package process

// A process asks for its own CPU time, on the other Unix systems.

import (
	"time"

	"golang.org/x/sys/unix"
)

func selfCPU() time.Duration {
	var use unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
