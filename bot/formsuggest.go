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
		b.acked(env, ack(map[string]any{"options": b.suggestions(ctx, from, p)}))
		return nil
	})
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

// matchingRooms are the rooms for a search: one that was typed, those of the message, the policy's,
// and those used lately, as far as their kind has the verb.
func matchingRooms(query string, set commands.ParseContext, verb moderation.Verb, named []moderation.Room, cases []moderation.Case) (out []moderation.Room) {
	query = strings.TrimSpace(query)
	add := func(r moderation.Room) {
		key := func(x moderation.Room) bool { return x.Kind == r.Kind && x.ID == r.ID }
		if len(out) < suggestMost && !slices.ContainsFunc(out, key) && (verb == "" || moderation.Supports(verb, r.Kind).Supported) {
			out = append(out, r)
		}
	}
	matches := func(r moderation.Room) bool {
		return strings.Contains(strings.ToLower(r.Name+" "+r.String()), strings.ToLower(query))
	}
	if typed, m := commands.ParseRoom(query, set); query != "" && m == nil {
		add(typed)
	}
	all := slices.Clone(named)
	for _, name := range slices.Sorted(maps.Keys(set.Rooms)) {
		all = append(all, set.Rooms[name])
	}
	for _, c := range cases {
		all = append(all, c.Action.Room)
	}
	for _, r := range all {
		if r.Kind != "" && matches(r) {
			add(r)
		}
	}
	return out
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
			if c.Action.Room.Kind == room.Kind && c.Action.Room.ID == room.ID {
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

// readInside begins to read who is in the form's room, for a person who may list it. The entry that
// records who reads it is committed before the first call.
func (b *Bot) readInside(ctx context.Context, v verdict, from asker, f say.Form) {
	spec, _ := f.State.Verb.Spec()
	who := moderation.Action{Verb: moderation.Who, Room: f.Room}
	if !spec.Takes.Users || !listed(f.Room) {
		return
	}
	if v = b.decide(v, who); !v.decision.Allowed || !b.insides.begin(f.Room) {
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
		b.insides.set(f.Room, ids)
		return nil
	})
}
