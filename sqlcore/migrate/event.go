package migrate

// What a log is told.

import (
	"fmt"
	"strings"
	"time"
)

// Kind is what has happened.
type Kind uint8

// The kinds, in the order in which they come. A StatementDone is not recorded yet; a FileDone is, and committed.
const (
	LockWaited Kind = iota
	LockTaken
	FileStarted
	StatementStarted
	StatementBare // the server takes it in no transaction, so it is about to run without one
	StatementDone
	FileDone
)

// Event is one thing that happened.
type Event struct {
	Kind       Kind
	Version    int64
	Name, File string
	Down       bool
	Statement  int           // from 1; for FileStarted, the first one that is run, which is not 1 if an interrupted file is taken up
	Statements int           // of the file
	Line       int           // of the file, where the statement begins
	SQL        string        // without passwords
	Elapsed    time.Duration // of the statement or the file
	Holder     string        // of the lock, with LockWaited
}

const eventSQLMax = 100 // bytes of a statement that String shows

// String is a line for a log.
func (e Event) String() string {
	switch e.Kind {
	case LockWaited:
		return "waiting for the lock, held by " + e.Holder
	case LockTaken:
		return "the lock is ours"
	case FileStarted:
		if e.Statement > 1 {
			return fmt.Sprintf("%s: taken up at statement %d of %d", e.File, e.Statement, e.Statements)
		}
		return fmt.Sprintf("%s: %d statements", e.File, e.Statements)
	case StatementStarted:
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, shorten(e.SQL))
	case StatementBare:
		return fmt.Sprintf("%s:%d: takes no transaction, so it runs without one", e.File, e.Line)
	case StatementDone:
		return fmt.Sprintf("%s:%d: done in %v", e.File, e.Line, e.Elapsed.Round(time.Millisecond/10))
	}
	return fmt.Sprintf("%s: committed after %v", e.File, e.Elapsed.Round(time.Millisecond/10))
}

// shorten makes one short line of a statement.
func shorten(sql string) string {
	line := strings.Join(strings.Fields(sql), " ")
	if len(line) > eventSQLMax {
		return strings.ToValidUTF8(line[:eventSQLMax], "") + "…"
	}
	return line
}

// event tells the log of a step.
func (w *worker) event(kind Kind, st step, i int, elapsed time.Duration) {
	f := st.file()
	e := Event{Kind: kind, Version: st.m.Version, Name: st.m.Name, File: f.path, Down: st.down,
		Statement: i + 1, Statements: len(f.statements), Elapsed: elapsed}
	if kind >= StatementStarted && kind <= StatementDone && i < len(f.statements) {
		e.Line, e.SQL = f.statements[i].line, redacted(f.statements[i].text)
	}
	w.options.Log(e)
}
