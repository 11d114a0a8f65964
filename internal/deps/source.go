package deps

// This file holds the rules that are granted by file and not by package: unsafe, cgo, go:linkname, and code
// that the race detector or the pointer checker would not see. Entry point: [CheckSources].

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/token"
	"path"
	"strings"
)

// UnsafeFiles are the patterns of the files that may import "unsafe" (STYLE rule 8). Elsewhere a view of
// memory goes through internal/zerocopy. netpoll's raw system calls take pointers as numbers, which only
// unsafe can write; its rings are memory that the kernel writes to. The calibrator of compare makes the same
// calls, and so does sqlcore. Its struct plans store columns into fields by their offsets, as jsonfast's are
// meant to, instead of reflecting on every row.
var UnsafeFiles = []string{
	"internal/zerocopy/*.go",
	"parser/asm/*.go",
	"jsonfast/asm/*.go",
	"jsonfast/*.go",
	"sqlcore/pg/plan.go",
	"sqlcore/pg/raw_linux.go",
	"netpoll/sys_*.go",
	"netpoll/*uring*.go",
	"compare/rawsock/sys_*.go",
}

// CheckSources applies the rules of this file to every source.
func CheckSources(sources []Source) []string {
	var findings []string
	for _, s := range sources {
		findings = append(findings, checkUnsafe(s)...)
		findings = append(findings, checkCgo(s)...)
		findings = append(findings, checkDirectives(s)...)
		findings = append(findings, checkRaceTag(s)...)
	}
	return findings
}

// checkUnsafe refuses unsafe outside UnsafeFiles. A test may still ask for sizes and offsets: they are
// constants and touch no memory.
func checkUnsafe(s Source) []string {
	spec := findImport(s.File, "unsafe")
	if spec == nil || matchesAny(UnsafeFiles, s.Name) || (s.IsTest() && onlySizes(s.File)) {
		return nil
	}
	return []string{fmt.Sprintf("%s: imports unsafe; only these files may: %s", s.position(spec.Pos()), strings.Join(UnsafeFiles, ", "))}
}

// onlySizes reports whether all uses of unsafe in a file are Sizeof, Alignof and Offsetof.
func onlySizes(file *ast.File) bool {
	only := true
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == "unsafe" {
			switch sel.Sel.Name {
			case "Sizeof", "Alignof", "Offsetof":
			default:
				only = false
			}
		}
		return true
	})
	return only
}

// checkCgo refuses cgo: a C call leaves the scheduler, and an embedder would need a C compiler.
func checkCgo(s Source) []string {
	spec := findImport(s.File, "C")
	if spec == nil {
		return nil
	}
	return []string{s.position(spec.Pos()) + ": uses cgo; nothing in this repository may"}
}

// refusedDirectives name compiler directives that none of our files may carry, each with its reason.
var refusedDirectives = map[string]string{
	"//go:linkname":    "reaches into another package's internals and breaks with the next Go release",
	"//go:norace":      "hides code from the race detector",
	"//go:nocheckptr":  "hides code from the pointer checker",
	"//go:cgo_":        "is cgo by another name",
	"//go:uintptrkeep": "is for the runtime only",
}

// checkDirectives looks for refused directives in the comments of a file.
func checkDirectives(s Source) []string {
	var findings []string
	for _, group := range s.File.Comments {
		for _, c := range group.List {
			for directive, reason := range refusedDirectives {
				if strings.HasPrefix(c.Text, directive) {
					findings = append(findings, fmt.Sprintf("%s: %s %s", s.position(c.Pos()), directive, reason))
				}
			}
		}
	}
	return findings
}

// checkRaceTag refuses to build other code under the race detector than without it: what is tested must be
// what ships. A file under such a tag may hold named constants (const raceEnabled = true), nothing else.
func checkRaceTag(s Source) []string {
	if s.IsTest() || !tagged(s.File, "race") || onlyConstants(s.File) {
		return nil
	}
	return []string{s.position(s.File.Package) + ": is built or left out by the race tag and holds more than constants"}
}

// tagged reports whether the file's build line asks for a tag or for its absence.
func tagged(file *ast.File, tag string) bool {
	for _, group := range file.Comments {
		if group.Pos() > file.Package {
			break
		}
		for _, c := range group.List {
			if expr, err := constraint.Parse(c.Text); err == nil && mentions(expr, tag) {
				return true
			}
		}
	}
	return false
}

// mentions walks a build expression.
func mentions(expr constraint.Expr, tag string) bool {
	switch e := expr.(type) {
	case *constraint.TagExpr:
		return e.Tag == tag
	case *constraint.NotExpr:
		return mentions(e.X, tag)
	case *constraint.AndExpr:
		return mentions(e.X, tag) || mentions(e.Y, tag)
	case *constraint.OrExpr:
		return mentions(e.X, tag) || mentions(e.Y, tag)
	}
	return false
}

// onlyConstants reports whether a file declares nothing but constants.
func onlyConstants(file *ast.File) bool {
	for _, decl := range file.Decls {
		if gen, ok := decl.(*ast.GenDecl); !ok || gen.Tok != token.CONST {
			return false
		}
	}
	return true
}

// findImport returns the import of a path in a file, or nil.
func findImport(file *ast.File, importPath string) *ast.ImportSpec {
	for _, spec := range file.Imports {
		if spec.Path.Value == `"`+importPath+`"` {
			return spec
		}
	}
	return nil
}

// matchesAny reports whether a name fits one of the patterns.
func matchesAny(patterns []string, name string) bool {
	for _, pattern := range patterns {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}
