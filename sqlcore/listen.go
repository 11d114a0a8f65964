package sqlcore

// Notifications. Entry point: DB.Listen.

import (
	"context"

	"github.com/covetgo/covet/sqlcore/pg"
)

// Listen listens on channels until ctx, or the DB, ends, over a connection of its own. See [pg.Listener]: a
// notification whose Gap is not nil says that others may have been lost, and that it is time to read the state again.
//
//	l, err := db.Listen(ctx, "orders")
//	for n, err := range l.All(ctx) {
//		…
//	}
func (db *DB) Listen(ctx context.Context, channels ...string) (*pg.Listener, error) {
	return db.pool.Listen(ctx, pg.ListenOptions{}, channels...)
}
