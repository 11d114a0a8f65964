package sqlcore_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/covetgo/covet/sqlcore"
	"github.com/covetgo/covet/sqlcore/pg"
)

// hostile is what somebody sends who wants more than to be stored.
var hostile = []string{
	`'; DROP TABLE victim; --`, `" OR ""="`, `' OR '1'='1`, `\'; DROP TABLE victim; --`, `1; DELETE FROM victim`, `$1`, `:name`, `?`, `$$; DROP TABLE victim; $$`,
	"/* */ --", "%' OR 1=1 --", "`; DROP TABLE victim; `", "\\", "'", "''", "\\\\'", "E'\\''", "\u02bc; DROP TABLE victim", "x\ny'--", `]; DROP`, "NULL", "(SELECT 1)",
}

// What somebody sends is data, wherever it goes, or refused where it would be a name.
func TestInjection(t *testing.T) {
	db := open(t)
	setup(t, db, "drop table if exists victim", "create table victim (id serial primary key, name text unique)")
	name := sqlcore.Name("name")
	columns := sqlcore.Idents("id", "name")
	for _, s := range hostile {
		if _, err := sqlcore.Exec(background, db, "INSERT INTO victim (name) VALUES (:name)", sqlcore.Named{"name": s}); err != nil {
			t.Errorf("%q: %v", s, err)
		}
		for _, f := range []sqlcore.Frag{
			sqlcore.Eq(name, s), sqlcore.In(name, []string{s, "other"}), sqlcore.SQL("name = $1", s), sqlcore.SQL("name = :v", sqlcore.Named{"v": s}),
			sqlcore.Not(sqlcore.Or(sqlcore.SQL("name <> $1", s), sqlcore.SQL("name IS NULL"))),
		} {
			q, err := sqlcore.Select("name").From("victim").Where(f).OrderBy(name.Asc()).Build(db)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := sqlcore.All[string](background, db, q.Text, q.Args...); err != nil || !reflect.DeepEqual(got, []string{s}) {
				t.Errorf("%q by %s: %q, %v", s, q.Text, got, err)
			}
		}
		if id, err := columns.Pick(s); err == nil {
			t.Errorf("%q is a column: %v", s, id)
		}
		if order, err := columns.PickOrder(s); err == nil {
			t.Errorf("%q is an order: %v", s, order)
		}
	}
	if n, err := sqlcore.One[int](background, db, "select count(*) from victim"); n != len(hostile) || err != nil {
		t.Errorf("%d rows of %d, %v", n, len(hostile), err)
	}
}

// Pages by key are the whole, each row once, whatever the order; and what filters, names and windows say, the server does.
func TestBuiltQueries(t *testing.T) {
	db := open(t)
	setup(t, db, "drop table if exists stock", "create table stock (id int8 primary key, kind text not null, price int8 not null)",
		"insert into stock select i, 'k' || i % 3, i % 7 from generate_series(1, 100) i")
	type item struct {
		ID    int64
		Kind  string
		Price int64
	}
	sortable := sqlcore.Idents("price", "kind", "id")
	for _, sort := range []string{"id", "-id", "price,id", "-price,-id", "price,-id", "-kind,price,-id"} {
		order, err := sortable.PickOrder(sort)
		if err != nil {
			t.Fatal(err)
		}
		base := sqlcore.Select("id, kind, price").From("stock").OrderBy(order...)
		var paged []item
		for page := base.Limit(7); ; {
			q, err := page.Build(db)
			if err != nil {
				t.Fatal(err)
			}
			list, err := sqlcore.All[item](background, db, q.Text, q.Args...)
			if err != nil {
				t.Fatal(q.Text, err)
			}
			if paged = append(paged, list...); len(list) < 7 {
				break
			}
			last := list[len(list)-1]
			var key []any
			for _, column := range strings.Split(strings.ReplaceAll(sort, "-", ""), ",") {
				key = append(key, map[string]any{"id": last.ID, "kind": last.Kind, "price": last.Price}[column])
			}
			page = base.Limit(7).After(key...)
		}
		q, err := base.Build(db)
		if err != nil {
			t.Fatal(err)
		}
		if whole, err := sqlcore.All[item](background, db, q.Text, q.Args...); err != nil || len(whole) != 100 || !reflect.DeepEqual(paged, whole) {
			t.Errorf("%s: %d rows in pages, %d in all, %v", sort, len(paged), len(whole), err)
		}
	}
	q, err := sqlcore.Select("kind, count(*) AS n, $1 * sum(sum(price)) OVER w AS running", 2).
		With("few", sqlcore.Select("*").From("stock").Where(sqlcore.In(sqlcore.Name("kind"), []string{"k0", "k1"}), sqlcore.SQL("price < $1", 5))).
		From("few").GroupBy("kind").Having(sqlcore.SQL("count(*) > $1", 1)).Window("w", "ORDER BY kind").OrderBy(sqlcore.SQL("count(*)").Desc(), sqlcore.Name("kind").Asc()).Build(db)
	if err != nil {
		t.Fatal(err)
	}
	type group struct {
		Kind       string
		N, Running int64
	}
	want, err := sqlcore.All[group](background, db, `SELECT kind, count(*) AS n, 2 * sum(sum(price)) OVER (ORDER BY kind) AS running
		FROM stock WHERE kind IN ('k0', 'k1') AND price < 5 GROUP BY kind ORDER BY n DESC, kind`)
	if err != nil || len(want) != 2 {
		t.Fatal(want, err)
	}
	if got, err := sqlcore.All[group](background, db, q.Text, q.Args...); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	update, err := sqlcore.SQL("UPDATE stock SET $1 WHERE $2", sqlcore.Comma(sqlcore.SQL("price = price + $1", 100), sqlcore.If(false, sqlcore.SQL("kind = $1", "x"))),
		sqlcore.In(sqlcore.Name("id"), []int64{1, 2, 3})).Build(db)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Tx(background, pg.TxOptions{}, func(tx *sqlcore.Tx) error {
		n, err := sqlcore.Exec(background, tx, update.Text, update.Args...)
		if n != 3 {
			t.Errorf("%d rows", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
