package storetest

import (
	"slices"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

var factsTests = map[string]func(*bench){
	"only cases that ran count against a limit": func(b *bench) {
		none := b.facts(moderation.Action{Verb: moderation.Who})
		require.NotNil(b.t, none.Recent)
		require.Empty(b.t, none.Recent)
		require.Nil(b.t, none.Suspended)
		c := b.requests(asks{verb: moderation.Kick, on: []string{"a", "b"}}, oneMust())
		require.Empty(b.t, b.facts(moderation.Action{Verb: moderation.Kick}).Recent)
		d := b.requests(asks{verb: moderation.Kick, on: []string{"x"}}, oneMust())
		_, err := b.s.Reject(b.ctx, b.command(), d.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
		b.ok(err)
		b.clock.Add(5 * time.Minute)
		b.votes(c, lead)
		at := b.clock.Now()
		b.leaves(asks{verb: moderation.Kick, on: []string{"a"}})
		b.leaves(asks{verb: moderation.Freeze, room: live})
		require.ElementsMatch(b.t, []moderation.PastAction{
			{Verb: moderation.Kick, Target: "a", At: at}, {Verb: moderation.Kick, Target: "b", At: at},
		}, b.facts(moderation.Action{Verb: moderation.Kick}).Recent, "distinct people, of its requester")
		f, err := b.s.Facts(b.ctx, lead, moderation.Action{Verb: moderation.Kick}, 10*time.Minute)
		b.ok(err)
		require.Empty(b.t, f.Recent, "not of the approvers")
		b.clock.Add(10 * time.Minute)
		require.Empty(b.t, b.facts(moderation.Action{Verb: moderation.Kick}).Recent)
		f, err = b.s.Facts(b.ctx, rogue, moderation.Action{Verb: moderation.Kick}, 0)
		b.ok(err)
		require.Nil(b.t, f.Recent, "people are not counted")
	},
	"a decision gets the existing restrictions, their start and their requirement": func(b *bench) {
		c := b.requests(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour}, oneMust())
		c = b.votes(c, lead)
		b.sendsAccepted(b.chunks(c)[0])
		since := b.clock.Now()
		b.clock.Add(50 * time.Minute)
		longer := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		_, failing := b.opens(asks{verb: moderation.Unban, room: live, on: []string{"a"}})
		b.answers(failing[0], b.sends(failing[0], 1).Call, no, failed)
		ban := moderation.Action{Verb: moderation.Ban, Room: live, Targets: []string{"a", "free"}, Duration: time.Minute}
		f := b.facts(ban)
		require.Len(b.t, f.Existing, 2, "the continued restriction keeps its requirement")
		require.Equal(b.t, c.No, f.Existing[1].Case)
		require.Equal(b.t, oneMust(), f.Existing[1].Requirement)
		require.True(b.t, f.Existing[1].Until.Equal(b.clock.Now().Add(time.Hour)), "until all of it has ended")
		st := f.Existing[0]
		require.Equal(b.t, "a", st.Target)
		require.Equal(b.t, moderation.RoomEntry, st.Medium)
		require.Equal(b.t, longer.No, st.Case)
		require.True(b.t, st.Since.Equal(since), "a failed lift does not break the chain")
		require.True(b.t, st.Until.Equal(b.clock.Now().Add(time.Hour)))
		require.Zero(b.t, st.Requirement)
		require.True(b.t, st.LiftedOrShortenedBy(ban, b.clock.Now()))
		require.Equal(b.t, 51*time.Minute, st.Total(ban, b.clock.Now()))
		b.clock.Add(30 * time.Minute)
		_, jobs := b.undoes(longer, "a")
		b.sendsAccepted(jobs[0])
		st = b.facts(ban).Existing[0]
		require.True(b.t, st.Ended, "its own hour is over by now")
		require.True(b.t, st.Since.Equal(since), "an undone restriction counts until its planned end")
		b.clock.Add(40 * time.Minute)
		require.Empty(b.t, b.facts(ban).Existing)
		d := b.votes(b.requests(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour}, oneMust()), lead)
		st = b.facts(ban).Existing[0]
		require.Equal(b.t, oneMust(), st.Requirement)
		require.Equal(b.t, d.No, st.Case)
		require.True(b.t, st.Since.Equal(b.clock.Now()), "a new chain")
		require.Empty(b.t, st.Action.Targets)
		b.suspends(time.Time{})
		require.Equal(b.t, "raid", b.facts(ban).Suspended.Reason)
	},
}

func (b *bench) facts(a moderation.Action) moderation.Facts {
	b.t.Helper()
	f, err := b.s.Facts(b.ctx, rogue, a, 10*time.Minute)
	b.ok(err)
	return f
}

// leaves opens a case without sending it.
func (b *bench) leaves(a asks) {
	b.t.Helper()
	o := b.opening(a)
	o.Jobs = nil
	b.opened(o)
}

func values(m map[string]int64) (out []int64) {
	for _, v := range m {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}
