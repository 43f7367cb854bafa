package policy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func TestReports(t *testing.T) {
	p := load(t, `rooms: {gala: live:show1}
report_channel: C0REPORTS
report_channels: {gala: C0GALA, "chat:*": C0CHAT, "*:*": C0REST}
report_actions: [ban 7d, mute perm, kick]
report_remind: 30m`)
	for room, channel := range map[moderation.Room]string{
		{Kind: moderation.KindLive, ID: "show1"}: "C0GALA", {Kind: moderation.KindChat, ID: "@TGS#a"}: "C0CHAT", {Kind: moderation.KindLive, ID: "show2"}: "C0REST",
	} {
		require.Equal(t, channel, p.ReportChannel(room), room)
	}
	require.Equal(t, []string{"C0CHAT", "C0GALA", "C0REPORTS", "C0REST"}, p.ReportChannels())
	require.Equal(t, []moderation.PresetAction{
		{Verb: moderation.Ban, Length: moderation.Length{Duration: 7 * 24 * time.Hour}}, {Verb: moderation.Mute, Length: moderation.Length{Permanent: true}}, {Verb: moderation.Kick},
	}, p.ReportActions())
	require.Equal(t, 30*time.Minute, p.ReportRemind())

	none := load(t, "")
	require.Empty(t, none.ReportChannel(moderation.Room{Kind: moderation.KindLive, ID: "show1"}))
	require.Empty(t, none.ReportChannels())
	require.Len(t, none.ReportActions(), 4)
	require.Equal(t, moderation.PresetAction{Verb: moderation.Ban, Length: moderation.Length{Duration: 24 * time.Hour}}, none.ReportActions()[2])
	require.Equal(t, 10*time.Minute, none.ReportRemind())
}

func TestWrongReports(t *testing.T) {
	for text, says := range map[string]string{
		"report_channel: general":               "is not a",
		"report_channels: {nowhere: C0A}":       "matches no name in rooms",
		"report_channels: {\"live:*\": x}":      "is not a",
		"report_actions: []":                    "is an empty list",
		"report_actions: [ban]":                 "has no duration",
		"report_actions: [kick 1h]":             "which kick does not take",
		"report_actions: [ban soon]":            "is not a duration",
		"report_actions: [unban 1h]":            "is not an action on a person",
		"report_actions: [close]":               "is not an action on a person",
		"report_actions: [ban 1h, ban 2h]":      "is there twice",
		"report_actions: [1, 2, 3, 4, 5, 6, 7]": "more than 6",
		"report_remind: soon":                   "is not a duration",
	} {
		_, err := Load("p.yaml", []byte("roles: {mods: [U1]}\nrules: [{name: r, roles: [mods], verbs: [all]}]\n"+text), Options{})
		require.ErrorContains(t, err, says, text)
	}
}
