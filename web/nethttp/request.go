package nethttp

// The request as an http.Handler sees it: made whole before the handler runs, but for its body.

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/covetgo/covet/httpcore"
)

// request makes the http.Request, as net/http's server makes it. All of it is copied.
func (x *exchange) request() (*http.Request, error) {
	c := x.c
	r := (&http.Request{
		Method:        string(c.Method()),
		RequestURI:    string(c.Target()),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    c.ProtoMinor(),
		Header:        make(http.Header),
		Body:          http.NoBody,
		ContentLength: c.ContentLength(),
		Host:          string(c.Host()),
		Pattern:       c.Pattern(),
	}).WithContext(requestContext{x})
	if r.ProtoMinor == 0 {
		r.Proto = "HTTP/1.0"
	}
	var err error
	if r.URL, err = url.ParseRequestURI(r.RequestURI); err != nil {
		return nil, httpcore.NewError(http.StatusBadRequest, "the target is not a URL")
	}
	if addr := c.RemoteAddr(); addr != nil {
		r.RemoteAddr = addr.String()
	}
	c.Params(func(name string, value []byte) { r.SetPathValue(name, string(value)) })
	c.Fields(func(name, value []byte) { r.Header.Add(string(name), string(value)) })
	settle(r)
	if r.ContentLength != 0 {
		r.Body = &body{x: x, r: r}
	}
	return r, nil
}

// settle moves what net/http has in fields of its own out of the header.
func settle(r *http.Request) {
	h := r.Header
	r.Close = hasToken(h["Connection"], "close") || r.ProtoMinor == 0 && !hasToken(h["Connection"], "keep-alive")
	if r.ContentLength < 0 {
		r.TransferEncoding = []string{"chunked"}
		for name := range tokens(h["Trailer"]) {
			if r.Trailer == nil {
				r.Trailer = make(http.Header)
			}
			r.Trailer[http.CanonicalHeaderKey(name)] = nil
		}
		delete(h, "Trailer")
	}
	delete(h, "Host")
	delete(h, "Transfer-Encoding")
	if h.Get("Pragma") == "no-cache" && h["Cache-Control"] == nil { // RFC 9111 §5.4
		h["Cache-Control"] = []string{"no-cache"}
	}
}

// tokens goes through the elements of a list, in all lines of a field.
func tokens(lines []string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, line := range lines {
			for e := range strings.SplitSeq(line, ",") {
				if e = strings.TrimSpace(e); e != "" && !yield(e) {
					return
				}
			}
		}
	}
}

func hasToken(lines []string, token string) bool {
	for e := range tokens(lines) {
		if strings.EqualFold(e, token) {
			return true
		}
	}
	return false
}

// body is the request's, for one goroutine at a time.
type body struct {
	x      *exchange
	r      *http.Request
	closed bool
	ended  bool // io.EOF was returned
}

// Read returns the errors of Ctx.Read, and http.ErrBodyReadAfterClose when it is too late. With io.EOF, the request's
// Trailer has what came behind the body.
func (b *body) Read(p []byte) (int, error) {
	b.x.reading.Lock()
	defer b.x.reading.Unlock()
	if b.x.over || b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := b.x.c.Read(p)
	if err == io.EOF && !b.ended {
		b.ended = true
		b.x.c.TrailerFields(func(name, value []byte) {
			if b.r.Trailer == nil {
				b.r.Trailer = make(http.Header)
			}
			b.r.Trailer.Add(string(name), string(value))
		})
	}
	return n, err
}

// Close makes Read fail. The server discards what is left when the handler has returned.
func (b *body) Close() error {
	b.x.reading.Lock()
	defer b.x.reading.Unlock()
	b.closed = true
	return nil
}
