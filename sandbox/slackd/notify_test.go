package slackd

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// notified returns who was notified of a message, and how.
func notified(s *Server, ts string) map[string]string {
	out := map[string]string{}
	for _, u := range s.Users() {
		for _, n := range s.Notifications(u.ID) {
			if n.Message.TS == ts {
				out[u.ID] += n.How
			}
		}
	}
	return out
}

func TestWhoIsNotified(t *testing.T) {
	s := start(t, Config{Limits: free})
	type how = map[string]string
	element := func(kind, key, value string) m { return m{"type": kind, key: value} }
	for _, tc := range []struct {
		name  string
		pairs []string
		want  how
	}{
		{"nobody", []string{"text", "hello"}, how{}},
		{"a person", []string{"text", "<@U07RAJ> look"}, how{"U07RAJ": "mention"}},
		{"a person by both forms, once", []string{"text", "<@U07RAJ> <@U07RAJ|raj>"}, how{"U07RAJ": "mention"}},
		{"an id that is only written", []string{"text", "@U07RAJ &lt;@U07RAJ&gt; `U07RAJ`"}, how{}},
		{"a group", []string{"text", "<!subteam^S1MODS> please"}, how{"U07MEI": "group", "U07SAM": "group"}},
		{"a group and one of it", []string{"text", "<!subteam^S1MODS|@mods> <@U07SAM>"}, how{"U07MEI": "group", "U07SAM": "mention"}},
		{"a group that is none", []string{"text", "<!subteam^S404>"}, how{}},
		{"everybody", []string{"text", "<!here>"}, how{"U07MEI": "channel", "U07RAJ": "channel", "U07SAM": "channel", "U07ANA": "channel", "U07GUS": "channel"}},
		{"someone who is not in the channel", []string{"channel", "C0AUDIT", "text", "<@U07ANA> <@U07SAM>"}, how{"U07SAM": "mention"}},
		{"directly", []string{"channel", "U07ANA", "text", "hi"}, how{"U07ANA": "direct"}},
		{"the text beside blocks", []string{"text", "<@U07RAJ>", "blocks", j(l{section("nobody")})}, how{}},
		{"a section", []string{"text", "x", "blocks", j(l{section("<!subteam^S2LEADS>")})}, how{"U07RAJ": "group"}},
		{"plain text", []string{"text", "x", "blocks", j(l{m{"type": "section", "text": plainText("<@U07RAJ>")}})}, how{}},
		{"rich text", []string{"text", "x", "blocks", j(l{rich(line(element("usergroup", "usergroup_id", "S2LEADS"), element("user", "user_id", "U07ANA"), element("text", "text", "<@U07MEI>")))})},
			how{"U07RAJ": "group", "U07ANA": "mention"}},
		{"broadcast", []string{"channel", "C0AUDIT", "text", "x", "blocks", j(l{rich(line(element("broadcast", "range", "channel")))})},
			how{"U07MEI": "channel", "U07RAJ": "channel", "U07SAM": "channel"}},
		{"context", []string{"text", "x", "blocks", j(l{m{"type": "context", "elements": l{m{"type": "mrkdwn", "text": "<@U07SAM>"}}}})}, how{"U07SAM": "mention"}},
		{"an attachment", []string{"text", "x", "attachments", j(l{m{"text": "<@U07SAM>", "blocks": l{section("<@U07ANA>")}}})}, how{"U07SAM": "mention", "U07ANA": "mention"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			pairs := tc.pairs
			if pairs[0] != "channel" {
				pairs = append([]string{"channel", "C0LIVE"}, pairs...)
			}
			require.Equal(t, tc.want, notified(s, post1(t, s, pairs...)))
		})
	}
}

func TestWhatDoesNotNotify(t *testing.T) {
	s := start(t, Config{Limits: free})
	ts := post1(t, s, "channel", "C0LIVE", "text", "card")
	require.Empty(t, form(t, s, "chat.update", "channel", "C0LIVE", "ts", ts, "text", "<@U07RAJ> <!subteam^S1MODS>").err())
	require.Empty(t, notified(s, ts), "an edit")
	require.Empty(t, form(t, s, "chat.postEphemeral", "channel", "C0LIVE", "user", "U07RAJ", "text", "<@U07RAJ>").err())
	require.Empty(t, s.Notifications("U07RAJ"), "an ephemeral message")
	said, err := s.Say("U07MEI", "C0LIVE", "", "@mods @mei look")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"U07SAM": "group"}, notified(s, said.TS), "one's own message")

	changes := s.Subscribe(t.Context())
	s.SetGroup(Group{ID: "S1MODS", Handle: "mods", Members: []string{"U07MEI"}, Disabled: true})
	require.Empty(t, notified(s, post1(t, s, "channel", "C0LIVE", "text", "<!subteam^S1MODS>")), "a group that was deleted")
	reply := post1(t, s, "channel", "C0LIVE", "thread_ts", ts, "text", "<!subteam^S2LEADS>")
	require.Equal(t, map[string]string{"U07RAJ": "group"}, notified(s, reply), "a reply")
	for c := range changes {
		if c.Kind == Notified {
			require.Equal(t, []string{"U07RAJ", "group", reply}, []string{c.Notification.User, c.Notification.How, c.Notification.Message.TS})
			return
		}
	}
}
