package nethttp

// The other way round: an App behind a server of net/http. Every request becomes a connection in memory, on which the App's
// own engine reads, limits and answers it as it would one from a socket; httputil.ReverseProxy carries it there and back:
//
//	http.Server ── ReverseProxy ── http.Transport ══ net.Pipe ══ netpoll (std) ── App
//	 TLS, HTTP/2                     writes HTTP/1.1               parser, router, limits, handlers
//
// One request has one connection. Kept ones would save two goroutines' start, and bring a Transport's second try of a
// request whose connection broke: then a handler that returns ErrAbort ran twice.

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/netpoll"
)

// Mount makes an http.Handler of an App, for what only net/http has: HTTP/2, a mux with handlers of both kinds, a platform
// that wants an http.Handler.
//
//	h, err := nethttp.Mount(app)
//	…
//	log.Fatal(http.ListenAndServeTLS(":8443", "cert.pem", "key.pem", h))
//
// It serves the App, on the portable backend, so the App must not have served before; routes must be complete. The error is
// that of [httpcore.App.Check]. At the end, shut the http.Server down first and then the App; a request that comes later gets a
// 503. The handler may be used by any number of goroutines.
//
// The App sees method, path, query, Host, fields, body and announced trailers as net/http has read them, without what is for
// one connection only (RFC 9110 §7.6.1), "Connection: close" with every request, the client's address as RemoteAddr, and its
// disappearance as the end of the Ctx. Its limits hold beside those of the http.Server; those on connections, ConnsMax and
// ConnsPerIPMax, bound requests here. It does not see TLS: a handler around this one may say what it wants in a field. A
// request without Host (HTTP/1.0) has "localhost". An answer that begins before an HTTP/1.1 client has sent all of its body ends
// the client's connection when it is complete.
//
// This is for reach and not for speed: each request is parsed by both servers and passes between their goroutines. To serve TLS alone,
// give Serve a listener of crypto/tls instead; see [httpcore.App.Serve].
func Mount(app *httpcore.App) (http.Handler, error) {
	if err := app.Check(); err != nil {
		return nil, err
	}
	app.SetBackend(netpoll.Std())
	ln := netpoll.NewMemory()
	go func() {
		if err := app.Serve(ln); err != httpcore.ErrServerClosed {
			slog.Error("nethttp: a mounted App cannot serve; all of its requests get a 503", "error", err)
		}
	}()
	proxy := &httputil.ReverseProxy{
		Rewrite: rewrite,
		Transport: &http.Transport{
			DialContext:           func(ctx context.Context, _, _ string) (net.Conn, error) { return ln.Dial(ctx, askedBy(ctx).addr()) },
			DisableKeepAlives:     true,
			DisableCompression:    true,
			ExpectContinueTimeout: expectForever,
		},
		ModifyResponse: endUnread,
		ErrorHandler:   notAnswered,
		ErrorLog:       log.New(io.Discard, "", 0), // the App has its own log, and knows more
		BufferPool:     new(buffers),
		FlushInterval:  -1, // what the App sends, it sends now
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex() // else the server discards what of the body has not been read; HTTP/2 has it anyway
		proxy.ServeHTTP(typeless{w}, r)
	}), nil
}

// expectForever is how long a body waits for the App's "100 Continue" or its refusal: the App has a limit for that.
const expectForever = 24 * time.Hour

// asker is what is known of the request that the client made.
type asker struct {
	remote string
	unread atomic.Bool // the body has not come to its end
	http1  bool
}

type askerKey struct{}

func askedBy(ctx context.Context) *asker { return ctx.Value(askerKey{}).(*asker) }

// rewrite undoes what a proxy does to requests because it does not know who wrote them.
func rewrite(r *httputil.ProxyRequest) {
	r.Out.URL.Scheme, r.Out.URL.Host = "http", "localhost"
	r.Out.URL.RawQuery = r.In.URL.RawQuery
	r.Out.Host = r.In.Host
	r.Out.Trailer = r.In.Trailer // filled when the body has come
	for _, name := range [...]string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if lines := r.In.Header[name]; lines != nil {
			r.Out.Header[name] = lines
		}
	}
	r.Out.Header.Del("Upgrade") // the App has nothing to switch to
	r.Out.Header.Del("Connection")
	a := &asker{remote: r.In.RemoteAddr, http1: r.In.ProtoMajor == 1}
	if r.Out.Body != nil {
		a.unread.Store(true)
		r.Out.Body = asked{r.Out.Body, a}
	}
	r.Out = r.Out.WithContext(context.WithValue(r.Out.Context(), askerKey{}, a))
}

// asked is a request's body that takes note of its end.
type asked struct {
	io.ReadCloser
	a *asker
}

func (b asked) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.a.unread.Store(false)
	}
	return n, err
}

// endUnread ends the client's connection behind a response that comes before the whole request has: with HTTP/1, net/http cannot look
// for the next request while somebody may still read the body of this one.
func endUnread(resp *http.Response) error {
	if a := askedBy(resp.Request.Context()); a.http1 && a.unread.Load() {
		resp.Header.Set("Connection", "close")
	}
	return nil
}

// typeless keeps net/http from guessing a Content-Type where the App has sent none.
type typeless struct{ http.ResponseWriter }

func (w typeless) WriteHeader(code int) {
	if h := w.Header(); code >= http.StatusOK && h["Content-Type"] == nil {
		h["Content-Type"] = nil
	}
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap is for http.ResponseController.
func (w typeless) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// notAnswered is for requests to which the App said nothing.
func notAnswered(w http.ResponseWriter, _ *http.Request, err error) {
	if errors.Is(err, net.ErrClosed) {
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	panic(http.ErrAbortHandler) // it cut its connection off, or the client is gone
}

// addr is the client's address: that of a TCP connection, or a name, as Unix sockets have.
func (a *asker) addr() net.Addr {
	if ap, err := netip.ParseAddrPort(a.remote); err == nil {
		return net.TCPAddrFromAddrPort(ap)
	}
	return &net.UnixAddr{Name: a.remote, Net: "unix"}
}

// copyBytes is how much of a response is moved at a time.
const copyBytes = 32 << 10

// buffers is the pool of what responses are moved through.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[copyBytes]byte); ok {
		return p[:]
	}
	return make([]byte, copyBytes)
}

func (b *buffers) Put(p []byte) { b.pool.Put((*[copyBytes]byte)(p)) }
