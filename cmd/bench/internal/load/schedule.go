package load

// When the requests of an open stream are due: at even distances from a start,
// each a product and not a sum, so that no rounding error adds up. The schedule
// does not know whether a request could be sent at its time. One that could not
// is sent later and still counts from when it was due, and since due times are
// computed there is no queue to keep, only the number of the next request.

// schedule belongs to one worker.
type schedule struct {
	start int64   // ns; request 0 is due here
	gap   float64 // ns between requests
	next  uint64  // the first request that has not been sent
}

// newSchedule shares a rate among workers: each has a part of it, and they are
// staggered so that together they are even again.
func newSchedule(start int64, rate float64, worker, workers int) schedule {
	gap := 1e9 / rate
	return schedule{start: start + int64(gap*float64(worker)), gap: gap * float64(workers)}
}

// at is when a request is due.
func (s *schedule) at(request uint64) int64 {
	return s.start + int64(float64(request)*s.gap)
}

// nextAt is when the next request is due; it may lie in the past.
func (s *schedule) nextAt() int64 { return s.at(s.next) }

// take hands out the next request if it is due.
func (s *schedule) take(now int64) (due int64, ok bool) {
	due = s.nextAt()
	if due > now {
		return 0, false
	}
	s.next++
	return due, true
}
