package pg

// The two forms of a connection string. Entry points: parseURL, parseDSN.

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// parseURL reads postgres://user:password@host:port,host:port/database?word=value. Several hosts are no URL to
// package net/url, so they are cut out first.
func parseURL(s string) (map[string]string, error) {
	scheme, rest, _ := strings.Cut(s, "://")
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	user, hosts := "", authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, hosts = authority[:i+1], authority[i+1:]
	}
	u, err := url.Parse(scheme + "://" + user + "host" + tail)
	if err != nil {
		return nil, errors.New("it is no URL (is a character of the password not escaped?)")
	}
	words := map[string]string{}
	if err := hostWords(words, hosts); err != nil {
		return nil, err
	}
	set := func(word, value string) {
		if value != "" {
			words[word] = value
		}
	}
	set("user", u.User.Username())
	password, _ := u.User.Password()
	set("password", password)
	set("dbname", strings.TrimPrefix(u.Path, "/"))
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errors.New("what follows the ? is no list of word=value")
	}
	for word, values := range query {
		words[canonical(word)] = values[len(values)-1]
	}
	return words, nil
}

// errHost quotes nothing: behind a / ? or # that is not escaped, what looks like a port is a password.
var errHost = errors.New("want host:port (is a / ? or # of the password not escaped, as %2F, %3F, %23?)")

// hostWords reads host:port,host:port. A host may be an escaped folder, or an IPv6 address in brackets.
func hostWords(words map[string]string, list string) error {
	if list == "" {
		return nil
	}
	var hosts, ports []string
	for part := range strings.SplitSeq(list, ",") {
		host, port := part, ""
		if i := strings.LastIndexByte(part, ':'); i >= 0 && !strings.HasSuffix(part, "]") {
			var err error
			if host, port, err = net.SplitHostPort(part); err != nil {
				return errHost
			}
		}
		host, err := url.PathUnescape(strings.Trim(host, "[]"))
		if err != nil {
			return errHost
		}
		hosts, ports = append(hosts, host), append(ports, port)
	}
	words["host"] = strings.Join(hosts, ",")
	if strings.Join(ports, "") != "" {
		words["port"] = strings.Join(ports, ",")
	}
	return nil
}

// parseDSN reads word=value pairs. A value with blanks stands in single quotes; a backslash takes the next
// character as it is.
func parseDSN(s string) (map[string]string, error) {
	words := map[string]string{}
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		if s == "" {
			return words, nil
		}
		word, rest, ok := strings.Cut(s, "=")
		word = strings.TrimRight(word, " \t\r\n")
		if !ok || word == "" || strings.ContainsAny(word, " \t\r\n'") {
			return nil, errors.New("want word=value pairs or a URL")
		}
		value, rest, err := dsnValue(strings.TrimLeft(rest, " \t\r\n"))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", word, err)
		}
		words[canonical(word)] = value
		s = rest
	}
}

// dsnValue reads one value and returns what follows it.
func dsnValue(s string) (value, rest string, err error) {
	var b strings.Builder
	quoted := strings.HasPrefix(s, "'")
	if quoted {
		s = s[1:]
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case quoted && c == '\'':
			return b.String(), s[i+1:], nil
		case !quoted && strings.IndexByte(" \t\r\n", c) >= 0:
			return b.String(), s[i:], nil
		default:
			b.WriteByte(c)
		}
	}
	if quoted {
		return "", "", errors.New("a quote is not closed")
	}
	return b.String(), "", nil
}

// canonical maps synonyms of keywords.
func canonical(word string) string {
	if word == "database" {
		return "dbname"
	}
	return word
}
