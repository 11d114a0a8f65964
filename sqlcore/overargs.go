package sqlcore

// Values on their way to a driver of database/sql. They are the values that package pg takes, so that a program is the same
// over both; a driver gets the few types that all drivers know.
//
// Nothing here calls a method of an argument or keeps one, other than database/sql, which would have the compiler move every
// argument of every statement to the heap, those of package pg's included. So a driver.Valuer must be asked by the caller: ValueOf.

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/covetgo/covet/sqlcore/internal/fields"
	"github.com/covetgo/covet/sqlcore/pg"
)

// ValueOf asks a driver.Valuer for its value, to be passed as an argument:
//
//	sqlcore.Exec(ctx, db, "UPDATE product SET price = $2 WHERE id = $1", id, sqlcore.ValueOf(price))
//
// Arguments of other types are never asked: see [pg.ValueOf].
func ValueOf(v driver.Valuer) any { return pg.ValueOf(v) }

// driverArgs makes copies of values.
func driverArgs(args []any, d Dialect) ([]any, error) {
	list := make([]any, len(args))
	for i := range args {
		v, problem := driverArg(args[i], d)
		if problem != "" {
			return nil, fmt.Errorf("sqlcore: parameter %d: %s", i+1, problem)
		}
		list[i] = v
	}
	return list, nil
}

// sqliteTime is how times are kept in SQLite, which has no type for them: text that its functions read, that sorts as the
// times do, and that is as exact as PostgreSQL's.
const sqliteTime = "2006-01-02 15:04:05.000000-07:00"

// driverArg makes one copy, and says what is wrong.
func driverArg(arg any, d Dialect) (any, string) {
	switch v := arg.(type) {
	case nil:
		return nil, ""
	case bool:
		return v, ""
	case int:
		return int64(v), ""
	case int64:
		return v, ""
	case int32:
		return int64(v), ""
	case float64:
		return v, ""
	case string:
		return strings.Clone(v), ""
	case []byte:
		return cloneBytes(v), ""
	case json.RawMessage:
		if v == nil {
			return nil, ""
		}
		return string(v), ""
	case time.Time:
		return driverTime(v, d), ""
	case netip.Addr:
		return v.String(), ""
	case netip.Prefix:
		return v.String(), ""
	case *time.Time:
		if v == nil {
			return nil, ""
		}
		return driverTime(*v, d), ""
	case pg.NoValue:
		return nil, v.Err.Error()
	case sql.Null[time.Time]:
		return driverNullTime(v, d), ""
	case sql.NullTime:
		return driverNullTime(sql.Null[time.Time]{V: v.Time, Valid: v.Valid}, d), ""
	}
	if d == PostgreSQL {
		if list, ok := driverArray(arg); ok {
			return list, ""
		}
	}
	return driverRare(reflect.ValueOf(arg), d)
}

// driverNullTime is driverTime for what may be NULL.
func driverNullTime(v sql.Null[time.Time], d Dialect) any {
	if !v.Valid {
		return nil
	}
	return driverTime(v.V, d)
}

// driverArray copies a slice that drivers of PostgreSQL make an array of.
func driverArray(arg any) (any, bool) {
	switch v := arg.(type) {
	case []int64:
		return slices.Clone(v), true
	case []int32:
		return slices.Clone(v), true
	case []int16:
		return slices.Clone(v), true
	case []int:
		return slices.Clone(v), true
	case []float64:
		return slices.Clone(v), true
	case []bool:
		return slices.Clone(v), true
	case []string:
		return slices.Clone(v), true
	}
	return nil, false
}

// cloneBytes copies bytes. A nil slice is NULL.
func cloneBytes(v []byte) any {
	if v == nil {
		return nil
	}
	return bytes.Clone(v)
}

// driverTime is an instant, in microseconds, as PostgreSQL keeps it.
func driverTime(v time.Time, d Dialect) any {
	v = v.UTC().Truncate(time.Microsecond)
	if d == SQLite {
		return v.Format(sqliteTime)
	}
	return time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), v.Nanosecond(), time.UTC)
}

// driverRare handles what is rarer: pointers, what may be NULL, UUIDs, arrays, and types made of the kinds above.
func driverRare(v reflect.Value, d Dialect) (any, string) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, ""
		}
		return driverRare(v.Elem(), d)
	case reflect.Bool:
		return v.Bool(), ""
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), ""
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if u := v.Uint(); u > math.MaxInt64 {
			return u, "" // a driver that cannot, says so
		}
		return int64(v.Uint()), ""
	case reflect.Float32, reflect.Float64:
		return v.Float(), ""
	case reflect.String:
		return strings.Clone(v.String()), ""
	case reflect.Struct:
		if fields.IsNull(v.Type()) {
			if !v.Field(1).Bool() {
				return nil, ""
			}
			return driverRare(v.Field(0), d)
		}
	case reflect.Array:
		if isUUID(v.Type()) {
			var id [16]byte
			for i := range id {
				id[i] = byte(v.Index(i).Uint())
			}
			return formatUUID(id), ""
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return cloneBytes(v.Bytes()), ""
		}
		return nil, "a Go value of type " + v.Type().String() + " cannot be sent: arrays are PostgreSQL's, and In has lists"
	}
	return nil, "a Go value of type " + v.Type().String() + " cannot be sent"
}

// Types that are not told by their kind.
var (
	typeTime    = reflect.TypeFor[time.Time]()
	typeAddr    = reflect.TypeFor[netip.Addr]()
	typePrefix  = reflect.TypeFor[netip.Prefix]()
	typeRawJSON = reflect.TypeFor[json.RawMessage]()
)

// isUUID reports whether a type is 16 bytes.
func isUUID(typ reflect.Type) bool {
	return typ.Kind() == reflect.Array && typ.Len() == 16 && typ.Elem().Kind() == reflect.Uint8
}

// uuidDashes are where the dashes of a UUID stand.
var uuidDashes = []int{8, 13, 18, 23}

// formatUUID writes a UUID as text.
func formatUUID(id [16]byte) string {
	text := fmt.Appendf(nil, "%x", id[:])
	for _, at := range uuidDashes {
		text = slices.Insert(text, at, '-')
	}
	return string(text)
}
