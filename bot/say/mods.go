package say

import (
	"strconv"

	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// Suspended answers whoever took somebody's rights away: what follows, and the
// cases of the last hour, each that can be taken back with a button. all is how
// many there are.
func (s *Speaker) Suspended(what moderation.Suspension, cases []moderation.View, all int, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	key, row := "mods.answer.suspended", vals{"person": sp.suspendedPerson(what), "until": moment(what.Until)}
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
		sh.row(fields(what, sp.counts(c.Counts, one(c.Counts))).cut(220), undo)
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

func (s *speech) suspendedPerson(x moderation.Suspension) phrase {
	return s.person(moderation.Actor{User: x.User, Name: x.Name})
}

// Unsuspended answers whoever gave somebody's rights back.
func (s *Speaker) Unsuspended(what moderation.Suspension, lang Lang) Message {
	sp := s.in(lang)
	return sp.answer(cat(own("🔓 "), sp.say("mods.answer.restored", vals{"person": sp.suspendedPerson(what)})))
}

// YouSuspended tells somebody whose rights were taken away.
func (s *Speaker) YouSuspended(what moderation.Suspension, lang Lang) Message {
	sp := s.in(lang)
	key, v := "mods.you.suspended", vals{"person": sp.person(what.By), "until": moment(what.Until)}
	if what.Until.IsZero() {
		key = "mods.you.suspended.open"
	}
	lines := []phrase{cat(own("🔒 "), sp.say(key, v))}
	if reason := sp.label("label.reason", theirs(what.Reason, 500)); what.Reason != "" {
		lines = append(lines, reason)
	}
	return sp.answer(lines...)
}

// YouRestored tells somebody who got his rights back.
func (s *Speaker) YouRestored(by moderation.Actor, lang Lang) Message {
	sp := s.in(lang)
	return sp.answer(cat(own("🔓 "), sp.say("mods.you.restored", vals{"person": sp.person(by)})))
}

// YouUndone tells the author of a case that somebody else has undone it.
func (s *Speaker) YouUndone(undo moderation.View, lang Lang, permalink string) Message {
	sp := s.in(lang)
	c := undo.Case
	lines := []phrase{sp.say("answer.undone", vals{
		"no": c.Action.Of, "undo": c.No, "person": sp.person(c.Actor), "what": fields(sp.act(c.Action, titleTargets)),
	})}
	if reason := sp.label("label.reason", theirs(c.Action.Reason, 500)); c.Action.Reason != "" {
		lines = append(lines, reason)
	}
	if permalink != "" {
		lines = append(lines, links(permalink, sp.own("answer.card", nil)))
	}
	return sp.answer(lines...)
}

// NotSuspended answers who wanted to give rights back that were not taken.
func (s *Speaker) NotSuspended(who moderation.Actor, lang Lang) Message {
	sp := s.in(lang)
	return sp.answer(sp.say("mods.answer.notsuspended", vals{"person": sp.person(who)}))
}

// NobodySuspended answers who named somebody whom Slack does not know.
func (s *Speaker) NobodySuspended(user string, lang Lang) Message {
	sp := s.in(lang)
	return sp.answer(sp.say("mods.answer.unknown", vals{"person": theirs(user, 40)}))
}

// What an EntryGroup or EntryPolicy tells stands in its body's Outcome.
const (
	GroupChanged = "changed"
	GroupGone    = "gone"
	GroupBack    = "back"

	PolicyAnother = "another"
	PolicyRefused = "refused"
	PolicyWarned  = "warned"
)

// modLine is an audit line about moderators and what gives them their rights;
// false for an entry of another kind.
func (s *speech) modLine(it LineItem, f fold, who, tail phrase) (phrase, bool) {
	b := it.Body
	named := theirs(b.Values["person"], f.name+30)
	if len(named) == 0 {
		named = theirs(b.Person, 40)
	}
	detail := theirs(b.Detail, max(f.reason, f.weight-140))
	switch it.Kind {
	case moderation.EntrySuspended:
		key, v := "mods.suspended", vals{"person": named, "until": own(utc(b.Until, layoutMinute))}
		if b.Until.IsZero() {
			key, v = "mods.suspended.open", vals{"person": named}
		}
		return squeeze(f.weight, join(" ", own("🔒"), s.say(key, v)), []phrase{s.by(who), theirs(b.Detail, f.reason)}, 0, tail), true
	case moderation.EntryRestored:
		if b.Actor == nil || b.Actor.Kind == moderation.ActorSystem {
			return squeeze(f.weight, join(" ", own("🔓"), s.say("mods.restored", vals{"person": named})), nil, -1, tail), true
		}
		return squeeze(f.weight, join(" ", own("🔓"), s.say("mods.restored.by", vals{"person": named})), []phrase{s.by(who), theirs(b.Detail, f.reason)}, 0, tail), true
	case moderation.EntryBraked:
		within := theirs(b.Values["within"], 20)
		if d, perm, m := commands.ParseDuration(b.Values["within"]); m == nil && !perm {
			within = own(s.length(d))
		}
		what := s.say("mods.braked", vals{
			"person": who, "got": theirs(b.Values["got"], 10), "most": theirs(b.Values["most"], 10), "within": within,
		})
		return squeeze(f.weight, join(" ", own("🛑"), what, times(s, it.Count)), nil, -1, tail), true
	case moderation.EntryGroup:
		v := vals{"group": theirs(b.Values["group"], 60), "n": b.Count}
		key := "mods.group." + b.Outcome
		if !s.has(key) { // another version wrote it
			return nil, false
		}
		head := join(" ", own("👥"), s.say(key, v))
		var parts []phrase
		for _, x := range []string{"came", "went"} {
			if list := theirs(b.Values[x], 200); len(list) > 0 {
				parts = append(parts, s.say("mods.group."+x, vals{"list": list}))
			}
		}
		return squeeze(max(f.weight, 200), head, parts, -1, tail), true
	case moderation.EntryPolicy:
		key, icon := "mods.policy."+b.Outcome, "📜"
		if !s.has(key) {
			return nil, false
		}
		if b.Outcome != PolicyAnother {
			icon = "⚠️"
		}
		head := s.say(key, vals{"policy": own(short(b.Policy, 7)), "before": own(short(b.Before, 7))})
		return squeeze(f.weight, join(" ", own(icon), head), []phrase{detail}, -1, tail), true
	}
	return nil, false
}
