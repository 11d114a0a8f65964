package runner

// Which measurements a run has, and how long each may take.

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/covetgo/covet/compare"
	"github.com/covetgo/covet/compare/process"
	"github.com/covetgo/covet/compare/rivals"
)

const (
	// overhead of a measurement: starting a process, opening connections, ending.
	overheadTime = 90 * time.Millisecond
	// idleTime is what a measurement of idle connections takes, about.
	idleTime      = 1200 * time.Millisecond
	idleQuickTime = 550 * time.Millisecond
	memoryTime    = 4 * time.Second

	defaultRounds = 5
	quickRounds   = 3
)

// The times of one measurement. A quick run's are shortened further, down to
// the smallest ones, if its build has left less time than that.
const (
	warmTime          = 80 * time.Millisecond
	measuredTime      = 250 * time.Millisecond
	quickMeasuredTime = 250 * time.Millisecond
	measuredTimeMin   = 60 * time.Millisecond
	warmTimeMin       = 25 * time.Millisecond
	warmShare         = 4 // of the measured time, in a quick run
	quickScenariosMin = 3 // plaintext, pipelined and rate70
)

// What a run of the usual size may take: 50 s or 3 minutes in all, with some
// time left for writing. If rounds take longer than planned, rounds are left out
// rather than the promise broken.
const (
	promisedTime      = 170 * time.Second
	quickPromisedTime = 46 * time.Second
	budgetTime        = 145 * time.Second
	quickBudgetTime   = 28 * time.Second
	budgetTimeMin     = 8 * time.Second
)

// Choice is what the command line asks for; the zero value is a full run.
type Choice struct {
	Quick     bool
	Servers   string // comma-separated; empty: all
	Scenarios string // comma-separated; empty: all that are not extra
	Rounds    int    // 0: the mode's own
	Measured  time.Duration
	Rate      float64
	Backend   string // of covet
	Backends  string // comma-separated: covet on each takes part, too
	Hints     bool   // given to covet
	Before    string // another build of this program, to compare with
}

// Plan is what will be measured.
type Plan struct {
	Quick     bool
	Servers   []compare.Server
	Scenarios []*Scenario
	Rounds    int
	Warm      time.Duration
	Measured  time.Duration
	Rate      float64
	Notes     []string
	// Budget ends a run before the round that would not fit into it; 0 for runs
	// whose size was chosen by hand.
	Budget  time.Duration
	backend string
	hints   bool
	asked   bool // servers were named: calibrators take part in everything
}

// NewPlan checks a choice and completes it.
func NewPlan(c Choice) (Plan, error) {
	p := Plan{Quick: c.Quick, Rounds: defaultRounds, Warm: warmTime, Measured: measuredTime, Rate: c.Rate, backend: c.Backend, hints: c.Hints}
	if c.Quick {
		p.Rounds, p.Measured = quickRounds, quickMeasuredTime
		p.Warm = p.Measured / warmShare
	}
	if p.hints {
		p.Notes = append(p.Notes, "covet was told which routes take long (-hint: httpcore.Blocking); without that it has to find out")
	}
	if c.Rounds < 0 || c.Measured < 0 || c.Rate < 0 {
		return p, errors.New("-rounds, -d and -rate cannot be negative")
	}
	if c.Rounds > 0 {
		p.Rounds = c.Rounds
	}
	if c.Measured > 0 {
		p.Measured = c.Measured
		p.Warm = max(p.Warm, c.Measured/4)
	}
	if err := p.chooseServers(c.Servers); err != nil {
		return p, err
	}
	if err := errors.Join(p.addBefore(c.Before), p.addBackends(c.Backends)); err != nil {
		return p, err
	}
	if err := p.chooseScenarios(c.Scenarios, c.Quick); err != nil {
		return p, err
	}
	if err := errors.Join(p.leaveOutMemory(process.ReadsRSS), p.leaveOutIdle(idleRoom())); err != nil {
		return p, err
	}
	if c.Rounds == 0 && c.Measured == 0 && c.Servers == "" && c.Scenarios == "" && c.Before == "" && c.Backends == "" {
		p.fit(sinceGoRun())
	} else {
		p.addProcs()
	}
	need := manyConnections + 100
	for _, s := range p.Scenarios {
		if s.Memory != "" && s.ConnectionsMin == 0 {
			need = max(need, s.Connections+idleWarm+idleSpare)
		}
	}
	return p, needDescriptors(need)
}

// fit gives a run of the usual size its budget: what the build has left of the
// promised time.
func (p *Plan) fit(build time.Duration) {
	p.Budget = min(budgetTime, promisedTime-build)
	if p.Quick {
		p.Budget = min(quickBudgetTime, quickPromisedTime-build)
	}
	p.Budget = max(p.Budget, budgetTimeMin)
	for p.Quick && p.Duration() > p.Budget && p.Measured > measuredTimeMin {
		p.Measured -= 10 * time.Millisecond
		p.Warm = max(p.Measured/warmShare, warmTimeMin)
	}
	// Few scenarios in several rounds say more than many in one.
	for p.Quick && p.Duration() > p.Budget && len(p.Scenarios) > quickScenariosMin {
		last := len(p.Scenarios) - 1
		p.Notes = append(p.Notes, fmt.Sprintf("scenario %s left out: the build took %v; a second run has the time for it",
			p.Scenarios[last].Name, build.Round(time.Second)))
		p.Scenarios = p.Scenarios[:last]
	}
}

// chooseServers takes the named ones, and leaves out with a note those that
// cannot run here and were not asked for by name.
func (p *Plan) chooseServers(names string) error {
	p.asked = names != ""
	if names == "" {
		names = strings.Join(rivals.Names(), ",")
	}
	for name := range strings.SplitSeq(names, ",") {
		s, err := lookupServer(strings.TrimSpace(name))
		if err != nil {
			return err
		}
		if err := s.Available(); err != nil {
			if p.asked {
				return err
			}
			p.Notes = append(p.Notes, "left out: "+err.Error())
			continue
		}
		p.Servers = append(p.Servers, s)
	}
	return nil
}

// lookupServer knows the rivals, and the one that is made here.
func lookupServer(name string) (compare.Server, error) {
	if name == procsName {
		return withProcs{}, nil
	}
	return rivals.Lookup(name)
}

func (p *Plan) chooseScenarios(names string, quick bool) error {
	if names == "" {
		for _, s := range Scenarios {
			if !s.Extra && (s.Quick || !quick) {
				p.Scenarios = append(p.Scenarios, s)
			}
		}
		return nil
	}
	for name := range strings.SplitSeq(names, ",") {
		s, err := lookup(strings.TrimSpace(name))
		if err != nil {
			return err
		}
		p.Scenarios = append(p.Scenarios, s)
	}
	return nil
}

// leaveOutMemory takes the scenarios about memory out of a plan where nobody can read it.
func (p *Plan) leaveOutMemory(readable bool) error {
	if readable {
		return nil
	}
	return p.leaveOut(func(s *Scenario) bool { return s.Memory != "" },
		"resident memory is read from Linux's /proc, which this platform does not have")
}

// leaveOutIdle takes the scenario idle out of a plan for which there are too few
// descriptors: it alone needs many.
func (p *Plan) leaveOutIdle(room int) error {
	if room >= idleMin {
		return nil
	}
	need := idleWarm + idleMin + idleSpare
	return p.leaveOut(func(s *Scenario) bool { return s.ConnectionsMin > 0 },
		fmt.Sprintf("it needs %d file descriptors, and %d are allowed; raise the limit with ulimit -n 65535", need, need+room-idleMin))
}

// leaveOut takes some scenarios out of a plan, with a note. A plan of nothing else is an error.
func (p *Plan) leaveOut(which func(*Scenario) bool, why string) error {
	var kept []*Scenario
	for _, s := range p.Scenarios {
		if !which(s) {
			kept = append(kept, s)
		} else if len(p.Scenarios) == 1 {
			return fmt.Errorf("scenario %s cannot be measured: %s", s.Name, why)
		} else {
			p.Notes = append(p.Notes, fmt.Sprintf("scenario %s left out: %s", s.Name, why))
		}
	}
	if len(kept) == 0 {
		return errors.New("no scenario is left: " + why)
	}
	p.Scenarios = kept
	return nil
}

func lookup(name string) (*Scenario, error) {
	var names []string
	for _, s := range Scenarios {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("no scenario is called %q: there are %s", name, strings.Join(names, ", "))
}

// serversOf lists who takes part in a scenario: the calibrators only where
// their numbers mean something, and fasthttp with more Ps only where that is a question.
func (p *Plan) serversOf(s *Scenario) []compare.Server {
	calibrated := s.Calibrated || (p.asked && !mixed(s)) // a calibrator stands still while a handler sleeps
	return slices.DeleteFunc(slices.Clone(p.Servers), func(server compare.Server) bool {
		return compare.IsCalibrator(server) && !calibrated || isTuned(server) && !mixed(s)
	})
}

func (p *Plan) measurements() (n int) {
	for _, s := range p.Scenarios {
		n += p.Rounds * len(p.serversOf(s))
	}
	if p.needsRate() && p.Rate == 0 {
		n += rateProbes
	}
	return n + len(p.tuned())*procsMax*procsProbes
}

// Duration is about how long the run will take.
func (p *Plan) Duration() time.Duration {
	var sum time.Duration
	for _, s := range p.Scenarios {
		each := overheadTime + p.Warm + p.Measured
		switch {
		case mixed(s):
			each += p.Warm + p.Measured
		case s.Takes > 0 && p.Quick:
			each = s.TakesQuick
		case s.Takes > 0:
			each = s.Takes
		}
		sum += each * time.Duration(p.Rounds*len(p.serversOf(s)))
		if slices.Contains(p.tuned(), s) {
			sum += each * procsMax * procsProbes
		}
	}
	return sum
}

func (p *Plan) needsRate() bool {
	return slices.ContainsFunc(p.Scenarios, func(s *Scenario) bool { return s.RateShare > 0 })
}

// reference is the server whose capacity sets the fixed rate.
func (p *Plan) reference() compare.Server {
	for _, name := range []string{"fasthttp", "nethttp"} {
		for _, s := range p.Servers {
			if s.Name() == name {
				return s
			}
		}
	}
	return p.Servers[0]
}

// subject is the server that ratios are about: covet, or else the first.
func (p *Plan) subject() string {
	for _, s := range p.Servers {
		if s.Name() == "covet" {
			return "covet"
		}
	}
	return p.Servers[0].Name()
}

// childArgs make the binary a server under control of its parent, on the plan's
// backend unless the server has its own.
func (p *Plan) childArgs(server, backend string) []string {
	args := []string{"serve", "-server", server, "-addr", "127.0.0.1:0", "-control"}
	if backend = cmp.Or(backend, p.backend); backend != "" && server == "covet" {
		args = append(args, "-backend", backend)
	}
	if p.hints && server == "covet" {
		args = append(args, "-hint")
	}
	return args
}
