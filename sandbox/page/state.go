package page

import (
	"cmp"
	"encoding/json"
	"slices"

	"bouncer/sandbox"
	"bouncer/sandbox/slackd"
	"bouncer/sandbox/tencentd"
)

// How much of the past a page gets when it opens.
const (
	keepMessages = 300
	keepCalls    = 20
	keepNotified = 50
	keepBody     = 2000
)

// snapshot is all that one person sees, at one moment. Times are Unix
// milliseconds of the world's clock.
type snapshot struct {
	Me      string                `json:"me"`
	Command string                `json:"command"`
	Now     int64                 `json:"now"`
	Cast    []castJSON            `json:"cast"`
	People  map[string]personJSON `json:"people"`
	Groups  map[string]string     `json:"groups"`
	Names   map[string]string     `json:"names"` // channel names by id, for mentions
	// Mine are the user groups that the person is in.
	Mine []string `json:"mine"`
	// Shortcuts are what the menu of a message offers the person, Global those of the composer.
	Shortcuts []shortcutJSON `json:"shortcuts"`
	Global    []shortcutJSON `json:"global"`
	// Notified are the newest notifications of everyone in the cast, to show
	// for whom something waits.
	Notified    []notifiedJSON           `json:"notified"`
	Channels    []channelJSON            `json:"channels"`
	Messages    []messageJSON            `json:"messages"`
	Views       []viewJSON               `json:"views"`
	Rooms       []roomJSON               `json:"rooms"`
	RoomNames   map[string]string        `json:"room_names"` // the policy's, by kind:id
	Calls       []callJSON               `json:"calls"`
	Connections []connectionJSON         `json:"connections"`
	Armed       []armedJSON              `json:"armed"`
	APIs        []string                 `json:"apis"`
	Troubles    map[string][]failureJSON `json:"troubles"` // by slack and tencent
}

// failureJSON is a way to fail that can be chosen.
type failureJSON struct {
	Name  string `json:"name"`
	About string `json:"about"`
}

type castJSON struct {
	ID    string `json:"id"`
	Role  string `json:"role"`
	About string `json:"about"`
}

type personJSON struct {
	Name   string `json:"name"`
	Handle string `json:"handle"`
	Bot    bool   `json:"bot,omitempty"`
	Locale string `json:"locale,omitempty"`
}

type shortcutJSON struct {
	Name     string `json:"name"`
	Callback string `json:"callback"`
}

type notifiedJSON struct {
	User    string `json:"user"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	Thread  string `json:"thread,omitempty"`
}

type channelJSON struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Topic   string `json:"topic,omitempty"`
	Private bool   `json:"private,omitempty"`
	Shared  bool   `json:"shared,omitempty"`
	IM      bool   `json:"im,omitempty"`
}

type messageJSON struct {
	Channel     string          `json:"channel"`
	TS          string          `json:"ts"`
	Thread      string          `json:"thread,omitempty"`
	User        string          `json:"user"`
	App         bool            `json:"app,omitempty"`
	Text        string          `json:"text"`
	Blocks      json.RawMessage `json:"blocks,omitempty"`
	Attachments json.RawMessage `json:"attachments,omitempty"`
	Files       []fileJSON      `json:"files,omitempty"`
	Ephemeral   bool            `json:"ephemeral,omitempty"`
	Gone        bool            `json:"gone,omitempty"`
	Replaced    bool            `json:"replaced,omitempty"`
	Edits       int             `json:"edits,omitempty"`
	Link        string          `json:"link"`
}

type fileJSON struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Title string `json:"title"`
	Size  int    `json:"size"`
	// Image says that the page may show it; Alt describes it then.
	Image bool   `json:"image,omitempty"`
	Alt   string `json:"alt,omitempty"`
}

type viewJSON struct {
	ID     string            `json:"id"`
	Hash   string            `json:"hash"`
	Body   json.RawMessage   `json:"body"`
	Errors map[string]string `json:"errors,omitempty"`
}

type roomJSON struct {
	Kind     tencentd.Kind     `json:"kind"`
	ID       string            `json:"id"`
	Type     string            `json:"type,omitempty"`
	Title    string            `json:"title,omitempty"`
	Open     bool              `json:"open"`
	Frozen   bool              `json:"frozen,omitempty"`
	Members  []tencentd.Member `json:"members"`
	Banned   []termJSON        `json:"banned"`
	Silenced []termJSON        `json:"silenced"`
	// What and Users say what just happened; empty in a snapshot.
	What  string   `json:"what,omitempty"`
	Users []string `json:"users,omitempty"`
}

type termJSON struct {
	User  string `json:"user"`
	Until int64  `json:"until"`
}

type callJSON struct {
	Seq       int    `json:"seq"`
	At        int64  `json:"at"`
	API       string `json:"api"`
	Code      string `json:"code"`
	RequestID string `json:"request_id,omitempty"`
	Body      string `json:"body"`
	Fault     bool   `json:"fault,omitempty"`
}

type connectionJSON struct {
	ID    int    `json:"id"`
	State string `json:"state"`
}

type armedJSON struct {
	On   string `json:"on"`
	How  string `json:"how"`
	Left int    `json:"left"`
}

// troubleJSON is a failed call of the bot to Slack.
type troubleJSON struct {
	Method string `json:"method"`
	Status int    `json:"status"`
	Error  string `json:"error,omitempty"`
}

func (p *Page) snapshot(user string) snapshot {
	slack := p.world.Slack
	s := snapshot{
		Me: user, Command: slack.CommandName(), Now: p.world.Now().UnixMilli(),
		Mine: []string{}, Shortcuts: p.shortcuts(user, false), Global: p.shortcuts(user, true), Notified: p.notified(),
		People: map[string]personJSON{}, Groups: map[string]string{}, Names: map[string]string{}, RoomNames: map[string]string{},
		Channels: p.channels(user), Messages: []messageJSON{}, Views: p.views(user), Rooms: p.rooms(),
		Calls: []callJSON{}, Connections: p.connections(), Armed: p.armed(), APIs: p.world.Tencent.APIs(),
		Troubles: map[string][]failureJSON{"slack": failures(sandbox.SlackTroubles()), "tencent": failures(sandbox.TencentTroubles())},
	}
	for _, c := range sandbox.Cast() {
		s.Cast = append(s.Cast, castJSON{ID: c.ID, Role: c.Role, About: c.About})
	}
	for _, u := range slack.Users() {
		s.People[u.ID] = personJSON{Name: cmp.Or(u.DisplayName, u.RealName, u.Name), Handle: u.Name, Bot: u.Bot, Locale: u.Locale}
	}
	for _, g := range slack.Groups() {
		s.Groups[g.ID] = g.Handle
		if slices.Contains(g.Members, user) && !g.Disabled {
			s.Mine = append(s.Mine, g.ID)
		}
	}
	for name, room := range p.world.ParseContext("").Rooms {
		s.RoomNames[room.String()] = name
	}
	for _, c := range slack.Channels() {
		if !c.Private || sees(c, user) {
			s.Names[c.ID] = c.Name
		}
	}
	for _, c := range s.Channels {
		s.Messages = append(s.Messages, p.messages(c.ID, user)...)
	}
	calls := p.world.Tencent.Calls()
	for _, c := range calls[max(0, len(calls)-keepCalls):] {
		s.Calls = append(s.Calls, callOf(c))
	}
	return s
}

// shortcuts returns the app's shortcuts of a kind: Slack offers them only to members of
// its own workspace.
func (p *Page) shortcuts(user string, global bool) []shortcutJSON {
	out := []shortcutJSON{}
	if u, ok := p.world.Slack.User(user); !ok || u.TeamID != p.world.Slack.TeamID() {
		return out
	}
	for _, s := range p.world.Slack.Shortcuts() {
		if s.Global == global {
			out = append(out, shortcutJSON{s.Name, s.CallbackID})
		}
	}
	return out
}

func (p *Page) notified() []notifiedJSON {
	out := []notifiedJSON{}
	for _, c := range sandbox.Cast() {
		all := p.world.Slack.Notifications(c.ID)
		for _, n := range all[max(0, len(all)-keepNotified):] {
			out = append(out, notifiedOf(n))
		}
	}
	return out
}

func notifiedOf(n slackd.Notification) notifiedJSON {
	return notifiedJSON{n.User, n.Message.Channel, n.Message.TS, n.Message.ThreadTS}
}

func failures(list []sandbox.Trouble) []failureJSON {
	out := make([]failureJSON, len(list))
	for i, t := range list {
		out[i] = failureJSON{t.Name, t.About}
	}
	return out
}

// sees: a channel is shown to its members.
func sees(c slackd.Channel, user string) bool { return slices.Contains(c.Members, user) }

// readable reports whether the person can read a message: an ephemeral
// message has one reader.
func readable(c slackd.Channel, m slackd.Message, user string) bool {
	return sees(c, user) && (!m.Ephemeral || m.To == user)
}

func (p *Page) channels(user string) []channelJSON {
	out := []channelJSON{}
	for _, c := range p.world.Slack.Channels() {
		if sees(c, user) && !c.Archived {
			out = append(out, channelJSON{ID: c.ID, Name: c.Name, Topic: c.Topic, Private: c.Private, Shared: c.ExtShared, IM: c.IM})
		}
	}
	return out
}

// messages are the newest of a channel, threads and private ones included.
func (p *Page) messages(channel, user string) []messageJSON {
	var all []slackd.Message
	top := p.world.Slack.Messages(channel)
	for _, m := range top[max(0, len(top)-keepMessages):] {
		all = append(all, p.world.Slack.Thread(channel, m.TS)...)
	}
	for _, m := range p.world.Slack.Ephemerals(user, channel) {
		if !m.Deleted && !m.Replaced {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b slackd.Message) int { return cmp.Compare(a.TS, b.TS) })
	var out []messageJSON
	for _, m := range all[max(0, len(all)-keepMessages):] {
		out = append(out, messageOf(m))
	}
	return out
}

func messageOf(m slackd.Message) messageJSON {
	out := messageJSON{
		Channel: m.Channel, TS: m.TS, Thread: m.ThreadTS, User: m.User, App: m.AppID != "", Text: m.Text,
		Blocks: m.Blocks, Attachments: m.Attachments, Ephemeral: m.Ephemeral, Gone: m.Deleted || m.Replaced,
		Replaced: m.Replaced, Edits: m.Edits, Link: m.Link,
	}
	for _, f := range m.Files {
		out.Files = append(out.Files, fileJSON{f.ID, f.Name, f.Title, f.Size, picture(f) != "", f.AltText})
	}
	return out
}

func (p *Page) views(user string) []viewJSON {
	out := []viewJSON{}
	for _, v := range p.world.Slack.Views(user) {
		if v.Type == "home" || v.Open {
			out = append(out, viewJSON{ID: v.ID, Hash: v.Hash, Body: v.JSON, Errors: v.Errors})
		}
	}
	return out
}

// rooms returns the demo's rooms, open or closed, and all other open ones, in
// the order of the demo.
func (p *Page) rooms() []roomJSON {
	out := []roomJSON{}
	shown := map[sandbox.RoomRef]bool{}
	for _, r := range sandbox.Rooms() {
		shown[r] = true
		out = append(out, p.room(r.Kind, r.ID, "", nil))
	}
	for _, r := range p.world.Tencent.Rooms() {
		if !shown[sandbox.RoomRef{Kind: r.Kind, ID: r.ID}] {
			out = append(out, p.room(r.Kind, r.ID, "", nil))
		}
	}
	return out
}

func (p *Page) room(kind tencentd.Kind, id, what string, users []string) roomJSON {
	r, open := p.world.Tencent.Room(kind, id)
	return roomJSON{
		Kind: kind, ID: id, Type: r.Type, Title: r.Name, Open: open, Frozen: r.Frozen,
		Members: append([]tencentd.Member{}, r.Members...), Banned: terms(r.Banned), Silenced: terms(r.Silenced),
		What: what, Users: users,
	}
}

func terms(list []tencentd.Term) []termJSON {
	out := make([]termJSON, len(list))
	for i, t := range list {
		out[i] = termJSON{t.User, t.Until.UnixMilli()}
	}
	return out
}

func callOf(c tencentd.Call) callJSON {
	body := []rune(c.Body)
	return callJSON{
		Seq: c.Seq, At: c.At.UnixMilli(), API: c.API, Code: c.Code, RequestID: c.RequestID,
		Body: string(body[:min(len(body), keepBody)]), Fault: c.Fault,
	}
}

func troubleOf(c slackd.Call) troubleJSON { return troubleJSON{c.Method, c.Status, c.Error} }

func (p *Page) connections() []connectionJSON {
	out := []connectionJSON{}
	for _, c := range p.world.Slack.Connections() {
		out = append(out, connectionJSON{c.ID, c.State})
	}
	return out
}

// armed are the failures that wait at Tencent, as the page names them.
func (p *Page) armed() []armedJSON {
	out := []armedJSON{}
	for _, f := range p.world.Tencent.Faults() {
		how := cmp.Or(sandbox.TencentTrouble(f.Fault), "another failure")
		out = append(out, armedJSON{f.Pattern, how, f.Left})
	}
	return out
}
