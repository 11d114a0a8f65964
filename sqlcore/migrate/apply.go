package migrate

// One file in one transaction, and what is said when a statement fails. Entry point: take.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/covetgo/covet/sqlcore/pg"
)

// resetSQL undoes what a file may have set for its session: the next one finds what it would find alone. In a
// transaction it is undone with it.
const resetSQL = "RESET SESSION AUTHORIZATION; RESET ALL"

// FileError says which statement of which file failed.
type FileError struct {
	File      string
	Line      int    // where the server saw the error, or where the statement begins
	Statement int    // from 1; 0 if it was the end of the transaction that failed
	SQL       string // without passwords
	Hint      string
	Err       error
}

// Error tells file and line in front of the cause.
func (e *FileError) Error() string {
	text := fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
	if e.Statement == 0 {
		text = fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// What the server says of statements that no transaction takes.
const (
	codeActiveTransaction = "25001" // … and it says so before it does anything
	codeNoTermination     = "2D000" // a procedure wanted to commit
)

// take takes a step.
func (w *worker) take(ctx context.Context, st step) error {
	if st.file().loose {
		return w.loose(ctx, st)
	}
	if st.row != nil && st.row.Unfinished != "" {
		return problemf(ErrUnfinished, "%s was begun when it said covet:no-transaction, and says so no more: let it say so until it is finished", st.file().path)
	}
	start := time.Now()
	w.event(FileStarted, st, 0, 0)
	err := w.session.Begin(ctx, pg.TxOptions{}) // sent with the first statement
	if err == nil {
		err = w.whole(ctx, st, start)
	}
	if err == nil {
		if err = w.session.Commit(ctx); err != nil {
			err = &FileError{File: st.file().path, Err: err}
		}
	}
	if err != nil {
		w.rollback(ctx)
		return err
	}
	w.event(FileDone, st, 0, time.Since(start))
	return nil
}

// whole runs the statements of a file and records it, in a transaction that has begun.
func (w *worker) whole(ctx context.Context, st step, start time.Time) error {
	for i := range st.file().statements {
		w.event(StatementStarted, st, i, 0)
		if err := w.statement(ctx, st, i); err != nil {
			return err
		}
		if !w.session.InTx() {
			return w.failed(st, i, errors.New("the statement has ended the transaction"))
		}
	}
	if _, err := w.session.Script(ctx, resetSQL); err != nil {
		return &FileError{File: st.file().path, Err: err}
	}
	return w.record(ctx, st, time.Since(start))
}

// statement runs one statement.
func (w *worker) statement(ctx context.Context, st step, i int) error {
	start := time.Now()
	if _, err := w.session.Script(ctx, st.file().statements[i].text); err != nil {
		return w.failed(st, i, err)
	}
	w.event(StatementDone, st, i, time.Since(start))
	return nil
}

// rollback undoes a transaction, also if its context has ended. If that fails, the end of the session does it.
func (w *worker) rollback(ctx context.Context) {
	if !w.session.InTx() || w.session.Dead() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endSlack)
	defer cancel()
	_ = w.session.Rollback(ctx)
}

// failed makes a FileError.
func (w *worker) failed(st step, i int, err error) error {
	s := st.file().statements[i]
	e := &FileError{File: st.file().path, Line: s.line, Statement: i + 1, SQL: redacted(s.text), Err: err}
	var server *pg.Error
	if errors.As(err, &server) && server.Position > 0 {
		e.Line += strings.Count(prefix(s.text, server.Position-1), "\n")
	}
	switch {
	case !st.file().loose && pg.IsCode(err, codeActiveTransaction, codeNoTermination):
		e.Hint = "begin a file that holds such a statement, and best nothing else, with -- covet:no-transaction"
	case pg.IsCode(err, "55P03"):
		e.Hint = "lock_timeout has passed: somebody holds a lock on what it needs; nothing of this file has stayed, unless it says covet:no-transaction"
	}
	return e
}

// prefix is the first n characters of a text.
func prefix(s string, n int) string {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return s[:at]
}
