package say

import (
	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// Home is what a person sees in the app's Home tab.
type Home struct {
	Myself
	// Refusal is why the person sees nothing else; nil for nothing. Ask are the users and groups
	// who can give rights or act.
	Refusal *moderation.Error
	Ask     []string
	// Waiting can be decided by the person, Mine were requested by the person and have not ended.
	Waiting, Mine []HomeCase
	// Restrictions are in force in rooms where the person may act, of InForce.
	Restrictions []HomeRestriction
	InForce      int
	// Rooms are those with recent cases.
	Rooms        []HomeRoom
	Overdue      []moderation.OverdueLift
	OverdueCount int
}

// HomeCase is a case with the link of its card; empty where there is none yet.
type HomeCase struct {
	moderation.Case
	Link string
}

// HomeRestriction is a restriction with the link of its case's card, whose buttons it has too.
type HomeRestriction struct {
	moderation.CaseRestrictions
	Link string
}

// HomeRoom is a room with its newest case, and how many cases are about it.
type HomeRoom struct {
	Room   moderation.Room
	Newest moderation.Case
	Cases  int
}

// Home returns the Home tab of a person: what waits for them, what is in force, and their rights.
func (s *Speaker) Home(h Home, lang Lang) slack.HomeTabViewRequest {
	sp := s.in(lang)
	sh := sp.sheet()
	switch {
	case h.Refusal == nil:
		sp.homeOf(sh, h)
	case h.Refusal.Code == moderation.RefuseNoRole:
		who := sp.mentions(h.Ask)
		if len(who) == 0 {
			who = sp.say("home.operator", nil)
		}
		sh.mention(sp.say("home.norole", vals{"list": who}))
	default:
		sh.para(sp.emptyHome(*h.Refusal))
	}
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: sh.message().Blocks}}
}

// emptyHome is why a person sees nothing. A person who opens the tab has tried nothing, so the
// sentence of a refused command does not fit; only people to whom Slack shows no tab have no other.
func (s *speech) emptyHome(no moderation.Error) phrase {
	group := "home"
	if !s.has(group + "." + string(no.Code)) {
		group = "code"
	}
	return s.whyIn(group, string(no.Code), no.Values, nil)
}

func (s *speech) homeOf(sh *sheet, h Home) {
	sh.buttons(press(s.say("home.form", nil), OpenForm(), slack.StylePrimary))
	s.homeCases(sh, "home.waiting", h.Waiting)
	s.homeCases(sh, "home.mine", h.Mine)
	if h.OverdueCount > 0 {
		sh.para(level(s.late(Status{Overdue: h.Overdue, OverdueCount: h.OverdueCount}), 2400)...)
	}
	sh.para(s.say("home.inforce", vals{"n": h.InForce}).strong())
	for _, r := range h.Restrictions {
		row := s.restrictionRow(r.CaseRestrictions)
		sh.lines = append(sh.lines, row.line())
		sh.blocks = append(sh.blocks, row.section(cellWeight))
		sh.buttons(s.homeButtons(r)...)
		sh.note(s.homeLink(r.Link))
	}
	if len(h.Rooms) > 0 {
		lines := []phrase{s.say("home.rooms", nil).strong()}
		for _, r := range h.Rooms {
			c := r.Newest
			lines = append(lines, cat(own("• "), s.say("home.room", vals{
				"room": s.room(r.Room), "n": r.Cases, "what": s.caseVerb(c),
				"person": s.personIn(c.Actor, 40), "at": moment(c.AskedAt),
			})))
		}
		sh.para(level(lines, 3000)...)
	}
	s.myself(sh, h.Myself)
}

// homeCases lists cases with the links of their cards, which show all that there is to decide.
func (s *speech) homeCases(sh *sheet, key string, cases []HomeCase) {
	lines := []phrase{s.say(key, vals{"n": len(cases)}).strong()}
	for _, c := range cases {
		lines = append(lines, fields(s.liveRow(c.Case), s.homeLink(c.Link)))
	}
	sh.para(level(lines, 2400)...)
}

// homeButtons undo the case of a restriction and change its end, as on its card.
func (s *speech) homeButtons(r HomeRestriction) (buttons []slack.BlockElement) {
	if r.Lag == moderation.LagLift || r.Link == "" {
		return nil
	}
	on := func(label, step string) {
		b := press(s.say(label, nil), commands.Step{Kind: commands.StepCase, ID: r.Case.Token, Step: step}, "")
		buttons = append(buttons, b)
	}
	on("button.undo", commands.StepUndo)
	if spec, _ := r.Case.Action.Verb.Spec(); spec.Takes.Duration {
		on("button.extend", commands.StepExtend)
	}
	return buttons
}

func (s *speech) homeLink(url string) phrase {
	if url == "" {
		return nil
	}
	return links(url, s.own("home.card", nil))
}
