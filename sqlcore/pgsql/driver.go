// Package pgsql is a driver for database/sql, by the name of "covet": PostgreSQL for programs, and for libraries such
// as gorm and bun, that ask through a *sql.DB.
//
//	db, err := sql.Open("covet", "postgres://app@localhost/shop")
//
// Package database/sql lends a connection to one caller at a time, so nothing is shared here as package sqlcore shares it;
// and its values are few, so rows are not decoded into structs. What is left is the protocol, binary where that is shorter,
// statements that are prepared once, and the rules of package pg about what may have run: [driver.ErrBadConn], which makes
// database/sql send a statement again, is returned only if it was not sent.
//
// Read in this order: this file (connector and connection), stmt.go (statements, arguments and rows).
package pgsql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/covetgo/covet/sqlcore/pg"
)

// Name is what sql.Open knows the driver by.
const Name = "covet"

func init() { sql.Register(Name, Driver{}) }

// idleMax is how long a connection may lie in the pool of database/sql without being looked at before it is used again.
const idleMax = 100 * time.Millisecond

// Driver makes connectors of connection strings. Their form is that of [pg.ParseConfig].
type Driver struct{}

// Open opens a single connection.
func (d Driver) Open(connection string) (driver.Conn, error) {
	c, err := d.OpenConnector(connection)
	if err != nil {
		return nil, err
	}
	return c.Connect(context.Background())
}

// OpenConnector reads a connection string.
func (d Driver) OpenConnector(connection string) (driver.Connector, error) {
	conf, err := pg.ParseConfig(connection)
	if err != nil {
		return nil, err
	}
	return NewConnector(conf)
}

// Connector opens connections for a [sql.DB]: sql.OpenDB takes it.
type Connector struct{ sessions *pg.Connector }

// NewConnector makes a connector.
func NewConnector(conf *pg.Config) (*Connector, error) { return NewConnectorHooks(conf, nil) }

// NewConnectorHooks makes a connector that calls hooks around statements and connections.
func NewConnectorHooks(conf *pg.Config, hooks *pg.Hooks) (*Connector, error) {
	sessions, err := pg.NewConnector(conf, pg.Options{Hooks: hooks}, true)
	if err != nil {
		return nil, err
	}
	return &Connector{sessions}, nil
}

// Connect opens a connection.
func (c *Connector) Connect(ctx context.Context) (driver.Conn, error) {
	s, err := c.sessions.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &Conn{session: s}, nil
}

// Driver returns the driver.
func (c *Connector) Driver() driver.Driver { return Driver{} }

// Close is called by sql.DB's Close.
func (c *Connector) Close() error {
	c.sessions.Close()
	return nil
}

// Conn is a connection. What it runs, it runs for one goroutine at a time; database/sql sees to that.
type Conn struct {
	session *pg.Session
	rested  time.Time // when it was given back
}

// Session is the session below, for what database/sql has no words for: sql.Conn's Raw shows the Conn.
func (c *Conn) Session() *pg.Session { return c.session }

// Close ends the connection.
func (c *Conn) Close() error { return c.session.Close() }

// IsValid reports whether the connection is of further use. database/sql asks when it is given back.
func (c *Conn) IsValid() bool {
	c.rested = time.Now()
	return !c.session.Dead()
}

// ResetSession is called before the connection is used by somebody else. One that is inside of a transaction, since
// somebody began it by SQL, is not for others.
func (c *Conn) ResetSession(context.Context) error {
	if c.session.InTx() || (time.Since(c.rested) > idleMax && !c.session.Alive()) {
		return driver.ErrBadConn
	}
	return nil
}

// Ping makes a round trip.
func (c *Conn) Ping(ctx context.Context) error {
	_, err := c.session.Script(ctx, "")
	return unsent(err)
}

// unsent makes the error of a statement that did not reach the server the one that has database/sql try another connection.
func unsent(err error) error {
	var lost *pg.ConnError
	if errors.As(err, &lost) && !lost.Sent {
		return driver.ErrBadConn
	}
	return err
}

// levels are the isolation levels of database/sql that PostgreSQL has.
var levels = map[sql.IsolationLevel]pg.Isolation{
	sql.LevelDefault: pg.DefaultIsolation, sql.LevelReadUncommitted: pg.ReadUncommitted, sql.LevelReadCommitted: pg.ReadCommitted,
	sql.LevelRepeatableRead: pg.RepeatableRead, sql.LevelSnapshot: pg.RepeatableRead, sql.LevelSerializable: pg.Serializable,
}

// Begin begins a transaction.
func (c *Conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

// BeginTx begins a transaction. It is sent with the first statement.
func (c *Conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	level, ok := levels[sql.IsolationLevel(o.Isolation)]
	if !ok {
		return nil, fmt.Errorf("pgsql: PostgreSQL has no isolation level %v", sql.IsolationLevel(o.Isolation))
	}
	if err := c.session.Begin(ctx, pg.TxOptions{Isolation: level, ReadOnly: o.ReadOnly}); err != nil {
		return nil, unsent(err)
	}
	return tx{c.session}, nil
}

// tx ends a transaction.
type tx struct{ session *pg.Session }

// endMax is how long the end of a transaction may take; database/sql gives it no context.
const endMax = time.Minute

// Commit commits. If a statement of the transaction has failed, it is rolled back, and pg.ErrRolledBack returned.
func (t tx) Commit() error { return t.end(t.session.Commit) }

// Rollback undoes the transaction.
func (t tx) Rollback() error { return t.end(t.session.Rollback) }

func (t tx) end(f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), endMax)
	defer cancel()
	return f(ctx)
}
