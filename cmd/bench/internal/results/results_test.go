package results

// Statistics on values that can be checked by hand, and the form of the file.

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/covetgo/covet/internal/claims"
)

func TestMedianAndSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		median float64
		spread Spread
	}{
		{nil, 0, Spread{}},
		{[]float64{3}, 3, Spread{3, 3}},
		{[]float64{9, 1}, 5, Spread{1, 9}},
		{[]float64{5, 1, 900}, 5, Spread{1, 900}},
		{[]float64{4, 1, 3, 2}, 2.5, Spread{1, 4}},
	} {
		given := append([]float64(nil), c.values...)
		if got := Median(given); got != c.median {
			t.Errorf("Median(%v) = %v, want %v", c.values, got, c.median)
		}
		if got := SpreadOf(given); got != c.spread {
			t.Errorf("SpreadOf(%v) = %v, want %v", c.values, got, c.spread)
		}
		if !reflect.DeepEqual(given, append([]float64(nil), c.values...)) {
			t.Errorf("the values were reordered: %v", given)
		}
	}
}

func round(n int, rate float64) Round {
	return Round{Round: n, Values: map[string]float64{RequestsPerSecond: rate, CPUMicros: 1e6 / rate}}
}

func TestFailedRoundsHaveNoPart(t *testing.T) {
	failed := round(2, 1)
	failed.Failure = "1 status"
	r := Result{Raw: []Round{round(1, 100), failed, round(3, 300)}}
	r.Summarise()
	if *r.RequestsPerSecond != 200 || r.Rounds != 2 || r.Failed != 1 || r.Failure != "1 status" {
		t.Errorf("%+v", r)
	}
	if r.Latency != nil {
		t.Error("a latency that nobody measured")
	}
	if r.Spread[RequestsPerSecond] != (Spread{100, 300}) {
		t.Errorf("spread %+v", r.Spread)
	}
}

// TestRatiosArePaired: a machine that is slower in one round is slower for both.
func TestRatiosArePaired(t *testing.T) {
	f := &File{Results: []Result{
		{Server: "a", Scenario: "s", Raw: []Round{round(1, 200), round(2, 20), round(3, 100)}},
		{Server: "b", Scenario: "s", Raw: []Round{round(3, 50), round(2, 10), round(1, 100)}},
		{Server: "b", Scenario: "other", Raw: []Round{round(1, 100)}},
	}}
	ratios := f.Compare("a", RequestsPerSecond)
	want := []Ratio{{Scenario: "s", Metric: RequestsPerSecond, Server: "a", Over: "b", Median: 2, Spread: Spread{2, 2}, Rounds: 3}}
	if !reflect.DeepEqual(ratios, want) {
		t.Errorf("got %+v", ratios)
	}
}

// TestMemoryBelowTheFloorIsNoRatio: next to nothing, or less than nothing, is
// compared as the floor.
func TestMemoryBelowTheFloorIsNoRatio(t *testing.T) {
	idle := func(n int, bytes float64) Round { return Round{Round: n, Values: map[string]float64{IdleBytes: bytes}} }
	f := &File{Results: []Result{
		{Server: "a", Scenario: "s", Raw: []Round{idle(1, 7), idle(2, -3), idle(3, 28)}},
		{Server: "b", Scenario: "s", Raw: []Round{idle(1, 200), idle(2, 400), {Round: 3}}},
	}}
	want := []Ratio{{Scenario: "s", Metric: IdleBytes, Server: "a", Over: "b", Median: 0.375, Spread: Spread{0.25, 0.5}, Rounds: 2}}
	if ratios := f.Compare("a", IdleBytes); !reflect.DeepEqual(ratios, want) {
		t.Errorf("got %+v", ratios)
	}
}

// TestShape holds the names that others read results.json by.
func TestShape(t *testing.T) {
	r := Result{Server: "a", Scenario: "s", Connections: 64, Pipeline: 1, Raw: []Round{{Round: 1, Values: map[string]float64{
		RequestsPerSecond: 100, CPUMicros: 5, P50: 1, P90: 2, P99: 3, P999: 4, Max: 5,
	}}}}
	r.Summarise()
	path := filepath.Join(t.TempDir(), "results.json")
	if err := (&File{Commit: "c", Command: "go run", Results: []Result{r}}).Write(path); err != nil {
		t.Fatal(err)
	}
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(f)
	var shape struct {
		Machine map[string]any
		Commit  string
		Command string
		Results []map[string]any
	}
	if err := json.Unmarshal(text, &shape); err != nil || shape.Machine == nil || shape.Commit == "" || shape.Command == "" {
		t.Fatalf("%v: %s", err, text)
	}
	want := map[string]any{
		"server": "a", "scenario": "s", "connections": 64.0, "pipeline": 1.0,
		"requests_per_second": 100.0, "server_cpu_us_per_request": 5.0, "rounds": 1.0,
		"latency_us": map[string]any{"p50": 1.0, "p90": 2.0, "p99": 3.0, "p999": 4.0, "max": 5.0},
	}
	for name, value := range want {
		if !reflect.DeepEqual(shape.Results[0][name], value) {
			t.Errorf("%s is %v, want %v", name, shape.Results[0][name], value)
		}
	}
}

// TestLossesAreTheLedgers: both tell where covet loses, and neither may forget what the other has.
func TestLossesAreTheLedgers(t *testing.T) {
	if want := claims.LossMetrics(); !slices.Equal(LossMetrics, want) {
		t.Errorf("the bench compares %q, the ledger %q", LossMetrics, want)
	}
}

func TestUnderstated(t *testing.T) {
	f := &File{Method: Method{ServerCores: []int{0}}}
	row := func(connections int, rate, busy float64) *Result {
		return &Result{Connections: connections, OfferedRate: rate, Median: map[string]float64{ServerCores: busy}}
	}
	for _, c := range []struct {
		r    *Result
		want bool
	}{
		{row(64, 0, 0.89), true},
		{row(64, 0, 0.91), false},
		{row(1, 0, 0.4), false},    // one connection never fills a server
		{row(64, 1e4, 0.4), false}, // nor does a chosen rate
		{&Result{Connections: 64}, false},
	} {
		if got := f.Understated(c.r); got != c.want {
			t.Errorf("%+v: %v", c.r, got)
		}
	}
	if (&File{}).Understated(row(64, 0, 0.5)) {
		t.Error("a server that was not pinned may have had any share of the machine")
	}
}

// TestResultsCanBePublished: the ledger of the repository reads what a run writes.
func TestResultsCanBePublished(t *testing.T) {
	f := &File{
		Machine: DescribeMachine(), Commit: "0123abcd", Command: Command(nil), Date: "2001-02-03", Method: Method{Rounds: 5},
		Servers:   []Server{{Name: "a"}, {Name: "b", Calibrator: true}},
		Scenarios: []Scenario{{Name: "s", Title: "In words", About: "what it costs", Metric: RequestsPerCPUSecond}},
	}
	for i, server := range f.Servers {
		r := Result{Server: server.Name, Scenario: "s", Connections: 64, Pipeline: 1}
		for n := range 5 {
			rate := float64((i + 1) * (n + 10) * 100)
			r.Raw = append(r.Raw, Round{Round: n + 1, Values: map[string]float64{
				RequestsPerCPUSecond: rate, CPUMicros: 1e6 / rate, MallocsPerRequest: 2, GCCycles: 3,
			}})
		}
		r.Summarise()
		f.Results = append(f.Results, r)
	}
	f.Ratios = f.Compare("a", RequestsPerCPUSecond)
	path := filepath.Join(t.TempDir(), "results.json")
	if err := f.Write(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := claims.ReadResults(fstest.MapFS{"docs/results/x.json": {Data: text}})
	if err != nil {
		t.Fatal(err)
	}
	ledger := claims.Render(all)
	for _, want := range []string{"### In words", "| a | 1,200 (1,000–1,400) | 833 | 2.00 | 3 | – |", "| b (calibrator) | 2,400 (2,000–2,800) | 417 | 2.00 | 3 | 0.50× |"} {
		if !strings.Contains(ledger, want) {
			t.Errorf("%q is missing from\n%s", want, ledger)
		}
	}
}
