package store_test

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/store"
	"bouncer/store/storetest"
)

// Reviews must match the entries: a case that ran without its approvals does not leave the list of
// what waits for a review by a changed row.
func TestVerifyComparesReviews(t *testing.T) {
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
	person := func(user string) moderation.Actor { return moderation.Actor{Kind: moderation.ActorPerson, User: user} }
	for i := range int64(2) {
		c, err := s.OpenCase(ctx, command(), moderation.NewCase{
			Case: moderation.Case{
				Token: "t" + strconv.FormatInt(i, 10), Typed: "kick room:1 a spam", Actor: person("U1"), State: moderation.AwaitingApproval,
				Decision: moderation.Decision{Allowed: true, Requirement: moderation.ApprovalRequirement{Approvals: 1, Approvers: []string{"leads"}, TTL: time.Hour}},
				Action:   moderation.Action{Verb: moderation.Kick, Room: moderation.Room{Kind: moderation.KindRoom, ID: "1"}, Targets: []string{"a"}, Reason: "spam"},
			},
			Targets: []moderation.Target{{Seq: 1, ID: "a", Outcome: moderation.Pending}},
		})
		require.NoError(t, err)
		by := person("U2")
		_, err = s.Override(ctx, command(), moderation.ApprovalInput{
			Confirmation: moderation.Confirmation{No: c.No, Body: moderation.Body{Actor: &by, Detail: "raid"}}, By: by,
			ShownCase: moderation.ShownCase{Digest: c.ContentDigest()}, Reason: "raid",
		})
		require.NoError(t, err)
	}
	by := person("U3")
	_, err = s.Review(ctx, command(), moderation.ReviewInput{No: 2, State: moderation.ReviewFlagged, Note: "too harsh", Body: moderation.Body{Actor: &by, Detail: "too harsh"}})
	require.NoError(t, err)
	_, err = s.Verify(ctx)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	for _, change := range []string{
		`DELETE FROM reviews WHERE case_no = 1`,
		`DELETE FROM reviews WHERE case_no = 2`,
		`UPDATE reviews SET state = 'reviewed' WHERE case_no = 1`,
		`UPDATE reviews SET state = 'reviewed' WHERE case_no = 2`,
		`UPDATE reviews SET state = 'due' WHERE case_no = 2`,
		`UPDATE reviews SET note = 'fine' WHERE case_no = 2`,
		`UPDATE reviews SET person = replace(person, 'U3', 'U4') WHERE case_no = 2`,
	} {
		forged(t, path, change, "differs from the log: its review")
	}
}
