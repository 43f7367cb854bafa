package say

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"bouncer/moderation"
)

// How much of a case one audit message tells before it counts instead: the
// whole stands in the log, and OutcomesCSV has every outcome.
const (
	threadCalls   = 20
	threadEntries = 12
	threadTargets = 10
)

// Thread is the audit message for the entries of a case that were not told
// yet, in the channels' language. Entries due together are one message; more
// than 20 calls are counted by outcome, with only those that went wrong told
// one by one.
func (s *Speaker) Thread(v moderation.CaseView, entries []moderation.Entry) Message {
	sp := s.in(s.cfg.Lang)
	sh := sp.sheet()
	calls := sp.threadSummons(v, entries)
	most := maxWeight - 800
	for _, p := range calls { // they stand in the text as well as in its blocks
		most -= 2*weight(p.mrkdwn()) + 200
	}
	sh.para(sp.audit(v, entries, most)...)
	for _, p := range calls {
		sh.summon(p)
	}
	return sh.message()
}

// ThreadItem is a case and its entries, for ThreadList.
type ThreadItem struct {
	View    moderation.CaseView
	Entries []moderation.Entry
}

// ThreadList is the audit message of several cases whose cards were folded
// into one list.
func (s *Speaker) ThreadList(items []ThreadItem) Message {
	if len(items) == 1 {
		return s.Thread(items[0].View, items[0].Entries)
	}
	sp := s.in(s.cfg.Lang)
	sh := sp.sheet()
	sh.para(sp.say("threads.title", vals{"cases": sp.say("unit.cases", vals{"n": len(items)})}))
	shown := min(len(items), CardsInList)
	var wanted roll
	for _, it := range items[:shown] {
		for _, p := range sp.threadSummons(it.View, it.Entries) {
			wanted.add(it.View.Case.No, p)
		}
	}
	call := wanted.call(sp)
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
	sh.summon(call)
	return sh.message()
}

// audit gives the lines for some entries, together at most a weight.
func (s *speech) audit(v moderation.CaseView, entries []moderation.Entry, most int) []phrase {
	tolds := read(v, entries)
	head := []phrase{s.auditTitle(v, tolds)}
	var lines []phrase
	var calls []told
	others, rest := 0, 0
	at := 0 // where the calls stand when they are counted
	for _, t := range tolds {
		if entryRows[t.Kind].counted {
			calls = append(calls, t)
		}
	}
	counted := len(calls) > threadCalls
	for _, t := range tolds { // in the order in which it happened
		switch row := entryRows[t.Kind]; {
		case row.opens:
			head = append(head, s.auditAsked(v, t)...)
		case row.counted:
			if at == 0 {
				at = len(lines)
			}
			if !counted {
				lines = append(lines, s.entry(v, t))
			}
		default:
			if others++; others > threadEntries {
				rest++
				continue
			}
			lines = append(lines, s.entry(v, t))
		}
	}
	if counted {
		lines = slices.Insert(lines, at, s.auditCounted(v, calls)...)
	}
	if rest > 0 {
		lines = append(lines, s.say("thread.more", vals{"n": rest}))
	}
	foot := s.say("thread.bot", vals{"version": own(clip(s.cfg.Version, 40))})
	return level(append(append(head, lines...), foot), most)
}

// level cuts lines so that together they weigh at most so much: long lines give
// way before short ones.
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

// auditTitle says what happened, when, and where it stands in the log.
func (s *speech) auditTitle(v moderation.CaseView, ts []told) phrase {
	var kinds []moderation.EntryKind
	for _, t := range ts {
		if !entryRows[t.Kind].counted && !slices.Contains(kinds, t.Kind) {
			kinds = append(kinds, t.Kind)
		}
	}
	word := s.kind
	what := s.say("thread.calls", nil)
	switch len(kinds) {
	case 0:
	case 1:
		what = word(kinds[0])
	default:
		what = s.say("thread.and", vals{"first": word(kinds[0]), "last": word(kinds[len(kinds)-1])})
	}
	title := s.say("thread.title", vals{"no": v.Case.No, "kinds": what}).strong()
	if len(ts) == 0 {
		return title
	}
	return fields(title, dated(ts[0].At, daySecond), s.sealed(ts))
}

// sealed tells the entries' numbers and the hash of the last of them.
func (s *speech) sealed(ts []told) phrase {
	first, last := ts[0].Entry, ts[0].Entry
	for _, t := range ts {
		if t.Number == 0 {
			return s.say("thread.unseal", nil)
		}
		if t.Number > last.Number {
			last = t.Entry
		}
	}
	where := s.say("thread.entry", vals{"no": first.Number})
	if last.Number != first.Number {
		where = s.say("thread.entries", vals{"no": first.Number, "last": last.Number})
	}
	return fields(where, s.say("thread.chain", vals{"hash": theirs(short(last.Hash, 8), 8)}))
}

// auditAsked tells who asked, with which rights, the words as typed, the
// action as parsed, and what allowed it.
func (s *speech) auditAsked(v moderation.CaseView, t told) []phrase {
	// The entry is the record; the case is only a copy.
	c, b := v.Case, t.body
	action, n := or(b.Action, c.Action), or(b.Requirement, need(c))
	rule, policy := c.Decision.Rule, c.Decision.Policy
	if b.Rule != "" {
		rule, policy = b.Rule, b.Policy
	}
	app := phrase(nil)
	if c.App != 0 {
		app = s.say("thread.app", vals{"app": own(strconv.FormatUint(uint64(c.App), 10))})
	}
	lines := []phrase{
		s.auditWho(c, or(b.Actor, c.Actor), or(b.Origin, c.Origin)),
		s.label("label.typed", verbatim(cmp.Or(b.Typed, c.Typed), 1200)),
		s.label("label.meant", s.clauses(s.meant(action), s.relation(action), app)),
		s.allowed(c, rule, policy, n),
	}
	if n.Required() {
		wants := s.say("card.needs", vals{"n": n.Approvals, "roles": s.roles(n.Approvers)})
		why := phrase(nil)
		if n.Why != "" {
			why = s.why(string(n.Why), n.Values, &action)
		}
		lines = append(lines, fields(wants, why))
	}
	return lines
}

// or is what a pointer leads to, or else something.
func or[T any](p *T, other T) T {
	if p == nil {
		return other
	}
	return *p
}

// auditWho is the person as Slack described him when it was decided.
func (s *speech) auditWho(c moderation.Case, a moderation.Actor, o moderation.Origin) phrase {
	if a.Kind != "" && a.Kind != moderation.ActorPerson {
		return s.person(a)
	}
	inner := s.clauses(theirs(a.User, 40), s.say("thread.team", vals{"team": theirs(a.Team, 40)}))
	who := cat(own("("), inner, own(")"))
	if a.Name != "" {
		who = cat(theirs(personName(a.Name), 60), own(" "), who)
	}
	role := s.say("thread.norole", nil)
	if roles := texts(a.Roles); len(roles) > 0 {
		role = s.say("thread.role.of", vals{"roles": s.list(roles...)})
		if via := texts(a.Via); len(via) > 0 {
			role = s.say("thread.role", vals{"roles": s.list(roles...), "via": s.list(via...)})
		}
	}
	when := phrase(nil)
	if !a.ReadAt.IsZero() && !c.OpenAt.IsZero() {
		when = s.say("thread.read", vals{"ago": own(s.length(max(0, c.OpenAt.Sub(a.ReadAt))))})
	}
	where := s.say("thread.in", vals{"channel": theirs(o.Channel, 40)})
	from := phrase(nil)
	if o.Source != "" && o.Source != "command" && s.has("source."+o.Source) {
		from = s.say("thread.by", vals{"source": s.say("source."+o.Source, nil)})
	}
	return s.clauses(who, join(s.pause, role, when), where, from)
}

func texts(in []string) []phrase {
	var out []phrase
	for _, x := range in[:min(len(in), 6)] {
		out = append(out, theirs(x, 60))
	}
	return out
}

// meant is the action as parsed, exact: ids quoted, the duration in seconds.
func (s *speech) meant(a moderation.Action) phrase {
	ids := make([]string, 0, threadTargets)
	for _, x := range a.Targets[:min(len(a.Targets), threadTargets)] {
		ids = append(ids, `"`+strings.ReplaceAll(clean(x, exact), `"`, `\"`)+`"`)
	}
	who := phrase(nil)
	if len(ids) > 0 {
		text := "[" + strings.Join(ids, ", ")
		if len(a.Targets) > len(ids) {
			text += ", …"
		}
		who = phrase{{kind: foreign, text: clip(text, 900) + "]"}}
		if len(a.Targets) > len(ids) {
			who = join(" ", who, cat(own("("), s.people(len(a.Targets)), own(")")))
		}
	}
	length := s.span(a)
	if a.Duration > 0 && !a.Permanent {
		length = s.say("unit.exact", vals{"n": int(a.Duration.Seconds())})
	}
	return join(" ", own(string(verbWord(a.Verb))), s.bare(a.Room), who, s.media(a), length)
}

// verbWord is the verb as it is typed, the same in all languages.
func verbWord(v moderation.Verb) moderation.Verb {
	if _, ok := v.Spec(); ok {
		return v
	}
	return "?"
}
