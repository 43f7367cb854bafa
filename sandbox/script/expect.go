package script

import (
	"slices"
	"strconv"
	"strings"

	"bouncer/sandbox"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// shown finds a message that counts and shows the text.
func (r *runner) shown(list []slackd.Message, s since, text string, want func(slackd.Message) bool) bool {
	return slices.ContainsFunc(list, func(m slackd.Message) bool {
		return !m.ChangedAt.Before(s.at) && !m.Deleted && !m.Replaced && want(m) && strings.Contains(r.out.plain(m), text)
	})
}

func anyMessage(slackd.Message) bool { return true }

func (r *runner) message(args []string, s since) (func() bool, error) {
	c, err := r.channel(args[0])
	return func() bool { return r.shown(r.world.Slack.Messages(c.ID), s, args[1], anyMessage) }, err
}

func (r *runner) card(args []string, s since) (func() bool, error) {
	c, err := r.channel(args[0])
	return func() bool {
		return r.shown(r.world.Slack.Messages(c.ID), s, args[1], func(m slackd.Message) bool { return m.AppID != "" && m.Blocks != nil })
	}, err
}

func (r *runner) thread(args []string, s since) (func() bool, error) {
	return func() bool {
		for _, c := range r.world.Slack.Channels() {
			for _, parent := range r.world.Slack.Messages(c.ID) {
				replies := r.world.Slack.Thread(c.ID, parent.TS)
				if r.shown(replies, s, args[0], func(m slackd.Message) bool { return m.ThreadTS != "" }) {
					return true
				}
			}
		}
		return false
	}, nil
}

func (r *runner) private(args []string, s since) (func() bool, error) {
	u, err := r.user(args[0])
	return func() bool {
		if r.shown(r.world.Slack.Ephemerals(u.ID, ""), s, args[1], anyMessage) {
			return true
		}
		for _, c := range r.world.Slack.Channels() {
			if c.IM && slices.Contains(c.Members, u.ID) && r.shown(r.world.Slack.Messages(c.ID), s, args[1], anyMessage) {
				return true
			}
		}
		return slices.ContainsFunc(r.refusals, func(f refusal) bool {
			return f.user == u.ID && !f.at.Before(s.at) && strings.Contains(f.text, args[1])
		})
	}, err
}

func (r *runner) modal(args []string, _ since) (func() bool, error) {
	u, err := r.user(args[0])
	return func() bool {
		v, ok := r.open(u.ID)
		return ok && strings.Contains(r.out.view(v), args[1])
	}, err
}

func (r *runner) person(args []string, _ since) (func() bool, error) {
	kind, id, err := sandbox.RoomOf(args[0])
	user, state := args[1], args[2]
	return func() bool {
		room, open := r.world.Tencent.Room(kind, id)
		m, inside := room.Member(user)
		among := func(list []tencentd.Term) bool {
			return slices.ContainsFunc(list, func(t tencentd.Term) bool { return t.User == user })
		}
		switch state {
		case "inside":
			return inside
		case "outside":
			return !inside
		case "muted":
			return inside && m.AudioBlocked && m.VideoBlocked
		case "audio-muted":
			return inside && m.AudioBlocked && !m.VideoBlocked
		case "video-muted":
			return inside && m.VideoBlocked && !m.AudioBlocked
		case "unmuted":
			return inside && !m.AudioBlocked && !m.VideoBlocked
		case "silenced":
			return among(room.Silenced)
		case "unsilenced":
			return open && !among(room.Silenced)
		case "banned":
			return among(room.Banned)
		}
		return open && !among(room.Banned)
	}, err
}

func (r *runner) room(args []string, _ since) (func() bool, error) {
	kind, id, err := sandbox.RoomOf(args[0])
	return func() bool {
		room, open := r.world.Tencent.Room(kind, id)
		switch args[1] {
		case "open":
			return open
		case "closed":
			return !open
		case "frozen":
			return open && room.Frozen
		}
		return open && !room.Frozen
	}, err
}

func (r *runner) call(args []string, s since) (func() bool, error) {
	return func() bool {
		return slices.ContainsFunc(r.world.Tencent.Calls(), func(c tencentd.Call) bool {
			api := c.API[strings.LastIndexByte(c.API, '/')+1:]
			return c.Seq > s.calls && (c.API == args[0] || api == args[0]) && c.Code == args[1]
		})
	}, nil
}

func (r *runner) connections(args []string, _ since) (func() bool, error) {
	n, err := strconv.Atoi(args[0])
	return func() bool {
		open := 0
		for _, c := range r.world.Slack.Connections() {
			if c.State == "open" && !c.Ghost { // not those that Slack has warned
				open++
			}
		}
		return open == n
	}, err
}

func (r *runner) notified(args []string, s since) (func() bool, error) {
	u, err := r.user(args[0])
	return func() bool {
		return slices.ContainsFunc(r.world.Slack.Notifications(u.ID), func(n slackd.Notification) bool {
			return !n.Message.PostedAt.Before(s.at) && strings.Contains(r.out.plain(n.Message), args[1])
		})
	}, err
}

func (r *runner) noButton(args []string, _ since) (func() bool, error) {
	return func() bool { return r.newestLacks(r.everything(), args[0]) }, nil
}

func (r *runner) noButtonIn(args []string, _ since) (func() bool, error) {
	c, err := r.channel(args[0])
	return func() bool {
		list := r.world.Slack.Messages(c.ID)
		slices.Reverse(list)
		return r.newestLacks(list, args[1])
	}, err
}

// newestLacks: the newest of the cards has no such button. Without a card
// there is nothing that could lack one.
func (r *runner) newestLacks(newestFirst []slackd.Message, label string) bool {
	for _, m := range newestFirst {
		if m.AppID != "" && m.Blocks != nil && m.ThreadTS == "" {
			_, _, has := findButton(m.Blocks, label)
			return !has
		}
	}
	return false
}
