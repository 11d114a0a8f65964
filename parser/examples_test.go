package parser_test

import (
	"fmt"

	"github.com/covetgo/covet/parser"
)

// Bytes come in two reads. Spans are views of the buffer they were read into.
func ExampleHead_Parse() {
	lim := parser.DefaultLimits()
	request := []byte("POST /items?draft HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello")

	var head parser.Head
	_, st := head.Parse(request[:40], &lim)
	fmt.Println(st)

	n, st := head.Parse(request, &lim)
	fmt.Println(st, n)
	fmt.Printf("%v %s %s of %s\n", head.Method, head.Path.In(request), head.Query.In(request), head.Host.In(request))
	for _, f := range head.Fields() {
		fmt.Printf("%s = %s\n", f.Name.In(request), f.Value.In(request))
	}
	fmt.Printf("%s\n", request[n:n+int(head.ContentLength)])
	// Output:
	// need more bytes
	// ok 68
	// POST /items draft of example.com
	// Host = example.com
	// Content-Length = 5
	// hello
}

// A refusal is a code to answer with and a reason to log.
func ExampleStatus() {
	lim := parser.DefaultLimits()
	var head parser.Head
	_, st := head.Parse([]byte("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), &lim)
	fmt.Println(st.Code(), st)
	// Output: 400 white space before the colon of a field
}

// Each call hands out the data that the buffer holds of one chunk.
func ExampleChunked() {
	lim := parser.DefaultChunkLimits()
	body := []byte("5\r\nhello\r\n7;note=ignored\r\n, world\r\n0\r\n\r\nGET /next")

	var chunked parser.Chunked
	for {
		data, n, st := chunked.Next(body, &lim)
		body = body[n:]
		if st != parser.ChunkData {
			fmt.Println(st)
			break
		}
		fmt.Printf("%s\n", data)
	}
	fmt.Printf("left: %s\n", body)
	// Output:
	// hello
	// , world
	// ok
	// left: GET /next
}
