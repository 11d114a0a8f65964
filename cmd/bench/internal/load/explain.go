package load

// Errors, in words that say what to do.

import (
	"errors"
	"fmt"
	"syscall"
)

var (
	errEarlyEnd  = errors.New("the server closed the connection before it had answered")
	errIdleEnd   = errors.New("the server has closed a kept connection that was idle")
	errRunEnded  = errors.New("the run has ended")
	errForgotten = errors.New("the server keeps a connection open and does not answer")
)

// explainDial adds the remedy to what keeps a connection from being opened.
func explainDial(err error) error {
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return fmt.Errorf("not enough file descriptors: raise the limit (ulimit -n 65535) or use fewer connections: %w", err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("no free local ports: wait a minute for closed connections to expire, or use fewer: %w", err)
	}
	return err
}
