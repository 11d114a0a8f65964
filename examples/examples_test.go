// Package examples holds programs to start from, each in a folder of its own.
// Its tests build and run all of them.
package examples

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// start builds and runs an example on a free port, and returns the URL that it
// answers at.
func start(t *testing.T, name string) (cmd *exec.Cmd, url string) {
	t.Helper()
	exe := filepath.Join(t.TempDir(), name+exeSuffix())
	if out, err := exec.Command("go", "build", "-o", exe, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", name, err, out)
	}
	addr := freeAddr(t)
	cmd = exec.Command(exe, "-addr", addr)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return cmd, "http://" + addr
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s does not answer on %s", name, addr)
	return nil, ""
}

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

func freeAddr(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func do(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestHello(t *testing.T) {
	_, url := start(t, "hello")
	if code, body := do(t, "GET", url+"/hello/you", ""); code != 200 || body != "Hello, you!\n" {
		t.Errorf("%d %q", code, body)
	}
}

func TestAPI(t *testing.T) {
	_, url := start(t, "api")
	for _, c := range []struct {
		method, path, body string
		code               int
		want               string
	}{
		{"GET", "/v1/books/2", "", 200, `{"id":2,"title":"Palomar"}`},
		{"POST", "/v1/books", `{"title":"Nineteen Ways"}`, 201, `{"id":3,"title":"Nineteen Ways"}`},
		{"GET", "/v1/books", "", 200, `[{"id":1,"title":"Invisible Cities"},{"id":2,"title":"Palomar"},{"id":3,"title":"Nineteen Ways"}]`},
		{"GET", "/v1/books/9", "", 404, "Not Found"},
		{"GET", "/v1/books/x", "", 404, "Not Found"},
		{"POST", "/v1/books", `{`, 400, `send a JSON object like {"title":"…"}`},
		{"DELETE", "/v1/books", "", 405, "Method Not Allowed"},
	} {
		if code, body := do(t, c.method, url+c.path, c.body); code != c.code || body != c.want {
			t.Errorf("%s %s: %d %q, want %d %q", c.method, c.path, code, body, c.code, c.want)
		}
	}
}

// TestTermination: SIGTERM during a slow request. The answer arrives, and the
// program ends with exit code 0.
func TestTermination(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows has no SIGTERM to send")
	}
	cmd, url := start(t, "api")
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET /v1/books/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /wait/1000 HTTP/1.1\r\nHost: a\r\n\r\n")
	r := bufio.NewReader(conn)
	read := func() *http.Response {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		return resp
	}
	read() // the first one is answered: the second has been taken
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if resp := read(); resp.StatusCode != 200 || !resp.Close {
		t.Errorf("the slow answer: %d, Connection: close %v", resp.StatusCode, resp.Close)
	}
	conn.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v, want exit code 0", err)
	}
}
