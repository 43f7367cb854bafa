package store

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
)

// eraseAtOnce is how many parts of a table an erasure searches at the same time: half of the
// connections, so that others read too.
const eraseAtOnce = readConnections / 2

// inParts searches the ids after one up to another in parts at the same time, and returns what
// search found, in order.
func inParts[T any](ctx context.Context, after, upTo int64, search func(ctx context.Context, after, upTo int64) ([]T, error)) ([]T, error) {
	found := make([][]T, eraseAtOnce)
	g, ctx := errgroup.WithContext(ctx)
	step := (upTo - after) / eraseAtOnce
	for i := range found {
		from, to := after+int64(i)*step, after+int64(i+1)*step
		if i == len(found)-1 {
			to = upTo
		}
		g.Go(func() (err error) {
			found[i], err = search(ctx, from, to)
			return err
		})
	}
	err := g.Wait()
	return slices.Concat(found...), err
}
