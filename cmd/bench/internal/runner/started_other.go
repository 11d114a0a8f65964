//go:build !linux

package runner

// Elsewhere the age of "go run" is not looked up.

import "time"

func sinceGoRun() time.Duration { return 0 }
