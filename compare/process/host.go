package process

// The child's side: listen, announce, serve, stop.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/covetgo/covet/compare"
)

// HostOptions say where and how to serve.
type HostOptions struct {
	Addr string // host:port; port 0 takes a free one
	compare.Options
	// Control makes standard input and output speak the protocol above; without
	// it, one line for people goes to Notes.
	Control bool
	Notes   io.Writer
}

// Host serves in this process until SIGTERM, SIGINT or, under control, the end
// of standard input.
func Host(s compare.Server, o HostOptions) error {
	if err := s.Available(); err != nil {
		return err
	}
	listener, err := listen(o.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	hello := Hello{Addr: listener.Addr().String(), Version: s.Version(), Stats: !compare.ReplacesProcess(s)}
	if hello.Stats {
		hello.GOMAXPROCS = runtime.GOMAXPROCS(0)
	}
	if !o.Control {
		fmt.Fprintf(o.Notes, "%s (%s) on http://%s\ntry: curl http://%s/plaintext   stop: Ctrl-C\n",
			s.Name(), hello.Version, hello.Addr, hello.Addr)
		return s.Serve(ctx, listener, o.Options)
	}
	if err := json.NewEncoder(os.Stdout).Encode(hello); err != nil {
		return err
	}
	if hello.Stats {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		go answerParent(os.Stdin, os.Stdout, cancel)
	}
	return s.Serve(ctx, listener, o.Options)
}

// listen gives every rival the same socket: plain TCP (Go's default would be
// multipath TCP) and no keep-alive probes, which would cost the servers of
// package net four system calls per connection that the others do not make.
func listen(addr string) (net.Listener, error) {
	config := net.ListenConfig{KeepAlive: -1}
	config.SetMultipathTCP(false)
	listener, err := config.Listen(context.Background(), "tcp", addr)
	if err == nil {
		return listener, nil
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is taken: choose another port with -addr, or port 0 for a free one "+
			"(on Linux, ss -ltnp shows who has it)", addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s needs rights this user lacks: choose a port above 1023 with -addr", addr)
	}
	return nil, fmt.Errorf("cannot listen on %s: %w (want host:port, such as 127.0.0.1:8080)", addr, err)
}

// answerParent answers "stat" and "tidy" lines. The end of input means that the parent has
// gone, whatever became of it.
func answerParent(in io.Reader, out io.Writer, stop func()) {
	defer stop()
	lines := bufio.NewReader(in)
	answers := json.NewEncoder(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		switch line {
		case statRequest:
		case tidyRequest:
			runtime.GC()
			debug.FreeOSMemory()
		default:
			continue
		}
		if answers.Encode(selfStat()) != nil {
			return
		}
	}
}

func selfStat() Stat {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Stat{Mallocs: m.Mallocs, GCCycles: m.NumGC, Goroutines: runtime.NumGoroutine(), CPUNanoseconds: SelfCPU().Nanoseconds()}
}
