package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/stretchr/testify/require"

	"bouncer/sandbox/slackd"
)

// The form, as a person fills it in.

// entered is a value entered into a field of the form.
func entered(field string, values ...string) slackd.Input {
	return slackd.Input{Block: field, Action: "value", Values: values}
}

// form opens the form with a typed command and waits for a field of it.
func (s *stage) form(user, text, field string) slackd.View {
	s.tb.Helper()
	s.say(user, text)
	return s.shown(user, field)
}

// shown waits until a person's form has a field.
func (s *stage) shown(user, field string) slackd.View {
	s.tb.Helper()
	return s.formWith(user, field, true)
}

// without waits until a person's form has no such field.
func (s *stage) without(user, field string) slackd.View {
	s.tb.Helper()
	return s.formWith(user, field, false)
}

func (s *stage) formWith(user, field string, has bool) slackd.View {
	s.tb.Helper()
	var found slackd.View
	s.await(fmt.Sprintf("a form with %s: %t", field, has), patience, func() bool {
		for _, v := range s.slack.Views(user) {
			if all := fields(s, v); v.Top && v.Type == "modal" && len(all) > 0 && slices.Contains(all, field) == has {
				found = v
				return true
			}
		}
		return false
	})
	return found
}

// fields are the blocks of a view that take input, in their order.
func fields(s *stage, v slackd.View) (out []string) {
	s.tb.Helper()
	var view struct {
		Blocks []struct {
			Type string `json:"type"`
			ID   string `json:"block_id"`
		} `json:"blocks"`
	}
	require.NoError(s.tb, json.Unmarshal(v.JSON, &view))
	for _, b := range view.Blocks {
		if b.Type == "input" {
			out = append(out, b.ID)
		}
	}
	return out
}

// picks chooses in a field of a form, of which the bot is informed.
func (s *stage) picks(user string, v slackd.View, field string, values ...string) slackd.Delivery {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := s.slack.SelectOption(ctx, user, slackd.Ref{View: v.ID}, field, "value", values...)
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, "%s %s", d.Failure, d.Detail)
	return d
}

// chooseRoom searches a room in a form and chooses it.
func (s *stage) chooseRoom(user string, v slackd.View, room string) slackd.Delivery {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := s.slack.Suggest(ctx, user, slackd.Ref{View: v.ID}, "room", "value", room)
	require.NoError(s.tb, err)
	require.Contains(s.tb, string(d.AckPayload), room)
	return s.picks(user, v, "room", room)
}

// attached uploads a file in a person's client and enters it into a form.
func (s *stage) attached(user, name, content string) slackd.Input {
	s.tb.Helper()
	f, err := s.slack.Attach(user, name, []byte(content))
	require.NoError(s.tb, err)
	return entered("file", f.ID)
}
