package parser

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/covetgo/covet/internal/testkit"
)

// Fuzzing, seeded with the casebook. What it finds goes into the casebook first and is mended then.

func addSeeds(f *testing.F) {
	cases, _ := readCasebook(f)
	for i := range cases {
		if c := &cases[i]; c.focus < 0 && len(c.input) < 2000 {
			f.Add(c.input)
		}
	}
	for _, head := range []string{pico703, browser414, small49} {
		f.Add([]byte(head))
	}
}

// fuzzLimits are small enough for the fuzzer to reach.
var fuzzLimits = Limits{HeadBytesMax: 1200, TargetBytesMax: 400, FieldLineBytesMax: 500, FieldCountMax: 12, LeadingCRLFMax: 3}

// FuzzHead compares with the reference, and the whole input with the input in pieces.
func FuzzHead(f *testing.F) {
	addSeeds(f)
	guard := testkit.NewGuarded(f, 2*HeadBytesCap).Last
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 4000 {
			return
		}
		lim := fuzzLimits
		var h Head
		n, st := h.Parse(guard(input), &lim)
		compareWithReference(t, input, &h, n, st, reference(input, &lim))

		r := rand.New(rand.NewPCG(uint64(len(input)), 0))
		for _, pieces := range [][][]byte{slices.Collect(slices.Chunk(input, 1)), randomPieces(r, input), randomPieces(r, input)} {
			var again Head
			got := 0
			for i := range pieces {
				got += len(pieces[i])
				m, stAgain := again.Parse(guard(input[:got]), &lim)
				if stAgain == NeedMore {
					continue
				}
				if m != n || stAgain != st {
					t.Fatalf("%q: whole: %d %v; after %d bytes: %d %v", input, n, st, got, m, stAgain)
				}
				break
			}
			if st == OK && !slices.Equal(h.Fields(), again.Fields()) {
				t.Fatalf("%q: other fields in pieces", input)
			}
			if st == NeedMore && again.stage >= stageDone {
				t.Fatalf("%q: a verdict only in pieces", input)
			}
		}
	})
}

func randomPieces(r *rand.Rand, b []byte) (pieces [][]byte) {
	for len(b) > 0 {
		n := 1 + r.IntN(min(len(b), 1+r.IntN(60)))
		pieces, b = append(pieces, b[:n]), b[n:]
	}
	return pieces
}

func compareWithReference(t *testing.T, input []byte, h *Head, n int, st Status, want refHead) {
	t.Helper()
	code := st.Code()
	if st == OK {
		code = 200
	}
	if code != want.code {
		t.Fatalf("%q: %d %v, reference %d", input, code, st, want.code)
	}
	if st != OK {
		return
	}
	text := func(s Span) string { return string(s.In(input)) }
	got := refHead{
		code: 200, n: n, method: text(h.MethodName), target: text(h.Target), path: text(h.Path), query: text(h.Query),
		host: text(h.Host), hasQuery: h.HasQuery, minor: int(h.Minor), form: h.Form, length: h.ContentLength,
		chunked: h.Chunked, close: h.Close, keepAlive: h.KeepAlive, expect: h.ExpectContinue, upgrade: h.Upgrade,
	}
	for _, field := range h.Fields() {
		got.fields = append(got.fields, [2]string{latin1(field.Name.In(input)), latin1(field.Value.In(input))})
	}
	if !slices.Equal(got.fields, want.fields) {
		t.Fatalf("%q: fields %q, reference %q", input, got.fields, want.fields)
	}
	got.fields, want.fields = nil, nil
	if !equalHeads(got, want) {
		t.Fatalf("%q:\n     got %+v\nreference %+v", input, got, want)
	}
	known := Method(max(0, slices.Index(methodNames[:], got.method)))
	if h.Method != known || got.method == methodNames[0] && h.Method != MethodUnknown {
		t.Fatalf("%q: method %v", input, h.Method)
	}
}

func equalHeads(a, b refHead) bool {
	return a.code == b.code && a.n == b.n && a.method == b.method && a.target == b.target && a.path == b.path &&
		a.query == b.query && a.host == b.host && a.hasQuery == b.hasQuery && a.minor == b.minor && a.form == b.form &&
		a.length == b.length && a.chunked == b.chunked && a.close == b.close && a.keepAlive == b.keepAlive &&
		a.expect == b.expect && a.upgrade == b.upgrade
}

// FuzzNetHTTP: what we accept, net/http must accept as well and read alike. Where it is
// stricter, or reads something else, is listed in netHTTPDiffers; where it is laxer, in netHTTPAccepts.
func FuzzNetHTTP(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, input []byte) {
		lim := DefaultLimits()
		var h Head
		n, st := h.Parse(input, &lim)
		if st != OK || netHTTPDiffers(&h, input) != "" {
			return
		}
		// net/http does not skip empty lines before a request, its server does not either: leave them out.
		start := int(h.MethodName.Off)
		req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(input[start:n])))
		if err != nil {
			t.Fatalf("%q: net/http refuses: %v", input, err)
		}
		if req.Method != string(h.MethodName.In(input)) || req.RequestURI != string(h.Target.In(input)) {
			t.Fatalf("%q: net/http reads %s %s", input, req.Method, req.RequestURI)
		}
		if req.Host != string(h.Host.In(input)) {
			t.Fatalf("%q: net/http reads host %q", input, req.Host)
		}
		length := h.ContentLength
		if h.Chunked {
			length = -1
		}
		if req.ContentLength != length || h.Chunked != (len(req.TransferEncoding) > 0) {
			t.Fatalf("%q: net/http reads length %d, codings %q", input, req.ContentLength, req.TransferEncoding)
		}
		if req.Close != h.Close {
			t.Fatalf("%q: net/http reads close %v, we %v", input, req.Close, h.Close)
		}
		compareFields(t, input, &h, req.Header)
	})
}

// compareFields compares what a map can tell: the values of each name, in order. Host is not in net/http's map.
func compareFields(t *testing.T, input []byte, h *Head, header http.Header) {
	want := http.Header{}
	for _, field := range h.Fields() {
		name := string(field.Name.In(input))
		if !strings.EqualFold(name, "Host") && !strings.EqualFold(name, "Transfer-Encoding") {
			want.Add(name, string(field.Value.In(input)))
		}
	}
	header.Del("Transfer-Encoding")
	if len(header) != len(want) {
		t.Fatalf("%q: net/http reads %q, we %q", input, header, want)
	}
	for name, values := range want {
		if !slices.Equal(header[name], values) {
			t.Fatalf("%q: net/http reads %s as %q, we %q", input, name, header[name], values)
		}
	}
}

// netHTTPDiffers names why net/http, right or wrong, cannot agree about an accepted head.
func netHTTPDiffers(h *Head, input []byte) string {
	target := string(h.Target.In(input))
	_, pragma := h.Field(input, "Pragma")
	switch {
	case h.Minor == 1 && !bytes.HasPrefix(input[h.Target.End():], []byte(" HTTP/1.1\r\n")):
		return "it has no 1.2 to 1.9; we handle them as 1.1 (RFC 9110 §6.2)"
	case pragma:
		return "it adds Cache-Control to a request with Pragma: no-cache"
	case strings.Contains(target, "%"):
		return "it decodes the target and refuses %zz; decoding is the router's affair here"
	case h.Form == FormOrigin && strings.HasPrefix(target, "//"):
		return "url.ParseRequestURI may take //host/path apart"
	case h.Form == FormAuthority:
		return "it parses authority-form as a URL and rejects valid names in it, such as a_b%41:1"
	case h.Form == FormAbsolute:
		return "url.Parse has its own mind about hosts, and decodes them"
	case bytes.ContainsAny(h.Host.In(input), "%"):
		return "it does not decode, but checks differently"
	}
	return ""
}

// netHTTPAccepts lists what http.ReadRequest takes and we refuse. Some of it net/http's own server refuses later.
var netHTTPAccepts = []struct {
	input string
	st    Status
}{
	{"GET / HTTP/1.1\nHost: a\n\n", BareLF},
	{"GET / HTTP/1.1\r\n\r\n", MissingHost},
	{"GET / HTTP/1.1\r\nHost:\r\n\r\n", EmptyHost},
	{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", BadHost},
	{"GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", BadHost},
	{"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", LineFold},
	{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", VersionNotSupported},
	{"GET /# HTTP/1.1\r\nHost: a\r\n\r\n", BadTarget},
	{"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", BadTarget},
	{"GET * HTTP/1.1\r\nHost: a\r\n\r\n", BadTargetForm},
	{"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", BadTargetForm},
	{"GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n", MisdirectedScheme},
	{"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", BadAuthority},
	{"CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", BadAuthority},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", RepeatedContentLength},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 005\r\n\r\n", LeadingZeroLength},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", LengthAndChunked},
	{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", TransferEncodingIn10},
	{"POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", UnknownExpectation},
	{"TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", BodyWithTrace},
}

// The list stays true: when net/http becomes stricter, a line of it can go.
func TestNetHTTPAccepts(t *testing.T) {
	for _, c := range netHTTPAccepts {
		lim := DefaultLimits()
		var h Head
		if _, st := h.Parse([]byte(c.input), &lim); st != c.st {
			t.Errorf("%q: %v, want %v", c.input, st, c.st)
		}
		if _, err := http.ReadRequest(bufio.NewReader(strings.NewReader(c.input))); err != nil {
			t.Errorf("%q: net/http refuses as well: %v", c.input, err)
		}
	}
}

// fuzzChunkLimits are small enough for the fuzzer to reach.
var fuzzChunkLimits = ChunkLimits{ExtLineBytesMax: 40, ExtExcessBytesMax: 60, TrailerBytesMax: 80, TrailerCountMax: 3}

// FuzzChunked compares with a model that reads the whole body by regular expressions, and the whole with pieces.
func FuzzChunked(f *testing.F) {
	for _, body := range chunkedBodies(f) {
		f.Add(body)
	}
	guard := testkit.NewGuarded(f, 2*HeadBytesCap).Last
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 4000 {
			return
		}
		data, n, st := decode(guard, input)
		compareWithModel(t, input, data, n, st)
		r := rand.New(rand.NewPCG(uint64(len(input)), 0))
		for _, pieces := range [][][]byte{slices.Collect(slices.Chunk(input, 1)), randomPieces(r, input)} {
			dataAgain, nAgain, stAgain := decode(guard, pieces...)
			if nAgain != n || stAgain != st || !bytes.Equal(data, dataAgain) {
				t.Fatalf("%q: whole: %d %v %q; in pieces: %d %v %q", input, n, st, data, nAgain, stAgain, dataAgain)
			}
		}
		compareWithNetHTTPChunks(t, input, data, st)
	})
}

// compareWithModel: which error it is, and where, is not the model's to say.
func compareWithModel(t *testing.T, input, data []byte, n int, st Status) {
	want, verdict := modelChunked(input, &fuzzChunkLimits), "refused"
	switch st {
	case OK:
		verdict = "ok"
	case NeedMore:
		verdict = "more"
	}
	if verdict != want.verdict || st == OK && n != want.n || !st.IsError() && !bytes.Equal(data, want.data) {
		t.Fatalf("%q: %v after %d with %q; model: %s after %d with %q", input, st, n, data, want.verdict, want.n, want.data)
	}
}

// chunkedBodies are those of the casebook.
func chunkedBodies(t testing.TB) (bodies [][]byte) {
	cases, _ := readCasebook(t)
	for i := range cases {
		if _, body, ok := bytes.Cut(cases[i].input, []byte("chunked\r\n\r\n")); ok && cases[i].focus < 0 && len(body) < 2000 {
			bodies = append(bodies, body)
		}
	}
	return bodies
}

// decode feeds pieces until there is a verdict. n counts what was consumed.
func decode(place func([]byte) []byte, pieces ...[]byte) (data []byte, n int, st Status) {
	var d Chunked
	for _, piece := range pieces {
		for len(piece) > 0 {
			part, m, st := d.Next(place(piece), &fuzzChunkLimits)
			data, n, piece = append(data, part...), n+m, piece[m:]
			if st == OK || st.IsError() {
				return data, n, st
			}
		}
	}
	return data, n, NeedMore
}

var spaceBehindSize = regexp.MustCompile(`[0-9A-Fa-f][ \t]+;`)

// compareWithNetHTTPChunks: a body we accept must mean the same to net/http's reader.
func compareWithNetHTTPChunks(t *testing.T, input, data []byte, st Status) {
	if st != OK {
		return
	}
	head := "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	req, err := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader(head), bytes.NewReader(input))))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(req.Body)
	switch {
	case err == nil:
	case strings.Contains(err.Error(), "invalid byte in chunk length") && spaceBehindSize.Match(input):
		return // it does not parse "5 ;a", the bad white space of RFC 9112 §7.1.1
	case strings.Contains(err.Error(), "trailer") || strings.Contains(err.Error(), "MIME"):
		// it keeps trailers, and has its own mind about their names; the data is complete all the same
	default:
		t.Fatalf("%q: net/http refuses: %v", input, err)
	}
	if !bytes.Equal(body, data) {
		t.Fatalf("%q: net/http reads %q, we %q", input, body, data)
	}
}
