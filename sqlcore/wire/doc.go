// Package wire speaks PostgreSQL's frontend/backend protocol, version 3, without touching a socket: bytes in,
// facts out, and calls that append bytes. It does no I/O, takes no lock, reads no clock and starts no goroutine,
// so that every message can be fuzzed alone. Sections cited as "§55.n" are those of chapter 55 of PostgreSQL's
// manual, "Frontend/Backend Protocol".
//
// Read in this order: frame.go (what all messages share), startup.go and auth.go (getting in), query.go (the
// extended query, client to server), describe.go, row.go and complete.go (what comes back), copy.go (COPY),
// notice.go (errors), status.go (what may come at any time).
//
// A parse function takes the body of one message and returns false if the server lied about it; it never reads
// beyond the body, and it allocates nothing unless it says so. What it returns are views of the body: they live as
// long as the caller's buffer holds these bytes. An append function writes one whole message behind dst. It reports
// false, with dst as it was, if the message cannot be said: too long for its length field, or with a NUL where
// the protocol ends a string (CVE-2024-27304 and its kin began with a length that wrapped around).
package wire
