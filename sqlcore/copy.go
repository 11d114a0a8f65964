package sqlcore

// COPY: many rows at once, in or out. Entry points: CopyRows, CopyIn, CopyOut.

import (
	"context"
	"io"
	"iter"

	"github.com/covetgo/covet/sqlcore/pg"
)

// CopyRows inserts rows by COPY, in binary, and returns how many. target is a table with the columns to fill, as SQL has
// them; T is a struct with a field for each column, as in [One], or the value of a single column.
//
//	n, err := sqlcore.CopyRows(ctx, db, "item (id, name)", rows)
//
// On a [DB] the rows commit together. The second of a pair is an error of the source: then nothing is inserted.
func CopyRows[T any](ctx context.Context, q Querier, target text, rows iter.Seq2[T, error]) (int64, error) {
	if db, ok := q.(*DB); ok {
		return pg.CopyRows(ctx, db.pool, string(target), rows)
	}
	return pg.CopyRowsTx(ctx, q.(*Tx).tx, string(target), rows)
}

// CopyIn runs COPY … FROM STDIN and sends what r has, in whatever format the statement says. It returns how many rows came.
func CopyIn(ctx context.Context, q Querier, sql text, r io.Reader) (int64, error) {
	if db, ok := q.(*DB); ok {
		return db.pool.CopyIn(ctx, string(sql), r)
	}
	return q.(*Tx).tx.CopyIn(ctx, string(sql), r)
}

// CopyOut runs COPY … TO STDOUT and writes what comes to w. It returns how many rows came.
func CopyOut(ctx context.Context, q Querier, sql text, w io.Writer) (int64, error) {
	if db, ok := q.(*DB); ok {
		return db.pool.CopyOut(ctx, string(sql), w)
	}
	return q.(*Tx).tx.CopyOut(ctx, string(sql), w)
}
