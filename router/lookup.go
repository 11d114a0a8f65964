package router

// Table is a compiled, immutable set of routes.
type Table struct {
	routes []Route
}

const pathBytesMax = 0xffff

// Builder collects patterns.
type Builder struct{}

// Add registers a pattern.
func (b *Builder) Add(pattern string, src Source) (id int, err error) { return 0, nil }

// Compile builds the table.
func (b *Builder) Compile() (*Table, error) { return &Table{}, nil }

// Lookup finds the route.
func (t *Table) Lookup(m Method, host, path []byte, ps *Params) Match {
	return Match{Route: -1}
}

// Join puts a pattern below a prefix.
func Join(prefix, pattern string) (string, error) { return prefix + pattern, nil }
