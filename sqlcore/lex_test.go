package sqlcore

import (
	"slices"
	"strings"
	"testing"
)

// marks lists what the scanner finds.
func marks(sql string, d Dialect) (list []string) {
	s := scanner{sql: sql, dialect: d}
	for {
		start, end, kind := s.next()
		if kind == markEnd {
			return list
		}
		list = append(list, sql[start:end])
	}
}

func TestPlaceholdersAreFound(t *testing.T) {
	for _, c := range []struct {
		dialects string // first letters
		sql      string
		want     string // separated by blanks
	}{
		{"PMS", "select :a, :b_2 from t where x=:c", ":a :b_2 :c"},
		{"PMS", "(:a+:b)*-:c", ":a :b :c"},
		{"PMS", "select :größe", ":größe"},
		{"PMS", "select ':a', 'it''s :b', :c", ":c"},
		{"PS", `select 'a\', :b, 'c'`, ":b"},
		{"M", `select 'a\', :b, ', :c`, ":c"},
		{"PMS", `select ":a", "b"":c", :d`, ":d"},
		{"M", `select "a\":b", :c`, ":c"},
		{"MS", "select `:a``:b`, :c", ":c"},
		{"P", "select 1 ` :a", ":a"},
		{"S", "select [:a] + :b", ":b"},
		{"PM", "select a[:b] + :c", ":b :c"},
		{"PMS", "-- :a\n:b /* :c */ :d", ":b :d"},
		{"P", "/* /* :a */ :b */ :c", ":c"},
		{"MS", "/* /* :a */ :b", ":b"},
		{"PS", "select 1--:a\n+:b", ":b"},
		{"M", "select 1--:a\n+:b", ":a :b"},
		{"M", "select 1-- :a\n+:b # :c\n+:d", ":b :d"},
		{"P", "select '{}'::jsonb #> :a #>> :b - :c", ":a :b :c"},
		{"P", "select x::int, :a::text, :b ::date", ":a :b"},
		{"P", "select a[1:n], a[i:j], a[(1):n], a[1: :n], array[:x, :y], a[:lo:5]", ":n :x :y :lo"},
		{"P", `select e'it\'s :a', E'\\', :b, E'x''\':c', :d`, ":b :d"},
		{"P", "select E'a' -- it's\n 'b\\' :c' , :d", ":d"},
		{"P", `select name'a\', :b, U&'\0041', :c`, ":b :c"},
		{"P", "select $$ :a $$, $t$ :b $$ $u$ $t$, :c", ":c"},
		{"P", "select a$b$, :c, $b$ :d $b$", ":c"},
		{"P", "select $1, $23, a$4, '$5'", "$1 $23"},
		{"MS", "select $1, $23, a$4, '$5'", "$1 $23"},
		{"P", "select '{}'::jsonb ? 'a', j @> :a, j ?| :b", ":a :b"},
		{"M", "select ?, '?', `?`, @x := ?", "? ?"},
		{"S", "select ?, ?12, '?'", "? ?12"},
		{"P", "select f(a := :b, c => :d)", ":b :d"},
		{"PMS", "select ':a", ""},
		{"PMS", `select ":a`, ""},
		{"PMS", "select /* :a", ""},
		{"P", `select E':a\`, ""},
		{"P", "select $x$ :a", ""},
		{"PMS", "select 1 -- :a", ""},
		{"PMS", ":", ""}, {"PMS", "::", ""}, {"PMS", "$", ""}, {"PMS", "", ""}, {"PMS", "/", ""}, {"PMS", "-", ""}, {"P", "e", ""},
	} {
		for _, letter := range c.dialects {
			d := Dialect(strings.IndexRune("PMS", letter))
			if got := marks(c.sql, d); !slices.Equal(got, strings.Fields(c.want)) {
				t.Errorf("%v, %s: %q, want %s", d, c.sql, got, c.want)
			}
		}
	}
}

// protected marks the bytes that lie in strings, comments and quoted identifiers. It is written another way than the
// scanner, one expression tried at each place, and knows nothing of placeholders.
func protected(sql string, d Dialect) []bool {
	inside := make([]bool, len(sql))
	number := 0 // the end of the last $1, behind which no word goes on
	for i := 0; i < len(sql); {
		n := 0
		rest := sql[i:]
		word := i > number && (isWord(sql[i-1]) || sql[i-1] == '$')
		switch {
		case rest[0] == '$' && len(rest) > 1 && isDigit(rest[1]) && !word:
			i += 1 + len(rest[1:]) - len(strings.TrimLeft(rest[1:], "0123456789"))
			number = i
			continue
		case d == PostgreSQL && !word && len(rest) > 1 && (rest[0] == 'E' || rest[0] == 'e') && rest[1] == '\'':
			n = 1 + backslashRun(rest[1:], '\'')
			for { // a string goes on behind a line's end
				gap := gapRun(rest[n:])
				if gap == 0 {
					break
				}
				n += gap + backslashRun(rest[n+gap:], '\'')
			}
		case d == MySQL && (rest[0] == '\'' || rest[0] == '"'):
			n = backslashRun(rest, rest[0])
		case rest[0] == '\'' || rest[0] == '"' || rest[0] == '`' && d != PostgreSQL:
			n = closeRun(rest, rest[:1], 1)
		case rest[0] == '[' && d == SQLite:
			n = closeRun(rest, "]", 1)
		case rest[0] == '#' && d == MySQL, strings.HasPrefix(rest, "--") && (d != MySQL || len(rest) == 2 || rest[2] <= ' '):
			n = len(rest)
			if end := strings.IndexAny(rest, "\n\r"); end >= 0 {
				n = end
			}
		case strings.HasPrefix(rest, "/*") && d != PostgreSQL:
			n = closeRun(rest, "*/", 2)
		case strings.HasPrefix(rest, "/*"):
			n = nestRun(rest)
		case rest[0] == '$' && d == PostgreSQL && !word:
			tag, _, ok := strings.Cut(rest[1:], "$")
			if ok && strings.IndexFunc(tag, func(r rune) bool { return r < 0x80 && !isWord(byte(r)) }) < 0 && (tag == "" || !isDigit(tag[0])) {
				n = closeRun(rest, "$"+tag+"$", len(tag)+2)
			}
		}
		for j := range n {
			inside[i+j] = true
		}
		i += max(n, 1)
	}
	return inside
}

func closeRun(rest, end string, skip int) int {
	if i := strings.Index(rest[skip:], end); i >= 0 {
		return skip + i + len(end)
	}
	return len(rest)
}

func backslashRun(rest string, quote byte) int {
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '\\':
			i++
		case rest[i] == quote && i+1 < len(rest) && rest[i+1] == quote:
			i++
		case rest[i] == quote:
			return i + 1
		}
	}
	return len(rest)
}

func nestRun(rest string) int {
	depth := 0
	for i := 0; i+1 < len(rest); i++ {
		switch rest[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			if depth--; depth == 0 {
				return i + 2
			}
			i++
		}
	}
	return len(rest)
}

// gapRun measures blanks and comments with a line's end among them and a quote behind, else it is 0.
func gapRun(rest string) int {
	n, line := 0, false
	for n < len(rest) {
		switch {
		case strings.HasPrefix(rest[n:], "--"):
			end := strings.IndexAny(rest[n:], "\n\r")
			if end < 0 {
				return 0
			}
			n += end
		case strings.IndexByte(" \t\f\v", rest[n]) >= 0:
			n++
		case rest[n] == '\n' || rest[n] == '\r':
			line = true
			n++
		case rest[n] == '\'' && line:
			return n
		default:
			return 0
		}
	}
	return 0
}

// What lies in strings and comments stays; each name has a placeholder, and nothing else has changed.
func FuzzRewrite(f *testing.F) {
	for _, sql := range []string{
		"select :a, ':b', \":c\", :a::int -- :d\n/* /* :e */ */ $$ :f $$ $1 ? [:g] `:h` # :i", `E'\':a' :b`, "E'a'\n'\\' :b' :c",
		"a[1:n] :x", "$a$ :b $a$ :c", "1--:a\n:b", "e'", "é:a :é", "$1::int, a$1, $b1$ $1 $b1$", "?1 :a", "'\\' :a '",
	} {
		for d := range dialectNames {
			f.Add(sql, uint8(d))
		}
	}
	f.Fuzz(func(t *testing.T, sql string, dialect uint8) {
		d := Dialect(dialect % uint8(len(dialectNames)))
		if strings.Contains(strings.ToLower(sql), ":e'") { // a name before a string, or an E that belongs to it: protected cannot tell
			return
		}
		inside := protected(sql, d)
		s := scanner{sql: sql, dialect: d}
		var pieces, names int
		var rebuilt strings.Builder
		r := rewrite(sql, d)
		at, rest := 0, r.sql
		for {
			start, end, kind := s.next()
			if start < at || end < start || slices.Contains(inside[start:end], true) {
				t.Fatalf("%v, %q: a placeholder at %d to %d, behind %d", d, sql, start, end, at)
			}
			if !strings.HasPrefix(rest, sql[at:start]) {
				t.Fatalf("%v, %q: became %q", d, sql, r.sql)
			}
			rest = rest[start-at:]
			rebuilt.WriteString(sql[at:end])
			at = end
			if kind == markEnd {
				break
			}
			pieces++
			if kind == markName {
				names++
			}
			// In place of it stands exactly one placeholder.
			mine := scanner{sql: rest, dialect: d}
			from, to, _ := mine.next()
			if from != 0 {
				t.Fatalf("%v, %q: became %q", d, sql, r.sql)
			}
			rest = rest[to:]
		}
		if rebuilt.String() != sql || rest != "" {
			t.Fatalf("%v, %q: became %q, with %q too much", d, sql, r.sql, rest)
		}
		if r.err != nil {
			return
		}
		if d == PostgreSQL && len(r.names) > names || d != PostgreSQL && len(r.names) != names {
			t.Fatalf("%v, %q: %d names, %d values", d, sql, names, len(r.names))
		}
		if got := len(marks(r.sql, d)); got != pieces {
			t.Fatalf("%v, %q: %d placeholders became %d in %q", d, sql, pieces, got, r.sql)
		}
	})
}
