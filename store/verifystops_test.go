package store_test

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"
)

// Stops must match the entries: a stopped case sends nothing more, also after its row was changed.
func TestVerifyComparesStops(t *testing.T) {
	t.Parallel()
	path, ctx := filepath.Join(storetest.TempDir(t), "a.db"), t.Context()
	s, err := store.New(ctx, config(path))
	require.NoError(t, err)
	n := 0
	command := func() moderation.Job {
		n++
		require.NoError(t, accept(s, strconv.Itoa(n)))
		jobs, err := s.Claim(ctx, moderation.QueueCommand, 1)
		require.NoError(t, err)
		return jobs[0]
	}
	by := moderation.Actor{Kind: moderation.ActorPerson, User: "U1", Roles: []string{"mods"}}
	for i := range int64(3) {
		c, err := s.OpenCase(ctx, command(), moderation.NewCase{
			Case: moderation.Case{
				Token: "t" + strconv.FormatInt(i, 10), Typed: "kick room:1 a spam", Actor: by, Decision: moderation.Decision{Allowed: true},
				Action: moderation.Action{Verb: moderation.Kick, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}, Targets: []string{"a"}, Reason: "spam"},
			},
			Targets: []moderation.Target{{Seq: 1, ID: "a", Outcome: moderation.Pending}},
		})
		require.NoError(t, err)
		if i == 2 {
			break // runs
		}
		values := map[string]string{"by": "Raj"}
		if i == 1 {
			values = map[string]string{"why": "raid"} // another key than that of the stop before
		}
		_, err = s.Stop(ctx, command(), c.No, moderation.Body{Actor: &by, Code: moderation.CodeStopped, Values: values}, nil)
		require.NoError(t, err)
	}
	_, err = s.Verify(ctx)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	for change, says := range map[string]string{
		`DELETE FROM stops WHERE case_no = 1`:                                                "the stop of case 1 differs from the log: the one from ",
		`UPDATE stops SET case_no = 3 WHERE case_no = 2`:                                     "the stop of case 2 differs from the log: the one from ",
		`INSERT INTO stops SELECT 3, app, team, code, vals, at FROM stops WHERE case_no = 1`: "the stop of case 3 differs from the log: no entry records it",
		`UPDATE stops SET at = at + 1 WHERE case_no = 1`:                                     "the stop of case 1 differs from the log: its time",
		`UPDATE stops SET code = 'suspended' WHERE case_no = 1`:                              "the stop of case 1 differs from the log: its reason",
		`UPDATE stops SET vals = '{"by":"Sam"}' WHERE case_no = 1`:                           "the stop of case 1 differs from the log: its reason",
		`UPDATE stops SET vals = '{}' WHERE case_no = 2`:                                     "the stop of case 2 differs from the log: its reason",
	} {
		forged(t, path, change, says)
	}
}
