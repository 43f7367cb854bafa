package say

import (
	"strconv"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// Suspended returns the answer to the person who suspended a moderator: what
// follows, and the moderator's cases of the last hour, with a button for each
// that can be undone. all is how many there are.
func (s *Speaker) Suspended(what moderation.Suspension, cases []moderation.CaseView, all int, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	key, row := "mods.answer.suspended", vals{"person": sp.person(what.Who), "until": moment(what.Until)}
	if what.Until.IsZero() {
		key = "mods.answer.suspended.open"
	}
	lines := []phrase{cat(own("🔒 "), sp.say(key, row))}
	if all == 0 {
		lines = append(lines, sp.say("mods.answer.none", nil))
	} else {
		lines = append(lines, sp.say("mods.answer.cases", vals{"cases": sp.say("unit.cases", vals{"n": all})}))
	}
	sh.para(lines...)
	for _, v := range cases[:min(len(cases), suspendedCases)] {
		c := v.Case
		what := cat(own(icon(c)+" "), own("#"+strconv.FormatInt(c.No, 10)+" "), sp.act(c.Action, 3))
		var undo *slack.ButtonBlockElement
		if v.Undoable > 0 {
			undo = press(sp.say("mods.answer.undo", vals{"no": c.No}), commands.Step{Kind: commands.StepCase, ID: c.Token, Step: commands.StepUndo}, "")
		}
		sh.row(fields(what, sp.counts(c.Action, c.Counts, one(c.Counts))).cut(220), undo)
	}
	if more := all - min(len(cases), suspendedCases); more > 0 {
		sh.para(sp.say("mods.answer.more", vals{"n": more, "command": own(s.cfg.Command)}))
	}
	return sh.message()
}

// row is a line with a button beside it, or none.
func (sh *sheet) row(p phrase, b *slack.ButtonBlockElement) {
	sh.lines = append(sh.lines, p)
	section := slack.NewSectionBlock(slack.NewTextBlockObject(slack.PlainTextType, p.plain(), false, false), nil, nil)
	if b != nil {
		section.Accessory = slack.NewAccessory(b)
	}
	sh.blocks = append(sh.blocks, section)
}

// suspendedCases is how many cases Suspended lists.
const suspendedCases = 40

// Unsuspended returns the message to who restored a moderator's rights.
func (s *Speaker) Unsuspended(what moderation.Suspension, lang Lang) Message {
	sp := s.in(lang)
	return sp.answer(cat(own("🔓 "), sp.say("mods.answer.restored", vals{"person": sp.person(what.Who)})))
}

// YourRightsSuspended returns the message for the moderator who was suspended.
func (s *Speaker) YourRightsSuspended(what moderation.Suspension, lang Lang) Message {
	sp := s.in(lang)
	key, v := "mods.you.suspended", vals{"person": sp.person(what.By), "until": moment(what.Until)}
	if what.Until.IsZero() {
		key = "mods.you.suspended.open"
	}
	lines := []phrase{cat(own("🔒 "), sp.say(key, v))}
	if reason := sp.label("label.reason", supplied(what.Reason, 500)); what.Reason != "" {
		lines = append(lines, reason)
	}
	return sp.answer(lines...)
}

// YourRightsRestored returns the message for the moderator whose rights are
// restored.
func (s *Speaker) YourRightsRestored(by moderation.Actor, lang Lang) Message {
	sp := s.in(lang)
	return sp.answer(cat(own("🔓 "), sp.say("mods.you.restored", vals{"person": sp.person(by)})))
}

// YourCaseUndone returns the message for the requester of a case that another
// person undid.
func (s *Speaker) YourCaseUndone(undo moderation.CaseView, lang Lang, permalink string) Message {
	sp := s.in(lang)
	c := undo.Case
	lines := []phrase{sp.say("answer.undone", vals{
		"no": c.Action.RelatedCase, "undo": c.No, "person": sp.person(c.Actor), "what": fields(sp.act(c.Action, titleTargets)),
	})}
	if reason := sp.label("label.reason", supplied(sp.reason(c.Action), 500)); c.Action.Reason != "" {
		lines = append(lines, reason)
	}
	return sp.answer(append(lines, sp.cardLink(permalink))...)
}

// NotSuspended returns the message that answers an unsuspend of a person who is
// not suspended.
func (s *Speaker) NotSuspended(who moderation.Actor, lang Lang) Message {
	return s.plainly("mods.answer.notsuspended", vals{"person": s.in(lang).person(who)}, lang)
}

// NobodySuspended returns the message that answers a suspend of a person whom
// Slack does not know.
func (s *Speaker) NobodySuspended(user string, lang Lang) Message {
	return s.plainly("mods.answer.unknown", vals{"person": supplied(user, 40)}, lang)
}

// What an EntryGroup or EntryPolicy is about, in its body's Outcome.
const (
	GroupChanged = "changed"
	GroupGone    = "gone"
	GroupBack    = "back"

	PolicyReplaced = "another"
	PolicyRefused  = "refused"
	PolicyWarned   = "warned"
)

// suspendedPerson is the moderator whom an entry is about.
func (l *entryLine) suspendedPerson() phrase {
	if named := supplied(l.Body.Values["person"], l.name+30); len(named) > 0 {
		return named
	}
	return supplied(l.Body.Person, 40)
}

func (s *speech) suspendedLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	key, v := "mods.suspended.open", vals{"person": l.suspendedPerson()}
	if !l.Body.Until.IsZero() {
		key, v["until"] = "mods.suspended", moment(l.Body.Until)
	}
	return s.say(key, v), []phrase{s.by(l.who), supplied(l.Body.Detail, l.reason)}, 0
}

func (s *speech) suspensionEndedLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	v := vals{"person": l.suspendedPerson()}
	if a := l.Body.Actor; a == nil || a.Kind == moderation.ActorSystem {
		return s.say("mods.restored", v), nil, -1
	}
	return s.say("mods.restored.by", v), []phrase{s.by(l.who), supplied(l.Body.Detail, l.reason)}, 0
}

func (s *speech) limitLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	x := l.Body.Values
	within := supplied(x["within"], 20)
	if d, perm, m := commands.ParseDuration(x["within"]); m == nil && !perm {
		within = own(s.length(d))
	}
	what := s.say("mods.braked", vals{"person": l.who, "got": supplied(x["got"], 10), "most": supplied(x["most"], 10), "within": within})
	return join(" ", what, times(s, l.Count)), nil, -1
}

func (s *speech) groupLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	key, x := "mods.group."+l.Body.Outcome, l.Body.Values
	if !s.has(key) { // another version wrote it
		return nil, nil, -1
	}
	for _, side := range []string{"came", "went"} {
		if list := supplied(x[side], 200); len(list) > 0 {
			parts = append(parts, s.say("mods.group."+side, vals{"list": list}))
		}
	}
	l.weight = max(l.weight, 200)
	return s.say(key, vals{"group": supplied(x["group"], 60), "n": l.Body.Count}), parts, -1
}

func (s *speech) policyLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	b, icon := l.Body, "⚠️ "
	if !s.has("mods.policy." + b.Outcome) {
		return nil, nil, -1
	}
	if b.Outcome == PolicyReplaced {
		icon = "📜 "
	}
	what := s.say("mods.policy."+b.Outcome, vals{"policy": own(short(b.Policy, 7)), "before": own(short(b.Before, 7))})
	return cat(own(icon), what), []phrase{supplied(b.Detail, max(l.reason, l.weight-140))}, -1
}
