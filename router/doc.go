// Package router maps a request's method, host and path to a route id and the
// spans of its path parameters.
//
// Patterns are registered on a [Builder] and compiled once into a [Table]. A
// Table is immutable and safe for any number of goroutines; a lookup allocates
// nothing, takes no lock and its work is bounded when the table is compiled.
//
// # Patterns
//
// The syntax is that of net/http's ServeMux, `[METHOD ][HOST]/[PATH]`:
//
//	GET /users/{id}          one segment
//	/files/{path...}         the rest of the path
//	/static/                 the same, without a name
//	GET /{$}                 the path "/" and nothing below it
//	api.example.com/v1/      a host; case-insensitive, any port
//
// with three additions. A wildcard may have segments behind it, and then takes one
// or more, none of them empty; a pattern has one wildcard at most:
//
//	/v2/{name...}/manifests/{ref}
//
// A parameter may have a type:
//
//	{id:int}                 optional minus and decimal digits, fits an int64
//	{id:uint}                decimal digits, 0 … 2⁶³−1
//	{x:float}                -12, 3.14, 6e23; no sign '+', no inf, nan or hex
//	{id:uuid}                8-4-4-4-12 hexadecimal digits
//	{name:alpha}             ASCII letters
//	{slug:re([a-z0-9-]+)}    an RE2 expression, matched against the whole value
//
// and it may have one literal prefix and suffix within its segment: {name}.json,
// img-{id:int}.png, {id}:apply. A parameter never matches the empty text.
//
// # Matching
//
// A path is split at literal '/' only; %2F never separates. A segment that
// holds a '%' is compared and type-checked in its decoded form, and its value
// is returned raw, as it was received. A GET route answers HEAD unless HEAD is
// registered for the path; a route without a method answers every method.
//
// # Precedence
//
// Of two routes that match a request, the more specific wins: the one whose
// set of requests is a strict subset of the other's. Order of registration
// never matters. Segment by segment that means
//
//	literal  ⊂  {id:uint}  ⊂  {id:int}  ⊂  {x:float}  ⊂  {x}  ⊂  {x...}
//	literal  ⊂  {id:uuid}, {name:alpha}, {s:re(…)}    ⊂  {x}
//	img-{id:int}.png  ⊂  img-{id}.png  ⊂  img-{id}  ⊂  {id}
//
// and in general whatever the languages of the two segments say: they are
// compared as automata, so the relation is exact even between two expressions.
// A route without a wildcard beats one with a wildcard in the middle, and that
// one beats one with a wildcard at the end, where the three match one request.
// Two routes that both match some request while neither is a subset of the
// other are a conflict, and so are two that match the same requests.
// [Builder.Compile] reports every conflict with both places and a path that
// both match. The one exception is net/http's: a route with a host beats one
// without.
//
// # Reading order
//
// docs/ROUTING.md draws it. table.go (what a lookup answers), method.go, pattern.go (syntax), kind.go (types),
// relate.go (how two segments compare), tree.go, conflict.go, mid.go, compile.go (tree to flat table), literals.go, hash.go,
// lookup.go, whole.go (static routes), walk.go, word.go, refuse.go (the rare cases), query.go (paths with escapes), columns.go (the bounded twin
// for hostile route sets), params.go, values.go, escape.go, clean.go; then what surrounds the lookup: slash.go,
// fold.go, describe.go, explain.go, live.go, join.go.
package router
