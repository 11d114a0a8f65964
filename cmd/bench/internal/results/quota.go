package results

// How much of the machine we get: a container may have fewer cores' time than it
// sees cores, and a virtual machine's neighbours take theirs.

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// quota is the tightest limit on CPU time from our control group up to the root, in
// cores; "" if there is none. root is the system's.
func quota(root fs.FS) string {
	own, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return ""
	}
	tightest := 0.0
	note := func(cores float64) {
		if cores > 0 && (tightest == 0 || cores < tightest) {
			tightest = cores
		}
	}
	for line := range strings.Lines(string(own)) {
		// "0::/path" in version 2, "4:cpu,cpuacct:/path" in version 1. In a container
		// the path may be that of the host, and its own group stands at the top.
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		for group = path.Clean("/" + group); ; group = path.Dir(group) {
			if controllers == "" {
				note(maxOf(root, path.Join("sys/fs/cgroup", group, "cpu.max")))
			} else if strings.Contains(","+controllers+",", ",cpu,") {
				note(cfsOf(root, path.Join("sys/fs/cgroup", controllers, group)))
				note(cfsOf(root, path.Join("sys/fs/cgroup/cpu", group)))
			}
			if group == "/" {
				break
			}
		}
	}
	if tightest == 0 {
		return ""
	}
	return strconv.FormatFloat(tightest, 'f', 2, 64) + " cores"
}

// maxOf reads "150000 100000" or "max 100000": microseconds in each period.
func maxOf(root fs.FS, file string) float64 {
	text, _ := fs.ReadFile(root, file)
	amount, period, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	return share(amount, period)
}

// cfsOf is the same in version 1, where -1 is no limit.
func cfsOf(root fs.FS, folder string) float64 {
	amount, _ := fs.ReadFile(root, path.Join(folder, "cpu.cfs_quota_us"))
	period, _ := fs.ReadFile(root, path.Join(folder, "cpu.cfs_period_us"))
	return share(strings.TrimSpace(string(amount)), strings.TrimSpace(string(period)))
}

func share(amount, period string) float64 {
	a, err := strconv.ParseFloat(amount, 64)
	p, errPeriod := strconv.ParseFloat(period, 64)
	if err != nil || errPeriod != nil || a <= 0 || p <= 0 {
		return 0
	}
	return a / p
}

// Ticks is the time of all cores together since boot, in the kernel's ticks.
type Ticks struct{ stolen, all float64 }

// ReadTicks reads it; the zero value where it cannot be told.
func ReadTicks() Ticks {
	text, _ := os.ReadFile("/proc/stat")
	return ticksOf(string(text))
}

// ticksOf reads "cpu  USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ STEAL GUEST …". Guest
// time is part of user time.
func ticksOf(stat string) (t Ticks) {
	const stealField = 7
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) <= stealField+1 || fields[0] != "cpu" {
		return Ticks{}
	}
	for i, field := range fields[1 : stealField+2] {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return Ticks{}
		}
		t.all += n
		if i == stealField {
			t.stolen = n
		}
	}
	return t
}

// Steal says how much of the cores' time between two readings others had, while a
// process of ours wanted to run; "" where it cannot be told.
func (t Ticks) Steal(until Ticks) string {
	if t.all == 0 || until.all <= t.all {
		return ""
	}
	return fmt.Sprintf("%.1f %% of the cores' time", 100*(until.stolen-t.stolen)/(until.all-t.all))
}
