// Package rivals is the list of all rivals, and the conformance test that they
// serve the same bytes.
package rivals

import (
	"fmt"
	"strings"

	"github.com/covetgo/covet/compare"
	"github.com/covetgo/covet/compare/covet"
	"github.com/covetgo/covet/compare/fasthttp"
	"github.com/covetgo/covet/compare/nethttp"
	"github.com/covetgo/covet/compare/nullc"
	"github.com/covetgo/covet/compare/nullgo"
)

// All returns every rival in the order of tables.
func All() []compare.Server {
	return []compare.Server{
		covet.Server{},
		fasthttp.Server{},
		nethttp.Server{},
		nullgo.Server{},
		nullc.Server{},
	}
}

// Names returns their names.
func Names() []string {
	var names []string
	for _, s := range All() {
		names = append(names, s.Name())
	}
	return names
}

// Lookup finds a rival by its name.
func Lookup(name string) (compare.Server, error) {
	for _, s := range All() {
		if s.Name() == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("no server is called %q: there are %s", name, strings.Join(Names(), ", "))
}
