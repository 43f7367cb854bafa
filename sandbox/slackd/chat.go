package slackd

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	postTextChars   = 40_000
	updateTextChars = 4_000
	maxAttachments  = 100
)

// target resolves a chat method's channel argument: an id, #name, or a person's id.
func (s *Server) target(id string) (*Channel, *apiError) {
	if name, ok := strings.CutPrefix(id, "#"); ok {
		for _, c := range s.people.channels {
			if c.Name == name && !c.IM {
				return s.readable(c)
			}
		}
		return nil, fail("channel_not_found")
	}
	if c := s.people.channels[id]; c != nil {
		return s.readable(c)
	}
	if u := s.people.users[id]; u != nil {
		if u.ID == s.cfg.BotUserID || u.Bot || u.ID == slackbot {
			return nil, fail("cannot_dm_bot")
		}
		if u.Deactivated {
			return nil, fail("user_disabled")
		}
		return s.direct(id), nil
	}
	return nil, fail("channel_not_found")
}

// readable hides private conversations that the bot is not in.
func (s *Server) readable(c *Channel) (*Channel, *apiError) {
	if c.Private && !c.BotIn {
		return nil, fail("channel_not_found")
	}
	return c, nil
}

// writable is target for methods that post.
func (s *Server) writable(id string) (*Channel, *apiError) {
	c, err := s.target(id)
	if err != nil {
		return nil, err
	}
	switch {
	case c.IM && !s.cfg.AppHome.MessagesTab:
		return nil, fail("messages_tab_disabled")
	case c.Archived:
		return nil, fail("is_archived")
	case !c.BotIn && s.need(tokenBot, "chat:write.public") != nil:
		return nil, fail("not_in_channel")
	case c.ReadOnly:
		return nil, fail("restricted_action_read_only_channel")
	}
	return c, nil
}

// thread checks thread_ts: it must be the ts of a message that starts a thread
// or can. Slack leaves replies to replies undefined; here they are refused.
func (s *Server) thread(c *Channel, ts string) *apiError {
	if ts == "" {
		return nil
	}
	parent := s.visible(c.ID, ts)
	switch {
	case !tsForm.MatchString(ts):
		return fail("invalid_thread_ts")
	case parent == nil:
		return fail("thread_not_found")
	case parent.ThreadTS != "":
		return fail("cannot_reply_to_message")
	}
	return nil
}

var tsForm = regexp.MustCompile(`^\d{10}\.\d{6}$`)

// saidAt is where the message with a client_msg_id was posted.
type saidAt struct{ channel, ts string }

func postMessage(s *Server, a args) (object, *apiError) {
	c, err := s.writable(a.str("channel"))
	if err != nil {
		return nil, err
	}
	if err := s.thread(c, a.str("thread_ts")); err != nil {
		return nil, err
	}
	said, err := s.content(a)
	if err != nil {
		return nil, err
	}
	if wait := s.limiter.post(c.ID, s.now()); wait > 0 {
		return nil, limited(wait)
	}
	id := a.str("client_msg_id")
	if was, used := s.said[id]; used && id != "" {
		m := s.visible(was.channel, was.ts)
		switch {
		case was.channel != c.ID:
			return nil, fail("duplicate_channel_not_found")
		case m == nil:
			return nil, fail("duplicate_message_not_found")
		case s.cfg.Limits.DedupClientMsgID:
			return object{"channel": c.ID, "ts": m.TS, "message": s.messageObject(m)}, nil
		}
	}
	draft := s.fromApp(c.ID, said, "chat.postMessage")
	draft.ThreadTS, draft.ClientMsgID = a.str("thread_ts"), a.str("client_msg_id")
	m := s.put(draft)
	if id != "" {
		s.said[id] = saidAt{channel: c.ID, ts: m.TS}
	}
	answer := object{"channel": c.ID, "ts": m.TS, "message": s.messageObject(m)}
	if m.Text != said.text {
		answer["warning"] = "message_truncated"
		answer["response_metadata"] = object{"warnings": []string{"message_truncated"}}
	}
	return answer, nil
}

func postEphemeral(s *Server, a args) (object, *apiError) {
	c, err := s.writable(a.str("channel"))
	if err != nil {
		return nil, err
	}
	u := s.people.users[a.str("user")]
	if u == nil {
		return nil, fail("user_not_found")
	}
	if !slices.Contains(c.Members, u.ID) || u.Deactivated {
		return nil, fail("user_not_in_channel")
	}
	if err := s.thread(c, a.str("thread_ts")); err != nil {
		return nil, err
	}
	said, err := s.content(a)
	if err != nil {
		return nil, err
	}
	m := s.fromApp(c.ID, said, "chat.postEphemeral")
	m.ThreadTS, m.Ephemeral, m.To = a.str("thread_ts"), true, u.ID
	m.Metadata = nil // the method accepts none
	return object{"message_ts": s.put(m).TS}, nil
}

// own finds the app's message that a call wants to change.
func (s *Server) own(a args, refusal string) (*Channel, *Message, *apiError) {
	c, err := s.target(a.str("channel"))
	if err != nil {
		return nil, nil, err
	}
	if strings.HasPrefix(a.str("channel"), "U") {
		return nil, nil, fail("channel_not_found") // posting accepts a person's id, updating does not
	}
	if c.Archived {
		return nil, nil, fail("is_inactive")
	}
	m := s.visible(c.ID, a.str("ts"))
	if m == nil {
		return nil, nil, fail("message_not_found") // ephemeral messages too
	}
	if m.BotID != s.cfg.BotID {
		return nil, nil, fail(refusal)
	}
	return c, m, nil
}

func updateMessage(s *Server, a args) (object, *apiError) {
	c, m, err := s.own(a, "cant_update_message")
	if err != nil {
		return nil, err
	}
	if w := s.cfg.Limits.UpdateWindow; w > 0 && s.now().Sub(m.PostedAt) > w {
		return nil, fail("edit_window_closed")
	}
	if utf8.RuneCountInString(a.str("text")) > updateTextChars {
		return nil, fail("msg_too_long")
	}
	said, err := s.content(a)
	if err != nil {
		return nil, err
	}
	if a.has("text") || said.hasBlocks {
		// Text without blocks removes the blocks; blocks without text leave no fallback.
		m.Text, m.Blocks = said.text, said.blocks
	}
	if a.has("attachments") || a.has("text") {
		m.Attachments = said.attachments
	}
	if said.hasMetadata {
		m.Metadata = said.metadata
	}
	if a.has("text") {
		m.Edits++
	}
	m.ChangedAt = s.now()
	s.publishMessage(MessageUpdated, m)
	return object{"channel": c.ID, "ts": m.TS, "text": m.Text, "message": s.messageObject(m)}, nil
}

func deleteMessage(s *Server, a args) (object, *apiError) {
	c, m, err := s.own(a, "cant_delete_message")
	if err != nil {
		return nil, err
	}
	s.remove(m)
	return object{"channel": c.ID, "ts": m.TS}, nil
}

func (s *Server) remove(m *Message) {
	m.Deleted = true
	m.ChangedAt = s.now()
	kind := MessageDeleted
	if m.Ephemeral {
		kind = EphemeralChanged
	}
	s.publishMessage(kind, m)
}

func getPermalink(s *Server, a args) (object, *apiError) {
	c, err := s.target(a.str("channel"))
	if err != nil {
		return nil, err
	}
	m := s.visible(c.ID, a.str("message_ts"))
	if m == nil {
		return nil, fail("message_not_found")
	}
	return object{"channel": c.ID, "permalink": m.Link}, nil
}

// truncate cuts text to n characters.
func truncate(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}
