package pg

// Statements: one per text and pool, described once, prepared on each connection when it first needs them.

import (
	"maps"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/covetgo/covet/sqlcore/wire"
)

// statementsMax bounds the prepared statements of a pool, and so those of each of its connections: a statement's
// plan costs the server some 10 to 100 KiB. Programs have fewer; who builds texts at run time has more, and then the
// least recently used go.
const statementsMax = 1000

// Stmt is a statement's text in a pool. Its name on a connection is that of its slot; when the slot gets another
// text, the connections notice at the next use.
type Stmt struct {
	sql  string
	slot int
	name string
	desc atomic.Pointer[Desc] // nil until described
	plan atomic.Pointer[plan] // of the type it was last decoded into
	used atomic.Bool          // since the hand of the clock passed by
	solo bool                 // it commits by itself: see commitsAlone

	large atomic.Bool // a result was too large for a shared connection once
}

// SQL is the statement's text.
func (s *Stmt) SQL() string { return s.sql }

// Large reports whether a result of the statement was too large for a shared connection once.
func (s *Stmt) Large() bool { return s.large.Load() }

// Desc says what a statement takes and returns.
type Desc struct {
	Params  []uint32 // OIDs
	Columns []Column

	results               []byte // formats of the columns, as Bind wants them
	rawParams, rawColumns string // the server's messages, to notice a change
}

// Column is one column of a result.
type Column struct {
	Name   string
	Type   uint32 // OID
	Format wire.Format

	Modifier int32 // what the type's name has in brackets, encoded by type (pg_attribute.atttypmod); -1 for nothing
}

// newDesc reads what the server says about a statement. formatOf chooses in which format its columns are asked for.
func newDesc(params, columns []byte, formatOf func(oid uint32) wire.Format) (*Desc, bool) {
	d := &Desc{rawParams: string(params), rawColumns: string(columns)}
	var ok bool
	if d.Params, ok = wire.AppendParamTypes(nil, params); !ok {
		return nil, false
	}
	var formats []wire.Format
	if columns != nil {
		list, n, ok := wire.ParseRowDescription(columns)
		if !ok {
			return nil, false
		}
		d.Columns = make([]Column, 0, n)
		var c wire.Column
		for list.Next(&c) {
			format := formatOf(c.Type)
			formats = append(formats, format)
			d.Columns = append(d.Columns, Column{string(c.Name), c.Type, format, c.Modifier})
		}
		if !list.OK() {
			return nil, false
		}
	}
	d.results, ok = wire.AppendFormats(nil, formats)
	return d, ok
}

// withFormats returns what d says of the types, with the formats that were asked for by an older description.
func (d *Desc) withFormats(asked *Desc) *Desc {
	mixed := *d
	mixed.Columns = append([]Column(nil), d.Columns...)
	for i := range mixed.Columns {
		mixed.Columns[i].Format = wire.Text
		if i < len(asked.Columns) {
			mixed.Columns[i].Format = asked.Columns[i].Format
		}
	}
	return &mixed
}

// statements is a pool's table of statements. Looking up takes no lock: the map is replaced, never changed.
type statements struct {
	byText atomic.Pointer[map[string]*Stmt]
	mu     sync.Mutex
	slots  []*Stmt
	hand   int // of the clock that chooses whom to evict
}

// find returns the statement of a text, nil if there is none yet.
func (t *statements) find(sql string) *Stmt {
	m := t.byText.Load()
	if m == nil {
		return nil
	}
	s := (*m)[sql]
	if s != nil && !s.used.Load() { // a store would take the cache line from the other cores
		s.used.Store(true)
	}
	return s
}

// add makes a statement of a text that is new.
func (t *statements) add(sql string) *Stmt {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := map[string]*Stmt{}
	if m := t.byText.Load(); m != nil {
		if s := (*m)[sql]; s != nil {
			return s
		}
		maps.Copy(next, *m)
	}
	s := &Stmt{sql: sql, slot: len(t.slots), solo: commitsAlone(sql)}
	if s.slot < statementsMax {
		t.slots = append(t.slots, s)
	} else {
		s.slot = t.evict()
		delete(next, t.slots[s.slot].sql)
		t.slots[s.slot] = s
	}
	s.name = "s" + strconv.Itoa(s.slot)
	s.used.Store(true)
	next[sql] = s
	t.byText.Store(&next)
	return s
}

// evict returns the slot of a statement that was not used since the hand last passed it.
func (t *statements) evict() int {
	for {
		i := t.hand
		t.hand = (t.hand + 1) % len(t.slots)
		if !t.slots[i].used.Swap(false) {
			return i
		}
	}
}
