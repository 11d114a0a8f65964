package deps

// This file compares what packages import with what a [Graph] lets them import. Entry point: [Graph.Check].
// It knows nothing of files: scan.go reads the real tree, the tests make up small ones.

import (
	"fmt"
	"path"
	"strings"

	"github.com/covetgo/covet/internal/repo"
)

// Package is one folder with Go files and what those import, as import paths.
type Package struct {
	Folder      string   // slash path from the repository's root; "." is the root itself
	Imports     []string // of its ordinary files, for every platform and build tag
	TestImports []string // of its _test.go files
}

// Check returns one line for each import that the policy does not allow and for each package that it does
// not name.
func (g *Graph) Check(packages []Package) []string {
	var findings []string
	for _, p := range packages {
		label, _ := g.labelOf(p.Folder)
		if label == "" {
			findings = append(findings, fmt.Sprintf(
				"%s is not in the import policy: add it to the policy at the right level (internal/deps/policy.go)", p.Folder))
			continue
		}
		for _, path := range p.Imports {
			if !g.allows(p.Folder, path) {
				findings = append(findings, fmt.Sprintf("%s imports %s: the policy does not allow it", p.Folder, path))
			}
		}
		for _, path := range p.TestImports {
			if !g.allowsTest(p.Folder, path) {
				findings = append(findings, fmt.Sprintf("a test of %s imports %s: the policy allows it neither to %s nor to TESTS", p.Folder, path, p.Folder))
			}
		}
	}
	return findings
}

// allows reports whether the ordinary files of a folder may import a path.
func (g *Graph) allows(folder, importPath string) bool {
	if importPath == "unsafe" || importPath == "C" {
		return true // granted or refused by file: see source.go
	}
	from, fromRoot := g.labelOf(folder)
	target, ours := ourFolder(importPath)
	if !ours {
		return g.HasEdge(from, g.outsideLabel(importPath))
	}
	to, toRoot := g.labelOf(target)
	if from == to {
		return strings.HasSuffix(from, "/...") && fromRoot == toRoot
	}
	return g.HasEdge(from, to)
}

// allowsTest is the same for _test.go files: they may also import their own package, anything of the
// standard library, and what TESTS may.
func (g *Graph) allowsTest(folder, importPath string) bool {
	target, ours := ourFolder(importPath)
	if !ours {
		return isStandard(importPath) || g.allows(folder, importPath) || g.direct["TESTS"][g.outsideLabel(importPath)]
	}
	if target == folder || g.allows(folder, importPath) {
		return true
	}
	to, _ := g.labelOf(target)
	return g.direct["TESTS"][to]
}

// labelOf finds the name under which the policy knows a folder of ours, and the concrete folder that the
// name's pattern stands for: contrib/x/y is known as contrib/*/... with root contrib/x. An exact name wins
// over a pattern, and a pattern without "..." over one with it.
func (g *Graph) labelOf(folder string) (label, root string) {
	if g.may[folder] != nil && !isPoint(folder) {
		return folder, folder
	}
	for _, name := range g.names {
		if strings.HasSuffix(name, "/...") {
			continue
		}
		if ok, _ := path.Match(name, folder); ok && strings.Contains(name, "*") {
			return name, folder
		}
	}
	for _, name := range g.names {
		pattern, deep := strings.CutSuffix(name, "/...")
		if !deep {
			continue
		}
		if head := firstElements(folder, strings.Count(pattern, "/")+1); head != "" {
			if ok, _ := path.Match(pattern, head); ok {
				return name, head
			}
		}
	}
	return "", ""
}

// firstElements returns the first n elements of a slash path, or "" if it has fewer.
func firstElements(folder string, n int) string {
	elements := strings.SplitN(folder, "/", n+1)
	if len(elements) < n {
		return ""
	}
	return strings.Join(elements[:n], "/")
}

// outsideLabel finds the name for a package that is not ours: its own, its module's, or the catch-all.
func (g *Graph) outsideLabel(importPath string) string {
	for name := importPath; name != "."; name = path.Dir(name) {
		if g.may[name] != nil && (name == importPath || !isStandard(importPath)) {
			return name
		}
	}
	if isStandard(importPath) {
		return "STD"
	}
	return "OTHERS"
}

// ourFolder turns an import path of this repository into a folder.
func ourFolder(importPath string) (folder string, ours bool) {
	if importPath == repo.Module {
		return ".", true
	}
	return strings.CutPrefix(importPath, repo.Module+"/")
}

// isStandard reports whether an import path is of the standard library: no dot in its first element.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}
