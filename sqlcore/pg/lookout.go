package pg

// Looking for an answer, instead of sleeping until it comes.
//
// A lone caller that sleeps pays for being woken: on a virtual machine whose idle processors are given back to the
// host, more than the server needs to answer. One that looks pays with processor time. So both ways are tried and
// timed, per connection and again and again, and callers look only where sleeping takes twice as long: then the time
// that is spent is less than the time that is saved. Elsewhere (idle processors that wake quickly, servers that are far
// away, slow statements) they sleep. docs/adr/0031 has the measurements.

import (
	"runtime"
	"slices"
	"time"
)

const (
	// lookMax bounds the looking for one answer; then the caller sleeps.
	lookMax = 100 * time.Microsecond
	// trialCalls is how many calls try each way, in a row: processors that have just slept are slow, and a first call
	// would tell nothing of the rest. Their medians are compared.
	trialCalls = 32
	// trialEvery is how many calls there are from one trial to the next.
	trialEvery = 1024
)

// canLook: with a single processor, looking would keep the server from answering.
var canLook = runtime.NumCPU() > 1

// lookout is what a connection knows about its lone calls. It belongs to the leader.
type lookout struct {
	calls  int  // since the last trial began
	better bool // looking, as that trial found
	tried  [2 * trialCalls]time.Duration
}

// looks decides for the next call.
func (l *lookout) looks() bool {
	switch {
	case l.calls < trialCalls:
		return true
	case l.calls < 2*trialCalls:
		return false
	}
	return l.better
}

// note takes down how long that call took.
func (l *lookout) note(took time.Duration) {
	if l.calls < len(l.tried) {
		l.tried[l.calls] = took
	}
	l.calls++
	switch l.calls {
	case len(l.tried):
		looked, slept := l.tried[:trialCalls], l.tried[trialCalls:]
		slices.Sort(looked)
		slices.Sort(slept)
		l.better = 2*looked[trialCalls/2] <= slept[trialCalls/2]
	case trialEvery:
		l.calls = 0
	}
}

// readLone is readOnce for the first answer on a connection on which nobody else waits: it may look for it first.
func (c *conn) readLone() error {
	began := time.Now()
	look := c.lookout.looks()
	err := error(nil)
	came := false
	for look && !came && err == nil && time.Since(began) < lookMax {
		var n int
		n, err = c.socket.tryRead(c.rbuf[c.rlen:])
		came = n > 0
		err = c.take(n, err)
	}
	if !came && err == nil {
		err = c.readOnce()
	}
	c.lookout.note(time.Since(began))
	return err
}
