package compare

// This file times the first use of a type, which is when a library gets to know it: by making a plan, by compiling machine code. A
// process can do that once, so each sample is a process of its own: this test, called again.

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const firstUseVariable = "COVET_FIRST_USE" // operation/document/contender, for the process that does it

// firstUses are what is timed: the first call at all, by the smallest type, and the first calls for other types behind that.
var firstUses = []string{"message", "order1k", "twitter"}

// TestFirstUse is the process that is timed, if it is told what to do; and otherwise tries that it can be.
func TestFirstUse(t *testing.T) {
	asked := os.Getenv(firstUseVariable)
	if asked == "" {
		if ns, allocs := firstUse(t, "decode/order1k/covet"); ns <= 0 || allocs <= 0 {
			t.Errorf("%v ns, %v allocations", ns, allocs)
		}
		return
	}
	operation, rest, _ := strings.Cut(asked, "/")
	name, contender, _ := strings.Cut(rest, "/")
	for _, c := range jsonDefaults {
		if c.name != contender {
			continue
		}
		if name != "message" {
			useFirst(t, c, operation, "message")
		}
		took, allocs := useFirst(t, c, operation, name)
		fmt.Printf("first use: %d %d\n", took.Nanoseconds(), allocs)
	}
}

// useFirst is one call, timed, and its allocations counted.
func useFirst(t *testing.T, c jsonContender, operation, name string) (took time.Duration, allocs uint64) {
	for _, d := range documents {
		if d.name != name {
			continue
		}
		v, buf := d.make(), make([]byte, 0, 64<<10)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start, err := time.Now(), error(nil) // clock: the duration is what is reported
		if operation == "encode" {
			_, err = c.encode(buf, v)
		} else {
			err = c.decode([]byte(`{}`), v)
		}
		took = time.Since(start)
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		return took, after.Mallocs - before.Mallocs
	}
	t.Fatalf("no document of the name %s", name)
	return 0, 0
}

// firstUse starts a process and returns what it says.
func firstUse(t testing.TB, what string) (ns, allocs float64) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run", "^TestFirstUse$")
	cmd.Env = append(os.Environ(), firstUseVariable+"="+what)
	out, err := cmd.CombinedOutput()
	_, said, _ := strings.Cut(string(out), "first use: ")
	if _, scanErr := fmt.Sscan(said, &ns, &allocs); err != nil || scanErr != nil {
		t.Fatalf("%s: %v: %s", what, err, out)
	}
	return ns, allocs
}

// BenchmarkJSONFirstUse has processes as its iterations, and as its time the median of what they measured: that of a call which
// decodes an empty object into a type that is new, or encodes the type's zero value.
func BenchmarkJSONFirstUse(b *testing.B) {
	for _, operation := range []string{"decode", "encode"} {
		for _, name := range firstUses {
			for _, c := range jsonDefaults {
				if c.name == "easyjson" {
					continue // has nothing to find out
				}
				what := operation + "/" + name + "/" + c.name
				b.Run(what, func(b *testing.B) {
					b.ReportAllocs()
					var all []float64
					var allocs float64
					for range b.N {
						ns, n := firstUse(b, what)
						all, allocs = append(all, ns), max(allocs, n)
					}
					slices.Sort(all)
					b.ReportMetric(all[len(all)/2], "ns/op")
					b.ReportMetric(allocs, "allocs/op")
				})
			}
		}
	}
}
