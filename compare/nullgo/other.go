//go:build !linux

package nullgo

// On other systems the calibrator says that it cannot run.

import (
	"context"
	"errors"
	"net"

	"github.com/covetgo/covet/compare"
)

var errPlatform = errors.New("nullgo: not available on this platform: it is written for Linux's epoll")

// Available implements [compare.Server].
func (Server) Available() error { return errPlatform }

// Serve implements [compare.Server].
func (Server) Serve(context.Context, net.Listener, compare.Options) error { return errPlatform }
