package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// Bodies are erased because of their age beside everything else that reads or rewrites the log, by
// two replicas where there can be two: each verification and export sees an intact log.
func TestRetentionBesideOtherWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url      string
		replicas int
	}{
		"sqlite":   {filepath.Join(storetest.TempDir(t), "a.db"), 1},
		"postgres": {pgtest.URL(t), 2},
	} {
		t.Run(name, func(t *testing.T) {
			clock := storetest.NewClock()
			cfg := config(c.url)
			cfg.Now, cfg.Retention = clock.Now, 30*24*time.Hour
			var all []*store.Store
			for range c.replicas {
				s, err := store.New(t.Context(), cfg)
				require.NoError(t, err)
				all = append(all, s)
			}
			s := all[0]
			const old = 700
			var change moderation.Change
			for n := range old {
				change.Entries = append(change.Entries, moderation.NewEntry{Kind: moderation.EntryNotice, Body: moderation.Body{
					Detail: fmt.Sprint("about troll", n%3), Person: fmt.Sprint("troll", n%3),
				}})
			}
			require.NoError(t, s.Append(t.Context(), change))
			clock.Add(31 * 24 * time.Hour)
			entry(t, s, "young")
			exported(t, s)
			clock.Add(24 * time.Hour) // when it looks again
			readOnly := cfg
			readOnly.Retention = 0
			reader, err := store.OpenReadOnly(t.Context(), readOnly)
			require.NoError(t, err)

			bodies := func(has string) (n int) {
				require.NoError(t, reader.Export(context.Background(), store.LogRange{}, func(store.LogExcerpt) error { return nil }, func(e *store.LoggedEntry) error {
					if strings.Contains(string(e.Body), has) {
						n++
					}
					return nil
				}))
				return n
			}
			ctx, stop := context.WithCancel(t.Context())
			var beside, work sync.WaitGroup
			for _, do := range []func() error{
				func() error { _, err := reader.Verify(context.Background()); return err },
				func() error { bodies(""); return nil },
				func() error {
					_, err := s.Digest(context.Background(), clock.Now().Add(-24*time.Hour), clock.Now())
					return err
				},
			} {
				beside.Go(func() {
					for ctx.Err() == nil {
						if err := do(); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			for _, s := range all {
				work.Go(func() {
					for range 12 {
						if _, err := s.Seal(context.Background()); err != nil {
							t.Error(err)
						}
					}
				})
			}
			work.Go(func() {
				if _, err := s.Erase(context.Background(), moderation.ErasureRequest{Target: "troll1", By: moderation.Actor{Kind: moderation.ActorCommand}}); err != nil {
					t.Error(err)
				}
			})
			work.Wait()
			stop()
			beside.Wait()
			_, err = reader.Verify(t.Context())
			require.NoError(t, err)
			require.Zero(t, bodies("about"))
			require.Equal(t, 1, bodies("young"))
			require.Equal(t, 1, bodies(`"pruned":{"number":700`), "one replica records it")
			for _, s := range append(all, reader) {
				require.NoError(t, s.Close())
			}
		})
	}
}
