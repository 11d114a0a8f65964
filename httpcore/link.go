package httpcore

// What a program can ask of its routes while it serves: links to them, and why a
// request goes where it goes.

import (
	"fmt"

	"github.com/covetgo/covet/router"
)

// Name gives the route a name, for [App.URL]. No two routes may have the same.
func Name(name string) RouteOption {
	return func(r *registration) { r.name = name }
}

// Meta notes what else is to be known of the route: who may call it, how it is
// described. It is in what [App.Routes] lists.
func Meta(meta any) RouteOption {
	return func(r *registration) { r.meta = meta }
}

// describe hands the options that are the router's on to it.
func (r *registration) describe(b *router.Builder, id int) error {
	if r.meta != nil {
		b.SetMeta(id, r.meta)
	}
	if r.name != "" {
		return b.Name(id, r.name)
	}
	return nil
}

// URL returns the path of the route of that name, with values for the parameters
// of its pattern in their order. Values are plain text and come out escaped. The
// error says which value its parameter cannot have.
func (a *App) URL(name string, values ...string) (string, error) {
	if err := a.Check(); err != nil {
		return "", err
	}
	id := a.table.Named(name)
	if id < 0 {
		return "", fmt.Errorf("httpcore: no route has the name %q; give it one with the option Name", name)
	}
	path, err := a.table.AppendURL(nil, id, values...)
	return string(path), err
}

// Explain says in words which route answers a request, and why not another. Host
// may be empty. It does not run anything.
func (a *App) Explain(method, host, path string) (string, error) {
	if err := a.Check(); err != nil {
		return "", err
	}
	for m := router.MethodGet; m <= router.MethodTrace; m++ {
		if m.String() == method {
			return a.table.Explain(m, []byte(host), []byte(path)).String(), nil
		}
	}
	return "", fmt.Errorf("httpcore: the method %q is not known to this server", method)
}

// ParamInt is a parameter of type int or uint as a number; false if the route
// has none of that name and type, or it does not fit 64 bits.
func (c *Ctx) ParamInt(name string) (int64, bool) {
	i := c.paramIndex(name)
	if i < 0 {
		return 0, false
	}
	return c.params.Int(c.Path(), i)
}

// ParamFloat is a parameter of type float, as ParamInt.
func (c *Ctx) ParamFloat(name string) (float64, bool) {
	i := c.paramIndex(name)
	if i < 0 {
		return 0, false
	}
	return c.params.Float(c.Path(), i)
}

// ParamUUID is a parameter of type uuid, as ParamInt.
func (c *Ctx) ParamUUID(name string) ([16]byte, bool) {
	i := c.paramIndex(name)
	if i < 0 {
		return [16]byte{}, false
	}
	return c.params.UUID(c.Path(), i)
}

// paramIndex is that of a parameter in the route's pattern, −1 if there is none.
func (c *Ctx) paramIndex(name string) int {
	c.use()
	if c.route < 0 {
		return -1
	}
	return c.app.table.Param(c.route, name)
}
