package say

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// How much of a case one audit message shows before it counts instead: the
// whole is in the log, and OutcomesCSV has every outcome.
const (
	threadCalls   = 20
	threadEntries = 12
	threadTargets = 10
)

// Thread returns the audit message for the entries of a case that are not posted yet, in the
// channels' language. Entries due together are one message; more than 20 calls are counted by
// outcome, with only those that went wrong listed one by one.
func (s *Speaker) Thread(v moderation.CaseView, entries []moderation.Entry) Message {
	sp := s.in(s.cfg.Lang)
	sh := sp.sheet()
	calls := sp.threadMentions(v, entries)
	most := maxWeight - 800
	for _, p := range calls { // they are in the text as well as in its blocks
		most -= 2*weight(p.mrkdwn()) + 200
	}
	sh.para(sp.audit(v, entries, most)...)
	for _, p := range calls {
		sh.mention(p)
	}
	return sh.message()
}

// ThreadItem is a case and its entries, for ThreadList.
type ThreadItem struct {
	View    moderation.CaseView
	Entries []moderation.Entry
}

// ThreadList returns the audit message of several cases whose cards were folded into one list.
func (s *Speaker) ThreadList(items []ThreadItem) Message {
	if len(items) == 1 {
		return s.Thread(items[0].View, items[0].Entries)
	}
	sp := s.in(s.cfg.Lang)
	sh := sp.sheet()
	sh.para(sp.say("threads.title", vals{"cases": sp.say("unit.cases", vals{"n": len(items)})}))
	shown := min(len(items), CardsInList)
	var wanted mentionList
	for _, it := range items[:shown] {
		for _, p := range sp.threadMentions(it.View, it.Entries) {
			wanted.add(it.View.Case.No, p)
		}
	}
	call := wanted.sentence(sp)
	share := (maxWeight - 1000 - weight(call.mrkdwn())) / max(1, shown)
	for i := 0; i < shown; {
		var lines []phrase
		for stop := min(shown, i+5); i < stop; i++ { // a few to a block: 50 blocks at most
			if len(lines) > 0 {
				lines = append(lines, own(" "))
			}
			lines = append(lines, sp.audit(items[i].View, items[i].Entries, share-20)...)
		}
		sh.para(lines...)
	}
	if len(items) > shown {
		sh.para(sp.say("cards.more", vals{"n": len(items) - shown, "command": own(s.cfg.Command)}))
	}
	sh.mention(call)
	return sh.message()
}

// audit returns the lines for some entries, together at most a weight.
func (s *speech) audit(v moderation.CaseView, entries []moderation.Entry, most int) []phrase {
	tolds := read(v, entries)
	var head, lines []phrase
	var calls []readEntry
	others, rest := 0, 0
	at := 0 // where the calls are when they are counted
	var shown time.Time
	for _, t := range tolds {
		if entryRows[t.Kind].counted {
			calls = append(calls, t)
		}
		if shown.IsZero() {
			shown = t.At
		}
	}
	counted := len(calls) > threadCalls
	add := func(t readEntry) {
		stamp := phrase(nil)
		if t.At.Sub(shown) >= time.Second {
			stamp, shown = t.stamp(), t.At
		}
		lines = append(lines, join(" ", stamp, s.entry(v, t)))
	}
	for _, t := range tolds { // in the order in which it happened
		switch row := entryRows[t.Kind]; {
		case row.opens:
			head = append(head, s.auditAsked(v, t)...)
		case row.counted:
			if at == 0 {
				at = len(lines)
			}
			if !counted {
				add(t)
			}
		case t.Kind == moderation.EntryDone && len(calls) > 0 && allAccepted(t.body.Counts): // the calls say it
		default:
			if others++; others > threadEntries {
				rest++
				continue
			}
			add(t)
		}
	}
	if counted {
		lines = slices.Insert(lines, at, s.auditCounted(v, calls)...)
	}
	if rest > 0 {
		lines = append(lines, s.say("thread.more", vals{"n": rest}))
	}
	all := append([]phrase{s.auditTitle(v, tolds, len(head) > 0)}, head...)
	return level(append(append(all, lines...), s.auditFoot(v.Case.No, entries)), most)
}

// allAccepted reports whether every target was accepted.
func allAccepted(counts map[moderation.Outcome]int) bool {
	for o, n := range counts {
		if n > 0 && o != moderation.Accepted {
			return false
		}
	}
	return true
}

// level cuts lines so that together they weigh at most so much: long lines are
// cut before short ones.
func level(lines []phrase, most int) []phrase {
	weights := make([]int, len(lines))
	for i, l := range lines {
		weights[i] = l.weight()
		most -= l.dates()
	}
	limit := most
	for limit > 24 {
		sum := 0
		for _, w := range weights {
			sum += min(w, limit) + 12
		}
		if sum <= most {
			break
		}
		limit = limit * 3 / 4
	}
	out := make([]phrase, 0, len(lines))
	for _, l := range lines {
		out = append(out, l.cut(limit))
	}
	return out
}

// auditTitle says what happened, and when, unless the line of its requester does.
func (s *speech) auditTitle(v moderation.CaseView, ts []readEntry, opens bool) phrase {
	var kinds []moderation.EntryKind
	for _, t := range ts {
		if !entryRows[t.Kind].counted && !slices.Contains(kinds, t.Kind) {
			kinds = append(kinds, t.Kind)
		}
	}
	if about := slices.DeleteFunc(slices.Clone(kinds), func(k moderation.EntryKind) bool { return entryRows[k].aside }); len(about) > 0 {
		kinds = about
	}
	what := s.say("thread.calls", nil)
	switch len(kinds) {
	case 0:
	case 1:
		what = s.kind(kinds[0])
	default:
		what = s.say("thread.and", vals{"first": s.kind(kinds[0]), "last": s.kind(kinds[len(kinds)-1])})
	}
	if v.Case.Action.Verb != "" {
		what = join(" ", s.verb(v.Case.Action.Verb), what)
	}
	title := s.say("thread.title", vals{"no": v.Case.No, "what": what}).strong()
	if len(ts) == 0 || opens {
		return title
	}
	return fields(title, dated(ts[0].At, daySecond))
}

// auditFoot says where the entries are in the log, and where their full record is.
func (s *speech) auditFoot(no int64, entries []moderation.Entry) phrase {
	record := s.say("thread.record", vals{"command": s.slash("why " + strconv.FormatInt(no, 10))})
	return fields(s.sealed(entries), record)
}

// sealed returns the entries' numbers and the hash of the last of them.
func (s *speech) sealed(entries []moderation.Entry) phrase {
	if len(entries) == 0 {
		return nil
	}
	first, last := entries[0], entries[0]
	for _, e := range entries {
		if e.Number == 0 {
			return s.say("thread.unsealed", nil)
		}
		if e.Number > last.Number {
			last = e
		}
	}
	where := s.say("thread.entry", vals{"no": first.Number})
	if last.Number != first.Number {
		where = s.say("thread.entries", vals{"no": first.Number, "last": last.Number})
	}
	return fields(where, supplied(short(last.Hash, 8), 8))
}

// auditAsked says who asked, through which role, the words as typed, the action
// that they became, and what allowed it.
func (s *speech) auditAsked(v moderation.CaseView, t readEntry) []phrase {
	// The entry is the record; the case is only a copy.
	c, b := v.Case, t.body
	action, n := or(b.Action, c.Action), or(b.Requirement, need(c))
	rule := c.Decision.Rule
	if b.Rule != "" {
		rule = b.Rule
	}
	lines := []phrase{
		s.auditWho(v, or(b.Actor, c.Actor), or(b.Origin, c.Origin), t.At),
		s.label("label.typed", s.oneLine(commands.PlainText(cmp.Or(b.Typed, c.Typed)), 1200)),
		s.label("label.action", fields(s.did(action), s.media(action), s.relation(action))),
		s.allowed(c, rule, n),
	}
	if n.Required() {
		wants := s.say("thread.needs", vals{"n": n.Approvals, "roles": s.roles(n.Approvers)})
		why := phrase(nil)
		if n.Why != "" {
			why = s.why(string(n.Why), n.Values, &action)
		}
		lines = append(lines, fields(wants, why))
	}
	return lines
}

// did is an action as a sentence: what, to whom, in which rooms and for how long.
func (s *speech) did(a moderation.Action) phrase {
	key, v := "action.room", vals{"verb": s.verb(a.Verb), "room": s.rooms(a, moderation.MaxRooms)}
	if len(a.Targets) > 0 {
		key, v["list"] = "action.people", s.some(a.Targets, threadTargets)
	}
	length := phrase(nil)
	switch {
	case a.Permanent:
		length = s.say("action.permanent", nil)
	case a.Duration > 0:
		length = s.say("action.length", vals{"length": own(s.length(a.Duration))})
	}
	return join(s.pause, s.say(key, v), length)
}

// or is what a pointer leads to, or else something.
func or[T any](p *T, other T) T {
	if p == nil {
		return other
	}
	return *p
}

// auditWho is the person, the role that the request used, and when and where it
// was made, unless that is where its card is.
func (s *speech) auditWho(v moderation.CaseView, a moderation.Actor, o moderation.Origin, at time.Time) phrase {
	where := phrase(nil)
	if o.Channel != v.Case.Card.Channel {
		where = s.say("thread.in", vals{"channel": channelOf(o.Channel)})
	}
	return fields(s.clauses(s.person(a), s.roleOf(a, v.GroupHandles), s.source(o)), dated(at, daySecond), where)
}

// roleOf is what grants a person the right: the roles, and the groups by their handles
// where those are known.
func (s *speech) roleOf(a moderation.Actor, handles map[string]string) phrase {
	if a.Kind != "" && a.Kind != moderation.ActorPerson {
		return nil
	}
	groups := slices.Clone(a.Via)
	for i, id := range groups {
		if h := handles[id]; h != "" {
			groups[i] = "@" + h
		}
	}
	roles, via := texts(a.Roles), texts(groups)
	switch {
	case len(roles) == 0:
		return s.say("thread.norole", nil)
	case len(via) == 0:
		return s.list(roles...)
	}
	return s.say("thread.role", vals{"roles": s.list(roles...), "via": s.list(via...)})
}

// source is what made a request other than a typed command.
func (s *speech) source(o moderation.Origin) phrase {
	if o.Source == "command" || !s.has("source."+o.Source) {
		return nil
	}
	return s.say("thread.by", vals{"source": s.say("source."+o.Source, vals{"file": fileName(o.File)})})
}

func texts(in []string) []phrase {
	var out []phrase
	for _, x := range in[:min(len(in), 6)] {
		out = append(out, supplied(x, 60))
	}
	return out
}
