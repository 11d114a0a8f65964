package deps

// This file reads the tree: every Go file of every module, whatever its build tags, so that an import for
// another platform is seen on this one too. Entry point: [Scan].

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/covetgo/covet/internal/repo"
)

// Source is one parsed Go file.
type Source struct {
	Name string // slash path from the repository's root
	Fset *token.FileSet
	File *ast.File
}

// IsTest reports whether the file is compiled into tests only.
func (s Source) IsTest() bool { return strings.HasSuffix(s.Name, "_test.go") }

// position writes a place in the file as name:line.
func (s Source) position(pos token.Pos) string {
	return s.Name + ":" + strconv.Itoa(s.Fset.Position(pos).Line)
}

// Scan parses the Go files of the tree.
func Scan(tree fs.FS) ([]Source, error) {
	names, err := repo.Files(tree, repo.HasExt(".go"))
	if err != nil {
		return nil, err
	}
	var sources []Source
	fset := token.NewFileSet()
	for _, name := range names {
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		sources = append(sources, Source{Name: name, Fset: fset, File: file})
	}
	return sources, nil
}

// Packages groups the files by folder. Imports are sorted and each is listed once.
func Packages(sources []Source) []Package {
	byFolder := map[string]*Package{}
	var folders []string
	for _, s := range sources {
		folder := path.Dir(s.Name)
		p := byFolder[folder]
		if p == nil {
			p = &Package{Folder: folder}
			byFolder[folder] = p
			folders = append(folders, folder)
		}
		list := &p.Imports
		if s.IsTest() {
			list = &p.TestImports
		}
		*list = append(*list, importsOf(s.File)...)
	}
	slices.Sort(folders)
	packages := make([]Package, 0, len(folders))
	for _, folder := range folders {
		p := byFolder[folder]
		p.Imports, p.TestImports = sortedSet(p.Imports), sortedSet(p.TestImports)
		packages = append(packages, *p)
	}
	return packages
}

// importsOf lists the import paths of a file.
func importsOf(file *ast.File) []string {
	var paths []string
	for _, spec := range file.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}

// sortedSet sorts a list and drops repeats.
func sortedSet(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
