package sqlbench

// Rounds: every client in every case, one after another, then again. A server of its own, so that nothing else is in it.

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/covetgo/covet/internal/pgtest"

	"github.com/covetgo/covet/cmd/bench/internal/results"
)

// Plan is what a run does.
type Plan struct {
	Rounds         int
	Warm, Measured time.Duration
	Cases          []string // and routes; none: all
	Notes          io.Writer
}

// Row is what came out for one client in one case.
type Row struct {
	Client  string `json:"client"`
	Case    string `json:"case"`
	Callers int    `json:"callers"`
	Conns   int    `json:"connections"` // 0: the client's default
	Sample
	Rounds []Sample `json:"rounds"`
}

// Outcome is a whole run.
type Outcome struct {
	Server    string // PostgreSQL's version and settings
	Rows      []Row
	RouteRows []RouteRow
	Notes     []string
}

// note keeps a note, and shows it.
func (o *Outcome) note(out io.Writer, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	o.Notes = append(o.Notes, text)
	fmt.Fprintln(out, text)
}

// poolSizes are tried for the rivals; the best one in a short run, of case one-64 or of the route, is theirs.
var poolSizes = []int{4, 8, 16, 32}

// Run starts a server, and measures.
func Run(ctx context.Context, p Plan) (*Outcome, error) {
	// Durable, and otherwise as it comes.
	server, err := pgtest.Start(pgtest.Options{Durable: true})
	if err != nil {
		return nil, err
	}
	defer server.Stop()
	r := &run{Plan: p, url: server.URL(), postmaster: server.PID(), conns: map[string]int{}, siteConns: map[string]poolChoice{}}
	o := &Outcome{}
	if o.Server, err = r.prepare(ctx); err != nil {
		return nil, err
	}
	if err := errors.Join(r.tune(ctx, o), r.tuneSites(ctx, o)); err != nil {
		return nil, err
	}
	for round := range p.Rounds {
		if err := errors.Join(r.round(ctx, round, o), r.routes(ctx, round, o)); err != nil {
			return nil, err
		}
		fmt.Fprintf(p.Notes, "round %d of %d\n", round+1, p.Rounds)
	}
	o.finish()
	return o, nil
}

// finish takes the medians.
func (o *Outcome) finish() {
	for i := range o.Rows {
		o.Rows[i].Sample = medians(o.Rows[i].Rounds)
	}
	for i := range o.RouteRows {
		o.RouteRows[i].RouteSample = routeMedians(o.RouteRows[i].Rounds)
	}
}

// run is the state of a run.
type run struct {
	Plan
	url        string
	postmaster int                   // its process
	conns      map[string]int        // of clients that were tuned
	siteConns  map[string]poolChoice // the same of servers, by server and route
}

// prepare makes the tables, with pgx, and asks for the version.
func (r *run) prepare(ctx context.Context) (string, error) {
	c, err := openPgx(ctx, r.url, 1)
	if err != nil {
		return "", err
	}
	defer c.close()
	pool := c.(*pgxClient).pool
	for _, statement := range slices.Concat(schema, siteSchema) {
		if _, err := pool.Exec(ctx, statement); err != nil {
			return "", fmt.Errorf("%s: %w", statement, err)
		}
	}
	if slices.ContainsFunc(Routes, func(k Route) bool { return r.selected(k.Name) }) {
		for _, s := range Sites {
			if err := r.checkSite(ctx, s, c.(*pgxClient)); err != nil {
				return "", err
			}
		}
	}
	var version string
	err = pool.QueryRow(ctx, "SELECT split_part(version(), ' on ', 1) || ', default settings, fsync and synchronous_commit on, over TCP on the loopback'").Scan(&version)
	return version, err
}

// tune finds the number of connections with which each rival does best.
func (r *run) tune(ctx context.Context, o *Outcome) error {
	for _, c := range Clients {
		if strings.HasPrefix(c.Name, "covet") && c.Name != "covet-stdlib" {
			continue // its defaults are what it is judged by
		}
		if !slices.ContainsFunc(Cases, func(k Case) bool { return k.Callers > 1 && r.selected(k.Name) && k.has(c) }) {
			continue
		}
		best := 0.0
		for _, conns := range poolSizes {
			s, err := r.measure(ctx, Task{Client: c.Name, Case: "one-64", Conns: conns, Warm: r.Warm, Measured: r.Measured})
			if err != nil {
				return err
			}
			if s.QueriesPerSecond > best {
				best, r.conns[c.Name] = s.QueriesPerSecond, conns
			}
		}
		o.note(r.Notes, "%s uses %d connections where there are several callers: the best of %v in a run before the first round", c.Name, r.conns[c.Name], poolSizes)
	}
	return nil
}

// round measures everything once. Every other round goes backwards, so that nobody always follows the same one.
func (r *run) round(ctx context.Context, round int, o *Outcome) error {
	for _, k := range Cases {
		if !r.selected(k.Name) {
			continue
		}
		clients := slices.Clone(Clients)
		if round%2 == 1 {
			slices.Reverse(clients)
		}
		for _, c := range clients {
			if !k.has(c) {
				continue
			}
			conns := r.conns[c.Name]
			if k.Callers == 1 {
				conns = 1
			}
			s, err := r.measure(ctx, Task{Client: c.Name, Case: k.Name, Conns: conns, Warm: r.Warm, Measured: r.Measured})
			if err != nil {
				return err
			}
			row := o.row(c, k, conns)
			row.Rounds = append(row.Rounds, s)
		}
	}
	return nil
}

// has reports whether a client takes part in a case.
func (k Case) has(c Client) bool { return len(k.Clients) == 0 || slices.Contains(k.Clients, c.Name) }

// row finds or makes the row of a client in a case; rows stand in the order of Cases and Clients.
func (o *Outcome) row(c Client, k Case, conns int) *Row {
	at := func() int {
		return slices.IndexFunc(o.Rows, func(r Row) bool { return r.Client == c.Name && r.Case == k.Name })
	}
	if at() < 0 {
		o.Rows = append(o.Rows, Row{Client: c.Name, Case: k.Name, Callers: k.Callers, Conns: conns})
		place := func(r Row) int {
			return 100*slices.IndexFunc(Cases, func(k Case) bool { return k.Name == r.Case }) +
				slices.IndexFunc(Clients, func(c Client) bool { return c.Name == r.Client })
		}
		slices.SortFunc(o.Rows, func(a, b Row) int { return cmp.Compare(place(a), place(b)) })
	}
	return &o.Rows[at()]
}

// measure runs a worker.
func (r *run) measure(ctx context.Context, t Task) (s Sample, err error) {
	t.URL = r.url
	task, err := json.Marshal(t)
	if err != nil {
		return s, err
	}
	self, err := os.Executable()
	if err != nil {
		return s, err
	}
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(ctx, self, "sql", "-worker", string(task))
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return s, fmt.Errorf("%s in %s: %w: %s", t.Client, t.Case, err, problems.String())
	}
	return s, json.Unmarshal(out.Bytes(), &s)
}

// medians takes the median of each figure.
func medians(rounds []Sample) Sample {
	of := func(figure func(Sample) float64) float64 {
		var list []float64
		for _, s := range rounds {
			list = append(list, figure(s))
		}
		return results.Median(list)
	}
	return Sample{
		QueriesPerSecond:    of(func(s Sample) float64 { return s.QueriesPerSecond }),
		ClientCPUPerQuery:   of(func(s Sample) float64 { return s.ClientCPUPerQuery }),
		AllocationsPerQuery: of(func(s Sample) float64 { return s.AllocationsPerQuery }),
		P50:                 of(func(s Sample) float64 { return s.P50 }),
		P99:                 of(func(s Sample) float64 { return s.P99 }),
	}
}
