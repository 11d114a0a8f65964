package router

// This file holds what is done with a path that differs from a route's by a slash at its end. The walk that looks
// for the path sees both on its way, so no policy takes a second one.

// SlashPolicy says what is done where only the path with a trailing slash is registered, or only the one without.
type SlashPolicy uint8

const (
	// SlashStrict: as net/http. /x is redirected to /x/ where only that is registered; /x/ does not lead to /x.
	SlashStrict SlashPolicy = iota
	// SlashRedirect: the same, and /x/ is redirected to /x where only that is registered.
	SlashRedirect
	// SlashIgnore: /x/ is answered by the route of /x, and /x by that of /x/{$}, unless some route matches the path as
	// it is; a wildcard does so only if nothing but the slash is left to it. A route for all that is below, /x/ or
	// /x/{name...}, redirects /x as ever. A CONNECT whose path is not clean has no such leniency to rely on: its route
	// is found if it matches as it is, and may not be found otherwise.
	SlashIgnore
)

// SetSlash sets the policy of the tables that are compiled from now on.
func (b *Builder) SetSlash(p SlashPolicy) { b.slash = p }
