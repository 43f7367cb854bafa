package say

import (
	"maps"
	"slices"
	"strconv"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// PageSize is how many rows one page of a list has: as many as fit into a message with their buttons.
const PageSize = 20

// Pages returns how many pages a list has; an empty one has one.
func Pages(l moderation.List) int {
	return max(1, (len(l.Reading.Rows)+PageSize-1)/PageSize)
}

// ListPage returns the message with one page of a list, counted from 0; a page
// that is not there is the nearest one that is.
func (s *Speaker) ListPage(l moderation.List, page int, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	pages, rows := Pages(l), l.Reading.Rows
	page = min(max(page, 0), min(pages, commands.MaxPage+1)-1)
	sh.para(sp.listTitle(l).strong())
	if from := page * PageSize; from < len(rows) {
		sp.listRows(sh, l, page, rows[from:min(from+PageSize, len(rows))])
	} else {
		sh.para(sp.say("list.empty", nil))
	}
	var place, cut, lag phrase
	if pages > 1 {
		place = sp.say("list.page", vals{"n": page + 1, "pages": pages})
	}
	if l.Action.Verb == moderation.Who {
		lag = sp.say("list.lag", nil)
	}
	switch {
	case l.Reading.Cut && l.Reading.Total > len(rows):
		cut = sp.say("list.cut", vals{"n": len(rows), "total": l.Reading.Total})
	case l.Reading.Cut:
		cut = sp.say("list.cut.perhaps", vals{"n": len(rows)})
	}
	sh.note(fields(place, sp.ends(l.At, "list.read", ""), cut, lag))
	buttons := sp.turns(commands.StepList, l.Token, page, pages)
	if len(rows) > 0 {
		buttons = append(buttons, press(sp.say("button.csv", nil), commands.Step{Kind: commands.StepList, ID: l.Token, Step: commands.StepCSV}, ""))
	}
	return sh.buttons(buttons...).message()
}

// turns are the buttons that turn pages.
func (s *speech) turns(kind commands.StepKind, token string, page, pages int) (buttons []slack.BlockElement) {
	turn := func(key string, to int) {
		buttons = append(buttons, press(s.say("button."+key, nil), commands.Step{Kind: kind, ID: token, Step: commands.StepPage, Page: to}, ""))
	}
	if page > 0 {
		turn("prev", page-1)
	}
	if page+1 < min(pages, commands.MaxPage+1) {
		turn("next", page+1)
	}
	return buttons
}

func (s *speech) listTitle(l moderation.List) phrase {
	key := "list." + string(l.Action.Verb)
	if !s.has(key) {
		key = "list.who"
	}
	return s.say(key, vals{"room": s.room(l.Action.Room), "n": max(l.Reading.Total, len(l.Reading.Rows))})
}

// listRows shows a page of people, and what can be done with each and with those that are chosen.
func (s *speech) listRows(sh *sheet, l moderation.List, page int, rows []moderation.ReadingRow) {
	t := table{caption: s.listTitle(l), head: s.heads("rows.person"), time: s.say("rows.until", nil), acts: s.heads("button.act", "button.history")}
	var options []*slack.OptionBlockObject
	timed := slices.ContainsFunc(rows, func(r moderation.ReadingRow) bool { return !r.Until.IsZero() })
	for i, r := range rows {
		row := strconv.Itoa(page*PageSize + i)
		var until phrase
		if timed {
			until = s.ends(r.Until, "list.until", "list.noend")
		}
		t.rows = append(t.rows, tableRow{
			cells: []phrase{s.row(r)}, when: until, buttons: []*slack.ButtonBlockElement{
				s.rowButton(commands.StepList, l.Token, commands.StepAct, row), s.rowButton(commands.StepList, l.Token, commands.StepHistory, row),
			},
		})
		options = append(options, s.rowOption(row, s.row(r)))
	}
	sh.table(t, options)
	s.choose(sh, commands.StepList, l.Token, page, options, listVerbs(l.Action))
}

// listVerbs are the verbs for people of a list: what its kind of room supports, and of what lifts only
// that which lifts what the list is of.
func listVerbs(a moderation.Action) (verbs []moderation.Verb) {
	for _, spec := range moderation.Verbs() {
		lifts, _ := spec.Lifts.Spec()
		if spec.Takes.Users && spec.Takes.Room && moderation.Supports(spec.Verb, a.Room.Kind).Supported && (spec.Lifts == "" || lifts.List == a.Verb) {
			verbs = append(verbs, spec.Verb)
		}
	}
	return verbs
}

func (s *speech) row(r moderation.ReadingRow) phrase {
	note := supplied(r.Note, 80)
	if len(note) > 0 {
		note = cat(own(" ("), note, own(")"))
	}
	return cat(id(r.ID), note)
}

// RoomsList returns the message with the rooms and groups of rooms that the policy names.
func (s *Speaker) RoomsList(rooms map[string]moderation.Room, groups map[string][]moderation.Room, lang Lang) Message {
	sp := s.in(lang)
	if len(rooms)+len(groups) == 0 {
		return sp.answer(sp.say("rooms.none", nil))
	}
	var lines []phrase
	if all := slices.Sorted(maps.Keys(rooms)); len(all) > 0 {
		lines = append(lines, sp.say("rooms.title", vals{"n": len(all)}).strong())
		lines = append(lines, sp.capped(len(all), 60, "rooms.more", func(i int) phrase {
			r := rooms[all[i]]
			return sp.say("rooms.row", vals{"name": supplied(all[i], 60), "room": sp.bare(r), "kind": sp.say("kind."+string(r.Kind), nil)})
		})...)
	}
	if all := slices.Sorted(maps.Keys(groups)); len(all) > 0 {
		lines = append(lines, sp.say("rooms.groups", vals{"n": len(all)}).strong())
		lines = append(lines, sp.capped(len(all), 30, "rooms.more", func(i int) phrase {
			var members []phrase
			for _, r := range groups[all[i]] {
				members = append(members, sp.bare(r))
			}
			return sp.say("rooms.group", vals{"name": supplied(all[i], 60), "list": sp.list(members...)})
		})...)
	}
	return sp.answer(level(lines, maxWeight-800)...)
}

// CSVTitle returns the title of a list's file.
func (s *Speaker) CSVTitle(l moderation.List, lang Lang) string {
	return clip(s.in(lang).listTitle(l).plain(), 200)
}
