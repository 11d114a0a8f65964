package sqlbench

// Runs in pieces: a run of all cases takes minutes, and who must share a machine takes it a case at a time. The pieces of
// one commit on one machine make one result.

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Merge reads the results of pieces, each a folder, and writes them as one. A case is in one piece only: rounds of
// different runs were not interleaved.
func Merge(dirs []string, out string) (*Outcome, error) {
	var all file
	o := &Outcome{}
	var commands []string
	for i, dir := range dirs {
		text, err := os.ReadFile(filepath.Join(dir, "results.json"))
		if err != nil {
			return nil, err
		}
		var f file
		if err := json.Unmarshal(text, &f); err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		if i == 0 {
			all, o.Server = f, f.Server
		}
		if f.Commit != all.Commit || f.Machine != all.Machine || f.Server != all.Server || f.Method != all.Method {
			return nil, fmt.Errorf("%s is of another commit, machine, server or method than %s", dir, dirs[0])
		}
		if err := o.take(f); err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		commands = append(commands, f.Command)
	}
	o.finish()
	all.Command = strings.Join(commands, "; ")
	all.Results, all.Served, all.Notes = o.Rows, o.RouteRows, o.Notes
	return o, o.write(out, all)
}

// take adds a piece.
func (o *Outcome) take(f file) error {
	for _, r := range f.Results {
		if slices.ContainsFunc(o.Rows, func(have Row) bool { return have.Case == r.Case && have.Client == r.Client }) {
			return errors.New("case " + r.Case + " is in two pieces")
		}
		i := slices.IndexFunc(Cases, func(k Case) bool { return k.Name == r.Case })
		j := slices.IndexFunc(Clients, func(c Client) bool { return c.Name == r.Client })
		if i < 0 || j < 0 {
			return fmt.Errorf("nothing is known of case %q or client %q", r.Case, r.Client)
		}
		o.row(Clients[j], Cases[i], r.Conns).Rounds = r.Rounds
	}
	for _, r := range f.Served {
		if slices.ContainsFunc(o.RouteRows, func(have RouteRow) bool { return have.Route == r.Route && have.Server == r.Server }) {
			return errors.New("route " + r.Route + " is in two pieces")
		}
		i := slices.IndexFunc(Routes, func(k Route) bool { return k.Name == r.Route })
		j := slices.IndexFunc(Sites, func(s Site) bool { return s.Name == r.Server })
		if i < 0 || j < 0 {
			return fmt.Errorf("nothing is known of route %q or server %q", r.Route, r.Server)
		}
		o.routeRow(Sites[j], Routes[i], r.poolChoice).Rounds = r.Rounds
	}
	for _, note := range f.Notes {
		if cases := caseNames(f); cases != "" && strings.Contains(note, "several callers") {
			note = "in " + cases + ", " + note
		}
		o.Notes = append(o.Notes, note)
	}
	return nil
}

// caseNames lists the cases of a piece.
func caseNames(f file) string {
	var names []string
	for _, r := range f.Results {
		if !slices.Contains(names, r.Case) {
			names = append(names, r.Case)
		}
	}
	return strings.Join(names, ", ")
}
