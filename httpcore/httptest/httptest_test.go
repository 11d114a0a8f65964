package httptest_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/httpcore/httptest"
)

func newApp() *httpcore.App {
	app := httpcore.New(httpcore.Config{Loops: 1})
	app.Get("/hello/{name}", func(c *httpcore.Ctx) error { return c.String("Hello, " + string(c.Param("name")) + "!") })
	app.Get("/away", func(c *httpcore.Ctx) error { return c.Redirect(302, "/hello/there") })
	app.Get("/slow", func(c *httpcore.Ctx) error { time.Sleep(3 * time.Millisecond); return c.String("slow") })
	app.Post("/echo", func(c *httpcore.Ctx) error { _, err := io.Copy(c, c); return err }, httpcore.StreamBody())
	app.Get("/field", func(c *httpcore.Ctx) error { return c.Bytes("text/plain", c.Field("X-Name")) })
	return app
}

func TestServers(t *testing.T) {
	for name, start := range map[string]func(*httpcore.App) *httptest.Server{"socket": httptest.NewServer, "memory": httptest.NewMemoryServer} {
		t.Run(name, func(t *testing.T) {
			s := start(newApp())
			defer s.Close()
			for _, c := range []struct {
				got  httptest.Response
				code int
				text string
			}{
				{s.Get("/hello/world"), 200, "Hello, world!"},
				{s.Get("/slow"), 200, "slow"},
				{s.Get("/away"), 302, ""},
				{s.Get("/none"), 404, "Not Found"},
				{s.Get("/field", "X-Name: value"), 200, "value"},
				{s.Do("POST", "/echo", "hello"), 200, "hello"},
				{s.Do("PUT", "/echo", ""), 405, "Method Not Allowed"},
			} {
				if c.got.StatusCode != c.code || c.got.Text != c.text {
					t.Errorf("%s: %d %q, want %d %q", c.got.Request.URL, c.got.StatusCode, c.got.Text, c.code, c.text)
				}
			}
			resp, err := s.Client().Get("http://any.host/hello/client")
			if err != nil || resp.StatusCode != 200 {
				t.Error(resp, err)
			}
			resp.Body.Close()

			conn := s.Dial()
			defer conn.Close()
			fmt.Fprint(conn, "GET /hello/bytes HTTP/1.0\r\n\r\n")
			raw, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || raw.StatusCode != 200 {
				t.Error(raw, err)
			}
			s.Close() // twice is once
		})
	}
}

func TestFaultsPanic(t *testing.T) {
	faulty := httpcore.New(httpcore.Config{})
	faulty.Get("/{", nil)
	s := httptest.NewMemoryServer(newApp())
	defer s.Close()
	for name, f := range map[string]func(){
		"an app that cannot serve": func() { httptest.NewServer(faulty) },
		"a field without colon":    func() { s.Get("/", "no field") },
		"a bad method":             func() { s.Do("G T", "/", "") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			f()
		}()
	}
}

func ExampleNewServer() {
	app := httpcore.New(httpcore.Config{})
	app.Get("/hello/{name}", func(c *httpcore.Ctx) error {
		return c.String("Hello, " + string(c.Param("name")) + "!")
	})
	s := httptest.NewServer(app)
	defer s.Close()
	r := s.Get("/hello/world")
	fmt.Println(r.StatusCode, r.Text)
	// Output: 200 Hello, world!
}
