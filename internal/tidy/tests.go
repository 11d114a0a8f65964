package tidy

// This file holds the rule about clocks in tests. A test that fails because something took too long fails on
// a busy machine and passes on the author's.
//
// What is flagged is narrow: an if, outside of any loop, that compares time.Since(…), or a variable that was
// set from it, and whose body fails the test. A loop that gives up after a while is not flagged: there the
// clock only ends a wait for something else.

import (
	"go/ast"
	"go/token"
	"strings"
)

// checkTestClock looks at every function of every test file.
func checkTestClock(t *Tree, report reporter) {
	for _, f := range t.filter(func(f *file) bool { return f.ast != nil && f.isTest() }) {
		excused := clockComments(f)
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			spans := elapsedVariables(fn.Body)
			inspectOutsideLoops(fn.Body, func(n ast.Node) {
				branch, ok := n.(*ast.IfStmt)
				if !ok || !comparesTime(branch.Cond, spans) || !failsTest(branch.Body) {
					return
				}
				if line := f.line(branch.Pos()); !excused[line] && !excused[line-1] {
					report(f.name, line, "fails the test if something took too long")
				}
			})
		}
	}
}

// clockComments marks the lines on which a "clock: <reason>" comment ends.
func clockComments(f *file) map[int]bool {
	lines := map[int]bool{}
	for _, group := range f.ast.Comments {
		if _, reason, ok := strings.Cut(group.Text(), "clock:"); ok && len(strings.Fields(reason)) >= reasonWordsMin {
			lines[f.line(group.End())] = true
		}
	}
	return lines
}

// elapsedVariables lists the names that are set from time.Since.
func elapsedVariables(body *ast.BlockStmt) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		if assign, ok := n.(*ast.AssignStmt); ok && len(assign.Rhs) == 1 && callsSince(assign.Rhs[0]) {
			if name, ok := assign.Lhs[0].(*ast.Ident); ok {
				names[name.Name] = true
			}
		}
		return true
	})
	return names
}

// callsSince reports whether an expression holds a call of time.Since.
func callsSince(expr ast.Expr) bool {
	found := false
	ast.Inspect(expr, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Since" {
				x, ok := sel.X.(*ast.Ident)
				found = found || (ok && x.Name == "time")
			}
		}
		return true
	})
	return found
}

// comparesTime reports whether a condition orders an elapsed time against something.
func comparesTime(cond ast.Expr, spans map[string]bool) bool {
	found := false
	ast.Inspect(cond, func(n ast.Node) bool {
		if cmp, ok := n.(*ast.BinaryExpr); ok {
			switch cmp.Op {
			case token.LSS, token.GTR, token.LEQ, token.GEQ:
				found = found || isElapsed(cmp.X, spans) || isElapsed(cmp.Y, spans)
			}
		}
		return true
	})
	return found
}

// isElapsed reports whether an expression is an elapsed time.
func isElapsed(expr ast.Expr, spans map[string]bool) bool {
	if name, ok := expr.(*ast.Ident); ok {
		return spans[name.Name]
	}
	return callsSince(expr)
}

// failsTest reports whether a block calls t.Error, t.Fatal or one of their kin.
func failsTest(body *ast.BlockStmt) bool {
	fails := false
	ast.Inspect(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
				switch sel.Sel.Name {
				case "Error", "Errorf", "Fatal", "Fatalf", "Fail", "FailNow":
					fails = true
				}
			}
		}
		return true
	})
	return fails
}

// inspectOutsideLoops walks a body and does not enter conditional loops. A range over a table of cases is
// entered: it is no wait.
func inspectOutsideLoops(body *ast.BlockStmt, visit func(n ast.Node)) {
	ast.Inspect(body, func(n ast.Node) bool {
		if _, ok := n.(*ast.ForStmt); ok {
			return false
		}
		if n != nil {
			visit(n)
		}
		return true
	})
}
