package say

import (
	"cmp"
	"strings"
	"time"

	"bouncer/moderation"
)

// LineItem is one line of the audit channel: a case (Subject), or an entry
// of another kind (Kind and Body).
type LineItem struct {
	Subject *moderation.Case
	Case    int64 // of an entry that belongs to one
	Kind    moderation.EntryKind
	Body    moderation.Body
	Count   int       // of equal ones that were folded; 0 and 1 are one
	At      time.Time // of an entry; a case brings its own
	// Head is the chain's head at that point, in hex, and Number its entry's;
	// empty when unknown.
	Head   string
	Number int64
	// Permalink of the card; empty when unknown.
	Permalink string
	// Separate says that another message has it already: it is posted for its buttons.
	Separate bool
}

// fold is how much room a line gets, the less the more of them there are.
type fold struct {
	weight  int
	targets int
	reason  int
	name    int
	link    bool
	named   bool // rooms have their names too
}

// Lines up to 25 are written in full, up to 150 briefly; more, or a queue that is
// behind, are so short that 1,000 fit into 8 messages, which at Slack's
// one message a second is in time.
var folds = [3]fold{
	{weight: 340, targets: 5, reason: 200, name: 60, link: true, named: true},
	{weight: 200, targets: 2, reason: 60, name: 24, link: true},
	{weight: 97, targets: 1, reason: 20, name: 12},
}

// behindAt is how late a line may be before shorter forms are used.
const behindAt = 5 * time.Second

// caseLine is one case: outcome, number, verb, rooms, targets, who, reason,
// time, the chain's head, the card.
func (s *speech) caseLine(c moderation.Case, it LineItem, f fold) phrase {
	a := c.Action
	head := join(" ", own(icon(c)), s.reviewIcon(c.Review), s.say("line.case", vals{"no": c.No, "what": s.verb(a.Verb)}), s.media(a), s.span(a))
	counts := phrase(nil)
	switch {
	case c.State == moderation.AwaitingConfirmation:
		counts = s.say("state.asking", nil)
	case c.State == moderation.AwaitingApproval:
		counts = s.say("state.waiting", nil)
	case c.State == moderation.Open && one(c.Counts):
		counts = s.say("state.open", nil)
	case notRun(c):
		counts = nil // decidedBy says it
	case moderation.OverallOutcome(c.Counts) != moderation.Accepted || c.Counts[moderation.Superseded] > 0:
		counts = s.counts(a, c.Counts, one(c.Counts))
	}
	at := c.AskedAt
	if at.IsZero() {
		at = c.OpenAt
	}
	if g := overrideOf(c); g != nil {
		call := phrase(nil)
		if it.Kind == moderation.EntryOverride && c.Review.Pending() { // no earlier line mentioned anybody
			call = s.reviewMention(c.No, c.Reviewers())
		}
		return s.overrideLine(c, *g, counts, call, s.lineTail(at, it, f), f)
	}
	return squeeze(f.weight, head, []phrase{
		s.roomsIn(a, f), s.targets(a.Targets, f.targets), counts,
		s.personIn(c.Actor, f.name), s.decidedBy(c, f), s.relation(a), s.reviewed(c.Review, f), supplied(s.reason(a), f.reason),
	}, 3, s.lineTail(at, it, f))
}

func (s *speech) lineTail(at time.Time, it LineItem, f fold) phrase {
	card := phrase(nil)
	if f.link && it.Permalink != "" {
		card = links(it.Permalink, s.own("line.card", nil))
	}
	when := phrase(nil)
	if !at.IsZero() {
		when = dated(at, clockMinute)
	}
	return fields(when, supplied(short(it.Head, 8), 8), card)
}

// squeeze makes a line that weighs at most so much: its head, its tail and the
// part keep stay (-1 for none), the other parts are cut, the last
// part first, then the longest.
func squeeze(most int, head phrase, parts []phrase, keep int, tail phrase) phrase {
	for _, a := range tail {
		if a.kind == link {
			most += len(a.url)
		}
	}
	parts = append([]phrase(nil), parts...)
	weights := make([]int, len(parts))
	for i, p := range parts {
		weights[i] = p.weight()
	}
	left := most - head.weight() - tail.weight() - 3
	sum := func(limit int) int {
		n := 0
		for i, w := range weights {
			if i != keep {
				w = min(w, limit)
			}
			if w > 0 {
				n += w + 3 // the separator
			}
		}
		return n
	}
	if last := len(parts) - 1; last >= 0 && last != keep && sum(most) > left {
		room := left - (sum(most) - weights[last])
		if room < 10 {
			parts[last] = nil
		} else {
			parts[last] = parts[last].cut(room)
		}
		weights[last] = parts[last].weight()
	}
	limit := most
	for limit > 6 && sum(limit) > left {
		limit--
	}
	for i, p := range parts {
		if i != keep {
			parts[i] = p.cut(limit)
		}
	}
	return fields(append(append([]phrase{head}, parts...), tail)...)
}

func (s *speech) refusedLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	b := l.Body
	if b.CuriousClick() {
		what := s.say("line.curious", vals{"n": max(1, l.Count), "length": own(s.length(moderation.CuriousWindow)), "what": s.pressedBy(l)})
		return what, []phrase{s.say("line.nothing", nil)}, 0
	}
	what := s.say("line.refused", vals{"no": b.Refusal})
	if l.Count > 1 {
		what = s.say("line.refused.n", vals{"n": l.Count, "no": b.Refusal})
	}
	team := phrase(nil)
	if b.Actor != nil && b.Code == moderation.RefuseExternalPerson && b.Actor.Team != "" {
		team = s.say("line.outside", vals{"team": supplied(b.Actor.Team, 30)})
	}
	where := phrase(nil)
	if b.Origin != nil {
		where = channelOf(b.Origin.Channel)
	}
	return what, []phrase{l.who, s.shortWhy(b), s.entryAction(l), team, where, s.say("line.nothing", nil)}, 0
}

// pressedBy is who pressed which button of which case.
func (s *speech) pressedBy(l *entryLine) phrase {
	b := l.Body
	v := vals{"person": cat(l.who, s.brackets(s.shortWhy(b)))}
	v["case"], v["others"] = phrase(nil), phrase(nil)
	if no := supplied(b.Values["case"], 20); len(no) > 0 {
		v["case"] = s.say("line.pressed.case", vals{"no": no})
		if n := len(strings.Fields(b.Values["cases"])); n > 1 {
			v["case"] = s.say("line.pressed.cases", vals{"n": n, "no": no})
		}
	}
	if b.Values["others"] != "" {
		v["others"] = s.say("line.pressed.others", nil)
	}
	v["button"] = s.say("line.pressed.any", nil)
	if s.has("button." + b.Detail) {
		v["button"] = own(strings.TrimSuffix(s.own("button."+b.Detail, nil), "…"))
	}
	return s.say("line.pressed", v)
}

func (s *speech) foldedLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	return s.say("line.folded", vals{"n": max(l.Count, l.Body.Count)}), []phrase{l.who}, 0
}

func (s *speech) overdueLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	b, where, since := l.Body, phrase(nil), l.Body.Until
	if r, ok := moderation.RoomFromKey(cmp.Or(b.Room, b.Detail)); ok {
		where = s.room(r)
	}
	switch {
	case b.Action == nil:
	case b.Room != "":
		where = s.room(b.Action.RoomOf(b.Room))
	default:
		where = s.roomsIn(*b.Action, fold{named: true})
	}
	if since.IsZero() {
		since = l.At
	}
	head = s.say("line.overdue", vals{"n": max(1, l.Count, len(b.Targets)), "at": near(since, l.At)})
	return head, []phrase{join(" ", where, s.targets(b.Targets, l.targets+2)), caseOf(l.LineItem), s.retrying(b)}, -1
}

func (s *speech) startLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	return s.say("line.start", vals{"database": supplied(l.Body.Database, 40)}), nil, -1
}

func (s *speech) readLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	return s.say("line.read", vals{"person": l.who, "what": s.entryAction(l).cut(l.weight / 2)}), nil, -1
}

func (s *speech) noticeLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	return join(" ", s.notice(l.Body).cut(l.weight-30), times(s, l.Count)), nil, -1
}

func (s *speech) prunedLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	p := l.Body.Pruned
	if p == nil {
		return nil, nil, -1
	}
	v := vals{"number": p.Number, "n": l.Body.Count, "who": s.brackets(l.who)}
	if p.Bodies {
		return s.say("line.pruned.bodies", v), nil, -1
	}
	return s.say("line.pruned", v), nil, -1
}

func caseOf(it LineItem) phrase {
	if it.Case == 0 {
		return nil
	}
	return hashed(it.Case)
}

func times(s *speech, n int) phrase {
	if n < 2 {
		return nil
	}
	return cat(own("("), s.say("line.times", vals{"n": n}), own(")"))
}

func vendorCode(b moderation.Body) string {
	if b.Vendor != nil && b.Vendor.Code != "" {
		return b.Vendor.Code
	}
	return b.Values["code"]
}

// shortWhy is a refusal's reason in a few words.
func (s *speech) shortWhy(b moderation.Body) phrase {
	return s.word("short.", string(b.Code), 40)
}

// notice is the sentence of an entry for the operator. Its code names a row
// "notice." or, as a domain error, one of "code."; what has neither shows
// its detail.
func (s *speech) notice(b moderation.Body) phrase {
	v := vals{}
	for name, x := range b.Values {
		v[name] = supplied(x, 200)
	}
	if b.Detail != "" {
		v["detail"] = supplied(b.Detail, 300)
	}
	if at, err := time.Parse("2006-01-02 15:04", b.Values["at"]); err == nil {
		v["at"] = moment(at)
	}
	if key := "notice." + strings.TrimPrefix(string(b.Code), "notice-"); b.Code != "" && s.has(key) {
		return s.say(key, v)
	}
	if b.Code != "" && s.has("code."+string(b.Code)) {
		return s.why(string(b.Code), b.Values, b.Action)
	}
	if b.Detail == "" {
		v["detail"] = supplied(string(b.Code), 80)
	}
	return s.say("notice.other", v)
}
