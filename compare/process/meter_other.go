//go:build !linux

package process

// Elsewhere a child tells about itself.

import (
	"errors"
	"time"
)

var (
	errNoRSS    = errors.New("resident memory cannot be read on this platform")
	errNoInside = errors.New("open descriptors cannot be counted on this platform")
)

// ReadsRSS: here nobody can.
const ReadsRSS = false

// CPUTime is the CPU time of the child since its start, user and system.
func (c *Child) CPUTime() (time.Duration, error) {
	s, err := c.Stat()
	return time.Duration(s.CPUNanoseconds), err
}

// Inside cannot be had here, for the same reason.
func (c *Child) Inside() (Inside, error) { return Inside{}, errNoInside }

// RSS cannot be had here: Linux's /proc is where it is read from.
func (c *Child) RSS() (int64, error) { return 0, errNoRSS }
