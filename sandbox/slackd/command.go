package slackd

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Command types the slash command with text (without the "/mod") and waits
// until the app acknowledged or failed. It returns an error if Slack's client
// would not have let the person type it there.
func (s *Server) Command(ctx context.Context, userID, channelID, text string) (Delivery, error) {
	p, err := s.CommandAsync(userID, channelID, text)
	if err != nil {
		return Delivery{}, err
	}
	return p.Wait(ctx)
}

// CommandAsync sends what Command sends and returns without waiting for the ack. The error is
// ErrRefused when Slack would not allow it.
func (s *Server) CommandAsync(userID, channelID, text string) (*Pending, error) {
	s.mu.Lock()
	u, c, err := s.present(userID, channelID)
	switch {
	case err != nil:
	case u.TeamID != s.cfg.TeamID:
		err = fmt.Errorf("%w: %s belongs to another workspace, which has no %s", ErrRefused, userID, s.cfg.Command)
	case u.Bot:
		err = fmt.Errorf("%w: %s is a bot", ErrRefused, userID)
	}
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	p := s.commandPost(u, c, text)
	s.mu.Unlock()
	return s.deliver(p), nil
}

// ForgeCommand sends a slash command without checking whether the person could have typed it, with
// fields of the payload replaced; a nil value removes one. It simulates a faulty Slack or another
// app. It returns what became of the delivery, and an error when the context ends first.
func (s *Server) ForgeCommand(ctx context.Context, userID, channelID, text string, fields map[string]any) (Delivery, error) {
	s.mu.Lock()
	u, c := s.people.users[userID], s.people.channels[channelID]
	if u == nil {
		u = &User{ID: userID, Name: strings.ToLower(userID), TeamID: s.cfg.TeamID}
	}
	if c == nil {
		c = &Channel{ID: channelID, Name: strings.ToLower(channelID)}
	}
	p := s.commandPost(u, c, text)
	s.mu.Unlock()
	payload := object{}
	if err := json.Unmarshal(rawJSON(p.payload), &payload); err != nil {
		return Delivery{}, fmt.Errorf("slackd: read back a payload: %w", err)
	}
	for k, v := range fields {
		if v == nil {
			delete(payload, k)
		} else {
			payload[k] = v
		}
	}
	p.payload = payload
	return s.deliver(p).Wait(ctx)
}

// slashPayload is a slash command on the wire. It is a struct and no map
// because load tests send many.
type slashPayload struct {
	Token          string `json:"token"`
	TeamID         string `json:"team_id"`
	TeamDomain     string `json:"team_domain"`
	EnterpriseID   string `json:"enterprise_id,omitempty"`
	EnterpriseName string `json:"enterprise_name,omitempty"`
	ChannelID      string `json:"channel_id"`
	ChannelName    string `json:"channel_name"`
	UserID         string `json:"user_id"`
	UserName       string `json:"user_name"`
	Command        string `json:"command"`
	Text           string `json:"text"`
	AppID          string `json:"api_app_id"`
	OrgInstall     string `json:"is_enterprise_install"`
	ResponseURL    string `json:"response_url"`
	TriggerID      string `json:"trigger_id"`
}

// commandPost builds the delivery of a slash command. Callers hold mu.
func (s *Server) commandPost(u *User, c *Channel, text string) post {
	arrived := s.typedText(strings.TrimSpace(text), !s.cfg.PlainText)
	responseURL := s.responseURL("commands", origin{channel: c.ID, user: u.ID})
	triggerID := s.triggerID(u.ID, "")
	payload := slashPayload{
		Token: s.verify, TeamID: s.cfg.TeamID, TeamDomain: s.cfg.TeamDomain,
		ChannelID: c.ID, ChannelName: wireName(c), UserID: u.ID, UserName: u.Name,
		Command: s.cfg.Command, Text: arrived, AppID: s.cfg.AppID,
		OrgInstall: strconv.FormatBool(s.cfg.OrgInstall), ResponseURL: responseURL, TriggerID: triggerID,
	}
	if s.cfg.EnterpriseID != "" {
		payload.EnterpriseID, payload.EnterpriseName = s.cfg.EnterpriseID, s.cfg.TeamName
	}
	channel, user, line := c.ID, u.ID, s.cfg.Command+" "+text
	return post{
		typ: "slash_commands", kind: s.cfg.Command, user: user, channel: channel, text: arrived,
		payload: payload, accepts: true, responseURL: responseURL, triggerID: triggerID,
		onAck: func(answer json.RawMessage) (string, string, map[string]string) {
			if answer == nil {
				return "", "", nil
			}
			return s.commandAnswer(answer, channel, user, line)
		},
		onFail: func(d Delivery) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.notice(channel, user, fmt.Sprintf("%s failed with the error \"%s\"", s.cfg.Command, d.Failure))
		},
	}
}

// commandAnswer posts the message that an ack carried.
func (s *Server) commandAnswer(answer json.RawMessage, channel, user, line string) (string, string, map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := args{values: map[string]string{}}
	if err := a.readJSON(answer); err != nil {
		// A bare JSON string is a text, too.
		var text string
		if json.Unmarshal(answer, &text) != nil {
			return FailResponse, "the payload is neither an object nor a string", nil
		}
		a.values["text"] = text
	}
	said, err := s.content(a)
	if err != nil {
		s.notice(channel, user, fmt.Sprintf("%s failed with the error \"%s\"", s.cfg.Command, FailResponse))
		return FailResponse, strings.Join(append([]string{err.code}, err.messages...), " "), nil
	}
	m := s.fromApp(channel, said, "ack")
	if a.str("response_type") == "in_channel" {
		s.put(Message{Channel: channel, User: user, Text: line, Source: "person"})
	} else {
		m.Ephemeral, m.To = true, user
	}
	s.put(m)
	return "", "", nil
}

// fromApp returns a new message of the app, before it is stored.
func (s *Server) fromApp(channel string, said content, source string) Message {
	return Message{
		Channel: channel, User: s.cfg.BotUserID, BotID: s.cfg.BotID, AppID: s.cfg.AppID, Text: truncate(said.text, postTextChars),
		Blocks: said.blocks, Attachments: said.attachments, Metadata: said.metadata, Source: source,
	}
}

// wireName is the channel name as payloads carry it: Slack hides the names of
// private conversations.
func wireName(c *Channel) string {
	switch {
	case c.IM:
		return "directmessage"
	case c.Private:
		return "privategroup"
	}
	return c.Name
}

var (
	typedMention = regexp.MustCompile(`(^|[\s(,])([@#])([A-Za-z0-9][A-Za-z0-9._\-]*)`)
	typedURL     = regexp.MustCompile(`https?://[^\s<>]+`)
	typedMail    = regexp.MustCompile(`\b[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,}\b`)
	typedDomain  = regexp.MustCompile(`(^|[\s(,])((?:[A-Za-z0-9\-]+\.)+(?:com|net|org|io|cn|dev|app|co|tv|live|de|uk|edu|gov)(?:/[^\s<>]*)?)\b`)
)

var htmlEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// typedText converts typed text as Slack does: & < > become entities, and
// with markup on (should_escape, messages) @name, #channel, @group, URLs,
// mail addresses and bare domains become <…> forms.
func (s *Server) typedText(text string, markup bool) string {
	text = htmlEscape.Replace(text)
	if !markup || !strings.ContainsAny(text, "@#.") && !strings.Contains(text, "://") {
		return text
	}
	// Links are set aside first, so that an @ or # inside them stays.
	var kept []string
	keep := func(form string) string {
		kept = append(kept, form)
		return fmt.Sprintf("\x00%d\x00", len(kept)-1)
	}
	text = typedURL.ReplaceAllStringFunc(text, func(u string) string { return keep("<" + u + ">") })
	text = typedMail.ReplaceAllStringFunc(text, func(m string) string { return keep("<mailto:" + m + "|" + m + ">") })
	text = typedDomain.ReplaceAllStringFunc(text, func(m string) string {
		p := typedDomain.FindStringSubmatch(m)
		return p[1] + keep("<http://"+p[2]+"|"+p[2]+">")
	})
	if strings.ContainsAny(text, "@#") {
		users, groups, channels := s.handles()
		text = typedMention.ReplaceAllStringFunc(text, func(m string) string {
			p := typedMention.FindStringSubmatch(m)
			return p[1] + s.mention(p[2], p[3], users, groups, channels)
		})
	}
	for i := len(kept) - 1; i >= 0; i-- {
		text = strings.Replace(text, fmt.Sprintf("\x00%d\x00", i), kept[i], 1)
	}
	return text
}

// mention is the form of @name or #name, or the same text when nothing has that name.
func (s *Server) mention(sigil, name string, users, groups, channels map[string]string) string {
	bare := strings.TrimRight(name, ".-_")
	rest := name[len(bare):]
	if sigil == "#" {
		id, ok := channels[bare]
		switch {
		case !ok:
			return sigil + name
		case s.people.channels[id].Private:
			return "<#" + id + "|>" + rest
		}
		return "<#" + id + "|" + bare + ">" + rest
	}
	switch bare {
	case "here", "channel", "everyone":
		return "<!" + bare + ">" + rest
	}
	if id, ok := users[bare]; ok {
		if s.cfg.MentionNames {
			return "<@" + id + "|" + bare + ">" + rest
		}
		return "<@" + id + ">" + rest
	}
	if id, ok := groups[bare]; ok {
		return "<!subteam^" + id + "|@" + bare + ">" + rest
	}
	return sigil + name
}
