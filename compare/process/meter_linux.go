package process

// What the kernel knows about a child, asked from outside: asking costs the
// child nothing.

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ReadsRSS says whether [Child.RSS] can tell anything on this platform.
const ReadsRSS = true

// CPUTime is the CPU time of all threads of the child since its start, user and
// system, in nanoseconds as the scheduler counts them.
func (c *Child) CPUTime() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(cpuClock(c.PID), &ts); err != nil {
		return 0, fmt.Errorf("cannot read the CPU clock of process %d: %w", c.PID, err)
	}
	return time.Duration(ts.Nano()), nil
}

// cpuClock is clock_getcpuclockid(3): the process id inverted, and 2 for the
// scheduler's own count.
func cpuClock(pid int) int32 { return int32(^pid)<<3 | 2 }

// RSS is the resident memory of the child in bytes. smaps_rollup walks the page
// tables and is exact; statm is a sum of per-core counters that lags behind.
func (c *Child) RSS() (int64, error) {
	if kib, err := field(fmt.Sprintf("/proc/%d/smaps_rollup", c.PID), "Rss:"); err == nil {
		return kib << 10, nil
	}
	kib, err := field(fmt.Sprintf("/proc/%d/status", c.PID), "VmRSS:")
	return kib << 10, err
}

// Inside counts the child's descriptors and threads.
func (c *Child) Inside() (Inside, error) {
	descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", c.PID))
	if err != nil {
		return Inside{}, err
	}
	threads, err := field(fmt.Sprintf("/proc/%d/status", c.PID), "Threads:")
	return Inside{Descriptors: len(descriptors), Threads: int(threads)}, err
}

// field finds the number that follows a name in one of the kernel's tables.
func field(path, name string) (int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, name); found {
			number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			return strconv.ParseInt(number, 10, 64)
		}
	}
	return 0, fmt.Errorf("%s has no line %q", path, name)
}
