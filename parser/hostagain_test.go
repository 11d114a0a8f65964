package parser

import (
	"fmt"
	"testing"
)

// A head that names the Host of the one before goes a way of its own, and must end where it would without.
func TestHostAgain(t *testing.T) {
	narrow, none, few := DefaultLimits(), DefaultLimits(), DefaultLimits()
	narrow.FieldLineBytesMax = len("Host: example.com:80") - 1
	none.FieldCountMax = 0
	few.FieldCountMax = 1
	const first = "GET / HTTP/1.1\r\nHost: example.com:80\r\n\r\n"
	verdicts := map[Status]bool{}
	for _, input := range []string{
		first,
		"GET /?a HTTP/1.1\r\nhOST: example.com:80\r\n\r\nGET",
		"POST / HTTP/1.1\r\nHost: example.com:80\r\nContent-Length: 5\r\n\r\nhello",
		"GET / HTTP/1.0\r\nHost: example.com:80\r\n\r\n",
		"GET / HTTP/1.0\r\nHost: example.com:80\r\nConnection: keep-alive\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: example.com:80\r\nHost: example.com:80\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: example.com:80 \r\n\r\n",
		"GET / HTTP/1.1\r\nHost:example.com:80\r\n\r\n",
		"GET / HTTP/1.1\r\nHost:\texample.com:80\r\n\r\n",
		"GET / HTTP/1.1\r\nHost : example.com:80\r\n\r\n",
		"GET / HTTP/1.1\r\nPost: example.com:80\r\n\r\n",
		"GET / HTTP/1.1\r\nHosts:example.com:80\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: example.com:8\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: example.com:81\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: example.com:80\n\r\n",
		"GET / HTTP/1.1\r\nHost: example.com:80\r\r\n",
		"GET / HTTP/1.1\r\nHost: example.com:80\r\n\r\r\n",
		"GET http://a/ HTTP/1.1\r\nHost: example.com:80\r\n\r\n",
		"\r\nGET / HTTP/1.1\r\nHost: example.com:80\r\nA: b\r\n\r\n",
	} {
		for _, lim := range []Limits{DefaultLimits(), narrow, none, few} {
			for n := range len(input) + 1 {
				var fresh, again Head
				any := DefaultLimits()
				if _, st := again.Parse([]byte(first), &any); st != OK {
					t.Fatal(st)
				}
				again.Reset()
				want, got := outcome(&fresh, input[:n], &lim), outcome(&again, input[:n], &lim)
				if got != want {
					t.Errorf("%q, limits %+v: %s, want %s", input[:n], lim, got, want)
				}
				verdicts[fresh.failure] = true
			}
		}
	}
	if len(verdicts) < 7 {
		t.Errorf("only %v", verdicts)
	}
}

func outcome(h *Head, input string, lim *Limits) string {
	n, st := h.Parse([]byte(input), lim)
	if st != OK {
		return fmt.Sprint(n, st)
	}
	return fmt.Sprint(n, h.Method, h.Minor, h.Target, h.Host, h.Fields(), h.first, h.seen, h.ContentLength, h.Close, h.KeepAlive)
}
