package claims

// This file applies the checks to the documents of the repository. That they can fail is shown in
// checker_test.go, with made-up documents and figures.

import (
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/covetgo/covet/internal/repo"
)

func TestEveryFigureIsBackedByAResultsFile(t *testing.T) {
	findings, err := Check(tree(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range findings {
		t.Error(finding)
	}
}

func TestReadmeKeepsItsPromises(t *testing.T) {
	tree := tree(t)
	text, err := fs.ReadFile(tree, "README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range CheckReadme(tree, string(text)) {
		t.Error(finding)
	}
}

// TestCommitsCanBeCheckedOut: a results file of a commit that this history does not have, because it was rewritten or
// never handed in, cannot be repeated by anybody.
func TestCommitsCanBeCheckedOut(t *testing.T) {
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	git := func(args ...string) (string, error) {
		out, err := exec.Command("git", append([]string{"-C", root}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	if shallow, err := git("rev-parse", "--is-shallow-repository"); err != nil || shallow != "false" {
		t.Skipf("the whole history is needed, and is not here (git says %q, %v)", shallow, err)
	}
	all, err := ReadResults(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for name, commit := range all.commits() {
		if _, err := git("merge-base", "--is-ancestor", commit, "HEAD"); err != nil {
			t.Errorf("docs/%s is of commit %s, which is not in the history of HEAD: %v", name, commit, err)
		}
	}
}

// tree is the repository.
func tree(t *testing.T) fs.FS {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	return os.DirFS(root)
}
