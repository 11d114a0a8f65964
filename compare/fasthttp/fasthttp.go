// Package fasthttp is github.com/valyala/fasthttp as a rival, with the settings
// that its documentation names for speed: no Server field, names left as they
// come, no multipart parsing ahead of the handler, no timeouts.
//
// It has no router. The switch below is what its own examples use and costs
// less than any router would, so the comparison leans in its favour.
package fasthttp

import (
	"bytes"
	"context"
	"net"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/covetgo/covet/compare"
)

// shutdownSecondsMax is how long running requests may take to finish.
const shutdownSecondsMax = 15

// Server implements [compare.Server].
type Server struct{}

func (Server) Name() string     { return "fasthttp" }
func (Server) Version() string  { return compare.ModuleVersion("github.com/valyala/fasthttp") }
func (Server) Available() error { return nil }

func (Server) About() string {
	return "fasthttp: hand-written switch for routes, NoDefaultServerHeader, DisableHeaderNamesNormalizing, no timeouts"
}

// Serve runs a fasthttp.Server until the context ends.
func (Server) Serve(ctx context.Context, listener net.Listener, options compare.Options) error {
	if options.Backend != "" {
		return compare.NoBackend("fasthttp", options.Backend)
	}
	server := &fasthttp.Server{
		Handler:                       route,
		NoDefaultServerHeader:         true,
		DisableHeaderNamesNormalizing: true,
		DisablePreParseMultipartForm:  true,
		MaxRequestBodySize:            compare.EchoBytesMax,
		CloseOnShutdown:               true,
	}
	drained := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.Background(), shutdownSecondsMax*time.Second)
		defer cancel()
		drained <- server.ShutdownWithContext(limit)
	})
	err := server.Serve(listener)
	if stop() {
		return err // it ended on its own: the context had not
	}
	return <-drained
}

var (
	userPrefix = []byte("/user/")
	plaintext  = []byte(compare.PlaintextBody)
	json       = []byte(compare.JSONBody)
	done       = []byte(compare.DoneBody)
)

// route compares string(path), which the compiler does without a copy.
func route(ctx *fasthttp.RequestCtx) {
	path := ctx.Path()
	switch string(path) {
	case "/plaintext":
		reply(ctx, compare.TextType, plaintext)
	case "/json":
		reply(ctx, compare.JSONType, json)
	case "/echo":
		if !ctx.IsPost() {
			ctx.Error("Method Not Allowed", fasthttp.StatusMethodNotAllowed)
			return
		}
		reply(ctx, compare.BinaryType, ctx.PostBody())
	case "/slow", "/slow/known":
		wait(ctx, time.Sleep)
	case "/ask", "/ask/known":
		wait(ctx, compare.Ask)
	case "/cpu":
		wait(ctx, compare.Burn)
	default:
		id, found := bytes.CutPrefix(path, userPrefix)
		if !found || len(id) == 0 || bytes.IndexByte(id, '/') >= 0 {
			ctx.Error("Not Found", fasthttp.StatusNotFound)
			return
		}
		reply(ctx, compare.TextType, id)
	}
}

func reply(ctx *fasthttp.RequestCtx, contentType string, body []byte) {
	ctx.Response.Header.SetContentType(contentType)
	ctx.Response.SetBodyRaw(body)
}

func wait(ctx *fasthttp.RequestCtx, how func(time.Duration)) {
	d, err := compare.Millis(string(ctx.QueryArgs().Peek("ms")))
	if err != nil {
		ctx.Error(err.Error(), fasthttp.StatusBadRequest)
		return
	}
	how(d)
	reply(ctx, compare.TextType, done)
}
