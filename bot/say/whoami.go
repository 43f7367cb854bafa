package say

import (
	"slices"

	"bouncer/moderation"
)

// Myself is what a person may do, for that person.
type Myself struct {
	Actor  moderation.Actor
	Rights moderation.Rights
	// Handles are those of role groups that are known, by id and without @.
	Handles  map[string]string
	Channels []string         // where the bot may be used; empty for every channel it is in
	Room     *moderation.Room // the room meant in the channel where it was asked; nil for none
}

// mostGrants is how many rules are described.
const mostGrants = 20

// WhoAmI returns the message that says what a person may do: by each rule, and about other
// people's cases.
func (s *Speaker) WhoAmI(m Myself, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	sp.myself(sh, m)
	return sh.message()
}

// myself adds what a person may do.
func (s *speech) myself(sh *sheet, m Myself) {
	sh.para(s.say("me.title", vals{"person": s.person(m.Actor)}).strong(), s.say("me.roles", vals{"roles": s.roleOf(m.Actor, m.Handles)}))
	lines := []phrase{s.say("me.rules", nil).strong()}
	grants := m.Rights.Grants
	for _, g := range grants[:min(len(grants), mostGrants)] {
		lines = append(lines, s.grant(g))
	}
	if n := len(grants) - mostGrants; n > 0 {
		lines = append(lines, s.say("status.more", vals{"n": n}))
	}
	if len(grants) == 0 {
		lines = append(lines, s.say("me.nothing", nil))
	}
	sh.para(level(lines, 6000)...)
	sh.para(s.rights(m.Rights)...)
	if m.Room != nil {
		sh.para(s.say("me.room", vals{"room": s.room(*m.Room)}))
	}
	if len(m.Channels) > 0 {
		sh.para(s.say("me.channels", vals{"channels": s.few(len(m.Channels), 12, func(i int) phrase { return channelOf(m.Channels[i]) })}))
	}
}

// grant is what one rule allows: the verbs, where, and the limits.
func (s *speech) grant(g moderation.Grant) phrase {
	verbs := make([]phrase, len(g.Verbs))
	for i, v := range g.Verbs {
		verbs[i] = s.verb(v)
	}
	where := s.say("me.everywhere", nil)
	if len(g.Rooms) > 0 && !slices.Contains(g.Rooms, "*:*") {
		where = s.few(len(g.Rooms), 6, func(i int) phrase { return exactText(g.Rooms[i], 80) })
	}
	parts := []phrase{where}
	if len(g.Kinds) > 0 {
		parts = append(parts, s.few(len(g.Kinds), 6, func(i int) phrase { return s.say("kind."+string(g.Kinds[i]), nil) }))
	}
	if len(g.Channels) > 0 {
		parts = append(parts, s.say("me.from", vals{"channels": s.few(len(g.Channels), 6, func(i int) phrase { return channelOf(g.Channels[i]) })}))
	}
	if g.Longest > 0 {
		parts = append(parts, s.say("me.longest", vals{"length": own(s.length(g.Longest))}))
	}
	if g.MostTargets > 0 {
		parts = append(parts, s.say("me.people", vals{"n": g.MostTargets}))
	}
	switch {
	case g.Approvals == 0:
	case g.ActNow > 0:
		parts = append(parts, s.say("me.actnow", vals{"n": g.Approvals, "roles": s.roles(g.Approvers), "length": own(s.length(g.ActNow))}))
	default:
		parts = append(parts, s.say("me.approval", vals{"n": g.Approvals, "roles": s.roles(g.Approvers)}))
	}
	return cat(own("• "), s.list(verbs...).strong(), own(s.colon), s.clauses(parts...), s.brackets(s.say("me.rule", vals{"rule": supplied(g.Rule, 80)})))
}

// rights are what a person may do about other people's cases.
func (s *speech) rights(r moderation.Rights) []phrase {
	var lines []phrase
	for _, x := range []struct {
		key string
		may bool
	}{{"me.approve", r.Approve}, {"me.override", r.Override}, {"me.review", r.Review}, {"me.suspend", r.Suspend}} {
		if x.may {
			lines = append(lines, cat(own("• "), s.say(x.key, nil)))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return append([]phrase{s.say("me.others", nil).strong()}, lines...)
}
