package tidy

// This file holds the rules about text of any kind: unfinished work, and paths of one machine.

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
)

// markers of unfinished work. They are put together here so that this file does not hold them itself.
var markers = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b|\b(?i:not (yet )?impl` + `emented)\b`)

// reasonPhrase is the name that RFC 9110 §15.6.2 gives to status 501: a fact of HTTP and no confession.
var reasonPhrase = regexp.MustCompile(`"Not Impl` + `emented"|501 Not Impl` + `emented`)

// checkUnfinished looks through comments and strings of Go files, and through all of the others.
func checkUnfinished(t *Tree, report reporter) {
	for _, f := range t.files {
		for _, piece := range prose(f) {
			for i, line := range strings.Split(piece.text, "\n") {
				line = reasonPhrase.ReplaceAllString(line, "")
				if found := markers.FindString(line); found != "" {
					report(f.name, piece.line+i, "says %q", found)
				}
			}
		}
	}
}

// homePaths match folders of one person or one machine. A route such as /home/news does not: a home folder
// is only recognised with something below it, and not behind a host name.
var homePaths = regexp.MustCompile(`(^|[\s"'(=:,` + "`" + `])((/home|/Users)/[\w.-]+/[\w.-]|/root/[\w.-]|[A-Z]:\\Users\\)`)

// checkHomePath looks through every line of every file.
func checkHomePath(t *Tree, report reporter) {
	for _, f := range t.files {
		for _, piece := range prose(f) {
			for i, line := range strings.Split(piece.text, "\n") {
				if found := homePaths.FindString(line); found != "" {
					report(f.name, piece.line+i, "names the path %s of one machine", strings.TrimSpace(found))
				}
			}
		}
	}
}

// piece is text with the line that it starts on.
type piece struct {
	text string
	line int
}

// prose returns what a file says to people: the comments and strings of a Go file, and the whole text of
// any other.
func prose(f *file) []piece {
	if f.ast == nil {
		return []piece{{f.text, 1}}
	}
	var pieces []piece
	for _, group := range f.ast.Comments {
		for _, c := range group.List {
			pieces = append(pieces, piece{c.Text, f.line(c.Pos())})
		}
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			pieces = append(pieces, piece{lit.Value, f.line(lit.Pos())})
		}
		return true
	})
	return pieces
}
