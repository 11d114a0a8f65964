package pg

// Which of several hosts will do: target_session_attrs and load_balance_hosts, with libpq's words (§34.1.2). Entry
// points: Config.passes, Config.order, session.checkTarget, lane.retire.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/covetgo/covet/sqlcore/wire"
)

// Target says what a server must be for sessions to go there.
type Target string

// The targets.
const (
	TargetAny           Target = "any"            // the default
	TargetReadWrite     Target = "read-write"     // takes writes unless a session says otherwise
	TargetReadOnly      Target = "read-only"      // does not
	TargetPrimary       Target = "primary"        // is in no recovery
	TargetStandby       Target = "standby"        // is
	TargetPreferStandby Target = "prefer-standby" // a standby if any host is one, else whoever answers
)

// targets are what may be said in a connection string.
var targets = []Target{TargetAny, TargetReadWrite, TargetReadOnly, TargetPrimary, TargetStandby, TargetPreferStandby}

// setTarget reads target_session_attrs and load_balance_hosts.
func (c *Config) setTarget(target, balance string) error {
	c.Target = Target(or(target, string(TargetAny)))
	if !slices.Contains(targets, c.Target) {
		return fmt.Errorf("target_session_attrs %q: want one of %v", target, targets)
	}
	switch balance {
	case "", "disable":
	case "random":
		c.RandomHosts = true
	default:
		return fmt.Errorf("load_balance_hosts %q: want disable or random", balance)
	}
	return nil
}

// passes are the targets that all hosts are asked for, one after the other.
func (c *Config) passes() []Target {
	if c.Target == TargetPreferStandby {
		return []Target{TargetStandby, TargetAny}
	}
	return []Target{c.Target}
}

// order lists the hosts as they are to be tried.
func (c *Config) order() []Host {
	if !c.RandomHosts {
		return c.Hosts
	}
	hosts := slices.Clone(c.Hosts)
	rand.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	return hosts
}

// wantsWrites reports whether a server that refuses writes is the wrong one.
func (c *Config) wantsWrites() bool { return c.Target == TargetReadWrite || c.Target == TargetPrimary }

// looksAtReadOnly reports whether it counts that a server's sessions are read-only by default. Then a session that we
// want to be read-only can be made so only after the server was asked.
func (t Target) looksAtReadOnly() bool { return t == TargetReadWrite || t == TargetReadOnly }

// targetError says that a server answers, and is not what was wanted.
type targetError struct{ want Target }

// Error says so.
func (e *targetError) Error() string {
	return fmt.Sprintf("the server is not what target_session_attrs asks for: %s", e.want)
}

// checkTarget looks whether a session's server will do. It says what it is when a session starts, since PostgreSQL 14;
// before that, and behind a pooler, it is asked.
func (s *session) checkTarget(want Target) error {
	if want == "" || want == TargetAny {
		return nil
	}
	standby, readOnly := s.status["in_hot_standby"], s.status["default_transaction_read_only"]
	if standby == "" || readOnly == "" {
		row, err := s.ask("SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'on' ELSE 'off' END, current_setting('default_transaction_read_only')", 2)
		if err != nil {
			return err
		}
		standby, readOnly = row[0], row[1]
	}
	ok := true
	switch want {
	case TargetPrimary:
		ok = standby == "off"
	case TargetStandby:
		ok = standby == "on"
	case TargetReadWrite:
		ok = standby == "off" && readOnly == "off"
	case TargetReadOnly:
		ok = standby == "on" || readOnly == "on"
	}
	if !ok {
		return &targetError{want}
	}
	return nil
}

// ask runs a text of ours before the session is anyone's, and returns the first columns of its last row, as text.
func (s *session) ask(sql string, columns int) (row []string, failure error) {
	out, ok := wire.AppendQuery(nil, sql)
	if !ok {
		return nil, errTooLong
	}
	if _, err := s.nc.Write(out); err != nil {
		return nil, err
	}
	row = make([]string, columns)
	for range loginMessagesMax {
		m, err := s.readMessage()
		if err != nil {
			return nil, err
		}
		switch m.Type {
		case wire.ErrorResponse:
			e, ok := parseError(m.Body)
			if !ok {
				return nil, protocolErrorf("a malformed ErrorResponse")
			}
			failure = e
		case wire.DataRow:
			values, n, ok := wire.ParseRow(m.Body)
			if !ok || n < columns {
				return nil, protocolErrorf("a row of %d columns, of %d", n, columns)
			}
			for i := range row {
				v, _ := values.Next()
				row[i] = string(v)
			}
		case wire.ReadyForQuery:
			return row, failure
		}
	}
	return nil, protocolErrorf("more than %d messages in answer to a question", loginMessagesMax)
}

// drainMax is how long a connection to a server that refuses writes may take to answer what it was sent.
const drainMax = 3 * time.Second

// retire replaces a connection whose server has become the wrong one: it refuses writes, and primaries were asked for.
// What is in flight there is answered before the connection is closed, and only then is another one opened.
func (l *lane) retire(c *conn) {
	for _, s := range l.slots {
		s.mu.Lock()
		if s.dialing == nil && s.conn.CompareAndSwap(c, nil) {
			ended := make(chan struct{})
			s.dialing = ended
			go func() {
				ctx, cancel := context.WithTimeout(l.pool.ctx, drainMax)
				defer cancel()
				c.drain(ctx)
				c.end(errReadOnlyServer)
				l.dial(s, ended, 0)
			}()
		}
		s.mu.Unlock()
	}
}

// drain waits until nothing is in flight.
func (c *conn) drain(ctx context.Context) {
	for c.load() > 0 {
		select {
		case <-time.After(time.Millisecond):
		case <-c.closed:
			return
		case <-ctx.Done():
			return
		}
	}
}

// errReadOnlyServer ends a connection.
var errReadOnlyServer = fmt.Errorf("pg: %w", &targetError{TargetReadWrite})
