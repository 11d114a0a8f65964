package pg

// SCRAM-SHA-256 (RFC 5802, RFC 7677), with and without channel binding. It proves to the server that we know the
// password, and to us that the server does: neither is told it. No I/O here. Read [newScram], then first, final, verify.
//
// A password that is not ASCII is used as it is: the standard library has no SASLprep (RFC 4013), so it must be in
// the normal form (NFKC) that the server hashed. Nearly all keyboards write that.

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

const (
	scramPlain = "SCRAM-SHA-256"
	scramPlus  = "SCRAM-SHA-256-PLUS"

	nonceBytes = 18 // as libpq; base64 makes 24 characters of them
	// iterationsMax bounds how often a server may make us hash: 4096 is its default, and the time grows with it. A
	// hostile one would ask for 2³¹.
	iterationsMax = 1 << 20
	// iterationsMin is what RFC 7677 §4 demands.
	iterationsMin = 4096
)

// scram is one exchange.
type scram struct {
	password string
	binding  []byte // tls-server-end-point data, nil if the connection is not bound
	header   string // GS2: y if we could have bound and the server did not offer it, p if we do, n otherwise
	nonce    string
	keys     *scramKeys

	firstBare   string // client-first-message-bare
	serverFirst string
	salted      []byte
	auth        string // AuthMessage
}

// scramKeys remembers the salted password of the last exchange. It takes thousands of hashes to make, and a pool
// that connects again after a restart would pay them for every connection.
type scramKeys struct {
	mu         sync.Mutex
	password   string // a password file may have several
	salt       string
	iterations int
	salted     []byte
}

// newScram begins an exchange.
func newScram(password string, binding []byte, header string, keys *scramKeys) *scram {
	raw := make([]byte, nonceBytes)
	rand.Read(raw) // never fails (crypto/rand)
	return &scram{password: password, binding: binding, header: header, keys: keys, nonce: base64.StdEncoding.EncodeToString(raw)}
}

// first returns the client's first message. The user name is empty: the server takes the one of the startup message.
func (s *scram) first() []byte {
	s.firstBare = "n=,r=" + s.nonce
	return []byte(s.header + s.firstBare)
}

// final answers the server's first message with the proof.
func (s *scram) final(serverFirst []byte) ([]byte, error) {
	s.serverFirst = string(serverFirst)
	nonce, salt, iterations, err := s.parseFirst()
	if err != nil {
		return nil, err
	}
	if s.salted, err = s.keys.derive(s.password, salt, iterations); err != nil {
		return nil, err
	}
	bound := base64.StdEncoding.EncodeToString(append([]byte(s.header), s.binding...))
	withoutProof := "c=" + bound + ",r=" + nonce
	s.auth = s.firstBare + "," + s.serverFirst + "," + withoutProof

	clientKey := mac(s.salted, "Client Key")
	storedKey := sha256.Sum256(clientKey)
	proof := mac(storedKey[:], s.auth)
	subtle.XORBytes(proof, proof, clientKey)
	return []byte(withoutProof + ",p=" + base64.StdEncoding.EncodeToString(proof)), nil
}

// verify checks the server's last message: its proof that it knows the password, too.
func (s *scram) verify(serverFinal []byte) error {
	if s.auth == "" {
		return errors.New("the server ended SCRAM before it began")
	}
	want := "v=" + base64.StdEncoding.EncodeToString(mac(mac(s.salted, "Server Key"), s.auth))
	got, _, _ := bytes.Cut(serverFinal, []byte(",")) // extensions may follow
	if !hmac.Equal(got, []byte(want)) {
		return errors.New("the server does not know the password: it may be an impostor")
	}
	return nil
}

// parseFirst reads r=nonce,s=salt,i=iterations.
func (s *scram) parseFirst() (nonce string, salt []byte, iterations int, err error) {
	parts := strings.Split(s.serverFirst, ",")
	if len(parts) < 3 || !strings.HasPrefix(parts[0], "r=") || !strings.HasPrefix(parts[1], "s=") || !strings.HasPrefix(parts[2], "i=") {
		return "", nil, 0, errors.New("the server's SCRAM message has not the form r=,s=,i=")
	}
	nonce = parts[0][2:]
	if !strings.HasPrefix(nonce, s.nonce) || len(nonce) == len(s.nonce) {
		return "", nil, 0, errors.New("the server's SCRAM nonce does not go on from ours")
	}
	if salt, err = base64.StdEncoding.DecodeString(parts[1][2:]); err != nil || len(salt) == 0 {
		return "", nil, 0, errors.New("the server's SCRAM salt is no base64")
	}
	iterations, err = strconv.Atoi(parts[2][2:])
	if err != nil || iterations < iterationsMin || iterations > iterationsMax {
		return "", nil, 0, fmt.Errorf("the server wants %s SCRAM iterations: we do %d to %d", parts[2][2:], iterationsMin, iterationsMax)
	}
	return nonce, salt, iterations, nil
}

// derive salts the password, or remembers it.
func (k *scramKeys) derive(password string, salt []byte, iterations int) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.salted != nil && k.password == password && k.salt == string(salt) && k.iterations == iterations {
		return k.salted, nil
	}
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return nil, err
	}
	k.password, k.salt, k.iterations, k.salted = password, string(salt), iterations, salted
	return salted, nil
}

// mac is HMAC-SHA-256.
func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
