package claims

// What must follow from a file's rounds, and what may be said of a server that had time to spare.

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestFiguresFollowFromTheirRounds(t *testing.T) {
	whole := string(synthetic(t))
	ratio := lineWith(t, whole, `"metric": "p99_us", "server": "covet", "over": "fasthttp"`)
	for _, tc := range []struct{ old, new, want string }{
		{`"median": {"requests_per_second": 1234567.8`, `"median": {"requests_per_second": 1334567.8`, "median of requests_per_second is given as 1.3345678e+06, and its rounds have 1.2345678e+06"},
		{`"requests_per_second": {"min": 1200000`, `"requests_per_second": {"min": 1230000`, "lowest round of requests_per_second is given as 1.23e+06"},
		{`"max": 1300000}`, `"max": 1250000}`, "highest round of requests_per_second"},
		{`{"requests_per_second": 1225000, `, `{"requests_per_second": 1225000, "p90_us": 7, `, "p90_us was measured and has no median"},
		{`"rounds": 5, "median"`, `"rounds": 6, "median"`, "says 6 rounds and 0 that failed, and has 5 and 0"},
		{`{"round": 1, "values"`, `{"round": 1, "failure": "no", "values"`, "says 5 rounds and 0 that failed, and has 4 and 1"},
		{`"raw": [`, `"cooked": [`, "has 0 and 0"},
		{ratio, strings.Replace(ratio, `"max": 1.2`, `"max": 1.1`, 1), "ratio of covet over fasthttp in p99_us of scenario"},
		{ratio, strings.Replace(ratio, `"rounds": 5`, `"rounds": 9`, 1), "says 9 rounds, and both were measured in 5"},
		{ratio + ",\n", "", "the ratio of covet in p99_us is left out"},
	} {
		text := strings.Replace(whole, tc.old, tc.new, 1)
		if text == whole {
			t.Errorf("%q is not in the file", tc.old)
		}
		_, err := ReadResults(fstest.MapFS{"docs/results/x.json": {Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("with %s: got error %v, want one with %q", tc.new, err, tc.want)
		}
	}
}

// lineWith is the last line of a text that has some words, without a comma at its end.
func lineWith(t *testing.T, text, words string) string {
	t.Helper()
	found := ""
	for line := range strings.Lines(text) {
		if strings.Contains(line, words) {
			found = strings.TrimRight(line, ",\n")
		}
	}
	if found == "" {
		t.Fatalf("no line has %s", words)
	}
	return found
}

// TestBounds: requests per CPU-second of a server that was not busy are understated, and a ratio to it is a bound.
func TestBounds(t *testing.T) {
	run := func(covet, null float64, cores ...int) Files {
		row := func(server string, busy float64) Row {
			return Row{Server: server, Scenario: "s", Connections: 64, Rounds: 5,
				Medians: map[string]float64{requestsPerCPUSecond: 1, requestsPerSecond: 1, serverCores: busy}}
		}
		of := func(metric string) Ratio {
			return Ratio{Scenario: "s", Metric: metric, Server: "covet", Over: "null", Median: 0.8, Spread: Spread{0.7, 0.9}, Rounds: 5}
		}
		return Files{Runs: []Results{{Name: "results/x.json", Method: Method{ServerCores: cores}, Commit: "0123456789abcdef", Date: "2001-02-03T04:05:06Z",
			Rows: []Row{row("covet", covet), row("null", null)}, Ratios: []Ratio{of(requestsPerCPUSecond), of(requestsPerSecond)}}}}
	}
	const share = "results/x.json server=covet scenario=s value=requests_per_cpu_second over=null as=share"
	for _, tc := range []struct {
		ask  string
		all  Files
		want string
	}{
		{share, run(1, 1, 0), "80 %"},
		{share, run(1, 0.89, 0), "at most 80 %, as null had time to spare"},
		{share + " with=spread", run(1, 0.89, 0), "at most 80 % (70 %–90 %), as null had time to spare"},
		{share, run(0.89, 1, 0), "at least 80 %, as covet had time to spare"},
		{share, run(0.5, 0.5, 0), "80 %, both having had time to spare"},
		{share, run(2, 1.7, 0, 1), "at most 80 %, as null had time to spare"},
		{share, run(1, 0.5), "80 %"}, // not pinned: nobody knows what it had
		{"results/x.json server=covet scenario=s value=requests_per_second over=null", run(1, 0.5, 0), "0.80×"},
		{"results/x.json value=origin", run(1, 1), "commit `0123456789ab`, 2001-02-03"},
	} {
		if got, err := figure(tc.ask, tc.all); got != tc.want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", tc.ask, got, err, tc.want)
		}
	}
}

// TestNobodyToLoseTo: covet and its own variants are no competition, and "nowhere" would sound like one.
func TestNobodyToLoseTo(t *testing.T) {
	for _, tc := range []struct {
		servers []Server
		want    string
	}{
		{[]Server{{Name: "covet"}, {Name: "covet-io_uring"}, {Name: "before"}, {Name: "nullc", Calibrator: true}}, "no peer took part"},
		{[]Server{{Name: "covet"}, {Name: "fasthttp"}}, "nowhere in this run"},
	} {
		var out strings.Builder
		Results{Servers: tc.servers, Ratios: []Ratio{{Server: "covet"}}}.renderLosses(&out)
		if !strings.Contains(out.String(), tc.want) {
			t.Errorf("%v: got %s", tc.servers, out.String())
		}
	}
	variants := Benchmarks{Families: []Family{{Contenders: []string{"covet-go", "covet-avx2"}}}}
	var out strings.Builder
	variants.render(&out)
	if !strings.Contains(out.String(), "no peer took part") {
		t.Errorf("of variants: %s", out.String())
	}
}

// TestMemoryAndMixedTrafficCanLose: losses of every kind that is measured are told.
func TestMemoryAndMixedTrafficCanLose(t *testing.T) {
	for _, metric := range []string{activeBytes, afterBytes, p99, p50} {
		r := Results{
			Servers:   []Server{{Name: "covet"}, {Name: "peer"}},
			Scenarios: []Scenario{{Name: "s", Metric: requestsPerSecond}},
			Rows:      []Row{{Server: "covet", Scenario: "s", Connections: 64, Medians: map[string]float64{metric: 200, quietP99: 1}}},
			Ratios:    []Ratio{{Scenario: "s", Metric: metric, Server: "covet", Over: "peer", Median: 2, Spread: Spread{1.5, 3}, Rounds: 5}},
		}
		var out strings.Builder
		r.renderLosses(&out)
		if !strings.Contains(out.String(), "2.00× (1.50×–3.00×) that of peer") {
			t.Errorf("%s: %s", metric, out.String())
		}
	}
	if !slices.Contains(LossMetrics(), afterBytes) {
		t.Error("memory after a request is no metric in which a server can lose")
	}
}

// TestTwinIsTheResolution: it has no column, and its distance from covet stands below the table.
func TestTwinIsTheResolution(t *testing.T) {
	family := func(cells map[string][]float64, order ...string) string {
		f := Family{Name: "F", Cases: []string{"c"}, Contenders: order, cells: map[[2]string]*repetitions{}}
		for contender, nanos := range cells {
			f.cells[[2]string{"c", contender}] = &repetitions{nanos: nanos}
		}
		return f.table()
	}
	got := family(map[string][]float64{"covet": {10, 10, 10}, "covet-twin": {9, 11, 10.5}, "peer": {20, 20, 20}}, "covet", "covet-twin", "peer")
	if strings.Contains(got, "| covet-twin |") || !strings.Contains(got, "| c | 10.0 | 20.0 | peer: 2.00× |") ||
		!strings.Contains(got, "has 0.90× to 1.10× of its own time in single repetitions, and 1.05× to 1.05× in the medians") {
		t.Error(got)
	}
	for _, tc := range []struct {
		order []string
		want  string
	}{
		{[]string{"covet-go", "covet-avx2"}, "| c | 20.0 | 10.0 | 2.00× |"},
		{[]string{"ours", "wrk"}, "| c | 20.0 | 10.0 | 0.50× |"},
	} {
		got := family(map[string][]float64{tc.order[0]: {20, 20}, tc.order[1]: {10, 10}}, tc.order...)
		if !strings.Contains(got, tc.want) {
			t.Errorf("%v: %s", tc.order, got)
		}
	}
	if got := family(map[string][]float64{"covet-go": {20, 20}, "covet-avx2": {10, 30}}, "covet-go", "covet-avx2"); !strings.Contains(got, "not told apart") {
		t.Error(got)
	}
}
