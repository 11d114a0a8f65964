package httpcore_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/covetgo/covet/httpcore"
)

type book struct {
	ID    int      `json:"id"`
	Title string   `json:"title"`
	Tags  []string `json:"tags,omitempty"`
}

// TestJSON sends what Bind reads and JSON writes, and what they refuse.
func TestJSON(t *testing.T) {
	app := newApp(httpcore.Config{})
	echo := func(c *httpcore.Ctx) error {
		var b book
		if err := c.Bind(&b); err != nil {
			return err
		}
		return c.JSON(&b)
	}
	app.Post("/book", echo)
	app.Post("/stream", echo, httpcore.StreamBody())
	app.Get("/failed", func(c *httpcore.Ctx) error {
		c.String("before")
		if err := c.JSON(make(chan int)); err == nil {
			return errors.New("a channel was written")
		}
		return nil
	})
	app.Get("/twice", func(c *httpcore.Ctx) error {
		if err := c.JSON(&book{ID: 1}); err != nil {
			return err
		}
		return c.JSON(&book{ID: 2, Title: "<&>"})
	})
	app.Post("/mistake", func(c *httpcore.Ctx) error { return c.Bind(book{}) })
	c := dial(t, serve(t, app))
	post := func(path, body string) string {
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
	}
	for _, path := range []string{"/book", "/stream"} {
		a := c.send(post(path, ` { "ID" : 7, "title": "A \u003c B", "more": [1] } `)).answer()
		a.want(t, 200, `{"id":7,"title":"A \u003c B"}`)
		if a.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%v", a.Header)
		}
		c.send(post(path, `{"id":"x"}`)).answer().want(t, 400, "json: cannot unmarshal string into Go struct field book.id of type int")
		c.send(post(path, `{"id":1`)).answer().want(t, 400, "unexpected end of JSON input")
	}
	c.send("GET /failed HTTP/1.1\r\nHost: a\r\n\r\n").answer().want(t, 200, "before")
	c.send("GET /twice HTTP/1.1\r\nHost: a\r\n\r\n").answer().want(t, 200, `{"id":2,"title":"\u003c\u0026\u003e"}`)
	if a := c.send(post("/mistake", `{}`)).answer(); a.StatusCode != 500 {
		t.Errorf("Bind of no pointer: %d %q", a.StatusCode, a.body)
	}
}

// TestBindCopies holds that what Bind stored outlives the request's memory.
func TestBindCopies(t *testing.T) {
	app := newApp(httpcore.Config{})
	var mu sync.Mutex
	var kept []book
	app.Post("/keep", func(c *httpcore.Ctx) error {
		var b book
		err := c.Bind(&b)
		mu.Lock()
		defer mu.Unlock()
		kept = append(kept, b)
		return err
	})
	c := dial(t, serve(t, app))
	for i := range 50 {
		body, _ := json.Marshal(book{ID: i, Title: strings.Repeat(string(rune('a'+i%26)), 1+2*i), Tags: []string{fmt.Sprint(i)}})
		c.send(fmt.Sprintf("POST /keep HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(body), body)).answer().want(t, 200, "")
	}
	mu.Lock()
	defer mu.Unlock()
	for i, b := range kept {
		if b.ID != i || b.Title != strings.Repeat(string(rune('a'+i%26)), 1+2*i) || b.Tags[0] != fmt.Sprint(i) {
			t.Errorf("%d: %+v", i, b)
		}
	}
}

// What Bind holds in memory is bounded, also where the body may be streamed.
func TestBindLimit(t *testing.T) {
	const most = 1000
	app := newApp(httpcore.Config{Limits: httpcore.Limits{BodyBytesMax: most}})
	bind := func(c *httpcore.Ctx) error { var s string; return c.Bind(&s) }
	app.Post("/whole", bind)
	app.Post("/streamed", bind, httpcore.StreamBody())
	addr := serve(t, app)
	for _, path := range []string{"/whole", "/streamed"} {
		for n, code := range map[int]int{most: 200, most + 1: 413} {
			body := `"` + strings.Repeat("x", n-2) + `"`
			a := dial(t, addr).send(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", path, n, body)).answer()
			if a.StatusCode != code {
				t.Errorf("%s with %d bytes: %d, want %d", path, n, a.StatusCode, code)
			}
		}
	}
}

// shout is a codec of another make.
type shout struct{}

func (shout) AppendMarshal(dst []byte, v any) ([]byte, error) {
	return append(dst, strings.ToUpper(fmt.Sprint(v))...), nil
}

func (shout) Unmarshal(data []byte, v any) error {
	*v.(*string) = string(data)
	return nil
}

func TestOtherCodec(t *testing.T) {
	app := newApp(httpcore.Config{JSON: shout{}})
	app.Post("/", func(c *httpcore.Ctx) error {
		var s string
		if err := c.Bind(&s); err != nil {
			return err
		}
		return c.JSON(s)
	})
	c := dial(t, serve(t, app))
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc").answer().want(t, 200, "ABC")
}
