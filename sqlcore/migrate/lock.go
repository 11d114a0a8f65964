package migrate

// One process at a time. The lock is the session's, so it is let go of when the process is gone, and not before its last
// statement has ended at the server: what is found then stands still.

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// LockClass is the first key of the advisory lock, "cove" in ASCII; the second is [LockKey] of the table.
const LockClass int32 = 0x636f7665

// LockKey is the second key of the advisory lock: FNV-1a of "schema.table", without its highest bit. Sets of migrations
// with tables of their own do not wait for each other.
func LockKey(schema, table string) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(schema + "." + table)) // it cannot fail
	return int32(h.Sum32() &^ (1 << 31))
}

const (
	lockPollMin = 20 * time.Millisecond // doubles, and is drawn from its half to itself
	lockPollMax = time.Second
)

// lock takes the advisory lock, or waits. It asks again and again instead of waiting at the server: a session that
// waits there holds a snapshot, and CREATE INDEX CONCURRENTLY waits until everybody's older snapshot is gone. The two
// would wait for each other.
func (w *worker) lock(ctx context.Context) error {
	key := LockKey(w.schema, w.table)
	limit := time.Now().Add(w.options.LockWait)
	for wait := lockPollMin; ; wait = min(2*wait, lockPollMax) {
		got, err := query[bool](ctx, w, "SELECT pg_try_advisory_lock($1::int4, $2::int4)", LockClass, key)
		if err != nil {
			return err
		}
		if got[0] {
			w.options.Log(Event{Kind: LockTaken})
			return nil
		}
		if wait == lockPollMin {
			w.options.Log(Event{Kind: LockWaited, Holder: w.holder(ctx, key)})
		}
		if time.Now().After(limit) {
			return problemf(ErrLocked, "the lock was not free within %v; it is held by %s. If that process is gone, its last statement may still run at the server: pg_terminate_backend ends it",
				w.options.LockWait, w.holder(ctx, key))
		}
		select {
		case <-time.After(wait/2 + rand.N(wait/2)):
		case <-ctx.Done():
			return fmt.Errorf("migrate: while waiting for the lock: %w", context.Cause(ctx))
		}
	}
}

// held makes sure, in the transaction in hand, that the lock is this session's still: a file may let go of all that its
// session holds, and a pooler that nobody told of may have changed the server.
func (w *worker) held(ctx context.Context) error {
	got, err := query[bool](ctx, w, `SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
		AND pid = pg_catalog.pg_backend_pid() AND classid::int8 = $1::int8 AND objid::int8 = $2::int8)`, int64(LockClass), int64(LockKey(w.schema, w.table)))
	if err == nil && !got[0] {
		err = problemf(ErrLocked, "the lock is not this session's any more: a file has let go of it (pg_advisory_unlock_all), or a pooler is in between")
	}
	return err
}

// unlock lets go of the lock at once; the server would, a moment after the session has ended.
func (w *worker) unlock(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endSlack)
	defer cancel()
	_ = w.exec(ctx, "SELECT pg_advisory_unlock($1::int4, $2::int4)", LockClass, LockKey(w.schema, w.table)) // see above
}

// holder tells who has the lock, as far as can be told.
func (w *worker) holder(ctx context.Context, key int32) string {
	list, err := query[string](ctx, w, `
		SELECT format('process %s of the server (%s, from %s, since %s; %s: %s)', a.pid, a.application_name,
			coalesce(a.client_addr::text, 'a local socket'), a.backend_start::timestamp(0), a.state, left(a.query, 200))
		FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid::int8 = $1::int8 AND l.objid::int8 = $2::int8
			AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`, int64(LockClass), int64(key))
	if err != nil || len(list) == 0 {
		return "somebody who has just let go of it"
	}
	return list[0]
}
