package runner

// Further netpoll backends of covet as rivals of its own: what a backend brings is told
// by measuring it and the other in turns.

import (
	"fmt"
	"strings"

	"github.com/covetgo/covet/compare/covet"
	"github.com/covetgo/covet/netpoll"
)

// onBackend is covet with a backend that it is told to take.
type onBackend struct {
	covet.Server
	backend string
}

func (s onBackend) Name() string { return "covet-" + s.backend }
func (s onBackend) About() string {
	return "covet on the netpoll backend " + s.backend + " (-backends)"
}

// Available says no where another backend would take the place of the one to be measured.
func (s onBackend) Available() error {
	b, err := netpoll.ByName(s.backend)
	if err == nil && b.Note != "" {
		err = fmt.Errorf("-backends %s: %s", s.backend, b.Note)
	}
	return err
}

// addBackends makes them take part wherever covet does.
func (p *Plan) addBackends(names string) error {
	if names == "" {
		return nil
	}
	for name := range strings.SplitSeq(names, ",") {
		s := onBackend{backend: strings.TrimSpace(name)}
		if err := s.Available(); err != nil {
			return err
		}
		p.Servers = append(p.Servers, s)
	}
	return nil
}
