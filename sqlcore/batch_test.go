package sqlcore_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/covetgo/covet/internal/pgtest"
	"github.com/covetgo/covet/sqlcore"
	"github.com/covetgo/covet/sqlcore/pg"
)

// A batch fills targets of any type, on a DB and in a Tx, with values by number and by name.
func TestBatch(t *testing.T) {
	db := open(t)
	type pair struct {
		N    int
		Name sql.Null[string]
	}
	read := func(q sqlcore.Querier) {
		t.Helper()
		var b sqlcore.Batch
		for range 2 {
			var p pair
			var list []pair
			var none []int
			var n *int64
			sqlcore.BatchOne(&b, &p, "select $1::int as n, $2::text as name", 7, "seven")
			sqlcore.BatchAll(&b, &list, "select i as n, null::text as name from generate_series(1, :to) i", sqlcore.Named{"to": 3})
			sqlcore.BatchAll(&b, &none, "select 1 where false")
			sqlcore.BatchOne(&b, &n, "select null::bigint")
			if err := b.Run(background, q); err != nil || b.Len() != 4 {
				t.Fatal(err, b.Len())
			}
			if p.N != 7 || p.Name.V != "seven" || len(list) != 3 || list[2].N != 3 || list[2].Name.Valid || len(none) != 0 || n != nil {
				t.Error(p, list, none, n)
			}
			b.Reset()
		}
	}
	read(db)
	if err := db.Tx(background, sqlcore.TxOptions{}, func(tx *sqlcore.Tx) error { read(tx); return nil }); err != nil {
		t.Error(err)
	}
	if err := new(sqlcore.Batch).Run(background, db); err != nil {
		t.Error("nothing to do: ", err)
	}
}

// What fails to be decoded is one statement's trouble; what the server refuses is everybody's.
func TestBatchErrors(t *testing.T) {
	db := open(t)
	var b sqlcore.Batch
	var one, two, three int
	var at *pg.BatchError
	sqlcore.BatchOne(&b, &one, "select 1")
	sqlcore.BatchOne(&b, &two, "select 2 where false")
	sqlcore.BatchOne(&b, &two, "select 'two'")
	sqlcore.BatchOne(&b, &three, "select 3")
	err := b.Run(background, db)
	if !errors.Is(err, sqlcore.ErrNoRows) || !errors.As(err, &at) || at.Index != 1 || one != 1 || two != 0 || three != 3 || b.Err(2) == nil || b.Err(3) != nil {
		t.Error(err, one, two, three)
	}
	b = sqlcore.Batch{}
	sqlcore.BatchOne(&b, &one, "select 10")
	sqlcore.BatchOne(&b, &two, "select 1/0")
	sqlcore.BatchOne(&b, &three, "select 30")
	if err := b.Run(background, db); !pg.IsCode(err, "22012") || one != 10 || b.Err(0) != nil || !pg.IsCode(b.Err(1), "22012") || b.Err(2) != sqlcore.ErrSkipped {
		t.Error(err, one, b.Err(0), b.Err(1), b.Err(2))
	}
	b = sqlcore.Batch{}
	sqlcore.BatchOne(&b, &one, "select 1")
	sqlcore.BatchOne(&b, &two, "select :a", sqlcore.Named{"b": 1})
	if err := b.Run(background, db); err == nil || !errors.As(err, &at) || at.Index != 1 || b.Err(0) != sqlcore.ErrSkipped {
		t.Error(err, b.Err(0))
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if err := b.Run(ctx, db); !errors.As(err, &at) { // what is found before anything is sent, is found
		t.Error(err)
	}
	b = sqlcore.Batch{}
	sqlcore.BatchOne(&b, &one, "select 1")
	if err := b.Run(ctx, db); !errors.Is(err, context.Canceled) || !errors.Is(b.Err(0), context.Canceled) {
		t.Error(err, b.Err(0))
	}
}

// A result that is too large for a shared connection is read over another one, at first and from then on.
func TestBatchLarge(t *testing.T) {
	db := openWith(t, pg.Options{ResultBytesMax: 10000})
	for range 3 {
		var b sqlcore.Batch
		var few, many []string
		var last int
		sqlcore.BatchAll(&b, &few, "select repeat('x', i) from generate_series(1, 3) i")
		sqlcore.BatchAll(&b, &many, "select repeat('x', 1000) from generate_series(1, $1) i", 100)
		sqlcore.BatchOne(&b, &last, "select 9")
		if err := b.Run(background, db); err != nil || len(few) != 3 || len(many) != 100 || strings.Trim(many[99], "x") != "" || last != 9 {
			t.Error(err, len(few), len(many), last)
		}
	}
}

func ExampleBatch() {
	var db *sqlcore.DB // from Open
	type review struct {
		Stars int
		Words string
	}
	var (
		b       sqlcore.Batch
		name    string
		reviews []review
		viewed  int64
	)
	sqlcore.BatchOne(&b, &name, "SELECT name FROM product WHERE id = $1", 42)
	sqlcore.BatchAll(&b, &reviews, "SELECT stars, words FROM review WHERE product = $1", 42)
	sqlcore.BatchExec(&b, &viewed, "UPDATE product SET views = views + 1 WHERE id = $1", 42)
	if err := b.Run(context.Background(), db); err != nil {
		return
	}
}

// Batches of 20 rows by primary key, 64 callers.
func BenchmarkBatch(b *testing.B) {
	db, err := sqlcore.Open(background, pgtest.Shared(b).SocketDSN())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(db.Close)
	type row struct{ ID, RandomNumber int32 }
	for _, text := range []string{"drop table if exists world", "create table world as select i as id, i as randomnumber from generate_series(1, 10000) i", "alter table world add primary key (id)", "analyze world"} {
		if _, err := sqlcore.Exec(background, db, sqlcore.Unsafe(text)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(p *testing.PB) {
		var batch sqlcore.Batch
		rows := make([]row, 20)
		for n := int32(0); p.Next(); n++ {
			for i := range rows {
				sqlcore.BatchOne(&batch, &rows[i], "select id, randomnumber from world where id = $1", 1+(n*997+int32(i)*131)%10000)
			}
			if err := batch.Run(background, db); err != nil {
				b.Fatal(err)
			}
			batch.Reset()
		}
	})
}
