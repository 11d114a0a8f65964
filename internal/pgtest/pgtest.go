// Package pgtest starts a throwaway PostgreSQL from the binaries that are installed: for tests, and for the bench.
//
// A server lives in a temporary folder, listens on a unix socket there and on a free port of the loopback, and is
// gone when Stop returns. PostgreSQL refuses to run as root, so root drops to an unprivileged user for it.
// Durability is off unless asked for: what a test writes is thrown away anyway.
//
// Read in this order: this file (a server's life), find.go (its binaries), shared.go (one server per test binary),
// standby.go and bouncer.go (others beside it, or in front of it).
package pgtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/covetgo/covet/internal/daemon"
)

// Options of a server. The zero value is what tests want.
type Options struct {
	Settings map[string]string // of postgresql.conf
	HBA      string            // lines of pg_hba.conf before the last ones, which trust everybody
	Durable  bool              // with fsync, full_page_writes and synchronous_commit, as in production
}

// Server is one PostgreSQL. Its methods are for one goroutine at a time.
type Server struct {
	Dir  string // data directory, and folder of the unix socket
	Port int
	CA   []byte // PEM of the authority that signed the server's certificate, which is for localhost and 127.0.0.1

	bin  string
	user *daemon.Account
	proc *exec.Cmd
	gone <-chan struct{} // closed when proc has ended
	log  *logBuffer
}

const (
	superuser  = "postgres"
	startSlack = 60 * time.Second // recovery after a crash included
	stopSlack  = 20 * time.Second
	pollEvery  = 20 * time.Millisecond
)

// Start makes a cluster and starts it. ErrMissing means that there is nothing to start.
func Start(o Options) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	user, err := daemon.Unprivileged(superuser, "nobody")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	s := &Server{Dir: dir, bin: bin, user: user, log: &logBuffer{}}
	if err := s.prepare(o); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.Restart(); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// prepare makes the data directory.
func (s *Server) prepare(o Options) error {
	if err := s.user.Own(s.Dir); err != nil {
		return err
	}
	initdb := s.command("initdb", "-D", s.Dir, "-U", superuser, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.Port = port
	conf := fmt.Sprintf("listen_addresses = '127.0.0.1'\nport = %d\nunix_socket_directories = '%s'\nssl = on\n", s.Port, s.Dir)
	if !o.Durable {
		conf += "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n"
	}
	for name, value := range o.Settings {
		conf += fmt.Sprintf("%s = '%s'\n", name, value)
	}
	cert, key, err := certificate()
	if err != nil {
		return err
	}
	s.CA = cert
	hba := o.HBA + "\nlocal all all trust\nhost all all 127.0.0.1/32 trust\nlocal replication all trust\n"
	return errors.Join(
		s.write("server.crt", cert), s.write("server.key", key), s.write("pg_hba.conf", []byte(hba)),
		s.write("postgresql.auto.conf", []byte(conf)))
}

// write puts a file into the data directory, readable by the server's user only.
func (s *Server) write(name string, data []byte) error {
	path := filepath.Join(s.Dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return err
	}
	return s.user.Own(path)
}

// Restart starts the server if it does not run, and returns when it takes connections. After a crash, backends
// hold the old shared memory for a moment, and a new server refuses to start until they have noticed.
func (s *Server) Restart() error {
	var err error
	for until := time.Now().Add(startSlack); time.Now().Before(until); time.Sleep(pollEvery) {
		if s.running() {
			return nil
		}
		if err = s.launch(); err == nil {
			return nil
		}
		if !strings.Contains(err.Error(), "shared memory block") {
			return err
		}
	}
	return err
}

// launch starts the postmaster and waits until it is ready.
func (s *Server) launch() error {
	s.log.reset()
	s.proc = s.command("postgres", "-D", s.Dir)
	s.proc.Stdout, s.proc.Stderr = s.log, s.log
	var err error
	if s.gone, err = daemon.Start(s.proc); err != nil {
		return err
	}
	for until := time.Now().Add(startSlack); time.Now().Before(until); time.Sleep(pollEvery) {
		if !s.running() {
			return fmt.Errorf("postgres ended while it started:\n%s", s.Log())
		}
		if s.ready() {
			return nil
		}
	}
	return fmt.Errorf("postgres was not ready in %v:\n%s", startSlack, s.Log())
}

// ready reads what the postmaster says of itself in its lock file: its process id on the first line, its state on
// the eighth (LOCK_FILE_LINE_PM_STATUS). pg_ctl waits for the same.
func (s *Server) ready() bool {
	const stateLine = 8
	text, err := os.ReadFile(filepath.Join(s.Dir, "postmaster.pid"))
	lines := strings.Split(string(text), "\n")
	return err == nil && len(lines) >= stateLine &&
		lines[0] == strconv.Itoa(s.proc.Process.Pid) && slices.Contains([]string{"ready", "standby"}, strings.TrimSpace(lines[stateLine-1]))
}

// command prepares one of the server's programs, in the data directory and as its account.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	return s.user.Command(s.Dir, filepath.Join(s.bin, name), args...)
}

// running reports whether the postmaster lives.
func (s *Server) running() bool {
	if s.gone == nil {
		return false
	}
	select {
	case <-s.gone:
		return false
	default:
		return true
	}
}

// Shutdown stops the server and keeps its data. The signal says how: SIGINT ends sessions (fast), SIGQUIT
// leaves recovery to the next start (immediate), SIGKILL is a crash. It returns when the postmaster has ended.
func (s *Server) Shutdown(sig syscall.Signal) error {
	if !s.running() {
		return nil
	}
	if err := s.proc.Process.Signal(sig); err != nil {
		return err
	}
	select {
	case <-s.gone:
		return nil
	case <-time.After(stopSlack):
		return errors.Join(fmt.Errorf("postgres did not end within %v of %v", stopSlack, sig), s.proc.Process.Kill())
	}
}

// Signal sends a signal to the postmaster or, with its process id, to one of its backends.
func (s *Server) Signal(process int, sig syscall.Signal) error {
	if process == 0 {
		process = s.proc.Process.Pid
	}
	p, err := os.FindProcess(process)
	if err != nil {
		return err
	}
	return p.Signal(sig)
}

// Stop ends the server and removes its data.
func (s *Server) Stop() {
	if err := s.Shutdown(syscall.SIGQUIT); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
	}
	// After a crash, backends may outlive the postmaster for a moment and still write.
	for range 50 {
		if os.RemoveAll(s.Dir) == nil {
			return
		}
		time.Sleep(pollEvery)
	}
	fmt.Fprintln(os.Stderr, "pgtest: cannot remove", s.Dir)
}

// PID is the postmaster's process; its children are all others of the server.
func (s *Server) PID() int { return s.proc.Process.Pid }

// URL is the connection string for the loopback.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/postgres?sslmode=disable", superuser, s.Port)
}

// SocketDSN is the connection string for the unix socket.
func (s *Server) SocketDSN() string {
	return fmt.Sprintf("host=%s port=%d user=%s dbname=postgres sslmode=disable", s.Dir, s.Port, superuser)
}

// Log is the newest part of what the server wrote.
func (s *Server) Log() string { return s.log.String() }

// freePort finds a port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// certificate makes a self-signed certificate for the loopback.
func certificate() (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), nil
}

// logBuffer keeps the newest bytes that were written to it.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

const logBytesMax = 64 << 10

// Write keeps p and forgets the oldest half when there is too much.
func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Write(p)
	if over := l.buf.Len() - logBytesMax; over > 0 {
		l.buf.Next(over + logBytesMax/2)
	}
	return len(p), nil
}

// reset forgets everything: what follows is of another server.
func (l *logBuffer) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Reset()
}

// String returns what is kept.
func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
