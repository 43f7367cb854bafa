package say

import (
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"bouncer/commands"
	"bouncer/moderation"
)

// buttonsOf returns a message's buttons by step, and checks each with the parser
// of clicks takes.
func buttonsOf(t require.TestingT, m Message) map[string]*slack.ButtonBlockElement {
	out := map[string]*slack.ButtonBlockElement{}
	for _, b := range m.Blocks {
		row, ok := b.(*slack.ActionBlock)
		if !ok {
			continue
		}
		for _, e := range row.Elements.ElementSet {
			button := e.(*slack.ButtonBlockElement)
			step, err := commands.ParseStep(button.ActionID, button.Value)
			require.NoError(t, err)
			out[step.Step] = button
		}
	}
	return out
}

func sealOf(t require.TestingT, b *slack.ButtonBlockElement) string {
	step, err := commands.ParseStep(b.ActionID, b.Value)
	require.NoError(t, err)
	return step.Digest
}

// What an approver approves with one click is in the dialog, all of it;
// where it does not fit there is a modal.
func TestAnApprovalRepeatsEverythingOrOpensAModal(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	rapid.Check(t, func(t *rapid.T) {
		w := calm()
		w.targets = rapid.IntRange(1, 9).Draw(t, "targets")
		w.user = rapid.StringOfN(rapid.RuneFrom([]rune("abc 1\"<&,(")), 1, 28, 28).Draw(t, "user")
		w.reason = rapid.StringOfN(rapid.RuneFrom([]rune("ab c字🔥\"")), 0, 400, -1).Draw(t, "reason")
		v := w.waiting()
		v.Case.Action = w.action(moderation.Ban, moderation.KindLive, time.Hour)
		buttons := buttonsOf(t, s.Card(v))
		require.Contains(t, []string{v.Case.ContentDigest()}, sealOf(t, buttons[commands.StepOverride]))
		approve, now := buttons[commands.StepApprove]
		view, looked := buttons[commands.StepShowAll]
		require.NotEqual(t, now, looked, "one of the two")
		if looked {
			require.Nil(t, view.Confirm)
			require.Equal(t, v.Case.ContentDigest(), sealOf(t, view))
			return
		}
		require.Equal(t, v.Case.ContentDigest(), sealOf(t, approve))
		said := approve.Confirm.Text.Text
		require.NotContains(t, said, "…")
		for _, x := range v.Case.Action.Targets {
			require.Contains(t, said, exactID(x))
		}
		require.Contains(t, said, clean(w.reason, alone))
		require.Contains(t, said, "live:show1")
		require.Contains(t, said, "1 h")
	})
}

func TestWhichButtonsACardHas(t *testing.T) {
	s, w := New(Config{}), calm()
	steps := func(v moderation.CaseView) []string {
		var out []string
		for _, b := range s.in(EN).cardButtons(v, false) {
			_, step, _ := strings.Cut(b.(*slack.ButtonBlockElement).ActionID, ".")
			out = append(out, step)
		}
		return out
	}
	require.Equal(t, []string{"approve", "deny", "withdraw", "glass"}, steps(w.waiting()))
	require.Equal(t, []string{"view", "deny", "withdraw", "glass"}, steps(w.waitingMany()))
	noOverride := w.waiting()
	noOverride.Case.Approval.Requirement.OverrideRoles = nil
	require.Equal(t, []string{"approve", "deny", "withdraw"}, steps(noOverride))
	for _, state := range decisions() {
		require.Empty(t, steps(w.decided(state)), state)
	}
	require.Equal(t, []string{"undo", "extend"}, steps(w.standing()))
	require.Equal(t, []string{"undo", "extend"}, steps(w.undone()))
	require.Empty(t, steps(w.done()), "nothing of it is in force")
	one, some := buttonsOf(t, s.Card(w.standing()))[commands.StepUndo], buttonsOf(t, s.Card(w.undone()))[commands.StepUndo]
	require.Equal(t, w.standing().Case.ContentDigest(), sealOf(t, one), "confirmed in a dialog")
	require.Contains(t, one.Confirm.Text.Text, "troll7")
	require.Empty(t, sealOf(t, some), "chosen in a modal")
	require.Nil(t, some.Confirm)
	require.Equal(t, []string{"stop"}, steps(w.stoppable()))
	few := w.stoppable()
	few.Case.Counts = map[moderation.Outcome]int{moderation.Pending: stopFrom, moderation.Accepted: 40}
	require.Empty(t, steps(few))
	unknown := w.unknownRoom()
	unknown.Undoable = 1
	require.Equal(t, []string{"again", "undo"}, steps(unknown), "a room that was closed has no length")
}

func TestAListAsksForNoApprovalByOneClick(t *testing.T) {
	s, w := New(Config{}), calm()
	var many []moderation.CaseView
	for i := range 30 {
		v := w.waiting()
		v.Case.No = int64(500 + i)
		v.Case.Token = strings.Repeat("0", 30) + string(rune('a'+i/16%16)) + string("0123456789abcdef"[i%16])
		many = append(many, v)
	}
	m := s.CardList(many)
	buttons := buttonsOf(t, m)
	require.NotContains(t, buttons, commands.StepApprove)
	require.Contains(t, buttons, commands.StepShowAll)
	require.Contains(t, rawText(m), "20 more of these have buttons: /mod case NUMBER shows them")
	require.Equal(t, 1, strings.Count(m.Text, "<!subteam^S1LEADS>"), "the group is called once")
	require.Empty(t, faults(m, "", "U07MEI", w.link))
}

func TestApproversAreMentionedOnlyWhileTheCaseWaits(t *testing.T) {
	s, w := New(Config{}), calm()
	calls := func(m Message) bool {
		return strings.Contains(m.Text, "<!subteam^") || strings.Contains(m.Text, "<@U07RAJ>")
	}
	require.True(t, calls(s.Card(w.waiting())))
	for _, kind := range []moderation.EntryKind{moderation.EntryReminded, moderation.EntryEscalated} {
		entries := []moderation.Entry{{ID: 1, At: asked, Kind: kind, Body: moderation.Body{}.JSON()}}
		m := s.Thread(w.waiting(), append(entries, entries...))
		require.True(t, calls(m), kind)
		require.Equal(t, 1, strings.Count(m.Text, "<!subteam^"), "each once")
		for _, state := range decisions() {
			require.False(t, calls(s.Thread(w.decided(state), entries)), "%s, %s", kind, state)
			require.False(t, calls(s.Card(w.decided(state))), state)
		}
	}
	// No other id can be smuggled in as a role's.
	odd := w.waiting()
	odd.Case.Approval.Requirement.Mention = []string{"<!channel>", "here", "S1 <!here>", "C0LIVE"}
	require.NotContains(t, s.Card(odd).Text, "<!")
	require.NotContains(t, jsonOf(s.Card(odd).Blocks), "channel>")
}

func TestTheRequesterIsMentionedWhenTheyMustAct(t *testing.T) {
	s, w := New(Config{}), calm()
	thread := func(v moderation.CaseView, kind moderation.EntryKind) string {
		return s.Thread(v, []moderation.Entry{{ID: 1, At: asked, Kind: kind, Body: moderation.Body{}.JSON()}}).Text
	}
	require.Contains(t, thread(w.standing(), moderation.EntryFlagged), "<@U07MEI>: #412 was flagged")
	require.Contains(t, thread(w.decided(moderation.ApprovalDenied), moderation.EntryDenied), "<@U07MEI>: #413 was not approved")
	require.Contains(t, thread(w.decided(moderation.ApprovalExpired), moderation.EntryExpired), "<@U07MEI>")
	require.NotContains(t, thread(w.decided(moderation.ApprovalWithdrawn), moderation.EntryWithdrawn), "<@", "the requester did it")
	require.NotContains(t, s.Card(w.decided(moderation.ApprovalWithdrawn)).Text, "<@")
}

// A report is an aside of what happened to its case, unless nothing else did.
func TestTitleOfAThreadWithAReport(t *testing.T) {
	s, w := New(Config{}), calm()
	titled := func(kinds ...moderation.EntryKind) string {
		var entries []moderation.Entry
		for i, kind := range kinds {
			entries = append(entries, moderation.Entry{ID: int64(i + 1), At: asked, Kind: kind, Body: moderation.Body{Count: 3, Values: map[string]string{"why": "hate"}}.JSON()})
		}
		return rawText(s.Thread(w.waiting(), entries))
	}
	require.Regexp(t, `(?s)^#413 close requested\n.*From a report: hate, reported 3 times`, titled(moderation.EntryOpened, moderation.EntryReportTaken))
	require.Contains(t, titled(moderation.EntryDenied, moderation.EntryDone, moderation.EntryReportReopened), "#413 close denied and finished")
	require.Contains(t, titled(moderation.EntryReportReopened), "#413 close report open again")
}

// The old words said that no approval was needed, whatever had been.
func TestWhatACaseRestsOn(t *testing.T) {
	s, w := New(Config{}), calm()
	need := func(v moderation.CaseView) string {
		n := v.Case.Approval.Requirement
		entry := moderation.Entry{ID: 1, At: asked, Kind: moderation.EntryOpened, Body: moderation.Body{Requirement: &n, Rule: w.rule, Policy: "5be1c0912345"}.JSON()}
		return rawText(s.Card(v)) + rawText(s.Thread(v, []moderation.Entry{entry}))
	}
	for state, want := range map[moderation.ApprovalState][2]string{
		moderation.ApprovalApproved:   {"rule mods-short, approved by Raj (U07RAJ) at ", "Allowed by rule mods-short; 1 of 1 approvals"},
		moderation.ApprovalDenied:     {"Denied by Raj (U07RAJ) at 13:01 UTC: hate", "Rule mods-short requires approval: 0 of 1"},
		moderation.ApprovalOverridden: {"BREAK GLASS by Raj (U07RAJ) at 13:01 UTC: child on camera", "run without it (break glass): 0 of 1"},
		moderation.ApprovalExpired:    {"Nobody decided by ", "requires approval: 0 of 1"},
	} {
		text := need(w.decided(state))
		require.Contains(t, text, want[0], state)
		require.Contains(t, text, want[1], state)
		require.NotContains(t, text, "no approval needed", state)
		require.NotContains(t, text, "0 of 0", state)
	}
	require.Contains(t, need(w.done()), "rule mods-short, no approval needed")
}

func TestSentencesAboutApprovalsAreThoseOfTheReference(t *testing.T) {
	s, w := New(Config{}), calm()
	until := "2026-11-22T13:09:31Z"
	require.Equal(t, "You can’t decide about your own case #413. @leads can, until 2026-11-22 13:09 UTC. Nothing changed.",
		rawText(s.Refusal(moderation.NewError(moderation.RefuseOwnCase, "case", "413", "roles", "leads", "until", until), EN)))
	require.Equal(t, "You can’t decide about your own case #413. Other approvers can. Nothing changed.",
		rawText(s.Refusal(moderation.NewError(moderation.RefuseOwnCase, "case", "413"), EN)))
	require.Equal(t, "Your rights were suspended by Raj. Nothing was done.",
		rawText(s.Refusal(moderation.NewError(moderation.RefuseSuspended, "by", "Raj", "until", ""), EN)))
	require.Equal(t, "Nothing of #412 is in force, so there is nothing to undo: #430 is newer and decides now.",
		rawText(s.Refusal(moderation.NewError(moderation.RefuseNothingToUndo, "case", "412", "newer", "430"), EN)))
	require.Equal(t, "#413 was already approved by Raj (U07RAJ), 2026-11-22 13:01 UTC, and accepted by Tencent. Your click changed nothing.",
		rawText(s.Stale(w.decided(moderation.ApprovalApproved), EN)))
	running := w.decided(moderation.ApprovalApproved)
	running.Case.State, running.Case.Counts = moderation.Open, map[moderation.Outcome]int{moderation.Pending: 1}
	require.Contains(t, rawText(s.Stale(running, EN)), "approved by Raj (U07RAJ), 2026-11-22 13:01 UTC, and is running")
	require.Equal(t, "⏳ #413 needs 1 approval from @leads by 13:09 UTC: close · gala (room:show1)\nWhy: close always needs approval here",
		rawText(s.CaseAnswer(w.waiting(), EN, "")))
	card := rawText(s.Card(w.waiting()))
	require.Contains(t, card, "⏳ #413 close · gala (room:show1) · 214 people inside\n")
	require.Contains(t, card, "Requested by Mei Lin (U07MEI), 2026-11-22 12:59 UTC · needs 1 approval from @leads by 13:09 UTC\n")
	require.Contains(t, rawText(s.Card(w.waitingMany())), "Applied at once, for 10 min only: #419")
}

func TestAnUndoIsChosenFromWhatCanBeUndone(t *testing.T) {
	s, w := New(Config{}), calm()
	field := func(n int) (*slack.InputBlock, []moderation.Target) {
		w.targets = n
		v := w.view(421, w.action(moderation.Ban, moderation.KindLive, time.Hour), moderation.Done, w.accepted)
		for _, b := range s.UndoModal(v, v.Targets, EN, "").View.Blocks.BlockSet {
			if in, ok := b.(*slack.InputBlock); ok && in.BlockID == InputTargets {
				return in, v.Targets
			}
		}
		return nil, nil
	}
	in, all := field(10)
	boxes := in.Element.(*slack.CheckboxGroupsBlockElement)
	require.Len(t, boxes.InitialOptions, 10)
	for i, o := range boxes.Options {
		require.Equal(t, all[i].ID, o.Value)
	}
	in, _ = field(100)
	require.Len(t, in.Element.(*slack.MultiSelectBlockElement).InitialOptions, 100)
	in, _ = field(101)
	require.IsType(t, &slack.PlainTextInputBlockElement{}, in.Element)
	require.True(t, in.Optional)
	room := w.waiting()
	require.NotContains(t, jsonOf(s.UndoModal(room, room.Targets, EN, "").View), `"block_id":"targets"`)
}

func TestModalsCarryWhatTheirSubmissionNeeds(t *testing.T) {
	s, w := New(Config{}), calm()
	for step, m := range map[string]Modal{
		commands.StepApprove: s.StepModal(commands.StepApprove, w.waiting(), EN, "meta"), commands.StepDeny: s.StepModal(commands.StepDeny, w.waiting(), EN, "meta"),
		commands.StepOverride: s.StepModal(commands.StepOverride, w.waiting(), EN, "meta"), commands.StepUndo: s.UndoModal(w.undone(), w.undone().Targets, EN, "meta"),
		commands.StepExtend: s.StepModal(commands.StepExtend, w.standing(), EN, "meta"), commands.StepFlag: s.StepModal(commands.StepFlag, w.standing(), EN, "meta"),
		commands.StepEvidence: s.EvidenceModal("x", w.link, nil, EN, "meta"),
	} {
		require.Equal(t, "case."+step, m.View.CallbackID)
		require.Equal(t, "meta", m.View.PrivateMetadata)
		require.NotNil(t, m.View.Submit)
	}
	require.Equal(t, "e-1", s.Loading(EN, "e-1").View.ExternalID)
	for _, b := range append(s.StepModal(commands.StepDeny, w.waiting(), EN, "").View.Blocks.BlockSet, s.StepModal(commands.StepOverride, w.waiting(), EN, "").View.Blocks.BlockSet...) {
		if in, ok := b.(*slack.InputBlock); ok {
			require.False(t, in.Optional, "a reason must be given")
			require.Equal(t, 500, in.Element.(*slack.PlainTextInputBlockElement).MaxLength)
		}
	}
}

// An override stays visible however short lines get.
func TestAnOverrideIsVisibleInEveryForm(t *testing.T) {
	w := calm()
	for lang, want := range map[Lang]string{EN: "BREAK GLASS by ", ZH: "紧急执行："} {
		s := New(Config{Lang: lang})
		for _, n := range []int{1, 30, 200} {
			w.reason = strings.Repeat("long ", 100)
			v := w.decided(moderation.ApprovalOverridden)
			v.Case.Override.Reason = w.reason
			items := make([]LineItem, n)
			for i := range items {
				items[i] = LineItem{Subject: &v.Case, Head: "9f3a61c0ffff"}
			}
			said := 0
			for _, m := range s.AuditLines(items, 0, byToken) {
				said += strings.Count(rawText(m.Message), "🔥 #413")
				require.Equal(t, len(m.Items), strings.Count(rawText(m.Message), want))
				require.Equal(t, len(m.Items), strings.Count(rawText(m.Message), "U07RAJ"))
			}
			require.Equal(t, n, said)
		}
	}
}

// A typed link is kept, and is not clickable.
func TestATypedLinkIsNoLink(t *testing.T) {
	s, w := New(Config{}), calm()
	typed := "https://acme.slack.com/archives/C1/p1"
	v := w.waitingMany()
	v.Evidence = []moderation.Evidence{{By: w.actor(), At: asked, Link: typed}}
	mei := w.actor()
	entry := moderation.Entry{ID: 1, At: asked, Kind: moderation.EntryEvidence, Body: moderation.Body{Actor: &mei, Link: typed}.JSON()}
	thread := s.Thread(v, []moderation.Entry{entry})
	require.Contains(t, rawText(thread), typed)
	require.NotContains(t, thread.Text, "<"+typed)
	require.NotContains(t, jsonOf(thread.Blocks), `"type":"link"`)
	m := s.StepModal(commands.StepApprove, v, EN, "")
	require.Contains(t, rawText(Message{Blocks: m.View.Blocks.BlockSet}), typed+", the link only: Bouncer has not read it")
	require.NotContains(t, jsonOf(m.View), `"type":"link"`)
}
