package pg

import (
	"strings"
	"testing"
)

// The example of RFC 7677 §3, with the user name that PostgreSQL leaves empty put back.
func TestScramExample(t *testing.T) {
	s := newScram("pencil", nil, "n,,", &scramKeys{})
	s.nonce = "rOprNGfwEbeRWgbNEkqO"
	s.first()
	s.firstBare = "n=user,r=" + s.nonce
	final, err := s.final([]byte("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"))
	if err != nil {
		t.Fatal(err)
	}
	want := "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
	if string(final) != want {
		t.Errorf("\n got %s\nwant %s", final, want)
	}
	if err := s.verify([]byte("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")); err != nil {
		t.Error(err)
	}
	if s.verify([]byte("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=")) == nil {
		t.Error("an impostor is believed")
	}
}

func TestScramLies(t *testing.T) {
	for name, first := range map[string]string{
		"empty":               "",
		"another nonce":       "r=zzzz,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"only our nonce":      "r=NONCE,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"no salt":             "r=NONCEx,s=,i=4096",
		"bad salt":            "r=NONCEx,s=!,i=4096",
		"too few iterations":  "r=NONCEx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095",
		"two thousand millon": "r=NONCEx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2147483648",
		"over the limit":      "r=NONCEx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1048577",
		"no number":           "r=NONCEx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1",
		"mandatory extension": "m=x,r=NONCEx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
	} {
		s := newScram("p", nil, "n,,", &scramKeys{})
		s.first()
		if _, err := s.final([]byte(strings.ReplaceAll(first, "NONCE", s.nonce))); err == nil {
			t.Errorf("%s: %q is taken", name, first)
		}
	}
	s := newScram("p", nil, "n,,", &scramKeys{})
	if s.verify([]byte("v=")) == nil {
		t.Error("SCRAM may end before it begins")
	}
}

func FuzzScramFirst(f *testing.F) {
	f.Add("x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1")
	f.Fuzz(func(t *testing.T, rest string) {
		s := newScram("p", nil, "n,,", &scramKeys{})
		s.first()
		s.serverFirst = "r=" + s.nonce + rest
		_, salt, iterations, err := s.parseFirst() // final would hash, which says nothing about the parser
		if err == nil && (len(salt) == 0 || iterations < iterationsMin || iterations > iterationsMax) {
			t.Fatal(salt, iterations)
		}
	})
}
