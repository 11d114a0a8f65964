package sqlcore

// COPY: many rows at once, in or out, over PostgreSQL itself. Entry points: CopyRows, CopyIn, CopyOut.

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/covetgo/covet/sqlcore/pg"
)

// errCopy is for databases behind package database/sql, which has no words for COPY.
var errCopy = fmt.Errorf("%w: COPY is for a DB that Open has made", ErrUnsupported)

// CopyRows inserts rows by COPY, in binary, and returns how many. target is a table with the columns to fill, as SQL has
// them; T is a struct with a field for each column, as in [One], or the value of a single column.
//
//	n, err := sqlcore.CopyRows(ctx, db, "item (id, name)", rows)
//
// On a [DB] the rows commit together. The second of a pair is an error of the source: then nothing is inserted.
func CopyRows[T any](ctx context.Context, q Querier, target text, rows iter.Seq2[T, error]) (n int64, err error) {
	db, tx, err := native(q)
	switch {
	case err != nil:
		return 0, err
	case db != nil:
		n, err = pg.CopyRows(ctx, db, string(target), rows)
	default:
		n, err = pg.CopyRowsTx(ctx, tx, string(target), rows)
	}
	return n, failure(err)
}

// CopyIn runs COPY … FROM STDIN and sends what r has, in whatever format the statement says. It returns how many rows came.
func CopyIn(ctx context.Context, q Querier, sql text, r io.Reader) (n int64, err error) {
	db, tx, err := native(q)
	switch {
	case err != nil:
		return 0, err
	case db != nil:
		n, err = db.CopyIn(ctx, string(sql), r)
	default:
		n, err = tx.CopyIn(ctx, string(sql), r)
	}
	return n, failure(err)
}

// CopyOut runs COPY … TO STDOUT and writes what comes to w. It returns how many rows came.
func CopyOut(ctx context.Context, q Querier, sql text, w io.Writer) (n int64, err error) {
	db, tx, err := native(q)
	switch {
	case err != nil:
		return 0, err
	case db != nil:
		n, err = db.CopyOut(ctx, string(sql), w)
	default:
		n, err = tx.CopyOut(ctx, string(sql), w)
	}
	return n, failure(err)
}

// native is the pool or the transaction below, one of them, if it is PostgreSQL's own.
func native(q Querier) (*pg.Pool, *pg.Tx, error) {
	if q.driver() != nil {
		return nil, nil, errCopy
	}
	if db, ok := q.(*DB); ok {
		return db.pool, nil, nil
	}
	return nil, q.(*Tx).tx, nil
}
