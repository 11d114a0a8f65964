package compare

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/valyala/fasthttp"

	"github.com/covetgo/covet/internal/cpufeat"
	"github.com/covetgo/covet/parser"
)

// What a request head costs, ours on each instruction set beside the readers of fasthttp and net/http.
//
// A contender is given the bytes of a whole head and must find the method, the target, the host, each field and how
// the body is framed. All reuse what they can. fasthttp and net/http only read from a bufio.Reader, so theirs is
// reset and reads from memory; fasthttp locates fields but checks less (TestContendersAgree compares what they find).
//
// pico703, browser414 and small49 are the requests that others measure with: picohttpparser's bench.c, the browser
// request of TechEmpower, and the smallest that load generators send. They are parsed in a loop, so the branch
// predictor learns them by heart: varied is the measure of how much that flatters.

const (
	pico703 = "GET /wp-content/uploads/2010/03/hello-kitty-darth-vader-pink.jpg HTTP/1.1\r\n" +
		"Host: www.kittyhell.com\r\n" +
		"User-Agent: Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10.6; ja-JP-mac; rv:1.9.2.3) Gecko/20100401 " +
		"Firefox/3.6.3 Pathtraq/0.9\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n" +
		"Accept-Language: ja,en-us;q=0.7,en;q=0.3\r\n" +
		"Accept-Encoding: gzip,deflate\r\n" +
		"Accept-Charset: Shift_JIS,utf-8;q=0.7,*;q=0.7\r\n" +
		"Keep-Alive: 115\r\n" +
		"Connection: keep-alive\r\n" +
		"Cookie: wp_ozh_wsa_visits=2; wp_ozh_wsa_visit_lasttime=xxxxxxxxxx; " +
		"__utma=xxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.x; " +
		"__utmz=xxxxxxxxx.xxxxxxxxxx.x.x.utmccn=(referral)|utmcsr=reader.livedoor.com|utmcct=/reader/|" +
		"utmcmd=referral\r\n\r\n"

	browser414 = "GET /plaintext HTTP/1.1\r\n" +
		"Host: server\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20130501 Firefox/30.0 AppleWebKit/600.00 " +
		"Chrome/30.0.0000.0 Trident/10.0 Safari/600.00\r\n" +
		"Cookie: uid=12345678901234567890; __utma=1.1234567890.1234567890.1234567890.1234567890.12; " +
		"wd=2560x1600\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n" +
		"Accept-Language: en-US,en;q=0.5\r\n" +
		"Connection: keep-alive\r\n\r\n"

	small49 = "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"
)

// headParser is a contender. parse returns whether it accepts; found tells what it found in the last head.
type headParser struct {
	name  string
	parse func(head []byte) bool
	found func() parsed
	bytes func(head []byte) bool // parse, when the head comes one byte at a time
}

// parsed is what all of them can tell. Names are in canonical form, Host is no field.
type parsed struct {
	method, target, host string
	fields               []string
}

func headParsers() []headParser {
	list := []headParser{covetContender("covet", chosen)}
	for level := cpufeat.Best(); level > cpufeat.Go; level-- {
		list = append(list, covetContender("covet-"+level.String(), level))
	}
	return append(list, covetContender("covet-purego", cpufeat.Go), fasthttpContender(), nethttpContender(), covetContender(twinName, chosen))
}

var chosen = cpufeat.Active() // before any benchmark switches

// covetContender parses with the kernels of a level. It switches whenever it is not the level in use; that is one
// comparison beside the call.
func covetContender(name string, level cpufeat.Level) headParser {
	lim := parser.DefaultLimits()
	var h parser.Head
	var last []byte
	use := func() {
		if cpufeat.Active() != level {
			cpufeat.Use(level)
		}
	}
	return headParser{name, func(head []byte) bool {
		use()
		h.Reset()
		_, st := h.Parse(head, &lim)
		last = head
		return st == parser.OK
	}, func() parsed {
		p := parsed{method: string(h.MethodName.In(last)), target: string(h.Target.In(last)), host: string(h.Host.In(last))}
		for _, f := range h.Fields() {
			p.add(string(f.Name.In(last)), string(f.Value.In(last)))
		}
		return p.sorted()
	}, func(head []byte) bool {
		use()
		h.Reset()
		st := parser.NeedMore
		for n := 1; st == parser.NeedMore; n++ {
			_, st = h.Parse(head[:n], &lim)
		}
		return st == parser.OK
	}}
}

func fasthttpContender() headParser {
	var h fasthttp.RequestHeader
	h.DisableNormalizing() // as the server that is measured does
	from := bytes.NewReader(nil)
	r := bufio.NewReaderSize(from, 16<<10)
	read := func(source io.Reader, head []byte) bool {
		from.Reset(head)
		r.Reset(source)
		return h.Read(r) == nil
	}
	slow := iotest.OneByteReader(from)
	return headParser{"fasthttp", func(head []byte) bool { return read(from, head) }, func() parsed {
		p := parsed{method: string(h.Method()), target: string(h.RequestURI()), host: string(h.Host())}
		for name, value := range h.All() {
			p.add(string(name), string(value))
		}
		return p.sorted()
	}, func(head []byte) bool { return read(slow, head) }}
}

func nethttpContender() headParser {
	var req *http.Request
	from := bytes.NewReader(nil)
	r := bufio.NewReaderSize(from, 16<<10)
	read := func(source io.Reader, head []byte) bool {
		from.Reset(head)
		r.Reset(source)
		var err error
		req, err = http.ReadRequest(r)
		return err == nil
	}
	slow := iotest.OneByteReader(from)
	return headParser{"nethttp", func(head []byte) bool { return read(from, head) }, func() parsed {
		p := parsed{method: req.Method, target: req.RequestURI, host: req.Host}
		for name, values := range req.Header {
			for _, value := range values {
				p.add(name, value)
			}
		}
		return p.sorted()
	}, func(head []byte) bool { return read(slow, head) }}
}

func (p *parsed) add(name, value string) {
	if name = http.CanonicalHeaderKey(name); name != "Host" {
		p.fields = append(p.fields, name+": "+value)
	}
}

func (p parsed) sorted() parsed {
	slices.Sort(p.fields)
	return p
}

// spoilt is pico703 without the colon of its last field, which all refuse, having parsed the rest.
var spoilt = strings.Replace(pico703, "Cookie:", "Cookie", 1)

// unframed is pico703 without a field that decides about the connection or the body: beside pico703 it shows what
// these decisions cost.
var unframed = strings.NewReplacer("HTTP/1.1", "HTTP/1.0", "Host:", "Hosx:", "Connection:", "Connectiox:").Replace(pico703)

// All contenders find the same in the same heads, and refuse the one that is wrong: else they would not be doing the
// same work.
func TestContendersAgree(t *testing.T) {
	defer cpufeat.Use(cpufeat.Active())
	heads := append(variedHeads(200), []byte(pico703), []byte(browser414), []byte(small49), []byte(longHead(7782)))
	all := headParsers()
	for _, head := range heads {
		var want parsed
		for i, c := range all {
			for how, parse := range map[string]func([]byte) bool{"whole": c.parse, "byte by byte": c.bytes} {
				if !parse(head) {
					t.Fatalf("%s refuses %q, %s", c.name, head, how)
				}
			}
			c.parse(head)
			got := c.found()
			if i == 0 {
				want = got
			}
			if got.method != want.method || got.target != want.target || got.host != want.host || !slices.Equal(got.fields, want.fields) {
				t.Fatalf("%q:\n%s finds %q\n%s finds %q", head, all[0].name, want, c.name, got)
			}
		}
	}
	for _, c := range all {
		if c.parse([]byte(spoilt)) {
			t.Errorf("%s accepts %q", c.name, spoilt)
		}
	}
}

var errVerdict = errors.New("the contender gives the wrong verdict")

// BenchmarkParse is the comparison. One operation is one head.
func BenchmarkParse(b *testing.B) {
	defer cpufeat.Use(cpufeat.Active())
	one := func(head string) [][]byte { return [][]byte{[]byte(head)} }
	varied := variedHeads(1024)
	for _, group := range []struct {
		name  string
		heads [][]byte
		every int // operations on one head before the next
		ok    bool
	}{
		{"pico703", one(pico703), 1, true},
		{"unframed703", one(unframed), 1, true},
		{"browser414", one(browser414), 1, true},
		{"small49", one(small49), 1, true},
		{"varied", varied, 1, true},
		{"variedrepeated", varied, 1024, true},
		{"rejected", one(spoilt), 1, false},
	} {
		for _, c := range inTurn(headParsers(), turn) {
			b.Run(group.name+"/"+c.name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(meanBytes(group.heads))
				at, left := 0, group.every
				for b.Loop() {
					if c.parse(group.heads[at]) != group.ok {
						b.Fatal(errVerdict)
					}
					if left--; left > 0 {
						continue
					}
					left = group.every
					if at++; at == len(group.heads) {
						at = 0
					}
				}
			})
		}
	}
	// 7.6 KiB is a head with a large cookie; the others show whether the time grows with the length or its square.
	for _, size := range []int{4 << 10, 7782, 8 << 10} {
		head := []byte(longHead(size))
		for _, c := range inTurn(headParsers(), turn) {
			b.Run(fmt.Sprintf("bytewise%d/%s", size, c.name), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(size))
				for b.Loop() {
					if !c.bytes(head) {
						b.Fatal(errVerdict)
					}
				}
			})
		}
	}
}

func meanBytes(heads [][]byte) int64 {
	total := 0
	for _, head := range heads {
		total += len(head)
	}
	return int64(total / len(heads))
}

// longHead makes a valid head of size bytes, most of them in one cookie.
func longHead(size int) string {
	const first, last = "GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html,application/xhtml+xml\r\nCookie: ", "\r\n\r\n"
	return first + strings.Repeat("p", size-len(first)-len(last)) + last
}

// variedHeads makes n different heads like those of browsers, with fields in random order and of random length.
func variedHeads(n int) (heads [][]byte) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(from, to int) string { return strings.Repeat("x", from+r.IntN(to-from)) }
	names := []string{"Accept", "Accept-Encoding", "Accept-Language", "Cookie", "DNT", "Referer", "User-Agent",
		"If-None-Match", "Cache-Control", "Sec-Fetch-Mode", "X-Request-Id", "Authorization", "Connection"}
	for range n {
		var s strings.Builder
		fmt.Fprintf(&s, "GET /%s?%s HTTP/1.1\r\nHost: %s.example\r\n", pick(1, 60), pick(0, 40), pick(3, 20))
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for _, name := range names[:3+r.IntN(9)] {
			fmt.Fprintf(&s, "%s: %s\r\n", name, pick(1, 120))
		}
		s.WriteString("\r\n")
		heads = append(heads, []byte(s.String()))
	}
	return heads
}
