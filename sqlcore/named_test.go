package sqlcore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/sqlcore"
	"github.com/covetgo/covet/sqlcore/pg"
)

type article struct {
	audit
	ID    int64
	Title string `db:"name"`
	Price *string
	Tags  []string
	Skip  string `db:"-"`
}

type audit struct{ ChangedAt time.Time }

func TestNamed(t *testing.T) {
	db := open(t)
	setup(t, db, "drop table if exists article", "create table article (id int8 primary key, name text, price numeric, tags text[], changed_at timestamptz)")
	price := "1.50"
	a := article{audit{time.Unix(1e9, 0).UTC()}, 7, "it's :id; --", &price, []string{"x"}, ""}
	const insert = "insert into article (id, name, price, tags, changed_at) values (:id, :name, :price, :tags, :changed_at) -- :not"
	if n, err := sqlcore.Exec(background, db, insert, sqlcore.By(&a)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	b := a
	b.ID, b.Price = 8, nil
	if err := db.Tx(background, pg.TxOptions{}, func(tx *sqlcore.Tx) error {
		_, err := sqlcore.Exec(background, tx, insert, sqlcore.By(b))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	got, err := sqlcore.One[article](background, db, "select * from article where id = :id and ':id' <> :x::text and id = :id", sqlcore.Named{"id": 7, "x": "y"})
	if err != nil || got.Title != a.Title || *got.Price != price || !got.ChangedAt.Equal(a.ChangedAt) {
		t.Errorf("%+v, %v", got, err)
	}
	list, err := sqlcore.All[int64](background, db, "select id from article where id = any(:ids) and name like :name order by id", sqlcore.Named{"ids": []int64{7, 8, 9}, "name": "it%"})
	if err != nil || len(list) != 2 {
		t.Error(list, err)
	}
	var each []int64
	for id, err := range sqlcore.Each[int64](background, db, "select id from article where id >= :least order by id", sqlcore.Named{"least": 8}) {
		if err != nil {
			t.Fatal(err)
		}
		each = append(each, id)
	}
	if len(each) != 1 || each[0] != 8 {
		t.Error(each)
	}
}

func TestNamesMustMatch(t *testing.T) {
	db := open(t)
	var none *article
	for name, c := range map[string]struct {
		sql  string
		arg  any
		want string
	}{
		"missing":        {"select :a, :b, :c, :b", sqlcore.Named{"a": 1}, "no value for :b, :c"},
		"unused":         {"select :a, ':b'", sqlcore.Named{"a": 1, "b": 2, "c": 3}, "the statement has no :b, :c"},
		"both":           {"select :a, :a", sqlcore.Named{"b": 2}, "no value for :a; the statement has no :b"},
		"no field":       {"select :id, :nme", sqlcore.By(&article{}), "article has no field for :nme; it has ChangedAt, ID, name, Price, Tags"},
		"skipped field":  {"select :skip", sqlcore.By(&article{}), "no field for :skip"},
		"no struct":      {"select :a", sqlcore.By(1), "By wants a struct"},
		"nil":            {"select :a", sqlcore.By(none), "By wants a struct"},
		"numbers":        {"select $1", sqlcore.Named{"a": 1}, "want :name instead of $1"},
		"names, numbers": {"select $1, :a", sqlcore.Named{"a": 1}, "with names and with numbers"},
	} {
		_, err := sqlcore.All[int](background, db, sqlcore.Unsafe(c.sql), c.arg)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if _, oneErr := sqlcore.One[int](background, db, sqlcore.Unsafe(c.sql), c.arg); oneErr == nil || oneErr.Error() != err.Error() {
			t.Errorf("%s: One says %v, All %v", name, oneErr, err)
		}
		for _, eachErr := range sqlcore.Each[int](background, db, sqlcore.Unsafe(c.sql), c.arg) {
			if eachErr == nil || eachErr.Error() != err.Error() {
				t.Errorf("%s: Each says %v, All %v", name, eachErr, err)
			}
		}
	}
}

// A text that is known costs the list of its values, and nothing else.
func TestNamedAllocations(t *testing.T) {
	db := open(t)
	a := &article{ID: 1 << 40, Title: "x"}
	named := sqlcore.Named{"id": int64(5), "name": "y"}
	for name, f := range map[string]func() error{
		"struct": func() error {
			_, err := sqlcore.One[int64](background, db, "select :id::int8 where :name::text = :name", sqlcore.By(a))
			return err
		},
		"map": func() error {
			_, err := sqlcore.One[int64](background, db, "select :id::int8 where :name::text = :name", named)
			return err
		},
	} {
		run := func() {
			if err := f(); err != nil {
				t.Fatal(name, err)
			}
		}
		run()
		if got := testing.AllocsPerRun(300, run); got > 1 && !raceEnabled {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}
