package claims

// This file fills in the figures that documents ask for by markers (their form stands in doc.go). Entry
// point: [Fill]. A marker in a code span or a code fence is an example and is left alone.

import (
	"fmt"
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
func Fill(doc string, all []Results) (string, error) {
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

// query is a marker's question.
type query struct {
	results Results
	fields  map[string]string
}

// ask parses "FILE key=value …" and allows the given keys.
func ask(text string, all []Results, keys ...string) (query, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return query{}, fmt.Errorf("names no results file")
	}
	results, err := find(all, words[0])
	if err != nil {
		return query{}, err
	}
	q := query{results, map[string]string{}}
	for _, word := range words[1:] {
		key, value, ok := strings.Cut(word, "=")
		if !ok || !slices.Contains(keys, key) {
			return query{}, fmt.Errorf("%q: want key=value with one of %s", word, strings.Join(keys, ", "))
		}
		q.fields[key] = value
	}
	return q, nil
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
func figure(text string, all []Results) (string, error) {
	q, err := ask(text, all, "server", "scenario", "connections", "pipeline", "value", "over")
	if err != nil {
		return "", err
	}
	row, err := q.row(q.fields["server"])
	if err != nil {
		return "", err
	}
	value, answer, err := measure(row, q.fields["value"])
	if err != nil {
		return "", err
	}
	over, compared := q.fields["over"]
	if !compared {
		return answer, nil
	}
	base, err := q.row(over)
	if err != nil {
		return "", err
	}
	if base.setting() != row.setting() {
		return "", fmt.Errorf("compares %s with %s", row.setting(), base.setting())
	}
	below, _, err := measure(base, q.fields["value"])
	return ratio(value, below), err
}

// measure takes a value out of a row, as a number and as text with its unit.
func measure(row Row, name string) (value float64, text string, err error) {
	switch percentile, isLatency := strings.CutPrefix(name, "latency_us."); {
	case isLatency:
		value = row.latency(percentile)
		text = micros(value) + " µs"
	case name == "requests_per_second":
		value = row.RequestsPerSecond.Median
		text = rate(value) + " requests/s"
	case name == "requests_per_cpu_second":
		value = row.perCPUSecond()
		text = rate(value) + " requests per CPU-second"
	case name == "server_cpu_us_per_request":
		value = row.CPUMicros.Median
		text = micros(value) + " µs"
	default:
		return 0, "", fmt.Errorf("value is %q, want requests_per_second, requests_per_cpu_second, server_cpu_us_per_request or latency_us.p99", name)
	}
	if value == 0 {
		err = fmt.Errorf("%s of %s was not measured", name, row.Server)
	}
	return value, text, err
}

// figures answers a claim-table: the tables of the settings asked for, and where they come from.
func figures(text string, all []Results) (string, error) {
	q, err := ask(text, all, "scenario", "connections", "pipeline")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	rows := slices.DeleteFunc(slices.Clone(q.results.Rows), func(r Row) bool { return !q.matches(r) })
	for _, s := range settings(rows) {
		fmt.Fprintf(&out, "\n\n**%s**\n\n%s", s, table(q.results, s))
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
