// Package pg is a client for PostgreSQL: sessions, and a pipeline that concurrent callers share. Package sqlcore, one
// level up, is what most programs want; it puts types on top of this.
//
// A [Pool] has three lanes. Reads share connections and Syncs: the server answers many in one go, and it enforces
// that they only read. Writes share connections, each with a Sync, and so a transaction, of its own. Transactions, COPY,
// and results that are read row by row, have a connection for themselves while they last: a [Session]. So has each [Listener],
// beside the pool.
//
// What may be sent again, is: what the server skipped, what was never sent, and reads. Nothing else is ever sent
// twice: [ConnError] tells whether a statement may have run.
//
// Read in this order: config.go and dsn.go (where to connect), dial.go, login.go and scram.go (getting in), call.go,
// conn.go, lead.go and replies.go (the pipeline: the heart of it), socket_unix.go and lookout.go (how its socket is used),
// lane.go and pool.go (which connection), stmt.go (statements and their descriptions), encode.go, decode.go, array.go,
// plan.go and valuer.go (values), pinned.go, cancel.go, rows.go and tx.go (sessions and transactions), batch.go (several
// statements in one go), copy.go, copyrows.go and copybinary.go (COPY), listen.go and ident.go (notifications),
// connector.go and value.go (what a driver for database/sql needs). Each by itself: passfile.go and target.go (which
// password, which host), pooler.go (behind pgbouncer), hooks.go (traces, metrics).
package pg
