package repo

import (
	"os"
	"slices"
	"testing"
	"testing/fstest"
)

func TestRootHoldsTheWorkspace(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(root + "/go.work"); err != nil {
		t.Errorf("the root of the module is not the root of the workspace: %v", err)
	}
}

func TestFilesLeavesOutWhatIsNotOurs(t *testing.T) {
	tree := fstest.MapFS{}
	for _, name := range []string{
		"a.go", "x/b.go", "x/testdata/c.go", ".git/d.go", ".ci/e.go", "_old/f.go", "bench-results/g.go",
		"x/vendor/h.go", "x/bench-results/i.go", "x/j.md",
	} {
		tree[name] = &fstest.MapFile{}
	}
	got, err := Files(tree, HasExt(".go"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{".ci/e.go", "a.go", "x/b.go", "x/bench-results/i.go"}
	if !slices.Equal(got, want) {
		t.Errorf("Files = %q, want %q", got, want)
	}
}
