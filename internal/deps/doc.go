// Package deps holds the import policy of the repository and checks the tree against it.
//
// Imports run downward only: bytes flow netpoll → httpcore → parser → router → handler, and a package knows
// those below it and nothing above or beside it. That is what lets a reader take the packages one at a time
// and lets a part be removed. The policy is text; the test in this package reads all Go files and fails on
// the first import that the text does not allow.
//
// Read in this order: policy.go (the text), graph.go (how it is read), check.go (how imports are compared),
// scan.go (where imports come from), source.go (unsafe, cgo and compiler directives, granted by file) and
// modules.go (go.mod and go.work).
package deps
