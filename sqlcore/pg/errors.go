package pg

// What can go wrong, and what the caller may conclude from it.

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/covetgo/covet/sqlcore/wire"
)

// Error is what the server said. Two facts decide what may be done about it: Code, and that the statement had no
// effect, which holds for every error a server reports (§55.2.3: what precedes it up to the last Sync is rolled back).
// It does not hold for what a pooler reports as it ends a session: that is the cause of a [ConnError].
type Error struct {
	Severity   string // ERROR, FATAL or PANIC
	Code       string // SQLSTATE, five characters (appendix A)
	Message    string
	Detail     string
	Hint       string
	Position   int // character of the statement's text, from 1; 0 if it is about none
	Where      string
	Schema     string
	Table      string
	Column     string
	DataType   string
	Constraint string
	Routine    string // of the server's source
	SQL        string // the statement; never its values
}

// Error tells the code and the message.
func (e *Error) Error() string {
	text := "pg: " + e.Severity + ": " + e.Message + " (SQLSTATE " + e.Code + ")"
	if e.Position > 0 {
		text += " at character " + strconv.Itoa(e.Position)
	}
	if e.Hint != "" {
		text += "; hint: " + e.Hint
	}
	return text
}

// SQLState is the code, under the name that other drivers give it.
func (e *Error) SQLState() string { return e.Code }

// Codes of SQLSTATE that this package acts on (appendix A).
const (
	codeFeatureNotSupported  = "0A000"
	codeProtocolViolation    = "08P01"
	codeReadOnly             = "25006"
	codeNoStatement          = "26000"
	codeDuplicateStatement   = "42P05"
	codeSerialization        = "40001"
	codeDeadlock             = "40P01"
	codeInvalidAuthorization = "28000"
	codeCanceled             = "57014"
	routineRevalidate        = "RevalidateCachedQuery"
	routineResultFormats     = "PortalSetResultFormat"
	routineSyncRep           = "SyncRepWaitForLSN"
)

// IsCode reports whether an error is the server's with one of these SQLSTATEs.
func IsCode(err error, codes ...string) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code == c {
			return true
		}
	}
	return false
}

// IsRetryable reports whether a transaction failed only because of others that ran at the same time: it was rolled
// back whole, and may succeed if it is run again.
func IsRetryable(err error) bool { return IsCode(err, codeSerialization, codeDeadlock) }

// fatal reports whether the server ends the session with this error.
func (e *Error) fatal() bool { return e.Severity == "FATAL" || e.Severity == "PANIC" }

// fromServer reports whether PostgreSQL itself has written the error: it names the routine in each (§55.8). pgbouncer does not
// in its own, and those say nothing of a statement that it has passed on: after query_timeout, the server finishes and commits.
func (e *Error) fromServer() bool { return e.Routine != "" }

// planChanged reports whether a prepared statement is not what it was: the schema changed under it, or someone
// deallocated it. The server finds that before it runs anything.
func (e *Error) planChanged() bool {
	switch e.Code {
	case codeNoStatement, codeDuplicateStatement:
		return true
	case codeFeatureNotSupported:
		return e.Routine == routineRevalidate
	case codeProtocolViolation: // the statement was prepared anew, and bound as if it still had the columns it had before
		return e.Routine == routineResultFormats
	}
	return false
}

// parseError reads an ErrorResponse.
func parseError(body []byte) (*Error, bool) {
	e := &Error{}
	plain := ""
	fields := wire.ParseFields(body)
	for name, value, ok := fields.Next(); ok; name, value, ok = fields.Next() {
		text := string(value)
		switch name {
		case wire.FieldSeverity:
			e.Severity = text
		case wire.FieldSeverityPlain:
			plain = text
		case wire.FieldCode:
			e.Code = text
		case wire.FieldMessage:
			e.Message = text
		case wire.FieldDetail:
			e.Detail = text
		case wire.FieldHint:
			e.Hint = text
		case wire.FieldPosition:
			e.Position, _ = strconv.Atoi(text) // what is no number is about no place
		case wire.FieldWhere:
			e.Where = text
		case wire.FieldSchema:
			e.Schema = text
		case wire.FieldTable:
			e.Table = text
		case wire.FieldColumn:
			e.Column = text
		case wire.FieldDataType:
			e.DataType = text
		case wire.FieldConstraint:
			e.Constraint = text
		case wire.FieldRoutine:
			e.Routine = text
		}
	}
	e.Severity = or(plain, e.Severity)
	if e.Code == codeNoStatement || e.Code == codeDuplicateStatement {
		e.Hint = or(e.Hint, hintPooler)
	}
	return e, fields.OK()
}

// ConnError says that a connection failed. Sent tells whether the statement had been handed to the kernel: if not, it
// did not run; if so, nobody knows, and only the server's data can tell.
type ConnError struct {
	Sent bool
	Err  error
}

// Error tells what happened and what is known of the statement.
func (e *ConnError) Error() string {
	if e.Sent {
		return "pg: connection lost, outcome unknown: " + e.Err.Error()
	}
	return "pg: connection lost before the statement was sent: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *ConnError) Unwrap() error { return e.Err }

// ProtocolError says that the server broke the protocol. The connection is closed.
type ProtocolError struct{ What string }

// Error tells what the server did.
func (e *ProtocolError) Error() string { return "pg: protocol violation by the server: " + e.What }

// protocolErrorf makes a ProtocolError.
func protocolErrorf(format string, args ...any) *ProtocolError {
	return &ProtocolError{fmt.Sprintf(format, args...)}
}

// The sentinels of this package.
var (
	// ErrClosed: the pool was closed.
	ErrClosed = errors.New("pg: the pool is closed")
	// ErrTooLarge: a result had more bytes than Options.ResultBytesMax. The statement has run, and is committed where it stood alone.
	ErrTooLarge = errors.New("pg: the result is larger than ResultBytesMax; read it with Each")
	// ErrNotReplicated: a commit was cancelled while it waited for its standbys (synchronous_commit). It is committed on
	// this server, and a failover may lose it.
	ErrNotReplicated = errors.New("pg: committed, but cancelled before a standby confirmed it: a failover may lose it")
	// ErrNoRows: a statement that must return a row returned none.
	ErrNoRows = errors.New("pg: no rows")
	// ErrTooManyRows: a statement that must return one row returned more.
	ErrTooManyRows = errors.New("pg: more than one row")
)
