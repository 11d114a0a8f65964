// Package mariatest starts a throwaway MariaDB from the binaries that are installed, for tests.
//
// A server lives in a temporary folder, listens on a unix socket there and on nothing else, and is gone when Stop returns.
// Its tables are made by the server itself, from the statements that come with it: that takes a second, and
// mariadb-install-db, which does the same, wants programs of the client's package.
package mariatest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/daemon"
)

// Install is the command that installs MariaDB where it is missing.
const Install = "apt-get install -y mariadb-server-core"

// ErrMissing says that MariaDB is not installed, and how to get it.
var ErrMissing = errors.New("MariaDB's server, mariadbd, was not found in PATH or /usr/sbin, or its statements under /usr/share; on Debian: " + Install)

const (
	startSlack = 60 * time.Second
	stopSlack  = 20 * time.Second
	pollEvery  = 20 * time.Millisecond
)

// Server is one MariaDB. Its methods are for one goroutine at a time.
type Server struct {
	dir  string
	user *daemon.Account
	proc *exec.Cmd
	gone <-chan struct{}
}

// Start makes a server with an empty database "test" and starts it.
func Start() (*Server, error) {
	program, statements, err := find()
	if err != nil {
		return nil, err
	}
	user, err := daemon.Unprivileged("mysql", "nobody")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "maria")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, user: user}
	err = errors.Join(os.Mkdir(s.data(), 0o700), user.Own(dir), user.Own(s.data()))
	if err == nil {
		err = s.bootstrap(program, statements)
	}
	if err == nil {
		err = s.launch(program)
	}
	if err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// find returns the server's program, and the folder of the statements that make its tables.
func find() (program, statements string, err error) {
	program, err = exec.LookPath("mariadbd")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/mariadbd")
	}
	folders, _ := filepath.Glob("/usr/share/m*/mysql_system_tables.sql") // mysql or mariadb; the pattern is well-formed
	if err != nil || len(folders) == 0 {
		return "", "", ErrMissing
	}
	return program, filepath.Dir(folders[0]), nil
}

// data is the data directory.
func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// log is what the server writes.
func (s *Server) log() string { return filepath.Join(s.dir, "log") }

// options of every start. What a test writes is thrown away anyway, so nothing is flushed.
func (s *Server) options(more ...string) []string {
	return append([]string{"--no-defaults", "--datadir=" + s.data(), "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M",
		"--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--skip-log-bin"}, more...)
}

// bootstrap makes the tables of the server itself.
func (s *Server) bootstrap(program, folder string) error {
	input := []io.Reader{strings.NewReader("create database mysql;\ncreate database test character set utf8mb4;\nuse mysql;\n" +
		"set @current_hostname='localhost', @auth_root_socket=NULL, @skip_auth_anonymous=1;\n")}
	for _, name := range []string{"mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		input = append(input, bytes.NewReader(text))
	}
	cmd := s.user.Command(s.dir, program, s.options("--bootstrap", "--lc-messages-dir="+folder, "--enforce-storage-engine=")...)
	cmd.Stdin = io.MultiReader(input...)
	if out, err := cmd.CombinedOutput(); err != nil || bytes.Contains(out, []byte("ERROR")) {
		return fmt.Errorf("mariadbd --bootstrap: %v\n%s", err, out)
	}
	return nil
}

// launch starts the server and waits until it takes connections.
func (s *Server) launch(program string) error {
	log, err := os.Create(s.log())
	if err != nil {
		return err
	}
	defer log.Close() // the server has it, too
	s.proc = s.user.Command(s.dir, program, s.options("--skip-networking", "--socket="+s.Socket(), "--pid-file="+filepath.Join(s.dir, "pid"))...)
	s.proc.Stdout, s.proc.Stderr = log, log
	if s.gone, err = daemon.Start(s.proc); err != nil {
		return err
	}
	for until := time.Now().Add(startSlack); time.Now().Before(until); time.Sleep(pollEvery) {
		if !s.running() {
			return fmt.Errorf("mariadbd ended while it started:\n%s", s.Log())
		}
		if c, err := net.Dial("unix", s.Socket()); err == nil {
			return c.Close()
		}
	}
	return fmt.Errorf("mariadbd was not ready in %v:\n%s", startSlack, s.Log())
}

// running reports whether the server lives.
func (s *Server) running() bool {
	select {
	case <-s.gone:
		return false
	default:
		return true
	}
}

// Stop ends the server and removes its data.
func (s *Server) Stop() {
	if s.gone != nil && s.running() {
		err := s.proc.Process.Signal(syscall.SIGTERM)
		select {
		case <-s.gone:
		case <-time.After(stopSlack):
			err = errors.Join(err, fmt.Errorf("mariadbd did not end in %v", stopSlack), s.proc.Process.Kill())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "mariatest:", err)
		}
	}
	if err := os.RemoveAll(s.dir); err != nil {
		fmt.Fprintln(os.Stderr, "mariatest:", err)
	}
}

// Socket is the unix socket that the server listens on.
func (s *Server) Socket() string { return filepath.Join(s.dir, "socket") }

// DSN is the data source name of root in the database "test", for github.com/go-sql-driver/mysql, with parameters.
func (s *Server) DSN(parameters string) string {
	return "root@unix(" + s.Socket() + ")/test?" + parameters
}

// Log is what the server wrote.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.log())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

var (
	sharedOnce sync.Once
	shared     *Server
	sharedErr  error
)

// Shared returns the server that all tests of the binary share, and starts it for the first of them. [StopShared] ends it.
// Where MariaDB is missing, the test is skipped; in CI, where a skip would be a hole that nobody sees, it fails.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	sharedOnce.Do(func() { shared, sharedErr = Start() })
	switch {
	case sharedErr == nil:
	case errors.Is(sharedErr, ErrMissing) && os.Getenv("CI") != "true":
		tb.Skip(sharedErr)
	default:
		tb.Fatal(sharedErr)
	}
	return shared
}

// StopShared stops the server that tests have shared, if there was one. Call it after the tests have run.
func StopShared() {
	if shared != nil {
		shared.Stop()
	}
}
