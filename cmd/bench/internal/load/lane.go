package load

// A lane is one stream within one worker: its requests and its accounts. It
// belongs to that worker; others read the counter and nothing else.

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"time"
)

// memoBytesMax is the longest response that is remembered.
const memoBytesMax = 16 << 10

type lane struct {
	stream  *Stream
	window  *window
	one     []byte        // one request
	batch   []byte        // Pipeline requests
	count   atomic.Uint64 // responses; the only field that others read
	latency Histogram
	lag     Histogram
	errors  Errors
	memo    []byte // the last response that was right, if it may be remembered

	// outstanding are the requests that somebody waits for. A request is in it from
	// the moment it is taken, from the schedule or as a closed stream's next batch,
	// until it is answered, or until it is lost with its connection; what is in it
	// when the worker gives up is counted by giveUp and forgotten.
	outstanding int

	// Of an open stream.
	schedule schedule
	due      uint64 // requests of the window
	recorded uint64 // those of them with a response

	connects uint64
}

// newLane makes the accounts of one of several equal parts of a stream.
func newLane(s *Stream, w *window, start int64, part, parts int) *lane {
	l := &lane{stream: s, window: w, one: s.Request.Bytes()}
	l.batch = bytes.Repeat(l.one, s.Pipeline)
	if s.Rate > 0 {
		l.schedule = newSchedule(start, s.Rate, part, parts)
	}
	l.latency.make()
	l.lag.make()
	return l
}

// open tells open streams from closed ones.
func (l *lane) open() bool { return l.stream.Rate > 0 }

// share is how many of a stream's connections belong to one of several workers.
func share(connections, worker, workers int) int {
	n := connections / workers
	if worker < connections%workers {
		n++
	}
	return n
}

// consume takes all responses in p and returns how many there were.
//
// Most responses are, byte for byte, the one before: only the date changes, once
// a second. Equal bytes have an equal meaning, so such a response is compared
// instead of parsed, with its whole body.
func (l *lane) consume(r *response, p []byte, most int) (responses int, kind ErrorKind, err error) {
	for len(p) > 0 && responses < most {
		if m := l.memo; len(m) > 0 && r.idle() && len(p) >= len(m) && bytes.Equal(p[:len(m)], m) {
			p = p[len(m):]
			responses++
			continue
		}
		whole := r.idle()
		taken, done, err := r.feed(p, l.stream.Want)
		if err != nil {
			return responses, ErrorMalformed, err
		}
		if !done {
			return responses, 0, nil
		}
		if kind, err := l.judge(r); err != nil {
			return responses, kind, err
		}
		responses++
		if whole && !r.close && taken <= memoBytesMax {
			l.memo = append(l.memo[:0], p[:taken]...)
		}
		p = p[taken:]
	}
	if len(p) > 0 {
		return responses, ErrorMalformed, fmt.Errorf("%d bytes that nothing asked for: %.40q", len(p), p)
	}
	return responses, 0, nil
}

// idle: between two responses.
func (r *response) idle() bool { return r.state == atStatus && len(r.line) == 0 }

// judge looks at a complete response.
func (l *lane) judge(r *response) (ErrorKind, error) {
	if r.status < 200 || r.status > 299 {
		return ErrorStatus, fmt.Errorf("%s answered with status %d", l.stream.Request.Target, r.status)
	}
	if r.differs {
		return ErrorBody, fmt.Errorf("%s answered with another body than wanted (%d bytes, want %d)",
			l.stream.Request.Target, r.bodyBytes, len(l.stream.Want))
	}
	return 0, nil
}

// answered counts responses that came at one time to requests of another.
func (l *lane) answered(from, now int64, n int) {
	l.count.Add(uint64(n))
	l.outstanding -= n
	if !l.open() {
		if l.window.phase.Load() == phaseMeasure {
			l.latency.record(now-from, int64(n))
		}
		return
	}
	if l.window.holds(from) {
		l.latency.record(now-from, int64(n))
		l.recorded += uint64(n)
	}
}

// nextDue hands out the next request of an open stream if its time has come.
// After the window has shut only what was due before that is left to send.
func (l *lane) nextDue(now int64) (due int64, ok bool) {
	if shut := l.window.shut.Load(); shut != 0 && l.schedule.nextAt() >= shut {
		return 0, false
	}
	due, ok = l.schedule.take(now)
	if ok {
		l.outstanding++
		if l.window.holds(due) {
			l.due++
		}
	}
	return due, ok
}

// drained: everything that was sent, and of an open stream everything that was
// due before the window shut, has its response.
func (l *lane) drained() bool {
	return l.outstanding == 0 && (!l.open() || l.schedule.nextAt() >= l.window.shut.Load())
}

// forgotten counts a request that the server has had for too long and whose
// connection is still open: no rate shows that one of 64 connections hangs.
func (l *lane) forgotten(waited time.Duration) {
	l.fail(ErrorUnanswered, fmt.Errorf("%s has had no response for %v, and its connection is open", l.stream.Request.Target, waited.Round(time.Millisecond)))
}

// giveUp counts what never got a response, with the time it has waited so far:
// leaving it out would make the latencies of a drowning server look better.
func (l *lane) giveUp(now int64, waiting []int64) {
	if !l.open() || l.window.shut.Load() == 0 {
		return
	}
	for _, due := range waiting {
		if l.window.holds(due) {
			l.latency.record(now-due, 1)
		}
	}
	for {
		due, ok := l.nextDue(now)
		if !ok {
			return
		}
		if l.window.holds(due) {
			l.latency.record(now-due, 1)
		}
	}
}

// late records by how much the generator was late for a request whose
// connection has been free since some time.
func (l *lane) late(due, freeSince, now int64) {
	if l.window.holds(due) {
		l.lag.record(now-max(due, freeSince), 1)
	}
}

func (l *lane) fail(kind ErrorKind, err error) {
	l.errors.Count[kind]++
	if l.errors.First == "" {
		l.errors.First = err.Error()
	}
}

func (l *lane) addTo(r *Result) {
	r.Latency.Add(l.latency)
	r.Lag.Add(l.lag)
	r.Due += l.due
	r.Unanswered += l.due - l.recorded
	r.Connects += l.connects
	r.Errors.add(&l.errors)
}
