//go:build !linux

package parser

import "testing"

// guardPage is a fresh exact copy where we have no guard pages: Go's bounds checks stand in for them.
func guardPage(testing.TB) func([]byte) []byte { return misplace(0) }
