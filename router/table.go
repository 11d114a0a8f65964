package router

// This file holds what the user of a table sees: the result of a lookup, the
// description of a route, and the listing. How a table is laid out is told in
// compile.go.

import (
	"iter"
	"strconv"
)

// Kind says what a lookup found.
type Kind uint8

const (
	// NotFound: no route matches the path.
	NotFound Kind = iota
	// Found: Match.Route answers the request; the Params are filled in.
	Found
	// MethodNotAllowed: routes match the path but none the method. Match.Allow
	// holds exactly the methods some route answers at this path.
	MethodNotAllowed
	// Options: an OPTIONS request without a route of its own at a path that
	// others match. Match.Allow holds their methods and OPTIONS itself.
	Options
	// RedirectSlash: only path + "/" is registered. Redirect there, writing the
	// target with AppendClean and a "/" after it.
	RedirectSlash
	// Unclean: the path has an empty, "." or ".." segment, also written with
	// %2e. It was matched against nothing. Redirect to AppendClean's path.
	Unclean
	// RedirectNoSlash: only the path without its last slash is registered. Only with
	// [SlashRedirect].
	RedirectNoSlash
)

var kindNames = [...]string{"NotFound", "Found", "MethodNotAllowed", "Options", "RedirectSlash", "Unclean", "RedirectNoSlash"}

// String returns the constant's name.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "Kind(?)"
}

// Match is the result of a lookup.
type Match struct {
	Route int32     // the id Add returned if Kind is Found, else -1
	Kind  Kind      //
	Allow MethodSet // for MethodNotAllowed and Options
}

// Source is the place of a registration, named in errors.
type Source struct {
	File string
	Line int
}

// String returns "file:line", or "unknown source" for the zero Source.
func (s Source) String() string {
	if s.File == "" {
		return "unknown source"
	}
	return s.File + ":" + strconv.Itoa(s.Line)
}

// Param describes one parameter of a route: its name and its type as written,
// "int" or "re([a-z]+)"; "" for one without type and "..." for the rest of the
// path.
type Param struct {
	Name string
	Type string
}

// Route describes a registered route. Host is in lower case, "" for any.
// Pattern is the text given to Add. The Params belong to the table: read only.
type Route struct {
	Method  Method
	Host    string
	Pattern string
	Params  []Param
	Source  Source
	Name    string // given by Builder.Name
	Meta    any    // given by Builder.SetMeta
}

// Len returns the number of routes; their ids are 0 … Len()-1.
func (t *Table) Len() int { return len(t.routes) }

// Route returns the description of a route by the id Add returned. It panics
// if there is no such route.
func (t *Table) Route(id int) Route { return t.routes[id] }

// Routes yields every route with its id, in the order of registration.
func (t *Table) Routes() iter.Seq2[int, Route] {
	return func(yield func(int, Route) bool) {
		for id, r := range t.routes {
			if !yield(id, r) {
				return
			}
		}
	}
}

// Param returns the index of a route's parameter by name, for [Params.Value],
// or -1. The linear scan over at most ParamsMax short names needs no memory.
func (t *Table) Param(route int32, name string) int {
	if uint(route) >= uint(len(t.routes)) {
		return -1
	}
	for i := range t.routes[route].Params {
		if t.routes[route].Params[i].Name == name {
			return i
		}
	}
	return -1
}
