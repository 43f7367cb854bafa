package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
	"bouncer/store/storetest"
)

// Further people of tests about approvals: a second and a third lead, and the
// first one's other account of the same enterprise user.
const lead2, lead3, leadAgain = "U07LIN", "U07KIM", "U07RJ2"

// withLeads makes a stage with three leads, not yet begun.
func withLeads(tb testing.TB, change ...func(*slackd.Config, *tencentd.Config)) *stage {
	tb.Helper()
	seed := slackd.Demo()
	for i := range seed.Users {
		if seed.Users[i].ID == lead {
			seed.Users[i].EnterpriseID, seed.Users[i].EnterpriseUserID = "E0ACME", "W07RAJ"
		}
	}
	seed.Users = append(
		seed.Users, slackd.User{ID: lead2, Name: "lin", RealName: "Lin Tan"}, slackd.User{ID: lead3, Name: "kim", RealName: "Kim Oh"},
		slackd.User{ID: leadAgain, Name: "raj-2", RealName: "Raj Patel (2)", EnterpriseID: "E0ACME", EnterpriseUserID: "W07RAJ"},
	)
	for i := range seed.Channels {
		seed.Channels[i].Members = append(slices.Clone(seed.Channels[i].Members), lead2, lead3, leadAgain)
	}
	for i := range seed.Groups {
		if seed.Groups[i].ID == "S2LEADS" {
			seed.Groups[i].Members = []string{lead, lead2, lead3}
		}
	}
	return newStage(tb, append([]func(*slackd.Config, *tencentd.Config){unlimited, func(sc *slackd.Config, _ *tencentd.Config) { sc.Seed = &seed }}, change...)...)
}

// begin starts the bot and waits for its connections.
func (s *stage) begin() {
	s.tb.Helper()
	s.start()
	s.connected(2)
}

// request requests what needs approval, and returns its card.
func (s *stage) request(user, text string) slackd.Message {
	s.tb.Helper()
	before := s.in(moderation.AwaitingApproval)
	s.say(user, text)
	s.await("waiting: "+text, patience, func() bool { return s.in(moderation.AwaitingApproval) > before })
	no := s.newest(storetest.Cases{State: moderation.AwaitingApproval})
	return s.readable(no)
}

// readable waits for a case's card, and for its list of targets in the thread
// if the card cannot list them: before that no one can approve.
func (s *stage) readable(no int) slackd.Message {
	s.tb.Helper()
	card := s.message(live, fmt.Sprintf("#%d ", no), "needs ", "Deny…")
	if approving(card) != "Approve" {
		s.await("its people listed", patience, func() bool {
			return !s.caseNo(no).Approval.ListPosted.IsZero()
		})
	}
	return card
}

// modal waits until a person's modal shows all parts.
func (s *stage) modal(user string, parts ...string) slackd.View {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	v, err := s.slack.WaitView(ctx, user, func(v slackd.View) bool {
		all := everyText(v.JSON)
		return v.Open && v.Top && !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(all, p) })
	})
	require.NoError(s.tb, err, "a modal of %s with %s", user, strings.Join(parts, " | "))
	return v
}

// everyText is every text in a view.
func everyText(raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return ""
	}
	var b strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			b.WriteString(v + "\n")
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(v)
	return b.String()
}

// submit submits a modal and requires that it is acked.
func (s *stage) submit(user string, v slackd.View, inputs ...slackd.Input) slackd.Delivery {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := s.slack.SubmitView(ctx, user, v.ID, inputs...)
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, "%s %s", d.Failure, d.Detail)
	return d
}

// withReason is a reason entered into a modal.
func withReason(reason string) slackd.Input {
	return slackd.Input{Block: "reason", Action: "value", Values: []string{reason}}
}

// stale presses what an old screen still shows.
func (s *stage) stale(user string, seen slackd.Message, label string) slackd.Delivery {
	s.tb.Helper()
	block, action, _ := button(seen, label)
	require.NotEmpty(s.tb, action, "no button %q in %s", label, shownIn(seen))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := s.slack.PressSeen(ctx, user, seen, block, action)
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, "%s %s", d.Failure, d.Detail)
	return d
}

// banned reports whether a user is banned in the Live room, and until when.
func (s *stage) banned(user string) (until time.Time, ok bool) {
	r, _ := s.tencent.Room(tencentd.KindLive, "show1")
	for _, t := range r.Banned {
		if t.User == user {
			return t.Until, true
		}
	}
	return time.Time{}, false
}

func (s *stage) isBanned(user string) bool {
	_, ok := s.banned(user)
	return ok
}
