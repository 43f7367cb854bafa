package store_test

import (
	"context"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// keeper is a process that opens and closes connections as its share says.
type keeper struct {
	share *store.SocketShare
	kept  int
}

func (k *keeper) ask(t require.TestingT) (others int) {
	mine, others, err := k.share.Share(context.Background(), k.kept, k.kept)
	require.NoError(t, err)
	k.kept = mine // it closes the rest, or opens what it may
	return others
}

func TestSocketShares(t *testing.T) {
	clock := storetest.NewClock()
	url := pgtest.URL(t)
	var all []*keeper
	begin := func() *keeper {
		s, err := store.New(t.Context(), store.Config{URL: url, App: 1400000001, Team: "T1", Now: clock.Now})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		k := &keeper{share: s.SocketShare(2)}
		all = append(all, k)
		return k
	}
	settle := func() (kept []int) {
		for range 4 {
			clock.Add(time.Second)
			kept = nil
			for _, k := range all {
				k.ask(t)
				sum := 0
				for _, k := range all {
					sum += k.kept
				}
				require.LessOrEqual(t, sum, 5, "all together, at any time")
				kept = append(kept, k.kept)
			}
		}
		return kept
	}
	for _, want := range [][]int{{2}, {2, 2}, {2, 2, 1}, {2, 1, 1, 1}, {1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 0}} {
		begin()
		require.Equal(t, want, settle())
	}
	require.Equal(t, 4, all[0].ask(t), "what the others have open")
	// One leaves, and one dies: its share is free when its lease ends.
	require.NoError(t, all[2].share.Leave(t.Context()))
	all = append(all[:2], all[3:]...)
	require.Equal(t, []int{1, 1, 1, 1, 1}, settle())
	all = all[1:]
	require.Equal(t, []int{1, 1, 1, 1}, settle())
	clock.Add(moderation.LeaseTime - 4*time.Second)
	require.Equal(t, []int{2, 1, 1, 1}, settle())
	// One that stood still comes back to what the others left for it.
	still := all[0]
	all = all[1:]
	clock.Add(moderation.LeaseTime / 2)
	settle()
	clock.Add(moderation.LeaseTime / 2)
	require.Equal(t, []int{2, 2, 1}, settle())
	still.ask(t)
	require.Zero(t, still.kept)
	all = append(all, still)
	require.Equal(t, []int{2, 1, 1, 1}, settle())
}

// Whatever comes and goes, the connections of those whose lease is valid are at most five.
func TestSocketSharesNeverExceedTheBudget(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	s, err := store.New(t.Context(), store.Config{URL: pgtest.URL(t), App: 1400000001, Team: "T1", Now: clock.Now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	rapid.Check(t, func(t *rapid.T) {
		var all []*keeper
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			clock.Add(100 * time.Millisecond)
			n := rapid.IntRange(0, 9).Draw(t, "what")
			switch {
			case n == 0 || len(all) == 0:
				all = append(all, &keeper{share: s.SocketShare(rapid.IntRange(1, 4).Draw(t, "wanted"))})
			case n == 1:
				k := rapid.IntRange(0, len(all)-1).Draw(t, "who leaves")
				require.NoError(t, all[k].share.Leave(context.Background()))
				all = append(all[:k:k], all[k+1:]...)
			default:
				all[rapid.IntRange(0, len(all)-1).Draw(t, "who asks")].ask(t)
			}
			sum := 0
			for _, k := range all {
				sum += k.kept
			}
			require.LessOrEqual(t, sum, 5)
		}
		for _, k := range all {
			require.NoError(t, k.share.Leave(context.Background()))
		}
	})
}
