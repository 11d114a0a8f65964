// Package covet is this repository's own server as a rival. It runs as it does
// for everybody: its limits and deadlines are the defaults, while the other
// rivals run without any.
package covet

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/covetgo/covet/compare"
	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/netpoll"
)

// shutdownSecondsMax is how long running requests may take to finish.
const shutdownSecondsMax = 15

// Server implements [compare.Server].
type Server struct{}

func (Server) Name() string     { return "covet" }
func (Server) Version() string  { return "of this commit" }
func (Server) Available() error { return nil }

func (Server) About() string {
	return "covet: httpcore with its router, default limits and deadlines; nothing tells it that /slow, /cpu and /ask take long, unless a hint is asked for"
}

// Serve runs an httpcore.App until the context ends.
func (Server) Serve(ctx context.Context, listener net.Listener, options compare.Options) error {
	config := httpcore.Config{Loops: options.Loops}
	if options.Backend != "" {
		backend, err := netpoll.ByName(options.Backend)
		if err != nil {
			return err
		}
		config.Backend = backend
	}
	app := httpcore.New(config)
	route(app, options.Hints)
	drained := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.Background(), shutdownSecondsMax*time.Second)
		defer cancel()
		drained <- app.Shutdown(limit)
	})
	err := app.Serve(listener)
	if stop() {
		return err // it ended on its own: the context had not
	}
	if err := <-drained; err != nil {
		return err
	}
	if errors.Is(err, httpcore.ErrServerClosed) {
		return nil
	}
	return err
}

var (
	plaintext = []byte(compare.PlaintextBody)
	json      = []byte(compare.JSONBody)
	done      = []byte(compare.DoneBody)
)

// route registers what is served. The slow routes are left to be found out, as
// those of most programs are; with hints they are marked.
func route(app *httpcore.App, hints bool) {
	var slow []httpcore.RouteOption
	if hints {
		slow = append(slow, httpcore.Blocking())
	}
	app.Get("/plaintext", func(c *httpcore.Ctx) error { return c.Bytes(compare.TextType, plaintext) })
	app.Get("/json", func(c *httpcore.Ctx) error { return c.Bytes(compare.JSONType, json) })
	app.Get("/user/{id}", func(c *httpcore.Ctx) error { return c.Bytes(compare.TextType, c.Param("id")) })
	app.Post("/echo", func(c *httpcore.Ctx) error { return c.Bytes(compare.BinaryType, c.Body()) })
	app.Get("/slow", wait(time.Sleep), slow...)
	app.Get("/cpu", wait(compare.Burn), slow...)
	app.Get("/ask", wait(compare.Ask), slow...)
	app.Get("/ask/known", wait(compare.Ask), httpcore.Blocking())
	app.Get("/slow/known", wait(time.Sleep), httpcore.Blocking())
}

func wait(how func(time.Duration)) httpcore.Handler {
	return func(c *httpcore.Ctx) error {
		d, err := compare.Millis(string(c.Query("ms")))
		if err != nil {
			return httpcore.NewError(400, err.Error())
		}
		how(d)
		return c.Bytes(compare.TextType, done)
	}
}
