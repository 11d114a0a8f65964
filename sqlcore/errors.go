package sqlcore

// What databases refuse, in terms that all of them share. Each has codes of its own; who writes a program for several asks
// for the class, with errors.Is, and who needs the code finds it in Error.

import (
	"errors"
	"reflect"
	"strconv"

	"github.com/covetgo/covet/sqlcore/pg"
)

// Classes of what a database refuses.
var (
	ErrUnique        = errors.New("sqlcore: a value that must be unique is there already")
	ErrForeignKey    = errors.New("sqlcore: a reference leads nowhere, or what is referred to would vanish")
	ErrNotNull       = errors.New("sqlcore: NULL where there must be a value")
	ErrCheck         = errors.New("sqlcore: a value breaks a rule of its table")
	ErrSerialization = errors.New("sqlcore: another transaction was in the way; run again, this one may succeed")
	ErrDeadlock      = errors.New("sqlcore: transactions waited for each other; run again, this one may succeed")
	ErrLockTimeout   = errors.New("sqlcore: a lock was not to be had in time")
	ErrReadOnly      = errors.New("sqlcore: nothing can be written here")
	ErrCanceled      = errors.New("sqlcore: the statement took too long, or was cancelled")
)

// Errors of this package that package pg has, too.
var (
	ErrNoRows      = pg.ErrNoRows      // a statement that must return a row returned none
	ErrTooManyRows = pg.ErrTooManyRows // a statement that must return one row returned more
	ErrTxDone      = pg.ErrTxDone      // a Tx was used after its function had returned
	ErrRolledBack  = pg.ErrRolledBack  // a statement of the transaction failed, so that it cannot go on or be committed
	ErrSkipped     = pg.ErrSkipped     // a statement of a batch did not run, since another one had failed
	ErrBusy        = pg.ErrBusy        // rows of another statement of the transaction are still being read
)

// ErrUnsupported: the database, or the way to it, cannot do what it is asked for.
var ErrUnsupported = errors.New("sqlcore: not supported")

// Error is what a database said, with its class. errors.Is finds the class in it, and errors.As the driver's error.
type Error struct {
	Class error  // one of the above; nil if the code is of none
	Code  string // the SQLSTATE of PostgreSQL, or the number of MySQL or SQLite
	Err   error  // as the driver has it
}

// Error is what the driver says.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the class and the driver's error.
func (e *Error) Unwrap() []error {
	if e.Class == nil {
		return []error{e.Err}
	}
	return []error{e.Class, e.Err}
}

// IsRetryable reports whether a transaction failed only because of others that ran at the same time: it was rolled back
// whole, and may succeed if it is run again. [DB.Tx] does that by itself.
func IsRetryable(err error) bool {
	return errors.Is(err, ErrSerialization) || errors.Is(err, ErrDeadlock)
}

// classes by SQLSTATE (PostgreSQL, appendix A).
var classesPostgreSQL = map[string]error{
	"23505": ErrUnique, "23P01": ErrUnique, "23503": ErrForeignKey, "23001": ErrForeignKey, "23502": ErrNotNull, "23514": ErrCheck,
	"40001": ErrSerialization, "40P01": ErrDeadlock, "55P03": ErrLockTimeout, "25006": ErrReadOnly, "57014": ErrCanceled,
}

// classes by MySQL's and MariaDB's error numbers.
var classesMySQL = map[string]error{
	"1062": ErrUnique, "1169": ErrUnique, "1586": ErrUnique,
	"1216": ErrForeignKey, "1217": ErrForeignKey, "1451": ErrForeignKey, "1452": ErrForeignKey, "1048": ErrNotNull, "1364": ErrNotNull,
	"3819": ErrCheck, "4025": ErrCheck, // MySQL, MariaDB
	"1020": ErrSerialization, // MariaDB's snapshot isolation
	"1213": ErrDeadlock, "1205": ErrLockTimeout, "3572": ErrLockTimeout, "1290": ErrReadOnly, "1792": ErrReadOnly,
	"1317": ErrCanceled, "1969": ErrCanceled, "3024": ErrCanceled,
}

// classes by SQLite's result codes, extended or not.
var classesSQLite = map[string]error{
	"1555": ErrUnique, "2067": ErrUnique, "2579": ErrUnique, "787": ErrForeignKey, "1811": ErrForeignKey, "1299": ErrNotNull, "275": ErrCheck,
	"517": ErrSerialization, "5": ErrLockTimeout, "261": ErrLockTimeout, "773": ErrLockTimeout, "6": ErrLockTimeout, "262": ErrLockTimeout,
	"8": ErrReadOnly, "264": ErrReadOnly, "520": ErrReadOnly, "776": ErrReadOnly, "1032": ErrReadOnly, "9": ErrCanceled,
}

// classify finds out what an error is about. Those that come from no database stay as they are.
func classify(err error, d Dialect) error {
	var done *Error
	if err == nil || errors.As(err, &done) {
		return err
	}
	code, table := "", classesPostgreSQL
	switch d {
	case PostgreSQL:
		var state interface{ SQLState() string }
		if errors.As(err, &state) {
			code = state.SQLState()
		}
	case MySQL:
		code, table = numberIn(err, "Number"), classesMySQL
	case SQLite:
		code, table = sqliteCode(err), classesSQLite
	}
	if code == "" {
		return err
	}
	return &Error{table[code], code, err}
}

// sqliteCode is the result code in an error: of a driver with a method for it, or with a field.
func sqliteCode(err error) string {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		return strconv.Itoa(coded.Code())
	}
	if code := numberIn(err, "ExtendedCode"); code != "" {
		return code
	}
	return numberIn(err, "Code")
}

// numberIn finds a number that an error, or one of those below it, has in a field. Drivers of MySQL have no common
// interface for theirs, and this package knows none of them.
func numberIn(err error, field string) string {
	for ; err != nil; err = errors.Unwrap(err) {
		v := reflect.ValueOf(err)
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			continue
		}
		switch f := v.FieldByName(field); {
		case !f.IsValid():
		case f.CanUint():
			return strconv.FormatUint(f.Uint(), 10)
		case f.CanInt():
			return strconv.FormatInt(f.Int(), 10)
		}
	}
	return ""
}
