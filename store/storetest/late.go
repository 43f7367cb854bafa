package storetest

import (
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// What was asked late is asked about, and decided once it is confirmed.
var lateTests = map[string]func(*bench){
	"what was asked late to run alone does so once it is confirmed": func(b *bench) {
		o := b.judged(asks{verb: moderation.Kick, on: []string{"a"}, asking: true}, moderation.Decision{Allowed: true, Need: twoMust, Alone: true})
		c, err := b.s.Open(b.ctx, b.command(), o)
		b.ok(err)
		require.Equal(b.t, moderation.Asking, c.State)
		require.Nil(b.t, c.Glass, "nothing ran")
		_, keys := b.due(audit)
		require.Empty(b.t, keys)
		c, err = b.s.Confirm(b.ctx, b.command(), b.voting(c, rogue).Confirmation)
		b.ok(err)
		require.Equal(b.t, moderation.Open, c.State)
		require.Equal(b.t, moderation.ApprovalGlass, c.Approval.State)
		require.Equal(b.t, rogue, c.Glass.By)
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryAsked, moderation.EntryGlass, moderation.EntryAgain}, b.kinds(c.No))
		b.claim(moderation.QueueCall)
	},
	"what was asked late and needs an approval waits once it is confirmed": func(b *bench) {
		c, err := b.s.Open(b.ctx, b.command(), b.judged(asks{verb: moderation.Kick, on: []string{"a"}, asking: true}, moderation.Decision{Allowed: true, Need: oneMust()}))
		b.ok(err)
		require.Equal(b.t, moderation.Asking, c.State)
		b.stale(func(j moderation.Job) (moderation.Case, error) { return b.s.Vote(b.ctx, j, b.voting(c, lead)) })
		b.clock.Add(5 * time.Minute)
		c, err = b.s.Confirm(b.ctx, b.command(), b.voting(c, rogue).Confirmation)
		b.ok(err)
		require.Equal(b.t, moderation.Waiting, c.State)
		require.True(b.t, c.Approval.Expires.Equal(b.clock.Now().Add(10*time.Minute)))
		b.none(moderation.QueueCall)
		require.Equal(b.t, []moderation.EntryKind{moderation.EntryAsked, moderation.EntryAgain}, b.kinds(c.No))
		c = b.votes(c, lead)
		require.Equal(b.t, moderation.Open, c.State)
		// An outage between the yes and the run asks its requester, not the approvers.
		c, err = b.s.Ask(b.ctx, b.claim(moderation.QueueCall), c.No, nil)
		b.ok(err)
		c, err = b.s.Confirm(b.ctx, b.command(), b.voting(c, rogue).Confirmation)
		b.ok(err)
		require.Equal(b.t, moderation.Open, c.State)
		require.Equal(b.t, 1, b.count(c.No, moderation.EntryApproved))
	},
	"what was asked late is weighed anew when it is confirmed": func(b *bench) {
		c, _ := b.opens(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour, asking: true})
		b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: 24 * time.Hour})
		cf := b.voting(c, rogue).Confirmation
		no := &moderation.Error{Code: moderation.RefuseFreer}
		cf.Weighing = moderation.Weighing{Lookback: time.Hour, Judge: func(f moderation.Facts) moderation.Decision {
			require.Len(b.t, f.Stands, 1)
			require.NotEmpty(b.t, f.Recent)
			return moderation.Decision{Refusal: no}
		}}
		press := b.command()
		_, err := b.s.Confirm(b.ctx, press, cf)
		require.Equal(b.t, moderation.RefuseFreer, moderation.CodeOf(err))
		require.Equal(b.t, moderation.Asking, b.caseNo(c.No).State, "nothing was changed")
		cf.Judge = func(moderation.Facts) moderation.Decision {
			return moderation.Decision{Allowed: true, Need: oneMust()}
		}
		c, err = b.s.Confirm(b.ctx, press, cf)
		b.ok(err)
		require.Equal(b.t, moderation.Waiting, c.State)
		require.True(b.t, c.Decision.Need.Asks())
		require.Equal(b.t, c, b.caseNo(c.No))
		c = b.votes(c, lead)
		require.Equal(b.t, moderation.Open, c.State)
	},
}
