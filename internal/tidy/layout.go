package tidy

// This file holds the rules about files and packages: form, names, lengths, headers.

import (
	"go/ast"
	"go/format"
	"go/token"
	"path"
	"slices"
	"strings"
)

const (
	fileLinesMax   = 600 // lines of a file that is no test
	funcLinesMax   = 80  // lines of a function, from its func keyword to its closing brace
	headerWordsMin = 4   // words; fewer are a name and say nothing
	reasonWordsMin = 3   // words of a reason given in a marker such as "// long:"
)

// checkGofmt compares each file with what gofmt makes of it.
func checkGofmt(t *Tree, report reporter) {
	for _, f := range t.goFiles() {
		formatted, err := format.Source([]byte(f.text))
		if err != nil {
			report(f.name, 0, "gofmt: %v", err)
		} else if string(formatted) != f.text {
			report(f.name, firstDifference(f.text, string(formatted)), "is not formatted")
		}
	}
}

// firstDifference is the first line, from 1, at which two texts differ.
func firstDifference(a, b string) int {
	linesA, linesB := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range linesA {
		if i >= len(linesB) || linesA[i] != linesB[i] {
			return i + 1
		}
	}
	return len(linesA)
}

// drawers are package names that say nothing about what is inside.
var drawers = []string{"util", "utils", "common", "helper", "helpers", "pkg", "misc"}

// checkPackageName refuses drawers, as a package name and as a folder.
func checkPackageName(t *Tree, report reporter) {
	for _, f := range t.goFiles() {
		folders := strings.Split(path.Dir(f.name), "/")
		for _, name := range append(folders, strings.TrimSuffix(f.ast.Name.Name, "_test")) {
			if slices.Contains(drawers, name) {
				report(f.name, f.line(f.ast.Name.Pos()), "is in a drawer called %s", name)
				break
			}
		}
	}
}

// checkPackageDoc wants a doc comment in at least one file of each package that is not made of tests only.
func checkPackageDoc(t *Tree, report reporter) {
	first := map[string]*file{}
	documented := map[string]bool{}
	for _, f := range t.filter(func(f *file) bool { return f.ast != nil && !f.isTest() }) {
		folder := path.Dir(f.name)
		if first[folder] == nil {
			first[folder] = f
		}
		if words(f.ast.Doc) >= headerWordsMin {
			documented[folder] = true
		}
	}
	for folder, f := range first {
		if !documented[folder] {
			report(f.name, f.line(f.ast.Package), "no file of package %s has a doc comment", f.ast.Name.Name)
		}
	}
}

// checkFileHeader wants a comment that stands before the first declaration other than imports.
func checkFileHeader(t *Tree, report reporter) {
	for _, f := range t.sourceFiles() {
		if !slices.ContainsFunc(f.ast.Comments, func(c *ast.CommentGroup) bool { return isHeader(f, c) }) {
			report(f.name, f.line(f.ast.Package), "does not open with a comment that says what it holds")
		}
	}
}

// isHeader reports whether a comment is about its file: it stands before the first declaration and belongs
// to none. In a file with one declaration, that one's comment is the file's too. A copyright line is about
// neither.
func isHeader(f *file, group *ast.CommentGroup) bool {
	if words(group) < headerWordsMin || strings.HasPrefix(group.Text(), "Copyright") {
		return false
	}
	decls := slices.DeleteFunc(slices.Clone(f.ast.Decls), isImport)
	switch {
	case len(decls) == 0:
		return true
	case group == docOf(decls[0]):
		return len(decls) == 1
	}
	return group.End() < decls[0].Pos()
}

// isImport reports whether a declaration is a list of imports.
func isImport(decl ast.Decl) bool {
	gen, ok := decl.(*ast.GenDecl)
	return ok && gen.Tok == token.IMPORT
}

// docOf returns the doc comment of a declaration.
func docOf(decl ast.Decl) *ast.CommentGroup {
	switch d := decl.(type) {
	case *ast.GenDecl:
		return d.Doc
	case *ast.FuncDecl:
		return d.Doc
	}
	return nil
}

// checkFileLength counts lines. Tests may be longer: their tables are looked up, not read.
func checkFileLength(t *Tree, report reporter) {
	for _, f := range t.sourceFiles() {
		if n := strings.Count(f.text, "\n"); n > fileLinesMax {
			report(f.name, n, "has %d lines, more than %d", n, fileLinesMax)
		}
	}
}

// checkFuncLength counts the lines of each function.
func checkFuncLength(t *Tree, report reporter) {
	for _, f := range t.sourceFiles() {
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := f.line(fn.End()) - f.line(fn.Pos()) + 1
			if lines > funcLinesMax && !marked(f, fn, "long:") {
				report(f.name, f.line(fn.Pos()), "%s has %d lines, more than %d", fn.Name.Name, lines, funcLinesMax)
			}
		}
	}
}

// marked reports whether a function's doc comment, or a comment inside it, has a line "<marker> <reason>".
func marked(f *file, fn *ast.FuncDecl, marker string) bool {
	for _, group := range f.ast.Comments {
		if group != fn.Doc && (group.Pos() < fn.Pos() || group.End() > fn.End()) {
			continue
		}
		for line := range strings.Lines(group.Text()) {
			if reason, ok := strings.CutPrefix(line, marker); ok && len(strings.Fields(reason)) >= reasonWordsMin {
				return true
			}
		}
	}
	return false
}
