package claims

// This file proves that the checks can fail, and that they let through what is no claim. All figures in it
// and in testdata are made up.

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func TestSuspects(t *testing.T) {
	for _, text := range []string{
		"It serves 145,247 req/s.",
		"It serves 145 247 requests/s.",
		"It serves 1.5 million requests per second.",
		"It serves 200k requests per server CPU-second.",
		"Up to 90000 RPS.",
		"It answers millions of requests.",
		"It holds a million idle connections.",
		"A route is found in 35 ns.",
		"A request costs 5.6 µs of CPU, or 5.6μs.",
		"It takes 12 microseconds.",
		"BenchmarkX 100 35.2 ns/op",
		"The p99 is 3 ms.",
		"It answers in 2 ms.",
		"With a 5 ms timeout the p99 was 7 ms.",
		"It is 2.5× faster.",
		"It is 3x faster than the others.",
		"It does 1.4x fasthttp.",
		"It does ≥ 2.2× the throughput.",
		"It does 2 times as fast.",
		"It is twice as fast.",
		"It uses three times as much CPU.",
		"It is an order of magnitude faster.",
		"It parses 900 MB/s.",
		"It parses 2 GiB per second.",
		"The link carries 10 Gbps.",
		"It uses 38 % less CPU.",
		"It is 38% faster.",
		"It reaches 85 percent of null-c.",
		"An idle connection takes 16.7 KB per connection.",
		"It serves 145,247\nrequests/s on two lines.",
		"- It serves 145,247\n  requests/s in a list.",
		"| covet | 145,247 req/s |",
		"```\n145247 req/s\n```",
		"Latency: `35 µs`.",
	} {
		if got := Suspects(text); len(got) == 0 {
			t.Errorf("missed: %q", text)
		}
	}
	for _, text := range []string{
		"A 30 s timeout, a head of 8 KiB at most and 100 header fields.",
		"`-quick` ends within 50 s, the default within 3 minutes.",
		"The timer ticks every 100 ms.",
		"A handler that runs past the threshold of 1 ms is moved off its loop.",
		"`/slow?ms=5` sleeps; GET /cpu?ms=20 burns.",
		"The body may come at 1 KiB/s at the slowest before the timeout ends it; the minimum is 100 bytes per second.",
		"The default limit is 100 requests per second per client.",
		"Coverage is 90 %.",
		"The load is shed at a threshold of 80 % CPU.",
		"Zero allocations; 0 allocs/op.",
		"HTTP/1.1, RFC 9112 §7.1, Go 1.26, port 8080, GOAMD64=v3, 64 connections, pipeline depth 16.",
		"It reads 64 bytes at a time and 8 bytes as one word.",
		"A window of 1920x1080.",
		"Two requests per connection, sent at once.",
		"Contact us. 3 used items.",
		"One millisecond is the unit.",
		"",
	} {
		for _, s := range Suspects(text) {
			t.Errorf("flagged %q as %s in %q", s.Text, s.Kind, text)
		}
	}
}

func TestSuspectNamesItsLine(t *testing.T) {
	got := Suspects("# Title\n\nFast, very fast:\nit serves 5 req/s.\n")
	if len(got) != 1 || got[0].Line != 4 {
		t.Errorf("got %v, want one on line 4", got)
	}
}

// synthetic is the made-up results file.
func synthetic(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/synthetic.json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// syntheticBenchmarks is the made-up results file of Go benchmarks.
func syntheticBenchmarks(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/synthetic.txt")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// withResults is a tree with the made-up results, a ledger that is up to date, and one document.
func withResults(t *testing.T, name, text string) fstest.MapFS {
	t.Helper()
	tree := fstest.MapFS{
		"docs/results/synthetic.json": {Data: synthetic(t)},
		"docs/results/synthetic.txt":  {Data: syntheticBenchmarks(t)},
	}
	all, err := ReadResults(tree)
	if err != nil {
		t.Fatal(err)
	}
	tree[Ledger] = &fstest.MapFile{Data: []byte(Render(all))}
	tree[name] = &fstest.MapFile{Data: []byte(text)}
	return tree
}

func TestRender(t *testing.T) {
	tree := withResults(t, "x.md", "")
	want, err := os.ReadFile("testdata/synthetic.md")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(tree[Ledger].Data); got != string(want) {
		t.Errorf("Render gives\n%s\nwant\n%s", got, want)
	}
	if got := Render(Files{}); !strings.Contains(got, "No figure has been published yet.") {
		t.Errorf("without results, Render gives\n%s", got)
	}
}

// TestQueuedLatencyHasNoRatio: at a rate that was not kept it is the length of the run.
func TestQueuedLatencyHasNoRatio(t *testing.T) {
	r := Results{
		Rows: []Row{
			{Server: "covet", Scenario: "latency", Medians: map[string]float64{p99: 1, rateKept: 1}},
			{Server: "slow", Scenario: "latency", Medians: map[string]float64{p99: 9, rateKept: 0.58}},
		},
		Ratios: []Ratio{
			{Scenario: "latency", Metric: p99, Server: "covet", Over: "slow", Rounds: 5},
			{Scenario: "latency", Metric: slowPerSecond, Server: "covet", Over: "slow", Rounds: 5},
		},
	}
	if got := ratioCell(r, Scenario{Name: "latency", Metric: p99}, "covet", "slow"); got != unmeasured {
		t.Errorf("got %q", got)
	}
	if _, ok := r.ratio("latency", slowPerSecond, "covet", "slow"); !ok {
		t.Error("a rate's ratio does not depend on the length of the run")
	}
}

func TestFill(t *testing.T) {
	const file = "results/synthetic.json "
	for _, tc := range []struct{ ask, want, err string }{
		{ask: "server=covet scenario=plaintext value=requests_per_second", want: "1,234,568 requests/s"},
		{ask: "server=covet pipeline=16 value=requests_per_cpu_second", want: "900,000 requests per CPU-second"},
		{ask: "server=covet scenario=plaintext value=requests_per_cpu_second with=spread", want: "200,000 (190,000–210,000) requests per CPU-second"},
		{ask: "server=covet scenario=plaintext value=server_cpu_us_per_request", want: "5.00 µs"},
		{ask: "server=covet scenario=plaintext value=server_gc_cycles", want: "0 GC cycles"},
		{ask: "server=covet scenario=plaintext value=latency_us.p50", want: "99.5 µs"},
		{ask: "server=fasthttp scenario=plaintext value=latency_us.p99.9", want: "2,000 µs"},
		{ask: "server=covet scenario=idle value=rss_bytes_per_idle_connection", want: "under 100 B"},
		{ask: "server=fasthttp scenario=idle value=rss_bytes_per_idle_connection with=spread", want: "16.8 KB (16.6 KB–16.9 KB)"},
		{ask: "server=covet scenario=plaintext value=requests_per_cpu_second over=fasthttp", want: "1.60×"},
		{ask: "server=covet scenario=plaintext value=requests_per_cpu_second over=fasthttp with=spread", want: "1.60× (1.50×–1.70×)"},
		{ask: "server=covet scenario=plaintext value=requests_per_cpu_second over=nullc as=share", want: "80 %"},
		{ask: "server=covet scenario=latency value=p99_us over=fasthttp", want: "1.10× (0.90×–1.20×)"}, // not told apart
		{ask: "server=covet value=requests_per_second", err: "matches 4 results"},
		{ask: "server=gone value=requests_per_second", err: "matches 0 results"},
		{ask: "server=covet pipeline=16 value=latency_us.p99", err: "was not measured"},
		{ask: "server=covet pipeline=16 value=speed", err: "value is \"speed\""},
		{ask: "server=covet pipe=1 value=requests_per_second", err: "want key=value"},
		{ask: "server=covet scenario=plaintext value=p50_us as=share", err: "as=share is for ratios"},
		{ask: "server=covet scenario=plaintext value=p50_us with=luck", err: "want with=spread"},
		{ask: "server=covet pipeline=16 value=requests_per_cpu_second over=fasthttp", err: "has no ratio"},
		{ask: "server=covet scenario=plaintext value=requests_per_second over=fasthttp", err: "of 4 rounds"},
		{ask: "server=covet scenario=idle value=rss_bytes_per_idle_connection over=fasthttp", err: "less memory than can be told"},
	} {
		doc := "Before <!-- claim: " + file + tc.ask + " -->stale<!-- /claim --> after."
		tree := withResults(t, "x.md", doc)
		updated, err := Update(tree)
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%s: got error %v, want one with %q", tc.ask, err, tc.err)
			}
			continue
		}
		if want := strings.Replace(doc, "stale", tc.want, 1); err != nil || updated["x.md"] != want {
			t.Errorf("%s: got %q, %v, want %q", tc.ask, updated["x.md"], err, want)
		}
	}
}

func TestFillFromBenchmarks(t *testing.T) {
	for _, tc := range []struct{ ask, want, err string }{
		{ask: "family=Made case=ahead contender=covet", want: "10.0 ns"},
		{ask: "family=Made case=ahead contender=two with=spread", want: "20.0 (19.0–22.0) ns"},
		{ask: "family=Made case=ahead contender=covet over=best", want: "2.00×"},
		{ask: "family=Made case=ahead contender=covet over=one", want: "3.00×"},
		{ask: "family=Made case=ahead contender=covet over=two with=spread", want: "2.00× (1.90×–2.20×)"},
		{ask: "family=Made case=deep/behind contender=covet over=best", want: "0.33×"},
		{ask: "family=Made case=level contender=covet over=best", want: "0.95× (0.95×–1.05×)"}, // not told apart
		{ask: "family=Gone case=ahead contender=covet", err: "no family"},
		{ask: "family=Made case=gone contender=covet", err: "no contender"},
		{ask: "family=Made case=alone contender=one over=two", err: "no contender"},
		{ask: "family=Made case=ahead contender=covet as=share", err: "want key=value"},
		{ask: "server=covet", err: "want key=value"},
	} {
		doc := "Before <!-- claim: results/synthetic.txt " + tc.ask + " -->stale<!-- /claim --> after."
		updated, err := Update(withResults(t, "x.md", doc))
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%s: got error %v, want one with %q", tc.ask, err, tc.err)
			}
			continue
		}
		if want := strings.Replace(doc, "stale", tc.want, 1); err != nil || updated["x.md"] != want {
			t.Errorf("%s: got %q, %v, want %q", tc.ask, updated["x.md"], err, want)
		}
	}
	table, err := Update(withResults(t, "x.md", "<!-- claim-table: results/synthetic.txt family=Made --><!-- /claim-table -->"))
	if err != nil || !strings.Contains(table["x.md"], "| ahead | 10.0 | 5.00 |") || !strings.Contains(table["x.md"], "Commit: `0123abcd`") {
		t.Errorf("the table is %q, %v", table["x.md"], err)
	}
}

func TestFillRefusesBrokenMarkers(t *testing.T) {
	for _, doc := range []string{
		"<!-- claim: results/synthetic.json server=fasthttp scenario=plaintext value=requests_per_second -->1",
		"1<!-- /claim -->",
		"<!-- claim: results/gone.json server=fasthttp scenario=plaintext value=requests_per_second -->1<!-- /claim -->",
		"<!-- claim: -->1<!-- /claim -->",
		"<!-- claim-table: results/synthetic.json -->1<!-- /claim -->",
		"<!-- claim-table: results/synthetic.json scenario=gone -->1<!-- /claim-table -->",
		"<!-- claim: results/synthetic.json server=fasthttp scenario=plaintext value=requests_per_second -->\n" +
			"<!-- claim: results/synthetic.json server=fasthttp scenario=plaintext value=requests_per_second -->1<!-- /claim -->",
	} {
		if updated, err := Update(withResults(t, "x.md", doc)); err == nil {
			t.Errorf("%q: no error, and %q", doc, updated)
		}
	}
	example := "As in `<!-- claim: results/gone.json x=y -->` and\n```\n<!-- claim: … -->…<!-- /claim -->\n```\n"
	if updated, err := Update(withResults(t, "x.md", example)); err != nil || len(updated) != 0 {
		t.Errorf("an example was taken for a marker: %q, %v", updated, err)
	}
}

func TestFilledDocumentsPassAndEditedOnesDoNot(t *testing.T) {
	doc := "We do <!-- claim: results/synthetic.json server=fasthttp scenario=plaintext value=requests_per_second --><!-- /claim -->:\n\n" +
		"<!-- claim-table: results/synthetic.json scenario=plaintext --><!-- /claim-table -->\n"
	tree := withResults(t, "docs/x.md", doc)
	expect(t, "before filling", tree, "docs/x.md: differs from docs/results")
	updated, err := Update(tree)
	if err != nil {
		t.Fatal(err)
	}
	filled := updated["docs/x.md"]
	expect(t, "after filling", withResults(t, "docs/x.md", filled), "")
	edited := strings.Replace(filled, "100,000 requests/s", "900,000 requests/s", 1)
	expect(t, "after an edit", withResults(t, "docs/x.md", edited), "docs/x.md: differs from docs/results")
	beside := filled + "\nIn fact it does 900,000 requests/s.\n"
	expect(t, "beside a marker", withResults(t, "docs/x.md", beside), "no results file backs it")
}

func TestCheck(t *testing.T) {
	expect(t, "a claim in README", withResults(t, "README.md", "It does 5 req/s."), `README.md:1: "5 req/s" looks like a rate`)
	expect(t, "a claim in a test's data", withResults(t, "x/testdata/a.md", "It does 5 req/s."), "")
	tree := withResults(t, "x.md", "")
	delete(tree, Ledger)
	expect(t, "no ledger", tree, "docs/CLAIMS.md: is missing")
	tree = withResults(t, "x.md", "")
	tree[Ledger].Data = append(tree[Ledger].Data, "And 5 req/s more.\n"...)
	expect(t, "an edited ledger", tree, "docs/CLAIMS.md: differs")

	const record = "# 7. Title\n\nMeasured: "
	for _, tc := range []struct{ measured, want string }{
		{"machine: 2 cores; commit 0123abc; command `go test -bench X`", ""},
		{"2 CPUs of a synthetic kind,\n2001-02-03, by `go test -bench X`", ""},
		{"machine: 2 cores; commit 0123abc", "does not name the command"},
		{"machine: 2 cores; command `go test -bench X`", "does not name a commit or a date"},
		{"commit 0123abc; command `go test -bench X`", "does not name the machine"},
		{"\n\nmachine: 2 cores; commit 0123abc; command `go test -bench X`", "does not name the machine"},
	} {
		expect(t, tc.measured, withResults(t, "docs/adr/0007-x.md", record+tc.measured+"\n\nIt took 5 µs.\n"), tc.want)
	}
	expect(t, "no paragraph", withResults(t, "docs/adr/0007-x.md", "It took 5 µs."), "no paragraph")
	expect(t, "no numbers", withResults(t, "docs/adr/0007-x.md", "It took long."), "")
	expect(t, "the list of records", withResults(t, "docs/adr/README.md", record+"machine, 2001-02-03, `a b`. It took 5 µs."), "no results file")
}

func TestWhatIsNotPublished(t *testing.T) {
	whole := string(synthetic(t))
	for _, tc := range []struct{ old, new, want string }{
		{`"commit": "0123abcd"`, `"commit": ""`, "commit is"},
		{`"commit": "0123abcd"`, `"commit": "0123abcd-dirty"`, "commit is"},
		{`"commit": "0123abcd"`, `"commit": "unknown"`, "commit is"},
		{`"command": "go run ./cmd/bench"`, `"command": ""`, "no machine or no command"},
		{`"machine": {"cpu": "a synthetic processor for tests", "cores": 2, "note": ""}`, `"machine": {"note": null}`, "no machine or no command"},
		{`"quick": false`, `"quick": true`, "a quick run"},
		{`"results": [`, `"results": [], "others": [`, "has no results"},
		{`{"server": "fasthttp"`, `{"server": "covet"`, "has a second result"},
		{`{"server": "fasthttp"`, `{"server": "other"`, "does not describe this server"},
		{`"scenario": "pipelined"`, `"scenario": "other"`, "does not describe this scenario"},
		{`"rounds": 5, "median"`, `"rounds": 4, "median"`, "4 rounds, want 5"},
		{`"median": {"rss_bytes_per_idle_connection"`, `"median": {"other"`, "was not measured"},
		{`"spread": {"rss_bytes_per_idle_connection"`, `"spread": {"other"`, "no lowest and highest"},
		{`3000000`, `"many"`, "cannot unmarshal string"},
	} {
		text := strings.Replace(whole, tc.old, tc.new, 1)
		_, err := ReadResults(fstest.MapFS{"docs/results/x.json": {Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("with %s: got error %v, want one with %q", tc.new, err, tc.want)
		}
	}
}

func TestWhichBenchmarksAreNotPublished(t *testing.T) {
	whole := string(syntheticBenchmarks(t))
	for _, tc := range []struct{ old, new, want string }{
		{"commit: 0123abcd", "commit: 0123abcd-dirty", "commit is"},
		{"commit: 0123abcd\n", "", "commit is"},
		{"machine: a synthetic processor for tests, 2 cores\n", "", "lacks one of the lines machine:"},
		{"command: go test -bench Made\n", "", "lacks one of the lines machine:"},
		{"versions: covet of this commit, one v1, two v2\n", "", "lacks one of the lines machine:"},
		{"date: 2001-02-03\n", "date: 2001-02-03\ndate: 2001-02-04\n", "line 4: date is \"2001-02-04\", and was"},
		{"about: Made: one", "about: Other: one", "says what Other is about"},
		{"about: Made: one operation of nothing, made up\n", "", "lacks the line \"about: Made:"},
		{"note: made up", "about: Made: twice", "want one line"},
		{"BenchmarkMade/level/two-2 ", "BenchmarkMade/level/three-2 ", "level of two: 4 repetitions, want 5"},
		{"BenchmarkMade/level/two-2 ", "BenchmarkMade/two-2 ", "is neither a fact"},
		{"PASS", "--- FAIL: BenchmarkMade", "is neither a fact"},
		{"  0 B/op  0 allocs/op", "", "run it with -benchmem"},
		{"10 ns/op", "ten ns/op", "invalid syntax"},
	} {
		text := strings.Replace(whole, tc.old, tc.new, 1)
		if text == whole {
			t.Errorf("%q is not in the file", tc.old)
		}
		_, err := ReadResults(fstest.MapFS{"docs/results/x.txt": {Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("with %q for %q: got error %v, want one with %q", tc.new, tc.old, err, tc.want)
		}
	}
	// Who does not count allocations says so.
	text := strings.ReplaceAll(whole, "  0 allocs/op", "  - allocs/op")
	if _, err := ReadResults(fstest.MapFS{"docs/results/x.txt": {Data: []byte(text)}}); err != nil || text == whole {
		t.Errorf("with allocations that are not counted: %v", err)
	}
	head, _, _ := strings.Cut(whole, "goos:")
	if _, err := ReadResults(fstest.MapFS{"docs/results/x.txt": {Data: []byte(head)}}); err == nil || !strings.Contains(err.Error(), "says what Made is about") {
		t.Errorf("without results: %v", err)
	}
}

// TestLosses holds which of a run's ratios are called losses.
func TestLosses(t *testing.T) {
	rows := func(connections int, kept float64) []Row {
		return []Row{{Server: "covet", Scenario: "s", Connections: connections, Rounds: 5, Failed: 1, Medians: map[string]float64{rateKept: kept, idleBytes: 50}}}
	}
	for _, tc := range []struct {
		name, metric, about string
		connections         int
		median, low, high   float64
		over                string
		sure, unsure        bool
	}{
		{"a lower rate", requestsPerCPUSecond, requestsPerCPUSecond, 64, 0.8, 0.7, 0.9, "peer", true, false},
		{"a lower rate in the median", requestsPerCPUSecond, requestsPerCPUSecond, 64, 0.8, 0.7, 1.1, "peer", false, true},
		{"a higher rate", requestsPerCPUSecond, requestsPerCPUSecond, 64, 1.2, 0.9, 1.3, "peer", false, false},
		{"below a calibrator", requestsPerCPUSecond, requestsPerCPUSecond, 64, 0.8, 0.7, 0.9, "null", false, false},
		{"a longer wait", p99, p99, 64, 1.2, 1.1, 1.3, "peer", true, false},
		{"a shorter wait", p99, p99, 64, 0.8, 0.7, 0.9, "peer", false, false},
		{"a closed loop's wait", p99, requestsPerCPUSecond, 64, 1.2, 1.1, 1.3, "peer", false, false},
		{"one connection's wait", p99, requestsPerCPUSecond, 1, 1.2, 1.1, 1.3, "peer", true, false},
		{"requests of an open loop", requestsPerSecond, p99, 64, 0.8, 0.7, 0.9, "peer", false, false},
		{"memory that cannot be told", idleBytes, idleBytes, 64, 1.2, 1.1, 1.3, "peer", false, false},
	} {
		r := Results{
			Servers:   []Server{{Name: "covet"}, {Name: "peer"}, {Name: "null", Calibrator: true}},
			Scenarios: []Scenario{{Name: "s", Metric: tc.about}},
			Rows:      rows(tc.connections, 1),
			Ratios:    []Ratio{{Scenario: "s", Metric: tc.metric, Server: "covet", Over: tc.over, Median: tc.median, Spread: Spread{tc.low, tc.high}, Rounds: 5}},
		}
		var out strings.Builder
		r.renderLosses(&out)
		inEvery, inMedian, _ := strings.Cut(out.String(), "Behind in the median")
		if got := strings.Contains(inEvery, "that of"); got != tc.sure {
			t.Errorf("%s: a loss in every round: %v", tc.name, got)
		}
		if got := inMedian != ""; got != tc.unsure {
			t.Errorf("%s: a loss in the median: %v", tc.name, got)
		}
		if !strings.Contains(inEvery, "- s: 1 of 6 rounds failed") {
			t.Errorf("%s: the failed round is not told: %s", tc.name, inEvery)
		}
	}
	late := Results{Rows: rows(64, 0.9)}
	if got := late.failures("covet"); len(got) != 2 || got[1] != "s: kept 90 % of the offered rate" {
		t.Errorf("a rate that was not kept: %q", got)
	}
}

func TestCheckReadme(t *testing.T) {
	tests := fstest.MapFS{"core/a_test.go": {Data: []byte("package core\nfunc TestA() {}\nfunc TestB() {}\nfunc (x) TestC() {}")}}
	const head = "`go run ./cmd/bench` and `go test ./...`\n\n## What works\n\n"
	for _, tc := range []struct{ text, want string }{
		{head + "- one — `TestA` in `core`\n- two, on\n  two lines — `TestA` in `./core`, `TestB` in `core`\n\n## Later\n\n- no test", ""},
		{head + "- one — `TestC` in `core`", "no file of core declares TestC"},
		{head + "- one — `TestA` in `gone`", "no file of gone declares TestA"},
		{head + "- one", "does not end in"},
		{head + "- one — `TestA`", "does not end in"},
		{head + "- one — `TestA` in `core` and more", "does not end in"},
		{head + "- one — `Helper` in `core`", "does not end in"},
		{head, "has no list"},
		{"`go test ./...`\n\n## What works\n\n- one — `TestA` in `core`", "does not name the command go run ./cmd/bench"},
	} {
		got := CheckReadme(tests, tc.text)
		if (tc.want == "") != (len(got) == 0) || (tc.want != "" && !strings.Contains(got[0], tc.want)) {
			t.Errorf("%q: got %q, want %q", tc.text, got, tc.want)
		}
	}
}

// expect checks a tree for the one finding that is wanted; "" wants none.
func expect(t *testing.T, name string, tree fstest.MapFS, want string) {
	t.Helper()
	findings, err := Check(tree)
	switch {
	case err != nil:
		t.Errorf("%s: %v", name, err)
	case want == "" && len(findings) > 0:
		t.Errorf("%s: unexpected findings %q", name, findings)
	case want != "" && (len(findings) != 1 || !strings.Contains(findings[0], want)):
		t.Errorf("%s: got findings %q, want one with %q", name, findings, want)
	}
}
