//go:build poison

package httpcore_test

// What happens to a handler that keeps what it has borrowed.

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/covetgo/covet/httpcore"
)

func TestPoison(t *testing.T) {
	for name, option := range map[string]httpcore.RouteOption{"on the loop": httpcore.Inline(), "off the loop": httpcore.Blocking()} {
		t.Run(name, func(t *testing.T) {
			app := newApp(httpcore.Config{})
			var kept map[string][]byte
			var ctx *httpcore.Ctx
			app.Post("/keep/{id}", func(c *httpcore.Ctx) error {
				kept = map[string][]byte{"param": c.Param("id"), "decoded": c.Query("q"), "path": c.Path(), "body": c.Body(), "field": c.Field("x")}
				ctx = c
				return c.Bytes("text/plain", c.Body())
			}, option)
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan error, 1)
			go func() { served <- app.Serve(ln) }()
			conn := dial(t, ln.Addr().String())
			conn.send("POST /keep/identifier?q=a%20b HTTP/1.1\r\nHost: a\r\nX: value\r\nContent-Length: 4\r\n\r\nbody" + get)
			conn.answer().want(t, 200, "body")
			conn.answer().want(t, 200, "Hello, World!") // what is behind the request must not suffer
			shutdown(t, app)                            // from here on nothing else writes there
			<-served
			for what, b := range kept {
				if !strings.Contains(httpcore.Poison+httpcore.Poison, string(b)) {
					t.Errorf("%s is still %q", what, b)
				}
			}
			for what, use := range map[string]func(){
				"Path":   func() { ctx.Path() },
				"Param":  func() { ctx.Param("id") },
				"String": func() { ctx.String("x") },
				"Write":  func() { ctx.Write([]byte("x")) },
			} {
				if said := panics(use); !strings.Contains(said, "after its handler had returned") {
					t.Errorf("%s, later: %q", what, said)
				}
			}
		})
	}
}

// panics returns what f panics with.
func panics(f func()) (said string) {
	defer func() {
		if p := recover(); p != nil {
			said = fmt.Sprint(p)
		}
	}()
	f()
	return ""
}
