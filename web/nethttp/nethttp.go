// Package nethttp lets handlers of package net/http answer requests of an httpcore.App: a file server, pprof, a
// metrics page, a reverse proxy, or a router with years of routes on it.
//
//	files := http.StripPrefix("/static", http.FileServer(http.Dir("public")))
//	app.Handle("/static/", nethttp.Handler(files), httpcore.StreamBody())
//
// Register with httpcore.StreamBody(), as here: the handler then has its goroutine from the start, as it has under
// net/http, and reads the body while that comes. With httpcore.Blocking() instead, the body is complete before the
// handler begins, and Limits.BodyBytesMax bounds it. With neither, each request begins on the loop and has to leave it,
// which costs more than twice the processor time.
//
// [Mount] is the other way round: a whole App becomes an http.Handler.
//
// # What is the same
//
// What a handler sees of the requests that reach it, and what it does with the ResponseWriter: status, header, sniffed
// Content-Type, Flush, trailers, errors for content that a status forbids or a length excludes. The tests run the same
// handlers under both servers and compare. The request's context ends when the client has closed the connection. Nothing is
// borrowed: a handler may keep what it likes, and what it uses too late returns errors. One goroutine may read the body
// while another writes the response.
//
// # What differs
//
//   - Requests are those that httpcore accepts and its router routes: see package parser for what it refuses where
//     net/http does not (equal Content-Lengths, a fragment). CONNECT and "OPTIONS *" do not come here.
//   - Only fields that may be trailers are sent as such (RFC 9110 §6.5.1); an announced Set-Cookie is in the header alone.
//   - Interim responses (WriteHeader with 1xx) are not sent; 100 (Continue) is, when the handler reads.
//   - There is no Hijack, no Push, no CloseNotify (use the context), and no deadline of an http.ResponseController, which
//     says http.ErrNotSupported. Time limits are httpcore.Limits.
//   - Date and framing are the server's, and Server if Config.ServerName is set: what a handler sets of them is not sent.
//     "Connection: close" is heard. Control bytes in values become spaces. Upgrade, and Content-Type, have one line.
//   - A response with status 205 has no content, and one with 204 no Content-Type. Flush does nothing before these and 304.
//   - Content shorter than the handler's Content-Length is a 500 as long as nothing has been sent.
//   - http.MaxBytesReader does not end the connection; what the handler leaves of a body is discarded if it is little.
//   - A second WriteHeader is ignored without a line in the log.
//   - A request has no TLS state. The http.Server in its context is not the one that runs. What Ctx.Set has stored is
//     found in the context under the same key.
package nethttp

import (
	"errors"
	"net/http"
	"sync"

	"github.com/covetgo/covet/httpcore"
)

// Handler makes a handler of httpcore from one of net/http. Parameters of the route's pattern are the request's path
// values. A panic with http.ErrAbortHandler cuts the connection off; other panics are httpcore's.
func Handler(h http.Handler) httpcore.Handler {
	return func(c *httpcore.Ctx) error {
		c.CancelOnEOF() // it leaves the loop, too: an http.Handler may hand its request to other goroutines
		x := &exchange{c: c}
		r, err := x.request()
		if err != nil {
			return err
		}
		defer x.leave()
		w := &responseWriter{x: x, header: make(http.Header)}
		aborted := aborts(func() { h.ServeHTTP(w, r) })
		if r.MultipartForm != nil {
			r.MultipartForm.RemoveAll() // the files of what was too large for memory
		}
		if aborted {
			return httpcore.ErrAbort
		}
		w.finish()
		return nil
	}
}

// aborts calls serve and reports whether it panics with http.ErrAbortHandler. Other panics go on.
func aborts(serve func()) (yes bool) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			yes = true
		} else if p != nil {
			panic(p)
		}
	}()
	serve()
	return false
}

// exchange stands between a Ctx, which ends when its handler returns, and what an http.Handler holds, which lives as
// long as somebody has it:
//
//	http.Request.Body ──── reading ─┐
//	http.ResponseWriter ── writing ─┼─ over? ── Ctx
//	Request.Context() ──── asking ──┘
//
// Each of the three has a lock of its own, so that none waits for another; to end the exchange takes all of them.
type exchange struct {
	reading, writing, asking sync.Mutex

	c    *httpcore.Ctx
	over bool // the handler has returned: c is somebody else's
}

// leave ends the exchange. One who still reads gets an error; one who still writes is waited for, for as long as
// Limits.WriteTimeout lets it.
func (x *exchange) leave() {
	x.c.CloseBody()
	for _, l := range [...]*sync.Mutex{&x.reading, &x.writing, &x.asking} {
		l.Lock()
		defer l.Unlock()
	}
	x.over = true
}

// errOver is for those who come too late.
var errOver = errors.New("nethttp: the handler of this request has returned")
