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
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"sync"

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
// The App sees method, path, query, Host, fields, body and trailers as net/http has read them, without what is for one
// connection only (RFC 9110 §7.6.1), "Connection: close" with every request, the client's address as RemoteAddr, and its
// disappearance as the end of the Ctx. Its limits hold beside those of the http.Server. It does not see TLS: a handler around this one may say what it wants
// in a field. A request without Host (HTTP/1.0) has "localhost".
//
// This is for reach and not for speed: each request is parsed by both servers and passes between their goroutines. To serve TLS alone,
// give Serve a listener of crypto/tls instead; see [httpcore.App.Serve].
func Mount(app *httpcore.App) (http.Handler, error) {
	if err := app.Check(); err != nil {
		return nil, err
	}
	app.SetBackend(netpoll.Std())
	ln := netpoll.NewMemory()
	go app.Serve(ln) // until Shutdown; what it returns then is known
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return ln.Dial(ctx, clientAddr(ctx)) }
	proxy := &httputil.ReverseProxy{
		Rewrite:      rewrite,
		Transport:    &http.Transport{DialContext: dial, DisableKeepAlives: true, DisableCompression: true},
		ErrorHandler: notAnswered,
		ErrorLog:     log.New(io.Discard, "", 0), // the App has its own log, and knows more
		BufferPool:   new(buffers),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = nil // a response without one stays so: net/http would guess
		proxy.ServeHTTP(w, r)
	}), nil
}

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
	r.Out = r.Out.WithContext(context.WithValue(r.Out.Context(), clientKey{}, r.In.RemoteAddr))
}

// clientKey is under which dial finds the client's address.
type clientKey struct{}

// notAnswered is for requests to which the App said nothing.
func notAnswered(w http.ResponseWriter, _ *http.Request, err error) {
	if errors.Is(err, net.ErrClosed) {
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	panic(http.ErrAbortHandler) // it cut its connection off, or the client is gone
}

// clientAddr is the client's address: that of a TCP connection, or a name, as Unix sockets have.
func clientAddr(ctx context.Context) net.Addr {
	name, _ := ctx.Value(clientKey{}).(string)
	if ap, err := netip.ParseAddrPort(name); err == nil {
		return net.TCPAddrFromAddrPort(ap)
	}
	return &net.UnixAddr{Name: name, Net: "unix"}
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
