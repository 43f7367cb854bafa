package say

import (
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// lifeEntry tells what happened to a case beside its calls: who decided,
// changed or looked at it. Nil for a kind that has no sentence of its own.
func (s *speech) lifeEntry(v moderation.View, t told) phrase {
	b, r := t.body, v.Case.Approval
	row := vals{"no": v.Case.No, "n": max(1, need(v.Case).Approvals), "got": max(1, b.Count)}
	if b.Count == 0 {
		row["got"] = agreed(r, t)
	}
	if b.Actor != nil {
		row["person"] = s.person(*b.Actor)
	}
	switch t.Kind {
	case moderation.EntryVoted:
		if b.Code != "" { // a vote that was taken off
			key := "mods.vote.lost"
			if b.Values["why"] == string(moderation.RefuseChanged) {
				key = "mods.vote.changed"
			}
			return s.say(key, vals{"person": theirs(b.Values["person"], 80), "by": row["person"]})
		}
		return s.say("thread.voted", row)
	case moderation.EntryApproved:
		return s.say("thread.approved", row)
	case moderation.EntryDenied:
		return s.because(s.say("thread.denied", row), b.Detail)
	case moderation.EntryWithdrawn:
		if b.Code == moderation.CodeSuspended {
			return s.why(string(b.Code), b.Values, b.Action)
		}
		return s.because(s.say("thread.withdrawn", row), b.Detail)
	case moderation.EntryExpired:
		return s.say("thread.expired", nil)
	case moderation.EntryReminded:
		return s.say("thread.reminded", vals{"roles": s.roles(r.Need.Approvers)})
	case moderation.EntryEscalated:
		return s.say("thread.escalated", vals{"roles": s.roles(r.Need.EscalateTo)})
	case moderation.EntryGlass:
		return s.because(s.say("thread.glass", row).strong(), b.Detail)
	case moderation.EntryStopped:
		row["n"] = max(b.Count, len(b.Targets))
		return s.because(s.say("thread.stopped", row), given(b))
	case moderation.EntryReason:
		row["before"], row["after"] = theirs(b.Before, 700), theirs(b.Detail, 700)
		return s.say("thread.reason", row)
	case moderation.EntryEvidence:
		return s.added(row, b)
	case moderation.EntryReviewed:
		return s.because(s.say("thread.reviewed", row), given(b))
	case moderation.EntryFlagged:
		return s.because(cat(own("🚩 "), s.say("thread.flagged", row)), b.Detail)
	case moderation.EntryHeld:
		return s.held(b)
	}
	return nil
}

// given is what somebody wrote to what he did; a click writes its step alone.
func given(b moderation.Body) string {
	if b.Detail == commands.StepStop || b.Detail == commands.StepReviewed {
		return ""
	}
	return b.Detail
}

// agreed counts the votes up to an entry.
func agreed(r moderation.Approval, t told) int {
	n := 0
	for _, v := range r.Votes {
		if !v.At.After(t.At) {
			n++
		}
	}
	return max(1, n)
}

// added tells what was put to a case: the words of a message with their
// author and the way there, or a link that somebody gave.
func (s *speech) added(row vals, b moderation.Body) phrase {
	var what phrase
	if said := theirs(b.Detail, 700); len(said) > 0 {
		what = cat(own("“"), said, own("”"))
	}
	if b.Person == "" { // somebody typed the link: it leads nowhere by a click
		return fields(s.say("thread.evidence", row), what, verbatim(b.Link, 300))
	}
	from := s.say("thread.author", vals{"author": theirs(b.Person, 60)})
	return fields(s.say("thread.evidence", row), from, what, links(b.Link, s.own("modal.evidence.link", nil)))
}

// held is what the vendor says it holds, read back after a change: as it was
// asked, or until when for those whom it holds differently.
func (s *speech) held(b moderation.Body) phrase {
	end := s.say("list.noend", nil)
	if !b.Until.IsZero() {
		end = s.say("card.until", vals{"at": own(utc(b.Until, layoutMinute))})
	}
	switch {
	case b.Code != "":
		return fields(s.say("thread.held.not", nil), s.why(string(b.Code), b.Values, b.Action))
	case b.Outcome != moderation.HeldOther:
		return s.say("thread.held", vals{"n": s.people(b.Count), "end": end})
	}
	var parts []phrase
	for _, x := range b.Targets[:min(len(b.Targets), threadTargets)] {
		now := s.say("thread.held.none", nil)
		if at, err := time.Parse(time.RFC3339, b.Values[x]); err == nil {
			if now = s.say("list.noend", nil); !at.IsZero() {
				now = s.say("card.until", vals{"at": own(utc(at, layoutMinute))})
			}
		}
		parts = append(parts, cat(id(x), own(" "), now))
	}
	if n := len(b.Targets) - len(parts); n > 0 {
		parts = append(parts, own("+"+number(int64(n))))
	}
	return s.say("thread.held.other", vals{"list": s.list(parts...), "end": end})
}

// threadSummons mentions those whom a message in the thread is for: the
// approvers that it reminds, while the case still waits for them, and the
// requester of a case that was flagged or will not run.
func (s *speech) threadSummons(v moderation.View, entries []moderation.Entry) []phrase {
	c := v.Case
	var out []phrase
	done := map[string]bool{}
	add := func(key string, row vals, who string) {
		if !done[key+who] {
			done[key+who] = true
			out = append(out, s.say(key, row))
		}
	}
	ask := func(ids []string, which string) {
		who := s.called(ids)
		if c.State != moderation.Waiting || len(who) == 0 {
			return
		}
		until := phrase(nil)
		if !c.Approval.Expires.IsZero() {
			until = s.say("until.clause", vals{"at": moment(c.Approval.Expires)})
		}
		add("thread.call.waits", vals{"list": who, "no": c.No, "until": until}, which)
	}
	for _, e := range entries {
		who := s.requester(c)
		switch e.Kind {
		case moderation.EntryReminded:
			ask(c.Approval.Need.Mention, "first")
		case moderation.EntryEscalated:
			ask(c.Approval.Need.MentionNext, "next")
		case moderation.EntryFlagged:
			if who != nil {
				who["no"] = c.No
				add("thread.call.flagged", who, "")
			}
		case moderation.EntryDenied, moderation.EntryExpired:
			if who != nil {
				who["no"] = c.No
				add("thread.call.unrun", who, "")
			}
		}
	}
	return out
}

// allowed tells which rule decided, and how many agreed of how many must.
func (s *speech) allowed(c moderation.Case, rule, policy string, n moderation.Need) phrase {
	row := vals{"rule": theirs(rule, 80), "policy": theirs(short(policy, 7), 7), "got": len(c.Approval.Votes), "n": n.Approvals}
	key := "thread.allowed"
	switch {
	case c.Action.Rel == moderation.RelActNow: // it asks nobody itself: the case that it runs ahead of does
		key = "thread.allowed.ahead"
		row["length"] = own(s.length(c.Action.Duration))
	case !n.Asks():
	case glass(c) != nil:
		key = "thread.allowed.alone"
	case c.Approval.State != moderation.ApprovalApproved:
		key = "thread.asks"
	}
	return s.say(key, row)
}

// People names everybody whom a case is about, in as many messages as it takes:
// what hangs in its thread where Slack takes no file.
func (s *Speaker) People(v moderation.View) []Message {
	sp := s.in(s.cfg.Lang)
	const most = 9000 // weight of one message's list
	parts := sp.known(v)
	var out []Message
	for len(parts) > 0 {
		n, used := 0, 0
		for n < len(parts) && (n == 0 || used+parts[n].weight()+2 <= most) {
			used += parts[n].weight() + 2
			n++
		}
		sh := sp.sheet()
		sh.para(sp.say("thread.people", vals{"no": v.Case.No, "n": sp.people(len(v.Case.Action.Targets))}).strong())
		sh.spread(parts[:n])
		out, parts = append(out, sh.message()), parts[n:]
	}
	return out
}
