package slackd

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPostMessage(t *testing.T) {
	s := start(t, Config{Limits: free})
	ts := post1(t, s, "channel", "C0LIVE", "text", "hello")
	reply := post1(t, s, "channel", "C0LIVE", "text", "reply", "thread_ts", ts)
	eph := form(t, s, "chat.postEphemeral", "channel", "C0LIVE", "user", "U07MEI", "text", "psst")
	require.Empty(t, eph.err())

	for _, tc := range []struct {
		name  string
		pairs []string
		want  string
	}{
		{"unknown channel", []string{"channel", "C404", "text", "x"}, "channel_not_found"},
		{"name without #", []string{"channel", "live", "text", "x"}, "channel_not_found"},
		{"by name", []string{"channel", "#live", "text", "x"}, ""},
		{"public, not a member", []string{"channel", "C0RANDOM", "text", "x"}, "not_in_channel"},
		{"private, not a member", []string{"channel", "C0SECRET", "text", "x"}, "channel_not_found"},
		{"archived", []string{"channel", "C0OLD", "text", "x"}, "is_archived"},
		{"read-only", []string{"channel", "C0NEWS", "text", "x"}, "restricted_action_read_only_channel"},
		{"direct message by user", []string{"channel", "U07MEI", "text", "x"}, ""},
		{"direct message to a bot", []string{"channel", "U07BOT", "text", "x"}, "cannot_dm_bot"},
		{"direct message to someone gone", []string{"channel", "U07OUT", "text", "x"}, "user_disabled"},
		{"nothing", []string{"channel", "C0LIVE"}, "no_text"},
		{"blanks", []string{"channel", "C0LIVE", "text", "  "}, "no_text"},
		{"empty blocks", []string{"channel", "C0LIVE", "blocks", "[]"}, "no_text"},
		{"blocks alone", []string{"channel", "C0LIVE", "blocks", j(l{section("x")})}, ""},
		{"blocks no JSON", []string{"channel", "C0LIVE", "text", "x", "blocks", "[{"}, "invalid_blocks_format"},
		{"blocks no array", []string{"channel", "C0LIVE", "text", "x", "blocks", "{}"}, "invalid_blocks_format"},
		{"attachments no array", []string{"channel", "C0LIVE", "attachments", "{}"}, "invalid_attachments"},
		{"101 attachments", []string{"channel", "C0LIVE", "attachments", "[" + strings.Repeat(`{"text":"x"},`, 100) + `{"text":"x"}]`}, "too_many_attachments"},
		{"bad block in attachment", []string{"channel", "C0LIVE", "attachments", j(l{m{"blocks": l{m{"type": "nope"}}}})}, "invalid_blocks"},
		{"thread", []string{"channel", "C0LIVE", "text", "x", "thread_ts", ts}, ""},
		{"thread that is none", []string{"channel", "C0LIVE", "text", "x", "thread_ts", "1.2"}, "invalid_thread_ts"},
		{"unknown thread", []string{"channel", "C0LIVE", "text", "x", "thread_ts", "1234567890.000000"}, "thread_not_found"},
		{"thread of an ephemeral", []string{"channel", "C0LIVE", "text", "x", "thread_ts", eph.str("message_ts")}, "thread_not_found"},
		{"thread of a reply", []string{"channel", "C0LIVE", "text", "x", "thread_ts", reply}, "cannot_reply_to_message"},
		{"metadata", []string{"channel", "C0LIVE", "text", "x", "metadata", j(m{"event_type": "case", "event_payload": m{"id": 1}})}, ""},
		{"metadata no JSON", []string{"channel", "C0LIVE", "text", "x", "metadata", "{"}, "invalid_metadata_format"},
		{"metadata without payload", []string{"channel", "C0LIVE", "text", "x", "metadata", j(m{"event_type": "case"})}, "invalid_metadata_schema"},
		{"metadata too large", []string{"channel", "C0LIVE", "text", "x", "metadata", j(m{"event_type": "case", "event_payload": m{"x": strings.Repeat("x", 8192)}})}, "metadata_too_large"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := form(t, s, "chat.postMessage", tc.pairs...)
			require.Equal(t, tc.want, a.err(), a.Raw)
		})
	}

	long := form(t, s, "chat.postMessage", "channel", "C0CASES", "text", strings.Repeat("é", 40_001))
	require.Equal(t, "message_truncated", long.str("warning"))
	require.Equal(t, strings.Repeat("é", 40_000), s.Messages("C0CASES")[0].Text)

	thread := s.Thread("C0LIVE", ts)
	require.Len(t, thread, 3)
	require.Equal(t, []string{"hello", "reply", "x"}, []string{thread[0].Text, thread[1].Text, thread[2].Text})
	require.Equal(t, s.BotUserID(), thread[0].User)
	require.NotContains(t, texts(s.Messages("C0LIVE")), "reply")

	var direct Channel
	for _, c := range s.Channels() {
		if c.IM && c.Members[0] == "U07MEI" {
			direct = c
		}
	}
	require.Equal(t, []string{"x"}, texts(s.Messages(direct.ID)))

	s.SetScopes("chat:write", "chat:write.public")
	require.Empty(t, form(t, s, "chat.postMessage", "channel", "C0RANDOM", "text", "x").err())
}

func texts(list []Message) []string {
	var out []string
	for _, m := range list {
		out = append(out, m.Text)
	}
	return out
}

func TestClientMsgID(t *testing.T) {
	pairs := []string{"channel", "C0LIVE", "text", "x", "client_msg_id", "b2e8a0c8-0001-4000-8000-000000000001"}
	strict := start(t, Config{Limits: free})
	require.NotEqual(t, post1(t, strict, pairs...), post1(t, strict, pairs...))
	require.Len(t, strict.Messages("C0LIVE"), 2)

	limits := free
	limits.DedupClientMsgID = true
	kind := start(t, Config{Limits: limits})
	require.Equal(t, post1(t, kind, pairs...), post1(t, kind, pairs...))
	require.Len(t, kind.Messages("C0LIVE"), 1)

	// An id is the message's that it was first used for, whether that is there or not.
	pairs[1] = "C0CASES"
	require.Equal(t, "duplicate_channel_not_found", form(t, kind, "chat.postMessage", pairs...).err())
	pairs[1] = "C0LIVE"
	require.Empty(t, form(t, kind, "chat.delete", "channel", "C0LIVE", "ts", kind.Messages("C0LIVE")[0].TS).err())
	require.Equal(t, "duplicate_message_not_found", form(t, kind, "chat.postMessage", pairs...).err())
}

// An app whose manifest lacks features.app_home cannot send direct messages.
func TestNoDirectMessagesWithoutTheMessagesTab(t *testing.T) {
	s := start(t, Config{Limits: free, AppHome: &AppHome{}})
	require.Equal(t, "messages_tab_disabled", form(t, s, "chat.postMessage", "channel", "U07MEI", "text", "x").err())
	dm := form(t, s, "conversations.open", "users", "U07MEI").str("channel", "id")
	require.Equal(t, "messages_tab_disabled", form(t, s, "chat.postMessage", "channel", dm, "text", "x").err())
	post1(t, s, "channel", "C0LIVE", "text", "channels are not concerned")
}

func TestUpdateAndDelete(t *testing.T) {
	clock := newClock()
	limits := free
	limits.UpdateWindow = time.Hour
	s := start(t, Config{Limits: limits, Clock: clock.Now})
	ts := post1(t, s, "channel", "C0LIVE", "text", "one", "blocks", j(l{section("one")}), "metadata", j(m{"event_type": "case", "event_payload": m{"id": 1}}))
	said, err := s.Say("U07MEI", "C0LIVE", "", "mine")
	require.NoError(t, err)
	eph := form(t, s, "chat.postEphemeral", "channel", "C0LIVE", "user", "U07MEI", "text", "psst").str("message_ts")

	for _, tc := range []struct{ name, channel, ts, text, update, remove string }{
		{"someone else's", "C0LIVE", said.TS, "x", "cant_update_message", "cant_delete_message"},
		{"ephemeral", "C0LIVE", eph, "x", "message_not_found", "message_not_found"},
		{"unknown", "C0LIVE", "1234567890.000001", "x", "message_not_found", "message_not_found"},
		{"other channel", "C0CASES", ts, "x", "message_not_found", "message_not_found"},
		{"unknown channel", "C404", ts, "x", "channel_not_found", "channel_not_found"},
		{"a person's id", "U07MEI", ts, "x", "channel_not_found", "channel_not_found"},
		{"archived", "C0OLD", ts, "x", "is_inactive", "is_inactive"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.update, form(t, s, "chat.update", "channel", tc.channel, "ts", tc.ts, "text", tc.text).err())
			require.Equal(t, tc.remove, form(t, s, "chat.delete", "channel", tc.channel, "ts", tc.ts).err())
		})
	}
	require.Equal(t, "msg_too_long", form(t, s, "chat.update", "channel", "C0LIVE", "ts", ts, "text", strings.Repeat("x", 4001)).err())
	require.Equal(t, "no_text", form(t, s, "chat.update", "channel", "C0LIVE", "ts", ts).err())

	// Only blocks: not marked as edited, metadata stays.
	require.Empty(t, form(t, s, "chat.update", "channel", "C0LIVE", "ts", ts, "blocks", j(l{section("two")})).err())
	msg, _ := s.Message("C0LIVE", ts)
	require.Zero(t, msg.Edits)
	require.Contains(t, string(msg.Blocks), "two")
	require.Contains(t, string(msg.Metadata), "case")
	// Only text: removes the blocks.
	require.Empty(t, form(t, s, "chat.update", "channel", "C0LIVE", "ts", ts, "text", "three").err())
	msg, _ = s.Message("C0LIVE", ts)
	require.Nil(t, msg.Blocks)
	require.Equal(t, 1, msg.Edits)

	link := form(t, s, "chat.getPermalink", "channel", "C0LIVE", "message_ts", ts)
	require.Equal(t, "https://acme.slack.com/archives/C0LIVE/p"+strings.ReplaceAll(ts, ".", ""), link.str("permalink"))
	require.Equal(t, link.str("permalink"), s.Permalink("C0LIVE", ts))
	require.Equal(t, "message_not_found", form(t, s, "chat.getPermalink", "channel", "C0LIVE", "message_ts", eph).err())

	clock.add(61 * time.Minute)
	require.Equal(t, "edit_window_closed", form(t, s, "chat.update", "channel", "C0LIVE", "ts", ts, "text", "x").err())
	require.Empty(t, form(t, s, "chat.delete", "channel", "C0LIVE", "ts", ts).err())
	require.Equal(t, "message_not_found", form(t, s, "chat.update", "channel", "C0LIVE", "ts", ts, "text", "x").err())
	require.Equal(t, []string{"mine"}, texts(s.Messages("C0LIVE")))
}

func TestPostEphemeral(t *testing.T) {
	s := start(t, Config{Limits: free})
	for _, tc := range []struct{ name, channel, user, want string }{
		{"member", "C0LIVE", "U07MEI", ""},
		{"nobody", "C0LIVE", "U404", "user_not_found"},
		{"not in the channel", "C0AUDIT", "U07ANA", "user_not_in_channel"},
		{"bot not in the channel", "C0RANDOM", "U07MEI", "not_in_channel"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, form(t, s, "chat.postEphemeral", "channel", tc.channel, "user", tc.user, "text", "psst").err())
		})
	}
	require.Empty(t, s.Messages("C0LIVE"))
	private := s.Ephemerals("U07MEI", "")
	require.Equal(t, []string{"psst"}, texts(private))
	require.NoError(t, s.Dismiss("U07MEI", "C0LIVE", private[0].TS))
	require.True(t, s.Ephemerals("U07MEI", "C0LIVE")[0].Deleted)
	require.ErrorIs(t, s.Dismiss("U07RAJ", "C0LIVE", private[0].TS), ErrRefused)
}

func TestHistory(t *testing.T) {
	scopes := append(DefaultScopes(), "channels:history")
	s := start(t, Config{Limits: free, Scopes: scopes})
	meta := j(m{"event_type": "case", "event_payload": m{"id": 7}})
	first := post1(t, s, "channel", "C0LIVE", "text", "one", "metadata", meta)
	post1(t, s, "channel", "C0LIVE", "text", "two")
	post1(t, s, "channel", "C0LIVE", "text", "reply", "thread_ts", first)

	a := form(t, s, "conversations.history", "channel", "C0LIVE", "limit", "1", "include_all_metadata", "true")
	require.Contains(t, a.Raw, `"two"`)
	next := a.str("response_metadata", "next_cursor")
	require.NotEmpty(t, next)
	a = form(t, s, "conversations.history", "channel", "C0LIVE", "limit", "1", "include_all_metadata", "true", "cursor", next)
	require.Contains(t, a.Raw, `"event_payload":{"id":7}`)
	require.Contains(t, a.Raw, `"reply_count":1`)
	require.Empty(t, a.str("response_metadata", "next_cursor"))
	a = form(t, s, "conversations.history", "channel", "C0LIVE", "oldest", first)
	require.NotContains(t, a.Raw, `"one"`)
	require.NotContains(t, form(t, s, "conversations.history", "channel", "C0LIVE").Raw, "event_payload")

	a = form(t, s, "conversations.replies", "channel", "C0LIVE", "ts", first)
	require.Contains(t, a.Raw, `"reply"`)
	require.Equal(t, "thread_not_found", form(t, s, "conversations.replies", "channel", "C0LIVE", "ts", "1.1").err())
	require.Equal(t, "not_in_channel", form(t, s, "conversations.history", "channel", "C0RANDOM").err())
	require.Equal(t, "invalid_cursor", form(t, s, "conversations.history", "channel", "C0LIVE", "cursor", "!").err())
	require.Equal(t, "invalid_limit", form(t, s, "conversations.history", "channel", "C0LIVE", "limit", "0").err())
}

func TestSay(t *testing.T) {
	s := start(t, Config{})
	_, err := s.Say("U07MEI", "C0LIVE", "", "see http://a.example & <b> @raj")
	require.NoError(t, err)
	require.Equal(t, "see <http://a.example> &amp; &lt;b&gt; <@U07RAJ>", s.Messages("C0LIVE")[0].Text)
	for _, bad := range [][2]string{{"U404", "C0LIVE"}, {"U07OUT", "C0LIVE"}, {"U07MEI", "C404"}, {"U07MEI", "C0SECRET"}, {"U07MEI", "C0OLD"}, {"U07MEI", "C0NEWS"}} {
		_, err := s.Say(bad[0], bad[1], "", "x")
		require.ErrorIs(t, err, ErrRefused, bad)
	}
	_, err = s.Say("U07RAJ", "C0NEWS", "", "admins may")
	require.NoError(t, err)
}
