package say

import (
	"slices"
	"strconv"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// foundNotes is how many notes a history shows.
const foundNotes = 10

// SearchResults is one page (from 0) of a search, with the notes about the
// person searched for.
type SearchResults struct {
	SavedSearch moderation.SavedSearch
	Page        int
	Cases       []moderation.Case // of this page
	Notes       []moderation.Note
}

// pages is how many pages so many rows have; none have one.
func pages(rows int) int { return max(1, (rows+moderation.SearchPageSize-1)/moderation.SearchPageSize) }

// SearchResults returns the message of one page, newest case first.
func (s *Speaker) SearchResults(f SearchResults, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	n := len(f.SavedSearch.Results)
	what := vals{"n": n, "what": sp.asked(f.SavedSearch.Action, f.Cases...)}
	switch {
	case n == 0:
		sh.para(sp.say("found.none", what).strong())
	case n >= moderation.SearchLimit:
		sh.para(sp.say("found.most", what).strong())
	default:
		sh.para(sp.say("found.title", what).strong())
	}
	if len(f.Cases) > 0 {
		sp.foundRows(sh, f)
	}
	sp.notes(sh, f.Notes)
	sp.turning(sh, f.SavedSearch, f.Page, n)
	return sh.message()
}

// foundRows shows a page of cases, each with the form for its people and its room, and with the case
// itself. In a history all are about one person: there is nobody to choose.
func (s *speech) foundRows(sh *sheet, f SearchResults) {
	q := f.SavedSearch
	t := table{
		caption: s.asked(q.Action, f.Cases...), head: s.heads("rows.case", "rows.room", "rows.people", "rows.outcome", "rows.by", "rows.reason"),
		time: s.say("rows.at", nil), acts: s.heads("button.act", "button.show"),
	}
	ofOne := q.Action.Verb == moderation.History
	if !ofOne {
		t.acts = append(t.acts, s.say("button.history", nil))
	}
	var options []*slack.OptionBlockObject
	for _, c := range f.Cases {
		row := strconv.FormatInt(c.No, 10)
		buttons := []*slack.ButtonBlockElement{s.rowButton(commands.StepSearch, q.Token, commands.StepAct, row), s.rowButton(commands.StepSearch, q.Token, commands.StepShow, row)}
		switch {
		case ofOne:
		case len(c.Action.Targets) == 1:
			buttons = append(buttons, s.rowButton(commands.StepSearch, q.Token, commands.StepHistory, row))
		default: // of nobody, or of several
			buttons = append(buttons, nil)
		}
		t.rows = append(t.rows, tableRow{cells: s.foundCells(c), when: moment(c.AskedAt), buttons: buttons})
		options = append(options, s.rowOption(row, fields(s.caseVerb(c), s.targets(c.Action.Targets, 1))))
	}
	sh.table(t, options)
	if ofOne {
		sh.note(s.say("rows.note", nil))
		return
	}
	s.choose(sh, commands.StepSearch, q.Token, f.Page, options, nil)
}

// asked returns what a search asks for, in words, with the name that its requester has in the
// found cases.
func (s *speech) asked(a moderation.Action, found ...moderation.Case) phrase {
	f := a.Search
	if len(a.Targets) == 1 {
		f.Target = a.Targets[0]
	}
	var parts []phrase
	add := func(set bool, p phrase) {
		if set {
			parts = append(parts, p)
		}
	}
	add(f.Target != "", s.say("found.user", vals{"user": id(f.Target)}))
	by := s.personIn(moderation.Actor{Kind: moderation.ActorPerson, User: f.Actor, Name: f.ActorName}, 40)
	if i := slices.IndexFunc(found, func(c moderation.Case) bool { return c.Actor.User == f.Actor }); i >= 0 {
		by = s.personIn(found[i].Actor, 40)
	}
	add(f.Actor != "", s.say("found.by", vals{"person": by}))
	add(f.Verb != "", s.verb(f.Verb))
	room, named := moderation.RoomFromKey(f.Room)
	if a.Room.ID != "" {
		room, named = a.Room, true
	}
	add(named, s.room(room))
	add(f.Within > 0, s.say("found.within", vals{"length": own(s.length(f.Within))}))
	if len(f.Words) > 0 {
		var words []phrase
		for _, w := range f.Words {
			words = append(words, quoted(supplied(w, 60)))
		}
		parts = append(parts, s.say("found.words", vals{"list": s.list(words...)}))
	}
	if len(parts) == 0 {
		return s.say("found.all", nil)
	}
	return s.clauses(parts...).cut(700)
}

// foundCells are what a case was, where, on whom, what became of it, who asked and why.
func (s *speech) foundCells(c moderation.Case) []phrase {
	a := c.Action
	state := s.counts(a, c.Counts, one(c.Counts))
	if c.State != moderation.Done {
		state = s.say("state."+string(c.State), nil)
	}
	if c.Ended != "" && s.has("ended."+c.Ended) {
		state = s.clauses(state, s.say("ended."+c.Ended, nil))
	}
	return []phrase{
		fields(join(" ", own(icon(c)), s.say("line.case", vals{"no": c.No, "what": s.verb(a.Verb)}), s.media(a), s.span(a)), s.relation(a)),
		s.roomsIn(a, fold{named: true}), s.targets(a.Targets, 3), state, s.personIn(c.Actor, 40), supplied(s.reason(a), 160),
	}
}

// notes shows the newest notes about a person.
func (s *speech) notes(sh *sheet, notes []moderation.Note) {
	if len(notes) == 0 {
		return
	}
	title := s.say("notes.title", vals{"n": len(notes)})
	if len(notes) > foundNotes {
		notes = notes[:foundNotes]
		title = s.say("notes.most", vals{"n": foundNotes})
	}
	lines := []phrase{title.strong()}
	for _, n := range notes {
		lines = append(lines, s.say("notes.row", vals{
			"at": moment(n.At), "person": s.personIn(n.By, 40), "text": suppliedLine(n.Text, 600),
		}))
	}
	sh.para(level(lines, min(3500, maxWeight-2000-max(jsonWeight(sh.blocks), jsonWeight(sh.plain))))...)
}

// turning adds where one is and the buttons to the pages beside it.
func (s *speech) turning(sh *sheet, q moderation.SavedSearch, page, rows int) {
	all := pages(rows)
	page = min(max(page, 0), all-1)
	if all > 1 {
		sh.note(fields(s.say("list.page", vals{"n": page + 1, "pages": all}), s.say("list.read", vals{"at": moment(q.At)})))
	}
	sh.buttons(s.turns(commands.StepSearch, q.Token, page, all)...)
}

// NoteAdded returns the message that answers a remark about a target.
func (s *Speaker) NoteAdded(target string, lang Lang) Message {
	return s.plainly("notes.kept", vals{"user": id(target)}, lang)
}
