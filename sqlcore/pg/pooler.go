package pg

// Behind a pooler that lends a server for one transaction, as pgbouncer does in its transaction mode (pooler=transaction).
// What a session remembers there is another's by the next transaction, so nothing may be kept in it:
//
//   - Statements are prepared without a name, and described, in the group in which they run.
//   - Reads are not made read-only by a setting of the session, but by a guard: a statement at the beginning of each
//     group that sets the transaction's own. A group is one transaction, and ends with its Sync.
//   - There is no LISTEN, and no other settings than those that the pooler passes on.
//
// Entry points: encodeUnnamed and pushGuard, for conn.go.

import (
	"errors"
	"fmt"
	"strings"
)

// setPooler reads pooler.
func (c *Config) setPooler(mode string) error {
	switch mode {
	case "":
	case "transaction":
		c.Pooler = true
	default:
		return fmt.Errorf("pooler %q: want transaction, or nothing", mode)
	}
	return nil
}

// nameOf is a statement's name on the connection.
func (c *conn) nameOf(s *Stmt) string {
	if c.session.pooled {
		return ""
	}
	return s.name
}

// encodeUnnamed prepares and describes the statement for this one time: what it was when another server described it may
// not be true any more, and rows are decoded by what is true.
func (c *conn) encodeUnnamed(out []byte, q *call) ([]byte, bool) {
	return c.encodeDescribed(out, q, "")
}

// guard makes the transaction that it is in read-only. It is no SET LOCAL, which warns outside of a transaction block,
// and a group is none.
var guard = &Stmt{sql: "SELECT pg_catalog.set_config('transaction_read_only', 'on', true)"}

// pushGuard begins a group with a guard. If it failed, the server would skip what it guards. mu is held.
func (c *conn) pushGuard() {
	g := newCall(guard, kindGuard)
	g.held = true // its end is no end of a group
	c.encode(g)
	c.push(g)
	c.open = true
}

// hintPooler is what to do about statements that are not there, or that are there already.
const hintPooler = "behind a pooler such as pgbouncer, connect with pooler=transaction"

// poolerHint explains how pgbouncer refuses a setting that it does not know.
func poolerHint(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Code == codeProtocolViolation && strings.Contains(e.Message, "unsupported startup parameter") {
		return fmt.Errorf("%w (%s; other settings it must be told to pass on)", err, hintPooler)
	}
	return err
}

// checkSettings makes sure that a session has the settings of its lane: a pooler may be configured to drop those that it
// does not know, and then reads could write.
func (s *session) checkSettings(settings map[string]string) error {
	for name, want := range settings {
		got, reported := s.status[name] // since PostgreSQL 14, for the one that there is
		if !reported {
			row, err := s.ask("SHOW "+name, 1)
			if err != nil {
				return err
			}
			got = row[0]
		}
		if got != want {
			return fmt.Errorf("the session's %s is %q and not %q, as it was asked to be: %s", name, got, want, hintPooler)
		}
	}
	return nil
}
