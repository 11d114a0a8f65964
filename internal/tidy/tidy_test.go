package tidy

// This file applies the rules to the real tree, and proves with the examples in testdata that each rule
// tells good from bad.
//
// An examples file is made of sections. "=== good: title" or "=== bad: title" starts a small tree of its own,
// "--- path" a file in it, and "@repeat 600 text" stands for that many lines. A bad tree must give exactly
// one finding and a good one none. A line of a bad file that ends in "@here" is where the finding must be.

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/covetgo/covet/internal/repo"
)

func TestTreeIsTidy(t *testing.T) {
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	findings, err := Check(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range findings {
		t.Error(finding)
	}
}

func TestEveryRuleTellsGoodFromBad(t *testing.T) {
	for _, rule := range Rules {
		t.Run(rule.Name, func(t *testing.T) {
			counts := map[bool]int{}
			for _, e := range readExamples(t, filepath.Join("testdata", rule.Name+".txt")) {
				counts[e.good]++
				checkExample(t, rule, e)
			}
			if counts[true] == 0 || counts[false] == 0 {
				t.Errorf("the rule has %d good and %d bad examples; it needs both", counts[true], counts[false])
			}
			if rule.Want == "" || rule.Why == "" {
				t.Error("the rule does not say what it wants and why")
			}
		})
	}
}

func TestEveryExampleBelongsToARule(t *testing.T) {
	files, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(Rules) {
		t.Errorf("%d files of examples for %d rules", len(files), len(Rules))
	}
}

// example is one small tree. here is the line, from 1, that the finding must name; 0 is any.
type example struct {
	title string
	good  bool
	tree  fstest.MapFS
	here  int
}

// checkExample applies one rule to one example.
func checkExample(t *testing.T, rule Rule, e example) {
	t.Helper()
	findings, err := checkRules(e.tree, []Rule{rule})
	switch {
	case err != nil:
		t.Errorf("%s: %v", e.title, err)
	case e.good && len(findings) > 0:
		t.Errorf("good: %s: flagged: %v", e.title, findings)
	case !e.good && len(findings) != 1:
		t.Errorf("bad: %s: want one finding, got %v", e.title, findings)
	case !e.good && e.here != 0 && findings[0].Line != e.here:
		t.Errorf("bad: %s: found on line %d, want line %d", e.title, findings[0].Line, e.here)
	}
}

// readExamples parses an examples file.
func readExamples(t *testing.T, name string) []example {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var examples []example
	var current *example
	var body []string
	path := ""
	flush := func() {
		if path != "" {
			current.tree[path] = &fstest.MapFile{Data: []byte(strings.Join(body, "\n") + "\n")}
		}
		path, body = "", nil
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(text), "\n"), "\n") {
		if title, ok := strings.CutPrefix(line, "=== "); ok {
			flush()
			kind, title, _ := strings.Cut(title, ": ")
			examples = append(examples, example{title: title, good: kind == "good", tree: fstest.MapFS{}})
			current = &examples[len(examples)-1]
		} else if file, ok := strings.CutPrefix(line, "--- "); ok {
			flush()
			path = file
		} else if repeat, ok := strings.CutPrefix(line, "@repeat "); ok {
			count, text, _ := strings.Cut(repeat, " ")
			n, err := strconv.Atoi(count)
			if err != nil {
				t.Fatal(err)
			}
			for range n {
				body = append(body, text)
			}
		} else {
			if marked, ok := strings.CutSuffix(line, " @here"); ok {
				line, current.here = marked, len(body)+1
			}
			body = append(body, line)
		}
	}
	flush()
	return examples
}
