package tidy

// This file says what a rule is and lists them all. Entry point: [Check].

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Rule is one thing that we want of every file, or of the tree as a whole.
type Rule struct {
	Name  string // names the examples: testdata/<Name>.txt
	Want  string // what is wanted, as the fix for whoever broke it
	Why   string // the reason
	check func(t *Tree, report reporter)
}

// reporter takes one finding. Line 0 means the file as a whole.
type reporter func(file string, line int, format string, args ...any)

// Finding is one place where a rule is broken.
type Finding struct {
	Rule Rule
	File string
	Line int
	Text string
}

// String writes a finding with its place, its fix and its reason.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s\n\t%s: %s\n\twhy: %s", f.File, f.Line, f.Text, f.Rule.Name, f.Rule.Want, f.Rule.Why)
}

// Rules is the list. A new rule needs examples of both kinds.
var Rules = []Rule{
	{"gofmt", "run gofmt -w on the file", "a difference in a review should be a difference in meaning", checkGofmt},
	{"package-name", "name the package after what it holds", "a drawer called util takes everything and explains nothing", checkPackageName},
	{"package-doc", "give the package a doc comment in one of its files", "it is the first thing that a reader sees, and the only one that go doc prints by itself", checkPackageDoc},
	{"file-header", "open the file with a comment of its own, before its first declaration, that says what it holds", "a file is a chapter, and a chapter has a title", checkFileHeader},
	{"file-length", "at most 600 lines; part the file by idea", "past that nobody reads it top-down in one pass", checkFileLength},
	{"func-length", "at most 80 lines; part it, or mark it \"// long: <reason>\" if it is a state machine that reads better whole", "what does not fit on a screen is not seen whole", checkFuncLength},
	{"exported-doc", "give each exported identifier a doc comment", "embedders read go doc before they read us", checkExportedDoc},
	{"limit-units", "put the unit into the name (headBytesMax) or into the comment", "a bare number is read as seconds by one and as milliseconds by the next", checkLimitUnits},
	{"safety", "write // SAFETY: and the fact that makes it true, on the line or directly above", "unsafe is earned: whoever changes the code must know what it rests on", checkSafety},
	{"asm-generator", "let a generator under asm_gen write the assembly and name it in the file's header or in a go:generate line of its package", "nobody reviews assembly by hand, and nobody dares to change what was written by hand", checkAsmGenerator},
	{"unfinished", "finish it, or take it out and file an issue", "a marker in the source is a promise that nobody is asked to keep", checkUnfinished},
	{"home-path", "use a path inside the repository, or a temporary folder from the test", "it works on one machine", checkHomePath},
	{"links", "link to a file, and a heading, that exists", "a dead link tells the reader that nobody reads this", checkLinks},
	{"test-clock", "assert on what happened, not on how long it took; if the time is the subject, say so with // clock: <reason>", "the machine that runs the test is busier than yours", checkTestClock},
}

// Check applies every rule to the tree.
func Check(tree fs.FS) ([]Finding, error) {
	return checkRules(tree, Rules)
}

// checkRules applies some rules and sorts what they find by place.
func checkRules(tree fs.FS, rules []Rule) ([]Finding, error) {
	t, err := readTree(tree)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, rule := range rules {
		rule.check(t, func(file string, line int, format string, args ...any) {
			findings = append(findings, Finding{rule, file, line, fmt.Sprintf(format, args...)})
		})
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return findings, nil
}
