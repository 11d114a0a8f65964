package pg

// Types that write themselves, as arguments. Entry point: ValueOf.

import (
	"database/sql/driver"
	"fmt"
	"reflect"
)

// ValueOf asks a driver.Valuer for its value, to be passed as an argument. That is said at the call, since to ask any argument would
// have the compiler move every argument of every statement to the heap. A nil pointer whose type has the method by
// value is NULL. What a type says instead of a value, is the statement's error.
func ValueOf(v driver.Valuer) any {
	if p := reflect.ValueOf(v); !p.IsValid() || p.Kind() == reflect.Pointer && p.IsNil() && p.Type().Elem().Implements(reflect.TypeFor[driver.Valuer]()) {
		return nil
	}
	value, err := v.Value()
	if err == nil && !driver.IsValue(value) {
		err = fmt.Errorf("its Value returned a %T, which is none of package driver's", value)
	}
	if err != nil {
		return NoValue{fmt.Errorf("%T: %w", v, err)}
	}
	return value
}

// NoValue is what [ValueOf] returns of a type that had no value to give. A statement with it fails.
type NoValue struct{ Err error }

// hintValuer is for arguments that could write themselves.
const hintValuer = "; it has a Value method: pass ValueOf(…)"

// canValue reports whether a type is a driver.Valuer.
func canValue(typ reflect.Type) bool { return typ.Implements(reflect.TypeFor[driver.Valuer]()) }

// refused says that an argument cannot be sent.
func refused(what string, typ reflect.Type) string {
	text := what + " of type " + typ.String() + " cannot be sent"
	if canValue(typ) {
		text += hintValuer
	}
	return text
}
