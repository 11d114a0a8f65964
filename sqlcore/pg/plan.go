package pg

// Plans: how the columns of a statement become the fields of a Go type. A plan is made once per statement and type,
// with reflection; a row is then decoded without. Entry points: planFor, plan.row.

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"time"
	"unsafe"

	"github.com/covetgo/covet/sqlcore/internal/fields"
	"github.com/covetgo/covet/sqlcore/wire"
)

// plan decodes rows of one description into one type.
type plan struct {
	typ   reflect.Type
	desc  *Desc
	steps []step // one per column
}

// step decodes one column.
type step struct {
	op     op
	null   nullMode
	offset uintptr // of the field; of V in a sql.Null
	valid  uintptr // of Valid in a sql.Null
	elem   reflect.Type
	size   uint8 // of an integer or float, in bytes

	scanner reflect.Type // with opScan
}

// nullMode says what NULL becomes.
type nullMode uint8

const (
	nullRefused nullMode = iota
	nullNil              // a pointer, or a slice
	nullValid            // a struct of database/sql: V and Valid
	nullScanned          // what the type's Scan makes of it
)

// op says which Go type a value is made into.
type op uint8

const (
	opNone op = iota
	opInt
	opUint
	opFloat
	opBool
	opString
	opBytes
	opTime
	opTimestamp
	opUUID
	opAddr
	opPrefix
	opInts32
	opInts64
	opStrings
	opFloats
	opBools
	opUUIDs
	opScan // a sql.Scanner makes it itself
)

// address is where a row goes, or comes from. SAFETY: only scan and encodeRow make one, of a variable of the plan's type,
// and every step's offset and op come from that type's reflection, so that what is written or read there is what lies there.
type address = unsafe.Pointer

// at returns the field of a type at an offset.
func at[T any](base address, offset uintptr) *T {
	// SAFETY: see address; the offset lies inside of the variable.
	return (*T)(unsafe.Add(base, offset))
}

// scan decodes a row into a variable. p was made for T by planFor.
func scan[T any](p *plan, row wire.Row, columns int, into *T) error {
	return p.row(row, columns, addressOf(into))
}

// addressOf is where a variable lies, for a plan of its type.
func addressOf[T any](v *T) address { return address(unsafe.Pointer(v)) } // SAFETY: see address

// planFor returns the plan for a statement and a type. The one used last stays with the statement.
func planFor(s *Stmt, d *Desc, typ reflect.Type) (*plan, error) {
	if p := s.plan.Load(); p != nil && p.typ == typ && p.desc == d {
		return p, nil
	}
	p, err := newPlan(d, typ)
	if err == nil {
		s.plan.Store(p)
	}
	return p, err
}

// newPlan looks for each column's place.
func newPlan(d *Desc, typ reflect.Type) (*plan, error) {
	p := &plan{typ: typ, desc: d, steps: make([]step, len(d.Columns))}
	if one, ok := stepFor(typ); ok {
		if len(d.Columns) != 1 {
			return nil, fmt.Errorf("pg: %d columns for one %v", len(d.Columns), typ)
		}
		p.steps[0] = one
		return p, nil
	}
	if typ.Kind() != reflect.Struct {
		return nil, fmt.Errorf("pg: no column can become a %v", typ)
	}
	all := fields.List(typ, isValue)
	for i, c := range d.Columns {
		at := slices.IndexFunc(all, func(f fields.Field) bool { return f.Matches(c.Name) })
		if at < 0 {
			return nil, fmt.Errorf("pg: %v has no field for column %q", typ, c.Name)
		}
		one, ok := stepFor(all[at].Type)
		if !ok {
			return nil, fmt.Errorf("pg: column %q cannot become a %v (field %s of %v)", c.Name, all[at].Type, all[at].Name, typ)
		}
		one.offset += all[at].Offset
		one.valid += all[at].Offset
		p.steps[i] = one
		all = slices.Delete(all, at, at+1) // two columns of one name need two fields
	}
	return p, nil
}

// isValue reports whether a struct is one value and no row.
func isValue(typ reflect.Type) bool {
	_, ok := stepFor(typ)
	return ok
}

// Types that are not told by their kind.
var (
	typeTime      = reflect.TypeFor[time.Time]()
	typeTimestamp = reflect.TypeFor[Timestamp]()
	typeAddr      = reflect.TypeFor[netip.Addr]()
	typePrefix    = reflect.TypeFor[netip.Prefix]()
	typeRawJSON   = reflect.TypeFor[json.RawMessage]()
	typeScanner   = reflect.TypeFor[sql.Scanner]()
)

// stepFor says how a value becomes a type; ok is false if it cannot.
func stepFor(typ reflect.Type) (s step, ok bool) {
	if s, ok := plainStep(typ); ok {
		return s, true
	}
	switch {
	case isScanner(typ) && !fields.IsNull(typ):
		return step{op: opScan, null: nullScanned, scanner: typ}, true
	case typ.Kind() == reflect.Pointer:
		if s, ok = plainStep(typ.Elem()); !ok && isScanner(typ.Elem()) {
			s, ok = step{op: opScan, scanner: typ.Elem()}, true
		}
		s.null, s.elem = nullNil, typ.Elem()
	case fields.IsNull(typ):
		s, ok = plainStep(typ.Field(0).Type)
		s.null, s.offset, s.valid = nullValid, typ.Field(0).Offset, typ.Field(1).Offset
	}
	return s, ok
}

// isScanner reports whether a struct makes itself of a column.
func isScanner(typ reflect.Type) bool {
	return typ.Kind() == reflect.Struct && reflect.PointerTo(typ).Implements(typeScanner)
}

// plainStep is stepFor for types that have no room for NULL, and slices.
func plainStep(typ reflect.Type) (step, bool) {
	switch typ {
	case typeTime:
		return step{op: opTime}, true
	case typeTimestamp:
		return step{op: opTimestamp}, true
	case typeAddr:
		return step{op: opAddr}, true
	case typePrefix:
		return step{op: opPrefix}, true
	case typeRawJSON:
		return step{op: opBytes, null: nullNil}, true
	}
	switch typ.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return step{op: opInt, size: uint8(typ.Size())}, true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return step{op: opUint, size: uint8(typ.Size())}, true
	case reflect.Float32, reflect.Float64:
		return step{op: opFloat, size: uint8(typ.Size())}, true
	case reflect.Bool:
		return step{op: opBool}, true
	case reflect.String:
		return step{op: opString}, true
	case reflect.Array:
		return step{op: opUUID}, typ.Len() == 16 && typ.Elem().Kind() == reflect.Uint8
	case reflect.Slice:
		return sliceStep(typ.Elem())
	}
	return step{}, false
}

// sliceStep is plainStep for slices.
func sliceStep(elem reflect.Type) (step, bool) {
	s := step{null: nullNil}
	switch elem.Kind() {
	case reflect.Uint8:
		s.op = opBytes
	case reflect.Int32:
		s.op = opInts32
	case reflect.Int64:
		s.op = opInts64
	case reflect.String:
		s.op = opStrings
	case reflect.Float64:
		s.op = opFloats
	case reflect.Bool:
		s.op = opBools
	case reflect.Array:
		if elem.Len() == 16 && elem.Elem().Kind() == reflect.Uint8 {
			s.op = opUUIDs
		}
	}
	return s, s.op != opNone
}

// row decodes a row.
func (p *plan) row(row wire.Row, columns int, base address) error {
	if columns != len(p.steps) {
		return protocolErrorf("a row of %d columns where %d were described", columns, len(p.steps))
	}
	for i := range p.steps {
		v, ok := row.Next()
		if !ok {
			return protocolErrorf("a row is cut short")
		}
		s := &p.steps[i]
		c := &p.desc.Columns[i]
		problem := ""
		if s.null == nullRefused && v != nil {
			problem = s.store(c, v, base, s.offset)
		} else {
			problem = s.storeNullable(c, v, base)
		}
		if problem != "" {
			return fmt.Errorf("pg: column %q: %s", c.Name, problem)
		}
	}
	return nil
}

// storeNullable decodes a value that is NULL, or could be.
func (s *step) storeNullable(c *Column, v []byte, base address) string {
	switch s.null {
	case nullRefused:
		return "NULL does not fit; use a pointer or sql.Null"
	case nullValid:
		*at[bool](base, s.valid) = v != nil
		if v == nil {
			return ""
		}
		return s.store(c, v, base, s.offset)
	case nullScanned:
		return s.store(c, v, base, s.offset)
	}
	if s.elem == nil { // a slice
		if v == nil {
			*at[[]byte](base, s.offset) = nil // all slices have the same shape
			return ""
		}
		return s.store(c, v, base, s.offset)
	}
	if v == nil {
		*at[address](base, s.offset) = nil
		return ""
	}
	fresh := reflect.New(s.elem).UnsafePointer()
	problem := s.store(c, v, fresh, 0)
	*at[address](base, s.offset) = fresh
	return problem
}

// store decodes a value that is not NULL into a field.
func (s *step) store(c *Column, v []byte, base address, offset uintptr) (problem string) {
	switch s.op {
	case opInt:
		var n int64
		if n, problem = readInt(c, v); problem == "" {
			problem = storeInt[int64, int32, int16, int8](base, offset, s.size, n)
		}
	case opString:
		*at[string](base, offset), problem = readString(c, v)
	case opBool:
		*at[bool](base, offset), problem = readBool(c, v)
	case opTime:
		*at[time.Time](base, offset), problem = readTime(c, v)
	case opFloat:
		var f float64
		f, problem = readFloat(c, v)
		if s.size == 4 {
			*at[float32](base, offset) = float32(f)
		} else {
			*at[float64](base, offset) = f
		}
	case opUint:
		var n uint64
		if n, problem = readUint(c, v); problem == "" {
			problem = storeInt[uint64, uint32, uint16, uint8](base, offset, s.size, n)
		}
	case opBytes:
		*at[[]byte](base, offset), problem = readBytes(c, v)
	case opUUID:
		*at[[16]byte](base, offset), problem = readUUID(c, v)
	case opTimestamp:
		*at[Timestamp](base, offset), problem = readTimestamp(c, v)
	case opAddr:
		*at[netip.Addr](base, offset), problem = readAddr(c, v)
	case opPrefix:
		*at[netip.Prefix](base, offset), problem = readPrefix(c, v)
	case opScan:
		problem = s.scan(c, v, base, offset)
	default:
		problem = s.storeArray(c, v, base, offset)
	}
	return problem
}

// scan has a type make itself of a column, on the heap, and copies what it has made: if its method got the field itself, the
// compiler would have to move every row of every type there.
func (s *step) scan(c *Column, v []byte, base address, offset uintptr) string {
	value, err := c.Value(v)
	if err != nil {
		return err.Error()
	}
	fresh := reflect.New(s.scanner)
	if err := fresh.Interface().(sql.Scanner).Scan(value); err != nil {
		return err.Error()
	}
	// SAFETY: see address; the field is of this type.
	reflect.NewAt(s.scanner, unsafe.Add(hidden(base), offset)).Elem().Set(fresh.Elem())
	return ""
}

// hidden is an address that the compiler loses sight of, so that a row may stay on its caller's stack although package reflect
// writes to it.
//
//go:nosplit
func hidden(base address) address {
	x := uintptr(base)
	// SAFETY: Set writes through the address and keeps it nowhere. While it is a number, nothing is called, so that the stack it
	// may point into cannot move.
	return *(*address)(unsafe.Pointer(&x))
}

// storeInt writes an integer into a field of size bytes, if it fits. W is int64 or uint64, and the others are the
// narrower types of its kind.
func storeInt[W, W4, W2, W1 integerField](base address, offset uintptr, size uint8, n W) string {
	fits := true
	switch size {
	case 4:
		*at[W4](base, offset), fits = W4(n), n == W(W4(n))
	case 8:
		*at[W](base, offset) = n
	case 2:
		*at[W2](base, offset), fits = W2(n), n == W(W2(n))
	case 1:
		*at[W1](base, offset), fits = W1(n), n == W(W1(n))
	}
	if !fits {
		return fmt.Sprintf("%d does not fit into %d bytes", n, size)
	}
	return ""
}

// integerField is what a field of a number can be.
type integerField interface {
	int64 | int32 | int16 | int8 | uint64 | uint32 | uint16 | uint8
}

// storeArray decodes an array into a slice.
func (s *step) storeArray(c *Column, v []byte, base address, offset uintptr) (problem string) {
	if _, ok := elements[c.Type]; !ok || c.Format != wire.Binary {
		return cannot(c.Type, "a slice")
	}
	switch s.op {
	case opInts32:
		*at[[]int32](base, offset), problem = readArray(v, func(oid uint32, v []byte) (int32, string) {
			n, problem := readInt(&Column{Type: oid, Format: wire.Binary}, v)
			if problem == "" && n != int64(int32(n)) {
				problem = fmt.Sprintf("%d does not fit into an int32", n)
			}
			return int32(n), problem
		})
	case opInts64:
		*at[[]int64](base, offset), problem = readArray(v, element(readInt))
	case opStrings:
		*at[[]string](base, offset), problem = readArray(v, element(readString))
	case opFloats:
		*at[[]float64](base, offset), problem = readArray(v, element(readFloat))
	case opBools:
		*at[[]bool](base, offset), problem = readArray(v, element(readBool))
	case opUUIDs:
		*at[[][16]byte](base, offset), problem = readArray(v, element(readUUID))
	}
	return problem
}

// element makes a reader of elements from a reader of columns.
func element[T any](read func(*Column, []byte) (T, string)) func(uint32, []byte) (T, string) {
	return func(oid uint32, v []byte) (T, string) { return read(&Column{Type: oid, Format: wire.Binary}, v) }
}
