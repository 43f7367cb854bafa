package check

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"bouncer/moderation"
	"bouncer/sandbox/slackd"
)

// row matches the row of a case in a list: an icon, markup, and its number.
var row = regexp.MustCompile(`^[^\w#]*#([0-9]+)[ *:·]`)

// overdueIcon begins a line that says that an end is late, beside the line of the case.
const overdueIcon = "⏰"

// rows returns the cases of which a message is the card or has the line, each as often as it does.
func rows(m slackd.Message) (nos []int64) {
	var mark struct {
		Payload struct {
			Key string `json:"key"`
		} `json:"event_payload"`
	}
	if json.Unmarshal(m.Metadata, &mark) == nil && !strings.Contains(mark.Payload.Key, "+") {
		kind, number, _ := strings.Cut(mark.Payload.Key, ":")
		no, err := strconv.ParseInt(number, 10, 64)
		if err != nil || kind != "card" && kind != "line" {
			return nil // about something else
		}
		return []int64{no}
	}
	text := m.Text
	if len(m.Blocks) > 0 {
		var blocks any
		if json.Unmarshal(m.Blocks, &blocks) == nil {
			text = strings.Join(texts(blocks), "\n")
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), overdueIcon) {
			continue
		}
		if found := row.FindStringSubmatch(line); found != nil {
			if no, err := strconv.ParseInt(found[1], 10, 64); err == nil {
				nos = append(nos, no)
			}
		}
	}
	return nos
}

// texts gathers the texts of a message's blocks.
func texts(v any) (out []string) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			out = append(out, texts(x)...)
		}
	case map[string]any:
		if kind, _ := v["type"].(string); strings.HasPrefix(kind, "rich_text_") && kind != "rich_text_list" {
			return []string{strings.Join(texts(v["elements"]), "")}
		}
		for _, key := range []string{"text", "fields", "elements"} {
			if s, ok := v[key].(string); ok {
				out = append(out, s)
			} else {
				out = append(out, texts(v[key])...)
			}
		}
	}
	return out
}

// messages checks that each case has one card, where the log says, and one audit line.
func (r *Report) messages(h History) {
	cards, lines := map[int64][]moderation.Posted{}, map[int64]int{}
	for _, m := range h.Messages {
		for _, no := range rows(m) {
			if m.Channel == h.AuditChannel {
				lines[no]++
			} else {
				cards[no] = append(cards[no], moderation.Posted{Channel: m.Channel, TS: m.TS})
			}
		}
	}
	for _, c := range h.Cases {
		switch got := cards[c.No]; {
		case len(got) != 1:
			r.add(Message, "case %d has %d cards: %v", c.No, len(got), got)
		case got[0] != c.Card:
			r.add(Message, "case %d has its card at %v, the log says %v", c.No, got[0], c.Card)
		}
		if lines[c.No] != 1 {
			r.add(Message, "case %d has %d audit lines", c.No, lines[c.No])
		}
	}
}
