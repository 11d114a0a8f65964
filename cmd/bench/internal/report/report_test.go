package report

// Reports of a small made-up results value: what they must say, and that they
// say nothing else than the values.

import (
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/covetgo/covet/cmd/bench/internal/results"
)

// synthetic is no measurement. covet is ahead of slowpoke in everything, behind
// quick in plaintext, and not told apart from quick in memory.
func synthetic() *results.File {
	f := &results.File{
		Machine: results.Machine{CPU: "a made-up <processor>", Cores: 2, OS: "linux", Arch: "amd64", Go: "go1", CPUQuota: "1.50 cores", Steal: "3.1 % of the cores' time"},
		Commit:  "0123abcd", Command: "go run ./cmd/bench -test", Date: "2001-02-03T04:05:06Z",
		Method: results.Method{Rounds: 3, Pinning: "not at all", FixedRate: 1000, FixedRateFrom: "given"},
		Servers: []results.Server{
			{Name: "covet", Version: "1", GOMAXPROCS: 2}, {Name: "quick", Version: "2"}, {Name: "slowpoke", Version: "3"},
			{Name: "null", Version: "4", Calibrator: true},
		},
		Scenarios: []results.Scenario{
			{Name: "plaintext", Title: "Plaintext", About: "small", Metric: results.RequestsPerCPUSecond},
			{Name: "rate70", Title: "Latency", About: "waiting", Metric: results.P99},
			{Name: "mixed", Title: "Mixed", About: "both", Metric: results.P99},
			{Name: "mixed-sleep", Title: "Mixed closed", About: "both at full speed", Metric: results.RequestsPerSecond},
			{Name: "memory", Title: "Memory", About: "memory by state", Metric: results.ActiveBytes},
			{Name: "idle", Title: "Idle", About: "memory", Metric: results.IdleBytes},
		},
		Notes: []string{"slowpoke, plaintext: a note & more"},
	}
	for i, speed := range []float64{100, 125, 50, 400} {
		for _, s := range f.Scenarios {
			f.Results = append(f.Results, result(f.Servers[i].Name, s, speed))
		}
	}
	return f
}

func result(server string, s results.Scenario, speed float64) results.Result {
	r := results.Result{Server: server, Scenario: s.Name, Connections: 64, Pipeline: 1}
	for n, disturbance := range []float64{0.9, 1, 1.1} {
		values := map[string]float64{}
		switch s.Metric {
		case results.IdleBytes:
			values[results.IdleBytes] = 100 * 1000 / speed
			if server == "quick" {
				values[results.IdleBytes] = 1000 * disturbance
			}
		case results.P99:
			for i, metric := range []string{results.P50, results.P90, results.P99, results.P999, results.Max} {
				values[metric] = 1e5 / speed * float64(i+1) * disturbance
			}
			if s.Name == "mixed" {
				values[results.QuietP99], values[results.Slowdown] = 100, 3
			}
		case results.ActiveBytes:
			values[results.IdleBytes], values[results.ActiveBytes], values[results.AfterBytes] = 1e4/speed, 1e6/speed, 2e4/speed
		case results.RequestsPerSecond:
			values[results.QuietPerSecond], values[results.RequestsPerSecond] = speed*2000, speed*1000*disturbance
			values[results.P50], values[results.P99] = 1e4/speed, 1e5/speed*disturbance
			values[results.QuietP50], values[results.QuietP99], values[results.SlowPerSecond] = 10, 20, speed
		default:
			values[results.RequestsPerCPUSecond] = speed * 1000 * disturbance
			values[results.RequestsPerSecond] = speed * 1000 * disturbance
			values[results.CPUMicros] = 1000 / speed
		}
		r.Raw = append(r.Raw, results.Round{Round: n + 1, Values: values})
	}
	r.Summarise()
	return r
}

func TestLossesAreNamed(t *testing.T) {
	v := newView(synthetic())
	text := strings.Join(v.lossText(), "\n")
	if !strings.Contains(text, "plaintext: requests per second of server CPU time of covet is 0.800× that of quick (3 rounds, from 0.800× to 0.800×)") {
		t.Errorf("the loss against quick is missing:\n%s", text)
	}
	for _, wrong := range []string{"slowpoke", "null"} {
		if strings.Contains(text, wrong) {
			t.Errorf("%s is no loss:\n%s", wrong, text)
		}
	}
}

func TestNoLossIsNoPraise(t *testing.T) {
	f := synthetic()
	f.Results = []results.Result{result("covet", f.Scenarios[0], 2), result("slowpoke", f.Scenarios[0], 1)}
	text := strings.Join(newView(f).lossText(), "\n")
	if !strings.Contains(text, "of nothing else") {
		t.Errorf("%s", text)
	}
}

// TestLatencyOfALaggingServerHasNoRatio: it would be the length of the run.
func TestLatencyOfALaggingServerHasNoRatio(t *testing.T) {
	for server, want := range map[string]string{
		"slowpoke": "covet has a p99 of 1.25× that of quick; slowpoke could not keep the rate (58 %)",
		"covet":    "covet could not keep the rate (58 %)",
	} {
		f := synthetic()
		r := f.Find(server, "rate70")
		for _, round := range r.Raw {
			round.Values[results.Kept] = 0.58
		}
		r.Summarise()
		v := newView(f)
		if got := v.finding(v.Scenarios[1]); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if cell := v.ratioCell(v.Scenarios[1], r); cell != "could not keep the rate (58 %)" {
			t.Errorf("%s: %s", server, cell)
		}
		for _, c := range v.against("rate70", results.P50) {
			if c.Over == server || server == "covet" {
				t.Errorf("there is a ratio: %+v", c)
			}
		}
		if text := v.lossText()[0]; strings.HasPrefix(text, "rate70: covet could not keep the rate") != (server == "covet") {
			t.Errorf("%s: %s", server, text)
		}
	}
}

// TestFailuresComeFirst: a median over the rounds that went well hides them.
func TestFailuresComeFirst(t *testing.T) {
	f := synthetic()
	r := f.Find("covet", "idle")
	r.Raw[1].Failure = "it died"
	r.Summarise()
	lines := newView(f).lossText()
	if lines[0] != "idle: covet failed 1 of 3 rounds, which no figure includes: it died" {
		t.Errorf("%q", lines)
	}
	if text := strings.Join(lines, "\n"); strings.Contains(text, "idle:") && strings.Contains(text, "Against no server") {
		t.Errorf("%s", text)
	}
}

// TestDoubtIsNamed: being behind in the median only is said, as what it is.
func TestDoubtIsNamed(t *testing.T) {
	f := synthetic()
	idle := f.Find("covet", "idle")
	for i, bytes := range []float64{950, 1100, 1050} { // quick has 900, 1000 and 1100
		idle.Raw[i].Values[results.IdleBytes] = bytes
	}
	idle.Summarise()
	text := strings.Join(newView(f).lossText(), "\n")
	if !strings.Contains(text, "In the median but not in every round, idle: resident bytes per idle connection of covet is 1.06×") {
		t.Errorf("%s", text)
	}
	f.Method.Rounds = 1
	if text := strings.Join(newView(f).lossText(), "\n"); !strings.Contains(text, "One round proves nothing") {
		t.Errorf("%s", text)
	}
}

func TestJudgeWantsAllRounds(t *testing.T) {
	for _, c := range []struct {
		median, low, high float64
		rounds            int
		metric            string
		want              verdict
	}{
		{2, 1.5, 3, 3, results.RequestsPerCPUSecond, ahead},
		{2, 0.9, 3, 3, results.RequestsPerCPUSecond, same},
		{2, 2, 2, 1, results.RequestsPerCPUSecond, same},
		{2, 1.5, 3, 3, results.P99, behind},
		{0.5, 0.4, 0.6, 3, results.P99, ahead},
		{0.5, 0.4, 0.6, 3, results.RequestsPerSecond, behind},
	} {
		r := results.Ratio{Metric: c.metric, Median: c.median, Spread: results.Spread{Min: c.low, Max: c.high}, Rounds: c.rounds}
		if got := judge(r); got != c.want {
			t.Errorf("%+v is judged %d", c, got)
		}
	}
}

func TestFindings(t *testing.T) {
	v := newView(synthetic())
	for scenario, want := range map[int]string{
		0: "covet answers 0.800× as many requests per CPU-second as quick and 2.00× as many as slowpoke",
		1: "covet has a p99 of 1.25× that of quick and 0.500× that of slowpoke",
		3: "covet answers 0.800× as many requests per second as quick and 2.00× as many as slowpoke",
		4: "covet needs 1.25× the memory of quick and 0.500× the memory of slowpoke",
		5: "covet needs 1.00× the memory of quick (not told apart by these rounds) and 0.500× the memory of slowpoke",
	} {
		if got := v.finding(v.Scenarios[scenario]); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if got := v.share(v.Scenarios[0]); got != "covet reaches 25 % (25–25 %) of null, which parse nothing" {
		t.Error(got)
	}
}

var origin = []string{"0123abcd", "go run ./cmd/bench -test", "2 cores", "CPU quota 1.50 cores", "during the run: 3.1 %", "Where covet loses", "not at all"}

// TestTablesSayWhatBelongsTogether: each has the figures that answer it, alone and mixed,
// idle and active.
func TestTablesSayWhatBelongsTogether(t *testing.T) {
	v := newView(synthetic())
	for scenario, want := range map[int]string{
		1: "server|p50|p90|p99|p99.9|max|generator late|rate kept|server busy|CPU µs/req|× covet|rounds",
		2: "server|p99 alone|p50|p90|p99|p99.9|max|generator late|rate kept|server busy|slow route/s|× covet|rounds",
		3: "server|requests/s alone|requests/s|p50 alone|p50|p99 alone|p99|slow route/s|server busy|× covet|rounds",
		4: "server|RSS per active connection|idle|after|× covet|rounds",
	} {
		if got := strings.Join(v.table(v.Scenarios[scenario])[0], "|"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if cell := v.table(v.Scenarios[4])[1][1]; cell != "10.0 KB" {
		t.Errorf("active memory is written %q", cell)
	}
}

func TestMarkdownSaysWhereItComesFrom(t *testing.T) {
	text := Markdown(synthetic())
	for _, want := range append(origin, "a made-up <processor>", "## How it was measured", "| covet |", "100 k (90.0 k–110 k)", "a note & more") {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestTextSaysWhereItLoses(t *testing.T) {
	var b strings.Builder
	Text(&b, synthetic())
	for _, want := range []string{"Where covet loses", "0123abcd", "plaintext", "a note & more", "not at all", "covet (GOMAXPROCS=2)"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing from\n%s", want, b.String())
		}
	}
}

var (
	drawing = regexp.MustCompile(`(?s)<svg.*?</svg>`)
	outside = regexp.MustCompile(`(?i)<script|<link|<img|<iframe|\ssrc=|href=|url\(|@import|https?://`)
)

func TestPageStandsAlone(t *testing.T) {
	page := HTML(synthetic())
	for _, want := range append(origin, "a made-up &lt;processor&gt;", "prefers-color-scheme: dark") {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if found := outside.FindString(page); found != "" {
		t.Errorf("the page needs something from elsewhere: %q", found)
	}
}

// TestCharts: one per scenario, well-formed, with every server's name and the
// subject's number in it, and every coordinate a number inside the box.
func TestCharts(t *testing.T) {
	charts := drawing.FindAllString(HTML(synthetic()), -1)
	if len(charts) != 6 {
		t.Fatalf("%d charts, want 6", len(charts))
	}
	for _, chart := range charts {
		decoder := xml.NewDecoder(strings.NewReader(chart))
		for {
			if _, err := decoder.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%v in %s", err, chart)
			}
		}
		for _, want := range []string{">covet<", ">quick<", ">slowpoke<", ">null<", `class="whisker"`} {
			if !strings.Contains(chart, want) {
				t.Errorf("%s is missing from %s", want, chart)
			}
		}
		if strings.Contains(chart, "NaN") || strings.Contains(chart, "Inf") {
			t.Errorf("a coordinate is no number: %s", chart)
		}
	}
	if !strings.Contains(charts[0], ">100 k<") {
		t.Errorf("the bar of covet is not labelled: %s", charts[0])
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		count(980): "980", count(45123): "45.1 k", count(1.2149e6): "1.21 M", count(0): "0", count(999.7): "1.00 k",
		micros(8.314): "8.31 µs", micros(1200): "1.20 ms", micros(2.5e6): "2.50 s", micros(118.2): "118 µs",
		size(-8): "under 100 B", size(28.7): "under 100 B", size(312.4): "312 B", size(16712): "16.7 KB", times(1.524): "1.52×", portion(0.00172): "1/581 of",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestScales(t *testing.T) {
	c := logarithmic(45, 1300)
	if c.low != 20 || c.high != 2000 {
		t.Errorf("from %g to %g", c.low, c.high)
	}
	for _, c := range []scale{c, linear(123), logarithmic(0, 0), logarithmic(3, 4)} {
		if n := len(c.ticks()); n < 2 || n > 8 {
			t.Errorf("%+v has %d ticks", c, n)
		}
	}
}
