// Command hello is the smallest server: go run ./examples/hello, then
// curl localhost:8080/hello/you
package main

import (
	"flag"
	"log"

	"github.com/covetgo/covet/httpcore"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "TCP address to listen on")
	flag.Parse()

	app := httpcore.New(httpcore.Config{})
	app.Get("/", func(c *httpcore.Ctx) error { return c.String("Hello, World!\n") })
	app.Get("/hello/{name}", func(c *httpcore.Ctx) error {
		return c.String("Hello, " + string(c.Param("name")) + "!\n")
	})
	log.Fatal(app.ListenAndServe(*addr))
}
