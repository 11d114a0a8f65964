package soak

// One client's connection: what is written to it, and what must come back.

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

const (
	// stepSecondsMax is how long a step may take: far more than any server needs.
	stepSecondsMax = 20
	// bodyBytesMax bounds what is read of a response.
	bodyBytesMax = 64 << 10
)

// client is a worker's connection, or none yet.
type client struct {
	addr   string
	random *rand.Rand
	conn   *net.TCPConn
	in     *bufio.Reader
}

// connect makes sure that there is a connection, and starts the time of a step.
func (c *client) connect() error {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.addr, stepSecondsMax*time.Second)
		if err != nil {
			return err
		}
		c.conn = conn.(*net.TCPConn)
		c.in = bufio.NewReader(conn)
	}
	return c.conn.SetDeadline(time.Now().Add(stepSecondsMax * time.Second))
}

// drop ends the connection, if there is one.
func (c *client) drop() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// reset ends it the hard way.
func (c *client) reset() {
	c.conn.SetLinger(0)
	c.drop()
}

// send connects first if need be.
func (c *client) send(text string) error {
	if err := c.connect(); err != nil {
		return err
	}
	_, err := io.WriteString(c.conn, text)
	return err
}

// expect reads one response and wants this status and body; an empty body means
// any, for errors are worded as each server likes.
func (c *client) expect(status int, body string) error {
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return fmt.Errorf("no response: %w", err)
	}
	got, err := io.ReadAll(io.LimitReader(response.Body, bodyBytesMax))
	if err != nil {
		return fmt.Errorf("half a response: %w", err)
	}
	if response.StatusCode != status {
		return fmt.Errorf("status %d, want %d", response.StatusCode, status)
	}
	if body != "" && string(got) != body {
		return fmt.Errorf("another body than wanted: %d bytes %.40q, want %d bytes", len(got), got, len(body))
	}
	return nil
}

// expectEnd wants nothing more than the end of the connection.
func (c *client) expectEnd() error {
	rest, err := io.ReadAll(io.LimitReader(c.in, bodyBytesMax))
	if len(rest) > 0 {
		return fmt.Errorf("%d bytes after the last response: %.40q", len(rest), rest)
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return errors.New("the connection was not closed")
	}
	return nil // FIN, or a reset behind it
}

// ask is one request and its one response.
func (c *client) ask(request, body string) (answers int, err error) {
	if err := c.send(request); err != nil {
		return 0, err
	}
	if err := c.expect(http.StatusOK, body); err != nil {
		return 0, err
	}
	return 1, nil
}
