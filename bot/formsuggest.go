package bot

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"bouncer/bot/say"
	"bouncer/bot/socket"
	"bouncer/commands"
	"bouncer/moderation"
)

// Bounds of suggestions.
const (
	suggestWithin = 2 * time.Second // Slack waits 3 s
	suggestMost   = 100             // options that Slack takes
	suggestCases  = 200             // newest cases that are looked at
	suggestSince  = 30 * 24 * time.Hour
	insideKept    = time.Minute
)

// suggest answers a search in a field of the form with what is known. A person without a role gets
// no names.
func (b *Bot) suggest(ctx context.Context, env socket.Envelope, ack socket.Ack, from asker, p interactivePayload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), suggestWithin-time.Since(env.Received))
	b.modals.Go(func() error {
		defer cancel()
		b.acked(env, ack(offered(b.suggestions(ctx, from, p))))
		return nil
	})
}

// offered is the answer to a search, with as many options as Slack takes: a hundred long names are more.
func offered(options []*slack.OptionBlockObject) map[string]any {
	for {
		answer := map[string]any{"options": options}
		if ackFits(answer) {
			return answer
		}
		options = options[:len(options)*9/10]
	}
}

func (b *Bot) suggestions(ctx context.Context, from asker, p interactivePayload) []*slack.OptionBlockObject {
	none := []*slack.OptionBlockObject{} // nil would be null
	if p.View == nil || p.View.Callback != say.FormCallback() {
		return none
	}
	in, ok := readFormView(*p.View)
	if !ok {
		return none
	}
	v, err := b.clicker(ctx, from)
	if err != nil {
		return none
	}
	if v = b.decide(v, moderation.Action{Verb: moderation.ShowCase}); !v.decision.Allowed || !seesRoomNames(v) {
		return none
	}
	set := b.parseContext(v, typed{asker: from})
	var named moderation.EvidenceDraft
	if in.step.Step == commands.StepQuote {
		if q, err := b.cfg.Store.EvidenceDraft(ctx, in.step.Digest); err == nil && q.User == from.User {
			named = q
		}
	}
	rooms, people := commands.Named(named.Text, set)
	cases, _, err := b.cfg.Store.SearchCases(ctx, moderation.SearchQuery{Within: suggestSince}, 0, suggestCases)
	if err != nil {
		b.log.Warn("suggestions without earlier cases", "err", err)
	}
	field, _, _ := strings.Cut(p.BlockID, ".")
	switch commands.FormField(field) {
	case commands.FieldRoom:
		return b.cfg.Speaker.RoomOptions(matchingRooms(p.Value, set, in.state.Verb, rooms, cases), b.langOf(v.person))
	case commands.FieldPeople:
		room := firstRoom(in.state, set)
		if b.decide(v, moderation.Action{Verb: moderation.Who, Room: room}).decision.Allowed {
			people = append(people, b.insides.known(room)...)
		}
		return b.cfg.Speaker.PeopleOptions(matchingPeople(p.Value, set, room, people, cases), b.langOf(v.person))
	}
	return none
}

// matchingRooms are the choices of rooms for a search: what was typed, a list too; the rooms of the
// message; the policy's rooms and groups of rooms; and those used lately, as far as all of their kinds
// have the verb.
func matchingRooms(query string, set commands.ParseContext, verb moderation.Verb, named []moderation.Room, cases []moderation.Case) (out []say.RoomChoice) {
	query = strings.TrimSpace(query)
	seen := map[string]bool{}
	add := func(text string, rooms ...moderation.Room) {
		key := commands.RoomsText(unnamed(rooms))
		unfit := func(r moderation.Room) bool { return verb != "" && !moderation.Supports(verb, r.Kind).Supported }
		if len(out) < suggestMost && !seen[key] && !slices.ContainsFunc(rooms, unfit) && (len(rooms) == 1 || commands.TakesRooms(verb)) {
			seen[key] = true
			out = append(out, say.RoomChoice{Text: text, Rooms: rooms})
		}
	}
	matches := func(name string, rooms ...moderation.Room) bool {
		return strings.Contains(strings.ToLower(name+" "+commands.RoomsText(unnamed(rooms))), strings.ToLower(query))
	}
	if typed, m := commands.ParseRooms(query, set); query != "" && m == nil && (len(typed) == 1 || !isGroup(query, set)) {
		add(commands.RoomsText(typed), typed...)
	}
	one := func(r moderation.Room) {
		if r.Kind != "" && matches(r.Name, r) {
			add(commands.RoomText(r), r)
		}
	}
	for _, r := range named {
		one(r)
	}
	for _, name := range slices.Sorted(maps.Keys(set.Rooms)) {
		one(set.Rooms[name])
	}
	for _, name := range slices.Sorted(maps.Keys(set.Groups)) {
		if rooms := set.Groups[name]; matches(name, rooms...) {
			add(name, rooms...)
		}
	}
	for _, c := range cases {
		for _, r := range c.Action.Rooms() {
			one(r)
		}
	}
	return out
}

// unnamed are rooms without their names.
func unnamed(rooms []moderation.Room) []moderation.Room {
	out := slices.Clone(rooms)
	for i := range out {
		out[i].Name = ""
	}
	return out
}

// isGroup reports whether a text is the name of a group, in any case.
func isGroup(text string, set commands.ParseContext) bool {
	for name := range set.Groups {
		if strings.EqualFold(name, text) {
			return true
		}
	}
	return false
}

// matchingPeople are the UserIDs for a search: those that were typed, those of the message and in
// the room, and those of earlier cases, in this room first.
func matchingPeople(query string, set commands.ParseContext, room moderation.Room, named []string, cases []moderation.Case) (out []string) {
	add := func(id string) {
		if len(out) < suggestMost && !slices.Contains(out, id) && moderation.CheckUserID(id) == nil {
			out = append(out, id)
		}
	}
	if query = strings.TrimSpace(query); query != "" {
		for _, id := range commands.TypedPeople(query, set) {
			add(id)
		}
	}
	byRoom := slices.Clone(cases)
	slices.SortStableFunc(byRoom, func(x, y moderation.Case) int {
		here := func(c moderation.Case) int {
			if slices.ContainsFunc(c.Action.Rooms(), func(r moderation.Room) bool { return r.Kind == room.Kind && r.ID == room.ID }) {
				return 0
			}
			return 1
		}
		return cmp.Compare(here(x), here(y))
	})
	all := slices.Clone(named)
	for _, c := range byRoom {
		all = append(all, c.Action.Targets...)
		if len(all) > 20*suggestMost {
			break
		}
	}
	for _, id := range all {
		if strings.Contains(strings.ToLower(id), strings.ToLower(query)) {
			add(id)
		}
	}
	return out
}

// insides are the lists of who is in a room that were read for forms lately.
type insides struct {
	mu sync.Mutex
	of map[string]*insideList
}

type insideList struct {
	at  time.Time
	ids []string
}

// known returns who is in a room, as far as that was read lately.
func (i *insides) known(room moderation.Room) []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if l := i.of[room.String()]; l != nil && time.Since(l.at) < insideKept {
		return l.ids
	}
	return nil
}

// begin reports whether a room's list must be read: the caller does then.
func (i *insides) begin(room moderation.Room) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	for key, l := range i.of {
		if time.Since(l.at) >= insideKept {
			delete(i.of, key)
		}
	}
	if i.of[room.String()] != nil {
		return false
	}
	i.of[room.String()] = &insideList{at: time.Now()}
	return true
}

func (i *insides) set(room moderation.Room, ids []string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.of[room.String()] = &insideList{at: time.Now(), ids: ids}
}

// readInside begins to read who is in the form's first room, for a person who may list it. The entry that
// records who reads it is committed before the first call.
func (b *Bot) readInside(ctx context.Context, v verdict, from asker, f say.Form) {
	spec, _ := f.State.Verb.Spec()
	rooms := f.AllRooms()
	if len(rooms) == 0 || !spec.Takes.Users || !listed(rooms[0]) {
		return
	}
	room := rooms[0]
	who := moderation.Action{Verb: moderation.Who, Room: room}
	if v = b.decide(v, who); !v.decision.Allowed || !b.insides.begin(room) {
		return
	}
	body := b.bodyOf(v, typed{asker: from, Text: commands.Format(who)}, who, sourceForm)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), slackTimeout)
	b.modals.Go(func() error {
		defer cancel()
		if err := b.cfg.Store.Append(ctx, moderation.Change{Entries: []moderation.NewEntry{{Kind: moderation.EntryRead, Body: body}}}); err != nil {
			b.log.Warn("list for a form not read", "err", err)
			return nil
		}
		var ids []string
		for _, row := range b.cfg.Vendor.Read(ctx, who, b.service.TakeTurn).Rows {
			ids = append(ids, row.ID)
		}
		b.insides.set(room, ids)
		return nil
	})
}
