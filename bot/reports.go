package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
)

// AcceptReports makes reports from outside durable, all or none, with their cards in the channels
// that the policy names. reused says which have the id of another report. Its error is the store's.
func (b *Bot) AcceptReports(ctx context.Context, reports []moderation.NewReport) (reused []bool, err error) {
	p := b.cfg.Policy()
	for i, r := range reports {
		reports[i].Channel = cmp.Or(p.ReportChannel(r.Room), b.cfg.CaseChannel)
	}
	return b.cfg.Store.AcceptReports(ctx, reports, p.ReportRemind())
}

// CountReports adds to the metric of received reports with a result.
func (b *Bot) CountReports(result string, n int) {
	b.metrics.reports.WithLabelValues(result).Add(float64(n))
}

// remindOfReports posts a reminder of the reports that wait in a channel.
func (b *Bot) remindOfReports(ctx context.Context, h *moderation.LeasedJob) error {
	var w moderation.ReportReminder
	if err := json.Unmarshal(h.Payload, &w); err != nil {
		return fmt.Errorf("reports job %d: %w", h.ID, err)
	}
	return b.cfg.Store.RemindReports(ctx, h.Job, w.Channel, b.cfg.Policy().ReportRemind())
}

// reportActions are the actions of the policy that a report's room supports.
func (b *Bot) reportActions(r moderation.Report) (actions []moderation.Action) {
	for _, p := range b.cfg.Policy().ReportActions() {
		if s := moderation.Supports(p.Verb, r.Room.Kind); !s.Supported || p.Length.Permanent && !s.Permanent {
			continue
		}
		actions = append(actions, moderation.Action{
			Verb: p.Verb, Room: r.Room, Targets: []string{r.Target}, Duration: p.Length.Duration, Permanent: p.Length.Permanent, Reason: r.Reason,
		})
	}
	return actions
}

// reportView is a report with what its card shows; ErrNotFound when it was erased.
func (b *Bot) reportView(ctx context.Context, token string) (v say.ReportView, err error) {
	if v.Report, err = b.cfg.Store.Report(ctx, token); err != nil {
		return v, err
	}
	v.Actions = b.reportActions(v.Report)
	v.Room = b.named(v.Room)
	cases, all, err := b.cfg.Store.SearchCases(ctx, moderation.SearchQuery{Target: v.Target}, 0, 2)
	if v.State == moderation.ReportTaken || v.State == moderation.ReportDecided { // its own case is no earlier one
		cases = slices.DeleteFunc(cases, func(c moderation.Case) bool { return c.No == v.Case })
		all--
	}
	if err == nil && len(cases) > 0 {
		c := cases[0]
		v.Earlier = moderation.EarlierCases{Cases: all, LastNo: c.No, LastVerb: c.Action.Verb, LastFor: c.Action.Duration, LastAt: c.AskedAt}
	}
	return v, err
}

// named is a room with its name in the policy, if it has one.
func (b *Bot) named(r moderation.Room) moderation.Room {
	for name, room := range b.cfg.Policy().Rooms() {
		if room.Kind == r.Kind && room.ID == r.ID && (r.Name == "" || name < r.Name) {
			r.Name = name
		}
	}
	return r
}

// reportReader has any role: the list with the button is in a channel.
func (b *Bot) reportReader(_ context.Context, cl click) (verdict, error) {
	return b.decide(cl.verdict, moderation.Action{Verb: moderation.ShowCase}), nil
}

// showReport answers with the card of a report in a list.
func (b *Bot) showReport(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	v, err := b.reportView(ctx, cl.report.Token)
	if found, err := b.notFound(ctx, h, &cl, err, say.ReportGone); err != nil || !found {
		return err
	}
	return b.finish(ctx, h, b.toAsker(h, cl.asker, b.cfg.Speaker.Report(v, cl.lang)))
}

func (b *Bot) readReport(ctx context.Context, h *moderation.LeasedJob, cl *click) (found bool, err error) {
	cl.report, err = b.cfg.Store.Report(ctx, cl.step.ID)
	return b.notFound(ctx, h, cl, err, say.ReportGone)
}

// anyPresser lets everyone press: the action is authorized as the command that it becomes.
func (b *Bot) anyPresser(_ context.Context, cl click) (verdict, error) {
	v := cl.verdict
	v.decision.Allowed = true
	return v, nil
}

// dismisser may do at least one of the actions that the report offers. That the person is protected
// keeps nobody from dismissing.
func (b *Bot) dismisser(_ context.Context, cl click) (verdict, error) {
	v := b.decide(cl.verdict, moderation.Action{Verb: moderation.Who, Room: cl.report.Room})
	for _, a := range b.reportActions(cl.report) {
		v = b.decide(cl.verdict, a)
		if no := v.decision.Refusal; v.decision.Allowed || no != nil && no.Code == moderation.RefuseProtected {
			v.decision.Allowed, v.decision.Refusal = true, nil
			break
		}
	}
	return v, nil
}

// actOnReport runs the action of a button as the command that says the same, if the button shows
// what the policy still offers.
func (b *Bot) actOnReport(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	if cl.report.State != moderation.ReportOpen {
		return b.reportTaken(ctx, h, cl.asker, cl.report, cl.lang)
	}
	for _, a := range b.reportActions(cl.report) {
		if string(a.Verb) == cl.step.Step && commands.ReportDigest(a) == cl.step.Digest {
			return b.run(ctx, h, typed{asker: cl.asker, Text: commands.FormatExact(a), Report: cl.report.Token}, "", "")
		}
	}
	c := b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.ReportChanged, cl.lang))
	c.ShowReport = cl.report.Token
	return b.finish(ctx, h, c)
}

// editReport opens the form with the first action of a report filled in. What it submits decides the
// report, as its buttons do.
func (b *Bot) editReport(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	v := b.decide(cl.verdict, moderation.Action{Verb: moderation.ShowCase})
	if !v.decision.Allowed {
		return b.refusedView(ctx, h, cl.asker, v, nil, cl.view, moderation.Body{Detail: cl.step.Step})
	}
	if cl.report.State != moderation.ReportOpen {
		m := b.cfg.Speaker.ReportAnswer(cl.report, cl.lang)
		return b.fillForm(ctx, h, cl.asker, v, cl.view, b.cfg.Speaker.DoneModal(m, cl.lang))
	}
	t := typed{asker: cl.asker, Report: cl.report.Token}
	a := moderation.Action{Room: cl.report.Room, Targets: []string{cl.report.Target}}
	if offered := b.reportActions(cl.report); len(offered) > 0 {
		a = offered[0]
	}
	set := b.parseContext(v, t)
	a.Room, a.ReasonCode = b.named(a.Room), set.Reasons.Code(a.Verb, a.Reason)
	return b.showState(ctx, h, cl.asker, v, say.Form{State: commands.FormOf(a, set), Meta: formMeta(t), ExternalID: cl.view})
}

// dismissReport records that a report needs no action.
func (b *Bot) dismissReport(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	body := b.clickBody(cl)
	body.Detail = ""
	err := b.cfg.Store.DismissReport(ctx, h.Job, cl.report.Token, body, b.toAsker(h, cl.asker, b.cfg.Speaker.Fixed(say.ReportDismissed, cl.lang)))
	if taken, ok := errors.AsType[*moderation.ReportTakenError](err); ok {
		return b.reportTaken(ctx, h, cl.asker, taken.Report, cl.lang)
	}
	if errors.Is(err, moderation.ErrNotFound) {
		_, err = b.notFound(ctx, h, &cl, err, say.ReportGone)
	}
	return err
}

// reportTaken answers with who acted on the report before.
func (b *Bot) reportTaken(ctx context.Context, h *moderation.LeasedJob, from asker, r moderation.Report, lang say.Lang) error {
	return b.finish(ctx, h, b.toAsker(h, from, b.cfg.Speaker.ReportAnswer(r, lang)))
}
