package sqlbench

// What the clients are asked.

import (
	"context"
	"fmt"
)

const (
	worldRows   = 10_000 // TechEmpower's table
	batchSize   = 10
	manyRows    = 1_000
	accountRows = 10_000
	orderRows   = 100_000
)

// Case is one kind of work.
type Case struct {
	Name, About string
	Callers     int // goroutines that ask at the same time
	Queries     int // statements of one call of run
	Clients     []string
	run         func(ctx context.Context, c client, id int32) error
}

// direct are the clients of cases with one caller and one statement: how queries share Syncs is no matter there.
var direct = []string{"covet", "pgxpool", "covet-stdlib", "stdlib-pgx", "stdlib-pq"}

// Cases lists them.
var Cases = []Case{
	{"one-64", "single row by primary key, 64 callers", 64, 1, nil, askOne},
	{"one-1", "single row by primary key, one caller, which waits for each answer", 1, 1, nil, askOne},
	{"batch-64", fmt.Sprintf("the same in explicit batches of %d, 64 callers; clients without batches ask one by one", batchSize), 64, batchSize, []string{"covet", "pgxpool"}, askBatch},
	{"rows-4", fmt.Sprintf("%d rows into structs, 4 callers", manyRows), 4, 1, nil, askMany},
	{"join-1", "a join of two tables with an index, 100 of 100,000 orders, one caller", 1, 1, direct,
		askTotal("SELECT count(*) FROM account a JOIN orders o ON o.account = a.id WHERE a.id BETWEEN 10 AND 19")},
	{"aggregate-1", "sum over 1,000 of 100,000 orders by an index, one caller", 1, 1, direct,
		askTotal("SELECT sum(amount)::int8 FROM orders WHERE account BETWEEN 100 AND 199")},
	{"insert-1", "an insert that is committed to disk (synchronous_commit, fsync), one caller", 1, 1, direct, askInsert},
}

// schema makes the tables. Statements are run one by one.
var schema = []string{
	"CREATE TABLE world (id int4 PRIMARY KEY, randomnumber int4 NOT NULL)",
	fmt.Sprintf("INSERT INTO world SELECT i, (i * 7919) %% %d + 1 FROM generate_series(1, %d) i", worldRows, worldRows),
	"CREATE TABLE account (id int4 PRIMARY KEY, name text NOT NULL)",
	fmt.Sprintf("INSERT INTO account SELECT i, 'account ' || i FROM generate_series(1, %d) i", accountRows),
	"CREATE TABLE orders (id int4 PRIMARY KEY, account int4 NOT NULL REFERENCES account, amount int4 NOT NULL)",
	fmt.Sprintf("INSERT INTO orders SELECT i, i %% %d + 1, i %% 1000 FROM generate_series(1, %d) i", accountRows, orderRows),
	"CREATE INDEX ON orders (account)",
	"CREATE TABLE event (id bigserial PRIMARY KEY, n int4 NOT NULL)",
	"ANALYZE world, account, orders",
}

func askOne(ctx context.Context, c client, id int32) error {
	w, err := c.one(ctx, id)
	if err == nil && w.ID != id {
		return fmt.Errorf("asked for %d, got %d", id, w.ID)
	}
	return err
}

func askBatch(ctx context.Context, c client, id int32) error {
	var ids [batchSize]int32
	for i := range ids {
		ids[i] = (id+int32(i)*97)%worldRows + 1
	}
	err := c.batch(ctx, ids[:])
	if err != errNoBatch {
		return err
	}
	for _, id := range ids {
		if err := askOne(ctx, c, id); err != nil {
			return err
		}
	}
	return nil
}

func askMany(ctx context.Context, c client, _ int32) error {
	list, err := c.many(ctx, manyRows)
	if err == nil && (len(list) != manyRows || list[manyRows-1].ID != manyRows) {
		return fmt.Errorf("asked for %d rows, got %d", manyRows, len(list))
	}
	return err
}

func askTotal(query string) func(context.Context, client, int32) error {
	return func(ctx context.Context, c client, _ int32) error {
		n, err := c.total(ctx, query)
		if err == nil && n <= 0 {
			return fmt.Errorf("the total is %d", n)
		}
		return err
	}
}

func askInsert(ctx context.Context, c client, id int32) error { return c.insert(ctx, id) }
