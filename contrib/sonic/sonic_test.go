package sonic_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/covetgo/covet/contrib/sonic"
	"github.com/covetgo/covet/httpcore"
)

type book struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
}

// TestCodecs sends JSON through an App whose codec is sonic; what was read must outlive the request.
func TestCodecs(t *testing.T) {
	for name, test := range map[string]struct {
		codec httpcore.JSONCodec
		want  string
	}{
		"Std":     {sonic.Std, `{"id":7,"title":"a \u003c b"}`},
		"Default": {sonic.Default, `{"id":7,"title":"a < b"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var kept []book
			app := httpcore.New(httpcore.Config{JSON: test.codec, Loops: 1})
			app.Post("/books", func(c *httpcore.Ctx) error {
				var b book
				if err := c.Bind(&b); err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				kept = append(kept, b)
				return c.JSON(&b)
			})
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan error, 1)
			go func() { served <- app.Serve(ln) }()
			defer func() {
				app.Shutdown(t.Context())
				<-served
			}()
			post := func(body string) (int, string) {
				r, err := http.Post("http://"+ln.Addr().String()+"/books", "application/json", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				defer r.Body.Close()
				text, err := io.ReadAll(r.Body)
				if err != nil {
					t.Fatal(err)
				}
				return r.StatusCode, string(text)
			}
			for range 3 {
				if code, text := post(`{"id":7,"title":"a < b"}`); code != 200 || text != test.want {
					t.Errorf("%d %s, want %s", code, text, test.want)
				}
			}
			if code, _ := post(`{"id":`); code != 400 {
				t.Errorf("broken JSON: %d", code)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, b := range kept {
				if b.Title != "a < b" {
					t.Errorf("kept %q", b.Title)
				}
			}
		})
	}
}
