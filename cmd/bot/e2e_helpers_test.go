package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// patience is how long a test waits for an event. The machine may be busy
// with all tests at once, and work claimed by a killed bot is free only after
// its lease of ten seconds.
const patience = time.Minute

// began returns a stage whose bot runs and has its two connections open.
func began(t *testing.T, change ...func(*slackd.Config, *tencentd.Config)) *stage {
	t.Helper()
	s := newStage(t, change...)
	s.start()
	s.connected(2)
	return s
}

func (s *stage) connected(n int) {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(s.tb, s.slack.WaitConnections(ctx, n))
}

// sayIn types a command in a channel and requires that it is acked.
func (s *stage) sayIn(user, channel, text string) slackd.Delivery {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := s.slack.Command(ctx, user, channel, text)
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, "%s: %s %s", text, d.Failure, d.Detail)
	return d
}

// heard waits until the bot has read every event that Slack sent: a later
// click may overtake it on another connection.
func (s *stage) heard() {
	s.tb.Helper()
	s.await("the events read", patience, func() bool {
		return !slices.ContainsFunc(s.slack.Deliveries(), func(d slackd.Delivery) bool {
			return d.Type == "events_api" && !d.Acked && d.Failure == ""
		})
	})
}

// shownIn is all that a message shows, one piece a line.
func shownIn(m slackd.Message) string {
	var blocks any
	if len(m.Blocks) > 0 && json.Unmarshal(m.Blocks, &blocks) != nil {
		return m.Text
	}
	return m.Text + "\n" + strings.Join(texts(blocks), "\n")
}

// texts gathers every text of a message's blocks.
func texts(v any) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			out = append(out, texts(x)...)
		}
	case map[string]any:
		if kind, _ := v["type"].(string); strings.HasPrefix(kind, "rich_text_") && kind != "rich_text_list" {
			return []string{strings.Join(texts(v["elements"]), "")} // its pieces follow each other in one line
		}
		for _, key := range []string{"text", "fields", "elements", "accessory", "alt_text", "rows", "element"} {
			switch x := v[key].(type) {
			case string:
				out = append(out, x)
			default:
				out = append(out, texts(x)...)
			}
		}
	}
	return out
}

func shows(m slackd.Message, parts ...string) bool {
	text := shownIn(m)
	return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(text, p) })
}

// message waits for a message of a channel, top level, that shows all parts.
func (s *stage) message(channel string, parts ...string) slackd.Message {
	s.tb.Helper()
	var found slackd.Message
	s.await("a message in "+channel+" with "+strings.Join(parts, " | "), patience, func() bool {
		list := s.slack.Messages(channel)
		i := slices.IndexFunc(list, func(m slackd.Message) bool { return shows(m, parts...) })
		if i >= 0 {
			found = list[i]
		}
		return i >= 0
	})
	return found
}

// thread waits until the replies under a message together show all parts.
func (s *stage) thread(m slackd.Message, parts ...string) {
	s.tb.Helper()
	s.await("replies with "+strings.Join(parts, " | "), patience, func() bool {
		var all strings.Builder
		for _, r := range s.slack.Thread(m.Channel, m.TS) {
			if r.ThreadTS != "" {
				all.WriteString(shownIn(r) + "\n")
			}
		}
		return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(all.String(), p) })
	})
}

// private waits for an ephemeral or direct message to a person.
func (s *stage) private(user string, parts ...string) slackd.Message {
	s.tb.Helper()
	var found slackd.Message
	s.await("a private answer to "+user+" with "+strings.Join(parts, " | "), patience, func() bool {
		list := s.slack.Ephemerals(user, "")
		for _, c := range s.slack.Channels() {
			if c.IM && slices.Contains(c.Members, user) {
				list = append(list, s.slack.Messages(c.ID)...)
			}
		}
		i := slices.IndexFunc(list, func(m slackd.Message) bool { return !m.Replaced && !m.Deleted && shows(m, parts...) })
		if i >= 0 {
			found = list[i]
		}
		return i >= 0
	})
	return found
}

// button finds the button of a message by its label.
func button(m slackd.Message, label string) (block, action, value string) {
	type element struct {
		Action string          `json:"action_id"`
		Value  string          `json:"value"`
		Text   json.RawMessage `json:"text"`
	}
	var blocks []struct {
		ID        string    `json:"block_id"`
		Elements  []element `json:"elements"`
		Accessory element   `json:"accessory"`
		Rows      [][]struct {
			Element element `json:"element"`
		} `json:"rows"`
	}
	if json.Unmarshal(m.Blocks, &blocks) != nil {
		return "", "", ""
	}
	for _, b := range blocks {
		all := append(b.Elements, b.Accessory)
		for _, cells := range b.Rows {
			for _, c := range cells {
				all = append(all, c.Element)
			}
		}
		for _, e := range all {
			var text struct {
				Text string `json:"text"`
			}
			if e.Action != "" && json.Unmarshal(e.Text, &text) == nil && text.Text == label {
				return b.ID, e.Action, e.Value
			}
		}
	}
	return "", "", ""
}

// press presses a button by its label and requires that the click is acked.
func (s *stage) press(user string, m slackd.Message, label string) slackd.Delivery {
	s.tb.Helper()
	block, action, _ := button(m, label)
	require.NotEmpty(s.tb, action, "no button %q in %s", label, shownIn(m))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	at := slackd.Ref{Channel: m.Channel, TS: m.TS}
	d, err := s.slack.Press(ctx, user, at, block, action)
	if errors.Is(err, slackd.ErrRefused) { // changed since it was read: its blocks have new names
		d, err = s.slack.Press(ctx, user, at, "", action)
	}
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, "%s %s", d.Failure, d.Detail)
	return d
}

// click sends a button's payload as Slack would, with fields of it replaced,
// as another app or a faulty Slack might.
func (s *stage) click(user, channel, action, value string, fields map[string]any) slackd.Delivery {
	s.tb.Helper()
	p := map[string]any{
		"type": "block_actions", "token": "x", "api_app_id": s.slack.AppID(),
		"team": map[string]any{"id": s.slack.TeamID(), "domain": "acme"}, "user": map[string]any{"id": user},
		"channel": map[string]any{"id": channel}, "container": map[string]any{"type": "message", "channel_id": channel, "message_ts": "1700000000.000100"},
		"actions": []any{map[string]any{"type": "button", "action_id": action, "block_id": "b", "value": value}},
	}
	for k, v := range fields {
		p[k] = v
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := s.slack.SendEnvelope(ctx, "interactive", p, false)
	require.NoError(s.tb, err)
	require.True(s.tb, d.Acked, "%s %s", d.Failure, d.Detail)
	return d
}

// member returns a user in a TRTC room.
func (s *stage) member(kind tencentd.Kind, room, user string) tencentd.Member {
	r, _ := s.tencent.Room(kind, room)
	m, _ := r.Member(user)
	return m
}

func (s *stage) muted(room, user string) bool {
	m := s.member(tencentd.KindRoom, room, user)
	return m.AudioBlocked && m.VideoBlocked
}

// among reports whether a user is in a list of terms.
func among(list []tencentd.Term, user string) bool {
	return slices.ContainsFunc(list, func(t tencentd.Term) bool { return t.User == user })
}

func (s *stage) silenced(user string) bool {
	r, _ := s.tencent.Room(tencentd.KindLive, "show1")
	return among(r.Silenced, user)
}

// called counts the calls of one API that Tencent has seen.
func (s *stage) called(api string) int { return s.tencent.Counters().ByAPI[api] }

// unknownKick makes case 1 a kick with unknown outcome, and returns its card.
// Later calls succeed.
func (s *stage) unknownKick() slackd.Message {
	s.tb.Helper()
	require.NoError(s.tb, s.tencent.Fail("RemoveUser", tencentd.Fault{DropRequest: true}))
	s.say(mod, "kick room:1234 test1")
	s.await("unknown", patience, func() bool { return s.outcomes(moderation.Unknown) == 1 })
	s.tencent.ClearFaults()
	return s.message(live, "#1 ", "may or may not have worked")
}

// holding counts the messages of a list that show all parts.
func holding(list []slackd.Message, parts ...string) int {
	n := 0
	for _, m := range list {
		if shows(m, parts...) {
			n++
		}
	}
	return n
}

// metric reads one number of /metrics; labels as they are written there.
func (s *stage) metric(name string) string {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+s.env["HTTP_ADDR"]+"/metrics", nil)
	require.NoError(s.tb, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.tb, err)
	defer res.Body.Close() //nolint:errcheck // read to its end
	text := &tail{}
	_, err = text.buf.ReadFrom(res.Body)
	require.NoError(s.tb, err)
	for line := range strings.Lines(text.String()) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// ends runs the bot until it ends by itself and returns its last output.
func (s *stage) ends(within time.Duration) (status int, last string) {
	s.tb.Helper()
	if s.proc == nil {
		s.launch()
	}
	s.proc.view.shut()
	select {
	case <-s.proc.done:
	case <-time.After(within):
		s.tb.Fatalf("the bot does not end\n%s", s.proc.log)
	}
	s.raced()
	status, last = s.proc.code, lastLines(s.proc.log.String(), 1)
	s.proc = nil
	return status, last
}

// injected requires that nothing the bot ever sent mentions anyone but those
// who must act, or links anywhere but to this workspace and its channels.
func (s *stage) injected() {
	s.tb.Helper()
	for _, method := range []string{"chat.postMessage", "chat.update", "chat.postEphemeral", "response_url"} {
		for _, c := range s.slack.Calls(method) {
			for _, field := range []string{"text", "blocks"} {
				s.harmless(c.Args[field], c.Method)
			}
		}
	}
	for _, a := range s.slack.Acks() {
		s.harmless(string(a.Payload), "ack")
	}
}

var angled = regexp.MustCompile(`<[^<>]*>?`)

// harmless requires it of one text, or of the blocks of one message.
func (s *stage) harmless(raw, where string) {
	s.tb.Helper()
	var v any
	if json.Unmarshal([]byte(raw), &v) != nil {
		v = map[string]any{"type": "mrkdwn", "text": raw} // a fallback text
	}
	for _, text := range active(v) {
		for _, form := range angled.FindAllString(text, -1) {
			ok := strings.HasPrefix(form, "<!date^") || strings.HasPrefix(form, "<https://acme.slack.com/") ||
				slices.Contains([]string{"<@" + mod + ">", "<@" + mod2 + ">", "<@" + lead + ">", "<#" + live + ">", "<#" + cas + ">", "<#C0RANDOM>"}, form)
			require.True(s.tb, ok, "%s: %s in %s", where, form, text)
		}
	}
}

// active returns the texts of a message that Slack parses, and each element
// of rich text that would mention or link.
func active(v any) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			out = append(out, active(x)...)
		}
	case map[string]any:
		kind, _ := v["type"].(string)
		switch kind {
		case "mrkdwn":
			if text, ok := v["text"].(string); ok {
				out = append(out, text)
			}
		case "broadcast", "usergroup":
			out = append(out, "<!"+kind+">")
		}
		if text, ok := v["text"].(string); ok && kind == "" { // an ack's or an answer's own text
			out = append(out, text)
		}
		for _, x := range v {
			out = append(out, active(x)...)
		}
	}
	return out
}
