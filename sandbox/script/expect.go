package script

import (
	"slices"
	"strconv"
	"strings"

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

func (r *runner) message(g given, s since) bool {
	return r.shown(r.world.Slack.Messages(g.channel.ID), s, g.args[0], anyMessage)
}

func (r *runner) card(g given, s since) bool {
	return r.shown(r.world.Slack.Messages(g.channel.ID), s, g.args[0], func(m slackd.Message) bool { return m.AppID != "" && m.Blocks != nil })
}

func (r *runner) thread(g given, s since) bool {
	for _, c := range r.world.Slack.Channels() {
		for _, parent := range r.world.Slack.Messages(c.ID) {
			replies := r.world.Slack.Thread(c.ID, parent.TS)
			if r.shown(replies, s, g.args[0], func(m slackd.Message) bool { return m.ThreadTS != "" }) {
				return true
			}
		}
	}
	return false
}

func (r *runner) private(g given, s since) bool {
	if r.shown(r.world.Slack.Ephemerals(g.user.ID, ""), s, g.args[0], anyMessage) {
		return true
	}
	for _, c := range r.world.Slack.Channels() {
		if c.IM && slices.Contains(c.Members, g.user.ID) && r.shown(r.world.Slack.Messages(c.ID), s, g.args[0], anyMessage) {
			return true
		}
	}
	return slices.ContainsFunc(r.refusals, func(f refusal) bool {
		return f.user == g.user.ID && !f.at.Before(s.at) && strings.Contains(f.text, g.args[0])
	})
}

func (r *runner) modal(g given, _ since) bool {
	v, ok := r.open(g.user.ID)
	return ok && strings.Contains(r.out.view(v), g.args[0])
}

// presence is what Tencent knows about a person in a room.
type presence struct {
	open, inside, audioBlocked, videoBlocked, silenced, banned bool
}

// personStates are the possible states of a person in a room.
var personStates = map[string]func(presence) bool{
	"inside":      func(p presence) bool { return p.inside },
	"outside":     func(p presence) bool { return !p.inside },
	"muted":       func(p presence) bool { return p.inside && p.audioBlocked && p.videoBlocked },
	"audio-muted": func(p presence) bool { return p.inside && p.audioBlocked && !p.videoBlocked },
	"video-muted": func(p presence) bool { return p.inside && p.videoBlocked && !p.audioBlocked },
	"unmuted":     func(p presence) bool { return p.inside && !p.audioBlocked && !p.videoBlocked },
	"silenced":    func(p presence) bool { return p.silenced },
	"unsilenced":  func(p presence) bool { return p.open && !p.silenced },
	"banned":      func(p presence) bool { return p.banned },
	"unbanned":    func(p presence) bool { return p.open && !p.banned },
}

func (r *runner) person(g given, _ since) bool {
	user := g.args[0]
	room, open := r.world.Tencent.Room(g.kind, g.room)
	m, inside := room.Member(user)
	of := func(t tencentd.Term) bool { return t.User == user }
	return personStates[g.args[1]](presence{
		open: open, inside: inside, audioBlocked: m.AudioBlocked, videoBlocked: m.VideoBlocked,
		silenced: slices.ContainsFunc(room.Silenced, of), banned: slices.ContainsFunc(room.Banned, of),
	})
}

// roomStates are what a room can be expected to be.
var roomStates = map[string]func(room tencentd.Room, open bool) bool{
	"open":     func(_ tencentd.Room, open bool) bool { return open },
	"closed":   func(_ tencentd.Room, open bool) bool { return !open },
	"frozen":   func(room tencentd.Room, open bool) bool { return open && room.Frozen },
	"unfrozen": func(room tencentd.Room, open bool) bool { return open && !room.Frozen },
}

func (r *runner) room(g given, _ since) bool {
	return roomStates[g.args[0]](r.world.Tencent.Room(g.kind, g.room))
}

func (r *runner) call(g given, s since) bool {
	return slices.ContainsFunc(r.world.Tencent.Calls(), func(c tencentd.Call) bool {
		api := c.API[strings.LastIndexByte(c.API, '/')+1:]
		return c.Seq > s.calls && (c.API == g.args[0] || api == g.args[0]) && c.Code == g.args[1]
	})
}

func (r *runner) connections(g given, _ since) bool {
	open := 0
	for _, c := range r.world.Slack.Connections() {
		if c.State == "open" && !c.Ghost { // not those that Slack has warned
			open++
		}
	}
	n, err := strconv.Atoi(g.args[0])
	return err == nil && open == n
}

func (r *runner) notified(g given, s since) bool {
	return slices.ContainsFunc(r.world.Slack.Notifications(g.user.ID), func(n slackd.Notification) bool {
		return !n.Message.PostedAt.Before(s.at) && strings.Contains(r.out.plain(n.Message), g.args[0])
	})
}

func (r *runner) noButton(g given, _ since) bool { return r.newestLacks(r.everything(), g.args[0]) }

func (r *runner) noButtonIn(g given, _ since) bool {
	list := r.world.Slack.Messages(g.channel.ID)
	slices.Reverse(list)
	return r.newestLacks(list, g.args[0])
}

// newestLacks reports whether the newest of the cards lacks such a button. It
// is false without a card.
func (r *runner) newestLacks(newestFirst []slackd.Message, label string) bool {
	for _, m := range newestFirst {
		if m.AppID != "" && m.Blocks != nil && m.ThreadTS == "" {
			_, _, has := findButton(m.Blocks, label)
			return !has
		}
	}
	return false
}
