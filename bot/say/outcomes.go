package say

import (
	"sort"
	"strings"
	"time"

	"bouncer/moderation"
)

// outcome is what became of a case, per group of targets.
func (s *speech) outcome(v moderation.CaseView) []phrase {
	c := v.Case
	total := 0
	for _, n := range c.Counts {
		total += n
	}
	room := len(c.Action.Targets) == 0
	var lines []phrase
	switch {
	case c.State == moderation.AwaitingConfirmation:
		return []phrase{s.say("card.asking", nil)}
	case c.State == moderation.AwaitingApproval, notRun(c): // request says it
		return nil
	case c.Counts[moderation.Pending] > 0 || (c.State == moderation.Open && total == 0):
		if ended := total - c.Counts[moderation.Pending]; ended > 0 {
			lines = append(lines, s.say("card.open.part", vals{"done": ended, "n": total}), s.counts(c.Counts, room))
			if v.Left >= time.Second {
				lines = append(lines, s.say("card.left", vals{"length": own(s.length(v.Left))}))
			}
		} else {
			lines = append(lines, s.say("card.open", nil))
		}
	case c.Counts[moderation.Accepted] == total && total > 0:
		took := own(s.took(lasted(v)))
		if room {
			return []phrase{s.say("card.accepted.room", vals{"took": took})}
		}
		return []phrase{s.say("card.accepted", vals{"done": total, "n": total, "took": took})}
	default:
		if groups := gather(v); len(groups) != 1 || len(groups[0].ids) != total {
			lines = append(lines, s.say("thread.done", vals{"list": s.counts(c.Counts, room)}))
		}
	}
	groups := gather(v)
	return append(lines, s.capped(len(groups), cardGroups, "card.groups.more", func(i int) phrase { return s.group(groups[i], c.Action) })...)
}

// lasted is how long it took from the first call to the last answer.
func lasted(v moderation.CaseView) time.Duration {
	var first, last time.Time
	for _, call := range v.Calls {
		if call.Purpose != moderation.PurposeAct || call.Answered.IsZero() {
			continue
		}
		if first.IsZero() || call.At.Before(first) {
			first = call.At
		}
		if call.Answered.After(last) {
			last = call.Answered
		}
	}
	if first.IsZero() {
		first, last = v.Case.OpenAt, v.Case.DoneAt
	}
	return max(0, last.Sub(first))
}

// group is targets that came to the same end for the same reason.
type group struct {
	outcome moderation.Outcome
	code    moderation.Code
	values  map[string]string
	ids     []string
}

// gather groups targets that did not simply succeed. The vendor's request ids
// differ from chunk to chunk, so they do not part groups; the first is shown.
func gather(v moderation.CaseView) []*group {
	var out []*group
	byKey := map[string]*group{}
	for _, t := range v.Targets {
		if t.Outcome == moderation.Accepted || t.Outcome == moderation.Pending {
			continue
		}
		key := strings.Join([]string{string(t.Outcome), string(t.Code), t.Values["code"], t.Values["case"]}, "\x00")
		g := byKey[key]
		if g == nil {
			g = &group{outcome: t.Outcome, code: t.Code, values: t.Values}
			byKey[key] = g
			out = append(out, g)
		}
		g.ids = append(g.ids, t.ID)
	}
	rank := map[moderation.Outcome]int{moderation.Failed: 0, moderation.Unknown: 1, moderation.Dropped: 2, moderation.Superseded: 3}
	sort.SliceStable(out, func(i, j int) bool { return rank[out[i].outcome] < rank[out[j].outcome] })
	return out
}

// unexplained are the vendor's errors of which our sentence does not say what is wrong, so a
// card adds the vendor's own. The thread has it for every call.
var unexplained = map[moderation.Code]bool{moderation.CodeVendorInput: true, moderation.CodeVendorUnexpected: true}

func (s *speech) group(g *group, a moderation.Action) phrase {
	who := s.some(g.ids, 3)
	if len(g.ids) > 10 {
		who = s.people(len(g.ids))
	}
	who = fields(s.say("outcome."+string(g.outcome), nil), who)
	what := s.why(string(g.code), g.values, &a)
	if g.code == "" {
		return who
	}
	if said := supplied(g.values["message"], 200); unexplained[g.code] && len(said) > 0 {
		what = join(" ", what, quoted(said))
	}
	return s.say("card.group", vals{"who": who, "what": what})
}
