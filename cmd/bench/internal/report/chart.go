package report

// The charts, one kind for each question: bars for how much, a percentile line
// for how long, two points for what another route does to a fast one.

import (
	"fmt"

	"github.com/covetgo/covet/cmd/bench/internal/results"
)

// chart draws a scenario; "" if there is nothing to draw.
func (v *view) chart(s results.Scenario) string {
	var rows []*results.Result
	for _, r := range v.rows(s.Name) {
		if _, ok := r.Median[s.Metric]; ok {
			rows = append(rows, r)
		}
	}
	switch {
	case len(rows) == 0:
		return ""
	case s.Metric != results.P99:
		return v.bars(s, rows)
	case !v.mixed(s.Name):
		return v.percentileLines(s, rows)
	}
	return v.beforeAfter(s, rows)
}

func height(rows int) float64 { return chartTop + float64(rows)*rowHeight + axisHeight }

// class is a server's colour: the subject stands out, calibrators stand back.
func (v *view) class(server string) string {
	return [...]string{"subject", "rival", "calibrator"}[v.rank(server)]
}

func (v *view) name(g *svg, server string, y float64) {
	g.text(labelWidth-10, y+4.5, "name "+v.class(server), "end", server)
}

// bars: the median as a bar, every round as a dot, the range as a whisker.
func (v *view) bars(s results.Scenario, rows []*results.Result) string {
	high := 0.0
	for _, r := range rows {
		high = max(high, r.Spread[s.Metric].Max)
	}
	write := func(value float64) string { return written(s.Metric, value) }
	tick := write
	if results.IsMemory(s.Metric) {
		tick = bytes // a place on the axis is no finding
	}
	c := linear(high)
	g := newSVG(height(len(rows)), v.finding(s))
	g.axis(c, g.height-axisHeight, tick)
	for i, r := range rows {
		y := chartTop + (float64(i)+0.5)*rowHeight
		v.name(g, r.Server, y)
		g.rect(c.at(0), y-barHeight/2, c.at(r.Median[s.Metric])-c.at(0), barHeight, "bar "+v.class(r.Server))
		v.eachRound(r, s.Metric, func(value float64) { g.dot(c.at(value), y, dotRadius, "round") })
		g.whisker(c.at(r.Spread[s.Metric].Min), c.at(r.Spread[s.Metric].Max), y)
		g.text(chartWidth-valueWidth+12, y+4.5, "value "+v.class(r.Server), "start", write(r.Median[s.Metric]))
		g.text(chartWidth, y+4.5, "range", "end", between(r, s.Metric))
	}
	return g.end()
}

func (v *view) eachRound(r *results.Result, metric string, do func(float64)) {
	for _, round := range r.Raw {
		if value, ok := round.Values[metric]; ok && round.Failure == "" {
			do(value)
		}
	}
}

func between(r *results.Result, metric string) string {
	s := r.Spread[metric]
	if written(metric, s.Min) == written(metric, s.Max) {
		return "in every round"
	}
	return written(metric, s.Min) + " – " + written(metric, s.Max)
}

// percentileLines: from the median to the 99.9th percentile, on a log axis.
func (v *view) percentileLines(s results.Scenario, rows []*results.Result) string {
	low, high := rows[0].Median[results.P50], 0.0
	for _, r := range rows {
		low, high = min(low, r.Median[results.P50]), max(high, r.Median[results.P999], r.Spread[results.P99].Max)
	}
	c := logarithmic(low, high)
	g := newSVG(height(len(rows)), v.finding(s))
	g.axis(c, g.height-axisHeight, micros)
	for i, r := range rows {
		y := chartTop + (float64(i)+0.5)*rowHeight
		class := v.class(r.Server)
		v.name(g, r.Server, y)
		g.line(c.at(r.Median[results.P50]), y, c.at(r.Median[results.P999]), y, "span "+class)
		g.whisker(c.at(r.Spread[results.P99].Min), c.at(r.Spread[results.P99].Max), y+whiskerBelow)
		for _, point := range []struct {
			metric string
			radius float64
			fill   string
		}{{results.P50, 4, "hollow "}, {results.P999, 4, "hollow "}, {results.P99, 6.5, "bar "}} {
			g.dot(c.at(r.Median[point.metric]), y, point.radius, point.fill+class)
		}
		if i == 0 {
			v.pointNames(g, c, r, y)
		}
		g.text(chartWidth-valueWidth+12, y+4.5, "value "+class, "start", micros(r.Median[results.P99]))
		g.text(chartWidth, y+4.5, "range", "end", between(r, results.P99))
	}
	return g.end()
}

// pointNames labels the points of the first row, those that do not collide.
func (v *view) pointNames(g *svg, c scale, r *results.Result, y float64) {
	last := -100.0
	for _, point := range []struct{ metric, name string }{{results.P50, "p50"}, {results.P99, "p99"}, {results.P999, "p99.9"}} {
		if x := c.at(r.Median[point.metric]); x-last > 34 {
			g.text(x, y-11, "tick", "middle", point.name)
			last = x
		}
	}
}

// beforeAfter: the fast route's p99 alone and while the other route runs.
func (v *view) beforeAfter(s results.Scenario, rows []*results.Result) string {
	low, high := rows[0].Median[results.QuietP99], 0.0
	for _, r := range rows {
		low = min(low, r.Median[results.QuietP99], r.Spread[results.P99].Min)
		high = max(high, r.Spread[results.P99].Max, r.Median[results.QuietP99])
	}
	c := logarithmic(low, high)
	g := newSVG(height(len(rows)), v.finding(s))
	g.axis(c, g.height-axisHeight, micros)
	for i, r := range rows {
		y := chartTop + (float64(i)+0.5)*rowHeight
		class := v.class(r.Server)
		alone, mixed := c.at(r.Median[results.QuietP99]), c.at(r.Median[results.P99])
		v.name(g, r.Server, y)
		g.line(alone, y, mixed, y, "span "+class)
		g.whisker(c.at(r.Spread[results.P99].Min), c.at(r.Spread[results.P99].Max), y+whiskerBelow)
		g.dot(alone, y, 4.5, "hollow "+class)
		g.dot(mixed, y, 6.5, "bar "+class)
		if i == 0 && mixed-alone > 50 {
			g.text(alone, y-11, "tick", "middle", "alone")
			g.text(mixed, y-11, "tick", "middle", "mixed")
		}
		g.text(chartWidth-valueWidth+12, y+4.5, "value "+class, "start", micros(r.Median[results.P99]))
		g.text(chartWidth, y+4.5, "range", "end",
			fmt.Sprintf("alone %s, %s", micros(r.Median[results.QuietP99]), times(r.Median[results.Slowdown])))
	}
	return g.end()
}
