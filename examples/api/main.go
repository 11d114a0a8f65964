// Command api is a small JSON API: groups, middleware, typed parameters,
// errors as values, a route that waits, and an orderly end on SIGTERM.
//
//	go run ./examples/api
//	curl -i localhost:8080/v1/books/2
//	curl -i -d '{"title":"Nineteen Ways"}' localhost:8080/v1/books
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"net/http"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/covetgo/covet/httpcore"
)

// library is the store behind the API. Loops run in parallel, so it locks.
type library struct {
	mu    sync.Mutex
	books []book
}

type book struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "TCP address to listen on")
	flag.Parse()
	ln, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	log.Println("listening on", ln.Addr())

	app := newApp(&library{books: []book{{1, "Invisible Cities"}, {2, "Palomar"}}})
	served := make(chan error, 1)
	go func() { served <- app.Serve(ln) }()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	select {
	case err := <-served:
		log.Fatal(err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := app.Shutdown(patience); err != nil {
		log.Fatal(err)
	}
	log.Println("all requests answered")
}

func newApp(lib *library) *httpcore.App {
	app := httpcore.New(httpcore.Config{})
	app.Use(powered)
	v1 := app.Group("/v1")
	v1.Get("/books", lib.list)
	v1.Get("/books/{id:int}", lib.show)
	v1.Post("/books", lib.add)
	app.Get("/wait/{ms:uint}", wait, httpcore.Blocking())
	return app
}

// powered is middleware: it is applied once per route, when the server starts.
func powered(next httpcore.Handler) httpcore.Handler {
	return func(c *httpcore.Ctx) error {
		if err := c.Header("X-Powered-By", "covet"); err != nil {
			return err
		}
		return next(c)
	}
}

func (l *library) list(c *httpcore.Ctx) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return c.JSON(l.books)
}

func (l *library) show(c *httpcore.Ctx) error {
	id, err := strconv.Atoi(string(c.Param("id")))
	if err != nil {
		return httpcore.NewError(http.StatusBadRequest, "the id is out of range")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.books {
		if b.ID == id {
			return c.JSON(b)
		}
	}
	return httpcore.ErrNotFound
}

func (l *library) add(c *httpcore.Ctx) error {
	var b book
	if err := c.Bind(&b); err != nil || b.Title == "" {
		return httpcore.NewError(http.StatusBadRequest, `send a JSON object like {"title":"…"}`)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b.ID = len(l.books) + 1
	l.books = append(l.books, b)
	return c.Status(http.StatusCreated).JSON(b)
}

// wait stands for a slow dependency. Its route is marked Blocking, so that it
// holds up nobody else.
func wait(c *httpcore.Ctx) error {
	ms, err := strconv.Atoi(string(c.Param("ms")))
	if err != nil || ms > 10_000 {
		return httpcore.NewError(http.StatusBadRequest, "wait for 0 to 10000 milliseconds")
	}
	time.Sleep(time.Duration(ms) * time.Millisecond)
	return c.String("done\n")
}
