package sqlbench

// What a run writes: a table for the terminal, results.json with every round, and sql.txt, which has the form of Go
// benchmarks, so that internal/claims can take it into the ledger.

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/covetgo/covet/cmd/bench/internal/results"
)

// Table prints the medians, each beside pgxpool's.
func (o *Outcome) Table(out io.Writer) {
	for _, k := range Cases {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		head := fmt.Sprintf("\n%s: %s\n", k.Name, k.About)
		for _, r := range o.Rows {
			if r.Case != k.Name {
				continue
			}
			if head != "" {
				fmt.Fprint(out, head)
				fmt.Fprintln(w, "client\tqueries/s\tclient CPU µs/query\tallocations/query\tp50 µs\tp99 µs\tq/s ÷ pgxpool\tCPU ÷ pgxpool\t")
				head = ""
			}
			fmt.Fprintf(w, "%s\t%.0f\t%.2f\t%.2f\t%.0f\t%.0f\t%s\t%s\t\n", r.Client, r.QueriesPerSecond, r.ClientCPUPerQuery, r.AllocationsPerQuery, r.P50, r.P99,
				o.ratio(r, func(s Sample) float64 { return s.QueriesPerSecond }), o.ratio(r, func(s Sample) float64 { return s.ClientCPUPerQuery }))
		}
		w.Flush()
	}
}

// ratio compares a row with pgxpool's, round by round: the median, and the lowest and highest round.
func (o *Outcome) ratio(r Row, figure func(Sample) float64) string {
	for _, peer := range o.Rows {
		if peer.Case != r.Case || peer.Client != "pgxpool" || r.Client == peer.Client {
			continue
		}
		var list []float64
		for i := range min(len(r.Rounds), len(peer.Rounds)) {
			list = append(list, figure(r.Rounds[i])/figure(peer.Rounds[i]))
		}
		spread := results.SpreadOf(list)
		return fmt.Sprintf("%.2f (%.2f–%.2f)", results.Median(list), spread.Min, spread.Max)
	}
	return "–"
}

// file is the form of results.json.
type file struct {
	Machine results.Machine `json:"machine"`
	Commit  string          `json:"commit"`
	Date    string          `json:"date"`
	Command string          `json:"command"`
	Server  string          `json:"server"`
	Method  string          `json:"method"`
	Schema  []string        `json:"schema"`
	Clients []Client        `json:"clients"`
	Cases   []Case          `json:"cases"`
	Results []Row           `json:"results"`
	Notes   []string        `json:"notes"`
}

// Write puts results.json and sql.txt into a folder.
func (o *Outcome) Write(dir, command, commit string, p Plan) error {
	f := file{
		results.DescribeMachine(), commit, time.Now().UTC().Format(time.RFC3339), command, o.Server, p.method(), schema, Clients, Cases, o.Rows, o.Notes,
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "results.json"), append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "sql.txt"), []byte(o.benchmarks(f)), 0o644)
}

// method says how it was measured.
func (p Plan) method() string {
	return fmt.Sprintf("%d interleaved rounds of %v after %v of warm-up, a fresh process for each measurement; closed loops; client and server share the machine's cores, and nothing is pinned; client CPU is getrusage of the client's process, user and system",
		p.Rounds, p.Measured, p.Warm)
}

// benchmarks writes the run as Go benchmarks.
func (o *Outcome) benchmarks(f file) string {
	var b strings.Builder
	fmt.Fprintf(&b, "machine: %s, %d cores, %s %s, %s; client and server share the cores\n", f.Machine.CPU, f.Machine.Cores, f.Machine.OS, f.Machine.Kernel, f.Machine.Go)
	fmt.Fprintf(&b, "commit: %s\ndate: %s\ncommand: %s\n", f.Commit, f.Date[:len("2006-01-02")], f.Command)
	fmt.Fprintf(&b, "versions: covet of this commit, pgx %s, lib/pq %s, %s\n", moduleVersion("github.com/jackc/pgx/v5"), moduleVersion("github.com/lib/pq"), f.Server)
	fmt.Fprintf(&b, "note: %s\n", f.Method)
	for _, note := range o.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	for _, k := range Cases {
		fmt.Fprintf(&b, "note: case %s is %s\n", k.Name, k.About)
	}
	for _, family := range []struct {
		name, about string
		nanos       func(Sample) float64
	}{
		{"SQLTime", "a second divided by the queries that were answered in it, all callers together", func(s Sample) float64 { return 1e9 / s.QueriesPerSecond }},
		{"SQLClientCPU", "processor time of the client for one query", func(s Sample) float64 { return 1e3 * s.ClientCPUPerQuery }},
		{"SQLMedianLatency", "the median time that a caller waits, in a closed loop", func(s Sample) float64 { return 1e3 * s.P50 }},
		{"SQLTailLatency", "the 99th percentile of the time that a caller waits, in a closed loop", func(s Sample) float64 { return 1e3 * s.P99 }},
	} {
		fmt.Fprintf(&b, "about: %s: %s\n", family.name, family.about)
		for _, r := range o.Rows {
			for _, s := range r.Rounds {
				fmt.Fprintf(&b, "Benchmark%s/%s/%s\t1\t%.1f ns/op\t%.2f allocs/op\n", family.name, r.Case, r.Client, family.nanos(s), s.AllocationsPerQuery)
			}
		}
	}
	return b.String()
}
