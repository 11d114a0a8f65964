package report

// report.html: one file, no scripts, nothing loaded from elsewhere.

import (
	_ "embed"
	"html/template"
	"strings"

	"github.com/covetgo/covet/cmd/bench/internal/results"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// section is one scenario of the page.
type section struct {
	Finding, About, Unit, Name, Share string
	Chart                             template.HTML
	Reading                           string
	Table                             [][]string
}

type pageData struct {
	Headline, Scope, Subject, Machine string
	File                              *results.File
	Losses, Notes, Method             []string
	Sections                          []section
}

// HTML is report.html.
func HTML(f *results.File) string {
	v := newView(f)
	data := pageData{
		Headline: v.headline(), Scope: v.headlineScope(), Subject: v.subject, Machine: v.machine(),
		File: f, Losses: v.lossText(), Notes: f.Notes, Method: v.method(),
	}
	for _, s := range f.Scenarios {
		data.Sections = append(data.Sections, section{
			Finding: v.finding(s), About: s.About + v.offered(s), Unit: unit(s.Metric), Name: s.Name, Share: v.share(s),
			Chart: template.HTML(v.chart(s)), Reading: v.reading(s), Table: v.table(s), // made by svg.go, which escapes
		})
	}
	var b strings.Builder
	if err := page.Execute(&b, data); err != nil {
		panic("report: the page's template does not fit its data: " + err.Error()) // our own bug
	}
	return b.String()
}

// reading says how to read the chart.
func (v *view) reading(s results.Scenario) string {
	const whisker = "Whisker: lowest to highest round."
	switch {
	case results.IsMemory(s.Metric):
		return "Bar: median, shorter is better. Dots: rounds. " + whisker
	case s.Metric != results.P99:
		return "Bar: median, longer is better. Dots: rounds. " + whisker
	case !v.mixed(s.Name):
		return "Left ring p50, full dot p99, right ring p99.9; further left is better, each step of the axis is tenfold. Whisker below: lowest to highest round of the p99."
	}
	return "Ring: p99 of the fast route alone. Dot: p99 while the other route runs. Further left is better; number at the right: how many times slower. Whisker below: lowest to highest round."
}
