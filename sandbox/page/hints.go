package page

import (
	"net/http"
	"slices"
	"strings"

	"bouncer/commands"
	"bouncer/moderation"
	"bouncer/sandbox"
	"bouncer/sandbox/tencentd"
)

// hint is one way to go on with what is being typed.
type hint struct {
	Word   string `json:"word"`
	Text   string `json:"text"` // the whole line with the word in it
	Detail string `json:"detail,omitempty"`
}

// hints completes the line: with the command's own hints, and in the position
// of a user with the people in that room.
func (p *Page) hints(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	answer(w, http.StatusOK, p.complete(q.Get("text"), q.Get("channel")))
}

func (p *Page) complete(line, channel string) []hint {
	out := []hint{}
	name := p.world.Slack.CommandName()
	rest, typed := strings.CutPrefix(line, name+" ")
	switch {
	case !typed && line != "" && strings.HasPrefix(name, line):
		return append(out, hint{Word: name, Text: name + " ", Detail: "moderate people in a live room"})
	case !typed:
		return out
	}
	setting := p.world.ParseContext(channel)
	for _, h := range commands.Hints(rest, setting) {
		out = append(out, hint{Word: h.Word, Text: name + " " + h.Text, Detail: h.Detail})
	}
	for _, h := range p.people(rest, setting) {
		out = append(out, hint{Word: h.Word, Text: name + " " + h.Text, Detail: h.Detail})
	}
	return out
}

// people returns who is inside, or for an unban who is banned, while the last
// word of the text is a user.
func (p *Page) people(text string, set commands.ParseContext) []hint {
	words := strings.Fields(text)
	if text == "" || len(words) == 0 {
		return nil
	}
	if strings.HasSuffix(text, " ") {
		words = append(words, "")
	}
	spec, ok := moderation.Verb(strings.ToLower(words[0])).Spec()
	if !ok || !spec.Takes.Users {
		return nil
	}
	var kind tencentd.Kind
	var id string
	var err error
	switch {
	case len(words) == 3:
		kind, id, err = sandbox.RoomOf(words[1])
	case len(words) == 2 && set.ChannelRoom != nil:
		kind, id = tencentd.Kind(set.ChannelRoom.Kind), set.ChannelRoom.ID
	default:
		return nil
	}
	room, there := p.world.Tencent.Room(kind, id)
	if err != nil || !there {
		return nil
	}
	begun := words[len(words)-1]
	begun = begun[strings.LastIndex(begun, ",")+1:]
	taken := strings.Split(words[len(words)-1], ",")
	var out []hint
	offer := func(user, detail string) {
		if strings.HasPrefix(user, begun) && !slices.Contains(taken[:len(taken)-1], user) && len(out) < 8 {
			out = append(out, hint{Word: user, Text: strings.TrimSuffix(text, begun) + user + " ", Detail: detail})
		}
	}
	if spec.Verb == moderation.Unban {
		for _, t := range room.Banned {
			offer(t.User, "banned")
		}
	}
	for _, u := range room.Users() {
		offer(u, "in the room")
	}
	return out
}
