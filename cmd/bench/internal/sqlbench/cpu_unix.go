//go:build unix

package sqlbench

// The processor time of this process.

import (
	"syscall"
	"time"
)

// cpuTime is user and system time.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
