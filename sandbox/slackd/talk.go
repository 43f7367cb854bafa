package slackd

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// conversation has the messages of one channel, including ephemeral ones.
type conversation struct {
	order   []*Message
	byTS    map[string]*Message
	threads map[string][]*Message // replies by the parent's ts
	// successor is the ephemeral message that replaced one.
	successor map[string]string
}

// newest returns the current version of the message at ts.
func (c *conversation) newest(ts string) *Message {
	for c.successor[ts] != "" {
		ts = c.successor[ts]
	}
	return c.byTS[ts]
}

func (s *Server) conversation(channelID string) *conversation {
	c := s.talk[channelID]
	if c == nil {
		c = &conversation{byTS: map[string]*Message{}, threads: map[string][]*Message{}, successor: map[string]string{}}
		s.talk[channelID] = c
	}
	return c
}

// put stores a new message under a new ts and informs subscribers.
func (s *Server) put(m Message) *Message {
	m.TS = s.nextTS()
	m.PostedAt = s.now()
	m.ChangedAt = m.PostedAt
	m.Link = s.permalink(&m)
	c := s.conversation(m.Channel)
	c.order = append(c.order, &m)
	c.byTS[m.TS] = &m
	if m.ThreadTS != "" {
		c.threads[m.ThreadTS] = append(c.threads[m.ThreadTS], &m)
	}
	kind := MessagePosted
	if m.Ephemeral {
		kind = EphemeralPosted
	}
	s.publishMessage(kind, &m)
	s.notify(&m)
	return &m
}

// notice sends a private message of Slackbot.
func (s *Server) notice(channelID, userID, text string) {
	s.put(Message{Channel: channelID, User: slackbot, Text: text, Source: "slackbot", Ephemeral: true, To: userID})
}

// visible returns a message that can be read and is not ephemeral.
func (s *Server) visible(channelID, ts string) *Message {
	m := s.conversation(channelID).byTS[ts]
	if m == nil || m.Deleted || m.Ephemeral {
		return nil
	}
	return m
}

// replies counts the messages in m's thread.
func (s *Server) replies(m *Message) (n int, last string) {
	for _, r := range s.conversation(m.Channel).threads[m.TS] {
		if !r.Deleted && !r.Ephemeral {
			n, last = n+1, r.TS
		}
	}
	return n, last
}

func (s *Server) permalink(m *Message) string {
	link := "https://" + s.cfg.TeamDomain + ".slack.com/archives/" + m.Channel + "/p" + strings.ReplaceAll(m.TS, ".", "")
	if m.ThreadTS != "" {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + m.Channel
	}
	return link
}

// Permalink returns what chat.getPermalink would answer, empty if there is no
// such message.
func (s *Server) Permalink(channelID, ts string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.visible(channelID, ts); m != nil {
		return m.Link
	}
	return ""
}

func (s *Server) pick(channelID string, want func(*Message) bool) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Message
	if c := s.talk[channelID]; c != nil {
		for _, m := range c.order {
			if want(m) {
				out = append(out, m.copy())
			}
		}
	}
	return out
}

func (m *Message) copy() Message {
	out := *m
	out.Files = slices.Clone(m.Files)
	return out
}

// all is everything public in a channel, threads included.
func (s *Server) all(channelID string) []Message {
	return s.pick(channelID, func(m *Message) bool { return !m.Ephemeral && !m.Deleted })
}

// Messages returns those of a channel without thread replies and ephemeral
// ones, oldest first; deleted ones are gone.
func (s *Server) Messages(channelID string) []Message {
	return s.pick(channelID, func(m *Message) bool { return !m.Ephemeral && !m.Deleted && m.ThreadTS == "" })
}

// Thread returns the parent (unless it was deleted) and its replies, oldest
// first.
func (s *Server) Thread(channelID, ts string) []Message {
	return s.pick(channelID, func(m *Message) bool {
		return !m.Ephemeral && !m.Deleted && (m.TS == ts || m.ThreadTS == ts)
	})
}

// Message returns one message, public or ephemeral, also after it was deleted.
func (s *Server) Message(channelID, ts string) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.conversation(channelID).byTS[ts]; m != nil {
		return m.copy(), true
	}
	return Message{}, false
}

// Ephemerals returns what only the person sees in a channel ("" for all),
// oldest first. Replaced and deleted ones are included and marked.
func (s *Server) Ephemerals(userID, channelID string) []Message {
	s.mu.Lock()
	ids := []string{channelID}
	if channelID == "" {
		ids = sortedKeys(s.talk)
	}
	s.mu.Unlock()
	var out []Message
	for _, id := range ids {
		out = append(out, s.pick(id, func(m *Message) bool { return m.Ephemeral && m.To == userID })...)
	}
	slices.SortStableFunc(out, func(a, b Message) int { return cmp.Compare(a.TS, b.TS) })
	return out
}

// Say posts a message as a person; threadTS may be empty. It returns the
// message. The error is ErrRefused when Slack would not allow it.
func (s *Server) Say(userID, channelID, threadTS, text string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.present(userID, channelID)
	if err != nil {
		return Message{}, err
	}
	if c.ReadOnly && !u.Admin && !u.Owner {
		return Message{}, fmt.Errorf("%w: #%s is read-only", ErrRefused, c.Name)
	}
	if threadTS != "" && s.visible(channelID, threadTS) == nil {
		return Message{}, fmt.Errorf("%w: no thread %s in #%s", ErrRefused, threadTS, c.Name)
	}
	m := s.put(Message{Channel: channelID, ThreadTS: threadTS, User: userID, Text: s.typedText(text, true), Source: "person"})
	return m.copy(), nil
}

// Delete deletes a message as an admin does, no matter who wrote it; the app is not
// informed. The error is ErrRefused when there is no such message.
func (s *Server) Delete(channelID, ts string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.visible(channelID, ts)
	if m == nil {
		return fmt.Errorf("%w: no message %s in %s", ErrRefused, ts, channelID)
	}
	s.remove(m)
	return nil
}

// Dismiss hides an ephemeral message from its reader. The error is ErrRefused
// when the person has no such message.
func (s *Server) Dismiss(userID, channelID, ts string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.conversation(channelID).byTS[ts]
	if m == nil || !m.Ephemeral || m.To != userID {
		return fmt.Errorf("%w: %s has no private message %s", ErrRefused, userID, ts)
	}
	m.Deleted = true
	m.ChangedAt = s.now()
	s.publishMessage(EphemeralChanged, m)
	return nil
}

// present checks that a person can write in a channel.
func (s *Server) present(userID, channelID string) (*User, *Channel, error) {
	u, err := s.actor(userID)
	if err != nil {
		return nil, nil, err
	}
	c := s.people.channels[channelID]
	switch {
	case c == nil:
		return nil, nil, fmt.Errorf("%w: no channel %s", ErrRefused, channelID)
	case !slices.Contains(c.Members, userID):
		return nil, nil, fmt.Errorf("%w: %s is not in #%s", ErrRefused, userID, c.Name)
	case c.Archived:
		return nil, nil, fmt.Errorf("%w: #%s is archived", ErrRefused, c.Name)
	}
	return u, c, nil
}
