package router

// This file holds what is said of routes besides their patterns: names and metadata, the mounting of one Builder's
// routes in another, and the way back from a name and values to a path.

import (
	"fmt"
	"strings"
)

// Name gives a route a name, which no other route may have.
func (b *Builder) Name(id int, name string) error {
	if other, taken := b.names[name]; taken && other != id {
		return fmt.Errorf("router: name %q of pattern %q (%v) is taken by pattern %q (%v)", name,
			b.patterns[id].route.Pattern, b.patterns[id].route.Source, b.patterns[other].route.Pattern, b.patterns[other].route.Source)
	}
	if b.names == nil {
		b.names = map[string]int{}
	}
	delete(b.names, b.patterns[id].route.Name)
	b.names[name] = id
	b.patterns[id].route.Name = name
	return nil
}

// SetMeta notes what else is to be known of a route, such as who may call it or its description. The router does not
// look at it; it stands in [Route.Meta].
func (b *Builder) SetMeta(id int, meta any) { b.patterns[id].route.Meta = meta }

// Mount adds the routes of another Builder below a prefix, as [Join] puts them there, with their names, metadata and
// sources. It returns the id of the first; the others follow in their order. If one cannot be joined or added, the
// error says which, and b is unchanged.
func (b *Builder) Mount(prefix string, other *Builder) (first int, err error) {
	c := b.clone()
	first = len(c.patterns)
	for _, p := range other.patterns {
		full, err := Join(prefix, p.route.Pattern)
		if err != nil {
			return -1, fmt.Errorf("%w (%v)", err, p.route.Source)
		}
		id, err := c.Add(full, p.route.Source)
		if err != nil {
			return -1, err
		}
		if p.route.Name != "" {
			if err := c.Name(id, p.route.Name); err != nil {
				return -1, err
			}
		}
		c.SetMeta(id, p.route.Meta)
	}
	*b = c
	return first, nil
}

// Named returns the id of the route with a name, or -1.
func (t *Table) Named(name string) int32 {
	if id, ok := t.names[name]; ok {
		return int32(id)
	}
	return -1
}

// AppendURL appends the path of a route to dst, with values for its parameters in their order. Values are plain text
// and come out escaped; only the rest of a path, {name...}, keeps its slashes. The error says which value its
// parameter could not have: an empty one, one that is not of the type, or a dot segment, which no client would send.
//
// The path matches the route. Whether it leads there is another matter if a more specific route matches it too.
func (t *Table) AppendURL(dst []byte, route int32, values ...string) ([]byte, error) {
	r := &t.routes[route]
	if len(values) != len(r.Params) {
		return dst, fmt.Errorf("router: pattern %q has %d parameters, and there are %d values", r.Pattern, len(r.Params), len(values))
	}
	base, k := len(dst), 0
	for _, s := range t.segs[route] {
		dst = append(dst, '/')
		switch {
		case s.kind == segLiteral:
			dst = appendEscaped(dst, s.text, false)
		case s.kind == segEnd:
		case s.kind == segParam:
			text := s.m.prefix + values[k] + s.m.suffix
			if values[k] == "" || !s.m.match(text) || hidesDots([]byte("/"+text)) || dots([]byte(text)) > 0 {
				return dst[:base], fmt.Errorf("router: %q is no value for {%s} of pattern %q", values[k], r.Params[k].Name, r.Pattern)
			}
			dst = appendEscaped(dst, text, false)
			k++
		case k < len(values): // a wildcard with a name
			rest, empty := "/"+values[k], values[k] == "" || strings.HasSuffix(values[k], "/")
			if unclean([]byte(rest)) || s.kind == segMid && empty {
				return dst[:base], fmt.Errorf("router: %q is no value for {%s...} of pattern %q", values[k], r.Params[k].Name, r.Pattern)
			}
			dst = appendEscaped(dst, values[k], true)
			k++
		}
	}
	return dst, nil
}

// appendEscaped writes text as a path segment has it, or as a path if slashes are kept.
func appendEscaped(dst []byte, text string, slashes bool) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		if c := text[i]; unreserved(c) || slashes && c == '/' {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		}
	}
	return dst
}
