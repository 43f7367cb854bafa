package storetest

import (
	"strconv"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

var actNowTests = map[string]func(*bench){
	"an act-now that is denied before it was sent is never sent": func(b *bench) {
		n := oneMust()
		n.ActNow = 10 * time.Minute
		for _, on := range []asks{{verb: moderation.Mute, on: []string{"a"}, last: time.Hour}, {verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour}} {
			o := b.deciding(on, moderation.Decision{Allowed: true, Rule: "raid", Requirement: n})
			request := b.opened(o)
			now := b.caseNo(request.No + 1)
			jobs := b.chunks(now)
			_, err := b.s.Reject(b.ctx, b.command(), request.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
			b.ok(err)
			require.True(b.t, b.begin(jobs[0], 1).Done)
			g := b.view(now.No).Targets[0]
			require.Equal(b.t, moderation.Superseded, g.Outcome)
			require.Equal(b.t, strconv.FormatInt(request.No, 10), g.Values["case"])
			require.Empty(b.t, b.allDone(time.Hour), "nothing is taken back")
			require.Empty(b.t, b.inForce(room))
			require.Empty(b.t, b.inForce(live))
		}
	},
	"denied act-nows of one request are taken back with one call": func(b *bench) {
		n := oneMust()
		n.ActNow = 10 * time.Minute
		ban := asks{verb: moderation.Ban, room: live, on: []string{"a", "b", "c"}, chunk: 3, last: time.Hour}
		o := b.deciding(ban, moderation.Decision{Allowed: true, Rule: "raid", Requirement: n})
		older := b.done(asks{verb: moderation.Ban, room: live, on: []string{"c"}})
		request := b.opened(o)
		now := b.caseNo(request.No + 1)
		b.sendsAccepted(b.chunks(now)[0])
		_, err := b.s.Reject(b.ctx, b.command(), request.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
		b.ok(err)
		require.Len(b.t, b.inForce(live), 3, "until it was done")
		said := b.allDone(0)
		require.Len(b.t, said, 2)
		require.Equal(b.t, moderation.Unban, said[0].Verb)
		require.Equal(b.t, []string{"a", "b"}, said[0].Targets)
		require.Equal(b.t, moderation.Ban, said[1].Verb)
		require.True(b.t, said[1].Permanent)
		require.Equal(b.t, []string{"c"}, said[1].Targets)
		require.Equal(b.t, map[string]int64{"c/entrance": older.No}, b.inForce(live))
		require.Equal(b.t, "undone", b.caseNo(now.No).Ended)
		require.Equal(b.t, 2, b.count(now.No, moderation.EntryLifted))
		require.Empty(b.t, b.allDone(time.Hour))
	},
	"denied act-now mutes are taken back one by one": func(b *bench) {
		n := oneMust()
		n.ActNow = 10 * time.Minute
		mute := asks{verb: moderation.Mute, on: []string{"a", "b"}, last: time.Hour}
		o := b.deciding(mute, moderation.Decision{Allowed: true, Rule: "raid", Requirement: n})
		request := b.opened(o)
		now := b.caseNo(request.No + 1)
		for _, j := range b.chunks(now) {
			b.sendsAccepted(j)
		}
		_, err := b.s.Reject(b.ctx, b.command(), request.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
		b.ok(err)
		b.clock.Add(time.Minute)
		backlog, err := b.s.Backlog(b.ctx)
		b.ok(err)
		require.Equal(b.t, 2, backlog.Overdue, "they restrict for longer than they may")
		said := b.allDone(0)
		require.Len(b.t, said, 2)
		for _, r := range said {
			require.Len(b.t, r.Targets, 1)
			require.Equal(b.t, moderation.MuteNone, r.IsMute)
		}
		require.Equal(b.t, "undone", b.caseNo(now.No).Ended)
	},
	"taking back waits for the answer to an end in flight": func(b *bench) {
		n := oneMust()
		n.ActNow = time.Minute
		mute := asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour}
		o := b.deciding(mute, moderation.Decision{Allowed: true, Rule: "raid", Requirement: n})
		request := b.opened(o)
		now := b.caseNo(request.No + 1)
		b.sendsAccepted(b.chunks(now)[0])
		b.clock.Add(time.Minute)
		end, began := b.lifts()
		_, err := b.s.Reject(b.ctx, b.command(), request.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
		b.ok(err)
		meanwhile, err := b.s.Claim(b.ctx, moderation.QueueLift, 10)
		b.ok(err)
		require.NotEmpty(b.t, meanwhile)
		for range 2 {
			for _, j := range meanwhile {
				waits := b.works(j)
				require.NotZero(b.t, waits.Wait)
				require.Zero(b.t, waits.Call)
			}
		}
		b.answers(end, began.Call, yes, accepted)
		calls := b.view(now.No).Calls
		require.Equal(b.t, moderation.VendorAccepted, calls[len(calls)-1].Outcome, "the answer came, and is kept")
		for _, j := range meanwhile {
			require.True(b.t, b.works(j).Done)
		}
		require.Empty(b.t, b.inForce(room))
		b.none(moderation.QueueLift)
	},
	"act now, confirm later": func(b *bench) {
		n := oneMust()
		n.ActNow = 10 * time.Minute
		ask := func() (waits, now moderation.Case) {
			o := b.deciding(asks{verb: moderation.Mute, on: []string{"a"}, last: time.Hour}, moderation.Decision{Allowed: true, Rule: "raid", Requirement: n})
			waits = b.opened(o)
			return waits, b.caseNo(waits.No + 1)
		}
		waits, now := ask()
		require.Equal(b.t, moderation.AwaitingApproval, waits.State)
		require.Equal(b.t, moderation.Open, now.State)
		require.Equal(b.t, waits.No, now.Action.RelatedCase)
		require.Equal(b.t, moderation.RelActNow, now.Action.Relation)
		require.Empty(b.t, now.Approval.State)
		require.Equal(b.t, "raid", now.Decision.Rule)
		require.Equal(b.t, now.No, b.inForce(room)["a/audio"])
		b.sendsAccepted(b.chunks(now)[0])
		require.Equal(b.t, moderation.RelActNow, b.view(waits.No).Related[0].Rel)
		require.Zero(b.t, b.view(now.No).Earlier, "the waiting request has done nothing")

		waits = b.votes(waits, lead)
		shown := b.caseNo(now.No).Version
		b.sendsAccepted(b.chunks(waits)[0])
		require.Greater(b.t, b.caseNo(now.No).Version, shown, "its card has no buttons any more")
		require.Empty(b.t, b.allDone(10*time.Minute), "approval makes it last")
		require.Equal(b.t, waits.No, b.inForce(room)["a/audio"])
		require.NotEmpty(b.t, b.allDone(time.Hour))
		require.Empty(b.t, b.inForce(room))

		waits, now = ask()
		b.sendsAccepted(b.chunks(now)[0])
		_, err := b.s.Reject(b.ctx, b.command(), waits.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
		b.ok(err)
		require.Equal(b.t, now.No, b.inForce(room)["a/audio"])
		require.Len(b.t, b.allDone(10*time.Minute), 1, "it ends at its time")
		require.Empty(b.t, b.inForce(room))

		waits, now = ask()
		b.sendsAccepted(b.chunks(now)[0])
		waits = b.votes(waits, lead)
		b.sendsAccepted(b.chunks(waits)[0])
		_, jobs := b.undoes(waits, "a")
		require.Empty(b.t, b.inForce(room), "the whole of it is undone")
		require.Equal(b.t, moderation.MuteNone, b.sendsAccepted(jobs[0]).IsMute)
	},
}
