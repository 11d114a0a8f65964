package pgtest

// This file makes hot standbys: copies of a running server that follow it, and may take its place.

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Standby copies a running server and starts the copy, which follows it and takes reads.
func (s *Server) Standby() (*Server, error) {
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	copied := &Server{Dir: dir, CA: s.CA, bin: s.bin, user: s.user, log: &logBuffer{}}
	if err := copied.copyFrom(s); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := copied.Restart(); err != nil {
		copied.Stop()
		return nil, err
	}
	return copied, nil
}

// copyFrom fills the data directory.
func (s *Server) copyFrom(primary *Server) error {
	if err := s.user.Own(s.Dir); err != nil {
		return err
	}
	backup := s.command("pg_basebackup", "-D", s.Dir, "-R", "-X", "stream", "-c", "fast", "--no-sync",
		"-h", primary.Dir, "-p", fmt.Sprint(primary.Port), "-U", superuser)
	if out, err := backup.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_basebackup: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.Port = port
	// What comes later in the file counts.
	conf, err := os.ReadFile(filepath.Join(s.Dir, "postgresql.auto.conf"))
	if err != nil {
		return err
	}
	conf = fmt.Appendf(conf, "\nport = %d\nunix_socket_directories = '%s'\n", s.Port, s.Dir)
	return s.write("postgresql.auto.conf", conf)
}

// Promote makes a standby a primary. It returns when it takes writes.
func (s *Server) Promote() error {
	if out, err := s.command("pg_ctl", "promote", "-w", "-D", s.Dir).CombinedOutput(); err != nil {
		return fmt.Errorf("pg_ctl promote: %w\n%s", err, out)
	}
	return nil
}
