package runner

// How long ago "go run" began: what a run promises to take includes its build,
// and a build from nothing takes longer than a quick measurement.

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond is the kernel's unit in /proc (USER_HZ), the same everywhere.
const ticksPerSecond = 100

// sinceGoRun is the age of the parent process if that is the go command, else 0.
func sinceGoRun() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", os.Getppid()))
	if err != nil {
		return 0
	}
	uptime, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return 0
	}
	return ageOfGo(string(stat), string(uptime))
}

// ageOfGo reads "PID (NAME) STATE …", whose 22nd field is the start in ticks
// since boot, and "SECONDS IDLE".
func ageOfGo(stat, uptime string) time.Duration {
	const startField = 22 - 3 // counted from the one after the name
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || end < open || stat[open+1:end] != "go" {
		return 0
	}
	fields := strings.Fields(stat[end+1:])
	if len(fields) <= startField {
		return 0
	}
	ticks, err := strconv.ParseFloat(fields[startField], 64)
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(uptime, " ")
	now, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return time.Duration(max(now-ticks/ticksPerSecond, 0) * float64(time.Second))
}
