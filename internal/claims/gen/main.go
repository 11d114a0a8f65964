// Command gen writes docs/CLAIMS.md from docs/results and fills in the claim markers of all documents.
//
// Run it from anywhere in the repository, after a results file was added or changed:
//
//	go run ./internal/claims/gen
//
// It prints the names of the files that it has written, and nothing if all were up to date.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/covetgo/covet/internal/claims"
	"github.com/covetgo/covet/internal/repo"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "claims:", err)
		os.Exit(1)
	}
}

// run updates the tree that the working directory is in.
func run() error {
	root, err := repo.Root()
	if err != nil {
		return err
	}
	updated, err := claims.Update(os.DirFS(root))
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(updated)) {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(updated[name]), 0o644); err != nil {
			return err
		}
		fmt.Println(name)
	}
	return nil
}
