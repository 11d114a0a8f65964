package tidy

// This file holds the rule about clocks in tests. A test that fails because something took too long fails on
// a busy machine and passes on the author's.
//
// What is flagged is narrow: an if, outside of any loop, that compares time.Since(start), or a variable that was
// set from it, and whose body fails the test; start was set from time.Now() in the same function. A loop that
// gives up after a while is not flagged, since there the clock only ends a wait for something else, and
// neither is a date that came over the wire.

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
			w := watch{starts: namesSetFrom(fn.Body, callsNow)}
			w.spans = namesSetFrom(fn.Body, w.callsSince)
			inspectOutsideLoops(fn.Body, func(n ast.Node) {
				branch, ok := n.(*ast.IfStmt)
				if !ok || !w.comparesTime(branch.Cond) || !failsTest(branch.Body) {
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

// watch holds the names of a function's variables that have to do with its own running time.
type watch struct {
	starts map[string]bool // set from time.Now()
	spans  map[string]bool // set from time.Since(start)
}

// namesSetFrom lists the names that are set from an expression of some kind.
func namesSetFrom(body *ast.BlockStmt, kind func(ast.Expr) bool) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		if assign, ok := n.(*ast.AssignStmt); ok && len(assign.Rhs) == 1 && kind(assign.Rhs[0]) {
			if name, ok := assign.Lhs[0].(*ast.Ident); ok {
				names[name.Name] = true
			}
		}
		return true
	})
	return names
}

// callsNow reports whether an expression is time.Now().
func callsNow(expr ast.Expr) bool {
	_, ok := timeCall(expr, "Now")
	return ok
}

// callsSince reports whether an expression holds time.Since(start).
func (w watch) callsSince(expr ast.Expr) bool {
	found := false
	ast.Inspect(expr, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			if call, ok := timeCall(e, "Since"); ok && len(call.Args) == 1 {
				start, ok := call.Args[0].(*ast.Ident)
				found = found || (ok && w.starts[start.Name])
			}
		}
		return true
	})
	return found
}

// timeCall returns the expression as a call of a function of package time.
func timeCall(expr ast.Expr, name string) (*ast.CallExpr, bool) {
	call, ok := expr.(*ast.CallExpr)
	if !ok {
		return nil, false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return nil, false
	}
	x, ok := sel.X.(*ast.Ident)
	return call, ok && x.Name == "time"
}

// comparesTime reports whether a condition orders an elapsed time against something.
func (w watch) comparesTime(cond ast.Expr) bool {
	found := false
	ast.Inspect(cond, func(n ast.Node) bool {
		if cmp, ok := n.(*ast.BinaryExpr); ok {
			switch cmp.Op {
			case token.LSS, token.GTR, token.LEQ, token.GEQ:
				found = found || w.isElapsed(cmp.X) || w.isElapsed(cmp.Y)
			}
		}
		return true
	})
	return found
}

// isElapsed reports whether an expression is an elapsed time.
func (w watch) isElapsed(expr ast.Expr) bool {
	if name, ok := expr.(*ast.Ident); ok {
		return w.spans[name.Name]
	}
	return w.callsSince(expr)
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
