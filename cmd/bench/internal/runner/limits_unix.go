//go:build unix

package runner

// How many descriptors a process may have; Go has raised the soft limit to the
// hard one by the time this is asked.

import "golang.org/x/sys/unix"

func descriptorsMax() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 1024
	}
	return int(min(uint64(limit.Cur), 1<<20))
}
