package say

import (
	"time"

	"bouncer/moderation"
)

// Status is how the bot is.
type Status struct {
	// Unfinished are the oldest cases of each unfinished state, UnfinishedCount how
	// many there are.
	Unfinished      map[moderation.State][]moderation.Case
	UnfinishedCount map[moderation.State]int
	Overdue         []moderation.OverdueLift
	OverdueCount    int

	Backlog       moderation.Backlog
	Sockets, Want int
	Policy        moderation.PolicyInForce
	Reviews       int
	Suspended     []moderation.Suspension
	Head          moderation.LogHead
}

// StatusRows is how many cases and late lifts of each kind a status names.
const StatusRows = 5

// Status returns the message that says what waits, runs and is late, and the
// numbers that an operator needs.
func (s *Speaker) Status(st Status, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	sh.para(sp.say("status.title", vals{"version": own(clip(s.cfg.Version, 40))}).strong(), sp.say("status.sockets", vals{"n": st.Sockets, "all": st.Want}))
	for _, x := range []struct {
		key   string
		state moderation.State
	}{{"status.waiting", moderation.AwaitingApproval}, {"status.asking", moderation.AwaitingConfirmation}, {"status.running", moderation.Open}} {
		lines := []phrase{sp.say(x.key, vals{"n": st.UnfinishedCount[x.state]}).strong()}
		for _, c := range st.Unfinished[x.state] {
			lines = append(lines, sp.liveRow(c))
		}
		if n := st.UnfinishedCount[x.state] - len(st.Unfinished[x.state]); n > 0 && len(lines) > 1 {
			lines = append(lines, sp.say("status.more", vals{"n": n}))
		}
		sh.para(level(lines, 1900)...)
	}
	sh.para(level(sp.late(st), 2400)...)
	sh.para(level(sp.numbers(st), 2400)...)
	sh.note(sp.inForce(st.Policy))
	return sh.message()
}

// liveRow is a case that has not ended, and how far it is.
func (s *speech) liveRow(c moderation.Case) phrase {
	what := cat(own("• "), s.say("line.case", vals{"no": c.No, "what": s.act(c.Action, 2)}), own(between), s.personIn(c.Actor, 40))
	total := 0
	for _, n := range c.Counts {
		total += n
	}
	if c.State == moderation.Open && total > 1 {
		key := "status.part"
		if several(c.Action) {
			key = "status.part.rooms"
		}
		return s.say(key, vals{"what": what.cut(330), "done": total - c.Counts[moderation.Pending], "n": total})
	}
	return s.clauses(what.cut(330), moment(c.AskedAt))
}

// late are the lifts that are late, with what was answered to them last.
func (s *speech) late(st Status) []phrase {
	lines := []phrase{s.say("status.overdue", vals{"n": st.OverdueCount}).strong()}
	for _, l := range st.Overdue {
		answer := s.say("status.late.none", nil)
		if !l.Last.At.IsZero() {
			answer = s.say("thread.wait", nil)
			if !l.Last.Answered.IsZero() {
				b := known(l.Last)
				answer = s.clauses(s.answered(b), s.reqid(b))
			}
		}
		who := s.say("active.everyone", nil)
		if l.Target != "" {
			who = id(l.Target)
		}
		lines = append(lines, s.say("status.late", vals{
			"no": l.Case, "what": fields(s.room(l.Room), who), "at": dated(l.Due, daySecond), "n": l.Attempt, "answer": answer,
		}))
	}
	if n := st.OverdueCount - len(st.Overdue); n > 0 && len(st.Overdue) > 0 {
		lines = append(lines, s.say("status.more", vals{"n": n}))
	}
	return lines
}

// numbers are what an operator looks at first.
func (s *speech) numbers(st Status) []phrase {
	b := st.Backlog
	jobs, oldest := 0, time.Duration(0)
	for _, n := range b.Jobs {
		jobs += n
	}
	for _, d := range b.Oldest {
		oldest = max(oldest, d)
	}
	queue := s.say("status.backlog.none", nil)
	if jobs+b.Posts > 0 {
		queue = s.say("status.backlog", vals{"n": jobs, "took": own(s.took(oldest)), "posts": b.Posts, "behind": own(s.took(b.OldestPost))})
	}
	lines := []phrase{
		s.say("status.lifts", vals{"n": b.Lifts}),
		queue,
		s.say("status.reviews", vals{"n": st.Reviews}),
	}
	people := s.capped(len(st.Suspended), 20, "status.more", func(i int) phrase {
		x := st.Suspended[i]
		return cat(s.personIn(x.Who, 40), s.brackets(s.ends(x.Until, "active.until", "status.suspended.open")))
	})
	if len(people) > 0 {
		lines = append(lines, s.say("status.suspended", vals{"list": s.list(people...)}))
	}
	if st.Head.Number == 0 {
		return lines
	}
	return append(lines, s.say("status.head", vals{"n": int(st.Head.Number), "hash": supplied(short(st.Head.Hash, 8), 8)}))
}

// inForce is the policy in force, by its hash, and since when.
func (s *speech) inForce(p moderation.PolicyInForce) phrase {
	if p.Hash == "" {
		return nil
	}
	v := vals{"policy": own(short(hexOnly(p.Hash), 7)), "at": moment(p.Since)}
	if p.Since.IsZero() {
		return s.say("status.policy.at", v)
	}
	return s.say("status.policy", v)
}

// hexOnly returns a hash that is safe in our own text, or nothing.
func hexOnly(hash string) string {
	for _, c := range hash {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "?"
		}
	}
	return hash
}

// WrongCase returns the sentence that says in a modal that what was typed is no
// case's number.
func (s *Speaker) WrongCase(lang Lang) string { return s.in(lang).own("evidence.case", nil) }
