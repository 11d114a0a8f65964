// Package load is the generator: it sends requests over many connections,
// checks every response, and counts and times them.
//
// A run has one or more streams. A closed stream keeps every connection busy: a
// response, or a batch of pipelined ones, is answered with the next requests at
// once. It finds out how much a server can do; its latencies say little, since
// a slow server is asked less often. An open stream sends at a fixed rate
// whatever the server does, and measures each response from the time at which
// its request was due and not from the time at which it could be sent. A server
// that stalls for 100 ms is so charged with all the requests that came due
// meanwhile (the other way of counting omits them: coordinated omission).
//
//	Start ─▶ traffic ─▶ Mark ─▶ measured window ─▶ Mark ─▶ Finish
//	                     │                          │
//	                     └── counters at both ends: what lies between is the result
//
// Each worker is one thread with an epoll of its own and its share of the
// connections; between Start and Finish it allocates nothing. Where there is no
// epoll, portable.go does the same with a goroutine per connection.
//
// Read next: request.go (what is sent), response.go (the parser), lane.go (the
// accounts of one stream in one worker), schedule.go (when a request is due),
// epoll_linux.go (the loop), hold.go (connections that only sit there).
package load

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// connectionsMax bounds a stream: 65 535 descriptors are the usual limit.
	connectionsMax = 60_000
	// pipelineMax requests per batch; more would only measure buffers.
	pipelineMax = 1024
	// errorsMax ends a run early: it has failed, and more would only take time.
	errorsMax = 1000
	// dialSecondsMax is how long a server may take to accept.
	dialSecondsMax = 5
	// patienceSecondsMax is how long Finish waits for what is outstanding, and how
	// long a request may be in the server's hands before it counts as forgotten.
	patienceSecondsMax = 5
)

// Stream is one kind of request over some connections.
type Stream struct {
	Request     Request
	Connections int
	// Pipeline is how many requests are sent at once; 0 means 1. An open stream
	// has 1.
	Pipeline int
	// Rate makes the stream open: requests per second over all connections. 0
	// means closed.
	Rate float64
	// PerConnection closes a connection after so many requests and opens a new
	// one; 0 keeps it.
	PerConnection int
	// Want is the body that every response must have; nil accepts any.
	Want []byte
}

// Config describes a run.
type Config struct {
	Addr    string // host:port
	Streams []Stream
	// Threads is the number of workers; 0 means 1.
	Threads int
	// Spin makes a worker with an open stream ask for events without waiting.
	// It is right when the worker has a core of its own, and gives the clock's
	// precision to start times; without it they are the kernel's timers'.
	Spin bool
	// Sources is how many loopback addresses connections come from, so that many
	// short ones do not run out of ports. 0 leaves the choice to the system.
	Sources int

	patience time.Duration // patienceSecondsMax; tests have less
}

// check finds what cannot work before anything is opened.
func (c *Config) check() error {
	if len(c.Streams) == 0 {
		return errors.New("load: no stream to send")
	}
	c.Threads = max(c.Threads, 1)
	if c.patience == 0 {
		c.patience = patienceSecondsMax * time.Second
	}
	for i := range c.Streams {
		s := &c.Streams[i]
		s.Pipeline = max(s.Pipeline, 1)
		switch {
		case s.Connections < 1 || s.Connections > connectionsMax:
			return fmt.Errorf("load: want 1 to %d connections, got %d", connectionsMax, s.Connections)
		case s.Pipeline > pipelineMax:
			return fmt.Errorf("load: want a pipeline of at most %d requests, got %d", pipelineMax, s.Pipeline)
		case s.Rate < 0:
			return fmt.Errorf("load: want a rate of 0 or more requests per second, got %g", s.Rate)
		case s.Rate > 0 && s.Pipeline > 1:
			return errors.New("load: a fixed rate and pipelining exclude each other: each request is due at a time of its own")
		}
	}
	return nil
}

// Result is what one stream came to within the measured window.
type Result struct {
	Responses uint64
	Seconds   float64
	Latency   Histogram
	// Lag is, for an open stream, by how much the generator itself was late in
	// sending a request that had a connection to go to. Latencies below it are
	// the generator's and not the server's.
	Lag Histogram
	// Due counts the requests of an open stream whose time fell into the window,
	// Unanswered those of them that had no response when Finish gave up: most of a
	// drowning server's were never sent, since no connection was free. Those that
	// were, and that it had for longer than that, are errors.
	Due, Unanswered uint64
	Connects        uint64
	Errors          Errors
}

// Rate is responses per second.
func (r *Result) Rate() float64 {
	if r.Seconds == 0 {
		return 0
	}
	return float64(r.Responses) / r.Seconds
}

// Failure is nil for a run without errors.
func (r *Result) Failure() error {
	if n := r.Errors.Total(); n > 0 {
		return fmt.Errorf("%d errors: %s", n, r.Errors.String())
	}
	if r.Responses == 0 {
		return errors.New("not one response came")
	}
	return nil
}

// ErrorKind says what went wrong.
type ErrorKind int

// The kinds of errors.
const (
	ErrorConnect    ErrorKind = iota // no connection
	ErrorStatus                      // a status other than 2xx
	ErrorBody                        // another body than wanted
	ErrorMalformed                   // not HTTP
	ErrorClosed                      // closed with responses outstanding
	ErrorUnanswered                  // kept open, without a response
	errorKinds
)

var errorNames = [errorKinds]string{"connect", "status", "body", "malformed", "closed", "unanswered"}

// Errors counts errors by kind and keeps the first one's words.
type Errors struct {
	Count [errorKinds]uint64
	First string
}

// Total is the number of errors of all kinds.
func (e *Errors) Total() (n uint64) {
	for _, count := range e.Count {
		n += count
	}
	return n
}

// String is such as "3 status, 1 closed; first: status 404".
func (e *Errors) String() string {
	var parts []string
	for kind, count := range e.Count {
		if count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count, errorNames[kind]))
		}
	}
	return strings.Join(parts, ", ") + "; first: " + e.First
}

func (e *Errors) add(other *Errors) {
	for kind, count := range other.Count {
		e.Count[kind] += count
	}
	if e.First == "" {
		e.First = other.First
	}
}

// answers finds out with one ordinary connection whether there is anything to
// drive, since that error can be explained best. It returns the address that
// answered: a name may have several, and all connections go to the same one.
func answers(addr string) (string, error) {
	var first error
	for _, one := range addresses(addr) {
		conn, err := net.DialTimeout("tcp", one, dialSecondsMax*time.Second)
		if err == nil {
			return conn.RemoteAddr().String(), conn.Close()
		}
		first = cmp.Or(first, err)
	}
	return "", fmt.Errorf("nothing answers on %s: %w; start a server there first, for instance: "+
		"go run ./cmd/bench serve -server nethttp -addr %s", addr, first, addr)
}

// addresses are those to try. localhost is this machine in both families (RFC 6761
// §6.3), whatever /etc/hosts has of it.
func addresses(addr string) []string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host != "localhost" {
		return []string{addr}
	}
	return []string{net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("::1", port)}
}

// Run is traffic that has been started. Mark, Mark, Finish; from one goroutine.
type Run struct {
	config  Config
	workers []worker
	window  *window
	marks   []mark
}

// window is what a run tells its workers: its phase, and when the measured
// window opened and shut (ns, 0 before). Only Mark writes it.
type window struct {
	phase  atomic.Int32
	opened atomic.Int64
	shut   atomic.Int64

	once    sync.Once
	overrun chan struct{} // closed by the first worker that gives up
}

// fail ends the run early.
func (w *window) fail() { w.once.Do(func() { close(w.overrun) }) }

// failed reports whether a worker has given up.
func (w *window) failed() bool {
	select {
	case <-w.overrun:
		return true
	default:
		return false
	}
}

// holds: an open stream's requests belong to the window in which they were due,
// however late their responses come.
func (w *window) holds(due int64) bool {
	opened, shut := w.opened.Load(), w.shut.Load()
	return opened != 0 && due >= opened && (shut == 0 || due < shut)
}

// The phases of a run, as its workers see them.
const (
	phaseWarm    int32 = iota // traffic, nothing recorded
	phaseMeasure              // latencies are recorded
	phaseDrain                // what was due, and what is outstanding, is waited for
	phaseStop
)

// mark is the state of the counters at one moment.
type mark struct {
	at        time.Time
	responses []uint64 // by stream
}

// worker is a thread's share of a run: epoll on Linux, goroutines elsewhere.
type worker interface {
	start()
	responses(stream int) uint64
	// finish waits for the worker's end and gives the accounts of its streams.
	finish() []*lane
}

// Start opens the connections and starts the traffic.
func Start(config Config) (*Run, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	var err error
	if config.Addr, err = answers(config.Addr); err != nil {
		return nil, err
	}
	r := &Run{config: config, window: &window{overrun: make(chan struct{})}}
	start := now()
	for i := range config.Threads {
		w, err := newWorker(&r.config, i, start, r.window)
		if err != nil {
			r.window.phase.Store(phaseStop)
			r.wait()
			return nil, err
		}
		r.workers = append(r.workers, w)
		w.start()
	}
	return r, nil
}

// Mark notes the counters. The first one opens the measured window, the second
// one closes it.
func (r *Run) Mark() {
	m := mark{responses: make([]uint64, len(r.config.Streams))}
	for stream := range m.responses {
		for _, w := range r.workers {
			m.responses[stream] += w.responses(stream)
		}
	}
	m.at = time.Now()
	r.marks = append(r.marks, m)
	if len(r.marks) == 1 {
		r.window.opened.Store(now())
		r.window.phase.Store(phaseMeasure)
	} else {
		r.window.shut.Store(now())
		r.window.phase.Store(phaseDrain)
	}
}

// Failed is closed when a run has so many errors that it is not worth going on.
func (r *Run) Failed() <-chan struct{} { return r.window.overrun }

// Finish ends the traffic and returns one result per stream.
func (r *Run) Finish() []Result {
	if len(r.marks) < 2 {
		r.window.phase.Store(phaseStop)
	}
	results := make([]Result, len(r.config.Streams))
	for _, lanes := range r.wait() {
		for stream, l := range lanes {
			l.addTo(&results[stream])
		}
	}
	if len(r.marks) < 2 {
		return results
	}
	first, last := r.marks[0], r.marks[1]
	for stream := range results {
		results[stream].Responses = last.responses[stream] - first.responses[stream]
		results[stream].Seconds = last.at.Sub(first.at).Seconds()
	}
	return results
}

// Describe says which generator this is.
func Describe() string { return description }

func (r *Run) wait() (all [][]*lane) {
	for _, w := range r.workers {
		all = append(all, w.finish())
	}
	return all
}

// For runs the traffic for a warm-up and a measured window.
func (r *Run) For(warm, measured time.Duration) []Result {
	r.Sleep(warm)
	r.Mark()
	r.Sleep(measured)
	r.Mark()
	return r.Finish()
}

// Sleep waits, but not for a run that has failed.
func (r *Run) Sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Failed():
	}
}

// epoch makes now a small number with the monotonic clock's precision.
var epoch = time.Now()

// now is in nanoseconds.
func now() int64 { return int64(time.Since(epoch)) }
