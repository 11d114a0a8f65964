package tidy

// This file holds the rules about what must be explained: exported names, limits, unsafe, assembly.

import (
	"go/ast"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// contractMethods have their meaning from an interface of the standard library.
var contractMethods = []string{"String", "Error", "Unwrap", "Len", "Less", "Swap"}

// inner are the folders whose packages no embedder imports. There, a method may go without words: it is one
// of an interface of ours, and that explains it.
var inner = []string{"internal/", "compare/", "cmd/", "asm_gen/", "examples/"}

// checkExportedDoc wants a comment on each exported identifier of a package that can be imported.
func checkExportedDoc(t *Tree, report reporter) {
	for _, f := range t.sourceFiles() {
		if f.ast.Name.Name == "main" {
			continue
		}
		for _, decl := range f.ast.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if isPublic(d) && words(d.Doc) == 0 && !(d.Recv != nil && isInner(f.name)) {
					report(f.name, f.line(d.Pos()), "%s has no doc comment", d.Name.Name)
				}
			case *ast.GenDecl:
				checkSpecs(f, d, report)
			}
		}
	}
}

// isInner reports whether a file belongs to a package that no embedder imports.
func isInner(name string) bool {
	return slices.ContainsFunc(inner, func(folder string) bool { return strings.HasPrefix(name, folder) })
}

// isPublic reports whether a function or method can be called from outside and needs words of its own.
func isPublic(fn *ast.FuncDecl) bool {
	if !fn.Name.IsExported() {
		return false
	}
	if fn.Recv == nil {
		return true
	}
	return receiverIsExported(fn.Recv.List[0].Type) && !slices.Contains(contractMethods, fn.Name.Name)
}

// receiverIsExported looks through pointers and type parameters.
func receiverIsExported(expr ast.Expr) bool {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return receiverIsExported(e.X)
	case *ast.IndexExpr:
		return receiverIsExported(e.X)
	case *ast.IndexListExpr:
		return receiverIsExported(e.X)
	case *ast.Ident:
		return e.IsExported()
	}
	return false
}

// checkSpecs looks at types, constants and variables. For the last two, a comment on the whole group or one
// at the end of the line will do; in a list that iota counts through, one on its first line.
func checkSpecs(f *file, decl *ast.GenDecl, report reporter) {
	counted := false // the list that this constant goes on with has its comment
	for _, spec := range decl.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && words(s.Doc)+words(s.Comment)+docIfAlone(decl) == 0 {
				report(f.name, f.line(s.Pos()), "%s has no doc comment", s.Name.Name)
			}
		case *ast.ValueSpec:
			own := words(s.Doc)+words(s.Comment)+words(decl.Doc) > 0
			goesOn := decl.Tok == token.CONST && len(s.Values) == 0
			if s.Names[0].IsExported() && !own && !(goesOn && counted) {
				report(f.name, f.line(s.Pos()), "%s has no doc comment", s.Names[0].Name)
			}
			if !goesOn {
				counted = own
			}
		}
	}
}

// docIfAlone counts the words of a declaration's comment if it declares one thing only.
func docIfAlone(decl *ast.GenDecl) int {
	if decl.Lparen.IsValid() {
		return 0
	}
	return words(decl.Doc)
}

// unitInName and unitInDoc find a unit in an identifier and in a comment.
var (
	unitInName = regexp.MustCompile(`(Bytes|KiB|MiB|Seconds|Millis|Micros|Nanos|Milliseconds|Microseconds|Duration|Percent|Count|Bits|PerSecond|PerTurn|Connections|Conns|Requests|Fields|Headers|Digits|Levels|Entries)`)
	unitInDoc  = regexp.MustCompile(`(?i)\b(bytes?|KiB|MiB|seconds?|milliseconds?|microseconds?|ms|µs|ns|percent|count|number|bits?|connections?|requests?|fields?|headers?|digits?|levels?|entries|items?|chunks?|events?|goroutines?|duration)\b`)
)

// checkLimitUnits wants a unit for each exported constant and struct field in files called limits.go.
func checkLimitUnits(t *Tree, report reporter) {
	for _, f := range t.sourceFiles() {
		if path.Base(f.name) != "limits.go" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				return false
			case *ast.GenDecl:
				if n.Tok != token.CONST {
					return n.Tok == token.TYPE
				}
				for _, spec := range n.Specs {
					s := spec.(*ast.ValueSpec)
					checkUnit(f, s.Names, report, s.Doc, s.Comment, n.Doc)
				}
				return false
			case *ast.StructType:
				for _, field := range n.Fields.List {
					if isDuration(field.Type) {
						continue
					}
					checkUnit(f, field.Names, report, field.Doc, field.Comment)
				}
				return false
			}
			return true
		})
	}
}

// checkUnit looks for a unit in the names and in the comments on them.
func checkUnit(f *file, names []*ast.Ident, report reporter, comments ...*ast.CommentGroup) {
	for _, name := range names {
		said := unitInName.MatchString(name.Name)
		for _, group := range comments {
			said = said || (group != nil && unitInDoc.MatchString(group.Text()))
		}
		if name.IsExported() && !said {
			report(f.name, f.line(name.Pos()), "%s has no unit", name.Name)
		}
	}
}

// isDuration reports whether a type is time.Duration, which carries its unit.
func isDuration(expr ast.Expr) bool {
	sel, ok := expr.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Duration"
}

// constantUnsafe are the parts of unsafe that only ask for numbers.
var constantUnsafe = []string{"Sizeof", "Alignof", "Offsetof"}

// checkSafety wants a SAFETY comment at each use of unsafe that touches memory.
func checkSafety(t *Tree, report reporter) {
	for _, f := range t.goFiles() {
		lines := safetyLines(f)
		reported := 0
		inspectWithStart(f, func(n ast.Node, start int) {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || slices.Contains(constantUnsafe, sel.Sel.Name) {
				return
			}
			x, ok := sel.X.(*ast.Ident)
			if line := f.line(sel.Pos()); ok && x.Name == "unsafe" && line != reported && !covered(lines, start, line) {
				reported = line
				report(f.name, line, "unsafe.%s without a SAFETY comment", sel.Sel.Name)
			}
		})
	}
}

// safetyLines marks the lines on which a comment with SAFETY: stands or ends, and the line after it.
func safetyLines(f *file) map[int]bool {
	lines := map[int]bool{}
	for _, group := range f.ast.Comments {
		if !strings.Contains(group.Text(), "SAFETY:") {
			continue
		}
		for line := f.line(group.Pos()); line <= f.line(group.End())+1; line++ {
			lines[line] = true
		}
	}
	return lines
}

// covered reports whether a comment stands on or directly above one of the lines from a statement's start
// to the use in it.
func covered(lines map[int]bool, start, use int) bool {
	for line := start; line <= use; line++ {
		if lines[line] {
			return true
		}
	}
	return false
}

// inspectWithStart walks a file and tells for each node the line on which the innermost statement, field or
// declared name around it starts.
func inspectWithStart(f *file, visit func(n ast.Node, start int)) {
	var starts []int
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if n == nil {
			starts = starts[:len(starts)-1]
			return true
		}
		start := f.line(n.Pos())
		switch n.(type) {
		case ast.Stmt, ast.Spec, ast.Decl, *ast.Field, *ast.File:
		default:
			start = starts[len(starts)-1]
		}
		starts = append(starts, start)
		visit(n, start)
		return true
	})
}

// generatedHeader is the form that the go command defines for generated files.
var generatedHeader = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// checkAsmGenerator wants every assembly file to be generated, by a generator that stands in the tree.
func checkAsmGenerator(t *Tree, report reporter) {
	for _, f := range t.files {
		if path.Ext(f.name) != ".s" {
			continue
		}
		header := generatedHeader.FindString(f.text)
		switch {
		case header == "":
			report(f.name, 1, "is assembly without the header \"Code generated … DO NOT EDIT.\"")
		case !strings.Contains(header, "asm_gen") && !packageGenerates(t, path.Dir(f.name)):
			report(f.name, 1, "neither the header nor a go:generate line of the package names asm_gen")
		case !exists(t.root, "asm_gen"):
			report(f.name, 1, "names asm_gen, which does not exist")
		}
	}
}

// packageGenerates reports whether a Go file of a folder has a go:generate line that names asm_gen.
func packageGenerates(t *Tree, folder string) bool {
	return slices.ContainsFunc(t.files, func(f *file) bool {
		if f.ast == nil || path.Dir(f.name) != folder {
			return false
		}
		for line := range strings.Lines(f.text) {
			if strings.HasPrefix(line, "//go:generate ") && strings.Contains(line, "asm_gen") {
				return true
			}
		}
		return false
	})
}

// exists reports whether the tree has a file or folder of a name.
func exists(root fs.FS, name string) bool {
	_, err := fs.Stat(root, name)
	return err == nil
}
