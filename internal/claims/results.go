package claims

// This file reads results files: the JSON that cmd/bench writes. It is lenient about form (a figure may be a
// number or an object with its spread) and strict about origin: machine, commit and command must be there.

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Results is one results file.
type Results struct {
	Name    string `json:"-"` // slash path from docs, such as results/bench.json
	Machine Facts  `json:"machine"`
	Commit  string `json:"commit"`
	Date    string `json:"date"`
	Command string `json:"command"`
	Rows    []Row  `json:"results"`
}

// Row is what was measured of one server in one setting. Zero means that it was not measured.
type Row struct {
	Server            string           `json:"server"`
	Scenario          string           `json:"scenario"`
	Connections       int              `json:"connections"`
	Pipeline          int              `json:"pipeline"`
	RequestsPerSecond Figure           `json:"requests_per_second"`
	CPUMicros         Figure           `json:"server_cpu_us_per_request"`
	LatencyMicros     map[string]Value `json:"latency_us"`
	Rounds            Rounds           `json:"rounds"`
}

// setting names what must be equal for two rows to be compared.
type setting struct {
	scenario              string
	connections, pipeline int
}

// setting returns the setting of a row.
func (r Row) setting() setting { return setting{r.Scenario, r.Connections, r.Pipeline} }

// perCPUSecond is the number of requests that one second of the server's processor time pays for.
func (r Row) perCPUSecond() float64 {
	if r.CPUMicros.Median == 0 {
		return 0
	}
	return 1e6 / r.CPUMicros.Median
}

// Figure is a median with the lowest and highest round.
type Figure struct{ Median, Low, High float64 }

// UnmarshalJSON takes a number, null, or {"median":…,"min":…,"max":…}.
func (f *Figure) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &f.Median) == nil {
		return nil
	}
	var spread struct{ Median, Min, Max float64 }
	if err := json.Unmarshal(data, &spread); err != nil {
		return fmt.Errorf("want a number or an object with median, min and max, got %s", data)
	}
	*f = Figure{spread.Median, spread.Min, spread.Max}
	return nil
}

// Value is a number; anything else in its place reads as not measured.
type Value float64

// UnmarshalJSON takes a number and ignores what is none.
func (v *Value) UnmarshalJSON(data []byte) error {
	var number float64
	if json.Unmarshal(data, &number) == nil {
		*v = Value(number)
	}
	return nil
}

// Rounds is how many times a row was measured.
type Rounds int

// UnmarshalJSON takes a number, or a list with one entry for each round.
func (r *Rounds) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, (*int)(r)) == nil {
		return nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("want a number of rounds or a list of them, got %s", data)
	}
	*r = Rounds(len(list))
	return nil
}

// Facts describes a machine in one line.
type Facts string

// UnmarshalJSON takes a string, or an object whose fields are written as "name value" in order of their names.
func (f *Facts) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, (*string)(f)) == nil {
		return nil
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		return fmt.Errorf("want a text or an object that describes the machine, got %s", data)
	}
	*f = Facts(describe(fields))
	return nil
}

// describe writes a JSON value in words. What is empty is left out.
func describe(value any) string {
	var parts []string
	switch v := value.(type) {
	case nil:
		return ""
	case []any:
		for _, item := range v {
			parts = append(parts, describe(item))
		}
		return strings.Join(parts, " ")
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if text := describe(v[name]); text != "" {
				parts = append(parts, strings.ReplaceAll(name, "_", " ")+" "+text)
			}
		}
		return strings.Join(parts, ", ")
	}
	return strings.TrimSpace(fmt.Sprint(value))
}

// ReadResults reads all results files of the tree, in order of their names. None is no error.
func ReadResults(tree fs.FS) ([]Results, error) {
	names, err := fs.Glob(tree, "docs/results/*.json")
	if err != nil {
		return nil, err
	}
	var all []Results
	for _, name := range names {
		data, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		results, err := parseResults(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		results.Name = strings.TrimPrefix(name, "docs/")
		all = append(all, results)
	}
	return all, nil
}

// commitForm is a commit's name; a tree with changes on top of it has no name that others could check out.
var commitForm = regexp.MustCompile(`^[0-9a-f]{7,40}$`)

// parseResults decodes one file and checks that it says where it comes from.
func parseResults(data []byte) (Results, error) {
	var r Results
	if err := json.Unmarshal(data, &r); err != nil {
		return r, err
	}
	switch {
	case r.Machine == "" || r.Command == "":
		return r, fmt.Errorf("names no machine or no command")
	case !commitForm.MatchString(r.Commit):
		return r, fmt.Errorf("commit is %q, want the name of a commit without changes on top of it", r.Commit)
	case len(r.Rows) == 0:
		return r, fmt.Errorf("has no results")
	}
	seen := map[string]bool{}
	for i, row := range r.Rows {
		key := fmt.Sprint(row.Server, row.setting())
		if row.Server == "" || row.Scenario == "" || seen[key] {
			return r, fmt.Errorf("result %d has no server, no scenario, or is a second one of %s", i, key)
		}
		seen[key] = true
	}
	return r, nil
}

// find returns the results file that a marker names.
func find(all []Results, name string) (Results, error) {
	for _, r := range all {
		if r.Name == path.Clean(name) {
			return r, nil
		}
	}
	return Results{}, fmt.Errorf("there is no docs/%s", name)
}
