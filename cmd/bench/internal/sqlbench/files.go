package sqlbench

// What a run writes: a table for the terminal, results.json with every round, and sql.txt, which has the form of Go
// benchmarks, so that internal/claims can take it into the ledger.

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
	o.routeTable(out)
}

// routeTable prints the medians of the routes, each beside those of fasthttp.
func (o *Outcome) routeTable(out io.Writer) {
	for _, k := range Routes {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		head := fmt.Sprintf("\n%s: %s\n", k.Name, k.About)
		for _, r := range o.RouteRows {
			if r.Route != k.Name {
				continue
			}
			if head != "" {
				fmt.Fprint(out, head)
				fmt.Fprintln(w, "server\trequests/s\trequests/s of server CPU\tPostgreSQL CPU µs/request\tp50 µs\tp99 µs\t÷ fasthttp-pgx\t÷ fasthttp-pgx-batch\t")
				head = ""
			}
			fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%s\t%s\t\n", r.Server, r.RequestsPerSecond, r.RequestsPerCPUSecond, r.PostgresPerRequest, r.P50, r.P99,
				o.routeRatio(r, "fasthttp-pgx"), o.routeRatio(r, "fasthttp-pgx-batch"))
		}
		w.Flush()
	}
}

// routeRatio compares requests per second of processor time, round by round.
func (o *Outcome) routeRatio(r RouteRow, peer string) string {
	for _, p := range o.RouteRows {
		if p.Route == r.Route && p.Server == peer && r.Server != peer {
			var list []float64
			for i := range min(len(r.Rounds), len(p.Rounds)) {
				list = append(list, r.Rounds[i].RequestsPerCPUSecond/p.Rounds[i].RequestsPerCPUSecond)
			}
			return spreadText(list)
		}
	}
	return "–"
}

// spreadText is the median, and the lowest and highest round.
func spreadText(list []float64) string {
	spread := results.SpreadOf(list)
	return fmt.Sprintf("%.2f (%.2f–%.2f)", results.Median(list), spread.Min, spread.Max)
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
		return spreadText(list)
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
	Sites   []Site          `json:"servers"`
	Routes  []Route         `json:"routes"`
	Results []Row           `json:"results"`
	Served  []RouteRow      `json:"served"` // the routes' results
	Notes   []string        `json:"notes"`
}

// Write puts results.json and sql.txt into a folder.
func (o *Outcome) Write(dir, command, commit string, p Plan) error {
	return o.write(dir, file{
		results.DescribeMachine(), commit, time.Now().UTC().Format(time.RFC3339), command, o.Server, p.method(), slices.Concat(schema, siteSchema),
		Clients, Cases, Sites, Routes, o.Rows, o.RouteRows, o.Notes,
	})
}

// write writes both files.
func (o *Outcome) write(dir string, f file) error {
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
	return fmt.Sprintf("%d interleaved rounds of %v after %v of warm-up, a fresh process for each measurement; closed loops; client (or HTTP server and generator) and database server share the machine's cores, and nothing is pinned; client CPU is getrusage of the client's process, user and system",
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
		if slices.ContainsFunc(o.Rows, func(r Row) bool { return r.Case == k.Name }) {
			fmt.Fprintf(&b, "note: case %s is %s\n", k.Name, k.About)
		}
	}
	o.routeNotes(&b)
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
	o.routeBenchmarks(&b)
	return b.String()
}

// routeNotes says what was asked of which servers, and what is counted.
func (o *Outcome) routeNotes(b *strings.Builder) {
	if len(o.RouteRows) == 0 {
		return
	}
	for _, k := range Routes {
		fmt.Fprintf(b, "note: route %s is GET %s: %s\n", k.Name, k.Target, k.About)
	}
	for _, s := range Sites {
		fmt.Fprintf(b, "note: server %s is %s\n", s.Name, s.About)
	}
	fmt.Fprintf(b, "note: routes are asked over %d connections, one request at a time each, from another process; the servers' sessions have %s; both servers write JSON with jsonfast and pages with one function; answers were checked against the database before, and by another caller under load; every page of fortunes byte by byte\n", routeConnections, routeSetting)
}

// routeBenchmarks writes the routes.
func (o *Outcome) routeBenchmarks(b *strings.Builder) {
	if len(o.RouteRows) == 0 {
		return
	}
	for _, family := range []struct {
		name, about string
		nanos       func(RouteSample) float64
	}{
		{"SQLRouteServerCPU", "processor time of the server's process for one request: HTTP, handler and client library, user and system; neither PostgreSQL's nor the generator's", func(s RouteSample) float64 { return 1e9 / s.RequestsPerCPUSecond }},
		{"SQLRoutePostgresCPU", "processor time of all of PostgreSQL's processes for one request", func(s RouteSample) float64 { return 1e3 * s.PostgresPerRequest }},
		{"SQLRouteTime", "a second divided by the requests that were answered in it; server, PostgreSQL and generator share the cores", func(s RouteSample) float64 { return 1e9 / s.RequestsPerSecond }},
		{"SQLRouteMedianLatency", "the median time from request to response, in a closed loop", func(s RouteSample) float64 { return 1e3 * s.P50 }},
		{"SQLRouteTailLatency", "the 99th percentile of it", func(s RouteSample) float64 { return 1e3 * s.P99 }},
	} {
		fmt.Fprintf(b, "about: %s: %s\n", family.name, family.about)
		for _, r := range o.RouteRows {
			for _, s := range r.Rounds {
				fmt.Fprintf(b, "Benchmark%s/%s/%s\t1\t%.1f ns/op\t- allocs/op\n", family.name, r.Route, r.Server, family.nanos(s))
			}
		}
	}
}
