package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/commands"
	"bouncer/moderation"
	"bouncer/policy"
)

// Every step declares what is read first, who may use it and what it does; a
// button with any other step is forged.
func TestEveryStepIsAuthorized(t *testing.T) {
	steps := (&Bot{}).newSteps()
	for key, s := range steps {
		require.NotNil(t, s.read, key)
		require.NotNil(t, s.authorize, key)
		require.NotNil(t, s.do, key)
		if s.wrong != nil || s.sealed || s.waiting {
			require.True(t, strings.HasPrefix(key, string(commands.StepCase)+"."), "%s: only steps of a case have modals to submit", key)
		}
	}
	for _, key := range []string{"draft.undo", "draft.approve", "line.run", "case.reviews", "cases.run", "list.run", "find.run"} {
		require.NotContains(t, steps, key)
	}
}

// A modal is requested at the click, except for an undo that was already
// confirmed and carries a digest.
func TestWhichButtonsOpenAModal(t *testing.T) {
	b := &Bot{}
	b.steps = b.newSteps()
	id := strings.Repeat("a", 32)
	for _, c := range []struct {
		step commands.Step
		want bool
	}{
		{commands.Step{Kind: commands.StepCase, ID: id, Step: commands.StepShowAll}, true},
		{commands.Step{Kind: commands.StepCase, ID: id, Step: commands.StepUndo}, true},
		{commands.Step{Kind: commands.StepCase, ID: id, Step: commands.StepUndo, Digest: id}, false},
		{commands.Step{Kind: commands.StepCase, ID: id, Step: commands.StepApprove}, false},
		{commands.Step{Kind: commands.StepLine, ID: id, Step: commands.StepReviews}, true},
		{commands.Step{Kind: commands.StepDraft, ID: id, Step: commands.StepShowAll}, false},
	} {
		require.Equal(t, c.want, b.opensModal(c.step.ActionID(), c.step.Value()), c.step.Value())
	}
}

// in is a directory with one channel, whose people are all members.
type in struct {
	answers
	channel moderation.Channel
}

func (d *in) Channel(context.Context, string, time.Duration) (moderation.Channel, error) {
	return d.channel, nil
}

// Where external people can read, or soon will, no click does anything, also
// none without a verb, such as an approval or a withdrawal.
func TestNoClickWhereExternalPeopleRead(t *testing.T) {
	pol, err := policy.FromLists([]string{"U1MOD"}, nil, nil, 0)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		channel moderation.Channel
		code    moderation.Code
	}{
		"our own":            {moderation.Channel{ID: "C1", Member: true}, ""},
		"shared":             {moderation.Channel{ID: "C1", Member: true, Shared: true}, moderation.RefuseExternalChannel},
		"about to be shared": {moderation.Channel{ID: "C1", Member: true, PendingShared: true}, moderation.RefuseExternalChannel},
	} {
		t.Run(name, func(t *testing.T) {
			b := &Bot{cfg: Config{
				Store: rights{}, People: &in{channel: c.channel}, Policy: func() *policy.Policy { return pol }, AppID: "A1", Workspace: policy.Workspace{Team: "T1"},
			}}
			v, err := b.clicker(t.Context(), asker{App: "A1", Team: "T1", Channel: "C1", User: "U1MOD"})
			require.NoError(t, err)
			if c.code == "" {
				require.Nil(t, v.decision.Refusal)
				return
			}
			require.NotNil(t, v.decision.Refusal)
			require.Equal(t, c.code, v.decision.Refusal.Code)
		})
	}
}
