package say

import (
	"fmt"
	"strings"
	"time"

	"bouncer/moderation"
)

func (w world) noted(n int) []moderation.Note {
	out := make([]moderation.Note, n)
	for i := range out {
		out[i] = moderation.Note{ID: int64(i), Target: w.user + "7", By: w.actor(), At: asked.Add(-time.Duration(i) * time.Hour), Text: w.note + " " + w.reason}
	}
	return out
}

func (w world) savedSearch(verb moderation.Verb, found int) moderation.SavedSearch {
	q := moderation.SavedSearch{Token: opaque, Team: "T0ACME", User: "U07MEI", Action: moderation.Action{Verb: verb}, At: asked}
	for i := range found {
		q.Results = append(q.Results, int64(2000-i))
	}
	return q
}

func (w world) cases() []moderation.Case {
	var out []moderation.Case
	for _, v := range []moderation.CaseView{
		w.done(), w.partly(), w.lifted(), w.undo(), w.waiting(), w.waitingMany(), w.stoppable(), w.asking(),
		w.decided(moderation.ApprovalDenied), w.decided(moderation.ApprovalOverridden),
	} {
		v.Case.No = int64(420 - len(out)) // each is another case
		out = append(out, v.Case)
	}
	return out
}

func (w world) bounds(n int) []moderation.CaseRestrictions {
	var out []moderation.CaseRestrictions
	for i := range n {
		v := w.lifted()
		b := moderation.CaseRestrictions{Room: v.Case.Action.Room, Target: fmt.Sprintf("%s%d", w.user, i), Media: []moderation.Medium{moderation.Audio, moderation.Video}, Case: v.Case}
		switch i % 3 {
		case 0:
			b.Until = asked.Add(time.Hour)
		case 1:
			b.Case, b.Media = w.done().Case, []moderation.Medium{moderation.RoomEntry}
		case 2:
			b.Case.Action.Verb, b.Media, b.Target = moderation.Freeze, []moderation.Medium{moderation.Everyone}, ""
		}
		lags := []moderation.Lag{"", moderation.LagEnd, moderation.LagSet, moderation.LagSet, moderation.LagUnsure, moderation.LagLift}
		b.Case.No, b.Case.Action.Targets = int64(400+i), nil
		if b.Target != "" {
			b.Case.Action.Targets = []string{b.Target}
		}
		if b.Lag, b.LiftedBy = lags[i%len(lags)], 431; i == 3 {
			b.VendorUntil = asked.Add(30 * time.Minute)
		}
		out = append(out, b)
	}
	return out
}

func (w world) status() Status {
	live := map[moderation.State][]moderation.Case{}
	lives := map[moderation.State]int{moderation.AwaitingConfirmation: 1, moderation.Open: 12}
	for range StatusRows {
		live[moderation.AwaitingApproval] = append(live[moderation.AwaitingApproval], w.waitingMany().Case)
		live[moderation.Open] = append(live[moderation.Open], w.stoppable().Case)
	}
	live[moderation.AwaitingConfirmation] = []moderation.Case{w.asking().Case}
	lives[moderation.AwaitingApproval] = len(live[moderation.AwaitingApproval])
	st := Status{
		Unfinished: live, UnfinishedCount: lives, OverdueCount: 7, Sockets: 1, Want: 2, Reviews: 3, Head: moderation.LogHead{Number: 12345, Hash: "9f3a61c0ffff"},
		Policy: moderation.PolicyInForce{Hash: "5be1c0912345", Since: asked},
		Backlog: moderation.Backlog{
			Jobs: map[moderation.Queue]int{moderation.QueueCall: 4, moderation.QueueAnswer: 1}, Oldest: map[moderation.Queue]time.Duration{moderation.QueueCall: 1300 * time.Millisecond},
			Posts: 9, OldestPost: 4 * time.Second, Lifts: 30, Overdue: 7,
		},
		Suspended: []moderation.Suspension{{Who: moderation.Actor{User: "U07RAJ", Name: "Raj"}, Until: asked.Add(time.Hour)}, {Who: moderation.Actor{User: "U07LIN"}}},
	}
	for i := range StatusRows {
		l := moderation.OverdueLift{Case: int64(400 + i), Room: moderation.Room{Kind: moderation.KindStrRoom, ID: w.room}, Target: w.user + "7", Due: asked, Attempt: 3 + i}
		if i > 0 {
			l.Last = moderation.Call{At: asked, Answered: asked.Add(time.Second), Outcome: moderation.VendorConfig, Code: w.code, Message: w.vendor, RequestID: w.reqID}
		}
		st.Overdue = append(st.Overdue, l)
	}
	return st
}

// records is every answer to a question about the past.
func (w world) records(s *Speaker, lang Lang) map[string]Message {
	whole := moderation.Action{Verb: moderation.Search, Search: moderation.SearchQuery{
		Target: w.user + "7", Actor: "U07MEI", Verb: moderation.Ban, Room: "live:" + w.room, Within: 30 * 24 * time.Hour, Words: []string{w.note, "slurs"},
	}}
	history, search, many := w.savedSearch(moderation.History, 3), w.savedSearch(moderation.Search, 23), w.savedSearch(moderation.Search, moderation.SearchLimit)
	history.Action.Targets, search.Action, many.Action = []string{w.user + "7"}, whole, whole
	many.Action.Search.Words = strings.Fields(strings.Repeat(w.reason+" ", 10))
	person, place := w.savedSearch(moderation.Active, 0), w.savedSearch(moderation.Active, 0)
	person.Action.Targets = []string{w.user + "7"}
	place.Action.Room = moderation.Room{Kind: moderation.KindLive, ID: w.room, Name: w.roomName}
	rule := strings.Split("  - name: "+w.rule+"\n    roles: [mods]\n    verbs: [ban]\n    rooms: [live:*]\n    max_duration: 24h", "\n")
	long := make([]string, 60)
	for i := range long {
		long[i] = w.reason
	}
	judged := w.done()
	judged.Case.Decision.Verdicts = []moderation.RuleResult{{Rule: "leads", Verdict: "role"}, {Rule: w.rule, Verdict: "allows"}, {Rule: w.note, Verdict: "duration", Detail: "1h"}}
	big := w.partly()
	for i := range 60 {
		big.Case.Decision.Verdicts = append(big.Case.Decision.Verdicts, moderation.RuleResult{Rule: fmt.Sprintf("%s%d", w.rule, i), Verdict: "targets", Detail: w.code})
	}
	for len(big.Calls) < 40 {
		big.Calls = append(big.Calls, moderation.Call{Chunk: 3, Attempt: 2, Purpose: moderation.PurposeLift, API: w.code, At: asked})
	}
	big.Case.Approval = w.waitingMany().Case.Approval
	for range 20 {
		big.Case.Approval.Approvals = append(big.Case.Approval.Approvals, moderation.Approval{By: w.raj(), At: asked})
	}
	shown := w.undone()
	shown.Evidence, shown.Notes = w.evidence(12), 4
	for range 30 {
		shown.Entries = append(shown.Entries, shown.Entries[len(shown.Entries)-1])
	}
	pruned := w.done()
	pruned.Entries, pruned.LogPruned = nil, asked
	return map[string]Message{
		"golden.found-history": s.SearchResults(SearchResults{SavedSearch: history, Cases: w.cases()[:3], Notes: w.noted(2)}, lang),
		"golden.found-search":  s.SearchResults(SearchResults{SavedSearch: search, Page: 1, Cases: w.cases()}, lang),
		"golden.found-none":    s.SearchResults(SearchResults{SavedSearch: w.savedSearch(moderation.Search, 0)}, lang),
		"found-most":           s.SearchResults(SearchResults{SavedSearch: many, Page: 99, Cases: w.cases(), Notes: w.noted(50)}, lang),
		"found-beyond":         s.SearchResults(SearchResults{SavedSearch: many, Page: 500, Cases: w.cases()}, lang),
		"golden.found-gone":    s.Fixed(SearchExpired, lang), "golden.evidence-gone": s.Fixed(EvidenceDraftExpired, lang), "golden.note-kept": s.NoteAdded(w.user+"7", lang),
		"golden.active-person": s.Active(Active{SavedSearch: person, Total: 3, Restrictions: w.bounds(3), Notes: w.noted(1)}, lang),
		"golden.active-none":   s.Active(Active{SavedSearch: place}, lang),
		"active-most":          s.Active(Active{SavedSearch: place, Page: 3, Total: moderation.SearchLimit, Restrictions: w.bounds(moderation.SearchPageSize), Notes: w.noted(50)}, lang),
		"golden.case-why":      s.Why(judged, rule, lang), "golden.case-why-waiting": s.Why(w.waitingMany(), nil, lang),
		"golden.case-why-glass": s.Why(w.decided(moderation.ApprovalOverridden), rule, lang), "golden.case-why-denied": s.Why(w.decided(moderation.ApprovalDenied), rule, lang),
		"why-long": s.Why(big, long, lang), "why-bare": s.Why(moderation.CaseView{}, nil, lang),
		"golden.case-why-pruned": s.Why(pruned, nil, lang),
		"golden.status":          s.Status(w.status(), lang), "golden.status-calm": s.Status(Status{Sockets: 2, Want: 2}, lang),
		"golden.case-evidence": s.ShowCase(shown, lang),
		"golden.evidence-kept": s.Fixed(EvidenceAdded, lang, 412), "golden.evidence-known": s.Fixed(EvidenceKnown, lang, 412), "golden.evidence-empty": s.Fixed(EvidenceEmpty, lang), "golden.form-failed": s.Fixed(FormFailed, lang), "golden.form-noquote": s.Fixed(FormQuoteGone, lang), "golden.form-fields": s.Fixed(FormFields, lang),
	}
}
