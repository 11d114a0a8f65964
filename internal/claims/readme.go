package claims

// This file checks what README promises: the two commands that do all the set-up, and a list of what works in
// which each line names its tests.

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// Commands are what README tells a newcomer to run. CI runs the same.
var Commands = []string{"go run ./cmd/bench", "go test ./..."}

// worksHeading starts the list of what works.
const worksHeading = "## What works"

var (
	worksLine  = regexp.MustCompile("^- .+ — `[A-Z][A-Za-z]+_?\\w*` in `[\\w./-]+`(?:, `\\w+` in `[\\w./-]+`)*\\.?$")
	worksProof = regexp.MustCompile("`((?:Test|Fuzz|Example)\\w*)` in `([\\w./-]+)`")
)

// CheckReadme returns one line for each promise that is not kept.
func CheckReadme(tree fs.FS, text string) []string {
	var findings []string
	for _, command := range Commands {
		if !strings.Contains(text, command) {
			findings = append(findings, "README.md: does not name the command "+command)
		}
	}
	items, line := worksItems(text)
	if len(items) == 0 {
		return append(findings, "README.md: has no list under the heading \""+worksHeading+"\"")
	}
	for _, item := range items {
		proofs := worksProof.FindAllStringSubmatch(item, -1)
		if !worksLine.MatchString(item) || len(proofs) == 0 {
			findings = append(findings, fmt.Sprintf("README.md:%d: %q does not end in — `TestName` in `folder`", line, item))
		}
		for _, proof := range proofs {
			if err := declaresTest(tree, path.Clean(proof[2]), proof[1]); err != nil {
				findings = append(findings, fmt.Sprintf("README.md: %q: %v", item, err))
			}
		}
	}
	return findings
}

// worksItems returns the items of the list under the heading, each as one line, and the heading's line.
func worksItems(text string) (items []string, line int) {
	inside := false
	for i, text := range strings.Split(text, "\n") {
		text = strings.TrimRight(text, " \r")
		switch {
		case strings.HasPrefix(text, worksHeading):
			inside, line = true, i+1
		case strings.HasPrefix(text, "## "):
			inside = false
		case inside && strings.HasPrefix(text, "- "):
			items = append(items, text)
		case inside && strings.HasPrefix(text, "  ") && len(items) > 0:
			items[len(items)-1] += " " + strings.TrimSpace(text)
		}
	}
	return items, line
}

// declaresTest reports whether a folder's tests have a function of a name.
func declaresTest(tree fs.FS, folder, name string) error {
	files, err := fs.Glob(tree, path.Join(folder, "*_test.go"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := fs.ReadFile(tree, file)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range parsed.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == name {
				return nil
			}
		}
	}
	return fmt.Errorf("no file of %s declares %s", folder, name)
}
