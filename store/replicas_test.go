package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/pgtest"
	"bouncer/store/storetest"

	"github.com/stretchr/testify/require"
)

// Only one of the replicas that start on an empty database announces it.
func TestANewDatabaseIsAnnouncedOnce(t *testing.T) {
	all, _ := replicas(t, 3)
	for _, s := range all {
		_, fresh := s.Database()
		require.True(t, fresh)
		require.NoError(t, s.AppendFirst(t.Context(), moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryStart}}}))
	}
	head, err := all[0].Seal(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, head.Number)
}

// Replicas that seal and write at the same time make one chain without gaps.
func TestReplicasSealOneChain(t *testing.T) {
	all, _ := replicas(t, 2)
	const entries = 100
	var wg sync.WaitGroup
	for i, s := range all {
		wg.Go(func() {
			for n := range entries {
				err := s.Append(context.Background(), moderation.Change{Entries: []moderation.NewEntry{{
					Kind: moderation.EntryNotice, Body: moderation.Body{Detail: fmt.Sprint(i, n)},
				}}})
				if err == nil && n%7 == i {
					_, err = s.Seal(context.Background())
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	head, err := all[1].Seal(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2*entries, head.Number)
	for _, s := range all {
		verified, err := s.Verify(t.Context())
		require.NoError(t, err)
		require.Equal(t, head.Number, verified)
	}
}

// An operator may have set another isolation level on the role or the database. In a snapshot from
// before the wait for the lock, a group would not see what the group before it decided.
func TestReplicasDecideOnTheNewestState(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	pgtest.Run(t, url, `DO $$ BEGIN
		EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''repeatable read''', current_database());
	END $$`)
	const turns = 50
	var free atomic.Int64
	var wg sync.WaitGroup
	for range 2 {
		s, err := store.New(t.Context(), store.Config{URL: url, App: 1400000001, Team: "T1"})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		wg.Go(func() {
			for range turns {
				wait, err := s.TakeTurn(context.Background(), moderation.Turn{Key: "k", PerSecond: 0.001, Burst: turns})
				if wait == 0 {
					free.Add(1)
				}
				if err == nil {
					err = s.Append(context.Background(), moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryNotice}}})
				}
				if err == nil {
					_, err = s.Seal(context.Background())
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, turns, free.Load())
}

// A replica that publishes late takes nothing back.
func TestReplicasSaveTheNewestHead(t *testing.T) {
	all, _ := replicas(t, 2)
	require.NoError(t, all[0].SavePublishedHead(t.Context(), moderation.LogHead{Number: 7, Hash: "a7"}))
	require.NoError(t, all[1].SavePublishedHead(t.Context(), moderation.LogHead{Number: 5, Hash: "a5"}))
	for _, s := range all {
		head, err := s.SavedPublishedHead(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 7, head.Number)
		require.Equal(t, "a7", head.Hash)
	}
}

// A database that was replaced under a running process is not written to, and used again when it is
// back.
func TestADatabaseThatIsReplaced(t *testing.T) {
	all, url := replicas(t, 1)
	s := all[0]
	notice := moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryNotice}}}
	id, _ := s.Database()
	pgtest.Run(t, url, "UPDATE meta SET value = 'another' WHERE name = 'id'")
	require.ErrorContains(t, s.Append(t.Context(), notice), "is not the one that this process started on")
	require.ErrorContains(t, s.Ping(t.Context()), "is not the one that this process started on")
	pgtest.Run(t, url, "UPDATE meta SET value = $1 WHERE name = 'id'", id)
	require.NoError(t, s.Append(t.Context(), notice))
	require.NoError(t, s.Ping(t.Context()))
	head, err := s.Seal(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, head.Number)
}

// A server that becomes read-only answers reads, but is not ready; afterwards it is.
func TestAServerThatBecomesReadOnly(t *testing.T) {
	url := pgtest.URL(t)
	s, err := store.New(t.Context(), store.Config{URL: url, App: 1400000001, Team: "T1"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Ping(t.Context()))
	set := func(how string) {
		t.Helper()
		pgtest.ReadOnly(t, url, how)
		pgtest.Run(t, url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	}
	set("on")
	require.ErrorContains(t, s.Ping(t.Context()), "is read-only")
	require.ErrorContains(t, s.Append(t.Context(), moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryNotice}}}), "is read-only")
	_, err = s.Backlog(t.Context())
	require.NoError(t, err)
	pgtest.ReadOnly(t, url, "off")
	require.NoError(t, s.Ping(t.Context()), "it connects again by itself")
	require.NoError(t, s.Append(t.Context(), moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryNotice}}}))
}

// In a rolling upgrade the older version does not carry out what the newer one wrote: it leaves
// jobs and messages to it, and still accepts deliveries.
func TestAnOlderVersionLeavesTheWorkToANewerOne(t *testing.T) {
	all, _ := replicas(t, 2)
	older, newer := all[0], all[1]
	older.Pretend(1)
	n := 0
	queue := func(s *store.Store) {
		n++
		require.NoError(t, s.Append(t.Context(), moderation.Change{
			Jobs:  []moderation.NewJob{{Key: fmt.Sprint("job:", n), Queue: moderation.QueueTimer, Kind: moderation.JobDigest}},
			Lines: []moderation.Line{{Key: fmt.Sprint("line:", n), Channel: "C2", Kind: moderation.EntryNotice, Body: []byte("{}"), Count: 1}},
		}))
	}
	works := func(s *store.Store) (jobs, posts int) {
		list, err := s.Claim(t.Context(), moderation.QueueTimer, 10)
		require.NoError(t, err)
		due, err := s.DuePosts(t.Context(), "C2", "", 10)
		require.NoError(t, err)
		return len(list), len(due)
	}
	queue(older)
	jobs, posts := works(older)
	require.Equal(t, []int{1, 1}, []int{jobs, posts}, "no newer one works yet")
	queue(older)
	queue(newer)
	jobs, posts = works(newer)
	require.Equal(t, []int{2, 2}, []int{jobs, posts})
	queue(older)
	slots := moderation.NewSlots(1)
	older.ServeJobs(moderation.QueueTimer, slots)
	queue(older)
	jobs, posts = works(older)
	require.Equal(t, []int{0, 0}, []int{jobs, posts})
	_, due, err := older.NextDue(t.Context(), moderation.QueueTimer)
	require.NoError(t, err)
	require.False(t, due, "it does not try again and again")
	channels, err := older.DueChannels(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, channels)
	jobs, posts = works(newer)
	require.Equal(t, []int{2, 2}, []int{jobs, posts}, "also what the older one accepted")
}

// Where only a newer version may work, an older one accepts nothing once no newer one has run for a
// minute: as after an upgrade that was taken back.
func TestAnOlderVersionAcceptsNothingWithoutANewerOne(t *testing.T) {
	clock := storetest.NewClock()
	all, _ := replicas(t, 2, func(c *store.Config) { c.Now = clock.Now })
	older, newer := all[0], all[1]
	older.Pretend(1)
	shares := []*store.SocketShare{older.SocketShare(1), newer.SocketShare(1)}
	beat := func(after time.Duration, who ...*store.SocketShare) {
		clock.Add(after)
		for _, w := range who {
			_, _, err := w.Share(t.Context(), 0, 0)
			require.NoError(t, err)
		}
	}
	n := 0
	accepts := func(want error) {
		n++
		done := make(chan error, 1)
		older.Accept(moderation.Delivery{Key: fmt.Sprint("d:", n), Kind: "command", Payload: []byte("{}")}, func(_ bool, err error) { done <- err })
		require.ErrorIs(t, <-done, want)
		_, err := older.AcceptReports(t.Context(), []moderation.NewReport{{ID: fmt.Sprint("r:", n), Target: "troll"}}, 0)
		require.ErrorIs(t, err, want)
		require.ErrorIs(t, older.Ping(t.Context()), want)
	}
	beat(0, shares[1], shares[0])
	beat(time.Hour, shares[0])
	accepts(nil) // no newer one has worked: this one carries it out
	_, err := newer.Claim(t.Context(), moderation.QueueTimer, 1)
	require.NoError(t, err)
	beat(0, shares[1], shares[0])
	accepts(nil)
	beat(50*time.Second, shares[0])
	accepts(nil)
	beat(20*time.Second, shares[0])
	accepts(store.ErrNewerMissing)
	beat(time.Second, shares[1], shares[0])
	accepts(nil)
	require.NoError(t, shares[1].Leave(t.Context()))
	beat(50*time.Second, shares[0])
	accepts(nil)
	beat(11*time.Second, shares[0])
	accepts(store.ErrNewerMissing)
}
