package jsonfast

// This file keeps plans. A plan is made when its type is first seen, is never changed after it was published here, and
// stays for as long as the program runs, as types do.

import (
	"reflect"
	"sync"
	"sync/atomic"
)

const cacheSlotsCount = 1 << 9 // entries that are found at once; more types than that take turns

// cache finds the plan of a type. The slots are a shortcut past the map: one load and one comparison. Two goroutines
// that make the same plan at the same time both succeed, and one plan is forgotten.
type cache[P any] struct {
	slots [cacheSlotsCount]atomic.Pointer[entry[P]]
	all   sync.Map // reflect.Type → *entry[P]
}

type entry[P any] struct {
	id   uintptr
	plan *P
}

// idOf numbers a type by where its description lies. Descriptions don't move, and the one of a type that was made at run time
// lives on in the cache.
func idOf(t reflect.Type) uintptr { return reflect.ValueOf(t).Pointer() }

func slotOf(id uintptr) uintptr { return (id>>5 ^ id>>14) % cacheSlotsCount }

// seen returns the plan of the type with a number if it is found at once. It is inlined.
func (c *cache[P]) seen(id uintptr) *P {
	if e := c.slots[slotOf(id)].Load(); e != nil && e.id == id {
		return e.plan
	}
	return nil
}

// get returns the plan of a type, which make makes if there is none.
func (c *cache[P]) get(t reflect.Type, make func(reflect.Type) *P) *P {
	id := idOf(t)
	if plan := c.seen(id); plan != nil {
		return plan
	}
	found, ok := c.all.Load(t)
	if !ok {
		found, _ = c.all.LoadOrStore(t, &entry[P]{id, make(t)})
	}
	e := found.(*entry[P])
	c.slots[slotOf(id)].Store(e)
	return e.plan
}
