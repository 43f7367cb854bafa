package say

import (
	"fmt"
	"maps"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// raj is the one who decides; whose name is user-supplied like the requester's.
func (w world) raj() moderation.Actor {
	a := w.actor()
	a.User, a.Name, a.Roles, a.Via = "U07RAJ", w.name, []string{"leads"}, []string{"S1LEADS"}
	if w.name == calm().name {
		a.Name = "Raj"
	}
	return a
}

func (w world) need(why moderation.Code, pairs ...string) moderation.ApprovalRequirement {
	n := moderation.ApprovalRequirement{
		Approvals: 1, Rule: w.rule, Approvers: []string{"leads"}, EscalateTo: []string{"heads"}, OverrideRoles: []string{"leads"},
		Mention: []string{"S1LEADS", "U07RAJ"}, MentionNext: []string{"S1HEADS"},
		TTL: 10 * time.Minute, RemindAfter: 2 * time.Minute, EscalateAfter: 4 * time.Minute, Why: why, Values: map[string]string{},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		n.Values[pairs[i]] = pairs[i+1]
	}
	return n
}

// waiting is a request to close a room.
func (w world) waiting() moderation.CaseView {
	v := w.view(413, w.action(moderation.Close, moderation.KindRoom, 0), moderation.AwaitingApproval, func(int) moderation.Target {
		return moderation.Target{Outcome: moderation.Pending}
	})
	v.Case.Decision.Requirement = w.need(moderation.RequireForVerb, "verb", "close")
	v.Case.Approval = moderation.ApprovalRequest{
		State: moderation.ApprovalWaiting, Requirement: v.Case.Decision.Requirement, Expires: asked.Add(10 * time.Minute),
		RoomInfo: moderation.RoomInfo{At: asked, People: 214, Owner: "host1", Title: w.note},
	}
	return v
}

// waitingMany is a long ban of people some of whom are known, with one approval of
// two, running ahead.
func (w world) waitingMany() moderation.CaseView { return w.once("waitingMany", w.makeWaitingMany) }

func (w world) makeWaitingMany() moderation.CaseView {
	w.targets = max(w.targets, 12)
	v := w.view(418, w.action(moderation.Ban, moderation.KindLive, 30*24*time.Hour), moderation.AwaitingApproval, func(int) moderation.Target {
		return moderation.Target{Outcome: moderation.Pending}
	})
	n := w.need(moderation.RequireForPeople, "most", "5", "got", "12")
	n.Approvals, n.ActNow, n.Approvers = 2, 10*time.Minute, []string{"leads", w.rule}
	ids := v.Case.Action.Targets
	v.Case.Approval = moderation.ApprovalRequest{
		State: moderation.ApprovalWaiting, Requirement: n, Expires: asked.Add(10 * time.Minute), Escalated: asked.Add(4 * time.Minute),
		Approvals: []moderation.Approval{{By: w.raj(), At: asked.Add(time.Minute)}},
		RoomInfo:  moderation.RoomInfo{At: asked, People: -1, Owner: ids[4], Created: asked.Add(-time.Hour), Title: w.note},
	}
	v.CasesBefore = map[string]int{ids[7]: 3, ids[2]: 1}
	v.Evidence = w.evidence(2)
	v.Related = []moderation.Related{{No: 419, Rel: moderation.RelActNow, State: moderation.Done, Outcome: moderation.Accepted, Targets: len(ids), Until: asked.Add(10 * time.Minute)}}
	for i := range w.crowd {
		by := w.raj()
		by.User = fmt.Sprintf("U07RAJ%d", i)
		r := &v.Case.Approval
		r.Requirement.Approvers, r.Requirement.EscalateTo = append(r.Requirement.Approvers, fmt.Sprint(w.rule, i)), append(r.Requirement.EscalateTo, fmt.Sprint(w.name, i))
		r.Approvals = append(r.Approvals, moderation.Approval{By: by, At: asked})
		r.Requirement.Mention, r.Requirement.MentionNext = append(r.Requirement.Mention, approvers), append(r.Requirement.MentionNext, heads)
		v.Related = append(v.Related, moderation.Related{No: int64(500 + i), Rel: moderation.RelExtend, State: moderation.Done, Outcome: moderation.Unknown, Targets: 1, Until: asked})
		v.CasesBefore[ids[i%len(ids)]] = 1000 + i
	}
	v.Evidence = append(v.Evidence, w.evidence(w.crowd)...)
	v.Earlier = moderation.EarlierCases{Cases: 4, LastNo: 377, LastVerb: moderation.Silence, LastFor: 10 * time.Minute, LastAt: asked.Add(-3 * 24 * time.Hour)}
	return v
}

func (w world) evidence(n int) []moderation.Evidence {
	var out []moderation.Evidence
	for i := range n {
		e := moderation.Evidence{ID: int64(i), Case: 418, By: w.actor(), At: asked, Author: w.name, Sent: asked.Add(-time.Minute), Text: w.reason, Link: w.link}
		switch i % 3 {
		case 1:
			e.Text, e.Author, e.Link = "", "", "https://elsewhere.example/"+w.note
		case 2:
			e = moderation.Evidence{By: w.actor(), Erased: true}
		}
		out = append(out, e)
	}
	return out
}

// decided is that request once it was decided or expired.
func (w world) decided(state moderation.ApprovalState) moderation.CaseView {
	v := w.waiting()
	c := &v.Case
	c.Approval.State, c.Approval.By, c.Approval.DecidedAt = state, w.raj(), asked.Add(90*time.Second)
	c.State, c.DoneAt = moderation.Done, asked.Add(91*time.Second)
	t := &v.Targets[0]
	t.Outcome = moderation.Dropped
	switch state {
	case moderation.ApprovalApproved:
		c.Approval.Approvals = []moderation.Approval{{By: w.raj(), At: asked.Add(90 * time.Second)}}
		t.Outcome = moderation.Accepted
	case moderation.ApprovalOverridden:
		c.Override = &moderation.Override{By: w.raj(), Reason: "child on camera", At: asked.Add(90 * time.Second)}
		c.Review = moderation.Review{State: moderation.ReviewPending, Why: moderation.ReviewOverride}
		t.Outcome = moderation.Accepted
	case moderation.ApprovalDenied:
		c.Approval.Reason, t.Code, t.Values = w.reason, moderation.CodeDenied, map[string]string{"by": w.name}
	case moderation.ApprovalWithdrawn:
		c.Approval.By, t.Code = w.actor(), moderation.CodeWithdrawn
	case moderation.ApprovalExpired:
		c.Approval.By, t.Code = moderation.Actor{Kind: moderation.ActorSystem}, moderation.CodeExpired
	}
	c.Counts = map[moderation.Outcome]int{t.Outcome: 1}
	return v
}

// standing is a ban that can be undone or changed.
func (w world) standing() moderation.CaseView {
	v := w.done()
	v.Undoable = len(v.Targets)
	return v
}

// undone is a ban of several that was undone for some.
func (w world) undone() moderation.CaseView {
	w.targets = max(w.targets, 3)
	v := w.done()
	v.Undoable = 2
	v.Related = []moderation.Related{
		{No: 430, Rel: moderation.RelUndo, State: moderation.Done, Outcome: moderation.Accepted, Targets: 1},
		{No: 432, Rel: moderation.RelExtend, State: moderation.Done, Outcome: moderation.Accepted, Ended: "undone", Targets: w.targets, Until: asked.Add(72 * time.Hour)},
		{No: 431, Rel: moderation.RelExtend, State: moderation.AwaitingApproval, Targets: w.targets, Until: asked.Add(72 * time.Hour)},
	}
	v.Case.Review = moderation.Review{State: moderation.ReviewFlagged, Why: moderation.ReviewFlag, By: w.raj(), Note: w.reason, At: asked}
	return v
}

// undo is the case that takes another back.
func (w world) undo() moderation.CaseView {
	v := w.view(430, w.action(moderation.Unban, moderation.KindLive, 0), moderation.Done, w.accepted)
	v.Case.Action.RelatedCase, v.Case.Action.Relation = 412, moderation.RelUndo
	v.Case.Review = moderation.Review{State: moderation.ReviewReviewed, By: w.raj(), At: asked}
	v.Related = []moderation.Related{{No: 412, Rel: moderation.RelUndo, State: moderation.Done, Outcome: moderation.Accepted}}
	return v
}

// stoppable runs for many.
func (w world) stoppable() moderation.CaseView { return w.once("stoppable", w.makeStoppable) }

func (w world) makeStoppable() moderation.CaseView {
	w.targets = max(w.targets, 60)
	return w.view(420, w.action(moderation.Kick, moderation.KindStrRoom, 0), moderation.Open, func(i int) moderation.Target {
		if i < 10 {
			return moderation.Target{Outcome: moderation.Accepted}
		}
		return moderation.Target{Outcome: moderation.Pending}
	})
}

// life is every message about approvals and what comes of a case.
func (w world) life(s *Speaker, lang Lang) map[string]Message {
	out := map[string]Message{
		"golden.card-waiting": s.Card(w.waiting()), "golden.card-waiting-many": s.Card(w.waitingMany()),
		"golden.card-stoppable": s.Card(w.stoppable()), "golden.card-standing": s.Card(w.standing()),
		"golden.card-undone": s.Card(w.undone()), "golden.card-undo": s.Card(w.undo()),
		"golden.cards-waiting": s.CardList([]moderation.CaseView{w.waiting(), w.waitingMany(), w.stoppable(), w.standing(), w.decided(moderation.ApprovalDenied)}),
	}
	for _, state := range decisions() {
		v := w.decided(state)
		out["golden.card-"+string(state)], out["golden.stale-"+string(state)] = s.Card(v), s.Stale(v, lang)
		out["answer-"+string(state)] = s.CaseAnswer(v, lang, w.link)
	}
	waiting, many := w.waiting(), w.waitingMany()
	out["golden.answer-waiting"], out["answer-waiting-many"] = s.CaseAnswer(waiting, lang, ""), s.CaseAnswer(many, lang, w.link)
	out["golden.stale-waiting"], out["golden.changed"] = s.Stale(waiting, lang), s.Fixed(Changed, lang, 413)
	out["golden.shown-waiting"] = s.ShowCase(w.lived(many), lang)
	for _, step := range []string{
		commands.StepApprove, commands.StepDeny, commands.StepWithdraw, commands.StepOverride, commands.StepStop,
	} {
		out["golden.thanks-"+step] = s.StepDone(w.decided(moderation.ApprovalApproved), step, lang)
	}
	out["golden.thanks-voted"], out["golden.thanks-undo"] = s.StepDone(many, commands.StepShowAll, lang), s.StepDone(w.undo(), commands.StepUndo, lang)
	lived, decided := w.lived(many), w.lived(w.decided(moderation.ApprovalDenied))
	out["golden.thread-life"], out["golden.thread-decided"] = s.Thread(lived, lived.Entries), s.Thread(decided, decided.Entries)
	out["golden.threads-life"] = s.ThreadList([]ThreadItem{{lived, lived.Entries}, {decided, decided.Entries}})
	for i, m := range s.AuditLines(w.lifeLines(), 0, byToken) {
		out[fmt.Sprintf("golden.lines-life-%d", i)] = m.Message
	}
	for _, c := range append(needs(), refusals()...) {
		out["golden.why-"+string(c)] = s.Refusal(moderation.NewError(c, "case", "413", "verb", "close", "most", "5", "got", "12", "within", "10m0s",
			"roles", "leads,"+w.rule, "until", "2026-11-22T13:09:31Z", "by", w.name, "room", "live:"+w.room, "newer", "430", "user", w.user, "why", "refuse-guest"), lang)
	}
	return out
}

func decisions() []moderation.ApprovalState {
	return []moderation.ApprovalState{
		moderation.ApprovalApproved, moderation.ApprovalDenied, moderation.ApprovalWithdrawn, moderation.ApprovalExpired, moderation.ApprovalOverridden,
	}
}

// modals are every view there is.
func (w world) modals(s *Speaker, lang Lang) map[string]Modal {
	meta := commands.Step{Kind: commands.StepCase, ID: opaque, Step: commands.StepApprove, Digest: opaque}.Value() + " C0LIVE"
	waiting, many := w.waiting(), w.waitingMany()
	out := map[string]Modal{
		"golden.modal-loading": s.Loading(lang, "e-1"),
		"golden.modal-approve": s.StepModal(commands.StepApprove, waiting, lang, meta), "golden.modal-approve-many": s.StepModal(commands.StepApprove, many, lang, meta),
		"golden.modal-deny": s.StepModal(commands.StepDeny, waiting, lang, meta), "golden.modal-glass": s.StepModal(commands.StepOverride, waiting, lang, meta), "modal-glass-many": s.StepModal(commands.StepOverride, many, lang, meta),
		"golden.modal-undo": s.UndoModal(w.undone(), w.undone().Targets[1:], lang, meta), "modal-undo-room": s.UndoModal(waiting, waiting.Targets, lang, meta),
		"modal-undo-many":     s.UndoModal(many, many.Targets, lang, meta),
		"golden.modal-extend": s.StepModal(commands.StepExtend, w.standing(), lang, meta), "golden.modal-flag": s.StepModal(commands.StepFlag, w.standing(), lang, meta),
		"golden.modal-evidence": s.EvidenceModal(w.reason, w.link, w.cases()[:3], lang, meta), "modal-evidence-odd": s.EvidenceModal(w.reason, "https://evil.example/|x>", nil, lang, meta),
		"golden.modal-refused": s.RefusedModal(moderation.NewError(moderation.RefuseOwnCase, "case", "413", "roles", "leads", "until", "2026-11-22T13:09:31Z"), lang),
		"golden.modal-stale":   s.StaleModal(w.decided(moderation.ApprovalDenied), lang), "golden.modal-done": s.DoneModal(s.Fixed(CSVSent, lang), lang),
	}
	maps.Copy(out, w.forms(s, lang))
	maps.Copy(out, w.roomModals(s, lang, meta))
	for _, n := range []int{11, 100, 101} {
		w.targets = n
		v := w.view(421, w.action(moderation.Ban, moderation.KindLive, time.Hour), moderation.Done, w.accepted)
		out[fmt.Sprintf("modal-undo-%d", n)] = s.UndoModal(v, v.Targets, lang, meta)
	}
	return out
}

func needs() []moderation.Code {
	return []moderation.Code{
		moderation.RequireForVerb, moderation.RequireForDuration, moderation.RequireForPeople, moderation.RequireForLimit, moderation.RequireForLifting,
		moderation.CodeDenied, moderation.CodeStopped, moderation.CodeSuspended, moderation.CodeUndone, moderation.CodeApproverLostRight, moderation.CodeRoomInfoFailed, moderation.CodeApprovalRequiredNow, moderation.CodeAlreadyWaits,
	}
}

func refusals() []moderation.Code {
	return []moderation.Code{
		moderation.RefuseOwnCase, moderation.RefuseNotApprover, moderation.RefuseApprovedTwice, moderation.RefuseNotRequester, moderation.RefuseNoOverride,
		moderation.RefuseNoApprovers, moderation.RefuseLimit, moderation.RefuseLifting, moderation.RefuseSuspended, moderation.RefuseChanged,
		moderation.RefuseRecreated, moderation.RefuseSuperseded, moderation.RefuseNotReviewer, moderation.RefuseReviewApprover, moderation.RefuseNotSuspender,
		moderation.RefuseNothingToUndo, moderation.RefuseNotExtendable, moderation.RefuseNotPermanent, moderation.RefuseTooOld, moderation.RefuseNoRetry, moderation.RefuseNoActNow,
	}
}

// lived adds an entry of each kind to a case.
func (w world) lived(v moderation.CaseView) moderation.CaseView {
	mei, raj := w.actor(), w.raj()
	n, id := v.Case.Approval.Requirement, int64(2000)
	put := func(kind moderation.EntryKind, b moderation.Body) {
		id++
		at := asked.Add(time.Duration(id-2001) * 7 * time.Second)
		v.Entries = append(v.Entries, moderation.Entry{ID: id, Number: id, Hash: fmt.Sprintf("9f3a61c0%08x", id), Case: v.Case.No, Kind: kind, At: at, Body: b.JSON()})
	}
	a := v.Case.Action
	put(moderation.EntryOpened, moderation.Body{Actor: &mei, Typed: w.typed, Action: &a, Rule: w.rule, Policy: "5be1c0912345", Requirement: &n, Verdicts: []moderation.RuleResult{
		{Rule: "mods-" + w.rule, Verdict: "duration", Detail: "24h"}, {Rule: w.rule, Verdict: "allows"},
	}})
	put(moderation.EntryEvidence, moderation.Body{Actor: &mei, Person: w.name, Detail: w.reason, Link: w.link})
	put(moderation.EntryEvidence, moderation.Body{Actor: &mei, Link: "https://elsewhere.example/" + w.note})
	put(moderation.EntryApprovalGiven, moderation.Body{Actor: &raj, Count: 1})
	put(moderation.EntryReminded, moderation.Body{})
	put(moderation.EntryEscalated, moderation.Body{})
	put(moderation.EntryReason, moderation.Body{Actor: &mei, Before: w.reason, Detail: "spam " + w.reason})
	switch v.Case.Approval.State {
	case moderation.ApprovalDenied:
		put(moderation.EntryDenied, moderation.Body{Actor: &raj, Detail: w.reason})
	default:
		put(moderation.EntryApproved, moderation.Body{Actor: &raj, Count: 2})
		put(moderation.EntryOverride, moderation.Body{Actor: &raj, Detail: w.reason})
		put(moderation.EntryStopped, moderation.Body{Actor: &raj, Targets: a.Targets, Detail: commands.StepStop})
		put(moderation.EntryReviewed, moderation.Body{Actor: &raj})
	}
	put(moderation.EntryFlagged, moderation.Body{Actor: &raj, Detail: w.reason})
	put(moderation.EntryReported, moderation.Body{Outcome: moderation.ReportedAsAsked, Count: len(a.TargetRows()), Until: asked.Add(time.Hour)})
	put(moderation.EntryReported, moderation.Body{Outcome: moderation.ReportedOther, Targets: a.Targets, Until: asked.Add(time.Hour), Values: map[string]string{w.ids()[0]: "2026-11-22T12:59:31Z"}})
	put(moderation.EntryWithdrawn, moderation.Body{Actor: &mei})
	put(moderation.EntryExpired, moderation.Body{})
	return v
}

// lifeLines are the lines of the audit channel about lives, people and
// policies.
func (w world) lifeLines() []LineItem {
	glass := w.decided(moderation.ApprovalOverridden)
	seen := w.decided(moderation.ApprovalOverridden)
	seen.Case.Review = moderation.Review{State: moderation.ReviewReviewed, By: w.actor()}
	seen.Case.Override.By = seen.Case.Actor
	waiting := w.waiting()
	var items []LineItem
	for _, v := range []*moderation.CaseView{&glass, &seen, &waiting} {
		items = append(items, LineItem{Subject: &v.Case, Head: "9f3a61c0ffff", Permalink: w.link})
	}
	raj := w.raj()
	put := func(kind moderation.EntryKind, b moderation.Body) {
		items = append(items, LineItem{Kind: kind, Body: b, At: asked, Head: "9f3a61c0ffff"})
	}
	a := glass.Case.Action
	items = append(items, LineItem{Kind: moderation.EntryOverride, Case: 413, Body: moderation.Body{Actor: &raj, Action: &a, Detail: w.reason}, At: asked, Head: "9f3a61c0ffff"})
	put(moderation.EntrySuspended, moderation.Body{Actor: &raj, Person: "U07MEI", Values: map[string]string{"person": w.name}, Until: asked.Add(time.Hour), Detail: w.reason})
	put(moderation.EntrySuspensionEnded, moderation.Body{Actor: &raj, Person: "U07MEI"})
	put(moderation.EntryGroup, moderation.Body{
		Outcome: GroupChanged, Count: 2, Values: map[string]string{"group": w.name, "came": w.name, "went": w.name}})
	put(moderation.EntryPolicy, moderation.Body{Outcome: PolicyReplaced, Policy: "5be1c0912345", Before: "0000000"})
	put(moderation.EntryPolicy, moderation.Body{Outcome: PolicyRefused, Policy: "5be1c0912345", Detail: w.reason})
	put(moderation.EntryLimitReached, moderation.Body{Actor: &raj, Code: moderation.RequireForLimit, Values: map[string]string{"most": "60", "got": "64", "within": "10m0s"}})
	put(moderation.EntryErased, moderation.Body{Actor: &moderation.Actor{Kind: moderation.ActorCommand}, Person: w.user, Count: 12})
	put(moderation.EntryPruned, moderation.Body{Actor: &moderation.Actor{Kind: moderation.ActorCommand}, Count: 1200, Pruned: &moderation.PrunedLog{Number: 1200, Hash: "9f3a61c0", Cases: 300}})
	put(moderation.EntryPruned, moderation.Body{Actor: &moderation.Actor{Kind: moderation.ActorSystem}, Count: 1, Pruned: &moderation.PrunedLog{Number: 1201, Bodies: true}})
	put(moderation.EntryDigest, moderation.Body{Count: 40})
	put(moderation.EntryNote, moderation.Body{Actor: &raj, Person: w.user, Detail: w.reason})
	put(moderation.EntryRefused, moderation.Body{Actor: &raj, Code: moderation.RefuseNoRole, Detail: commands.StepApprove, Values: map[string]string{"case": "413", "cases": "412 413", "others": "yes"}})
	items[len(items)-1].Count = 7
	return items
}
