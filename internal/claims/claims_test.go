package claims

// This file applies the checks to the documents of the repository. That they can fail is shown in
// checker_test.go, with made-up documents and figures.

import (
	"errors"
	"io/fs"
	"os"
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
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("there is no README.md yet, so it promises nothing")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range CheckReadme(tree, string(text)) {
		t.Error(finding)
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
