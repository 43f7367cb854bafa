package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// notices writes entries that name a person.
func notices(t *testing.T, s *store.Store, n int, who string) {
	t.Helper()
	var c moderation.Change
	for i := range n {
		c.Entries = append(c.Entries, moderation.NewEntry{Kind: moderation.EntryNotice, Body: moderation.Body{
			Targets: []string{who, "other"}, Detail: fmt.Sprint(who, " again, ", i),
		}})
	}
	require.NoError(t, s.Append(t.Context(), c))
}

// logText returns all bodies of entries without a case.
func logText(t *testing.T, s *store.Store) (text string) {
	t.Helper()
	entries, err := s.Entries(t.Context(), 0, 0)
	require.NoError(t, err)
	for _, e := range entries {
		text += string(e.Body) + "\n"
	}
	return text
}

// A person is erased while other replicas write and seal, in many transactions.
func TestErasingBesideAReplica(t *testing.T) {
	t.Parallel()
	all, _ := replicas(t, 2)
	notices(t, all[0], 1234, "troll7")
	_, err := all[0].Seal(t.Context())
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			err := all[0].Append(context.WithoutCancel(ctx), moderation.Change{Entries: []moderation.NewEntry{{
				Kind: moderation.EntryNotice, Body: moderation.Body{Targets: []string{"somebody"}},
			}}})
			if err == nil {
				_, err = all[0].Seal(context.WithoutCancel(ctx))
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	did, err := all[1].Erase(t.Context(), moderation.ErasureRequest{Target: "troll7", By: moderation.Actor{Kind: moderation.ActorCommand}})
	stop()
	wg.Wait()
	require.NoError(t, err)
	require.Equal(t, 1234, did.Entries)
	text := logText(t, all[0])
	require.NotContains(t, text, "troll7")
	require.Contains(t, text, did.Marker)
	require.Contains(t, text, "other")
	_, err = all[0].Seal(t.Context())
	require.NoError(t, err)
	_, err = all[0].Verify(t.Context())
	require.NoError(t, err)
	erasures, err := all[0].Erasures(t.Context())
	require.NoError(t, err)
	named := 0
	for _, e := range erasures {
		require.False(t, e.Forged)
		named += e.Entries
	}
	require.Equal(t, 1234, named)
}

// An erasure that was interrupted leaves a valid log, and is finished by another one.
func TestAnInterruptedErasureIsRepeated(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"SQLite": filepath.Join(storetest.TempDir(t), "b.db"), "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			s := open(t, url)
			notices(t, s, 500, "troll7")
			_, err := s.Seal(t.Context())
			require.NoError(t, err)
			broken := errors.New("interrupted")
			commits := 0
			s.OnCommit(func(int) error {
				if commits++; commits > 3 {
					return broken
				}
				return nil
			})
			_, err = s.Erase(t.Context(), moderation.ErasureRequest{Target: "troll7"})
			require.ErrorIs(t, err, broken)
			s.OnCommit(nil)
			_, err = s.Verify(t.Context())
			require.NoError(t, err)
			require.Contains(t, logText(t, s), "troll7")
			did, err := s.Erase(t.Context(), moderation.ErasureRequest{Target: "troll7"})
			require.NoError(t, err)
			require.Equal(t, 300, did.Entries, "the rest")
			require.NotContains(t, logText(t, s), "troll7")
			_, err = s.Verify(t.Context())
			require.NoError(t, err)
		})
	}
}
