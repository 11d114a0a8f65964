package sqlcore

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The texts that parts make, and the order of their values.
func TestTexts(t *testing.T) {
	id, price := Name("id"), Name("p", "price")
	page := Select("id").From("product p").OrderBy(price.Desc(), id.Desc()).After("9.50", 7).Limit(10)
	for _, c := range []struct {
		dialects string
		part     Part
		text     string
		args     string
	}{
		{"P", SQL("a = $2 AND b = $1 AND c = $2", 1, 2), "a = $1 AND b = $2 AND c = $1", "[2 1]"},
		{"MS", SQL("a = $2 AND b = $1 AND c = $2", 1, 2), "a = ? AND b = ? AND c = ?", "[2 1 2]"},
		{"P", SQL("a = :x AND b = ':x' AND c = :y AND d = :x", Named{"x": 1, "y": 2}), "a = $1 AND b = ':x' AND c = $2 AND d = $1", "[1 2]"},
		{"M", SQL("a = :x AND b = '\\':x' AND c = :y AND d = :x", Named{"x": 1, "y": 2}), "a = ? AND b = '\\':x' AND c = ? AND d = ?", "[1 2 1]"},
		{"P", And(SQL("a = $1", 1), Or(SQL("b = $1", 2), Frag{}, SQL("c = $1 -- why", 3)), If(false, SQL("d"))), "(a = $1) AND ((b = $2) OR (c = $3 -- why\n))", "[1 2 3]"},
		{"PMS", And(), "1 = 1", "[]"}, {"PMS", Or(Frag{}), "1 = 0", "[]"},
		{"S", Not(Eq(id, 5)), "NOT (`id` = ?)", "[5]"}, {"M", Eq(Name("a`b"), nil), "`a``b` IS NULL", "[]"},
		{"P", In(price, []int{}), "1 = 0", "[]"}, {"P", NotIn(price, []string(nil)), "1 = 1", "[]"},
		{"P", In(price, []int{4}), `"p"."price" IN ($1)`, "[4]"},
		{"M", NotIn(price, []string{"a", "b", "c", "d", "e"}), "`p`.`price` NOT IN (?, ?, ?, ?, ?, ?, ?, ?)", "[a b c d e e e e]"},
		{"P", page, `SELECT id FROM product p WHERE (("p"."price", "id") < ($1, $2)) ORDER BY "p"."price" DESC, "id" DESC LIMIT $3`, "[9.50 7 10]"},
		{"M", page, "SELECT id FROM product p WHERE (`p`.`price` < ? OR (`p`.`price` = ? AND (`id` < ?))) ORDER BY `p`.`price` DESC, `id` DESC LIMIT ?", "[9.50 9.50 7 10]"},
		{"P", Select("*").From("t").OrderBy(id.Asc(), SQL("lower($1)", price).Desc()).After(1, 2),
			`SELECT * FROM t WHERE ("id" > $1 OR ("id" = $1 AND (lower("p"."price") < $2))) ORDER BY "id", lower("p"."price") DESC`, "[1 2]"},
		{"P", Select("*").From("t").Offset(5), "SELECT * FROM t OFFSET $1", "[5]"},
		{"S", Select("*").From("t").Offset(5), "SELECT * FROM t LIMIT ? OFFSET ?", "[9223372036854775807 5]"},
		{"P", Select("a, $1::int", 1).Columns("count(*) OVER w + $1", 2).With("x(n)", SQL("SELECT $1", 3)).With("y", Select("n").From("x").Where(SQL("n > $1", 4))).Distinct().
			From("y").Join("JOIN $1 ON true", Name("z")).Where(SQL("EXISTS ($1)", Select("1").From("x").Where(SQL("n = $1", 5)))).
			GroupBy("a").Having(SQL("sum(n) > $1", 6)).Window("w", "ORDER BY n ROWS 1 PRECEDING").End("FOR UPDATE"),
			`WITH x(n) AS (SELECT $1), y AS (SELECT n FROM x WHERE (n > $2)) SELECT DISTINCT a, $3::int, count(*) OVER w + $4 FROM y JOIN "z" ON true WHERE (EXISTS (SELECT 1 FROM x WHERE (n = $5))) ` +
				`GROUP BY a HAVING (sum(n) > $6) WINDOW w AS (ORDER BY n ROWS 1 PRECEDING) FOR UPDATE`, "[3 4 1 2 5 6]"},
		{"P", SQL("UPDATE t SET $1 WHERE $2", Comma(SQL("a = $1", 1), Frag{}, SQL("b = b + $1", 2)), Eq(id, 3)), `UPDATE t SET a = $1, b = b + $2 WHERE "id" = $3`, "[1 2 3]"},
		{"P", SQL("'{}'::jsonb ? 'a' AND '$1' <> $1", "x"), "'{}'::jsonb ? 'a' AND '$1' <> $1", "[x]"},
	} {
		for _, letter := range c.dialects {
			d := Dialect(strings.IndexRune("PMS", letter))
			for range 2 { // the same parts make the same text
				if got, err := build(c.part, d); string(got.Text()) != c.text || fmt.Sprint(got.Args()) != c.args || err != nil {
					t.Errorf("%v:\n%s %v, %v, want\n%s %s", d, got.Text(), got.Args(), err, c.text, c.args)
				}
			}
		}
	}
}

func TestMisbuilt(t *testing.T) {
	for want, part := range map[string]Part{
		`has $2, and 1 values`:                   SQL("a = $1 OR b = $2", 1),
		`has 2 values, and no $2`:                SQL("a = $1 OR b = '$2'", 1, 2),
		`has $0`:                                 SQL("a = $0", 1),
		`has $99999999999999999999`:              SQL("a = $99999999999999999999", 1),
		`has :a`:                                 SQL("a = :a"),
		"the statement has no :b":                SQL("a", Named{"b": 1}),
		"no value for :a":                        And(SQL("a = :a", Named{})),
		"a fragment that is nothing":             SQL("WHERE $1", Frag{}),
		"a list of nothing":                      SQL("SET $1", Comma()),
		`the identifier ""`:                      Name("t", ""),
		`without a name`:                         SQL("$1", Name()),
		"want 1 to 63 bytes, and no NUL":         Name("a\x00b"),
		`the identifier "xxxxxxxxxxxxxxxxxxxxxx`: Eq(Name("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), 1),
		"After has 1 values, and OrderBy 0":      Select("a").After(1),
		"After has 1 values, and OrderBy 2":      Select("a").OrderBy(Name("a").Asc(), Name("b").Asc()).After(1),
		"a negative Limit":                       Select("a").Limit(-1),
		"a negative Limit or Offset":             Select("a").Offset(-1),
		"65535 is the most":                      In(Name("a"), make([]int, 65536)),
		"takes 65535 at most":                    And(In(Name("a"), make([]int, 40000)), In(Name("a"), make([]int, 40000))),
	} {
		if got, err := build(part, PostgreSQL); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q, %v: want %s", got.Text(), err, want)
		}
	}
	if _, err := build(In(Name("a"), make([]int, 32768)), PostgreSQL); err != nil {
		t.Error(err)
	}
	if got, err := build(SQL("a = ?", 1), MySQL); err == nil {
		t.Errorf("a question mark in a fragment: %q", got.Text())
	}
}

// What is made of a query does not change it, nor what else was made of it.
func TestSelectionsAreImmutable(t *testing.T) {
	values := []int{1, 2}
	list := []Frag{SQL("b = $1", 2), {}, SQL("c = $1", 3)}
	base := Select("a").From("t").Where(SQL("x = $1", 1)).Where(list...).Where(In(Name("n"), values)).OrderBy(Name("a").Asc())
	before, err := build(base, SQLite)
	if err != nil {
		t.Fatal(err)
	}
	one := base.Where(SQL("one")).OrderBy(Name("one").Asc()).Columns("one").Join("one").Limit(1)
	other := base.Where(SQL("other")).OrderBy(Name("other").Asc()).Columns("other").Join("other").Limit(2).After(1, 2)
	values[0], list[0] = 9, SQL("changed")
	for part, word := range map[*Selection]string{&one: "other", &other: "one", &base: "changed"} {
		if got, err := build(*part, SQLite); err != nil || strings.Contains(string(got.Text()), word) {
			t.Errorf("%s, %v: has %s", got.Text(), err, word)
		}
	}
	after, err := build(base, SQLite)
	if err != nil || before.Text() != after.Text() || !slices.Equal(before.Args(), after.Args()) {
		t.Errorf("%s %v\nbecame\n%s %v, %v", before.Text(), before.Args(), after.Text(), after.Args(), err)
	}
}

func TestIdents(t *testing.T) {
	allowed := Idents("name", "price", "s.city")
	for input, want := range map[string]string{
		"name": `"name"`, "s.city": `"s"."city"`, "id": "", "": "", "Name": "", "name ": "", `name"; drop table x; --`: "", "name\x00": "", "s": "", ".": "",
	} {
		id, err := allowed.Pick(input)
		if want == "" {
			if err == nil || !strings.Contains(err.Error(), "none of name, price, s.city") {
				t.Errorf("%q: %v, %v", input, id, err)
			}
			continue
		}
		if got, buildErr := build(id, PostgreSQL); err != nil || buildErr != nil || string(got.Text()) != want {
			t.Errorf("%q: %s, %v, %v", input, got.Text(), err, buildErr)
		}
	}
	for input, want := range map[string]string{"-price,name": ` ORDER BY "price" DESC, "name"`, "": "", "price,price": "!", "price,-price": "!", "price,": "!", "--price": "!", "name desc": "!"} {
		orders, err := allowed.PickOrder(input)
		got, buildErr := build(Select("1").OrderBy(orders...), PostgreSQL)
		if (err != nil) != (want == "!") || err == nil && string(got.Text()) != "SELECT 1"+want || buildErr != nil {
			t.Errorf("%q: %s, %v, %v", input, got.Text(), err, buildErr)
		}
	}
	if _, err := allowed.Pick(strings.Repeat("x", 1<<20)); len(err.Error()) > 300 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}

// What a database would read as something else is refused, or kept apart.
func TestBuiltIsWhatItSays(t *testing.T) {
	none := PerDialect("", "", "")
	over := &DB{over: &over{dialect: SQLite}}
	for name, part := range map[string]Part{
		"a text that is missing, within":    SQL("DELETE FROM t $1", SQL(none.For(over))),
		"a text that is missing, at an end": Select("a").From("t").End(none.For(over)),
		"Eq of nothing":                     SQL("DELETE FROM t WHERE $1", Eq(nil, nil)),
		"In of nothing":                     SQL("DELETE FROM t WHERE $1", In(nil, []int{1})),
		"a NULL in a list":                  In(Name("a"), []*int{nil}),
		"a NULL not in a list":              NotIn(Name("a"), []sql.Null[int]{{}}),
		"a page behind NULL":                Select("a").OrderBy(Name("a").Asc()).After((*int)(nil)),
	} {
		for _, d := range []Dialect{PostgreSQL, MySQL, SQLite} {
			if got, err := build(part, d); err == nil {
				t.Errorf("%s: %v: %q", name, d, got.Text())
			}
		}
	}
	for _, value := range []any{nil, (*int)(nil), []byte(nil), sql.Null[int]{}, sql.NullString{}} {
		if got, err := build(Eq(Name("a"), value), PostgreSQL); err != nil || got.Text() != `"a" IS NULL` {
			t.Errorf("Eq with %#v: %q, %v", value, got.Text(), err)
		}
	}
	if got, err := build(SQL("a = $1 -$2", 1, SQL("-b + $1", 7)), PostgreSQL); err != nil || got.Text() != "a = $1 - -b + $2" {
		t.Errorf("%q, %v", got.Text(), err)
	}
	for _, n := range []int{20_000, 32_000} {
		if _, err := build(In(Name("a"), make([]int, n)), SQLite); err != nil {
			t.Error(err)
		}
	}
}
