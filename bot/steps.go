package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"bouncer/bot/say"
	"bouncer/commands"
	"bouncer/moderation"
	"bouncer/policy"
)

// step is one row of the table of buttons and modals: what is read first, who
// may use it, and what it does. The person is identified before anything is
// read.
type step struct {
	// opens says that a press opens a modal, which the step fills.
	opens bool
	// sealed says that a submission must be about exactly what the step's
	// modal showed.
	sealed bool
	// wrong checks a submitted modal without looking anything up: messages by
	// block id, which Slack shows beside the inputs.
	wrong func(in submitted, lang say.Lang) map[string]string
	// read finds what the button is about. found is false when it is not there
	// any more, which was answered.
	read func(context.Context, *moderation.LeasedJob, *click) (found bool, err error)
	// waiting says that the step needs a case that waits for approval; for
	// any other the answer is the case's state.
	waiting bool
	// authorize authorizes the person for what was read. A refusal ends the
	// step.
	authorize func(context.Context, click) (verdict, error)
	do        func(context.Context, *moderation.LeasedJob, click) error
}

// stepKey is a step's name in the table.
func stepKey(s commands.Step) string { return string(s.Kind) + "." + s.Step }

// newSteps makes the table of steps. A button that is not in it was never made
// by this bot.
func (b *Bot) newSteps() map[string]step {
	draft := func(name string, s step) (string, step) {
		s.read = b.readDraft
		return stepKey(commands.Step{Kind: commands.StepDraft, Step: name}), s
	}
	ofCase := func(name string, s step) (string, step) {
		if s.read == nil {
			s.read = b.readCase
		}
		return stepKey(commands.Step{Kind: commands.StepCase, Step: name}), s
	}
	ofList := func(name string, s step) (string, step) {
		s.read, s.authorize = b.readList, b.reader
		return stepKey(commands.Step{Kind: commands.StepList, Step: name}), s
	}
	found := func(name string, s step) (string, step) {
		s.read, s.authorize = b.readSearch, b.reader
		return stepKey(commands.Step{Kind: commands.StepSearch, Step: name}), s
	}
	ofReport := func(name string, s step) (string, step) {
		s.read = b.readReport
		return stepKey(commands.Step{Kind: commands.StepReport, Step: name}), s
	}
	line := func(name string, s step) (string, step) {
		s.read, s.authorize, s.do = readNothing, b.anyReviewer, b.showLine
		return stepKey(commands.Step{Kind: commands.StepLine, Step: name}), s
	}
	table := map[string]step{}
	add := func(key string, s step) { table[key] = s }

	add(draft(commands.StepRun, step{authorize: b.author, do: b.runDraft}))
	add(draft(commands.StepAbandon, step{authorize: b.author, do: b.dropDraft}))
	add(draft(commands.StepEdit, step{authorize: b.author, do: b.editDraft, opens: true}))

	// A question that a card asks.
	add(ofCase(commands.StepRun, step{authorize: b.confirmer, do: b.confirm}))
	add(ofCase(commands.StepAbandon, step{authorize: b.confirmer, do: b.abandon}))
	add(ofCase(commands.StepTryAgain, step{authorize: b.entitled, do: b.tryAgain}))
	// What waits for an approval.
	add(ofCase(commands.StepApprove, step{waiting: true, authorize: b.decider, do: b.approve, sealed: true}))
	add(ofCase(commands.StepShowAll, step{waiting: true, authorize: b.decider, do: b.approve, opens: true}))
	add(ofCase(commands.StepDeny, step{waiting: true, authorize: b.decider, do: b.deny, opens: true, wrong: b.wrongReason}))
	add(ofCase(commands.StepWithdraw, step{waiting: true, authorize: b.requester, do: b.withdraw}))
	add(ofCase(commands.StepOverride, step{waiting: true, authorize: b.overrider, do: b.override, opens: true, sealed: true, wrong: b.wrongReason}))
	// What runs, and what it left behind.
	add(ofCase(commands.StepStop, step{authorize: b.stopper, do: b.stop}))
	add(ofCase(commands.StepUndo, step{authorize: b.changer(moderation.Undo), do: b.undo, opens: true, wrong: b.wrongTargets}))
	add(ofCase(commands.StepExtend, step{authorize: b.changer(moderation.Extend), do: b.extend, opens: true, wrong: b.wrongLength}))
	add(ofCase(commands.StepReviewed, step{authorize: b.reviewer, do: b.reviewed}))
	add(ofCase(commands.StepFlag, step{authorize: b.reviewer, do: b.flag, opens: true, wrong: b.wrongNote}))
	add(ofCase(commands.StepEvidence, step{read: b.readQuote, authorize: b.quoter, do: b.addEvidence, wrong: b.wrongCase}))

	add(ofReport(commands.StepDismiss, step{authorize: b.dismisser, do: b.dismissReport}))
	add(ofReport(commands.StepShow, step{authorize: b.reportReader, do: b.showReport}))
	add(ofReport(commands.StepEdit, step{authorize: b.anyPresser, do: b.editReport, opens: true}))
	for _, spec := range moderation.Verbs() {
		if spec.Takes.Users && spec.Verb.Acts() {
			add(ofReport(string(spec.Verb), step{authorize: b.anyPresser, do: b.actOnReport}))
		}
	}

	add(ofList(commands.StepAct, step{do: b.actOnRows, opens: true}))
	add(ofList(commands.StepHistory, step{do: b.historyOfRow}))
	add(found(commands.StepAct, step{do: b.actOnRows, opens: true}))
	add(found(commands.StepHistory, step{do: b.historyOfRow}))
	add(found(commands.StepShow, step{do: b.showRow}))
	add(found(commands.StepLift, step{do: b.liftRow}))
	for _, spec := range moderation.Verbs() {
		if spec.Takes.Users && spec.Takes.Room {
			add(ofList(string(spec.Verb), step{do: b.actOnRows, opens: true}))
		}
	}
	add(ofList(commands.StepPage, step{do: b.turnListPage}))
	add(ofList(commands.StepCSV, step{do: b.sendList}))
	add(found(commands.StepPage, step{do: b.turnSearchPage}))
	add(found(commands.StepCSV, step{do: b.sendStatistics}))
	add(line(commands.StepReviews, step{opens: true}))
	add(line(commands.StepPage, step{}))
	return table
}

// press does one accepted click.
func (b *Bot) press(ctx context.Context, h *moderation.LeasedJob) error {
	var p pressed
	if err := json.Unmarshal(h.Payload, &p); err != nil {
		return fmt.Errorf("press job %d: %w", h.ID, err)
	}
	step, err := commands.ParseStep(p.ActionID, p.Value)
	if p.Home && err == nil {
		if p.Channel, err = b.homeChannel(ctx, p.asker, step); err != nil {
			return b.refusedAtHome(ctx, h, p.asker, err)
		}
	}
	if err == nil && step.Kind == commands.StepDraft && isDirect(p.Channel) {
		if p.Channel, err = b.draftChannel(ctx, h, p.asker, step); err != nil {
			return err
		}
	}
	return b.perform(ctx, h, click{asker: p.asker, step: step, view: p.View, within: p.Within, rows: p.Rows}, err)
}

// submit does one accepted modal.
func (b *Bot) submit(ctx context.Context, h *moderation.LeasedJob) error {
	var in submitted
	if err := json.Unmarshal(h.Payload, &in); err != nil {
		return fmt.Errorf("submit job %d: %w", h.ID, err)
	}
	step, _, err := commands.ParseMetadata(in.Metadata)
	if err == nil && step.Kind != commands.StepCase { // no other has a modal that can be submitted
		err = errors.New("bot: modal without a case")
	}
	return b.perform(ctx, h, click{asker: in.asker, step: step, in: &in}, err)
}

// perform carries out a click: it identifies the person, reads the case or
// list, authorizes, and runs the step. forged is why the button cannot be
// read, or nil.
func (b *Bot) perform(ctx context.Context, h *moderation.LeasedJob, cl click, forged error) error {
	v, err := b.clicker(ctx, cl.asker)
	if err != nil {
		return err
	}
	cl.verdict, cl.lang = v, b.langOf(v.person)
	if v.decision.Refusal != nil {
		if of, err := b.cfg.Store.CaseByToken(ctx, cl.step.ID); err == nil { // for the record only
			cl.of, v.decision.Refusal = of, withCase(v.decision.Refusal, of)
		}
		return b.refusedClick(ctx, h, cl, v.decision.Refusal)
	}
	row, known := b.steps[stepKey(cl.step)]
	if forged != nil || !known {
		return b.forged(ctx, h, cl)
	}
	if found, err := row.read(ctx, h, &cl); err != nil || !found {
		return err
	}
	b.traceClick(ctx, &cl)
	if row.waiting && cl.of.State != moderation.AwaitingApproval {
		return b.clicked(ctx, h, cl, cl.of, moderation.ErrStale)
	}
	if cl.verdict, err = row.authorize(ctx, cl); err != nil {
		return err
	}
	switch d := cl.verdict.decision; {
	case d.Refusal != nil:
		return b.refusedClick(ctx, h, cl, d.Refusal)
	case !d.Allowed:
		return b.forged(ctx, h, cl)
	}
	return row.do(ctx, h, cl)
}

// opensModal reports whether a button opens a modal, from its value alone,
// because nothing may be looked up first. An undo confirmed in its own dialog
// carries a digest and needs no modal.
func (b *Bot) opensModal(actionID, value string) bool {
	s, err := commands.ParseStep(actionID, value)
	return err == nil && b.steps[stepKey(s)].opens && (s.Step != commands.StepUndo || s.Digest == "")
}

// forged answers a button that this bot never made.
func (b *Bot) forged(ctx context.Context, h *moderation.LeasedJob, cl click) error {
	return b.refusedClick(ctx, h, cl, moderation.NewError(moderation.RefuseForged))
}

// readNothing is for steps that do their own lookups.
func readNothing(context.Context, *moderation.LeasedJob, *click) (bool, error) { return true, nil }

// notFound answers that what a button is about is not there any more.
func (b *Bot) notFound(ctx context.Context, h *moderation.LeasedJob, cl *click, err error, why say.FixedMessage) (bool, error) {
	if errors.Is(err, moderation.ErrNotFound) {
		m := b.cfg.Speaker.Fixed(why, cl.lang)
		if cl.within == "" {
			if _, err := b.fillModal(ctx, cl.view, b.cfg.Speaker.GoneModal(m, cl.lang)); err != nil {
				b.log.Warn("modal not filled", "job", h.ID, "err", err)
			}
		}
		return false, b.finish(ctx, h, b.toAsker(h, cl.asker, m))
	}
	return err == nil, err
}

func (b *Bot) readDraft(ctx context.Context, h *moderation.LeasedJob, cl *click) (found bool, err error) {
	cl.draft, err = b.cfg.Store.Draft(ctx, cl.step.ID, h.Queued)
	return b.notFound(ctx, h, cl, err, say.DraftExpired)
}

func (b *Bot) readList(ctx context.Context, h *moderation.LeasedJob, cl *click) (found bool, err error) {
	cl.list, err = b.cfg.Store.List(ctx, cl.step.ID)
	cl.about = &cl.list.Action
	return b.notFound(ctx, h, cl, err, say.ListExpired)
}

func (b *Bot) readSearch(ctx context.Context, h *moderation.LeasedJob, cl *click) (found bool, err error) {
	cl.found, err = b.cfg.Store.SavedSearch(ctx, cl.step.ID)
	cl.about = &cl.found.Action
	return b.notFound(ctx, h, cl, err, say.SearchExpired)
}

func (b *Bot) readQuote(ctx context.Context, h *moderation.LeasedJob, cl *click) (found bool, err error) {
	cl.quote, err = b.cfg.Store.EvidenceDraft(ctx, cl.step.ID)
	return b.notFound(ctx, h, cl, err, say.EvidenceDraftExpired)
}

func (b *Bot) readCase(ctx context.Context, h *moderation.LeasedJob, cl *click) (found bool, err error) {
	cl.of, err = b.cfg.Store.CaseByToken(ctx, cl.step.ID)
	if errors.Is(err, moderation.ErrNotFound) {
		return false, b.forged(ctx, h, *cl)
	}
	cl.about = &cl.of.Action
	return err == nil, err
}

// ownedBy returns the right to an action for the one person for whom
// something was stored.
func (b *Bot) ownedBy(cl click, asked moderation.Action, user, team string) verdict {
	v := b.decide(cl.verdict, asked)
	if v.decision.Allowed && (user != cl.User || team != b.cfg.Workspace.Team) {
		v = v.refused(moderation.NewError(moderation.RefuseNotYours))
	}
	return v
}

// reader is the person for whom the pages were rendered; the right is checked
// again.
func (b *Bot) reader(_ context.Context, cl click) (verdict, error) {
	if cl.step.Kind == commands.StepList {
		return b.ownedBy(cl, cl.list.Action, cl.list.User, cl.list.Team), nil
	}
	return b.ownedBy(cl, cl.found.Action, cl.found.User, cl.found.Team), nil
}

// quoter is the person who stored a message to add it to a case.
func (b *Bot) quoter(_ context.Context, cl click) (verdict, error) {
	return b.ownedBy(cl, moderation.Action{Verb: moderation.ShowCase}, cl.quote.User, cl.quote.Team), nil
}

// author is the person who typed the drafted command, in the same channel.
// The draft itself is authorized when it runs.
func (b *Bot) author(_ context.Context, cl click) (verdict, error) {
	v := cl.verdict
	if cl.draft.User != cl.User || cl.draft.Channel != cl.Channel {
		return v.refused(moderation.NewError(moderation.RefuseNotYours)), nil
	}
	v.decision.Allowed = true
	return v, nil
}

// entitled may do what the case does.
func (b *Bot) entitled(ctx context.Context, cl click) (verdict, error) {
	v, err := b.identifyClicker(ctx, cl)
	return b.decide(v, cl.of.Action), err
}

// confirmer is the person whom the card asks: the requester, who must still
// have the right.
func (b *Bot) confirmer(ctx context.Context, cl click) (verdict, error) {
	v, err := b.entitled(ctx, cl)
	if v.decision.Allowed && cl.User != cl.of.Actor.User {
		v = v.refused(moderation.NewError(moderation.RefuseNotYours))
	}
	return v, err
}

// changer may undo or extend cases in general: pressing needs a role, like
// typing, before anything in force is shown.
func (b *Bot) changer(verb moderation.Verb) func(context.Context, click) (verdict, error) {
	return func(ctx context.Context, cl click) (verdict, error) {
		v, err := b.identifyClicker(ctx, cl)
		return b.decide(v, moderation.Action{Verb: verb}), err
	}
}

// decider is a person who may decide about another person's case.
func (b *Bot) decider(ctx context.Context, cl click) (verdict, error) {
	v, err := b.checkRight(ctx, cl, policy.RightApprove)
	if err != nil || v.decision.Refusal != nil && v.decision.Refusal.Code != moderation.RefuseNotApprover {
		return v, err
	}
	// Check for an own case first: a requester who is an approver learns why
	// it is refused, any other requester learns who can approve.
	if cl.of.Actor.Same(v.actor()) {
		v = v.refused(withCase(moderation.NewError(moderation.RefuseOwnCase), cl.of))
	}
	return v, nil
}

// overrider is a person who may override the approval of a waiting case, also
// of their own.
func (b *Bot) overrider(ctx context.Context, cl click) (verdict, error) {
	return b.checkRight(ctx, cl, policy.RightOverride)
}

// requester is the person who requested the case.
func (b *Bot) requester(ctx context.Context, cl click) (verdict, error) {
	v, err := b.identifyClicker(ctx, cl)
	if err != nil || v.decision.Refusal != nil {
		return v, err
	}
	if !cl.of.Actor.Same(v.actor()) {
		return v.refused(withCase(moderation.NewError(moderation.RefuseNotRequester), cl.of)), nil
	}
	v.decision.Allowed = true
	return v, nil
}

// stopper may stop a running case: its requester, and everyone who may
// approve cases. Stopping needs no right to the action itself.
func (b *Bot) stopper(ctx context.Context, cl click) (verdict, error) {
	v, err := b.requester(ctx, cl)
	if err != nil || v.decision.Allowed || v.decision.Refusal.Code != moderation.RefuseNotRequester {
		return v, err
	}
	pol, need := b.cfg.Policy(), cl.of.Decision.Requirement
	need.Approvers = sortedUnion(need.Approvers, need.EscalateTo, pol.Approvers())
	if v.decision = pol.Authorize(policy.RightApprove, v.person, need, false); v.decision.Refusal != nil {
		v.decision.Refusal = withCase(v.decision.Refusal, cl.of)
	}
	return v, nil
}

// anyReviewer may review cases at all.
func (b *Bot) anyReviewer(_ context.Context, cl click) (verdict, error) {
	v := cl.verdict
	v.decision = b.cfg.Policy().Authorize(policy.RightReview, v.person, moderation.ApprovalRequirement{}, false)
	return v, nil
}

// reviewer is a person who may review another person's case.
func (b *Bot) reviewer(ctx context.Context, cl click) (verdict, error) {
	v, err := b.checkRight(ctx, cl, policy.RightReview)
	if err != nil || v.decision.Refusal != nil && v.decision.Refusal.Code != moderation.RefuseNotReviewer {
		return v, err
	}
	// Check for an own case first, as with an approval.
	if no := cl.of.MayReview(v.actor()); no != nil {
		no.Values["roles"] = joined(b.cfg.Policy().Reviewers())
		v = v.refused(no)
	}
	return v, nil
}
