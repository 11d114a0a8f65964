//go:build !linux

package netpoll

import "time"

// ThreadTime is the processor time that the calling thread has used, if the
// system tells: here it does not.
func ThreadTime() (used time.Duration, ok bool) { return 0, false }
