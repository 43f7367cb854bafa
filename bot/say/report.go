package say

import (
	"github.com/slack-go/slack"

	"bouncer/commands"
	"bouncer/moderation"
)

// ReportView is a report with what its card shows.
type ReportView struct {
	moderation.Report
	// Earlier are the earlier cases about the person.
	Earlier moderation.EarlierCases
	// Actions are what the room of the report supports, as the policy presets it.
	Actions []moderation.Action
}

// How much of a report its card shows.
const (
	reportText      = 700 // weight of one text
	reportReporters = 5
)

// ReminderReports is how many reports a reminder names.
const ReminderReports = 5

// Report returns the card of a report.
func (s *Speaker) Report(v ReportView, lang Lang) Message {
	sp := s.in(lang)
	sh := sp.sheet()
	title := cat(own(reportIcon(v.Report)+" "), sp.say("report.title", vals{"reason": sp.reportReason(v.Reason)}).strong())
	lines := []phrase{fields(title, id(v.Target), sp.room(v.Room))}
	for _, t := range v.Texts {
		lines = append(lines, sp.reportedText(t))
	}
	lines = append(lines, sp.reportLinks(v.Texts), sp.reportCount(v.Report))
	if v.Earlier.Cases > 0 {
		lines = append(lines, sp.before(moderation.Case{AskedAt: v.LastAt}, v.Earlier))
	}
	sh.para(append(lines, sp.reportState(v.Report))...)
	if v.State != moderation.ReportOpen {
		return sh.message()
	}
	var buttons []slack.BlockElement
	for _, a := range v.Actions {
		buttons = append(buttons, sp.reportButton(v.Token, a, v.Room))
	}
	edit := commands.Step{Kind: commands.StepReport, ID: v.Token, Step: commands.StepEdit}
	dismiss := commands.Step{Kind: commands.StepReport, ID: v.Token, Step: commands.StepDismiss}
	buttons = append(buttons, press(sp.say("button.edit", nil), edit, ""), press(sp.say("button.dismiss", nil), dismiss, ""))
	return sh.buttons(buttons...).message()
}

func reportIcon(r moderation.Report) string {
	switch r.State {
	case moderation.ReportTaken:
		return "⏳"
	case moderation.ReportDecided:
		return "✅"
	case moderation.ReportDismissed:
		return "🚫"
	case moderation.ReportOpen:
	}
	return "🚩"
}

// reportReason is the code of a report's reason, with its text where the policy has one.
func (s *speech) reportReason(code string) phrase {
	if preset, ok := s.cfg.Reasons().Preset(code); ok {
		return supplied(s.presetText(preset), 100)
	}
	return supplied(code, 60)
}

// reportedText is one text, by whom and when.
func (s *speech) reportedText(t moderation.ReportedText) phrase {
	text := suppliedLine(t.Text, reportText)
	if len(text) == 0 {
		return nil
	}
	return s.say("report.said", vals{"text": text, "at": moment(t.At)})
}

func (s *speech) reporter(who string) phrase {
	if who == "" {
		return s.say("report.automatic", nil)
	}
	return id(who)
}

// reportCount is how often and by whom it was reported.
func (s *speech) reportCount(r moderation.Report) phrase {
	names := s.few(len(r.Reporters), reportReporters, func(i int) phrase { return s.reporter(r.Reporters[i]) })
	return s.say("report.count", vals{"n": r.Count, "list": names, "at": moment(r.LastAt)})
}

// reportLinks are the links of all texts, to be copied: like all user-supplied text, none of it can
// be clicked.
func (s *speech) reportLinks(texts []moderation.ReportedText) phrase {
	var all []phrase
	for _, t := range texts {
		for _, l := range t.Links {
			all = append(all, exactText(l, 200))
		}
	}
	return s.label("report.links", s.list(all...)).cut(1500)
}

// reportState is what became of a report that was acted on.
func (s *speech) reportState(r moderation.Report) phrase {
	if r.State == moderation.ReportOpen || r.By == nil {
		return nil
	}
	return s.say("report."+string(r.State), vals{"person": s.person(*r.By), "no": r.Case})
}

// reportButton runs one action after a dialog that says what it does, with the room as the card names it.
func (s *speech) reportButton(token string, a moderation.Action, room moderation.Room) slack.BlockElement {
	label := s.reportVerb(a)
	b := press(label, commands.Step{Kind: commands.StepReport, ID: token, Step: string(a.Verb), Digest: commands.ReportDigest(a)}, "")
	a.Room = room
	plain := func(p phrase, most int) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, clip(p.plain(), most), false, false)
	}
	b.Confirm = slack.NewConfirmationBlockObject(plain(s.say("confirm.report", nil), confirmTitle), plain(s.act(a, 1), confirmText),
		plain(label, confirmWord), plain(s.say("button.cancel", nil), confirmWord))
	return b
}

// reportVerb is an action in two words, such as "Ban 24h".
func (s *speech) reportVerb(a moderation.Action) phrase {
	verb := s.word("report.do.", string(a.Verb), 20)
	if span := s.span(a); len(span) > 0 {
		return join(" ", verb, span)
	}
	return verb
}

// ReportReminder returns the message that reminds of the reports that wait in a channel: the
// longest waiting ones with the links of their cards, and how many there are.
func (s *Speaker) ReportReminder(reports []moderation.Report, all int, link func(moderation.Posted) string) Message {
	sp := s.in(s.cfg.Lang)
	lines := []phrase{cat(own("⏰ "), sp.say("report.waiting", vals{"n": all}).strong())}
	lines = append(lines, sp.capped(all, min(ReminderReports, len(reports)), "report.more", func(i int) phrase {
		r := reports[i]
		return fields(sp.reportReason(r.Reason), id(r.Target), sp.room(r.Room), sp.cardLink(link(r.Card)))
	})...)
	return sp.sheet().para(lines...).message()
}

// ReportAnswer returns the answer to a button of a report that was acted on before.
func (s *Speaker) ReportAnswer(r moderation.Report, lang Lang) Message {
	sp := s.in(lang)
	return sp.answer(sp.reportState(r))
}

// reportEntry is an entry about the report that a case came of.
func (s *speech) reportEntry(_ moderation.CaseView, t readEntry) phrase {
	return s.say("thread."+string(t.Kind), vals{"reason": s.reportReason(t.body.Values["why"]), "n": t.body.Count})
}
