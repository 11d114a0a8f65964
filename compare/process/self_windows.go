package process

// A process asks for its own CPU time, on Windows.

import (
	"time"

	"golang.org/x/sys/windows"
)

// SelfCPU is the CPU time of this process, user and system; 0 if it cannot be told.
func SelfCPU() time.Duration {
	var created, ended, kernel, user windows.Filetime
	if windows.GetProcessTimes(windows.CurrentProcess(), &created, &ended, &kernel, &user) != nil {
		return 0
	}
	return duration(kernel) + duration(user)
}

// duration: these are lengths in units of 100 ns, not dates.
func duration(t windows.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}
