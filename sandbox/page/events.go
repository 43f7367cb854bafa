package page

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// beat is the interval of keep-alives of a silent stream.
const beat = 15 * time.Second

// stream writes server-sent events to one reader.
type stream struct {
	w    http.ResponseWriter
	out  *http.ResponseController
	fail error
}

// send writes one event; after the first failure it does nothing more.
func (s *stream) send(event string, v any) {
	if s.fail != nil {
		return
	}
	body, err := json.Marshal(v)
	if err != nil {
		s.fail = err
		return
	}
	_, s.fail = s.w.Write([]byte("event: " + event + "\ndata: " + string(body) + "\n\n"))
}

func (s *stream) flush() {
	if s.fail == nil {
		s.fail = s.out.Flush()
	}
}

// events streams what one person may see of the workspace, and the rooms. It
// begins with a snapshot; changes after it are whole objects, so that
// receiving one twice does no harm.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	user := r.URL.Query().Get("user")
	if _, ok := p.world.Slack.User(user); !ok {
		refuse(w, http.StatusNotFound, "no such person: "+user)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	talk, rooms := p.world.Slack.Subscribe(ctx), p.world.Tencent.Subscribe(ctx)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	s := &stream{w: w, out: http.NewResponseController(w)}
	s.send("snapshot", p.snapshot(user))
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for s.flush(); s.fail == nil; s.flush() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, s.fail = w.Write([]byte(": still here\n\n"))
		case c, ok := <-talk:
			if !ok {
				return
			}
			p.sendTalkChange(s, user, c)
			p.drain(s, user, talk, rooms)
		case c, ok := <-rooms:
			if !ok {
				return
			}
			p.sendRoomChange(s, c)
			p.drain(s, user, talk, rooms)
		}
	}
	p.log.Debug("stream ended", "err", s.fail)
}

// drain sends what else is there already, so that a burst is one write to the network.
func (p *Page) drain(s *stream, user string, talk <-chan slackd.Change, rooms <-chan tencentd.Change) {
	for range 64 {
		select {
		case c, ok := <-talk:
			if !ok {
				return
			}
			p.sendTalkChange(s, user, c)
		case c, ok := <-rooms:
			if !ok {
				return
			}
			p.sendRoomChange(s, c)
		default:
			return
		}
	}
}

// sendTalkChange sends a change of the workspace to a person who may see it.
func (p *Page) sendTalkChange(s *stream, user string, c slackd.Change) {
	switch {
	case c.Message != nil:
		if ch, ok := p.world.Slack.Channel(c.Message.Channel); ok && readable(ch, *c.Message, user) {
			if ch.IM {
				s.send("channels", p.channels(user)) // a direct message may be the first of its conversation
			}
			s.send("message", messageOf(*c.Message))
		}
	case c.View != nil && c.View.User == user:
		s.send("views", p.views(user))
	case c.Notification != nil:
		s.send("notified", notifiedOf(*c.Notification))
	case c.Connection != nil:
		s.send("connections", p.connections())
	case c.Kind == slackd.PeopleChanged, c.Kind == slackd.Resync:
		s.send("snapshot", p.snapshot(user))
	case c.Call != nil && (c.Call.Status != http.StatusOK || c.Call.Error != ""):
		s.send("trouble", troubleOf(*c.Call))
	}
}

// sendRoomChange sends a change in a room, or a finished call.
func (p *Page) sendRoomChange(s *stream, c tencentd.Change) {
	if c.Missed > 0 {
		s.send("rooms", p.rooms())
	}
	if c.What == "call" {
		calls := p.world.Tencent.Calls()
		for i := len(calls) - 1; i >= 0; i-- {
			if calls[i].Seq == c.Call {
				s.send("call", callOf(calls[i]))
				break
			}
		}
		s.send("armed", p.armed())
		return
	}
	s.send("room", p.room(c.Kind, c.Room, c.What, c.Users))
}
