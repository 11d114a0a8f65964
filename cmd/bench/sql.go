package main

// bench sql: PostgreSQL clients beside one another.

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/covetgo/covet/cmd/bench/internal/results"
	"github.com/covetgo/covet/cmd/bench/internal/sqlbench"
)

const sqlText = `
bench sql measures PostgreSQL clients: covet, pgx with its pool, and database/sql
with the drivers of covet, pgx and lib/pq. It starts a PostgreSQL of its own from the
programs that are installed here, fills it, and stops it at the end.

  go run ./cmd/bench sql                      all cases, 5 rounds, about 5 minutes
  go run ./cmd/bench sql -quick               3 short rounds
  go run ./cmd/bench sql -cases one-64,db -rounds 9 -d 1s
  go run ./cmd/bench sql -merge DIR,DIR        put runs of different cases together

Each measurement is a process of its own, and a round measures every client once in
every case. All but covet's own pool get the number of connections with which they do
best here.
Client and server share the machine: read the ratios in one run, not the numbers.

Then come routes of HTTP servers: covet with its own client, and fasthttp with pgxpool.
They are compared by requests per second of the server process's own CPU time; what
PostgreSQL took stands beside it.

It writes into -out: results.json (every round) and sql.txt (as Go benchmarks).
`

func sqlCommand(ctx context.Context, args []string, out, notes io.Writer) error {
	flags := newFlags("sql", sqlText, notes)
	dir := flags.String("out", "bench-results/sql", "folder for results.json and sql.txt")
	quick := flags.Bool("quick", false, "3 short rounds")
	rounds := flags.Int("rounds", 0, "rounds; 0 means 5, or 3 with -quick")
	measured := flags.Duration("d", 0, "measured time of each measurement; 0 means 0.5 s, or 0.15 s with -quick")
	cases := flags.String("cases", "", "comma-separated names of cases and routes; all if empty")
	merge := flags.String("merge", "", "comma-separated folders of earlier runs, of one commit, to be put together into -out")
	site := flags.String("site", "", "serve the routes, under the control of a parent process (what the others call)")
	worker := flags.String("worker", "", "make one measurement, described as JSON, in this process (what the others call)")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *worker != "" {
		return sqlbench.Work(ctx, *worker, out)
	}
	if *site != "" {
		return sqlbench.HostSite(*site, notes)
	}
	plan := sqlbench.Plan{Rounds: 5, Measured: 500 * time.Millisecond, Notes: notes}
	if *quick {
		plan.Rounds, plan.Measured = 3, 150*time.Millisecond
	}
	if *rounds > 0 {
		plan.Rounds = *rounds
	}
	if *measured > 0 {
		plan.Measured = *measured
	}
	plan.Warm = plan.Measured / 3
	if *cases != "" {
		plan.Cases = strings.Split(*cases, ",")
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return fmt.Errorf("cannot write to %s: %w; choose another folder with -out", *dir, err)
	}
	if *merge != "" {
		o, err := sqlbench.Merge(strings.Split(*merge, ","), *dir)
		if err == nil {
			o.Table(out)
		}
		return err
	}
	commit := results.Commit()
	o, err := sqlbench.Run(ctx, plan)
	if err != nil {
		return err
	}
	o.Table(out)
	if err := o.Write(*dir, results.Command(append([]string{"sql"}, args...)), commit, plan); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%s\nAll values: %s\n", o.Server, filepath.Join(*dir, "results.json"))
	return nil
}
