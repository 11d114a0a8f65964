package results

// Where numbers come from: the machine, the commit, the command. A number
// without them is worth nothing.

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

// Machine is what a reader must know to judge the numbers. Fields that cannot be
// found out are left out.
type Machine struct {
	CPU        string `json:"cpu"`
	Cores      int    `json:"cores"` // that the bench may use
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	Kernel     string `json:"kernel,omitempty"`
	Go         string `json:"go"`
	GOAMD64    string `json:"goamd64,omitempty"`
	Governor   string `json:"cpu_governor,omitempty"`
	Hypervisor string `json:"hypervisor,omitempty"`
	CPUQuota   string `json:"cpu_quota,omitempty"` // of our control group, if it has one
	Steal      string `json:"steal,omitempty"`     // during the run: what other machines on the same hardware had
}

// DescribeMachine looks at this machine.
func DescribeMachine() Machine {
	m := Machine{
		CPU: "unknown", Cores: runtime.NumCPU(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		Go: runtime.Version(), GOAMD64: buildSetting("GOAMD64"),
	}
	if model := cpuInfo("model name"); model != "" {
		m.CPU = model
	} else if model := output("sysctl", "-n", "machdep.cpu.brand_string"); model != "" {
		m.CPU = model
	}
	m.Kernel = firstLine("/proc/sys/kernel/osrelease")
	if m.Kernel == "" {
		m.Kernel = output("uname", "-r")
	}
	m.Governor = firstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
	if strings.Contains(" "+cpuInfo("flags")+" ", " hypervisor ") {
		m.Hypervisor = "virtual machine"
	}
	m.CPUQuota = quota(os.DirFS("/"))
	return m
}

// Commit is that of the binary if it was stamped, else that of the folder it
// runs in. The bench's own output does not make a tree dirty.
func Commit() string {
	if revision := buildSetting("vcs.revision"); revision != "" {
		if buildSetting("vcs.modified") == "true" {
			revision += "-dirty"
		}
		return revision
	}
	revision := output("git", "rev-parse", "HEAD")
	if revision == "" {
		return "unknown"
	}
	if output("git", "status", "--porcelain", "--", ":/", ":(exclude,top)docs/results", ":(exclude,top)bench-results") != "" {
		revision += "-dirty"
	}
	return revision
}

// Command is how to repeat the run.
func Command(args []string) string {
	return strings.TrimSpace("go run ./cmd/bench " + strings.Join(args, " "))
}

func buildSetting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, setting := range info.Settings {
		if setting.Key == key {
			return setting.Value
		}
	}
	return ""
}

// cpuInfo is a field of the first processor.
func cpuInfo(name string) string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		key, value, found := strings.Cut(line, ":")
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func firstLine(path string) string {
	text, _ := os.ReadFile(filepath.FromSlash(path))
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return strings.TrimSpace(string(line))
}

// output of a command, or nothing if it fails or does not exist.
func output(name string, args ...string) string {
	text, err := exec.Command(name, args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
