package policy

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func TestAuthorize(t *testing.T) {
	p := loadApproval(t)
	need := moderation.ApprovalRequirement{Approvals: 1, Approvers: []string{"chiefs"}, EscalateTo: []string{"leads"}, OverrideRoles: []string{"chiefs"}}
	for name, c := range map[string]struct {
		right     Right
		person    moderation.Person
		escalated bool
		code      moderation.Code
		values    map[string]string
	}{
		"an approver":                    {RightApprove, person("UX", "SCHIEFS"), false, "", nil},
		"not yet asked":                  {RightApprove, person("ULEAD"), false, moderation.RefuseNotApprover, map[string]string{"roles": "chiefs"}},
		"asked next":                     {RightApprove, person("ULEAD"), true, "", nil},
		"never asked":                    {RightApprove, person("UMOD"), true, moderation.RefuseNotApprover, map[string]string{"roles": "chiefs,leads"}},
		"an approver who is a guest":     {RightApprove, moderation.Person{User: "UCHIEF", Guest: true}, false, moderation.RefuseGuest, nil},
		"a stranger in the group":        {RightApprove, moderation.Person{User: "UX", External: true, Groups: []string{"SCHIEFS"}}, false, moderation.RefuseExternalPerson, nil},
		"alone":                          {RightOverride, person("UCHIEF"), false, "", nil},
		"alone, without the right":       {RightOverride, person("ULEAD"), true, moderation.RefuseNoOverride, nil},
		"a reviewer":                     {RightReview, person("ULEAD"), false, "", nil},
		"no reviewer":                    {RightReview, person("UMOD"), false, moderation.RefuseNotReviewer, nil},
		"a suspender":                    {RightSuspend, person("ULEAD"), false, "", nil},
		"approver of something, through": {RightSuspend, moderation.Person{User: "UX", EnterpriseUser: "UCHIEF"}, false, "", nil},
		"no suspender":                   {RightSuspend, person("UMOD"), false, moderation.RefuseNotSuspender, nil},
		"a right that is none":           {Right("all"), person("UCHIEF"), true, moderation.RefuseNoRole, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := p.Authorize(c.right, c.person, need, c.escalated)
			require.Equal(t, p.Hash(), d.Policy)
			require.Equal(t, c.code == "", d.Allowed)
			if c.code == "" {
				require.Nil(t, d.Refusal)
				require.NotEmpty(t, d.Roles)
				require.NotEmpty(t, d.Via)
				return
			}
			require.Equal(t, c.code, d.Refusal.Code)
			require.Equal(t, c.values, d.Refusal.Values)
		})
	}
	require.Equal(t, moderation.RefuseNoRole, (&Policy{}).Authorize("", person("U1"), need, true).Refusal.Code)
	require.False(t, (&Policy{}).Authorize(RightApprove, person("U1"), need, true).Allowed)
}

func TestReviewSettings(t *testing.T) {
	p := loadApproval(t)
	require.Equal(t, []string{"chiefs", "leads"}, p.Approvers())
	require.Equal(t, p.Approvers(), p.Reviewers())
	require.Zero(t, p.ReviewShare())
	_, _, _, ok := p.Digest()
	require.False(t, ok)

	p = load(t, "reviewers: [mods]\nreview_sample: 12.5%\ndigest: '09:05 Asia/Singapore'")
	require.Equal(t, []string{"mods"}, p.Reviewers())
	require.Empty(t, p.Approvers())
	require.True(t, p.Authorize(RightReview, person("U1"), moderation.ApprovalRequirement{}, false).Allowed)
	require.False(t, p.Authorize(RightReview, person("U2"), moderation.ApprovalRequirement{}, false).Allowed)
	require.InDelta(t, 0.125, p.ReviewShare(), 1e-9)
	hour, minute, zone, ok := p.Digest()
	require.True(t, ok)
	require.Equal(t, "01:05", time.Date(2026, 1, 2, hour, minute, 0, 0, zone).UTC().Format("15:04"))
	require.Zero(t, load(t, "review_sample: 0%").ReviewShare())
	require.InDelta(t, 1, load(t, "review_sample: 100%").ReviewShare(), 1e-9)
}

func TestWarnings(t *testing.T) {
	require.Empty(t, load(t, "").Warnings())
	require.Equal(t, []string{"the policy names no approvers: what needs an approval is refused"}, load(t, "approvers: [none]\npeople_limit: [{people: 5, within: 1h}]").Warnings())
	require.Equal(t, []string{"role none may approve but has no members"}, load(t, "approvers: [mods, none]\npeople_limit: [{people: 5, within: 1h}]").Warnings())
	p, err := Load("p.yaml", []byte(head), Options{PeopleLimit: 60})
	require.NoError(t, err)
	require.Len(t, p.Warnings(), 1, "the people limit of the settings has no approver")
}
