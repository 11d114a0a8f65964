package sqlcore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"net/url"

	"github.com/covetgo/covet/sqlcore"
)

// Product is what the examples are about.
type Product struct {
	ID    int64
	Name  string
	Price string // numeric, exactly
}

func ExampleNamed() {
	update := func(ctx context.Context, db *sqlcore.DB, p *Product) error {
		_, err := sqlcore.Exec(ctx, db, "UPDATE product SET name = :name, price = :price WHERE id = :id", sqlcore.By(p))
		return err
	}
	rename := func(ctx context.Context, db *sqlcore.DB, id int64, name string) error {
		_, err := sqlcore.Exec(ctx, db, "UPDATE product SET name = :name WHERE id = :id", sqlcore.Named{"id": id, "name": name})
		return err
	}
	_, _ = update, rename
}

// Filters that are not always there, an order that the client chooses, and the page behind what it has seen.
func ExampleSelect() {
	sortable := sqlcore.Idents("name", "price")
	list := func(ctx context.Context, db *sqlcore.DB, form url.Values, after *Product) ([]Product, error) {
		order, err := sortable.PickOrder(form.Get("sort"))
		if err != nil {
			return nil, err // sqlcore.ErrNotAllowed, and the names that are
		}
		query := sqlcore.Select("id, name, price").From("product").
			Where(
				sqlcore.If(form.Has("least"), sqlcore.SQL("price >= $1", form.Get("least"))),
				sqlcore.If(form.Has("kind"), sqlcore.In(sqlcore.Name("kind"), form["kind"])),
			).
			OrderBy(order...).OrderBy(sqlcore.Name("id").Asc()).Limit(20)
		if after != nil && len(order) == 0 {
			query = query.After(after.ID)
		}
		built, err := query.Build(db)
		if err != nil {
			return nil, err
		}
		return sqlcore.All[Product](ctx, db, built.Text(), built.Args()...)
	}
	_ = list
}

// The same program over SQLite, MySQL or MariaDB, with the driver that it imports.
func ExampleOver() {
	open := func() *sqlcore.DB {
		conn, err := sql.Open("sqlite", "file:shop.db?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
		if err != nil {
			log.Fatal(err)
		}
		return sqlcore.Over(conn, sqlcore.SQLite)
	}
	_ = open
}

// What databases refuse has a class that all of them share.
func ExampleError() {
	register := func(ctx context.Context, db *sqlcore.DB, name string) error {
		_, err := sqlcore.Exec(ctx, db, "INSERT INTO account (name) VALUES ($1)", name)
		if errors.Is(err, sqlcore.ErrUnique) {
			return fmt.Errorf("the name %q is taken", name)
		}
		return err
	}
	_ = register
}

// What a fragment becomes in each dialect.
func ExampleFrag_Build() {
	f := sqlcore.And(sqlcore.SQL("price < $1", 10), sqlcore.Or(sqlcore.Eq(sqlcore.Name("kind"), "tea"), sqlcore.In(sqlcore.Name("id"), []int{1, 2, 3})))
	for _, d := range []sqlcore.Dialect{sqlcore.PostgreSQL, sqlcore.MySQL} {
		q, err := f.Build(sqlcore.Over(nil, d)) // to build asks nobody
		fmt.Println(q.Text(), q.Args(), err)
	}
	// Output:
	// (price < $1) AND (("kind" = $2) OR ("id" IN ($3, $4, $5, $6))) [10 tea 1 2 3 3] <nil>
	// (price < ?) AND ((`kind` = ?) OR (`id` IN (?, ?, ?, ?))) [10 tea 1 2 3 3] <nil>
}
