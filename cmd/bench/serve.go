package main

// bench serve: one server in this process.

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/covetgo/covet/compare"
	"github.com/covetgo/covet/compare/process"
	"github.com/covetgo/covet/compare/rivals"
)

const serveText = `
bench serve runs one of the measured servers until Ctrl-C.

  go run ./cmd/bench serve                       covet on 127.0.0.1:8080
  go run ./cmd/bench serve -server fasthttp -addr :9000

  curl http://127.0.0.1:8080/plaintext           Hello, World!
  curl http://127.0.0.1:8080/json                {"message":"Hello, World!"}
  curl http://127.0.0.1:8080/user/42             42
  curl -d ping http://127.0.0.1:8080/echo        ping
  curl http://127.0.0.1:8080/slow?ms=100         done, after 100 ms of sleep
  curl http://127.0.0.1:8080/cpu?ms=100          done, after 100 ms of arithmetic
  curl http://127.0.0.1:8080/ask?ms=0.2          done, 0.2 ms after another goroutine was asked

Servers:
%s`

func serveCommand(_ context.Context, args []string, _, notes io.Writer) error {
	flags := newFlags("serve", fmt.Sprintf(serveText, serverList()), notes)
	name := flags.String("server", "covet", "which server")
	options := process.HostOptions{Notes: notes}
	flags.StringVar(&options.Addr, "addr", "127.0.0.1:8080", "host:port to listen on; port 0 takes a free one")
	flags.StringVar(&options.Backend, "backend", "", "netpoll backend of covet; its own choice if empty")
	flags.IntVar(&options.Loops, "loops", 0, "event loops, for servers that have them; 0 is one per core")
	flags.BoolVar(&options.Hints, "hint", false, "tell covet that /slow and /cpu take long (httpcore.Blocking)")
	flags.BoolVar(&options.Control, "control", false, "speak to a parent process over standard input and output")
	if err := parse(flags, args); err != nil {
		return err
	}
	server, err := rivals.Lookup(*name)
	if err != nil {
		return err
	}
	return process.Host(server, options)
}

func serverList() string {
	var b strings.Builder
	for _, s := range rivals.All() {
		fmt.Fprintf(&b, "  %-9s %s", s.Name(), about(s))
	}
	return b.String()
}

func about(s compare.Server) string {
	if err := s.Available(); err != nil {
		return "cannot run here: " + err.Error() + "\n"
	}
	return s.About() + "\n"
}
