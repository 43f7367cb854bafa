package slackd

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Notification is one push to one person: for a mention of the person, of one
// of their groups or of the whole channel, or for a direct message.
type Notification struct {
	// User was notified.
	User string
	// How is mention, group, channel (also here and everyone) or direct: the
	// most personal that applies.
	How string
	// Message is what did it, as it was posted.
	Message Message
}

// The ways in which a message reaches a person, the most personal first.
const (
	byMention = "mention"
	byDirect  = "direct"
	byGroup   = "group"
	byChannel = "channel"
)

// Notifications returns the notifications of a person, oldest first. A
// message notifies a person once, however many mentions it has, only if the
// person is in the channel, and never its author. Edits and ephemeral
// messages notify no one. Notifications of followed threads depend on
// people's own settings and are left out.
func (s *Server) Notifications(userID string) []Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Notification
	for _, n := range s.notified.items {
		if n.User == userID {
			out = append(out, n)
		}
	}
	return out
}

// notify determines whom a new message notifies. Callers hold mu.
func (s *Server) notify(m *Message) {
	c := s.people.channels[m.Channel]
	if c == nil || m.Ephemeral {
		return
	}
	said := mentionsOf(m)
	for _, id := range c.Members {
		u := s.people.users[id]
		how := ""
		switch {
		case u == nil || u.Bot || u.Deactivated || id == m.User:
		case said.users[id]:
			how = byMention
		case c.IM:
			how = byDirect
		case s.inAny(id, said.groups):
			how = byGroup
		case said.all:
			how = byChannel
		}
		if how == "" {
			continue
		}
		n := Notification{User: id, How: how, Message: m.copy()}
		s.notified.add(n)
		s.feed.publish(Change{Kind: Notified, At: s.now(), Notification: &n})
	}
}

// inAny reports whether the person is in one of the groups; disabled groups
// do not count.
func (s *Server) inAny(userID string, groups map[string]bool) bool {
	for id := range groups {
		if g := s.people.groups[id]; g != nil && !g.Disabled && slices.Contains(g.Members, userID) {
			return true
		}
	}
	return false
}

// mentions are the mentions in a message.
type mentions struct {
	users, groups map[string]bool
	all           bool
}

// mentionsOf reads blocks where there are some: the text beside them is only
// what a notification shows.
func mentionsOf(m *Message) mentions {
	found := mentions{users: map[string]bool{}, groups: map[string]bool{}}
	if m.Blocks == nil {
		found.mrkdwn(m.Text)
	} else if v, ok := decode(string(m.Blocks)); ok {
		found.blocks(v)
	}
	var old []struct {
		Text    string          `json:"text"`
		Pretext string          `json:"pretext"`
		Blocks  json.RawMessage `json:"blocks"`
	}
	if m.Attachments != nil && json.Unmarshal(m.Attachments, &old) == nil {
		for _, a := range old {
			found.mrkdwn(a.Pretext)
			found.mrkdwn(a.Text)
			if v, ok := decode(string(a.Blocks)); ok {
				found.blocks(v)
			}
		}
	}
	return found
}

// blocks walks nested Block Kit objects. A confirm dialog is hidden until its
// button is pressed, and mentions no one.
func (f *mentions) blocks(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			f.blocks(x)
		}
	case object:
		f.element(v)
		for k, x := range v {
			if k != "confirm" {
				f.blocks(x)
			}
		}
	}
}

func (f *mentions) element(o object) {
	str := func(key string) string { s, _ := o[key].(string); return s }
	switch str("type") {
	case "mrkdwn", "markdown":
		f.mrkdwn(str("text"))
	case "user":
		f.users[str("user_id")] = true
	case "usergroup":
		f.groups[str("usergroup_id")] = true
	case "broadcast":
		f.all = true
	}
}

var mentioned = regexp.MustCompile(`<(@|!subteam\^|!)([A-Za-z0-9]+)(?:\|[^<>]*)?>`)

func (f *mentions) mrkdwn(text string) {
	if !strings.Contains(text, "<") {
		return
	}
	for _, p := range mentioned.FindAllStringSubmatch(text, -1) {
		switch {
		case p[1] == "@":
			f.users[p[2]] = true
		case p[1] != "!":
			f.groups[p[2]] = true
		case slices.Contains([]string{"here", "channel", "everyone"}, p[2]):
			f.all = true
		}
	}
}
