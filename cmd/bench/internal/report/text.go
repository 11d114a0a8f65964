package report

// The table for the terminal, and report.md.

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/covetgo/covet/cmd/bench/internal/results"
)

// Text prints the table.
func Text(out io.Writer, f *results.File) {
	v := newView(f)
	for _, s := range f.Scenarios {
		fmt.Fprintf(out, "\n%s: %s%s\n", s.Name, s.About, v.offered(s))
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		for _, line := range v.table(s) {
			fmt.Fprintln(w, "  "+strings.Join(line, "\t")+"\t")
		}
		w.Flush()
		if v.finding(s) != s.Title {
			fmt.Fprintln(out, "  "+v.finding(s)+".")
		}
	}
	fmt.Fprintf(out, "\nWhere %s loses:\n", v.subject)
	for _, line := range v.lossText() {
		fmt.Fprintln(out, "  "+line)
	}
	for _, note := range f.Notes {
		fmt.Fprintln(out, "! "+note)
	}
	fmt.Fprintf(out, "\n%s; commit %s; %d rounds, medians with lowest–highest round\n%s\n", v.machine(), f.Commit, f.Method.Rounds, v.placing())
}

// column is one column of a scenario's table.
type column struct {
	title  string
	metric string
	write  func(float64) string // nil: with spread, in the metric's own form
}

func (v *view) columns(s results.Scenario) []column {
	switch s.Metric {
	case results.IdleBytes:
		return []column{{"RSS per idle connection", results.IdleBytes, nil}}
	case results.ActiveBytes:
		return []column{{"RSS per active connection", results.ActiveBytes, nil}, {"idle", results.IdleBytes, nil}, {"after", results.AfterBytes, nil}}
	case results.RequestsPerSecond:
		return []column{
			{"requests/s alone", results.QuietPerSecond, nil}, {"requests/s", results.RequestsPerSecond, nil},
			{"p50 alone", results.QuietP50, micros}, {"p50", results.P50, nil}, {"p99 alone", results.QuietP99, micros}, {"p99", results.P99, nil},
			{"slow route/s", results.SlowPerSecond, nil}, {"server busy", results.ServerCores, percent},
		}
	case results.P99:
		list := []column{
			{"p50", results.P50, micros}, {"p90", results.P90, micros}, {"p99", results.P99, nil},
			{"p99.9", results.P999, micros}, {"max", results.Max, micros}, {"generator late", results.GeneratorLag, micros}, {"rate kept", results.Kept, percent},
			{"server busy", results.ServerCores, percent},
		}
		if !v.mixed(s.Name) {
			return append(list, column{"CPU µs/req", results.CPUMicros, significant})
		}
		return append([]column{{"p99 alone", results.QuietP99, nil}}, append(list, column{"slow route/s", results.SlowPerSecond, count})...)
	}
	return []column{
		{"requests/s", results.RequestsPerSecond, nil}, {"requests/CPU-s", results.RequestsPerCPUSecond, nil}, {"server busy", results.ServerCores, percent},
		{"CPU µs/req", results.CPUMicros, significant}, {"p50", results.P50, micros}, {"p99", results.P99, micros},
		{"allocs/req", results.MallocsPerRequest, significant}, {"GC cycles", results.GCCycles, significant},
	}
}

func percent(v float64) string { return fmt.Sprintf("%.0f %%", v*100) }

// table is a scenario as lines of cells, the first being the titles.
func (v *view) table(s results.Scenario) [][]string {
	cols := v.columns(s)
	titles := []string{"server"}
	for _, c := range cols {
		titles = append(titles, c.title)
	}
	titles = append(titles, "× "+v.subject, "rounds")
	lines := [][]string{titles}
	for _, r := range v.rows(s.Name) {
		line := []string{r.Server}
		for _, c := range cols {
			if c.write == nil {
				line = append(line, cell(r, c.metric))
			} else {
				line = append(line, plain(r, c.metric, c.write))
			}
		}
		lines = append(lines, append(line, v.ratioCell(s, r), rounds(r)))
	}
	return lines
}

// ratioCell is the scenario's metric of a server over the subject's.
func (v *view) ratioCell(s results.Scenario, row *results.Result) string {
	server := row.Server
	if lag := lagging(row); lag != "" && results.IsLatency(s.Metric) {
		return lag
	}
	if server == v.subject {
		return "1"
	}
	for _, r := range v.Compare(server, s.Metric) {
		if r.Scenario == s.Name && r.Over == v.subject {
			return fmt.Sprintf("%s (%s–%s)", significant(r.Median), significant(r.Min), significant(r.Max))
		}
	}
	return "–"
}

// placing says who ran where, and with how many Ps.
func (v *view) placing() string {
	text := v.Method.Pinning
	for _, s := range v.Servers {
		if s.GOMAXPROCS > 0 {
			text += "; " + s.Name + procs(s)
		}
	}
	return text
}

func procs(s results.Server) string {
	if s.GOMAXPROCS == 0 {
		return ""
	}
	return fmt.Sprintf(" (GOMAXPROCS=%d)", s.GOMAXPROCS)
}

func rounds(r *results.Result) string {
	if r.Failed > 0 {
		return fmt.Sprintf("%d, %d FAILED", r.Rounds, r.Failed)
	}
	return fmt.Sprint(r.Rounds)
}

// Markdown is report.md.
func Markdown(f *results.File) string {
	v := newView(f)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", v.headline())
	if scope := v.headlineScope(); scope != "" {
		fmt.Fprintf(&b, "%s Every scenario has its own answer below.\n\n", scope)
	}
	fmt.Fprintf(&b, "- Machine: %s\n- Commit: `%s`\n- Command: `%s`\n- Date: %s\n", v.machine(), f.Commit, f.Command, f.Date)
	fmt.Fprintf(&b, "\n## Where %s loses\n\n", v.subject)
	bullets(&b, v.lossText())
	if len(f.Notes) > 0 {
		b.WriteString("\n## Notes on this run\n\n")
		bullets(&b, f.Notes)
	}
	for _, s := range f.Scenarios {
		fmt.Fprintf(&b, "\n## %s\n\n`%s`: %s%s. Lowest–highest round in brackets.\n\n", v.finding(s), s.Name, s.About, v.offered(s))
		markdownTable(&b, v.table(s))
		if share := v.share(s); share != "" {
			fmt.Fprintf(&b, "\nOf the calibrators, %s.\n", share)
		}
	}
	b.WriteString("\n## How it was measured\n\n")
	bullets(&b, v.method())
	b.WriteString("\n## Servers\n\n")
	for _, s := range f.Servers {
		fmt.Fprintf(&b, "- **%s** %s: %s%s\n", s.Name, s.Version, s.About, procs(s))
	}
	return b.String()
}

func bullets(b *strings.Builder, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(b, "- %s\n", strings.ReplaceAll(line, "\n", " "))
	}
}

func markdownTable(b *strings.Builder, lines [][]string) {
	for i, line := range lines {
		fmt.Fprintf(b, "| %s |\n", strings.Join(line, " | "))
		if i == 0 {
			b.WriteString("| --- |" + strings.Repeat(" ---: |", len(line)-1) + "\n")
		}
	}
}
