package store_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"
)

// Suspensions must match the entries: nobody gets rights back by a changed row, also after the log
// was cut.
func TestVerifyComparesSuspensions(t *testing.T) {
	t.Parallel()
	path, ctx := filepath.Join(storetest.TempDir(t), "a.db"), t.Context()
	clock := storetest.NewClock()
	c := config(path)
	c.Now = clock.Now
	s, err := store.New(ctx, c)
	require.NoError(t, err)
	n := 0
	command := func() moderation.Job {
		n++
		clock.Add(time.Minute)
		require.NoError(t, accept(s, strconv.Itoa(n)))
		jobs, err := s.Claim(ctx, moderation.QueueCommand, 1)
		require.NoError(t, err)
		return jobs[0]
	}
	chief := moderation.Actor{Kind: moderation.ActorPerson, User: "U9"}
	suspend := func(user string, last time.Duration) {
		t.Helper()
		end := time.Time{}
		if last > 0 {
			end = clock.Now().Add(last)
		}
		_, err := s.Suspend(ctx, command(), moderation.NewSuspension{Who: moderation.Actor{User: user}, By: chief, Reason: "raid", Until: end})
		require.NoError(t, err)
	}
	suspend("U1", 0)
	suspend("U2", time.Hour)
	suspend("U2", 24*time.Hour) // replaces it
	suspend("U3", 0)
	_, err = s.Unsuspend(ctx, command(), moderation.Unsuspension{Who: moderation.Actor{User: "U3"}, Body: moderation.Body{Actor: &chief}})
	require.NoError(t, err)
	_, err = s.Verify(ctx)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	for change, says := range map[string]string{
		`DELETE FROM suspensions WHERE id = 1`:              "the one of U1 from",
		`DELETE FROM suspensions WHERE id = 4`:              "the one of U3 from",
		`DELETE FROM suspensions`:                           "the one of U1 from",
		`UPDATE suspensions SET ended_at = at WHERE id = 1`: "suspension 1 differs from the log: its end",
		`UPDATE suspensions SET ended_at = (SELECT ended_at FROM suspensions WHERE id = 4) WHERE id = 1`:                                    "suspension 1 differs from the log: its end",
		`UPDATE suspensions SET ended_at = (SELECT ended_at FROM suspensions WHERE id = 2) WHERE id = 1`:                                    "suspension 1 differs from the log: its end",
		`UPDATE suspensions SET ended_at = 0 WHERE id = 2`:                                                                                  "suspension 2 differs from the log: its end",
		`UPDATE suspensions SET ended_at = 0 WHERE id = 4`:                                                                                  "the one of U3 ended at",
		`UPDATE suspensions SET until_at = 1 WHERE id = 1`:                                                                                  "suspension 1 differs from the log: its duration",
		`UPDATE suspensions SET until_at = until_at - 1 WHERE id = 3`:                                                                       "suspension 3 differs from the log: its duration",
		`UPDATE suspensions SET actor = replace(actor, 'U1', 'U5') WHERE id = 1`:                                                            "suspension 1 differs from the log: its person",
		`UPDATE suspensions SET by_actor = replace(by_actor, 'U9', 'U1') WHERE id = 1`:                                                      "suspension 1 differs from the log: its author",
		`UPDATE suspensions SET reason = 'a mistake' WHERE id = 1`:                                                                          "suspension 1 differs from the log: its reason",
		`UPDATE suspensions SET actor = replace(actor, 'U1', 'erased:1') WHERE id = 1`:                                                      "suspension 1 differs from the log: its person",
		`UPDATE suspensions SET at = at + 1 WHERE id = 1`:                                                                                   "suspension 1 differs from the log: its time",
		`INSERT INTO suspensions SELECT 5, app, team, replace(actor, 'U1', 'U6'), by_actor, reason, at, 0, 0 FROM suspensions WHERE id = 1`: "differs from the log",
	} {
		forged(t, path, change, says)
	}
}

// forged changes a copy of a database by hand, and expects that a verification finds it.
func forged(t *testing.T, path, change, says string) {
	t.Helper()
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	copied := filepath.Join(storetest.TempDir(t), "b.db")
	require.NoError(t, os.WriteFile(copied, whole, 0o600))
	require.Positive(t, storetest.Tamper(t, copied, change), change)
	s := open(t, copied)
	_, err = s.Verify(t.Context())
	require.ErrorContains(t, err, says, change)
	require.NoError(t, s.Close())
}
