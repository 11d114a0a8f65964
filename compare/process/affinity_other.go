//go:build !linux

package process

// Where cores cannot be chosen, this says so, and reports pass it on.

import (
	"errors"
	"os/exec"
)

var errNoPinning = errors.New("pinning to cores is not available on this platform")

// CPUs lists the cores that this process may run on, where that can be told.
func CPUs() ([]int, error) { return nil, errNoPinning }

// PinSelf confines this process to some cores, where that can be done.
func PinSelf([]int) error { return errNoPinning }

func startOn(cmd *exec.Cmd, cpus []int) error {
	if len(cpus) > 0 {
		return errNoPinning
	}
	return cmd.Start()
}

func endWithParent(*exec.Cmd) {} // the end of its input ends it
