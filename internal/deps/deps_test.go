package deps

// This file applies the policy to the real tree. That the checks can fail is shown in checker_test.go.

import (
	"os"
	"slices"
	"testing"

	"github.com/covetgo/covet/internal/repo"
)

func TestImportsFollowThePolicy(t *testing.T) {
	graph, err := Parse(Policy)
	if err != nil {
		t.Fatal(err)
	}
	sources := scanRepository(t)
	packages := Packages(sources)
	if !slices.ContainsFunc(packages, func(p Package) bool { return p.Folder == "internal/deps" }) {
		t.Fatal("the scan did not even find this package")
	}
	report(t, graph.Check(packages))
}

func TestSourcesUseNoForbiddenDoor(t *testing.T) {
	report(t, CheckSources(scanRepository(t)))
}

func TestModulesRequireOnlyWhatIsAgreed(t *testing.T) {
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	findings, err := CheckModules(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	report(t, findings)
}

// scanRepository parses the real tree.
func scanRepository(t *testing.T) []Source {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	sources, err := Scan(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

// report fails with one line per finding.
func report(t *testing.T, findings []string) {
	t.Helper()
	for _, finding := range findings {
		t.Error(finding)
	}
}
