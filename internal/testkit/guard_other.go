//go:build !linux

package testkit

import "testing"

// This file stands in where pages cannot be guarded: the bytes are copied, so that tests run, and nothing faults.

// Guarded is memory; here without the pages around it.
type Guarded struct{}

// NewGuarded returns memory that is not guarded.
func NewGuarded(testing.TB, int) *Guarded { return &Guarded{} }

// First copies b.
func (g *Guarded) First(b []byte) []byte { return append([]byte{}, b...) }

// Last copies b.
func (g *Guarded) Last(b []byte) []byte { return append([]byte{}, b...) }
