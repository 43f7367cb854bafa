package say

import (
	"maps"
	"slices"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// PageSize is how many rows one page of a list has.
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
	shown := rows[min(page*PageSize, len(rows)):min((page+1)*PageSize, len(rows))]
	sp.rows(sh, shown)
	if len(rows) == 0 {
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

// rows shows people. Where there is an end it is beside the person in the
// viewer's own zone: two columns of a section, the person's as plain_text,
// which parses nothing, and the time as mrkdwn, which holds nothing user-supplied.
func (s *speech) rows(sh *sheet, rows []moderation.ReadingRow) {
	timed := false
	for _, r := range rows {
		timed = timed || !r.Until.IsZero()
	}
	if !timed {
		var lines []phrase
		for _, r := range rows {
			lines = append(lines, cat(own("• "), s.row(r)))
		}
		sh.para(lines...)
		return
	}
	for len(rows) > 0 {
		n := min(len(rows), 5) // ten fields to a section
		var cells []*slack.TextBlockObject
		for _, r := range rows[:n] {
			until := s.ends(r.Until, "list.until", "list.noend")
			who := s.row(r)
			sh.lines = append(sh.lines, fields(cat(own("• "), who), until))
			cells = append(cells,
				slack.NewTextBlockObject(slack.PlainTextType, who.plain(), false, false),
				slack.NewTextBlockObject(slack.MarkdownType, until.mrkdwn(), false, false))
		}
		sh.blocks = append(sh.blocks, slack.NewSectionBlock(nil, cells, nil))
		rows = rows[n:]
	}
}

func (s *speech) row(r moderation.ReadingRow) phrase {
	note := supplied(r.Note, 80)
	if len(note) > 0 {
		note = cat(own(" ("), note, own(")"))
	}
	return cat(id(r.ID), note)
}

// RoomsList returns the message with the rooms that the policy names.
func (s *Speaker) RoomsList(rooms map[string]moderation.Room, lang Lang) Message {
	sp := s.in(lang)
	if len(rooms) == 0 {
		return sp.answer(sp.say("rooms.none", nil))
	}
	all := slices.Sorted(maps.Keys(rooms))
	lines := []phrase{sp.say("rooms.title", vals{"n": len(rooms)}).strong()}
	lines = append(lines, sp.capped(len(all), 60, "rooms.more", func(i int) phrase {
		r := rooms[all[i]]
		return sp.say("rooms.row", vals{"name": supplied(all[i], 60), "room": sp.bare(r), "kind": sp.say("kind."+string(r.Kind), nil)})
	})...)
	return sp.answer(level(lines, maxWeight-800)...)
}

// CSVTitle returns the title of a list's file.
func (s *Speaker) CSVTitle(l moderation.List, lang Lang) string {
	return clip(s.in(lang).listTitle(l).plain(), 200)
}
