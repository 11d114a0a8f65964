package parser

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// What a head costs. The first three requests are the ones others measure with too: picohttpparser's bench.c, the
// browser request of TechEmpower, and the smallest that load generators send. They are parsed in a loop, so the
// branch predictor learns them; "varied" is the measure of how much that flatters.

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

func BenchmarkHead(b *testing.B) {
	for _, bench := range []struct{ name, head string }{
		{"pico703", pico703},
		{"browser414", browser414},
		{"small49", small49},
		{"post", "POST /api/items HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n\r\n"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			lim, buf := DefaultLimits(), []byte(bench.head)
			var h Head
			b.SetBytes(int64(len(buf)))
			for b.Loop() {
				h.Reset()
				if _, st := h.Parse(buf, &lim); st != OK {
					b.Fatal(st)
				}
			}
		})
	}
}

// BenchmarkBytewise delivers one head a byte at a time. One operation is the whole head: T(2N)/T(N) shows whether
// it is linear.
func BenchmarkBytewise(b *testing.B) {
	for _, size := range []int{4 << 10, 7782, 8 << 10, 16 << 10, 32 << 10, HeadBytesCap} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			lim, buf := DefaultLimits(), []byte(headOf(size))
			lim.HeadBytesMax, lim.FieldCountMax = HeadBytesCap, FieldCountCap
			var h Head
			b.SetBytes(int64(size))
			for b.Loop() {
				h.Reset()
				st := NeedMore
				for n := 1; st == NeedMore; n++ {
					_, st = h.Parse(buf[:n], &lim)
				}
				if st != OK {
					b.Fatal(st)
				}
			}
		})
	}
}

// headOf makes a valid head of exactly size bytes, in fields of moderate length.
func headOf(size int) string {
	const first, last = "GET / HTTP/1.1\r\nHost: a\r\n", "\r\n"
	line := "X-Padding: " + strings.Repeat("p", 600) + "\r\n"
	var s strings.Builder
	s.WriteString(first)
	for size-s.Len() > 2*len(line) {
		s.WriteString(line)
	}
	rest := size - s.Len() - len("X: \r\n") - len(last)
	return s.String() + "X: " + strings.Repeat("p", rest) + "\r\n" + last
}

// BenchmarkVaried parses 1024 different requests in random order, and as its own yardstick the same ones one at a
// time, each many times over.
func BenchmarkVaried(b *testing.B) {
	heads := variedHeads(1024)
	total := 0
	for _, head := range heads {
		total += len(head)
	}
	for _, rounds := range []int{1, 1024} {
		name := "shuffled"
		if rounds > 1 {
			name = "repeated"
		}
		b.Run(name, func(b *testing.B) {
			lim := DefaultLimits()
			var h Head
			b.SetBytes(int64(total / len(heads)))
			for i := 0; b.Loop(); i++ {
				h.Reset()
				if _, st := h.Parse(heads[i/rounds%len(heads)], &lim); st != OK {
					b.Fatal(st)
				}
			}
		})
	}
}

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

// BenchmarkRejected spoils the last line of the 703-byte request, so all before it has been parsed in vain.
func BenchmarkRejected(b *testing.B) {
	lim, buf := DefaultLimits(), []byte(pico703)
	buf[len(buf)-len("l\r\n\r\n")] = 0
	var h Head
	for b.Loop() {
		h.Reset()
		if _, st := h.Parse(buf, &lim); st != NULInValue {
			b.Fatal(st)
		}
	}
}

// BenchmarkChunked decodes bodies of chunks of one size. One operation is one chunk.
func BenchmarkChunked(b *testing.B) {
	for _, size := range []int{1, 64, 4 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			lim := DefaultChunkLimits()
			body := []byte(strings.Repeat(fmt.Sprintf("%x\r\n%s\r\n", size, strings.Repeat("d", size)), 64))
			rest := body
			var d Chunked
			b.SetBytes(int64(size))
			for b.Loop() {
				if len(rest) == len("\r\n") {
					d.Reset()
					rest = body
				}
				data, n, _ := d.Next(rest, &lim)
				if len(data) != size {
					b.Fatal(n)
				}
				rest = rest[n:]
			}
		})
	}
}
