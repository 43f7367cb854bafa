package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bouncer/sandbox/slackd"
)

// pressing waits for the button and returns its place.
func (r *runner) pressing(g given) (at slackd.Ref, block, action string, err error) {
	err = r.await(r.patience, func() (ok bool) { at, block, action, ok = r.button(g.user.ID, g.args[0]); return ok })
	if err != nil {
		err = fmt.Errorf("no button %q that %s sees: %w", g.args[0], g.user.Name, err)
	}
	return at, block, action, err
}

func (r *runner) press(g given) error {
	at, block, action, err := r.pressing(g)
	if err != nil {
		return err
	}
	r.begin()
	d, err := r.world.Slack.Press(r.ctx, g.user.ID, at, block, action)
	r.out.asked(g.user.Name, "agrees to", d.Confirm)
	return r.refused(g.user, err)
}

// pressRow presses a button in the newest message that has a row with the text.
func (r *runner) pressRow(g given) error {
	var at slackd.Ref
	var block, action string
	err := r.await(r.patience, func() (ok bool) {
		for _, m := range r.seen(g.user.ID) {
			if block, action, ok = findInRow(m.Blocks, g.args[0], g.args[1]); ok {
				at = slackd.Ref{Channel: m.Channel, TS: m.TS}
				return true
			}
		}
		return false
	})
	if err != nil {
		return fmt.Errorf("no button %q in a row with %q that %s sees: %w", g.args[1], g.args[0], g.user.Name, err)
	}
	r.begin()
	_, err = r.world.Slack.Press(r.ctx, g.user.ID, at, block, action)
	return r.refused(g.user, err)
}

func (r *runner) dismiss(g given) error {
	at, block, action, err := r.pressing(g)
	if err != nil {
		return err
	}
	r.begin()
	dialog, err := r.world.Slack.Cancel(g.user.ID, at, block, action)
	if err != nil {
		return err // a button that asks nothing cannot be dismissed: the script is wrong
	}
	r.out.asked(g.user.Name, "does not agree to", dialog)
	return nil
}

// stale presses what an old screen shows: the newest message that ever had the
// button, as it was then.
func (r *runner) stale(g given) error {
	r.drain()
	for _, m := range slices.Backward(r.past) {
		ch, _ := r.world.Slack.Channel(m.Channel)
		if !slices.Contains(ch.Members, g.user.ID) || m.Ephemeral && m.To != g.user.ID {
			continue
		}
		block, action, ok := findButton(m.Blocks, g.args[0])
		if !ok {
			continue
		}
		r.begin()
		d, err := r.world.Slack.PressSeen(r.ctx, g.user.ID, m, block, action)
		r.out.asked(g.user.Name, "agrees to", d.Confirm)
		return r.refused(g.user, err)
	}
	return fmt.Errorf("no button %q that %s ever saw", g.args[0], g.user.Name)
}

// remember stores a message with buttons as it was shown.
func (r *runner) remember(c slackd.Change) {
	if m := c.Message; m != nil && m.Blocks != nil && !m.Deleted && !m.Replaced {
		r.past = append(r.past, *m)
	}
}

func (r *runner) pick(g given) error {
	var at slackd.Ref
	var block string
	var e element
	err := r.await(r.patience, func() (ok bool) { at, block, e, ok = r.choice(g.user.ID, g.args[0]); return ok })
	if err != nil {
		return fmt.Errorf("%[2]s sees no input with the label %[1]q: %[3]w", g.args[0], g.user.Name, err)
	}
	r.begin()
	values, err := r.values(e, g.args[1:])
	if strings.HasSuffix(e.Type, "external_select") {
		values, err = r.searched(g.user.ID, at, block, e, g.args[1:])
	}
	if err != nil {
		return err
	}
	d, err := r.world.Slack.SelectOption(r.ctx, g.user.ID, at, block, e.ActionID, values...)
	r.out.asked(g.user.Name, "agrees to", d.Confirm)
	return r.refused(g.user, err)
}

// choice finds what the person can choose in: in the open modal, else in the
// newest message that has it.
func (r *runner) choice(user, label string) (at slackd.Ref, block string, e element, ok bool) {
	if v, open := r.open(user); open {
		block, e, ok = findChoice(viewBlocks(v), label)
		return slackd.Ref{View: v.ID}, block, e, ok
	}
	for _, m := range r.seen(user) {
		if block, e, ok = findChoice(m.Blocks, label); ok {
			return slackd.Ref{Channel: m.Channel, TS: m.TS}, block, e, true
		}
	}
	return slackd.Ref{}, "", element{}, false
}

// values are the options behind what the script calls them.
func (r *runner) values(e element, names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		value := name
		switch {
		case strings.Contains(e.Type, "users_select"):
			u, err := r.user(name)
			if err != nil {
				return nil, err
			}
			value = u.ID
		case strings.Contains(e.Type, "channels_select"), strings.Contains(e.Type, "conversations_select"):
			c, err := r.channel(name)
			if err != nil {
				return nil, err
			}
			value = c.ID
		case len(e.choices()) > 0:
			i := slices.IndexFunc(e.choices(), func(o option) bool { return visible(o.Text.plain(r.out.named)) == name })
			if i < 0 {
				return nil, fmt.Errorf("there is no option %q; there are:\n%s", name, e.offer(r.out.named))
			}
			value = e.choices()[i].Value
		}
		out = append(out, value)
	}
	return out, nil
}

func (r *runner) shortcut(g given) error {
	callback := ""
	for _, s := range r.world.Slack.Shortcuts() {
		if !s.Global && (s.Name == g.args[0] || s.CallbackID == g.args[0]) {
			callback = s.CallbackID
		}
	}
	if callback == "" {
		return fmt.Errorf("the app has no message shortcut %q", g.args[0])
	}
	var m slackd.Message
	err := r.await(r.patience, func() (ok bool) {
		m, ok = r.newest(r.seen(g.user.ID), g.args[1])
		return ok
	})
	if err != nil {
		return fmt.Errorf("no message that shows %q to %s: %w", g.args[1], g.user.Name, err)
	}
	r.begin()
	_, err = r.world.Slack.MessageAction(r.ctx, g.user.ID, m.Channel, m.TS, callback)
	return r.refused(g.user, err)
}

// newest is the first of a list that shows the text.
func (r *runner) newest(list []slackd.Message, text string) (slackd.Message, bool) {
	i := slices.IndexFunc(list, func(m slackd.Message) bool { return strings.Contains(r.out.plain(m), text) })
	if i < 0 {
		return slackd.Message{}, false
	}
	return list[i], true
}

// awaitBot makes a change of which Slack informs the bot, and waits until the
// bot has acknowledged it or Slack gave up: a click directly afterwards may
// overtake it on another connection.
func (r *runner) awaitBot(change func() error) error {
	r.begin()
	before := map[string]bool{}
	for _, d := range r.world.Slack.Deliveries() {
		before[d.EnvelopeID] = true
	}
	if err := change(); err != nil {
		return err
	}
	return r.await(r.patience, func() bool {
		return !slices.ContainsFunc(r.world.Slack.Deliveries(), func(d slackd.Delivery) bool {
			return d.Type == "events_api" && !before[d.EnvelopeID] && !d.Acked && d.Failure == ""
		})
	})
}

// members changes the members of a user group.
func (r *runner) members(g slackd.Group, ids []string) error {
	return r.awaitBot(func() error { return r.world.Slack.SetGroupMembers(g.ID, ids...) })
}

func (r *runner) joinGroup(g given) error {
	if slices.Contains(g.group.Members, g.user.ID) {
		return r.members(g.group, g.group.Members)
	}
	return r.members(g.group, append(g.group.Members, g.user.ID))
}

func (r *runner) leaveGroup(g given) error {
	return r.members(g.group, slices.DeleteFunc(g.group.Members, func(id string) bool { return id == g.user.ID }))
}

func (r *runner) deleteGroup(g given) error {
	return r.awaitBot(func() error { return r.world.Slack.DeleteGroup(g.group.ID) })
}

// deleteMessage is an admin's: he sees every channel.
func (r *runner) deleteMessage(g given) error {
	var m slackd.Message
	err := r.await(r.patience, func() (ok bool) { m, ok = r.newest(r.everything(), g.args[0]); return ok })
	if err != nil {
		return fmt.Errorf("no message that shows %q: %w", g.args[0], err)
	}
	r.begin()
	return r.world.Slack.Delete(m.Channel, m.TS)
}

func (r *runner) recreate(g given) error {
	r.begin()
	return r.world.Recreate(g.kind, g.room)
}

// quiet is met if nothing has notified the person once all work is finished.
func (r *runner) quiet(g given) error {
	r.rest()
	if err := r.ctx.Err(); err != nil {
		return err
	}
	for _, n := range r.world.Slack.Notifications(g.user.ID) {
		if !n.Message.PostedAt.Before(r.mark) {
			return fmt.Errorf("%w: %s was notified by %q", ErrNotMet, g.user.Name, r.out.plain(n.Message))
		}
	}
	return nil
}

// asked prints the dialog that a button showed, and the answer to it.
func (p *printer) asked(name, answer string, dialog json.RawMessage) {
	if dialog == nil {
		return
	}
	var d struct{ Title, Text, Confirm, Deny text }
	if err := json.Unmarshal(dialog, &d); err != nil {
		p.err = errors.Join(p.err, err)
		return
	}
	p.put(name+" "+answer, d.Title.plain(p.named)+"\n"+d.Text.plain(p.named)+"\n["+d.Confirm.plain(p.named)+"] ["+d.Deny.plain(p.named)+"]")
}
