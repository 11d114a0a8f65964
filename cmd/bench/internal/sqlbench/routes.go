package sqlbench

// The routes: a server in a process of its own, 64 connections, and what it and PostgreSQL cost.

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/covetgo/covet/compare/process"

	"github.com/covetgo/covet/cmd/bench/internal/load"
	"github.com/covetgo/covet/cmd/bench/internal/results"
)

const (
	routeConnections = 64
	// routeSetting is for the servers' sessions: /updates shall not measure the disk.
	routeSetting = "synchronous_commit=off"
)

// Route is what is asked for.
type Route struct {
	Name, Target, About string
}

// Routes lists them. The first word of a name is the path.
var Routes = []Route{
	{"db", "/db", "a random row, as JSON"},
	{"queries-20", "/queries?n=20", "20 random rows by 20 queries, as JSON"},
	{"fortunes", "/fortunes", "12 rows and one more, sorted and escaped, as HTML"},
	{"updates-20", "/updates?n=20", "20 random rows by 20 queries, new numbers for them by one statement, as JSON"},
}

// poolChoice is how many connections to PostgreSQL a server has; 0: the default. A rival has what is best for what is compared:
// one number where processor time is counted, another one for throughput and latencies.
type poolChoice struct {
	Conns     int `json:"connections"`
	FastConns int `json:"connections_for_throughput"`
}

// RouteSample is one measurement.
type RouteSample struct {
	RequestsPerSecond    float64 `json:"requests_per_second"`
	RequestsPerCPUSecond float64 `json:"requests_per_server_cpu_second"` // the server's process: HTTP, handlers and client library
	PostgresPerRequest   float64 `json:"postgres_cpu_us_per_request"`    // all of PostgreSQL's processes
	P50                  float64 `json:"p50_us"`
	P99                  float64 `json:"p99_us"`
}

// RouteRow is what came out for one server on one route.
type RouteRow struct {
	Server string `json:"server"`
	Route  string `json:"route"`
	poolChoice
	RouteSample
	Rounds []RouteSample `json:"rounds"`
}

// routes measures all of them in a round.
func (r *run) routes(ctx context.Context, round int, o *Outcome) error {
	for _, k := range Routes {
		if !r.selected(k.Name) {
			continue
		}
		sites := slices.Clone(Sites)
		if round%2 == 1 {
			slices.Reverse(sites)
		}
		for _, s := range sites {
			if !s.has(k) {
				continue
			}
			pools := r.siteConns[s.Name+" "+k.Name]
			sample, err := r.measureRoute(ctx, s, k, pools.Conns)
			if err == nil && pools.FastConns != pools.Conns {
				var fast RouteSample
				fast, err = r.measureRoute(ctx, s, k, pools.FastConns)
				sample.RequestsPerSecond, sample.P50, sample.P99 = fast.RequestsPerSecond, fast.P50, fast.P99
			}
			if err != nil {
				return fmt.Errorf("%s on %s: %w", s.Name, k.Name, err)
			}
			row := o.routeRow(s, k, pools)
			row.Rounds = append(row.Rounds, sample)
		}
	}
	return nil
}

// selected reports whether a case or route is to be measured.
func (r *run) selected(name string) bool { return len(r.Cases) == 0 || slices.Contains(r.Cases, name) }

// has reports whether a site is measured on a route.
func (s Site) has(k Route) bool { return len(s.Routes) == 0 || slices.Contains(s.Routes, k.Name) }

// tuneSites finds the pools with which each rival does best on each route: by processor time, and by throughput.
func (r *run) tuneSites(ctx context.Context, o *Outcome) error {
	for _, k := range Routes {
		for _, s := range Sites {
			if !r.selected(k.Name) || !s.Tuned || !s.has(k) {
				continue
			}
			var pools poolChoice
			var best RouteSample
			for _, conns := range poolSizes {
				sample, err := r.measureRoute(ctx, s, k, conns)
				if err != nil {
					return err
				}
				if sample.RequestsPerCPUSecond > best.RequestsPerCPUSecond {
					best.RequestsPerCPUSecond, pools.Conns = sample.RequestsPerCPUSecond, conns
				}
				if sample.RequestsPerSecond > best.RequestsPerSecond {
					best.RequestsPerSecond, pools.FastConns = sample.RequestsPerSecond, conns
				}
			}
			r.siteConns[s.Name+" "+k.Name] = pools
			o.note(r.Notes, "on %s, %s uses %d connections where processor time is counted, and %d for throughput and latencies: the best of %v in a run before the first round", k.Name, s.Name, pools.Conns, pools.FastConns, poolSizes)
		}
	}
	return nil
}

// routeRow finds or makes a row; rows stand in the order of Routes and Sites.
func (o *Outcome) routeRow(s Site, k Route, pools poolChoice) *RouteRow {
	at := func() int {
		return slices.IndexFunc(o.RouteRows, func(r RouteRow) bool { return r.Server == s.Name && r.Route == k.Name })
	}
	if at() < 0 {
		o.RouteRows = append(o.RouteRows, RouteRow{Server: s.Name, Route: k.Name, poolChoice: pools})
		place := func(r RouteRow) int {
			return 100*slices.IndexFunc(Routes, func(k Route) bool { return k.Name == r.Route }) +
				slices.IndexFunc(Sites, func(s Site) bool { return s.Name == r.Server })
		}
		slices.SortFunc(o.RouteRows, func(a, b RouteRow) int { return cmp.Compare(place(a), place(b)) })
	}
	return &o.RouteRows[at()]
}

// launch starts a site.
func (r *run) launch(s Site, conns int) (*process.Child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return process.Launch(process.Command{Path: self, Args: []string{"sql", "-site", s.Name},
		Env: []string{urlEnv + "=" + r.url + "&" + routeSetting, connsEnv + "=" + strconv.Itoa(conns)}})
}

// measureRoute drives a site.
func (r *run) measureRoute(ctx context.Context, s Site, k Route, conns int) (sample RouteSample, err error) {
	if ctx.Err() != nil {
		return sample, context.Cause(ctx)
	}
	child, err := r.launch(s, conns)
	if err != nil {
		return sample, err
	}
	defer func() { err = errors.Join(err, child.Stop()) }()
	var want []byte
	if k.Name == "fortunes" {
		want = []byte(fortunesPage)
	}
	table, err := r.world(ctx)
	if err != nil {
		return sample, err
	}
	traffic, err := load.Start(load.Config{Addr: child.Addr, Streams: []load.Stream{
		{Request: load.Request{Target: k.Target, Host: child.Addr}, Connections: routeConnections, Want: want}}})
	if err != nil {
		return sample, err
	}
	watched := watch(ctx, child.Addr, k, table)
	traffic.Sleep(r.Warm)
	cpu, err := child.CPUTime()
	postgres, err2 := r.postgresCPU()
	traffic.Mark()
	traffic.Sleep(r.Measured)
	traffic.Mark()
	cpuAfter, err3 := child.CPUTime()
	postgresAfter, err4 := r.postgresCPU()
	wrong := watched()
	result := traffic.Finish()[0]
	if err := errors.Join(err, err2, err3, err4, wrong, result.Failure(), child.Death()); err != nil {
		return sample, err
	}
	n := float64(result.Responses)
	return RouteSample{
		RequestsPerSecond:    result.Rate(),
		RequestsPerCPUSecond: n / (cpuAfter - cpu).Seconds(),
		PostgresPerRequest:   float64((postgresAfter - postgres).Microseconds()) / n,
		P50:                  result.Latency.Micros(50),
		P99:                  result.Latency.Micros(99),
	}, nil
}

// postgresCPU is the processor time of PostgreSQL's processes that live: the postmaster and its children, each of which
// has one thread. The scheduler's own count, in nanoseconds; without /proc it is 0.
func (r *run) postgresCPU() (sum time.Duration, err error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || r.postmaster == 0 {
		return 0, err
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid …: the name may hold anything.
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		pid := filepath.Base(filepath.Dir(path))
		if own := strconv.Itoa(r.postmaster); pid != own && (len(fields) < 2 || fields[1] != own) {
			continue
		}
		schedule, err := os.ReadFile(filepath.Join(filepath.Dir(path), "schedstat"))
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(string(schedule), " ")
		nanos, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(nanos)
	}
	return sum, nil
}

// fortunesPage is the page that both servers must show, byte by byte. The order is that of the bytes.
const fortunesPage = `<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>` +
	`<tr><td>11</td><td>&lt;script&gt;alert(&#34;This should not be displayed in a browser alert box.&#34;);&lt;/script&gt;</td></tr>` +
	`<tr><td>4</td><td>A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1</td></tr>` +
	`<tr><td>5</td><td>A computer program does what you tell it to do, not what you want it to do.</td></tr>` +
	`<tr><td>2</td><td>A computer scientist is someone who fixes things that aren&#39;t broken.</td></tr>` +
	`<tr><td>8</td><td>A list is only as strong as its weakest link. — Donald Knuth</td></tr>` +
	`<tr><td>0</td><td>Additional fortune added at request time.</td></tr>` +
	`<tr><td>3</td><td>After enough decimal places, nobody gives a damn.</td></tr>` +
	`<tr><td>7</td><td>Any program that runs right is obsolete.</td></tr>` +
	`<tr><td>10</td><td>Computers make very fast, very accurate mistakes.</td></tr>` +
	`<tr><td>6</td><td>Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen</td></tr>` +
	`<tr><td>9</td><td>Feature: A bug with seniority.</td></tr>` +
	`<tr><td>1</td><td>fortune: No such file or directory</td></tr>` +
	`<tr><td>12</td><td>フレームワークのベンチマーク</td></tr></table></body></html>`

// routeMedians takes the median of each figure.
func routeMedians(rounds []RouteSample) RouteSample {
	of := func(figure func(RouteSample) float64) float64 {
		var list []float64
		for _, s := range rounds {
			list = append(list, figure(s))
		}
		return results.Median(list)
	}
	return RouteSample{
		RequestsPerSecond:    of(func(s RouteSample) float64 { return s.RequestsPerSecond }),
		RequestsPerCPUSecond: of(func(s RouteSample) float64 { return s.RequestsPerCPUSecond }),
		PostgresPerRequest:   of(func(s RouteSample) float64 { return s.PostgresPerRequest }),
		P50:                  of(func(s RouteSample) float64 { return s.P50 }),
		P99:                  of(func(s RouteSample) float64 { return s.P99 }),
	}
}
