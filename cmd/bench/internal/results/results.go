// Package results is what a run of the bench comes to: the values of every
// round, their medians and spreads, the ratios between servers, and the machine,
// commit and command that they belong to. It is the form of results.json, and
// all that a report is made from.
//
// Read next: statistics.go (how rounds become one number), origin.go (where
// they come from) and quota.go (how much of the machine we had).
package results

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// File is results.json.
type File struct {
	Machine Machine  `json:"machine"`
	Commit  string   `json:"commit"` // with -dirty if the tree had changes
	Date    string   `json:"date"`   // RFC 3339, UTC
	Command string   `json:"command"`
	Method  Method   `json:"method"`
	Servers []Server `json:"servers"`
	// Scenarios say what the names in results mean, in the order of reports.
	Scenarios []Scenario `json:"scenarios"`
	Results   []Result   `json:"results"`
	Ratios    []Ratio    `json:"ratios"`
	// Notes say what did not go as planned: servers left out, rows that the
	// generator limited, rounds that failed.
	Notes []string `json:"notes"`
}

// Method is how it was measured.
type Method struct {
	Quick            bool    `json:"quick"`
	Rounds           int     `json:"rounds"`
	WarmSeconds      float64 `json:"warm_up_seconds"`
	MeasuredSeconds  float64 `json:"measured_seconds"`
	ServerCores      []int   `json:"server_cores"`    // empty: not pinned
	GeneratorCores   []int   `json:"generator_cores"` // empty: not pinned
	Pinning          string  `json:"pinning"`         // in words
	Generator        string  `json:"generator"`
	GeneratorThreads int     `json:"generator_threads"`
	FixedRate        float64 `json:"fixed_rate,omitempty"` // requests per second of the scenario rate70
	FixedRateFrom    string  `json:"fixed_rate_from,omitempty"`
	CPUClock         string  `json:"cpu_clock"`
}

// Server is one of the servers that were measured.
type Server struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	About      string `json:"about"`
	Calibrator bool   `json:"calibrator"`
	GOMAXPROCS int    `json:"gomaxprocs,omitempty"`
}

// Scenario is one kind of traffic.
type Scenario struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	About string `json:"about"`
	// Metric is the one that answers the scenario's question.
	Metric string `json:"metric"`
}

// The metrics of a round, by their names in results.json.
const (
	RequestsPerSecond    = "requests_per_second"
	CPUMicros            = "server_cpu_us_per_request"
	RequestsPerCPUSecond = "requests_per_cpu_second"
	P50                  = "p50_us"
	P90                  = "p90_us"
	P99                  = "p99_us"
	P999                 = "p999_us"
	Max                  = "max_us"
	QuietPerSecond       = "quiet_requests_per_second"
	QuietP50             = "quiet_p50_us"
	QuietP99             = "quiet_p99_us"
	Slowdown             = "p99_slowdown"
	IdleBytes            = "rss_bytes_per_idle_connection"
	ActiveBytes          = "rss_bytes_per_active_connection"
	AfterBytes           = "rss_bytes_per_connection_after"
	MallocsPerRequest    = "server_mallocs_per_request"
	GCCycles             = "server_gc_cycles"
	ServerCores          = "server_cores_busy"
	GeneratorCores       = "generator_cores_busy"
	GeneratorLag         = "generator_lag_p99_us"
	Kept                 = "share_of_rate_kept"
	SlowPerSecond        = "slow_route_requests_per_second"
)

// LossMetrics are the metrics in which a server can lose. Each is compared with every
// server in every scenario that has it, and none of the ratios is left out of the file.
var LossMetrics = []string{
	RequestsPerCPUSecond, RequestsPerSecond, P50, P99, P999, SlowPerSecond, IdleBytes, ActiveBytes, AfterBytes,
}

// IdleFloor is the smallest memory per connection that is told apart from none,
// in bytes: below it stand servers that keep connections in memory that they had
// before, and what else a process does with its memory is as large.
const IdleFloor = 100

// KeptMin is the share of an offered rate from which on it counts as kept.
const KeptMin = 0.99

// BusyMin is the share of its cores from which on a server, or a generator, counts as
// saturated.
const BusyMin = 0.9

// Understated tells whether a server had time to spare in a closed loop: its batches were
// then smaller than a busy server's, and its requests per CPU-second are too few. Where
// servers are not pinned, nobody knows what they had.
func (f *File) Understated(r *Result) bool {
	busy, measured := r.Median[ServerCores]
	cores := float64(len(f.Method.ServerCores))
	return measured && cores > 0 && r.OfferedRate == 0 && r.Connections > 1 && busy < BusyMin*cores
}

// Lagging tells whether a server could not keep the rate that it was offered, and
// what share of it it kept. Its latencies are then a queue's that grows for as long
// as the run lasts, and comparing them with another's says how long that was.
func (r *Result) Lagging() (kept float64, lagging bool) {
	kept, ok := r.Median[Kept]
	return kept, ok && kept < KeptMin
}

// IsLatency tells whether a metric is a percentile of latency.
func IsLatency(metric string) bool {
	switch metric {
	case P50, P90, P99, P999, Max, Slowdown:
		return true
	}
	return false
}

// IsMemory tells whether a metric is resident memory per connection.
func IsMemory(metric string) bool {
	switch metric {
	case IdleBytes, ActiveBytes, AfterBytes:
		return true
	}
	return false
}

// Result is one server in one scenario.
type Result struct {
	Server      string `json:"server"`
	Scenario    string `json:"scenario"`
	Connections int    `json:"connections"`
	Pipeline    int    `json:"pipeline"`
	// OfferedRate is the requests per second of an open loop.
	OfferedRate float64 `json:"offered_rate,omitempty"`
	// Medians over the rounds; null where the scenario has no such number.
	RequestsPerSecond *float64 `json:"requests_per_second"`
	CPUMicros         *float64 `json:"server_cpu_us_per_request"`
	Latency           *Latency `json:"latency_us"`
	// Rounds is how many rounds the medians are taken over: those without errors.
	Rounds      int    `json:"rounds"`
	Failed      int    `json:"failed_rounds"`
	Failure     string `json:"failure,omitempty"` // the first one's words
	LatencyKind string `json:"latency_kind,omitempty"`

	Median map[string]float64 `json:"median"`
	Spread map[string]Spread  `json:"spread"`
	Raw    []Round            `json:"raw"`
}

// Latency is a median over the rounds for each percentile, in microseconds.
type Latency struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// Round is one measurement.
type Round struct {
	Round    int                `json:"round"`    // from 1
	Position int                `json:"position"` // of the server within its round, from 1
	Values   map[string]float64 `json:"values"`
	Failure  string             `json:"failure,omitempty"`
}

// Find returns a server's result in a scenario, or nil.
func (f *File) Find(server, scenario string) *Result {
	i := slices.IndexFunc(f.Results, func(r Result) bool { return r.Server == server && r.Scenario == scenario })
	if i < 0 {
		return nil
	}
	return &f.Results[i]
}

// Lower reports whether less is better.
func Lower(metric string) bool {
	switch metric {
	case RequestsPerSecond, RequestsPerCPUSecond, QuietPerSecond, Kept, SlowPerSecond:
		return false
	}
	return true
}

// IsCalibrator reports whether a server is no server.
func (f *File) IsCalibrator(server string) bool {
	return slices.ContainsFunc(f.Servers, func(s Server) bool { return s.Name == server && s.Calibrator })
}

// Read reads results.json.
func Read(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &File{}
	if err := json.Unmarshal(data, f); err != nil {
		return nil, fmt.Errorf("%s is no results file: %w", path, err)
	}
	if len(f.Results) == 0 {
		return nil, fmt.Errorf("%s has no results", path)
	}
	return f, nil
}

// Write writes results.json.
func (f *File) Write(path string) error {
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}
