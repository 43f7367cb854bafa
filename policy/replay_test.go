package policy

import (
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// log builds past cases a minute apart; each step changes the newest one.
type log struct{ cases []moderation.Case }

func (l *log) asked(user string, wait time.Duration, a moderation.Action, via ...string) *moderation.Case {
	at := now
	if n := len(l.cases); n > 0 {
		at = l.cases[n-1].AskedAt.Add(wait)
	}
	l.cases = append(l.cases, moderation.Case{
		No: int64(len(l.cases) + 1), Action: a, AskedAt: at, State: moderation.Done, Origin: moderation.Origin{Channel: "C1"},
		Actor: moderation.Actor{Kind: moderation.ActorPerson, User: user, Via: append([]string{user}, via...)},
	})
	return &l.cases[len(l.cases)-1]
}

func (l *log) all() iter.Seq2[moderation.Case, error] {
	return func(yield func(moderation.Case, error) bool) {
		for _, c := range l.cases {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func TestReplay(t *testing.T) {
	p := loadApproval(t)
	one := moderation.ApprovalRequirement{Approvals: 1}
	var l log
	l.asked("UMOD", 0, action("mute", "room:1", 30*time.Minute, "a", "b", "c"))                             // 1 allowed
	l.asked("UMOD", time.Minute, action("mute", "room:1", 30*time.Minute, "c", "d", "e"))                   // 2 allowed: five people
	l.asked("UMOD2", time.Minute, action("mute", "room:1", 30*time.Minute, "f"))                            // 3 allowed: another person's count
	l.asked("UMOD", time.Minute, action("mute", "room:1", 30*time.Minute, "f"))                             // 4 now needs approval: the sixth
	l.asked("UMOD", 20*time.Minute, action("mute", "room:1", 30*time.Minute, "g"))                          // 5 allowed: long after
	l.asked("UX", 0, action("ban", "live:x", 30*time.Hour, "a"), "SLEADS")                                  // 6 now needs approval, by the chiefs
	l.asked("UMOD", time.Minute, action("unban", "live:x", 0, "a"))                                         // 7 refused: longer than this person may restrict
	l.asked("UX", time.Minute, action("unban", "live:x", 0, "a"), "SLEADS")                                 // 8 allowed: not restricted since 7
	l.asked("UX", 0, action("ban", "live:x", 30*time.Hour, "b"), "SLEADS")                                  // 9 needs approval, denied
	l.asked("UX", 0, action("unban", "live:x", 0, "b"), "SLEADS")                                           // 10 allowed: nothing was restricted
	l.asked("UGONE", 0, action("kick", "room:1", 0, "a"))                                                   // 11 refused
	l.asked("UMOD", 0, action("mute", "room:1", 5*time.Minute, "z")).Action.Relation = moderation.RelActNow // 12 skipped
	l.asked("", 0, action("unmute", "room:1", 0, "z")).Actor.Kind = moderation.ActorSystem                  // 13 skipped
	l.cases[8].Decision.Requirement, l.cases[8].Approval.State = one, moderation.ApprovalDenied
	l.cases[0].Decision.Requirement = one // the policy of that time required it
	sum, err := p.Replay(l.all())
	require.NoError(t, err)
	require.Equal(t, 11, sum.Cases)
	require.Equal(t, 2, sum.Skipped)
	require.Equal(t, []int{6, 3, 2}, []int{sum.Allowed, sum.NeedApproval, sum.Refused})
	type differs struct {
		no              int64
		happened, would Answer
	}
	var got []differs
	for _, d := range sum.Differences {
		got = append(got, differs{d.Case.No, d.Was, d.Now})
		require.Equal(t, d.Now == AnswerRefused, d.Decision.Refusal != nil)
	}
	require.Equal(t, []differs{
		{1, AnswerNeedsApproval, AnswerAllowed}, {4, AnswerAllowed, AnswerNeedsApproval}, {6, AnswerAllowed, AnswerNeedsApproval}, {7, AnswerAllowed, AnswerRefused}, {11, AnswerAllowed, AnswerRefused},
	}, got)
	require.Equal(t, moderation.RequireForPeople, sum.Differences[1].Decision.Requirement.Why)
	require.Equal(t, moderation.RefuseLifting, sum.Differences[3].Decision.Refusal.Code)
}

// A restriction ends when it expires, and one that continues another counts from its beginning.
func TestReplayTracksRestrictions(t *testing.T) {
	p := loadApproval(t)
	var l log
	l.asked("UMOD", 0, action("ban", "live:x", 20*time.Hour, "a"))
	l.asked("UMOD", 10*time.Hour, action("ban", "live:x", 20*time.Hour, "a")) // 30 hours in total
	l.asked("UMOD", 21*time.Hour, action("ban", "live:x", 20*time.Hour, "a"))
	l.asked("UMOD", time.Hour, action("unban", "live:x", 0, "a"))
	sum, err := p.Replay(l.all())
	require.NoError(t, err)
	require.Len(t, sum.Differences, 1)
	require.Equal(t, int64(2), sum.Differences[0].Case.No)
	require.Equal(t, moderation.RefuseTooLong, sum.Differences[0].Decision.Refusal.Code)
	require.Equal(t, 3, sum.Allowed)
}

func TestReplayEndsWithItsSource(t *testing.T) {
	broken := errors.New("the store is gone")
	var l log
	l.asked("UMOD", 0, action("kick", "room:1", 0, "a"))
	sum, err := loadApproval(t).Replay(func(yield func(moderation.Case, error) bool) {
		if yield(l.cases[0], nil) {
			yield(moderation.Case{}, broken)
		}
	})
	require.ErrorIs(t, err, broken)
	require.Equal(t, 1, sum.Cases)
}
