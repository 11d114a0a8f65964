package jsonfast

// This file finds objects with two members of one name, for Options.RejectDuplicates. RFC 8259 §4 leaves to the reader what to make
// of them, so two readers of one text may disagree about it: the one that checks a request, and the one that acts on it.

import (
	"fmt"
	"sync"
)

// DuplicateNameError says that an object has two members of one name.
type DuplicateNameError struct {
	Name   string // without escapes
	Offset int64  // of the quote before the second one: bytes from the start of the text, or of a Decoder's stream
}

func (e *DuplicateNameError) Error() string {
	return fmt.Sprintf("jsonfast: the name %q comes twice in one object, at byte %d", e.Name, e.Offset)
}

// unmarshalUnique is Unmarshal with RejectDuplicates.
func (o Options) unmarshalUnique(data []byte, v any) error {
	end, err := checkNames(data, 0, o)
	if end == broken || skipSpace(data, end) != len(data) {
		return syntaxError(data)
	}
	if err != nil {
		return err
	}
	return o.unmarshalSound(data, v)
}

// namesListMax is how many names of an object are compared one by one; from then on there is a map, so that no name of an object is
// compared with more than these.
const namesListMax = 16

// nameChecker goes through a text.
type nameChecker struct {
	text  decoder  // undoes escapes
	names []string // of the objects around, up to namesListMax of each
	sets  []map[string]struct{}
	err   error
	start int64 // of the text in its stream
}

var nameCheckers = sync.Pool{New: func() any { return new(nameChecker) }}

// checkNames looks through the first value of a text. It returns the place behind it, or broken, and the first name that comes twice.
func checkNames(data []byte, start int64, o Options) (end int, err error) {
	c := nameCheckers.Get().(*nameChecker)
	c.text.data, c.text.options, c.start = data, o, start
	end = c.value(skipSpace(data, 0), 0)
	err = c.err
	if end == broken || cap(c.names) > keptStackCountMax || cap(c.text.scratch) > keptScratchBytesMax {
		*c = nameChecker{}
	}
	c.text.data, c.err = nil, nil
	nameCheckers.Put(c)
	return end, err
}

// value is skipValue.
func (c *nameChecker) value(i, depth int) int {
	data := c.text.data
	if i < len(data) && data[i] == '{' {
		return c.object(i+1, depth+1)
	}
	if i >= len(data) || data[i] != '[' {
		return skipValue(data, i, depth)
	}
	c.text.depth = depth
	return c.text.elements(i+1, func(i int) int { return c.value(i, depth+1) })
}

func (c *nameChecker) object(i, depth int) int {
	start := len(c.names)
	var set map[string]struct{}
	c.text.depth = depth - 1
	end := c.text.members(i, func(i int) int {
		name, end := c.name(i)
		if end = c.text.colon(end); end == broken {
			return broken
		}
		if len(c.names)-start == namesListMax && set == nil {
			set = c.set(c.names[start:])
		}
		if knows(set, c.names[start:], name) && c.err == nil {
			c.err = &DuplicateNameError{Name: string([]byte(name)), Offset: c.start + int64(i-1)}
		}
		if set != nil {
			set[name] = struct{}{}
		} else {
			c.names = append(c.names, name)
		}
		end = c.value(end, depth)
		c.text.depth = depth
		return end
	})
	clear(c.names[start:]) // they are views of the text
	c.names = c.names[:start]
	if set != nil && len(set) <= keptStackCountMax {
		clear(set)
		c.sets = append(c.sets, set)
	}
	return end
}

// name returns the name that starts at i, as a view of the text if it can be one.
func (c *nameChecker) name(i int) (name string, end int) {
	s, end := c.text.text(i)
	if end == broken {
		return "", broken
	}
	if len(s) == 0 || &s[0] == &c.text.data[i] {
		return stringOf(s), end
	}
	return string(s), end
}

// knows reports whether a name is among those of a set or, if there is none, of a list.
func knows(set map[string]struct{}, list []string, name string) bool {
	if set != nil {
		_, ok := set[name]
		return ok
	}
	for _, other := range list {
		if other == name {
			return true
		}
	}
	return false
}

// set returns a map with the names of a list.
func (c *nameChecker) set(list []string) (set map[string]struct{}) {
	if last := len(c.sets) - 1; last >= 0 {
		set, c.sets = c.sets[last], c.sets[:last]
	} else {
		set = map[string]struct{}{}
	}
	for _, name := range list {
		set[name] = struct{}{}
	}
	return set
}
