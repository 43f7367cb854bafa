package storetest

import (
	"testing"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// CopyTest runs cases of all sorts on one database, lets copied copy it, and continues on the copy.
// copied gets the folder of the first database and returns that of the second.
func CopyTest(t *testing.T, from, to Database, copied func(dir string) string) {
	b := newBench(t, from)
	muted := b.done(asks{verb: moderation.Mute, on: []string{"alice"}, media: []moderation.Medium{moderation.Audio}, last: time.Hour})
	banned := b.done(asks{verb: moderation.Ban, room: live, on: []string{"bob"}, last: 2 * time.Hour})
	b.does(moderation.Change{Note: &moderation.Note{Target: "alice", By: lea, Text: "你好 = \U0001f9fd"}})
	b.does(moderation.Change{Evidence: &moderation.Evidence{Case: banned.No, By: lea, Author: "U9", Text: "an insult", Link: "https://x.example/1"}})
	undone, _ := b.undoes(b.done(asks{verb: moderation.Ban, room: live, on: []string{"carol"}, last: time.Hour}))
	b.done(asks{verb: moderation.Kick, on: []string{"dave"}})
	b.erases(moderation.ErasureRequest{Target: "dave"})
	flagged := b.done(asks{verb: moderation.Kick, on: []string{"erin"}, sample: 1})
	waiting := b.requests(asks{verb: moderation.Mute, on: []string{"frank"}, media: []moderation.Medium{moderation.Audio}, last: time.Hour}, oneMust())
	head := b.publishes()
	views := map[int64]moderation.CaseView{}
	for no := range waiting.No {
		views[no+1] = b.view(no + 1)
	}
	unsealed := b.requests(asks{verb: moderation.Kick, on: []string{"gus"}}, oneMust())
	before, err := b.s.Backlog(b.ctx)
	b.ok(err)
	next, err := b.s.NextCase(b.ctx)
	b.ok(err)
	b.stop()

	b.dir = copied(b.dir)
	b.open = to
	b.start()
	published, err := b.s.SavedPublishedHead(b.ctx)
	b.ok(err)
	require.Equal(t, head, moderation.LogHead{Number: published.Number, Hash: published.Hash})
	hash, err := b.s.HashOf(b.ctx, head.Number)
	b.ok(err)
	require.Equal(t, head.Hash, hash)
	for no, v := range views {
		require.Equal(t, v, b.view(no), "case %d", no)
	}
	after, err := b.s.Backlog(b.ctx)
	b.ok(err)
	require.Equal(t, before.Jobs, after.Jobs)
	now, err := b.s.NextCase(b.ctx)
	b.ok(err)
	require.Equal(t, next, now)
	b.holds()

	require.Equal(t, moderation.Open, b.votes(waiting, lead).State, "a waiting request is approved")
	require.Equal(t, moderation.Open, b.votes(unsealed, lead).State)
	b.does(moderation.Change{Note: &moderation.Note{Target: "alice", By: lea, Text: "a new id"}})
	require.Contains(t, b.waiting(), flagged.No)
	require.Equal(t, moderation.RelUndo, b.caseNo(undone.No).Action.Relation)
	require.Equal(t, map[string]int64{"alice/audio": muted.No, "frank/audio": waiting.No}, b.inForce(room))
	if to.EndLeases != nil { // of the process that copied
		to.EndLeases(t, b.dir, b.clock.Now())
	}
	b.clock.Add(time.Hour)
	ended := false
	jobs, err := b.s.Claim(b.ctx, moderation.QueueLift, 10)
	b.ok(err)
	for _, j := range jobs {
		if j.Case == muted.No {
			ended = true
			b.answers(j, b.works(j).Call, yes, accepted)
		}
	}
	require.True(t, ended, "the mute ends on time")
	b.holds()
}
