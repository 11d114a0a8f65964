package sqlbench

// The servers of the routes: httpcore with sqlcore, and fasthttp with pgxpool. Handlers are ordinary functions that block
// until they have their rows. Each server is told its database, and the size of its pool, by the environment.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/valyala/fasthttp"

	"github.com/covetgo/covet/compare"
	"github.com/covetgo/covet/compare/process"
	"github.com/covetgo/covet/httpcore"
	"github.com/covetgo/covet/jsonfast"
	"github.com/covetgo/covet/sqlcore"
	"github.com/covetgo/covet/sqlcore/pg"
)

const (
	urlEnv   = "COVET_BENCH_SQL_URL"
	connsEnv = "COVET_BENCH_SQL_CONNS"

	stopSecondsMax = 5 // for requests that run
)

// Site is a server of the routes.
type Site struct {
	Name, About string
	Tuned       bool     // its pool has the best of several sizes
	Routes      []string `json:",omitempty"` // that it is measured on; none: all
	serve       func(ctx context.Context, l net.Listener, url string, conns int) error
}

// several are the routes whose requests make several queries.
var several = []string{"queries-20", "updates-20"}

// Sites lists them.
var Sites = []Site{
	{"covet", "httpcore and sqlcore: reads share connections and Syncs; its routes are marked httpcore.Blocking, and the 20 queries of a request are a Batch, which shares a Sync", false, nil, serveCovet(pg.Options{}, readBatch, httpcore.Blocking())},
	{"covet-sync", "the same, with one Sync per single query", false, []string{"db", "fortunes"}, serveCovet(pg.Options{SyncEach: true}, readBatch, httpcore.Blocking())},
	{"covet-goroutines", "as covet, and the 20 queries of a request are made at the same time, by goroutines", false, several, serveCovet(pg.Options{}, readAtOnce, httpcore.Blocking())},
	{"covet-untold", "as covet, and nothing tells it that its routes wait", false, []string{"db", "queries-20"}, serveCovet(pg.Options{}, readBatch)},
	{"fasthttp-pgx", "fasthttp and pgxpool, query by query", true, nil, serveFasthttp((*pgxSite).inTurn)},
	{"fasthttp-pgx-batch", "fasthttp and pgxpool, the queries of a request in one batch, which share a Sync", true, several, serveFasthttp((*pgxSite).inBatch)},
	{"fasthttp-pgx-goroutines", "fasthttp and pgxpool, the queries of a request made at the same time, by goroutines", true, []string{"queries-20"}, serveFasthttp((*pgxSite).atOnce)},
}

// HostSite serves in this process, under the control of its parent.
func HostSite(name string, notes io.Writer) error {
	for _, s := range Sites {
		if s.Name == name {
			return process.Host(s.server(), process.HostOptions{Addr: "127.0.0.1:0", Control: true, Notes: notes})
		}
	}
	return fmt.Errorf("no site is called %q", name)
}

// hosted makes a compare.Server of a site.
type hosted struct{ Site }

func (s Site) server() compare.Server { return hosted{s} }

func (h hosted) Name() string     { return h.Site.Name }
func (h hosted) About() string    { return h.Site.About }
func (h hosted) Version() string  { return "of this commit" }
func (h hosted) Available() error { return nil }

// Serve runs the site until the context ends.
func (h hosted) Serve(ctx context.Context, l net.Listener, _ compare.Options) error {
	conns, err := strconv.Atoi(os.Getenv(connsEnv))
	if err != nil {
		return err
	}
	return h.serve(ctx, l, os.Getenv(urlEnv), conns)
}

// serveCovet runs httpcore, with a way to read several rows. Route options are those of all routes.
func serveCovet(o pg.Options, readRows func(*httpcore.Ctx, *sqlcore.DB, int) ([]World, error), how ...httpcore.RouteOption) func(context.Context, net.Listener, string, int) error {
	return func(ctx context.Context, l net.Listener, url string, _ int) error {
		conf, err := pg.ParseConfig(url)
		if err != nil {
			return err
		}
		db, err := sqlcore.OpenConfig(ctx, conf, o)
		if err != nil {
			return err
		}
		defer db.Close()
		app := httpcore.New(httpcore.Config{})
		app.Get("/db", func(c *httpcore.Ctx) error {
			row, err := sqlcore.One[World](c, db, sqlOne, randomID())
			if err != nil {
				return err
			}
			return c.JSON(&row)
		}, how...)
		app.Get("/queries", func(c *httpcore.Ctx) error {
			rows, err := readRows(c, db, count(c.Query("n")))
			if err != nil {
				return err
			}
			return c.JSON(rows)
		}, how...)
		app.Get("/updates", func(c *httpcore.Ctx) error {
			rows, err := readRows(c, db, count(c.Query("n")))
			if err != nil {
				return err
			}
			ids, numbers := shuffle(rows)
			if _, err := sqlcore.Exec(c, db, sqlUpdates, ids, numbers); err != nil {
				return err
			}
			return c.JSON(rows)
		}, how...)
		app.Get("/fortunes", func(c *httpcore.Ctx) error {
			list, err := sqlcore.All[Fortune](c, db, sqlFortunes)
			if err != nil {
				return err
			}
			page := pages.Get().(*[]byte)
			defer pages.Put(page)
			*page = appendFortunes((*page)[:0], list)
			return c.Bytes(htmlType, *page)
		}, how...)
		drained := make(chan error, 1)
		context.AfterFunc(ctx, func() {
			limit, cancel := context.WithTimeout(context.Background(), stopSecondsMax*time.Second)
			defer cancel()
			drained <- app.Shutdown(limit)
		})
		if err := app.Serve(l); !errors.Is(err, httpcore.ErrServerClosed) {
			return err
		}
		return <-drained
	}
}

// pages holds buffers of pages, as both servers use them.
var pages = sync.Pool{New: func() any { return new([]byte) }}

// batches are used again: the memory of one is larger than that of its rows.
var batches = sync.Pool{New: func() any { return new(sqlcore.Batch) }}

// readBatch reads n random rows by as many queries in one go.
func readBatch(c *httpcore.Ctx, db *sqlcore.DB, n int) ([]World, error) {
	b := batches.Get().(*sqlcore.Batch)
	defer batches.Put(b)
	defer b.Reset()
	rows := make([]World, n)
	for i := range rows {
		sqlcore.BatchOne(b, &rows[i], sqlOne, randomID())
	}
	return rows, b.Run(c, db)
}

// readAtOnce reads n random rows by as many queries at the same time, which travel together as those of several callers do.
func readAtOnce(c *httpcore.Ctx, db *sqlcore.DB, n int) ([]World, error) {
	c.LeaveLoop() // a Ctx may be handed to others behind that; on a route that is marked Blocking, it has been left
	rows, failures := make([]World, n), make([]error, n)
	var group sync.WaitGroup
	for i := range rows {
		group.Go(func() { rows[i], failures[i] = sqlcore.One[World](c, db, sqlOne, randomID()) })
	}
	group.Wait()
	return rows, errors.Join(failures...)
}

// pgxSite is what fasthttp's handlers share.
type pgxSite struct {
	pool *pgxpool.Pool
	rows func(s *pgxSite, n int) ([]World, error)
}

// serveFasthttp runs fasthttp.
func serveFasthttp(rows func(*pgxSite, int) ([]World, error)) func(context.Context, net.Listener, string, int) error {
	return func(ctx context.Context, l net.Listener, url string, conns int) error {
		conf, err := pgxpool.ParseConfig(url)
		if err != nil {
			return err
		}
		conf.MaxConns, conf.MinConns = int32(conns), int32(conns)
		pool, err := pgxpool.NewWithConfig(ctx, conf)
		if err != nil {
			return err
		}
		defer pool.Close()
		if err := pool.Ping(ctx); err != nil {
			return err
		}
		site := &pgxSite{pool, rows}
		server := &fasthttp.Server{
			Handler: site.route, NoDefaultServerHeader: true, DisableHeaderNamesNormalizing: true, DisablePreParseMultipartForm: true, CloseOnShutdown: true,
		}
		drained := make(chan error, 1)
		context.AfterFunc(ctx, func() {
			limit, cancel := context.WithTimeout(context.Background(), stopSecondsMax*time.Second)
			defer cancel()
			drained <- server.ShutdownWithContext(limit)
		})
		if err := server.Serve(l); err != nil {
			return err
		}
		return <-drained
	}
}

// route answers one request.
func (s *pgxSite) route(ctx *fasthttp.RequestCtx) {
	var err error
	switch string(ctx.Path()) {
	case "/db":
		var row World
		if row, err = s.row(); err == nil {
			err = replyJSON(ctx, &row)
		}
	case "/queries":
		var rows []World
		if rows, err = s.rows(s, count(ctx.QueryArgs().Peek("n"))); err == nil {
			err = replyJSON(ctx, rows)
		}
	case "/updates":
		err = s.updates(ctx)
	case "/fortunes":
		err = s.fortunes(ctx)
	default:
		ctx.Error("Not Found", fasthttp.StatusNotFound)
	}
	if err != nil {
		ctx.Error(err.Error(), fasthttp.StatusInternalServerError)
	}
}

// replyJSON writes with the encoder that the other server has.
func replyJSON(ctx *fasthttp.RequestCtx, v any) error {
	page := pages.Get().(*[]byte)
	defer pages.Put(page)
	text, err := jsonfast.AppendMarshal((*page)[:0], v)
	if err != nil {
		return err
	}
	*page = text
	ctx.Response.Header.SetContentType(jsonType)
	ctx.Response.SetBody(text)
	return nil
}

// row reads one random row.
func (s *pgxSite) row() (w World, err error) {
	err = s.pool.QueryRow(context.Background(), sqlOne, randomID()).Scan(&w.ID, &w.RandomNumber)
	return w, err
}

// inBatch reads n random rows in a batch.
func (s *pgxSite) inBatch(n int) ([]World, error) {
	rows := make([]World, n)
	b := &pgx.Batch{}
	for range rows {
		b.Queue(sqlOne, randomID())
	}
	r := s.pool.SendBatch(context.Background(), b)
	for i := range rows {
		if err := r.QueryRow().Scan(&rows[i].ID, &rows[i].RandomNumber); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return rows, r.Close()
}

// atOnce reads n random rows by as many goroutines.
func (s *pgxSite) atOnce(n int) ([]World, error) {
	rows, failures := make([]World, n), make([]error, n)
	var group sync.WaitGroup
	for i := range rows {
		group.Go(func() { rows[i], failures[i] = s.row() })
	}
	group.Wait()
	return rows, errors.Join(failures...)
}

// inTurn reads n random rows query by query, over one connection.
func (s *pgxSite) inTurn(n int) ([]World, error) {
	rows := make([]World, n)
	c, err := s.pool.Acquire(context.Background())
	if err != nil {
		return nil, err
	}
	defer c.Release()
	for i := range rows {
		if err := c.QueryRow(context.Background(), sqlOne, randomID()).Scan(&rows[i].ID, &rows[i].RandomNumber); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// updates answers /updates.
func (s *pgxSite) updates(ctx *fasthttp.RequestCtx) error {
	rows, err := s.rows(s, count(ctx.QueryArgs().Peek("n")))
	if err != nil {
		return err
	}
	ids, numbers := shuffle(rows)
	if _, err := s.pool.Exec(context.Background(), sqlUpdates, ids, numbers); err != nil {
		return err
	}
	return replyJSON(ctx, rows)
}

// fortunes answers /fortunes.
func (s *pgxSite) fortunes(ctx *fasthttp.RequestCtx) error {
	r, err := s.pool.Query(context.Background(), sqlFortunes)
	if err != nil {
		return err
	}
	var list []Fortune
	var f Fortune
	if _, err = pgx.ForEachRow(r, []any{&f.ID, &f.Message}, func() error {
		list = append(list, f)
		return nil
	}); err != nil {
		return err
	}
	page := pages.Get().(*[]byte)
	defer pages.Put(page)
	*page = appendFortunes((*page)[:0], list)
	ctx.Response.Header.SetContentType(htmlType)
	ctx.Response.SetBody(*page)
	return nil
}
