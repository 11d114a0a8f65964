package soak

// The kinds of traffic. A step is one request and its answer, or what belongs
// together: a pipeline, a connection's life.

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/covetgo/covet/compare"
)

const (
	echoBytes     = 1024
	chunkBytesMax = 400
	pipelineDepth = 16
	churnRequests = 10
	slowMillis    = 5
)

// kind is one of them. Shares add up to 1.
type kind struct {
	name, about string
	share       float64 // of all steps
	workers     int     // each with a connection of its own
	step        func(*client) (answers int, err error)
}

var kinds = []kind{
	{"plaintext", "GET on a kept connection", 0.30, 8, plaintext},
	{"param", "GET with a parameter that changes", 0.15, 4, param},
	{"echo", "POST of 1 KB, echoed", 0.12, 4, echo},
	{"chunked", "POST of 1 KB in chunks of any size, echoed", 0.08, 4, chunked},
	{"pipelined", "16 requests of three kinds in one piece, answered in order", 0.06, 4, pipelined},
	{"churn", "10 requests on a connection of their own", 0.06, 4, churn},
	{"slow", "GET of a route that sleeps 5 ms", 0.08, 8, slow},
	{"half-close", "a request, and FIN behind it: it is answered all the same", 0.05, 2, halfClose},
	{"reset", "a connection reset before, within or behind a request", 0.05, 2, resetting},
	{"malformed", "a request that is none, and a good one behind it: 400 once, then the end", 0.05, 2, malformed},
}

func get(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: soak\r\n\r\n" }

func post(body string) string {
	return "POST /echo HTTP/1.1\r\nHost: soak\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// letters is a body that no other request has.
func (c *client) letters(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte('a' + byte(c.random.IntN(26)))
	}
	return b.String()
}

func plaintext(c *client) (int, error) { return c.ask(get("/plaintext"), compare.PlaintextBody) }

func param(c *client) (int, error) {
	id := strconv.Itoa(c.random.IntN(1_000_000_000))
	return c.ask(get("/user/"+id), id)
}

func echo(c *client) (int, error) {
	body := c.letters(echoBytes)
	return c.ask(post(body), body)
}

// chunked also sends it in two pieces, cut anywhere.
func chunked(c *client) (int, error) {
	body := c.letters(echoBytes)
	var b strings.Builder
	b.WriteString("POST /echo HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n")
	for rest := body; rest != ""; {
		n := min(1+c.random.IntN(chunkBytesMax), len(rest))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, rest[:n])
		rest = rest[n:]
	}
	b.WriteString("0\r\n\r\n")
	text := b.String()
	cut := c.random.IntN(len(text))
	if err := c.send(text[:cut]); err != nil {
		return 0, err
	}
	return c.ask(text[cut:], body)
}

func pipelined(c *client) (int, error) {
	var b strings.Builder
	var bodies []string
	for i := range pipelineDepth {
		switch i % 3 {
		case 0:
			b.WriteString(get("/plaintext"))
			bodies = append(bodies, compare.PlaintextBody)
		case 1:
			id := strconv.Itoa(c.random.IntN(1000))
			b.WriteString(get("/user/" + id))
			bodies = append(bodies, id)
		default:
			body := c.letters(1 + c.random.IntN(100))
			b.WriteString(post(body))
			bodies = append(bodies, body)
		}
	}
	if err := c.send(b.String()); err != nil {
		return 0, err
	}
	for i, body := range bodies {
		if err := c.expect(http.StatusOK, body); err != nil {
			return i, fmt.Errorf("response %d of %d: %w", i+1, len(bodies), err)
		}
	}
	return len(bodies), nil
}

func churn(c *client) (int, error) {
	defer c.drop()
	for i := range churnRequests {
		if _, err := plaintext(c); err != nil {
			return i, err
		}
	}
	return churnRequests, nil
}

func slow(c *client) (int, error) {
	return c.ask(get("/slow?ms="+strconv.Itoa(slowMillis)), compare.DoneBody)
}

func halfClose(c *client) (int, error) {
	defer c.drop()
	if err := c.send(get("/plaintext")); err != nil {
		return 0, err
	}
	if err := c.conn.CloseWrite(); err != nil {
		return 0, err
	}
	if err := c.expect(http.StatusOK, compare.PlaintextBody); err != nil {
		return 0, err
	}
	return 1, c.expectEnd()
}

// resetting wants no answer, and takes none.
func resetting(c *client) (int, error) {
	text := post(c.letters(echoBytes)) + get("/slow?ms="+strconv.Itoa(slowMillis))
	if err := c.send(text[:c.random.IntN(len(text)+1)]); err != nil {
		return 0, err
	}
	c.reset()
	return 0, nil
}

// broken requests, none of which can be read in two ways that matter: RFC 9112
// §2.2, §3, §5.1 and §6.3.
var broken = []string{
	"GARBAGE\r\n\r\n",
	"GET /plaintext HTTP/1.1\r\n\r\n",
	"GET /plaintext HTTP/1.1\r\nHost: soak\r\nBad Field: x\r\n\r\n",
	"POST /echo HTTP/1.1\r\nHost: soak\r\nContent-Length: many\r\n\r\n",
}

func malformed(c *client) (int, error) {
	defer c.drop()
	text := broken[c.random.IntN(len(broken))]
	if err := c.send(text + get("/plaintext")); err != nil {
		return 0, err
	}
	err := c.expect(http.StatusBadRequest, "")
	if err == nil {
		err = c.expectEnd()
	}
	if err != nil {
		return 0, fmt.Errorf("to %q: %w", text, err)
	}
	return 1, nil
}
