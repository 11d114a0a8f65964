package router

// This file holds a table that can be changed while it is in use: a new one is compiled beside it, and takes its
// place by one atomic store. Who looks up never waits and sees either the old table or the new one, whole.

import (
	"maps"
	"slices"
	"sync/atomic"
)

// Live is a table with a Builder behind it. The zero value has no routes. Update belongs to one goroutine at a time;
// Table may be called by any, also meanwhile.
type Live struct {
	b   Builder
	now atomic.Pointer[Table]
}

// Table returns the table of the last Update that succeeded. What a lookup in it returns is to be asked of this very
// table; ids stay the same in the next one.
func (l *Live) Table() *Table {
	if t := l.now.Load(); t != nil {
		return t
	}
	return empty
}

var empty = func() *Table {
	t, err := new(Builder).Compile()
	if err != nil {
		panic("router: no routes are in conflict: " + err.Error())
	}
	return t
}()

// Update calls change, which adds routes, compiles them with those before, and swaps the tables. If change or Compile
// fails, it returns the error and nothing has changed.
func (l *Live) Update(change func(b *Builder) error) error {
	b := l.b.clone()
	if err := change(&b); err != nil {
		return err
	}
	t, err := b.Compile()
	if err != nil {
		return err
	}
	l.b = b
	l.now.Store(t)
	return nil
}

// clone copies what Add, Name and SetMeta change.
func (b *Builder) clone() Builder {
	c := *b
	c.patterns, c.matchers, c.names = slices.Clone(b.patterns), maps.Clone(b.matchers), maps.Clone(b.names)
	for i, p := range c.patterns {
		copied := *p
		c.patterns[i] = &copied
	}
	return c
}
