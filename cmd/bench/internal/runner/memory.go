package runner

// What connections cost in memory: the resident bytes of the server's process
// at different numbers and states of connections, and the slopes between them.

import (
	"errors"
	"fmt"
	"time"

	"github.com/covetgo/covet/cmd/bench/internal/load"
	"github.com/covetgo/covet/cmd/bench/internal/results"
)

// aboutMemory says what the scenario memory measures.
var aboutMemory = fmt.Sprintf("resident memory per connection, at %d connections beside the first %d, garbage collected before each reading. "+
	"Idle: each has had one GET and waits. Active: each is in the middle of a request, a POST whose head and %d of %d body bytes have come. "+
	"After: each has had the rest of it and its response, and waits again",
	memoryConnections, idleWarm, activeBodyBytes, echoBytes)

// activeBodyBytes is how much of its body a request in progress has sent.
const activeBodyBytes = echoBytes / 2

// crowd are the connections of a measurement of memory, and the memory before
// they came.
type crowd struct {
	*bench
	first, held *load.Held
	before      int64
	size        int
}

// gather opens the first connections, reads the memory, and opens those that are
// measured: what comes once or in large pieces at the start is no part of it.
func (b *bench) gather() (*crowd, error) {
	c := &crowd{bench: b, size: b.connections(b.scenario)}
	sources := 0
	if len(b.cores.Server) > 0 {
		sources = 1 + (idleWarm+c.size)/idlePerSource
	}
	request, want := b.scenario.Request, []byte(b.scenario.Want)
	var err error
	if c.first, err = load.Hold(b.child.Addr, idleWarm, sources, request, want); err != nil {
		return c, errors.Join(b.child.Death(), err)
	}
	if c.before, err = b.settledRSS(); err != nil {
		return c, err
	}
	if c.held, err = load.Hold(b.child.Addr, c.size, sources, request, want); err != nil {
		return c, errors.Join(b.child.Death(), err)
	}
	return c, nil
}

// disperse closes them all.
func (c *crowd) disperse() {
	c.held.Close()
	c.first.Close()
}

// perConnection is what each connection has added so far.
func (c *crowd) perConnection() (float64, error) {
	now, err := c.settledRSS()
	return float64(now-c.before) / float64(c.size), err
}

// idle is memory per connection that has been used once and waits.
func idle(b *bench) (map[string]float64, error) {
	c, err := b.gather()
	defer c.disperse()
	if err != nil {
		return nil, err
	}
	bytes, err := c.perConnection()
	return map[string]float64{results.IdleBytes: bytes}, err
}

// memory is that of connections in three states, one after the other.
func memory(b *bench) (map[string]float64, error) {
	c, err := b.gather()
	defer c.disperse()
	if err != nil {
		return nil, err
	}
	values := map[string]float64{}
	if values[results.IdleBytes], err = c.perConnection(); err != nil {
		return nil, err
	}
	request := post(echoBytes)
	text := request.Bytes()
	begun := len(text) - (echoBytes - activeBodyBytes)
	if err := c.held.Begin(text[:begun]); err != nil {
		return nil, errors.Join(b.child.Death(), err)
	}
	if values[results.ActiveBytes], err = c.perConnection(); err != nil {
		return nil, err
	}
	if err := c.held.Finish(text[begun:], request.Body); err != nil {
		return nil, errors.Join(b.child.Death(), err)
	}
	values[results.AfterBytes], err = c.perConnection()
	return values, err
}

// settledRSS is the resident memory that the server needs: without garbage, and
// without free memory that its runtime has kept.
func (b *bench) settledRSS() (int64, error) {
	time.Sleep(settleTime)
	if err := b.child.Tidy(); err != nil {
		return 0, err
	}
	return b.child.RSS()
}

// connections is how many a scenario really has: fewer idle ones in a quick run
// or where descriptors are few.
func (r *Runner) connections(s *Scenario) int {
	n := s.Connections
	if r.plan.Quick && s.ConnectionsQuick > 0 {
		n = s.ConnectionsQuick
	}
	if s.ConnectionsMin > 0 {
		n = min(n, idleRoom())
	}
	return n
}

// idleRoom is how many connections can be opened between the two readings; the
// server, which has the same limit, needs as many descriptors.
func idleRoom() int { return descriptorsMax() - idleWarm - idleSpare }

// needDescriptors says what to do where there are too few.
func needDescriptors(need int) error {
	if have := descriptorsMax(); have < need {
		return fmt.Errorf("too few file descriptors: %d are allowed, %d are needed: raise the limit with ulimit -n 65535", have, need)
	}
	return nil
}
