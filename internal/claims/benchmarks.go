package claims

// This file reads results files of the second kind: what go test -bench prints, below lines that say where it comes
// from. Such a file is docs/results/NAME.txt:
//
//	machine: AMD EPYC, 2 cores, linux 6.18, go1.26.8
//	commit: 0123abcd
//	date: 2026-11-22
//	command: go test -C compare -run '^$' -bench Route -benchmem -count 1
//	versions: covet of this commit, gin v1.12.0
//	about: Route: one lookup, the method and the path being at hand
//	note: whatever did not go as planned
//	BenchmarkRoute/github/covet-2   9718170   24.56 ns/op   0 B/op   0 allocs/op
//
// A benchmark's name is Benchmark, the family, the case (which may have slashes of its own) and the contender. Ours
// is covet; covet-… is a variant of ours and no peer, and covet-twin is covet once more. Several runs may follow one another, and should: go test
// -count 5 repeats each benchmark five times in a row, five runs of -count 1 take turns.

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Benchmarks is one results file of Go benchmarks.
type Benchmarks struct {
	Name                                     string // slash path from docs, such as results/route.txt
	Machine, Commit, Date, Command, Versions string
	Notes                                    []string
	Families                                 []Family // in the order of the file, as are their cases and contenders
}

// Family is one benchmark function: cases × contenders.
type Family struct {
	Name, About       string
	Cases, Contenders []string
	cells             map[[2]string]*repetitions
}

// repetitions are the measurements of one contender in one case, in the order of the file.
type repetitions struct {
	nanos  []float64 // ns/op
	allocs float64   // allocs/op, the most of any repetition
}

// ours is the contender that the ratios are about.
const ours = "covet"

// twin is covet once more: what its figures differ by is what the measurement cannot tell apart.
const twin = ours + "-twin"

// isOurs reports whether a contender is covet or a variant of it.
func isOurs(contender string) bool {
	return contender == ours || strings.HasPrefix(contender, ours+"-")
}

var (
	benchFact  = regexp.MustCompile(`^(machine|commit|date|command|versions|about|note): (.+)$`)
	benchLine  = regexp.MustCompile(`^Benchmark(\w+)/(\S+)/([^\s/]+?)(?:-\d+)?\s+\d+\s+(.*)$`)
	benchNoise = regexp.MustCompile(`^(?:(?:goos|goarch|pkg|cpu): .*|PASS|ok\s.*|\s*)$`) // what else go test prints
)

// readBenchmarks reads all results files of Go benchmarks, in order of their names.
func readBenchmarks(tree fs.FS) ([]Benchmarks, error) {
	names, err := fs.Glob(tree, "docs/results/*.txt")
	if err != nil {
		return nil, err
	}
	var all []Benchmarks
	for _, name := range names {
		data, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		b, err := parseBenchmarks(string(data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		b.Name = strings.TrimPrefix(name, "docs/")
		all = append(all, b)
	}
	return all, nil
}

// parseBenchmarks reads one file and checks that it may be published.
func parseBenchmarks(text string) (Benchmarks, error) {
	var b Benchmarks
	about := map[string]string{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \r")
		var err error
		if fact := benchFact.FindStringSubmatch(line); fact != nil {
			err = b.fact(fact[1], fact[2], about)
		} else if m := benchLine.FindStringSubmatch(line); m != nil {
			err = b.family(m[1]).measure(m[2], m[3], m[4])
		} else if !benchNoise.MatchString(line) {
			err = fmt.Errorf("%q is neither a fact about the run nor a benchmark of the form Benchmark<family>/<case>/<contender>", line)
		}
		if err != nil {
			return b, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	for i := range b.Families {
		f := &b.Families[i]
		f.About = about[f.Name]
		delete(about, f.Name)
	}
	for name := range about {
		return b, fmt.Errorf("says what %s is about, and has no such benchmark", name)
	}
	return b, b.check()
}

// fact notes one line about the run.
func (b *Benchmarks) fact(key, value string, about map[string]string) error {
	switch key {
	case "note":
		b.Notes = append(b.Notes, value)
		return nil
	case "about":
		family, words, ok := strings.Cut(value, ": ")
		if !ok || about[family] != "" {
			return fmt.Errorf("about %q: want one line \"about: <family>: <what one operation is>\" per family", value)
		}
		about[family] = words
		return nil
	}
	to := map[string]*string{"machine": &b.Machine, "commit": &b.Commit, "date": &b.Date, "command": &b.Command, "versions": &b.Versions}[key]
	if *to != "" && *to != value {
		return fmt.Errorf("%s is %q, and was %q: a file is of one run", key, value, *to)
	}
	*to = value
	return nil
}

// family returns the family of a name, which may be new.
func (b *Benchmarks) family(name string) *Family {
	i := slices.IndexFunc(b.Families, func(f Family) bool { return f.Name == name })
	if i < 0 {
		i = len(b.Families)
		b.Families = append(b.Families, Family{Name: name, cells: map[[2]string]*repetitions{}})
	}
	return &b.Families[i]
}

// uncounted stands where a number would, of allocations that a measurement does not count: one of whole processes. go test
// does not write it, so to forget -benchmem is still found out.
const uncounted = "-"

// measure adds one repetition; values is "24.56 ns/op 0 B/op 0 allocs/op".
func (f *Family) measure(name, contender, values string) error {
	metrics := map[string]float64{}
	fields := strings.Fields(values)
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == uncounted {
			metrics[fields[i+1]] = 0
			continue
		}
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return err
		}
		metrics[fields[i+1]] = v
	}
	nanos, timed := metrics["ns/op"]
	allocs, counted := metrics["allocs/op"]
	if !timed || !counted || nanos <= 0 {
		return fmt.Errorf("%s/%s of %s: want ns/op and allocs/op; run it with -benchmem", f.Name, name, contender)
	}
	if !slices.Contains(f.Cases, name) {
		f.Cases = append(f.Cases, name)
	}
	if !slices.Contains(f.Contenders, contender) {
		f.Contenders = append(f.Contenders, contender)
	}
	key := [2]string{name, contender}
	if f.cells[key] == nil {
		f.cells[key] = &repetitions{}
	}
	c := f.cells[key]
	c.nanos, c.allocs = append(c.nanos, nanos), max(c.allocs, allocs)
	return nil
}

// check says what keeps a file from being published.
func (b *Benchmarks) check() error {
	switch {
	case b.Machine == "" || b.Command == "" || b.Versions == "" || b.Date == "":
		return fmt.Errorf("lacks one of the lines machine:, date:, command: and versions:")
	case !commitForm.MatchString(b.Commit):
		return fmt.Errorf("commit is %q, want the name of a commit without changes on top of it", b.Commit)
	case len(b.Families) == 0:
		return fmt.Errorf("has no results")
	}
	for _, f := range b.Families {
		if f.About == "" {
			return fmt.Errorf("lacks the line \"about: %s: <what one operation is>\"", f.Name)
		}
		for _, name := range f.Cases {
			for _, contender := range f.Contenders {
				if c := f.find(name, contender); c != nil && len(c.nanos) < roundsMin {
					return fmt.Errorf("%s/%s of %s: %d repetitions, want %d at least", f.Name, name, contender, len(c.nanos), roundsMin)
				}
			}
		}
	}
	return nil
}

// shown are the contenders that have a column: all but the twin.
func (f *Family) shown() []string {
	return slices.DeleteFunc(slices.Clone(f.Contenders), func(c string) bool { return c == twin })
}

// find returns what a contender did in a case, or nil.
func (f *Family) find(name, contender string) *repetitions {
	return f.cells[[2]string{name, contender}]
}

// over compares two contenders repetition by repetition: how many times the first one's time the other takes.
func (c *repetitions) over(peer *repetitions) Ratio {
	var each []float64
	for i := range min(len(c.nanos), len(peer.nanos)) {
		each = append(each, peer.nanos[i]/c.nanos[i])
	}
	return Ratio{Median: median(each), Spread: Spread{slices.Min(each), slices.Max(each)}, Rounds: len(each)}
}

// bestPeer returns the contender that is not ours and has the lowest median in a case, or nil.
func (f *Family) bestPeer(name string) (contender string, best *repetitions) {
	for _, peer := range f.Contenders {
		c := f.find(name, peer)
		if c == nil || isOurs(peer) {
			continue
		}
		if best == nil || median(c.nanos) < median(best.nanos) {
			contender, best = peer, c
		}
	}
	return contender, best
}

// median of some numbers, at least one.
func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
