package netpoll

import "time"

// Alarm is the periodic alarm, for its own test.
type Alarm struct{ *alarm }

// NewAlarm makes one.
func NewAlarm(every time.Duration, ring func()) (Alarm, error) {
	a, err := newAlarm(every, ring)
	return Alarm{a}, err
}

// Start sets it off, Close ends it.
func (a Alarm) Start() { a.start() }

// Close ends it.
func (a Alarm) Close() { a.close() }
