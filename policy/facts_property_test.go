package policy

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"bouncer/moderation"
)

// drawApprovalPolicy draws a policy whose later rules require more, as is usual, with a limit.
func drawApprovalPolicy(t *rapid.T) *Policy {
	head := "approvers: [r2]\n"
	if rapid.Bool().Draw(t, "has a limit") {
		head += fmt.Sprintf("people_limit: [{people: %d, within: 20m, then: %s}]\n", rapid.IntRange(1, 4).Draw(t, "people"),
			rapid.SampledFrom([]string{"approval", "refuse"}).Draw(t, "then"))
	} else {
		head += "people_limit: [{people: 1000, within: 1m}]\n"
	}
	text := head + drawHead(t)
	var drawn *Policy
	for approvals, i := 0, 0; i < 5; i++ {
		name := fmt.Sprintf("rule%d", i)
		longer := text + drawRule(t, name)
		approvals = min(approvals+rapid.IntRange(0, 1).Draw(t, "more approvals"), 3)
		if approvals > 0 {
			longer += fmt.Sprintf("    approvals: %d\n    approvers: [%s]\n", approvals, rapid.SampledFrom([]string{"r1", "r2", "r3"}).Draw(t, "approvers"))
		}
		if p := loadDrawn(t, longer, name); p != nil {
			text, drawn = longer, p
		}
	}
	require.NotNil(t, drawn, "no rule comes before the first")
	return drawn
}

func drawRecent(t *rapid.T) []moderation.PastAction {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) moderation.PastAction {
		return moderation.PastAction{
			Verb:   moderation.Verb(rapid.SampledFrom(drawnVerbs).Draw(t, "verb")),
			Target: rapid.SampledFrom(append([]string{"c", "d", "e"}, drawnTargets...)).Draw(t, "target"),
			At:     now.Add(-time.Duration(rapid.IntRange(0, 30).Draw(t, "minutes ago")) * time.Minute),
		}
	}), 1, 6).Draw(t, "recent")
}

// drawExisting draws a restriction of what the action changes, in its room.
func drawExisting(t *rapid.T, a moderation.Action) moderation.ExistingRestriction {
	verb := a.Verb
	if spec, _ := verb.Spec(); spec.Lifts != "" {
		verb = spec.Lifts
	}
	left := time.Duration(rapid.IntRange(0, 120).Draw(t, "minutes left")) * time.Minute
	s := existing(int64(rapid.IntRange(1, 9).Draw(t, "case")), verb, a.Room.String(), time.Duration(rapid.IntRange(1, 60).Draw(t, "minutes ago"))*time.Minute, left, moderation.ApprovalRequirement{})
	if n := rapid.IntRange(0, 3).Draw(t, "needed"); n > 0 {
		s.Requirement = moderation.ApprovalRequirement{Approvals: n, Approvers: []string{rapid.SampledFrom([]string{"r1", "r2", "gone"}).Draw(t, "by")}}
	}
	return s
}

// Facts about the requester and the targets never make a decision more permissive.
func TestFactsMakeNothingLaxer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawApprovalPolicy(t), drawInput(t)
		q.Facts.At = now
		if rapid.Bool().Draw(t, "some facts already") {
			q.Facts.Recent = drawRecent(t)
			q.Facts.Existing = []moderation.ExistingRestriction{drawExisting(t, q.Action)}
		}
		more := q
		switch rapid.IntRange(0, 2).Draw(t, "what more") {
		case 0:
			more.Facts.Recent = slices.Concat(q.Facts.Recent, drawRecent(t))
		case 1:
			more.Facts.Existing = append(slices.Clone(q.Facts.Existing), drawExisting(t, q.Action))
		case 2:
			more.Facts.Suspended = &moderation.Suspension{}
		}
		before, after := p.Evaluate(q), p.Evaluate(more)
		if after.Allowed {
			require.True(t, before.Allowed, p.Text())
			require.GreaterOrEqual(t, after.Requirement.Approvals, before.Requirement.Approvals, p.Text())
			if before.Requirement.ActNow == 0 {
				require.Zero(t, after.Requirement.ActNow)
			}
		} else if more.Facts.Suspended != nil {
			require.Equal(t, moderation.RefuseSuspended, after.Refusal.Code)
		}
	})
}

// A person who may lift or shorten a restriction could also impose it, and lifting needs no fewer
// approvals than imposing does, or did.
func TestLiftingNeverNeedsLessThanImposing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawApprovalPolicy(t), drawInput(t)
		q.Facts.At = now
		q.Action.Targets = slices.DeleteFunc(q.Action.Targets, func(id string) bool { return id != "a" })
		s := drawExisting(t, q.Action)
		q.Facts.Existing = []moderation.ExistingRestriction{s}
		lifted := p.Evaluate(q)
		if !lifted.Allowed || !s.LiftedOrShortenedBy(q.Action, now) {
			return
		}
		impose := q
		impose.Facts = moderation.Facts{At: now}
		impose.Action = s.Action
		if !s.Until.IsZero() {
			impose.Action.Duration = s.Until.Sub(s.Since)
		}
		d := p.Evaluate(impose)
		require.True(t, d.Allowed, p.Text())
		require.GreaterOrEqual(t, lifted.Requirement.Approvals, d.Requirement.Approvals, p.Text())
		require.GreaterOrEqual(t, lifted.Requirement.Approvals, s.Requirement.Approvals, p.Text())
		require.Zero(t, lifted.Requirement.ActNow)
	})
}
