package httpcore

import "github.com/covetgo/covet/parser"

// BodyBytesMaxDefault is the default of Limits.BodyBytesMax.
const BodyBytesMaxDefault = bodyBytesMax

// Parser is what the parser is told of limits.
func (l Limits) Parser() parser.Limits { return l.withDefaults().parserLimits() }

// Borrowed counts the works and detached contexts that connections hold, for
// tests of what they give back. The app must be shut down or at rest.
func (a *App) Borrowed() (n int) {
	for _, e := range a.engines {
		n += len(e.pool.works) - len(e.pool.free)
	}
	return n
}
