package main

// The commands as a user meets them: one whole, very short run against real
// child processes, and the errors that must say what to do.

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/covetgo/covet/internal/claims"

	"github.com/covetgo/covet/cmd/bench/internal/results"
	"github.com/covetgo/covet/cmd/bench/internal/runner"
)

// asBench makes the test binary the bench: a run starts its own binary again for
// the servers, and this is how they find themselves to be one.
const asBench = "COVET_TEST_AS_BENCH"

func TestMain(m *testing.M) {
	if os.Getenv(asBench) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// bench runs a command in a process of its own: it pins itself to cores, which a
// test must not.
func bench(t *testing.T, args ...string) (out, notes string, err error) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Env = append(os.Environ(), asBench+"=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

func TestRunEndToEnd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	out, notes, err := bench(t, "-out", dir, "-servers", "covet,nethttp", "-scenarios", "plaintext,echo,churn,rate70,mixed,mixed-sleep,mixed-burn",
		"-rounds", "2", "-d", "150ms", "-rate", "500") // a busy machine may give a process nothing for 40 ms
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, notes)
	}
	for _, want := range []string{"Where covet loses", "requests/CPU-s", "results.json"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing from\n%s", want, out)
		}
	}
	if !strings.Contains(notes, "round 2 of 2") {
		t.Errorf("no progress in\n%s", notes)
	}
	file, err := results.Read(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Results) != 14 || file.Machine.CPU == "" || file.Commit == "" || !strings.Contains(file.Command, "-rounds 2") {
		t.Errorf("%d results, %+v, commit %q, command %q", len(file.Results), file.Machine, file.Commit, file.Command)
	}
	for _, r := range file.Results {
		if r.Rounds != 2 || len(r.Raw) != 2 || r.Failed != 0 || r.RequestsPerSecond == nil || *r.RequestsPerSecond <= 0 || r.Latency == nil {
			t.Errorf("%s, %s: %d rounds, %d failed, %v", r.Server, r.Scenario, r.Rounds, r.Failed, r.Failure)
		}
	}
	checkReports(t, dir)
}

// checkReports writes the reports again and wants the same ones.
func checkReports(t *testing.T, dir string) {
	again := t.TempDir()
	if out, notes, err := bench(t, "report", "-in", filepath.Join(dir, "results.json"), "-out", again); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, notes)
	}
	for _, name := range []string{"report.md", "report.html"} {
		first, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(filepath.Join(again, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%s differs when it is written again", name)
		}
	}
}

// TestBefore: another build takes part under a name of its own. Here it is this one.
func TestBefore(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	out, notes, err := bench(t, "-out", dir, "-before", exe, "-servers", "covet", "-scenarios", "plaintext", "-rounds", "2", "-d", "100ms")
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, notes)
	}
	file, err := results.Read(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	r := file.Find("before", "plaintext")
	if r == nil || r.Rounds != 2 || !strings.Contains(out, "as before") {
		t.Errorf("%+v\n%s", r, out)
	}
	if len(file.Ratios) == 0 || file.Ratios[0].Server != "covet" || file.Ratios[0].Over != "before" {
		t.Errorf("ratios %+v", file.Ratios)
	}
}

// TestBackends: covet on another backend takes part under a name of its own.
func TestBackends(t *testing.T) {
	out, notes, err := bench(t, "-out", t.TempDir(), "-backends", "std", "-servers", "covet", "-scenarios", "many", "-rounds", "1", "-d", "100ms")
	if err != nil || !strings.Contains(out, "covet-std") {
		t.Fatalf("%v\n%s\n%s", err, out, notes)
	}
}

// TestTunedPeer: fasthttp has the number of Ps that suits it, and the run says which.
func TestTunedPeer(t *testing.T) {
	dir := t.TempDir()
	out, notes, err := bench(t, "-out", dir, "-servers", "covet,fasthttp-procs", "-scenarios", "plaintext,mixed-burn", "-rounds", "1", "-d", "150ms")
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, notes)
	}
	if !strings.Contains(out, "! fasthttp-procs, mixed-burn: GOMAXPROCS=") {
		t.Errorf("the run does not say which GOMAXPROCS it chose:\n%s", out)
	}
	file, err := results.Read(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if file.Find("fasthttp-procs", "mixed-burn") == nil || file.Find("fasthttp-procs", "plaintext") != nil {
		t.Errorf("it takes part in the wrong scenarios:\n%s", out)
	}
}

// TestMemory: thousands of connections, idle, in the middle of a request, and idle
// again. How much memory that takes is for a measurement to say, not for a test.
func TestMemory(t *testing.T) {
	dir := t.TempDir()
	out, notes, err := bench(t, "-out", dir, "-servers", "covet", "-scenarios", "memory", "-rounds", "1")
	if err != nil && strings.Contains(notes, "ulimit -n") {
		t.Skip(notes)
	}
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, notes)
	}
	file, err := results.Read(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	r := file.Find("covet", "memory")
	for _, metric := range []string{results.IdleBytes, results.ActiveBytes, results.AfterBytes} {
		if _, ok := r.Median[metric]; !ok {
			t.Errorf("%s was not measured", metric)
		}
	}
	// Half a body that has come must be kept somewhere.
	if active := r.Median[results.ActiveBytes]; active < 512 {
		t.Errorf("a request in progress takes %g bytes", active)
	}
	checkReports(t, dir)
}

// TestSoak: a short one. It says that answers are right and that clients which have
// left leave nothing behind; what only time shows takes time.
func TestSoak(t *testing.T) {
	path := filepath.Join(t.TempDir(), "soak.json")
	out, notes, err := bench(t, "soak", "-d", "1500ms", "-every", "200ms", "-rate", "400", "-out", path)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, notes)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file soakFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Samples) == 0 || len(file.Kinds) == 0 || file.Server.Name != "covet" || file.Commit == "" ||
		!strings.HasPrefix(file.Command, "go run ./cmd/bench soak -d 1500ms") {
		t.Errorf("%d samples, %d kinds, server %q, commit %q, command %q",
			len(file.Samples), len(file.Kinds), file.Server.Name, file.Commit, file.Command)
	}
	for _, s := range append(file.Samples, file.Before, file.Rest) {
		if s.RSS <= 0 || s.Goroutines <= 0 {
			t.Errorf("sample %+v", s)
		}
	}
	for _, k := range file.Kinds {
		if k.Steps == 0 || k.Errors > 0 {
			t.Errorf("%+v", k)
		}
	}
}

// TestSoakFails: fasthttp answers requests without a Host field, which RFC 9112 §3.2
// wants refused. One wrong answer makes the command fail.
func TestSoakFails(t *testing.T) {
	_, notes, err := bench(t, "soak", "-d", "1s", "-rate", "400", "-server", "fasthttp", "-out", filepath.Join(t.TempDir(), "soak.json"))
	if err == nil || !strings.Contains(notes, "unexpected answers") {
		t.Errorf("fasthttp answers requests without Host, and the soak says %v: %s", err, notes)
	}
}

func TestServeSaysThatThePortIsTaken(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, notes, err := bench(t, "serve", "-server", "nethttp", "-addr", listener.Addr().String())
	if err == nil || !strings.Contains(notes, "is taken: choose another port with -addr") {
		t.Errorf("%v: %s", err, notes)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"frobnicate", "there are run, serve, load, soak, sql, check, report"},
		{"serve -server apache", "there are covet, fasthttp, nethttp"},
		{"serve -server nethttp -backend warp", "leave out -backend"},
		{"serve -server nethttp -addr nonsense", "want host:port"},
		{"-servers apache", "there are covet, fasthttp, nethttp"},
		{"-before nowhere", "another build of this program"},
		{"-backends warp", "there is no backend \"warp\""},
		{"-scenarios teapot", "there are plaintext"},
		{"-out main.go -quick", "choose another folder with -out"},
		{"soak -server nullgo", "answers what it likes"},
		{"soak -d 0s", "above 0"},
		{"soak -rate 1", "a rate of 20"},
		{"load", "want http://HOST:PORT/PATH"},
		{"load -url https://127.0.0.1/", "only http://"},
		{"report -in nowhere.json", "nowhere.json"},
	} {
		err := dispatch(context.Background(), strings.Fields(c.args), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("bench %s: %v", c.args, err)
		}
	}
}

func TestCheckNeedsWrk(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := dispatch(context.Background(), []string{"check"}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "apt-get install wrk") {
		t.Errorf("%v", err)
	}
}

// TestCheckCanBePublished: the ledger reads what check writes.
func TestCheckCanBePublished(t *testing.T) {
	pairs := []runner.Pair{{Connections: 64, Pipeline: 1}, {Connections: 64, Pipeline: 16}}
	for i := range pairs {
		for range 5 {
			pairs[i].Ours = append(pairs[i].Ours, runner.Drive{PerSecond: 2e5, Generator: 0.5, Server: 1})
			pairs[i].Wrk = append(pairs[i].Wrk, runner.Drive{PerSecond: 1e5, Generator: 1, Server: 0.5})
		}
	}
	text := checkFile("covet", "of this commit", "go run ./cmd/bench check", pairs)
	commit := regexp.MustCompile(`(?m)^commit: .*$`).ReplaceAllString(text, "commit: 0123abcd") // this tree may have changes on top
	all, err := claims.ReadResults(fstest.MapFS{"docs/results/check.txt": {Data: []byte(commit)}})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	ledger := claims.Render(all)
	for _, want := range []string{"| covet-depth16 | 5,000 | 10,000 | 2.00× |", "wrk had no time left on its core"} {
		if !strings.Contains(ledger, want) {
			t.Errorf("%q is missing from\n%s", want, ledger)
		}
	}
}

func TestHelpTeaches(t *testing.T) {
	for _, c := range commands() {
		var notes strings.Builder
		dispatch(context.Background(), []string{c.name, "-h"}, io.Discard, &notes)
		if !strings.Contains(notes.String(), "go run ./cmd/bench") || !strings.Contains(notes.String(), "Flags:") {
			t.Errorf("bench %s -h:\n%s", c.name, notes.String())
		}
	}
}
