package say

import (
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

// The first symbol of a card is the state that the case is in now, whatever it
// was before.
func TestTheFirstSymbolIsThePresentState(t *testing.T) {
	counts := func(pairs ...any) map[moderation.Outcome]int {
		m := map[moderation.Outcome]int{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(moderation.Outcome)] = pairs[i+1].(int)
		}
		return m
	}
	done := func(ended string, approval moderation.ApprovalState, pairs ...any) moderation.Case {
		return moderation.Case{State: moderation.Done, Ended: ended, Approval: moderation.ApprovalRequest{State: approval}, Counts: counts(pairs...)}
	}
	yes := []any{moderation.Accepted, 2}
	for name, c := range map[string]struct {
		is   moderation.Case
		want string
	}{
		"asks its author":      {moderation.Case{State: moderation.AwaitingConfirmation}, "❓"},
		"waits":                {moderation.Case{State: moderation.AwaitingApproval}, "⏳"},
		"runs":                 {moderation.Case{State: moderation.Open, Counts: counts(moderation.Pending, 1)}, "▶️"},
		"in force":             {done("", "", yes...), "✅"},
		"in force, approved":   {done("", moderation.ApprovalApproved, yes...), "✅"},
		"in force, overridden": {done("", moderation.ApprovalOverridden, yes...), "🔥"},
		"ended":                {done("lifted", "", yes...), "⌛"},
		"ended, overridden":    {done("lifted", moderation.ApprovalOverridden, yes...), "⌛"},
		"the room is gone":     {done("gone", "", yes...), "⌛"},
		"undone":               {done("undone", moderation.ApprovalApproved, yes...), "↩️"},
		"a newer case decides": {done("superseded", "", yes...), "↪️"},
		"partly failed":        {done("", "", moderation.Accepted, 1, moderation.Failed, 1), "⚠️"},
		"failed":               {done("", "", moderation.Failed, 2), "❌"},
		"failed, overridden":   {done("", moderation.ApprovalOverridden, moderation.Failed, 2), "❌"},
		"unknown":              {done("", "", moderation.Unknown, 1), "⚠️"},
		"denied":               {done("", moderation.ApprovalDenied, moderation.Dropped, 2), "⛔"},
		"withdrawn":            {done("", moderation.ApprovalWithdrawn, moderation.Dropped, 2), "🚫"},
		"nobody decided":       {done("", moderation.ApprovalExpired, moderation.Dropped, 2), "🚫"},
	} {
		require.Equal(t, c.want, icon(c.is), name)
	}
}
