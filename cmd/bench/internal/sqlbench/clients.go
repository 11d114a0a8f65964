// Package sqlbench measures PostgreSQL clients against one another: the same queries over the same server, each
// client in a process of its own, rounds interleaved. Read in this order: clients.go (who), cases.go (what they are
// asked), worker.go (how one measurement is made), site.go, servers.go and routes.go (the same in servers), run.go (rounds, medians,
// ratios), files.go and merge.go (what is written).
package sqlbench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "github.com/lib/pq"              // the driver "postgres"

	"github.com/covetgo/covet/sqlcore/pg"
	_ "github.com/covetgo/covet/sqlcore/pgsql" // the driver "covet"
)

// World is the row that most cases read.
type World struct {
	ID           int32 `json:"id"`
	RandomNumber int32 `json:"randomNumber"`
}

// client is one way to ask PostgreSQL. Its methods are for many goroutines at once.
type client interface {
	// one reads the World of an id, by primary key.
	one(ctx context.Context, id int32) (World, error)
	// many reads the first n of them in order of their ids.
	many(ctx context.Context, n int32) ([]World, error)
	// batch reads several by one request of the application, where the client has a call for that.
	batch(ctx context.Context, ids []int32) error
	// total runs a query that returns one number, with no parameters.
	total(ctx context.Context, query string) (int64, error)
	// insert adds a row and commits.
	insert(ctx context.Context, n int32) error
	close()
}

const (
	sqlOne    = "SELECT id, randomnumber FROM world WHERE id = $1"
	sqlMany   = "SELECT id, randomnumber FROM world WHERE id <= $1 ORDER BY id"
	sqlInsert = "INSERT INTO event (n) VALUES ($1)"
)

// Client names a client in results files.
type Client struct {
	Name, About string
	open        func(ctx context.Context, url string, conns int) (client, error)
}

// Clients lists all of them.
var Clients = []Client{
	{"covet", "covet's read lane: callers share connections and Syncs", openCovet(pg.Options{})},
	{"covet-sync", "covet, one Sync per query: callers share connections only", openCovet(pg.Options{SyncEach: true})},
	{"pgxpool", "pgx " + moduleVersion("github.com/jackc/pgx/v5") + ", pgxpool", openPgx},
	{"covet-stdlib", "database/sql with covet's driver, prepared statements", openStd("covet")},
	{"stdlib-pgx", "database/sql with pgx's driver, prepared statements", openStd("pgx")},
	{"stdlib-pq", "database/sql with lib/pq " + moduleVersion("github.com/lib/pq") + ", prepared statements", openStd("postgres")},
}

// moduleVersion is the version of a dependency that was compiled in.
func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return "of unknown version"
}

// find returns a client by name.
func find(name string) (Client, error) {
	for _, c := range Clients {
		if c.Name == name {
			return c, nil
		}
	}
	return Client{}, fmt.Errorf("no client is called %q", name)
}

// errNoBatch: the client has no such call.
var errNoBatch = errors.New("this client has no batches")

// covet is the client of this repository.
type covet struct {
	pool              *pg.Pool
	oneStmt, manyStmt *pg.Stmt
	insertStmt        *pg.Stmt
}

func openCovet(o pg.Options) func(context.Context, string, int) (client, error) {
	return func(ctx context.Context, url string, conns int) (client, error) {
		conf, err := pg.ParseConfig(url)
		if err != nil {
			return nil, err
		}
		if conns > 0 {
			o.ReadConns, o.WriteConns = conns, conns
		}
		pool, err := pg.Open(ctx, conf, o)
		if err != nil {
			return nil, err
		}
		c := &covet{pool: pool}
		for text, stmt := range map[string]**pg.Stmt{sqlOne: &c.oneStmt, sqlMany: &c.manyStmt, sqlInsert: &c.insertStmt} {
			if *stmt, err = pool.Statement(text); err != nil {
				pool.Close()
				return nil, err
			}
		}
		return c, nil
	}
}

func (c *covet) one(ctx context.Context, id int32) (World, error) {
	r, err := c.pool.Query(ctx, pg.Read, c.oneStmt, []any{id})
	if err != nil {
		return World{}, err
	}
	w, err := pg.First[World](r)
	r.Release()
	return w, err
}

func (c *covet) many(ctx context.Context, n int32) ([]World, error) {
	r, err := c.pool.Query(ctx, pg.Read, c.manyStmt, []any{n})
	if err != nil {
		return nil, err
	}
	list, err := pg.AppendRows[World](nil, r)
	r.Release()
	return list, err
}

func (c *covet) batch(ctx context.Context, ids []int32) error {
	items := make([]pg.BatchItem, len(ids))
	for i, id := range ids {
		items[i] = pg.BatchItem{Stmt: c.oneStmt, Args: []any{id}}
	}
	if err := c.pool.Batch(ctx, pg.Read, items); err != nil {
		return err
	}
	var failed error
	for i, id := range ids {
		w, err := pg.First[World](items[i].Result)
		items[i].Result.Release()
		if err == nil && w.ID != id {
			err = fmt.Errorf("asked for %d, got %d", id, w.ID)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

func (c *covet) total(ctx context.Context, query string) (int64, error) {
	s, err := c.pool.Statement(query)
	if err != nil {
		return 0, err
	}
	r, err := c.pool.Query(ctx, pg.Read, s, nil)
	if err != nil {
		return 0, err
	}
	n, err := pg.First[int64](r)
	r.Release()
	return n, err
}

func (c *covet) insert(ctx context.Context, n int32) error {
	r, err := c.pool.Query(ctx, pg.Write, c.insertStmt, []any{n})
	if err == nil {
		r.Release()
	}
	return err
}

func (c *covet) close() { c.pool.Close() }

// pgxClient is pgx with its own pool, with its statement cache and binary formats, as it comes.
type pgxClient struct{ pool *pgxpool.Pool }

func openPgx(ctx context.Context, url string, conns int) (client, error) {
	conf, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	conf.MaxConns = int32(conns)
	conf.MinConns = int32(conns)
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return nil, err
	}
	return &pgxClient{pool}, pool.Ping(ctx)
}

func (c *pgxClient) one(ctx context.Context, id int32) (w World, err error) {
	err = c.pool.QueryRow(ctx, sqlOne, id).Scan(&w.ID, &w.RandomNumber)
	return w, err
}

func (c *pgxClient) many(ctx context.Context, n int32) ([]World, error) {
	r, err := c.pool.Query(ctx, sqlMany, n)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(r, pgx.RowToStructByPos[World])
}

func (c *pgxClient) batch(ctx context.Context, ids []int32) error {
	b := &pgx.Batch{}
	for _, id := range ids {
		b.Queue(sqlOne, id)
	}
	r := c.pool.SendBatch(ctx, b)
	var w World
	for range ids {
		if err := r.QueryRow().Scan(&w.ID, &w.RandomNumber); err != nil {
			return errors.Join(err, r.Close())
		}
	}
	return r.Close()
}

func (c *pgxClient) total(ctx context.Context, query string) (n int64, err error) {
	err = c.pool.QueryRow(ctx, query).Scan(&n)
	return n, err
}

func (c *pgxClient) insert(ctx context.Context, n int32) error {
	_, err := c.pool.Exec(ctx, sqlInsert, n)
	return err
}

func (c *pgxClient) close() { c.pool.Close() }

// std is database/sql over one of its drivers.
type std struct {
	db                *sql.DB
	oneStmt, manyStmt *sql.Stmt
	insertStmt        *sql.Stmt
}

func openStd(driver string) func(context.Context, string, int) (client, error) {
	return func(ctx context.Context, url string, conns int) (client, error) {
		db, err := sql.Open(driver, url)
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(conns)
		db.SetMaxIdleConns(conns)
		c := &std{db: db}
		for text, stmt := range map[string]**sql.Stmt{sqlOne: &c.oneStmt, sqlMany: &c.manyStmt, sqlInsert: &c.insertStmt} {
			if *stmt, err = db.PrepareContext(ctx, text); err != nil {
				return nil, errors.Join(err, db.Close())
			}
		}
		return c, nil
	}
}

func (c *std) one(ctx context.Context, id int32) (w World, err error) {
	err = c.oneStmt.QueryRowContext(ctx, id).Scan(&w.ID, &w.RandomNumber)
	return w, err
}

func (c *std) many(ctx context.Context, n int32) (list []World, err error) {
	r, err := c.manyStmt.QueryContext(ctx, n)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for r.Next() {
		var w World
		if err := r.Scan(&w.ID, &w.RandomNumber); err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	return list, r.Err()
}

func (c *std) batch(context.Context, []int32) error { return errNoBatch }

func (c *std) total(ctx context.Context, query string) (n int64, err error) {
	err = c.db.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}

func (c *std) insert(ctx context.Context, n int32) error {
	_, err := c.insertStmt.ExecContext(ctx, n)
	return err
}

func (c *std) close() { c.db.Close() }
