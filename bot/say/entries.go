package say

import (
	"slices"

	"bouncer/commands"
	"bouncer/moderation"
)

// entryRow is how a kind of entry is told. "why" and the histories tell a case
// and not its entries; "case N" tells them as the thread does.
type entryRow struct {
	// opens: the thread's message begins with it; counted: it is told together
	// with others of its kind where there are many.
	opens, counted bool
	// loud: its line has a message of its own.
	loud bool
	// icon stands before its line, where it must not be overlooked.
	icon string
	// thread is its sentence in the thread of its case, given what its author
	// wrote behind it; form makes one where a sentence alone does not do. Neither,
	// or a form that has nothing to say: its kind, and what its body says.
	thread string
	given  bool
	step   string // what a click writes in place of that
	form   func(s *speech, v moderation.CaseView, t told) phrase
	// line is its line in the audit channel: what it begins with, what follows,
	// and which part of that is never cut (-1 for none). None, or one without a
	// beginning: its kind, whom it is about, who did it, what it says.
	line func(s *speech, l *entryLine) (head phrase, parts []phrase, keep int)
	// summons mentions those whom the thread's message is for.
	summons func(s *speech, c moderation.Case) phrase
}

var entryRows map[moderation.EntryKind]entryRow

func init() { // the forms use the table
	entryRows = map[moderation.EntryKind]entryRow{
		moderation.EntryOpened:        {opens: true},
		moderation.EntryCall:          {counted: true, form: (*speech).callMade},
		moderation.EntryAnswer:        {counted: true, form: (*speech).callAnswered},
		moderation.EntryDropped:       {form: (*speech).dropped},
		moderation.EntryConfirmation:  {form: (*speech).askedAgain},
		moderation.EntryDone:          {form: (*speech).ended},
		moderation.EntryLifted:        {form: (*speech).lifted},
		moderation.EntryOverdue:       {form: (*speech).overdue, icon: "⏰", line: (*speech).overdueLine},
		moderation.EntryApprovalGiven: {thread: "thread.voted", form: (*speech).voteLost},
		moderation.EntryApproved:      {thread: "thread.approved"},
		moderation.EntryDenied:        {thread: "thread.denied", given: true, summons: (*speech).unrunCall},
		moderation.EntryWithdrawn:     {thread: "thread.withdrawn", given: true, form: (*speech).suspendedOff},
		moderation.EntryExpired:       {thread: "thread.expired", summons: (*speech).unrunCall},
		moderation.EntryReminded:      {thread: "thread.reminded", summons: (*speech).remindedCall},
		moderation.EntryEscalated:     {thread: "thread.escalated", summons: (*speech).escalatedCall},
		moderation.EntryOverride:      {form: (*speech).ranAlone, loud: true, line: (*speech).ranAloneLine},
		moderation.EntryStopped:       {thread: "thread.stopped", given: true, step: commands.StepStop},
		moderation.EntryReason:        {thread: "thread.reason"},
		moderation.EntryEvidence:      {form: (*speech).added},
		moderation.EntryReviewed:      {thread: "thread.reviewed", given: true, step: commands.StepReviewed},
		moderation.EntryFlagged:       {thread: "thread.flagged", given: true, summons: (*speech).flaggedCall},
		moderation.EntryReported:      {form: (*speech).held},

		moderation.EntryStart:           {icon: "🆕", line: (*speech).startLine},
		moderation.EntryRead:            {icon: "👁", line: (*speech).readLine},
		moderation.EntryNotice:          {icon: "📌", line: (*speech).noticeLine},
		moderation.EntryRefused:         {icon: "⛔", line: (*speech).refusedLine},
		moderation.EntryFolded:          {icon: "⛔", line: (*speech).foldedLine},
		moderation.EntryNote:            {line: (*speech).noteLine},
		moderation.EntrySuspended:       {icon: "🔒", line: (*speech).suspendedLine},
		moderation.EntrySuspensionEnded: {icon: "🔓", line: (*speech).restoredLine},
		moderation.EntryLimitReached:    {icon: "🛑", line: (*speech).brakedLine},
		moderation.EntryGroup:           {icon: "👥", line: (*speech).groupLine},
		moderation.EntryPolicy:          {line: (*speech).policyLine},
		moderation.EntryErased:          {icon: "🧽"},
		moderation.EntryForged:          {},
		moderation.EntryDigest:          {loud: true}, // a message of its own makes it
	}
}

// entry is what one says in the thread of its case.
func (s *speech) entry(v moderation.CaseView, t told) phrase {
	row := entryRows[t.Kind]
	var what phrase
	if row.form != nil {
		what = row.form(s, v, t)
	}
	if len(what) == 0 && row.thread != "" {
		what = s.say(row.thread, s.threadVals(v, t))
		if row.given && t.body.Detail != row.step {
			what = s.because(what, t.body.Detail)
		}
	}
	if len(what) == 0 {
		what = s.say("thread.noted", vals{"kind": s.kind(t.Kind), "detail": s.detail(t.body)})
	}
	return what
}

// threadVals are what a sentence about a case's life has places for.
func (s *speech) threadVals(v moderation.CaseView, t told) vals {
	b, r := t.body, v.Case.Approval
	row := vals{
		"no": v.Case.No, "n": max(1, need(v.Case).Approvals), "got": b.Count,
		"roles": s.roles(r.Requirement.Approvers), "next": s.roles(r.Requirement.EscalateTo),
		"before": theirs(b.Before, 700), "after": theirs(b.Detail, 700),
	}
	if b.Count == 0 {
		row["got"] = agreed(r, t)
	}
	if t.Kind == moderation.EntryStopped {
		row["n"] = max(b.Count, len(b.Targets))
	}
	if b.Actor != nil {
		row["person"] = s.person(*b.Actor)
	}
	return row
}

// entryLine is an entry that is told in the audit channel.
type entryLine struct {
	LineItem
	fold
	who phrase // did it
}

// line tells a case or an entry in the audit channel.
func (s *speech) line(it LineItem, f fold) phrase {
	if it.Subject != nil {
		return s.caseLine(*it.Subject, it, f)
	}
	l := &entryLine{LineItem: it, fold: f}
	if it.Body.Actor != nil {
		l.who = s.personIn(*it.Body.Actor, f.name)
	}
	row := entryRows[it.Kind]
	var head phrase
	var parts []phrase
	keep := -1
	if row.line != nil {
		head, parts, keep = row.line(s, l)
	}
	if len(head) == 0 {
		head, parts, keep = s.otherLine(l)
	}
	if row.icon != "" {
		head = join(" ", own(row.icon), head)
	}
	return squeeze(l.weight, head, parts, keep, s.lineTail(it.At, it, f))
}

// otherLine is an entry without a form of its own.
func (s *speech) otherLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	detail := theirs(l.Body.Detail, 200)
	if len(detail) == 0 && (l.Body.Code != "" || l.Body.Count > 1) {
		detail = s.detail(l.Body).cut(l.weight)
	}
	return s.about(l, detail)
}

// noteLine is a remark, which is for those who ask for it.
func (s *speech) noteLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	return s.about(l, nil)
}

// about is an entry by its kind, whom it is about and who did it.
func (s *speech) about(l *entryLine, detail phrase) (head phrase, parts []phrase, keep int) {
	b, before := l.Body, phrase(nil)
	if b.Before != "" {
		before = s.say("line.before", vals{"before": theirs(b.Before, 60)})
	}
	until := s.ends(b.Until, "card.until", "")
	parts = []phrase{caseOf(l.LineItem), theirs(b.Person, 40), s.by(l.who), s.acted(l), fields(before, until), detail}
	if len(fields(parts...)) == 0 {
		parts = append(parts, s.say("missing.detail", nil))
	}
	return s.kind(l.Kind), parts, -1
}

// acted is the action that an entry is about.
func (s *speech) acted(l *entryLine) phrase {
	if l.Body.Action == nil {
		return nil
	}
	return s.act(*l.Body.Action, 1)
}

// by names who did what a line tells.
func (s *speech) by(who phrase) phrase {
	if len(who) == 0 {
		return nil
	}
	return s.say("line.by", vals{"person": who})
}

func (s *speech) kind(k moderation.EntryKind) phrase {
	return s.word("entry.", string(k), 30)
}

// threadSummons mentions those whom a message in the thread is for, with each
// sentence once: the approvers that it reminds, while the case still waits for
// them, and the requester of a case that was flagged or will not run.
func (s *speech) threadSummons(v moderation.CaseView, entries []moderation.Entry) []phrase {
	var out []phrase
	for _, e := range entries {
		if summons := entryRows[e.Kind].summons; summons != nil {
			p := summons(s, v.Case)
			same := func(q phrase) bool { return slices.Equal(p, q) }
			if len(p) > 0 && !slices.ContainsFunc(out, same) {
				out = append(out, p)
			}
		}
	}
	return out
}

func (s *speech) remindedCall(c moderation.Case) phrase {
	return s.waitsCall(c, c.Approval.Requirement.Mention)
}
func (s *speech) escalatedCall(c moderation.Case) phrase {
	return s.waitsCall(c, c.Approval.Requirement.MentionNext)
}
func (s *speech) flaggedCall(c moderation.Case) phrase { return s.askerCall(c, "thread.call.flagged") }
func (s *speech) unrunCall(c moderation.Case) phrase   { return s.askerCall(c, "thread.call.unrun") }

func (s *speech) waitsCall(c moderation.Case, ids []string) phrase {
	who := s.called(ids)
	if c.State != moderation.AwaitingApproval || len(who) == 0 {
		return nil
	}
	return s.say("thread.call.waits", vals{"list": who, "no": c.No, "until": s.ends(c.Approval.Expires, "until.clause", "")})
}

func (s *speech) askerCall(c moderation.Case, key string) phrase {
	who := s.requester(c)
	if who == nil {
		return nil
	}
	who["no"] = c.No
	return s.say(key, who)
}
