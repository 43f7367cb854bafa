package say

import "bouncer/moderation"

// relation says what a case has to do with the one it belongs to.
func (s *speech) relation(a moderation.Action) phrase {
	if key := "relation." + string(a.Relation); a.RelatedCase > 0 && s.has(key) {
		return s.say(key, vals{"no": a.RelatedCase})
	}
	return nil
}

// related lists the cases that belong to one.
func (s *speech) related(v moderation.CaseView) []phrase {
	const most = 5
	var lines, more []phrase
	by, undone := undoneBy(v)
	for _, r := range v.Related {
		if r.No != v.Case.Action.RelatedCase && (r.No != by.No || !undone) { // relation and lasts say those
			lines = append(lines, s.child(r, v.Case))
		}
	}
	if n := len(lines) - most; n > 0 {
		lines, more = lines[:most], []phrase{s.say("related.more", vals{"n": n})}
	}
	return append(append(lines, s.stillRestricted(v)...), more...)
}

// child is one case that came of another: how far it is, for how many
// people where it is not for all, and until when.
func (s *speech) child(r moderation.Related, of moderation.Case) phrase {
	phase := "not"
	switch {
	case r.State == moderation.AwaitingApproval || r.State == moderation.AwaitingConfirmation:
		phase = "waiting"
	case r.State == moderation.Open:
		phase = "open"
	case r.Rel == moderation.RelActNow && (r.Ended != "" || mayRunFully(of)):
		phase = "over" // what was approved goes on in its place
	case r.Rel == moderation.RelExtend && r.Ended == "undone":
		phase = "undone"
	case r.Outcome == moderation.Accepted:
		phase = "done"
	case r.Outcome == moderation.Unknown:
		phase = "unknown"
	}
	key := "related." + string(r.Rel) + "." + phase
	if !s.has(key) {
		return nil
	}
	what := s.say(key, vals{"no": r.No, "length": own(s.length(need(of).ActNow))})
	what = cat(what, s.brackets(s.partOf(r, of.Action)))
	if !r.Until.IsZero() && (phase == "done" || phase == "open") && r.Rel != moderation.RelUndo {
		what = s.clauses(what, s.say("card.until", vals{"at": moment(r.Until)}))
	}
	return what
}

// partOf counts whom a case that came of another is about; nothing where that is everybody.
func (s *speech) partOf(r moderation.Related, of moderation.Action) phrase {
	people := len(of.Targets) > 0 && r.Targets > 0 && r.Targets < len(of.Targets)
	rooms := several(of) && r.Rooms > 0 && r.Rooms < len(of.Rooms())
	switch {
	case people && !several(of):
		return s.people(r.Targets)
	case people || rooms:
		return s.extent(r.Targets, r.Rooms)
	}
	return nil
}

// mayRunFully reports whether a case that needed approval may run for its
// whole time.
func mayRunFully(c moderation.Case) bool {
	return c.Approval.State == moderation.ApprovalApproved || c.Approval.State == moderation.ApprovalOverridden
}

// stillRestricted says whom an older case still restricts, so that an undo is
// not mistaken for lifting that.
func (s *speech) stillRestricted(v moderation.CaseView) []phrase {
	type key struct {
		no    int64
		until int64
	}
	var order []moderation.StillRestricted
	by := make(map[key][]moderation.Target)
	for _, a := range v.Restored {
		k := key{a.Case, a.Until.Unix()}
		if len(by[k]) == 0 {
			order = append(order, a)
		}
		by[k] = append(by[k], moderation.Target{Room: a.Room, ID: a.Target})
	}
	return s.capped(len(order), 3, "again.more", func(i int) phrase {
		a := order[i]
		who, until := pairs(v, by[key{a.Case, a.Until.Unix()}]), s.ends(a.Until, "card.until", "unit.perm")
		list := s.some(who[0].ids, 3)
		if several(v.Case.Action) {
			list = s.clauses(s.pairLines(who, 3, titleRooms)...)
		}
		return s.say("again.restricted", vals{"list": list, "no": a.Case, "until": until})
	})
}
