package pg

// Where to connect, as whom, and how careful to be. Entry point: [ParseConfig].

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SSLMode says how much of TLS a connection asks for, with libpq's words.
type SSLMode string

// The modes, from no protection to full protection. Only the last proves that the server is the one that was asked for.
const (
	SSLDisable    SSLMode = "disable"
	SSLAllow      SSLMode = "allow"       // plain, and TLS if the server insists
	SSLPrefer     SSLMode = "prefer"      // TLS if the server has it; the default, as in libpq
	SSLRequire    SSLMode = "require"     // TLS with whoever answers, or as verify-ca if there is a root certificate
	SSLVerifyCA   SSLMode = "verify-ca"   // TLS, and a certificate signed by a root we trust
	SSLVerifyFull SSLMode = "verify-full" // and made out to the host we asked for
)

// Config is what [ParseConfig] makes of a connection string. Fields may be changed before the first connection.
type Config struct {
	Hosts       []Host // tried in order
	RandomHosts bool   // or in any order, for each connection anew
	Target      Target // what a host must be, "" or TargetAny for whatever answers
	User        string
	Password    string
	Passfile    string // where to look for a password if there is none; "" for nowhere
	Database    string

	SSLMode        SSLMode
	TLS            *tls.Config       // nil makes one from SSLMode; ServerName is filled in per host
	RequireAuth    []string          // methods the server may ask for (or, with "!", must not), with libpq's names; none: any
	ChannelBinding string            // disable, prefer or require
	Pooler         bool              // a pooler such as pgbouncer is in between, and lends a server for one transaction: see pooler.go
	ConnectTimeout time.Duration     // for each attempt: a host, with or without TLS
	Settings       map[string]string // run-time parameters, sent when a session starts
}

// Host is one place to connect to: a host name and port, or the folder of a unix socket and the port in its name.
type Host struct {
	Name string
	Port uint16
}

const (
	defaultPort           = 5432
	defaultConnectTimeout = 10 * time.Second // libpq waits for ever, and a pool must not
	connectTimeoutMin     = 2 * time.Second  // libpq's too: resolving a name takes its time
)

// socketFolders are where distributions put the server's socket.
var socketFolders = []string{"/var/run/postgresql", "/tmp"}

// IsSocket reports whether the host is the folder of a unix socket.
func (h Host) IsSocket() bool { return strings.HasPrefix(h.Name, "/") }

// address returns what net.Dial wants.
func (h Host) address() (network, address string) {
	port := strconv.Itoa(int(h.Port))
	if h.IsSocket() {
		return "unix", filepath.Join(h.Name, ".s.PGSQL."+port)
	}
	return "tcp", net.JoinHostPort(h.Name, port)
}

// environment maps libpq's variables to its keywords.
var environment = map[string]string{
	"PGHOST": "host", "PGPORT": "port", "PGDATABASE": "dbname", "PGUSER": "user", "PGPASSWORD": "password",
	"PGSSLMODE": "sslmode", "PGSSLROOTCERT": "sslrootcert", "PGSSLCERT": "sslcert", "PGSSLKEY": "sslkey",
	"PGREQUIREAUTH": "require_auth", "PGCHANNELBINDING": "channel_binding", "PGCONNECT_TIMEOUT": "connect_timeout",
	"PGAPPNAME": "application_name", "PGOPTIONS": "options", "PGPASSFILE": "passfile",
	"PGTARGETSESSIONATTRS": "target_session_attrs", "PGLOADBALANCEHOSTS": "load_balance_hosts",
}

// ParseConfig reads a connection string of either of libpq's forms, postgres://user:password@host:port/database?…
// or host=… user=…, and fills in what it leaves open from the environment (PGHOST, PGUSER and so on) and from
// defaults. Keywords that libpq does not know become run-time parameters of the session, such as
// statement_timeout. An error never quotes the password.
func ParseConfig(s string) (*Config, error) {
	words := map[string]string{}
	for variable, word := range environment {
		if value := os.Getenv(variable); value != "" {
			words[word] = value
		}
	}
	given, err := parseWords(s)
	if err != nil {
		return nil, fmt.Errorf("pg: connection string: %w", err)
	}
	maps.Copy(words, given)
	c, err := newConfig(words)
	if err != nil {
		return nil, fmt.Errorf("pg: connection string: %w", err)
	}
	return c, nil
}

// parseWords tells the two forms apart.
func parseWords(s string) (map[string]string, error) {
	if strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://") {
		return parseURL(s)
	}
	return parseDSN(s)
}

// taken are the keywords that do not go to the server as they are.
var taken = []string{
	"host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey",
	"require_auth", "channel_binding", "connect_timeout", "passfile", "target_session_attrs", "load_balance_hosts",
	"pooler", // our own
}

// unsupported are keywords of libpq whose effect a user may rely on, and that we do not have: to ignore them
// would be worse than to refuse.
var unsupported = []string{
	"hostaddr", "service", "servicefile", "gssencmode", "krbsrvname", "sslcrl", "sslcrldir", "sslpassword",
	"sslnegotiation", "requirepeer", "replication",
}

// newConfig makes a Config of keywords.
func newConfig(words map[string]string) (*Config, error) {
	for _, word := range unsupported {
		if _, ok := words[word]; ok {
			return nil, fmt.Errorf("%s is not supported", word)
		}
	}
	c := &Config{
		User: words["user"], Password: words["password"], Database: words["dbname"],
		Passfile:       or(words["passfile"], defaultPassfile()),
		SSLMode:        SSLMode(or(words["sslmode"], string(SSLPrefer))),
		ChannelBinding: or(words["channel_binding"], "prefer"),
		ConnectTimeout: defaultConnectTimeout,
		Settings:       map[string]string{},
	}
	if c.User == "" {
		return nil, errors.New("no user: set user=… or PGUSER")
	}
	c.Database = or(c.Database, c.User)
	for word, value := range words {
		if !slices.Contains(taken, word) {
			c.Settings[word] = value
		}
	}
	return c, errors.Join(
		c.setHosts(words["host"], words["port"]), c.setTLS(words["sslrootcert"], words["sslcert"], words["sslkey"]),
		c.setAuth(words["require_auth"]), c.setTimeout(words["connect_timeout"]),
		c.setPooler(words["pooler"]), c.setTarget(words["target_session_attrs"], words["load_balance_hosts"]), c.checkSettings())
}

// or returns the first text that is not empty.
func or(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// setHosts reads comma-separated hosts and ports: one port for all, or one each.
func (c *Config) setHosts(hosts, ports string) error {
	if hosts == "" {
		hosts = "localhost"
		for _, folder := range socketFolders {
			path := filepath.Join(folder, ".s.PGSQL."+or(ports, strconv.Itoa(defaultPort)))
			if _, err := os.Stat(path); err == nil {
				hosts = folder
				break
			}
		}
	}
	names, numbers := strings.Split(hosts, ","), strings.Split(ports, ",")
	if len(numbers) != 1 && len(numbers) != len(names) {
		return fmt.Errorf("%d ports for %d hosts: want one port, or one each", len(numbers), len(names))
	}
	for i, name := range names {
		text := numbers[min(i, len(numbers)-1)]
		port, err := strconv.ParseUint(or(text, strconv.Itoa(defaultPort)), 10, 16)
		if err != nil || port == 0 {
			return errors.New("port: want a number from 1 to 65535 (is a / ? or # of the password not escaped, as %2F, %3F, %23?)") // not quoted: it may be one
		}
		c.Hosts = append(c.Hosts, Host{or(name, "localhost"), uint16(port)})
	}
	return nil
}

// setTLS makes the TLS configuration that sslmode and the certificates ask for.
func (c *Config) setTLS(root, cert, key string) error {
	switch c.SSLMode {
	case SSLDisable, SSLAllow, SSLPrefer, SSLRequire, SSLVerifyCA, SSLVerifyFull:
	default:
		return fmt.Errorf("sslmode %q: want disable, allow, prefer, require, verify-ca or verify-full", c.SSLMode)
	}
	if c.SSLMode == SSLDisable {
		return nil
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if root != "" {
		pem, err := os.ReadFile(root)
		if err != nil {
			return fmt.Errorf("sslrootcert: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("sslrootcert %s holds no certificate", root)
		}
	}
	if (cert == "") != (key == "") {
		return errors.New("sslcert and sslkey come together")
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return fmt.Errorf("sslcert: %w", err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	c.TLS = conf
	return nil
}

// setAuth reads require_auth.
func (c *Config) setAuth(list string) error {
	if !slices.Contains([]string{"disable", "prefer", "require"}, c.ChannelBinding) {
		return fmt.Errorf("channel_binding %q: want disable, prefer or require", c.ChannelBinding)
	}
	if list == "" {
		return nil
	}
	for method := range strings.SplitSeq(list, ",") {
		name := strings.TrimPrefix(method, "!")
		if !slices.Contains([]string{authNone, authPassword, authMD5, authSCRAM}, name) {
			return fmt.Errorf("require_auth %q: want password, md5, scram-sha-256 or none", method)
		}
		c.RequireAuth = append(c.RequireAuth, method)
		if (name != method) != strings.HasPrefix(c.RequireAuth[0], "!") {
			return errors.New("require_auth: either all methods have a !, or none")
		}
	}
	return nil
}

// setTimeout reads connect_timeout, in seconds.
func (c *Config) setTimeout(text string) error {
	if text == "" {
		return nil
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return fmt.Errorf("connect_timeout %q: want seconds", text)
	}
	if seconds > 0 {
		c.ConnectTimeout = max(time.Duration(seconds)*time.Second, connectTimeoutMin)
	}
	return nil
}

// checkSettings refuses what would make us misread the server.
func (c *Config) checkSettings() error {
	if e, ok := c.Settings["client_encoding"]; ok && !strings.EqualFold(e, "UTF8") && !strings.EqualFold(e, "auto") {
		return fmt.Errorf("client_encoding %q: this client speaks UTF8", e)
	}
	delete(c.Settings, "client_encoding")
	return nil
}
