package claims

// This file fills in the figures that documents ask for by markers (their form stands in doc.go). Entry
// point: [Fill]. A marker in a code span or a code fence is an example and is left alone.

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	claimBlock = regexp.MustCompile(`(?s)<!-- claim(-table)?: (.*?) -->(.*?)<!-- /claim(-table)? -->`)
	claimTag   = regexp.MustCompile(`<!-- /?claim\b`)
	literal    = regexp.MustCompile("(?ms)^[ \t]*```.*?^[ \t]*```|`[^`\n]*`")
)

// Fill returns the document with every marker's figure computed anew.
func Fill(doc string, all Files) (string, error) {
	var out strings.Builder
	end := 0
	for _, m := range blocks(doc) {
		whole, ask := doc[m[0]:m[1]], doc[m[4]:m[5]]
		if (m[2] >= 0) != (m[8] >= 0) || claimTag.MatchString(doc[m[6]:m[7]]) {
			return "", fmt.Errorf("line %d: %q is not closed by its own kind", lineOf(doc, m[0]), firstLine(whole))
		}
		answer, err := figure(ask, all)
		if m[2] >= 0 {
			answer, err = figures(ask, all)
		}
		if err != nil {
			return "", fmt.Errorf("line %d: claim %q: %w", lineOf(doc, m[0]), ask, err)
		}
		out.WriteString(doc[end:m[6]] + answer)
		end = m[7]
	}
	out.WriteString(doc[end:])
	if stray := claimTag.FindString(withoutBlocks(doc)); stray != "" {
		return "", fmt.Errorf("a marker %q is opened or closed alone", stray)
	}
	return out.String(), nil
}

// blocks finds the markers with what they enclose, as offsets of claimBlock's groups.
func blocks(doc string) [][]int {
	examples := literal.FindAllStringIndex(doc, -1)
	return slices.DeleteFunc(claimBlock.FindAllStringSubmatchIndex(doc, -1), func(m []int) bool {
		return slices.ContainsFunc(examples, func(e []int) bool { return e[0] <= m[0] && m[0] < e[1] })
	})
}

// withoutBlocks blanks the markers, what they enclose, and examples of markers. Offsets and lines stay.
func withoutBlocks(doc string) string {
	text := []byte(doc)
	for _, m := range blocks(doc) {
		blank(text[m[0]:m[1]])
	}
	for _, e := range literal.FindAllStringIndex(doc, -1) {
		for _, tag := range claimTag.FindAllStringIndex(doc[e[0]:e[1]], -1) {
			blank(text[e[0]+tag[0] : e[0]+tag[1]])
		}
	}
	return string(text)
}

// blank overwrites all but line ends.
func blank(text []byte) {
	for i, c := range text {
		if c != '\n' {
			text[i] = ' '
		}
	}
}

// query is a marker's question about a file of one kind or the other.
type query struct {
	results    Results
	benchmarks *Benchmarks
	fields     map[string]string
}

// ask parses "FILE key=value …" and allows the given keys, of a file of Go benchmarks those given as benchKeys.
func ask(text string, all Files, keys, benchKeys []string) (query, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return query{}, fmt.Errorf("names no results file")
	}
	q, err := find(all, words[0])
	if err != nil {
		return query{}, err
	}
	if q.benchmarks != nil {
		keys = benchKeys
	}
	for _, word := range words[1:] {
		key, value, ok := strings.Cut(word, "=")
		if !ok || !slices.Contains(keys, key) {
			return query{}, fmt.Errorf("%q: want key=value with one of %s", word, strings.Join(keys, ", "))
		}
		q.fields[key] = value
	}
	return q, nil
}

// find begins a question about the results file of a name.
func find(all Files, name string) (query, error) {
	q := query{fields: map[string]string{}}
	for _, r := range all.Runs {
		if r.Name == path.Clean(name) {
			q.results = r
			return q, nil
		}
	}
	for i := range all.Benchmarks {
		if all.Benchmarks[i].Name == path.Clean(name) {
			q.benchmarks = &all.Benchmarks[i]
			return q, nil
		}
	}
	return q, fmt.Errorf("there is no docs/%s", name)
}

// matches reports whether a row is of the setting that the question names; what it leaves out, it accepts.
func (q query) matches(row Row) bool {
	for key, has := range map[string]string{
		"scenario": row.Scenario, "connections": strconv.Itoa(row.Connections), "pipeline": strconv.Itoa(row.Pipeline),
	} {
		if want, asked := q.fields[key]; asked && want != has {
			return false
		}
	}
	return true
}

// row returns the one row of a server that the question means.
func (q query) row(server string) (Row, error) {
	rows := slices.DeleteFunc(slices.Clone(q.results.Rows), func(r Row) bool { return r.Server != server || !q.matches(r) })
	if len(rows) != 1 {
		return Row{}, fmt.Errorf("matches %d results of server %q, want one", len(rows), server)
	}
	return rows[0], nil
}

// figure answers a claim: one number with its unit, or a ratio.
func figure(text string, all Files) (string, error) {
	q, err := ask(text, all,
		[]string{"server", "scenario", "connections", "pipeline", "value", "over", "as", "with"},
		[]string{"family", "case", "contender", "value", "over", "with"})
	if err != nil {
		return "", err
	}
	for key, want := range map[string]string{"as": "share", "with": "spread"} {
		if has, asked := q.fields[key]; asked && has != want {
			return "", fmt.Errorf("%s=%s: want %s=%s", key, has, key, want)
		}
	}
	if q.fields["value"] == "origin" {
		return q.origin(), nil
	}
	if q.benchmarks != nil && q.fields["value"] != "" {
		return "", fmt.Errorf("value=%s: Go benchmarks have value=origin only", q.fields["value"])
	}
	if q.benchmarks != nil {
		return q.benchFigure()
	}
	row, err := q.row(q.fields["server"])
	if err != nil {
		return "", err
	}
	metric, err := metricOf(q.fields["value"])
	if err != nil {
		return "", err
	}
	if over, compared := q.fields["over"]; compared {
		return q.compare(row, metric, over)
	}
	median, ok := row.Medians[metric]
	if !ok {
		return "", fmt.Errorf("%s of %s was not measured", metric, row.Server)
	}
	if q.fields["as"] != "" {
		return "", fmt.Errorf("as=share is for ratios: it needs over=SERVER")
	}
	answer := write(metric, median)
	if q.fields["with"] != "" {
		answer = withSpread(answer, write(metric, row.Spreads[metric].Low), write(metric, row.Spreads[metric].High))
	}
	return answer + units[metric], nil
}

// compare answers a claim of a ratio. One whose rounds do not agree on who is ahead is never told without them.
func (q query) compare(row Row, metric, over string) (string, error) {
	ratio, ok := q.results.ratio(row.Scenario, metric, row.Server, over)
	switch {
	case !ok:
		return "", fmt.Errorf("%s has no ratio of %s over %s in %s", q.results.Name, row.Server, over, metric)
	case q.results.belowFloor(row.Scenario, row.Server, metric):
		return "", fmt.Errorf("%s needs less memory than can be told, so there is no ratio; ask for %s of each", row.Server, metric)
	case ratio.Rounds < roundsMin:
		return "", fmt.Errorf("the ratio to %s is of %d rounds, want %d at least", over, ratio.Rounds, roundsMin)
	}
	bound, why, err := q.bound(row, metric, over)
	if err != nil {
		return "", err
	}
	form := times
	if q.fields["as"] == "share" {
		form = percent
	}
	if q.fields["with"] == "spread" || (ratio.Low <= 1 && ratio.High >= 1) {
		return bound + withSpread(form(ratio.Median), form(ratio.Low), form(ratio.High)) + why, nil
	}
	return bound + form(ratio.Median) + why, nil
}

// bound says which way a ratio of requests per CPU-second is wrong where one of the two had time to spare: what
// such a server could do stands in no figure.
func (q query) bound(row Row, metric, over string) (before, after string, err error) {
	if metric != requestsPerCPUSecond {
		return "", "", nil
	}
	other, err := q.row(over)
	if err != nil {
		return "", "", err
	}
	own, its := q.results.understated(row), q.results.understated(other)
	switch {
	case own && its:
		return "", ", both having had time to spare", nil
	case own:
		return "at least ", ", as " + row.Server + " had time to spare", nil
	case its:
		return "at most ", ", as " + over + " had time to spare", nil
	}
	return "", "", nil
}

// origin is where and when a file was measured, for the text below a table.
func (q query) origin() string {
	commit, date := q.results.Commit, q.results.Date
	if q.benchmarks != nil {
		commit, date = q.benchmarks.Commit, q.benchmarks.Date
	}
	return fmt.Sprintf("commit `%.12s`, %.10s", commit, date)
}

// metricOf returns the metric that a marker's value means: its name in a file's median, or latency_us.p99.
func metricOf(value string) (string, error) {
	metric := value
	if percentile, isLatency := strings.CutPrefix(value, "latency_us."); isLatency {
		metric = strings.ReplaceAll(percentile, ".", "") + "_us"
	}
	if _, ok := units[metric]; !ok {
		return "", fmt.Errorf("value is %q, want latency_us.p99 or one of %s", value, strings.Join(slices.Sorted(maps.Keys(units)), ", "))
	}
	return metric, nil
}

// figures answers a claim-table: the tables of the settings asked for, and where they come from.
func figures(text string, all Files) (string, error) {
	q, err := ask(text, all, []string{"scenario", "connections", "pipeline"}, []string{"family"})
	if err != nil {
		return "", err
	}
	if q.benchmarks != nil {
		return q.benchTable()
	}
	var out strings.Builder
	rows := slices.DeleteFunc(slices.Clone(q.results.Rows), func(r Row) bool { return !q.matches(r) })
	for _, s := range settings(rows) {
		words, _ := q.results.scenario(s.scenario)
		fmt.Fprintf(&out, "\n\n**%s** (`%s`, %s)\n\n%s", words.Title, s.scenario, s.traffic(), table(q.results, s))
	}
	if out.Len() == 0 {
		return "", fmt.Errorf("matches no result")
	}
	fmt.Fprintf(&out, "\nMachine: %s. Commit: `%s`. Command: `%s`.\n\n", q.results.Machine, q.results.Commit, q.results.Command)
	return out.String(), nil
}

// lineOf is the line, from 1, of an offset.
func lineOf(text string, offset int) int { return 1 + strings.Count(text[:offset], "\n") }

// firstLine is a text up to its first line end.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
