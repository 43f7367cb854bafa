package script

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"bouncer/sandbox"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// printer prints the conversation. err is the first failed write.
type printer struct {
	world *sandbox.World
	w     io.Writer
	err   error
	// texts are the blocks that were read while a condition is awaited, by their JSON; nil otherwise,
	// because a step can change names.
	texts map[string]string
}

// put prints an author and a text; further lines of the text are below the
// first.
func (p *printer) put(who, what string) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, "%-18s %s\n", who, strings.ReplaceAll(what, "\n", "\n"+strings.Repeat(" ", 19)))
	}
}

// step prints a line of the script as it is reached.
func (p *printer) step(st step) {
	switch {
	case st.form == &say:
		p.put(st.args[1]+" "+st.args[0], "» "+st.args[2])
	case st.form == &remark:
		p.put("", st.String())
	default:
		p.put("", "» "+st.String())
	}
}

func (p *printer) private(to, from, text string) { p.put("only "+to+" sees", from+": "+text) }

// talk prints a message.
func (p *printer) talk(c slackd.Change) {
	switch {
	case c.Kind == slackd.Notified:
		p.put("", "("+p.handle(c.Notification.User)+" is notified)")
	case c.View != nil && c.View.Type == "modal" && c.Kind != slackd.ViewClosed && len(c.View.Errors) == 0:
		p.put(p.handle(c.View.User)+"'s modal", p.view(*c.View))
	case c.View != nil && c.View.Type == "home":
		p.put(p.handle(c.View.User)+"'s Home", p.view(*c.View))
	}
	m := c.Message
	if m == nil || m.Source == "person" || m.Deleted || m.Replaced {
		return
	}
	from := "Bouncer"
	if m.AppID == "" {
		from = "Slack"
	}
	if c.Kind == slackd.MessageUpdated {
		from += " (edited)"
	}
	text := p.plain(*m)
	ch, _ := p.world.Slack.Channel(m.Channel)
	switch {
	case m.Ephemeral:
		p.private(p.handle(m.To), from, text)
	case ch.IM && len(ch.Members) > 0:
		p.put("to "+p.handle(ch.Members[0]), from+": "+text)
	case m.ThreadTS != "":
		p.put("#"+ch.Name+" thread", from+": "+text)
	default:
		p.put("#"+ch.Name, from+": "+text)
	}
}

// room prints what happened at Tencent.
func (p *printer) room(c tencentd.Change) {
	switch {
	case c.What == "call":
		p.put("Tencent", c.API+" → "+c.Code)
	case c.What != "":
		p.put(string(c.Kind)+":"+c.Room, strings.TrimSpace(strings.Join(c.Users, ", ")+" "+c.What))
	}
}

// plain returns a message as a person reads it, without formatting, and the names of its files.
func (p *printer) plain(m slackd.Message) string {
	text := ""
	if m.Blocks != nil {
		text = p.blocks(m.Blocks)
	} else {
		text = plainMrkdwn(m.Text, p.named)
	}
	for _, f := range m.Files {
		text = strings.TrimSpace(text + "\n[file " + f.Name + "]")
	}
	return text
}

// blocks returns blocks as a person reads them.
func (p *printer) blocks(raw json.RawMessage) string {
	text, known := p.texts[string(raw)]
	if known {
		return text
	}
	text = plainBlocks(raw, p.named)
	if p.texts != nil {
		p.texts[string(raw)] = text
	}
	return text
}

// view returns a modal as a person reads it.
func (p *printer) view(v slackd.View) string {
	var body struct {
		Title text `json:"title"`
	}
	title := ""
	if json.Unmarshal(v.JSON, &body) == nil {
		title = body.Title.Text
	}
	return title + "\n" + plainBlocks(viewBlocks(v), p.named)
}

func (p *printer) handle(user string) string {
	if u, ok := p.world.Slack.User(user); ok {
		return u.Name
	}
	return user
}

func (p *printer) named(id string) string {
	if u, ok := p.world.Slack.User(id); ok {
		if u.RealName != "" {
			return u.RealName
		}
		return u.Name
	}
	if c, ok := p.world.Slack.Channel(id); ok {
		return c.Name
	}
	for _, g := range p.world.Slack.Groups() {
		if g.ID == id {
			return g.Handle
		}
	}
	return id
}
