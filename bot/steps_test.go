package bot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/commands"
)

// Every step says what is read first, who may use it and what it does; a button
// with another one was never made by this bot.
func TestEveryStepIsAuthorized(t *testing.T) {
	steps := (&Bot{}).newSteps()
	for key, s := range steps {
		require.NotNil(t, s.read, key)
		require.NotNil(t, s.who, key)
		require.NotNil(t, s.do, key)
		if s.wrong != nil || s.sealed || s.waiting {
			require.True(t, strings.HasPrefix(key, string(commands.StepCase)+"."), "%s: only steps of a case have modals to submit", key)
		}
	}
	for _, key := range []string{"draft.drop", "draft.approve", "line.run", "case.reviews", "cases.run", "list.run", "find.csv"} {
		require.NotContains(t, steps, key)
	}
}

// A modal is asked for at the click, except for an undo that was confirmed
// already, which carries a seal.
func TestWhichButtonsOpenAModal(t *testing.T) {
	b := &Bot{}
	b.steps = b.newSteps()
	id := strings.Repeat("a", 32)
	for _, c := range []struct {
		step commands.Step
		want bool
	}{
		{commands.Step{Kind: commands.StepCase, ID: id, Step: commands.StepView}, true},
		{commands.Step{Kind: commands.StepCase, ID: id, Step: commands.StepUndo}, true},
		{commands.Step{Kind: commands.StepCase, ID: id, Step: commands.StepUndo, Seal: id}, false},
		{commands.Step{Kind: commands.StepCase, ID: id, Step: commands.StepApprove}, false},
		{commands.Step{Kind: commands.StepLine, ID: id, Step: commands.StepReviews}, true},
		{commands.Step{Kind: commands.StepDraft, ID: id, Step: commands.StepView}, false},
	} {
		require.Equal(t, c.want, b.opensModal(c.step.ActionID(), c.step.Value()), c.step.Value())
	}
}
