package pgtest

// This file gives all tests of a binary one server.

import (
	"errors"
	"os"
	"sync"
	"testing"
)

var (
	sharedOnce sync.Once
	shared     *Server
	sharedErr  error
)

// Main runs a package's tests and stops the shared server after them. Call it from TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
func Main(m *testing.M) int {
	defer func() {
		if shared != nil {
			shared.Stop()
		}
	}()
	return m.Run()
}

// Shared returns the server that all tests of the binary share, and starts it for the first of them. Tests
// must not stop it: one that wants to has Start. Its users have the names of what pg_hba.conf asks of them:
// see [HBA].
func Shared(tb testing.TB) *Server {
	tb.Helper()
	sharedOnce.Do(func() { shared, sharedErr = Start(Options{HBA: HBA, Settings: sharedSettings}) })
	Require(tb, sharedErr)
	return shared
}

// sharedSettings let deadlocks be found soon: tests make them on purpose.
var sharedSettings = map[string]string{"deadlock_timeout": "20ms"}

// HBA demands a way to log in of each of these users. They have no roles yet: whoever tests with one creates it.
const HBA = `
host    all cleartext 127.0.0.1/32 password
host    all md5       127.0.0.1/32 md5
host    all scram     127.0.0.1/32 scram-sha-256
hostssl all tlsonly   127.0.0.1/32 scram-sha-256
host    all tlsonly   127.0.0.1/32 reject
host    all refused   127.0.0.1/32 reject
`

// Require skips a test if PostgreSQL or pgbouncer is missing, and fails it if it could not start. In CI a skip would be a hole
// that nobody sees, so there a missing server fails too.
func Require(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case (errors.Is(err, ErrMissing) || errors.Is(err, ErrNoBouncer)) && os.Getenv("CI") != "true":
		tb.Skip(err)
	default:
		tb.Fatal(err)
	}
}
