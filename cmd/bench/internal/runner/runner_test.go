package runner

// Plans, cores and what is read from others; the measuring itself is tested end
// to end beside the command.

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/compare/rivals"

	"github.com/covetgo/covet/cmd/bench/internal/results"
)

func TestPlanNamesWhatThereIs(t *testing.T) {
	for choice, want := range map[Choice]string{
		{Servers: "apache"}:                  "there are covet, fasthttp, nethttp",
		{Scenarios: "teapot"}:                "there are plaintext, pipelined",
		{Rounds: -1}:                         "cannot be negative",
		{Servers: "nethttp", Scenarios: "x"}: "there are plaintext",
	} {
		if _, err := NewPlan(choice); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", choice, err)
		}
	}
}

func TestPlansFitTheirPromises(t *testing.T) {
	full, err := NewPlan(Choice{})
	if err != nil {
		t.Fatal(err)
	}
	quick, err := NewPlan(Choice{Quick: true})
	if err != nil {
		t.Fatal(err)
	}
	if full.Rounds < 5 || full.Duration() > 135*time.Second || full.Budget == 0 {
		t.Errorf("the full run: %d rounds, %v, budget %v", full.Rounds, full.Duration(), full.Budget)
	}
	if quick.Rounds < 3 || quick.Duration() > 30*time.Second || quick.Budget == 0 {
		t.Errorf("the quick run: %d rounds, %v, budget %v", quick.Rounds, quick.Duration(), quick.Budget)
	}
	for _, build := range []time.Duration{0, 20 * time.Second, 34 * time.Second} {
		quick.Measured = quickMeasuredTime
		quick.fit(build)
		if build+quick.Duration() > 50*time.Second || quick.Measured < measuredTimeMin {
			t.Errorf("after a build of %v: %v with %v each", build, quick.Duration(), quick.Measured)
		}
	}
	byHand, err := NewPlan(Choice{Rounds: 50, Measured: time.Minute})
	if err != nil || byHand.Budget != 0 {
		t.Errorf("a run sized by hand has the budget %v, %v", byHand.Budget, err)
	}
}

func TestExtraScenariosMustBeNamed(t *testing.T) {
	p, err := NewPlan(Choice{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Scenarios {
		if s.Extra {
			t.Errorf("%s takes part without being asked for", s.Name)
		}
	}
	if p, err = NewPlan(Choice{Scenarios: "burn"}); err != nil || len(p.Scenarios) != 1 {
		t.Errorf("%v, %v", p.Scenarios, err)
	}
}

func TestCoresAreShared(t *testing.T) {
	alone := func(int) []int { return nil }
	pairs := func(cpu int) []int { return []int{cpu &^ 1, cpu | 1} }
	for _, c := range []struct {
		cpus              []int
		siblings          func(int) []int
		server, generator []int
		note              string
	}{
		{[]int{0}, alone, nil, nil, "one core only"},
		{[]int{0, 1}, alone, []int{0}, []int{1}, "server on core 0"},
		{[]int{0, 1}, pairs, []int{0}, []int{1}, "hardware threads of one core"},
		{[]int{0, 1, 2, 3}, pairs, []int{0}, []int{2, 3}, "generator on cores 2, 3"},
		{[]int{4, 5, 6, 7, 8, 9}, alone, []int{4}, []int{5, 6, 7}, "core 4"},
	} {
		got := assign(c.cpus, c.siblings)
		if !reflect.DeepEqual(got.Server, c.server) || !reflect.DeepEqual(got.Generator, c.generator) || !strings.Contains(got.Note, c.note) {
			t.Errorf("%v: %+v", c.cpus, got)
		}
		if got.Threads != max(len(c.generator), 1) {
			t.Errorf("%v: %d threads", c.cpus, got.Threads)
		}
	}
}

func TestParseCPUList(t *testing.T) {
	for text, want := range map[string][]int{"0": {0}, "0,4": {0, 4}, "0-2,7": {0, 1, 2, 7}, "": nil} {
		if got := parseCPUList(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestParseWrk(t *testing.T) {
	if rate, err := parseWrk("  9 requests in 1.00s, 1KB read\nRequests/sec:  27594.12\nTransfer/sec: 3MB\n"); err != nil || rate != 27594.12 {
		t.Errorf("%v, %v", rate, err)
	}
	for _, bad := range []string{"", "Non-2xx or 3xx responses: 9\nRequests/sec: 1.0\n", "Socket errors: connect 1\nRequests/sec: 1.0\n"} {
		if _, err := parseWrk(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestWhyNamesTheLimit(t *testing.T) {
	pair := func(ours, wrk Drive) *Pair { return &Pair{Ours: []Drive{ours}, Wrk: []Drive{wrk}} }
	for want, p := range map[string]*Pair{
		"":                   pair(Drive{100, 0.5, 1}, Drive{105, 0.5, 1}),
		"wrk had no time":    pair(Drive{200, 0.9, 1}, Drive{100, 0.99, 0.5}),
		"OUR GENERATOR":      pair(Drive{100, 0.99, 0.5}, Drive{200, 0.5, 1}),
		"the server was":     pair(Drive{100, 0.5, 1}, Drive{200, 0.5, 1}),
		"machine was distur": pair(Drive{100, 0.5, 0.5}, Drive{200, 0.5, 0.5}),
	} {
		got := p.Why(p.Ratios()[0], 0.1)
		if !strings.HasPrefix(got, want) && !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

// TestOrderChangesNeighbours: everyone has every place, and is preceded by either
// of two others.
func TestOrderChangesNeighbours(t *testing.T) {
	servers := rivals.All()
	before, places := map[string]bool{}, map[string]bool{}
	for round := 1; round <= 2*len(servers); round++ {
		list := order(servers, round, 0)
		for i, s := range list {
			places[fmt.Sprint(s.Name(), i)] = true
			if i > 0 {
				before[list[i-1].Name()+" "+s.Name()] = true
			}
		}
	}
	if n := len(servers); len(places) != n*n || len(before) != 2*n {
		t.Errorf("%d servers have %d places and %d neighbours", n, len(places), len(before))
	}
}

func TestIdleNeedsDescriptors(t *testing.T) {
	p := Plan{Scenarios: slices.Clone(Scenarios)}
	if err := p.leaveOutIdle(idleMin); err != nil || len(p.Scenarios) != len(Scenarios) || len(p.Notes) != 0 {
		t.Errorf("with enough: %v, %d scenarios, %q", err, len(p.Scenarios), p.Notes)
	}
	if err := p.leaveOutIdle(-5000); err != nil || len(p.Scenarios) != len(Scenarios)-1 || len(p.Notes) != 1 {
		t.Errorf("with too few: %v, %d scenarios, %q", err, len(p.Scenarios), p.Notes)
	}
	alone, err := lookup("idle")
	if err != nil {
		t.Fatal(err)
	}
	p = Plan{Scenarios: []*Scenario{alone}}
	if err := p.leaveOutIdle(0); err == nil || !strings.Contains(err.Error(), "ulimit -n") {
		t.Errorf("idle alone: %v", err)
	}
}

// TestMemoryNeedsAMeter: where nobody can read it, a run goes without it instead of failing.
func TestMemoryNeedsAMeter(t *testing.T) {
	p := Plan{Scenarios: slices.Clone(Scenarios)}
	if err := p.leaveOutMemory(false); err != nil || len(p.Scenarios) != len(Scenarios)-2 || len(p.Notes) != 2 {
		t.Errorf("%v, %d scenarios, %q", err, len(p.Scenarios), p.Notes)
	}
	for _, names := range []string{"idle", "idle,memory"} {
		p = Plan{}
		if err := p.chooseScenarios(names, false); err != nil {
			t.Fatal(err)
		}
		if err := p.leaveOutMemory(false); err == nil || !strings.Contains(err.Error(), "resident memory") {
			t.Errorf("%s alone: %v", names, err)
		}
	}
}

// TestWhoWasTheLimit: told where the server had cores of its own, and only there.
func TestWhoWasTheLimit(t *testing.T) {
	row := results.Result{Server: "x", Scenario: "s", Connections: 64, LatencyKind: closedLoop, Rounds: 5, Median: map[string]float64{
		results.RequestsPerCPUSecond: 1, results.ServerCores: 0.5, results.GeneratorCores: 1,
	}}
	for _, c := range []struct {
		cores Cores
		want  int
	}{
		{Cores{Server: []int{0}, Generator: []int{1}, Threads: 1}, 2},
		{Cores{Threads: 1}, 0},
	} {
		r := Runner{cores: c.cores, file: &results.File{Method: results.Method{ServerCores: c.cores.Server}}}
		if got := r.remarks(&row); len(got) != c.want {
			t.Errorf("%+v: %q", c.cores, got)
		}
	}
}

// TestBestProcs: by the scenario's own metric, and never by a try that failed.
func TestBestProcs(t *testing.T) {
	for _, c := range []struct {
		tries  [][]float64
		failed []bool
		metric string
		want   int
	}{
		{[][]float64{{10, 12}, {30, 10}, {15, 17}}, []bool{false, false, false}, results.RequestsPerSecond, 2},
		{[][]float64{{10, 12}, {30, 10}, {15, 17}}, []bool{false, false, false}, results.P99, 1},
		{[][]float64{{10, 12}, {99, 99}, {15, 17}}, []bool{false, true, false}, results.RequestsPerSecond, 3},
		{[][]float64{{5, 5}, {5, 5}}, []bool{false, false}, results.P99, 1},
		{[][]float64{{5, 5}, {5, 5}}, []bool{true, true}, results.P99, 1},
	} {
		if got, words := bestProcs(c.tries, c.failed, c.metric); got != c.want || words == "" {
			t.Errorf("%+v: %d, %q", c, got, words)
		}
	}
}

// TestTunedServerIsInMixedScenarios: and nowhere else, nor where servers were named without it.
func TestTunedServerIsInMixedScenarios(t *testing.T) {
	for servers, want := range map[string]bool{"": true, "covet,fasthttp": false, "covet,fasthttp-procs": true} {
		p, err := NewPlan(Choice{Servers: servers, Scenarios: "plaintext,mixed-burn"})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Scenarios {
			if got := slices.ContainsFunc(p.serversOf(s), isTuned); got != (want && mixed(s)) {
				t.Errorf("-servers %q, %s: %v", servers, s.Name, got)
			}
		}
	}
}
