package moderation_test

import (
	"testing"

	"bouncer/commands"
	"bouncer/moderation"

	"github.com/stretchr/testify/require"
)

// The order of the buttons is that of the names that they have.
func TestFoldClickKeepsTheStrongest(t *testing.T) {
	order := []string{commands.StepOverride, commands.StepApprove, commands.StepDeny, commands.StepStop, commands.StepUndo, commands.StepExtend, commands.StepReviewed}
	click := func(step, no string) moderation.Body {
		return moderation.Body{Detail: step, Values: map[string]string{"case": no}}
	}
	for i, strong := range order {
		for _, weak := range order[i+1:] {
			want := map[string]string{"case": "2", "cases": "1 2", "others": "yes"}
			require.Equal(t, moderation.Body{Detail: strong, Values: want}, click(strong, "1").FoldClick(click(weak, "2")))
			require.Equal(t, moderation.Body{Detail: strong, Values: want}, click(weak, "1").FoldClick(click(strong, "2")))
		}
		require.Equal(t, map[string]string{"case": "1", "cases": "1"}, click(strong, "1").FoldClick(click(strong, "1")).Values)
	}
}

func TestCuriousClick(t *testing.T) {
	click := moderation.Body{Actor: &moderation.Actor{User: "U1"}, Detail: commands.StepApprove}
	for code, curious := range map[moderation.Code]bool{
		moderation.RefuseGuest: true, moderation.RefuseNoRole: true, moderation.RefuseNotApprover: true, moderation.RefuseNotReviewer: true,
		moderation.RefuseExternalPerson: false, moderation.RefuseOwnCase: false,
	} {
		click.Code, click.Involved = code, false
		require.Equal(t, curious, click.CuriousClick(), code)
		click.Involved = true
		require.False(t, click.CuriousClick(), code)
	}
}

func TestInvolves(t *testing.T) {
	asker, approver := moderation.Actor{User: "U1", EnterpriseUser: "W1"}, moderation.Actor{User: "U2"}
	c := moderation.Case{Actor: asker}
	c.Approval.Approvals = []moderation.Approval{{By: approver}}
	require.True(t, c.Involves(moderation.Actor{User: "U9", EnterpriseUser: "W1"}))
	require.True(t, c.Involves(approver))
	require.False(t, c.Involves(moderation.Actor{User: "U3"}))
	require.False(t, moderation.Case{}.Involves(moderation.Actor{}))
}
