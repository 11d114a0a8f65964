package httpcore_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/router"
)

func TestLinks(t *testing.T) {
	app := newApp(httpcore.Config{})
	ok := func(c *httpcore.Ctx) error { return c.NoContent() }
	app.Group("/v1").Get("/books/{id:int}/{title}", ok, httpcore.Name("book"), httpcore.Meta("public"))
	for _, c := range []struct {
		name   string
		values []string
		want   string
		bad    string
	}{
		{"book", []string{"7", "a b/c"}, "/v1/books/7/a%20b%2Fc", ""},
		{"book", []string{"seven", "x"}, "", "seven"},
		{"none", nil, "", "none"},
	} {
		got, err := app.URL(c.name, c.values...)
		if got != c.want || (err != nil) != (c.bad != "") || err != nil && !strings.Contains(err.Error(), c.bad) {
			t.Errorf("URL(%q, %q) = %q, %v", c.name, c.values, got, err)
		}
	}
	found := false
	for _, r := range app.Routes() {
		found = found || r.Name == "book" && r.Meta == "public"
	}
	if !found {
		t.Error("Routes lists neither name nor metadata")
	}
	if why, err := app.Explain("GET", "", "/v1/books/7/x"); err != nil || !strings.Contains(why, "/v1/books/{id:int}/{title}") {
		t.Errorf("Explain: %q, %v", why, err)
	}
	if _, err := app.Explain("BREW", "", "/"); err == nil {
		t.Error("Explain takes a method that is none")
	}
}

func TestNamesAreUnique(t *testing.T) {
	app := newApp(httpcore.Config{})
	ok := func(c *httpcore.Ctx) error { return nil }
	app.Get("/a", ok, httpcore.Name("x"))
	app.Get("/b", ok, httpcore.Name("x"))
	if err := app.Check(); err == nil || !strings.Contains(err.Error(), "link_test.go") {
		t.Errorf("two routes of one name: %v", err)
	}
}

func TestTypedParams(t *testing.T) {
	app := newApp(httpcore.Config{})
	app.Get("/n/{i:int}/{f:float}/{u:uuid}/{s}", func(c *httpcore.Ctx) error {
		i, iok := c.ParamInt("i")
		f, fok := c.ParamFloat("f")
		u, uok := c.ParamUUID("u")
		_, none := c.ParamInt("none")
		return c.String(fmt.Sprint(i, iok, f, fok, u[15], uok, none))
	})
	dial(t, serve(t, app)).ask("/n/-42/2.5/00000000-0000-0000-0000-0000000000ff/x").want(t, 200, "-42 true 2.5 true 255 true false")
}

func TestSlash(t *testing.T) {
	for _, c := range []struct {
		policy   router.SlashPolicy
		code     int
		location string
	}{
		{router.SlashStrict, 404, ""},
		{router.SlashRedirect, 308, "/users/7?q=1"},
		{router.SlashIgnore, 204, ""},
	} {
		app := newApp(httpcore.Config{Slash: c.policy})
		app.Get("/users/{id}", func(c *httpcore.Ctx) error { return c.NoContent() })
		a := dial(t, serve(t, app)).ask("/users/7/?q=1")
		if a.StatusCode != c.code || a.Header.Get("Location") != c.location {
			t.Errorf("policy %v: %d to %q, want %d to %q", c.policy, a.StatusCode, a.Header.Get("Location"), c.code, c.location)
		}
	}
}
