package results

// Quota and steal, from files of the kernel's form.

import (
	"testing"
	"testing/fstest"
)

func TestQuota(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"nothing known": {fstest.MapFS{}, ""},
		"no limit": {fstest.MapFS{
			"proc/self/cgroup": file("0::/a\n"), "sys/fs/cgroup/a/cpu.max": file("max 100000\n"),
		}, ""},
		"version 2": {fstest.MapFS{
			"proc/self/cgroup": file("0::/a\n"), "sys/fs/cgroup/a/cpu.max": file("150000 100000\n"),
		}, "1.50 cores"},
		"tighter above": {fstest.MapFS{
			"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/cpu.max": file("max 100000\n"), "sys/fs/cgroup/a/cpu.max": file("50000 100000\n"),
		}, "0.50 cores"},
		"in a container": {fstest.MapFS{
			"proc/self/cgroup": file("0::/../host/path\n"), "sys/fs/cgroup/cpu.max": file("200000 100000\n"),
		}, "2.00 cores"},
		"version 1": {fstest.MapFS{
			"proc/self/cgroup": file("5:memory:/a\n4:cpu,cpuacct:/a\n"),
			"sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us":    file("25000\n"),
			"sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us":   file("100000\n"),
			"sys/fs/cgroup/memory/a/cpu.cfs_quota_us":         file("1\n"),
			"sys/fs/cgroup/memory/a/cpu.cfs_period_us":        file("100000\n"),
			"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us":      file("-1\n"),
			"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us":     file("100000\n"),
			"sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us": file("100000\n"),
		}, "0.25 cores"},
		"nonsense": {fstest.MapFS{
			"proc/self/cgroup": file("0::/a\nx\n"), "sys/fs/cgroup/a/cpu.max": file("some 0\n"),
		}, ""},
	} {
		if got := quota(c.files); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestSteal(t *testing.T) {
	const before, after = "cpu  100 0 100 700 0 0 50 50 7 7\ncpu0 1 2 3\n", "cpu  200 0 200 1400 0 0 50 150 7 7\n"
	if got := ticksOf(before).Steal(ticksOf(after)); got != "10.0 % of the cores' time" {
		t.Errorf("100 of 1000 ticks are %q", got)
	}
	for _, bad := range []string{"", "cpu 1 2 3\n", "cpu a b c d e f g h i\n", "intr 1 2 3 4 5 6 7 8 9\n"} {
		if got := ticksOf(bad).Steal(ticksOf(after)); got != "" {
			t.Errorf("%q: %q", bad, got)
		}
		if got := ticksOf(before).Steal(ticksOf(bad)); got != "" {
			t.Errorf("until %q: %q", bad, got)
		}
	}
}
