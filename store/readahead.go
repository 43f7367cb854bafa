package store

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// pipelined passes the items that read emits to check, in order and so many at once, so that reading
// and checking use a processor each. It returns the first error.
func pipelined[T any](ctx context.Context, size int, read func(emit func(T) error) error, check func(T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	batches := make(chan []T, 2)
	g.Go(func() error {
		defer close(batches)
		var batch []T
		send := func() error {
			select {
			case batches <- batch:
				batch = make([]T, 0, size)
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		err := read(func(one T) error {
			if batch = append(batch, one); len(batch) < size {
				return nil
			}
			return send()
		})
		if err != nil {
			return err
		}
		return send()
	})
	g.Go(func() error {
		for batch := range batches {
			for _, one := range batch {
				if err := check(one); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return g.Wait()
}
