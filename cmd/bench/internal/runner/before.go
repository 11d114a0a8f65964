package runner

// Another build of this program as a rival: what a change does to speed is told by
// measuring both in turns, not by remembering a number.

import (
	"fmt"
	"os"

	"github.com/covetgo/covet/compare"
	"github.com/covetgo/covet/compare/covet"
	"github.com/covetgo/covet/compare/process"
)

// beforeName is what tables call it.
const beforeName = "before"

// earlier is covet as another binary of bench has it.
type earlier struct {
	covet.Server
	exe string
}

func (earlier) Name() string    { return beforeName }
func (earlier) Version() string { return "of another build" }
func (earlier) About() string   { return "covet of another build of bench (-before)" }

// addBefore makes it take part wherever covet does.
func (p *Plan) addBefore(exe string) error {
	if exe == "" {
		return nil
	}
	info, err := os.Stat(exe)
	if err != nil || info.IsDir() {
		return fmt.Errorf("-before %s: want another build of this program, such as go build -o FILE ./cmd/bench makes in another checkout", exe)
	}
	p.Servers = append(p.Servers, earlier{exe: exe})
	return nil
}

// exeOf is the binary that serves as a server, by which name, and on which backend
// if that is its own.
func (r *Runner) exeOf(server compare.Server) (exe, name, backend string) {
	switch s := server.(type) {
	case earlier:
		return s.exe, s.Server.Name(), ""
	case onBackend:
		return r.exe, s.Server.Name(), s.backend
	case withProcs:
		return r.exe, s.Server.Name(), ""
	}
	return r.exe, server.Name(), ""
}

// version is the one that a server names; the other build calls itself this one.
func version(server compare.Server, child *process.Child) string {
	if e, ok := server.(earlier); ok {
		return e.Version()
	}
	return child.Version
}
