package pgtest

// This file starts pgbouncer in front of a server, in transaction mode.

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/covetgo/covet/internal/daemon"
)

// ErrNoBouncer says that pgbouncer is not installed, and how to get it.
var ErrNoBouncer = errors.New("pgbouncer was not found in PATH or /usr/sbin; on Debian: apt-get install -y pgbouncer")

// Bouncer is a pgbouncer that lends a server for a transaction.
type Bouncer struct {
	Port int
	dir  string
	proc *exec.Cmd
	gone <-chan struct{}
	log  *logBuffer
}

// NewBouncer starts one in front of a server, with so many connections to it, until the test ends. Settings are further lines of
// its configuration.
func NewBouncer(tb testing.TB, s *Server, servers int, settings ...string) *Bouncer {
	tb.Helper()
	b := &Bouncer{log: &logBuffer{}}
	tb.Cleanup(b.stop)
	Require(tb, b.start(s, servers, settings))
	return b
}

// URL is the connection string for pgbouncer.
func (b *Bouncer) URL() string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/postgres?sslmode=disable", superuser, b.Port)
}

// start writes the configuration, starts the program, and waits until it listens.
func (b *Bouncer) start(s *Server, servers int, settings []string) error {
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/pgbouncer"); err != nil {
			return ErrNoBouncer
		}
	}
	if b.dir, err = os.MkdirTemp("", "pgbouncer"); err != nil {
		return err
	}
	if b.Port, err = freePort(); err != nil {
		return err
	}
	conf := fmt.Sprintf(`[databases]
* = host=%s port=%d
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = trust
auth_file = %s
pool_mode = transaction
default_pool_size = %d
max_client_conn = 200
%s
`, s.Dir, s.Port, b.Port, filepath.Join(b.dir, "users"), servers, strings.Join(settings, "\n"))
	for name, text := range map[string]string{"pgbouncer.ini": conf, "users": `"` + superuser + `" ""` + "\n"} {
		path := filepath.Join(b.dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), s.user.Own(path)); err != nil {
			return err
		}
	}
	if err := s.user.Own(b.dir); err != nil {
		return err
	}
	b.proc = s.user.Command(b.dir, program, filepath.Join(b.dir, "pgbouncer.ini"))
	b.proc.Stdout, b.proc.Stderr = b.log, b.log
	return b.launch()
}

// launch starts the process and waits until it listens.
func (b *Bouncer) launch() error {
	var err error
	if b.gone, err = daemon.Start(b.proc); err != nil {
		return err
	}
	for until := time.Now().Add(startSlack); time.Now().Before(until); time.Sleep(pollEvery) {
		select {
		case <-b.gone:
			return fmt.Errorf("pgbouncer ended while it started:\n%s", b.log)
		default:
		}
		if c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(b.Port))); err == nil {
			return c.Close()
		}
	}
	return fmt.Errorf("pgbouncer did not listen in %v:\n%s", startSlack, b.log)
}

// stop ends it.
func (b *Bouncer) stop() {
	if b.proc != nil && b.proc.Process != nil {
		_ = b.proc.Process.Kill() // it may have ended already
		<-b.gone
	}
	if b.dir != "" {
		_ = os.RemoveAll(b.dir) // a folder that stays is no failure of the test
	}
}
