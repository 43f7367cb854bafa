package say

import (
	"slices"

	"bouncer/commands"
	"bouncer/moderation"
)

// entryRow is how a kind of entry is shown. "why" and the histories show a case
// and not its entries; "case N" shows them as the thread does.
type entryRow struct {
	// opens: the thread's message begins with it; counted: it is shown together
	// with others of its kind where there are many.
	opens, counted bool
	// aside: the title of the thread's message names it only where there is nothing else.
	aside bool
	// alone: its line has a message of its own.
	alone bool
	// icon begins its line, where it must not be overlooked.
	icon string
	// thread is its sentence in the thread of its case, given what its author
	// wrote behind it; form makes one where a sentence alone does not do. Neither,
	// or a form that has nothing to say: its kind, and what its body says.
	thread  string
	because bool
	step    string // what a click writes in place of that
	form    func(s *speech, v moderation.CaseView, t readEntry) phrase
	// line is its line in the audit channel: what it begins with, what follows,
	// and which part of that is never cut (-1 for none). None, or one without a
	// beginning: its kind, whom it is about, who did it, what it says.
	line func(s *speech, l *entryLine) (head phrase, parts []phrase, keep int)
	// mention is for those whom the thread's message is for.
	mention func(s *speech, c moderation.Case) phrase
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
		moderation.EntryApprovalGiven: {thread: "thread.voted", form: (*speech).approvalLost},
		moderation.EntryApproved:      {thread: "thread.approved"},
		moderation.EntryDenied:        {thread: "thread.denied", because: true, mention: (*speech).notRunMention},
		moderation.EntryWithdrawn:     {thread: "thread.withdrawn", because: true, form: (*speech).suspendedOff},
		moderation.EntryExpired:       {thread: "thread.expired", mention: (*speech).notRunMention},
		moderation.EntryReminded:      {thread: "thread.reminded", mention: (*speech).remindedMention},
		moderation.EntryEscalated:     {thread: "thread.escalated", mention: (*speech).escalatedMention},
		moderation.EntryOverride:      {form: (*speech).overridden, alone: true, line: (*speech).overrideEntryLine},
		moderation.EntryStopped:       {thread: "thread.stopped", because: true, step: commands.StepStop, form: (*speech).stopped},
		moderation.EntryReason:        {thread: "thread.reason"},
		moderation.EntryEvidence:      {form: (*speech).added},
		moderation.EntryReviewed:      {thread: "thread.reviewed", because: true, step: commands.StepReviewed},
		moderation.EntryFlagged:       {thread: "thread.flagged", because: true, mention: (*speech).flaggedMention},
		moderation.EntryReported:      {form: (*speech).reported},

		moderation.EntryStart:           {icon: "🆕", line: (*speech).startLine},
		moderation.EntryRead:            {icon: "👁", line: (*speech).readLine},
		moderation.EntryNotice:          {icon: "📌", line: (*speech).noticeLine},
		moderation.EntryRefused:         {icon: "⛔", line: (*speech).refusedLine},
		moderation.EntryFolded:          {icon: "⛔", line: (*speech).foldedLine},
		moderation.EntryNote:            {line: (*speech).noteLine},
		moderation.EntrySuspended:       {icon: "🔒", line: (*speech).suspendedLine},
		moderation.EntrySuspensionEnded: {icon: "🔓", line: (*speech).suspensionEndedLine},
		moderation.EntryLimitReached:    {icon: "🛑", line: (*speech).limitLine},
		moderation.EntryGroup:           {icon: "👥", line: (*speech).groupLine},
		moderation.EntryPolicy:          {line: (*speech).policyLine},
		moderation.EntryErased:          {icon: "🧽", line: (*speech).erasedLine},
		moderation.EntryPruned:          {icon: "✂️", line: (*speech).prunedLine},
		moderation.EntryReport:          {icon: "🚩"},
		moderation.EntryReportTaken:     {aside: true, form: (*speech).reportEntry},
		moderation.EntryReportDecided:   {aside: true, form: (*speech).reportEntry},
		moderation.EntryReportReopened:  {aside: true, form: (*speech).reportEntry},
		moderation.EntryReportDismissed: {icon: "🚫"},
		moderation.EntryForged:          {},
		moderation.EntryDigest:          {alone: true}, // a message of its own makes it
	}
}

// entry is what one says in the thread of its case.
func (s *speech) entry(v moderation.CaseView, t readEntry) phrase {
	row := entryRows[t.Kind]
	var what phrase
	if row.form != nil {
		what = row.form(s, v, t)
	}
	if len(what) == 0 && row.thread != "" {
		what = s.say(row.thread, s.threadVals(v, t))
		if row.because && t.body.Detail != row.step {
			what = s.because(what, t.body.Detail)
		}
	}
	if len(what) == 0 {
		what = s.say("thread.noted", vals{"kind": s.kind(t.Kind), "detail": s.detail(t.body)})
	}
	return what
}

// threadVals are what a sentence about a case's life has places for.
func (s *speech) threadVals(v moderation.CaseView, t readEntry) vals {
	b, r := t.body, v.Case.Approval
	row := vals{
		"no": v.Case.No, "n": max(1, need(v.Case).Approvals), "got": b.Count,
		"roles": s.roles(r.Requirement.Approvers), "next": s.roles(r.Requirement.EscalateTo),
		"before": supplied(b.Before, 700), "after": supplied(b.Detail, 700),
	}
	if b.Count == 0 {
		row["got"] = approvalsUntil(r, t)
	}
	if t.Kind == moderation.EntryStopped {
		row["n"] = max(b.Count, len(b.Targets))
	}
	if b.Actor != nil {
		row["person"] = s.person(*b.Actor)
	}
	return row
}

// entryLine is an entry in the audit channel.
type entryLine struct {
	LineItem
	fold
	who phrase // did it
}

// line is a case or an entry in the audit channel.
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
	detail := supplied(l.Body.Detail, 200)
	if len(detail) == 0 && (l.Body.Code != "" || l.Body.Count > 1) {
		detail = s.detail(l.Body).cut(l.weight)
	}
	return s.about(l, detail)
}

// erasedLine is a person whose data was erased.
func (s *speech) erasedLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	return s.about(l, s.say("line.erased", vals{"n": l.Body.Count}))
}

// noteLine is a remark, which is for those who ask for it.
func (s *speech) noteLine(l *entryLine) (head phrase, parts []phrase, keep int) {
	return s.about(l, nil)
}

// about is an entry by its kind, whom it is about and who did it.
func (s *speech) about(l *entryLine, detail phrase) (head phrase, parts []phrase, keep int) {
	b, before := l.Body, phrase(nil)
	if b.Before != "" {
		before = s.say("line.before", vals{"before": supplied(b.Before, 60)})
	}
	until := s.ends(b.Until, "card.until", "")
	parts = []phrase{caseOf(l.LineItem), supplied(b.Person, 40), s.by(l.who), s.entryAction(l), fields(before, until), detail}
	if len(fields(parts...)) == 0 {
		parts = append(parts, s.say("missing.detail", nil))
	}
	return s.kind(l.Kind), parts, -1
}

// entryAction is the action that an entry is about.
func (s *speech) entryAction(l *entryLine) phrase {
	if l.Body.Action == nil {
		return nil
	}
	return s.act(*l.Body.Action, 1)
}

// by names who did what a line is about.
func (s *speech) by(who phrase) phrase {
	if len(who) == 0 {
		return nil
	}
	return s.say("line.by", vals{"person": who})
}

// EntryName returns what a kind of entry is called, in plain text.
func (s *Speaker) EntryName(k moderation.EntryKind, lang Lang) string {
	return s.in(lang).kind(k).plain()
}

func (s *speech) kind(k moderation.EntryKind) phrase {
	return s.word("entry.", string(k), 30)
}

// threadMentions mention those whom a message in the thread is for, with each
// sentence once: the approvers that it reminds, while the case still waits for
// them, and the requester of a case that was flagged or will not run.
func (s *speech) threadMentions(v moderation.CaseView, entries []moderation.Entry) []phrase {
	var out []phrase
	for _, e := range entries {
		if summons := entryRows[e.Kind].mention; summons != nil {
			p := summons(s, v.Case)
			same := func(q phrase) bool { return slices.Equal(p, q) }
			if len(p) > 0 && !slices.ContainsFunc(out, same) {
				out = append(out, p)
			}
		}
	}
	return out
}

func (s *speech) remindedMention(c moderation.Case) phrase {
	return s.waitingMention(c, c.Approval.Requirement.ReminderMention())
}
func (s *speech) escalatedMention(c moderation.Case) phrase {
	return s.waitingMention(c, c.Approval.Requirement.MentionNext)
}
func (s *speech) flaggedMention(c moderation.Case) phrase {
	return s.requesterMention(c, "thread.call.flagged")
}
func (s *speech) notRunMention(c moderation.Case) phrase {
	return s.requesterMention(c, "thread.call.unrun")
}

func (s *speech) waitingMention(c moderation.Case, ids []string) phrase {
	who := s.mentions(ids)
	if c.State != moderation.AwaitingApproval || len(who) == 0 {
		return nil
	}
	return s.say("thread.call.waits", vals{"list": who, "no": c.No, "until": s.ends(c.Approval.Expires, "until.clause", "")})
}

func (s *speech) requesterMention(c moderation.Case, key string) phrase {
	who := s.requester(c)
	if who == nil {
		return nil
	}
	who["no"] = c.No
	return s.say(key, who)
}
