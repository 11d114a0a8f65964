package claims

// This file reads results files of the first kind: the JSON that cmd/bench writes, whose form stands in cmd/bench/internal/results.
// It is strict about what makes a figure worth publishing: where it comes from, and how often it was measured.

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Results is one results file.
type Results struct {
	Name      string     `json:"-"` // slash path from docs, such as results/bench.json
	Machine   Facts      `json:"machine"`
	Commit    string     `json:"commit"`
	Date      string     `json:"date"`
	Command   string     `json:"command"`
	Method    Method     `json:"method"`
	Servers   []Server   `json:"servers"`
	Scenarios []Scenario `json:"scenarios"`
	Rows      []Row      `json:"results"`
	Ratios    []Ratio    `json:"ratios"`
	Notes     []string   `json:"notes"`
}

// Method is how it was measured.
type Method struct {
	Quick           bool    `json:"quick"`
	Rounds          int     `json:"rounds"`
	MeasuredSeconds float64 `json:"measured_seconds"`
	ServerCores     []int   `json:"server_cores"` // empty: not pinned, so nobody knows how many a server had
	Pinning         string  `json:"pinning"`
	Generator       string  `json:"generator"`
	CPUClock        string  `json:"cpu_clock"`
	FixedRate       float64 `json:"fixed_rate"`
	FixedRateFrom   string  `json:"fixed_rate_from"`
}

// Server is one of the servers. A calibrator answers with canned bytes: it is a
// yardstick.
type Server struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	Calibrator bool   `json:"calibrator"`
}

// Scenario says in words what a name means, and which metric answers its question.
type Scenario struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	About  string `json:"about"`
	Metric string `json:"metric"`
}

// Row is what was measured of one server in one scenario. A metric that was not measured is in neither map.
type Row struct {
	Server      string             `json:"server"`
	Scenario    string             `json:"scenario"`
	Connections int                `json:"connections"`
	Pipeline    int                `json:"pipeline"`
	OfferedRate float64            `json:"offered_rate"`
	Rounds      int                `json:"rounds"` // without those that failed
	Failed      int                `json:"failed_rounds"`
	Medians     map[string]float64 `json:"median"`
	Spreads     map[string]Spread  `json:"spread"`
	Raw         []Round            `json:"raw"` // all that the rest follows from
}

// Round is one measurement of a row.
type Round struct {
	Round   int                `json:"round"`
	Values  map[string]float64 `json:"values"`
	Failure string             `json:"failure"`
}

// Spread is the lowest and the highest round.
type Spread struct {
	Low  float64 `json:"min"`
	High float64 `json:"max"`
}

// Ratio compares two servers round by round.
type Ratio struct {
	Scenario string  `json:"scenario"`
	Metric   string  `json:"metric"`
	Server   string  `json:"server"`
	Over     string  `json:"over"`
	Median   float64 `json:"median"`
	Spread
	Rounds int `json:"rounds"`
}

// The metrics that this package knows by name.
const (
	requestsPerSecond    = "requests_per_second"
	requestsPerCPUSecond = "requests_per_cpu_second"
	cpuMicros            = "server_cpu_us_per_request"
	p50                  = "p50_us"
	p99                  = "p99_us"
	p999                 = "p999_us"
	maxMicros            = "max_us"
	slowdown             = "p99_slowdown"
	quietPerSecond       = "quiet_requests_per_second"
	quietP50             = "quiet_p50_us"
	quietP99             = "quiet_p99_us"
	rateKept             = "share_of_rate_kept"
	serverCores          = "server_cores_busy"
	slowPerSecond        = "slow_route_requests_per_second"
	generatorLag         = "generator_lag_p99_us"
	mallocs              = "server_mallocs_per_request"
	gcCycles             = "server_gc_cycles"
	idleBytes            = "rss_bytes_per_idle_connection"
	activeBytes          = "rss_bytes_per_active_connection"
	afterBytes           = "rss_bytes_per_connection_after"
)

// roundsMin is how many rounds a published figure has at the least, and a comparison as well.
const roundsMin = 5

// keptMin is the share of an offered rate from which on it counts as kept, as cmd/bench has it.
const keptMin = 0.99

// busyMin is the share of its cores from which on a server counts as saturated, as cmd/bench has it.
const busyMin = 0.9

// isLatency reports whether a metric grows with a queue.
func isLatency(metric string) bool {
	return slices.Contains([]string{p50, "p90_us", p99, p999, maxMicros, slowdown}, metric)
}

// understated reports whether a row's requests per CPU-second are fewer than the server can do: in a closed loop the
// generator, and not the server, had no time to spare, so that the server was woken for fewer requests at a time.
func (r Results) understated(row Row) bool {
	busy, ok := row.Medians[serverCores]
	cores := float64(len(r.Method.ServerCores))
	return ok && cores > 0 && row.OfferedRate == 0 && row.Connections > 1 && busy < busyMin*cores
}

// queued reports whether a metric of a row is the latency of a server that could not keep the rate. Such a
// latency grows for as long as the run lasts: a ratio of it would say how long that was.
func (r Results) queued(scenario, metric, server string) bool {
	return isLatency(metric) && slices.ContainsFunc(r.Rows, func(row Row) bool {
		kept, ok := row.Medians[rateKept]
		return row.Scenario == scenario && row.Server == server && ok && kept < keptMin
	})
}

// setting names what must be equal for two rows to be compared.
type setting struct {
	scenario              string
	connections, pipeline int
	offered               float64 // requests/s of an open loop; 0 of a closed one
}

// setting returns the setting of a row.
func (r Row) setting() setting { return setting{r.Scenario, r.Connections, r.Pipeline, r.OfferedRate} }

// scenario returns the words for a scenario's name.
func (r Results) scenario(name string) (Scenario, bool) {
	i := slices.IndexFunc(r.Scenarios, func(s Scenario) bool { return s.Name == name })
	if i < 0 {
		return Scenario{}, false
	}
	return r.Scenarios[i], true
}

// ratio returns the comparison of two servers. Calculating one from medians would compare different rounds,
// so there is only what the file has, and of that no latency at a rate that one of the two could not keep.
func (r Results) ratio(scenario, metric, server, over string) (Ratio, bool) {
	if r.queued(scenario, metric, server) || r.queued(scenario, metric, over) {
		return Ratio{}, false
	}
	i := slices.IndexFunc(r.Ratios, func(q Ratio) bool {
		return q.Scenario == scenario && q.Metric == metric && q.Server == server && q.Over == over
	})
	if i < 0 {
		return Ratio{}, false
	}
	return r.Ratios[i], true
}

// Facts describes a machine in one line.
type Facts string

// UnmarshalJSON takes a string, or an object whose fields are written as "name value" in order of their names.
func (f *Facts) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, (*string)(f)) == nil {
		return nil
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		return fmt.Errorf("want a text or an object that describes the machine, got %s", data)
	}
	*f = Facts(describe(fields))
	return nil
}

// describe writes a JSON value in words. What is empty is left out.
func describe(value any) string {
	var parts []string
	switch v := value.(type) {
	case nil:
		return ""
	case []any:
		for _, item := range v {
			parts = append(parts, describe(item))
		}
		return strings.Join(parts, " ")
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if text := describe(v[name]); text != "" {
				parts = append(parts, strings.ReplaceAll(name, "_", " ")+" "+text)
			}
		}
		return strings.Join(parts, ", ")
	}
	return strings.TrimSpace(fmt.Sprint(value))
}

// Files are all results files, each kind in order of their names.
type Files struct {
	Runs       []Results    // of cmd/bench
	Benchmarks []Benchmarks // of go test -bench
}

// ReadResults reads all results files of the tree. None is no error.
func ReadResults(tree fs.FS) (all Files, err error) {
	if all.Runs, err = readRuns(tree); err != nil {
		return Files{}, err
	}
	all.Benchmarks, err = readBenchmarks(tree)
	return all, err
}

// commits are those of all files, by the files' names.
func (f Files) commits() map[string]string {
	list := map[string]string{}
	for _, r := range f.Runs {
		list[r.Name] = r.Commit
	}
	for _, b := range f.Benchmarks {
		list[b.Name] = b.Commit
	}
	return list
}

// readRuns reads what cmd/bench wrote.
func readRuns(tree fs.FS) ([]Results, error) {
	names, err := fs.Glob(tree, "docs/results/*.json")
	if err != nil {
		return nil, err
	}
	var all []Results
	for _, name := range names {
		data, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		results, err := parseResults(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		results.Name = strings.TrimPrefix(name, "docs/")
		all = append(all, results)
	}
	return all, nil
}

// commitForm is a commit's name; a tree with changes on top of it has no name that others could check out.
var commitForm = regexp.MustCompile(`^[0-9a-f]{7,40}$`)

// parseResults decodes one file and checks that it may be published.
func parseResults(data []byte) (Results, error) {
	var r Results
	if err := json.Unmarshal(data, &r); err != nil {
		return r, err
	}
	switch {
	case r.Machine == "" || r.Command == "":
		return r, fmt.Errorf("names no machine or no command")
	case !commitForm.MatchString(r.Commit):
		return r, fmt.Errorf("commit is %q, want the name of a commit without changes on top of it", r.Commit)
	case r.Method.Quick:
		return r, fmt.Errorf("is of a quick run, which is a first impression and nothing to publish")
	case len(r.Rows) == 0:
		return r, fmt.Errorf("has no results")
	}
	seen := map[string]bool{}
	for _, row := range r.Rows {
		if err := r.checkRow(row); err != nil {
			return r, fmt.Errorf("server %q in scenario %q: %w", row.Server, row.Scenario, err)
		}
		key := row.Server + " " + row.Scenario
		if seen[key] {
			return r, fmt.Errorf("server %q in scenario %q: has a second result", row.Server, row.Scenario)
		}
		seen[key] = true
	}
	return r, r.recount()
}

// checkRow says what keeps a row from being published.
func (r Results) checkRow(row Row) error {
	scenario, described := r.scenario(row.Scenario)
	_, answered := row.Medians[scenario.Metric]
	switch {
	case !slices.ContainsFunc(r.Servers, func(s Server) bool { return s.Name == row.Server }):
		return fmt.Errorf("the file does not describe this server")
	case !described:
		return fmt.Errorf("the file does not describe this scenario")
	case row.Rounds < roundsMin:
		return fmt.Errorf("%d rounds, want %d at least: measure again with -rounds %d, which takes the time it needs", row.Rounds, roundsMin, roundsMin)
	case !answered:
		return fmt.Errorf("%s, which is what the scenario is about, was not measured", scenario.Metric)
	}
	for metric := range row.Medians {
		if _, ok := row.Spreads[metric]; !ok {
			return fmt.Errorf("%s has no lowest and highest round", metric)
		}
	}
	return nil
}
