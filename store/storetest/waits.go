package storetest

import (
	"strconv"
	"time"

	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// requesting opens an undo or an extension that needs an approval.
func (b *bench) requesting(o moderation.NewCase) (moderation.Case, error) {
	j := b.command()
	o.Evaluate = func(moderation.Facts) moderation.Decision {
		return moderation.Decision{Allowed: true, Requirement: oneMust()}
	}
	c, err := b.s.OpenCase(b.ctx, j, o)
	if err != nil {
		b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
	}
	return c, err
}

// waitsFor opens a request that waits.
func (b *bench) waitsFor(o moderation.NewCase) moderation.Case {
	b.t.Helper()
	c, err := b.requesting(o)
	b.ok(err)
	require.Equal(b.t, moderation.AwaitingApproval, c.State)
	return c
}

// waitsAlready checks that a request opens nothing, since another one waits.
func (b *bench) waitsAlready(by moderation.Case, o moderation.NewCase) {
	b.t.Helper()
	_, err := b.requesting(o)
	var no *moderation.Error
	require.ErrorAs(b.t, err, &no)
	require.Equal(b.t, moderation.NewError(moderation.CodeAlreadyWaits, "other", strconv.FormatInt(by.No, 10)), no)
}

var waitTests = map[string]func(*bench){
	"a second undo opens nothing while the first one waits": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a", "b", "c"}, last: time.Hour, chunk: 20})
		undo := func(on ...string) moderation.NewCase { return b.change(c, moderation.RelUndo, 0, on...) }
		first := b.waitsFor(undo("a", "b"))
		b.waitsAlready(first, undo("a", "b"))
		b.waitsAlready(first, undo("b"))
		second := b.waitsFor(undo("a", "b", "c")) // c is in no other request
		b.waitsAlready(first, undo("a"))
		b.waitsAlready(second, undo("c"))

		other := b.done(asks{verb: moderation.Ban, room: live, on: []string{"d"}, last: time.Hour})
		b.waitsFor(b.change(other, moderation.RelUndo, 0, "d"))

		lone := undo("a") // a request that needs no approval does not wait for one that does
		lone.Evaluate = func(moderation.Facts) moderation.Decision {
			return moderation.Decision{Allowed: true, Override: true, Requirement: oneMust()}
		}
		require.Equal(b.t, moderation.Open, b.opened(lone).State)
		require.Equal(b.t, moderation.Open, b.opened(undo("b")).State)
	},
	"another person's request waits beside the first": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		by := func(who moderation.Actor, rel moderation.Relation, last time.Duration) moderation.NewCase {
			o := b.change(c, rel, last, "a")
			o.Case.Actor = who
			return o
		}
		home := moderation.Actor{Kind: moderation.ActorPerson, Team: team, User: "U8", EnterpriseUser: "W8"}
		for rel, last := range map[moderation.Relation]time.Duration{moderation.RelUndo: 0, moderation.RelExtend: 2 * time.Hour} {
			b.waitsFor(by(lead, rel, last))
			mine := b.waitsFor(by(home, rel, last))
			away := home
			away.User = "U9" // the same person's other account
			b.waitsAlready(mine, by(away, rel, last))
			_, err := b.s.Reject(b.ctx, b.command(), mine.No, moderation.ApprovalWithdrawn, moderation.Body{Actor: &home})
			b.ok(err)
			b.waitsFor(by(away, rel, last))
		}
	},
	"an undo of a whole room waits once": func(b *bench) {
		c := b.done(asks{verb: moderation.Freeze, room: live, last: time.Hour})
		first := b.waitsFor(b.change(c, moderation.RelUndo, 0))
		b.waitsAlready(first, b.change(c, moderation.RelUndo, 0))
	},
	"a decided or expired request no longer waits": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: 1000 * time.Hour})
		undo := func() moderation.NewCase { return b.change(c, moderation.RelUndo, 0, "a") }
		first := b.waitsFor(undo())
		_, err := b.s.Reject(b.ctx, b.command(), first.No, moderation.ApprovalDenied, moderation.Body{Actor: &lead})
		b.ok(err)
		second := b.waitsFor(undo())
		b.waitsAlready(second, undo())
		b.clock.Add(oneMust().TTL)
		b.waitsFor(undo()) // the job that ends the second one is still to come
	},
	"the same duration waits once, and another one is another request": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a", "b"}, last: time.Hour, chunk: 20})
		extend := func(last time.Duration, on ...string) moderation.NewCase {
			return b.change(c, moderation.RelExtend, last, on...)
		}
		first := b.waitsFor(extend(2*time.Hour, "a", "b"))
		b.waitsAlready(first, extend(2*time.Hour, "a", "b"))
		b.clock.Add(time.Minute)
		b.waitsAlready(first, extend(2*time.Hour, "a", "b"))
		b.waitsAlready(first, extend(2*time.Hour-time.Minute, "a")) // added to the remaining time: the same end
		longer := b.waitsFor(extend(3*time.Hour, "a", "b"))
		b.waitsAlready(longer, extend(3*time.Hour, "a", "b"))
		perm := extend(0, "a", "b")
		perm.Case.Action.Permanent = true
		b.waitsAlready(b.waitsFor(perm), perm)
		undo := b.waitsFor(b.change(c, moderation.RelUndo, 0, "a", "b"))
		b.waitsAlready(undo, b.change(c, moderation.RelUndo, 0, "b"))
	},
	"a late request is compared with those that wait by then": func(b *bench) {
		c := b.done(asks{verb: moderation.Ban, room: live, on: []string{"a"}, last: time.Hour})
		late := b.change(c, moderation.RelUndo, 0, "a")
		late.Case.State = moderation.AwaitingConfirmation
		asking, err := b.requesting(late)
		b.ok(err)
		require.Equal(b.t, moderation.AwaitingConfirmation, asking.State)
		first := b.waitsFor(b.change(c, moderation.RelUndo, 0, "a"))
		j := b.command()
		_, err = b.s.Confirm(b.ctx, j, moderation.Confirmation{No: asking.No})
		require.Equal(b.t, moderation.CodeAlreadyWaits, moderation.CodeOf(err))
		b.ok(b.s.Finish(b.ctx, j, moderation.Change{}))
		require.Equal(b.t, moderation.AwaitingConfirmation, b.caseNo(asking.No).State)
		b.votes(first, lead)
	},
}
