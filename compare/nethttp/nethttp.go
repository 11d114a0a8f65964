// Package nethttp is the standard library's server as a rival: http.Server with
// its own ServeMux and no timeouts, which is its fastest setting.
//
// Header values are assigned as shared slices. That is legal, since net/http
// only reads them, and saves what Header.Set would allocate for each request.
package nethttp

import (
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/covetgo/covet/compare"
)

// shutdownSecondsMax is how long running requests may take to finish.
const shutdownSecondsMax = 15

// Server implements [compare.Server].
type Server struct{}

func (Server) Name() string     { return "nethttp" }
func (Server) Version() string  { return runtime.Version() }
func (Server) Available() error { return nil }

func (Server) About() string {
	return "net/http: http.Server with ServeMux patterns, shared header values, no timeouts"
}

// Serve runs an http.Server until the context ends.
func (Server) Serve(ctx context.Context, listener net.Listener, options compare.Options) error {
	if options.Backend != "" {
		return compare.NoBackend("nethttp", options.Backend)
	}
	server := &http.Server{Handler: routes()}
	drained := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.Background(), shutdownSecondsMax*time.Second)
		defer cancel()
		drained <- server.Shutdown(limit)
	})
	err := server.Serve(listener)
	if stop() {
		return err // it ended on its own: the context had not
	}
	return <-drained
}

var (
	textType   = []string{compare.TextType}
	jsonType   = []string{compare.JSONType}
	binaryType = []string{compare.BinaryType}

	plaintext = []byte(compare.PlaintextBody)
	json      = []byte(compare.JSONBody)
	done      = []byte(compare.DoneBody)
)

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /plaintext", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = textType
		w.Write(plaintext)
	})
	mux.HandleFunc("GET /json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = jsonType
		w.Write(json)
	})
	mux.HandleFunc("GET /user/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = textType
		io.WriteString(w, r.PathValue("id"))
	})
	mux.HandleFunc("POST /echo", echo)
	for _, path := range []string{"/slow", "/slow/known"} {
		mux.HandleFunc("GET "+path, wait(time.Sleep))
	}
	for _, path := range []string{"/ask", "/ask/known"} {
		mux.HandleFunc("GET "+path, wait(compare.Ask))
	}
	mux.HandleFunc("GET /cpu", wait(compare.Burn))
	return mux
}

// echo reads the body whole, as the other rivals do. Its length is set here
// because net/http finds it out itself only for bodies up to 2 KB.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header()["Content-Type"] = binaryType
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.Write(body)
}

// readBody knows the size beforehand where the request names it.
func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength < 0 || r.ContentLength > compare.EchoBytesMax {
		return io.ReadAll(io.LimitReader(r.Body, compare.EchoBytesMax))
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

func wait(how func(time.Duration)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d, err := compare.Millis(r.URL.Query().Get("ms"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		how(d)
		w.Header()["Content-Type"] = textType
		w.Write(done)
	}
}
