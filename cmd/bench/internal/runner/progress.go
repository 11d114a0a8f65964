package runner

// The progress line: rewritten in place on a terminal, a line per round and
// scenario elsewhere.

import (
	"fmt"
	"io"
	"os"
	"time"
)

// Progress is written while a run works.
type Progress struct {
	out      io.Writer
	terminal bool
	total    int
	done     int
	start    time.Time
	last     string
}

func newProgress(out io.Writer, total int) *Progress {
	p := &Progress{out: out, total: total, start: time.Now()}
	if file, ok := out.(*os.File); ok {
		info, err := file.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

func (p *Progress) step(round, rounds int, scenario, server string) {
	p.show(fmt.Sprintf("round %d of %d, %s", round, rounds, scenario), server)
}

func (p *Progress) probe(server string) { p.show("choosing the fixed rate", server) }

func (p *Progress) tune(scenario string, procs int) {
	p.show("choosing GOMAXPROCS for fasthttp in "+scenario, fmt.Sprint(procs))
}

func (p *Progress) show(what, server string) {
	percent := 100 * p.done / max(p.total, 1)
	p.done++
	elapsed := time.Since(p.start).Round(time.Second)
	if p.terminal {
		fmt.Fprintf(p.out, "\r\033[K%3d %%  %v  %s: %s", percent, elapsed, what, server)
	} else if what != p.last {
		fmt.Fprintf(p.out, "%3d %%  %v  %s\n", percent, elapsed, what)
	}
	p.last = what
}

// say prints a line that stays.
func (p *Progress) say(format string, args ...any) {
	p.clear()
	fmt.Fprintf(p.out, "! "+format+"\n", args...)
}

func (p *Progress) end() { p.clear() }

func (p *Progress) clear() {
	if p.terminal {
		fmt.Fprint(p.out, "\r\033[K")
	}
}
