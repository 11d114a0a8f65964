package runner

// Who runs where: the server on one core, the generator on others, so that
// neither takes time from the other.

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/covetgo/covet/compare/process"
)

// generatorCoresMax: a server on one core needs no more to be kept busy.
const generatorCoresMax = 3

// Cores says who runs where.
type Cores struct {
	Server    []int // empty: not pinned
	Generator []int // empty: not pinned
	Threads   int   // of the generator
	Note      string
}

// pinned: the server has cores of its own, so that what it left of them is known.
func (c Cores) pinned() bool { return len(c.Server) > 0 }

func shareCores() Cores {
	cpus, err := process.CPUs()
	if err != nil {
		return Cores{Threads: 1, Note: "not pinned: " + err.Error() + "; server and generator share all cores, so read ratios with care"}
	}
	return assign(cpus, siblings)
}

// assign gives the first core to the server. Hardware threads of that core stay
// empty if there are other cores: they would slow the server down.
func assign(cpus []int, siblings func(cpu int) []int) Cores {
	if len(cpus) < 2 {
		return Cores{Threads: 1, Note: "not pinned: there is one core only, server and generator take turns on it, so read ratios with care"}
	}
	server, others := cpus[0], cpus[1:]
	apart := slices.DeleteFunc(slices.Clone(others), func(cpu int) bool { return slices.Contains(siblings(server), cpu) })
	note := ""
	if len(apart) == 0 {
		apart, note = others, "; they are hardware threads of one core, so they do slow each other down"
	}
	apart = apart[:min(len(apart), generatorCoresMax)]
	return Cores{
		Server: []int{server}, Generator: apart, Threads: len(apart),
		Note: fmt.Sprintf("server on core %d with GOMAXPROCS=1, generator on %s (sched_setaffinity)%s", server, list(apart), note),
	}
}

func list(cpus []int) string {
	var names []string
	for _, cpu := range cpus {
		names = append(names, strconv.Itoa(cpu))
	}
	if len(names) == 1 {
		return "core " + names[0]
	}
	return "cores " + strings.Join(names, ", ")
}

// siblings are the hardware threads that share a core with this one, as the
// kernel lists them: "0,4" or "0-1".
func siblings(cpu int) []int {
	text, err := os.ReadFile(fmt.Sprintf("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu))
	if err != nil {
		return nil
	}
	return parseCPUList(strings.TrimSpace(string(text)))
}

func parseCPUList(text string) (cpus []int) {
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(part, "-")
		first, err := strconv.Atoi(low)
		if err != nil {
			continue
		}
		last := first
		if isRange {
			last, _ = strconv.Atoi(high)
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}

func (c Cores) pinGenerator() error {
	if len(c.Generator) == 0 {
		return nil
	}
	return process.PinSelf(c.Generator)
}
