package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"
)

// Reports must match the entries: nobody makes one vanish from the list by a changed row.
func TestVerifyComparesReports(t *testing.T) {
	t.Parallel()
	path, ctx := filepath.Join(storetest.TempDir(t), "a.db"), t.Context()
	s, err := store.New(ctx, config(path))
	require.NoError(t, err)
	for _, target := range []string{"open", "over"} {
		_, err := s.AcceptReports(ctx, []moderation.NewReport{{
			ID: target, Reporter: "kim", Target: target, Reason: "hate", Channel: "C1", Room: moderation.Room{Kind: moderation.KindLive, ID: "show"},
		}}, time.Hour)
		require.NoError(t, err)
	}
	waiting, _, err := s.WaitingReports(ctx, "C1", 2)
	require.NoError(t, err)
	require.NoError(t, accept(s, "dismiss"))
	jobs, err := s.Claim(ctx, moderation.QueueCommand, 1)
	require.NoError(t, err)
	over := waiting[0].Token
	if waiting[0].Target != "over" {
		over = waiting[1].Token
	}
	require.NoError(t, s.DismissReport(ctx, jobs[0], over, moderation.Body{Actor: &moderation.Actor{Kind: moderation.ActorPerson, User: "U1"}}, moderation.Change{}))
	_, err = s.Verify(ctx)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	for change, says := range map[string]string{
		`UPDATE reports SET state = 'dismissed' WHERE target = 'open'`: `the report of "open" in "live:show" differs from the log: its state`,
		`UPDATE reports SET state = 'decided' WHERE target = 'open'`:   "its state",
		`UPDATE reports SET state = 'open' WHERE target = 'over'`:      "its state",
		`UPDATE reports SET target = 'other' WHERE target = 'open'`:    "its person",
		`UPDATE reports SET room = 'live:other' WHERE target = 'open'`: "its room",
		`UPDATE reports SET reason = 'fun' WHERE target = 'open'`:      "its reason",
		`UPDATE reports SET token = 'forged' WHERE target = 'open'`:    "no entry records it",
	} {
		forged(t, path, change, says)
	}
}
