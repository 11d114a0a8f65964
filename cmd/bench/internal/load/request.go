package load

// What is sent: the bytes of one request, made once.

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Request is one request.
type Request struct {
	Method string // GET unless there is a body
	Target string // path and query
	Host   string // the Host field
	Fields []string
	Body   []byte
}

// Bytes is the request as it goes over the wire. With no Fields it has the one
// field that HTTP/1.1 asks for, and Content-Length if there is a body.
func (r Request) Bytes() []byte {
	method := r.Method
	if method == "" {
		method = "GET"
		if r.Body != nil {
			method = "POST"
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, r.Target, r.Host)
	for _, field := range r.Fields {
		b.WriteString(field + "\r\n")
	}
	if r.Body != nil {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.Body))
	}
	b.WriteString("\r\n")
	return append([]byte(b.String()), r.Body...)
}

// ParseURL takes http://host[:port]/path?query apart.
func ParseURL(text string) (addr string, r Request, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return "", r, fmt.Errorf("%q is no address: want http://HOST:PORT/PATH", text)
	}
	if u.Scheme != "http" {
		return "", r, fmt.Errorf("%q: only http:// can be driven, TLS would measure TLS", text)
	}
	addr = u.Host
	if u.Port() == "" {
		addr = net.JoinHostPort(u.Hostname(), "80")
	}
	return addr, Request{Target: u.RequestURI(), Host: u.Host}, nil
}
