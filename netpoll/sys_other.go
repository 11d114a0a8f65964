//go:build !linux

package netpoll

// What only Linux tells of threads.

import "time"

// ThreadTime is the processor time that the calling thread has used, if the
// system tells: here it does not.
func ThreadTime() (used time.Duration, ok bool) { return 0, false }

// ThreadSleeps is how often the calling thread has given its processor up because
// it had to wait, if the system tells: here it does not.
func ThreadSleeps() (n int64, ok bool) { return 0, false }
