//go:build !unix

package sqlbench

// On these systems processor time is not measured.

import "time"

// cpuTime is not known here; a row then says 0.
func cpuTime() time.Duration { return 0 }
