package process

// The parent's side: start a child on its cores, read its first line, ask it,
// stop it, and keep the end of what it wrote to standard error for when it dies.

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	helloSecondsMax = 20 // a first start may compile a calibrator
	statSecondsMax  = 5
	stopSecondsMax  = 10
	stderrTailBytes = 4 << 10
)

// ErrNoStat: the child is not written in Go and answers no "stat".
var ErrNoStat = errors.New("this server tells nothing about itself")

// Command is a child to be launched.
type Command struct {
	Path string
	Args []string
	Env  []string // besides the parent's own
	// CPUs pins the child to these cores from its first instruction and sets
	// GOMAXPROCS to their number. Empty leaves both to the system.
	CPUs []int
	// Procs is another GOMAXPROCS than that; 0 is none.
	Procs int
}

// Child is a running rival.
type Child struct {
	Hello
	PID int

	cmd    *exec.Cmd
	stdin  io.WriteCloser
	lines  chan []byte
	stderr *tail
	done   chan struct{} // closed once the process has been waited for
	err    error         // of Wait; read after done
}

// Launch starts a child and returns once it listens.
func Launch(c Command) (*Child, error) {
	child := &Child{
		cmd: exec.Command(c.Path, c.Args...), stderr: &tail{},
		lines: make(chan []byte, 1), done: make(chan struct{}),
	}
	child.cmd.Env = append(os.Environ(), c.Env...)
	if procs := cmp.Or(c.Procs, len(c.CPUs)); procs > 0 {
		child.cmd.Env = append(child.cmd.Env, "GOMAXPROCS="+strconv.Itoa(procs))
	}
	child.cmd.Stderr = child.stderr
	endWithParent(child.cmd)
	var err error
	if child.stdin, err = child.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := child.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := startOn(child.cmd, c.CPUs); err != nil {
		return nil, err
	}
	child.PID = child.cmd.Process.Pid
	go child.read(out)
	if err := child.hello(); err != nil {
		child.kill()
		return nil, err
	}
	return child, nil
}

// read passes the child's lines on and waits for its end.
func (c *Child) read(out io.Reader) {
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		select {
		case c.lines <- bytes.Clone(scan.Bytes()):
		default: // nobody asked for this line
		}
	}
	c.err = c.cmd.Wait()
	close(c.done)
}

func (c *Child) hello() error {
	line, err := c.line(helloSecondsMax * time.Second)
	if err != nil {
		return err
	}
	return json.Unmarshal(line, &c.Hello)
}

// line is the child's next line, or why there is none.
func (c *Child) line(limit time.Duration) ([]byte, error) {
	select {
	case line := <-c.lines:
		return line, nil
	case <-c.done:
		return nil, c.Death()
	case <-time.After(limit):
		return nil, fmt.Errorf("the server gave no answer within %v%s", limit, c.stderr.quoted())
	}
}

// Stat asks the child about itself.
func (c *Child) Stat() (Stat, error) { return c.ask(statRequest) }

// Tidy makes a child written in Go collect its garbage and return what is free to
// the system, so that its resident memory is what it needs. Others have nothing
// to tidy.
func (c *Child) Tidy() error {
	_, err := c.ask(tidyRequest)
	if errors.Is(err, ErrNoStat) {
		return nil
	}
	return err
}

func (c *Child) ask(request string) (Stat, error) {
	var s Stat
	if !c.Stats {
		return s, ErrNoStat
	}
	if _, err := io.WriteString(c.stdin, request); err != nil {
		return s, errors.Join(c.Death(), err)
	}
	line, err := c.line(statSecondsMax * time.Second)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(line, &s)
}

// Done is closed when the child has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// Death says how the child ended, with the end of its standard error; nil while
// it lives.
func (c *Child) Death() error {
	select {
	case <-c.done:
		return fmt.Errorf("the server ended by itself (%s)%s", c.cmd.ProcessState, c.stderr.quoted())
	default:
		return nil
	}
}

// Stop asks the child to end and waits for it. A child that has not ended by
// then is killed, and that is an error, as is an exit status other than 0.
func (c *Child) Stop() error {
	if err := c.Death(); err != nil {
		return err
	}
	c.cmd.Process.Signal(syscall.SIGTERM) // where there is none, the end of input does it
	c.stdin.Close()
	select {
	case <-c.done:
	case <-time.After(stopSecondsMax * time.Second):
		c.kill()
		return fmt.Errorf("the server did not end within %d s of SIGTERM and was killed%s", stopSecondsMax, c.stderr.quoted())
	}
	if c.err != nil {
		return fmt.Errorf("the server ended badly: %w%s", c.err, c.stderr.quoted())
	}
	return nil
}

// kill is for a child that does not listen to reason.
func (c *Child) kill() {
	c.cmd.Process.Kill()
	<-c.done
}

// tail keeps the last bytes written to it.
type tail struct {
	mu   sync.Mutex
	data []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if over := len(t.data) - stderrTailBytes; over > 0 {
		t.data = append(t.data[:0], t.data[over:]...)
	}
	return len(p), nil
}

func (t *tail) quoted() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(t.data))
	if text == "" {
		return "; it wrote nothing to standard error"
	}
	return "; the end of its standard error:\n    " + strings.ReplaceAll(text, "\n", "\n    ")
}
