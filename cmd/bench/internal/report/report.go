// Package report shows results: as a table for the terminal, as report.md, and
// as report.html, one file with charts as inline SVG that needs nothing else.
//
// All three say the same and are made from the same values and the same findings
// (findings.go): what the subject of the run, covet if it took part, is ahead in,
// and where it loses. A chart's title is its finding; the numbers stand at the
// bars; whiskers show the lowest and the highest round and dots every round.
//
// Read next: findings.go, numbers.go (how numbers are written), text.go and
// markdown.go, then page.go with chart_*.go and svg.go for the page.
package report

import "github.com/covetgo/covet/cmd/bench/internal/results"

// view is a results file with what a report keeps asking for.
type view struct {
	*results.File
	subject string
}

func newView(f *results.File) *view {
	v := &view{File: f}
	for _, r := range f.Results {
		if r.Server == "covet" {
			v.subject = "covet"
			return v
		}
	}
	for _, r := range f.Results {
		if !f.IsCalibrator(r.Server) {
			v.subject = r.Server
			return v
		}
	}
	v.subject = f.Results[0].Server
	return v
}

// rows are a scenario's results: the subject, the other servers, then the
// calibrators, each in the order of the file's servers.
func (v *view) rows(scenario string) []*results.Result {
	var rows []*results.Result
	for rank := range 3 {
		for _, r := range v.Results {
			if r.Scenario == scenario && v.rank(r.Server) == rank && !contains(rows, r.Server) {
				rows = append(rows, v.Find(r.Server, scenario))
			}
		}
	}
	return rows
}

// The ranks of servers.
const (
	rankSubject = iota
	rankRival
	rankCalibrator
)

func (v *view) rank(server string) int {
	switch {
	case server == v.subject:
		return rankSubject
	case v.IsCalibrator(server):
		return rankCalibrator
	}
	return rankRival
}

func contains(rows []*results.Result, server string) bool {
	for _, r := range rows {
		if r.Server == server {
			return true
		}
	}
	return false
}
