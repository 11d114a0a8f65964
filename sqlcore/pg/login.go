package pg

// From an open socket to ReadyForQuery: the startup message, and answers to what the server wants as proof. Entry
// point: [session.login].

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/covetgo/covet/sqlcore/wire"
)

// The methods of authentication, as require_auth names them.
const (
	authNone     = "none"
	authPassword = "password"
	authMD5      = "md5"
	authSCRAM    = "scram-sha-256"
)

// loginMessagesMax bounds how many messages a server may send before it lets us in: it reports a few dozen settings.
const loginMessagesMax = 1000

// login logs in. It reads message by message and never more than one, so that nothing is left in a buffer.
func (s *session) login(d *dialer, settings []wire.Setting) error {
	start, ok := wire.AppendStartup(nil, settings)
	if !ok {
		return fmt.Errorf("a setting holds a NUL, or all together take more than %d bytes", wire.StartupBytesMax)
	}
	if _, err := s.nc.Write(start); err != nil {
		return err
	}
	a := &authenticator{session: s, conf: d.conf, keys: &d.keys}
	for range loginMessagesMax {
		m, err := s.readMessage()
		if err != nil {
			return err
		}
		done, err := s.loginMessage(a, m)
		if done || err != nil {
			return err
		}
	}
	return protocolErrorf("more than %d messages before ReadyForQuery", loginMessagesMax)
}

// loginMessage handles one message before ReadyForQuery.
func (s *session) loginMessage(a *authenticator, m wire.Message) (done bool, err error) {
	switch m.Type {
	case wire.Authentication:
		return false, a.answer(m.Body)
	case wire.ErrorResponse:
		e, ok := parseError(m.Body)
		if !ok {
			return false, protocolErrorf("a malformed ErrorResponse")
		}
		return false, e
	case wire.NoticeResponse:
		return false, nil
	}
	// What follows proves nothing: a server that has not asked for what we demand of it must not get this far.
	if !a.admitted {
		return false, protocolErrorf("message %q before authentication was complete", m.Type)
	}
	ok := true
	switch m.Type {
	case wire.ParameterStatus:
		var name, value []byte
		name, value, ok = wire.ParseParameterStatus(m.Body)
		s.status[string(name)] = string(value)
	case wire.BackendKeyData:
		s.key, ok = wire.ParseBackendKey(m.Body)
	case wire.ReadyForQuery:
		_, ok = wire.ParseReady(m.Body)
		done = ok
	default:
		ok = false
	}
	if !ok {
		return false, protocolErrorf("message %q during startup", m.Type)
	}
	return done, nil
}

// readMessage reads one message, and nothing behind it.
func (s *session) readMessage() (wire.Message, error) {
	var head [wire.HeaderBytes]byte
	if _, err := io.ReadFull(s.nc, head[:]); err != nil {
		return wire.Message{}, err
	}
	_, n, st := wire.Next(head[:], wire.AuthBytesMax)
	switch st {
	case wire.BadFrame, wire.TooLong:
		return wire.Message{}, protocolErrorf("a message %q of impossible length during startup", head[0])
	}
	buf := make([]byte, n)
	copy(buf, head[:])
	if _, err := io.ReadFull(s.nc, buf[wire.HeaderBytes:]); err != nil {
		return wire.Message{}, err
	}
	return wire.Message{Type: wire.Type(buf[0]), Body: buf[wire.HeaderBytes:]}, nil
}

// authenticator answers what the server asks. It lets the server in only if it asked for a method that the Config
// accepts, and for SCRAM only once the server has proved itself.
type authenticator struct {
	session  *session
	conf     *Config
	keys     *scramKeys
	scram    *scram
	bound    bool
	verified bool
	method   string // what was asked for, "" until then
	admitted bool
}

// answer handles one Authentication message.
func (a *authenticator) answer(body []byte) error {
	kind, data, ok := wire.ParseAuth(body)
	if !ok {
		return protocolErrorf("a malformed Authentication message")
	}
	switch kind {
	case wire.AuthOK:
		return a.admit()
	case wire.AuthCleartext:
		if !a.session.secured && !a.session.host.IsSocket() && !a.named(authPassword) {
			return errors.New("the server asks for the password in clear text over a connection that anyone can read: use TLS, or say require_auth=password")
		}
		return a.password(authPassword, a.session.password)
	case wire.AuthMD5:
		return a.password(authMD5, md5Password(a.conf.User, a.session.password, data))
	case wire.AuthSASL:
		return a.saslFirst(data)
	case wire.AuthSASLContinue:
		return a.saslFinal(data)
	case wire.AuthSASLFinal:
		if a.scram == nil {
			return protocolErrorf("the end of SASL without its beginning")
		}
		a.verified = true
		return a.scram.verify(data)
	}
	return fmt.Errorf("the server asks for authentication method %d, which this client does not have", kind)
}

// choose notes what the server asked for, if the Config accepts it and it is the first.
func (a *authenticator) choose(method string) error {
	if a.method != "" {
		return protocolErrorf("authentication %q after %q", method, a.method)
	}
	a.method = method
	return a.accepted(method)
}

// accepted checks a method against require_auth.
func (a *authenticator) accepted(method string) error {
	list := a.conf.RequireAuth
	if len(list) == 0 {
		return nil
	}
	negated := strings.HasPrefix(list[0], "!")
	if slices.Contains(list, method) || (negated && !slices.Contains(list, "!"+method)) {
		return nil
	}
	return fmt.Errorf("the server asks for authentication %q, and require_auth is %s", method, strings.Join(list, ","))
}

// named reports whether require_auth names a method.
func (a *authenticator) named(method string) bool { return slices.Contains(a.conf.RequireAuth, method) }

// admit handles the server's yes.
func (a *authenticator) admit() error {
	if a.method == "" {
		if err := a.choose(authNone); err != nil {
			return err
		}
	}
	if a.method == authSCRAM && !a.verified {
		return errors.New("the server let us in without proving that it knows the password: it may be an impostor")
	}
	if a.conf.ChannelBinding == "require" && !a.bound {
		return errors.New("channel_binding is require, and the server did not ask for it")
	}
	a.admitted = true
	return nil
}

// password sends a password, or a hash of it.
func (a *authenticator) password(method, answer string) error {
	if err := a.choose(method); err != nil {
		return err
	}
	if a.conf.ChannelBinding == "require" {
		return fmt.Errorf("channel_binding is require, and the server asks for %q", method)
	}
	if err := a.needPassword(); err != nil {
		return err
	}
	out, ok := wire.AppendPassword(nil, answer)
	if !ok {
		return errors.New("the password holds a NUL")
	}
	_, err := a.session.nc.Write(out)
	return err
}

// needPassword says that there is none, and why.
func (a *authenticator) needPassword() error {
	if a.session.password != "" {
		return nil
	}
	none := errors.New("the server asks for a password, and none is set")
	if why := a.session.noPassword; why != nil {
		return fmt.Errorf("%w: %w", none, why)
	}
	return none
}

// md5Password is md5(md5(password + user) + salt), in hex (§55.2.1).
func md5Password(user, password string, salt []byte) string {
	inner := md5.Sum([]byte(password + user))
	outer := md5.Sum(append([]byte(hex.EncodeToString(inner[:])), salt...))
	return "md5" + hex.EncodeToString(outer[:])
}

// saslFirst chooses a SCRAM mechanism and sends the first message.
func (a *authenticator) saslFirst(mechanisms []byte) error {
	if err := a.choose(authSCRAM); err != nil {
		return err
	}
	if err := a.needPassword(); err != nil {
		return err
	}
	mechanism, header := scramPlain, "n,,"
	binding, err := a.session.endPoint()
	if err != nil {
		return err
	}
	switch want := a.conf.ChannelBinding; {
	case binding != nil && want != "disable" && wire.HasMechanism(mechanisms, scramPlus):
		mechanism, header, a.bound = scramPlus, "p=tls-server-end-point,,", true
	case want == "require":
		return errors.New("channel_binding is require, and the server does not offer it")
	case binding != nil && want != "disable":
		// "We could, and think you cannot": a server that did offer it sees that somebody took it out (RFC 5802 §6).
		binding, header = nil, "y,,"
	default:
		binding = nil
	}
	if !wire.HasMechanism(mechanisms, mechanism) {
		return errors.New("the server offers no SASL mechanism that this client has")
	}
	a.scram = newScram(a.session.password, binding, header, a.keys)
	out, ok := wire.AppendSASLInitial(nil, mechanism, a.scram.first())
	if !ok {
		return errors.New("the SASL message is too long")
	}
	_, err = a.session.nc.Write(out)
	return err
}

// saslFinal answers the server's challenge.
func (a *authenticator) saslFinal(challenge []byte) error {
	if a.scram == nil || a.scram.auth != "" {
		return protocolErrorf("a SASL challenge out of order")
	}
	proof, err := a.scram.final(challenge)
	if err != nil {
		return err
	}
	out, ok := wire.AppendSASLResponse(nil, proof)
	if !ok {
		return errors.New("the SASL message is too long")
	}
	_, err = a.session.nc.Write(out)
	return err
}

// endPoint is the hash of the server's certificate that SCRAM-SHA-256-PLUS binds to (tls-server-end-point, RFC 5929
// §4.1), nil without TLS, or if the signature's algorithm names no hash.
func (s *session) endPoint() ([]byte, error) {
	t, ok := s.nc.(*tls.Conn)
	if !ok {
		return nil, nil
	}
	certificates := t.ConnectionState().PeerCertificates
	if len(certificates) == 0 {
		return nil, errors.New("the server has no certificate")
	}
	h := endPointHash(certificates[0].SignatureAlgorithm)
	if h == nil {
		return nil, nil
	}
	h.Write(certificates[0].Raw)
	return h.Sum(nil), nil
}

// endPointHash is the hash of the certificate's signature, and SHA-256 for what is weaker.
func endPointHash(a x509.SignatureAlgorithm) hash.Hash {
	switch a {
	case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
		return sha512.New384()
	case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
		return sha512.New()
	case x509.PureEd25519, x509.UnknownSignatureAlgorithm:
		return nil // RFC 5929 leaves it open
	}
	return sha256.New()
}
