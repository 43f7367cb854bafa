package say

import (
	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// Active is one page of restrictions in force.
type Active struct {
	SavedSearch  moderation.SavedSearch
	Page         int
	Total        int
	Restrictions []moderation.CaseRestrictions // of this page
	// Drafts are the tokens of the commands that would lift each, in order;
	// none where they could not be kept.
	Drafts []string
	Notes  []moderation.Note
}

// Active returns the message with the restrictions in force of a target or a room, each with the
// button that runs the command which lifts it.
func (s *Speaker) Active(a Active, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	what := vals{"n": a.Total, "what": sp.asked(a.SavedSearch.Action)}
	switch {
	case a.Total == 0:
		sh.para(sp.say("active.none", what).strong())
	case a.Total >= moderation.SearchLimit:
		sh.para(sp.say("active.most", what).strong())
	default:
		sh.para(sp.say("active.title", what).strong())
	}
	for i, b := range a.Restrictions {
		draft := ""
		if i < len(a.Drafts) {
			draft = a.Drafts[i]
		}
		sp.activeRow(sh, b, draft)
	}
	if len(a.Drafts) > 0 {
		sh.note(sp.say("active.note", nil))
	}
	sp.notes(sh, a.Notes)
	sp.turning(sh, a.SavedSearch, a.Page, a.Total)
	return sh.message()
}

// activeRow is one restriction: on whom, what, where and by which case as
// plain_text, which parses nothing; its end as mrkdwn, in the viewer's own zone.
func (s *speech) activeRow(sh *sheet, b moderation.CaseRestrictions, draft string) {
	c := b.Case
	who := phrase(nil) // of the whole room its medium says so
	if b.Target != "" {
		who = id(b.Target)
	}
	by := s.say("active.by", vals{"case": s.say("line.case", vals{"no": c.No, "what": s.verb(c.Action.Verb)}), "person": s.personIn(c.Actor, 40)})
	what := fields(who, s.media(moderation.Action{Media: b.Media}), s.room(b.Room), by, supplied(s.reason(c.Action), 80)).cut(480)
	until := s.ends(b.Until, "active.until", "active.open")
	if b.Lag != "" {
		until = fields(until, s.lag(b))
	}
	sh.lines = append(sh.lines, fields(cat(own("• "), what), until))
	cells := []*slack.TextBlockObject{
		slack.NewTextBlockObject(slack.PlainTextType, what.plain(), false, false),
		slack.NewTextBlockObject(slack.MarkdownType, until.mrkdwn(), false, false),
	}
	block := slack.NewSectionBlock(nil, cells, nil)
	if key := "button.lift." + string(moderation.LiftingVerb(c.Action.Verb)); draft != "" && b.Lag != moderation.LagLift && s.has(key) {
		block.Accessory = slack.NewAccessory(press(s.say(key, nil), commands.Step{Kind: commands.StepDraft, ID: draft, Step: commands.StepRun}, ""))
	}
	sh.blocks = append(sh.blocks, block)
}

// lag says how Tencent falls behind what is in force.
func (s *speech) lag(b moderation.CaseRestrictions) phrase {
	if b.Lag == moderation.LagSet && !b.VendorUntil.IsZero() {
		return s.say("active.lag.set.has", vals{"at": moment(b.VendorUntil)})
	}
	return s.say("active.lag."+string(b.Lag), vals{"no": b.LiftedBy})
}
