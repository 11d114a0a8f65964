package rivals

// Every rival runs as it does in a measurement, as a child process, and must
// give the same answers: same status, same body, same fields, heads of the same
// length. What differs between them afterwards is how they do it.

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/compare"
	"github.com/covetgo/covet/compare/process"
)

const childVariable = "COVET_TEST_RIVAL"

// TestMain makes the test binary a rival if a test started it as one.
func TestMain(m *testing.M) {
	name := os.Getenv(childVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	s, err := Lookup(name)
	if err == nil {
		err = process.Host(s, process.HostOptions{Addr: "127.0.0.1:0", Control: true})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func launch(t *testing.T, s compare.Server) *process.Child {
	t.Helper()
	if err := s.Available(); err != nil {
		t.Skip(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child, err := process.Launch(process.Command{Path: exe, Env: []string{childVariable + "=" + s.Name()}})
	if err != nil {
		t.Fatal(err)
	}
	return child
}

func dial(t *testing.T, child *process.Child) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", child.Addr)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() { conn.Close() })
	return conn
}

type exchange struct {
	request, contentType, body string
}

func get(target string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
}

func post(body string) string {
	return fmt.Sprintf("POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

var long = strings.Repeat("0123456789abcdef", 4096) // 64 KB: more than one read

var exchanges = []exchange{
	{get("/plaintext"), compare.TextType, compare.PlaintextBody},
	{get("/json"), compare.JSONType, compare.JSONBody},
	{get("/user/42"), compare.TextType, "42"},
	{get("/user/a-longer.name_7"), compare.TextType, "a-longer.name_7"},
	{post("ping"), compare.BinaryType, "ping"},
	{post(""), compare.BinaryType, ""},
	{post(long[:1024]), compare.BinaryType, long[:1024]},
	{post(long), compare.BinaryType, long},
	{get("/slow?ms=3"), compare.TextType, compare.DoneBody},
	{get("/cpu?ms=1"), compare.TextType, compare.DoneBody},
}

// asked are exchanges with those that have goroutines to ask: no calibrator has.
var asked = []exchange{
	{get("/ask?ms=0.2"), compare.TextType, compare.DoneBody},
	{get("/ask/known?ms=0.2"), compare.TextType, compare.DoneBody},
	{get("/slow/known?ms=0.2"), compare.TextType, compare.DoneBody},
}

func TestSameAnswers(t *testing.T) {
	for _, s := range All() {
		t.Run(s.Name(), func(t *testing.T) {
			child := launch(t, s)
			conn := dial(t, child)
			in := bufio.NewReader(conn)
			all := exchanges
			if !compare.IsCalibrator(s) {
				all = slices.Concat(exchanges, asked)
			}
			for _, x := range all {
				if _, err := io.WriteString(conn, x.request); err != nil {
					t.Fatal(err)
				}
				check(t, in, x)
			}
			if err := child.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

// check reads one response and compares everything in it.
func check(t *testing.T, in *bufio.Reader, x exchange) {
	t.Helper()
	line, _, _ := strings.Cut(x.request, "\r\n")
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if response.StatusCode != 200 || response.Proto != "HTTP/1.1" || string(body) != x.body {
		t.Errorf("%s: %s %s with %d bytes, want 200 and %d", line, response.Proto, response.Status, len(body), len(x.body))
	}
	var names []string
	for name := range response.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"Content-Length", "Content-Type", "Date"}; !slices.Equal(names, want) {
		t.Errorf("%s: fields %q, want %q", line, names, want)
	}
	if got := response.Header.Get("Content-Type"); got != x.contentType {
		t.Errorf("%s: Content-Type %q, want %q", line, got, x.contentType)
	}
	if response.ContentLength != int64(len(x.body)) || len(response.TransferEncoding) != 0 {
		t.Errorf("%s: Content-Length %d, want %d", line, response.ContentLength, len(x.body))
	}
	if _, err := http.ParseTime(response.Header.Get("Date")); err != nil || len(response.Header.Get("Date")) != len(http.TimeFormat) {
		t.Errorf("%s: Date %q", line, response.Header.Get("Date"))
	}
}

// TestPipeline sends 16 requests at once and wants 16 answers in their order.
func TestPipeline(t *testing.T) {
	for _, s := range All() {
		t.Run(s.Name(), func(t *testing.T) {
			child := launch(t, s)
			defer child.Stop()
			conn := dial(t, child)
			var batch strings.Builder
			var want []exchange
			for i := range 16 {
				x := exchange{get(fmt.Sprintf("/user/%d", i)), compare.TextType, fmt.Sprint(i)}
				if i%5 == 4 {
					x = exchange{post(x.body), compare.BinaryType, x.body}
				}
				batch.WriteString(x.request)
				want = append(want, x)
			}
			if _, err := io.WriteString(conn, batch.String()); err != nil {
				t.Fatal(err)
			}
			in := bufio.NewReader(conn)
			for _, x := range want {
				check(t, in, x)
			}
		})
	}
}

// TestSplit sends a request in pieces.
func TestSplit(t *testing.T) {
	x := exchange{post("ping"), compare.BinaryType, "ping"}
	for _, s := range All() {
		t.Run(s.Name(), func(t *testing.T) {
			child := launch(t, s)
			defer child.Stop()
			conn := dial(t, child)
			in := bufio.NewReader(conn)
			for at := 1; at < len(x.request); at += 7 {
				for _, piece := range []string{x.request[:at], x.request[at:]} {
					if _, err := io.WriteString(conn, piece); err != nil {
						t.Fatal(err)
					}
				}
				check(t, in, x)
			}
		})
	}
}

// TestStopLetsRequestsFinish stops a server in the middle of a request.
func TestStopLetsRequestsFinish(t *testing.T) {
	for _, s := range All() {
		t.Run(s.Name(), func(t *testing.T) {
			t.Parallel()
			child := launch(t, s)
			conn := dial(t, child)
			x := exchange{get("/slow?ms=1500"), compare.TextType, compare.DoneBody}
			if _, err := io.WriteString(conn, x.request); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond) // until the handler runs
			stopped := make(chan error, 1)
			go func() { stopped <- child.Stop() }()
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != 200 || string(body) != x.body {
				t.Errorf("got %s %q, %v", response.Status, body, err)
			}
			if err := <-stopped; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestMeters: the numbers of a measurement move when the server does something, and
// by as much as it did at the least.
func TestMeters(t *testing.T) {
	const burn, conns = 60 * time.Millisecond, 10
	for _, s := range All() {
		t.Run(s.Name(), func(t *testing.T) {
			child := launch(t, s)
			defer child.Stop()
			cpu, err := child.CPUTime()
			if err != nil {
				t.Fatal(err)
			}
			for range conns {
				conn := dial(t, child)
				if _, err := io.WriteString(conn, get("/plaintext")); err != nil {
					t.Fatal(err)
				}
				check(t, bufio.NewReader(conn), exchange{get("/plaintext"), compare.TextType, compare.PlaintextBody})
			}
			inside, err := child.Inside()
			if err == nil && (inside.Descriptors < conns || inside.Threads < 1) {
				t.Errorf("with %d connections it has %+v", conns, inside)
			}
			if rss, err := child.RSS(); err == nil && rss < 100<<10 {
				t.Errorf("%d bytes resident", rss)
			}
			conn := dial(t, child)
			x := exchange{get(fmt.Sprintf("/cpu?ms=%d", burn.Milliseconds())), compare.TextType, compare.DoneBody}
			if _, err := io.WriteString(conn, x.request); err != nil {
				t.Fatal(err)
			}
			check(t, bufio.NewReader(conn), x)
			after, err := child.CPUTime()
			// clock: CPU time of a given amount of arithmetic; half, since cores change their frequency
			if err != nil || after-cpu < burn/2 {
				t.Errorf("%v of CPU time for %v of arithmetic, %v", after-cpu, burn, err)
			}
			meterInside(t, s, child)
		})
	}
}

// meterInside: what a server written in Go tells about itself.
func meterInside(t *testing.T, s compare.Server, child *process.Child) {
	before, err := child.Stat()
	if compare.ReplacesProcess(s) {
		if err != process.ErrNoStat || child.Tidy() != nil {
			t.Errorf("Stat: %v, Tidy: %v", err, child.Tidy())
		}
		return
	}
	if err != nil || child.Tidy() != nil {
		t.Fatal(err)
	}
	after, err := child.Stat()
	if err != nil || after.GCCycles <= before.GCCycles || after.Mallocs < before.Mallocs ||
		before.Mallocs == 0 || before.Goroutines == 0 || after.CPUNanoseconds <= before.CPUNanoseconds {
		t.Errorf("before tidying %+v, after it %+v, %v", before, after, err)
	}
}

// TestDeathIsExplained: a child that ends says why, before and after it listens.
func TestDeathIsExplained(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, err = process.Launch(process.Command{Path: exe, Env: []string{childVariable + "=apache"}})
	if err == nil || !strings.Contains(err.Error(), "no server is called") {
		t.Errorf("the end of its standard error is missing: %v", err)
	}
	s, err := Lookup("nethttp")
	if err != nil {
		t.Fatal(err)
	}
	child := launch(t, s)
	victim, err := os.FindProcess(child.PID)
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Kill(); err != nil {
		t.Fatal(err)
	}
	<-child.Done()
	for _, err := range []error{child.Death(), child.Stop()} {
		if err == nil || !strings.Contains(err.Error(), "ended by itself") {
			t.Errorf("%v", err)
		}
	}
}

// TestPinning: a child runs where it was told to, and its parent where it was.
func TestPinning(t *testing.T) {
	before, err := process.CPUs()
	if err != nil {
		t.Skip(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child, err := process.Launch(process.Command{Path: exe, Env: []string{childVariable + "=nethttp"}, CPUs: before[:1]})
	if err != nil {
		t.Fatal(err)
	}
	defer child.Stop()
	if child.GOMAXPROCS != 1 {
		t.Errorf("the child has GOMAXPROCS %d, want 1", child.GOMAXPROCS)
	}
	if after, err := process.CPUs(); err != nil || !slices.Equal(before, after) {
		t.Errorf("the parent may use cores %v, before %v, %v", after, before, err)
	}
}

func TestLookupNamesWhatThereIs(t *testing.T) {
	_, err := Lookup("apache")
	if err == nil || !strings.Contains(err.Error(), strings.Join(Names(), ", ")) {
		t.Errorf("got %v", err)
	}
}
