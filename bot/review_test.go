package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
)

// stack is a store with the cases of one message.
type stack struct {
	Store
	nos []int64
}

func (s *stack) LineCases(context.Context, string) ([]int64, error) { return s.nos, nil }

func (s *stack) Case(_ context.Context, no int64) (moderation.Case, error) {
	return moderation.Case{No: no, Token: fmt.Sprintf("%032x", no), Action: moderation.Action{Verb: moderation.Kick}}, nil
}

// Each case behind a message is on exactly one page of its list; a page after
// the last is the last.
func TestPagesOfAMessagesCases(t *testing.T) {
	token := strings.Repeat("0", 32)
	for _, n := range []int{1, say.ReviewsOnPage, say.ReviewsOnPage + 1, 130} {
		s := &stack{}
		for i := range n {
			s.nos = append(s.nos, int64(i+1))
		}
		b := &Bot{cfg: Config{Store: s, Speaker: say.New(say.Config{})}}
		seen := map[string]int{}
		pages := say.ReviewPages(n)
		for page := range pages {
			step := commands.Step{Kind: commands.StepLine, ID: token, Step: commands.StepPage, Page: page}
			m, err := b.linePage(t.Context(), step, "C1", moderation.Actor{User: "U5"}, say.EN)
			require.NoError(t, err)
			require.LessOrEqual(t, len(m.View.Blocks.BlockSet), 100)
			here, channel, err := commands.ParseMetadata(m.View.PrivateMetadata)
			require.NoError(t, err)
			require.Equal(t, step, here, "the page that is to be shown anew")
			require.Equal(t, "C1", channel)
			for _, c := range s.nos {
				if shown := fmt.Sprintf("case.reviewed/%032x", c); strings.Contains(jsonOf(t, m), shown) {
					seen[shown]++
				}
			}
		}
		require.Len(t, seen, n)
		for _, times := range seen {
			require.Equal(t, 1, times)
		}
		beyond, err := b.linePage(t.Context(), commands.Step{Kind: commands.StepLine, ID: token, Step: commands.StepPage, Page: commands.MaxPage}, "C1", moderation.Actor{User: "U5"}, say.EN)
		require.NoError(t, err)
		here, _, err := commands.ParseMetadata(beyond.View.PrivateMetadata)
		require.NoError(t, err)
		require.Equal(t, pages-1, here.Page)
	}
}

func jsonOf(t *testing.T, m say.Modal) string {
	t.Helper()
	return string(blocksJSON(m.View.Blocks.BlockSet))
}

// People with a stake in a case cannot review it.
func TestWhoMayReview(t *testing.T) {
	actor := func(user string) moderation.Actor {
		return moderation.Actor{Kind: moderation.ActorPerson, User: user, EnterpriseUser: "E" + user}
	}
	c := moderation.Case{
		No: 7, Actor: actor("U1"), Approval: moderation.ApprovalRequest{Approvals: []moderation.Approval{{By: actor("U2")}}},
		Override: &moderation.Override{By: actor("U3")}, Review: moderation.Review{State: moderation.ReviewFlagged, By: actor("U4")},
	}
	other := func(a moderation.Actor) moderation.Actor { a.User = "U9"; return a } // another account of his
	for user, code := range map[string]moderation.Code{
		"U1": moderation.RefuseOwnCase, "U2": moderation.RefuseReviewApprover, "U3": moderation.RefuseReviewOverride, "U4": moderation.RefuseOwnFlag,
	} {
		for _, by := range []moderation.Actor{actor(user), other(actor(user))} {
			no := c.MayReview(by)
			require.NotNil(t, no, user)
			require.Equal(t, code, no.Code)
			require.Equal(t, "7", no.Values["case"])
		}
	}
	require.Nil(t, c.MayReview(actor("U5")))
	c.Review.State = moderation.ReviewReviewed
	require.Nil(t, c.MayReview(actor("U4")), "a review is no flag")
}
