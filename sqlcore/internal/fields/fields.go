// Package fields finds the fields of structs that columns and parameters belong to.
package fields

import (
	"reflect"
	"strings"
)

// Field is an exported field of a struct, or of a struct embedded in it.
type Field struct {
	Name, Tag string
	Type      reflect.Type
	Index     []int // as reflect.Value.FieldByIndex takes it
	Offset    uintptr
}

// List lists the fields of a struct. isValue says of which types one column can be made: a struct of another type that is
// embedded without a tag lends its fields.
func List(typ reflect.Type, isValue func(reflect.Type) bool) []Field {
	return list(nil, typ, nil, 0, isValue)
}

// list appends the fields of a struct that lies at a place in another one.
func list(all []Field, typ reflect.Type, index []int, offset uintptr, isValue func(reflect.Type) bool) []Field {
	for i := range typ.NumField() {
		f := typ.Field(i)
		tag := f.Tag.Get("db")
		place := append(index[:len(index):len(index)], i)
		switch {
		case tag == "-":
		case f.Anonymous && f.Type.Kind() == reflect.Struct && tag == "" && !isValue(f.Type):
			all = list(all, f.Type, place, offset+f.Offset, isValue)
		case f.IsExported():
			all = append(all, Field{f.Name, tag, f.Type, place, offset + f.Offset})
		}
	}
	return all
}

// Matches reports whether a column belongs to the field: by its tag `db:"name"`, or by its name, for which case and
// underscores do not count (RandomNumber is random_number, randomnumber and randomNumber).
func (f *Field) Matches(column string) bool {
	if f.Tag != "" {
		return f.Tag == column
	}
	return strings.EqualFold(strings.ReplaceAll(f.Name, "_", ""), strings.ReplaceAll(column, "_", ""))
}

// IsNull reports whether a type is sql.Null, or one of its elder kin: a value, and Valid.
func IsNull(typ reflect.Type) bool {
	return typ.Kind() == reflect.Struct && typ.PkgPath() == "database/sql" && typ.NumField() == 2 && typ.Field(1).Name == "Valid"
}

// Names lists the fields as columns would find them, for error messages.
func Names(all []Field) string {
	var names []string
	for _, f := range all {
		if f.Tag != "" {
			names = append(names, f.Tag)
		} else {
			names = append(names, f.Name)
		}
	}
	return strings.Join(names, ", ")
}
