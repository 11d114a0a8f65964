package tidy

// This file reads the tree once for all rules. A rule is given text, and for Go files the parsed form.

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/covetgo/covet/internal/repo"
)

// Tree is all that the rules look at.
type Tree struct {
	root  fs.FS
	files []*file
}

// file is one text file. For those that are not Go, ast is nil.
type file struct {
	name      string
	text      string
	fset      *token.FileSet
	ast       *ast.File
	generated bool // its header says so; its generator answers for its style
}

// textExts are the kinds of file that people write and read as text. Files of .ci are read too.
var textExts = []string{".go", ".s", ".md", ".mod", ".work", ".sh", ".yml", ".yaml", ".sql", ".html", ".css", ".js", ".c", ".h"}

// readTree reads and parses the files. A Go file that does not parse is an error, not a finding.
func readTree(root fs.FS) (*Tree, error) {
	names, err := repo.Files(root, func(name string) bool {
		return slices.Contains(textExts, path.Ext(name)) || path.Dir(name) == ".ci"
	})
	if err != nil {
		return nil, err
	}
	t := &Tree{root: root}
	for _, name := range names {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		f := &file{name: name, text: string(text), fset: token.NewFileSet()}
		if path.Ext(name) == ".go" {
			f.ast, err = parser.ParseFile(f.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			f.generated = ast.IsGenerated(f.ast)
		}
		t.files = append(t.files, f)
	}
	return t, nil
}

// isTest reports whether a Go file is compiled into tests only.
func (f *file) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// line is the line of a place in a Go file.
func (f *file) line(pos token.Pos) int { return f.fset.Position(pos).Line }

// goFiles lists the Go files that people wrote.
func (t *Tree) goFiles() []*file {
	return t.filter(func(f *file) bool { return f.ast != nil && !f.generated })
}

// sourceFiles lists the Go files that people wrote, without tests.
func (t *Tree) sourceFiles() []*file {
	return t.filter(func(f *file) bool { return f.ast != nil && !f.generated && !f.isTest() })
}

// filter lists the files for which keep says true.
func (t *Tree) filter(keep func(f *file) bool) []*file {
	var list []*file
	for _, f := range t.files {
		if keep(f) {
			list = append(list, f)
		}
	}
	return list
}

// words counts the words of a comment, without directives such as //go:build.
func words(group *ast.CommentGroup) int {
	if group == nil {
		return 0
	}
	return len(strings.Fields(group.Text()))
}
