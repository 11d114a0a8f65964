package claims

// This file renders Go benchmarks: their part of the ledger, and the figures and tables that markers ask for.

import (
	"fmt"
	"slices"
	"strings"
)

// render writes a file's part of docs/CLAIMS.md.
func (b Benchmarks) render(out *strings.Builder) {
	fmt.Fprintf(out, "\n## %s\n\n", b.Name)
	for _, fact := range []string{
		"Machine: " + b.Machine, "Commit: `" + b.Commit + "`", "Command: `" + b.Command + "`", "Date: " + b.Date, "Versions: " + b.Versions,
	} {
		fmt.Fprintf(out, "- %s\n", fact)
	}
	writeNotes(out, b.Notes)
	var sure, unsure []string
	hasPeer := false
	for i := range b.Families {
		hasPeer = hasPeer || slices.ContainsFunc(b.Families[i].Contenders, func(c string) bool { return !isOurs(c) })
		s, u := b.Families[i].losses()
		sure, unsure = append(sure, s...), append(unsure, u...)
	}
	writeLosses(out, ours, hasPeer, sure, unsure)
	for i := range b.Families {
		f := &b.Families[i]
		fmt.Fprintf(out, "\n### %s\n\n`Benchmark%s`: %s.\n\n%s", f.Name, f.Name, f.About, f.table())
	}
}

// table has a row per case and a column per contender, and says below what it cannot tell apart.
func (f *Family) table() string {
	var others []string // beside the first one, where covet itself takes no part
	compared := slices.Contains(f.Contenders, ours)
	shown := f.shown()
	heads := append([]string{"ns/op"}, shown...)
	if compared {
		heads = append(heads, "best peer ÷ "+ours)
	} else if len(shown) > 1 && len(shown) <= variantsMax {
		others = shown[1:]
	}
	for _, c := range others {
		heads = append(heads, f.quotient(c))
	}
	var out strings.Builder
	writeRow(&out, heads)
	writeRow(&out, append([]string{"---"}, slices.Repeat([]string{"---:"}, len(heads)-1)...))
	for _, name := range f.Cases {
		cells := []string{name}
		for _, contender := range shown {
			cells = append(cells, f.find(name, contender).String())
		}
		if compared {
			cells = append(cells, f.verdict(name))
		}
		for _, c := range others {
			cells = append(cells, f.against(name, c))
		}
		writeRow(&out, cells)
	}
	return out.String() + f.resolution()
}

// variantsMax is up to how many contenders without covet among them each has a column beside the first one.
const variantsMax = 4

// quotient heads the column that compares a contender with the first one. Above one, the variant is faster than the
// first of ours, or the first than the other where none is ours.
func (f *Family) quotient(contender string) string {
	if isOurs(f.shown()[0]) {
		return f.shown()[0] + " ÷ " + contender
	}
	return contender + " ÷ " + f.shown()[0]
}

// against compares a contender with the first one, repetition by repetition.
func (f *Family) against(name, contender string) string {
	first, c := f.find(name, f.shown()[0]), f.find(name, contender)
	if first == nil || c == nil {
		return unmeasured
	}
	r := c.over(first)
	if !isOurs(f.shown()[0]) {
		r = first.over(c)
	}
	text := withSpread(times(r.Median), times(r.Low), times(r.High))
	if r.Low <= 1 && r.High >= 1 {
		text += ", not told apart"
	}
	return text
}

// resolution says what covet and its twin differ by, which is nothing but the measurement.
func (f *Family) resolution() string {
	var single, middle []float64
	for _, name := range f.Cases {
		c, again := f.find(name, ours), f.find(name, twin)
		if c == nil || again == nil {
			continue
		}
		r := c.over(again)
		single, middle = append(single, r.Low, r.High), append(middle, r.Median)
	}
	if len(single) == 0 {
		return ""
	}
	return fmt.Sprintf("\nResolution: %s, measured once more as a contender of its own, has %s to %s of its own time in single repetitions, and %s to %s in the medians. "+
		"No smaller difference in this table means anything.\n", ours,
		times(slices.Min(single)), times(slices.Max(single)), times(slices.Min(middle)), times(slices.Max(middle)))
}

// String writes a cell: the median, its spread, and allocations if there are any.
func (c *repetitions) String() string {
	if c == nil {
		return unmeasured
	}
	text := withSpread(short(median(c.nanos)), short(slices.Min(c.nanos)), short(slices.Max(c.nanos)))
	if c.allocs > 0 {
		text += ", " + allocations(c.allocs)
	}
	return text
}

// allocations writes a number of allocations per operation.
func allocations(n float64) string {
	if n == 1 {
		return "1 alloc"
	}
	return rate(n) + " allocs"
}

// verdict writes how covet stands to the best peer of a case.
func (f *Family) verdict(name string) string {
	c := f.find(name, ours)
	peer, best := f.bestPeer(name)
	if c == nil || best == nil {
		return unmeasured
	}
	r := c.over(best)
	text := peer + ": " + withSpread(times(r.Median), times(r.Low), times(r.High))
	switch {
	case r.High < 1:
		text += ", **" + ours + " loses**"
	case r.Low <= 1:
		text += ", not told apart"
	}
	if c.allocs > best.allocs {
		text += ", **" + ours + " allocates more**"
	}
	return text
}

// losses lists the cases in which a peer is better: in every repetition, and in the median only.
func (f *Family) losses() (sure, unsure []string) {
	for _, name := range f.Cases {
		c := f.find(name, ours)
		if c == nil {
			continue
		}
		for _, peer := range f.Contenders {
			p := f.find(name, peer)
			if p == nil || isOurs(peer) {
				continue
			}
			r := p.over(c)
			text := fmt.Sprintf("%s/%s: takes %s the time of %s", f.Name, name, withSpread(times(r.Median), times(r.Low), times(r.High)), peer)
			switch {
			case r.Low > 1:
				sure = append(sure, text)
			case r.Median > 1:
				unsure = append(unsure, text)
			}
			if c.allocs > p.allocs {
				sure = append(sure, fmt.Sprintf("%s/%s: %s, %s has %s", f.Name, name, allocations(c.allocs), peer, rate(p.allocs)))
			}
		}
	}
	return sure, unsure
}

// benchFigure answers a claim about a Go benchmark: a time, or how many times covet's time another takes.
func (q query) benchFigure() (string, error) {
	f, err := q.family()
	if err != nil {
		return "", err
	}
	name, contender := q.fields["case"], q.fields["contender"]
	c := f.find(name, contender)
	if c == nil {
		return "", fmt.Errorf("Benchmark%s/%s has no contender %q", f.Name, name, contender)
	}
	over, compared := q.fields["over"]
	if !compared {
		text := short(median(c.nanos))
		if q.fields["with"] != "" {
			text = withSpread(text, short(slices.Min(c.nanos)), short(slices.Max(c.nanos)))
		}
		return text + " ns", nil
	}
	if over == "best" {
		over, _ = f.bestPeer(name)
	}
	peer := f.find(name, over)
	if peer == nil {
		return "", fmt.Errorf("Benchmark%s/%s has no contender %q", f.Name, name, over)
	}
	r := c.over(peer)
	if q.fields["with"] != "" || (r.Low <= 1 && r.High >= 1) {
		return withSpread(times(r.Median), times(r.Low), times(r.High)), nil
	}
	return times(r.Median), nil
}

// benchTable answers a claim-table about Go benchmarks.
func (q query) benchTable() (string, error) {
	f, err := q.family()
	if err != nil {
		return "", err
	}
	b := q.benchmarks
	return fmt.Sprintf("\n\n%s\nMachine: %s. Commit: `%s`. Command: `%s`. Versions: %s.\n\n", f.table(), b.Machine, b.Commit, b.Command, b.Versions), nil
}

// family returns the family that a question names.
func (q query) family() (*Family, error) {
	for i := range q.benchmarks.Families {
		if f := &q.benchmarks.Families[i]; f.Name == q.fields["family"] {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%s has no family %q", q.benchmarks.Name, q.fields["family"])
}
