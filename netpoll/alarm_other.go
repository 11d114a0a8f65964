//go:build !linux

package netpoll

// A periodic alarm: alarm_linux.go says why Linux has one of its own.

import (
	"sync"
	"time"
)

type alarm struct {
	mu    sync.Mutex // guards on
	timer *time.Timer
	every time.Duration
	on    bool
}

func newAlarm(every time.Duration, ring func()) (*alarm, error) {
	a := &alarm{every: every}
	a.timer = time.AfterFunc(time.Hour, func() {
		ring()
		a.again()
	})
	a.timer.Stop()
	return a, nil
}

func (a *alarm) again() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.on {
		a.timer.Reset(a.every)
	}
}

func (a *alarm) start() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.on = true
	a.timer.Reset(a.every)
}

func (a *alarm) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.on = false
	a.timer.Stop()
}

func (a *alarm) close() { a.stop() }
