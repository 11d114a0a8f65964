//go:build !linux

package process

// Elsewhere a child tells about itself.

import (
	"errors"
	"time"
)

var errNoRSS = errors.New("resident memory cannot be read on this platform")

// CPUTime is the CPU time of the child since its start, user and system.
func (c *Child) CPUTime() (time.Duration, error) {
	s, err := c.Stat()
	return time.Duration(s.CPUNanoseconds), err
}

// RSS is the resident memory of the child in bytes.
func (c *Child) RSS() (int64, error) {
	s, err := c.Stat()
	if err == nil && s.RSSBytes == 0 {
		err = errNoRSS
	}
	return s.RSSBytes, err
}

func selfRSS() int64 { return 0 }
