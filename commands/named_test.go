package commands

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
)

func TestNamedFindsRoomsAndPeople(t *testing.T) {
	s := plainContext()
	text := "troll7 (in gala) and &lt;troll8&gt;, <@U07MEI> said “live:show9”: troll7, see room:abc, Gala!"
	rooms, people := Named(text, s)
	require.Empty(t, people, "without a pattern any word may be a UserID")
	require.Equal(t, []moderation.Room{s.Rooms["gala"], {Kind: moderation.KindLive, ID: "show9"}}, rooms)
	s.UserID = regexp.MustCompile(`^(?:troll\d+|U\w+)$`)
	_, people = Named(text, s)
	require.Equal(t, []string{"troll7", "troll8"}, people, "a mention is a person of Slack's")
}

func TestBareVerb(t *testing.T) {
	for text, want := range map[string]moderation.Verb{"": "", "  ": "", "/mod": "", "ban": moderation.Ban, " 封禁 ": moderation.Ban, "close": moderation.Close} {
		v, ok := BareVerb(text, "/mod")
		require.True(t, ok, text)
		require.Equal(t, want, v, text)
	}
	for _, text := range []string{"help", "who", "ban x", "ban!", "dry-run", "dry-run ban", "undo", "bann", `""`} {
		_, ok := BareVerb(text, "/mod")
		require.False(t, ok, text)
	}
}
