package load

// The parser gets every response whole, and split at every byte.

import (
	"strings"
	"testing"
)

type parsed struct {
	status  int
	close   bool
	differs bool
}

var responses = []struct {
	name, text string
	want       []byte // the wanted body
	is         parsed
}{
	{"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", []byte("hello"), parsed{status: 200}},
	{"any body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", nil, parsed{status: 200}},
	{"other body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelp!", []byte("hello"), parsed{status: 200, differs: true}},
	{"short body", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell", []byte("hello"), parsed{status: 200, differs: true}},
	{"long body", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!", []byte("hello"), parsed{status: 200, differs: true}},
	{"no reason", "HTTP/1.1 200\r\ncontent-length:0\r\n\r\n", []byte{}, parsed{status: 200}},
	{"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", []byte("ok"), parsed{status: 200}},
	{"no content", "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n", nil, parsed{status: 204}},
	{"close", "HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 0\r\n\r\n", nil, parsed{status: 200, close: true}},
	{"version 1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", nil, parsed{status: 200, close: true}},
	{"version 1.0 kept", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", nil, parsed{status: 200}},
	{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;ext=1\r\nlo\r\n0\r\n\r\n", []byte("hello"), parsed{status: 200}},
	{"chunked, hex", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nA: trailer\r\n\r\n", []byte("0123456789"), parsed{status: 200}},
	{"chunked, other body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", []byte("hello"), parsed{status: 200, differs: true}},
	{"interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", []byte("ok"), parsed{status: 200}},
	{"error", "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", nil, parsed{status: 503}},
}

func TestResponseSplitAnywhere(t *testing.T) {
	const next = "HTTP/1.1 200"
	for _, c := range responses {
		for at := range len(c.text) {
			var r response
			taken, done, err := r.feed([]byte(c.text[:at]), c.want)
			if done || err != nil || taken != at {
				t.Fatalf("%s, first %d bytes: took %d, done %v, %v", c.name, at, taken, done, err)
			}
			taken, done, err = r.feed([]byte(c.text[at:]+next), c.want)
			if !done || err != nil || taken != len(c.text)-at {
				t.Fatalf("%s, from byte %d: took %d, done %v, %v", c.name, at, taken, done, err)
			}
			if got := (parsed{r.status, r.close, r.differs}); got != c.is {
				t.Fatalf("%s, split at %d: got %+v, want %+v", c.name, at, got, c.is)
			}
		}
	}
}

func TestResponseByteByByte(t *testing.T) {
	var r response // one for all: nothing of a response may be left in the next
	for _, c := range responses {
		for i := range len(c.text) {
			_, done, err := r.feed([]byte{c.text[i]}, c.want)
			if err != nil || done != (i == len(c.text)-1) {
				t.Fatalf("%s, byte %d of %d: done %v, %v", c.name, i, len(c.text), done, err)
			}
		}
		if got := (parsed{r.status, r.close, r.differs}); got != c.is {
			t.Fatalf("%s: got %+v, want %+v", c.name, got, c.is)
		}
	}
}

func TestResponseUntilClose(t *testing.T) {
	var r response
	_, done, err := r.feed([]byte("HTTP/1.1 200 OK\r\n\r\nhello"), []byte("hello"))
	if done || err != nil {
		t.Fatalf("done %v, %v", done, err)
	}
	if !r.ended([]byte("hello")) || r.differs || !r.close {
		t.Errorf("ended with %+v", r)
	}
	r = response{}
	r.feed([]byte("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), nil)
	if r.ended(nil) {
		t.Error("a body that is cut off counts as complete")
	}
}

func TestResponseRefuses(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, text := range []string{
		"SSH-2.0-OpenSSH_9.6\r\n",
		"HTTP/2 200\r\n",
		"HTTP/1.1 2xx OK\r\n",
		ok + "no colon\r\n",
		ok + "Content-Length: +5\r\n",
		ok + "Content-Length: 5\r\nContent-Length: 6\r\n",
		ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
		ok + "Transfer-Encoding: gzip\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n",
		ok + "Long: " + strings.Repeat("x", lineBytesMax),
	} {
		var r response
		if _, done, err := r.feed([]byte(text), nil); done || err == nil {
			t.Errorf("%.60q: done %v, %v", text, done, err)
		}
	}
}

func TestConsumeComparesWhatItRemembers(t *testing.T) {
	const same = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
	const other = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhallo"
	l := &lane{stream: &Stream{Want: []byte("hello")}}
	var r response
	if n, _, err := l.consume(&r, []byte(strings.Repeat(same, 7)), 7); n != 7 || err != nil {
		t.Fatalf("%d responses, %v", n, err)
	}
	if string(l.memo) != same {
		t.Fatalf("remembered %q", l.memo)
	}
	n, kind, err := l.consume(&r, []byte(same+other+same), 3)
	if n != 1 || kind != ErrorBody || err == nil {
		t.Errorf("a wrong body after a right one: %d responses, kind %v, %v", n, kind, err)
	}
	r = response{}
	if _, kind, err := l.consume(&r, []byte(same+same), 1); kind != ErrorMalformed || err == nil {
		t.Errorf("a response that nothing asked for: kind %v, %v", kind, err)
	}
}

func FuzzResponse(f *testing.F) {
	for _, c := range responses {
		f.Add([]byte(c.text), 3)
	}
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		var whole, split response
		takenWhole, doneWhole, errWhole := whole.feed(text, nil)
		at = max(0, min(at, len(text)))
		taken, done, err := split.feed(text[:at], nil)
		if !done && err == nil {
			var more int
			more, done, err = split.feed(text[at:], nil)
			taken += more
		}
		if done != doneWhole || (err == nil) != (errWhole == nil) || (done && taken != takenWhole) {
			t.Fatalf("%q split at %d: %d %v %v, whole %d %v %v", text, at, taken, done, err, takenWhole, doneWhole, errWhole)
		}
	})
}
