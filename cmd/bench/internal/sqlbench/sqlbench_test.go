package sqlbench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
)

// The servers of the routes are processes of this binary.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "sql" && os.Args[2] == "-site" {
		if err := HostSite(os.Args[3], os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Every server answers every route as it should, and can be measured.
func TestEverySiteOnEveryRoute(t *testing.T) {
	server, err := pgtest.Start(pgtest.Options{})
	pgtest.Require(t, err)
	t.Cleanup(server.Stop)
	r := &run{url: server.URL(), postmaster: server.PID(), siteConns: map[string]poolChoice{}}
	r.Warm, r.Measured, r.Notes = 50*time.Millisecond, 100*time.Millisecond, io.Discard
	if _, err := r.prepare(t.Context()); err != nil { // it checks all answers
		t.Fatal(err)
	}
	o := &Outcome{}
	for _, s := range Sites {
		for _, k := range Routes {
			r.siteConns[s.Name+" "+k.Name] = poolChoice{4, 8}
		}
	}
	for err := r.routes(t.Context(), 0, o); err != nil; err = r.routes(t.Context(), 0, o) {
		// A busy machine may need longer for the first answer.
		if r.Measured *= 4; r.Measured > 10*time.Second || !strings.Contains(err.Error(), "not one response came") {
			t.Fatal(err)
		}
		*o = Outcome{}
	}
	for _, row := range o.RouteRows {
		s := row.Rounds[0]
		if s.RequestsPerSecond <= 0 || s.RequestsPerCPUSecond <= 0 || s.P99 < s.P50 || s.PostgresPerRequest <= 0 && runtime.GOOS == "linux" {
			t.Errorf("%s on %s: %+v", row.Server, row.Route, s)
		}
	}
	if len(o.RouteRows) != 4+6+3+4 {
		t.Errorf("%d rows", len(o.RouteRows))
	}
}

// A site that shows something else is found out.
func TestWrongAnswersAreFoundOut(t *testing.T) {
	for _, list := range [][]Fortune{nil, {{1, "<b>"}}} {
		if string(appendFortunes(nil, list)) == fortunesPage {
			t.Error("another page is taken for the right one")
		}
	}
	if got := string(appendEscaped(nil, `a<b>&"c'`)); got != html.EscapeString(`a<b>&"c'`) {
		t.Error(got)
	}
	for text, want := range map[string]int{"": 1, "0": 1, "-3": 1, "x": 1, "7": 7, "500": 500, "501": 500, "99999999999999999999": 1} {
		if got := count([]byte(text)); got != want {
			t.Errorf("count(%q) is %d, want %d", text, got, want)
		}
	}
}

// A body that is wrong while a site is under load is found out.
func TestWrongBodiesUnderLoad(t *testing.T) {
	table := map[int32]int32{1: 5, 2: 6}
	list := func(second string) string {
		return "[" + strings.Repeat(`{"id":1,"randomNumber":5},`, 19) + second + "]"
	}
	for _, c := range []struct {
		route, contentType, body string
		ok                       bool
	}{
		{"db", jsonType, `{"id":1,"randomNumber":5}`, true},
		{"db", jsonType, `{"id":1,"randomNumber":6}`, false},
		{"queries-20", jsonType, list(`{"id":2,"randomNumber":6}`), true},
		{"queries-20", jsonType, list(`{"id":2,"randomNumber":5}`), false},
		{"queries-20", jsonType, `[{"id":2,"randomNumber":6}]`, false},
		{"queries-20", htmlType, list(`{"id":2,"randomNumber":6}`), false},
		{"updates-20", jsonType, list(`{"id":2,"randomNumber":7}`), true},
		{"updates-20", jsonType, list(`{"id":2,"randomNumber":0}`), false},
		{"fortunes", htmlType, fortunesPage, true},
		{"fortunes", htmlType, fortunesPage + " ", false},
	} {
		site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.contentType)
			_, _ = io.WriteString(w, c.body)
		}))
		k := Routes[slices.IndexFunc(Routes, func(k Route) bool { return k.Name == c.route })]
		if err := watch(t.Context(), strings.TrimPrefix(site.URL, "http://"), k, table)(); (err == nil) != c.ok {
			t.Errorf("%s, %s: %v", c.route, c.body, err)
		}
		site.Close()
	}
}

// Pieces of one commit become one result; what does not belong together is refused.
func TestMerge(t *testing.T) {
	piece := func(k Case, route Route, commit string) string {
		o := &Outcome{Server: "PostgreSQL 1", Notes: []string{"pgxpool uses 4 connections where there are several callers: so"}}
		o.row(Clients[0], k, 3).Rounds = []Sample{{QueriesPerSecond: 1}, {QueriesPerSecond: 3}, {QueriesPerSecond: 2}}
		o.routeRow(Sites[0], route, poolChoice{3, 4}).Rounds = []RouteSample{{RequestsPerSecond: 5, RequestsPerCPUSecond: 1}}
		dir := t.TempDir()
		if err := o.Write(dir, "bench "+k.Name, commit, Plan{}); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	first, second, out := piece(Cases[1], Routes[1], "c"), piece(Cases[0], Routes[0], "c"), t.TempDir()
	o, err := Merge([]string{first, second}, out)
	if err != nil || len(o.Rows) != 2 || len(o.RouteRows) != 2 || o.Rows[0].Case != Cases[0].Name || o.Rows[0].QueriesPerSecond != 2 || o.RouteRows[0].RequestsPerSecond != 5 {
		t.Fatal(o, err)
	}
	text, err := os.ReadFile(filepath.Join(out, "sql.txt"))
	if err != nil || !strings.Contains(string(text), "command: bench one-1; bench one-64\n") || !strings.Contains(string(text), "note: in one-64, pgxpool uses 4") ||
		!strings.Contains(string(text), "BenchmarkSQLRouteServerCPU/db/covet\t1\t1000000000.0 ns/op\t- allocs/op\n") {
		t.Error(string(text), err)
	}
	if _, err := Merge([]string{first, piece(Cases[2], Routes[2], "d")}, out); err == nil {
		t.Error("pieces of two commits were put together")
	}
	if _, err := Merge([]string{first, piece(Cases[1], Routes[2], "c")}, out); err == nil {
		t.Error("a case was taken twice")
	}
}

// Every client gives the right answers in every case; a wrong one would fail the measurement.
func TestEveryClientInEveryCase(t *testing.T) {
	server, err := pgtest.Start(pgtest.Options{})
	pgtest.Require(t, err)
	t.Cleanup(server.Stop)
	r := &run{url: server.URL()}
	version, err := r.prepare(context.Background())
	if err != nil || !strings.HasPrefix(version, "PostgreSQL") {
		t.Fatal(version, err)
	}
	for _, k := range Cases {
		for _, c := range Clients {
			task, err := json.Marshal(Task{Client: c.Name, Case: k.Name, URL: server.URL(), Conns: 2, Warm: time.Millisecond, Measured: 20 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := Work(context.Background(), string(task), &out); err != nil {
				t.Error(err)
				continue
			}
			var s Sample
			if err := json.Unmarshal(out.Bytes(), &s); err != nil || s.QueriesPerSecond <= 0 || s.P99 < s.P50 {
				t.Errorf("%s, %s: %+v, %v", c.Name, k.Name, s, err)
			}
		}
	}
}

func TestFiles(t *testing.T) {
	o := &Outcome{Server: "PostgreSQL 1"}
	for _, c := range Clients {
		for i := range 5 {
			row := o.row(c, Cases[0], 1)
			row.Rounds = append(row.Rounds, Sample{QueriesPerSecond: float64(1000 * (i + 1)), ClientCPUPerQuery: 10, P50: 1, P99: 2})
		}
	}
	for i := range o.Rows {
		o.Rows[i].Sample = medians(o.Rows[i].Rounds)
	}
	if got := o.Rows[0].QueriesPerSecond; got != 3000 {
		t.Errorf("the median of 1000 to 5000 is %v", got)
	}
	var table bytes.Buffer
	o.Table(&table)
	if !strings.Contains(table.String(), "1.00 (1.00–1.00)") || !strings.Contains(table.String(), "pgxpool") {
		t.Error(table.String())
	}
	text := o.benchmarks(file{Date: "2026-01-02T00:00:00Z"})
	if want := "BenchmarkSQLTime/one-64/covet\t1\t1000000.0 ns/op\t0.00 allocs/op\n"; !strings.Contains(text, want) {
		t.Errorf("lacks %q:\n%s", want, text)
	}
}
