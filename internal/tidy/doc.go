// Package tidy holds our own style as rules that a test applies to the tree.
//
// Only what can be checked without judgement is here; the rest of the style stands in CONTRIBUTING.md and is
// a reader's to check. Each rule says what it wants and why, since a rule whose reason is lost is either
// broken or obeyed blindly. Each has examples in testdata/<rule>.txt, good ones and bad ones, and a test
// proves that it tells them apart: a rule that cannot fail is worth nothing.
//
// Read in this order: rule.go (what a rule is, the list of them), file.go (what a rule is given), then the
// rules by subject: layout.go (files and packages), comments.go (what must be explained), text.go (all text
// files), links.go (documents), tests.go (what tests may not do).
package tidy
