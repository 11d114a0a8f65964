package pg

// From a Config to an open session: socket, TLS, login (login.go). Also CancelRequest, which needs the first two.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/covetgo/covet/sqlcore/wire"
)

// dialer opens sessions for one Config. It is safe for concurrent use.
type dialer struct {
	conf       *Config
	hooks      *Hooks
	keys       scramKeys
	textArrays bool // see session
}

// session is an open connection at ReadyForQuery.
type session struct {
	nc      net.Conn
	host    Host
	secured bool
	key     wire.Key
	status  map[string]string // ParameterStatus

	textArrays bool // arrays are asked for as text: for database/sql, which has no values for them

	password   string
	noPassword error // why the password file was ignored
	pooled     bool  // prepared statements do not last: see pooler.go
	mustWrite  bool  // the server was chosen since it takes writes
}

// formatOf is the format in which the session asks for values of a type.
func (s *session) formatOf(oid uint32) wire.Format {
	if _, array := elements[oid]; array && s.textArrays {
		return wire.Text
	}
	return formatOf(oid)
}

// dial tries the hosts in order until one is what is wanted. settings go on top of the Config's.
func (d *dialer) dial(ctx context.Context, settings map[string]string) (*session, error) {
	var failures []error
	for _, want := range d.conf.passes() {
		for _, host := range d.conf.order() {
			s, errs := d.dialWays(ctx, host, want, settings)
			if s != nil {
				return s, nil
			}
			failures = append(failures, errs...)
			if ctx.Err() != nil {
				return nil, errors.Join(failures...)
			}
		}
	}
	return nil, errors.Join(failures...)
}

// dialWays tries a host in the ways that sslmode allows.
func (d *dialer) dialWays(ctx context.Context, host Host, want Target, settings map[string]string) (s *session, failures []error) {
	for _, secure := range d.attempts(host) {
		ended := d.hooks.connecting(ctx, host, secure)
		s, err := d.dialHost(ctx, host, secure, want, settings)
		ended(err)
		if err == nil {
			return s, nil
		}
		failures = append(failures, fmt.Errorf("pg: connecting to %s: %w", net.JoinHostPort(host.Name, fmt.Sprint(host.Port)), err))
		if ctx.Err() != nil || !anotherWay(err) {
			break
		}
	}
	return nil, failures
}

// attempts lists with and without TLS in the order of sslmode. A unix socket does without, as in libpq.
func (d *dialer) attempts(host Host) []bool {
	switch mode := d.conf.SSLMode; {
	case host.IsSocket() || mode == SSLDisable:
		return []bool{false}
	case mode == SSLAllow:
		return []bool{false, true}
	case mode == SSLPrefer:
		return []bool{true, false}
	}
	return []bool{true}
}

// errNoTLS: the server answered N to SSLRequest.
var errNoTLS = errors.New("the server does no TLS, and sslmode asks for it")

// anotherWay reports whether a failure may come from the choice for or against TLS: the server has none, the
// handshake failed, or pg_hba.conf has no line for this kind of connection.
func anotherWay(err error) bool {
	var handshake *handshakeError
	return errors.Is(err, errNoTLS) || errors.As(err, &handshake) || IsCode(err, codeInvalidAuthorization)
}

// handshakeError says that TLS could not be agreed on.
type handshakeError struct{ error }

// dialHost makes one attempt, within connect_timeout.
func (d *dialer) dialHost(ctx context.Context, host Host, secure bool, want Target, settings map[string]string) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, d.conf.ConnectTimeout)
	defer cancel()
	nc, err := d.open(ctx, host, secure)
	if err != nil {
		return nil, err
	}
	// One deadline for the whole login; a cancelled context makes it now.
	deadline, _ := ctx.Deadline()
	if err := nc.SetDeadline(deadline); err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	stop := context.AfterFunc(ctx, func() { _ = nc.SetDeadline(time.Unix(1, 0)) })
	s := &session{nc: nc, host: host, secured: secure, status: map[string]string{}, textArrays: d.textArrays}
	s.password, s.noPassword = d.conf.passwordFor(host)
	s.mustWrite, s.pooled = d.conf.wantsWrites(), d.conf.Pooler
	err = s.enter(d, want, settings)
	if !stop() { // the failure, if there is one, is of the deadline that this has set
		err = errors.Join(context.Cause(ctx), err)
	}
	if err == nil {
		err = nc.SetDeadline(time.Time{})
	}
	if err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return s, nil
}

// enter logs in, and looks whether the server will do. Where it counts how the server's sessions begin, settings follow
// only then: they would hide it.
func (s *session) enter(d *dialer, want Target, settings map[string]string) error {
	later := want.looksAtReadOnly()
	now := settings
	if later {
		now = nil
	}
	if err := s.login(d, startupSettings(d.conf, now)); err != nil {
		return poolerHint(err)
	}
	if err := s.checkTarget(want); err != nil {
		return err
	}
	if !later {
		return s.checkSettings(settings)
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) { // these are our own, and need no quotes
		if _, err := s.ask("SET "+name+" = "+settings[name], 0); err != nil {
			return err
		}
	}
	return nil
}

// startupSettings lists what the startup message says, in a fixed order.
func startupSettings(conf *Config, more map[string]string) []wire.Setting {
	list := []wire.Setting{{Name: "user", Value: conf.User}, {Name: "database", Value: conf.Database}, {Name: "client_encoding", Value: "UTF8"}}
	all := maps.Clone(conf.Settings)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, more)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, wire.Setting{Name: name, Value: all[name]})
	}
	return list
}

// open connects the socket and, if asked to, does TLS on it.
func (d *dialer) open(ctx context.Context, host Host, secure bool) (net.Conn, error) {
	network, address := host.address()
	return d.openAt(ctx, network, address, host, secure)
}

// openAt is open for an address that is known. The certificate is still the host's.
func (d *dialer) openAt(ctx context.Context, network, address string, host Host, secure bool) (net.Conn, error) {
	nc, err := (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext(ctx, network, address)
	if err != nil || !secure {
		return nc, err
	}
	t, err := d.secure(ctx, nc, host)
	if err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return t, nil
}

// secure asks for TLS and shakes hands. Exactly one byte is read before the handshake: whatever an attacker sent
// behind it is part of the handshake, and spoils it, instead of being taken for the server's first words
// (CVE-2021-23222).
func (d *dialer) secure(ctx context.Context, nc net.Conn, host Host) (net.Conn, error) {
	if deadline, ok := ctx.Deadline(); ok {
		if err := nc.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	if _, err := nc.Write(wire.AppendSSLRequest(nil)); err != nil {
		return nil, err
	}
	var answer [1]byte
	if _, err := io.ReadFull(nc, answer[:]); err != nil {
		return nil, err
	}
	switch accepted, ok := wire.SSLAnswer(answer[0]); {
	case !ok:
		return nil, protocolErrorf("answer %q to SSLRequest", answer[0])
	case !accepted:
		return nil, errNoTLS
	}
	t := tls.Client(nc, d.tlsConfig(host))
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, &handshakeError{err}
	}
	return t, nil
}

// tlsConfig says what the certificate must prove, by sslmode.
func (d *dialer) tlsConfig(host Host) *tls.Config {
	conf := d.conf.TLS.Clone()
	if conf == nil {
		conf = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if conf.ServerName == "" {
		conf.ServerName = host.Name
	}
	switch mode := d.conf.SSLMode; {
	case mode == SSLVerifyFull:
	case mode == SSLVerifyCA, mode == SSLRequire && conf.RootCAs != nil: // as libpq does
		conf.InsecureSkipVerify = true // replaced by:
		conf.VerifyConnection = verifyChain(conf.RootCAs)
	default:
		conf.InsecureSkipVerify = true // prefer and require promise secrecy from listeners, and nothing else
	}
	return conf
}

// verifyChain checks who signed the certificate and not whom it is for.
func verifyChain(roots *x509.CertPool) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		o := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, c := range state.PeerCertificates[1:] {
			o.Intermediates.AddCert(c)
		}
		_, err := state.PeerCertificates[0].Verify(o)
		return err
	}
}

// cancel asks the server to cancel what the session runs, and returns when the server has closed the connection
// that said so: by then it has signalled its backend. What was cancelled, if anything, is unknown.
//
// It goes to the address that the session goes to, since behind a name there may be several servers, and numbers of
// sessions mean something else to each. As PQcancelCreate does (libpq §32.7.1), it is encrypted if the session is, by the
// same demands on the certificate; only where sslmode would have taken a plain session, too, it does without if
// the server has ceased to offer TLS.
func (d *dialer) cancel(ctx context.Context, s *session) error {
	at := s.nc.RemoteAddr()
	nc, err := d.openAt(ctx, at.Network(), at.String(), s.host, s.secured)
	if errors.Is(err, errNoTLS) && slices.Contains(d.attempts(s.host), false) {
		nc, err = d.openAt(ctx, at.Network(), at.String(), s.host, false)
	}
	if err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := nc.SetDeadline(deadline); err != nil {
			return errors.Join(err, nc.Close())
		}
	}
	_, err = nc.Write(wire.AppendCancel(nil, s.key))
	if err == nil {
		_, err = io.Copy(io.Discard, io.LimitReader(nc, wire.AuthBytesMax))
	}
	return errors.Join(err, nc.Close())
}
