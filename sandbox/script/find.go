package script

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"bouncer/sandbox/slackd"
)

// findButton finds a button by its label.
func findButton(raw json.RawMessage, label string) (blockID, action string, ok bool) {
	for _, b := range decode(raw) {
		for _, e := range b.elements() {
			if e.Type == "button" && e.plain(nil) == "["+label+"]" {
				return b.BlockID, e.ActionID, true
			}
		}
	}
	return "", "", false
}

// findInRow finds a button by its label in the row of a table, or beside the text, that shows a text.
func findInRow(raw json.RawMessage, shown, label string) (blockID, action string, ok bool) {
	for _, b := range decode(raw) {
		var texts []string
		for _, f := range b.Fields {
			texts = append(texts, f.plain(nil))
		}
		if e := b.Accessory; e != nil && e.plain(nil) == "["+label+"]" && strings.Contains(visible(b.Text.plain(nil)+strings.Join(texts, " · ")), shown) {
			return b.BlockID, e.ActionID, true
		}
		for _, cells := range b.Rows {
			if !strings.Contains(visible(tableRow(cells, nil)), shown) {
				continue
			}
			for _, c := range cells {
				if c.Button != nil && c.Button.plain(nil) == "["+label+"]" {
					return b.BlockID, c.Button.ActionID, true
				}
			}
		}
	}
	return "", "", false
}

// findChoice finds what one chooses in: by the label of its input, the text
// beside it, or its placeholder.
func findChoice(raw json.RawMessage, label string) (blockID string, found element, ok bool) {
	for _, b := range decode(raw) {
		for _, e := range b.elements() {
			if !strings.Contains(e.Type, "select") && len(e.choices()) == 0 && !strings.HasSuffix(e.Type, "picker") {
				continue
			}
			names := []string{b.Label.plain(nil), e.Placeholder.plain(nil)}
			if b.Accessory != nil {
				names = append(names, b.Text.plain(nil))
			}
			if slices.Contains(names, label) {
				return b.BlockID, e, true
			}
		}
	}
	return "", element{}, false
}

// button finds a button by its label: in the open modal, else in the newest
// message that the person sees.
func (r *runner) button(user, label string) (at slackd.Ref, block, action string, ok bool) {
	if v, open := r.open(user); open {
		if block, action, ok = findButton(viewBlocks(v), label); ok {
			return slackd.Ref{View: v.ID}, block, action, true
		}
	}
	for _, m := range r.seen(user) {
		if block, action, ok = findButton(m.Blocks, label); ok {
			return slackd.Ref{Channel: m.Channel, TS: m.TS}, block, action, true
		}
	}
	return slackd.Ref{}, "", "", false
}

// input finds an input of the open modal by its label.
func (r *runner) input(user, label string) (slackd.Input, bool) {
	v, ok := r.open(user)
	if !ok {
		return slackd.Input{}, false
	}
	for _, b := range decode(viewBlocks(v)) {
		if b.Type == "input" && b.Label.plain(nil) == label && b.Element != nil {
			return slackd.Input{Block: b.BlockID, Action: b.Element.ActionID}, true
		}
	}
	return slackd.Input{}, false
}

// seen are all messages that the person sees, threads and private ones
// included, the newest first.
func (r *runner) seen(user string) []slackd.Message {
	seen := r.said(func(c slackd.Channel) bool { return slices.Contains(c.Members, user) })
	for _, m := range r.world.Slack.Ephemerals(user, "") {
		if !m.Deleted && !m.Replaced {
			seen = append(seen, m)
		}
	}
	slices.SortFunc(seen, newestFirst)
	return seen
}

// everything are all messages that are not private, the newest first.
func (r *runner) everything() []slackd.Message {
	all := r.said(func(slackd.Channel) bool { return true })
	slices.SortFunc(all, newestFirst)
	return all
}

func newestFirst(a, b slackd.Message) int { return cmp.Compare(b.TS, a.TS) }

func (r *runner) said(in func(slackd.Channel) bool) []slackd.Message {
	var out []slackd.Message
	for _, c := range r.world.Slack.Channels() {
		if !in(c) {
			continue
		}
		for _, m := range r.world.Slack.Messages(c.ID) {
			out = append(out, r.world.Slack.Thread(c.ID, m.TS)...)
		}
	}
	return out
}
