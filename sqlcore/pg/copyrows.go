package pg

// Rows of Go's types for COPY, in its binary form: the plans by which results are decoded (plan.go), the other way round.
// Entry point: CopyRows.

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"github.com/covetgo/covet/sqlcore/wire"
)

// CopyRows inserts rows into a table, by COPY in binary, in a transaction of its own, and returns how many. target is the
// table with the columns to fill, as SQL has them: "item (id, name)". T is a struct with a field for each column, found as
// for results, or for a single column its value. The second of a pair is an error of the source: it ends the COPY, which
// then inserts nothing.
func CopyRows[T any](ctx context.Context, p *Pool, target string, rows iter.Seq2[T, error]) (n int64, err error) {
	err = p.Tx(ctx, TxOptions{Attempts: 1}, func(tx *Tx) error { // rows cannot be had twice
		n, err = CopyRowsTx(ctx, tx, target, rows)
		return err
	})
	if err != nil {
		n = 0
	}
	return n, err
}

// CopyRowsTx is [CopyRows] in a transaction. rows must not use it.
func CopyRowsTx[T any](ctx context.Context, tx *Tx, target string, rows iter.Seq2[T, error]) (int64, error) {
	if tx.ended {
		return 0, ErrTxDone
	}
	n, err := copyRows(ctx, tx.s, target, rows)
	tx.note(err)
	return n, err
}

// copyRows asks for the columns' types and sends the rows. To ask locks the table against changes of its types until the
// transaction ends: a row in binary that was meant for another type might fit all the same.
func copyRows[T any](ctx context.Context, s *Session, target string, rows iter.Seq2[T, error]) (int64, error) {
	d, err := s.describeTarget(ctx, target)
	if err != nil {
		return 0, err
	}
	p, err := newPlan(d, reflect.TypeFor[T]())
	if err != nil {
		return 0, err
	}
	return s.copyIn(ctx, "COPY "+target+" FROM STDIN (FORMAT binary)", func(to *copySink) error {
		to.buf = append(to.buf, wire.CopyBinaryHeader...)
		var params wire.Params
		for value, err := range rows {
			if err == nil {
				err = encodeRow(p, &params, &value)
			}
			if err != nil {
				return err
			}
			to.buf = append(to.buf, params.Buf[formatsBytes(len(p.steps)):]...)
			if len(to.data()) >= copyBufferBytes {
				if err := to.flush(); err != nil {
					return err
				}
			}
		}
		to.buf = append(to.buf, wire.CopyBinaryTrailer...)
		return nil
	})
}

// describeTarget asks for the types of the columns.
func (s *Session) describeTarget(ctx context.Context, target string) (*Desc, error) {
	table, columns, found := strings.Cut(target, "(")
	columns, rest, closed := strings.Cut(columns, ")")
	if !found || !closed || strings.TrimSpace(rest) != "" {
		return nil, fmt.Errorf("pg: COPY into %q: want a table and its columns, as in item (id, name)", target)
	}
	stmt, err := s.Statement("SELECT " + columns + " FROM " + table)
	if err != nil {
		return nil, err
	}
	return s.describeAnew(ctx, stmt)
}

// formatsBytes is what stands before the values in a list of parameters, without their count, which a row of COPY has,
// too.
func formatsBytes(n int) int { return 2 + 2*n }

// encodeRow writes a row as parameters, all in binary. p was made for T.
func encodeRow[T any](p *plan, params *wire.Params, row *T) error {
	params.Reset(len(p.steps))
	base := addressOf(row)
	for i := range p.steps {
		c := &p.desc.Columns[i]
		start := len(params.Buf)
		problem := p.steps[i].encode(params, i, c.Type, base)
		if problem == "" && params.Buf[formatsBytes(i)+1] != byte(wire.Binary) && !isText(c.Type) {
			problem = textToBinary(params, start, c.Type)
		}
		if problem != "" {
			return fmt.Errorf("pg: column %q, of type %s: %s", c.Name, typeName(c.Type), problem)
		}
	}
	if !params.OK() {
		return errTooLong
	}
	return nil
}

// encode writes a field.
func (s *step) encode(p *wire.Params, i int, oid uint32, base address) string {
	offset := s.offset
	switch {
	case s.null == nullValid && !*at[bool](base, s.valid), s.elem != nil && *at[address](base, offset) == nil:
		p.Null()
		return ""
	case s.elem != nil:
		base, offset = *at[address](base, offset), 0
	}
	switch s.op {
	case opInt:
		return encodeInt(p, i, oid, loadInt[int64, int32, int16, int8](base, offset, s.size))
	case opUint:
		if n := loadInt[uint64, uint32, uint16, uint8](base, offset, s.size); n <= math.MaxInt64 {
			return encodeInt(p, i, oid, int64(n))
		}
		return "the number is out of range"
	case opString:
		encodeString(p, i, oid, *at[string](base, offset))
	case opBool:
		return encodeBool(p, i, oid, *at[bool](base, offset))
	case opFloat:
		if s.size == 4 {
			return encodeFloat(p, i, oid, float64(*at[float32](base, offset)))
		}
		return encodeFloat(p, i, oid, *at[float64](base, offset))
	case opBytes:
		encodeBytes(p, i, oid, *at[[]byte](base, offset))
	case opTime:
		return encodeTime(p, i, oid, *at[time.Time](base, offset))
	case opTimestamp:
		return encodeTimestamp(p, i, oid, *at[Timestamp](base, offset))
	case opUUID:
		encodeUUID(p, i, oid, *at[[16]byte](base, offset))
	case opAddr:
		p.Begin()
		p.Buf = at[netip.Addr](base, offset).AppendTo(p.Buf)
		p.End()
	case opPrefix:
		p.Begin()
		p.Buf = at[netip.Prefix](base, offset).AppendTo(p.Buf)
		p.End()
	default:
		return s.encodeSlice(p, i, oid, base, offset)
	}
	return ""
}

// encodeSlice writes an array.
func (s *step) encodeSlice(p *wire.Params, i int, oid uint32, base address, offset uintptr) string {
	switch s.op {
	case opInts32:
		return encodeArray(p, i, oid, *at[[]int32](base, offset), intElement)
	case opInts64:
		return encodeArray(p, i, oid, *at[[]int64](base, offset), intElement)
	case opStrings:
		return encodeArray(p, i, oid, *at[[]string](base, offset), stringElement)
	case opFloats:
		return encodeArray(p, i, oid, *at[[]float64](base, offset), floatElement)
	case opBools:
		return encodeArray(p, i, oid, *at[[]bool](base, offset), boolElement)
	case opUUIDs:
		return encodeArray(p, i, oid, *at[[][16]byte](base, offset), uuidElement)
	}
	return "it cannot be sent"
}

// loadInt reads an integer from a field of size bytes: storeInt, the other way round.
func loadInt[W, W4, W2, W1 integerField](base address, offset uintptr, size uint8) W {
	switch size {
	case 4:
		return W(*at[W4](base, offset))
	case 2:
		return W(*at[W2](base, offset))
	case 1:
		return W(*at[W1](base, offset))
	}
	return *at[W](base, offset)
}

// encodeTimestamp writes a time, or an end of time, which has the largest number.
func encodeTimestamp(p *wire.Params, i int, oid uint32, t Timestamp) string {
	if t.Infinity == 0 {
		return encodeTime(p, i, oid, t.Time)
	}
	p.Begin()
	switch {
	case oid == oidDate && t.Infinity > 0:
		p.Buf = binary.BigEndian.AppendUint32(p.Buf, math.MaxInt32)
	case oid == oidDate:
		p.Buf = binary.BigEndian.AppendUint32(p.Buf, 1<<31)
	case oid != oidTimestamp && oid != oidTimestamptz:
		return "it has no infinity"
	case t.Infinity > 0:
		p.Buf = binary.BigEndian.AppendUint64(p.Buf, math.MaxInt64)
	default:
		p.Buf = binary.BigEndian.AppendUint64(p.Buf, 1<<63)
	}
	p.End()
	p.SetFormat(i, wire.Binary)
	return ""
}
