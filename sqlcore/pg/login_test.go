package pg

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/covetgo/covet/internal/pgtest"
	"github.com/covetgo/covet/sqlcore/wire"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// config parses a connection string and fails the test if it is bad.
func config(t testing.TB, s string) *Config {
	t.Helper()
	c, err := ParseConfig(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// simple runs text as simple queries on a session and returns the first error of the server.
func simple(t testing.TB, s *session, sql string) (failure error) {
	t.Helper()
	out, _ := wire.AppendQuery(nil, sql)
	if _, err := s.nc.Write(out); err != nil {
		t.Fatal(err)
	}
	for {
		m, err := s.readMessage()
		if err != nil {
			t.Fatal(err)
		}
		switch m.Type {
		case wire.ErrorResponse:
			failure, _ = parseError(m.Body)
		case wire.ReadyForQuery:
			return failure
		}
	}
}

// admin opens a session as the superuser.
func admin(t testing.TB, server *pgtest.Server) *session {
	t.Helper()
	s, err := (&dialer{conf: config(t, server.SocketDSN())}).dial(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.nc.Close() })
	return s
}

// makeRoles creates the users that pgtest.HBA knows.
func makeRoles(t *testing.T, server *pgtest.Server) {
	t.Helper()
	s := admin(t, server)
	for _, role := range []string{"cleartext", "md5", "scram", "tlsonly", "refused"} {
		encryption := "scram-sha-256"
		if role == "md5" {
			encryption = "md5"
		}
		err := simple(t, s, "set password_encryption = '"+encryption+"'; drop role if exists "+role+"; create role "+role+" login password 'geheim'")
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestLogin(t *testing.T) {
	server := pgtest.Shared(t)
	makeRoles(t, server)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(server.CA)
	for _, c := range []struct {
		name, user, password, words string
		roots                       *x509.CertPool
		want                        string // part of the error, "" for success
	}{
		{"trust", "postgres", "", "sslmode=disable", nil, ""},
		{"trust, but SCRAM is demanded", "postgres", "x", "sslmode=disable require_auth=scram-sha-256", nil, "require_auth is scram-sha-256"},
		{"md5", "md5", "geheim", "sslmode=disable", nil, ""},
		{"md5, wrong", "md5", "falsch", "sslmode=disable", nil, "28P01"},
		{"md5 is excluded", "md5", "geheim", "sslmode=disable require_auth=!md5,!password", nil, "require_auth"},
		{"cleartext in the open", "cleartext", "geheim", "sslmode=disable", nil, "clear text"},
		{"cleartext in the open, on demand", "cleartext", "geheim", "sslmode=disable require_auth=password", nil, ""},
		{"cleartext over TLS", "cleartext", "geheim", "sslmode=require", nil, ""},
		{"scram", "scram", "geheim", "sslmode=disable", nil, ""},
		{"scram, wrong", "scram", "falsch", "sslmode=disable", nil, "28P01"},
		{"scram without a password", "scram", "", "sslmode=disable", nil, "none is set"},
		{"scram, bound", "scram", "geheim", "sslmode=require channel_binding=require", nil, ""},
		{"scram, not bound", "scram", "geheim", "sslmode=require channel_binding=disable", nil, ""},
		{"binding without TLS", "scram", "geheim", "sslmode=disable channel_binding=require", nil, "channel_binding"},
		{"binding and md5", "md5", "geheim", "sslmode=require channel_binding=require", nil, "channel_binding"},
		{"TLS by the server's wish", "tlsonly", "geheim", "sslmode=allow", nil, ""},
		{"no TLS against the server's wish", "tlsonly", "geheim", "sslmode=disable", nil, "28000"},
		{"TLS if there is", "tlsonly", "geheim", "sslmode=prefer", nil, ""},
		{"verify-full", "tlsonly", "geheim", "sslmode=verify-full", roots, ""},
		{"verify-full, unknown authority", "tlsonly", "geheim", "sslmode=verify-full", x509.NewCertPool(), "unknown authority"},
		{"verify-ca", "tlsonly", "geheim", "sslmode=verify-ca", roots, ""},
		{"verify-ca, unknown authority", "tlsonly", "geheim", "sslmode=verify-ca", x509.NewCertPool(), "unknown authority"},
		{"require with a root means verify-ca", "tlsonly", "geheim", "sslmode=require", x509.NewCertPool(), "unknown authority"},
		{"refused", "refused", "geheim", "sslmode=disable", nil, "28000"},
		{"no such database", "postgres", "", "sslmode=disable dbname=nope", nil, "3D000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := config(t, server.SocketDSN()+" host=127.0.0.1 "+c.words)
			conf.User, conf.Password = c.user, c.password
			if conf.TLS != nil {
				conf.TLS.RootCAs = c.roots
			}
			s, err := (&dialer{conf: conf}).dial(context.Background(), nil)
			if err == nil {
				err = simple(t, s, "select 1")
				_ = s.nc.Close()
			}
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("want an error with %q, got %v", c.want, err)
			}
			if err != nil && strings.Contains(err.Error(), "geheim") {
				t.Errorf("the password stands in the error: %v", err)
			}
		})
	}
}

// verify-full looks at the name, and verify-ca does not.
func TestCertificateOfAnotherHost(t *testing.T) {
	server := pgtest.Shared(t)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(server.CA)
	for mode, fails := range map[SSLMode]bool{SSLVerifyFull: true, SSLVerifyCA: false} {
		conf := config(t, server.SocketDSN()+" host=127.0.0.1 sslmode="+string(mode))
		conf.TLS = &tls.Config{RootCAs: roots, ServerName: "elsewhere.example"}
		s, err := (&dialer{conf: conf}).dial(context.Background(), nil)
		if (err != nil) != fails {
			t.Errorf("%s: %v", mode, err)
		}
		if err == nil {
			_ = s.nc.Close()
		}
	}
}

func TestSessionSettings(t *testing.T) {
	server := pgtest.Shared(t)
	conf := config(t, server.SocketDSN()+" application_name='a b' statement_timeout=1234")
	s, err := (&dialer{conf: conf}).dial(context.Background(), map[string]string{"default_transaction_read_only": "on"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.nc.Close()
	if s.status["application_name"] != "a b" || s.status["server_version"] == "" || s.key.Process == 0 {
		t.Errorf("%v %v", s.status, s.key)
	}
	if err := simple(t, s, "create table never (x int)"); !IsCode(err, codeReadOnly) {
		t.Errorf("want 25006, got %v", err)
	}
	if conf.Settings["default_transaction_read_only"] != "" {
		t.Error("the Config was changed")
	}
}

func TestParseConfig(t *testing.T) {
	for _, name := range []string{"PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSSLMODE"} {
		t.Setenv(name, "")
	}
	t.Setenv("PGUSER", "env")
	for s, want := range map[string]string{
		"postgres://u:p%40ss@h:6000/d?sslmode=disable&statement_timeout=5": "u p@ss d disable [{h 6000}] map[statement_timeout:5]",
		"postgresql://h":                                "env  env prefer [{h 5432}] map[]",
		"postgres://u@[::1]:7/d":                        "u  d prefer [{::1 7}] map[]",
		"postgres://u@a:1,b:2/d":                        "u  d prefer [{a 1} {b 2}] map[]",
		"postgres://u@%2Ftmp/d":                         "u  d prefer [{/tmp 5432}] map[]",
		"postgres://u@/d?host=/tmp":                     "u  d prefer [{/tmp 5432}] map[]",
		"host=a,b port=7 user=u":                        "u  u prefer [{a 7} {b 7}] map[]",
		`user=u password='a\'b c' host = h dbname=d`:    "u a'b c d prefer [{h 5432}] map[]",
		`user=u host=h password=a\ b sslmode=disable`:   "u a b u disable [{h 5432}] map[]",
		"host=h database=d application_name=x":          "env  d prefer [{h 5432}] map[application_name:x]",
		"host=h client_encoding=utf8 connect_timeout=0": "env  env prefer [{h 5432}] map[]",
	} {
		c, err := ParseConfig(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if got := strings.TrimSpace(describeConfig(c)); got != want {
			t.Errorf("%s\n got %s\nwant %s", s, got, want)
		}
	}
	for _, s := range []string{
		"postgres://u:geheim%@h/d", "host", "host='a", "=x", "host=h port=0", "host=h port=65536", "host=a,b,c port=1,2",
		"host=h sslmode=maybe", "host=h require_auth=magic", "host=h require_auth=md5,!password", "host=h channel_binding=x",
		"host=h connect_timeout=-1", "host=h client_encoding=LATIN1", "host=h sslcert=x",
		"host=h sslrootcert=/does/not/exist", "postgres://u@a:b:c/d",
	} {
		if _, err := ParseConfig(s); err == nil {
			t.Errorf("%s is taken", s)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("the password stands in the error: %v", err)
		}
	}
}

// describeConfig writes the fields that TestParseConfig is about.
func describeConfig(c *Config) string {
	var hosts []string
	for _, h := range c.Hosts {
		hosts = append(hosts, strings.Join([]string{"{" + h.Name, strconv.Itoa(int(h.Port)) + "}"}, " "))
	}
	settings := "map["
	for name, value := range maps.All(c.Settings) {
		settings += name + ":" + value
	}
	return strings.Join([]string{c.User, c.Password, c.Database, string(c.SSLMode), "[" + strings.Join(hosts, " ") + "]", settings + "]"}, " ")
}

func FuzzParseConfig(f *testing.F) {
	f.Add("postgres://u:p@h:1,i:2/d?sslmode=disable")
	f.Add(`user=u password='a\'b c' host=h`)
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Contains(s, "ssl") { // files of the machine are no matter of parsing
			return
		}
		c, err := ParseConfig(s)
		if err == nil && (len(c.Hosts) == 0 || c.User == "" || c.Database == "") {
			t.Fatalf("%q: %+v", s, c)
		}
	})
}

// What stands where a port or a host should be may be a part of the password: a / # or ? in it was not escaped.
func TestErrorsDoNotQuotePasswords(t *testing.T) {
	for _, url := range []string{"postgres://app:hunter2/x@db/shop", "postgres://app:hunter2#x@db/shop", "postgres://app:hun:ter2/x@db/shop",
		"postgres://app:hunter2?x@db/shop", "postgres://app:hunter2%zz@db/shop", "host=db port=hunter2"} {
		t.Setenv("PGUSER", "app")
		if _, err := ParseConfig(url); err != nil && strings.Contains(err.Error(), "ter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
