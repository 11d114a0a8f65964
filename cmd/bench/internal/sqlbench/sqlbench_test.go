package sqlbench

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/pgtest"
)

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
