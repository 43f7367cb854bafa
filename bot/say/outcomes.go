package say

import (
	"maps"
	"slices"
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
	room := len(c.Action.Targets) == 0 && !several(c.Action)
	var lines []phrase
	switch {
	case c.State == moderation.AwaitingConfirmation:
		return []phrase{s.say("card.asking", nil)}
	case c.State == moderation.AwaitingApproval, notRun(c): // request says it
		return nil
	case c.Counts[moderation.Pending] > 0 || (c.State == moderation.Open && total == 0):
		if ended := total - c.Counts[moderation.Pending]; ended > 0 {
			lines = append(lines, s.progress(c, ended, total), s.counts(c.Action, c.Counts, room))
			if v.Left >= time.Second {
				lines = append(lines, s.say("card.left", vals{"length": own(s.length(v.Left))}))
			}
		} else {
			lines = append(lines, s.say("card.open", nil))
		}
	case c.Counts[moderation.Accepted] == total && total > 0:
		took := own(s.took(lasted(v)))
		switch {
		case room:
			return []phrase{s.say("card.accepted.room", vals{"took": took})}
		case several(c.Action):
			return []phrase{s.say("card.accepted.rooms", vals{"done": total, "n": total, "took": took, "where": s.extentOf(c.Action)})}
		}
		return []phrase{s.say("card.accepted", vals{"done": total, "n": total, "took": took})}
	default:
		if groups := gather(v); len(groups) != 1 || len(groups[0].ids) != total {
			lines = append(lines, s.say("thread.done", vals{"list": cat(s.counts(c.Action, c.Counts, room), s.ofRooms(c.Action))}))
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

// progress is how many rows of a running case have an answer.
func (s *speech) progress(c moderation.Case, ended, total int) phrase {
	if several(c.Action) {
		return s.say("card.open.part.rooms", vals{"done": ended, "n": total, "where": s.extentOf(c.Action)})
	}
	return s.say("card.open.part", vals{"done": ended, "n": total})
}

// ofRooms says what the rows of a case in several rooms are; nothing for one room.
func (s *speech) ofRooms(a moderation.Action) phrase {
	if !several(a) {
		return nil
	}
	return s.brackets(s.extentOf(a))
}

// group is targets that came to the same end for the same reason, in each of its rooms.
type group struct {
	outcome moderation.Outcome
	code    moderation.Code
	values  map[string]string
	ids     []string
	rooms   []moderation.Room // of a case in several rooms
}

// gather groups targets that did not simply succeed, by room and reason. The vendor's request ids
// differ from chunk to chunk, so they do not part groups; the first is shown.
func gather(v moderation.CaseView) []*group {
	var out []*group
	byKey := map[string]*group{}
	for _, t := range v.Targets {
		if t.Outcome == moderation.Accepted || t.Outcome == moderation.Pending {
			continue
		}
		var rooms []moderation.Room
		key := strings.Join([]string{string(t.Outcome), string(t.Code), t.Values["code"], t.Values["case"]}, "\x00")
		if several(v.Case.Action) {
			rooms = []moderation.Room{v.RoomOf(t)}
			key += "\x00" + rooms[0].String()
		}
		g := byKey[key]
		if g == nil {
			g = &group{outcome: t.Outcome, code: t.Code, values: t.Values, rooms: rooms}
			byKey[key] = g
			out = append(out, g)
		}
		g.ids = append(g.ids, t.ID)
	}
	out = sameEverywhere(out)
	rank := map[moderation.Outcome]int{moderation.Failed: 0, moderation.Unknown: 1, moderation.Dropped: 2, moderation.Superseded: 3}
	sort.SliceStable(out, func(i, j int) bool { return rank[out[i].outcome] < rank[out[j].outcome] })
	return out
}

// sameEverywhere makes one group of those that differ in their room only. What was said about one
// room is left out then.
func sameEverywhere(all []*group) (out []*group) {
	for _, g := range all {
		i := slices.IndexFunc(out, func(o *group) bool {
			return o.outcome == g.outcome && o.code == g.code && o.values["code"] == g.values["code"] && o.values["case"] == g.values["case"] && slices.Equal(o.ids, g.ids)
		})
		if i < 0 {
			out = append(out, g)
			continue
		}
		o := out[i]
		o.rooms, o.values = append(o.rooms, g.rooms...), maps.Clone(o.values)
		delete(o.values, "room")
	}
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
	how := s.say("outcome."+string(g.outcome), nil)
	if len(g.rooms) > 0 {
		how = s.say("card.group.in", vals{"outcome": how, "rooms": s.roomList(g.rooms, titleRooms)})
		if len(a.Targets) == 0 {
			who = nil
		}
		a = a.In(moderation.Room{})
		if len(g.rooms) == 1 {
			a.Room = g.rooms[0]
		}
	}
	who = fields(how, who)
	what := s.why(string(g.code), g.values, &a)
	if g.code == "" {
		return who
	}
	if said := supplied(g.values["message"], 200); unexplained[g.code] && len(said) > 0 {
		what = join(" ", what, quoted(said))
	}
	return s.say("card.group", vals{"who": who, "what": what})
}
