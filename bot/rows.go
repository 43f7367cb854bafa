package bot

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
)

// Rows of a list lead to the form, or to a command: what they do takes the path of a typed one. A row
// is looked up in what was stored for its reader; its button says only which one it is.

// mostChosen is how many people the form shows as chosen; more are a typed list.
const mostChosen = 100

// subject is whom a row is about.
type subject struct {
	rooms  []moderation.Room // none where the row has none
	people []string          // none for whole rooms
}

// actOnRows opens the form with the people of one row, or of those that were chosen.
func (b *Bot) actOnRows(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	of, ok, err := b.subjects(ctx, cl)
	if err != nil {
		return err
	}
	if !ok {
		return b.forged(ctx, h, cl)
	}
	var verb moderation.Verb
	if cl.step.Step != commands.StepAct {
		verb = moderation.Verb(cl.step.Step)
	}
	state, rooms, ok := formOfRows(verb, cl.about.Rooms(), of)
	var no say.FixedMessage
	switch {
	case !ok:
		no = say.RowsOfRooms
	case len(state.People) > mostChosen && len([]rune(commands.UserList(state.People))) > mostForm:
		no = say.RowsTooMany
	}
	if no != "" {
		return b.fillForm(ctx, h, cl.asker, cl.verdict, cl.view, b.cfg.Speaker.GoneModal(b.cfg.Speaker.Fixed(no, cl.lang), cl.lang))
	}
	texts := make([]string, len(rooms))
	for i, room := range rooms {
		texts[i] = commands.RoomText(b.named(moderation.Room{Kind: room.Kind, ID: room.ID})) // its name may lead elsewhere by now
	}
	state.Rooms = texts
	return b.showState(ctx, h, cl.asker, cl.verdict, say.Form{
		State: state, Meta: formMeta(typed{asker: cl.asker}), ExternalID: cl.view,
	})
}

// formOfRows is the form for the people of rows, each once, and their rooms; about are the rooms where
// no row is chosen. ok is false when the rows are not all of the same rooms.
func formOfRows(verb moderation.Verb, about []moderation.Room, of []subject) (state commands.FormState, rooms []moderation.Room, ok bool) {
	state.Verb, rooms = verb, about
	seen := map[string]bool{} // a case may have 100,000 people
	for i, s := range of {
		if i > 0 && !slices.EqualFunc(s.rooms, rooms, sameRoom) {
			return state, rooms, false
		}
		rooms = s.rooms
		for _, id := range s.people {
			if !seen[id] {
				seen[id] = true
				state.People = append(state.People, id)
			}
		}
	}
	return state, rooms, true
}

// sameRoom compares rooms without their names.
func sameRoom(a, b moderation.Room) bool { return a.String() == b.String() }

// historyOfRow answers with the earlier cases of the one person who was chosen.
func (b *Bot) historyOfRow(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	of, ok, err := b.subjects(ctx, cl)
	if err != nil {
		return err
	}
	if !ok {
		return b.forged(ctx, h, cl)
	}
	var people []string
	for _, s := range of {
		people = append(people, s.people...)
	}
	slices.Sort(people)
	if people = slices.Compact(people); len(people) != 1 {
		return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.RowsOfOne, cl.lang)))
	}
	return b.runRow(ctx, h, cl, moderation.Action{Verb: moderation.History, Targets: people})
}

// showRow answers with the case of a row.
func (b *Bot) showRow(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	no, _, ok := rowCase(cl.step.Row)
	if !ok || !slices.Contains(cl.found.Results, no) {
		return b.forged(ctx, h, cl)
	}
	return b.runRow(ctx, h, cl, moderation.Action{Verb: moderation.ShowCase, Number: no})
}

// liftRow lifts the restriction of a row, if it is still in force: another one may be by now, which
// the reader has not seen.
func (b *Bot) liftRow(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	if cl.found.Action.Verb != moderation.Active {
		return b.forged(ctx, h, cl)
	}
	of, err := b.subject(ctx, cl, cl.step.Row)
	if errors.Is(err, moderation.ErrNotFound) {
		return b.forged(ctx, h, cl)
	}
	if err != nil {
		return err
	}
	no, _, _ := rowCase(cl.step.Row)
	about := moderation.SearchQuery{Room: of.rooms[0].String()}
	if len(of.people) > 0 {
		about.Target = of.people[0]
	}
	// Those on the whole room come before those on people.
	list, _, err := b.cfg.Store.ActiveRestrictions(ctx, about, 0, moderation.SearchPageSize)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(x moderation.CaseRestrictions) bool { return x.Row() == cl.step.Row && x.Lag != moderation.LagLift })
	if at < 0 {
		return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.RowEnded, cl.lang, no)))
	}
	return b.runRow(ctx, h, cl, liftCommand(list[at]))
}

// runRow runs the command that a button of a row means.
func (b *Bot) runRow(ctx context.Context, h *moderation.LeasedJob, cl click, a moderation.Action) error {
	return b.run(ctx, h, typed{asker: cl.asker, Text: commands.Format(a)}, "button", "")
}

// subjects are whom the row of a button, or the chosen rows, are about; none when no row is chosen. ok
// is false for a row that the list does not have.
func (b *Bot) subjects(ctx context.Context, cl click) (of []subject, ok bool, err error) {
	rows := cl.rows
	if cl.step.Row != "" {
		rows = []string{cl.step.Row}
	}
	for _, row := range rows {
		s, err := b.subject(ctx, cl, row)
		if errors.Is(err, moderation.ErrNotFound) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		of = append(of, s)
	}
	return of, true, nil
}

// subject is whom a row is about; ErrNotFound for a row that the list does not have.
func (b *Bot) subject(ctx context.Context, cl click, row string) (s subject, err error) {
	no, target, ok := rowCase(row)
	if !ok {
		return s, moderation.ErrNotFound
	}
	if cl.step.Kind == commands.StepList {
		if target >= 0 || no >= int64(len(cl.list.Reading.Rows)) {
			return s, moderation.ErrNotFound
		}
		return subject{cl.list.Action.Rooms(), []string{cl.list.Reading.Rows[no].ID}}, nil
	}
	active := cl.found.Action.Verb == moderation.Active
	if active != (target >= 0) || !active && !slices.Contains(cl.found.Results, no) {
		return s, moderation.ErrNotFound
	}
	c, err := b.cfg.Store.Case(ctx, no)
	if err != nil {
		return s, err
	}
	if !active {
		return subject{c.Action.Rooms(), c.Action.Targets}, nil
	}
	// The targets of a case are numbered room by room.
	about, rooms, all := activeQuery(cl.found.Action), c.Action.Rooms(), c.Action.TargetRows()
	if target >= len(rooms)*len(all) {
		return s, moderation.ErrNotFound
	}
	room, id := rooms[target/len(all)], all[target%len(all)]
	if about.Target != "" && id != about.Target || about.Room != "" && room.String() != about.Room {
		return s, moderation.ErrNotFound
	}
	if s.rooms = []moderation.Room{room}; id != "" {
		s.people = []string{id}
	}
	return s, nil
}

// rowCase returns the number that a row has, and the place of the target behind it; -1 for none.
func rowCase(row string) (no int64, target int, ok bool) {
	if !commands.IsRow(row) {
		return 0, 0, false
	}
	head, tail, two := strings.Cut(row, "-")
	no, err := strconv.ParseInt(head, 10, 64)
	if target = -1; err == nil && two {
		target, err = strconv.Atoi(tail)
	}
	return no, target, err == nil
}
