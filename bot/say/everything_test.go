package say

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bouncer/commands"
	"bouncer/moderation"
)

// everything says every sentence there is, in a language.
func (w world) everything(t *testing.T, s *Speaker, lang Lang) {
	w.messages(s, lang)
	w.modals(s, lang)
	w.words(t, s, lang)
	w.entries(t, s)
	w.mistyped(t, s, lang)
	w.relatives(t, s)
	w.answers(t, s, lang)
}

// words are about one word of the domain each.
func (w world) words(t *testing.T, s *Speaker, lang Lang) {
	sp := s.in(lang)
	a := w.action(moderation.Ban, moderation.KindLive, time.Hour)
	values := map[string]string{
		"case": "412", "room": "live:show1", "user": "troll7", "verb": "ban", "most": "24h", "got": "40", "within": "10m", "asked": "48h", "served": "",
		"roles": "leads", "until": asked.Format(time.RFC3339), "newer": "430", "by": "Raj", "detail": "x", "other": "431", "id": "lobby", "at": "2", "number": "7", "hash": "9f",
	}
	for _, c := range constants(t, "bouncer/moderation", "Code") {
		for _, served := range []string{"", "2h"} {
			for _, newer := range []string{"", "430"} {
				values["served"], values["newer"] = served, newer
				sp.why(c, values, &a)
			}
		}
		b := moderation.Body{Code: moderation.Code(c), Values: values, Detail: "x"}
		sp.notice(b)
		if strings.HasPrefix(c, "refuse-") {
			sp.shortWhy(b)
		}
	}
	sp.why(string(moderation.RequireForDuration), map[string]string{"got": "perm", "most": "7d"}, nil)
	sp.why(string(moderation.RefuseProtected), map[string]string{"user": "troll7", "people": "1"}, nil)
	for _, room := range []string{"room:99", "strroom:99"} {
		sp.why(string(moderation.CodeVendorRoomGone), map[string]string{"room": room}, nil)
	}
	for _, h := range append(constants(t, "bouncer/tencent", "Hint"), "") {
		sp.hint(string(moderation.CodeVendorConfig), map[string]string{"hint": h, "site": "intl"})
	}
	for _, v := range moderation.Verbs() {
		s.Help(v.Verb, lang)
	}
	for _, m := range constants(t, "bouncer/moderation", "Medium") {
		sp.media(moderation.Action{Media: []moderation.Medium{moderation.Medium(m)}})
	}
	for _, o := range constants(t, "bouncer/moderation", "VendorClass") {
		sp.answered(moderation.Body{Outcome: o})
	}
	for _, d := range []time.Duration{0, 2 * time.Minute, 2 * time.Hour, 72 * time.Hour} {
		sp.ago(d)
	}
	sp.span(moderation.Action{Permanent: true})
	sp.did(moderation.Action{Permanent: true})
	sp.oneLine("1\n2\n3\n4", 40)
	for _, l := range []moderation.RoomInfo{{At: asked, Gone: true}, {At: asked, Failed: moderation.CodeVendorConfig}} {
		sp.roomInfo(l)
	}
	for _, code := range []string{
		"not_in_channel", "channel_not_found", "is_archived", "outsiders", "restricted_action_read_only_channel", "team_access_not_granted", "messages_tab_disabled",
		"no_permission", "access_denied", "external_channel_migrating", "message_limit_exceeded", "user_not_found", "code_of_tomorrow",
	} {
		sp.slackWhy(code)
	}
}

// entries are shown in a thread and in the audit channel, in each of their forms.
func (w world) entries(t *testing.T, s *Speaker) {
	mei, until := w.actor(), asked.Add(time.Hour)
	a := w.action(moderation.Ban, moderation.KindLive, time.Hour)
	v := w.partly()
	forms := []moderation.Body{
		{}, {Actor: &mei, Action: &a, Detail: w.reason, Before: "old", Until: until, Targets: v.Case.Action.Targets, Count: 2, Person: "troll7", Values: map[string]string{"group": "mods", "came": "x", "went": "y", "within": "10m", "got": "7", "most": "5", "person": "Sam"}},
		{Actor: &mei, Code: moderation.CodeRepeated}, {Actor: &mei, Code: moderation.RefuseChanged, Values: map[string]string{"why": string(moderation.RefuseChanged), "person": "Raj"}},
		{Code: moderation.CodeLiftFault}, {Vendor: &moderation.VendorResponse{Code: "X"}}, {Code: moderation.CodeVendorReadFailed},
		{Actor: &mei, Values: map[string]string{"person": "Sam"}, Until: until}, {Actor: &moderation.Actor{Kind: moderation.ActorSystem}, Values: map[string]string{"person": "Sam"}},
		{Policy: "aaaaaaaaaaaa", Before: "bbbbbbbbbbbb", Outcome: PolicyReplaced}, {Outcome: PolicyRefused}, {Outcome: PolicyWarned, Policy: "aaaaaaaaaaaa"},
		{Outcome: GroupGone, Values: map[string]string{"group": "mods"}}, {Outcome: GroupBack, Values: map[string]string{"group": "mods"}},
		{Outcome: GroupChanged, Count: 2, Values: map[string]string{"group": "mods"}},
		{Outcome: moderation.Lifted}, {Outcome: "gone"}, {Outcome: "undone"}, {Outcome: string(moderation.Superseded)}, {Outcome: string(moderation.Unknown)}, {Outcome: string(moderation.Failed)},
		{Outcome: moderation.ReportedOther, Targets: []string{"troll7"}}, {Counts: map[moderation.Outcome]int{moderation.Accepted: 2}},
	}
	for _, p := range constants(t, "bouncer/moderation", "Purpose") {
		forms = append(forms, moderation.Body{Purpose: moderation.Purpose(p), API: "x"})
	}
	glass := moderation.Body{Actor: &mei, Action: &a, Requirement: &moderation.ApprovalRequirement{Mention: []string{approvers}}, Detail: w.reason}
	for _, k := range constants(t, "bouncer/moderation", "EntryKind") {
		for _, b := range append(forms, glass) {
			e := moderation.Entry{ID: 7, Case: v.Case.No, Kind: moderation.EntryKind(k), At: asked, Body: b.JSON()}
			s.Thread(v, []moderation.Entry{e})
			s.AuditLines([]LineItem{{Kind: e.Kind, Body: b, At: asked, Case: 7}}, 0, byToken)
		}
	}
	for _, b := range []moderation.Body{{Detail: "approve", Values: map[string]string{"case": "413"}}, {Detail: "x"}} {
		b.Actor, b.Code = &mei, moderation.RefuseNoRole
		s.AuditLines([]LineItem{{Kind: moderation.EntryRefused, Body: b}}, 0, byToken)
	}
	sources := []string{"draft", "again", "denied", "button", "form", moderation.SourceReport, moderation.SourceFile, "command"}
	for i, state := range decisions() {
		c := w.decided(state)
		c.Case.Origin.Source = sources[i%len(sources)]
		n := c.Case.Approval.Requirement
		s.Thread(c, []moderation.Entry{{ID: 1, At: asked, Kind: moderation.EntryOpened, Body: moderation.Body{Requirement: &n, Rule: w.rule, Policy: "5be1"}.JSON()}})
		s.AuditLines([]LineItem{{Subject: &c.Case, Kind: moderation.EntryOverride}}, 0, byToken)
		s.Why(c, nil, s.Lang())
	}
	for _, source := range sources {
		c := w.decided(decisions()[0])
		c.Case.Origin.Source = source
		s.Thread(c, []moderation.Entry{{ID: 1, At: asked, Kind: moderation.EntryOpened, Body: moderation.Body{Rule: w.rule, Policy: "5be1"}.JSON()}})
	}
	ahead := w.done()
	ahead.Case.Action.Relation, ahead.Case.Action.RelatedCase, ahead.Case.Origin.Source = moderation.RelActNow, 411, "button"
	s.Thread(ahead, ahead.Entries)
	s.Why(ahead, nil, s.Lang())
	ahead.LogPruned = asked
	s.Why(ahead, nil, s.Lang())
	crowd := w.waitingMany()
	crowd.Case.Action.Targets = slices.Repeat(crowd.Case.Action.Targets, moderation.ManyTargets)
	s.StepModal(commands.StepApprove, crowd, s.Lang(), "")
	slow := w.open()
	slow.Case.Counts, slow.Left = map[moderation.Outcome]int{moderation.Accepted: 1, moderation.Pending: 1}, time.Hour
	s.Card(slow)
	many := w.partly()
	for call := many.Entries[1]; len(many.Entries) < 2*threadCalls; {
		many.Entries = append(many.Entries, call)
	}
	s.Thread(many, many.Entries)
	s.People(many)
	d := w.sum()
	d.Unreviewed, d.UnreviewedAll = []int64{1}, 2
	d.Reasons = []moderation.Tally{{Key: "hate", N: 2}}
	d.Reports, d.ReportsOpen = 3, 1
	for _, d := range []moderation.Digest{d, {}} {
		s.AuditLines([]LineItem{{Kind: moderation.EntryDigest, Body: moderation.Body{Digest: &d}}}, 0, byToken)
	}
}

// mistyped is everything that can be wrong with a command.
func (w world) mistyped(t *testing.T, s *Speaker, lang Lang) {
	sp := s.in(lang)
	offered := w.action(moderation.Mute, moderation.KindRoom, time.Hour)
	whole := moderation.Action{Verb: moderation.Close, Duration: time.Hour}
	w.ladders(s)
	w.myself(s, lang)
	w.home(s, lang)
	for _, st := range []moderation.Statistics{{}, {Digest: w.sum(), Restrictions: 3, Undone: 1, Decided: 2, Dismissed: 1, DecidedMedian: time.Minute, DecidedLongest: time.Hour}} {
		s.Statistics(Statistics{Statistics: st, Question: moderation.SavedSearch{Token: opaque}}, lang)
		s.StatisticsTitle(moderation.SavedSearch{}, lang)
	}
	s.Refusal(moderation.NewError(moderation.RefuseNoRule, "verb", "ban", "could", "leads,admins"), lang)
	s.Refusal(moderation.NewError(moderation.RefuseNoRule, "verb", "ban", "in", "live:x"), lang)
	values := map[string]string{"example": "x", "sample": "T-1", "at": "2", "number": "7", "key": "usr", "end": asked.Format(time.RFC3339), "now": asked.Format(time.RFC3339), "days": "30d",
		"most": "7d", "got": "9", "line": "3", "case": "412", "room": "live:x", "user": "x", "rooms": "3", "people": "400", "id": "x", "pattern": "^u", "verb": "ban", "reasons": "hate, spam"}
	for _, c := range constants(t, "bouncer/commands", "Code") {
		for _, verb := range []moderation.Verb{moderation.Ban, moderation.DryRun, moderation.Extend, moderation.Suspend} {
			for _, piece := range []string{"", "x"} {
				s.Mistake(&commands.Mistake{Code: commands.Code(c), Verb: verb, Text: piece, Values: values}, lang, nil)
			}
		}
		s.Mistake(&commands.Mistake{Code: commands.Code(c)}, lang, nil)
		s.FieldText(&commands.Mistake{Code: commands.Code(c)}, lang)
	}
	for _, d := range constants(t, "bouncer/commands", "OfferEffect") {
		for _, a := range []moderation.Action{offered, whole} {
			o := commands.Offer{Command: "x", Action: a, Effect: commands.OfferEffect(d)}
			s.Mistake(&commands.Mistake{Offers: []commands.Offer{o, o}}, lang, []string{opaque, opaque, opaque})
		}
	}
	for _, r := range "\u202e\u200b\u0007\u00a0！–—‑…“é" { // one of each class
		_, m := commands.Parse("ban live:show1 a"+string(r)+"b 1h", commands.ParseContext{})
		if m != nil {
			s.Mistake(m, lang, nil)
		}
	}
	for _, class := range []string{"bidi", "invisible", "control", "blank", "fullwidth", "en-dash", "em-dash", "dash", "ellipsis", "quote", "other"} {
		sp.char(map[string]string{"point": "U+1", "class": class})
	}
	sp.char(map[string]string{"point": "U+002F", "class": "plain", "char": "/"})
}

// relatives are cases that belong to one, and their state.
func (w world) relatives(t *testing.T, s *Speaker) {
	v := w.waitingMany()
	v.Related = nil
	for _, rel := range constants(t, "bouncer/moderation", "Relation") {
		for _, r := range []moderation.Related{
			{State: moderation.AwaitingApproval}, {State: moderation.Open}, {State: moderation.Done, Outcome: moderation.Accepted},
			{State: moderation.Done, Outcome: moderation.Unknown}, {State: moderation.Done, Outcome: moderation.Failed}, {State: moderation.Done, Outcome: moderation.Accepted, Ended: "lifted"},
		} {
			r.No, r.Rel = 900, moderation.Relation(rel)
			v.Related = []moderation.Related{r}
			s.Card(v)
		}
		c := w.done()
		c.Case.Action.Relation, c.Case.Action.RelatedCase = moderation.Relation(rel), 411
		s.Card(c)
	}
	v.Related = make([]moderation.Related, 9)
	for i := range v.Related {
		v.Related[i].No = int64(i + 1)
	}
	v.Restored = []moderation.StillRestricted{{Case: 1, Target: "a"}, {Case: 2, Target: "b"}, {Case: 3, Target: "c", Until: asked}, {Case: 4, Target: "d"}}
	s.Card(v)
}

// answers are messages of which no other test keeps a copy.
func (w world) answers(t *testing.T, s *Speaker, lang Lang) {
	a := w.action(moderation.Ban, moderation.KindLive, time.Hour)
	asks := moderation.Decision{Rule: w.rule, Requirement: moderation.ApprovalRequirement{Approvals: 1, Approvers: []string{"leads"}, Why: moderation.RequireForVerb, ActNow: time.Minute}}
	alone, refused := asks, asks
	alone.Override, refused.Refusal = true, moderation.NewError(moderation.RefuseNoRule)
	var existing []moderation.ExistingRestriction
	for i := range titleTargets + 2 {
		existing = append(existing, moderation.ExistingRestriction{Target: strings.Repeat("x", i), Medium: moderation.Text, Case: 7})
	}
	for _, d := range []moderation.Decision{{Rule: w.rule}, asks, alone, refused} {
		s.DryRun(DryRun{Action: a, Decision: d, Facts: moderation.Facts{Existing: existing}, API: "x", Calls: 2}, lang)
	}
	s.Fixed(ModalFailed, lang)
	for _, p := range []FixedMessage{ReportGone, ReportChanged, ReportDismissed} {
		s.Fixed(p, lang)
	}
	for _, state := range constants(t, "bouncer/moderation", "ReportState") {
		v := w.report(moderation.ReportState(state))
		s.Report(v, lang)
		s.ReportAnswer(v.Report, lang)
		one := v
		one.Count = 1
		s.Report(one, lang)
	}
	s.ReportList(w.reports(4))
	many := make([]moderation.Report, ReminderReports)
	s.ReportReminder(many, 9, func(moderation.Posted) string { return w.link })
	s.ReportReminder(many[:1], 1, func(moderation.Posted) string { return "" })
	s.WrongCase(lang)
	sam := moderation.Suspension{Who: moderation.Actor{User: "U07SAM", Name: "Sam"}, By: w.actor(), Reason: w.reason}
	later := sam
	later.Until = asked
	undoable := w.done()
	undoable.Undoable = 1
	for _, x := range []moderation.Suspension{sam, later} {
		s.Suspended(x, []moderation.CaseView{undoable}, 3, lang)
		s.Suspended(x, nil, 0, lang)
		s.YourRightsSuspended(x, lang)
	}
	s.Unsuspended(sam, lang)
	s.YourRightsRestored(w.actor(), lang)
	s.NotSuspended(w.actor(), lang)
	s.NobodySuspended("U1", lang)
	s.YourCaseUndone(w.undo(), lang, w.link)
	s.Repeated(w.done(), lang, w.link)
	s.Repeated(w.open(), lang, "")
	s.Reviewed(w.done().Case, lang)
	s.ReviewsModal(w.rows(1), 0, 1, opaque, "", lang)
	s.Status(Status{Policy: moderation.PolicyInForce{Hash: "5be1"}}, lang)
	for _, o := range constants(t, "bouncer/moderation", "Outcome") {
		v := w.view(9, a, moderation.Done, func(int) moderation.Target {
			return moderation.Target{Outcome: moderation.Outcome(o), Code: moderation.CodeRightLost}
		})
		s.CaseAnswer(v, lang, "")
		s.Stale(v, lang)
		s.Card(v)
		v.Case.Approval.State, v.Case.Approval.By = moderation.ApprovalApproved, w.raj()
		s.Stale(v, lang)
		v.Case.Approval.State = moderation.ApprovalOverridden
		s.Stale(v, lang)
	}
	half := a
	half.Targets = []string{"alice", "bob"}
	s.CaseAnswer(w.view(9, half, moderation.Done, func(i int) moderation.Target { return []moderation.Target{w.failed(0), w.accepted(1)}[i] }), lang, "")
	s.Refusal(moderation.NewError("from-tomorrow"), lang)
	s.in(lang).why(string(moderation.RefuseNotExtendable), map[string]string{"newer": "0"}, nil)
	s.CaseAnswer(w.asking(), lang, "")
	closed := w.view(9, moderation.Action{Verb: moderation.Close}, moderation.Done, w.failed)
	s.Card(closed)
	known := w.waitingMany()
	known.Case.Decision.Protected = known.Case.Action.Targets[:1]
	away := w.view(9, a, moderation.Done, func(int) moderation.Target {
		return moderation.Target{Outcome: moderation.Accepted, Inside: moderation.InsideNo}
	})
	away.Case.Review = moderation.Review{State: moderation.ReviewPending, Why: moderation.ReviewSample}
	away.UnknownTargets, known.UnknownTargets = map[string]bool{}, map[string]bool{}
	for _, x := range known.Case.Action.Targets {
		away.UnknownTargets[x], known.UnknownTargets[x] = true, true
	}
	unlisted := w
	unlisted.targets = titleTargets + 1
	fresh := unlisted.view(9, unlisted.action(moderation.Kick, moderation.KindRoom, 0), moderation.Done, w.accepted)
	fresh.UnknownTargets = map[string]bool{fresh.Targets[0].ID: true}
	s.Card(away)
	s.Card(known)
	s.Card(fresh)
	s.People(fresh)
	odd := w.view(9, half, moderation.Done, w.accepted)
	odd.Targets, odd.Case.Counts = nil, map[moderation.Outcome]int{moderation.Failed: cardGroups + 2}
	for i := range cardGroups + 2 {
		odd.Targets = append(odd.Targets, moderation.Target{ID: "x", Outcome: moderation.Failed, Code: moderation.CodeVendorUnexpected, Values: map[string]string{"code": strings.Repeat("x", i)}})
	}
	s.Card(odd)
	rooms := map[string]moderation.Room{}
	for i := range 70 {
		rooms[strings.Repeat("x", i)] = moderation.Room{Kind: moderation.KindLive, ID: "show1"}
	}
	s.RoomsList(rooms, map[string][]moderation.Room{"a": {{Kind: moderation.KindLive, ID: "x"}}}, lang)
	cut := w.list(2, moderation.Who)
	cut.Reading.Cut = true
	s.ListPage(cut, 0, lang)
	cut.Reading.Total = 9
	s.ListPage(cut, 0, lang)
	judged := w.done()
	for _, v := range []string{"allows", "role", "verb", "room", "channel", "duration", "targets"} {
		judged.Case.Decision.Verdicts = append(judged.Case.Decision.Verdicts, moderation.RuleResult{Rule: w.rule, Verdict: v})
	}
	judged.Case.Decision.Room = "live:x"
	s.Why(judged, nil, lang)
	for _, verb := range []moderation.Verb{moderation.Silence, moderation.Mute, moderation.Freeze} {
		bound := w.bounds(1)[0]
		bound.Case.Action.Verb = verb
		s.Active(Active{Restrictions: []moderation.CaseRestrictions{bound}}, lang)
	}
	s.Fixed(RowsOfRooms, lang)
	s.Fixed(RowsOfOne, lang)
	s.Fixed(RowsTooMany, lang)
	s.Fixed(RowEnded, lang, 412)
	long := s.in(lang).sheet()
	for range maxBlocks + 1 {
		long.para(own("x"))
	}
	long.message()
	for _, ended := range []string{"lifted", "gone", "undone", "superseded"} {
		v := w.done()
		v.Case.Ended = ended
		s.Card(v)
		v.Related = []moderation.Related{{No: 418, Rel: moderation.RelUndo, Outcome: moderation.Accepted, Actor: w.raj()}}
		s.Card(v)
	}
}

// ladders are the lengths that preset reasons propose.
func (w world) ladders(s *Speaker) {
	for _, p := range []moderation.Proposal{
		{Step: 1, Code: "hate", Target: "u1", Length: moderation.Length{Permanent: true}},
		{Step: 2, Code: "hate", Target: "u1", Earlier: 1, Within: time.Hour, Length: moderation.Length{Duration: time.Hour}},
	} {
		s.DryRun(DryRun{Action: w.action(moderation.Ban, moderation.KindLive, time.Hour), Proposal: p}, EN)
	}
}

// myself is what a person may do: everything, and nothing.
func (w world) myself(s *Speaker, lang Lang) {
	grants := []moderation.Grant{
		{Rule: "all", Verbs: []moderation.Verb{moderation.Ban}},
		{Rule: "some", Verbs: []moderation.Verb{moderation.Mute}, Rooms: []string{"gala"}, Kinds: []moderation.Kind{moderation.KindLive}, Channels: []string{"C1"}, Longest: time.Hour, MostTargets: 5, Approvals: 1, Approvers: []string{"leads"}},
		{Rule: "now", Verbs: []moderation.Verb{moderation.Mute}, MostTargets: 1, Approvals: 2, Approvers: []string{"leads"}, ActNow: time.Minute},
	}
	for range mostGrants {
		grants = append(grants, grants[0])
	}
	room := moderation.Room{Kind: moderation.KindLive, ID: "show1"}
	s.WhoAmI(Myself{Actor: moderation.Actor{Kind: moderation.ActorPerson, User: "U1", Roles: []string{"mods"}, Via: []string{"S1"}}, Channels: []string{"C1"}, Room: &room,
		Rights: moderation.Rights{Grants: grants, Approve: true, Override: true, Review: true, Suspend: true}}, lang)
	s.WhoAmI(Myself{Rights: moderation.Rights{Grants: grants[2:3]}}, lang)
	s.WhoAmI(Myself{}, lang)
}

// home is the Home tab of a person with everything, with nothing, and without rights.
func (w world) home(s *Speaker, lang Lang) {
	c := w.waitingMany().Case
	s.Home(Home{
		Waiting: []HomeCase{{Case: c, Link: "https://acme.slack.com/archives/C1/p1"}}, Mine: []HomeCase{{Case: c}, {Case: c}}, InForce: 2,
		Restrictions: []HomeRestriction{{CaseRestrictions: moderation.CaseRestrictions{Case: c, Target: "u1"}}, {CaseRestrictions: moderation.CaseRestrictions{Case: c}, Link: "https://acme.slack.com/archives/C1/p1"}},
		Rooms:        []HomeRoom{{Room: c.Action.Room, Newest: c, Cases: 1}, {Room: c.Action.Room, Newest: c, Cases: 2}}, OverdueCount: 1,
	}, lang)
	s.Home(Home{}, lang)
	s.Home(Home{InForce: 1, Waiting: []HomeCase{{Case: c}, {Case: c}}, Mine: []HomeCase{{Case: c}}}, lang)
	s.Home(Home{Refusal: moderation.NewError(moderation.RefuseNoRole), Ask: []string{"S0LEADS"}}, lang)
	s.Home(Home{Refusal: moderation.NewError(moderation.RefuseNoRole)}, lang)
	s.Home(Home{Refusal: moderation.NewError(moderation.RefuseGuest)}, lang)
	s.Home(Home{Refusal: moderation.NewError(moderation.RefuseSuspended, "by", "Raj", "until", asked.Format(time.RFC3339))}, lang)
	s.Home(Home{Refusal: moderation.NewError(moderation.RefuseUnknownPerson, "detail", "users.info answers 500")}, lang)
}
