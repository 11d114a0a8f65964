// Package soak drives one server for a long time with all kinds of traffic at
// once, well-behaved clients and others, and looks for what only time shows:
// memory that grows, descriptors and goroutines that are not given back, and the
// one answer in a million that is wrong.
//
//	workers of every kind ──▶ server      each answer is checked in full
//	          every few seconds a sample  memory, descriptors, threads, goroutines
//	at the end: all clients leave         what they had must be given back
//
// It is no measurement of speed: the rate is modest, nothing is pinned.
//
// Read next: kinds.go (what is sent, and what must come back), client.go (one
// connection), sample.go (what is looked at, and how a slope is found).
package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/covetgo/covet/compare/process"
)

const (
	// errorsMax ends a soak early: it has failed, and more would say no more.
	errorsMax = 100
	// errorsKept is how many errors are kept in words.
	errorsKept = 20
	// RateMin is the lowest rate, in steps per second: below it, a worker's
	// connection would be idle for so long that a server may close it.
	RateMin = 20
	// restSecondsMax is how long a server may take to give back what the clients
	// had, after they have left: more than it lingers for them.
	restSecondsMax = 15
	// descriptorsSpare and goroutinesSpare are how many more than before the load
	// a server may keep afterwards: its runtime opens and starts some of its own.
	descriptorsSpare = 4
	goroutinesSpare  = 8
)

// Config describes a soak.
type Config struct {
	Child    *process.Child
	Rate     float64 // steps per second, of all kinds together
	Duration time.Duration
	Every    time.Duration // between two samples
	Seed     uint64
	Progress func(Sample)
}

// Check says what is wrong with the numbers.
func (c *Config) Check() error {
	if c.Rate < RateMin {
		return fmt.Errorf("a soak needs a rate of %d steps per second or more, got %g", RateMin, c.Rate)
	}
	if c.Duration <= 0 || c.Every <= 0 {
		return errors.New("a soak needs a duration and a time between samples, both above 0")
	}
	return nil
}

// Outcome is what came of it.
type Outcome struct {
	Seconds float64   `json:"seconds"`
	Kinds   []Account `json:"kinds"`
	Samples []Sample  `json:"samples"`
	// Before and Rest are the server without clients: when the first has just left,
	// and when the last has.
	Before Sample `json:"before"`
	Rest   Sample `json:"rest"`
	// Slope is that of the resident memory, in bytes per hour, over all samples
	// but the first quarter, in which a server settles.
	Slope  float64   `json:"rss_slope_bytes_per_hour"`
	Errors []Mistake `json:"errors"`
	// Failures say why this soak failed; none if it did not.
	Failures []string `json:"failures"`
}

// Account is what one kind of traffic came to.
type Account struct {
	Name    string `json:"name"`
	About   string `json:"about"`
	Steps   int64  `json:"steps"`
	Answers int64  `json:"answers"`
	Errors  int64  `json:"errors"`
}

// Mistake is one unexpected answer, or none where one was expected.
type Mistake struct {
	Seconds float64 `json:"seconds"` // since the start
	Kind    string  `json:"kind"`
	Text    string  `json:"text"`
}

// soak is a running one.
type soak struct {
	config  Config
	start   time.Time
	stop    context.CancelFunc
	answers []atomic.Int64 // by kind, as are the next two
	steps   []atomic.Int64
	failed  []atomic.Int64

	mu       sync.Mutex
	mistakes []Mistake
	total    int
}

// Run soaks the server until its time is over, ctx ends, the server dies or too
// much has gone wrong.
func Run(ctx context.Context, config Config) (*Outcome, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	s := &soak{
		config: config, answers: make([]atomic.Int64, len(kinds)),
		steps: make([]atomic.Int64, len(kinds)), failed: make([]atomic.Int64, len(kinds)),
	}
	out := &Outcome{}
	var err error
	s.start = time.Now()
	if out.Before, err = s.before(); err != nil {
		return nil, err
	}
	ctx, s.stop = context.WithTimeout(ctx, config.Duration)
	defer s.stop()
	var workers sync.WaitGroup
	for i := range kinds {
		for n := range kinds[i].workers {
			workers.Go(func() { s.work(ctx, i, n) })
		}
	}
	out.Samples, err = s.watch(ctx)
	s.stop()
	workers.Wait()
	out.Seconds = time.Since(s.start).Seconds()
	if err != nil {
		return nil, errors.Join(err, config.Child.Death())
	}
	if out.Rest, err = s.rest(out.Before); err != nil {
		return nil, err
	}
	s.account(out)
	return out, nil
}

// before is the server once it has answered: only then has it opened and started
// all that it keeps for as long as it runs.
func (s *soak) before() (Sample, error) {
	c := &client{addr: s.config.Child.Addr}
	_, err := plaintext(c)
	c.drop()
	if err != nil {
		return Sample{}, errors.Join(s.config.Child.Death(), err)
	}
	return s.sample()
}

// work is the life of one worker: a step whenever its time has come. A step that
// took too long makes the next ones late and not more frequent.
func (s *soak) work(ctx context.Context, kind, number int) {
	k := &kinds[kind]
	gap := time.Duration(float64(k.workers) / (s.config.Rate * k.share) * float64(time.Second))
	seed := rand.NewPCG(s.config.Seed, uint64(kind)<<32|uint64(number))
	c := &client{addr: s.config.Child.Addr, random: rand.New(seed)}
	defer c.drop()
	next := time.Now().Add(time.Duration(c.random.Int64N(int64(gap)))) // not all at once
	for sleepUntil(ctx, next) {
		answers, err := k.step(c)
		s.steps[kind].Add(1)
		s.answers[kind].Add(int64(answers))
		if err != nil {
			c.drop()
			s.mistake(kind, err)
		}
		next = next.Add(gap)
		if now := time.Now(); next.Before(now) {
			next = now
		}
	}
}

func sleepUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

func (s *soak) mistake(kind int, err error) {
	s.failed[kind].Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total++; s.total >= errorsMax {
		s.stop()
	}
	if len(s.mistakes) < errorsKept {
		s.mistakes = append(s.mistakes, Mistake{time.Since(s.start).Seconds(), kinds[kind].name, err.Error()})
	}
}

// watch takes samples until the time is over.
func (s *soak) watch(ctx context.Context) (samples []Sample, err error) {
	tick := time.NewTicker(s.config.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return samples, nil
		case <-s.config.Child.Done():
			return samples, errors.New("the server is gone")
		case <-tick.C:
		}
		sample, err := s.sample()
		if err != nil {
			return samples, err
		}
		samples = append(samples, sample)
		if s.config.Progress != nil {
			s.config.Progress(sample)
		}
	}
}

// rest waits until the server has given back what its clients had, or its time
// for that is over, and then looks at it without garbage. A soak that has failed
// already does not wait.
func (s *soak) rest(before Sample) (Sample, error) {
	limit := time.Now().Add(restSecondsMax * time.Second)
	for {
		now, err := s.sample()
		if err != nil {
			return now, errors.Join(err, s.config.Child.Death())
		}
		if s.total > 0 || len(leftOver(before, now)) == 0 || time.Now().After(limit) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err := s.config.Child.Tidy(); err != nil {
		return Sample{}, err
	}
	return s.sample()
}

// leftOver names what a server without clients still has.
func leftOver(before, now Sample) (failures []string) {
	if now.Descriptors > before.Descriptors+descriptorsSpare {
		failures = append(failures, fmt.Sprintf("%d descriptors were open without any client, %d when the first one had left", now.Descriptors, before.Descriptors))
	}
	if now.Goroutines > before.Goroutines+goroutinesSpare {
		failures = append(failures, fmt.Sprintf("%d goroutines ran without any client, %d when the first one had left", now.Goroutines, before.Goroutines))
	}
	return failures
}

// account sums up.
func (s *soak) account(out *Outcome) {
	for i := range kinds {
		a := Account{kinds[i].name, kinds[i].about, s.steps[i].Load(), s.answers[i].Load(), s.failed[i].Load()}
		out.Kinds = append(out.Kinds, a)
		if a.Steps == 0 {
			out.Failures = append(out.Failures, a.Name+": there was no time for a single step, so nothing was shown")
		}
	}
	out.Errors = slices.Clone(s.mistakes)
	out.Slope = slope(out.Samples)
	if s.total > 0 {
		out.Failures = append(out.Failures, fmt.Sprintf("%d unexpected answers; the first: %s: %s", s.total, s.mistakes[0].Kind, s.mistakes[0].Text))
		return
	}
	out.Failures = append(out.Failures, leftOver(out.Before, out.Rest)...)
}
