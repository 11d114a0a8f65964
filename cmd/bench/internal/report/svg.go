package report

// A few SVG shapes. Colours are classes: the page's style sheet gives each a
// light and a dark one.

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// The charts' measures, in units of the view box.
const (
	chartWidth  = 760.0
	labelWidth  = 96.0  // names at the left
	valueWidth  = 216.0 // numbers at the right
	rowHeight   = 40.0
	barHeight   = 18.0
	axisHeight  = 30.0
	plotWidth   = chartWidth - labelWidth - valueWidth
	chartTop    = 8.0
	dotRadius   = 2.2
	whiskerSize = 4.0
	// whiskerBelow keeps a whisker apart from the line that it belongs to.
	whiskerBelow = 12.0
)

type svg struct {
	strings.Builder
	height float64
}

func newSVG(height float64, label string) *svg {
	s := &svg{height: height}
	fmt.Fprintf(s, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, chartWidth, height, html.EscapeString(label))
	return s
}

func (s *svg) end() string {
	s.WriteString("</svg>")
	return s.String()
}

func (s *svg) text(x, y float64, class, anchor, text string) {
	fmt.Fprintf(s, `<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>`, x, y, class, anchor, html.EscapeString(text))
}

func (s *svg) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(s, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

func (s *svg) rect(x, y, w, h float64, class string) {
	fmt.Fprintf(s, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" class="%s"/>`, x, y, max(w, 1), h, class)
}

func (s *svg) dot(x, y, r float64, class string) {
	fmt.Fprintf(s, `<circle cx="%.1f" cy="%.1f" r="%.1f" class="%s"/>`, x, y, r, class)
}

// whisker is a range with ends.
func (s *svg) whisker(x1, x2, y float64) {
	s.line(x1, y, x2, y, "whisker")
	s.line(x1, y-whiskerSize, x1, y+whiskerSize, "whisker")
	s.line(x2, y-whiskerSize, x2, y+whiskerSize, "whisker")
}

// scale turns values into places along the plot.
type scale struct {
	low, high float64
	log       bool
}

func (c scale) at(v float64) float64 {
	share := (v - c.low) / (c.high - c.low)
	if c.log {
		share = math.Log(max(v, c.low)/c.low) / math.Log(c.high/c.low)
	}
	return labelWidth + plotWidth*min(max(share, 0), 1)
}

// linear starts at zero: bars are read by their length.
func linear(high float64) scale { return scale{low: 0, high: max(high, 1e-9) * 1.02} }

// logarithmic covers whole decades around the values, or halves of them.
func logarithmic(low, high float64) scale {
	low, high = max(low, 0.1), max(high, 0.2)
	return scale{low: below(low), high: above(high), log: true}
}

// below and above are the next 1, 2 or 5 times a power of ten.
func below(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{5, 2} {
		if step*power <= v {
			return step * power
		}
	}
	return power
}

func above(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 5} {
		if step*power >= v {
			return step * power
		}
	}
	return 10 * power
}

// ticks are round values within the scale.
func (c scale) ticks() (list []float64) {
	if c.log {
		for power := math.Pow(10, math.Ceil(math.Log10(c.low)-1e-9)); power <= c.high*1.001; power *= 10 {
			list = append(list, power)
		}
		if len(list) < 2 { // one decade or less: its ends, and what lies between
			list = append([]float64{c.low}, append(list, c.high)...)
		}
		return slices.Compact(list)
	}
	step := above(c.high / 5.5)
	for v := 0.0; v <= c.high; v += step {
		list = append(list, v)
	}
	return list
}

// axis draws ticks with hairlines behind the rows.
func (s *svg) axis(c scale, bottom float64, write func(float64) string) {
	for _, v := range c.ticks() {
		x := c.at(v)
		s.line(x, chartTop, x, bottom, "grid")
		s.text(x, bottom+16, "tick", "middle", round(write(v)))
	}
}
