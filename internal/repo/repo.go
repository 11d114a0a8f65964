// Package repo finds the repository's root and lists the files that its own checks read.
//
// internal/deps, internal/tidy and internal/claims hold rules about our sources and documents. They must
// agree on what belongs to the repository, so the walk stands here, once. It reads the working tree and not
// git: a file that is not yet committed is checked too, and a tree without .git can be checked as well.
package repo

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Module is the path of the root module. A module further down has its folder appended.
const Module = "github.com/covetgo/covet"

// Root walks up from the working directory to the folder that holds the root module's go.mod. A test runs
// in its package's folder, so this finds the tree that the test was compiled from.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if mod, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && declares(mod, Module) {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod of module " + Module + " in this folder or above it")
		}
		dir = up
	}
}

// declares reports whether the text of a go.mod has the line "module <module>".
func declares(mod []byte, module string) bool {
	for line := range strings.Lines(string(mod)) {
		if strings.TrimSpace(line) == "module "+module {
			return true
		}
	}
	return false
}

// Files lists, sorted, the files of the repository for which keep says true. It leaves out what the go
// command leaves out too (testdata and folders that start with "_" or "."), and results of a bench run
// that .gitignore keeps out of the history. The one hidden folder that is read is .ci.
func Files(tree fs.FS, keep func(name string) bool) ([]string, error) {
	var names []string
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipped(name):
			return fs.SkipDir
		case d.Type().IsRegular() && keep(name):
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

// skipped reports whether a folder is no part of what the checks read.
func skipped(dir string) bool {
	base := path.Base(dir)
	switch {
	case dir == "." || dir == ".ci":
		return false
	case base == "testdata" || base == "vendor" || dir == "bench-results":
		return true
	}
	return base[0] == '.' || base[0] == '_'
}

// HasExt returns a filter for [Files] that keeps the names which end in one of the given extensions.
func HasExt(exts ...string) func(name string) bool {
	return func(name string) bool { return slices.Contains(exts, path.Ext(name)) }
}
